"""A year minute by minute against the closed formula of an orbit, and against published eclipses and cycles."""

import functools
from typing import Any

import numpy as np
import orbital
import pytest

from placement import spacecraft
from placement.orbit_year import FIRST_DAY, STEPS, OrbitYear, light, orbit_year
from placement.physics import orbit, sunlight
from placement.schema import Cluster

PATHS = {"station": orbital.STATION, "dawn-dusk": orbital.DAWN_DUSK, "noon": orbital.NOON}
CRAFT = {
    "throttle": {"eclipse": "throttle", "array_kw": 17.0, "battery_kwh": 8.0, "depth_of_discharge": 0.4},
    "ride_through": {"eclipse": "ride_through", "array_kw": 15.0, "battery_kwh": 12.0, "depth_of_discharge": 0.5},
    "pause": {"eclipse": "pause", "array_kw": 16.0, "battery_kwh": 4.0, "resume_minutes": 2.5},
}
HOT = {"radiator": {"m2": 14.0, "emissivity": 0.9, "end_emissivity": 0.8, "derate": 0.8}, "life_years": 5.0}
"""About 11 kW at begin of life and 10 at its end: all of the load, then less."""


def closed(cluster: Cluster, age: float) -> float:
    """Mean of the orbit formula over the hours of the year, the sunlit share by the angle to the Sun."""
    path, craft = cluster.orbit, cluster.satellites
    assert path is not None
    assert craft is not None
    days = FIRST_DAY + (np.arange(365 * 24) + 0.5) / 24
    inclination, node = float(np.radians(path.inclination_deg or 0.0)), np.radians(path.raan_deg or 0.0)
    node = node + orbit.nodal_drift(path.altitude_km, inclination) * (days - FIRST_DAY) * 86400
    if path.ltan is not None:
        inclination = float(orbit.sun_synchronous_inclination(path.altitude_km))
        node = orbit.node_at_local_time(days, path.ltan)
    speed = sunlight.orbital_speed(
        sunlight.sunlit_fraction(orbit.beta_angle(days, node, inclination), path.altitude_km),
        path.altitude_km,
        array_kw=spacecraft.array_at(craft, days, age),
        load_kw=spacecraft.load_kw(craft, 1.0),
        battery_kwh=craft.battery_kwh * craft.depth_of_discharge,
        efficiency=craft.battery_efficiency,
        policy=craft.eclipse,
        resume_minutes=craft.resume_minutes,
        heat_kw=spacecraft.heat_kw(craft, age),
    )
    return float(speed.mean())


@functools.cache
def year(path: str, policy: str, age: float) -> tuple[Cluster, OrbitYear]:
    cluster = orbital.cluster(PATHS[path], **CRAFT[policy], **HOT, array_loss_per_year=0.04)
    return cluster, orbit_year(cluster, 1.0, age)


CASES = pytest.mark.parametrize(
    ("path", "policy", "age"), [(path, policy, age) for path in PATHS for policy in CRAFT for age in (0.0, 5.0)]
)


@CASES
def test_a_year_by_minutes_is_the_closed_formula_within_half_a_per_cent(path: str, policy: str, age: float) -> None:
    cluster, found = year(path, policy, age)
    assert found.speed == pytest.approx(closed(cluster, age), rel=0.005)


@CASES
def test_nothing_is_lost_and_the_battery_is_never_drawn_deeper_than_allowed(path: str, policy: str, age: float) -> None:
    cluster, found = year(path, policy, age)
    assert cluster.satellites is not None
    assert found.imbalance < 1e-9
    assert 0.0 <= found.deepest_discharge <= cluster.satellites.depth_of_discharge * (1 + 1e-9)
    assert found.full_cycles <= found.cycles * found.deepest_discharge * (1 + 1e-9)
    assert 0.0 < found.speed <= 1.0 + 1e-9


@pytest.mark.parametrize("policy", CRAFT)
@pytest.mark.parametrize("path", PATHS)
def test_an_old_satellite_is_never_faster_than_a_new_one(path: str, policy: str) -> None:
    assert year(path, policy, 5.0)[1].speed <= year(path, policy, 0.0)[1].speed


