"""A plan under many futures, carried out by rule: the definition in NumPy.

A future has its own speeds, room, prices and lengths of runs. What a plan starts together is a *group*. Groups are
taken in their order; what earlier ones hold is not taken from them (conservative backfill). Slot by slot, from its
planned start on, a group's units go to the planned option, as many as fit; once they have waited `patience` slots, to
the other options too, in their order. What finds no place before the horizon ends is away.

The work of a run is  option_work · late[class, i] · loss[class, k],  with i and k drawn from (seed, future, key) by
splitmix64: each table has equally likely values, so that all back ends draw the same numbers. Ends, room and dollars
are those of `placement.kernels.placements`, `capacity` and `price`, with the future's numbers in place of the planned.
"""

from typing import NamedTuple

import numpy as np

from placement.kernels.capacity import Limits
from placement.kernels.placements import GRAIN_TOLERANCE
from placement.kernels.plan import GOLDEN, MASK, mixed
from placement.kernels.price import running_sums
from placement.kernels.work import RUN, START, Floats, Ints, Work

ON_TIME = 1e-6
"""Hours by which a deadline may be passed."""

DOLLARS = ("option", "meters", "delay", "tail", "away", "missed")
"""Columns of `Carried.usd`."""


class Groups(NamedTuple):
    """What a plan does. G groups, in the order in which they are carried out."""

    key: Ints
    """(G,) by which lengths are drawn: the same in every plan of the scenario."""
    option: Ints
    """(G,) -1: the plan has no place for them; they wait for none."""
    start: Ints
    units: Ints
    away_usd: Floats
    """(G,) $ of a unit that is not placed."""
    miss_usd: Floats
    """(G,) $ of a unit that ends after its deadline."""
    deadline: Floats
    """(G,) hours; inf: none."""
    end: Floats
    """(G,) hours at which the plan has it end."""
    late: Ints
    """(G,) row of `Lengths.late`."""
    loss: Ints
    """(G,) row of `Lengths.loss`."""
    other_first: Ints
    """(G+1,) other options of a group, the preferred first."""
    other: Ints


class Lengths(NamedTuple):
    """Equally likely factors on the work of a run; the number of columns is a power of two."""

    late: Floats
    """(A, Q)"""
    loss: Floats
    """(B, Q)"""


class Worlds(NamedTuple):
    """F futures."""

    number: Ints
    """(F,) by which lengths are drawn."""
    clock_work: Floats
    """(F, C, T+1) as `Work.clock_work`."""
    tail_speed: Floats
    """(F, C)"""
    room: Floats
    """(F, R) what rows have."""
    price: Floats
    """(F, M, T) $ of a unit of each meter for a whole slot."""
    tonnes: Floats
    """(F, M, T) tCO2e of the same."""


class Rules(NamedTuple):
    """What all groups share."""

    patience: int
    """Slots after its planned start from which a unit also goes elsewhere."""
    tails: bool
    """Whether runs may go on past the end."""
    seed: int


class Carried(NamedTuple):
    """What became of a plan. Sums over units; F futures, G groups."""

    usd: Floats
    """(F, len(DOLLARS))"""
    tonnes: Floats
    """(F,) tCO2e of meters."""
    late_hours: Floats
    """(F,) hours by which runs end later than planned."""
    away: Ints
    """(F,) units that the plan has a place for and that find none."""
    missed: Ints
    """(F,) placed units that end after their deadlines."""
    elsewhere: Ints
    """(F,) units that run on another option than planned."""
    group_placed: Ints
    """(G,) units, summed over futures."""
    group_on_time: Ints
    """(G,) placed units that end by their deadline, summed over futures."""


def nothing(futures: int, groups: int) -> Carried:
    """Of F futures and G groups, before any is carried out."""
    floats = (np.zeros((futures, len(DOLLARS))), np.zeros(futures), np.zeros(futures))
    counts = (np.zeros(number, dtype=np.int64) for number in (*[futures] * 3, *[groups] * 2))
    return Carried(*floats, *counts)


