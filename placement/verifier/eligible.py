"""Where a job may not run (docs/model.md §3), rule by rule, in the order of the text.

Each rule is a function from parts of runs to a mask of those that break it; the first that a part breaks is told. Rules
marked with a dagger in the text do not hold for ways of the option table.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from placement.verifier.findings import Findings
from placement.verifier.fleet import Fleet
from placement.verifier.schedule import Schedule
from placement.verifier.spans import Bools, Ints


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


def _mask(values: Any) -> Bools:
    return np.fromiter(values, dtype=bool)


def off_list(parts: Candidates) -> Bools:
    """Its cluster is not among the job's `clusters`, or is among `not_clusters`."""
    cells = zip(parts.of_job("clusters"), parts.of_job("not_clusters"), parts.cluster_names(), strict=True)
    return _mask((bool(only) and name not in only) or name in never for only, never, name in cells)


def not_pinned(parts: Candidates) -> Bools:
    """Its cluster or pool is not the one that the job is pinned to."""
    pools = [parts.fleet.pools[pool].name for pool in parts.pool]
    cells = zip(
        parts.of_job("pin_cluster"), parts.of_job("pin_pool"), parts.cluster_names(), pools, strict=True
    )
    return _mask((a is not None and a != c) or (b is not None and b != p) for a, b, c, p in cells)


def moved(parts: Candidates) -> Bools:
    """The job runs already, on another pool."""
    result = np.zeros(len(parts.job), dtype=bool)
    where = zip(parts.of_job("cluster"), parts.of_job("pool"), strict=True)
    running = parts.schedule.ways.running[parts.job]
    for index, (cluster, pool) in enumerate(where):
        result[index] = running[index] and parts.fleet.pool_named(cluster, pool) != parts.pool[index]
    return result


def abroad(parts: Candidates) -> Bools:
    """The cluster's country is not among the job's `residency`; satellites have none."""
    countries = [parts.fleet.country(cluster) for cluster in parts.cluster]
    cells = zip(parts.of_job("residency"), countries, strict=True)
    return _mask(bool(allowed) and country not in allowed for allowed, country in cells)


def too_little_memory(parts: Candidates) -> Bools:
    """`memory_gb` is above the accelerator's."""
    memory = np.array([accelerator.memory_gb for accelerator in parts.fleet.accelerators])
    return np.asarray((parts.of_job("memory_gb") > memory[parts.pool]) & ~parts.taken_at_word)


def too_small(parts: Candidates) -> Bools:
    """The pool never has that many accelerators."""
    return np.asarray(parts.potential.max(axis=1)[parts.pool] < parts.size)


def too_loose(parts: Candidates) -> Bools:
    """The smallest fabric tier that holds the gang gives less than `sync_gbps`, or none holds it."""
    result = np.zeros(len(parts.job), dtype=bool)
    needed = parts.of_job("sync_gbps")
    for index in np.flatnonzero((needed > 0) & ~parts.taken_at_word):
        tiers = parts.fleet.pools[parts.pool[index]].fabric
        holding = [tier for tier in tiers if tier.accelerators >= parts.size[index]]
        if tiers:
            result[index] = not holding or min(holding, key=lambda t: t.accelerators).gbps < needed[index]
    return result


def too_far(parts: Candidates) -> Bools:
    """`max_rtt_ms` is below the round trip from `home`, or that is not known."""
    result = np.zeros(len(parts.job), dtype=bool)
    most, home = parts.of_job("max_rtt_ms"), parts.of_job("home")
    for index in np.flatnonzero(~np.isnan(most)):
        trip = parts.fleet.round_trip(home[index], int(parts.cluster[index]))
        result[index] = not trip <= most[index]
    return result


