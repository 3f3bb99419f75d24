"""From a solution in numbers to a plan in names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.bill import Bill
from placement.compile import Compiled
from placement.fingerprint import fingerprint
from placement.kernels.work import Floats
from placement.money import SERVICE, cash_of
from placement.placement_table import placements
from placement.plan import TABLES, Plan, empty, table
from placement.schema import Battery
from placement.solution import Solution, meter_readings

if TYPE_CHECKING:
    import pandas as pd

TINY_MW = 1e-9

MOST_TOLD = 4_000_000
"""Jobs that fit nowhere, times pools and slots, of which it is told what lets them in: that takes some seconds."""


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
        "placements": placements(compiled, solution),
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


def _jobs(compiled: Compiled, solution: Solution) -> pd.DataFrame:
    legend, problem = compiled.legend, compiled.problem
    jobs = legend.scenario.jobs
    rows = np.searchsorted(problem.work.job_options, solution.option, side="right") - 1
    first = problem.previous[rows] < 0
    placed = np.bincount(legend.job[rows[first]], solution.count[first], len(jobs)).astype(np.int64)
    firsts = np.flatnonzero(problem.previous < 0)
    deferred, rejected = solution.deferred[firsts], solution.rejected[firsts]
    gone = {jobs["job"][j] for j in np.flatnonzero(placed < jobs["count"])}
    reason = np.full(len(jobs), "", dtype=object)
    told, each = 0, len(legend.pools) * problem.work.slots
    for j in np.flatnonzero((deferred > 0) | (rejected > 0)).tolist():
        reason[j] = _reason(compiled, j, int(deferred[j]), int(rejected[j]), gone, brief=told >= MOST_TOLD)
        told += each * bool(legend.nowhere[j])
    return table(
        "jobs",
        {
            "job": jobs["job"],
            "count": jobs["count"],
            "placed": placed,
            "deferred": deferred,
            "rejected": rejected,
            "reason": reason,
        },
    )


def _reason(compiled: Compiled, job: int, deferred: int, rejected: int, gone: set[str], *, brief: bool) -> str:
    """Why units of a job are not placed."""
    legend = compiled.legend
    if legend.nowhere[job]:
        return f"it fits nowhere: {legend.why_nowhere(job, brief=brief)}"
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
    order = {category: k for k, category in enumerate((*cash_of(compiled.legend.scenario), *SERVICE))}
    for (category, cluster), usd in sorted(found.items(), key=lambda item: (order[item[0][0]], item[0][1])):
        rows.add(category=category, cluster=names[cluster] if cluster >= 0 else "", usd=usd)
    return rows.frame()
