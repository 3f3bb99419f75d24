"""Plans by their placements, beside the models and lists that they come from."""

from dataclasses import dataclass

import numpy as np

from placement.kernels.placements import placements
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.work import Floats, Ints
from placement.models.exact import Listed
from placement.models.program import Program
from placement.models.rows import placement_rows
from placement.problem import Problem
from placement.search.core_model import Chosen
from placement.search.greedy import Assignment


@dataclass(frozen=True)
class Given:
    """A plan by its placements."""

    chosen: Chosen
    rejected: Ints
    deferred: Ints
    source: str


def plan_of(every: Listed, built: Assignment, source: str) -> Given:
    """An assignment of all placements as a plan."""
    used = np.flatnonzero(built.units)
    chosen = Chosen(every.placed.option[used], every.placed.start[used], built.units[used])
    return Given(chosen, built.rejected, built.deferred, source)


def begun(problem: Problem, begin: Chosen) -> Given:
    """A plan to begin with; what of a job it does not place is turned away or put off."""
    job = np.searchsorted(problem.work.job_options, begin.option, side="right") - 1
    placed = np.bincount(job, weights=begin.count, minlength=problem.work.jobs).astype(np.int64)
    rest = np.where(problem.previous < 0, problem.count - placed, 0)
    put_off = problem.defer_usd < problem.reject_usd
    return Given(begin, np.where(put_off, 0, rest), np.where(put_off, rest, 0), "start")


def assignment_of(model: Program, plan: Given) -> Assignment:
    """A plan whose placements the model has."""
    problem, placed = model.problem, model.exact.placed
    units = np.zeros(len(placed), dtype=np.int64)
    slots = problem.work.slots
    at = np.searchsorted(placed.option * slots + placed.start, plan.chosen.option * slots + plan.chosen.start)
    np.add.at(units, at, plan.chosen.count)
    firm = ~np.isfinite(np.minimum(problem.reject_usd, problem.defer_usd))
    unplaced = np.where(firm, plan.rejected + plan.deferred, 0)
    return Assignment(units, plan.rejected, plan.deferred, unplaced)


def jobs_usd(problem: Problem, plan: Given) -> tuple[float, Floats]:
    """$ of a plan without its supply, constant included, and what it uses of rows, shape (R,)."""
    placed = placements(problem.work, plan.chosen.option, plan.chosen.start)
    units = plan.chosen.count.astype(np.float64)
    usd = placement_usd(problem.work, problem.meter_usd, running_sums(problem.meter_usd), placed)
    away = _dollars(problem.reject_usd, plan.rejected) + _dollars(problem.defer_usd, plan.deferred)
    return problem.constant_usd + float(usd @ units) + away, placement_rows(problem, placed) @ units


def _dollars(usd: Floats, units: Ints) -> float:
    """$ of units that are away; of none nothing, whatever they would cost."""
    some = units > 0
    return float(usd[some] @ units[some])
