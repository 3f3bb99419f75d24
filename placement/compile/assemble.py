"""The crossing itself: a scenario in, arrays and their legend out."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from placement.compile import fleet as fleets
from placement.compile import investments, limits, supply, uses
from placement.compile import rows as fleet_rows
from placement.compile.groups import Groups
from placement.compile.legend import Legend
from placement.compile.meters import Meters, RowList
from placement.compile.options import Options, blocks
from placement.compile.prices import constants, meter_terms
from placement.compile.starts import Bounds, Starting, spans
from placement.compile.ways import OK, START, options, planned_hours
from placement.kernels.placements import allowed, ranges
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.work import NARROW, Floats, Ints, Work
from placement.money import BOUNDARIES, counts
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
    share: Floats
    """Of the job's work, that the row does."""
    first: Ints
    """(jobs,) row of each job's first segment."""


def compile_scenario(scenario: Scenario, *, every_row: bool = False) -> Compiled:
    """The arrays of a scenario.

    Everything that physics and eligibility decide is settled here: which options exist, when they may start, what
    they use, what everything costs. Rows that nothing can fill are left out, unless `every_row` is asked for.
    """
    grid = timegrid(scenario.horizon)
    sites, pools = fleets.sites(scenario, grid), fleets.pools(scenario, grid)
    groups = Groups(scenario)
    ways, reasons = options(scenario, sites, pools)
    rows = job_rows(scenario)
    ways = _by_segment(scenario, ways, rows)
    meters = Meters()
    data = uses.uses(scenario, grid, sites, pools, ways, rows.job, rows.segment, rows.segments, groups, meters)
    flows = supply.flows(scenario, grid, sites, pools, groups, meters)
    work = _work(scenario, grid, sites, pools, ways, rows, data)
    table_row = ways.row
    del ways  # the work says the same, and they are large
    capacities = fleet_rows.resource_capacities(scenario, grid, sites, meters, potential=True)
    bounds = _bounds(scenario, grid, rows, data.ready, work, table_row)
    starting = Starting(work, bounds, meters, sites, pools, capacities, grid)
    work = spans(starting)
    pool_of_meter = _pool_of_meter(meters)
    _note_starts(reasons, rows, work, pool_of_meter)
    terms = [*meter_terms(scenario, grid, sites, pools, meters), *data.prices]
    inside = BOUNDARIES[scenario.policy.minimise]
    meter_usd = np.zeros((len(meters), grid.slots))
    for term in terms:
        if counts(term.category, scenario.policy.minimise):
            meter_usd[term.meter] += term.usd
    count = scenario.jobs["count"][rows.job]
    listed = RowList(grid.slots)
    most = uses.most_read(work, count, flows, len(meters))
    if every_row:
        most = np.full(len(most), np.inf)
    pool_rows = fleet_rows.pool_rows(pools, sites, meters, listed, most)
    power_rows = fleet_rows.power_rows(sites, meters, listed, most)
    gated = fleet_rows.gate_rows(pools, sites, meters, listed)
    resource_rows = fleet_rows.resource_rows(scenario, grid, sites, meters, listed)
    fleet_rows.link_rows(sites, meters, listed)
    tallies = limits.limit_rows(scenario, grid, sites, pools, groups, meters, listed, terms)
    held = np.array([sum(most[m] for _, m in meters.like("acc", index)) for index in range(len(pools))])
    supplied, committed = supply.supply(
        scenario, grid, sites, pools, meters, pool_rows, gated, held, power_rows, tallies, data.moves, resource_rows
    )
    fixed = constants(scenario, grid, sites, pools)
    problem = Problem(
        work=work,
        count=count,
        reject_usd=reject_usd(scenario, rows),
        defer_usd=defer_usd(scenario, grid, rows),
        previous=np.where(rows.segment > 0, np.arange(len(rows.job)) - 1, -1),
        option_move=data.option_move,
        option_moves=data.option_moves,
        meter_usd=meter_usd,
        rows=listed.rows(),
        alone=fleet_rows.alone_rows(sites, pools, pool_rows, power_rows, resource_rows),
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
    problem = replace(problem, forced_usd=forced_usd(problem))
    legend = Legend(
        scenario, grid, sites, pools, rows.job, rows.segment, rows.share, work, table_row, pool_of_meter, reasons,
        tuple(terms), data.terms, fixed, committed, data.stage_tb, data.unload_tb, _flow_pools(flows, meters),
        {site.index: [number for _, number in meters.like("watt", site.index)] for site in sites},
        investments.planes(sites), starting,
    )  # fmt: skip
    return Compiled(problem, legend)


def _pool_of_meter(meters: Meters) -> Ints:
    """(M,) pool whose accelerators a meter counts; -1 for the other meters."""
    result = np.full(len(meters), -1)
    for key, number in meters.like("acc"):
        result[number] = key[1]
    return result


def _flow_pools(flows: Flows, meters: Meters) -> Ints:
    """Pool of each way to serve a flow: that of its first meter."""
    return _pool_of_meter(meters)[flows.use_meter[flows.way_uses[:-1]]]


def job_rows(scenario: Scenario) -> JobRows:
    segments = scenario.jobs["segments"]
    job = np.repeat(np.arange(len(segments)), segments)
    first = np.concatenate([[0], np.cumsum(segments)])[:-1].astype(np.int64)
    share = 1.0 / segments[job]
    for j in np.flatnonzero(segments > 1):
        given = scenario.jobs["segment_shares"][j]
        if given:
            share[first[j] : first[j] + len(given)] = given
    return JobRows(job, np.arange(len(job)) - first[job], segments[job], share, first)


def _by_segment(scenario: Scenario, whole: Options, rows: JobRows) -> Options:
    """Options of job rows: those of the job, with the work of the segment."""
    if (rows.segments == 1).all():
        return whole
    count = np.diff(whole.begin)[rows.job]
    source = ranges(whole.begin[rows.job], count)
    row = np.repeat(np.arange(len(rows.job)), count)
    work = whole.work[source] * rows.share[row]
    work = work + np.where(rows.segment[row] > 0, scenario.jobs["resume_hours"][rows.job[row]], 0.0)
    width = np.diff(whole.parts)[source]
    part = ranges(whole.parts[:-1][source], width)
    return Options(
        np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
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

    of_pool = np.array([number(pool.speed) for pool in pools], dtype=NARROW["option_clock"])
    clock = of_pool[ways.part_pool if ways.single else ways.part_pool[ways.parts[:-1]]]
    for option in () if ways.single else np.flatnonzero(np.diff(ways.parts) > 1):
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
    tail = policy.terminal_usd_per_accelerator_hour * work_left[rows.job] * rows.share
    option_tail = np.repeat(tail, np.diff(ways.begin))
    option_tail /= ways.work
    links = [link for site in sites for link in (site.link_in, site.link_out) if link is not None]
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
        job_options=ways.begin,
        job_ready=ready,
        job_delay=delay,
        option_clock=clock,
        option_work=ways.work,
        option_usd=data.option_usd(scenario),
        option_tail=option_tail,
        option_spans=np.zeros(len(ways) + 1, dtype=np.int64),
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


def _bounds(
    scenario: Scenario, grid: TimeGrid, rows: JobRows, there: Ints, work: Work, table_row: NDArray[np.int32]
) -> Bounds:
    """Dates of jobs; `there` and `table_row`, shape (O,): by data sets, and rows of options in the option table."""
    jobs, table = scenario.jobs, scenario.options
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
    ready: Ints = np.broadcast_to(np.int64(0), len(there))
    until: Ints = np.broadcast_to(np.int64(grid.slots - 1), len(there))
    if not (np.isnat(table["earliest_start"]) & np.isnat(table["latest_start"])).all():
        quoted, starts = table_row >= 0, np.repeat(rows.segment == 0, np.diff(work.job_options))
        earliest = np.nan_to_num(grid.hours_of(table["earliest_start"]), nan=0.0)
        latest = np.nan_to_num(grid.hours_of(table["latest_start"]), nan=grid.hours)
        ready = np.where(quoted, grid.slot_from(earliest)[table_row], 0)
        until = np.where(quoted & starts, grid.slot_until(latest)[table_row], until)
    return Bounds(first, last, deadline, tail, ready, until, there)


def _note_starts(reasons: NDArray[np.int8], rows: JobRows, work: Work, pool_of_meter: Ints) -> None:
    """Mark pools on which a job has options but no allowed start in some segment."""
    startless = np.zeros(reasons.shape, dtype=bool)
    started = np.zeros(reasons.shape, dtype=bool)
    for first, end in blocks(work.job_options):
        options = slice(work.job_options[first], work.job_options[end])
        uses = work.option_uses[options.start : options.stop + 1]
        some = np.repeat(np.diff(work.option_spans[options.start : options.stop + 1]) > 0, np.diff(uses))
        job = np.repeat(rows.job[first:end], np.diff(uses[work.job_options[first : end + 1] - options.start]))
        pool = pool_of_meter[work.use_meter[uses[0] : uses[-1]]]
        here = pool >= 0
        job, pool, some = job[here], pool[here], some[here]
        started[job[some], pool[some]] = True
        startless[job[~some], pool[~some]] = True
    reasons[(reasons == OK) & startless & ~started] = START


def default_reject(scenario: Scenario) -> Floats:
    """Shape (jobs,): policy value × hours × accelerators × weight of the priority."""
    jobs, policy = scenario.jobs, scenario.policy
    weight = np.array([1.0 if p is None else policy.priorities[p] for p in jobs["priority"]], dtype=np.float64)
    hours = planned_hours(scenario)
    return np.asarray(policy.reject_usd_per_accelerator_hour * hours * jobs["accelerators"] * weight, dtype=np.float64)


def reject_usd(scenario: Scenario, rows: JobRows) -> Floats:
    jobs = scenario.jobs
    usd = np.where(np.isnan(jobs["reject_usd"]), default_reject(scenario), jobs["reject_usd"])
    usd = np.where(jobs["must_run"] | (jobs["state"] == "running"), np.inf, usd)[rows.job]
    return np.where((rows.segment > 0) & np.isfinite(usd), 0.0, usd)


def defer_usd(scenario: Scenario, grid: TimeGrid, rows: JobRows) -> Floats:
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
    waiting = np.flatnonzero([bool(after) for after in jobs["after"]])
    index = {name: row for row, name in enumerate(jobs["job"])} if len(waiting) else {}
    pairs = []
    for later in waiting:
        for name in dict.fromkeys(jobs["after"][later]):
            earlier = index[name]
            last = int(rows.first[earlier]) + int(jobs["segments"][earlier]) - 1
            pairs.append(After(last, int(rows.first[later]), float(jobs["after_lag_hours"][later])))
    return tuple(pairs)


def forced_usd(problem: Problem) -> float:
    """Dollars of jobs with one outcome: only to be turned away, or to run in one way at one time."""
    work = problem.work
    of_job = _starts(work)
    hopeless = of_job == 0
    for j in np.flatnonzero(problem.previous >= 0)[::-1]:  # a job without a place for a segment has no place at all
        if hopeless[j]:
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


def _starts(work: Work) -> Ints:
    """(J,) placements of each job."""
    result = np.zeros(work.jobs, dtype=np.int64)
    for first, end in blocks(work.job_options):
        begin = work.option_spans[work.job_options[first : end + 1]]
        spans = slice(begin[0], begin[-1])
        total = np.concatenate([[0], np.cumsum(work.span_last[spans] - work.span_first[spans] + 1)])
        result[first:end] = np.diff(total[begin - begin[0]])
    return result
