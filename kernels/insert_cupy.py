"""Units put at their cheapest placements that fit, on a GPU: the wrapper of `insert.cu`.

Each round is two launches, and one number comes back. Batches are twice as large as what was put in the round before,
from LEAST on: counted on processors, weeks and months of 2,000 to 20,000 jobs have 19 to 43 units put per round, and
each unit looks 2.1 to 2.5 times. On the device are the arrays of all jobs or, where those are larger than
`device_cupy.BUDGET`, of the jobs whose units are put; the rows; and 8 bytes per unit of a batch and slot.
"""

import numpy as np

from placement.kernels.capacity import Limits
from placement.kernels.device_cupy import bring, guarded, is_small, launch, priced, room, send, tables, whole, words
from placement.kernels.insert import BATCH, Inserted
from placement.kernels.jobs_of import jobs_of, rows_of
from placement.kernels.plan import Units
from placement.kernels.work import Floats, Ints, Work

LEAST = 32
"""Fewest units of a batch, but for the last one (unmeasured)."""


def insert(
    work: Work, limits: Limits, left: Floats, units: Units, order: Ints, prices: Floats, batch: int = BATCH
) -> Inserted:
    """Units at their cheapest placements that fit; parameters and result as of `placement.kernels.insert.insert`.

    Raises
    ------
    BackEndError
        If the device fails, out of memory for example; `left` is then as it was.
    """
    job, below = units.job[order], units.away[units.job[order]]
    if is_small(work):
        return guarded(lambda: _insert(work, limits, left, job, below, units.options, units.low, prices, batch))
    jobs, mine = np.unique(job, return_inverse=True)
    few = jobs_of(work, jobs)
    of_few, _ = rows_of(work.job_options, jobs)
    moved = np.repeat(few.job_options[:-1] - work.job_options[jobs], np.diff(few.job_options))
    options, low = units.options[of_few] + moved, units.low[of_few]
    found = guarded(lambda: _insert(few, limits, left, mine, below, options, low, prices, batch))
    there = found.option >= 0
    found.option[there] = of_few[found.option[there]]
    return found


def _insert(
    work: Work,
    limits: Limits,
    left: Floats,
    job: Ints,
    below: Floats,
    options: Ints,
    low: Floats,
    prices: Floats,
    batch: int,
) -> Inserted:
    part, cells = whole(work), [send(values) for values in limits]
    rows = priced(prices)
    known, counted, rest = tables(part, rows), words(*cells), send(left)
    tried_in, costs, scratch = send(options), send(low), room(min(batch, len(job)) * work.slots)
    of, most = send(job), send(below)
    option, start, done = room(len(job)), room(len(job)), room(1)
    first, width = 0, batch
    while first < len(job):
        width, at = min(width, batch, len(job) - first), np.int64(first)
        launch("insert", "propose", width, known, counted, rest, at, of, most, tried_in, costs, scratch, option, start)
        launch("insert", "take", 1, known, counted, rest, at, np.int64(first + width), option, start, done)
        put = int(bring(done)[0]) - first
        first, width = first + put, max(2 * put, LEAST)
    left[:] = bring(rest)
    return Inserted(bring(option), bring(start))
