# SPDX-License-Identifier: MIT
#
# torment: faults, made at random by a seed: what is done and to whom comes from it alone, in this order;
# only which process has that place, and what it does just then, is up to the day. Each fault is written
# down before it is made, so that what it causes never comes before it.

import math
import os
import random
import signal
import time

from house import POOLS

WORKERS = [n for n, p in POOLS.items() if p.get('tormented') and not p.get('cgi')]
SCRIPTS = [n for n, p in POOLS.items() if p.get('cgi')]
LIMITED = [n for n, p in POOLS.items() if p.get('limit')]


class Fault:
    def __init__(self, kind, pool, harm):
        self.kind, self.pool, self.harm, self.at = kind, pool, harm, time.monotonic()
        self.until = self.at  # when it was surely over


class Torment:
    def __init__(self, house, seed):
        self.house, self.random = house, random.Random(seed)
        self.faults, self.to_continue, self.counts = [], [], {}
        # what, how often against each other
        self.deeds = [(self.kill_worker, 8), (self.stop_worker, 4), (self.freeze_worker, 1),
                      (self.kill_script, 6), (self.stop_script, 3), (self.kill_runner, 3),
                      (self.stop_runner, 2), (self.kill_gateway, 1), (self.stop_gateway, 2),
                      (self.reload, 3), (self.reload_broken, 1), (self.reopen, 2)]

    # ---- writing down, and doing ----

    def note(self, kind, pool=None, harm=0):
        """harm: how many requests of the pool it may cost; of the gateway: all that it has."""
        self.faults.append(Fault(kind, pool, harm))
        self.counts[kind] = self.counts.get(kind, 0) + 1

    def signal(self, pid, signo):
        try:
            os.kill(pid, signo)
        except ProcessLookupError:
            pass

    def pick(self, pids):
        return pids[int(self.random.random() * len(pids))] if pids else 0

    def stop(self, pid):
        self.signal(pid, signal.SIGSTOP)
        self.to_continue.append((time.monotonic() + self.random.uniform(0.05, 0.8), pid))

    def freeze(self, pid):
        self.signal(pid, signal.SIGSTOP)
        self.to_continue.append((math.inf, pid))

    def go_on(self, everybody=False):
        now = time.monotonic()
        for due in [d for d in self.to_continue if everybody or d[0] <= now]:
            self.to_continue.remove(due)
            self.signal(due[1], signal.SIGCONT)

    def hit(self, kind, pool, pids, deed, harm):
        victim = self.pick(pids)
        if not victim:
            return False
        self.note(kind, pool, harm)
        deed(victim)
        return True

    def kill(self, pid):
        self.signal(pid, signal.SIGKILL)

    # ---- deeds; False: there was nobody to do it to ----

    def kill_worker(self):
        pool = self.random.choice(WORKERS)
        return self.hit('kill worker', pool, self.house.workers(pool), self.kill, 1)

    def stop_worker(self):
        pool = self.random.choice(WORKERS)
        return self.hit('stop worker', pool, self.house.workers(pool), self.stop, 1)

    def freeze_worker(self):
        """Until the end: who has a limit gets over that."""
        pool = self.random.choice(LIMITED)
        return self.hit('freeze worker', pool, self.house.workers(pool), self.freeze, 1)

    def kill_script(self):
        pool = self.random.choice(SCRIPTS)
        return self.hit('kill script', pool, self.house.scripts(pool), self.kill, 1)

    def stop_script(self):
        pool = self.random.choice(SCRIPTS)
        return self.hit('stop script', pool, self.house.scripts(pool), self.stop, 1)

    def kill_runner(self):
        pool = self.random.choice(SCRIPTS)
        return self.hit('kill runner', pool, self.house.workers(pool), self.kill, POOLS[pool]['slots'])

    def stop_runner(self):
        pool = self.random.choice(SCRIPTS)
        return self.hit('stop runner', pool, self.house.workers(pool), self.stop, 0)

    def kill_gateway(self):
        """What is told to die may still accept somebody before it does."""
        pid = self.house.gateway()
        if not self.hit('kill gateway', None, [pid] if pid else [], self.kill, 0):
            return False
        poll(lambda: not os.path.exists(f'/proc/{pid}'))
        self.faults[-1].until = time.monotonic()
        return True

    def stop_gateway(self):
        pid = self.house.gateway()
        return self.hit('stop gateway', None, [pid] if pid else [], self.stop, 0)

    def reload(self):
        house = self.house
        house.round[self.random.choice(list(POOLS))] += 1
        house.extra = self.random.random() < 0.5
        house.write_conf()
        self.note('reload')
        self.signal(house.manager, signal.SIGHUP)
        return True

    def reload_broken(self):
        self.house.broken = True
        self.house.write_conf()
        self.house.broken = False
        self.note('reload, broken')
        self.signal(self.house.manager, signal.SIGHUP)
        return True

    def reopen(self):
        for name in ('log', 'access.log'):
            with open(self.house.path(name), 'rb') as old, open(self.house.path(name + '.all'), 'ab') as f:
                f.write(old.read())
            os.rename(self.house.path(name), self.house.path(name + '.old'))
        self.note('reopen')
        self.signal(self.house.manager, signal.SIGUSR1)
        poll(lambda: all(os.path.exists(self.house.path(n)) for n in ('log', 'access.log')))
        return True

    # ---- all of it ----

    def go(self, seconds, alive):
        """Every deed once, then as they come, for so long."""
        end = time.monotonic() + seconds
        first = [d for d, _ in self.deeds]
        self.random.shuffle(first)
        while (time.monotonic() < end or first) and alive():
            deed = first[0] if first else self.random.choices(*zip(*self.deeds))[0]
            pause = time.monotonic() + min(self.random.expovariate(8), 0.6)
            if deed() and first:
                first.pop(0)
            elif first:
                first.append(first.pop(0))
            while time.monotonic() < pause:
                self.go_on()
                time.sleep(0.01)
        self.go_on(everybody=True)


def poll(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.03)
    return True
