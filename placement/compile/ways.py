"""Ways to run jobs: options before their starts, with what excludes a job from a pool."""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement import ephemeris
from placement.compile.fleet import PoolArrays, Site
from placement.compile.options import Options, Part, Ways, collected
from placement.kernels.work import Floats, Ints
from placement.physics.goodput import gang_rate, goodput
from placement.problem import Bools
from placement.schema import Cluster, Pool, Scenario
from placement.spacecraft import fabric
from placement.units import tb_per_hour

OK, BY_JOB, RESIDENCY, MEMORY, SIZE, FABRIC, LATENCY, CONTACT, GOODPUT, START, TAKEN = range(11)
"""Why a job may not run on a pool; 0: it may. TAKEN: the job has options of its own, none of them here."""


def planned_hours(scenario: Scenario) -> Floats:
    """Shape (jobs,): hours that are planned with: left, the 90 % quantile, or expected."""
    jobs = scenario.jobs
    hours = jobs["hours"].copy()
    if scenario.policy.run_time == "p90":
        hours = np.where(np.isnan(jobs["hours_p90"]), hours, jobs["hours_p90"])
    return np.asarray(np.where(jobs["state"] == "running", jobs["hours_left"], hours), dtype=np.float64)


def watts(accelerators: Any, kw: Any, utilization: Any) -> Ints:
    """IT watts of a part: ceil(1000 n kw utilization - 1e-6)."""
    return np.asarray(np.ceil(1000.0 * np.asarray(accelerators) * kw * utilization - 1e-6), dtype=np.int64)


def allowed_by_job(scenario: Scenario, pools: list[PoolArrays]) -> Bools:
    """Shape (jobs, pools): what lists, pins and running state of jobs leave."""
    jobs = scenario.jobs
    names = [scenario.clusters[pool.cluster].name for pool in pools]
    pool_names = [pool.pool.name for pool in pools]
    allowed = np.ones((len(jobs), len(pools)), dtype=bool)
    of_cluster = {name: np.array([n == name for n in names], dtype=bool) for name in set(names)}
    of_pool = {name: np.array([n == name for n in pool_names], dtype=bool) for name in set(pool_names)}
    running = jobs["state"] == "running"
    for row in np.flatnonzero([bool(c) for c in jobs["clusters"]]):
        allowed[row] &= np.any([of_cluster[name] for name in jobs["clusters"][row]], axis=0)
    for row in np.flatnonzero([bool(c) for c in jobs["not_clusters"]]):
        allowed[row] &= ~np.any([of_cluster[name] for name in jobs["not_clusters"][row]], axis=0)
    for row in np.flatnonzero([c is not None for c in jobs["pin_cluster"]]):
        allowed[row] &= of_cluster[jobs["pin_cluster"][row]]
    for row in np.flatnonzero([c is not None for c in jobs["pin_pool"]]):
        allowed[row] &= of_pool[jobs["pin_pool"][row]]
    for row in np.flatnonzero(running):
        allowed[row] &= of_cluster[jobs["cluster"][row]]
        if jobs["pool"][row] is not None:
            allowed[row] &= of_pool[jobs["pool"][row]]
    return allowed


def _by_place(scenario: Scenario, sites: list[Site]) -> tuple[Bools, Bools, Bools]:
    """Shape (jobs, clusters) each: residency, latency and contact allow it."""
    jobs = scenario.jobs
    shape = (len(jobs), len(sites))
    residency, latency, contact = np.ones(shape, bool), np.ones(shape, bool), np.ones(shape, bool)
    countries = [site.cluster.place.country if site.cluster.place else None for site in sites]
    for row in np.flatnonzero([bool(r) for r in jobs["residency"]]):
        residency[row] = [country in jobs["residency"][row] for country in countries]
    limited = np.flatnonzero(~np.isnan(jobs["max_rtt_ms"]))
    homes = jobs["home"][limited]
    for home in dict.fromkeys(homes):
        rows = limited[homes == home]
        times = np.array([ephemeris.round_trip_ms(scenario, home, site.cluster) for site in sites])
        latency[rows] = np.nan_to_num(times, nan=np.inf) <= jobs["max_rtt_ms"][rows, None]
    gaps = np.array([site.contact_gap_hours for site in sites])
    limited = np.flatnonzero(~np.isnan(jobs["max_contact_gap_hours"]))
    contact[limited] = gaps <= jobs["max_contact_gap_hours"][limited, None]
    return residency, latency, contact


