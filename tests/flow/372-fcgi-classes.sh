#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What has broken others that speak FastCGI, one class after the other: each is an error that is told, or
# an ordinary request, and other connections have their answers. (What programs send: check_fcgi_lies.)
# variants: plain asan
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"

fcgi_conf "pm.max_children = 2" "pm.max_queue = 2000" "pm.queue_timeout = 60s" >"$T/conf"
hearth_start "$T/conf"

client <<'END'
import struct
c = Conn(SOCKET)
STDIN_END = record(STDIN, 1)

def env(content, **more):
    c.send(begin(1), stream(PARAMS, 1, content, **more), STDIN_END)
    return c.answer()

def ends(why, *messages):
    """The connection is over, and the log says why; another one is not."""
    d = Conn(SOCKET)
    d.send(*messages)
    while d.take():
        pass
    until(lambda: count_in("log", why), why)
    assert c.get("/hello").code == 200

base = pairs(params_for("/env"))
# 35: lengths that wrap in 32 bits when they are added up.
for n, v in ((0x7FFFFFFF, 0x7FFFFFFF), (0x7FFFFFFE, 0), (0, 0x7FFFFFFF), (0x7FFFFFFF, 1), (1, 0x7FFFFFFF), (0x7FFFFFFD, 3), (0x40000000, 0x40000000)):
    assert env(base + struct.pack(">II", n | 1 << 31, v | 1 << 31) + b"A" * 64).code == 400, (n, v)
# 36: what is longer than a record is several; and one whose length was cut to 16 bits is not believed.
for n in (65534, 65535, 65536, 65537, 131070, 131072):
    long = b"v" * (n - len(base) - 9)
    assert b"LONG=" + long + b"\n" in env(base + pair("LONG", long)).body, n
    assert c.get("/echo", body=b"b" * n).body == b"b" * n, n
ends("does not speak FastCGI: ", begin(1), stream(PARAMS, 1, base), record(STDIN, 1)[:4] + b"\0\0\0\0", (b"x" * 65536))
ends("goes on with a request that it has not begun: closed", request(5, "/slow", "ms=300"), record(STDIN, 77, b"x"))
# 37: 65535 bytes and 255 of padding, by themselves and in a row.
filler = pair("LONG", b"v" * (65535 - len(base) - 9))
c.send(begin(1), record(PARAMS, 1, base + filler, 255), record(PARAMS, 1, b"", 255))
c.send(record(STDIN, 1, (record(BEGIN, 1, b"\0" * 8) * 4096)[:65535], 255) * 3, record(STDIN, 1, b"", 255))
a = c.answer()
assert b"LONG=vvv" in a.body and b"\nCONTENT_LENGTH=196605\n" in a.body
# 38: id 0 and other ids.
for m in (record(BEGIN, 0, b"\0\1\1\0\0\0\0\0"), record(STDIN, 0), record(PARAMS, 0, base)):
    ends("a request's record has id 0: closed", m)
for m in (record(GET_VALUES, 1), record(UNKNOWN, 65535, b"\0" * 8)):
    ends("a management record has a request's id: closed", m)
# 39: pairs cut at every byte, lengths of either form.
for long in (False, True):
    p = pairs(params_for("/env", TAG="<tag>"), long)
    for i in range(1, len(p)):
        c.send(begin(1), record(PARAMS, 1, p[:i]), record(PARAMS, 1, p[i:], i % 9), record(PARAMS, 1), STDIN_END)
        assert b"TAG=<tag>\n" in c.answer().body, i
    assert b"TAG=<tag>\n" in env(p, piece=1).body
# 40: names and paths that fill any buffer.
for n in (1023, 1024, 4095, 4096, 8192, 30000):
    a = c.get("/env", SCRIPT_NAME="/" + "s" * n, PATH_INFO="/env", SCRIPT_FILENAME="/" + "f" * n, DOCUMENT_ROOT="/" * n)
    assert b"SCRIPT_NAME=/" + b"s" * n + b"\n" in a.body, (n, a.head)
# 41: a value that would be a parameter, were its length mistaken.
forged = pair("SCRIPT_FILENAME", "/etc/passwd")
for n in (0, 127 - len(forged), 128 - len(forged), 255 - len(forged), 256 - len(forged), 65535 - len(forged), 65536 - len(forged)):
    for value in (forged + b"x" * n, b"x" * n + forged):
        a = env(pairs(dict(params_for("/env"), SCRIPT_FILENAME="/true", HTTP_X=value.replace(b"\0", b"0"))))
        assert b"\nSCRIPT_FILENAME=/true\n" in a.body and b"\nSCRIPT_FILENAME=/etc" not in a.body, n
# 43: more descriptors than select has bits, and each is answered.
many = [Conn(SOCKET) for i in range(1100)] if int(os.popen("ulimit -n").read().replace("unlimited", "9999")) > 1200 else []
for i, d in enumerate(many):
    d.send(request(1 + i, "/echo", body=b"%d" % i))
for i, d in enumerate(many):
    assert d.answer(1 + i).body == b"%d" % i
    d.close()
# 44: roles, types and versions that there are not; aborts and data out of place.
a = (c.send(request(3, "/hello", role=4)), c.answer(3))[1]
assert a.status == UNKNOWN_ROLE and not a.out
c.send(record(200, 0, b"?"))
assert c.other() == (UNKNOWN, b"\xc8" + b"\0" * 7)
c.send(record(ABORT, 3))
assert c.get("/hello", number=3).code == 200 # it has been one
ends("aborts a request that it has not begun: closed", record(ABORT, 9))
ends("begins a request with the id of another: closed", begin(1), begin(1))
ends("sends more of a body behind its end: closed", request(1, "/slow", "ms=300"), record(STDIN, 1, b"x"))
ends("a record's version is not 1: closed", record(BEGIN, 1, b"\0\1\1\0\0\0\0\0", version=3))
# 45: what must not come from outside.
a = c.get("/env", PHP_VALUE="auto_prepend_file=/x", PHP_ADMIN_VALUE="y", HTTP_PROXY="z")
assert b"PHP_" not in a.body and b"HTTP_PROXY" not in a.body
END
expect_no_log 'exited on signal [^9]|gateway [0-9]+ exited'
hearth_stop
