"""`placement.kernels.futures`, compiled by Numba: the same numbers, bit for bit.

Futures are independent: threads share them out, BLOCK at a time, so that what is read of a group serves a block.

An option that has no room for a run is next tried behind a slot that is too full for it: the later a run starts the
later it ends, and nothing is given back, so a run that starts before that slot still covers it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.kernels.capacity import Limits
from placement.kernels.compile_numba import borrowed, compiled, entry, processors, share_out
from placement.kernels.futures import ON_TIME, Carried, Groups, Lengths, Piece, Rules, Worlds, nothing
from placement.kernels.placements import GRAIN_TOLERANCE
from placement.kernels.plan import GOLDEN, MASK
from placement.kernels.plan_numba import mixed
from placement.kernels.runs_numba import Tables, read_only, tables
from placement.kernels.work import RUN, Floats, Ints, Work

BLOCK = 8
"""Futures that are carried out side by side."""

AHEAD = 16
"""Slots through which all options are looked before any is looked through further."""

LONGER = 1.0 + 1e-9
"""Times the most work of a slot that a run has to have so as to cover more than one, whatever rounding does."""

ALONE = 2_000
"""Groups times futures below which a second thread costs more than it saves, an estimate."""

CELLS, NO_ROW = -1, -2
"""In place of the row of a use."""

PRICE, SUM, TONNES, TONNES_SUM = 0, 1, 2, 3
"""Last axis of `Space.prices`."""


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


def futures(
    work: Work, limits: Limits, groups: Groups, lengths: Lengths, worlds: Worlds, rules: Rules,
    threads: int | None = None,
) -> tuple[Carried, list[Piece]]:  # fmt: skip
    """Carry out a plan in each future; parameters and result as of `placement.kernels.futures.futures`, no pieces.

    `threads` is by default one per processor that this process may use; it changes no number.
    """
    count, total = len(worlds.number), len(groups.key)
    width = (threads or processors()) if count * total >= ALONE else 1
    uses = _uses(work, limits, worlds)
    given = (
        tables(work),
        Limits(*(read_only(values) for values in limits)),
        Uses(*(read_only(values) for values in uses)),
        Groups(*(read_only(values) for values in groups)),
        Lengths(*(read_only(values) for values in lengths)),
        Worlds(*(read_only(values) for values in worlds)),
    )
    carried = nothing(count, total)
    spaces = [_space(min(BLOCK, count), uses, groups, worlds) for _ in range(width)]
    seed = np.uint64(rules.seed & MASK)

    def piece(first: int, end: int) -> None:
        space = spaces.pop()
        carry(*given, rules.patience, rules.tails, seed, first * BLOCK, min(end * BLOCK, count), carried, space)
        spaces.append(space)

    share_out(piece, np.arange(-(-count // BLOCK) + 1), width)
    for space in spaces:
        carried.group_placed[:] += space.placed
        carried.group_on_time[:] += space.on_time
    return carried, []


def _uses(work: Work, limits: Limits, worlds: Worlds) -> Uses:
    """Rows of uses, and meters that anything is paid or emitted for."""
    rows = np.where(limits.base >= 0, limits.base, NO_ROW)
    rows[(rows < 0) & (np.diff(limits.first[:: work.slots]) > 0)] = CELLS
    counts = (work.use_kind == RUN) & (work.use_amount > 0)
    meter = np.flatnonzero(worlds.price.any(axis=(0, 2)) | worlds.tonnes.any(axis=(0, 2)))
    priced = np.full(worlds.price.shape[1], -1)
    priced[meter] = np.arange(len(meter))
    return Uses(np.where(counts, rows[work.use_meter], NO_ROW), priced, meter)


def _space(block: int, uses: Uses, groups: Groups, worlds: Worlds) -> Space:
    """Room for a block of futures."""
    _, clocks, edges = worlds.clock_work.shape
    total = len(groups.key)
    return Space(
        left=np.empty((block, worlds.room.shape[1])),
        nearly=np.empty((block, clocks, edges)),
        prices=np.empty((block, len(uses.meter), edges - 1, 4)),
        pace=np.empty((block, clocks)),
        longest=np.empty((block, clocks)),
        random=np.empty(block, dtype=np.uint64),
        after=np.empty(int(np.diff(groups.other_first).max(initial=0)) + 1, dtype=np.int64),
        placed=np.zeros(total, dtype=np.int64),
        on_time=np.zeros(total, dtype=np.int64),
    )


@entry
def carry(
    t: Tables, limits: Limits, uses: Uses, groups: Groups, lengths: Lengths, worlds: Worlds, patience: int,
    tails: bool, seed: np.uint64, first: int, end: int, carried: Carried, at: Space,
) -> None:  # fmt: skip
    """Carry out the plan in futures first <= f < end."""
    t, limits, uses, groups, lengths = borrowed((t, limits, uses, groups, lengths))
    worlds, carried, at = borrowed((worlds, carried, at))
    for begin in range(first, end, BLOCK):
        stop = min(begin + BLOCK, end)
        for f in range(begin, stop):
            prepare(t, uses, worlds, at, f, f - begin, seed)
        for g in range(len(groups.key)):
            job = job_of(t, groups.option[g]) if groups.option[g] >= 0 else -1
            for f in range(begin, stop):
                carry_group(
                    t, limits, uses, groups, lengths, worlds, patience, tails, carried, at, f, f - begin, g, job
                )


@compiled
def prepare(t: Tables, uses: Uses, worlds: Worlds, at: Space, f: int, b: int, seed: np.uint64) -> None:
    """All that rows have, running sums and clocks of a future."""
    slots, grains = len(t.hours), 1 << t.shift
    at.random[b] = mixed(seed * np.uint64(GOLDEN) + np.uint64(worlds.number[f]))
    for row in range(len(at.left[b])):
        at.left[b, row] = worlds.room[f, row]
    for n in range(len(uses.meter)):
        m, rates, usd, tonnes = uses.meter[n], at.prices[b, n], 0.0, 0.0
        for slot in range(slots):
            price, emitted = worlds.price[f, m, slot], worlds.tonnes[f, m, slot]
            rates[slot, PRICE], rates[slot, SUM], rates[slot, TONNES], rates[slot, TONNES_SUM] = (
                price, usd, emitted, tonnes,
            )  # fmt: skip
            usd += price
            tonnes += emitted
    for c in range(len(at.pace[b])):
        done, nearly = worlds.clock_work[f, c], at.nearly[b, c]
        nearly[0], longest = done[0], 0.0
        for slot in range(slots):
            sliver = GRAIN_TOLERANCE / grains * (done[slot + 1] - done[slot])
            nearly[slot + 1] = max(nearly[slot], done[slot + 1] + sliver)
            longest = max(longest, nearly[slot + 1] - done[slot])
        at.longest[b, c] = longest * LONGER
        total = done[slots] - done[0]
        at.pace[b, c] = slots / total if total > 0.0 else 0.0


@compiled
def first_start(t: Tables, o: int) -> int:
    """The first start that is allowed of an option; T without any."""
    first = t.option_spans[o]
    return int(t.span_first[first]) if t.option_spans[o + 1] > first else len(t.hours)


@compiled
def job_of(t: Tables, o: int) -> int:
    """The job of an option."""
    low, high = 0, len(t.job_options) - 1
    while low < high:
        middle = (low + high) // 2
        if t.job_options[middle + 1] <= o:
            low = middle + 1
        else:
            high = middle
    return low


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
def carry_group(
    t: Tables, limits: Limits, uses: Uses, groups: Groups, lengths: Lengths, worlds: Worlds, patience: int,
    tails: bool, carried: Carried, at: Space, f: int, b: int, g: int, job: int,
) -> None:  # fmt: skip
    """Carry out a group in a future; its planned option is of `job`.

    Its units go to the option that has room first, of equals the first, until none are left. Up to `stop` all options
    that are open have been looked through for that.
    """
    planned, rest, slots = groups.option[g], groups.units[g], len(t.hours)
    if planned < 0:
        carried.usd[f, 4] += rest * groups.away_usd[g]
        return
    columns = np.uint64(lengths.late.shape[1] - 1)
    x = mixed(at.random[b] + np.uint64(groups.key[g]) * np.uint64(GOLDEN))
    y = mixed(x + np.uint64(GOLDEN))
    factor = lengths.late[groups.late[g], np.int64(x & columns)] * lengths.loss[groups.loss[g], np.int64(y & columns)]
    begin, head = groups.start[g], groups.other_first[g]
    others = groups.other_first[g + 1] - head
    opens = min(begin + max(patience, 0), slots) if others > 0 else slots
    at.after[0] = max(begin, first_start(t, planned))
    options, stop = 1, opens
    while rest > 0:
        o, s, units, last, part, over, hours = -1, stop, 0, 0, 0.0, 0.0, 0.0
        for i in range(options):
            if at.after[i] < s:
                tried = planned if i == 0 else groups.other[head + i - 1]
                found = seek(t, limits, uses, worlds, tails, at, f, b, tried, factor, at.after[i], s, rest)
                at.after[i] = found[0]
                if found[1] > 0:
                    o, (s, units, last, part, over, hours) = tried, found
        if units > 0:
            take(t, limits, uses, at.left[b], o, s, last, part, units)
            book(t, uses, groups, carried, at, f, b, g, job, o, s, last, part, over, hours, units)
            rest -= units
            continue
        if stop == slots:
            break
        if options == 1:
            options = others + 1
            for i in range(others):
                at.after[i + 1] = max(opens, first_start(t, groups.other[head + i]))
        stop = min(stop + AHEAD, slots)
    if rest > 0:
        carried.away[f] += rest
        carried.usd[f, 4] += rest * groups.away_usd[g]


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


@compiled
def book(
    t: Tables, uses: Uses, groups: Groups, carried: Carried, at: Space, f: int, b: int, g: int, job: int, o: int,
    s: int, last: int, part: float, over: float, hours: float, units: int,
) -> None:  # fmt: skip
    """Add what units of a run cost, emit and miss."""
    usd = carried.usd[f]
    if o < t.job_options[job] or o >= t.job_options[job + 1]:
        job = job_of(t, o)
    metered, tonnes = metered_by(t, uses, at.prices[b], o, s, last, part)
    usd[0] += units * t.option_usd[o] * t.discount[s]
    usd[1] += units * metered
    if t.job_delay[job] > 0.0:
        usd[2] += units * t.job_delay[job] * (hours - t.job_ready[job])
    if over > 0.0:
        usd[3] += units * t.option_tail[o] * over
    carried.tonnes[f] += units * tonnes
    carried.late_hours[f] += units * max(0.0, hours - groups.end[g])
    if o != groups.option[g]:
        carried.elsewhere[f] += units
    at.placed[g] += units
    if hours > groups.deadline[g] + ON_TIME:
        carried.missed[f] += units
        usd[5] += units * groups.miss_usd[g]
    else:
        at.on_time[g] += units


@compiled
def metered_by(t: Tables, uses: Uses, prices: Floats, o: int, s: int, last: int, part: float) -> tuple[float, float]:
    """$ and tonnes of what a run uses of meters."""
    usd, tonnes = 0.0, 0.0
    for u in range(t.option_uses[o], t.option_uses[o + 1]):
        n, amount = uses.priced[t.use_meter[u]], t.use_amount[u]
        if n >= 0 and t.use_kind[u] == RUN:
            begin, end = prices[n, s], prices[n, last]
            usd += amount * (end[SUM] - begin[SUM] + part * end[PRICE])
            tonnes += amount * (end[TONNES_SUM] - begin[TONNES_SUM] + part * end[TONNES])
        elif n >= 0:
            usd += amount * prices[n, s, PRICE]
            tonnes += amount * prices[n, s, TONNES]
    return usd, tonnes
