"""Prices and costs on a fixed grid, on which sums are exact in any order.

Amounts of meters are integers and the last slot of a run counts by grains, 2^-g of a slot. With prices and own costs
that are multiples of a step 2^k, everything that the price of a placement adds is a multiple of

    unit = 2^k · 2^-g

and a double holds multiples of a unit exactly up to 2^53 of them. So if no running sum and no placement's price can
exceed 2^53 units, every sum, difference and product is exact, and minimum and place agree bit for bit however a back
end orders its operations. Discounts other than 1, delay and tails are not on the grid: they are rounded once each,
alike everywhere where they are added in the order of the definition.
"""

import math
from dataclasses import replace

import numpy as np

from placement.kernels.work import SHARE_UNITS, STAGE, UNLOAD, Floats, Work

BITS = 53
"""Bits of a double's significand."""


def to_grid(values: Floats, step: float, down: bool = False) -> Floats:
    """Values rounded to multiples of a step, to the nearest or downward.

    Parameters
    ----------
    values : array
        Any shape.
    step : float
        A power of two.
    down : bool
        Downward: for own costs where a bound is formed, which must not come out too high.
    """
    if math.frexp(step)[0] != 0.5:
        raise ValueError(f"the step of a grid must be a power of two, not {step}")
    result: Floats = (np.floor if down else np.rint)(np.asarray(values, dtype=np.float64) / step) * step
    return result


def grid_for(work: Work, prices: Floats) -> float:
    """The finest step for which everything that `price` adds stays within 53 bits at these prices.

    The step is that of prices and own costs; a power of two. For other prices it holds as long as none of the running
    sums of their absolute values is larger.
    """
    if (work.use_amount[~np.isin(work.use_kind, (STAGE, UNLOAD))] % 1 != 0).any():
        raise ValueError("a grid needs whole amounts of meters; scale them first")
    most = largest(work, prices) * work.grains
    if most == 0:
        return 1.0
    # rounding may push a sum of T prices up by T half steps: one bit more covers it as long as T is below 2^52
    return 2.0 ** (math.ceil(math.log2(most)) - BITS + 1)


def largest(work: Work, prices: Floats) -> float:
    """A bound on the absolute value of every running sum and of everything that a placement's price adds up, $."""
    totals = np.abs(prices).sum(axis=1)
    amount = np.where(np.isin(work.use_kind, (STAGE, UNLOAD)), SHARE_UNITS, work.use_amount)
    sums = np.concatenate([[0.0], np.cumsum(np.abs(amount) * totals[work.use_meter])])
    metered = sums[work.option_uses[1:]] - sums[work.option_uses[:-1]]
    own = np.abs(work.option_usd) * work.discount.max(initial=0.0)
    return float(max(totals.max(initial=0.0), (own + metered).max(initial=0.0)))


def on_grid(work: Work, prices: Floats, step: float, down: bool = False) -> tuple[Work, Floats]:
    """The same work and prices with own costs and prices on the grid.

    Own costs are rounded downward where `down` is set, so that a bound stays one; prices may be rounded either way,
    since every price gives a bound.

    Raises
    ------
    ValueError
        If the bits would not do; `grid_for` gives a step for which they do.
    """
    gridded = replace(work, option_usd=to_grid(work.option_usd, step, down)), to_grid(prices, step)
    units = largest(*gridded) * work.grains / step
    if units > 2.0**BITS:
        raise ValueError(f"prices on a grid of {step} need {math.log2(units):.1f} bits, a double has {BITS}")
    return gridded
