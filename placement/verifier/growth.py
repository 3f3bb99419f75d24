"""Modules: when they may be ordered, when they stand, what there could be at most (docs/model.md §10)."""

from dataclasses import dataclass

import numpy as np

from placement.schema import Cluster, Module, Vehicle
from placement.verifier.findings import Findings
from placement.verifier.fleet import Fleet
from placement.verifier.spans import HOUR_TOLERANCE, Ints, Reals
from placement.verifier.tables import Rows, twice


@dataclass(frozen=True)
class Build:
    """Modules of one kind ordered in one period, lifted by one vehicle."""

    cluster: int
    module: Module
    vehicle: str
    """"" for modules that stay on Earth."""
    period: int
    number: int
    stands: int
    """First slot in which they stand."""


class Periods:
    """Where periods of investment begin and end."""

    def __init__(self, fleet: Fleet):
        grid = fleet.grid
        self.first: Ints = np.searchsorted(grid.period, np.arange(grid.periods), side="left").astype(np.int64)
        """Shape (periods,): first slot."""
        edges = np.append(grid.edges[self.first], grid.hours)
        self.begin: Reals = edges[:-1]
        """Shape (periods,): hours from the start."""
        self.end: Reals = edges[1:]


def payload_kg(vehicle: Vehicle, cluster: Cluster) -> float:
    """What a vehicle lifts to a cluster's orbit, kg; 0 if it does not fly there."""
    return vehicle.payload_kg.get("sso" if cluster.orbit is not None and cluster.orbit.ltan is not None else "leo", 0.0)


def flies(fleet: Fleet, vehicle: Vehicle, begin: float) -> bool:
    """Whether a vehicle flies in a period that begins at that hour."""
    return vehicle.available is None or float(fleet.grid.hours_of(vehicle.available)) <= begin + HOUR_TOLERANCE


def lifters(fleet: Fleet, cluster: Cluster, module: Module, begin: float) -> list[Vehicle]:
    """Vehicles that can lift a module in a period that begins at that hour."""
    return [
        vehicle
        for vehicle in fleet.scenario.vehicles
        if (not module.vehicles or vehicle.name in module.vehicles)
        and payload_kg(vehicle, cluster) >= module.mass_kg
        and flies(fleet, vehicle, begin)
    ]


def stands_from(fleet: Fleet, module: Module) -> Ints:
    """Shape (periods,): first slot in which a module of a period stands; T where it is not offered."""
    grid, periods = fleet.grid, Periods(fleet)
    ordered = 0.0 if module.available is None else max(0.0, float(grid.hours_of(module.available)))
    in_time = periods.begin >= ordered + 24 * module.lead_days - HOUR_TOLERANCE
    return np.where(in_time, grid.slot_from(periods.end + 24 * module.commissioning_days), grid.slots)


def pool_of(fleet: Fleet, cluster: int, module: Module) -> int | None:
    """Pool that a module adds to; None where it adds to none of several."""
    return fleet.pool_named(fleet.clusters[cluster].name, module.pool)


def plane_of(fleet: Fleet, cluster: int, module: Module) -> str:
    """Plane that a module flies to; "" without planes."""
    pool = pool_of(fleet, cluster, module)
    return "" if pool is None else fleet.pools[pool].plane or ""


def raise_watts(fleet: Fleet, cluster: int, module: Module) -> int:
    """IT watts by which a module raises the facility limit."""
    return int(np.floor(1e6 * module.power_mw / fleet.clusters[cluster].pue + 1e-6))


class Growth:
    """What modules add in each slot: accelerators, shape (pools, T), and watts, shape (clusters, T)."""

    def __init__(self, fleet: Fleet):
        self.fleet = fleet
        self.accelerators = np.zeros((len(fleet.pools), fleet.grid.slots), dtype=np.int64)
        self.watts = np.zeros((len(fleet.clusters), fleet.grid.slots), dtype=np.int64)

    def add(self, cluster: int, module: Module, numbers: Ints) -> None:
        """Add `numbers` (T,) of a module, those that stand in each slot."""
        pool = pool_of(self.fleet, cluster, module)
        if pool is not None:
            self.accelerators[pool] += numbers * module.accelerators
        self.watts[cluster] += numbers * raise_watts(self.fleet, cluster, module)


