"""Flights: what they must lift, and when they may fly (docs/model.md §10)."""

from dataclasses import dataclass

import numpy as np

from placement.schema import LaunchLimit, Vehicle
from placement.verifier.builds import Build
from placement.verifier.findings import Findings
from placement.verifier.fleet import Fleet
from placement.verifier.spans import Ints, slack
from placement.verifier.tables import Rows, twice
from placement.verifier.vehicles import destinations, flies, on_one_flight, open_flights, payload_kg, whole_flights

Key = tuple[str, int, str, int]
"""Vehicle, cluster, plane and period."""


@dataclass(frozen=True)
class Launch:
    """Flights of one vehicle to one plane in one period."""

    vehicle: Vehicle
    cluster: int
    plane: str
    period: int
    flights: int

    @property
    def key(self) -> Key:
        """Vehicle, cluster, plane and period."""
        return self.vehicle.name, self.cluster, self.plane, self.period


def read(rows: Rows, fleet: Fleet, findings: Findings) -> list[Launch]:
    """The flights of a plan that name what exists."""
    vehicles = {vehicle.name: vehicle for vehicle in fleet.scenario.vehicles}
    planes = {(fleet.clusters[c].name, p.plane or "") for c, p in zip(fleet.cluster_of, fleet.pools, strict=True)}
    repeated = set(twice(rows, ("vehicle", "cluster", "plane", "period")))
    launches = []
    for row in range(len(rows)):
        name, cluster, plane = rows["vehicle"][row], rows["cluster"][row], rows["plane"][row]
        period, where = int(rows["period"][row]), f"launches, {name} to {cluster}"
        if name not in vehicles:
            findings.add("table", where, f"there is no vehicle '{name}'.")
        elif (cluster, plane) not in planes or not fleet.clusters[fleet.cluster_index[cluster]].orbital:
            findings.add("table", where, f"there is no plane '{plane}' of satellites in '{cluster}'.")
        elif period >= fleet.grid.periods:
            findings.add("table", where, f"period is {period}; there are {fleet.grid.periods}, from 0 on.")
        elif row in repeated:
            findings.add("table", where, f"plane '{plane}' and period {period} stand twice.")
        else:
            index = fleet.cluster_index[cluster]
            launches.append(Launch(vehicles[name], index, plane, period, int(rows["flights"][row])))
    return launches


def check(fleet: Fleet, builds: list[Build], launches: list[Launch], findings: Findings) -> None:
    """Flights lift all that is built for space, and no more fly than are open and allowed together."""
    lifted = [build for build in builds if build.kind.orbital and build.vehicle in fleet.vehicles]
    flights = {launch.key: launch.flights for launch in launches}
    _check_kinds(fleet, lifted, flights, findings)
    _check_loads(fleet, lifted, flights, findings)
    _check_cadence(fleet, launches, findings)
    for limit in fleet.scenario.launch_limits:
        _check_together(fleet, limit, launches, findings)


def _check_kinds(fleet: Fleet, builds: list[Build], flights: dict[Key, int], findings: Findings) -> None:
    """Of each kind y ≤ k n, with k the most on one flight, by mass and by volume."""
    for build in builds:
        each, flown = on_one_flight(fleet.vehicles[build.vehicle], build.kind), flights.get(build.key, 0)
        if each is not None and build.number > each * flown:
            text = f"{build.number} {build.kind.module.name} fly on {flown} flights, which lift {each * flown}."
            findings.add("launch", _where(fleet, build.key), text)


def _check_loads(fleet: Fleet, builds: list[Build], flights: dict[Key, int], findings: Findings) -> None:
    """Σ mass · y ≤ payload · n and Σ volume · y ≤ volume · n, over all kinds that fly together."""
    mass: dict[Key, float] = {}
    volume: dict[Key, float] = {}
    for build in builds:
        mass[build.key] = mass.get(build.key, 0.0) + build.kind.module.mass_kg * build.number
        volume[build.key] = volume.get(build.key, 0.0) + build.kind.module.volume_m3 * build.number
    for key in mass:
        vehicle, flown = fleet.vehicles[key[0]], flights.get(key, 0)
        payload = payload_kg(vehicle, fleet.clusters[key[1]], key[2])
        for loaded, each, unit in ((mass[key], payload, "kg"), (volume[key], vehicle.volume_m3, "m³")):
            if each is not None and loaded > each * flown + slack(each * flown):
                text = f"{loaded:,.1f} {unit} fly on {flown} flights, which lift {each * flown:,.1f} {unit}."
                findings.add("launch", _where(fleet, key), text)


def _where(fleet: Fleet, key: Key) -> str:
    name, cluster, plane, period = key
    target = fleet.clusters[cluster].name + (f", plane {plane}" if plane else "")
    return f"{name} to {target}, period {period}"


def _flown(fleet: Fleet, launches: list[Launch]) -> Ints:
    """Shape (periods,): flights over all planes."""
    periods = np.array([launch.period for launch in launches], dtype=np.int64)
    flights = np.zeros(len(fleet.periods), dtype=np.int64)
    np.add.at(flights, periods, np.array([launch.flights for launch in launches], dtype=np.int64))
    return flights


def _check_cadence(fleet: Fleet, launches: list[Launch], findings: Findings) -> None:
    """Flights of a vehicle over all planes are at most those open, and it flies only within its dates."""
    for vehicle in fleet.scenario.vehicles:
        flown = _flown(fleet, [launch for launch in launches if launch.vehicle is vehicle])
        room, flying = open_flights(fleet, vehicle), flies(fleet, vehicle)
        for period in np.flatnonzero(flown > room):
            text = f"flies {flown[period]} times in period {period}; {room[period]} are open."
            if not flying[period]:
                dates = f"from {vehicle.available or 'ever'} until {vehicle.until or 'ever'}"
                text = f"flies {flown[period]} times in period {period}, which lies outside its dates, {dates}."
            findings.add("launch", vehicle.name, text)


def _check_together(fleet: Fleet, limit: LaunchLimit, launches: list[Launch], findings: Findings) -> None:
    """Flights of the limit's vehicles to the planes that it names are at most those it allows."""
    counted = [
        launch
        for launch in launches
        if (not limit.vehicles or launch.vehicle.name in limit.vehicles)
        and (not limit.orbits or set(limit.orbits) & set(destinations(fleet.clusters[launch.cluster], launch.plane)))
    ]
    flown, allowed = _flown(fleet, counted), whole_flights(fleet, limit, 1.0)
    for period in np.flatnonzero(flown > allowed):
        text = f"{flown[period]} flights in period {period} are counted; {allowed[period]} are allowed."
        findings.add("launch", f"launch limit {limit.name}", text)
