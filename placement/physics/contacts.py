"""When a satellite in a circular orbit is in view of ground stations.

A station sees a satellite at elevation e, where sin e = ẑ·(r - s)/|r - s| with the zenith ẑ of the ellipsoid. Light
travels straight: refraction lifts what stands at 10 degrees by 0.1 degrees (general knowledge), which is left out.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.physics.constants import EARTH_FLATTENING, EARTH_J2, EARTH_J3, EARTH_RADIUS_KM
from placement.physics.orbit import latitude_rate, mean_axis_km, nodal_drift

_GREENWICH_AT_J2000_RAD = np.radians(280.46061837)  # Greenwich mean sidereal time at J2000 (IAU 1982)
_GREENWICH_PER_DAY_RAD = np.radians(360.98564736629)  # its rate (IAU 1982); from the equinox of date, which moves


def satellite_position(
    days: NDArray[np.float64],
    altitude_km: float,
    inclination_rad: float,
    node_rad: float,
    latitude_argument_rad: float,
    *,
    plain: bool = False,
) -> NDArray[np.float64]:
    """Position, km, shape (3, n), in the equator and equinox of date.

    A circular orbit as it is flown about an oblate Earth, which gives it a shape (Brouwer 1959; Vallado ch. 9 and 11).
    With the mean radius r₀ = R + h, J = J2 (R/r₀)² and s = sin i,

        r(u) = r₀ (1 + J/4 · s² cos 2u - ε sin u),    ε = -J3/(2 J2) · (R/r₀) s,    u = ū - 2 ε cos ū

    so that a satellite passes the north pole 14 km lower than the south pole (the orbit is *frozen*; SGP4 does the same
    at eccentricity 0). ū runs at the rate of the mean semi-major axis (`orbit.mean_axis_km`).

    Parameters
    ----------
    days : array, shape (n,)
        Days since J2000, UTC. The elements hold at days[0].
    altitude_km, inclination_rad : float
        Altitude, the mean over the orbit above the equatorial radius; inclination.
    node_rad, latitude_argument_rad : float
        Right ascension of the node and mean argument of latitude ū at days[0].
    plain : bool
        A plain circle of radius r₀ instead, which only turns (J2's secular rates).
    """
    seconds = (days - days[0]) * 86400
    sine = np.sin(inclination_rad)
    mean_km = EARTH_RADIUS_KM + altitude_km
    oblate = 0.0 if plain else EARTH_J2 * (EARTH_RADIUS_KM / mean_km) ** 2
    frozen = 0.0 if plain else -EARTH_J3 / (2 * EARTH_J2) * (EARTH_RADIUS_KM / mean_km) * sine
    axis_km = mean_km if plain else mean_axis_km(altitude_km, inclination_rad)
    node = node_rad + nodal_drift(altitude_km, inclination_rad) * seconds
    mean_u = latitude_argument_rad + latitude_rate(axis_km - EARTH_RADIUS_KM, inclination_rad) * seconds
    u = mean_u - 2 * frozen * np.cos(mean_u)
    r = mean_km * (1 + oblate / 4 * sine**2 * np.cos(2 * u) - frozen * np.sin(u))
    path: NDArray[np.float64] = r * np.stack(
        [
            np.cos(node) * np.cos(u) - np.sin(node) * np.sin(u) * np.cos(inclination_rad),
            np.sin(node) * np.cos(u) + np.cos(node) * np.sin(u) * np.cos(inclination_rad),
            np.sin(u) * np.sin(inclination_rad),
        ]
    )
    return path


def station_position(
    days: NDArray[np.float64], lat_deg: float, lon_deg: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Position (km) and zenith of a station at sea level on the WGS 84 ellipsoid, each of shape (3, n).

    Equator and mean equinox of date, as of satellites; UTC stands for UT1, which moves a station by up to 0.4 km.
    """
    lat = np.radians(lat_deg)
    e2 = EARTH_FLATTENING * (2 - EARTH_FLATTENING)
    n = EARTH_RADIUS_KM / np.sqrt(1 - e2 * np.sin(lat) ** 2)
    angle = _GREENWICH_AT_J2000_RAD + _GREENWICH_PER_DAY_RAD * days + np.radians(lon_deg)
    zenith = np.stack([np.cos(lat) * np.cos(angle), np.cos(lat) * np.sin(angle), np.full_like(angle, np.sin(lat))])
    position = n * zenith
    position[2] = n * (1 - e2) * np.sin(lat)
    return position, zenith


def ground_point(
    satellite_km: NDArray[np.float64], days: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitude and longitude of the point below a satellite, degrees, shape (n,) each; longitude in [-180, 180).

    Below: on the line to the Earth's centre, its latitude told for the WGS 84 ellipsoid, tan φ = tan φ' / (1 - f)².

    Parameters
    ----------
    satellite_km : array, shape (3, n)
        As `satellite_position` gives it.
    days : array, shape (n,)
        Days since J2000, UTC.
    """
    x, y, z = satellite_km
    angle = np.arctan2(y, x) - _GREENWICH_AT_J2000_RAD - _GREENWICH_PER_DAY_RAD * days
    latitude = np.arctan2(z, np.hypot(x, y) * (1 - EARTH_FLATTENING) ** 2)
    return np.degrees(latitude), (np.degrees(angle) + 180) % 360 - 180


def elevation(
    satellite_km: NDArray[np.float64], days: NDArray[np.float64], lat_deg: float, lon_deg: float
) -> NDArray[np.float64]:
    """Shape (n,): elevation of the satellite above a station's horizon, degrees, negative below it.

    Parameters
    ----------
    satellite_km : array, shape (3, n)
        As `satellite_position` gives it.
    days : array, shape (n,)
        Days since J2000, UTC.
    lat_deg, lon_deg : float
        The station, geodetic, at sea level.
    """
    return _elevation(*_projections(satellite_km, days, lat_deg, lon_deg))


def in_view(
    satellite_km: NDArray[np.float64], days: NDArray[np.float64], lat_deg: float, lon_deg: float, mask_deg: float
) -> NDArray[np.bool_]:
    """Shape (n,): whether the satellite stands above the elevation mask of a station."""
    station, zenith = station_position(days, lat_deg, lon_deg)
    to_satellite = satellite_km - station
    sine = (to_satellite * zenith).sum(axis=0) / np.sqrt((to_satellite**2).sum(axis=0))
    return np.asarray(sine > np.sin(np.radians(mask_deg)))


@dataclass(frozen=True)
class Passes:
    """Passes of a satellite over a station in order of time; each array of shape (p,)."""

    start: NDArray[np.float64]
    """Rise above the mask, days since J2000; the first moment looked at, where it was up already."""
    end: NDArray[np.float64]
    """Descent below it, or the last moment looked at."""
    highest_deg: NDArray[np.float64]
    """Greatest elevation, degrees."""

    @property
    def minutes(self) -> NDArray[np.float64]:
        """Length of each, minutes."""
        return (self.end - self.start) * 1440


def passes(
    satellite_km: NDArray[np.float64], days: NDArray[np.float64], lat_deg: float, lon_deg: float, mask_deg: float
) -> Passes:
    """Passes above the mask, with rise, culmination and descent between the samples.

    Between samples the projections of the satellite on zenith and station, which swing smoothly once an orbit, follow a
    cubic through four of them; elevation is worked out from those. With a sample a minute in a low orbit moments are
    good to 0.02 s, the greatest elevation to 0.3 degrees close to the zenith and far better elsewhere, and passes
    shorter than a minute are found.

    Parameters
    ----------
    satellite_km : array, shape (3, n)
        Positions, n at least 4.
    days : array, shape (n,)
        Evenly spaced; 20 samples an orbit or more.
    lat_deg, lon_deg, mask_deg : float
        Station and elevation mask, degrees.
    """
    projections = _projections(satellite_km, days, lat_deg, lon_deg)

    def height(at: NDArray[np.float64]) -> NDArray[np.float64]:
        return _elevation(*(_cubic(part, at) for part in projections))

    sampled = _elevation(*projections)
    last = len(sampled) - 1
    padded = np.concatenate([[-np.inf], sampled, [-np.inf]])
    tops = np.flatnonzero((padded[1:-1] > padded[:-2]) & (padded[1:-1] >= padded[2:])).astype(np.float64)
    top, highest = _culmination(height, np.maximum(tops - 1, 0), np.minimum(tops + 1, last))
    up = highest > mask_deg
    top, highest = top[up], highest[up]

    low = np.flatnonzero(sampled <= mask_deg).astype(np.float64)
    nearest = np.searchsorted(low, top)
    before = np.concatenate([[-1.0], low])[nearest]  # the last sample below the mask before each culmination
    after = np.concatenate([low, [last + 1.0]])[nearest]
    first = np.diff(before, prepend=-2.0) > 0  # a pass that culminates twice is one pass
    if len(top):
        highest = np.maximum.reduceat(highest, np.flatnonzero(first))
    rise, peak, before, after = top[first], top[first], before[first], after[first]
    rise = np.where(before < 0, 0.0, _crossing(height, mask_deg, np.maximum(before, 0.0), rise))
    descent = np.where(after > last, last, _crossing(height, mask_deg, np.minimum(after, last), peak))
    step = (days[-1] - days[0]) / last
    return Passes(days[0] + rise * step, days[0] + descent * step, highest)


def minutes_per_day(passes: Passes, days: NDArray[np.float64]) -> float:
    """Mean minutes in view a day over the time looked at, days[0] to days[-1]."""
    return float(passes.minutes.sum() / (days[-1] - days[0]))


def longest_gap_minutes(starts: Any, ends: Any, first_day: float, last_day: float) -> float:
    """Longest time without any contact between two moments, minutes.

    Parameters
    ----------
    starts, ends : array, shape (p,)
        Contacts in any order, which may overlap: passes of several stations, one behind the other. Days.
    first_day, last_day : float
        Where looking begins and ends; the time before the first contact and after the last counts.

    Examples
    --------
    >>> round(longest_gap_minutes([0.1, 0.15], [0.3, 0.2], 0.0, 0.5))
    288
    """
    order = np.argsort(starts)
    begins = np.concatenate([np.asarray(starts, np.float64)[order], [last_day]])
    covered = np.maximum.accumulate(np.concatenate([[first_day], np.asarray(ends, np.float64)[order]]))
    return float(np.maximum(begins - covered, 0.0).max() * 1440)


def share_usable(view: Any, availability: Any) -> NDArray[np.float64]:
    """Share of the time in which at least one station both sees the satellite and can work: 1 - Π (1 - a) over those.

    Sites are taken as independent of each other: true of clouds far apart, not of neighbours under one front.

    Parameters
    ----------
    view : array, shape (stations, n)
        Whether each station sees the satellite, as `in_view` gives it; or the share of an interval in which it does,
        which is right only where stations are not in view at the same time or the shares are 0 and 1.
    availability : array, shape (stations,)
        Share of the time in which each can work, 0 to 1: weather, booking.

    Returns
    -------
    array, shape (n,)
        In [0, 1]; 0 where none is in view.

    Examples
    --------
    >>> share_usable([[True, True, False], [True, False, False]], [0.75, 0.75]).tolist()
    [0.9375, 0.75, 0.0]
    """
    idle = 1.0 - np.asarray(view) * np.asarray(availability, np.float64)[:, None]
    return np.asarray(1.0 - idle.prod(axis=0))


def _projections(
    satellite_km: NDArray[np.float64], days: NDArray[np.float64], lat_deg: float, lon_deg: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Height above the station's horizon plane, km, and squared distance, km², each of shape (n,)."""
    station, zenith = station_position(days, lat_deg, lon_deg)
    to_satellite = satellite_km - station
    return (to_satellite * zenith).sum(axis=0), (to_satellite**2).sum(axis=0)


def _elevation(height_km: NDArray[np.float64], squared_km2: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.degrees(np.arcsin(np.clip(height_km / np.sqrt(squared_km2), -1.0, 1.0))))


def _cubic(values: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values between samples, by the cubic through the four around; `at` in steps from the first."""
    base = np.clip(at.astype(np.int64), 1, len(values) - 3)
    x = at - base
    a, b, c, d = (values[base + k] for k in (-1, 0, 1, 2))
    return np.asarray(
        -a * x * (x - 1) * (x - 2) / 6
        + b * (x + 1) * (x - 1) * (x - 2) / 2
        - c * (x + 1) * x * (x - 2) / 2
        + d * (x + 1) * x * (x - 1) / 6
    )


def _culmination(
    height: Any, low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where a function that rises and falls once between two points is greatest, and how great (thirds, 40 times)."""
    for _ in range(40):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        rising = height(left) < height(right)
        low, high = np.where(rising, left, low), np.where(rising, high, right)
    top = (low + high) / 2
    return top, height(top)


def _crossing(
    height: Any, mask_deg: float, below: NDArray[np.float64], above: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Where a function crosses the mask between a point below it and one above (halves, 30 times)."""
    for _ in range(30):
        middle = (below + above) / 2
        seen = height(middle) > mask_deg
        below, above = np.where(seen, below, middle), np.where(seen, middle, above)
    return (below + above) / 2