class Piece(NamedTuple):
    """Units of a group that run alike in a future."""

    future: int
    group: int
    option: int
    start: int
    units: int
    work: float
    """Hours at speed 1."""


def drawn(seed: int, future: int, key: int, columns: int) -> tuple[int, int]:
    """Columns of `Lengths.late` and `Lengths.loss` for a key in a future."""
    x = mixed((seed * GOLDEN + future) & MASK)
    x = mixed((x + key * GOLDEN) & MASK)
    y = mixed((x + GOLDEN) & MASK)
    return x & (columns - 1), y & (columns - 1)


def futures(
    work: Work, limits: Limits, groups: Groups, lengths: Lengths, worlds: Worlds, rules: Rules
) -> tuple[Carried, list[Piece]]:
    """Carry out a plan in each future.

    Parameters
    ----------
    work : Work
        Uses of kinds RUN and START alone; those that count in rows are RUN, of amounts that are not negative, and of
        each option at most one in each row.
    limits : Limits
        Cells of the R rows, of weights above 0.
    groups, lengths, worlds, rules

    Returns
    -------
    Carried
    list of Piece
        What runs where, by future and group; of this back end alone: the others leave it out.
    """
    count = len(worlds.number)
    carried = nothing(count, len(groups.key))
    usd, tonnes, late_hours, away, missed, elsewhere, placed, on_time = carried
    pieces: list[Piece] = []
    for f in range(count):
        left = worlds.room[f].copy()
        sums, tonnes_sums = running_sums(worlds.price[f]), running_sums(worlds.tonnes[f])
        for g in range(len(groups.key)):
            if groups.option[g] < 0:
                usd[f, 4] += groups.units[g] * groups.away_usd[g]
                continue
            i, k = drawn(rules.seed, int(worlds.number[f]), int(groups.key[g]), lengths.late.shape[1])
            factor = float(lengths.late[groups.late[g], i] * lengths.loss[groups.loss[g], k])
            rest = int(groups.units[g])
            others = groups.other[groups.other_first[g] : groups.other_first[g + 1]].tolist()
            t = int(groups.start[g])
            while rest > 0 and t < work.slots:
                patient = t - groups.start[g] < rules.patience
                for o in [int(groups.option[g]), *(() if patient else others)]:
                    if rest == 0 or t < first_start(work, o):
                        continue
                    run = _run(work, worlds, f, o, t, factor)
                    if run is None or (run.left > 0 and not rules.tails):
                        continue
                    units = _fits(work, limits, left, worlds.room[f], o, t, run, rest)
                    if units == 0:
                        continue
                    _take(work, limits, left, o, t, run, units)
                    rest -= units
                    pieces.append(Piece(f, g, o, t, units, float(work.option_work[o]) * factor))
                    job = int(np.searchsorted(work.job_options, o, side="right")) - 1
                    usd[f, 0] += units * work.option_usd[o] * work.discount[t]
                    usd[f, 1] += units * _metered(work, worlds.price[f], sums, o, t, run)
                    if work.job_delay[job] > 0:
                        usd[f, 2] += units * work.job_delay[job] * (run.end - work.job_ready[job])
                    usd[f, 3] += units * work.option_tail[o] * run.left if run.left > 0 else 0.0
                    tonnes[f] += units * _metered(work, worlds.tonnes[f], tonnes_sums, o, t, run)
                    late_hours[f] += units * max(0.0, run.end - groups.end[g])
                    elsewhere[f] += units * (o != groups.option[g])
                    placed[g] += units
                    if run.end > groups.deadline[g] + ON_TIME:
                        missed[f] += units
                        usd[f, 5] += units * groups.miss_usd[g]
                    else:
                        on_time[g] += units
                t += 1
            away[f] += rest
            usd[f, 4] += rest * groups.away_usd[g] if rest else 0.0
    return carried, pieces


class _Run(NamedTuple):
    """Where a run ends."""

    last: int
    fraction: float
    left: float
    end: float
    """Hours; past the horizon as the tail speed has it."""


