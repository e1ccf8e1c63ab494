#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Many requests at once on few connections: their records come in any order, answers leave record by record
# in turn, and each gets what was its own.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"

fcgi_conf "pm.max_children = 4" "pm.max_queue = 2000" "pm.queue_timeout = 100s" >"$T/conf"
hearth_start "$T/conf"

client <<'END'
import random, select

# Two large answers on one connection: neither waits for the other's end.
# (On a busy machine one may be there before the other has begun.)
c = Conn(SOCKET)
for i in range(10):
    c.order = []
    c.send(request(1, "/big", "n=4000000"), request(2, "/big", "n=4000000"))
    while not (c.ended(1) and c.ended(2)):
        assert c.take()
    turns = sum(1 for a, b in zip(c.order, c.order[1:]) if a != b)
    assert len(c.answer(1).body) >= 4000000 and len(c.answer(2).body) >= 4000000
    if turns > 10:
        break
else:
    assert False, "one waits for the other's end"

# One whose answer takes its time stands in nobody's way.
c.send(request(1, "/held", T + "/mark/held"))
for i in range(20):
    assert c.get("/hello", number=2 + i).code == 200
os.remove(T + "/mark/held") if os.path.exists(T + "/mark/held") else None
while not c.ended(1):
    if os.path.exists(T + "/mark/held"):
        os.remove(T + "/mark/held")
    c.take()
assert c.answer(1).code == 200

# A thousand requests over four connections, all begun before one is complete; their records are mixed.
random.seed(7)
conns = [Conn(SOCKET, timeout=90) for i in range(4)]
bodies = {}
for k, c in enumerate(conns):
    parts = []
    for i in range(1, 251):
        body = (b"%d/%d;" % (k, i)) * random.choice((1, 20, 300, 3000, 9000))
        bodies[k, i] = body
        p = pairs(params_for("/echo", method="POST", CONTENT_LENGTH=str(len(body))))
        cut = random.randrange(1, len(p))
        records = [begin(i), record(PARAMS, i, p[:cut]), record(PARAMS, i, p[cut:], random.randrange(256)), record(PARAMS, i)]
        for at in range(0, len(body), 16000):
            records.append(record(STDIN, i, body[at : at + 16000], random.randrange(256)))
        records.append(record(STDIN, i))
        parts.append(records)
    c.out = b"".join(parts[i].pop(0) for i in range(250))
    while parts:
        r = random.choice(parts)
        c.out += r.pop(0)
        if not r:
            parts.remove(r)
    c.s.setblocking(False)

# Both ways at once, as a web server would.
want = {c.s: c for c in conns}
while want:
    readable, writable, _ = select.select(want, [s for s, c in want.items() if c.out], [], 60)
    assert readable or writable, "nothing moves"
    for s in writable:
        c = want[s]
        c.out = c.out[s.send(c.out[:100000]) :]
    for s in readable:
        c = want[s]
        try:
            more = s.recv(1 << 20)
            assert more, "closed"
            c.unread += more
        except BlockingIOError:
            pass
        while len(c.unread) >= 8:
            n = 8 + int.from_bytes(c.unread[4:6], "big") + c.unread[6]
            if len(c.unread) < n:
                break
            c.take()
        if sum(1 for a in c.answers.values() if a.status is not None) == 250:
            del want[s]
for k, c in enumerate(conns):
    for i in range(1, 251):
        a = c.answers[i]
        assert a.code == 200 and a.body == bodies[k, i], "answer %d of connection %d: %r" % (i, k, a.out[:200])

# One more than a connection may have.
c = Conn(SOCKET)
c.send(b"".join(begin(i) for i in range(1, 1002)))
a = c.answer(1001)
assert a.status == OVERLOADED and a.code == 503 and a.field("Retry-After"), a.out
assert a.body == b"", a.out  # it might be a HEAD
c.send(b"".join(record(ABORT, i) for i in range(1, 1001)))
for i in range(1, 1001):
    assert c.answer(i).status == COMPLETE
assert c.get("/hello", number=7).code == 200
END
hearth_stop
