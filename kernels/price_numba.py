"""The cheapest placement of each job, compiled by Numba: the same numbers as `placement.kernels.price`, bit for bit.

    for each job: for each option: for each span of allowed starts, at most CHUNK starts at a time:
        ends of the runs;  price of each start, term by term in the order of the definition;  the lowest of them

No array is larger than CHUNK starts. Where a clock runs steadily (the same work in every slot) all runs of an option
that end inside the horizon are of one length in grains, so the ends are one addition; elsewhere the end moves forward
with the start. Every other term reads the running sums of a meter's prices twice.

Threads are Python's, each with jobs of its own and the interpreter's lock released: Numba's own threading layers are
not all safe when two threads call them. Nothing here uses `fastmath`, so no operation is reordered or fused.

This file is the only one that imports Numba; others of that kind take `compiled` and `entry` from here.
"""

import functools
import hashlib
import itertools
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np
from numba import njit
from numpy.typing import NDArray

from placement.kernels.placements import GRAIN_TOLERANCE
from placement.kernels.price import Cheapest, running_sums
from placement.kernels.work import RUN, SHARE_UNITS, STAGE, START, UNLOAD, Floats, Ints, Work

CHUNK = 1024
"""Starts that are priced together; their arrays stay in the first-level cache."""

STEADY_TOLERANCE = 1e-8
"""Grains by which a steady clock may be off. Ten times less than DOUBT, far above rounding."""

DOUBT = 1e-7
"""Grains around a rounding edge in which lengths are worked out start by start; a tenth of GRAIN_TOLERANCE."""

STEADY_GRAINS = 2**24
"""Grains of a horizon up to which rounding stays below STEADY_TOLERANCE; longer ones take the general path."""

ALONE = 200_000
"""Starts below which a second thread costs more than it saves, an estimate (a thread starts in about 50 µs)."""

PIECES = 8
"""Pieces of work per thread, so that threads end together."""

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """The function compiled when it is first called from another compiled one, and kept with that one."""
    result: F = njit(nogil=True, error_model="numpy", forceinline=True)(function)
    return result


def entry(function: F) -> F:
    """The function compiled on its first call, or read from the cache; see `cache_folder`."""
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    before = numba.config.CACHE_DIR
    try:
        numba.config.CACHE_DIR = str(cache_folder())
        result: F = njit(cache=True, **options)(function)
    except (OSError, RuntimeError):  # no folder to write to
        result = njit(**options)(function)
    finally:
        numba.config.CACHE_DIR = before
    return result


@functools.cache
def cache_folder() -> Path:
    """Folder of compiled functions: beside this file or, where that is read-only, in the user's cache.

    Its name holds a digest of all files of compiled functions: Numba itself looks only at the file that a function
    stands in, and misses changes in others that it calls. Inside it functions are keyed by the processor.
    """
    here = Path(__file__).parent
    texts = b"".join(file.read_bytes() for file in sorted(here.glob("*_numba.py")))
    name = f"numba-{hashlib.sha256(texts).hexdigest()[:16]}"
    for root in (here / "__pycache__", Path.home() / ".cache" / "orbital-placement"):
        folder = root / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    raise OSError("no folder for compiled functions can be written to")


class Tables(NamedTuple):
    """`Work` as read-only arrays, so that one compilation serves all callers, and what is known of its clocks."""

    shift: int
    """Grains per slot are 2^shift."""
    edges: Floats
    hours: Floats
    """(T,) hours of each slot."""
    discount: Floats
    stage_first: Ints
    unload_end: Ints
    unload_beyond: Floats
    clock_work: Floats
    clock_nearly: Floats
    """(C, T+1) work from which on a slot counts as done; see `placements.ends`."""
    clock_rate: Floats
    """(C,) work per slot where that is the same in every slot, else 0."""
    clock_tail_speed: Floats
    link_prefix: Floats
    link_rate: Floats
    job_options: Ints
    job_ready: Floats
    job_delay: Floats
    option_clock: Ints
    option_work: Floats
    option_usd: Floats
    option_tail: Floats
    option_spans: Ints
    span_first: Ints
    span_last: Ints
    option_uses: Ints
    use_meter: Ints
    use_amount: Floats
    use_kind: Ints
    use_link: Ints


