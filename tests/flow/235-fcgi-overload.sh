#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A full line is what the protocol calls overloaded, and a 503; who waited too long gets that alone.
# variants: plain asan
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"

{
	fcgi_conf "pm.max_children = 1" "pm.max_queue = 2" "pm.queue_timeout = 100s"
	fcgi_pool "pm.max_children = 1" "pm.queue_timeout = 500ms" | sed "s|^.app.|[brief]|; s|$SOCKET|$T/brief.sock|"
} >"$T/conf"
hearth_start "$T/conf"

client <<'END'
def held(c):
    c.send(request(1, "/held", T + "/mark/held"))
    until(lambda: os.path.exists(T + "/mark/held"), "the worker")

c = Conn(SOCKET)
held(c)
c.send(*[request(i, "/hello") for i in range(2, 7)])
for i in (4, 5, 6):
    a = c.answer(i)
    assert a.status == OVERLOADED and a.code == 503 and a.field("Retry-After") and a.out_ended, (i, a.out)
# The id of one is free again, and its body was skipped.
c.send(request(6, "/echo", body=b"x" * 300000))
assert c.answer(6).status == OVERLOADED
os.remove(T + "/mark/held")
assert [c.answer(i).code for i in (1, 2, 3)] == [200] * 3

c = Conn(T + "/brief.sock")
held(c)
c.send(request(2, "/hello"))
a = c.answer(2)
assert a.status == COMPLETE and a.code == 503 and a.field("Retry-After") and b"503" in a.body, a.out
os.remove(T + "/mark/held")
assert c.answer(1).code == 200
assert c.get("/hello").code == 200
END
expect_log 'pool brief. request [0-9a-f]+ waited longer than pm.queue_timeout'
hearth_stop