@pytest.mark.parametrize("path", PATHS)
def test_who_pauses_runs_on_the_array_alone_also_where_it_is_too_small(path: str) -> None:
    """An array of 8 kW for 10: what charges the battery while the run resumes does not come back."""
    craft = CRAFT["pause"] | {"array_kw": 8.0, "resume_minutes": 10.0}
    cluster = orbital.cluster(PATHS[path], **craft)
    found = orbit_year(cluster, 1.0, 0.0)
    assert found.cycles == 0
    assert found.speed == pytest.approx(closed(cluster, 0.0), rel=0.005)


def test_a_dawn_dusk_satellite_cycles_its_battery_1320_times_a_year() -> None:
    assert year("dawn-dusk", "throttle", 0.0)[1].cycles == pytest.approx(1320, rel=0.02)


def test_a_satellite_at_the_stations_height_cycles_it_about_5500_times_a_year() -> None:
    """Every orbit but those when it flies along the terminator: 5,664 orbits, of which some 3 % have no eclipse."""
    assert 5450 <= year("station", "throttle", 0.0)[1].cycles <= 5700


def test_each_eclipse_of_the_noon_orbit_is_a_cycle() -> None:
    """One an orbit, all the year."""
    lit, _ = light(orbital.cluster(orbital.NOON), minutes())
    assert year("noon", "throttle", 0.0)[1].cycles == int((lit[:-1] & ~lit[1:]).sum())


def test_eclipses_of_a_dawn_dusk_orbit_are_as_published() -> None:
    """650 km, 18:00: 96.00 % in the sun, 90 days with eclipses, of at most 19.7 minutes."""
    found = year("dawn-dusk", "throttle", 0.0)[1]
    assert 100 * found.sunlit_share == pytest.approx(96.00, abs=0.1)
    assert found.eclipse_days == pytest.approx(90, abs=2)  # days of the calendar, the first and last of them in part
    assert found.longest_eclipse_minutes == pytest.approx(19.7, abs=0.1)


def minutes() -> np.ndarray:
    return FIRST_DAY + (np.arange(STEPS) + 0.5) / 1440


@pytest.mark.parametrize(
    ("altitude", "ltan", "percent"),
    [(400, 18, 93.01), (550, 18, 94.98), (650, 18, 96.00), (700, 18, 96.44), (1000, 18, 98.46), (1350, 18, 99.88),
     (1400, 18, 100.0), (650, 16, 78.0), (650, 12, 63.8), (650, 6, 96.15)],
)  # fmt: skip
def test_minutes_in_the_sun_are_the_published_share(altitude: float, ltan: float, percent: float) -> None:
    """Positions a minute apart against the shadow; the table was worked out from angles."""
    lit, share = light(orbital.cluster({"altitude_km": float(altitude), "ltan": float(ltan)}), minutes())
    assert 100 * lit.mean() == pytest.approx(percent, abs=0.1)
    assert 100 * share.mean() == pytest.approx(percent, abs=0.1)


@pytest.mark.parametrize("resume", [0.5, 2.5, 7.25])
def test_parts_of_a_minute_to_resume_count(resume: float) -> None:
    cluster = orbital.cluster(orbital.NOON, eclipse="pause", resume_minutes=resume)
    assert orbit_year(cluster, 1.0, 0.0).speed == pytest.approx(closed(cluster, 0.0), rel=1e-3)


@pytest.mark.parametrize(
    ("better", "changed"),
    [("battery", {"battery_kwh": 16.0}), ("array", {"array_kw": 25.0}), ("radiator", {"radiator": None})],
)
def test_more_battery_array_or_radiator_never_slows_a_year(better: str, changed: dict[str, Any]) -> None:
    cluster = orbital.cluster(orbital.NOON, **{**CRAFT["throttle"], **HOT, "array_loss_per_year": 0.04, **changed})
    plain = year("noon", "throttle", 5.0)[1].speed
    assert orbit_year(cluster, 1.0, 5.0).speed >= plain * (1 - 1e-9), better


def test_without_array_losses_battery_or_radiator_only_the_sun_decides() -> None:
    found = orbit_year(orbital.cluster(orbital.NOON, array_loss_per_year=0.0), 1.0, 5.0)
    lit, _ = light(orbital.cluster(orbital.NOON), minutes())
    assert found.speed == pytest.approx(float(lit.mean()), abs=1e-12)
    assert (found.cycles, found.deepest_discharge, found.full_cycles) == (0, 0.0, 0.0)
