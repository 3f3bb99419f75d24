"""What a year holds for one circular Sun-synchronous orbit: its eclipses, and its contacts with a station."""

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.physics import contacts, orbit, sunlight

YEAR = 2027
"""The year that is looked at; from year to year the figures move by less than their last digit."""

DAYS = 365
STEP_MINUTES = 1.0


class Eclipses(NamedTuple):
    """Of a year."""

    sunlit_percent: float
    days: float
    longest_minutes: float


class Contacts(NamedTuple):
    """Of a year, with one station."""

    passes_per_day: float
    mean_minutes: float
    longest_minutes: float
    minutes_per_day: float


@functools.cache
def _minutes() -> NDArray[np.float64]:
    """Days since J2000 of every minute of the year, UTC; shape (525600,)."""
    start = orbit.days_since_j2000(np.asarray(np.datetime64(f"{YEAR}-01-01", "us")))
    steps: NDArray[np.float64] = float(start) + np.arange(int(DAYS * 1440 / STEP_MINUTES)) * STEP_MINUTES / 1440
    return steps


@functools.lru_cache(maxsize=64)
def eclipses(altitude_km: float, local_time_h: float) -> Eclipses:
    """Eclipses over a year at one-minute steps, from the angle between the orbit plane and the Sun.

    Parameters
    ----------
    altitude_km : float
        Of a circular Sun-synchronous orbit, km, > 0.
    local_time_h : float
        Mean local time of its ascending node, h.

    Returns
    -------
    Eclipses
        Mean sunlit share of an orbit, %; the days with eclipses, counted in minutes; the longest eclipse, minutes.

    Examples
    --------
    >>> round(eclipses(650.0, 18.0).sunlit_percent, 1)
    96.0
    """
    days = _minutes()
    inclination = orbit.sun_synchronous_inclination(altitude_km)
    beta = orbit.beta_angle(days, orbit.node_at_local_time(days, local_time_h), inclination)
    sunlit = sunlight.sunlit_fraction(beta, altitude_km)
    longest = (1 - sunlit.min()) * orbit.period_minutes(altitude_km)
    return Eclipses(float(100 * sunlit.mean()), float((sunlit < 1).mean() * DAYS), float(longest))


@functools.lru_cache(maxsize=64)
def station_contacts(
    altitude_km: float, local_time_h: float, lat_deg: float, lon_deg: float, mask_deg: float, plain: bool = False
) -> Contacts:
    """Passes over a station in a year, from positions a minute apart.

    Parameters
    ----------
    altitude_km, local_time_h : float
        As in `eclipses`; on 1 January, 0 h UTC, the satellite is at its ascending node.
    lat_deg, lon_deg : float
        Of the station, degrees.
    mask_deg : float
        Elevation above which it is in view, degrees.
    plain : bool
        On a plain circle, not on the orbit as it is flown (`contacts.satellite_position`).

    Returns
    -------
    Contacts
        Passes a day, their mean and greatest length in minutes, and minutes a day; 0 without any pass.
    """
    days = _minutes()
    found = contacts.passes(_track(altitude_km, local_time_h, plain), days, lat_deg, lon_deg, mask_deg)
    lengths = found.minutes if len(found.minutes) else np.zeros(1)
    per_day = contacts.minutes_per_day(found, days)
    return Contacts(len(found.minutes) / DAYS, float(lengths.mean()), float(lengths.max()), per_day)


@functools.lru_cache(maxsize=2)
def _track(altitude_km: float, local_time_h: float, plain: bool) -> NDArray[np.float64]:
    """Position, km, at every minute of the year; shape (3, n)."""
    days = _minutes()
    inclination = float(orbit.sun_synchronous_inclination(altitude_km))
    node = float(orbit.node_at_local_time(days[0], local_time_h))
    return contacts.satellite_position(days, altitude_km, inclination, node, 0.0, plain=plain)
