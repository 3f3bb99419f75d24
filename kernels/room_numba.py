"""Room for runs in futures, compiled by Numba: where the next run of an option fits, where it ends, what it takes.

An option that has no room for a run is next tried behind a slot that is too full for it: the later a run starts the
later it ends, and nothing is given back, so a run that starts before that slot still covers it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.kernels.capacity import Limits
from placement.kernels.compile_numba import compiled
from placement.kernels.futures import Worlds
from placement.kernels.placements import GRAIN_TOLERANCE
from placement.kernels.runs_numba import Tables
from placement.kernels.work import Floats, Ints

LONGER = 1.0 + 1e-9
"""Times the most work of a slot that a run has to have so as to cover more than one, whatever rounding does."""

CELLS, NO_ROW = -1, -2
"""In place of the row of a use."""


class Uses(NamedTuple):
    """What is known of uses and meters in all futures."""

    row: Ints
    """Row of slot 0 of each use that counts in one row per slot; CELLS: in other rows; NO_ROW: in none."""
    priced: Ints
    """(M,) number among the meters that have prices or emissions in some future; -1: none."""
    meter: Ints
    """(N,) these meters."""


class Space(NamedTuple):
    """What a thread keeps of a block of B futures, and what it has counted of groups."""

    left: Floats
    """(B, R) what rows have left."""
    nearly: Floats
    """(B, C, T+1) as `placements.nearly_done`."""
    prices: Floats
    """(B, N, T, 4) prices and emissions of such meters, and the sums of each up to the slot."""
    pace: Floats
    """(B, C) slots per hour of work, on average; 0 where none is ever done."""
    longest: Floats
    """(B, C) most work of a slot."""
    random: NDArray[np.uint64]
    """(B,) from which columns of lengths are drawn."""
    after: Ints
    """Slot from which each option of a group is looked through next, the planned first."""
    placed: Ints
    """(G,)"""
    on_time: Ints
    """(G,)"""


@compiled
def seek(
    t: Tables, limits: Limits, uses: Uses, worlds: Worlds, tails: bool, at: Space, f: int, b: int, o: int,
    factor: float, s: int, stop: int, most: int,
) -> tuple[int, int, int, float, float, float]:  # fmt: skip
    """The first start of an option, from s on and before `stop`, at which one unit fits, and how many do, at most
    `most`; where their runs end. Without any, 0 units, and the start from which to look on.
    """
    slots, c = len(t.hours), t.option_clock[o]
    left, done, nearly = at.left[b], worlds.clock_work[f, c], at.nearly[b, c]
    work = t.option_work[o] * factor
    over_long = work > at.longest[b, c]
    slack = GRAIN_TOLERANCE / (1 << t.shift) * t.hours[slots - 1]
    while True:
        s = behind_full(t, uses, left, done, nearly, over_long, o, work, s, stop)
        if s >= stop:
            return s, 0, 0, 0.0, 0.0, 0.0
        target = done[s] + work
        over, index = target - done[slots], slots
        if over > slack:
            if worlds.tail_speed[f, c] <= 0.0 or not tails:
                return slots, 0, 0, 0.0, 0.0, 0.0
        else:
            over, index = 0.0, edge_of(nearly, slots, at.pace[b, c], target, work, s)
        units, slot = fit_wholly(t, limits, uses, left, o, s, index - 1, most)
        if units > 0:
            if over > 0.0:
                last, part, hours = slots - 1, 1.0, t.edges[slots] + over / worlds.tail_speed[f, c]
            else:
                last, part = end_of(t, done, nearly, index, target, s)
                hours = t.edges[last] + part * t.hours[last]
            units, slot = fit_last(t, limits, uses, left, worlds.room[f], o, last, part, units), last
            if units > 0:
                return s, units, last, part, over, hours
        s = slot + 1


@compiled
def edge_of(nearly: Floats, slots: int, pace: float, target: float, work: float, s: int) -> int:
    """The first edge behind slot s by which a run that ends inside the horizon is done.

    It is looked for from where it would be on a steady clock.
    """
    index = min(s + 1 + int(min(work * pace, slots * 1.0)), slots)
    while index < slots and nearly[index] < target:
        index += 1
    while index > s + 1 and nearly[index - 1] >= target:
        index -= 1
    return index


@compiled
def end_of(t: Tables, done: Floats, nearly: Floats, index: int, target: float, s: int) -> tuple[int, float]:
    """Last slot of a run that is done by an edge, and the part of it that counts: `placements.ends`."""
    grains = 1 << t.shift
    if index == s + 1 and nearly[s] >= target:  # less than a sliver of a grain
        return s, 1.0 / grains
    span = done[index] - done[index - 1]
    inner = min((target - done[index - 1]) / span, 1.0) if span > 0.0 else 1.0
    position = int(np.ceil((index - 1) * grains + inner * grains - GRAIN_TOLERANCE))
    position = max(position, s * grains + 1)
    last = (position - 1) >> t.shift
    return last, (position - (last << t.shift)) / grains


@compiled
def behind_full(
    t: Tables, uses: Uses, left: Floats, done: Floats, nearly: Floats, over_long: bool, o: int, work: float, s: int,
    stop: int,
) -> int:  # fmt: skip
    """The first start, from s on and before `stop`, whose own slot has room for a whole unit or is the last of the run;
    `stop` without any.
    """
    before = s - 1
    while before < s < stop:
        before = s
        for u in range(t.option_uses[o], t.option_uses[o + 1]):
            base, amount = uses.row[u], t.use_amount[u]
            if base >= 0:
                while s < stop and left[base + s] < amount and (over_long or nearly[s + 1] < done[s] + work):
                    s += 1
    return s


@compiled
def fit_wholly(
    t: Tables, limits: Limits, uses: Uses, left: Floats, o: int, s: int, end: int, most: int
) -> tuple[int, int]:
    """Units that fit in all of slots s .. end - 1, at most `most`; with none, the last slot that is too full."""
    for u in range(t.option_uses[o], t.option_uses[o + 1]):
        base, amount = uses.row[u], t.use_amount[u]
        if base >= 0:
            for slot in range(end - 1, s - 1, -1):
                here = left[base + slot]
                if most * amount > here:
                    most = fewer(most, here, amount)
                    if most <= 0:
                        return 0, slot
        elif base == CELLS:
            for slot in range(end - 1, s - 1, -1):
                cell = t.use_meter[u] * len(t.hours) + slot
                for k in range(limits.first[cell], limits.first[cell + 1]):
                    here, each = left[limits.row[k]], amount * limits.weight[k]
                    if most * each > here:
                        most = fewer(most, here, each)
                        if most <= 0:
                            return 0, slot
    return most, 0


@compiled
def fit_last(
    t: Tables, limits: Limits, uses: Uses, left: Floats, room: Floats, o: int, last: int, part: float, most: int
) -> int:
    """Units that fit in a part of a slot whose room holds one of them whole, at most `most`."""
    for u in range(t.option_uses[o], t.option_uses[o + 1]):
        base, amount = uses.row[u], t.use_amount[u]
        if base >= 0:
            here = left[base + last]
            if most * (amount * part) > here:
                most = fewer(most, here, amount * part)
            if most <= 0 or (here < amount and room[base + last] < amount):
                return 0
        elif base == CELLS:
            cell = t.use_meter[u] * len(t.hours) + last
            for k in range(limits.first[cell], limits.first[cell + 1]):
                here, each = left[limits.row[k]], amount * limits.weight[k]
                if most * (each * part) > here:
                    most = fewer(most, here, each * part)
                if most <= 0 or (here < each and room[limits.row[k]] < each):
                    return 0
    return most


@compiled
def fewer(most: int, left: float, each: float) -> int:
    """`futures.whole` where most · each > left."""
    if most == 1:
        return 0
    units = int(left / each)
    if (units + 1) * each <= left:
        return units + 1
    return units - 1 if units * each > left else units


@compiled
def take(
    t: Tables, limits: Limits, uses: Uses, left: Floats, o: int, s: int, last: int, part: float, units: int
) -> None:
    """Take what units use from what is left."""
    for u in range(t.option_uses[o], t.option_uses[o + 1]):
        base, amount = uses.row[u], units * t.use_amount[u]
        if base >= 0:
            for row in range(base + s, base + last):
                left[row] -= amount
            left[base + last] -= amount * part
        elif base == CELLS:
            for slot in range(s, last + 1):
                cell, share = t.use_meter[u] * len(t.hours) + slot, part if slot == last else 1.0
                for k in range(limits.first[cell], limits.first[cell + 1]):
                    left[limits.row[k]] -= amount * share * limits.weight[k]
