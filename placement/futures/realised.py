"""A future as a scenario: the planner's own, with the numbers and the jobs that the future has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from placement.compile.ways import planned_hours
from placement.errors import Problem, ScenarioError
from placement.futures.draw import Future
from placement.futures.groups import Grouped, away, gone, gone_usd, turns
from placement.futures.history import History
from placement.futures.world import World, lost_accelerators, standing_accelerators, world
from placement.kernels.work import Floats, Ints
from placement.loader.change import changed, with_tables
from placement.loader.terms import of_new_jobs
from placement.plan import Plan
from placement.schema import Limit, Scenario, Table
from placement.series import on_slots
from placement.timegrid import TimeGrid, timegrid
from placement.tree import standing
from placement.varied import varied

GONE, MORE = "(not placed)", "(not planned)"


@dataclass(frozen=True)
class Realised:
    """A future as a scenario."""

    scenario: Scenario
    row: Ints
    """(G,) its job that stands for a group of the plan; -1: none, since there are no such jobs in this future."""
    units: Ints
    """(G,) units of the group that there are."""
    more: Ints
    """Its jobs that the plan does not know of."""
    deadline: Floats
    """(jobs,) hours; it asks for none by itself. inf: none."""
    miss_usd: Floats
    """(jobs,) $ of a unit that ends later."""


def realised(
    scenario: Scenario,
    plan: Plan,
    grouped: Grouped,
    histories: tuple[History, ...],
    future: Future,
    factor: Floats,
) -> Realised:
    """A future as a scenario.

    Each group of the plan is a job of its own, with its length. Deadlines and pins of time are left to the rules of
    carrying out; nothing must run, and what is not placed costs what `groups.away` says. Nothing is put off. Least
    amounts of limits and limits of dollars are gone: a plan that was decided on costs what it costs.

    Parameters
    ----------
    factor : array, shape (G,)
        On the length of each group.

    Raises
    ------
    ScenarioError
        If what is drawn makes no scenario.
    """
    grid = timegrid(scenario.horizon)
    there = changed(scenario, {"uncertainty": None, **inputs_at(scenario, future.inputs.tolist())})
    effects = _effects(there, grid, world(scenario, grid, histories, future)) | {
        f"vehicles.{name}.reliability": max(share, 1e-6) for name, share in future.arrived.items()
    }
    effects |= {"policy.defer": False, "policy.run_time": "expected"}
    document = there.document()
    effects["limits"] = [
        each for each, limit in zip(document["limits"], there.limits, strict=True) if _binds(each, limit)
    ]
    jobs, parts = _jobs(there, grid, plan, grouped, factor)
    options = _options(there, jobs, parts.source, parts.factor)
    names: dict[str, list[str]] = {}
    for j, name in zip(parts.source.tolist(), jobs["job"].tolist(), strict=True):
        names.setdefault(str(scenario.jobs["job"][j]), []).append(name)
    effects |= of_new_jobs(there, names)
    made = with_tables(there, {"jobs": jobs, "options": options}, {"campaigns": [], **effects})
    return Realised(made, **parts.found)


def inputs_at(scenario: Scenario, drawn: Sequence[float]) -> dict[str, Any]:
    """What stands at dotted paths where each uncertain input has a value.

    Raises
    ------
    ScenarioError
        If a date would be moved beyond all dates.
    """
    given = scenario.uncertainty
    values: dict[str, Any] = {}
    document = scenario.document() if given is not None and given.inputs else {}
    for each, value in zip(given.inputs if given is not None else (), drawn, strict=True):
        if each.how == "days":
            for path in each.paths:
                values[path] = _moved(str(standing(document, path)), value, path)
        else:
            values |= varied(scenario, each.paths, each.how == "factor").values(value)
    return values


def _moved(date: str, days: float, path: str) -> str:
    try:
        return (datetime.fromisoformat(date) + timedelta(days=days)).isoformat()
    except OverflowError:
        fact = f"{date} moved by {days:,.0f} days is no date."
        raise ScenarioError([Problem(path, fact, "Draw fewer days.")]) from None


def _effects(scenario: Scenario, grid: TimeGrid, of: World) -> dict[str, Any]:
    """What stands where the future does something to clusters."""
    values: dict[str, Any] = {}
    for cluster in scenario.clusters:
        here = f"clusters.{cluster.name}"
        for pool in cluster.pools:
            inner = f"{here}.pools.{pool.name}"
            if cluster.name in of.speed:
                values[f"{inner}.speed"] = (on_slots(pool.speed, grid, scenario) * of.speed[cluster.name]).tolist()
            if cluster.name in of.lost:
                lost = lost_accelerators(standing_accelerators(grid, cluster, pool), of.lost[cluster.name])
                taken = np.ceil(on_slots(pool.reserved, grid, scenario) - 1e-6)
                values[f"{inner}.reserved"] = (taken + lost).tolist()
        if cluster.name in of.contact and cluster.link is not None:
            contact = on_slots(cluster.link.contact, grid, scenario)
            values[f"{here}.link.contact"] = (contact * of.contact[cluster.name]).tolist()
        if cluster.name in of.price:
            values[f"{here}.energy_price"] = of.price[cluster.name].tolist()
        if cluster.name in of.carbon:
            values[f"{here}.carbon_g_per_kwh"] = of.carbon[cluster.name].tolist()
    return values


def _binds(document: dict[str, Any], limit: Limit) -> bool:
    """Whether a limit still holds in a future; what it asks for at least is taken out of it."""
    if limit.penalty_usd is not None:
        return True
    document.pop("min", None)
    return limit.max is not None and limit.of not in ("usd", "investment_usd")


@dataclass(frozen=True)
class _Parts:
    source: Ints
    """(jobs of the future,) the scenario's job that each is of."""
    factor: Floats
    """(jobs of the future,) on its length."""
    found: dict[str, Any]


