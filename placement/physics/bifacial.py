"""A flat panel with cells on one side and a radiator on the other, always facing the Sun: how warm it gets.

All sunlight that the cells take in becomes heat on board, whether at once or through the chips, so the power that the
panel makes does not appear in the balance per m² of panel:

    (ε_cells + ε_radiator) σ (T⁴ - T_space⁴) = α S + E (F_cells ε_cells + F_radiator ε_radiator) + α a S F_cells cos β

with E the Earth's infrared, a its albedo and F the view factor of the Earth from each side, mean over an orbit. The
model is that of A. McCalip, Economics of orbital vs terrestrial data centers, 2025, as its calculator has it; a side
that looks away from the Earth sees it with a floor of 5 %.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.physics.constants import EARTH_MEAN_RADIUS_KM, STEFAN_BOLTZMANN_W_M2_K4

POINTS = 72  # around the orbit (McCalip, 2025)
FLOOR = 0.05  # share of the nadir view factor that an averted side keeps (McCalip, 2025)


class Views(NamedTuple):
    """View factors of the Earth, mean over an orbit."""

    cells: float
    radiator: float
    nadir: float


def views(altitude_km: float, beta_deg: float) -> Views:
    """View factors of the Earth from the two sides of a panel that faces the Sun.

    F = (R/(R + h))² cos γ with γ from the nadir, cos γ = cos β cos ν at ν around the orbit, for the cells and -cos γ
    for the radiator; 5 % of the nadir's where that is not positive.
    At β = 90° cos γ is of the size of rounding and of both signs, so the mean is half the floor, as in the calculator.

    Parameters
    ----------
    altitude_km : float
        Of a circular orbit, km, > 0.
    beta_deg : float
        Angle between the orbit plane and the Sun, degrees.

    Examples
    --------
    >>> round(views(550.0, 60.0).cells, 4)
    0.156
    """
    nadir = (EARTH_MEAN_RADIUS_KM / (EARTH_MEAN_RADIUS_KM + altitude_km)) ** 2
    cosine = np.cos(np.radians(beta_deg)) * np.cos(2 * np.pi * np.arange(POINTS) / POINTS)

    def mean(seen: NDArray[np.float64]) -> float:
        return float(np.where(seen > 0, nadir * seen, nadir * FLOOR).mean())

    return Views(mean(cosine), mean(-cosine), nadir)


def temperature_k(
    absorptivity: Any,
    emissivity_cells: Any,
    emissivity_radiator: Any,
    view_cells: Any,
    view_radiator: Any,
    beta_deg: Any,
    solar_w_m2: Any,
    earth_w_m2: Any,
    albedo: Any,
    space_k: Any,
) -> NDArray[np.float64]:
    """Temperature at which the panel gives off what it takes in, K; broadcast shape.

    Parameters
    ----------
    absorptivity, albedo : array
        Of the cells for sunlight, and of the Earth, in [0, 1].
    emissivity_cells, emissivity_radiator : array
        Of the two sides, in (0, 1].
    view_cells, view_radiator : array
        View factors of the Earth, as `views` gives them.
    beta_deg : array
        Angle between the orbit plane and the Sun, degrees.
    solar_w_m2, earth_w_m2 : array
        Sunlight and the Earth's infrared, W/m².
    space_k : array
        Of the sky, K.
    """
    cells = np.asarray(emissivity_cells, dtype=np.float64)
    both = cells + emissivity_radiator
    sun = np.asarray(absorptivity, dtype=np.float64) * solar_w_m2
    earth = np.asarray(earth_w_m2, dtype=np.float64) * (view_cells * cells + view_radiator * emissivity_radiator)
    reflected = sun * albedo * view_cells * np.cos(np.radians(beta_deg))
    taken = sun + earth + reflected
    return np.asarray((taken / (both * STEFAN_BOLTZMANN_W_M2_K4) + np.asarray(space_k) ** 4) ** 0.25)
