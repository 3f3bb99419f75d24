"""From a solution in numbers to a plan in names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.bill import Bill
from placement.compile import Compiled
from placement.compile.ways import OK
from placement.fingerprint import fingerprint
from placement.kernels.placements import Placements, end_hours, window
from placement.kernels.work import STAGE, UNLOAD, Floats
from placement.money import CASH, SERVICE
from placement.plan import TABLES, Plan, empty, table
from placement.schema import Battery
from placement.solution import Solution, meter_readings

if TYPE_CHECKING:
    import pandas as pd

TINY_MW = 1e-9


@dataclass
class _Rows:
    """Rows of one table while they are collected."""

    name: str
    columns: dict[str, list[Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.columns = {column: [] for column in TABLES[self.name]}

    def add(self, **cells: Any) -> None:
        for column, cell in cells.items():
            self.columns[column].append(cell)

    def frame(self) -> pd.DataFrame:
        return table(self.name, self.columns) if next(iter(self.columns.values())) else empty(self.name)


def plan_of(compiled: Compiled, solution: Solution, found: Bill) -> Plan:
    """The plan that a solution stands for; `found` is what it costs."""
    scenario = compiled.legend.scenario
    tables = {
        "placements": _placements(compiled, solution),
        "jobs": _jobs(compiled, solution),
        "moves": _moves(compiled, solution),
        "flows": _flows(compiled, solution),
        "energy": _energy(compiled, solution),
        "states": _states(compiled, solution),
        "builds": _builds(compiled, solution),
        "launches": _launches(compiled, solution),
        "costs": _costs(compiled, found),
    }
    return Plan(scenario.name, fingerprint(scenario), tables)


@dataclass(frozen=True)
class _Group:
    """Units of a job that do the same: one used placement per segment."""

    job: int
    count: int
    members: tuple[int, ...]


def _groups(compiled: Compiled, solution: Solution) -> Iterator[_Group]:
    """Unit groups by job. Units of a job in segments are matched first in, first out, on each option."""
    problem, legend = compiled.problem, compiled.legend
    row = np.searchsorted(problem.work.job_options, solution.option, side="right") - 1
    of_row: dict[int, list[int]] = {}
    for n in np.lexsort((solution.start, solution.option, row)):
        of_row.setdefault(int(row[n]), []).append(int(n))
    for first in sorted(r for r in of_row if problem.previous[r] < 0):
        job = int(legend.job[first])
        rows = [first]
        while rows[-1] + 1 < len(legend.job) and problem.previous[rows[-1] + 1] == rows[-1]:
            rows.append(rows[-1] + 1)
        if len(rows) == 1:
            for n in of_row[first]:
                yield _Group(job, int(solution.count[n]), (n,))
        else:
            yield from _chains(compiled, solution, job, [of_row.get(r, []) for r in rows], rows)


def _chains(
    compiled: Compiled, solution: Solution, job: int, used: list[list[int]], rows: list[int]
) -> Iterator[_Group]:
    begin = compiled.problem.work.job_options
    options = sorted({int(solution.option[n] - begin[rows[0]]) for n in used[0]})
    for option in options:
        lines = []
        for row, members in zip(rows, used, strict=True):
            line = [[n, int(solution.count[n])] for n in members if solution.option[n] - begin[row] == option]
            lines.append(sorted(line, key=lambda item: int(solution.start[item[0]])))
        while all(lines):
            units = min(line[0][1] for line in lines)
            yield _Group(job, units, tuple(line[0][0] for line in lines))
            for line in lines:
                line[0][1] -= units
                if line[0][1] == 0:
                    line.pop(0)


def _placements(compiled: Compiled, solution: Solution) -> pd.DataFrame:
    legend, work = compiled.legend, compiled.problem.work
    jobs, placed = legend.scenario.jobs, solution.placed(work)
    ends = end_hours(work, placed)
    stage = window(work, STAGE, placed)
    unload = window(work, UNLOAD, placed)
    rows = _Rows("placements")
    number: dict[int, int] = {}
    grains = legend.grid.grains
    for group in _groups(compiled, solution):
        job = group.job
        number[job] = number.get(job, -1) + 1
        base = {"job": jobs["job"][job], "group": number[job], "count": group.count}
        option = int(solution.option[group.members[0]])
        base["option"] = legend.option_name(option)
        parts = range(int(legend.options.parts[option]), int(legend.options.parts[option + 1]))
        first, last = group.members[0], group.members[-1]
        clusters = list(dict.fromkeys(legend.pools[int(legend.options.part_pool[p])].cluster for p in parts))
        for cluster in _moving(compiled, job, clusters, legend.stage_tb):
            span = (int(stage[0][first]) * grains, int(stage[1][first]) * grains)
            _add_transfer(compiled, rows, base, "stage", 1, cluster, span, float(legend.stage_tb[job]))
        for segment, member in enumerate(group.members, start=1):
            if segment > 1:
                _add_pause(compiled, rows, base, segment - 1, parts[0], placed, group.members[segment - 2], member)
            for part, p in enumerate(parts, start=1):
                _add_run(compiled, rows, base, segment, part, p, placed, member, float(ends[member]))
        for cluster in _moving(compiled, job, clusters, legend.unload_tb):
            span = (int(unload[0][last]) * grains, int(unload[1][last]) * grains)
            if span[1] > span[0]:
                segments = len(group.members)
                _add_transfer(compiled, rows, base, "unload", segments, cluster, span, float(legend.unload_tb[job]))
    return rows.frame()


def _moving(compiled: Compiled, job: int, clusters: list[int], volume: Floats) -> list[int]:
    """Clusters over whose link a job's data go."""
    legend = compiled.legend
    if not volume[job] > 0:
        return []
    home = legend.scenario.jobs["home"][job]
    sites = legend.sites
    return [c for c in clusters if sites[c].cluster.link is not None and sites[c].cluster.name != home]


