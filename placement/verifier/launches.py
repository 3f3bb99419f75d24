"""Flights: what they must lift, and when they may fly (docs/model.md §10)."""

from dataclasses import dataclass

import numpy as np

from placement.schema import Vehicle
from placement.units import HOURS_PER_YEAR
from placement.verifier.findings import Findings
from placement.verifier.fleet import Fleet
from placement.verifier.growth import Build, Periods, flies, payload_kg, plane_of
from placement.verifier.spans import Ints, Reals, slack
from placement.verifier.tables import Rows, twice


@dataclass(frozen=True)
class Launch:
    """Flights of one vehicle to one plane in one period."""

    vehicle: Vehicle
    cluster: int
    plane: str
    period: int
    flights: int

    @property
    def key(self) -> tuple[str, int, str, int]:
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
    """Flights lift all that is built for space, and no more fly than are open."""
    _check_lift(fleet, builds, {launch.key: launch.flights for launch in launches}, findings)
    _check_cadence(fleet, launches, findings)


def _check_lift(
    fleet: Fleet, builds: list[Build], flights: dict[tuple[str, int, str, int], int], findings: Findings
) -> None:
    """Σ mass · y ≤ payload · flights, and y ≤ floor(payload / mass) · flights of each kind."""
    vehicles = {vehicle.name: vehicle for vehicle in fleet.scenario.vehicles}
    mass: dict[tuple[str, int, str, int], float] = {}
    for build in builds:
        if build.module.mass_kg == 0 or build.vehicle not in vehicles:
            continue
        plane = plane_of(fleet, build.cluster, build.module)
        key = (build.vehicle, build.cluster, plane, build.period)
        mass[key] = mass.get(key, 0.0) + build.module.mass_kg * build.number
        payload = payload_kg(vehicles[build.vehicle], fleet.clusters[build.cluster])
        most = int(np.floor(payload / build.module.mass_kg + 1e-9)) * flights.get(key, 0)
        if build.number > most:
            text = f"{build.number} {build.module.name} fly on {flights.get(key, 0)} flights, which lift {most}."
            findings.add("launch", _where(fleet, key), text)
    for key, lifted in mass.items():
        room = payload_kg(vehicles[key[0]], fleet.clusters[key[1]]) * flights.get(key, 0)
        if lifted > room + slack(room):
            text = f"{lifted:,.1f} kg fly on {flights.get(key, 0)} flights, which lift {room:,.1f} kg."
            findings.add("launch", _where(fleet, key), text)


def _where(fleet: Fleet, key: tuple[str, int, str, int]) -> str:
    name, cluster, plane, period = key
    target = fleet.clusters[cluster].name + (f", plane {plane}" if plane else "")
    return f"{name} to {target}, period {period}"


def open_flights(fleet: Fleet, vehicle: Vehicle) -> Ints:
    """Shape (periods,): flights open to us; whole ones are counted as they add up."""
    periods = Periods(fleet)
    if vehicle.flights_per_year is not None:
        so_far: Reals = vehicle.flights_per_year * periods.end / HOURS_PER_YEAR
    elif isinstance(vehicle.flights_per_period, tuple):
        so_far = np.cumsum(np.array(vehicle.flights_per_period, dtype=np.float64))
    else:
        so_far = float(vehicle.flights_per_period or 0) * np.arange(1.0, fleet.grid.periods + 1)
    whole = np.floor(vehicle.open_share * so_far + 1e-9).astype(np.int64)
    return np.asarray(whole - np.append(0, whole[:-1]), dtype=np.int64)


def _check_cadence(fleet: Fleet, launches: list[Launch], findings: Findings) -> None:
    """Flights over all planes are at most those open, and none is before the vehicle flies."""
    begin = Periods(fleet).begin
    flown: dict[str, Ints] = {}
    for launch in launches:
        vehicle = launch.vehicle
        numbers = flown.setdefault(vehicle.name, np.zeros(fleet.grid.periods, dtype=np.int64))
        numbers[launch.period] += launch.flights
        if launch.flights and not flies(fleet, vehicle, float(begin[launch.period])):
            text = f"flies in period {launch.period}, before it is available ({vehicle.available})."
            findings.add("launch", vehicle.name, text)
    for vehicle in fleet.scenario.vehicles:
        if vehicle.name not in flown:
            continue
        room = open_flights(fleet, vehicle)
        for period in np.flatnonzero(flown[vehicle.name] > room):
            text = f"flies {flown[vehicle.name][period]} times in period {period}; {room[period]} are open."
            findings.add("launch", vehicle.name, text)
