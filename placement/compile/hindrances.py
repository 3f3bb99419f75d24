"""What is in the way of options that have no start: the start that comes closest, and what each rule lacks there.

Of an option without an allowed start, each start s that its dates leave is looked at. Rules that it breaks there lack
an *amount*: hours, accelerators, watts, units of a resource, times the speed of a link. The closest start breaks the
fewest rules; of those that break as many the one that lacks the smallest shares of what is needed. Where that is one
rule, no smaller amount of it lets any start in, and this one does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from placement.compile.options import blocks
from placement.compile.starts import Starting
from placement.kernels.placements import Placements, end_hours, placements, ranges
from placement.kernels.work import SHARE_UNITS, STAGE, UNLOAD, Floats, Ints
from placement.timegrid import EDGE_TOLERANCE_HOURS

if TYPE_CHECKING:
    from placement.compile.legend import Legend

SLIVER = 1e-9
"""Hours that stand for none where they are divided by."""


class Kind(IntEnum):
    """Rules that a start can break."""

    DATES = 0
    """It may begin only later than it has to; h."""
    DEADLINE = 1
    """It ends too late; h."""
    HORIZON = 2
    """It does not end within the horizon, and has to; h after it."""
    STOPPED = 3
    """It never ends: there is no speed."""
    SERVICE = 4
    """The pool of number `key` is not in service all the time; h of the run."""
    ACCELERATORS = 5
    """Of the pool of number `key`."""
    POWER = 6
    """IT watts of the cluster of number `key`."""
    RESOURCE = 7
    """The resource of number `key` of `Starting.resources`."""
    STAGING = 8
    """Own data do not come in over the link of the cluster of number `key`; times its speed, as for the next two."""
    UNLOADING = 9
    """Results do not go out over it."""
    DATASET = 10
    """The shared data set is not there yet."""
    INCOMING = 11
    """Neither own data nor the data set come in over the same link."""


@dataclass(frozen=True)
class Hindrance:
    """A rule that a start breaks."""

    kind: Kind
    key: int
    amount: float
    """What it lacks, or times a link's speed that it takes; inf where no amount helps."""
    share: float
    """The same over what is needed, in (0, 1]."""


@dataclass(frozen=True)
class Closest:
    """The start of an option that comes closest to being allowed."""

    option: int
    row: int
    """Job row."""
    start: int
    """Slot; -1 where dates leave none at all."""
    end: float
    """Hours at which the run would end."""
    first: int
    """First slot by the dates of job and option."""
    ready: float
    """Hours from which on it may begin."""
    hindrances: tuple[Hindrance, ...]
    before: tuple[Kind, ...] = ()
    """Rules but the deadline that earlier starts break, those that most of them do first."""

    @property
    def rank(self) -> tuple[int, float]:
        """What these are put in order by, the closest first."""
        return len(self.hindrances), sum(each.share for each in self.hindrances)


class _Lacks(NamedTuple):
    """What placements lack, (n,) each: number of the placement, kind, key, amount, share."""

    at: Ints
    kind: Kind
    key: Ints
    amount: Floats
    share: Floats


@dataclass(frozen=True)
class _Looked:
    """Options and their starts that are looked at: (n,) by option, `length` starts each in `placed`."""

    option: Ints
    row: Ints
    first: Ints
    """First slot by dates."""
    last: Ints
    begin: Ints
    """First start that is looked at."""
    length: Ints
    placed: Placements

    @property
    def which(self) -> Ints:
        """Number of its option of each placement."""
        return np.repeat(np.arange(len(self.option)), self.length)


