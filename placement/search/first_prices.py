"""The first prices of rows: on samples of the jobs, ever larger, then on all.

A sample (`sample`) is climbed tens of times faster, but its few jobs, each for many, meet in slots where the many do
not, and prices follow that. So before each climb one evaluation with all jobs says what they use of each row at the
prices that are known, and the sample's limits are set so that it is as full there (`as_full`): where its prices do not
move any more, they are those of all jobs.
"""

import math
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from placement.kernels.work import Floats
from placement.problem import Problem
from placement.search.ascent import TEMPERATURES, Smooth, ascend
from placement.search.bound import priced_bound
from placement.search.clock import Clock
from placement.search.sample import sampled

STEP, STARTS, PER_ROW = 8, 4_000_000, 20
"""Each sample has so many times the jobs of the one before; most placements of the first, in all or per row."""

BEGIN = (0.01, 60)
"""Temperature and evaluations on the first sample, from no prices."""

CLIMBS = ((0.01, 30), (0.002, 30))
"""The same of each climb on each sample."""

SHARE = 0.12
"""Of the time limit, most for each climb, and for those on all jobs."""

EVALUATIONS = 500
"""On all jobs, about; TRIED of them show how long they take."""

TRIED = 4

FEWEST, MOST = 0.3, 3.0
"""By which a sample's limits are multiplied, at least and at most."""

HARDLY = 1e-3
"""Share of a limit that is added to what is used of it, so that little of it is as good as nothing."""


def first_prices(problem: Problem, size: Floats, clock: Clock, proven: Callable[[float], None]) -> tuple[Floats, float]:
    """(R,) prices of rows, and seconds of an evaluation of the smoothed bound with all jobs.

    Parameters
    ----------
    problem : Problem
        For which `packing.is_packing` holds.
    size : array, shape (J,)
        How hard jobs are to place.
    clock : Clock
    proven : callable
        Told each bound, $.
    """
    price, every, whole = np.zeros(len(problem.rows)), every_of(problem), Smooth(problem)
    while every > 1 and not clock.state.over:
        few = sampled(problem, size, every)
        part = Smooth(few)
        if not price.any():
            temperature, evaluations = BEGIN
            price = ascend(few, price, evaluations, clock.past(SHARE), temperatures=(temperature,)).last
        for temperature, evaluations in CLIMBS:
            over = clock.past(SHARE)
            full = as_full(few, part.answer(price, temperature)[1], whole.answer(price, temperature)[1])
            price = ascend(full, price, evaluations, over, temperatures=(temperature,), unit=problem.rows.upper).last
        proven(priced_bound(problem, price).usd)
        every //= STEP
    over = clock.past(SHARE)
    began = time.monotonic()
    temperatures = TEMPERATURES[-3:] if price.any() else TEMPERATURES
    tried = ascend(problem, price, TRIED, over, temperatures=temperatures[:1])
    each_s = (time.monotonic() - began) / max(tried.evaluations, 1)
    some = int(min(EVALUATIONS, max(clock.share_s(SHARE) / each_s, TRIED)))
    return ascend(problem, tried.last, some, over, proven, temperatures).price, each_s


def every_of(problem: Problem) -> int:
    """One of so many jobs is in the first sample; a power of STEP."""
    most = max(STARTS, PER_ROW * len(problem.rows))
    steps = math.ceil(math.log(max(problem.work.starts / most, 1.0), STEP))
    return int(STEP**steps)


def as_full(few: Problem, use: Floats, whole: Floats) -> Problem:
    """A sample with limits of which it uses the share that all jobs use of theirs.

    Parameters
    ----------
    few : Problem
        Of rows with upper limits.
    use, whole : array, shape (R,)
        What the sample and what all jobs put into each row, at the same prices.
    """
    upper = few.rows.upper
    little = HARDLY * np.where(np.isfinite(upper), np.maximum(upper, 1.0), 1.0)
    times = np.clip((use + little) / (whole + little), FEWEST, MOST)
    return replace(few, rows=replace(few.rows, upper=upper * times))
