"""When modules can be ordered and from when they stand; flights that are open."""

import numpy as np

from placement.kernels.work import Floats, Ints
from placement.schema import Cluster, Module, Scenario, Vehicle
from placement.timegrid import EDGE_TOLERANCE_HOURS, TimeGrid
from placement.units import HOURS_PER_YEAR


def period_edges(grid: TimeGrid) -> Floats:
    """Shape (periods + 1,): hours at which periods begin, and the end."""
    firsts = np.flatnonzero(np.diff(grid.period, prepend=-1))
    return np.append(grid.edges[firsts], grid.hours)


def orders(grid: TimeGrid, module: Module) -> tuple[Ints, Ints]:
    """Periods in which a module can be ordered and the first slot in which it then stands."""
    begin = 0.0 if module.available is None else max(0.0, float(grid.hours_of(module.available)))
    edges = period_edges(grid)
    ordered = edges[:-1] + EDGE_TOLERANCE_HOURS >= begin + module.lead_days * 24
    stands = grid.slot_from(edges[1:] + module.commissioning_days * 24)
    periods = np.flatnonzero(ordered & (stands < grid.slots))
    return periods, stands[periods]


def lifters(scenario: Scenario, module: Module, cluster: Cluster) -> list[int]:
    """Vehicles (by index) that may lift a module to its cluster's orbit; none for what stays on Earth."""
    if module.mass_kg == 0:
        return []
    orbit = orbit_class(cluster)
    return [
        index
        for index, vehicle in enumerate(scenario.vehicles)
        if (not module.vehicles or vehicle.name in module.vehicles)
        and vehicle.payload_kg.get(orbit, 0.0) >= module.mass_kg  # type: ignore[call-overload]
    ]


def orbit_class(cluster: Cluster) -> str:
    """Orbit class of a cluster's launches."""
    return "sso" if cluster.orbit is not None and cluster.orbit.ltan is not None else "leo"


def standing(scenario: Scenario, grid: TimeGrid, module: Module, cluster: Cluster) -> Floats:
    """Shape (T,): most modules of a kind that could stand in each slot."""
    if module.mass_kg > 0 and not lifters(scenario, module, cluster):
        return np.zeros(grid.slots)
    _, stands = orders(grid, module)
    each = module.max if module.max_per_period is None else min(module.max, module.max_per_period)
    count = np.zeros(grid.slots)
    for slot in stands:
        count[slot:] += each
    return np.minimum(count, float(module.max))


def open_flights(grid: TimeGrid, vehicle: Vehicle) -> Ints:
    """Shape (periods,): flights open to us; none before the vehicle is available."""
    edges = period_edges(grid)
    if vehicle.flights_per_year is not None:
        flown = vehicle.flights_per_year * edges[1:] / HOURS_PER_YEAR
    else:
        each = vehicle.flights_per_period
        flown = np.cumsum(np.broadcast_to(np.asarray(each, dtype=np.float64), len(edges) - 1))
    whole = np.floor(vehicle.open_share * flown + 1e-9).astype(np.int64)
    flights = np.diff(whole, prepend=0)
    if vehicle.available is not None:
        flights[edges[:-1] + EDGE_TOLERANCE_HOURS < float(grid.hours_of(vehicle.available))] = 0
    return flights
