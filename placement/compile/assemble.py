"""The crossing itself: a scenario in, arrays and their legend out."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from placement.compile import fleet as fleets
from placement.compile import limits, supply, uses
from placement.compile import rows as fleet_rows
from placement.compile.groups import Groups
from placement.compile.legend import Legend
from placement.compile.meters import Meters, RowList
from placement.compile.prices import constants, meter_terms
from placement.compile.starts import Bounds, spans
from placement.compile.ways import OK, START, Options, options, planned_hours
from placement.kernels.placements import allowed, ranges
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.work import Floats, Ints, Work
from placement.money import BOUNDARIES
from placement.problem import After, Flows, Problem
from placement.schema import Scenario
from placement.timegrid import TimeGrid, timegrid


@dataclass(frozen=True)
class Compiled:
    """A problem and what its numbers are called."""

    problem: Problem
    legend: Legend


@dataclass(frozen=True)
class JobRows:
    """Job rows: one per segment of each job of the scenario."""

    job: Ints
    segment: Ints
    segments: Ints
    """Segments of the row's job."""
    first: Ints
    """(jobs,) row of each job's first segment."""


def compile_scenario(scenario: Scenario) -> Compiled:
    """The arrays of a scenario.

    Everything that physics and eligibility decide is settled here: which options exist, when they may start, what
    they use, what everything costs.
    """
    grid = timegrid(scenario.horizon)
    sites, pools = fleets.sites(scenario, grid), fleets.pools(scenario, grid)
    groups = Groups(scenario)
    whole, reasons = options(scenario, sites, pools)
    rows = _job_rows(scenario)
    ways = _by_segment(scenario, whole, rows)
    meters = Meters()
    data = uses.uses(scenario, grid, sites, pools, ways, rows.job, rows.segment, rows.segments, groups, meters)
    flows = supply.flows(scenario, grid, sites, pools, groups, meters)
    work = _work(scenario, grid, sites, pools, ways, rows, data)
    capacities = fleet_rows.resource_capacities(scenario, grid, sites, meters)
    work = spans(work, _bounds(scenario, grid, rows, ways, data.ready), ways, sites, pools, capacities)
    _note_starts(reasons, rows, ways, work)
    terms = meter_terms(scenario, grid, sites, pools, meters)
    inside = BOUNDARIES[scenario.policy.minimise]
    meter_usd = np.zeros((len(meters), grid.slots))
    for term in terms:
        if term.category in inside:
            meter_usd[term.meter] += term.usd
    count = scenario.jobs["count"][rows.job]
    listed = RowList(grid.slots)
    most = uses.most_read(work, count, flows, len(meters))
    pool_rows = fleet_rows.pool_rows(pools, sites, meters, listed, most)
    power_rows = fleet_rows.power_rows(sites, meters, listed, most)
    gated = fleet_rows.gate_rows(pools, sites, meters, listed)
    fleet_rows.resource_rows(scenario, grid, sites, meters, listed)
    fleet_rows.link_rows(sites, meters, listed)
    tallies = limits.limit_rows(scenario, grid, sites, pools, groups, meters, listed, terms)
    held = np.array([sum(most[m] for _, m in meters.like("acc", index)) for index in range(len(pools))])
    supplied, committed = supply.supply(
        scenario, grid, sites, pools, meters, pool_rows, gated, held, power_rows, tallies, data.moves
    )
    fixed = constants(scenario, grid, sites, pools)
    problem = Problem(
        work=work,
        count=count,
        reject_usd=_reject(scenario, rows),
        defer_usd=_defer(scenario, grid, rows),
        previous=np.where(rows.segment > 0, np.arange(len(rows.job)) - 1, -1),
        option_move=data.option_move,
        option_moves=data.option_moves,
        meter_usd=meter_usd,
        rows=listed.rows(),
        alone=fleet_rows.alone_rows(sites, pools, pool_rows, power_rows),
        after=_after(scenario, rows),
        flows=flows,
        supply=supplied,
        tick_slot=grid.tick_slot,
        tick_hours=grid.tick_hours,
        tick_span=grid.tick_span,
        representative=grid.representative,
        month=grid.month,
        month_count=grid.month_count,
        period=grid.period,
        constant_usd=sum(usd for (category, _), usd in fixed.items() if category in inside),
        forced_usd=0.0,
        row_blocks=tuple(listed.blocks),
    )
    problem = replace(problem, forced_usd=_forced(problem))
    legend = Legend(
        scenario, grid, sites, pools, rows.job, rows.segment, ways, reasons, tuple(terms), data.terms, fixed, committed,
        data.stage_tb, data.unload_tb, _flow_pools(flows, meters),
        {site.index: [number for _, number in meters.like("watt", site.index)] for site in sites}, supply.planes(sites),
    )  # fmt: skip
    return Compiled(problem, legend)


