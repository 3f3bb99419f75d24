"""A hundred what-ifs: a scenario solved at every point of a design, and each point kept as soon as it is finished.

A run that is stopped, by whatever, is taken up by the next: finished points are not solved again. Under a work limit
what a point becomes depends on the design alone, and not on how many work on it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from placement.design import Axis, Design
from placement.errors import PlacementError, ScenarioError, SolverError
from placement.executor import Executor, carried_out, check_executor
from placement.folder import pack_plan, read_plan, unpack_plan, write_plan
from placement.outline import figures_of
from placement.schema import Scenario
from placement.solving import solve
from placement.swept import Solving, Sweep, at_work, begin, finish
from placement.tasks import Event
from placement.varied import varied

Files = dict[str, bytes]
"""Of a plan folder, by their places in it."""

Sent = tuple[str, Files]
"""A plan folder's name, and its files."""


def sweep(
    scenario: Scenario,
    design: Design,
    folder: str | Path,
    *,
    solving: Solving | None = None,
    workers: int = 0,
    executor: Executor = "local",
    address: str | None = None,
    progress: Callable[[dict[str, Any]], None] | None = None,
    stop: Event | None = None,
) -> Sweep:
    """Solve a scenario at every point of a design that is not finished yet.

    Parameters
    ----------
    scenario : Scenario
    design : Design
        Of `placement.design`: `grid`, `sample`, `listed` or `one_at_a_time`.
    folder : path
        Where points are kept; one that holds the same sweep already is taken up.
    solving : Solving, optional
        Gap, limits, seed and threads of each solve. Under a `work_limit` and no time limit a point is the same each
        time.
    workers : int
        Processes that solve, each one point at a time; 0: one for each core, with Ray one for each CPU of the cluster.
        1 solves in this process, if the executor is "local".
    executor : {"local", "ray"}
        Where processes run: on this machine, or on the nodes of a Ray cluster (`docs/cluster.md`).
    address : str, optional
        Of the cluster, with "ray": HOST:PORT of its head, or "auto"; see `placement.ray_executor.connected`.
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
        If the folder holds something else, or another run is at work on it; or Ray is not installed or not reached.
    """
    check_executor(executor, address)
    if workers < 0:
        raise PlacementError(f"workers is {workers}, but must be at least 0: 0 takes one for each core.")
    for axis in design.axes:
        _check(scenario, axis)
    design = _whole(scenario, design)
    found = begin(folder, scenario, design, solving or Solving())
    with at_work(found):
        done = set(found.finished)
        left = [point for point in range(len(design.points)) if point not in done]
        count = workers if executor == "ray" else min(workers or os.cpu_count() or 1, max(1, len(left)))
        if count == 1 and executor == "local":
            for point in left:
                if stop is not None and stop.is_set():
                    break
                row = solved(found, point, stop)
                if row is not None and progress is not None:
                    progress(row)
        else:
            begun = carried_out(
                solve_point, _given(found), lambda point: _of(found, point), left,
                lambda point: int(design.parents[point]),
                workers=count, stop=stop, executor=executor, address=address,
            )  # fmt: skip
            with closing(begun):
                for point, told in begun:
                    row = _keep(found, point, told)
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


def solved(found: Sweep, point: int, stop: Event | None) -> dict[str, Any] | None:
    """The row of a point, solved in this process, verified and kept; None if it was stopped."""
    told = solve_point(*_given(found), *_of(found, point), stop)
    return None if told is None else _keep(found, point, told)


def _given(found: Sweep) -> tuple[Scenario, tuple[Axis, ...], Solving]:
    """What all points are solved with."""
    return found.scenario, found.design.axes, found.solving


def _of(found: Sweep, point: int) -> tuple[list[float], Sent | None]:
    """What a point is solved with besides: its values, and the plan of its parent where that has one."""
    parent = int(found.design.parents[point])
    place = found.plan_place(parent)
    begin = (place.name, pack_plan(place)) if parent >= 0 and (place / "plan.json").is_file() else None
    return found.design.points[point].tolist(), begin


def solve_point(
    scenario: Scenario,
    axes: Sequence[Axis],
    how: Solving,
    values: Sequence[float],
    begin: Sent | None,
    stop: Event | None = None,
) -> tuple[dict[str, Any], Files | None] | None:
    """Figures and plan of a point: what a worker does, with what it is given alone.

    Parameters
    ----------
    scenario : Scenario
        Before anything is put into it.
    axes, values : sequences
        Inputs, and what is put there.
    how : Solving
    begin : Sent, optional
        The plan that it begins with.
    stop : event, optional

    Returns
    -------
    tuple, optional
        Figures by name, verified, and the files of the plan folder; None instead of these where there is no plan, and
        None instead of all if it was stopped.
    """
    with TemporaryDirectory() as there:
        start = read_plan(unpack_plan(Path(there, begin[0]), begin[1])).plan if begin is not None else None
        try:
            for axis, value in zip(axes, values, strict=True):
                scenario = varied(scenario, axis.paths, axis.factor).at(value)
            result = solve(
                scenario, gap=how.gap, work_limit=how.work_limit, seed=how.seed, threads=how.threads, device=how.device,
                start=start, baseline=False, stop=stop,
                time_limit_s=math.inf if how.time_limit_s is None else how.time_limit_s,
            )  # fmt: skip
        except (ScenarioError, SolverError) as error:
            return {"status": "failed", "reason": str(error)}, None
        if stop is not None and stop.is_set():
            return None
        figures = figures_of(scenario, result)
        if result.plan is None:
            return {**figures, "reason": result.message}, None
        return {**figures, "reason": ""}, pack_plan(write_plan(Path(there, "found.plan"), scenario, result))


def _keep(found: Sweep, point: int, told: tuple[dict[str, Any], Files | None]) -> dict[str, Any]:
    """The row of a point that was solved, written after its plan: from now on it is finished."""
    figures, files = told
    if files is not None:
        unpack_plan(found.plan_place(point), files)
    values = found.design.points[point].tolist()
    row: dict[str, Any] = {"point": point, "parent": int(found.design.parents[point])}
    row |= {axis.name: value for axis, value in zip(found.design.axes, values, strict=True)}
    row |= figures
    finish(found, point, row)
    return row