def _add_run(
    compiled: Compiled,
    rows: _Rows,
    base: dict[str, Any],
    segment: int,
    part: int,
    p: int,
    placed: Placements,
    n: int,
    end: float,
) -> None:
    legend = compiled.legend
    pool = legend.pools[int(legend.options.part_pool[p])]
    grid = legend.grid
    start = int(placed.start[n])
    rows.add(
        **base,
        kind="run",
        segment=segment,
        part=part,
        cluster=legend.sites[pool.cluster].cluster.name,
        pool=pool.pool.name,
        accelerators=int(legend.options.part_accelerators[p]),
        start=grid.when(float(grid.edges[start])),
        end=grid.when(end),
        start_grain=start * grid.grains,
        end_grain=int(placed.end[n]),
        tb=0.0,
        tail_hours=max(end - grid.hours, 0.0) if placed.left[n] > 0 else 0.0,
    )


def _add_transfer(
    compiled: Compiled,
    rows: _Rows,
    base: dict[str, Any],
    kind: str,
    segment: int,
    cluster: int,
    span: tuple[int, int],
    tb: float,
) -> None:
    legend = compiled.legend
    name = legend.sites[cluster].cluster.name
    _add_span(compiled, rows, base, kind, segment, name, "", span, tb)


def _add_pause(
    compiled: Compiled,
    rows: _Rows,
    base: dict[str, Any],
    segment: int,
    p: int,
    placed: Placements,
    before: int,
    after: int,
) -> None:
    legend = compiled.legend
    span = (int(placed.end[before]), int(placed.start[after]) * legend.grid.grains)
    if span[1] > span[0]:
        pool = legend.pools[int(legend.options.part_pool[p])]
        name = legend.sites[pool.cluster].cluster.name
        _add_span(compiled, rows, base, "pause", segment, name, str(pool.pool.name), span, 0.0)


def _add_span(
    compiled: Compiled,
    rows: _Rows,
    base: dict[str, Any],
    kind: str,
    segment: int,
    cluster: str,
    pool: str,
    span: tuple[int, int],
    tb: float,
) -> None:
    grid = compiled.legend.grid
    begin, end = (grid.when(float(grid.position_hours(position))) for position in span)
    rows.add(
        **base,
        kind=kind,
        segment=segment,
        part=1,
        cluster=cluster,
        pool=pool,
        accelerators=0,
        start=begin,
        end=end,
        start_grain=span[0],
        end_grain=span[1],
        tb=tb,
        tail_hours=0.0,
    )


def _jobs(compiled: Compiled, solution: Solution) -> pd.DataFrame:
    legend, problem = compiled.legend, compiled.problem
    jobs = legend.scenario.jobs
    rows = np.searchsorted(problem.work.job_options, solution.option, side="right") - 1
    first = problem.previous[rows] < 0
    placed = np.bincount(legend.job[rows[first]], solution.count[first], len(jobs)).astype(np.int64)
    firsts = np.flatnonzero(problem.previous < 0)
    deferred, rejected = solution.deferred[firsts], solution.rejected[firsts]
    away = (deferred > 0) | (rejected > 0)
    table_rows = _Rows("jobs")
    gone = {jobs["job"][j] for j in np.flatnonzero(placed < jobs["count"])}
    for j in range(len(jobs)):
        reason = _reason(compiled, j, int(deferred[j]), int(rejected[j]), gone) if away[j] else ""
        table_rows.add(
            job=jobs["job"][j],
            count=int(jobs["count"][j]),
            placed=int(placed[j]),
            deferred=int(deferred[j]),
            rejected=int(rejected[j]),
            reason=reason,
        )
    return table_rows.frame()


def _reason(compiled: Compiled, job: int, deferred: int, rejected: int, gone: set[str]) -> str:
    """Why units of a job are not placed."""
    legend = compiled.legend
    if not (legend.reasons[job] == OK).any():
        return f"it fits nowhere: {legend.why_nowhere(job)}"
    waits = [name for name in legend.scenario.jobs["after"][job] if name in gone]
    if waits:
        return f"it comes after {', '.join(waits)}, which is not placed"
    what = "waiting past the end costs" if deferred and not rejected else "turning it away costs"
    return f"{what} less than any place left for it"


