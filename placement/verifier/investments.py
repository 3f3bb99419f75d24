"""What growth costs: modules, operations, flights, what is left of them at the end (docs/model.md §10)."""

import numpy as np

from placement.units import HOURS_PER_YEAR
from placement.verifier.fleet import Fleet
from placement.verifier.growth import Build, Periods, payload_kg
from placement.verifier.launches import Launch
from placement.verifier.ledger import Ledger


def pay(fleet: Fleet, builds: list[Build], launches: list[Launch], ledger: Ledger) -> None:
    """Modules and flights, at the first slot of their period."""
    first = Periods(fleet).first
    for build in builds:
        name, module, slot = fleet.clusters[build.cluster].name, build.module, int(first[build.period])
        ledger.pay_at("facility", name, slot, module.usd * build.number)
        ledger.pay_at("accelerators", name, slot, module.accelerators_usd * build.number)
        stands = np.arange(fleet.grid.slots) >= build.stands
        yearly = module.operations_usd_per_year * build.number
        ledger.pay("operations", name, np.where(stands, yearly * fleet.grid.slot_hours / HOURS_PER_YEAR, 0.0))
        _credit(fleet, build, ledger)
    for launch in launches:
        ledger.pay_at("launch", "", int(first[launch.period]), launch.vehicle.usd_per_flight * launch.flights)


def _credit(fleet: Fleet, build: Build, ledger: Ledger) -> None:
    """Salvage: max(0, 1 - a/L) of module, accelerators and its part of the flight, a years after it stood."""
    module, cluster = build.module, fleet.clusters[build.cluster]
    if module.life_years is None:
        return
    years = (fleet.grid.hours - float(fleet.grid.edges[build.stands])) / HOURS_PER_YEAR
    left = max(0.0, 1 - years / module.life_years) * build.number
    ledger.credit_at_end("facility", cluster.name, left * module.usd)
    ledger.credit_at_end("accelerators", cluster.name, left * module.accelerators_usd)
    vehicles = {vehicle.name: vehicle for vehicle in fleet.scenario.vehicles}
    if module.mass_kg > 0 and build.vehicle in vehicles:
        vehicle = vehicles[build.vehicle]
        payload = payload_kg(vehicle, cluster)
        if payload > 0:
            ledger.credit_at_end("launch", cluster.name, left * module.mass_kg / payload * vehicle.usd_per_flight)
