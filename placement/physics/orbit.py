"""Circular orbits about an oblate Earth: period, nodal drift, Sun-synchronous design, the Sun's direction.

First-order secular theory in J2 (Vallado, Fundamentals of Astrodynamics and Applications, ch. 9):

    dΩ/dt = -3/2 n J2 (R/a)² cos i
    du/dt = n + 3/2 n J2 (R/a)² (3 - 4 sin² i)            u: argument of latitude, e = 0
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.physics.constants import EARTH_J2, EARTH_MU_KM3_S2, EARTH_RADIUS_KM, SUN_RATE_RAD_S

J2000 = np.datetime64("2000-01-01T12:00:00", "us")


def mean_motion(altitude_km: Any) -> Any:
    """Mean motion of the unperturbed orbit, rad/s; any shape."""
    return np.sqrt(EARTH_MU_KM3_S2 / (EARTH_RADIUS_KM + np.asarray(altitude_km)) ** 3)


def period_minutes(altitude_km: Any) -> Any:
    """Period of the unperturbed orbit, minutes; any shape."""
    return 2 * np.pi / mean_motion(altitude_km) / 60


def mean_axis_km(altitude_km: Any, inclination_rad: Any) -> Any:
    """Mean semi-major axis of the circular orbit whose mean radius is R + h, km; broadcast shape.

    J2 holds the satellite r₀ = a (1 + 3/4 J2 (R/r₀)² (3 sin² i - 2)) from the centre, more than a near the poles.
    """
    radius = EARTH_RADIUS_KM + np.asarray(altitude_km)
    return radius / (1 + _lift(radius, inclination_rad))


def altitude_of_axis_km(axis_km: Any, inclination_rad: Any) -> Any:
    """Altitude of the mean radius for a mean semi-major axis, km: the inverse of `mean_axis_km`; broadcast shape."""
    radius = np.asarray(axis_km, dtype=np.float64)
    for _ in range(4):  # the lift is of the order of 1e-3: each round adds three digits
        radius = axis_km * (1 + _lift(radius, inclination_rad))
    return radius - EARTH_RADIUS_KM


def _lift(radius_km: Any, inclination_rad: Any) -> Any:
    return 0.75 * EARTH_J2 * (EARTH_RADIUS_KM / radius_km) ** 2 * (3 * np.sin(inclination_rad) ** 2 - 2)


def nodal_drift(altitude_km: Any, inclination_rad: Any) -> Any:
    """dΩ/dt, rad/s, eastward positive; broadcast shape."""
    ratio = EARTH_RADIUS_KM / (EARTH_RADIUS_KM + np.asarray(altitude_km))
    return -1.5 * mean_motion(altitude_km) * EARTH_J2 * ratio**2 * np.cos(inclination_rad)


def latitude_rate(altitude_km: Any, inclination_rad: Any) -> Any:
    """du/dt, rad/s, of the argument of latitude; broadcast shape."""
    ratio = EARTH_RADIUS_KM / (EARTH_RADIUS_KM + np.asarray(altitude_km))
    n = mean_motion(altitude_km)
    return n + 1.5 * n * EARTH_J2 * ratio**2 * (3 - 4 * np.sin(inclination_rad) ** 2)


def sun_synchronous_inclination(altitude_km: Any) -> Any:
    """Inclination, rad, at which the node follows the mean Sun; nan where none exists (above about 5,974 km).

    cos i = -(dΩ_sun/dt) / (3/2 n J2 (R/a)²).

    Examples
    --------
    >>> round(float(np.degrees(sun_synchronous_inclination(650.0))), 2)
    97.99
    """
    ratio = EARTH_RADIUS_KM / (EARTH_RADIUS_KM + np.asarray(altitude_km, dtype=np.float64))
    cosine = -SUN_RATE_RAD_S / (1.5 * mean_motion(altitude_km) * EARTH_J2 * ratio**2)
    return np.arccos(np.where(cosine >= -1, cosine, np.nan))


def days_since_j2000(moments: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Days since 2000-01-01 12:00 UTC of moments, any shape."""
    return (moments.astype("datetime64[us]") - J2000).astype(np.float64) / 86400e6


def mean_sun_right_ascension(days: Any) -> Any:
    """Right ascension of the mean Sun, rad: its mean longitude (Astronomical Almanac, low precision)."""
    return np.radians(280.460 + 0.9856474 * np.asarray(days))


def sun_direction(days: Any) -> NDArray[np.float64]:
    """Unit vector from the Earth to the Sun, shape (3, ...), equator and equinox of date, good to 0.01 degrees.

    Astronomical Almanac, low-precision formulas for the Sun (1950-2050). `days` since J2000, any shape.
    """
    days = np.asarray(days, dtype=np.float64)
    anomaly = np.radians(357.528 + 0.9856003 * days)
    longitude = np.radians(280.460 + 0.9856474 * days + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly))
    obliquity = np.radians(23.439 - 4e-7 * days)
    return np.stack([np.cos(longitude), np.cos(obliquity) * np.sin(longitude), np.sin(obliquity) * np.sin(longitude)])


def node_at_local_time(days: Any, ltan_hours: Any) -> Any:
    """Right ascension of a node that the mean Sun sees at a local time, rad: Ω = α_mean Sun + 15° (LTAN - 12 h)."""
    return mean_sun_right_ascension(days) + np.radians(15.0 * (np.asarray(ltan_hours) - 12.0))


def beta_angle(days: Any, node_rad: Any, inclination_rad: Any) -> NDArray[np.float64]:
    """Angle between the orbit plane and the Sun, rad, positive on the side of the orbit normal; broadcast shape.

    sin β = ŝ·n̂ with n̂ = (sin Ω sin i, -cos Ω sin i, cos i).
    """
    sun = sun_direction(days)
    normal = (
        sun[0] * np.sin(node_rad) * np.sin(inclination_rad)
        - sun[1] * np.cos(node_rad) * np.sin(inclination_rad)
        + sun[2] * np.cos(inclination_rad)
    )
    return np.asarray(np.arcsin(np.clip(normal, -1.0, 1.0)))
