"""A hundred what-ifs: a scenario solved at every point of a design, and each point kept as soon as it is finished.

A run that is stopped, by whatever, is taken up by the next: finished points are not solved again. Under a work limit
what a point becomes depends on the design alone, and not on how many work on it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from placement.design import Axis, Design
from placement.errors import PlacementError, ScenarioError, SolverError
from placement.executor import Event, in_processes
from placement.folder import read_plan, write_plan
from placement.outline import figures_of
from placement.result import Result
from placement.schema import Scenario
from placement.solving import solve
from placement.swept import Solving, Sweep, at_work, begin, finish, read_sweep
from placement.varied import varied


def sweep(
    scenario: Scenario,
    design: Design,
    folder: str | Path,
    *,
    solving: Solving | None = None,
    workers: int = 0,
    progress: Callable[[dict[str, Any]], None] | None = None,
    stop: Event | None = None,
) -> Sweep:
    """Solve a scenario at every point of a design that is not finished yet.

    Parameters
    ----------
    scenario : Scenario
    design : Design
        Of `placement.design`: `grid`, `sample` or `listed`.
    folder : path
        Where points are kept; one that holds the same sweep already is taken up.
    solving : Solving, optional
        Gap, limits, seed and threads of each solve. Under a `work_limit` and no time limit a point is the same each
        time.
    workers : int
        Processes that solve, each one point at a time; 0: one for each core. 1 solves in this process.
    progress : callable, optional
        Called with the row of each point when it is finished.
    stop : event, optional
        When set, points under way are given up, and the rest is left for another run.

    Returns
    -------
    Sweep
        With all points that are finished: `points` is their table.

    Raises
    ------
    ScenarioError
        If an input leads nowhere.
    PlacementError
        If the folder holds something else, or another run is at work on it.
    """
    if workers < 0:
        raise PlacementError(f"workers is {workers}, but must be at least 0: 0 takes one for each core.")
    for axis in design.axes:
        _check(scenario, axis)
    design = _whole(scenario, design)
    found = begin(folder, scenario, design, solving or Solving())
    with at_work(found):
        done = set(found.finished)
        left = [point for point in range(len(design.points)) if point not in done]
        count = min(workers or os.cpu_count() or 1, max(1, len(left)))
        if count == 1:
            for point in left:
                if stop is not None and stop.is_set():
                    break
                row = solved(found, point, stop)
                if row is not None and progress is not None:
                    progress(row)
        else:
            for _, row in in_processes(
                solve_point, (str(found.folder),), left, lambda point: int(design.parents[point]), count, stop
            ):
                if progress is not None:
                    progress(row)
    return found


def _check(scenario: Scenario, axis: Axis) -> None:
    """Raise the error of an input if none of its values makes a scenario."""
    turned = varied(scenario, axis.paths, axis.factor)
    error = None
    for level in axis.levels:
        try:
            turned.at(level)
            return
        except ScenarioError as found:
            error = error or found
    if error is not None:
        raise error


def _whole(scenario: Scenario, design: Design) -> Design:
    """The design with whole numbers where whole numbers stand: samples are rounded, other values have to be whole.

    Raises
    ------
    PlacementError
        If they are not.
    """
    points = design.points.copy()
    for k, axis in enumerate(design.axes):
        if not varied(scenario, axis.paths, axis.factor).whole:
            continue
        broken = [level for level in axis.levels if not float(level).is_integer()]
        if broken:
            raise PlacementError(f"{axis.name} has the value {broken[0]:g}, and a whole number stands there.")
        points[:, k] = np.round(points[:, k])
    return replace(design, points=points)


def solve_point(folder: str, point: int) -> dict[str, Any]:
    """The row of a point of a sweep on disk, solved and kept if it is not yet: what a process does.

    A point may be finished already where the process beside it died before that was told.
    """
    import pandas as pd

    found = read_sweep(folder)
    if found.row_place(point).is_file():
        return {str(key): value for key, value in pd.read_parquet(found.row_place(point)).iloc[0].items()}
    row = solved(found, point, None)
    assert row is not None
    return row


def solved(found: Sweep, point: int, stop: Event | None) -> dict[str, Any] | None:
    """The row of a point, solved, verified and kept; None if it was stopped."""
    design, how = found.design, found.solving
    values = design.points[point].tolist()
    row: dict[str, Any] = {"point": point, "parent": int(design.parents[point])}
    row |= {axis.name: value for axis, value in zip(design.axes, values, strict=True)}
    reason = ""
    try:
        scenario = found.scenario
        for axis, value in zip(design.axes, values, strict=True):
            scenario = varied(scenario, axis.paths, axis.factor).at(value)
        result = _solve(found, scenario, point, how, stop)
    except (ScenarioError, SolverError) as error:
        row |= {"status": "failed", "reason": str(error)}
        finish(found, point, row)
        return row
    if stop is not None and stop.is_set():
        return None
    if result.plan is None:
        reason = result.message
    else:
        write_plan(found.plan_place(point), scenario, result)
    row |= {**figures_of(scenario, result), "reason": reason}
    finish(found, point, row)
    return row


def _solve(found: Sweep, scenario: Scenario, point: int, how: Solving, stop: Event | None) -> Result:
    """A point, begun with the plan of its parent where that has one."""
    parent = int(found.design.parents[point])
    start = None
    if parent >= 0 and (found.plan_place(parent) / "plan.json").is_file():
        start = read_plan(found.plan_place(parent)).plan
    return solve(
        scenario, gap=how.gap, work_limit=how.work_limit, seed=how.seed, threads=how.threads, device=how.device,
        start=start, baseline=False, stop=stop,
        time_limit_s=math.inf if how.time_limit_s is None else how.time_limit_s,
    )  # fmt: skip