@dataclass(frozen=True)
class Speeds:
    """Relative speed and power of classes on one accelerator."""

    peak_ratio: float
    own: dict[str, tuple[float, float | None]]
    """Class: (relative speed, kW) of rows without a size."""
    sized: dict[tuple[str, int], tuple[float, float | None]]
    """(class, size): the same of rows with a size."""


def speeds(scenario: Scenario, accelerator: str) -> Speeds:
    """What the throughput table and the peaks say about an accelerator."""
    table = scenario.throughput
    reference = ephemeris.accelerator_of(scenario, scenario.reference_accelerator)
    ratio = ephemeris.accelerator_of(scenario, accelerator).bf16_tflops / reference.bf16_tflops
    own, sized = {}, {}
    for row in np.flatnonzero(table["accelerator"] == accelerator):
        kw = float(table["kw_per_accelerator"][row])
        value = (float(table["relative_speed"][row]), None if np.isnan(kw) else kw)
        if table["accelerators"][row]:
            sized[table["class"][row], int(table["accelerators"][row])] = value
        else:
            own[table["class"][row]] = value
    return Speeds(ratio, own, sized)


def options(scenario: Scenario, sites: list[Site], pools: list[PoolArrays]) -> tuple[Options, NDArray[np.int8]]:
    """All options that the rules before starts allow, and why the other pools are out, shape (jobs, pools)."""
    jobs = scenario.jobs
    reasons = np.full((len(jobs), len(pools)), OK, dtype=np.int8)
    general = _general(scenario, sites, pools)
    quoted = (
        np.isin(jobs["job"].astype(str), np.unique(scenario.options["job"].astype(str)))
        if len(scenario.options)
        else np.zeros(len(jobs), bool)
    )
    ways: deque[Ways] = deque()
    derived = np.flatnonzero(~quoted)
    if len(derived):
        _derived(scenario, sites, pools, derived, general, reasons, ways)
    if quoted.any():
        _quoted(scenario, pools, general, reasons, ways, quoted)
    return collected(ways, len(jobs)), reasons


def _general(scenario: Scenario, sites: list[Site], pools: list[PoolArrays]) -> NDArray[np.int8]:
    """Shape (jobs, pools): what jobs and clusters by themselves rule out."""
    by_job = allowed_by_job(scenario, pools)
    residency, latency, contact = _by_place(scenario, sites)
    waiting = scenario.jobs["state"] != "running"
    general = np.full(by_job.shape, OK, dtype=np.int8, order="F")
    for index, pool in enumerate(pools):
        for code, passes in ((CONTACT, contact), (LATENCY, latency), (RESIDENCY, residency)):
            general[~passes[:, pool.cluster] & waiting, index] = code
        general[~by_job[:, index], index] = BY_JOB
    return general


@dataclass(frozen=True)
class _Gangs:
    """Gangs of jobs of the scenario, one each; shape (n,)."""

    scenario: Scenario
    job: Ints
    size: Ints
    hours: Floats
    """Planned with."""
    waiting: Bools
    """What runs somewhere has shown that it can."""
    checkpoint_tb: Floats
    kinds: tuple[Ints, ...]
    """First of each kind, and (n,) kind; gangs of a kind are alike in size and checkpoint."""

    def column(self, name: str) -> NDArray[Any]:
        """A column of the jobs."""
        return self.scenario.jobs[name][self.job]


def _gangs(scenario: Scenario, job: Ints, size: Ints) -> _Gangs:
    checkpoint = scenario.jobs["checkpoint_tb"][job]
    _, by_checkpoint = np.unique(checkpoint, return_inverse=True)
    key = by_checkpoint * (int(size.max(initial=0)) + 1) + size
    _, first, kind = np.unique(key, return_index=True, return_inverse=True)
    waiting = scenario.jobs["state"][job] != "running"
    return _Gangs(scenario, job, size, planned_hours(scenario)[job], waiting, checkpoint, (first, kind))


