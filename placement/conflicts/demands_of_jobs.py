"""What a scenario demands for its jobs: that they run, in their order, and read data sets that have to be moved.

Jobs come with those that take most first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from placement.conflicts.demand import JOB, ORDER, Demand, Dial, amount, moment
from placement.conflicts.later import later
from placement.schema import Scenario
from placement.timegrid import timegrid


def of_datasets(scenario: Scenario) -> list[Demand]:
    """Data sets that have to be moved to where they are read."""
    found = []
    every = tuple(cluster.name for cluster in scenario.clusters)
    for k, each in enumerate(scenario.datasets):
        lacking = [name for name in every if name not in each.clusters and name != each.home]
        path = f"datasets.{each.name}.clusters"
        held = f" with copies on {', '.join(each.clusters)}" if each.clusters else ""
        words = f"data set {each.name}, {amount(each.tb)} TB at {each.home}{held}, has to be moved to where it is read"
        instead = [(path, [*each.clusters, name]) for name in lacking]
        instead.append((path, [*each.clusters, *lacking]))
        if lacking and (scenario.jobs["dataset"] == each.name).any():
            free = ((("datasets", k, "clusters"), every),)
            found.append(Demand("dataset", path, words, free, instead=tuple(instead)))
    return found


def of_orders(scenario: Scenario) -> list[Demand]:
    """Jobs that start after others."""
    found, jobs = [], scenario.jobs
    for row in [k for k, after in enumerate(jobs["after"]) if after]:
        name, lag = jobs["job"][row], float(jobs["after_lag_hours"][row])
        for other in dict.fromkeys(jobs["after"][row]):
            later = f" {amount(lag)} h" if lag else ""
            words = f"job '{name}' starts{later} after job '{other}'"
            path = f"jobs.{name}.after"
            rest = tuple(each for each in jobs["after"][row] if each != other)
            found.append(Demand(ORDER, path, words, instead=((path, rest),), job=row, after=other))
    return found


def of_jobs(scenario: Scenario) -> list[Demand]:
    """Jobs that must run, those that take most first."""
    jobs = scenario.jobs
    firm = np.flatnonzero(jobs["must_run"] | (jobs["state"] == "running"))
    taken = jobs["count"] * jobs["accelerators"] * scenario.unit_hours()
    grid = timegrid(scenario.horizon)
    order = firm[np.argsort(-taken[firm], kind="stable")]
    found = []
    for row in order.tolist():
        name, count = str(jobs["job"][row]), int(jobs["count"][row])
        path = f"jobs.{name}"
        dials = (Dial(f"{path}.count", ("jobs", "count", row), count, up=False, whole=True),) if count > 1 else ()
        due = later(scenario, grid, row, path)
        found.append(Demand(JOB, path, _words(scenario, row), dials=dials, instead=((path, None),), later=due, job=row))
    return found


def _words(scenario: Scenario, row: int) -> str:
    """What a job asks for."""

    def of(key: str) -> Any:
        return scenario.jobs[key][row]

    grid = timegrid(scenario.horizon)
    count, each = int(of("count")), f"{int(of('accelerators')):,} accelerators"
    size = f"{each} for {amount(float(scenario.unit_hours()[row]))} h"
    size = f"{count:,} units, each {size}" if count > 1 else size
    if of("segments") > 1:
        size += f" in {int(of('segments'))} segments"
    if of("state") == "running":
        return f"job '{of('job')}' is running on {of('cluster')} and goes on: {size}"
    first = of("earliest_start") if not np.isnat(of("earliest_start")) else of("submitted")
    begin = grid.when(0.0) if np.isnat(first) else max(grid.when(0.0).replace(tzinfo=None), first.item())
    end = "" if np.isnat(of("deadline")) else f" and {moment(of('deadline').item())}"
    when = f"between {moment(begin)}{end}" if end else f"from {moment(begin)} on"
    if not np.isnat(of("pin_start")):
        when = f"from {moment(of('pin_start').item())} on, pinned"
    where = of("pin_cluster") or ", ".join(of("clusters"))
    return f"job '{of('job')}' must run: {size} {when}" + (f", only on {where}" if where else "")
