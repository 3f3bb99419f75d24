"""What a kilowatt costs for a year, in orbit by launching it and on Earth by buying it; learning of launch prices."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

COMMON_YEAR_HOURS = 8760.0
"""Hours of the year that published comparisons count with; elsewhere it is a Julian year."""


def launch_usd_per_kw_year(mass_kg: Any, usd_per_kg: Any, kw: Any, years: Any) -> NDArray[np.float64]:
    """Launch alone, spread over the power and life of a satellite: m p/(P L), $/(kW yr); broadcast shape."""
    paid = np.asarray(mass_kg, dtype=np.float64) * usd_per_kg
    return np.asarray(paid / (np.asarray(kw, dtype=np.float64) * years))


def power_usd_per_kw_year(usd_per_kwh: Any, pue: Any) -> NDArray[np.float64]:
    """Bought power with cooling, all year: price × 8,760 h × PUE, $/(kW yr); broadcast shape."""
    return np.asarray(np.asarray(usd_per_kwh, dtype=np.float64) * COMMON_YEAR_HOURS * pue)


def learnt_price(start_usd: Any, start_t: Any, total_t: Any, learning_rate: Any) -> NDArray[np.float64]:
    """Price after a cumulative mass: p0 (M/M0)^-b, b = -log2(1 - learning rate); broadcast shape."""
    exponent = np.log2(1 - np.asarray(learning_rate, dtype=np.float64))
    return np.asarray(start_usd * (np.asarray(total_t, dtype=np.float64) / start_t) ** exponent)


def mass_to_learn(start_usd: Any, start_t: Any, usd: Any, learning_rate: Any) -> NDArray[np.float64]:
    """Cumulative mass at which a price is reached: the inverse of `learnt_price`, t; broadcast shape.

    Examples
    --------
    >>> round(float(mass_to_learn(1800.0, 400.0, 200.0, 0.2)), -1)
    368300.0
    """
    exponent = np.log2(1 - np.asarray(learning_rate, dtype=np.float64))
    return np.asarray(start_t * (np.asarray(usd, dtype=np.float64) / start_usd) ** (1 / exponent))
