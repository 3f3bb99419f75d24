"""Laser links between satellites: antenna gain, received power, and how far a beam stays together."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.physics.constants import PLANCK_J_S, SPEED_OF_LIGHT_KM_S


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


def link_gbps(received: Any, photons_per_bit: Any, wavelength_m: Any, most_gbps: Any) -> NDArray[np.float64]:
    """Bit rate that a received power carries, P/(N h c/λ), at most that of the channels, Gbit/s; broadcast shape.

    Parameters
    ----------
    received : array
        Power received, W.
    photons_per_bit : array
        That the modulation needs: 196 for PM-16QAM, 71 for on-off keying, 1.39 in Shannon's limit (Suncatcher, 2025).
    wavelength_m : array
        m.
    most_gbps : array
        Number of channels × rate of each, Gbit/s.

    Examples
    --------
    >>> float(link_gbps(0.44e-3, 196, 1.55e-6, 9600.0))  # 24 channels of 400 Gbit/s over 300 km: power is no limit
    9600.0
    """
    photon_j = PLANCK_J_S * SPEED_OF_LIGHT_KM_S * 1e3 / np.asarray(wavelength_m, dtype=np.float64)
    by_power = np.asarray(received, dtype=np.float64) / (np.asarray(photons_per_bit, dtype=np.float64) * photon_j)
    return np.asarray(np.minimum(by_power / 1e9, most_gbps))


def confocal_m(aperture_m: Any, wavelength_m: Any) -> NDArray[np.float64]:
    """Distance over which a beam of radius a = D/2 stays about as wide, π a²/λ, m; broadcast shape.

    Examples
    --------
    >>> round(float(confocal_m(0.1, 1.55e-6)))
    5067
    """
    radius = np.asarray(aperture_m, dtype=np.float64) / 2
    return np.asarray(np.pi * radius**2 / np.asarray(wavelength_m, dtype=np.float64))
