"""A year of one satellite, minute by minute: sunlight, what its accelerators get, how its battery cycles."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement import spacecraft
from placement.physics import battery, contacts, orbit, sunlight
from placement.schema import Cluster

STEP_MINUTES = 1.0
STEPS = 365 * 24 * 60
FIRST_DAY = float(orbit.days_since_j2000(np.array(["2027-01-01T00:00:00"], dtype="datetime64[us]"))[0])


@dataclass(frozen=True)
class OrbitYear:
    """What a year in orbit is like at an age of the satellite."""

    sunlit_share: float
    eclipse_days: int
    """Days with any eclipse."""
    longest_eclipse_minutes: float
    speed: float
    """Mean of what its accelerators get over what they need."""
    cycles: int
    """Discharges of the battery."""
    deepest_discharge: float
    """The deepest of them, as a share of the whole battery."""
    full_cycles: float
    """All that is discharged over the whole battery."""
    imbalance: float
    """What does not balance, relative: power in the worst step, or the battery's energy over the year."""


def orbit_year(cluster: Cluster, kw: float, age_years: float) -> OrbitYear:
    """A year of a satellite of an orbital cluster at one-minute steps, the Sun as in 2027.

    Parameters
    ----------
    cluster : Cluster
        With `orbit` and `satellites`. Of several planes the orbit's own is taken; its RAAN is that of the first minute.
    kw : float
        Power of one accelerator, kW.
    age_years : float
        Of array and radiator, all the year.
    """
    path, satellites = cluster.orbit, cluster.satellites
    assert path is not None
    assert satellites is not None
    days = FIRST_DAY + (np.arange(STEPS) + 0.5) * STEP_MINUTES / 1440
    lit, share = light(cluster, days)
    full = spacecraft.load_kw(satellites, kw)
    capped = min(full, float(spacecraft.heat_kw(satellites, age_years)))
    array = spacecraft.array_at(satellites, days, age_years)
    usable = satellites.battery_kwh * satellites.depth_of_discharge
    asked = np.minimum(capped, array) if satellites.eclipse == "pause" else np.full(STEPS, capped)
    if satellites.eclipse == "ride_through":
        asked = full * sunlight.orbital_speed(
            share,
            path.altitude_km,
            array_kw=array,
            load_kw=full,
            battery_kwh=usable,
            efficiency=satellites.battery_efficiency,
            policy="ride_through",
            resume_minutes=0.0,
            heat_kw=capped,
        )
    resume = satellites.resume_minutes / STEP_MINUTES
    asked = battery.asked_kw(lit, asked, satellites.eclipse, resume)
    run = battery.run(np.where(lit, array, 0.0), asked, usable, satellites.battery_efficiency, STEP_MINUTES / 60)
    drawn = run.cycles()
    whole = satellites.battery_kwh or 1.0
    by_day = (~lit).reshape(-1, round(1440 / STEP_MINUTES)).any(axis=1)
    return OrbitYear(
        sunlit_share=float(share.mean()),
        eclipse_days=int(by_day.sum()),
        longest_eclipse_minutes=float((1 - share.min()) * orbit.period_minutes(path.altitude_km)),
        speed=float(run.served_kw.mean() / full),
        cycles=len(drawn),
        deepest_discharge=float(drawn.max(initial=0.0) / whole),
        full_cycles=float(drawn.sum() / whole),
        imbalance=_imbalance(run, np.where(lit, array, 0.0), usable, satellites.battery_efficiency),
    )


def longest_eclipse_hours(cluster: Cluster) -> float:
    """The longest eclipse of a year, looked at every hour, h."""
    path = cluster.orbit
    assert path is not None
    _, share = light(cluster, FIRST_DAY + np.arange(365 * 24) / 24)
    return float((1 - share.min()) * orbit.period_minutes(path.altitude_km)) / 60


def light(cluster: Cluster, days: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Whether the satellite is in sunlight at each moment, and what share of that orbit is; each of shape (n,)."""
    path = cluster.orbit
    assert path is not None
    if path.ltan is not None:
        inclination = float(orbit.sun_synchronous_inclination(path.altitude_km))
        first = float(orbit.node_at_local_time(days[0], path.ltan))
    else:
        assert path.inclination_deg is not None
        assert path.raan_deg is not None
        inclination, first = float(np.radians(path.inclination_deg)), float(np.radians(path.raan_deg))
    where = contacts.satellite_position(days, path.altitude_km, inclination, first, float(np.radians(path.phase_deg)))
    node = first + orbit.nodal_drift(path.altitude_km, inclination) * (days - days[0]) * 86400
    share = sunlight.sunlit_fraction(orbit.beta_angle(days, node, inclination), path.altitude_km)
    return sunlight.in_sunlight(where, orbit.sun_direction(days)), share


def _imbalance(run: battery.BatteryRun, array: NDArray[np.float64], usable: float, efficiency: float) -> float:
    """The larger of two errors, each relative: of powers in the worst step, and of the battery's energy over all."""
    power = array + run.discharge_kw - run.charge_kw - run.unused_kw - run.served_kw
    stored = (efficiency * run.charge_kw - run.discharge_kw).sum() * run.step_hours
    moved = float(run.level_kwh[-1]) - usable
    size = max(float((run.charge_kw + run.discharge_kw).sum()) * run.step_hours, 1e-9)
    return max(float(np.abs(power).max() / max(array.max(), 1e-9)), float(abs(stored - moved) / size))