def tables(work: Work) -> Tables:
    """The arrays of `work` as the compiled loops take them."""
    done = work.clock_work
    nearly = done.copy()
    nearly[:, 1:] += GRAIN_TOLERANCE / work.grains * np.diff(done, axis=1)
    made = {
        "hours": np.diff(work.edges),
        "clock_nearly": np.maximum.accumulate(nearly, axis=1),
        "clock_rate": _rates(work),
    }
    arrays: dict[str, Any] = {
        name: read_only(made[name] if name in made else getattr(work, name)) for name in Tables._fields[1:]
    }
    return Tables(shift=work.grains.bit_length() - 1, **arrays)


def _rates(work: Work) -> Floats:
    """(C,) work per slot of steady clocks; 0 for the others and for horizons too long for doubles."""
    done, slots = work.clock_work, work.slots
    rate: Floats = (done[:, -1] - done[:, 0]) / slots
    off = np.abs(done - np.outer(rate, np.arange(slots + 1))).max(axis=1, initial=0.0)
    steady = (rate > 0) & (off * work.grains <= STEADY_TOLERANCE * rate) & (slots * work.grains <= STEADY_GRAINS)
    return np.where(steady, rate, 0.0)


def read_only(values: NDArray[Any]) -> NDArray[Any]:
    """The array in double precision or 64-bit integers, contiguous and read-only: one type for one compilation."""
    kind = np.float64 if values.dtype.kind == "f" else np.int64
    result = np.ascontiguousarray(values, dtype=kind).view()
    result.flags.writeable = False
    return result


def price(work: Work, prices: Floats, threads: int | None = None) -> Cheapest:
    """The cheapest placement of each job; ties go to the lowest option, then the earliest start.

    Parameters
    ----------
    work : Work
    prices : array, shape (M, T)
        $ per unit of each meter for a whole slot.
    threads : int, optional
        Threads to use; by default one per processor that this process may use. They change no number.

    Returns
    -------
    Cheapest
        Arrays of shape (J,), the same as `placement.kernels.price.price`.
    """
    return pricer(work, threads)(prices)


def pricer(work: Work, threads: int | None = None) -> Callable[[Floats], Cheapest]:
    """`price` for one `work`, whose arrays are made ready once."""
    given = tables(work)
    starts = int((work.span_last - work.span_first + 1).sum())
    width = 1 if starts < ALONE else threads or processors()

    def run(prices: Floats) -> Cheapest:
        best = Cheapest(np.full(work.jobs, np.inf), np.full(work.jobs, -1), np.full(work.jobs, -1))
        rows, sums = read_only(prices), read_only(running_sums(prices))

        def piece(first: int, end: int) -> None:
            price_jobs(given, rows, sums, first, end, best.usd, best.option, best.start)

        share_out(piece, work.job_options, width)
        return best

    return run


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_out(piece: Callable[[int, int], None], weight: Ints, threads: int) -> None:
    """Call piece(first, end) for ranges that cover 0 .. len(weight) - 1, on several threads.

    Ranges are of about equal weight; `weight` holds running sums, shape (N+1,). The first error of a piece is raised
    here, after all threads have ended.
    """
    count = len(weight) - 1
    pieces = PIECES * threads if threads > 1 else 1
    cuts = np.searchsorted(weight, np.linspace(weight[0], weight[-1], pieces + 1)[1:-1])
    bounds = np.unique(np.concatenate([[0], np.minimum(cuts, count), [count]])).tolist()
    todo = list(itertools.pairwise(bounds))
    errors: list[BaseException] = []

    def run() -> None:
        try:
            while todo and not errors:
                try:
                    first, end = todo.pop()
                except IndexError:  # another thread took the last one
                    return
                piece(first, end)
        except BaseException as error:
            errors.append(error)

    others = [threading.Thread(target=run, daemon=True) for _ in range(min(threads, len(todo)) - 1)]
    for thread in others:
        thread.start()
    run()
    for thread in others:
        thread.join()
    if errors:
        raise errors[0]


