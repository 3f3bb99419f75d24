"""Whether options fit by themselves: accelerators of pools, watts of clusters, resources, links."""

import numpy as np

from placement.compile.fleet import PoolArrays, Site
from placement.compile.meters import Meters
from placement.kernels.placements import Placements, ranges, share
from placement.kernels.work import RUN, SHARE_UNITS, STAGE, UNLOAD, Floats, Ints, Work
from placement.problem import Bools


class Lowest:
    """Lowest values within ranges of slots, by tables of the lowest of 1, 2, 4, ... slots from each slot on."""

    def __init__(self, values: Floats):
        """`values` has shape (rows, T)."""
        self._of = [values]
        while 2 ** len(self._of) <= values.shape[1]:
            half = self._of[-1]
            slots = 2 ** (len(self._of) - 1)
            self._of.append(np.minimum(half[:, :-slots], half[:, slots:]))

    def within(self, row: Ints, first: Ints, last: Ints) -> Floats:
        """(n,) lowest value of a row in slots first..last."""
        power = np.frexp((last - first + 1).astype(np.float64))[1] - 1
        result = np.empty(len(row))
        for k in np.unique(power).tolist():
            mine = np.flatnonzero(power == k)
            table, r = self._of[k], row[mine]
            result[mine] = np.minimum(table[r, first[mine]], table[r, last[mine] + 1 - 2**k])
        return result


class Room:
    """What there is in each slot for options that have it all to themselves, with every module that could stand.

    Rows are pools (accelerators), clusters (watts) and resource meters, one after the other.
    """

    def __init__(
        self, work: Work, meters: Meters, sites: list[Site], pools: list[PoolArrays], resources: dict[int, Floats]
    ):
        """`resources` are the capacities (T,) of resource meters."""
        self.work, self._pools = work, len(pools)
        there = [pool.potential for pool in pools] + [site.potential_watts for site in sites] + list(resources.values())
        self._there = np.array(there).reshape(-1, work.slots)
        self._from = np.minimum.accumulate(self._there[:, ::-1], axis=1)[:, ::-1]
        self._row = np.full(len(meters), -1)
        for kind, before in (("acc", 0), ("watt", len(pools))):
            for key, number in meters.like(kind):
                self._row[number] = before + int(key[1])  # type: ignore[call-overload]
        self._row[list(resources)] = len(pools) + len(sites) + np.arange(len(resources))
        self._lowest: Lowest | None = None

    def asks_each_start(self, option: Ints, first: Ints) -> Bools:
        """(n,) whether options, one after the other, may not fit in some slot from `first` on, or move data."""
        if len(option) == 0:
            return np.zeros(0, dtype=bool)
        work = self.work
        uses = work.option_uses[option[0] : option[-1] + 2]
        use, count = slice(uses[0], uses[-1]), np.diff(uses)
        row, kind = self._row[work.use_meter[use]], work.use_kind[use]
        slot = np.repeat(np.minimum(first, work.slots - 1), count)
        over = (row >= 0) & (kind == RUN) & (work.use_amount[use] > self._from[row, slot])
        over |= (kind == STAGE) | (kind == UNLOAD)
        # parts on one cluster add up in power: those are looked at start by start
        pools = (row >= 0) & (row < self._pools)
        asks = np.add.reduceat(pools, uses[:-1] - uses[0], dtype=np.int64) > 1
        asks[np.searchsorted(uses, np.flatnonzero(over) + uses[0], side="right") - 1] = True
        return np.asarray(asks, dtype=bool)

    def fits(self, option: Ints, length: Ints, placed: Placements) -> Bools:
        """Which placements fit: those of `option`, of each `length` many, one after the other."""
        good = np.ones(len(placed), dtype=bool)
        at, _, need, lowest = self.levels(option, length, placed)
        good[at[lowest < need]] = False
        for kind in (STAGE, UNLOAD):
            at, _, units = self.shares(option, length, placed, kind)
            good[at[units > SHARE_UNITS]] = False
        return good

    def levels(self, option: Ints, length: Ints, placed: Placements) -> tuple[Ints, Ints, Floats, Floats]:
        """What placements need and there is, (n,) each: number in `placed`, row, need, the least that is there."""
        self._lowest = self._lowest or Lowest(self._there)
        which, row, need = self._needs(option)
        at = ranges((np.cumsum(length) - length)[which], length[which])
        row, need = np.repeat(row, length[which]), np.repeat(need, length[which])
        return at, row, need, self._lowest.within(row, placed.start[at], placed.last[at])

    def shares(self, option: Ints, length: Ints, placed: Placements, kind: int) -> tuple[Ints, Ints, Floats]:
        """What transfers of a kind take of links, (n,) each: number in `placed`, link, units of 2^-20."""
        work = self.work
        which, use = self._uses(option, kind)
        at, use = ranges((np.cumsum(length) - length)[which], length[which]), np.repeat(use, length[which])
        return at, work.use_link[use], share(work, kind, work.use_link[use], work.use_amount[use], placed.some(at))

    def _needs(self, option: Ints) -> tuple[Ints, Ints, Floats]:
        """What options need in each of their slots: which option, row, and how much."""
        which, use = self._uses(option, RUN)
        row = self._row[self.work.use_meter[use]]
        some = row >= 0
        key, on = np.unique(which[some] * len(self._there) + row[some], return_inverse=True)
        need = np.bincount(on, self.work.use_amount[use[some]], len(key)).astype(np.float64)
        return key // len(self._there), key % len(self._there), need

    def _uses(self, option: Ints, kind: int) -> tuple[Ints, Ints]:
        """Uses of a kind: which option, and which use."""
        work = self.work
        count = work.option_uses[option + 1] - work.option_uses[option]
        use, which = ranges(work.option_uses[option], count), np.repeat(np.arange(len(option)), count)
        mine = np.flatnonzero(work.use_kind[use] == kind)
        return which[mine], use[mine]
