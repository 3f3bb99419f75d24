"""When a satellite in a circular orbit is in view of ground stations."""

import numpy as np
from numpy.typing import NDArray

from placement.physics.constants import EARTH_FLATTENING, EARTH_RADIUS_KM, EARTH_ROTATION_RAD_S
from placement.physics.orbit import latitude_rate, nodal_drift

_GREENWICH_AT_J2000_RAD = np.radians(280.46061837)  # Greenwich mean sidereal time at J2000 (IAU 1982)


def satellite_position(
    days: NDArray[np.float64], altitude_km: float, inclination_rad: float, node_rad: float, latitude_argument_rad: float
) -> NDArray[np.float64]:
    """Position, km, shape (3, n), in the equator and equinox of date.

    Parameters
    ----------
    days : array, shape (n,)
        Days since J2000, UTC. The elements hold at days[0].
    altitude_km, inclination_rad : float
        The circular orbit.
    node_rad, latitude_argument_rad : float
        Right ascension of the node and argument of latitude at days[0].
    """
    seconds = (days - days[0]) * 86400
    node = node_rad + nodal_drift(altitude_km, inclination_rad) * seconds
    u = latitude_argument_rad + latitude_rate(altitude_km, inclination_rad) * seconds
    r = EARTH_RADIUS_KM + altitude_km
    return r * np.stack(
        [
            np.cos(node) * np.cos(u) - np.sin(node) * np.sin(u) * np.cos(inclination_rad),
            np.sin(node) * np.cos(u) + np.cos(node) * np.sin(u) * np.cos(inclination_rad),
            np.sin(u) * np.sin(inclination_rad),
        ]
    )


def station_position(
    days: NDArray[np.float64], lat_deg: float, lon_deg: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Position (km) and zenith of a station at sea level on the WGS 84 ellipsoid, each of shape (3, n), inertial."""
    lat = np.radians(lat_deg)
    e2 = EARTH_FLATTENING * (2 - EARTH_FLATTENING)
    n = EARTH_RADIUS_KM / np.sqrt(1 - e2 * np.sin(lat) ** 2)
    angle = _GREENWICH_AT_J2000_RAD + EARTH_ROTATION_RAD_S * 86400 * days + np.radians(lon_deg)
    zenith = np.stack([np.cos(lat) * np.cos(angle), np.cos(lat) * np.sin(angle), np.full_like(angle, np.sin(lat))])
    position = n * zenith
    position[2] = n * (1 - e2) * np.sin(lat)
    return position, zenith


def in_view(
    satellite_km: NDArray[np.float64], days: NDArray[np.float64], lat_deg: float, lon_deg: float, mask_deg: float
) -> NDArray[np.bool_]:
    """Shape (n,): whether the satellite stands above the elevation mask of a station."""
    station, zenith = station_position(days, lat_deg, lon_deg)
    to_satellite = satellite_km - station
    sine = (to_satellite * zenith).sum(axis=0) / np.sqrt((to_satellite**2).sum(axis=0))
    return np.asarray(sine > np.sin(np.radians(mask_deg)))
