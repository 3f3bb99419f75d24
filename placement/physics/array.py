"""What a solar array gives: by area and cells, by the Sun's distance, by age."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.physics.constants import SOLAR_CONSTANT_W_M2


def array_kw(
    area_m2: Any, cell_efficiency: Any, packing: Any, solar_w_m2: Any = SOLAR_CONSTANT_W_M2, cosine: Any = 1.0
) -> NDArray[np.float64]:
    """Electric power of an array in the Sun at begin of life: area × efficiency × packing × S × cos θ, kW.

    Parameters
    ----------
    area_m2 : array
        Area of the array, m². Any shapes that broadcast.
    cell_efficiency, packing : array
        Of the cells at their working temperature, and share of the area that cells cover, in [0, 1].
    solar_w_m2 : array
        Sunlight, W/m²; `solar_w_m2(days)` gives it by date.
    cosine : array
        Of the angle between the Sun and the array's normal; negative counts as 0.

    Examples
    --------
    >>> round(float(array_kw(105.0, 0.22, 0.9)), 3)  # Starlink V2 mini as Google's Suncatcher paper counts it
    28.295
    """
    lit = np.maximum(np.asarray(cosine, dtype=np.float64), 0.0)
    cells = np.asarray(area_m2, dtype=np.float64) * cell_efficiency * packing
    return np.asarray(cells * np.asarray(solar_w_m2, dtype=np.float64) * lit / 1e3)


def solar_w_m2(days: Any) -> NDArray[np.float64]:
    """Sunlight at the Earth's distance from the Sun, W/m²; `days` since J2000, any shape.

    The solar constant over the square of the distance (Astronomical Almanac, low precision, good to 0.0003 AU).

    Examples
    --------
    >>> [round(float(solar_w_m2(day))) for day in (9865.0, 10047.0)]  # early January and early July 2027
    [1408, 1317]
    """
    anomaly = np.radians(357.528 + 0.9856003 * np.asarray(days, dtype=np.float64))
    distance = 1.00014 - 0.01671 * np.cos(anomaly) - 0.00014 * np.cos(2 * anomaly)
    return np.asarray(SOLAR_CONSTANT_W_M2 / distance**2)


def retention(loss_per_year: Any, years: Any) -> NDArray[np.float64]:
    """Share of its first power that an array of an age still gives, (1 - loss)^years; broadcast shape."""
    return np.asarray((1 - np.asarray(loss_per_year, dtype=np.float64)) ** np.asarray(years, dtype=np.float64))
