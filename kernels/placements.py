"""Placements from options: allowed starts spread out, ends of runs, windows of transfers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.kernels.work import RUN, SHARE_UNITS, STAGE, UNLOAD, Floats, Ints, Work

GRAIN_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Placements:
    """Placements of some options, in order of option and start. Shape (N,) each."""

    option: Ints
    start: Ints
    """Start slot."""
    end: Ints
    """Position of the end in grains; T F with a tail."""
    last: Ints
    """Last slot."""
    fraction: Floats
    """Part of the last slot that counts, in (0, 1]."""
    left: Floats
    """Hours of work left at the horizon's end."""

    def __len__(self) -> int:
        return len(self.option)

    def some(self, which: NDArray[Any]) -> "Placements":
        """Those of given numbers, or those marked."""
        return Placements(*(values[which] for values in vars(self).values()))


def ranges(first: NDArray[Any], count: NDArray[Any]) -> Ints:
    """first[0], first[0]+1, .., count[0] of them, then the same for the next; one array."""
    count = np.asarray(count, dtype=np.int64)
    total = int(count.sum())
    offset: Ints = np.repeat(np.cumsum(count) - count, count)
    begin: Ints = np.repeat(np.asarray(first, dtype=np.int64), count)
    result: Ints = begin + np.arange(total) - offset
    return result


def allowed(work: Work, first_option: int, end_option: int) -> Placements:
    """All allowed placements of options first_option <= o < end_option."""
    spans = slice(work.option_spans[first_option], work.option_spans[end_option])
    lengths = work.span_last[spans] - work.span_first[spans] + 1
    span_count = np.diff(work.option_spans[first_option : end_option + 1])
    span_option = np.repeat(np.arange(first_option, end_option), span_count)
    return placements(work, np.repeat(span_option, lengths), ranges(work.span_first[spans], lengths))


def placements(work: Work, option: Ints, start: Ints) -> Placements:
    """The placements of given options and starts, with their ends."""
    end, left = ends(work, option, start)
    last = (end - 1) // work.grains
    fraction = (end - last * work.grains) / work.grains
    return Placements(option, start, end, last, fraction, left)


def ends(work: Work, option: Ints, start: Ints) -> tuple[Ints, Floats]:
    """Position of the end in grains and hours of work left at the horizon's end, shape (N,) each.

    A run ends at the first position by which its clock has advanced by its work, rounded up to a whole grain,
    ceil(p - 1e-6), at least one grain after its start. What is more than 1e-6 of a grain past the horizon is a tail.
    """
    slots, grains = work.slots, work.grains
    clock = work.option_clock[option]
    end = np.empty(len(option), dtype=np.int64)
    left = np.zeros(len(option))
    slack = GRAIN_TOLERANCE / grains * (work.edges[-1] - work.edges[-2])
    nearly = nearly_done(work)
    for c in range(len(work.clock_work)):
        mine = np.flatnonzero(clock == c) if len(work.clock_work) > 1 else np.arange(len(option))
        if len(mine) == 0:
            continue
        done = work.clock_work[c]
        target = done[start[mine]] + work.option_work[option[mine]]
        over = target - done[-1]
        left[mine] = np.where(over > slack, over, 0.0)
        index = np.clip(np.searchsorted(nearly[c], target, side="left"), 1, slots)
        span = done[index] - done[index - 1]
        inner = np.divide(target - done[index - 1], span, out=np.ones(len(mine)), where=span > 0)
        inner = np.minimum(inner, 1.0)
        position = np.ceil((index - 1) * grains + inner * grains - GRAIN_TOLERANCE).astype(np.int64)
        position = np.where(over > slack, slots * grains, position)
        end[mine] = np.maximum(position, start[mine] * grains + 1)
    return end, left


def nearly_done(work: Work) -> Floats:
    """(C, T+1) work up to which a run has ended by each edge.

    Work that is done but for a sliver of a grain is done at the end of its slot, not after slots of speed 0.
    """
    nearly = work.clock_work.copy()
    nearly[:, 1:] += GRAIN_TOLERANCE / work.grains * np.diff(work.clock_work, axis=1)
    result: Floats = np.maximum.accumulate(nearly, axis=1)
    return result


def end_hours(work: Work, placed: Placements) -> Floats:
    """Hours from the start at which runs end; past the horizon as the tail speed has it. Shape (N,)."""
    h = np.diff(work.edges)
    hours = work.edges[placed.last] + placed.fraction * h[placed.last]
    tail = placed.left > 0
    if tail.any():
        speed = work.clock_tail_speed[work.option_clock[placed.option[tail]]]
        hours[tail] = work.edges[-1] + np.divide(
            placed.left[tail], speed, out=np.full(len(speed), np.inf), where=speed > 0
        )
    return hours


def counted(kind: int, fraction: Floats) -> Floats:
    """What of the last slot of a run counts, by the kind of use: RUN its fraction φ, WHOLE all or nothing."""
    return fraction if kind == RUN else np.floor(fraction)


def window(work: Work, kind: int, placed: Placements) -> tuple[Ints, Ints]:
    """First slot and slot after the last of the transfer window of each placement, shape (N,) each."""
    if kind == STAGE:
        return work.stage_first[placed.start], placed.start
    begin = np.where(placed.left > 0, work.slots, placed.last + 1)
    return begin, work.unload_end[begin]


def share(work: Work, kind: int, link: Ints, volume: Floats, placed: Placements) -> Floats:
    """Share of the link, in units of 2^-20, that a transfer takes in each slot of its window; inf where none is
    possible.

    ceil(2^20 V/K - 1e-6) with K the link's capacity in the window; an unloading window that lies past the horizon
    counts there with the link's mean rate. A run that ends with the horizon needs no share inside it.
    """
    begin, end = window(work, kind, placed)
    capacity = work.link_prefix[link, end] - work.link_prefix[link, begin]
    if kind == UNLOAD:
        capacity = capacity + work.unload_beyond[begin] * work.link_rate[link]
    with np.errstate(divide="ignore"):
        units = np.ceil(SHARE_UNITS * volume / capacity - 1e-6)
    units = np.where(capacity > 0, units, np.inf)
    return np.where(begin >= work.slots, 0.0, units) if kind == UNLOAD else units


def transfers(kind: int) -> bool:
    """Whether a kind of use is a transfer."""
    return kind in (STAGE, UNLOAD)
