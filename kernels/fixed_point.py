"""Sums of use as whole numbers of a step: the same whatever the order in which many threads add.

Each number that is added is rounded to a multiple of a step, a power of two so fine that no sum can leave 62 bits.
Where all numbers are multiples of the step (counts of jobs, whole amounts and grains), sums are exact and those of the
definition bit for bit; else each is off by at most half a step, 2^-62 to 2^-61 of all that is added.
"""

import math

import numpy as np

from placement.kernels.once_each import once_each
from placement.kernels.work import SHARE_UNITS, STAGE, UNLOAD, Floats, Ints, Work

BITS = 62
"""Bits of a sum; a 64-bit integer has one more, and its sign."""


@once_each
def most_used(work: Work) -> float:
    """A bound on what a placement adds to and takes from a meter in one slot, all its uses together."""
    most = np.abs(work.use_amount)
    for kind in (STAGE, UNLOAD):
        mine = np.flatnonzero(work.use_kind == kind)
        if len(mine):
            least = _least_capacity(work, kind)[work.use_link[mine]]
            most[mine] = np.ceil(SHARE_UNITS * most[mine] / least)
    sums = np.concatenate([[0.0], np.cumsum(most)])
    return 2.0 * float(np.max(sums[work.option_uses[1:]] - sums[work.option_uses[:-1]], initial=0.0))


def _least_capacity(work: Work, kind: int) -> Floats:
    """(L,) TB that each link carries in the emptiest of its windows that are not empty; inf where all are."""
    begin, end = work.stage_first, np.arange(work.slots + 1)
    if kind == UNLOAD:
        begin, end = end, work.unload_end
    capacity: Floats = work.link_prefix[:, end] - work.link_prefix[:, begin]
    if kind == UNLOAD:
        capacity += np.outer(work.link_rate, work.unload_beyond)
    capacity[capacity <= 0] = np.inf
    least: Floats = np.minimum.reduce(capacity, axis=1)
    return least


def step_for(total: float) -> float:
    """The finest step, a power of two, for which sums of numbers of a total of at most `total` keep to BITS."""
    return 2.0 ** (math.frexp(total)[1] - BITS) if total > 0 else 1.0


def use_of(steps: Ints, once: Ints, step: float) -> Floats:
    """(M, T) use from (M, T+1) numbers of steps that last until taken back, and that count in one slot."""
    use: Floats = (np.cumsum(steps, axis=1) + once)[:, :-1].astype(np.float64) * step
    return use
