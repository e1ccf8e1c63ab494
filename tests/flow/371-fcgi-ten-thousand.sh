#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A thousand requests at once over four connections, ten thousand in all: each gets its own body back, with
# those of others between its records, whatever ids and sizes are used in which order.
# variants: plain tsan
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"

fcgi_conf "pm.max_children = 4" "pm.max_queue = 2000" "pm.queue_timeout = 60s" >"$T/conf"
hearth_start "$T/conf"

client <<'END'
import random, select, struct

ALL, AT_ONCE = 10000, 250
random.seed(11)
header = struct.Struct(">BBHHBx")

class Web:
    """One connection, as a web server has it: as many requests on it as there may be."""

    def __init__(self, k):
        self.c = Conn(SOCKET)
        self.c.s.setblocking(False)
        self.k, self.out, self.unread, self.done, self.begun, self.turns, self.last = k, bytearray(), bytearray(), 0, 0, 0, 0
        self.ids = random.sample(range(1, 65536), 2 * AT_ONCE)
        self.want, self.got = {}, {}

    def ask(self, number):
        """The records of several requests, shuffled, those of each in their order."""
        many = []
        for _ in range(number):
            self.begun += 1
            i = self.ids.pop(random.randrange(len(self.ids)))
            tag = b"<%d.%d>" % (self.k, self.begun)
            body = tag * random.choice((1, 1, 2, 10, 100, 100, 1500))
            self.want[i], self.got[i] = body, bytearray()
            p = pairs(params_for("/echo", method="POST", CONTENT_LENGTH=str(len(body))))
            cut, half = random.randrange(1, len(p)), random.randrange(len(body))
            records = [begin(i), record(PARAMS, i, p[:cut]), record(PARAMS, i, p[cut:], random.randrange(256)), record(PARAMS, i)]
            records += [record(STDIN, i, b, random.choice((0, 0, 7))) for b in (body[:half], body[half:]) if b]
            many.append(records + [record(STDIN, i)])
        while many:
            r = random.choice(many)
            self.out += r.pop(0)
            if not r:
                many.remove(r)

    def write(self):
        del self.out[: self.c.s.send(self.out[:200000])]

    def read(self):
        more = self.c.s.recv(1 << 20)
        assert more, "closed"
        self.unread += more
        at, ends = 0, 0
        while len(self.unread) - at >= 8:
            version, kind, i, n, padding = header.unpack_from(self.unread, at)
            if len(self.unread) - at < 8 + n + padding:
                break
            content = bytes(self.unread[at + 8 : at + 8 + n])
            at += 8 + n + padding
            assert version == 1 and i in self.want, "a record of kind %d for %d" % (kind, i)
            self.turns, self.last = self.turns + (i != self.last), i
            if kind == STDOUT:
                self.got[i] += content
            else:
                assert kind == END and content[4] == COMPLETE, (kind, content)
                head, _, body = bytes(self.got.pop(i)).partition(b"\r\n\r\n")
                assert b"Status: 200" in head, head
                want = self.want.pop(i)
                assert body == want, "request %d has %r of %d, not %r of %d" % (i, body[:40], len(body), want[:40], len(want))
                self.ids.append(i)
                ends += 1
        del self.unread[:at]
        self.done += ends
        if ends and self.begun < ALL // 4:
            self.ask(min(ends, ALL // 4 - self.begun))

webs = {w.c.s: w for w in map(Web, range(4))}
for w in webs.values():
    w.ask(AT_ONCE)
most = 0
while any(w.done < ALL // 4 for w in webs.values()):
    most = max(most, sum(len(w.want) for w in webs.values()))
    readable, writable, _ = select.select(webs, [s for s, w in webs.items() if w.out], [], 60)
    assert readable or writable, "nothing moves: %r" % [(w.done, len(w.want)) for w in webs.values()]
    for s in writable:
        webs[s].write()
    for s in readable:
        webs[s].read()
assert most == 4 * AT_ONCE and not any(w.want or w.unread for w in webs.values())
assert all(w.turns >= ALL // 4 for w in webs.values())
END
hearth_stop