def hindered(legend: Legend, option: Ints) -> list[Closest]:
    """The closest start of each of some options without one, (n,) in the order of `option`, ascending."""
    starting = legend.starting
    work, bounds = starting.work, starting.bounds
    row = np.searchsorted(work.job_options, option, side="right") - 1
    first = np.maximum(bounds.first[row], bounds.ready[option])
    last = np.minimum(np.minimum(bounds.last[row], bounds.until[option]), work.slots - 1)
    # dates that leave no start: those that begin too early are looked at, or too late if none does
    none = last < first
    begin = np.where(none, np.where(last >= 0, 0, first), first)
    end = np.where(none & (last < 0), work.slots - 1, last)
    # where there is always room and nothing is moved, no start is closer than the first
    plain = ~none & (bounds.there[option] <= first) & ~_asks(starting, option, first)
    length = np.maximum(np.where(plain, 1, end - begin + 1), 0)
    found: list[Closest] = []
    for one, stop in blocks(np.concatenate([[0], np.cumsum(length)])):
        own = slice(one, stop)
        which = np.repeat(np.arange(stop - one), length[own])
        placed = placements(work, option[own][which], ranges(begin[own], length[own]))
        looked = _Looked(option[own], row[own], first[own], last[own], begin[own], length[own], placed)
        found += _closest(legend, looked)
    return found


def _asks(starting: Starting, option: Ints, first: Ints) -> Ints:
    """(n,) of `Room.asks_each_start`, for options that do not all follow each other."""
    cuts = np.flatnonzero(np.diff(option) != 1) + 1
    runs = zip(np.split(option, cuts), np.split(first, cuts), strict=True)
    return np.concatenate([starting.room.asks_each_start(*run) for run in runs])


def _closest(legend: Legend, looked: _Looked) -> list[Closest]:
    """The closest of the starts that are looked at."""
    starting, placed = legend.starting, looked.placed
    ready = _ready_hours(legend, looked)
    lacks = [*_dates(legend, looked, ready), *_ends(starting, looked), *_room(legend, looked)]
    staging, unloading = _transfers(starting, looked)
    lacks += [unloading, *_together(staging, _datasets(legend, looked), len(starting.sites))]
    count, share = np.zeros(len(placed), dtype=np.int64), np.zeros(len(placed))
    for each in lacks:
        np.add.at(count, each.at, 1)
        np.add.at(share, each.at, each.share)
    order = np.lexsort((placed.start, share, count, looked.which))
    begin = np.cumsum(looked.length) - looked.length
    best = order[np.minimum(begin, len(order) - 1)] if len(order) else begin
    hours = end_hours(starting.work, placed)
    broken: dict[int, list[Hindrance]] = {at: [] for at in best.tolist()}
    for each in lacks:
        for n in np.flatnonzero(np.isin(each.at, best)).tolist():
            one = Hindrance(each.kind, int(each.key[n]), float(each.amount[n]), float(each.share[n]))
            broken[int(each.at[n])].append(one)
    result = []
    for k, option in enumerate(looked.option.tolist()):
        of = (option, int(looked.row[k]))
        if looked.length[k] == 0:
            never = Hindrance(Kind.DATES, -1, math.inf, 1.0)
            result.append(Closest(*of, -1, math.inf, int(looked.first[k]), float(ready[k]), (never,)))
            continue
        at = int(best[k])
        hindrances = broken[at]
        start, end, first = int(placed.start[at]), float(hours[at]), int(looked.first[k])
        late = start > first and any(one.kind == Kind.DEADLINE for one in hindrances)
        before = _before(lacks, int(begin[k]), at) if late else ()
        result.append(Closest(*of, start, end, first, float(ready[k]), tuple(hindrances), before))
    return result


def _before(lacks: list[_Lacks], begin: int, at: int) -> tuple[Kind, ...]:
    """Rules but the deadline that placements begin..at-1 break."""
    often: dict[Kind, int] = {}
    for each in lacks:
        often[each.kind] = often.get(each.kind, 0) + int(((each.at >= begin) & (each.at < at)).sum())
    return tuple(kind for kind in sorted(often, key=lambda kind: -often[kind]) if often[kind] and kind != Kind.DEADLINE)


