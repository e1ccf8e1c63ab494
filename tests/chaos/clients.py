# SPDX-License-Identifier: MIT
#
# clients: many at once, each with habits that come from its seed: some polite, some slow, some that leave.
# What came of each request is written down with the time in which it came, to be judged when all faults
# are known.

import collections
import random
import socket
import struct
import threading
import time

from house import POOLS
from wire import Ask, Cut, Wire, Wrong

Outcome = collections.namedtuple('Outcome', 'pool tag habit version post what begun ended')


class Clients:
    def __init__(self, house, seed, count):
        self.house, self.stopping = house, threading.Event()
        self.outcomes, self.wrongs = [], []
        self.sent = collections.Counter()   # of each pool, those that left included
        self.habits = collections.Counter()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=Client(self, f'{seed}-{i}', f'c{i}').live) for i in range(count)]

    def start(self):
        for t in self.threads:
            t.start()

    def end(self):
        self.stopping.set()
        for t in self.threads:
            t.join()

    def note(self, habit, pool, ask, what, begun):
        with self.lock:
            self.outcomes.append(Outcome(pool, ask.tag, habit, ask.version, ask.body is not None, what, begun,
                                         time.monotonic()))

    def count(self, counter, what):
        with self.lock:
            counter[what] += 1

    def wrong(self, what):
        with self.lock:
            self.wrongs.append(what)


class Client:
    def __init__(self, all_of_them, seed, name):
        self.all, self.random, self.name, self.serial = all_of_them, random.Random(seed), name, 0
        self.habit = ''
        self.habits = [(self.polite, 8), (self.once, 3), (self.old, 2), (self.pipelines, 4),
                       (self.writes_slowly, 2), (self.reads_slowly, 2), (self.leaves, 5), (self.babbles, 1)]

    def live(self):
        while not self.all.stopping.is_set() and not self.all.wrongs:
            habit = self.random.choices(*zip(*self.habits))[0]
            self.habit = habit.__name__
            self.all.count(self.all.habits, self.habit)
            try:
                habit()
            except Wrong as e:
                self.all.wrong(f'{self.name} {self.habit}: {e}')

    # ---- the pieces ----

    def ask(self, pool=None, large=False, **more):
        r = self.random
        pool = pool or r.choice(list(POOLS))
        self.serial += 1
        body = None
        if r.random() < 0.4:
            body = r.randbytes(r.choice([0, 10, 1000, 40000, 300000 if large else 5000]))
        lines = r.choice([0, 1, 10, 300] + ([20000] if large else []))
        pieces = r.choice([0, 0, 0, 0, 3])
        ms = r.choice([0, 0, 0, 0, 0, 2, 20, 150])
        ask = Ask(f'{self.name}-{self.serial}', f'/{pool}/', body, lines, ms, pieces,
                  chunked=r.random() < 0.3, length=r.random() < 0.5, **more)
        if more.get('version') == '1.0':
            ask.chunked = False
        self.all.count(self.all.sent, pool)
        return pool, ask

    def open(self, **more):
        return Wire(self.all.house.address, **more)

    def hear(self, wire, pool, ask):
        """True: the connection goes on."""
        try:
            status, goes_on = wire.answer(ask)
        except Cut as cut:
            self.all.note(self.habit, pool, ask, cut.kind, wire.born)
            return False
        self.all.note(self.habit, pool, ask, str(status), wire.born)
        return goes_on

    def exchange(self, wire, pool, ask):
        wire.send(ask.head() + ask.body_bytes())
        goes_on = self.hear(wire, pool, ask)
        wire.nothing_more()
        return goes_on

    # ---- habits ----

    def polite(self):
        wire = self.open()
        for _ in range(self.random.randint(1, 12)):
            if not self.exchange(wire, *self.ask(large=self.random.random() < 0.1)):
                break
        wire.close()

    def once(self):
        wire = self.open()
        self.exchange(wire, *self.ask(close=True))
        wire.close()

    def old(self):
        wire = self.open()
        self.exchange(wire, *self.ask(version='1.0', large=self.random.random() < 0.3))
        wire.close()

    def pipelines(self):
        wire = self.open()
        asks = [self.ask() for _ in range(self.random.randint(2, 6))]
        writer = threading.Thread(target=self.send_all, args=(wire, asks))
        writer.start()
        for pool, ask in asks:
            if not self.hear(wire, pool, ask):
                break  # and those behind it were told so, or share its fate
        else:
            wire.nothing_more()
        try:
            wire.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        writer.join()
        wire.close()

    def send_all(self, wire, asks):
        try:
            wire.send(b''.join(ask.head() + ask.body_bytes() for _, ask in asks))
        except Wrong as e:
            self.all.wrong(str(e))

    def writes_slowly(self):
        wire, (pool, ask) = self.open(), self.ask()
        data = ask.head() + ask.body_bytes()
        for _ in range(self.random.randint(1, 10)):
            n = self.random.randint(1, max(1, len(data) // 4))
            wire.send(data[:n])
            data = data[n:]
            time.sleep(self.random.uniform(0, 0.05))
        wire.send(data)
        self.hear(wire, pool, ask)
        wire.close()

    def reads_slowly(self):
        wire, (pool, ask) = self.open(receive=4096), self.ask()
        ask.lines = 8000
        wire.slowly = self.random.uniform(0, 0.02)
        self.exchange(wire, pool, ask)
        wire.close()

    def leaves(self):
        """Within the request, right behind it, or within the answer; politely or not."""
        wire, (_, ask) = self.open(), self.ask(large=True)
        data = ask.head() + ask.body_bytes()
        where = self.random.random()
        wire.send(data if where > 0.4 else data[:self.random.randint(0, len(data))])
        time.sleep(self.random.choice([0, 0, 0.01, 0.1]))
        if where > 0.7:
            wire.sock.setblocking(False)
            try:
                wire.sock.recv(self.random.randint(1, 2000))
            except OSError:
                pass
        if self.random.random() < 0.5:
            wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        wire.close()

    def babbles(self):
        wire = self.open()
        wire.send(self.random.choice([b'\0' * 100, b'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
                                      b'POST /hard/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
                                      b'GARBAGE\r\n\r\n', self.random.randbytes(300) + b'\r\n\r\n']))
        try:
            if wire.answer(Ask('nobody', '/'))[0] == 200:
                raise Wrong('nonsense was served')
        except Cut:
            pass  # a fault, or the end behind its 400
        wire.close()