def _derived(
    scenario: Scenario,
    sites: list[Site],
    pools: list[PoolArrays],
    rows: Ints,
    general: NDArray[np.int8],
    reasons: NDArray[np.int8],
    ways: deque[Ways],
) -> None:
    """One option per pool and job, and one more for each other size in the throughput table."""
    jobs = scenario.jobs
    own = _gangs(scenario, rows, jobs["accelerators"][rows])
    names = {name: number for number, name in enumerate(dict.fromkeys(jobs["class"][rows]))}
    classes = np.array([names[name] for name in jobs["class"][rows]], dtype=np.int64)
    cache: dict[str, Speeds] = {}
    for index, pool in enumerate(pools):
        name = pool.pool.accelerator
        known = cache.setdefault(name, speeds(scenario, name))
        ratio, kw = _own_speed(known, list(names), classes, own.size, pool.kw)
        code = _one_size(sites, pool, index, own, ratio, kw, general, ways)
        for size in sorted({size for _, size in known.sized}):
            sized = {names[c]: value for (c, s), value in known.sized.items() if s == size and c in names}
            mine = np.flatnonzero(np.isin(classes, list(sized)) & (own.size != size))
            if len(mine) == 0:
                continue
            gangs = _gangs(scenario, rows[mine], np.full(len(mine), size))
            pairs = [sized[c] for c in classes[mine].tolist()]
            ratio = np.array([pair[0] for pair in pairs])
            kw = np.array([pool.kw if pair[1] is None else pair[1] for pair in pairs])
            other = _one_size(sites, pool, index, gangs, ratio, kw, general, ways)
            code[mine] = np.where(other == OK, OK, code[mine])
        reasons[rows, index] = code


