"""Ways to run a job: where, how many accelerators, how much work, which power (docs/model.md 3)."""

import math
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from oracle.campaigns import jobs_asked_for
from oracle.fleet import TB_PER_GBPS_HOUR, Bay, Fleet, Place

from placement import ephemeris
from placement.physics.goodput import gang_rate, goodput
from placement.spacecraft import fabric


@dataclass(frozen=True)
class Part:
    """Accelerators of one pool that a run holds."""

    place: Place
    accelerators: int
    watts: int


@dataclass(frozen=True)
class Way:
    """One way to run a job."""

    name: str
    parts: tuple[Part, ...]
    works: tuple[float, ...]
    """Hours at speed 1 of each segment."""
    speed: tuple[float, ...]
    """In each slot, the lowest of its parts."""
    quotes: tuple[tuple[str, float], ...] = ()
    """$ by cluster, of each part of an option."""
    window: tuple[float | None, float | None] = (None, None)
    """Hours between which it begins, where the option table says so."""

    @property
    def clusters(self) -> tuple[str, ...]:
        """Clusters of its parts, each once."""
        return tuple(dict.fromkeys(part.place[0] for part in self.parts))


@dataclass(frozen=True)
class Pace:
    """Relative speed of a class on a pool, and the power of each accelerator there."""

    relative: float
    kw: float


def jobs(fleet: Fleet) -> list[SimpleNamespace]:
    """The rows of the job table with plain values, dates as hours, None where nothing is given; and campaigns' jobs."""
    table = fleet.scenario.jobs
    listed = [
        SimpleNamespace(**{name: _plain(fleet, table[name][row]) for name in table.columns})
        for row in range(len(table))
        if table["campaign"][row] is None
    ]
    return listed + [job for campaign in fleet.scenario.campaigns for job in jobs_asked_for(fleet, campaign)]


def _plain(fleet: Fleet, value: Any) -> Any:
    if hasattr(value, "dtype") and value.dtype.kind == "M":
        hours = float(fleet.grid.hours_of(value))
        return None if math.isnan(hours) else hours
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and math.isnan(value) else value


def planned_hours(fleet: Fleet, job: Any) -> float:
    """Hours that are planned with: what is left of a running job, the 90 % quantile where that is asked for."""
    if job.state == "running":
        return job.hours_left
    if fleet.scenario.policy.run_time == "p90" and job.hours_p90 is not None:
        return job.hours_p90
    return job.hours


def ways(fleet: Fleet, job: Any) -> list[Way]:
    """The ways in which a job may run (rules 1 to 8)."""
    table = fleet.scenario.options
    rows = [row for row in range(len(table)) if table["job"][row] == job.job]
    if rows:
        return _table_ways(fleet, job, rows)
    return [way for bay in fleet.bays.values() for way in _pool_ways(fleet, job, bay)]


def _table_ways(fleet: Fleet, job: Any, rows: list[int]) -> list[Way]:
    table = fleet.scenario.options
    found = []
    for name in dict.fromkeys(table["option"][row] for row in rows):
        own = [row for row in rows if table["option"][row] == name]
        places = [_option_place(fleet, table["cluster"][row], table["pool"][row]) for row in own]
        if not all(_allowed_pool(job, place) and _allowed_site(fleet, job, place[0]) for place in places):
            continue
        sizes = [int(table["accelerators"][row]) for row in own]
        parts = tuple(
            Part(place, n, watts(n, fleet.bays[place].kw if math.isnan(kw) else kw, job.utilization))
            for place, n, kw in zip(places, sizes, table["kw_per_accelerator"][own].tolist(), strict=True)
        )
        hours = float(table["hours"][own[0]])
        if job.state == "running":
            hours *= job.hours_left / job.hours
        quotes = tuple((place[0], float(table["price_usd"][row])) for place, row in zip(places, own, strict=True))
        ends = [float(fleet.grid.hours_of(table[end][own[0]])) for end in ("earliest_start", "latest_start")]
        first, last = (None if math.isnan(hour) else hour for hour in ends)
        window = (first, last)
        found.append(Way(str(name), parts, _works(job, hours), _slowest(fleet, places), quotes, window))
    return found


def _option_place(fleet: Fleet, cluster: str, pool: str | None) -> Place:
    return (cluster, pool) if pool is not None else fleet.sites[cluster].bays[0].place


def _slowest(fleet: Fleet, places: list[Place]) -> tuple[float, ...]:
    return tuple(min(fleet.bays[place].speed[t] for place in places) for t in range(fleet.slots))


def _pool_ways(fleet: Fleet, job: Any, bay: Bay) -> list[Way]:
    if not _allowed_pool(job, bay.place) or not _allowed_site(fleet, job, bay.place[0]):
        return []
    found = []
    for size in [job.accelerators, *_other_sizes(fleet, job, bay)]:
        useful = _goodput(fleet, job, bay, size)
        if not _allowed_gang(fleet, job, bay, size, useful):
            continue
        own = pace(fleet, vars(job)["class"], bay, size)
        hours = planned_hours(fleet, job) * job.accelerators / (size * own.relative * useful)
        part = Part(bay.place, size, watts(size, own.kw, job.utilization))
        found.append(Way(f"{'/'.join(bay.place)} x {size}", (part,), _works(job, hours), tuple(bay.speed)))
    return found


