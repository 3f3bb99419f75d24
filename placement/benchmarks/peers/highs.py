"""HiGHS on the time-indexed model, on plain rows: that of `models/exact`, solved by `models/highs`."""

import numpy as np

from placement.benchmarks.peers.task import Task
from placement.benchmarks.peers.units import per_placement, per_unit
from placement.kernels.work import Floats, Ints
from placement.models import highs
from placement.models.program import Program, program
from placement.models.read import units_of


def solve(task: Task) -> str:
    """Ask HiGHS; returns how it ended."""
    model = program(task.problem)
    task.built()

    def hear(report: highs.Report, x: Floats | None) -> None:
        if x is not None:
            task.plan(*plan_of(model, x))
        if report.bound_usd is not None:
            task.bound(report.bound_usd)

    outcome = highs.solve(
        model.form,
        gap=task.gap,
        time_limit_s=task.left_s,
        threads=task.threads,
        start=start(model, task),
        presolve=task.setting != "no presolve",
        on_report=hear,
    )
    if outcome.x is not None:
        task.plan(*plan_of(model, outcome.x))
    task.bound(outcome.bound_usd, at_once=True)
    return outcome.status


def plan_of(model: Program, x: Floats) -> tuple[Ints, Ints]:
    """(U,) option and start of each unit in an answer."""
    units, _, _ = units_of(model.problem.work.jobs, model.exact, model.index, x)
    return per_unit(model.problem, model.exact.placed, units)


def start(model: Program, task: Task) -> tuple[Ints, Floats] | None:
    """Columns and values of the plan to begin with."""
    if task.begin is None:
        return None
    problem = model.problem
    units, away = per_placement(problem, model.exact.placed, *task.begin)
    put_off = problem.defer_usd < problem.reject_usd
    return model.columns_of(units, np.where(put_off, 0, away), np.where(put_off, away, 0))
