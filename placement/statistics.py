"""What a plan delivers, to whom, where, and at what price: the tables behind `placement show`.

Delivered accelerator-hours are reference accelerator-hours of useful work inside the horizon: hours × accelerators of
a job's placed units, for runs with a tail the part that is done by the end, and what is served of flows. Cash of a
cluster at each boundary is shared out to teams and priorities by the accelerator-hours that they hold there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from placement.compile.fleet import number_there
from placement.compile.growth import accelerators_of, orders
from placement.delivery import of_flows
from placement.ephemeris import pool_speed, sunlit_slots, working_share
from placement.footprint import footprint
from placement.kernels.work import Floats
from placement.money import BOUNDARIES, counts
from placement.plan import Plan
from placement.schema import Boundary, Cluster, Pool, Scenario
from placement.series import on_slots
from placement.timegrid import TimeGrid, timegrid
from placement.verifier.findings import LimitUse

if TYPE_CHECKING:
    import pandas as pd

NONE = "(none)"

LARGEST = 12
"""Runs alike in the table of the largest."""


@dataclass(frozen=True)
class Statistics:
    """Tables of one plan."""

    clusters: pd.DataFrame
    teams: pd.DataFrame
    priorities: pd.DataFrame
    orbits: pd.DataFrame
    """Sunlit share and speed of orbital pools."""
    footprint: pd.DataFrame
    """Carbon by origin and water of each cluster (`placement.footprint`)."""
    delivered: float
    """Reference accelerator-hours inside the horizon."""
    orbital_share: float
    """Of `delivered`, in orbit."""
    waiting_usd: float
    """What waiting alone costs: `delay_usd_per_hour` from when jobs could start to when they do."""
    largest: pd.DataFrame
    """Runs alike that hold the most accelerator-hours, the first of them first."""
    limits: pd.DataFrame
    """Each limit: what there is of it where it is tightest."""


def statistics(scenario: Scenario, plan: Plan, limits: tuple[LimitUse, ...] = ()) -> Statistics:
    """All tables of a plan; `limits` as the verifier found them."""
    grid = timegrid(scenario.horizon)
    runs, flows = _runs(scenario, grid, plan), _flows(scenario, plan)
    clusters = _clusters(scenario, grid, plan, runs, flows)
    total = float(clusters["delivered_hours"].sum())
    up = float(clusters.loc[clusters["where"] == "orbit", "delivered_hours"].sum())
    return Statistics(
        clusters,
        _people(scenario, plan, runs, flows, clusters, "team"),
        _people(scenario, plan, runs, flows, clusters, "priority"),
        _orbits(scenario, grid),
        footprint(scenario, grid, plan),
        total,
        up / total if total else 0.0,
        float(runs["waiting_usd"].sum()),
        _largest(grid, runs),
        _limits(grid, limits),
    )


def _largest(grid: TimeGrid, runs: pd.DataFrame) -> pd.DataFrame:
    """The first runs by accelerator-hours held, in the order of their starts."""
    some = runs.sort_values("held", ascending=False, kind="stable").head(LARGEST)
    some = some.sort_values(["start_grain", "job", "segment", "part"], kind="stable")
    left = some["tail_hours"].to_numpy()
    table = some[["job", "segment", "cluster", "pool", "count", "accelerators", "start", "held"]].copy()
    table["hours"] = grid.position_hours(some["end_grain"].to_numpy())
    table["hours"] += left - grid.position_hours(some["start_grain"].to_numpy())
    table["beyond_hours"] = left
    return table.reset_index(drop=True)


def _limits(grid: TimeGrid, uses: tuple[LimitUse, ...]) -> pd.DataFrame:
    """A row for each side of each limit, at the span that leaves the least."""
    import pandas as pd

    rows = []
    for use in uses:
        for side, border in (("max", use.most), ("min", use.least)):
            if border is None:
                continue
            left = border - use.amount if side == "max" else use.amount - border
            worst = int(np.argmin(left))
            size = 1e-6 * np.maximum(1.0, np.abs(border))
            rows.append(
                {
                    "limit": use.limit.name,
                    "of": use.limit.of,
                    "per": use.limit.per,
                    "side": side,
                    "amount": float(use.amount[worst]),
                    "border": float(border[worst]),
                    "when": grid.when(float(grid.edges[use.first[worst]])),
                    "spans": len(border),
                    "binding": int((left <= size).sum()),
                    "broken": int((left < -size).sum()),
                }
            )
    columns = ["limit", "of", "per", "side", "amount", "border", "when", "spans", "binding", "broken"]
    return pd.DataFrame(rows, columns=columns)


def _runs(scenario: Scenario, grid: TimeGrid, plan: Plan) -> pd.DataFrame:
    """Runs of the plan with what they hold and deliver, and how long their jobs waited."""
    jobs = scenario.jobs
    row = {name: index for index, name in enumerate(jobs["job"])}
    runs = plan.placements[plan.placements["kind"] == "run"].copy()
    index = np.array([row[name] for name in runs["job"]], dtype=np.int64)
    hours = scenario.unit_hours()
    parts = runs.groupby(["job", "group", "segment"])["part"].transform("max").to_numpy()
    worth = (hours * jobs["accelerators"])[index] * runs["work_share"].to_numpy() / parts * runs["count"].to_numpy()
    start, end = (grid.position_hours(runs[name].to_numpy()) for name in ("start_grain", "end_grain"))
    runs["held"] = runs["accelerators"].to_numpy() * runs["count"].to_numpy() * (end - start)
    runs["delivered"] = worth * _done(scenario, grid, runs)
    submitted = np.nan_to_num(grid.hours_of(jobs["submitted"]), nan=0.0)
    running = jobs["state"] == "running"
    ready = np.where(np.isnat(jobs["earliest_start"]), submitted, grid.hours_of(jobs["earliest_start"]))
    wait = np.where(running[index], np.nan, np.maximum(start - ready[index], 0.0))
    runs["wait"] = np.where((runs["segment"] == 1) & (runs["part"] == 1), wait, np.nan)
    late = np.maximum(start - np.maximum(ready, 0.0)[index], 0.0) * jobs["delay_usd_per_hour"][index]
    once = (runs["segment"] == 1) & (runs["part"] == 1)
    runs["waiting_usd"] = np.where(once, late * runs["count"].to_numpy(), 0.0)
    for key in ("team", "priority"):
        runs[key] = [jobs[key][i] or NONE for i in index]
    return runs


def _flows(scenario: Scenario, plan: Plan) -> pd.DataFrame:
    """What flows hold and deliver on each cluster, and whose they are."""
    found = of_flows(scenario, plan)
    for key in ("team", "priority"):
        of = {flow.name: getattr(flow, key) or NONE for flow in scenario.flows}
        found[key] = [of[name] for name in found["flow"]]
    return found


def _done(scenario: Scenario, grid: TimeGrid, runs: pd.DataFrame) -> Floats:
    """Share of each run's work that is done by the end of the horizon."""
    share = np.ones(len(runs))
    tails = np.flatnonzero(runs["tail_hours"].to_numpy() > 0)
    pools = {(cluster.name, pool.name): (cluster, pool) for cluster, pool in scenario.pools()}
    clocks: dict[tuple[str, str], Floats] = {}
    for n in tails:
        run = runs.iloc[n]
        key = (str(run["cluster"]), str(run["pool"]))
        if key not in clocks:
            speed = pool_speed(scenario, grid, *pools[key])
            clocks[key] = np.concatenate([[0.0], np.cumsum(speed * grid.slot_hours)])
        clock = clocks[key]
        done = clock[-1] - clock[int(run["start_grain"]) // grid.grains]
        left = float(run["tail_hours"]) * clock[-1] / grid.hours
        share[n] = done / (done + left) if done + left > 0 else 0.0
    return share


def _weighted(values: Floats, weights: Floats, share: float) -> float:
    """Quantile of values that count with weights; nan without any."""
    good = ~np.isnan(values)
    values, weights = values[good], weights[good]
    if len(values) == 0:
        return float("nan")
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, share * total[-1])])


