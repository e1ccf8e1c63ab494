#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Who begins a request and does not go on is answered 408, whatever others do on the same connection; who
# says nothing is disconnected, and so is who reads nothing.
# variants: plain asan
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"

fcgi_conf "pm.max_children = 2" >"$T/conf"
sed -i "s|^listen =$|&\nheader_timeout = 1s\nbody_timeout = 1500ms\nkeepalive_timeout = 2s\nwrite_timeout = 2s|" "$T/conf"
hearth_start "$T/conf"

client <<'END'
# Each is late by itself, and others on its connection are not.
c = Conn(SOCKET)
p = stream(PARAMS, 2, pairs(params_for("/echo", method="POST", CONTENT_LENGTH="10")))
c.send(begin(1), record(PARAMS, 1, b"\1\1A"), begin(2), p, record(STDIN, 2, b"1234"))
c.send(request(3, "/hello"))
assert c.answer(3).code == 200
a = c.answer(1)
assert a.code == 408 and a.status == COMPLETE, a.out
c.send(record(STDIN, 2, b"5"))
assert c.answer(2).code == 408
# What comes too late is skipped.
c.send(record(PARAMS, 1, b"B"), record(PARAMS, 1), record(STDIN, 1), record(STDIN, 2, b"67890"), record(STDIN, 2))
assert c.get("/hello", number=1).code == 200

# A request that only takes long is nobody's fault.
a = c.get("/slow", "ms=4000", number=4)
assert a.code == 200

# Idle: nothing said at all, half a record, after an answer.
for said in (b"", begin(1)[:7]):
    d = Conn(SOCKET)
    d.send(said)
    d.is_over()
c.is_over()
END

# Nothing is read: the connection is cut, and its worker serves others.
client <<'END'
c = Conn(SOCKET, rcvbuf=4096)
c.send(*[request(i, "/big", "n=5000000") for i in range(1, 4)])
d = Conn(SOCKET)
assert d.get("/hello").code == 200
d.close()
for i in range(600):
    time.sleep(0.05)
    try:
        c.send(record(GET_VALUES, 0))
    except OSError:
        break
else:
    assert False, "it is still connected"
END
hearth_stop
