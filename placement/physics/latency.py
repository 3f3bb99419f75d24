"""Round-trip times: by fibre, by relay in orbit, by a ground station in view."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.physics.constants import EARTH_MEAN_RADIUS_KM, EARTH_RADIUS_KM, SPEED_OF_LIGHT_KM_S

FIBRE_BASE_MS = 14.0  # regression over 45 measured pairs (IBM Cloud, Aug-Sep 2024), R² 0.79; grade D
FIBRE_MS_PER_KM = 0.0157  # same regression
RELAY_MS = 25.7  # Starlink, US median at peak hour, July 2025; grade X


def great_circle_km(lat1_deg: Any, lon1_deg: Any, lat2_deg: Any, lon2_deg: Any) -> NDArray[np.float64]:
    """Distance along a sphere of the mean radius, km (haversine); broadcast shape."""
    lat1, lon1, lat2, lon2 = (
        np.radians(np.asarray(v, dtype=np.float64)) for v in (lat1_deg, lon1_deg, lat2_deg, lon2_deg)
    )
    h = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return np.asarray(2 * EARTH_MEAN_RADIUS_KM * np.arcsin(np.sqrt(np.clip(h, 0.0, 1.0))))


def fibre_rtt_ms(distance_km: Any) -> NDArray[np.float64]:
    """Measured rule for round trips between sites: 14 ms + 0.0157 ms per km of great circle."""
    return np.asarray(FIBRE_BASE_MS + FIBRE_MS_PER_KM * np.asarray(distance_km, dtype=np.float64))


def relay_rtt_ms(altitude_km: Any) -> NDArray[np.float64]:
    """Round trip by a relay, ms: as measured, but no less than light takes down from the altitude and up again.

    Examples
    --------
    >>> [round(float(relay_rtt_ms(h)), 1) for h in (650.0, 35786.0)]
    [25.7, 238.7]
    """
    light = 2 * np.asarray(altitude_km, dtype=np.float64) / SPEED_OF_LIGHT_KM_S * 1e3
    return np.asarray(np.maximum(RELAY_MS, light))


def slant_range_km(altitude_km: Any, elevation_deg: Any) -> NDArray[np.float64]:
    """Distance from a station to a satellite at an elevation, km; spherical Earth of equatorial radius."""
    r = EARTH_RADIUS_KM + np.asarray(altitude_km, dtype=np.float64)
    elevation = np.radians(np.asarray(elevation_deg, dtype=np.float64))
    inner = (r / EARTH_RADIUS_KM) ** 2 - np.cos(elevation) ** 2
    return np.asarray(EARTH_RADIUS_KM * (np.sqrt(inner) - np.sin(elevation)))


def contact_rtt_ms(altitude_km: Any, elevation_deg: Any) -> NDArray[np.float64]:
    """Light time station - satellite - station, ms.

    Examples
    --------
    >>> [round(float(contact_rtt_ms(650.0, e)), 1) for e in (90, 30, 20, 10, 5)]
    [4.3, 7.7, 9.9, 13.6, 16.3]
    """
    return 2 * slant_range_km(altitude_km, elevation_deg) / SPEED_OF_LIGHT_KM_S * 1e3
