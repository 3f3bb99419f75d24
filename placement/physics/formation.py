"""Satellites that fly in formation on orbits of one size: a lattice in a disc, seen along and across the track.

In Clohessy and Wiltshire's linear motion about a circular orbit, two members of a planar cluster trace an ellipse about
each other once an orbit: with radial amplitude A their distance runs between A and 2A.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST_RADIUS = 5000
"""Points are counted one by one."""


def lattice_points(radius: float) -> int:
    """Points of a square lattice of pitch 1 in a disc of that radius, the centre among them.

    Examples
    --------
    >>> lattice_points(5)
    81
    """
    _check(radius)
    reach = np.arange(-int(radius), int(radius) + 1)
    return int((reach[:, None] ** 2 + reach[None, :] ** 2 <= radius * radius).sum())


def triangular_points(radius: float) -> int:
    """Points of a triangular lattice of pitch 1 in a disc of that radius, the centre among them.

    No points of a plane lie closer than those of this lattice at one least distance: a² + ab + b² ≤ r² for whole a, b.

    Examples
    --------
    >>> triangular_points(10)
    367
    """
    _check(radius)
    reach = np.arange(-int(1.2 * radius) - 1, int(1.2 * radius) + 2)  # |a| ≤ 2 r/√3
    a, b = reach[:, None], reach[None, :]
    return int((a * a + a * b + b * b <= radius * radius * (1 + 1e-12)).sum())


def _check(radius: float) -> None:
    if not 0 <= radius <= LARGEST_RADIUS:
        raise ValueError(f"radius is {radius:g}, outside 0 to {LARGEST_RADIUS:,}")


def triangular_density(radius: Any) -> NDArray[np.float64]:
    """What `triangular_points` tends to: 2 π/√3 r² = 3.63 r²; any shape."""
    return np.asarray(2 * np.pi / np.sqrt(3) * np.asarray(radius, dtype=np.float64) ** 2)


def compute_share(links: Any, layers: Any) -> NDArray[np.float64]:
    """Share of satellites left for computing where the others switch: k/(k + 4 L - 6).

    A Clos network (VL2-like) of L layers over satellites with k links each (Pénot and Balakrishnan, arXiv:2605.15335).

    Parameters
    ----------
    links : array
        Links that a satellite holds at a time, k.
    layers : array
        Layers of the network, L >= 2. Broadcast.

    Examples
    --------
    >>> float(compute_share(10, 3))
    0.625
    """
    k = np.asarray(links, dtype=np.float64)
    return np.asarray(k / (k + 4 * np.asarray(layers, dtype=np.float64) - 6))


def distance_range_m(amplitude_m: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least and greatest distance over an orbit of two members a radial amplitude apart, m; any shape."""
    amplitude = np.asarray(amplitude_m, dtype=np.float64)
    return amplitude.copy(), 2 * amplitude