def _flow_pools(flows: Flows, meters: Meters) -> Ints:
    """Pool of each way to serve a flow: that of its first meter."""
    pool_of = {number: int(key[1]) for key, number in meters.like("acc")}  # type: ignore[call-overload]
    return np.array([pool_of[int(flows.use_meter[begin])] for begin in flows.way_uses[:-1]], dtype=np.int64)


def _job_rows(scenario: Scenario) -> JobRows:
    segments = scenario.jobs["segments"]
    job = np.repeat(np.arange(len(segments)), segments)
    first = np.concatenate([[0], np.cumsum(segments)])[:-1].astype(np.int64)
    return JobRows(job, np.arange(len(job)) - first[job], segments[job], first)


def _by_segment(scenario: Scenario, whole: Options, rows: JobRows) -> Options:
    """Options of job rows: those of the job, with the work of the segment."""
    begin = np.searchsorted(whole.job, np.arange(len(scenario.jobs) + 1))
    source = ranges(begin[rows.job], np.diff(begin)[rows.job])
    row = np.repeat(np.arange(len(rows.job)), np.diff(begin)[rows.job])
    work = whole.work[source] / rows.segments[row]
    work = work + np.where(rows.segment[row] > 0, scenario.jobs["resume_hours"][rows.job[row]], 0.0)
    width = np.diff(whole.parts)[source]
    part = ranges(whole.parts[:-1][source], width)
    return Options(
        row,
        work,
        whole.row[source],
        np.concatenate([[0], np.cumsum(width)]).astype(np.int64),
        whole.part_pool[part],
        whole.part_accelerators[part],
        whole.part_watts[part],
        whole.part_quote[part],
    )


def _clocks(grid: TimeGrid, pools: list[fleets.PoolArrays], ways: Options) -> tuple[Ints, Floats]:
    """Clock of each option and the running sums of work of each clock: one per distinct speed."""
    speeds: dict[bytes, int] = {}
    lines: list[Floats] = []

    def number(speed: Floats) -> int:
        key = speed.tobytes()
        if key not in speeds:
            speeds[key] = len(lines)
            lines.append(np.concatenate([[0.0], np.cumsum(speed * grid.slot_hours)]))
        return speeds[key]

    of_pool = np.array([number(pool.speed) for pool in pools], dtype=np.int64)
    clock = of_pool[ways.part_pool[ways.parts[:-1]]] if len(ways.job) else np.zeros(0, dtype=np.int64)
    for option in np.flatnonzero(np.diff(ways.parts) > 1):
        members = ways.part_pool[ways.parts[option] : ways.parts[option + 1]]
        clock[option] = number(np.min([pools[p].speed for p in members], axis=0))
    return clock, np.array(lines)


