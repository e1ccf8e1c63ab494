# SPDX-License-Identifier: MIT
#
# house: the daemon that chaos is made in: its configuration, its processes, what it says of itself.

import collections
import json
import os
import re
import subprocess

# What stands in each pool. tormented: faults are made in it. narrow: its line is short, so that 503 is an
# answer to expect. limit: it ends what is slow, so that 504 is. slots: what it runs at once. rest: how
# many workers or runners it has at least when nobody asks; 0: none at all.
POOLS = {
    'calm': dict(slots=2, rest=2, lines=['pm = static', 'pm.max_children = 2', 'pm.max_requests = 40']),
    'hard': dict(slots=3, tormented=True, rest=3, lines=['pm = static', 'pm.max_children = 3']),
    'live': dict(slots=5, tormented=True, rest=2,
                 lines=['pm = dynamic', 'pm.max_children = 5', 'pm.start_servers = 2',
                        'pm.min_spare_servers = 2', 'pm.max_spare_servers = 2', 'pm.max_requests = 30']),
    'soft': dict(slots=4, tormented=True, narrow=4, rest=0,
                 lines=['pm = ondemand', 'pm.max_children = 4', 'pm.max_queue = 4',
                        'pm.process_idle_timeout = 1s']),
    'late': dict(slots=2, tormented=True, limit=True, rest=2,
                 lines=['pm = static', 'pm.max_children = 2', 'request_terminate_timeout = 3s']),
    'stream': dict(slots=2, tormented=True, rest=2,
                   lines=['pm = static', 'pm.max_children = 2', 'request_buffering = no',
                          'response_buffering = no']),
    'scripts': dict(slots=6, tormented=True, cgi=True, rest=0,
                    lines=['pm = ondemand', 'pm.max_children = 6', 'pm.process_idle_timeout = 1s',
                           'kill_grace = 200ms']),
    'family': dict(slots=4, tormented=True, cgi=True, rest=1,
                   lines=['pm = static', 'pm.max_children = 4', 'kill_grace = 200ms']),
}


class House:
    def __init__(self, home, port, manager=0):
        self.home, self.manager, self.address = home, manager, ('127.0.0.1', port)
        self.round = {name: 0 for name in POOLS}
        self.extra = self.broken = False

    def path(self, *parts):
        return os.path.join(self.home, *parts)

    # ---- configuration ----

    def _pool(self, name, pool):
        yield f'[{name}]'
        if pool.get('cgi'):
            yield from ['type = cgi', f'directory = {self.path("www", name)}']
        else:
            yield f'command = {self.path("bin", "chaos-worker")}'
        yield f'route = /{name}/'
        if os.geteuid() == 0:
            yield 'user = nobody'
        yield from ['pm.queue_timeout = 100s'] + ([] if pool.get('narrow') else ['pm.max_queue = 1000'])
        yield from ['restart_backoff_max = 400ms', f'env[RAN] = {self.path("mark", "ran")}',
                    f'env[ROUND] = {self.round.get(name, 0)}']
        if os.environ.get('CHAOS_DOCTOR'):
            yield f'env[DOCTOR] = {os.environ["CHAOS_DOCTOR"]}'
        yield from pool['lines']

    def _lines(self):
        yield from ['[global]', 'error_log = ' + self.path('log'), 'process_control_timeout = 20s',
                    'control = ' + self.path('run', 'control.sock'), 'runtime_dir = ' + self.path('run'),
                    '[gateway]', 'listen = %s:%d' % self.address, 'spool_dir = ' + self.path('spool'),
                    'threads = 2', 'access.log = ' + self.path('access.log'), 'keepalive_timeout = 1h']
        if os.geteuid() == 0:
            yield 'user = www-data'
        pools = dict(POOLS)
        if self.extra:
            pools['extra'] = dict(lines=['pm = static', 'pm.max_children = 1'])
        for name, pool in pools.items():
            yield from self._pool(name, pool)
        if self.broken:
            yield 'pm.max_children = many'

    def write_conf(self):
        with open(self.path('conf.new'), 'w') as f:
            f.write('\n'.join(self._lines()) + '\n')
        os.rename(self.path('conf.new'), self.path('conf'))

    # ---- what runs ----

    def control(self, *words):
        return subprocess.run([self.path('bin', 'hearth'), words[0], '-s', self.path('run', 'control.sock'),
                               *words[1:]], capture_output=True, text=True)

    def status(self):
        return json.loads(self.control('status', '--json').stdout)

    def pool_status(self):
        return {p['name']: p for p in self.status()['pools']}

    def workers(self, pool):
        """Of a cgi pool these are its runners."""
        return sorted(w['pid'] for w in self.pool_status()[pool]['workers'] if w['state'] == 'ready')

    def gateway(self):
        for pid, (parent, name) in processes().items():
            if parent == self.manager and name == 'hearth-gateway':
                return pid
        return 0

    def scripts(self, pool):
        """All that runs below the runners of a pool."""
        below, found = set(self.workers(pool)), []
        table = processes()
        for pid in sorted(table):
            at = pid
            while at in table and at not in below:
                at = table[at][0]
            if at in below and pid not in below:
                found.append(pid)
        return found

    def descriptors(self):
        """What manager and gateway have open, by kind: "gateway socket": 12. Linux shows
        only to root what a program holds that has changed its user or does not want to be seen."""
        found = collections.Counter()
        for name, pid in (('manager', self.manager), ('gateway', self.gateway())):
            if not os.access(f'/proc/{pid}/fd', os.R_OK):
                continue
            for fd in os.listdir(f'/proc/{pid}/fd'):
                try:
                    found[f'{name} ' + kind_of(os.readlink(f'/proc/{pid}/fd/{fd}'))] += 1
                except OSError:
                    pass
        return found


def kind_of(link):
    """What a descriptor leads to, without numbers; a log that was put aside is still that log."""
    return re.sub(r':\[[0-9]+\]|\.old|[0-9]+| \(deleted\)', '', os.path.join(*link.split('/')[-2:]))


def processes():
    """pid: (parent, name), zombies left out."""
    table = {}
    for entry in os.listdir('/proc'):
        if not entry.isdigit():
            continue
        try:
            with open(f'/proc/{entry}/stat', 'rb') as f:
                name, _, rest = f.read().decode('latin-1').partition('(')[2].rpartition(') ')
        except OSError:
            continue
        fields = rest.split()
        if fields[0] != 'Z':
            table[int(entry)] = (int(fields[1]), name)
    return table
