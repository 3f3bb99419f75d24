"""The scenario with a change that is offered by a conflict."""

from __future__ import annotations

from typing import Any

from placement.conflicts.carried import orbital_number
from placement.conflicts.demand import JOB, Demand
from placement.conflicts.giving_up import without
from placement.conflicts.later import moment
from placement.conflicts.put import put
from placement.errors import PlacementError
from placement.schema import Scenario


def applied(scenario: Scenario, path: str, to: Any) -> Scenario:
    """The scenario with a relaxation's value at its path.

    Parameters
    ----------
    scenario : Scenario
    path, to
        Of a row of `Conflict.relaxations`. A job's path is `jobs.NAME` (to None: it may be turned away for nothing, or
        goes if it is running), `jobs.NAME.count`, `jobs.NAME.after` or `jobs.NAME.deadline` (to a moment, as text).
    """
    if not path.startswith("jobs."):
        return _satellites(scenario, path, to).replace(path, to)
    for row, name in enumerate(scenario.jobs["job"]):
        if path == f"jobs.{name}":
            return without(scenario, [Demand(JOB, path, "", job=row)])
        for key in ("count", "after", "deadline"):
            if path == f"jobs.{name}.{key}":
                value = moment(to) if key == "deadline" else to
                return scenario.model_copy(update={"jobs": put(scenario.jobs, (key, row), value)})
    raise PlacementError(f"there is no {path} in the scenario. Take a path of Conflict.relaxations.")


def _satellites(scenario: Scenario, path: str, to: Any) -> Scenario:
    """Where a path says how many satellites there are, the scenario with their pool and their sum as large."""
    for c, cluster in enumerate(scenario.clusters):
        for pool in cluster.pools:
            carried = orbital_number(cluster, pool)
            if carried is not None and path == f"clusters.{cluster.name}.{carried.key}":
                scenario = carried.put(scenario, c, int(to))
    return scenario