@entry
def price_jobs(
    t: Tables, prices: Floats, sums: Floats, first: int, end: int, usd: Floats, option: Ints, start: Ints
) -> None:
    """Write the cheapest placement of jobs first <= j < end."""
    cost, last, part, left = np.empty(CHUNK), np.empty(CHUNK, np.int64), np.empty(CHUNK), np.empty(CHUNK)
    for j in range(first, end):
        best = np.inf
        for o in range(t.job_options[j], t.job_options[j + 1]):
            length, steady_end = steady_length(t, o)
            moves = transfers(t, o)
            for k in range(t.option_spans[o], t.option_spans[o + 1]):
                s, stop = t.span_first[k], t.span_last[k] + 1
                while s < stop:
                    n = min(CHUNK, (steady_end if s < steady_end < stop else stop) - s)
                    if s < steady_end and not moves:
                        price_steady(t, prices, sums, j, o, s, n, length, cost)
                    else:
                        if s < steady_end:
                            ends_steady(t, s, n, length, last, part, left)
                        else:
                            ends_general(t, o, s, n, last, part, left)
                        price_general(t, prices, sums, j, o, s, n, last, part, left, cost)
                    low = lowest(cost, n)
                    if low < best:
                        best = low
                        option[j], start[j] = o, s + place(cost, low)
                    s += n
        usd[j] = best


@compiled
def transfers(t: Tables, o: int) -> bool:
    """Whether an option stages or unloads."""
    found = False
    for u in range(t.option_uses[o], t.option_uses[o + 1]):
        found |= t.use_kind[u] == STAGE or t.use_kind[u] == UNLOAD
    return found


@compiled
def steady_length(t: Tables, o: int) -> tuple[int, int]:
    """Length in grains of an option's runs, and the start from which on that is not so.

    Runs are of one length where the clock is steady and the length is not within DOUBT of a rounding edge; but for
    those that reach the horizon's end. Without any the second is 0.
    """
    c = t.option_clock[o]
    rate = t.clock_rate[c]
    if rate <= 0.0:
        return 1, 0
    slots, grains, work = len(t.hours), 1 << t.shift, t.option_work[o]
    position = work / rate * grains - GRAIN_TOLERANCE
    if position > slots * grains:
        return 1, 0
    up = np.ceil(position)
    if up - position < DOUBT or up - position > 1.0 - DOUBT:
        return 1, 0
    length = max(int(up), 1)
    stop = ((slots << t.shift) - length) // grains + 1
    slack = GRAIN_TOLERANCE / grains * (t.edges[slots] - t.edges[slots - 1])
    done = t.clock_work[c]
    while stop > 0 and done[stop - 1] + work - done[slots] > slack:
        stop -= 1
    return length, stop


@compiled
def price_steady(
    t: Tables, prices: Floats, sums: Floats, j: int, o: int, s: int, n: int, length: int, cost: Floats
) -> None:
    """Prices of starts s .. s + n - 1 of an option without transfers, whose runs are all of one length."""
    ahead = (length - 1) >> t.shift
    part = (length - (ahead << t.shift)) / (1 << t.shift)
    e = s + ahead
    usd, discount, delay = t.option_usd[o], t.discount[s : s + n], t.job_delay[j]
    u, after = t.option_uses[o], t.option_uses[o + 1]
    if delay > 0.0:
        set_delayed(cost, usd, discount, delay, t.edges[e : e + n], part, t.hours[e : e + n], t.job_ready[j])
    elif u < after and t.use_kind[u] == RUN:  # nearly always
        m = t.use_meter[u]
        set_run(
            cost, usd, discount, t.use_amount[u], sums[m, s : s + n], sums[m, e : e + n], part, prices[m, e : e + n]
        )
        u += 1
    else:
        set_own(cost, usd, discount)
    while u < after:
        m = t.use_meter[u]
        if t.use_kind[u] == RUN:
            add_run(cost, t.use_amount[u], sums[m, s : s + n], sums[m, e : e + n], part, prices[m, e : e + n])
        else:
            add_start(cost, t.use_amount[u], prices[m, s : s + n])
        u += 1


