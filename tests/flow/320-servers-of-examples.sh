#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The FastCGI servers that lie beside the Python and Node programs, asked without hearth: what it does not
# send them as a rule. Connections that are kept or not, that end at once, in the middle or behind a whole
# request; ids, errors and management records; nonsense harms nobody else.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"

PROGRAMS=(python)
[ ! -x /usr/bin/node ] || PROGRAMS+=(node)
"$ROOT/examples/programs/run" --prepare "$T" "${PROGRAMS[@]}" || fail "run --prepare"

client "${PROGRAMS[@]}" <<'END'
import signal, subprocess

def start(name):
    path = T + "/" + name
    door = socket.socket(socket.AF_UNIX)
    door.bind(path)
    door.listen(64)
    program = T + "/programs/program" + {"python": ".py", "node": ".js"}[name]
    return path, subprocess.Popen([program], stdin=door)

def check(path, mux):
    c = Conn(path)
    for i in (1, 1, 7, 65535):
        a = c.get("/hello", number=i)
        assert a.body.startswith(b"Hello from ") and a.out_ended and a.status == COMPLETE and not a.app, a.out
    a = c.get("/say")
    assert a.err.endswith(b" has something to say\n") and a.err_ended and a.out_ended, a.err
    assert c.get("/nothing").code == 404
    lines = c.get("/env", "a=b", LONG="v" * 70000, EMPTY="").body.split(b"\n")
    assert b"EMPTY=" in lines and b"LONG=" + b"v" * 70000 in lines and b"QUERY_STRING=a=b" in lines

    # Bodies, in odd pieces too; one that nobody reads; a large one that comes back while it is sent.
    body = os.urandom(300000)
    assert c.get("/echo", body=body, piece=999, padding=255).body == body
    assert c.get("/hello", body=body).body.startswith(b"Hello")
    assert c.get("/echo", body=body).body == body

    # What is cut anywhere is put together again.
    whole = request(1, "/echo", body=b"some body", piece=7, padding=3)
    for i in range(1, len(whole), 3):
        c.send(whole[:i])
        c.send(whole[i:])
        assert c.answer().body == b"some body", i

    # Not kept, and closed by us: behind the request, within it, before it.
    c = Conn(path)
    assert c.get("/hello", keep=False).body and c.is_over()
    c = Conn(path)
    c.send(request(1, "/slow", "ms=50"))
    c.s.shutdown(socket.SHUT_WR)
    assert c.answer().body == b"50 ms, 1 at once\n" and c.is_over()
    for n in (0, 3, 30, len(whole) - 9):
        c = Conn(path)
        c.send(whole[:n])
        c.s.shutdown(socket.SHUT_WR)
        while c.read():
            pass
        c = Conn(path)
        c.send(whole[:n])
        c.close()

    # Roles that it has not, types that nobody has, an end before the end, ids that nobody has opened.
    c = Conn(path)
    c.send(begin(1, AUTHORIZER), stream(PARAMS, 1, pairs(params_for("/"))))
    assert c.answer().status == UNKNOWN_ROLE
    c.send(record(77, 0, b"abc"))
    assert c.other() == (UNKNOWN, b"\x4d" + bytes(7))
    c.send(record(GET_VALUES, 0, pairs({"FCGI_MPXS_CONNS": "", "OTHER": ""})))
    kind, content = c.other()
    assert kind == GET_VALUES_RESULT and values(content) == {"FCGI_MPXS_CONNS": str(mux)}, content
    c.send(whole[:-11], record(ABORT, 1)) # before the end of its body
    a = c.answer()
    assert a.status == COMPLETE
    c.send(record(STDIN, 9, b"for nobody"), record(STDIN, 9))
    c.send(begin(3), stream(PARAMS, 3, pairs(params_for("/slow", "ms=50"))), record(STDIN, 3), record(STDIN, 3, b"late"),
        record(PARAMS, 3), record(STDIN, 3))
    assert c.answer(3).body == b"50 ms, 1 at once\n"
    assert c.get("/hello").body
    if mux: # what is over says nothing more
        c.send(request(4, "/slow", "ms=50"), record(ABORT, 4))
        assert c.answer(4).out == b"" and c.get("/slow", "ms=100", 5).body == b"100 ms, 1 at once\n" and not c.answers

    # A second request on a connection that has one: served, or refused as the specification says.
    one, two = request(1, "/hello"), request(2, "/hello")
    c.send(one[:16], two[:16], one[16:], two[16:])
    assert c.answer(1).body.startswith(b"Hello")
    assert c.answer(2).status == (COMPLETE if mux else CANT_MPX)

    # Many connections, and a client that reads nothing of a large answer meanwhile.
    lazy = Conn(path)
    lazy.s.settimeout(0.3)
    try:
        lazy.send(request(1, "/echo", body=os.urandom(20000000)))
    except TimeoutError:
        pass
    crowd = [Conn(path) for i in range(20)]
    for x in crowd:
        x.send(request(1, "/slow", "ms=100"))
    assert all(x.answer().body.startswith(b"100 ms") for x in crowd)
    for nonsense in (b"GET / HTTP/1.1\r\n\r\n", os.urandom(64), begin(1) + record(PARAMS, 1, b"\xff\xff") + record(PARAMS, 1)):
        x = Conn(path)
        x.send(nonsense)
        x.s.shutdown(socket.SHUT_WR)
        while x.s.recv(65536):
            pass
    lazy.close()
    assert Conn(path).get("/hello").body

for name in sys.argv[1:]:
    path, process = start(name)
    try:
        check(path, int(name == "node"))
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
END
[ ${#PROGRAMS[@]} -eq 2 ] || skip "all but Node, which is not installed"
