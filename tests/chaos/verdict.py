# SPDX-License-Identifier: MIT
#
# verdict: is everything that came of the requests explained by the faults? Pure: lists in, complaints out.

import bisect
import collections

from house import POOLS

LOOK_BACK = 30  # seconds in which a fault may still have its consequences


def of_gateway(outcome, kills):
    """A gateway died while the connection lived, or the request waited."""
    at = bisect.bisect_left(kills, outcome.begun, key=lambda f: f.until)
    return at < len(kills) and kills[at].at <= outcome.ended


def is_explained(o, faults, kills, harmed):
    """`harmed` collects what counts as the harm of a fault in its pool. For a script that is killed the end
    of its output is the end of the answer, if it did not say how long that would be."""
    pool = POOLS[o.pool]
    if o.what in ('gone', 'cut', 'half', '502') and of_gateway(o, kills):
        return True
    if o.what == '503':
        return bool(pool.get('tormented'))
    if pool.get('limit') and o.what in ('504', 'cut'):
        return True
    if o.what in ('502', 'cut') + (('short', 'half') if pool.get('cgi') else ()) and pool.get('tormented'):
        harmed[o.pool] += 1
        return any(f.pool == o.pool and o.begun - LOOK_BACK <= f.at <= o.ended for f in faults)
    return False


def judge_outcomes(outcomes, faults):
    kills = [f for f in faults if f.kind == 'kill gateway']  # one after the other
    harmed, harm = collections.Counter(), collections.Counter()
    for f in faults:
        harm[f.pool] += f.harm
    for o in outcomes:
        if o.what != '200' and not is_explained(o, faults, kills, harmed):
            yield (f'{o.tag} ({o.habit}) in pool {o.pool}: {o.what} after {o.ended - o.begun:.3f} s, '
                   'and no fault explains it')
    for pool, n in harmed.items():
        if n > harm[pool]:
            yield f'pool {pool}: {n} requests were lost, its faults explain {harm[pool]} at most'


def judge_runs(outcomes, ran):
    """What a worker did must not be done again, unless it is safe to repeat."""
    for o in outcomes:
        times = ran[o.tag]
        if o.what == '200' and times == 0:
            yield f'{o.tag}: was answered, but never ran'
        if times > 1 and o.post:
            yield f'{o.tag}: a POST ran {times} times'
        if times > 3:
            yield f'{o.tag}: ran {times} times'
    twice = [o for o in outcomes if ran[o.tag] > 1 and not POOLS[o.pool].get('tormented')]
    for o in twice:
        yield f'{o.tag}: ran {ran[o.tag]} times in a pool without faults'


def judge_counters(sent, counted, moves):
    """A gateway that dies takes its last second's counts along, so there may be less, never more; a
    reload moves who waits in a line to another, where it counts again."""
    for pool, n in counted.items():
        if pool in sent and n > sent[pool] + moves:
            yield f'pool {pool}: {n} requests are counted where {sent[pool]} were sent'