def _work(
    scenario: Scenario,
    grid: TimeGrid,
    sites: list[fleets.Site],
    pools: list[fleets.PoolArrays],
    ways: Options,
    rows: JobRows,
    data: uses.Uses,
) -> Work:
    """The kernels' arrays, without spans."""
    jobs, policy = scenario.jobs, scenario.policy
    clock, clock_work = _clocks(grid, pools, ways)
    stage_first, unload_end, beyond = uses.windows(grid, policy.stage_hours, policy.unload_hours)
    ready = ready_hours(scenario, grid)[rows.job]
    last = rows.segment == rows.segments - 1
    delay = np.where(last, jobs["delay_usd_per_hour"][rows.job], 0.0)
    work_left = planned_hours(scenario) * jobs["accelerators"]
    tail = policy.terminal_usd_per_accelerator_hour * (work_left / jobs["segments"])[rows.job][ways.job]
    links = [link for site in sites for link in (site.link_in, site.link_out) if link is not None]
    inside = BOUNDARIES[policy.minimise]
    return Work(
        grains=grid.grains,
        edges=grid.edges,
        discount=grid.discount(scenario.money.rate),
        stage_first=stage_first,
        unload_end=unload_end,
        unload_beyond=beyond,
        clock_work=clock_work,
        clock_tail_speed=clock_work[:, -1] / grid.hours,
        link_prefix=np.array([np.concatenate([[0.0], np.cumsum(link)]) for link in links]).reshape(-1, grid.slots + 1),
        link_rate=np.array([link.sum() / grid.hours for link in links]),
        job_options=np.searchsorted(ways.job, np.arange(len(rows.job) + 1)).astype(np.int64),
        job_ready=ready,
        job_delay=delay,
        option_clock=clock,
        option_work=ways.work,
        option_usd=data.option_usd(inside),
        option_tail=tail / ways.work,
        option_spans=np.zeros(len(ways.job) + 1, dtype=np.int64),
        span_first=np.zeros(0, dtype=np.int64),
        span_last=np.zeros(0, dtype=np.int64),
        option_uses=data.option_uses,
        use_meter=data.meter,
        use_amount=data.amount,
        use_kind=data.kind,
        use_link=data.link,
    )


def ready_hours(scenario: Scenario, grid: TimeGrid) -> Floats:
    """Shape (jobs,): hours from which a job can run: the latest of 0 and `earliest_start`, else `submitted`."""
    jobs = scenario.jobs
    hours = np.where(
        np.isnat(jobs["earliest_start"]), grid.hours_of(jobs["submitted"]), grid.hours_of(jobs["earliest_start"])
    )
    return np.asarray(np.maximum(np.nan_to_num(hours, nan=0.0), 0.0), dtype=np.float64)


def _bounds(scenario: Scenario, grid: TimeGrid, rows: JobRows, ways: Options, data_ready: Ints) -> Bounds:
    jobs = scenario.jobs
    first = np.minimum(grid.slot_from(ready_hours(scenario, grid)), grid.slots)
    last = np.full(len(jobs), grid.slots - 1)
    pinned = ~np.isnat(jobs["pin_start"])
    pin = grid.slot_from(np.nan_to_num(grid.hours_of(jobs["pin_start"])))
    first = np.where(pinned, pin, first)
    last = np.where(pinned, pin, last)
    running = jobs["state"] == "running"
    first, last = np.where(running, 0, first), np.where(running, 0, last)
    first, last = first[rows.job], last[rows.job]
    later = rows.segment > 0
    first = np.where(later & pinned[rows.job], pin[rows.job], first)
    last = np.where(later, grid.slots - 1, last)
    deadline = np.nan_to_num(grid.hours_of(jobs["deadline"]), nan=np.inf)[rows.job]
    tail = (rows.segment == rows.segments - 1) & scenario.policy.tails
    job = ways.job
    return Bounds(np.maximum(first[job], data_ready), last[job], deadline[job], tail[job])