def _moves(compiled: Compiled, solution: Solution) -> pd.DataFrame:
    rows, scenario = _Rows("moves"), compiled.legend.scenario
    for move, moved in zip(compiled.problem.supply.moves, solution.moved, strict=True):
        if moved:
            data = scenario.datasets[move.dataset]
            rows.add(dataset=data.name, cluster=scenario.clusters[move.cluster].name, tb=data.tb)
    return rows.frame()


def _flows(compiled: Compiled, solution: Solution) -> pd.DataFrame:
    rows, legend = _Rows("flows"), compiled.legend
    flows = compiled.problem.flows
    for w, number in enumerate(flows.way_flow):
        pool = legend.pools[flow_pool(compiled, w)]
        for t in np.flatnonzero(solution.flow[w] > 1e-9):
            rows.add(
                flow=legend.scenario.flows[number].name,
                cluster=legend.sites[pool.cluster].cluster.name,
                pool=pool.pool.name,
                slot=int(t),
                accelerators=float(solution.flow[w, t]),
            )
    return rows.frame()


def flow_pool(compiled: Compiled, way: int) -> int:
    """Pool of a way to serve a flow."""
    return int(compiled.legend.flow_pools[way])


def _energy(compiled: Compiled, solution: Solution) -> pd.DataFrame:
    legend, problem = compiled.legend, compiled.problem
    grid = legend.grid
    rows = _Rows("energy")
    readings = meter_readings(problem, solution)
    plants = {plant.cluster: use for plant, use in zip(problem.supply.plants, solution.plants, strict=True)}

    def add(cluster: str, source: str, kind: str, mw: Floats) -> None:
        for k in np.flatnonzero(mw > TINY_MW):
            rows.add(
                cluster=cluster, source=source, kind=kind, tick=int(k), slot=int(grid.tick_slot[k]), mw=float(mw[k])
            )

    for site in legend.sites:
        cluster = site.cluster
        if site.index in plants:
            use = plants[site.index]
            sources = [s for s in cluster.sources if not isinstance(s, Battery)]
            names = [(str(s.name), s.kind) for s in sources] or ([("grid", "grid")] if not cluster.orbital else [])
            for (name, kind), mw in zip(names, use.source, strict=True):
                add(cluster.name, name, kind, mw)
            batteries = [s for s in cluster.sources if isinstance(s, Battery)]
            for battery, taken, given in zip(batteries, use.charge, use.discharge, strict=True):
                add(cluster.name, battery.name, "charge", taken)
                add(cluster.name, battery.name, "discharge", given)
        elif site.grid_source is not None:
            watts = sum((readings[m] for m in legend.watt_meters[site.index]), np.zeros(grid.slots))
            draw = watts / 1e6 * cluster.pue + cluster.idle_mw
            add(cluster.name, site.grid_source.name, "grid", draw[grid.tick_slot])
    return rows.frame()


def _states(compiled: Compiled, solution: Solution) -> pd.DataFrame:
    rows, scenario = _Rows("states"), compiled.legend.scenario
    for gate, opened in zip(compiled.problem.supply.gates, solution.opened, strict=True):
        if gate.per_slot:
            for t, on in enumerate(opened):
                rows.add(cluster=scenario.clusters[gate.cluster].name, slot=t, on=bool(on))
    return rows.frame()


def _builds(compiled: Compiled, solution: Solution) -> pd.DataFrame:
    rows, scenario = _Rows("builds"), compiled.legend.scenario
    modules = [(cluster, module) for cluster in scenario.clusters for module in cluster.modules]
    for (cluster, module), arrays, number in zip(modules, compiled.problem.supply.modules, solution.built, strict=True):
        for v, q in zip(*np.nonzero(number), strict=True):
            rows.add(
                cluster=cluster.name,
                module=module.name,
                vehicle=scenario.vehicles[arrays.vehicles[v]].name if len(arrays.vehicles) else "",
                period=int(arrays.periods[q]),
                number=int(number[v, q]),
                stands_from_slot=int(arrays.stands_from[q]),
            )
    return rows.frame()


def _launches(compiled: Compiled, solution: Solution) -> pd.DataFrame:
    rows, legend = _Rows("launches"), compiled.legend
    for v, n, q in zip(*np.nonzero(solution.flown), strict=True):
        cluster, plane = legend.planes[n]
        rows.add(
            vehicle=legend.scenario.vehicles[v].name,
            cluster=legend.sites[cluster].cluster.name,
            plane=plane,
            period=int(q),
            flights=int(solution.flown[v, n, q]),
        )
    return rows.frame()


def _costs(compiled: Compiled, found: Bill) -> pd.DataFrame:
    rows = _Rows("costs")
    names = [site.cluster.name for site in compiled.legend.sites]
    order = {category: k for k, category in enumerate((*CASH, *SERVICE))}
    for (category, cluster), usd in sorted(found.items(), key=lambda item: (order[item[0][0]], item[0][1])):
        rows.add(category=category, cluster=names[cluster] if cluster >= 0 else "", usd=usd)
    return rows.frame()
