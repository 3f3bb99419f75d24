"""Allowed starts of options, as spans (`docs/model.md` §5)."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from placement.compile.fleet import PoolArrays, Site, in_service
from placement.compile.meters import Meters
from placement.compile.options import blocks
from placement.compile.room import Lowest, Room
from placement.kernels.placements import end_hours, placements, ranges
from placement.kernels.work import Floats, Ints, Work
from placement.problem import Bools
from placement.timegrid import EDGE_TOLERANCE_HOURS, TimeGrid


@dataclass(frozen=True)
class Bounds:
    """What dates say of each job row, shape (J,), and data sets and the option table of each option."""

    first: Ints
    """First start."""
    last: Ints
    """Last start, before the end is looked at."""
    deadline: Floats
    """Hours; inf without."""
    tail: Bools
    """Whether the run may go on past the end."""
    ready: Ints
    """(O,) no start before that, by the option table."""
    until: Ints
    """(O,) no start after that."""
    there: Ints
    """(O,) first slot in which its data sets are there."""


@dataclass(frozen=True)
class Starting:
    """What allowed starts are found from."""

    work: Work
    """Its spans are not looked at."""
    bounds: Bounds
    meters: Meters
    sites: list[Site]
    pools: list[PoolArrays]
    resources: dict[int, Floats]
    """Capacities (T,) of resource meters."""
    grid: TimeGrid

    @cached_property
    def room(self) -> Room:
        """What there is for options that have it all to themselves."""
        return Room(self.work, self.meters, self.sites, self.pools, self.resources)

    @cached_property
    def service(self) -> tuple[Lowest, Lowest, Floats]:
        """Accelerators of pools were they always in service, and where they are not; (pools, T+1) hours for which they
        are not, up to each edge.
        """
        both = [(self.sites[pool.cluster].cluster.service, pool.pool.service) for pool in self.pools]
        serving = np.array([in_service(self.grid, whole) & in_service(self.grid, own) for whole, own in both])
        there = np.array([pool.potential for pool in self.pools])
        away = np.zeros((len(there), self.grid.slots + 1))
        np.cumsum(~serving * self.grid.slot_hours, axis=1, out=away[:, 1:])
        always = np.array([pool.standing + pool.potential - pool.capacity for pool in self.pools])
        return Lowest(always), Lowest(np.where(serving, np.inf, there)), away


@dataclass(frozen=True)
class _Window:
    """The bounds of options, shape (n,)."""

    option: Ints
    first: Ints
    last: Ints
    deadline: Floats
    tail: Bools


def spans(starting: Starting) -> Work:
    """The work with its spans of allowed starts filled in."""
    work, bounds = starting.work, starting.bounds
    room = Room(work, starting.meters, starting.sites, starting.pools, starting.resources)
    option_spans = np.zeros(work.options + 1, dtype=np.int64)
    firsts, lasts = [np.zeros(0, dtype=np.int32)], [np.zeros(0, dtype=np.int32)]
    for begin, end in blocks(work.job_options):
        window = _window(work, bounds, begin, end)
        last = _latest(work, window)
        some = last >= window.first
        look = some & room.asks_each_start(window.option, window.first)
        looked, plain = np.flatnonzero(look), np.flatnonzero(some & ~look)
        count = some.astype(np.int64)
        cut_first, cut_last, count[looked] = _cut(work, window.option[looked], window.first[looked], last[looked], room)
        at = np.cumsum(count) - count
        cut = ranges(at[looked], count[looked])
        for found, whole, parts in ((firsts, window.first, cut_first), (lasts, last, cut_last)):
            starts = np.empty(count.sum(), dtype=np.int32)
            starts[at[plain]], starts[cut] = whole[plain], parts
            found.append(starts)
        option_spans[1:][window.option] = count
    np.cumsum(option_spans, out=option_spans)
    span_first = np.concatenate(firsts)
    firsts.clear()
    return replace(work, option_spans=option_spans, span_first=span_first, span_last=np.concatenate(lasts))


def _window(work: Work, bounds: Bounds, first: int, end: int) -> _Window:
    """Bounds of the options of job rows first..end-1."""
    option = np.arange(work.job_options[first], work.job_options[end])
    count = np.diff(work.job_options[first : end + 1])
    row = np.repeat(np.arange(first, end), count)
    begin = np.maximum(np.maximum(bounds.first[row], bounds.ready[option]), bounds.there[option])
    last = np.minimum(bounds.last[row], bounds.until[option])
    return _Window(option, begin, last, bounds.deadline[row], bounds.tail[row])


def _latest(work: Work, window: _Window) -> Ints:
    """Last start of each option for which it ends in time, shape (n,); less than `first` if none does.

    Ends never come earlier for later starts, so that a bisection finds it. It begins where a run at an even pace would
    start.
    """
    low = window.first - 1
    high = np.minimum(window.last, np.searchsorted(work.edges, window.deadline + EDGE_TOLERANCE_HOURS) - 1)
    high = np.maximum(high, low)
    guess = _guess(work, window)
    for middle in (guess, guess + 1):
        _narrow(work, window, low, high, middle)
    while (low < high).any():
        _narrow(work, window, low, high, (low + high + 1) // 2)
    return low


def _guess(work: Work, window: _Window) -> Ints:
    """A start at which a run at an even pace ends just in time; past the last one where it may go on past the end."""
    slots = work.slots
    hours = np.minimum(window.deadline, work.edges[-1])
    guess = np.empty(len(window.option), dtype=np.int64)
    clock = work.option_clock[window.option]
    for c in np.unique(clock).tolist():
        mine = np.flatnonzero(clock == c)
        done = np.interp(hours[mine], work.edges, work.clock_work[c]) - work.option_work[window.option[mine]]
        guess[mine] = np.searchsorted(work.clock_work[c], done + EDGE_TOLERANCE_HOURS, side="right") - 1
    return np.where(window.tail & (window.deadline > work.edges[-1]), slots, guess)


def _narrow(work: Work, window: _Window, low: Ints, high: Ints, middle: Ints) -> None:
    """Move `low`, in time, and `high`, the last one that may be, together by one look at or near `middle`."""
    open_ = np.flatnonzero(low < high)
    start = np.clip(middle[open_], low[open_] + 1, high[open_])
    good = _in_time(work, window, open_, start)
    low[open_] = np.where(good, start, low[open_])
    high[open_] = np.where(good, high[open_], start - 1)


def _in_time(work: Work, window: _Window, which: Ints, start: Ints) -> Bools:
    placed = placements(work, window.option[which], start)
    tail = placed.left > 0
    over = end_hours(work, placed) > window.deadline[which] + EDGE_TOLERANCE_HOURS
    if tail.any():
        stopped = work.clock_tail_speed[work.option_clock[placed.option]] <= 0
        over |= tail & (stopped | ~window.tail[which])
    return ~over


def _cut(work: Work, option: Ints, first: Ints, last: Ints, room: Room) -> tuple[Ints, Ints, Ints]:
    """First and last of each run of consecutive starts first..last that fit, and how many runs each option has."""
    firsts, lasts, counts = ([np.zeros(0, dtype=np.int64)] for _ in range(3))
    lengths = last - first + 1
    for begin, end in blocks(np.concatenate([[0], np.cumsum(lengths)])):
        length = lengths[begin:end]
        which = np.repeat(np.arange(end - begin), length)
        placed = placements(work, option[begin:end][which], ranges(first[begin:end], length))
        good = np.concatenate([[False], room.fits(option[begin:end], length, placed), [False]])
        same = np.concatenate([[False], which[1:] == which[:-1], [False]])
        opens = good[1:-1] & ~(good[:-2] & same[:-1])
        closes = good[1:-1] & ~(good[2:] & same[1:])
        firsts.append(placed.start[opens])
        lasts.append(placed.start[closes])
        counts.append(np.bincount(which[opens], minlength=end - begin))
    return np.concatenate(firsts), np.concatenate(lasts), np.concatenate(counts)