def _jobs(scenario: Scenario, grid: TimeGrid, plan: Plan, grouped: Grouped, factor: Floats) -> tuple[Table, _Parts]:
    """Jobs of the future: one for each group (of those in segments one for each job), and for what is not placed."""
    jobs = scenario.jobs
    names = [str(name) for name in jobs["job"]]
    index = {name: j for j, name in enumerate(names)}
    known = [str(name) for name in plan.jobs["job"]]
    here = np.array([index.get(known[j], -1) for j in grouped.job], dtype=np.int64)
    placed = grouped.option >= 0
    left = jobs["count"].copy()
    units = np.zeros(len(here), dtype=np.int64)
    keys: dict[int, int] = {}
    source: list[int] = []
    count: list[int] = []
    row = np.full(len(here), -1)
    for g in np.flatnonzero(here >= 0).tolist():
        j, key = int(here[g]), int(grouped.key[g])
        if key in keys and placed[g]:  # a later segment of the same units
            row[g], units[g] = keys[key], count[keys[key]]
            continue
        units[g] = min(int(grouped.units[g]), int(left[j]))
        if units[g] == 0:
            continue
        left[j] -= units[g]
        keys[key] = row[g] = len(source)
        source.append(j)
        count.append(int(units[g]))
    first_more = len(source)
    more = np.flatnonzero(left > 0)
    source += more.tolist()
    count += left[more].tolist()
    made = np.array(source, dtype=np.int64)
    number = np.array(count, dtype=np.int64)
    by = np.ones(len(made))
    kind = np.full(len(made), "", dtype=object)
    some = np.flatnonzero(row >= 0)
    by[row[some]] = np.where(placed[some], factor[some], 1.0)
    kind[row[some[~placed[some]]]] = f" {GONE}"
    kind[first_more:] = f" {MORE}"
    costs = away(scenario, grid)
    usd = costs.least[made]
    rejected, deferred = gone(scenario, plan)
    usd = np.where(kind == f" {GONE}", gone_usd(costs, rejected, deferred)[made], usd)
    table = _table(scenario, made, number, by, kind, usd)
    deadline = np.nan_to_num(grid.hours_of(jobs["deadline"]), nan=np.inf)[made]
    found = {
        "row": row, "units": units, "more": np.arange(first_more, len(made)), "deadline": deadline,
        "miss_usd": costs.least[made],
    }  # fmt: skip
    return table, _Parts(made, by, found)


