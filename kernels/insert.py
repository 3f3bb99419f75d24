"""Units put at their cheapest placements that fit, one after the other, many looked at together: the definition.

    while units are left:
        the first BATCH of them find their cheapest placements that fit, all beside the same rows
        in order, each is put there, up to the first whose placement what was put before it has made too full

A unit that is put is where it would be had it looked in its turn: rows only become fuller, so what is the cheapest of
all that fit, and still fits, is the cheapest of all that still fit; and where nothing fitted, nothing will. So the plan
is that of `Annealer.construct`, on all back ends and whatever the batch, and the first of a batch is always dealt with.
"""

from typing import NamedTuple

import numpy as np

from placement.kernels.capacity import Fit, Limits, cheapest_fit, fitting, put
from placement.kernels.placements import placements
from placement.kernels.plan import Units
from placement.kernels.price import running_sums
from placement.kernels.work import Floats, Ints, Work

BATCH = 256
"""Most units that look for their places together: enough blocks for a GPU (unmeasured)."""


class Inserted(NamedTuple):
    """Where units went, shape (N,) each; option and start -1: nowhere."""

    option: Ints
    start: Ints


def insert(
    work: Work, limits: Limits, left: Floats, units: Units, order: Ints, prices: Floats, batch: int = BATCH
) -> Inserted:
    """Units at their cheapest placements that fit, at given prices of meters.

    Parameters
    ----------
    work, limits
    left : array, shape (R,)
        What rows have left; what units take is taken from it, in place.
    units : Units
    order : array, shape (N,)
        Units that are away, the first to choose first.
    prices : array, shape (M, T)
        $ per unit of each meter for a whole slot.
    batch : int
        It changes no number.
    """
    found = Inserted(np.full(len(order), -1), np.full(len(order), -1))
    sums, first = running_sums(prices), 0
    while first < len(order):
        jobs = units.job[order[first : first + batch]].tolist()
        for fit in [_fit(work, limits, left, units, job, prices, sums) for job in jobs]:
            if fit.option >= 0:
                if not _has_room(work, limits, left, fit):
                    break
                put(work, limits, left, fit)
                found.option[first], found.start[first] = fit.option, fit.start
            first += 1
    return found


def _fit(work: Work, limits: Limits, left: Floats, units: Units, job: int, prices: Floats, sums: Floats) -> Fit:
    """The cheapest placement of a job that fits."""
    return cheapest_fit(work, limits, left, prices, sums, job, units.options, units.low, units.away[job], 0, work.slots)


def _has_room(work: Work, limits: Limits, left: Floats, fit: Fit) -> bool:
    """Whether a placement still fits."""
    placed = placements(work, np.array([fit.option]), np.array([fit.start]))
    return bool(fitting(work, limits, left, fit.option, placed)[0])