def potential(fleet: Fleet) -> Growth:
    """Every module that could stand by each slot, whatever flights there are."""
    growth, periods, slots = Growth(fleet), Periods(fleet), np.arange(fleet.grid.slots)
    for index, cluster in enumerate(fleet.clusters):
        for module in cluster.modules:
            most = module.max if module.max_per_period is None else min(module.max, module.max_per_period)
            numbers = np.zeros(fleet.grid.slots, dtype=np.int64)
            for period, stands in enumerate(stands_from(fleet, module)):
                if module.mass_kg == 0 or lifters(fleet, cluster, module, periods.begin[period]):
                    numbers += np.where(slots >= stands, most, 0)
            growth.add(index, module, np.minimum(numbers, module.max))
    return growth


def standing(fleet: Fleet, builds: list[Build]) -> Growth:
    """What the built modules add."""
    growth, slots = Growth(fleet), np.arange(fleet.grid.slots)
    for build in builds:
        growth.add(build.cluster, build.module, np.where(slots >= build.stands, build.number, 0))
    return growth


def read(rows: Rows, fleet: Fleet, findings: Findings) -> list[Build]:
    """The builds of a plan that name what exists; whether each may be ordered is checked here too."""
    modules = {(c.name, m.name): m for c in fleet.clusters for m in c.modules}
    builds = []
    repeated = set(twice(rows, ("cluster", "module", "vehicle", "period")))
    for row in range(len(rows)):
        cluster, name, vehicle = rows["cluster"][row], rows["module"][row], rows["vehicle"][row]
        period, number = int(rows["period"][row]), int(rows["number"][row])
        module = modules.get((cluster, name))
        where = f"builds, {cluster}.{name}"
        if module is None:
            findings.add("table", where, f"there is no module '{name}' in '{cluster}'.")
        elif period >= fleet.grid.periods:
            findings.add("table", where, f"period is {period}; there are {fleet.grid.periods}, from 0 on.")
        elif row in repeated:
            findings.add("table", where, f"period {period} and vehicle '{vehicle}' stand twice.")
        else:
            index = fleet.cluster_index[cluster]
            stands = int(stands_from(fleet, module)[period])
            build = Build(index, module, vehicle, period, number, stands)
            claimed = int(rows["stands_from_slot"][row])
            if number and _may_be_ordered(fleet, build, findings) and claimed != stands:
                text = f"of period {period} stands from slot {stands} on, not {claimed}."
                findings.add("build", f"{cluster}.{name}", text)
            builds.append(build)
    _check_numbers(fleet, builds, findings)
    return [build for build in builds if build.number and build.stands < fleet.grid.slots]


def _may_be_ordered(fleet: Fleet, build: Build, findings: Findings) -> bool:
    """Whether the module is offered in the period, with that vehicle."""
    cluster, module = fleet.clusters[build.cluster], build.module
    where = f"{cluster.name}.{module.name}"
    able = [vehicle.name for vehicle in lifters(fleet, cluster, module, float(Periods(fleet).begin[build.period]))]
    if build.stands >= fleet.grid.slots:
        text = f"is not offered in period {build.period}: it could not be ordered or not stand in time."
        findings.add("build", where, text)
        return False
    if module.mass_kg == 0 and build.vehicle:
        findings.add("build", where, f"stays on Earth, but is lifted by '{build.vehicle}'.")
    if module.mass_kg > 0 and build.vehicle not in able:
        can = ", ".join(able) or "none"
        text = f"is lifted by '{build.vehicle}' in period {build.period}; vehicles that can: {can}."
        findings.add("build", where, text)
    return True


def _check_numbers(fleet: Fleet, builds: list[Build], findings: Findings) -> None:
    """At most `max_per_period` of each kind in each period, and `max` in all."""
    total: dict[tuple[int, str], int] = {}
    by_period: dict[tuple[int, str, int], int] = {}
    kinds = {(build.cluster, build.module.name): build.module for build in builds}
    for build in builds:
        kind = (build.cluster, build.module.name)
        total[kind] = total.get(kind, 0) + build.number
        by_period[(*kind, build.period)] = by_period.get((*kind, build.period), 0) + build.number
    for kind, number in total.items():
        if number > kinds[kind].max:
            where = f"{fleet.clusters[kind[0]].name}.{kind[1]}"
            findings.add("build", where, f"{number} are built; at most {kinds[kind].max} can be.")
    for (cluster, name, period), number in by_period.items():
        most = kinds[cluster, name].max_per_period
        if most is not None and number > most:
            where = f"{fleet.clusters[cluster].name}.{name}"
            findings.add("build", where, f"{number} are built in period {period}; at most {most} can be.")