def _own_speed(
    known: Speeds, names: list[str | None], classes: Ints, size: Ints, kw: float
) -> tuple[Floats | float, Floats | float]:
    """Relative speed and kW of jobs at their own size; one number each where all are alike."""
    if not known.own and not known.sized:
        return known.peak_ratio, kw
    most = int(size.max(initial=0)) + 1
    kinds, which = np.unique(classes * most + size, return_inverse=True)
    ratio, power = np.full(len(kinds), known.peak_ratio), np.full(len(kinds), kw)
    for kind, key in enumerate(kinds.tolist()):
        name = names[key // most]
        value = known.sized.get((name, key % most), known.own.get(name))
        if value is not None:
            ratio[kind] = value[0]
            power[kind] = kw if value[1] is None else value[1]
    return ratio[which], power[which]


def _one_size(
    sites: list[Site],
    pool: PoolArrays,
    index: int,
    gangs: _Gangs,
    ratio: Floats | float,
    kw: Floats | float,
    general: NDArray[np.int8],
    ways: deque[Ways],
) -> NDArray[np.int8]:
    """Options of gangs on a pool at a relative speed and kW; returns what excludes each, 0 if nothing."""
    scenario, size, waiting = gangs.scenario, gangs.size, gangs.waiting
    useful = _useful(sites[pool.cluster].cluster, pool.pool, gangs)
    ruled_out = general[gangs.job, index]
    code = np.full(len(size), OK, dtype=np.int8)
    code[useful < scenario.policy.min_goodput] = GOODPUT
    later = (ruled_out == LATENCY) | (ruled_out == CONTACT)
    code[later] = ruled_out[later]
    code[_lacks_fabric(sites[pool.cluster].cluster, pool.pool, size, gangs.column("sync_gbps"))] = FABRIC
    code[~waiting] = OK
    code[size > pool.potential.max(initial=0.0)] = SIZE
    memory = ephemeris.accelerator_of(scenario, pool.pool.accelerator).memory_gb
    code[(gangs.column("memory_gb") > memory) & waiting] = MEMORY
    first = (ruled_out == BY_JOB) | (ruled_out == RESIDENCY)
    code[first] = ruled_out[first]
    good = np.flatnonzero(code == OK)
    own, job, size = gangs.column("accelerators")[good], gangs.job[good], size[good]
    ratio = ratio[good] if isinstance(ratio, np.ndarray) else ratio
    kw = kw[good] if isinstance(kw, np.ndarray) else kw
    work = gangs.hours[good] * own / (size * ratio * useful[good])
    drawn = watts(size, kw, scenario.jobs["utilization"][job])
    ways.append(Ways(job.astype(np.int32), work, (Part(index, size.astype(np.int32), drawn),)))
    return code


def _useful(cluster: Cluster, pool: Pool, gangs: _Gangs) -> Floats:
    """(n,) goodput of gangs on a pool."""
    first, kind = gangs.kinds
    rate = gang_rate(gangs.size[first], ephemeris.interruptions(gangs.scenario, cluster, pool))
    speed = tb_per_hour(cluster.storage_gbps) if cluster.storage_gbps else np.inf
    return goodput(rate, gangs.checkpoint_tb[first] / speed, cluster.restart_minutes / 60)[kind]


def _lacks_fabric(cluster: Cluster, pool: Pool, size: Ints, sync_gbps: Floats) -> Bools:
    """Whether the smallest fabric tier that holds a gang gives it less than it needs, or none holds it."""
    tiers = fabric(cluster, pool)
    if not tiers:
        return np.zeros(len(size), dtype=bool)
    sizes = np.array([tier.accelerators for tier in tiers])
    gbps = np.array([tier.gbps for tier in tiers] + [0.0])
    tier = np.searchsorted(sizes, size, side="left")
    return (sync_gbps > 0) & (gbps[tier] < sync_gbps)


def _quoted(
    scenario: Scenario,
    pools: list[PoolArrays],
    general: NDArray[np.int8],
    reasons: NDArray[np.int8],
    ways: deque[Ways],
    quoted: Bools,
) -> None:
    """Options of the option table; rows of one (job, option) are its parts."""
    table, jobs = scenario.options, scenario.jobs
    job_row = {name: row for row, name in enumerate(jobs["job"])}
    pool_of = {(scenario.clusters[p.cluster].name, p.pool.name): i for i, p in enumerate(pools)}
    only = {scenario.clusters[p.cluster].name: i for i, p in enumerate(pools)}
    reasons[quoted] = TAKEN
    groups: dict[tuple[str, str], list[int]] = {}
    for row in range(len(table)):
        groups.setdefault((table["job"][row], table["option"][row]), []).append(row)
    for (name, _), rows in groups.items():
        job = job_row[name]
        parts = [
            only[table["cluster"][r]] if table["pool"][r] is None else pool_of[table["cluster"][r], table["pool"][r]]
            for r in rows
        ]
        sizes = [int(table["accelerators"][r]) for r in rows]
        codes = [
            int(general[job, p]) or (SIZE if n > pools[p].potential.max(initial=0.0) else OK)
            for p, n in zip(parts, sizes, strict=True)
        ]
        for p in parts:
            if reasons[job, p] != OK:
                reasons[job, p] = max(codes) if max(codes) else OK
        if any(codes):
            continue
        work = np.array([_quoted_hours(scenario, job, float(table["hours"][rows[0]]))])
        use = jobs["utilization"][job]
        kw = [float(table["kw_per_accelerator"][r]) for r in rows]
        kw = [pools[p].kw if np.isnan(own) else own for p, own in zip(parts, kw, strict=True)]
        drawn = [int(watts(n, own, use)) for n, own in zip(sizes, kw, strict=True)]
        usd = [float(table["price_usd"][r]) for r in rows]
        ways.append(Ways(np.array([job]), work, tuple(map(Part, parts, sizes, drawn, usd)), rows[0]))


def _quoted_hours(scenario: Scenario, job: int, hours: float) -> float:
    """Hours of a quoted option; of a running job the part that is left."""
    jobs = scenario.jobs
    if jobs["state"][job] == "running":
        return hours * float(jobs["hours_left"][job] / jobs["hours"][job])
    return hours
