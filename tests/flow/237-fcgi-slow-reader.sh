#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A web server that reads slowly holds no worker, if responses are buffered; else its worker waits, and
# nobody but its own requests.
# variants: plain asan
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"

{
	fcgi_conf "pm.max_children = 1"
	echo "[direct]"
	echo "command = $T/bin/fcgi-probe"
	user_line
	echo "pm.max_children = 1"
	echo "response_buffering = no"
	echo "listen = $T/direct.sock"
	echo "[upload]"
	echo "command = $T/bin/fcgi-probe"
	user_line
	echo "pm.max_children = 2"
	echo "request_buffering = no"
	echo "listen = $T/upload.sock"
} >"$T/conf"
hearth_start "$T/conf"

client <<'END'
# The only worker is free again although nobody has read its answers.
slow = Conn(SOCKET, rcvbuf=4096)
for i in range(1, 5):
    slow.send(request(i, "/big", "n=3000000"))
fast = Conn(SOCKET)
assert fast.get("/hello").code == 200
# What is asked on the same connection, behind them, has its turn beside them.
slow.send(request(9, "/hello"))
for i in range(5): # there is one worker, and one line
    assert fast.get("/hello").code == 200
while not slow.ended(9):
    assert slow.take()
assert not all(slow.ended(i) for i in range(1, 5))
for i in range(1, 5):
    assert len(slow.answer(i).body) >= 3000000

# Without buffering the worker waits, until somebody reads or goes.
slow = Conn(T + "/direct.sock", rcvbuf=4096)
slow.send(request(1, "/big", "n=30000000"))
fast = Conn(T + "/direct.sock")
fast.s.settimeout(1)
fast.send(request(1, "/hello"))
try:
    fast.take()
    assert False, "the worker did not wait"
except TimeoutError:
    pass
fast.s.settimeout(30)
while slow.answers.get(1) is None or len(slow.answers[1].out) < 20000000:
    assert slow.take()
slow.close()
assert fast.answer().code == 200
slow = Conn(T + "/direct.sock")
assert len(slow.get("/big", "n=30000000").body) >= 30000000

# A body that is passed on as it comes does not stop those behind it, whoever takes it or not.
c = Conn(T + "/upload.sock")
total = 2000000
p = stream(PARAMS, 1, pairs(params_for("/lines", method="POST", CONTENT_LENGTH="8")))
c.send(begin(1), p, record(STDIN, 1, b"one\n"))
while not c.answers.get(1) or b"one" not in c.answers[1].out:
    assert c.take()
big = stream(PARAMS, 2, pairs(params_for("/wait", T + "/mark/wait", method="POST", CONTENT_LENGTH=str(total))))
c.send(begin(2), big, stream(STDIN, 2, b"x" * total))
c.send(record(STDIN, 1, b"two\n"), record(STDIN, 1))
assert b"two" in c.answer(1).body
while not os.path.exists(T + "/mark/wait"):
    time.sleep(0.01)
assert c.get("/hello", number=3).code == 200
os.remove(T + "/mark/wait")
assert str(total).encode() in c.answer(2).body
# One that breaks off is not taken for a whole one.
c.send(begin(1), stream(PARAMS, 1, pairs(params_for("/tell", T + "/mark/told", method="POST", CONTENT_LENGTH="10"))))
c.send(record(STDIN, 1, b"12345"), record(STDIN, 1))
a = c.answer(1)
assert a.code == 400, a.out
assert c.get("/hello", number=4).code == 200
END
wait_for '[ -s "$T/mark/told" ]'
! grep -q whole "$T/mark/told" || fail "the program took half a body for all: $(cat "$T/mark/told")"
hearth_stop
