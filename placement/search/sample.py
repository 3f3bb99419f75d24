"""A smaller problem with nearly the same prices: the largest jobs, and of the others every k-th, k times.

Prices of rows are what scarce hours are worth; jobs that are many and small set them together, and a share of them sets
nearly the same ones. They prove nothing here: a bound is worked out with all jobs.
"""

from dataclasses import replace

import numpy as np

from placement.kernels.placements import ranges
from placement.kernels.work import Floats, Ints, Work
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


def jobs_of(work: Work, jobs: Ints) -> Work:
    """The work of some jobs, in the order given."""
    option, job_options = _rows(work.job_options, jobs)
    span, option_spans = _rows(work.option_spans, option)
    use, option_uses = _rows(work.option_uses, option)
    return replace(
        work,
        job_options=job_options,
        job_ready=work.job_ready[jobs],
        job_delay=work.job_delay[jobs],
        option_clock=work.option_clock[option],
        option_work=work.option_work[option],
        option_usd=work.option_usd[option],
        option_tail=work.option_tail[option],
        option_spans=option_spans,
        span_first=work.span_first[span],
        span_last=work.span_last[span],
        option_uses=option_uses,
        use_meter=work.use_meter[use],
        use_amount=work.use_amount[use],
        use_kind=work.use_kind[use],
        use_link=work.use_link[use],
    )


def _rows(first: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Entries of some rows of a compressed table, and where the rows begin among them."""
    count = first[rows + 1] - first[rows]
    return ranges(first[rows], count), np.concatenate([[0], np.cumsum(count)])
