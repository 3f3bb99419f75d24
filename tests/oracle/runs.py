"""Runs: when they may start, when they end, what they move over links (docs/model.md 4 and 5)."""

import math
from dataclasses import dataclass
from typing import Any

from oracle.fleet import MOMENT, SHARE, Fleet, Place, Site, resource_room
from oracle.growth import could_stand
from oracle.orders import Offer, accelerators_added, given, offered, watts_added
from oracle.ways import Way

LinkUse = dict[tuple[str, str, int], int]
"""Whole shares of a link by direction ("in", "out"), cluster and slot."""


@dataclass(frozen=True)
class Run:
    """A way, begun at a slot: one segment of one unit of a job."""

    way: Way
    segment: int
    start: int
    end: float
    """Hours from the start, past the horizon with a tail."""
    held: tuple[int, ...]
    """Grains held in each slot."""
    tail: float
    """Work left at the horizon's end; 0 without tail."""
    links: LinkUse

    @property
    def covered(self) -> list[int]:
        """Slots of which it holds anything."""
        return [t for t, grains in enumerate(self.held) if grains]


class Rooms:
    """What a run, taken alone, finds in each slot at best: with every module that could stand by then."""

    def __init__(self, fleet: Fleet):
        self.fleet, self.offers = fleet, offered(fleet)
        self.accelerators = {place: self._accelerators(place) for place in fleet.bays}
        self.watts = {site.name: _lower(self._facility(site), site.grid_watts) for site in fleet.sites.values()}
        self.resources = {
            (site.name, name): self._resource(site, name) for site in fleet.sites.values() for name in site.resources
        }

    def _of_kinds(self, cluster: str) -> list[list[Offer]]:
        """What can be ordered on a cluster, kind by kind."""
        kinds = self.fleet.sites[cluster].cluster.modules
        return [[o for o in self.offers if o.cluster == cluster and o.module is module] for module in kinds]

    def _accelerators(self, place: Place) -> list[int]:
        kinds = [[o for o in kind if o.place == place] for kind in self._of_kinds(place[0])]
        return [
            base + sum(round(could_stand(kind, lambda o, t=t: accelerators_added(self.fleet, o, t))) for kind in kinds)
            for t, base in enumerate(self.fleet.bays[place].base)
        ]

    def _facility(self, site: Site) -> list[int] | None:
        kinds = self._of_kinds(site.name)
        if site.facility is None:
            return None
        return [
            base + sum(round(could_stand(kind, lambda o, t=t: watts_added(self.fleet, o, t))) for kind in kinds)
            for t, base in enumerate(site.facility)
        ]

    def _resource(self, site: Site, name: str) -> list[float]:
        kinds = self._of_kinds(site.name)
        return [
            base + sum(could_stand(kind, lambda o, t=t: given(self.fleet, o, name, t)) for kind in kinds)
            for t, base in enumerate(site.resources[name])
        ]

    def fit(self, job: Any, way: Way, t: int) -> bool:
        """Whether a run fits a slot as a whole."""
        if any(part.accelerators > self.accelerators[part.place][t] for part in way.parts):
            return False
        for cluster in way.clusters:
            room = self.watts[cluster]
            watts = sum(part.watts for part in way.parts if part.place[0] == cluster)
            if room is not None and watts > room[t]:
                return False
            for name, amount in job.uses.items():
                there = self.resources.get((cluster, name))
                if there is not None and amount > resource_room(there[t]):
                    return False
        return True


def _lower(a: list[int] | None, b: list[int] | None) -> list[int] | None:
    if a is None or b is None:
        return b if a is None else a
    return [min(x, y) for x, y in zip(a, b, strict=True)]


def runs(fleet: Fleet, rooms: Rooms, job: Any, way: Way, segment: int) -> list[Run]:
    """The runs of a segment that are allowed, one for each start."""
    found = [
        _run(fleet, rooms, job, way, segment, s)
        for s in range(fleet.slots)
        if _may_begin(fleet, job, segment, s) and (segment > 0 or _inside(fleet.edge[s], *way.window))
    ]
    return [run for run in found if run is not None]


def _inside(begin: float, earliest: float | None, latest: float | None) -> bool:
    if earliest is not None and begin < earliest - MOMENT:
        return False
    return latest is None or begin <= latest + MOMENT


def _may_begin(fleet: Fleet, job: Any, segment: int, s: int) -> bool:
    if job.state == "running":
        return s == 0
    if job.pin_start is not None:
        pinned = fleet.slot_from(job.pin_start)
        return s == pinned if segment == 0 else s >= pinned
    earliest = job.earliest_start if job.earliest_start is not None else job.submitted
    return s >= fleet.slot_from(0.0 if earliest is None else earliest)


def _run(fleet: Fleet, rooms: Rooms, job: Any, way: Way, segment: int, s: int) -> Run | None:
    held, tail = finish(fleet, way.speed, way.works[segment], s)
    last = max(t for t in range(fleet.slots) if held[t])
    end = fleet.edge[last] + held[last] / fleet.grains * fleet.hours[last]
    final = segment == job.segments - 1
    if tail > 0:
        tail_speed = sum(v * h for v, h in zip(way.speed, fleet.hours, strict=True)) / fleet.end
        if not fleet.scenario.policy.tails or not final or tail_speed == 0:
            return None
        end = fleet.end + tail / tail_speed
    if job.deadline is not None and end > job.deadline + MOMENT:
        return None
    if not all(rooms.fit(job, way, t) for t in range(s, last + 1)):
        return None
    links = _transfers(fleet, job, way, s, last, end, stages=segment == 0, unloads=final)
    if links is None:
        return None
    return Run(way, segment, s, end, tuple(held), tail, links)


