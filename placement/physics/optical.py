"""Laser links between satellites: antenna gain, received power, and how far a beam stays together."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def gain(aperture_m: Any, wavelength_m: Any, efficiency: Any) -> NDArray[np.float64]:
    """Gain of an aperture, η (π D/λ)², a ratio; broadcast shape.

    Examples
    --------
    >>> round(float(10 * np.log10(gain(0.1, 1.55e-6, 0.8))), 2)
    105.17
    """
    size = np.pi * np.asarray(aperture_m, dtype=np.float64) / np.asarray(wavelength_m, dtype=np.float64)
    return np.asarray(np.asarray(efficiency, dtype=np.float64) * size**2)


def received_w(power_w: Any, gain_db: Any, wavelength_m: Any, distance_m: Any, losses_db: Any) -> NDArray[np.float64]:
    """Power received by an equal terminal, W (Friis): P G² (λ/4πL)² less losses; broadcast shape.

    Parameters
    ----------
    power_w : array
        Sent, W.
    gain_db : array
        Of each terminal, dB.
    wavelength_m, distance_m : array
        m, > 0.
    losses_db : array
        All other losses, dB, >= 0.
    """
    spread = np.asarray(wavelength_m, dtype=np.float64) / (4 * np.pi * np.asarray(distance_m, dtype=np.float64))
    decibels = 2 * np.asarray(gain_db, dtype=np.float64) - np.asarray(losses_db, dtype=np.float64)
    return np.asarray(np.asarray(power_w, dtype=np.float64) * 10 ** (decibels / 10) * spread**2)


def confocal_m(aperture_m: Any, wavelength_m: Any) -> NDArray[np.float64]:
    """Distance over which a beam of radius a = D/2 stays about as wide, π a²/λ, m; broadcast shape.

    Examples
    --------
    >>> round(float(confocal_m(0.1, 1.55e-6)))
    5067
    """
    radius = np.asarray(aperture_m, dtype=np.float64) / 2
    return np.asarray(np.pi * radius**2 / np.asarray(wavelength_m, dtype=np.float64))
