"""`placement.kernels.futures`, compiled by Numba: the same numbers, bit for bit.

Futures are independent: threads share them out, BLOCK at a time, so that what is read of a group serves a block.
"""

import numpy as np

from placement.kernels.capacity import Limits
from placement.kernels.compile_numba import borrowed, compiled, entry, processors, share_out
from placement.kernels.futures import ON_TIME, Carried, Groups, Lengths, Piece, Rules, Worlds, nothing
from placement.kernels.placements import GRAIN_TOLERANCE
from placement.kernels.plan import GOLDEN, MASK
from placement.kernels.plan_numba import mixed
from placement.kernels.room_numba import CELLS, LONGER, NO_ROW, Space, Uses, seek, take
from placement.kernels.runs_numba import Tables, read_only, tables
from placement.kernels.work import RUN, Floats, Work

BLOCK = 16
"""Futures that are carried out side by side."""

AHEAD = 16
"""Slots through which all options are looked before any is looked through further."""

ALONE = 2_000
"""Groups times futures below which a second thread costs more than it saves, an estimate."""

PRICE, SUM, TONNES, TONNES_SUM = 0, 1, 2, 3
"""Last axis of `Space.prices`."""


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
