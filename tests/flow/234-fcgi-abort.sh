#!/bin/bash
# SPDX-License-Identifier: MIT
#
# An abort takes a request out of the line, or away from its worker; so does the end of the connection.
# The end of it is told, and its id is free.
# variants: plain asan
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"

fcgi_conf "pm.max_children = 1" >"$T/conf"
sed -i "s|^listen =$|&\naccess.log = $T/access\naccess.format = \"%s %r %q\"|" "$T/conf"
hearth_start "$T/conf"

client <<'END'
import subprocess

def held(name):
    path = T + "/mark/" + name
    while not os.path.exists(path):
        time.sleep(0.01)

def release(name):
    os.remove(T + "/mark/" + name)

c = Conn(SOCKET)
c.send(request(1, "/held", T + "/mark/one"))
held("one")

# In the line: its end at once, and its worker never sees it.
c.send(request(2, "/held", T + "/mark/never"), request(3, "/hello"))
c.send(record(ABORT, 2))
a = c.answer(2)
assert a.status == COMPLETE and a.app == 0 and a.out == b"", a.out
# The id is another's.
c.send(request(2, "/hello"))
release("one")
assert c.answer(1).code == 200 and c.answer(2).code == 200 and c.answer(3).code == 200
assert not os.path.exists(T + "/mark/never")

# While it runs: its end at once, and the worker serves on.
c.send(request(1, "/held", T + "/mark/two"))
held("two")
c.send(record(ABORT, 1))
a = c.answer(1)
assert a.status == COMPLETE and a.out == b""
c.send(record(ABORT, 1)) # they crossed on their way
c.send(request(1, "/pid"))
release("two")
assert c.answer(1).code == 200

# While it is read; what still comes of it is skipped.
c.send(begin(1), record(PARAMS, 1, b"\1\1A"), record(ABORT, 1))
assert c.answer(1).status == COMPLETE
c.send(record(PARAMS, 1, b"B"), record(PARAMS, 1), record(STDIN, 1))
body = b"x" * 100000
whole = request(1, "/echo", body=body)
c.send(whole[:60000])
c.send(whole[60000:])
assert c.answer(1).body == body
p = stream(PARAMS, 1, pairs(params_for("/echo", method="POST", CONTENT_LENGTH="10")))
c.send(begin(1), p, record(STDIN, 1, b"12345"), record(ABORT, 1))
assert c.answer(1).status == COMPLETE
c.send(record(STDIN, 1, b"67890"), record(STDIN, 1))
c.send(begin(1), p, record(STDIN, 1, b"12345"), record(ABORT, 1))
assert c.answer(1).status == COMPLETE
c.send(request(1, "/hello"))
assert c.answer(1).code == 200

# The connection ends with one in a worker and one in the line.
d = Conn(SOCKET)
d.send(request(1, "/held", T + "/mark/three"))
held("three")
d.send(request(2, "/held", T + "/mark/never"), request(3, "/big", "n=1000000"))
c.send(request(1, "/hello"))
until(lambda: b'"waiting":3,' in subprocess.check_output([T + "/bin/hearth", "status", "--json", "-s", T + "/run/control.sock"]), "the line")
d.close()
until(lambda: count_in("access", "499 /big") == 1 and count_in("access", "mark/three") == 1, "the gateway to notice")
release("three")
assert c.answer(1).code == 200
assert not os.path.exists(T + "/mark/never")

# A connection of which nothing but its other side is left is still answered.
import socket
c.send(request(1, "/slow", "ms=200"), request(2, "/hello"), begin(3))
c.s.shutdown(socket.SHUT_WR)
assert c.answer(3).status == COMPLETE
assert c.answer(1).code == 200 and c.answer(2).code == 200
c.is_over()
END
wait_for "[ \$(grep -c '^499 ' '$T/access') -ge 5 ]"
expect "workers that died" "$(log_count 'exited (on|with)')" 0
hearth_stop
