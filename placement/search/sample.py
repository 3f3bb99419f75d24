"""A smaller problem with nearly the same prices: the largest jobs, and of the others every k-th, k times.

Prices of rows are what scarce hours are worth; jobs that are many and small set them together, and a share of them sets
nearly the same ones. They prove nothing here: a bound is worked out with all jobs.
"""

from dataclasses import replace

import numpy as np

from placement.kernels.jobs_of import jobs_of
from placement.kernels.work import Floats
from placement.problem import Problem

KEPT = 500
"""Jobs that are kept as they are, the largest."""


def sampled(problem: Problem, size: Floats, every: int) -> Problem:
    """The problem with the largest jobs, and of the others one of `every` in so many times its units.

    Parameters
    ----------
    problem : Problem
        For which `packing.is_packing` holds; jobs without units are left out.
    size : array, shape (J,)
        Jobs of about the same size stand for each other.
    every : int
    """
    order = np.argsort(-size, kind="stable")
    order = order[problem.count[order] > 0]
    some = order[KEPT + every // 2 :: every]
    jobs = np.concatenate([order[:KEPT], some])
    times = np.concatenate([np.ones(len(order[:KEPT]), dtype=np.int64), np.full(len(some), every)])
    by_number = np.argsort(jobs)
    jobs, times = jobs[by_number], times[by_number]
    return replace(
        problem,
        work=jobs_of(problem.work, jobs),
        count=problem.count[jobs] * times,
        reject_usd=problem.reject_usd[jobs],
        defer_usd=problem.defer_usd[jobs],
        previous=problem.previous[jobs],
    )