# Loops of their own, over arrays alone, so that the compiler turns them into vector instructions.


@compiled
def set_own(cost: Floats, usd: float, discount: Floats) -> None:
    """Own cost of each start."""
    for i in range(len(discount)):
        cost[i] = usd * discount[i]


@compiled
def set_delayed(
    cost: Floats, usd: float, discount: Floats, delay: float, edge: Floats, part: float, hours: Floats, ready: float
) -> None:
    """Own cost and delay of each start."""
    for i in range(len(discount)):
        cost[i] = usd * discount[i] + delay * (edge[i] + part * hours[i] - ready)


@compiled
def set_run(
    cost: Floats, usd: float, discount: Floats, amount: float, begin: Floats, end: Floats, part: float, last: Floats
) -> None:
    """Own cost and what one meter adds during the run."""
    for i in range(len(discount)):
        cost[i] = usd * discount[i] + amount * (end[i] - begin[i] + part * last[i])


@compiled
def add_run(cost: Floats, amount: float, begin: Floats, end: Floats, part: float, last: Floats) -> None:
    """Add what a meter adds during the run."""
    for i in range(len(begin)):
        cost[i] += amount * (end[i] - begin[i] + part * last[i])


@compiled
def add_start(cost: Floats, amount: float, price: Floats) -> None:
    """Add what a meter adds at the start."""
    for i in range(len(price)):
        cost[i] += amount * price[i]


@compiled
def ends_steady(t: Tables, s: int, n: int, length: int, last: Ints, part: Floats, left: Floats) -> None:
    """Last slots of runs of one length, the part of them that counts, and no work left."""
    ahead = (length - 1) >> t.shift
    for i in range(n):
        last[i] = s + i + ahead
        part[i] = (length - (ahead << t.shift)) / (1 << t.shift)
        left[i] = 0.0


@compiled
def ends_general(t: Tables, o: int, s: int, n: int, last: Ints, part: Floats, left: Floats) -> None:
    """Last slots, the part of them that counts and the work left of starts s .. s + n - 1: `placements.ends`.

    `index`, the slot edge by which the work is done, only moves forward as the start does.
    """
    c, work = t.option_clock[o], t.option_work[o]
    done, nearly = t.clock_work[c], t.clock_nearly[c]
    slots, grains = len(t.hours), 1 << t.shift
    slack = GRAIN_TOLERANCE / grains * (t.edges[slots] - t.edges[slots - 1])
    inside = n
    while inside > 0 and done[s + inside - 1] + work - done[slots] > slack:
        inside -= 1
    index = max(np.searchsorted(nearly, done[s] + work), 1)
    for i in range(inside):
        target = done[s + i] + work
        while index < slots and nearly[index] < target:
            index += 1
        last[i] = min(index, slots)
        left[i] = 0.0
    set_ends(done, work, s, inside, grains, t.shift, last, part)
    for i in range(inside, n):
        last[i], part[i], left[i] = slots - 1, 1.0, done[s + i] + work - done[slots]


@compiled
def set_ends(done: Floats, work: float, s: int, n: int, grains: int, shift: int, last: Ints, part: Floats) -> None:
    """Turn the edges by which runs are done, in `last`, into last slots and the parts of them that count."""
    for i in range(n):
        index = last[i]
        span = done[index] - done[index - 1]
        inner = min((done[s + i] + work - done[index - 1]) / span, 1.0) if span > 0.0 else 1.0
        position = int(np.ceil((index - 1) * grains + inner * grains - GRAIN_TOLERANCE))
        position = max(position, (s + i) * grains + 1)
        last[i] = (position - 1) >> shift
        part[i] = (position - (last[i] << shift)) / grains