def out_of_touch(parts: Candidates) -> Bools:
    """`max_contact_gap_hours` is below the longest gap of the cluster's contact."""
    result = np.zeros(len(parts.job), dtype=bool)
    most = parts.of_job("max_contact_gap_hours")
    asked = np.flatnonzero(~np.isnan(most))
    if len(asked):
        result[asked] = most[asked] < parts.fleet.contact_gap[parts.cluster[asked]]
    return result


def too_fragile(parts: Candidates) -> Bools:
    """Goodput is below `policy.min_goodput`."""
    least = parts.fleet.scenario.policy.min_goodput
    return np.asarray((parts.schedule.parts.useful < least) & ~parts.taken_at_word)


IN_ORDER: tuple[tuple[str, Callable[[Candidates], Bools], Callable[[Candidates, int], str]], ...] = (
    ("running", moved, lambda p, i: f"it runs on {p.of_job('cluster')[i]} already and stays there."),
    ("eligible", off_list, lambda p, i: "the job's clusters or not_clusters rule it out."),
    ("pin", not_pinned, lambda p, i: f"it is pinned to {p.of_job('pin_cluster')[i] or p.of_job('pin_pool')[i]}."),
    ("eligible", abroad, lambda p, i: f"residency is {', '.join(p.of_job('residency')[i])}; the cluster is in "
                                      f"{p.fleet.country(int(p.cluster[i])) or 'no country'}."),
    ("eligible", too_little_memory, lambda p, i: f"memory_gb is {p.of_job('memory_gb')[i]:g}; the accelerator has "
                                                 f"{p.fleet.accelerators[p.pool[i]].memory_gb:g}."),
    ("eligible", too_small, lambda p, i: f"it needs {p.size[i]:,} accelerators; the pool never has more than "
                                         f"{p.potential[p.pool[i]].max():,}."),
    ("eligible", too_loose, lambda p, i: f"no fabric tier gives {p.size[i]:,} accelerators the "
                                         f"{p.of_job('sync_gbps')[i]:g} Gbit/s of sync_gbps."),
    ("eligible", too_far, lambda p, i: f"max_rtt_ms is {p.of_job('max_rtt_ms')[i]:g}; the round trip is "
                                       f"{p.fleet.round_trip(p.of_job('home')[i], int(p.cluster[i])):.1f} ms."),
    ("eligible", out_of_touch, lambda p, i: f"max_contact_gap_hours is {p.of_job('max_contact_gap_hours')[i]:g}; the "
                                            f"longest gap is {p.fleet.contact_gap[p.cluster[i]]:g} h."),
    ("eligible", too_fragile, lambda p, i: f"goodput is {p.schedule.parts.useful[i]:.3f}, below min_goodput."),
)  # fmt: skip


def check(schedule: Schedule, potential: Ints, findings: Findings) -> None:
    """Every part of every run is on a pool on which the job may run; `potential` are accelerators that there could be."""
    parts = Candidates(schedule, potential)
    told = np.zeros(len(parts.job), dtype=bool)
    for code, rule, words in IN_ORDER:
        for index in np.flatnonzero(rule(parts) & ~told):
            told[index] = True
            where = schedule.group_name(schedule.parts.group[index])
            findings.add(
                code,
                where,
                f"may not run on {parts.fleet.label(int(parts.pool[index]))}: {words(parts, int(index))}",
            )


def flow_may_run(fleet: Fleet, flow: int, pool: int) -> bool:
    """Whether a flow may run on a pool: `clusters`, `not_clusters`, `residency`, `memory_gb`, `max_rtt_ms`."""
    record, cluster = fleet.scenario.flows[flow], int(fleet.cluster_of[pool])
    name = fleet.clusters[cluster].name
    if (record.clusters and name not in record.clusters) or name in record.not_clusters:
        return False
    if record.residency and fleet.country(cluster) not in record.residency:
        return False
    if record.memory_gb > fleet.accelerators[pool].memory_gb:
        return False
    return record.max_rtt_ms is None or fleet.round_trip(record.home, cluster) <= record.max_rtt_ms
