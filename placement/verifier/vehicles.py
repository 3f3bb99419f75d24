"""Vehicles: when they fly, what they lift where, and how many are open (docs/model.md §10)."""

import math

import numpy as np

from placement.schema import Cluster, LaunchLimit, Vehicle
from placement.units import HOURS_PER_YEAR
from placement.verifier.fleet import Fleet
from placement.verifier.kinds import Kind
from placement.verifier.spans import HOUR_TOLERANCE, Bools, Ints, slack


def destinations(cluster: Cluster, plane: str) -> tuple[str, str, str]:
    """What a plane is called: cluster/plane, the cluster, its class of orbit (sso with an `ltan`, else leo)."""
    orbit_class = "sso" if cluster.orbit is not None and cluster.orbit.ltan is not None else "leo"
    return f"{cluster.name}/{plane}", cluster.name, orbit_class


def payload_kg(vehicle: Vehicle, cluster: Cluster, plane: str) -> float:
    """What a vehicle lifts to a plane, by the closest name, kg; 0 without any."""
    for name in destinations(cluster, plane):
        if name in vehicle.payload_kg:
            return vehicle.payload_kg[name]
    return 0.0


def flies(fleet: Fleet, vehicle: Vehicle) -> Bools:
    """Shape (periods,): whether a vehicle flies; from `available` on, and in no period that ends after `until`."""
    grid = fleet.grid
    first = -math.inf if vehicle.available is None else float(grid.hours_of(vehicle.available))
    last = math.inf if vehicle.until is None else float(grid.hours_of(vehicle.until))
    return fleet.periods.inside(first, last, HOUR_TOLERANCE)


def lifters(kind: Kind) -> list[tuple[Vehicle, Bools]]:
    """Vehicles that lift a module, and in which periods: by name, mass, volume and dates."""
    module, found = kind.module, []
    for vehicle in kind.fleet.scenario.vehicles:
        payload, room = payload_kg(vehicle, kind.cluster, kind.plane), vehicle.volume_m3
        if module.vehicles and vehicle.name not in module.vehicles:
            continue
        if module.mass_kg <= payload + slack(payload) and (room is None or module.volume_m3 <= room + slack(room)):
            found.append((vehicle, flies(kind.fleet, vehicle)))
    return found


def on_one_flight(vehicle: Vehicle, kind: Kind) -> int | None:
    """Most modules of a kind on one flight, by mass and by volume; None if neither bounds them."""
    module, bounds = kind.module, []
    if module.mass_kg > 0:
        bounds.append(payload_kg(vehicle, kind.cluster, kind.plane) / module.mass_kg)
    if module.volume_m3 > 0 and vehicle.volume_m3 is not None:
        bounds.append(vehicle.volume_m3 / module.volume_m3)
    return min(math.floor(bound + 1e-9) for bound in bounds) if bounds else None


def best_reliability(kind: Kind) -> dict[int, float]:
    """Highest reliability of what lifts a module, by period; 1 on Earth. Periods without a way up are left out."""
    if not kind.orbital:
        return dict.fromkeys(range(len(kind.fleet.periods)), 1.0)
    best: dict[int, float] = {}
    for vehicle, flying in lifters(kind):
        for period in np.flatnonzero(flying).tolist():
            best[period] = max(best.get(period, 0.0), vehicle.reliability)
    return best


def whole_flights(fleet: Fleet, source: Vehicle | LaunchLimit, share: float) -> Ints:
    """Shape (periods,): flights in each period; of a share of them whole ones are counted as they add up."""
    periods = fleet.periods
    if source.flights_per_year is not None:
        so_far = periods.so_far(fleet.slots(source.flights_per_year) * fleet.grid.slot_hours / HOURS_PER_YEAR)
    else:
        so_far = np.cumsum(np.broadcast_to(np.array(source.flights_per_period, dtype=np.float64), len(periods)))
    whole = np.floor(share * so_far + 1e-9).astype(np.int64)
    return np.asarray(whole - np.append(0, whole[:-1]), dtype=np.int64)


def open_flights(fleet: Fleet, vehicle: Vehicle) -> Ints:
    """Shape (periods,): flights of a vehicle that are open to us; none where it does not fly."""
    return np.where(flies(fleet, vehicle), whole_flights(fleet, vehicle, vehicle.open_share), 0)
