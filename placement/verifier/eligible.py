"""Where a job may not run (docs/model.md §3), rule by rule, in the order of the text.

Each rule is a function that tells the parts of runs that break it, by number and with the reason; of several
rules that a part breaks the first is told. Rules with a dagger do not hold for ways of the option table.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np

from placement.spacecraft import fabric
from placement.verifier.findings import Findings
from placement.verifier.fleet import Fleet
from placement.verifier.schedule import Schedule
from placement.verifier.spans import Ints

Broken: TypeAlias = Iterator[tuple[int, str]]
"""Numbers of parts that break a rule, and why."""


class Candidates:
    """Parts of runs beside the jobs and pools they are of; arrays of shape (parts,)."""

    def __init__(self, schedule: Schedule, potential: Ints):
        self.schedule, self.fleet, self.potential = schedule, schedule.fleet, potential
        parts = schedule.parts
        self.job, self.pool, self.size = schedule.groups.job[parts.group], parts.pool, parts.accelerators
        self.cluster = self.fleet.cluster_of[self.pool]
        self.taken_at_word = schedule.groups.quoted[parts.group]

    def of_job(self, column: str) -> Any:
        """A column of the jobs, for each part."""
        return self.schedule.ways.jobs[column][self.job]

    def cluster_names(self) -> list[str]:
        """Cluster of each part."""
        return [self.fleet.clusters[cluster].name for cluster in self.cluster]


def _where(values: Iterable[Any]) -> list[int]:
    if isinstance(values, np.ndarray):
        return [int(index) for index in np.flatnonzero(values)]
    return [index for index, value in enumerate(values) if value]


def moved(parts: Candidates) -> Broken:
    """The job runs already, on another pool."""
    cluster, pool = parts.of_job("cluster"), parts.of_job("pool")
    for i in _where(parts.schedule.ways.running[parts.job]):
        if parts.fleet.pool_named(cluster[i], pool[i]) != parts.pool[i]:
            yield i, f"it runs on {cluster[i]}{'/' + pool[i] if pool[i] else ''} already and stays there."


def off_list(parts: Candidates) -> Broken:
    """Its cluster is not among the job's `clusters`, or is among `not_clusters`."""
    cells = zip(parts.of_job("clusters"), parts.of_job("not_clusters"), parts.cluster_names(), strict=True)
    for i in _where((only and name not in only) or name in never for only, never, name in cells):
        yield i, "the job's clusters or not_clusters rule it out."


def not_pinned(parts: Candidates) -> Broken:
    """Its cluster or pool is not the one that the job is pinned to."""
    pin_cluster, pin_pool = parts.of_job("pin_cluster"), parts.of_job("pin_pool")
    cells = zip(pin_cluster, pin_pool, parts.cluster_names(), parts.pool, strict=True)
    for i, (cluster, pool, name, number) in enumerate(cells):
        if cluster not in (None, name) or pool not in (None, parts.fleet.pools[number].name):
            yield i, f"it is pinned to {cluster or 'any cluster'}/{pool or 'any pool'}."


def abroad(parts: Candidates) -> Broken:
    """The cluster's country is not among the job's `residency`; satellites have none."""
    for i, allowed in enumerate(parts.of_job("residency")):
        country = parts.fleet.country(int(parts.cluster[i])) if allowed else None
        if allowed and country not in allowed:
            yield i, f"residency is {', '.join(allowed)}; the cluster is in {country or 'no country'}."


def too_little_memory(parts: Candidates) -> Broken:
    """`memory_gb` is above the accelerator's."""
    memory = np.array([accelerator.memory_gb for accelerator in parts.fleet.accelerators])[parts.pool]
    needed = parts.of_job("memory_gb")
    for i in _where((needed > memory) & ~parts.taken_at_word):
        yield i, f"memory_gb is {needed[i]:g}; the accelerator has {memory[i]:g}."


def too_small(parts: Candidates) -> Broken:
    """The pool never has that many accelerators."""
    most = parts.potential.max(axis=1)[parts.pool]
    for i in _where(most < parts.size):
        yield i, f"it needs {parts.size[i]:,} accelerators; the pool never has more than {most[i]:,}."