def first_start(work: Work, option: int) -> int:
    """The first start that is allowed of an option; T without any."""
    first, end = work.option_spans[option], work.option_spans[option + 1]
    return int(work.span_first[first]) if end > first else work.slots


def _run(work: Work, worlds: Worlds, f: int, o: int, s: int, factor: float) -> _Run | None:
    """`placements.ends` and `end_hours` on the clock of a future; None where it never ends."""
    c, grains, slots = int(work.option_clock[o]), work.grains, work.slots
    done, hours = worlds.clock_work[f, c], np.diff(work.edges)
    target = done[s] + work.option_work[o] * factor
    over = target - done[-1]
    if over > GRAIN_TOLERANCE / grains * hours[-1]:
        speed = worlds.tail_speed[f, c]
        if speed <= 0:
            return None
        return _Run(slots - 1, 1.0, float(over), float(work.edges[-1] + over / speed))
    nearly = np.maximum.accumulate(np.concatenate([done[:1], done[1:] + GRAIN_TOLERANCE / grains * np.diff(done)]))
    index = min(max(int(np.searchsorted(nearly, target, side="left")), 1), slots)
    span = done[index] - done[index - 1]
    inner = min((target - done[index - 1]) / span, 1.0) if span > 0 else 1.0
    position = max(int(np.ceil((index - 1) * grains + inner * grains - GRAIN_TOLERANCE)), s * grains + 1)
    last = (position - 1) // grains
    fraction = (position - last * grains) / grains
    return _Run(last, fraction, 0.0, float(work.edges[last] + fraction * hours[last]))


def _cells(limits: Limits, work: Work, meter: int, slot: int) -> slice:
    place = meter * work.slots + slot
    return slice(int(limits.first[place]), int(limits.first[place + 1]))


def _fits(work: Work, limits: Limits, left: Floats, room: Floats, o: int, s: int, run: _Run, most: int) -> int:
    """Units that fit, at most `most`: in each slot what they use is at most what is left, and one of them, taken whole,
    what there is in the last.
    """
    for u in range(work.option_uses[o], work.option_uses[o + 1]):
        amount = float(work.use_amount[u])
        if work.use_kind[u] != RUN or amount == 0:
            continue
        for slot in range(s, run.last + 1):
            share = run.fraction if slot == run.last else 1.0
            cells = _cells(limits, work, int(work.use_meter[u]), slot)
            for row, weight in zip(limits.row[cells], limits.weight[cells], strict=True):
                if slot == run.last and room[row] < amount * weight:
                    return 0
                each = amount * weight * share
                if most * each > left[row]:
                    most = whole(float(left[row]), each)
                if most <= 0:
                    return 0
    return most


def whole(left: float, each: float) -> int:
    """The most units with units · each <= left, without the dust of dividing."""
    units = int(left / each)
    if (units + 1) * each <= left:
        return units + 1
    return units - 1 if units * each > left else units


def _take(work: Work, limits: Limits, left: Floats, o: int, s: int, run: _Run, units: int) -> None:
    """Take what units use from what is left."""
    for u in range(work.option_uses[o], work.option_uses[o + 1]):
        if work.use_kind[u] != RUN:
            continue
        for slot in range(s, run.last + 1):
            share = run.fraction if slot == run.last else 1.0
            cells = _cells(limits, work, int(work.use_meter[u]), slot)
            left[limits.row[cells]] -= units * float(work.use_amount[u]) * share * limits.weight[cells]


def _metered(work: Work, price: Floats, sums: Floats, o: int, s: int, run: _Run) -> float:
    """Σ of a run's uses at (M, T) prices of meters and their running sums."""
    total = 0.0
    for u in range(work.option_uses[o], work.option_uses[o + 1]):
        m, amount = int(work.use_meter[u]), float(work.use_amount[u])
        if work.use_kind[u] == START:
            total += amount * price[m, s]
        else:
            total += amount * (sums[m, run.last] - sums[m, s] + run.fraction * price[m, run.last])
    return float(total)
