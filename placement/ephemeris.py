"""What the sky gives a cluster: sunlight for its pools, contact for its link, and round trips to homes.

The crossing from a scenario's orbits and places to `placement.physics`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement import spacecraft
from placement.physics import contacts, latency, orbit, sunlight
from placement.schema import Accelerator, Cluster, Place, Plane, Pool, Scenario
from placement.series import on_slots
from placement.timegrid import TimeGrid
from placement.units import HOURS_PER_YEAR

CONTACT_STEP_MINUTES = 1.0
_CHUNK = 200_000


def accelerator_of(scenario: Scenario, name: str) -> Accelerator:
    """The accelerator of that name; KeyError if there is none."""
    for accelerator in scenario.accelerators:
        if accelerator.name == name:
            return accelerator
    raise KeyError(name)


def pool_kw(scenario: Scenario, pool: Pool) -> float:
    """Power of one accelerator of a pool, kW, with its share of host and network."""
    return pool.kw_per_accelerator or accelerator_of(scenario, pool.accelerator).kw


def pool_speed(scenario: Scenario, grid: TimeGrid, cluster: Cluster, pool: Pool) -> NDArray[np.float64]:
    """Shape (T,): speed of a pool in each slot, 0 to 1: its series times what eclipse leaves."""
    speed = on_slots(pool.speed, grid, scenario)
    if not cluster.orbital:
        return speed
    twice = cluster.satellites is not None and cluster.satellites.silent_errors == "duplicate"
    return speed * eclipse_factor(scenario, grid, cluster, pool) * (spacecraft.DUPLICATED_SPEED if twice else 1.0)


def working_share(grid: TimeGrid, cluster: Cluster) -> NDArray[np.float64]:
    """Shape (T,): share of a cluster's accelerators that work at the middle of each slot; 1 on Earth."""
    if cluster.satellites is None:
        return np.ones(grid.slots)
    years = cluster.satellites.age_years + (grid.edges[:-1] + grid.edges[1:]) / 2 / HOURS_PER_YEAR
    return spacecraft.working_share(cluster.satellites, years)


def interruptions(scenario: Scenario, cluster: Cluster, pool: Pool) -> float:
    """Interruptions per accelerator and year of a pool, all causes."""
    return spacecraft.interruptions(cluster, pool, accelerator_of(scenario, pool.accelerator))


def eclipse_factor(scenario: Scenario, grid: TimeGrid, cluster: Cluster, pool: Pool) -> NDArray[np.float64]:
    """Shape (T,): speed that array and battery leave the accelerators of an orbital pool, mean over each slot."""
    satellites = cluster.satellites
    assert cluster.orbit is not None
    assert satellites is not None
    days, slot = _samples(grid)
    sunlit = sunlit_share(grid, cluster, pool, days)
    years = satellites.age_years + (days - _day(grid, 0.0)) / 365.25
    if pool.number == 0:  # what modules bring ages by itself
        years = np.zeros(len(days))
    factor = sunlight.orbital_speed(
        sunlit,
        cluster.orbit.altitude_km,
        array_kw=spacecraft.array_at(satellites, days, years),
        load_kw=spacecraft.load_kw(satellites, pool_kw(scenario, pool)),
        battery_kwh=satellites.battery_kwh * satellites.depth_of_discharge,
        efficiency=satellites.battery_efficiency,
        policy=satellites.eclipse,
        resume_minutes=satellites.resume_minutes,
        heat_kw=spacecraft.heat_kw(satellites, years),
    )
    return np.bincount(slot, factor, grid.slots) / np.bincount(slot, minlength=grid.slots)


