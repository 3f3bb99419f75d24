"""Whether a plan keeps all limits, and what it costs: worked out from the problem alone.

Σ (what placements add to row r) <= upper[r]           each unit at an allowed start of an option of its job
cost = Σ own cost of placements + Σ away of units that are not placed + constant
"""

import math

import numpy as np

from placement.errors import PlanError
from placement.kernels.placements import placements
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.work import Ints, Work
from placement.models.rows import placement_rows
from placement.problem import Bools, Problem
from placement.search.packing import OVER, SLACK, Packing


class WrongPlan(PlanError):
    """A peer's plan that breaks a rule of the problem."""


def checked(problem: Problem, option: Ints, start: Ints) -> Packing:
    """The plan with its cost.

    Parameters
    ----------
    problem : Problem
        For which `packing.is_packing` holds.
    option, start : array, shape (U,)
        Of each unit, in the order of jobs; option -1: it is turned away or put off.

    Raises
    ------
    WrongPlan
        If a unit stands where it may not, one that must run has no place, or a row is over its limit by more than
        our own plans may be.
    """
    work = problem.work
    job = np.repeat(np.arange(work.jobs), problem.count)
    if option.shape != job.shape or start.shape != job.shape:
        raise WrongPlan(f"the plan has {option.size} options and {start.size} starts for {len(job)} units.")
    there = np.flatnonzero(option >= 0)
    strange = there[~_allowed(work, job[there], option[there], start[there])]
    if len(strange):
        u = int(strange[0])
        raise WrongPlan(
            f"{len(strange)} units stand where they may not: the first is unit {u} of job {job[u]} "
            f"with option {option[u]} at slot {start[u]}."
        )
    away = np.minimum(problem.reject_usd, problem.defer_usd)[job[option < 0]]
    if np.isinf(away).any():
        raise WrongPlan(f"{int(np.isinf(away).sum())} units that must run have no place.")
    placed = placements(work, option[there], start[there])
    upper = problem.rows.upper
    over = placement_rows(problem, placed) @ np.ones(len(there)) - upper
    broken = over > SLACK + OVER * np.maximum(1.0, upper)
    if broken.any():
        worst = int(np.argmax(np.where(broken, over, -np.inf)))
        raise WrongPlan(
            f"{int(broken.sum())} rows are over their limits: row {worst} by {over[worst]:.6g} of {upper[worst]:g}."
        )
    usd = placement_usd(work, problem.meter_usd, running_sums(problem.meter_usd), placed)
    return Packing(option.copy(), start.copy(), math.fsum([*usd.tolist(), *away.tolist(), problem.constant_usd]))


def _allowed(work: Work, job: Ints, option: Ints, start: Ints) -> Bools:
    """(N,) whether an option is one of the job, and the start lies in one of its spans."""
    mine = (option >= work.job_options[job]) & (option < work.job_options[job + 1])
    mine[mine] &= work.option_spans[option[mine]] < work.option_spans[option[mine] + 1]
    span_option = np.repeat(np.arange(work.options), np.diff(work.option_spans))
    keys = span_option * work.slots + work.span_first
    inside = (start >= 0) & (start < work.slots) & mine
    span = np.searchsorted(keys, option[inside] * work.slots + start[inside], side="right") - 1
    found = span >= 0
    found &= (span_option[span] == option[inside]) & (start[inside] <= work.span_last[span])
    mine[:] = False
    mine[inside] = found
    return mine