def _table(scenario: Scenario, made: Ints, count: Ints, by: Floats, kind: Any, usd: Floats) -> Table:
    """The job table of the future."""
    jobs = scenario.jobs
    columns = {name: column[made] for name, column in jobs.columns.items()}
    turn = (turns(made) + 1).tolist()
    names = np.array(
        [f"{jobs['job'][j]}{what} #{k}" for j, what, k in zip(made, kind, turn, strict=True)], dtype=object
    )
    of: dict[str, list[str]] = {}
    for n, j in enumerate(made.tolist()):
        of.setdefault(str(jobs["job"][j]), []).append(names[n])
    none, never = np.full(len(made), np.nan), np.full(len(made), np.datetime64("NaT"), dtype=jobs["deadline"].dtype)
    running = columns["state"] == "running"
    after = np.empty(len(made), dtype=object)
    after[:] = [tuple(name for each in one or () for name in of.get(str(each), ())) for one in columns["after"]]
    columns |= {
        "job": names, "count": count, "hours": planned_hours(scenario)[made] * by, "hours_p90": none,
        "deadline": never, "pin_start": never, "reject_usd": usd, "must_run": np.zeros(len(made), dtype=bool),
        "after": after, "state": np.full(len(made), "waiting", dtype=object), "hours_left": none, "started": never,
        "pin_cluster": np.where(running, columns["cluster"], columns["pin_cluster"]),
        "pin_pool": np.where(running, columns["pool"], columns["pin_pool"]),
        "cluster": np.full(len(made), None), "pool": np.full(len(made), None),
        "campaign": np.full(len(made), None, dtype=object),
    }  # fmt: skip
    for name, free in (("memory_gb", 0.0), ("sync_gbps", 0.0), ("max_rtt_ms", np.nan), ("dataset_tb", 0.0)):
        columns[name] = np.where(running, free, columns[name])
    columns["max_contact_gap_hours"] = np.where(running, np.nan, columns["max_contact_gap_hours"])
    for name, nothing in (("residency", ()), ("dataset", None)):
        freed = columns[name].copy()
        for k in np.flatnonzero(running).tolist():
            freed[k] = nothing
        columns[name] = freed
    return Table(jobs.record, columns)


def _options(scenario: Scenario, jobs: Table, source: Ints, by: Floats) -> Table:
    """The option table for the jobs of the future; what is late may begin later than planned."""
    options = scenario.options
    if not len(options):
        return options
    rows: dict[str, list[int]] = {}
    for k, name in enumerate(options["job"]):
        rows.setdefault(str(name), []).append(k)
    pairs = [(n, k) for n, j in enumerate(source) for k in rows.get(str(scenario.jobs["job"][j]), ())]
    which = np.array([n for n, _ in pairs], dtype=np.int64)
    row = np.array([k for _, k in pairs], dtype=np.int64)
    columns = {name: column[row] for name, column in options.columns.items()}
    columns["job"] = jobs["job"][which]
    now = scenario.jobs
    left = np.where(now["state"] == "running", now["hours_left"] / now["hours"], 1.0)
    columns["hours"] = columns["hours"] * by[which] * left[source[which]]
    never = np.full(len(which), np.datetime64("NaT", "us"))
    columns |= {"earliest_start": never, "latest_start": never}
    return Table(options.record, columns)
