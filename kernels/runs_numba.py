"""`Work` as compiled functions take it; where runs end, and what they use: `placement.kernels.placements`, compiled.

Where a clock runs steadily (the same work in every slot) all runs of an option that end inside the horizon are of one
length in grains, so the ends are one addition; elsewhere the end moves forward with the start.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.kernels.compile_numba import borrowed, compiled, entry
from placement.kernels.once_each import once_each
from placement.kernels.placements import GRAIN_TOLERANCE, nearly_done
from placement.kernels.work import NARROW, RUN, SHARE_UNITS, STAGE, START, UNLOAD, WHOLE, Floats, Ints, Work

STEADY_TOLERANCE = 1e-8
"""Grains by which a steady clock may be off. Ten times less than DOUBT, far above rounding."""

DOUBT = 1e-7
"""Grains around a rounding edge in which lengths are worked out start by start; a tenth of GRAIN_TOLERANCE."""

TYPES = {**NARROW, "option_length": np.int32, "option_steady": np.int32, "option_moves": np.int8}
"""Of the arrays that are narrower than usual."""

STEADY_GRAINS = 2**24
"""Grains of a horizon up to which rounding stays below STEADY_TOLERANCE; longer ones take the general path."""


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
    """(C, T+1) work from which on a slot counts as done; see `placements.nearly_done`."""
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
    """Of transfers; without any there is one number, which nothing reads."""
    option_length: Ints
    """(O,) grains of an option's runs; see `steady_length`."""
    option_steady: Ints
    """(O,) start from which on they are of other lengths."""
    option_moves: Ints
    """(O,) 1 where an option stages or unloads."""


@once_each
def tables(work: Work) -> Tables:
    """The arrays of `work` as the compiled loops take them; made once as long as it lives."""
    none = np.zeros(0, dtype=np.int32)
    made: dict[str, NDArray[Any]] = {
        "hours": np.diff(work.edges),
        "clock_nearly": nearly_done(work),
        "clock_rate": _rates(work),
        "option_length": none,
        "option_steady": none,
        "option_moves": none.astype(np.int8),
        "use_link": work.use_link if work.transfers else work.use_link[:1],
    }
    arrays: dict[str, Any] = {}
    for name in Tables._fields[1:]:
        values = made[name] if name in made else getattr(work, name)
        arrays[name] = read_only(values, TYPES.get(name))
    plain = Tables(shift=work.grains.bit_length() - 1, **arrays)
    length, steady = np.zeros((2, work.options), dtype=np.int32)
    moves = np.zeros(work.options, dtype=np.int8)
    option_runs(plain, length, steady, moves)
    return plain._replace(
        option_length=read_only(length, np.int32),
        option_steady=read_only(steady, np.int32),
        option_moves=read_only(moves, np.int8),
    )


def _rates(work: Work) -> Floats:
    """(C,) work per slot of steady clocks; 0 for the others and for horizons too long for doubles."""
    done, slots = work.clock_work, work.slots
    rate: Floats = (done[:, -1] - done[:, 0]) / slots
    off = np.abs(done - np.outer(rate, np.arange(slots + 1))).max(axis=1, initial=0.0)
    steady = (rate > 0) & (off * work.grains <= STEADY_TOLERANCE * rate) & (slots * work.grains <= STEADY_GRAINS)
    return np.where(steady, rate, 0.0)


def read_only(values: NDArray[Any], kind: type[np.generic] | None = None) -> NDArray[Any]:
    """The array contiguous and read-only, of one type for one compilation: if none is given, 64 bits wide."""
    usual = np.float64 if values.dtype.kind == "f" else np.int64
    result = np.ascontiguousarray(values, dtype=kind or usual).view()
    result.flags.writeable = False
    return result


@entry
def option_runs(t: Tables, length: Ints, steady: Ints, moves: Ints) -> None:
    """Write length, first start of another length, and whether it transfers, of each option, shape (O,) each."""
    t = borrowed(t)
    for o in range(len(t.option_clock)):
        length[o], steady[o] = steady_length(t, o)
        moves[o] = 1 if transfers(t, o) else 0


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
def add_use(
    t: Tables, o: int, s: int, last: int, part: float, left: float, times: float, steps: Floats, once: Floats
) -> None:
    """Add what a placement uses, so many times: steps, which last until taken back, and what counts in one slot."""
    for u in range(t.option_uses[o], t.option_uses[o + 1]):
        meter, kind, amount = t.use_meter[u], t.use_kind[u], t.use_amount[u] * times
        if kind in (RUN, WHOLE):
            steps[meter, s] += amount
            steps[meter, last] -= amount
            once[meter, last] += amount * (part if kind == RUN else np.floor(part))
        elif kind == START:
            once[meter, s] += amount
        else:
            begin, after = transfer_window(t, kind, s, last, left)
            units = transfer_share(t, kind, t.use_link[u], t.use_amount[u], begin, after) * times
            steps[meter, begin] += units
            steps[meter, after] -= units