def finish(fleet: Fleet, speed: tuple[float, ...], work: float, s: int) -> tuple[list[int], float]:
    """Grains held in each slot by a run from slot s, and the work left at the horizon's end (0: none)."""
    held = [0] * fleet.slots
    left = work
    for t in range(s, fleet.slots):
        done = speed[t] * fleet.hours[t]
        whole = left <= done + 1e-6 * done / fleet.grains  # within 1e-6 of a grain of the end of the slot
        if done > 0 and whole:
            held[t] = min(fleet.grains, max(1, math.ceil(left / done * fleet.grains - 1e-6)))
            return held, 0.0
        held[t] = fleet.grains
        left -= done
    if left <= 1e-6 * fleet.hours[-1] / fleet.grains:
        return held, 0.0
    return held, left


def _transfers(
    fleet: Fleet, job: Any, way: Way, s: int, last: int, end: float, *, stages: bool, unloads: bool
) -> LinkUse | None:
    """Shares of links that a run takes; None if a transfer does not fit."""
    links: LinkUse = {}
    for cluster in way.clusters:
        if moves_dataset(fleet, job, cluster):
            ready = ready_slot(fleet, job.dataset, cluster)
            if ready is None or s < ready:
                return None
        if stages and needs_staging(job, cluster):
            share = _staging(fleet, cluster, job.dataset_tb, s, links)
            if share is None or share > SHARE:
                return None
        if unloads and needs_unloading(job, cluster):
            share = _unloading(fleet, cluster, job.result_tb, last, links)
            if share is None or share > SHARE:
                return None
    return links


def needs_staging(job: Any, cluster: str) -> bool:
    """Whether own data have to be brought to a cluster."""
    return job.dataset_tb > 0 and job.home != cluster and job.state != "running"


def needs_unloading(job: Any, cluster: str) -> bool:
    """Whether results have to be brought away from a cluster."""
    return job.result_tb > 0 and job.home != cluster


def _share(volume: float, capacity: float) -> int:
    return math.ceil(SHARE * volume / capacity - 1e-6)


def _staging(fleet: Fleet, cluster: str, volume: float, s: int, links: LinkUse) -> int | None:
    capacity = fleet.sites[cluster].inward
    if capacity is None:
        return 0
    if s == 0:
        return None
    reach = max(fleet.scenario.policy.stage_hours, fleet.hours[s - 1])
    slots = [t for t in range(s) if fleet.edge[t] >= fleet.edge[s] - reach - MOMENT]
    total = sum(capacity[t] for t in slots)
    if total <= 0:
        return None
    share = _share(volume, total)
    for t in slots:
        if capacity[t] > 0:
            links["in", cluster, t] = links.get(("in", cluster, t), 0) + share
    return share


def _unloading(fleet: Fleet, cluster: str, volume: float, last: int, links: LinkUse) -> int | None:
    capacity = fleet.sites[cluster].outward
    if capacity is None or last + 1 == fleet.slots:
        return 0
    reach, end = max(fleet.scenario.policy.unload_hours, fleet.hours[last + 1]), fleet.edge[last + 1]
    slots = [t for t in range(last + 1, fleet.slots) if fleet.edge[t] - end < reach - MOMENT]
    beyond = max(0.0, end + reach - fleet.end)
    total = sum(capacity[t] for t in slots) + sum(capacity) / fleet.end * beyond
    if total <= 0:
        return None
    share = _share(volume, total)
    for t in slots:
        if capacity[t] > 0:
            links["out", cluster, t] = links.get(("out", cluster, t), 0) + share
    return share


def moves_dataset(fleet: Fleet, job: Any, cluster: str) -> bool:
    """Whether the shared data set of a job has to be moved to a cluster; a running job has its data already."""
    return job.dataset is not None and job.state != "running" and not has_copy(fleet, job.dataset, cluster)


def dataset_of(fleet: Fleet, name: str) -> Any:
    """The shared data set of that name."""
    return next(dataset for dataset in fleet.scenario.datasets if dataset.name == name)


def has_copy(fleet: Fleet, name: str, cluster: str) -> bool:
    """Whether a shared data set is on a cluster without being moved."""
    dataset = dataset_of(fleet, name)
    return cluster == dataset.home or cluster in dataset.clusters


def ready_slot(fleet: Fleet, name: str, cluster: str) -> int | None:
    """First slot in which a shared data set that has to be moved is on a cluster; None if never."""
    capacity = fleet.sites[cluster].inward
    if capacity is None:
        return 0
    volume = dataset_of(fleet, name).tb
    for r in range(fleet.slot_from(fleet.scenario.policy.stage_hours), fleet.slots):
        if sum(capacity[:r]) >= volume - 1e-12 * volume:
            return r
    return None


def move_links(fleet: Fleet, name: str, cluster: str) -> LinkUse:
    """Shares of the in-link that moving a shared data set takes."""
    capacity = fleet.sites[cluster].inward
    ready = ready_slot(fleet, name, cluster)
    if capacity is None or not ready:
        return {}
    share = min(SHARE, _share(dataset_of(fleet, name).tb, sum(capacity[:ready])))
    return {("in", cluster, t): share for t in range(ready) if capacity[t] > 0}