def _other_sizes(fleet: Fleet, job: Any, bay: Bay) -> list[int]:
    table = fleet.scenario.throughput
    of_class = vars(job)["class"]
    sizes = [
        int(table["accelerators"][row])
        for row in range(len(table))
        if of_class is not None
        and table["class"][row] == of_class
        and table["accelerator"][row] == bay.pool.accelerator
    ]
    return [n for n in sizes if n not in (0, job.accelerators)]


def pace(fleet: Fleet, of_class: str | None, bay: Bay, size: int | None) -> Pace:
    """Relative speed: the throughput row of that size, else the one without, else by the BF16 peaks."""
    table = fleet.scenario.throughput
    for wanted in (size, 0):
        for row in range(len(table)):
            key = (table["class"][row], table["accelerator"][row], int(table["accelerators"][row]))
            if of_class is not None and key == (of_class, bay.pool.accelerator, wanted):
                kw = float(table["kw_per_accelerator"][row])
                return Pace(float(table["relative_speed"][row]), bay.kw if math.isnan(kw) else kw)
    own = ephemeris.accelerator_of(fleet.scenario, bay.pool.accelerator)
    reference = ephemeris.accelerator_of(fleet.scenario, fleet.scenario.reference_accelerator)
    return Pace(own.bf16_tflops / reference.bf16_tflops, bay.kw)


def useful_share(fleet: Fleet, bay: Bay, size: int, checkpoint_tb: float) -> float:
    """Goodput of a gang of that size on a pool."""
    cluster = fleet.site(bay.place).cluster
    writing = checkpoint_tb / (TB_PER_GBPS_HOUR * cluster.storage_gbps) if cluster.storage_gbps is not None else 0.0
    rate = gang_rate(size, ephemeris.interruptions(fleet.scenario, cluster, bay.pool))
    return float(goodput(rate, writing, cluster.restart_minutes / 60))


def _goodput(fleet: Fleet, job: Any, bay: Bay, size: int) -> float:
    return useful_share(fleet, bay, size, job.checkpoint_tb)


def watts(accelerators: int, kw: float, utilization: float) -> int:
    """Power without PUE, whole watts."""
    return math.ceil(1000 * accelerators * kw * utilization - 1e-6)


def _works(job: Any, hours: float) -> tuple[float, ...]:
    return tuple(hours * share + (job.resume_hours if i else 0.0) for i, share in enumerate(shares(job)))


def shares(job: Any) -> tuple[float, ...]:
    """Of the work, what each segment does."""
    return tuple(job.segment_shares) or (1 / job.segments,) * job.segments


def _allowed_pool(job: Any, place: Place) -> bool:
    """Rule 1."""
    cluster, pool = place
    if job.state == "running" and (cluster != job.cluster or job.pool not in (None, pool)):
        return False
    return (
        (not job.clusters or cluster in job.clusters)
        and cluster not in job.not_clusters
        and job.pin_cluster in (None, cluster)
        and job.pin_pool in (None, pool)
    )


def _allowed_site(fleet: Fleet, job: Any, cluster: str) -> bool:
    """Rules 2, 6 and 7; a running job has shown that it can run where it is."""
    if job.state == "running":
        return True
    if not reachable(fleet, cluster, job.residency, job.home, job.max_rtt_ms):
        return False
    return job.max_contact_gap_hours is None or fleet.sites[cluster].gap <= job.max_contact_gap_hours


def reachable(
    fleet: Fleet, cluster: str, residency: tuple[str, ...], home: str | None, max_rtt_ms: float | None
) -> bool:
    """Rules 2 and 6, for jobs and flows: the country, and the round trip from home."""
    record = fleet.sites[cluster].cluster
    if residency and (record.place is None or record.place.country not in residency):
        return False
    if max_rtt_ms is None:
        return True
    rtt = ephemeris.round_trip_ms(fleet.scenario, home, record)
    return not math.isnan(rtt) and rtt <= max_rtt_ms


def fits_memory(fleet: Fleet, bay: Bay, memory_gb: float) -> bool:
    """Rule 3."""
    return memory_gb <= ephemeris.accelerator_of(fleet.scenario, bay.pool.accelerator).memory_gb


def _allowed_gang(fleet: Fleet, job: Any, bay: Bay, size: int, useful: float) -> bool:
    """Rules 3, 5 and 8; a running job has shown that it can run where it is."""
    if job.state == "running":
        return useful > 0
    if not fits_memory(fleet, bay, job.memory_gb) or useful < fleet.scenario.policy.min_goodput:
        return False
    tiers = fabric(fleet.site(bay.place).cluster, bay.pool)
    if job.sync_gbps == 0 or not tiers:
        return True
    holding = [tier for tier in tiers if tier.accelerators >= size]
    return bool(holding) and min(holding, key=lambda tier: tier.accelerators).gbps >= job.sync_gbps