def _room(scenario: Scenario, grid: TimeGrid, cluster: Cluster, pool: Pool) -> float:
    """Accelerator-hours that a pool has without others' and spares; out of service only blocks do not count."""
    taken = np.ceil(on_slots(pool.reserved, grid, scenario) - 1e-6)
    works = np.floor(number_there(grid, pool) * working_share(grid, cluster) + 1e-6)
    return float((np.maximum(works - pool.spares - taken, 0.0) * grid.slot_hours).sum())


def _clusters(scenario: Scenario, grid: TimeGrid, plan: Plan, runs: pd.DataFrame, flows: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    rows = []
    costs = plan.costs
    for cluster in scenario.clusters:
        mine = runs[runs["cluster"] == cluster.name]
        room = sum(_room(scenario, grid, cluster, pool) for pool in cluster.pools)
        room += _built_room(scenario, grid, cluster, plan)
        served = flows[flows["cluster"] == cluster.name]
        held, delivered = (float(mine[key].sum() + served[key].sum()) for key in ("held", "delivered"))
        own = costs[costs["cluster"] == cluster.name]
        cash = {name: float(own.loc[_inside(own, name), "usd"].sum()) for name in BOUNDARIES}
        energy = plan.energy[plan.energy["cluster"] == cluster.name]
        supply = energy[~energy["kind"].isin(["charge", "discharge"])]
        rows.append(
            {
                "cluster": cluster.name,
                "where": "orbit" if cluster.orbital else "Earth",
                "as_if": cluster.as_if,
                "runs": int(mine.loc[(mine["part"] == 1), "count"].sum()),
                "held_hours": held,
                "delivered_hours": delivered,
                "utilisation": held / room if room > 0 else 0.0,
                "wait_p50": _weighted(mine["wait"].to_numpy(), mine["count"].to_numpy(), 0.5),
                "wait_p95": _weighted(mine["wait"].to_numpy(), mine["count"].to_numpy(), 0.95),
                "mwh": float((supply["mw"].to_numpy() * grid.tick_hours[supply["tick"].to_numpy()]).sum()),
                **{f"usd_{name}": usd for name, usd in cash.items()},
                **{
                    f"per_hour_{name}": usd / delivered if delivered > 0 else float("nan") for name, usd in cash.items()
                },
            }
        )
    return pd.DataFrame(rows)


def _inside(costs: pd.DataFrame, boundary: Boundary) -> NDArray[np.bool_]:
    """(rows,) whether costs count at a boundary."""
    return np.array([counts(category, boundary) for category in costs["category"]], dtype=bool)


def _built_room(scenario: Scenario, grid: TimeGrid, cluster: Cluster, plan: Plan) -> float:
    """Accelerator-hours of modules that the plan builds."""
    reliability = {"": 1.0, **{vehicle.name: vehicle.reliability for vehicle in scenario.vehicles}}
    modules = {module.name: module for module in cluster.modules}
    room = 0.0
    for build in plan.builds[plan.builds["cluster"] == cluster.name].to_dict("records"):
        module = modules[build["module"]]
        listed = orders(grid, module)
        added = accelerators_of(grid, module, listed, reliability[build["vehicle"]])
        room += build["number"] * float((added[listed.periods == build["period"]] @ grid.slot_hours).sum())
    return room


def _people(
    scenario: Scenario, plan: Plan, runs: pd.DataFrame, flows: pd.DataFrame, clusters: pd.DataFrame, key: str
) -> pd.DataFrame:
    """The same by team or priority; units and waiting are of jobs."""
    import pandas as pd

    jobs, columns = scenario.jobs, ["cluster", key, "held", "delivered"]
    work = pd.concat([runs[columns], flows[columns]]) if len(flows) else runs
    outcome = plan.jobs.set_index("job")
    names = np.array([value or NONE for value in jobs[key]], dtype=object)
    hours = scenario.unit_hours() * jobs["accelerators"]
    placed = outcome.loc[list(jobs["job"]), "placed"].to_numpy() if len(jobs) else np.zeros(0)
    share = work.groupby(["cluster", key])["held"].sum() / work.groupby("cluster")["held"].sum()
    rows = []
    for name in sorted({*names, *flows[key]}):
        mine = names == name
        own = runs[runs[key] == name]
        delivered = float(work.loc[work[key] == name, "delivered"].sum())
        whole = float((hours * jobs["count"])[mine].sum())
        row = {
            key: name,
            "units": int(jobs["count"][mine].sum()),
            "placed": int(placed[mine].sum()),
            "deferred": int(outcome.loc[list(jobs["job"][mine]), "deferred"].sum()),
            "rejected": int(outcome.loc[list(jobs["job"][mine]), "rejected"].sum()),
            "served": float((hours * placed)[mine].sum()) / whole if whole > 0 else float("nan"),
            "wait_p50": _weighted(own["wait"].to_numpy(), own["count"].to_numpy(), 0.5),
            "wait_p95": _weighted(own["wait"].to_numpy(), own["count"].to_numpy(), 0.95),
            "delivered_hours": delivered,
        }
        for boundary in BOUNDARIES:
            usd = sum(
                float(c[f"usd_{boundary}"]) * float(share.get((c["cluster"], name), 0.0))
                for _, c in clusters.iterrows()
            )
            row[f"per_hour_{boundary}"] = usd / delivered if delivered > 0 else float("nan")
        rows.append(row)
    return pd.DataFrame(rows)


def _orbits(scenario: Scenario, grid: TimeGrid) -> pd.DataFrame:
    """Sunlit share of the orbit and speed of each orbital pool, lowest and mean over the horizon."""
    import pandas as pd

    rows = []
    for cluster, pool in scenario.pools():
        if cluster.orbital and cluster.orbit is not None:
            sunlit, speed = sunlit_slots(grid, cluster, pool), pool_speed(scenario, grid, cluster, pool)
            rows.append(
                {
                    "cluster": cluster.name,
                    "pool": pool.name,
                    "altitude_km": cluster.orbit.altitude_km,
                    "sunlit_min": float(sunlit.min()),
                    "sunlit_mean": float(sunlit @ grid.slot_hours / grid.hours),
                    "speed_min": float(speed.min()),
                    "speed_mean": float(speed @ grid.slot_hours / grid.hours),
                    "eclipse": "none"
                    if sunlit.min() >= 1
                    else cluster.satellites.eclipse
                    if cluster.satellites
                    else "",
                }
            )
    columns = ["cluster", "pool", "altitude_km", "sunlit_min", "sunlit_mean", "speed_min", "speed_mean", "eclipse"]
    return pd.DataFrame(rows, columns=columns)
