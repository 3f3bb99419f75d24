"""Satellites that fly in formation on orbits of one size: a lattice in a disc, seen along and across the track.

In Clohessy and Wiltshire's linear motion about a circular orbit, two members of a planar cluster trace an ellipse about
each other once an orbit: with radial amplitude A their distance runs between A and 2A.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def lattice_points(radius: float) -> int:
    """Points of a square lattice of pitch 1 in a disc of that radius, the centre among them.

    Examples
    --------
    >>> lattice_points(5)
    81
    """
    reach = np.arange(-int(radius), int(radius) + 1)
    return int((reach[:, None] ** 2 + reach[None, :] ** 2 <= radius * radius).sum())


def distance_range_m(amplitude_m: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least and greatest distance over an orbit of two members a radial amplitude apart, m; any shape."""
    amplitude = np.asarray(amplitude_m, dtype=np.float64)
    return amplitude.copy(), 2 * amplitude
