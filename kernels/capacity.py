"""What is left of limits while jobs are put on meters one after the other, and the cheapest start that still fits.

Row r of a limit counts, in one slot, Σ weight · reading of the meters in its cells; a placement fits if in each slot of
its run the rows have room for what it adds, in the last slot for the part of it that counts. Only uses of kind RUN may
count in rows, and of each option at most one in each row.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.kernels.gates import Switching
from placement.kernels.placements import Placements, allowed, placements, ranges
from placement.kernels.price import placement_usd
from placement.kernels.work import Floats, Ints, Work

Bools = NDArray[np.bool_]


class Limits(NamedTuple):
    """The cells of rows by meter and slot. M meters, T slots, R rows; `left` has R numbers, what rows have left."""

    first: Ints
    """(M T + 1,) cells of meter m in slot t are first[m T + t] .. first[m T + t + 1] - 1."""
    row: Ints
    weight: Floats
    base: Ints
    """(M,) row of slot 0 where each slot has one cell of weight 1 and their rows follow one another; else -1."""


class Fit(NamedTuple):
    """A placement that fits; option -1: none."""

    usd: float
    option: int = -1
    start: int = -1
    last: int = -1
    fraction: float = 0.0


def limits(meters: int, slots: int, row: Ints, meter: Ints, slot: Ints, weight: Floats) -> Limits:
    """Limits from cells in any order; cells of weight 0 are left out."""
    order = np.lexsort((row, slot, meter))
    order = order[weight[order] != 0]
    row, weight = row[order], weight[order]
    first = np.searchsorted((meter * slots + slot)[order], np.arange(meters * slots + 1))
    base = np.full(meters, -1)
    for m in range(meters):
        mine = slice(first[m * slots], first[(m + 1) * slots])
        one_each = (np.diff(first[m * slots : (m + 1) * slots + 1]) == 1).all()
        if one_each and (np.diff(row[mine]) == 1).all() and (weight[mine] == 1).all():
            base[m] = row[mine][0]
    return Limits(first, row, weight, base)


def put(work: Work, limits: Limits, left: Floats, placed: Fit, sign: float = 1.0) -> None:
    """Take what a placement uses from what is left, or with sign -1 give it back."""
    s, last = placed.start, placed.last
    share = np.ones(last + 1 - s)
    share[-1] = placed.fraction
    for u in range(work.option_uses[placed.option], work.option_uses[placed.option + 1]):
        place = int(work.use_meter[u]) * work.slots
        count = np.diff(limits.first[place + s : place + last + 2])
        cells = slice(limits.first[place + s], limits.first[place + last + 1])
        amount = float(work.use_amount[u]) * sign * np.repeat(share, count)
        left[limits.row[cells]] -= amount * limits.weight[cells]


def cheapest_fit(
    work: Work,
    limits: Limits,
    left: Floats,
    prices: Floats,
    sums: Floats,
    job: int,
    options: Ints,
    low: Floats,
    below: float,
    first_slot: int,
    end_slot: int,
    switching: Switching | None = None,
) -> Fit:
    """The cheapest placement of a job that fits, if it costs less than `below`; of equals the first.

    Parameters
    ----------
    work, limits, left
    prices, sums : array, shapes (M, T) and (M, T+1)
        Of meters, and their running sums.
    job : int
    options : array, shape (O,)
        The options of each job in the order in which they are tried.
    low : array, shape (O,)
        What each option costs at least, at any start.
    below : float
        $.
    first_slot, end_slot : int
        Runs lie within slots first_slot .. end_slot - 1.
    switching : Switching, optional
        Gates, which charge what a placement adds to them.
    """
    best = Fit(below)
    for o in options[work.job_options[job] : work.job_options[job + 1]].tolist():
        if low[o] >= best.usd:
            break
        placed = allowed(work, o, o + 1)
        usd = placement_usd(work, prices, sums, placed)
        if switching is not None:
            usd = usd + switching.added(switching.gate(work, o), placed.start, placed.last)
        fits = (placed.start >= first_slot) & (placed.last < end_slot) & (usd < best.usd)
        if fits.any():
            fits &= fitting(work, limits, left, o, placed)
        if fits.any():
            n = int(np.flatnonzero(fits)[np.argmin(usd[fits])])
            best = Fit(float(usd[n]), o, int(placed.start[n]), int(placed.last[n]), float(placed.fraction[n]))
    return best


def fitting(work: Work, limits: Limits, left: Floats, option: int, placed: Placements) -> Bools:
    """Which placements of an option fit, shape (N,)."""
    good = np.ones(len(placed), dtype=bool)
    slot, one = np.arange(work.slots), np.ones(work.slots)
    for u in range(work.option_uses[option], work.option_uses[option + 1]):
        m, amount = int(work.use_meter[u]), float(work.use_amount[u])
        full = np.concatenate([[0], np.cumsum(_over(limits, left, m * work.slots + slot, amount * one))])
        good &= full[placed.last] == full[placed.start]
        good &= ~_over(limits, left, m * work.slots + placed.last, amount * placed.fraction)
    return good


def _over(limits: Limits, left: Floats, place: Ints, amount: Floats) -> Bools:
    """Whether an amount is more than a row has left, at each place (meter T + slot), shape (N,)."""
    count = limits.first[place + 1] - limits.first[place]
    cells = ranges(limits.first[place], count)
    over = left[limits.row[cells]] < np.repeat(amount, count) * limits.weight[cells]
    return np.bincount(np.repeat(np.arange(len(place)), count), weights=over, minlength=len(place)) > 0


def fit_at(work: Work, option: int, start: int, usd: float = 0.0) -> Fit:
    """A placement as a fit, whether it fits or not."""
    placed = placements(work, np.array([option]), np.array([start]))
    return Fit(usd, option, start, int(placed.last[0]), float(placed.fraction[0]))
