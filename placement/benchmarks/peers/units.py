"""From numbers of units at each placement to the placement of each unit, and back.

Placements are all that are allowed, in order of option and start (`kernels.placements.allowed`); units are those of the
first job, then those of the second, and so on.
"""

import numpy as np

from placement.kernels.placements import Placements
from placement.kernels.work import Ints
from placement.problem import Problem
from placement.search.core_model import Chosen
from placement.search.packing import dealt


def per_unit(problem: Problem, placed: Placements, units: Ints) -> tuple[Ints, Ints]:
    """(U,) option and start of each unit from (N,) units of each placement; -1 for those of no placement."""
    job = np.repeat(np.arange(problem.work.jobs), problem.count)
    return dealt(problem.work, job, Chosen(placed.option, placed.start, units))


def per_placement(problem: Problem, placed: Placements, option: Ints, start: Ints) -> tuple[Ints, Ints]:
    """(N,) units of each placement, and (J,) units of each job that have none."""
    slots, there = problem.work.slots, option >= 0
    at = np.searchsorted(placed.option * slots + placed.start, option[there] * slots + start[there])
    job = np.repeat(np.arange(problem.work.jobs), problem.count)
    return np.bincount(at, minlength=len(placed)), np.bincount(job[~there], minlength=problem.work.jobs)