def _ready_hours(legend: Legend, looked: _Looked) -> Floats:
    """(n,) hours from which on options may begin."""
    table, pin = (
        legend.scenario.options,
        legend.grid.hours_of(legend.scenario.jobs["pin_start"][legend.job[looked.row]]),
    )
    ready = np.where(np.isnan(pin), legend.starting.work.job_ready[looked.row], pin)
    row = legend.row[looked.option]
    if (row >= 0).any():
        earliest = np.nan_to_num(legend.grid.hours_of(table["earliest_start"]), nan=0.0)
        ready = np.where(row >= 0, np.maximum(ready, earliest[row]), ready)
    return np.asarray(ready, dtype=np.float64)


def _dates(legend: Legend, looked: _Looked, ready: Floats) -> list[_Lacks]:
    """Options whose dates leave no start: how much earlier, or later, than they may the starts are."""
    edges, which = legend.starting.work.edges, looked.which
    none = (looked.last < looked.first)[which]
    at = np.flatnonzero(none)
    begins = edges[looked.placed.start[at]]
    late = looked.last[which[at]] < 0
    amount = np.maximum(np.where(late, begins, ready[which[at]] - begins), SLIVER)
    return [_Lacks(at, Kind.DATES, np.full(len(at), -1), amount, amount / (amount + edges[-1]))]


def _ends(starting: Starting, looked: _Looked) -> list[_Lacks]:
    """Ends after the deadline, after the horizon where there must be none, and never."""
    work, bounds, placed, which = starting.work, starting.bounds, looked.placed, looked.which
    speed = work.clock_tail_speed[work.option_clock[placed.option]]
    tail = placed.left > 0
    row = looked.row[which]
    stopped = tail & (speed <= 0)
    barred = np.flatnonzero(tail & ~stopped & ~bounds.tail[row])
    hours, deadline = end_hours(work, placed), bounds.deadline[row]
    late = np.flatnonzero((hours > deadline + EDGE_TOLERANCE_HOURS) & ~stopped)
    over = hours[late] - deadline[late]
    first = work.edges[np.minimum(looked.first, work.slots)][which[late]]
    window = np.maximum(deadline[late] - first, SLIVER)
    after, never = placed.left[barred] / speed[barred], np.flatnonzero(stopped)
    part = placed.left[barred] / work.option_work[placed.option[barred]]
    return [
        _Lacks(late, Kind.DEADLINE, np.full(len(late), -1), over, over / (over + window)),
        _Lacks(barred, Kind.HORIZON, np.full(len(barred), -1), after, np.minimum(part, 1.0)),
        _Lacks(never, Kind.STOPPED, np.full(len(never), -1), np.full(len(never), np.inf), np.ones(len(never))),
    ]


def _room(legend: Legend, looked: _Looked) -> list[_Lacks]:
    """Accelerators, watts and resources that are not there in some slot of a run, with every module that could be."""
    starting, placed = legend.starting, looked.placed
    pools, clusters = len(starting.pools), len(starting.sites)
    at, row, need, there = starting.room.levels(looked.option, looked.length, placed)
    short = there < need
    at, row, need, there = at[short], row[short], need[short], there[short]
    lack = need - there
    found = _pools(legend, placed, at[row < pools], row[row < pools], need[row < pools])
    for kind, begin, end in ((Kind.POWER, pools, pools + clusters), (Kind.RESOURCE, pools + clusters, np.inf)):
        mine = (row >= begin) & (row < end)
        found.append(_Lacks(at[mine], kind, row[mine] - begin, lack[mine], lack[mine] / need[mine]))
    return found