def too_loose(parts: Candidates) -> Broken:
    """The smallest fabric tier that holds the gang gives less than `sync_gbps`, or none holds it."""
    needed = parts.of_job("sync_gbps")
    for i in _where((needed > 0) & ~parts.taken_at_word):
        index = parts.pool[i]
        tiers = fabric(parts.fleet.clusters[parts.fleet.cluster_of[index]], parts.fleet.pools[index])
        holding = [tier for tier in tiers if tier.accelerators >= parts.size[i]]
        given = min(holding, key=lambda tier: tier.accelerators).gbps if holding else 0.0
        if tiers and given < needed[i]:
            yield i, f"sync_gbps is {needed[i]:g}; its fabric gives {parts.size[i]:,} accelerators {given:g}."


def too_far(parts: Candidates) -> Broken:
    """`max_rtt_ms` is below the round trip from `home`, or that is not known."""
    most, home = parts.of_job("max_rtt_ms"), parts.of_job("home")
    for i in _where(~np.isnan(most)):
        trip = parts.fleet.round_trip(home[i], int(parts.cluster[i]))
        if not trip <= most[i]:
            yield i, f"max_rtt_ms is {most[i]:g}; the round trip from {home[i]} is {trip:.1f} ms."


def out_of_touch(parts: Candidates) -> Broken:
    """`max_contact_gap_hours` is below the longest gap of the cluster's contact."""
    most = parts.of_job("max_contact_gap_hours")
    for i in _where(~np.isnan(most)):
        gap = parts.fleet.contact_gap[parts.cluster[i]]
        if most[i] < gap:
            yield i, f"max_contact_gap_hours is {most[i]:g}; the longest gap is {gap:g} h."


def too_fragile(parts: Candidates) -> Broken:
    """Goodput is below `policy.min_goodput`."""
    least, useful = parts.fleet.scenario.policy.min_goodput, parts.schedule.parts.useful
    for i in _where((useful < least) & ~parts.taken_at_word):
        yield i, f"goodput is {useful[i]:.3f}, below min_goodput {least:g}."


IN_ORDER: tuple[tuple[str, Callable[[Candidates], Broken]], ...] = (
    ("running", moved),
    ("eligible", off_list),
    ("pin", not_pinned),
    ("eligible", abroad),
    ("eligible", too_little_memory),
    ("eligible", too_small),
    ("eligible", too_loose),
    ("eligible", too_far),
    ("eligible", out_of_touch),
    ("eligible", too_fragile),
)
"""Codes of findings and rules, in the order of the text."""

ASKED_OF_RUNNING = (moved, off_list, not_pinned, too_small)
"""What a running job is asked; it has shown that it can run where it is."""


def check(schedule: Schedule, potential: Ints, findings: Findings) -> None:
    """Every part of every run is where its job may run; pools have at most `potential` (pools, T)."""
    parts = Candidates(schedule, potential)
    running = schedule.ways.running[parts.job]
    told: set[int] = set()
    for code, rule in IN_ORDER:
        for index, why in rule(parts):
            if index not in told and (rule in ASKED_OF_RUNNING or not running[index]):
                where = schedule.group_name(schedule.parts.group[index])
                label = parts.fleet.label(int(parts.pool[index]))
                findings.add(code, where, f"may not run on {label}: {why}")
                told.add(index)


def flow_may_run(fleet: Fleet, flow: int, pool: int) -> bool:
    """Whether a flow may run on a pool, by its lists, `residency`, `memory_gb` and `max_rtt_ms`."""
    record, cluster = fleet.scenario.flows[flow], int(fleet.cluster_of[pool])
    name = fleet.clusters[cluster].name
    if (record.clusters and name not in record.clusters) or name in record.not_clusters:
        return False
    if record.residency and fleet.country(cluster) not in record.residency:
        return False
    if record.memory_gb > fleet.accelerators[pool].memory_gb:
        return False
    return record.max_rtt_ms is None or fleet.round_trip(record.home, cluster) <= record.max_rtt_ms
