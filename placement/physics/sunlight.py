"""How much of an orbit lies in sunlight, and what speed that leaves the accelerators."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from placement.physics.constants import EARTH_RADIUS_KM
from placement.physics.orbit import period_minutes


def sunlit_fraction(beta_rad: Any, altitude_km: Any) -> NDArray[np.float64]:
    """Fraction of one circular orbit spent in sunlight.

    Cylindrical shadow of a spherical Earth of equatorial radius R: eclipse half-angle u from
    cos u = sqrt(h² + 2 R h) / ((R + h) cos β); no eclipse where that exceeds 1.

    Parameters
    ----------
    beta_rad : array
        Angle between the orbit plane and the Sun, radians. Any shape.
    altitude_km : array
        Altitude above the equatorial radius, km, > 0. Broadcast against `beta_rad`.

    Returns
    -------
    array
        In [0, 1], in the broadcast shape. 1 where there is no eclipse.

    Examples
    --------
    >>> round(float(1 - sunlit_fraction(0.0, 420.0)), 4)
    0.3875
    """
    h = np.asarray(altitude_km, dtype=np.float64)
    horizon = np.sqrt(h * h + 2 * EARTH_RADIUS_KM * h) / (EARTH_RADIUS_KM + h)
    cosine = np.cos(np.asarray(beta_rad, dtype=np.float64))
    with np.errstate(divide="ignore"):
        half_angle = np.where(cosine > horizon, np.arccos(np.minimum(horizon / np.maximum(cosine, 1e-300), 1.0)), 0.0)
    return np.asarray(1.0 - half_angle / np.pi)


def in_sunlight(satellite_km: NDArray[np.float64], sun: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether satellites are outside the cylindrical shadow; shape (n,).

    Parameters
    ----------
    satellite_km : array, shape (3, n)
        Positions from the Earth's centre, km.
    sun : array, shape (3, n)
        Unit vectors to the Sun in the same frame.
    """
    along = (satellite_km * sun).sum(axis=0)
    across = (satellite_km**2).sum(axis=0) - along**2
    return np.asarray((along >= 0) | (across >= EARTH_RADIUS_KM**2))


def orbital_speed(
    sunlit: Any,
    altitude_km: float,
    *,
    array_kw: Any,
    load_kw: float,
    battery_kwh: float,
    efficiency: float,
    policy: Literal["ride_through", "throttle", "pause"],
    resume_minutes: float,
    heat_kw: Any = np.inf,
) -> NDArray[np.float64]:
    """Mean speed of a satellite's accelerators over an orbit, as a share of full speed.

    Speed is taken as proportional to power. With period P, time in sun S = sunlit · P and in eclipse E = P - S,
    array A and load L in kW, usable battery B in kWh, and η of what charges it coming back:

    - ride_through: one steady level x L all the way round. The array feeds load and battery in the sun,
      A S ≥ x L (S + E/η), and the battery holds what the eclipse takes, x L E ≤ B.
    - throttle: in the sun min(L, A); in eclipse what the battery holds and what the array can spare in the sun
      give, min(L E, B, η (A - L)⁺ S).
    - pause: min(L, A) in the sun, nothing in eclipse, and `resume_minutes` of sun lost after each.

    Parameters
    ----------
    sunlit : array
        Fraction of the orbit in sunlight, in [0, 1]. Any shape.
    altitude_km : float
        Altitude, km.
    array_kw : float or array
        Power of the array in the sun, kW, > 0. Broadcast against `sunlit`.
    load_kw : float
        Power of the whole satellite at full speed, kW, > 0.
    battery_kwh : float
        Usable energy of the battery (after depth of discharge), kWh, >= 0.
    efficiency : float
        Energy out of the battery over energy into it, in (0, 1].
    policy : str
        What happens in eclipse.
    resume_minutes : float
        Lost after each eclipse with `pause`, minutes.
    heat_kw : float or array
        Heat that the radiator gives off, kW. The satellite never takes more power: L above is the lower of the two.

    Returns
    -------
    array
        In [0, 1], in the broadcast shape.
    """
    sunlit = np.asarray(sunlit, dtype=np.float64)
    array = np.asarray(array_kw, dtype=np.float64)
    share = np.clip(np.asarray(heat_kw, dtype=np.float64) / load_kw, 0.0, 1.0)
    load = load_kw * np.maximum(share, 1e-12)  # where no heat is given off, share is 0 and so is the speed
    hours = period_minutes(altitude_km) / 60
    sun, dark = sunlit * hours, (1 - sunlit) * hours
    if policy == "ride_through":
        by_array = array * sun / (load * (sun + dark / efficiency))
        with np.errstate(divide="ignore"):
            by_battery = np.where(dark > 0, battery_kwh / (load * np.maximum(dark, 1e-100)), np.inf)
        return np.asarray(share * np.clip(np.minimum(by_array, by_battery), 0.0, 1.0))
    level = np.minimum(1.0, array / load)
    if policy == "throttle":
        spare = efficiency * np.maximum(array - load, 0.0) * sun
        in_dark = np.minimum(np.minimum(load * dark, battery_kwh), spare)
        return np.asarray(share * (level * sun + in_dark / load) / hours)
    lost = np.where(dark > 0, resume_minutes / 60, 0.0)
    return np.asarray(share * level * np.maximum(sun - lost, 0.0) / hours)