def _pools(legend: Legend, placed: Placements, at: Ints, pool: Ints, need: Floats) -> list[_Lacks]:
    """Accelerators that are not there, were the pool always in service; and that it is not where they are needed."""
    if len(at) == 0:
        return []
    always, outside, away = legend.starting.service
    first, last, edges = placed.start[at], placed.last[at], legend.grid.edges
    own, out = always.within(pool, first, last), outside.within(pool, first, last) < need
    hours, length = away[pool, last + 1] - away[pool, first], edges[last + 1] - edges[first]
    lack, short = need - own, own < need
    return [
        _Lacks(at[out], Kind.SERVICE, pool[out], hours[out], (hours / length)[out]),
        _Lacks(at[short], Kind.ACCELERATORS, pool[short], lack[short], (lack / need)[short]),
    ]


def _transfers(starting: Starting, looked: _Looked) -> list[_Lacks]:
    """Transfers that a link does not carry in their time: staging, unloading."""
    cluster = np.array(
        [site.index for site in starting.sites for link in (site.link_in, site.link_out) if link is not None],
        dtype=np.int64,
    )
    found = []
    for kind, use in ((Kind.STAGING, STAGE), (Kind.UNLOADING, UNLOAD)):
        at, link, units = starting.room.shares(looked.option, looked.length, looked.placed, use)
        over = units > SHARE_UNITS
        found.append(_faster(kind, at[over], cluster[link[over]], units[over] / SHARE_UNITS))
    return found


def _together(staging: _Lacks, datasets: list[_Lacks], clusters: int) -> list[_Lacks]:
    """What has to come in; over one link whose speed is enough for both if it is for the larger, as one rule."""
    own, found = staging.at * clusters + staging.key, []
    kept = np.ones(len(own), dtype=bool)
    for each in datasets:
        key = each.at * clusters + each.key
        of = np.full(len(key), -1)
        for k in np.flatnonzero(np.isin(key, own) & np.isfinite(each.amount)).tolist():
            of[k] = int(np.flatnonzero(own == key[k])[0])
        both = (of >= 0) & np.isfinite(staging.amount[of] if len(own) else of)
        kept[of[both]] = False
        found.append(_Lacks(each.at[~both], each.kind, each.key[~both], each.amount[~both], each.share[~both]))
        most = np.maximum(each.amount[both], staging.amount[of[both]])
        found.append(_faster(Kind.INCOMING, each.at[both], each.key[both], most))
    found.append(_Lacks(staging.at[kept], staging.kind, staging.key[kept], staging.amount[kept], staging.share[kept]))
    return found


def _faster(kind: Kind, at: Ints, cluster: Ints, times: Floats) -> _Lacks:
    """Links that would have to be so many times as fast."""
    return _Lacks(at, kind, cluster, times, 1.0 - 1.0 / times)


def _datasets(legend: Legend, looked: _Looked) -> list[_Lacks]:
    """Starts before the data set is there."""
    starting, scenario = legend.starting, legend.scenario
    late = np.flatnonzero(starting.bounds.there[looked.option] > looked.begin)
    begin = np.cumsum(looked.length) - looked.length
    found = []
    for k in late.tolist():
        start = looked.placed.start[begin[k] : begin[k] + looked.length[k]]
        name = scenario.jobs["dataset"][legend.job[looked.row[k]]]
        data = next(each for each in scenario.datasets if each.name == name)
        _, pool, _ = legend.parts(looked.option[k : k + 1])
        for c in dict.fromkeys(legend.pools[p].cluster for p in pool.tolist()):
            site = legend.sites[c]
            if site.link_in is None or site.cluster.name in (data.home, *data.clusters):
                continue
            carried = np.concatenate([[0.0], np.cumsum(site.link_in)])[start]
            soon = int(legend.grid.slot_from(scenario.policy.stage_hours))
            some = (start >= soon) & (carried > 0)
            times = np.divide(data.tb, carried, out=np.full(len(start), np.inf), where=some)
            lacking = np.flatnonzero(~some | (carried < data.tb * (1 - 1e-12)))
            found.append(_faster(Kind.DATASET, begin[k] + lacking, np.full(len(lacking), c), times[lacking]))
    return found
