"""What a set of placements uses of each meter in each slot: the definition in NumPy.

    use[μ, t] = Σ count · (what the placement adds to μ in t)        (`placement.kernels.work`)

written as steps at the slots where use begins and ends, then a running sum over slots. It is the slope of the price:
Σ prices · use = Σ count · (meter part of `price.placement_usd`). Amounts are integers and a last slot counts by whole
grains, so that with integer counts every sum is exact, in any order, up to 2^53 grains' worth.
"""

import numpy as np

from placement.kernels.placements import counted, placements, ranges, share, window
from placement.kernels.work import RUN, STAGE, START, UNLOAD, WHOLE, Floats, Ints, Work

BLOCK = 1_000_000
"""Uses that are held at once."""


def usage(work: Work, meters: int, option: Ints, start: Ints, count: Floats) -> Floats:
    """Use of each meter in each slot by placements, shape (M, T).

    Parameters
    ----------
    work : Work
    meters : int
        M.
    option, start : arrays, shape (N,)
        Allowed placements, in any order; the same one may stand there several times.
    count : array, shape (N,)
        How many jobs run so; parts are allowed.
    """
    steps = np.zeros((meters, work.slots + 1))
    once = np.zeros((meters, work.slots + 1))
    uses = np.concatenate([[0], np.cumsum(np.diff(work.option_uses)[option])])
    first = 0
    while first < len(option):
        end = max(int(np.searchsorted(uses, uses[first] + BLOCK, side="right")) - 1, first + 1)
        _add(work, option[first:end], start[first:end], count[first:end], steps, once)
        first = end
    use: Floats = (np.cumsum(steps, axis=1) + once)[:, :-1]
    return use


def _add(work: Work, option: Ints, start: Ints, count: Floats, steps: Floats, once: Floats) -> None:
    """Add steps, which last until taken back, and what counts in one slot only, in place."""
    number = np.diff(work.option_uses)[option]
    owner = np.repeat(np.arange(len(option)), number)
    use = ranges(work.option_uses[option], number)
    kind, meter, amount = work.use_kind[use], work.use_meter[use], work.use_amount[use]
    placed = placements(work, option[owner], start[owner])
    times = np.asarray(count, dtype=np.float64)[owner]
    for during in (RUN, WHOLE):
        run = np.flatnonzero(kind == during)
        _steps(steps, meter[run], placed.start[run], placed.last[run], times[run] * amount[run])
        part = counted(during, placed.fraction[run])
        np.add.at(once, (meter[run], placed.last[run]), times[run] * amount[run] * part)
    begin = np.flatnonzero(kind == START)
    np.add.at(once, (meter[begin], placed.start[begin]), times[begin] * amount[begin])
    for transfer in (STAGE, UNLOAD):
        here = np.flatnonzero(kind == transfer)
        if len(here):
            some = placements(work, option[owner[here]], start[owner[here]])
            units = share(work, transfer, work.use_link[use[here]], amount[here], some)
            _steps(steps, meter[here], *window(work, transfer, some), times[here] * units)


def _steps(steps: Floats, meter: Ints, first: Ints, end: Ints, amount: Floats) -> None:
    """Add amounts in slots first <= t < end, in place."""
    np.add.at(steps, (meter, first), amount)
    np.add.at(steps, (meter, end), -amount)