@compiled
def price_general(
    t: Tables,
    prices: Floats,
    sums: Floats,
    j: int,
    o: int,
    s: int,
    n: int,
    last: Ints,
    part: Floats,
    left: Floats,
    cost: Floats,
) -> None:
    """Prices of starts s .. s + n - 1 of any option."""
    slots = len(t.hours)
    usd, tail, delay, ready = t.option_usd[o], t.option_tail[o], t.job_delay[j], t.job_ready[j]
    speed = t.clock_tail_speed[t.option_clock[o]]
    for i in range(n):
        cost[i] = usd * t.discount[s + i]
        if delay > 0.0:
            if left[i] > 0.0:
                hours = t.edges[slots] + (left[i] / speed if speed > 0.0 else np.inf)
            else:
                hours = t.edges[last[i]] + part[i] * t.hours[last[i]]
            cost[i] += delay * (hours - ready)
        cost[i] += tail * left[i]
    for u in range(t.option_uses[o], t.option_uses[o + 1]):
        amount, kind, link = t.use_amount[u], t.use_kind[u], t.use_link[u]
        row, total = prices[t.use_meter[u]], sums[t.use_meter[u]]
        if kind == RUN:
            for i in range(n):
                cost[i] += amount * (total[last[i]] - total[s + i] + part[i] * row[last[i]])
        elif kind == START:
            for i in range(n):
                cost[i] += amount * row[s + i]
        else:
            for i in range(n):
                begin, after = transfer_window(t, kind, s + i, last[i], left[i])
                cost[i] += transfer_share(t, kind, link, amount, begin, after) * (total[after] - total[begin])


@compiled
def transfer_window(t: Tables, kind: int, s: int, last: int, left: float) -> tuple[int, int]:
    """First slot and slot after the last of a transfer: `placements.window`."""
    if kind == STAGE:
        return t.stage_first[s], s
    begin = len(t.hours) if left > 0.0 else last + 1
    return begin, t.unload_end[begin]


@compiled
def transfer_share(t: Tables, kind: int, link: int, volume: float, begin: int, after: int) -> float:
    """Share of a link, in units of 2^-20: `placements.share`."""
    if kind == UNLOAD and begin >= len(t.hours):
        return 0.0
    capacity = t.link_prefix[link, after] - t.link_prefix[link, begin]
    if kind == UNLOAD:
        capacity += t.unload_beyond[begin] * t.link_rate[link]
    if capacity > 0.0:
        units: float = np.ceil(SHARE_UNITS * volume / capacity - 1e-6)
        return units
    return np.inf


@compiled
def lowest(cost: Floats, n: int) -> float:
    """The least of cost[:n], inf where n is 0. Eight at a time: a plain minimum is not vectorised without fastmath."""
    a = b = c = d = e = f = g = h = np.inf
    whole = n - n % 8
    for i in range(0, whole, 8):
        a = cost[i] if cost[i] < a else a
        b = cost[i + 1] if cost[i + 1] < b else b
        c = cost[i + 2] if cost[i + 2] < c else c
        d = cost[i + 3] if cost[i + 3] < d else d
        e = cost[i + 4] if cost[i + 4] < e else e
        f = cost[i + 5] if cost[i + 5] < f else f
        g = cost[i + 6] if cost[i + 6] < g else g
        h = cost[i + 7] if cost[i + 7] < h else h
    for i in range(whole, n):
        a = cost[i] if cost[i] < a else a
    return min(min(min(a, b), min(c, d)), min(min(e, f), min(g, h)))


@compiled
def place(cost: Floats, low: float) -> int:
    """The first place of a value that is there."""
    i = 0
    while cost[i] != low:
        i += 1
    return i