def _note_starts(reasons: NDArray[np.int8], rows: JobRows, ways: Options, work: Work) -> None:
    """Mark pools on which a job has options but no allowed start in some segment."""
    some = np.diff(work.option_spans) > 0
    part_option = np.repeat(np.arange(len(ways.job)), np.diff(ways.parts))
    job = rows.job[ways.job[part_option]]
    startless = np.zeros(reasons.shape, dtype=bool)
    started = np.zeros(reasons.shape, dtype=bool)
    np.logical_or.at(startless, (job, ways.part_pool), ~some[part_option])
    np.logical_or.at(started, (job, ways.part_pool), some[part_option])
    reasons[(reasons == OK) & startless & ~started] = START


def default_reject(scenario: Scenario) -> Floats:
    """Shape (jobs,): policy value × hours × accelerators × weight of the priority."""
    jobs, policy = scenario.jobs, scenario.policy
    weight = np.array([1.0 if p is None else policy.priorities[p] for p in jobs["priority"]], dtype=np.float64)
    hours = planned_hours(scenario)
    return np.asarray(policy.reject_usd_per_accelerator_hour * hours * jobs["accelerators"] * weight, dtype=np.float64)


def _reject(scenario: Scenario, rows: JobRows) -> Floats:
    jobs = scenario.jobs
    usd = np.where(np.isnan(jobs["reject_usd"]), default_reject(scenario), jobs["reject_usd"])
    usd = np.where(jobs["must_run"] | (jobs["state"] == "running"), np.inf, usd)[rows.job]
    return np.where((rows.segment > 0) & np.isfinite(usd), 0.0, usd)


def _defer(scenario: Scenario, grid: TimeGrid, rows: JobRows) -> Floats:
    jobs, policy = scenario.jobs, scenario.policy
    hours = planned_hours(scenario)
    usd = policy.terminal_usd_per_accelerator_hour * hours * jobs["accelerators"]
    usd = usd + jobs["delay_usd_per_hour"] * (grid.hours + hours - ready_hours(scenario, grid))
    deadline = np.nan_to_num(grid.hours_of(jobs["deadline"]), nan=np.inf)
    barred = jobs["must_run"] | (jobs["state"] == "running") | ~np.isnat(jobs["pin_start"])
    barred |= deadline < grid.hours + hours - 1e-6
    usd = np.where(barred | (not policy.defer), np.inf, usd)[rows.job]
    return np.where(rows.segment > 0, np.inf, usd)


def _after(scenario: Scenario, rows: JobRows) -> tuple[After, ...]:
    jobs = scenario.jobs
    index = {name: row for row, name in enumerate(jobs["job"])}
    pairs = []
    for later in np.flatnonzero([bool(after) for after in jobs["after"]]):
        for name in dict.fromkeys(jobs["after"][later]):
            earlier = index[name]
            last = int(rows.first[earlier]) + int(jobs["segments"][earlier]) - 1
            pairs.append(After(last, int(rows.first[later]), float(jobs["after_lag_hours"][later])))
    return tuple(pairs)


def _forced(problem: Problem) -> float:
    """Dollars of jobs with one outcome: only to be turned away, or to run in one way at one time."""
    work = problem.work
    starts = np.concatenate([[0], np.cumsum(work.span_last - work.span_first + 1)])
    of_option = starts[work.option_spans]
    of_job = np.diff(of_option[work.job_options])
    hopeless = of_job == 0
    for j in range(len(of_job) - 1, -1, -1):  # a job without a place for a segment has no place at all
        if problem.previous[j] >= 0 and hopeless[j]:
            hopeless[problem.previous[j]] = True
    away = np.minimum(problem.reject_usd, problem.defer_usd)
    first = problem.previous < 0
    usd = float((away * problem.count)[hopeless & first & np.isfinite(away)].sum())
    fixed = np.flatnonzero((of_job == 1) & ~np.isfinite(away))
    sums = running_sums(problem.meter_usd)
    for k in fixed.tolist():
        placed = allowed(work, int(work.job_options[k]), int(work.job_options[k + 1]))
        usd += float(placement_usd(work, problem.meter_usd, sums, placed)[0]) * int(problem.count[k])
    return usd
