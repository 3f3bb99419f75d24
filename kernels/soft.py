"""The soft minimum over each job's placements at a temperature, and the use of meters that goes with it, in NumPy.

With c[p] the price of placement p of job j at the prices of meters (`price`), away[j] what not running it costs, and a
temperature τ[j] > 0,

    soft[j] = -τ log( Σ_p e^{-c[p]/τ} + e^{-away/τ} )        at most the minimum, and near it for small τ
    w[p] = e^{-c[p]/τ} / ( Σ ... )                           weights: a placement in parts

soft is smooth in the prices: its slope along the price of a meter in a slot is what the weighted placements use there.
It leads an ascent; a bound comes from the exact minimum.
"""

from dataclasses import dataclass

import numpy as np

from placement.kernels.price import priced_blocks
from placement.kernels.usage import usage
from placement.kernels.work import Floats, Ints, Work


@dataclass(frozen=True)
class Soft:
    """Soft minima, and the use of meters by placements in parts."""

    usd: Floats
    """(J,) soft minimum of each job, $ per unit."""
    use: Floats
    """(M, T) Σ count · w · what a placement adds to a meter in a slot."""
    away: Floats
    """(J,) weight of not running."""


def soft(work: Work, prices: Floats, away: Floats, temperature: Floats, count: Ints) -> Soft:
    """Soft minima at given prices of meters.

    Parameters
    ----------
    work : Work
    prices : array, shape (M, T)
        $ per unit of each meter for a whole slot.
    away : array, shape (J,)
        $ per unit of not running; inf: it has to run.
    temperature : array, shape (J,)
        $, > 0.
    count : array, shape (J,)
        Units of each job.
    """
    use = np.zeros((prices.shape[0], work.slots))
    usd, apart = np.where(np.isfinite(away), away, 0.0), np.ones(work.jobs)
    for placed, cost, job, heads in priced_blocks(work, prices):
        here = job[heads]
        lowest = np.minimum(np.minimum.reduceat(cost, heads), away[here])
        weight = np.exp(-(cost - np.repeat(lowest, np.diff(heads, append=len(cost)))) / temperature[job])
        stay = np.exp(-(away[here] - lowest) / temperature[here])
        total = np.add.reduceat(weight, heads) + stay
        usd[here] = lowest - temperature[here] * np.log(total)
        apart[here] = stay / total
        weight *= count[job] / np.repeat(total, np.diff(heads, append=len(cost)))
        use += usage(work, prices.shape[0], placed.option, placed.start, weight)
    return Soft(usd, use, apart)
