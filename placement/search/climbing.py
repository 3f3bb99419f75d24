"""Prices of rows that make the bound with pauses large (`pausing`), by steps along its slope."""

from collections.abc import Callable

import numpy as np

from placement.kernels.work import Floats
from placement.search.pausing import Pausing

KEPT, SHORTER, IDLE = 0.6, 0.97, 30
"""Of `climb`: share of the step before that is kept, by what steps shorten, and how many may bring nothing."""


def climb(
    pausing: Pausing,
    price: Floats,
    cost_usd: float,
    rounds: int,
    over: Callable[[], bool],
) -> tuple[Floats, float]:
    """Prices by steps along the slope, a part of the step before kept (heavy ball), and the best bound.

    A step is as long as it takes for a plan's cost, were the bound straight (Polyak); each that brings nothing shortens
    the next ones, and after many it begins again at the best prices. Where the slope points out of what prices may be,
    none prove more.
    """
    best, price = -np.inf, pausing.legal(price)
    best_price, length, idle, step = price, 1.0, 0, np.zeros(len(price))
    for _ in range(rounds):
        usd, slope = pausing.evaluate(price, over)
        if usd > best:
            best, best_price, idle = usd, price, 0
        else:
            length, idle = length * SHORTER, idle + 1
        if over() or not np.isfinite(usd) or cost_usd <= usd or (pausing.legal(price + slope) == price).all():
            break
        if idle >= IDLE:
            price, length, idle, step = best_price, length / 2, 0, np.zeros(len(price))
            continue
        step = slope + KEPT * step
        size = float((step * step).sum())
        if size == 0:
            break
        price = pausing.legal(price + length * (cost_usd - usd) / size * step)
    return best_price, best
