#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What no web server sends: each ends its connection, with a line of the log that says what was wrong, and
# does nothing to others.
# variants: plain asan
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"

fcgi_conf "pm.max_children = 2" >"$T/conf"
hearth_start "$T/conf"

client <<'END'
good = Conn(SOCKET)
P = stream(PARAMS, 1, pairs(params_for("/hello")))
N = record(PARAMS, 1)
S = record(STDIN, 1)
bad = {
    # versions, types, ids
    "does not speak FastCGI: a record's version is not 1": [record(BEGIN, 1, b"\0\1\1\0\0\0\0\0", version=0), record(BEGIN, 1, b"\0" * 8, version=2),
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\0" * 8, b"\xff" * 64, b"PROXY TCP4 1.2.3.4 1.2.3.4 1 1\r\n"],
    "does not speak FastCGI: a request's record has an unknown type": [record(12, 1), record(255, 7, b"x"), record(0, 1)],
    "does not speak FastCGI: a request's record has id 0": [record(BEGIN, 0, b"\0\1\1\0\0\0\0\0"), begin(1) + record(PARAMS, 0, b"x"), record(STDIN, 0),
        record(ABORT, 0), begin(1) + record(STDOUT, 0)],
    "does not speak FastCGI: a management record has a request's id": [record(GET_VALUES, 1), begin(1) + record(UNKNOWN, 1, b"\0" * 8),
        record(GET_VALUES_RESULT, 65535)],
    "does not speak FastCGI: a record's body is not 8 bytes long": [record(BEGIN, 1), record(BEGIN, 1, b"\0\1\1"), record(BEGIN, 1, b"\0\1" + b"\0" * 7),
        record(BEGIN, 1, b"\0" * 65535)],
    "does not speak FastCGI: an abort record has a body": [begin(1) + record(ABORT, 1, b"now")],
    # which record may follow which
    "begins a request with the id of another": [begin(1) + begin(1), begin(1) + P + begin(1)],
    "aborts a request that it has not begun": [record(ABORT, 1), begin(1) + record(ABORT, 2)],
    "goes on with a request that it has not begun": [record(PARAMS, 1, b"x"), record(STDIN, 1, b"x"), S, begin(1) + record(STDIN, 2, b"x"),
        record(DATA, 65535, b"x"), begin(1) + record(PARAMS, 257, b"x")],
    "sends a body before the end of its request's parameters": [begin(1) + record(STDIN, 1, b"x"), begin(1) + S],
    "sends parameters of a request behind their end": [begin(1) + N + N, begin(1) + N + record(PARAMS, 1, b"x")],
    "sends more of a body behind its end": [begin(1) + stream(PARAMS, 1, pairs(params_for("/slow", "ms=500"))) + S + S],
    "sends a file's data behind its end, or to a role that has none":
        [begin(1) + stream(PARAMS, 1, pairs(params_for("/slow", "ms=500"))) + S + record(DATA, 1, b"x")],
    "sends a file's data before the end of the body": [begin(1, FILTER) + N + record(DATA, 1)],
    "sends a stream that is a program's to send": [begin(1) + record(STDOUT, 1, b"x"), begin(1) + record(STDERR, 1)],
    "sends a record that is a program's to send": [begin(1) + record(END, 1, b"\0" * 8), record(UNKNOWN, 0, b"\0" * 8),
        record(GET_VALUES_RESULT, 0)],
    # lists
    "asks for values in no list of names": [record(GET_VALUES, 0, b"\x05"), record(GET_VALUES, 0, b"\xff\xff\xff\xff\xff\xff\xff\xffA"),
        record(GET_VALUES, 0, b"\x01\x01A"), record(GET_VALUES, 0, b"\x80\0\0\x01")],
}
n = 0
for why, messages in bad.items():
    for m in messages:
        c = Conn(SOCKET)
        c.send(m)
        try:
            c.send(b"\0" * 100)
        except OSError:
            pass
        while c.take():
            pass
        n += 1
        until(lambda: count_in("log", "a connection from a unix socket %s: closed" % why), why)
assert good.get("/hello").code == 200
print(n, "messages")

# A list of pairs whose lengths lie, at the edges of both forms: never more than there is.
for lie in (b"\xff\xff\xff\xff", b"\x80\0\0\x7f", b"\x80\0\0\x80", b"\x7f", b"\xff\xff\xff\xfe", b"\x80\0\xff\xff"):
    for content in (lie + b"\1A", b"\1" + lie + b"A", lie + lie + b"A", lie):
        c = Conn(SOCKET)
        c.send(begin(1), stream(PARAMS, 1, content), S)
        a = c.answer()
        assert a.code == 400, (content, a.out)

# 65535 bytes with 255 of padding, and a record that would be one if its length were cut to 16 bits.
c = Conn(SOCKET)
p = pairs(params_for("/echo", method="POST", CONTENT_LENGTH="131070"))
c.send(begin(65535), stream(PARAMS, 65535, p, padding=255))
inner = (record(ABORT, 65535) + begin(2)) * 3000
c.send(record(STDIN, 65535, inner[:65535], 255), record(STDIN, 65535, inner[:65535], 255), record(STDIN, 65535, b"", 255))
assert c.answer(65535).body == inner[:65535] * 2

# Answers that are not waited for; a connection that ends anywhere.
whole = request(1, "/hello") + request(2, "/echo", body=b"x" * 5000)
for i in range(0, len(whole), 37):
    c = Conn(SOCKET)
    c.send(whole[:i])
    c.close()
for i in range(20):
    c = Conn(SOCKET)
    c.send(*[request(k, "/big", "n=300000") for k in range(1, 9)])
    c.close()

# Who is told a lot and reads nothing is not read from for ever, and loses nothing.
c = Conn(SOCKET)
c.s.settimeout(1)
asked = 0
m = record(99, 0, b"") * 1000
try:
    while asked < 20000000:
        asked += c.s.send(m)
except TimeoutError:
    pass
assert asked < 20000000, "all of it was read"
c.s.settimeout(30)
got = 0
while got < asked // 8 * 16:
    more = c.s.recv(1 << 20)
    assert more
    got += len(more)
assert good.get("/hello").code == 200
END
expect_no_log 'exited on signal'
hearth_stop