def sunlit_share(grid: TimeGrid, cluster: Cluster, pool: Pool, days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the orbit of a pool's plane in sunlight at the given days since J2000, same shape."""
    assert cluster.orbit is not None
    inclination, node = _plane(grid, cluster, _plane_of(cluster, pool), days)
    return sunlight.sunlit_fraction(orbit.beta_angle(days, node, inclination), cluster.orbit.altitude_km)


def sunlit_slots(grid: TimeGrid, cluster: Cluster, pool: Pool) -> NDArray[np.float64]:
    """Shape (T,): share of the orbit of a pool's plane in sunlight, mean over each slot."""
    days, slot = _samples(grid)
    share = sunlit_share(grid, cluster, pool, days)
    return np.bincount(slot, share, grid.slots) / np.bincount(slot, minlength=grid.slots)


def _day(grid: TimeGrid, hours: float) -> float:
    start = np.array([grid.start.replace(tzinfo=None)], dtype="datetime64[us]")
    return float(orbit.days_since_j2000(start)[0]) + hours / 24


def _samples(grid: TimeGrid) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Middles of the hours of the horizon (of the slots, where they are shorter), days since J2000, and their slots."""
    if grid.hour_tick is None:
        return _day(grid, 0.0) + (grid.edges[:-1] + grid.edges[1:]) / 48, np.arange(grid.slots)
    hours = np.arange(len(grid.hour_tick)) + 0.5
    return _day(grid, 0.0) + hours / 24, grid.tick_slot[grid.hour_tick]


def _plane_of(cluster: Cluster, pool: Pool | None) -> Plane | None:
    name = pool.plane if pool is not None else None
    if name is None:
        return cluster.planes[0] if cluster.planes else None
    return next(plane for plane in cluster.planes if plane.name == name)


def _plane(grid: TimeGrid, cluster: Cluster, plane: Plane | None, days: Any) -> tuple[float, Any]:
    """Inclination, rad, and right ascension of the node at the given days, rad."""
    path = cluster.orbit
    assert path is not None
    if path.ltan is not None:
        ltan = plane.ltan if plane is not None and plane.ltan is not None else path.ltan
        return float(orbit.sun_synchronous_inclination(path.altitude_km)), orbit.node_at_local_time(days, ltan)
    assert path.inclination_deg is not None
    assert path.raan_deg is not None
    raan = plane.raan_deg if plane is not None and plane.raan_deg is not None else path.raan_deg
    inclination = float(np.radians(path.inclination_deg))
    drift = orbit.nodal_drift(path.altitude_km, inclination) * 86400
    return inclination, np.radians(raan) + drift * (np.asarray(days) - _day(grid, 0.0))


def link_contact(scenario: Scenario, grid: TimeGrid, cluster: Cluster) -> tuple[NDArray[np.float64], float]:
    """Share of each slot, shape (T,), in which a cluster's link can be used, and its longest gap, hours.

    The product of the `contact` series, the share of the time with a station in view (of the first plane's satellite),
    and `availability`. The gap: the longest run of slots without contact, with stations of minutes without contact: in
    such a slot, or with no station in view that ever works. A cluster without link is always in contact.
    """
    link = cluster.link
    if link is None:
        return np.ones(grid.slots), 0.0
    contact = on_slots(link.contact, grid, scenario) * link.availability
    gap = _longest(contact <= 0, grid.slot_hours)
    if link.stations:
        view, minutes = _station_view(scenario, grid, cluster, contact > 0)
        contact, gap = contact * view, minutes / 60
    return contact, gap


def _longest(dark: NDArray[np.bool_], lengths: NDArray[np.float64]) -> float:
    longest = run = 0.0
    for is_dark, length in zip(dark, lengths, strict=True):
        run = run + float(length) if is_dark else 0.0
        longest = max(longest, run)
    return longest


def _station_view(
    scenario: Scenario, grid: TimeGrid, cluster: Cluster, usable_slots: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], float]:
    """Share of each slot with a usable station in view, and the longest time without contact, minutes.

    Stations are clouded over apart from each other, each with the availability of its place; one without any is as good
    as none. Without contact is a minute with none in view, or in a slot that is not among `usable_slots`, shape (T,).
    """
    assert cluster.orbit is not None
    assert cluster.link is not None
    step = min(CONTACT_STEP_MINUTES / 60, float(grid.slot_hours.min()) / 4)
    plane = cluster.planes[0] if cluster.planes else None
    begin = _day(grid, 0.0)
    inclination, node = _plane(grid, cluster, plane, begin)
    count = int(np.ceil(grid.hours / step))
    seen, usable = np.zeros(count, dtype=bool), np.zeros(count)
    found = (place_of(scenario, name) for name in cluster.link.stations)
    places = [place for place in found if place is not None and place.availability > 0]
    for first in range(0, count, _CHUNK):
        hours = (np.arange(first, min(first + _CHUNK, count)) + 0.5) * step
        days = np.concatenate([[begin], begin + hours / 24])  # the elements hold at the first of the days
        argument = float(np.radians(cluster.orbit.phase_deg))
        where = contacts.satellite_position(days, cluster.orbit.altitude_km, inclination, float(node), argument)[:, 1:]
        mask = cluster.link.min_elevation_deg
        view = np.zeros((len(places), len(hours)), dtype=bool)
        for row, place in enumerate(places):
            view[row] = contacts.in_view(where, days[1:], place.lat, place.lon, mask)
        seen[first : first + len(hours)] = view.any(axis=0)
        usable[first : first + len(hours)] = contacts.share_usable(view, [place.availability for place in places])
    middles = (np.arange(count) + 0.5) * step
    slot = np.clip(np.searchsorted(grid.edges, middles, side="right") - 1, 0, grid.slots - 1)
    share = np.bincount(slot, usable, grid.slots) / np.maximum(np.bincount(slot, minlength=grid.slots), 1)
    seen &= usable_slots[slot]
    changes = np.flatnonzero(np.diff(np.concatenate([[True], seen, [True]]).astype(np.int8)))
    gaps = np.diff(changes)[::2] if len(changes) else np.zeros(1)
    return share, float(gaps.max(initial=0)) * step * 60


def ground_track(
    grid: TimeGrid, cluster: Cluster, plane: Plane | None, hours: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitude and longitude of the point below a plane's first satellite, degrees, shape (n,) each.

    `hours` after the horizon's start, rising, at least one. `plane` None: the cluster's only one.
    """
    assert cluster.orbit is not None
    days = _day(grid, 0.0) + np.concatenate([[0.0], hours]) / 24  # the elements hold at the first of the days
    inclination, node = _plane(grid, cluster, plane, days[0])
    argument = float(np.radians(cluster.orbit.phase_deg))
    where = contacts.satellite_position(days, cluster.orbit.altitude_km, inclination, float(node), argument)
    return contacts.ground_point(where[:, 1:], days[1:])


def round_trip_ms(scenario: Scenario, home: str | None, cluster: Cluster) -> float:
    """Round-trip time between a home (place or cluster) and a cluster, ms; nan where it is not known."""
    if cluster.rtt_ms is not None:
        return cluster.rtt_ms
    if home is None:
        return float("nan")
    if home == cluster.name:
        return 0.0
    if cluster.orbital and not (cluster.link is not None and cluster.link.stations):
        assert cluster.orbit is not None
        return float(latency.relay_rtt_ms(cluster.orbit.altitude_km))
    if not cluster.orbital:
        return _on_ground(scenario, home, cluster.name)
    assert cluster.link is not None
    assert cluster.orbit is not None
    light = float(latency.contact_rtt_ms(cluster.orbit.altitude_km, cluster.link.min_elevation_deg))
    return light + min(_on_ground(scenario, home, station) for station in cluster.link.stations)


def _on_ground(scenario: Scenario, home: str, end: str) -> float:
    """Round trip between two points on Earth, ms: measured, else by the rule for fibre; nan where it is not known."""
    ends = {home, end}
    measured = next((trip.ms for trip in scenario.round_trips if {trip.from_, trip.to} == ends), None)
    if measured is not None:
        return measured
    a, b = place_of(scenario, home), place_of(scenario, end)
    if a is None or b is None:
        return float("nan")
    return float(latency.fibre_rtt_ms(latency.great_circle_km(a.lat, a.lon, b.lat, b.lon)))


def place_of(scenario: Scenario, name: str) -> Place | None:
    """The point on Earth that a place or a cluster of that name stands at; None if there is none."""
    if name in scenario.places:
        return scenario.places[name]
    return next((cluster.place for cluster in scenario.clusters if cluster.name == name), None)
