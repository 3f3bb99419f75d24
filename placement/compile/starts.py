"""Allowed starts of options, as spans (`docs/model.md` §5)."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from placement.compile.fleet import PoolArrays, Site
from placement.compile.ways import Options
from placement.kernels.placements import allowed, end_hours, placements, share, transfers
from placement.kernels.work import RUN, SHARE_UNITS, Floats, Ints, Work
from placement.timegrid import EDGE_TOLERANCE_HOURS


@dataclass(frozen=True)
class Bounds:
    """What dates say of each option, shape (O,)."""

    first: Ints
    """First start."""
    last: Ints
    """Last start, before the end is looked at."""
    deadline: Floats
    """Hours; inf without."""
    tail: NDArray[np.bool_]
    """Whether the run may go on past the end."""


def latest(work: Work, bounds: Bounds) -> Ints:
    """Last start of each option for which it ends in time, shape (O,); less than `first` if none does.

    Ends never come earlier for later starts, so that a bisection finds it.
    """
    options = np.arange(work.options)
    low = bounds.first - 1
    high = np.maximum(bounds.last, low)
    while True:
        open_ = np.flatnonzero(low < high)
        if len(open_) == 0:
            return low
        middle = (low[open_] + high[open_] + 1) // 2
        good = _in_time(work, options[open_], middle, bounds)
        low[open_] = np.where(good, middle, low[open_])
        high[open_] = np.where(good, high[open_], middle - 1)


def _in_time(work: Work, option: Ints, start: Ints, bounds: Bounds) -> NDArray[np.bool_]:
    placed = placements(work, option, start)
    tail = placed.left > 0
    stopped = work.clock_tail_speed[work.option_clock[option]] <= 0
    over = end_hours(work, placed) > bounds.deadline[option] + EDGE_TOLERANCE_HOURS
    return ~over & ~(tail & (stopped | ~bounds.tail[option]))


def spans(
    work: Work,
    bounds: Bounds,
    options: Options,
    sites: list[Site],
    pools: list[PoolArrays],
    resources: dict[int, Floats],
) -> Work:
    """The work with its spans of allowed starts filled in; `resources` are the capacities (T,) of resource meters."""
    last = latest(work, bounds)
    some = last >= bounds.first
    simple = replace(
        work,
        option_spans=np.concatenate([[0], np.cumsum(some)]).astype(np.int64),
        span_first=bounds.first[some],
        span_last=last[some],
    )
    look = some & (_tight(options, sites, pools, bounds.first, len(some)) | _asks_each_start(work, resources))
    if not look.any():
        return simple
    return _look(simple, look, options, _Tables(options, sites, pools, resources))


def _of_parts(values: Floats, options: Options, count: int) -> Floats:
    """Largest over the parts of each option."""
    return np.maximum.reduceat(values, options.parts[:-1]) if count else np.zeros(0)


def _tight(options: Options, sites: list[Site], pools: list[PoolArrays], first: Ints, count: int) -> NDArray[np.bool_]:
    """Options that do not fit in every slot from their first start on."""
    if count == 0:
        return np.zeros(0, dtype=bool)
    lowest = np.array([np.minimum.accumulate(pool.potential[::-1])[::-1] for pool in pools])
    power = np.array([np.minimum.accumulate(sites[pool.cluster].potential_watts[::-1])[::-1] for pool in pools])
    begin = np.repeat(first, np.diff(options.parts))
    begin = np.minimum(begin, lowest.shape[1] - 1)
    over = (options.part_accelerators > lowest[options.part_pool, begin]) | (
        options.part_watts > power[options.part_pool, begin]
    )
    # parts on one cluster add up in power: those are looked at start by start
    over |= np.repeat(np.diff(options.parts) > 1, np.diff(options.parts))
    return _of_parts(over.astype(np.float64), options, count) > 0


def _asks_each_start(work: Work, resources: dict[int, Floats]) -> NDArray[np.bool_]:
    """Options with transfers, or with more of a resource than there is in some slot."""
    use = np.isin(work.use_kind, [kind for kind in range(4) if transfers(kind)])
    for meter, capacity in resources.items():
        use |= (work.use_meter == meter) & (work.use_amount > capacity.min())
    total = np.concatenate([[0], np.cumsum(use)])
    return total[work.option_uses[1:]] > total[work.option_uses[:-1]]


def _look(work: Work, look: NDArray[np.bool_], options: Options, tables: "_Tables") -> Work:
    """Test every start of the options to look at, and cut their spans."""
    firsts, lasts, counts = [], [], np.zeros(work.options, dtype=np.int64)
    for option in range(work.options):
        mine = slice(work.option_spans[option], work.option_spans[option + 1])
        if not look[option] or mine.stop == mine.start:
            firsts.append(work.span_first[mine])
            lasts.append(work.span_last[mine])
        else:
            first, last = _runs_of(*_good(work, option, tables))
            firsts.append(first)
            lasts.append(last)
        counts[option] = len(firsts[-1])
    return replace(
        work,
        option_spans=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        span_first=np.concatenate(firsts).astype(np.int64),
        span_last=np.concatenate(lasts).astype(np.int64),
    )


class _Tables:
    """Running counts of slots in which something does not fit, made when first asked for."""

    def __init__(self, options: Options, sites: list[Site], pools: list[PoolArrays], resources: dict[int, Floats]):
        self.options, self.sites, self.pools, self.resources = options, sites, pools, resources
        self._known: dict[tuple[str, int, float], Ints] = {}

    def _count(self, key: tuple[str, int, float], most: Floats) -> Ints:
        if key not in self._known:
            self._known[key] = np.concatenate([[0], np.cumsum(key[2] > most)])
        return self._known[key]

    def of(self, option: int) -> list[Ints]:
        """Running counts, shape (T+1,), for every part of an option, and the power of each of its clusters."""
        rows = range(self.options.parts[option], self.options.parts[option + 1])
        result = []
        power: dict[int, float] = {}
        for row in rows:
            index = int(self.options.part_pool[row])
            pool = self.pools[index]
            result.append(self._count(("pool", index, float(self.options.part_accelerators[row])), pool.potential))
            power[pool.cluster] = power.get(pool.cluster, 0.0) + float(self.options.part_watts[row])
        for cluster, need in power.items():
            result.append(self._count(("watts", cluster, need), self.sites[cluster].potential_watts))
        return result

    def resource(self, meter: int, need: float) -> Ints:
        """The same for an amount of a named resource."""
        return self._count(("resource", meter, need), self.resources[meter])


def _good(work: Work, option: int, tables: _Tables) -> tuple[Ints, NDArray[np.bool_]]:
    """Starts of an option, and which of them are allowed."""
    placed = allowed(work, option, option + 1)
    good = np.ones(len(placed), dtype=bool)
    for count in tables.of(option):
        good &= count[placed.last + 1] == count[placed.start]
    for use in range(work.option_uses[option], work.option_uses[option + 1]):
        kind, meter = int(work.use_kind[use]), int(work.use_meter[use])
        if meter in tables.resources and kind == RUN:
            count = tables.resource(meter, float(work.use_amount[use]))
            good &= count[placed.last + 1] == count[placed.start]
        if transfers(kind):
            link = np.full(len(placed), work.use_link[use])
            volume = np.full(len(placed), work.use_amount[use])
            good &= share(work, kind, link, volume, placed) <= SHARE_UNITS
    return placed.start, good


def _runs_of(starts: Ints, good: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """First and last of each run of consecutive allowed starts."""
    starts = starts[good]
    if len(starts) == 0:
        return starts, starts
    breaks = np.flatnonzero(np.diff(starts) > 1)
    return starts[np.append(0, breaks + 1)], starts[np.append(breaks, len(starts) - 1)]
