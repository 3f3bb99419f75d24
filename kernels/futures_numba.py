"""`placement.kernels.futures`, compiled by Numba: the same numbers, bit for bit.

Futures are independent: threads share them out, BLOCK at a time, so that what is read of a group serves a block. What
a future has in LINE slots (room, clocks, running sums of prices) lies together: groups in order of their starts read it
about the same slots.

An option that has no room for a run is next tried behind a slot that is too full for it: the later a run starts the
later it ends, and nothing is given back, so a run that starts before that slot still covers it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.kernels.capacity import Limits
from placement.kernels.compile_numba import borrowed, compiled, entry, processors, share_out
from placement.kernels.futures import DOLLARS, ON_TIME, Carried, Groups, Lengths, Piece, Rules, Worlds
from placement.kernels.placements import GRAIN_TOLERANCE
from placement.kernels.plan import GOLDEN, MASK
from placement.kernels.plan_numba import mixed
from placement.kernels.runs_numba import Tables, read_only, tables
from placement.kernels.work import RUN, Floats, Ints, Work

BLOCK = 8
"""Futures that are carried out side by side."""

SHIFT = 3
LINE = 1 << SHIFT
"""Slots that lie together: 64 bytes of doubles."""

AHEAD = 16
"""Slots through which all options are looked before any is looked through further."""

LONGER = 1.0 + 1e-9
"""Times the most work of a slot that a run has to have so as to cover more than one, whatever rounding does."""

ALONE = 2_000
"""Groups times futures below which a second thread costs more than it saves, an estimate."""

CELLS, NO_ROW = -1, -2
"""In place of the column of a use."""

DONE, NEARLY, CLOCK_FIELDS = 0, 1, 2
"""What stands of a clock at each edge: `Worlds.clock_work`, and as `placements.nearly_done`."""

PRICE, SUM, TONNES, TONNES_SUM, PRICE_FIELDS = 0, 1, 2, 3, 4
"""What stands of a meter in each slot, with running sums up to it."""


class Layout(NamedTuple):
    """Where rows and prices lie in a `Space`. Columns are rows of successive slots that some meter has as its base."""

    use_column: Ints
    """Column that a use counts in; CELLS: other rows; NO_ROW: none."""
    column_base: Ints
    """(K,) row of slot 0."""
    row_place: Ints
    """(R,) where each row lies."""
    meter_priced: Ints
    """(M,) number among the meters that have prices or emissions in some future; -1: none."""
    priced_meter: Ints
    """(N,) these meters."""


class Space(NamedTuple):
    """What a thread keeps of a block of B futures, and what it has counted of groups."""

    left: Floats
    """(B, R') what rows have left: columns, then the other rows."""
    clocks: Floats
    """(B, C columns of CLOCK_FIELDS)"""
    prices: Floats
    """(B, N columns of PRICE_FIELDS)"""
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
    layout = _layout(work, limits, worlds)
    given = (
        tables(work),
        Limits(*(read_only(values) for values in limits)),
        Layout(*(read_only(values) for values in layout)),
        Groups(*(read_only(values) for values in groups)),
        Lengths(*(read_only(values) for values in lengths)),
        Worlds(*(read_only(values) for values in worlds)),
    )
    carried = Carried(
        np.zeros((count, len(DOLLARS))), np.zeros(count), np.zeros(count),
        *(np.zeros(count, dtype=np.int64) for _ in range(3)), *(np.zeros(total, dtype=np.int64) for _ in range(2)),
    )  # fmt: skip
    spaces = [_space(min(BLOCK, count), layout, groups, worlds) for _ in range(width)]
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


def _layout(work: Work, limits: Limits, worlds: Worlds) -> Layout:
    slots, rows = work.slots, worlds.room.shape[1]
    meter_column = np.where(np.diff(limits.first[::slots]) > 0, CELLS, NO_ROW)
    row_place, bases = np.full(rows, -1), []
    for base in np.unique(limits.base[limits.base >= 0]).tolist():
        if (row_place[base : base + slots] < 0).all():
            row_place[base : base + slots] = 0
            meter_column[limits.base == base] = len(bases)
            bases.append(base)
    for column, base in enumerate(bases):
        row_place[base : base + slots] = places(np.arange(slots), column, len(bases), 1)
    others = row_place < 0
    row_place[others] = size(slots, len(bases)) + np.arange(np.count_nonzero(others))
    counts = (work.use_kind == RUN) & (work.use_amount > 0)
    priced = np.flatnonzero(worlds.price.any(axis=(0, 2)) | worlds.tonnes.any(axis=(0, 2)))
    meter_priced = np.full(worlds.price.shape[1], -1)
    meter_priced[priced] = np.arange(len(priced))
    use_column = np.where(counts, meter_column[work.use_meter], NO_ROW)
    return Layout(use_column, np.array(bases, dtype=np.int64), row_place, meter_priced, priced)


def size(slots: int, columns: int) -> int:
    """Numbers that columns of a number per slot and one more take."""
    return (slots // LINE + 1) * LINE * columns


def places(slot: Ints, column: int, columns: int, fields: int) -> Ints:
    """As `place`."""
    return ((slot // LINE * columns + column) * LINE + slot % LINE) * fields


def _space(block: int, layout: Layout, groups: Groups, worlds: Worlds) -> Space:
    """Room for a block of futures."""
    clocks, slots, total = worlds.clock_work.shape[1], worlds.price.shape[2], len(groups.key)
    rows = max(size(slots, len(layout.column_base)), int(layout.row_place.max(initial=-1)) + 1)
    return Space(
        left=np.empty((block, rows)),
        clocks=np.empty((block, size(slots, clocks) * CLOCK_FIELDS)),
        prices=np.empty((block, size(slots, len(layout.priced_meter)) * PRICE_FIELDS)),
        pace=np.empty((block, clocks)),
        longest=np.empty((block, clocks)),
        random=np.empty(block, dtype=np.uint64),
        after=np.empty(int(np.diff(groups.other_first).max(initial=0)) + 1, dtype=np.int64),
        placed=np.zeros(total, dtype=np.int64),
        on_time=np.zeros(total, dtype=np.int64),
    )


@compiled
def place(slot: int, column: int, columns: int, fields: int) -> int:
    """Where the fields of a slot of a column lie: LINE slots of a column, the same of the next, and so on."""
    return (((slot >> SHIFT) * columns + column << SHIFT) + (slot & LINE - 1)) * fields


@entry
def carry(
    t: Tables, limits: Limits, layout: Layout, groups: Groups, lengths: Lengths, worlds: Worlds, patience: int,
    tails: bool, seed: np.uint64, first: int, end: int, carried: Carried, at: Space,
) -> None:  # fmt: skip
    """Carry out the plan in futures first <= f < end."""
    t, limits, layout, groups, lengths = borrowed((t, limits, layout, groups, lengths))
    worlds, carried, at = borrowed((worlds, carried, at))
    for begin in range(first, end, BLOCK):
        stop = min(begin + BLOCK, end)
        for f in range(begin, stop):
            prepare(t, layout, worlds, at, f, f - begin, seed)
        for g in range(len(groups.key)):
            job = job_of(t, groups.option[g]) if groups.option[g] >= 0 else -1
            for f in range(begin, stop):
                carry_group(
                    t, limits, layout, groups, lengths, worlds, patience, tails, carried, at, f, f - begin, g, job
                )


@compiled
def prepare(t: Tables, layout: Layout, worlds: Worlds, at: Space, f: int, b: int, seed: np.uint64) -> None:
    """All that rows have, running sums and clocks of a future."""
    slots, grains, clocks, priced = len(t.hours), 1 << t.shift, len(at.pace[b]), len(layout.priced_meter)
    at.random[b] = mixed(seed * np.uint64(GOLDEN) + np.uint64(worlds.number[f]))
    left, edge, rate = at.left[b], at.clocks[b], at.prices[b]
    for row in range(len(layout.row_place)):
        left[layout.row_place[row]] = worlds.room[f, row]
    for n in range(priced):
        m, usd, tonnes = layout.priced_meter[n], 0.0, 0.0
        price, emitted = worlds.price[f, m], worlds.tonnes[f, m]
        for slot in range(slots):
            here = place(slot, n, priced, PRICE_FIELDS)
            rate[here + PRICE], rate[here + SUM] = price[slot], usd
            rate[here + TONNES], rate[here + TONNES_SUM] = emitted[slot], tonnes
            usd += price[slot]
            tonnes += emitted[slot]
    for c in range(clocks):
        done = worlds.clock_work[f, c]
        most, longest = done[0], 0.0
        for slot in range(slots + 1):
            if slot > 0:
                most = max(most, done[slot] + GRAIN_TOLERANCE / grains * (done[slot] - done[slot - 1]))
                longest = max(longest, most - done[slot - 1])
            here = place(slot, c, clocks, CLOCK_FIELDS)
            edge[here + DONE], edge[here + NEARLY] = done[slot], most
        whole_work = done[slots] - done[0]
        at.pace[b, c] = slots / whole_work if whole_work > 0.0 else 0.0
        at.longest[b, c] = longest * LONGER


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
def whole(left: float, each: float) -> int:
    """The most units with units · each <= left, without the dust of dividing."""
    units = int(left / each)
    if (units + 1) * each <= left:
        return units + 1
    return units - 1 if units * each > left else units


@compiled
def carry_group(
    t: Tables, limits: Limits, layout: Layout, groups: Groups, lengths: Lengths, worlds: Worlds, patience: int,
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
                found = seek(t, limits, layout, worlds, tails, at, f, b, tried, factor, at.after[i], s, rest)
                at.after[i] = found[0]
                if found[1] > 0:
                    o, (s, units, last, part, over, hours) = tried, found
        if units > 0:
            take(t, limits, layout, at.left[b], o, s, last, part, units)
            book(t, layout, groups, carried, at, f, b, g, job, o, s, last, part, over, hours, units)
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
    t: Tables, limits: Limits, layout: Layout, worlds: Worlds, tails: bool, at: Space, f: int, b: int, o: int,
    factor: float, s: int, stop: int, most: int,
) -> tuple[int, int, int, float, float, float]:  # fmt: skip
    """The first start of an option, from s on and before `stop`, at which one unit fits, and how many do, at most
    `most`; where their runs end. Without any, 0 units, and the start from which to look on.
    """
    slots, c, clocks = len(t.hours), t.option_clock[o], len(at.pace[b])
    left, edge = at.left[b], at.clocks[b]
    work = t.option_work[o] * factor
    over_long = work > at.longest[b, c]
    slack = GRAIN_TOLERANCE / (1 << t.shift) * t.hours[slots - 1]
    all_done = edge[place(slots, c, clocks, CLOCK_FIELDS) + DONE]
    while True:
        s = behind_full(t, layout, left, edge, clocks, c, over_long, o, work, s, stop)
        if s >= stop:
            return s, 0, 0, 0.0, 0.0, 0.0
        target = edge[place(s, c, clocks, CLOCK_FIELDS) + DONE] + work
        over = target - all_done
        if over > slack:
            speed = worlds.tail_speed[f, c]
            if speed <= 0.0 or not tails:
                return slots, 0, 0, 0.0, 0.0, 0.0
            last, part, hours = slots - 1, 1.0, t.edges[slots] + over / speed
        else:
            last, part = end_of(t, edge, clocks, c, at.pace[b, c], target, work, s)
            over, hours = 0.0, t.edges[last] + part * t.hours[last]
        units, slot = fits(t, limits, layout, left, worlds.room[f], o, s, last, part, most)
        if units > 0:
            return s, units, last, part, over, hours
        s = slot


@compiled
def end_of(
    t: Tables, edge: Floats, clocks: int, c: int, pace: float, target: float, work: float, s: int
) -> tuple[int, float]:
    """Last slot of a run that ends inside the horizon, and the part of it that counts: `placements.ends`.

    The edge by which the work is done is looked for from where it would be on a steady clock.
    """
    slots, grains = len(t.hours), 1 << t.shift
    if edge[place(s, c, clocks, CLOCK_FIELDS) + NEARLY] >= target:  # less than a sliver of a grain
        return s, 1.0 / grains
    index = min(s + 1 + int(min(work * pace, slots * 1.0)), slots)
    while index < slots and edge[place(index, c, clocks, CLOCK_FIELDS) + NEARLY] < target:
        index += 1
    while edge[place(index - 1, c, clocks, CLOCK_FIELDS) + NEARLY] >= target:
        index -= 1
    before = edge[place(index - 1, c, clocks, CLOCK_FIELDS) + DONE]
    span = edge[place(index, c, clocks, CLOCK_FIELDS) + DONE] - before
    inner = min((target - before) / span, 1.0) if span > 0.0 else 1.0
    position = int(np.ceil((index - 1) * grains + inner * grains - GRAIN_TOLERANCE))
    position = max(position, s * grains + 1)
    last = (position - 1) >> t.shift
    return last, (position - (last << t.shift)) / grains


@compiled
def behind_full(
    t: Tables, layout: Layout, left: Floats, edge: Floats, clocks: int, c: int, over_long: bool, o: int, work: float,
    s: int, stop: int,
) -> int:  # fmt: skip
    """The first start, from s on and before `stop`, whose own slot has room for a whole unit or is the last of the run;
    `stop` without any.
    """
    before, columns = s - 1, len(layout.column_base)
    while before < s < stop:
        before = s
        for u in range(t.option_uses[o], t.option_uses[o + 1]):
            column, amount = layout.use_column[u], t.use_amount[u]
            if column >= 0:
                while s < stop and left[place(s, column, columns, 1)] < amount:
                    if not over_long:
                        here = place(s, c, clocks, CLOCK_FIELDS) + DONE
                        after = place(s + 1, c, clocks, CLOCK_FIELDS) + NEARLY
                        if edge[after] >= edge[here] + work:
                            break
                    s += 1
    return s


@compiled
def fits(
    t: Tables, limits: Limits, layout: Layout, left: Floats, room: Floats, o: int, s: int, last: int, part: float,
    most: int,
) -> tuple[int, int]:  # fmt: skip
    """Units that fit, at most `most`; with none of them, from which slot to try again."""
    columns = len(layout.column_base)
    for u in range(t.option_uses[o], t.option_uses[o + 1]):
        column, amount = layout.use_column[u], t.use_amount[u]
        if column >= 0:
            here = left[place(last, column, columns, 1)]
            if here < amount and room[layout.column_base[column] + last] < amount:
                return 0, last + 1
            if most * (amount * part) > here:
                most = whole(here, amount * part)
                if most <= 0:
                    return 0, last + 1
            for slot in range(last - 1, s - 1, -1):
                here = left[place(slot, column, columns, 1)]
                if most * amount > here:
                    most = whole(here, amount)
                    if most <= 0:
                        return 0, slot + 1
        elif column == CELLS:
            for slot in range(last, s - 1, -1):
                cell, share = t.use_meter[u] * len(t.hours) + slot, part if slot == last else 1.0
                for k in range(limits.first[cell], limits.first[cell + 1]):
                    here, each = left[layout.row_place[limits.row[k]]], amount * limits.weight[k]
                    if slot == last and here < each and room[limits.row[k]] < each:
                        return 0, slot + 1
                    if most * (each * share) > here:
                        most = whole(here, each * share)
                        if most <= 0:
                            return 0, slot + 1
    return most, 0


@compiled
def take(
    t: Tables, limits: Limits, layout: Layout, left: Floats, o: int, s: int, last: int, part: float, units: int
) -> None:
    """Take what units use from what is left."""
    columns = len(layout.column_base)
    for u in range(t.option_uses[o], t.option_uses[o + 1]):
        column, amount = layout.use_column[u], units * t.use_amount[u]
        if column >= 0:
            for slot in range(s, last):
                left[place(slot, column, columns, 1)] -= amount
            left[place(last, column, columns, 1)] -= amount * part
        elif column == CELLS:
            for slot in range(s, last + 1):
                cell, share = t.use_meter[u] * len(t.hours) + slot, part if slot == last else 1.0
                for k in range(limits.first[cell], limits.first[cell + 1]):
                    left[layout.row_place[limits.row[k]]] -= amount * share * limits.weight[k]


@compiled
def book(
    t: Tables, layout: Layout, groups: Groups, carried: Carried, at: Space, f: int, b: int, g: int, job: int, o: int,
    s: int, last: int, part: float, over: float, hours: float, units: int,
) -> None:  # fmt: skip
    """Add what units of a run cost, emit and miss."""
    usd = carried.usd[f]
    if o < t.job_options[job] or o >= t.job_options[job + 1]:
        job = job_of(t, o)
    metered, tonnes = metered_by(t, layout, at.prices[b], o, s, last, part)
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
def metered_by(
    t: Tables, layout: Layout, rate: Floats, o: int, s: int, last: int, part: float
) -> tuple[float, float]:
    """$ and tonnes of what a run uses of meters."""
    usd, tonnes, priced = 0.0, 0.0, len(layout.priced_meter)
    for u in range(t.option_uses[o], t.option_uses[o + 1]):
        n, amount = layout.meter_priced[t.use_meter[u]], t.use_amount[u]
        if n < 0:
            continue
        here = place(s, n, priced, PRICE_FIELDS)
        if t.use_kind[u] == RUN:
            end = place(last, n, priced, PRICE_FIELDS)
            usd += amount * (rate[end + SUM] - rate[here + SUM] + part * rate[end + PRICE])
            tonnes += amount * (rate[end + TONNES_SUM] - rate[here + TONNES_SUM] + part * rate[end + TONNES])
        else:
            usd += amount * rate[here + PRICE]
            tonnes += amount * rate[here + TONNES]
    return usd, tonnes
