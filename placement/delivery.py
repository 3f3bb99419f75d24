"""What a plan delivers: reference accelerator-hours of useful work in each slot, by pool (`docs/model.md` §3, §8).

A run delivers hours × accelerators of its job, as its work is done; what a run with a tail does past the horizon is
left out. A flow delivers what is served of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from placement.compile.supply import flow_rate
from placement.ephemeris import pool_speed
from placement.kernels.work import Floats
from placement.plan import Plan
from placement.schema import Cluster, Flow, Pool, Scenario
from placement.timegrid import TimeGrid, timegrid

if TYPE_CHECKING:
    import pandas as pd

PoolName = tuple[str, str]
"""Cluster and pool."""


def delivered(scenario: Scenario, plan: Plan) -> dict[PoolName, Floats]:
    """Reference accelerator-hours of useful work by pool, shape (T,) each."""
    grid = timegrid(scenario.horizon)
    result = {}
    runs = _worth(scenario, plan)
    flows = {name: plan.flows.loc[rows] for name, rows in plan.flows.groupby(["cluster", "pool"]).groups.items()}
    for cluster, pool in scenario.pools():
        name = (cluster.name, str(pool.name))
        work = pool_speed(scenario, grid, cluster, pool) * grid.slot_hours
        hours = _of_runs(grid, work, runs.get(name, np.zeros((4, 0))))
        if name in flows:
            hours = hours + sum(_of_flow(scenario, cluster, pool, flow, work, flows[name]) for flow in scenario.flows)
        result[name] = hours
    return result


def _worth(scenario: Scenario, plan: Plan) -> dict[PoolName, Floats]:
    """Runs of each pool, shape (4, runs): first and last grain, hours after the end, hours delivered by the whole."""
    jobs = scenario.jobs
    row = {name: index for index, name in enumerate(jobs["job"])}
    runs = plan.placements[plan.placements["kind"] == "run"]
    if not len(runs):
        return {}
    index = np.array([row[name] for name in runs["job"]], dtype=np.int64)
    hours = scenario.unit_hours()
    parts = runs.groupby(["job", "group", "segment"])["part"].transform("max").to_numpy()
    worth = (hours * jobs["accelerators"])[index] * runs["work_share"].to_numpy() / parts * runs["count"].to_numpy()
    columns = np.array([runs["start_grain"], runs["end_grain"], runs["tail_hours"], worth], dtype=np.float64)
    names = list(zip(runs["cluster"].astype(str), runs["pool"].astype(str), strict=True))
    members: dict[PoolName, list[int]] = {}
    for k, name in enumerate(names):
        members.setdefault(name, []).append(k)
    return {name: columns[:, mine] for name, mine in members.items()}


def _of_runs(grid: TimeGrid, work: Floats, runs: Floats) -> Floats:
    """Shape (T,): hours that runs of a pool deliver, each in proportion to the work that the pool does."""
    start, end = (runs[k].astype(np.int64) for k in (0, 1))
    first, last = start // grid.grains, (end - 1) // grid.grains
    share = (end - last * grid.grains) / grid.grains
    so_far = np.concatenate([[0.0], np.cumsum(work)])
    whole = so_far[last] - so_far[first] + share * work[last] + runs[2] * so_far[-1] / grid.hours
    rate = np.divide(runs[3], whole, out=np.zeros(len(whole)), where=whole > 0)
    steps = np.zeros(grid.slots + 1)
    np.add.at(steps, first, rate)
    np.add.at(steps, last, -rate)
    result = np.cumsum(steps)[:-1] * work
    np.add.at(result, last, rate * share * work[last])
    return np.asarray(result, dtype=np.float64)


def of_flows(scenario: Scenario, plan: Plan) -> pd.DataFrame:
    """Accelerator-hours of each flow on each cluster: flow, cluster, held, delivered (reference accelerator-hours)."""
    import pandas as pd

    grid = timegrid(scenario.horizon)
    own = {name: plan.flows.loc[rows] for name, rows in plan.flows.groupby(["cluster", "pool"]).groups.items()}
    found = []
    for cluster, pool in scenario.pools():
        rows = own.get((cluster.name, str(pool.name)))
        if rows is None:
            continue
        work = pool_speed(scenario, grid, cluster, pool) * grid.slot_hours
        for flow in scenario.flows:
            mine = rows[rows["flow"] == flow.name]
            held = float(mine["accelerators"].to_numpy() @ grid.slot_hours[mine["slot"].to_numpy()])
            hours = float(_of_flow(scenario, cluster, pool, flow, work, rows).sum())
            found.append([flow.name, cluster.name, held, hours])
    return pd.DataFrame(found, columns=["flow", "cluster", "held", "delivered"])


def _of_flow(scenario: Scenario, cluster: Cluster, pool: Pool, flow: Flow, work: Floats, rows: pd.DataFrame) -> Floats:
    """Shape (T,): hours of a flow that a pool serves; `rows` of the pool, `work` that it can do in each slot."""
    result = np.zeros(len(work))
    served, mine = flow_rate(scenario, cluster, pool, flow), rows[rows["flow"] == flow.name]
    if served is not None and len(mine):
        slots = mine["slot"].to_numpy()
        np.add.at(result, slots, mine["accelerators"].to_numpy() * served[0] * work[slots])
    return result
