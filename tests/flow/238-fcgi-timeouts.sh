#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Who begins a request and does not go on is answered 408, whatever others do on the same connection; who
# says nothing is disconnected, and so is who reads nothing. What is refused before it is whole is in the pool's
# own log, as it came by the pool's own listener.
# variants: plain asan
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"

fcgi_conf "pm.max_children = 3" "access.log = $T/app.access" 'access.format = "%n %s"' >"$T/conf"
sed -i "s|^header_timeout = .*|header_timeout = 1s|; s|^body_timeout = .*|body_timeout = 1500ms\nkeepalive_timeout = 5s\nwrite_timeout = 2s\naccess.log = $T/access|" "$T/conf"
hearth_start "$T/conf"

client <<'END'
# Who reads nothing is cut, and a request that only takes long is nobody's fault: both outlive the others.
deaf = Conn(SOCKET, rcvbuf=4096)
deaf.send(*[request(i, "/big", "n=5000000") for i in range(1, 4)])
patient = Conn(SOCKET)
patient.send(request(4, "/held", T + "/mark/held"))
until(lambda: os.path.exists(T + "/mark/held"), "the worker")

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

# Parameters that are too long, and such as nobody sends.
c.send(begin(4), stream(PARAMS, 4, pairs({"LONG": b"v" * 140000})), record(STDIN, 4))
assert c.answer(4).code == 431
c.send(begin(5), stream(PARAMS, 5, pairs({"A=B": "c"})), record(STDIN, 5))
assert c.answer(5).code == 400

# Idle: nothing said at all, half a record, after an answer.
idle = [Conn(SOCKET), Conn(SOCKET), c]
idle[1].send(begin(1)[:7])
for d in idle:
    d.is_over()

os.remove(T + "/mark/held")
assert patient.answer(4).code == 200

def is_cut():
    try:
        deaf.send(record(GET_VALUES, 0))
    except OSError:
        return True
until(is_cut, "the end of who reads nothing")
END
hearth_stop
expect "refusals in the pool's log" "$(grep -cx 'app 408' "$T/app.access") $(grep -cx 'app 431' "$T/app.access") $(grep -cx 'app 400' "$T/app.access")" "2 1 1"
expect "lines in the gateway's" "$(wc -l <"$T/access")" 0
