# SPDX-License-Identifier: MIT
#
# calm: what must be true when nobody torments: every pool serves, every slot can be had, counters count,
# and when nobody asks any more there is nothing that was not there before.

import collections
import glob
import os
import threading
import time

from house import POOLS, processes
from torment import poll
from wire import Ask, Cut, Wire, Wrong


class Calm:
    def __init__(self, house):
        self.house, self.serial, self.complaints = house, 0, []
        self.asked = collections.Counter()  # of each pool
        self.lock = threading.Lock()

    def complain(self, text):
        self.complaints.append(text)

    def get(self, pool, **more):
        """A status, or what went wrong."""
        with self.lock:
            self.serial += 1
            self.asked[pool] += 1
            tag = f'calm-{self.serial}'
        ask = Ask(tag, f'/{pool}/', close=True, **more)
        try:
            wire = Wire(self.house.address)
            wire.send(ask.head())
            return wire.answer(ask)[0]
        except Cut as cut:
            return cut.kind
        except Wrong as wrong:
            self.complain(str(wrong))
            return 'wrong'

    def everybody_serves(self):
        for pool in POOLS:
            if not poll(lambda: self.get(pool) == 200):
                self.complain(f'pool {pool} does not serve again')

    # ---- slots and counters ----

    def at_once(self, pool, n, answers, **more):
        threads = [threading.Thread(target=lambda: answers.append(self.get(pool, **more))) for _ in range(n)]
        for t in threads:
            t.start()
        return threads

    def wait_until(self, pool, what, condition):
        if not poll(condition):
            s = self.house.pool_status()[pool]
            self.complain(f'pool {pool}: {what} was never so: busy {s["busy"]}, idle {s["idle"]}, '
                          f'waiting {s["waiting"]}, requests {s["requests"]}, refused {s["refused"]}')

    def slots(self, pool):
        """All of them are held at once; in a short line there is room for so many, and no more. On a slow
        machine a limit may end what is held: then once more."""
        for _ in range(3):
            answers, refused = self.hold(pool)
            if not POOLS[pool].get('limit') or 504 not in answers:
                break
        if any(a != 200 for a in answers) or any(a != 503 for a in refused):
            self.complain(f'pool {pool}: its slots answered {answers}, its full line {refused}')

    def hold(self, pool):
        self.serial += 1
        held = self.house.path('mark', f'{pool}.{self.serial}')
        count, narrow = POOLS[pool]['slots'], POOLS[pool].get('narrow', 0)
        answers, refused = [], []
        threads = self.at_once(pool, count, answers, hold=held)
        self.wait_until(pool, f'{count} requests at once', lambda: len(glob.glob(held + '.*')) == count)
        if narrow:
            # What the manager knows is up to a second old: until then it takes those who waited for their
            # workers, when the pool was cold, for those in the line.
            self.wait_until(pool, 'nobody waiting', lambda: self.house.pool_status()[pool]['waiting'] == 0)
            threads += self.at_once(pool, narrow, answers)
            self.wait_until(pool, f'{narrow} waiting', lambda: self.house.pool_status()[pool]['waiting'] == narrow)
            refused = [self.get(pool) for _ in range(3)]
        open(held, 'w').close()
        for t in threads:
            t.join()
        return answers, refused

    def counts(self):
        return {n: (p['requests'], p['refused']) for n, p in self.house.pool_status().items()}

    def settled(self):
        """The counts when all is told: facts come each second, or when something changes."""
        seen = [self.counts()]

        def is_still():
            time.sleep(2.5)
            seen.append(self.counts())
            return seen[-1] == seen[-2]
        if not poll(is_still):
            self.complain('the counters do not come to rest')
        return seen[-1]

    def count_slots(self):
        """Every request of it is counted, once."""
        before, asked = self.settled(), dict(self.asked)
        for pool in POOLS:
            self.slots(pool)
        for pool in POOLS:
            requests = self.asked[pool] - asked[pool] + before[pool][0]
            refused = before[pool][1] + (3 if POOLS[pool].get('narrow') else 0)
            self.wait_until(pool, f'requests {requests} and refused {refused}',
                            lambda: self.counts()[pool] == (requests, refused))
            self.wait_until(pool, 'nobody is busy or waits',
                            lambda: all(self.house.pool_status()[pool][k] == 0 for k in ('busy', 'waiting')))

    # ---- what is left ----

    def standing(self):
        """Workers and runners are those that are due when nobody asks, and no script runs."""
        for name, status in self.house.pool_status().items():
            states = [w['state'] for w in status['workers']]
            rest = POOLS[name]['rest']
            if any(s != 'ready' for s in states) or len(states) < rest or (states and not rest):
                return False
        return not any(self.house.scripts(n) for n, p in POOLS.items() if p.get('cgi'))

    def strangers(self):
        """Processes of ours that nobody accounts for."""
        status = self.house.status()
        known = {self.house.manager, status['gateway']['pid'], os.getpid()}
        known |= {w['pid'] for p in status['pools'] for w in p['workers']}
        found = []
        for pid, (_, name) in processes().items():
            try:
                ours = [os.readlink(f'/proc/{pid}/{what}').startswith(self.house.home + '/') for what in ('exe', 'cwd')]
            except OSError:
                continue
            if pid not in known and any(ours):
                found.append(f'{name} (pid {pid})')
        return found

    def sockets(self):
        fastcgi = sum(len(p['workers']) for n, p in self.house.pool_status().items() if not POOLS[n].get('cgi'))
        return len(glob.glob(self.house.path('run', 'workers', '*.sock'))) - fastcgi

    def rest(self):
        """Descriptors of manager and gateway when all is quiet."""
        if not poll(self.standing):
            self.complain(f'it does not come to rest: {self.house.pool_status()}')
        if not poll(lambda: not self.strangers()):
            self.complain(f'nobody knows of {", ".join(self.strangers())}')
        if not poll(lambda: self.sockets() == 0):
            self.complain(f'{self.sockets()} sockets too many: {os.listdir(self.house.path("run", "workers"))}')
        if os.listdir(self.house.path('spool')):
            self.complain(f'spooled files are left: {os.listdir(self.house.path("spool"))}')
        return self.house.descriptors()

    def no_more_descriptors(self, before):
        before['gateway dev/null'] += 2  # each thread keeps one from its first script on
        if not poll(lambda: not self.house.descriptors() - before):
            more = self.house.descriptors() - before
            self.complain('descriptors that were not there before: ' +
                          ', '.join(f'{n} {kind}' for kind, n in more.items()))

    def all_of_it(self):
        self.everybody_serves()
        self.count_slots()
        return self.rest()
