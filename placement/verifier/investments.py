"""What growth costs: modules, operations, flights, what is left of them at the end (docs/model.md §10)."""

import numpy as np

from placement.schema import Vehicle
from placement.units import HOURS_PER_YEAR
from placement.verifier.builds import Build
from placement.verifier.fleet import Fleet
from placement.verifier.growth import standing_slots
from placement.verifier.launches import Launch
from placement.verifier.ledger import Ledger
from placement.verifier.vehicles import payload_kg


def pay(fleet: Fleet, builds: list[Build], launches: list[Launch], ledger: Ledger) -> None:
    """Modules and flights at the first slot of their period, operations while modules stand, salvage at the end."""
    for build in builds:
        _modules(fleet, build, ledger)
        _operations(fleet, build, ledger)
        _salvage(fleet, build, ledger)
        _rideshare(fleet, build, ledger)
    for launch in launches:
        first = int(fleet.periods.first[launch.period])
        if launch.vehicle.usd_per_flight is not None:
            usd = float(fleet.slots(launch.vehicle.usd_per_flight)[first])
            ledger.invest("launch", "", first, usd * launch.flights)


def _modules(fleet: Fleet, build: Build, ledger: Ledger) -> None:
    """Price in its period of each module, and of the accelerators in it."""
    kind, first = build.kind, int(fleet.periods.first[build.period])
    ledger.invest("facility", kind.cluster.name, first, float(kind.usd[build.period]) * build.number)
    accelerators = kind.accelerators_usd(build.period) * build.number
    ledger.invest("accelerators", kind.cluster.name, first, accelerators)


def _operations(fleet: Fleet, build: Build, ledger: Ledger) -> None:
    """$ per year of each slot, of what arrived, in each slot in which it stands."""
    yearly = fleet.slots(build.kind.module.operations_usd_per_year) * build.reliability * build.number
    usd = np.where(standing_slots(build.kind, build.period), yearly * fleet.grid.slot_hours / HOURS_PER_YEAR, 0.0)
    ledger.pay("operations", build.kind.cluster.name, usd)


def _lifter(fleet: Fleet, build: Build) -> Vehicle | None:
    return fleet.vehicles.get(build.vehicle) if build.kind.orbital else None


def _rideshare(fleet: Fleet, build: Build, ledger: Ledger) -> None:
    """$ per kg × mass of what is lifted."""
    vehicle, first = _lifter(fleet, build), int(fleet.periods.first[build.period])
    if vehicle is not None and vehicle.usd_per_kg is not None:
        usd = float(fleet.slots(vehicle.usd_per_kg)[first])
        ledger.invest("launch", "", first, usd * build.kind.module.mass_kg * build.number)


def _lift_usd(fleet: Fleet, build: Build) -> float:
    """What lifting one module costs: mass/payload of a flight, or mass × $ per kg, at the price in its period."""
    vehicle, first, kind = _lifter(fleet, build), int(fleet.periods.first[build.period]), build.kind
    if vehicle is None:
        return 0.0
    if vehicle.usd_per_kg is not None:
        return kind.module.mass_kg * float(fleet.slots(vehicle.usd_per_kg)[first])
    payload = payload_kg(vehicle, kind.cluster, kind.plane)
    usd = float(fleet.slots(vehicle.usd_per_flight)[first])
    return kind.module.mass_kg / payload * usd if payload > 0 else 0.0


def _salvage(fleet: Fleet, build: Build, ledger: Ledger) -> None:
    """R × max(0, 1 - x/life) of module and lift, x years after it stood; of accelerators by the shorter life."""
    kind, name = build.kind, build.kind.cluster.name
    years = (fleet.grid.hours - float(fleet.grid.edges[build.stands])) / HOURS_PER_YEAR
    arrived = build.reliability * build.number
    life = kind.module.life_years
    if life is not None:
        left = arrived * max(0.0, 1 - years / life)
        ledger.credit_at_end("facility", name, left * float(kind.usd[build.period]))
        if kind.orbital:
            ledger.credit_at_end("launch", name, left * _lift_usd(fleet, build))
    lives = [one for one in (life, kind.module.accelerators_life_years) if one is not None]
    if lives:
        left = arrived * max(0.0, 1 - years / min(lives))
        ledger.credit_at_end("accelerators", name, left * kind.accelerators_usd(build.period))
