"""Ways to run jobs: options before their starts, with what excludes a job from a pool."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement import ephemeris
from placement.compile.fleet import PoolArrays, Site
from placement.kernels.work import Floats, Ints
from placement.physics.goodput import gang_rate, goodput
from placement.problem import Bools
from placement.schema import Cluster, Pool, Scenario
from placement.spacecraft import fabric
from placement.units import tb_per_hour

OK, BY_JOB, RESIDENCY, MEMORY, SIZE, FABRIC, LATENCY, CONTACT, GOODPUT, START, TAKEN = range(11)
"""Why a job may not run on a pool; 0: it may. TAKEN: the job has options of its own, none of them here."""


@dataclass
class Ways:
    """Options of scenario jobs, one part each or more; arrays grow while they are collected."""

    job: list[Ints] = field(default_factory=list)
    """Job of the scenario."""
    order: list[Ints] = field(default_factory=list)
    """Place among the options of its job."""
    work: list[Floats] = field(default_factory=list)
    """Hours at speed 1."""
    row: list[Ints] = field(default_factory=list)
    """First row in the option table; -1 if derived."""
    part_pool: list[list[Ints]] = field(default_factory=list)
    part_accelerators: list[list[Ints]] = field(default_factory=list)
    part_watts: list[list[Ints]] = field(default_factory=list)
    part_quote: list[list[Floats]] = field(default_factory=list)


@dataclass(frozen=True)
class Options:
    """Ways as arrays: O options, parts in compressed rows."""

    job: Ints
    work: Floats
    row: Ints
    parts: Ints
    """(O+1,)"""
    part_pool: Ints
    part_accelerators: Ints
    part_watts: Ints
    part_quote: Floats


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
    times: dict[str, Floats] = {}
    for row in limited:
        home = jobs["home"][row]
        if home not in times:
            times[home] = np.array([ephemeris.round_trip_ms(scenario, home, site.cluster) for site in sites])
        latency[row] = np.nan_to_num(times[home], nan=np.inf) <= jobs["max_rtt_ms"][row]
    gaps = np.array([site.contact_gap_hours for site in sites])
    for row in np.flatnonzero(~np.isnan(jobs["max_contact_gap_hours"])):
        contact[row] = gaps <= jobs["max_contact_gap_hours"][row]
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
    by_job = allowed_by_job(scenario, pools)
    by_place = _by_place(scenario, sites)
    of_pool = np.array([pool.cluster for pool in pools], dtype=np.int64)
    general = np.full((len(jobs), len(pools)), OK, dtype=np.int8)
    waiting = (jobs["state"] != "running")[:, None]
    for code, passes in ((CONTACT, by_place[2]), (LATENCY, by_place[1]), (RESIDENCY, by_place[0])):
        general[~passes[:, of_pool] & waiting] = code
    general[~by_job] = BY_JOB
    quoted = (
        np.isin(jobs["job"].astype(str), np.unique(scenario.options["job"].astype(str)))
        if len(scenario.options)
        else np.zeros(len(jobs), bool)
    )
    ways = Ways()
    derived = np.flatnonzero(~quoted)
    if len(derived):
        _derived(scenario, sites, pools, derived, general, reasons, ways)
    if quoted.any():
        _quoted(scenario, pools, general, reasons, ways, quoted)
    return _collect(ways), reasons


def _derived(
    scenario: Scenario,
    sites: list[Site],
    pools: list[PoolArrays],
    rows: Ints,
    general: NDArray[np.int8],
    reasons: NDArray[np.int8],
    ways: Ways,
) -> None:
    """One option per pool and job, and one more for each other size in the throughput table."""
    jobs = scenario.jobs
    classes = jobs["class"][rows]
    own_size = jobs["accelerators"][rows]
    cache: dict[str, Speeds] = {}
    for index, pool in enumerate(pools):
        name = pool.pool.accelerator
        known = cache.setdefault(name, speeds(scenario, name))
        ratio, kw = _own_speed(known, classes, own_size, pool.kw)
        code = _one_size(scenario, sites, pool, index, rows, own_size, ratio, kw, general, ways)
        sizes = sorted({size for _, size in known.sized})
        for order, size in enumerate(sizes, start=1):
            mine = np.flatnonzero([(c, size) in known.sized for c in classes] & (own_size != size))
            if len(mine) == 0:
                continue
            pairs = [known.sized[classes[i], size] for i in mine]
            ratio = np.array([pair[0] for pair in pairs])
            kw = np.array([pool.kw if pair[1] is None else pair[1] for pair in pairs])
            other = _one_size(
                scenario, sites, pool, index, rows[mine], np.full(len(mine), size), ratio, kw, general, ways, order
            )
            code[mine] = np.where(other == OK, OK, code[mine])
        reasons[rows, index] = code


def _own_speed(known: Speeds, classes: NDArray[Any], size: Ints, kw: float) -> tuple[Floats, Floats]:
    """Relative speed and kW of jobs at their own size."""
    ratio = np.full(len(classes), known.peak_ratio)
    power = np.full(len(classes), kw)
    if known.own or known.sized:
        for row, name in enumerate(classes):
            value = known.sized.get((name, int(size[row])), known.own.get(name))
            if value is not None:
                ratio[row] = value[0]
                power[row] = kw if value[1] is None else value[1]
    return ratio, power


def _one_size(
    scenario: Scenario,
    sites: list[Site],
    pool: PoolArrays,
    index: int,
    rows: Ints,
    size: Ints,
    ratio: Floats,
    kw: Floats,
    general: NDArray[np.int8],
    ways: Ways,
    order: int = 0,
) -> NDArray[np.int8]:
    """Options of jobs `rows` on a pool with gangs of `size`; returns what excludes each, 0 if nothing."""
    jobs = scenario.jobs
    cluster = sites[pool.cluster].cluster
    rate = gang_rate(size, ephemeris.interruptions(scenario, cluster, pool.pool))
    speed = tb_per_hour(cluster.storage_gbps) if cluster.storage_gbps else np.inf
    useful = goodput(rate, jobs["checkpoint_tb"][rows] / speed, cluster.restart_minutes / 60)
    code = np.full(len(rows), OK, dtype=np.int8)
    waiting = jobs["state"][rows] != "running"  # what runs somewhere has shown that it can
    code[useful < scenario.policy.min_goodput] = GOODPUT
    later = np.isin(general[rows, index], (LATENCY, CONTACT))
    code[later] = general[rows[later], index]
    code[_lacks_fabric(cluster, pool.pool, size, jobs["sync_gbps"][rows])] = FABRIC
    code[~waiting] = OK
    code[size > pool.potential.max(initial=0.0)] = SIZE
    memory = ephemeris.accelerator_of(scenario, pool.pool.accelerator).memory_gb
    code[(jobs["memory_gb"][rows] > memory) & waiting] = MEMORY
    first = np.isin(general[rows, index], (BY_JOB, RESIDENCY))
    code[first] = general[rows[first], index]
    good = code == OK
    mine = rows[good]
    hours = planned_hours(scenario)[mine]
    work = hours * jobs["accelerators"][mine] / (size[good] * ratio[good] * useful[good])
    count = len(mine)
    ways.job.append(mine)
    ways.order.append(np.full(count, index * 1000 + order))
    ways.work.append(work)
    ways.row.append(np.full(count, -1))
    ways.part_pool.append([np.full(count, index)])
    ways.part_accelerators.append([size[good]])
    ways.part_watts.append([watts(size[good], kw[good], jobs["utilization"][mine])])
    ways.part_quote.append([np.zeros(count)])
    return code


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
    ways: Ways,
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
    for order, ((name, _), rows) in enumerate(groups.items()):
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
        ways.job.append(np.array([job]))
        ways.order.append(np.array([order]))
        ways.work.append(np.array([_quoted_hours(scenario, job, float(table["hours"][rows[0]]))]))
        ways.row.append(np.array([rows[0]]))
        ways.part_pool.append([np.array([p]) for p in parts])
        ways.part_accelerators.append([np.array([n]) for n in sizes])
        use = jobs["utilization"][job]
        ways.part_watts.append([np.array([watts(n, pools[p].kw, use)]) for p, n in zip(parts, sizes, strict=True)])
        ways.part_quote.append([np.array([float(table["price_usd"][r])]) for r in rows])


def _quoted_hours(scenario: Scenario, job: int, hours: float) -> float:
    """Hours of a quoted option; of a running job the part that is left."""
    jobs = scenario.jobs
    if jobs["state"][job] == "running":
        return hours * float(jobs["hours_left"][job] / jobs["hours"][job])
    return hours


def _collect(ways: Ways) -> Options:
    """One set of arrays, by job, then order."""
    if not ways.job:
        none = np.zeros(0, dtype=np.int64)
        return Options(none, np.zeros(0), none, np.zeros(1, dtype=np.int64), none, none, none, np.zeros(0))
    job, order = np.concatenate(ways.job), np.concatenate(ways.order)
    work, row = np.concatenate(ways.work), np.concatenate(ways.row)
    width = np.concatenate([np.full(len(j), len(p)) for j, p in zip(ways.job, ways.part_pool, strict=True)])
    most = int(width.max(initial=1))

    def spread(parts: list[list[NDArray[Any]]], dtype: Any) -> NDArray[Any]:
        result = np.zeros((len(job), most), dtype=dtype)
        begin = 0
        for block in parts:
            for k, values in enumerate(block):
                result[begin : begin + len(values), k] = values
            begin += len(block[0])
        return result

    arrays = [
        spread(ways.part_pool, np.int64),
        spread(ways.part_accelerators, np.int64),
        spread(ways.part_watts, np.int64),
        spread(ways.part_quote, np.float64),
    ]
    by = np.lexsort((order, job))
    mask = np.arange(most)[None, :] < width[by][:, None]
    flat = [values[by][mask] for values in arrays]
    parts = np.concatenate([[0], np.cumsum(width[by])])
    return Options(job[by], work[by], row[by], parts, *flat)
