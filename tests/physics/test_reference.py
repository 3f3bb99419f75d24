"""Sunlight of many orbits against Skyfield's Sun (JPL DE421) and the shadow itself, point by point along each orbit."""

import functools
import warnings

import numpy as np
import pytest
from skyfield.api import Loader
from skyfield_data import get_skyfield_data_path

from placement.physics import orbit, sunlight
from placement.physics.constants import EARTH_RADIUS_KM

MOMENTS = np.datetime64("2027-01-01T00:00:00", "us") + np.arange(365 * 4) * np.timedelta64(6, "h")
POINTS = 2880
RNG = np.random.default_rng(2027)

INCLINED = [
    (float(altitude), float(inclination), float(node))
    for altitude, inclination, node in zip(
        np.linspace(400, 2000, 16), np.linspace(0, 100, 16)[RNG.permutation(16)], RNG.uniform(0, 360, 16), strict=True
    )
]
SYNCHRONOUS = [(float(altitude), float(hour)) for hour, altitude in enumerate(np.linspace(400, 1340, 24))]


@functools.cache
def reference_sun() -> np.ndarray:
    """(3, T) apparent direction of the Sun, true equator and equinox of date."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # its table of the Earth's rotation has an end; unused here
        load = Loader(get_skyfield_data_path(), verbose=False, expire=False)
    bodies = load("de421.bsp")
    hours = (MOMENTS - MOMENTS[0]) / np.timedelta64(1, "h")
    times = load.timescale(builtin=True).utc(2027, 1, 1, hours.astype(np.float64))
    ascension, declination, _ = bodies["earth"].at(times).observe(bodies["sun"]).apparent().radec(epoch="date")
    bodies.close()
    a, d = ascension.radians, declination.radians
    return np.array([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)])


def reference_share(altitude: float, inclination: float, node: np.ndarray) -> np.ndarray:
    """(T,) share of points of the orbit outside a cylindrical shadow."""
    u = np.arange(POINTS) * 2 * np.pi / POINTS
    radius = EARTH_RADIUS_KM + altitude
    sun, share = reference_sun(), np.zeros(len(node))
    for t, angle in enumerate(node):
        ahead = np.array([np.cos(angle), np.sin(angle), 0.0])
        up = np.array([-np.sin(angle) * np.cos(inclination), np.cos(angle) * np.cos(inclination), np.sin(inclination)])
        along = radius * (np.cos(u) * (ahead @ sun[:, t]) + np.sin(u) * (up @ sun[:, t]))
        dark = (along < 0) & (radius**2 - along**2 < EARTH_RADIUS_KM**2)
        share[t] = 1.0 - dark.mean()
    return share


def agree(altitude: float, inclination: float, node: np.ndarray) -> None:
    days = orbit.days_since_j2000(MOMENTS)
    ours = sunlight.sunlit_fraction(orbit.beta_angle(days, node, inclination), altitude)
    theirs = reference_share(altitude, inclination, node)
    assert 100 * ours.mean() == pytest.approx(100 * theirs.mean(), abs=0.1)
    assert (ours < 1).mean() * 365 == pytest.approx((theirs < 1).mean() * 365, abs=1.0)


@pytest.mark.parametrize(("altitude", "inclination_deg", "node_deg"), INCLINED)
def test_inclined_orbits(altitude: float, inclination_deg: float, node_deg: float) -> None:
    inclination = np.radians(inclination_deg)
    seconds = (MOMENTS - MOMENTS[0]) / np.timedelta64(1, "s")
    agree(altitude, float(inclination), np.radians(node_deg) + orbit.nodal_drift(altitude, inclination) * seconds)


@pytest.mark.parametrize(("altitude", "ltan"), SYNCHRONOUS)
def test_sun_synchronous_orbits_of_every_hour(altitude: float, ltan: float) -> None:
    node = orbit.node_at_local_time(orbit.days_since_j2000(MOMENTS), ltan)
    agree(altitude, float(orbit.sun_synchronous_inclination(altitude)), node)


def test_the_sun_is_where_the_reference_has_it() -> None:
    cosine = (orbit.sun_direction(orbit.days_since_j2000(MOMENTS)) * reference_sun()).sum(axis=0)
    assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).max() < 0.02
