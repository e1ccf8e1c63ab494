# SPDX-License-Identifier: MIT
#
# chaos: see tests/flow/270-chaos.sh, which starts the daemon.
#
#	chaos.py conf HOME PORT			writes HOME/conf
#	chaos.py run HOME PORT MANAGER		torments for CHAOS_SECONDS, and judges
#	chaos.py doctored HOME PORT MANAGER	load without faults on workers that are wrong: exit 0 if that is seen

import collections
import os
import sys
import time

from calm import Calm
from clients import Clients
from house import POOLS, House
from torment import Torment, poll
from verdict import judge_counters, judge_outcomes, judge_runs

MOST = 20  # complaints of one kind that are shown


def number(name, otherwise):
    return int(os.environ.get(name) or otherwise)


def ran(house):
    with open(house.path('mark', 'ran')) as f:
        return collections.Counter(line.rstrip('\n') for line in f)


def load(house, seed, torment):
    """Clients while `torment(clients)` goes on, until each has its last answer."""
    clients = Clients(house, seed, number('CHAOS_CLIENTS', 24))
    clients.start()
    try:
        torment(clients)
    finally:
        clients.end()
    return clients


def table(title, counts):
    print(f'{title}: ' + (', '.join(f'{v} {k}' for k, v in sorted(counts.items())) or 'none'))


def report(clients, torment, seconds):
    print(f'requests: {sum(clients.sent.values())} in {seconds:.0f} s, {len(clients.outcomes)} of them with an end '
          'to judge (others left, or stood behind one that closed)')
    table('answers', collections.Counter(o.what for o in clients.outcomes))
    table('clients', clients.habits)
    table('faults', torment.counts)


def judge(house, clients, torment, before):
    yield from clients.wrongs[:MOST]
    yield from list(judge_outcomes(clients.outcomes, torment.faults))[:MOST]
    yield from list(judge_runs(clients.outcomes, ran(house)))[:MOST]
    status = house.status()
    moves = torment.counts.get('reload', 0) * 100
    counted = {p['name']: p['requests'] for p in status['pools']}
    sent = {n: clients.sent[n] + before[n] for n in POOLS}
    yield from judge_counters(sent, counted, moves)
    starts, kills = status['gateway']['starts'], torment.counts.get('kill gateway', 0)
    if starts != 1 + kills:
        yield f'the gateway was started {starts} times, but killed {kills} times'


def run(house):
    seed, seconds = number('CHAOS_SEED', 1), number('CHAOS_SECONDS', 10)
    print(f'CHAOS_SEED={seed} CHAOS_SECONDS={seconds}', flush=True)
    calm, torment, begun = Calm(house), Torment(house, seed), time.monotonic()
    descriptors = calm.all_of_it()
    before = dict(calm.asked)
    clients = load(house, seed, lambda clients: torment.go(seconds, lambda: not clients.wrongs))
    house.extra = False
    house.write_conf()
    if house.control('reload').returncode:
        calm.complain('the last reload failed')
    complaints = list(judge(house, clients, torment, before))
    report(clients, torment, time.monotonic() - begun)
    calm.all_of_it()
    calm.no_more_descriptors(descriptors)
    return complaints + calm.complaints


def doctored(house):
    def complaints(clients):
        so_far = list(clients.outcomes)
        return clients.wrongs + list(judge_outcomes(so_far, [])) + list(judge_runs(so_far, ran(house)))

    def wait(clients):
        poll(lambda: complaints(clients))
    found = complaints(load(house, 1, wait))
    print(f'{os.environ["CHAOS_DOCTOR"]}: ' + (found[0] if found else 'nothing was noticed'))
    return [] if found else ['the doctored workers were believed']


def main():
    deed, home, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    house = House(home, port, int(sys.argv[4]) if len(sys.argv) > 4 else 0)
    if deed == 'conf':
        house.write_conf()
        return 0
    complaints = run(house) if deed == 'run' else doctored(house)
    for c in complaints:
        print(f'failed: {c}')
    return 1 if complaints else 0


sys.exit(main())
