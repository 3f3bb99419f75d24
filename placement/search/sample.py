"""A smaller problem with nearly the same prices: the largest jobs, and of the others every k-th, k times.

Prices of rows are what scarce hours are worth; jobs that are many and small set them together, and a share of them sets
nearly the same ones. They prove nothing here: a bound is worked out with all jobs.
"""

import math
from dataclasses import replace

import numpy as np

from placement.kernels.jobs_of import jobs_of
from placement.kernels.work import Floats, Ints
from placement.problem import Problem

KEPT = 500
"""Jobs that are kept as they are, the largest."""

LEAST_SIZE = 1e-9
"""Of a job that takes nothing."""


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
    return _some(problem, jobs, problem.count[jobs] * times)


def alike(problem: Problem, size: Floats, most: int) -> Problem:
    """The problem with one job for each few that are asked for in the same slot, have as many options and are of about
    the same size: the middle one, in so many units as all of them come to.

    Parameters
    ----------
    problem : Problem
        Jobs in segments or in an order are taken as if they were not; jobs without units are left out.
    size : array, shape (J,)
        What a unit of each job weighs.
    most : int
        About how many jobs there are then, at least one for each slot and number of options.
    """
    work, size = problem.work, np.maximum(size, LEAST_SIZE)
    slot, options = np.searchsorted(work.edges, work.job_ready, side="right"), np.diff(work.job_options)
    order = np.lexsort((size, options, slot))
    order = order[problem.count[order] > 0]
    if len(order) == 0:
        return problem
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (np.diff(slot[order]) != 0) | (np.diff(options[order]) != 0)
    heads = np.flatnonzero(begins)
    rank = np.arange(len(order)) - heads[np.cumsum(begins) - 1]
    first = np.flatnonzero(rank % max(1, math.ceil(len(order) / most)) == 0)
    middle = order[(first + np.append(first[1:], len(order)) - 1) // 2]
    weight = np.add.reduceat((problem.count * size)[order], first)
    count = np.maximum(1, np.rint(weight / size[middle])).astype(np.int64)
    return _some(replace(problem, previous=np.full_like(problem.previous, -1), after=()), middle, count)


def _some(problem: Problem, jobs: Ints, count: Ints) -> Problem:
    """The problem with some jobs in so many units."""
    by_number = np.argsort(jobs)
    jobs = jobs[by_number]
    return replace(
        problem,
        work=jobs_of(problem.work, jobs),
        count=count[by_number],
        reject_usd=problem.reject_usd[jobs],
        defer_usd=problem.defer_usd[jobs],
        previous=problem.previous[jobs],
    )
