"""What a scenario demands of growth: modules that must be added, and all that limits modules and their launches."""

from __future__ import annotations

from collections.abc import Sequence

from placement.conflicts.demand import Demand, Dial, amount, moment, optional
from placement.conflicts.plenty import SPARE, Plenty
from placement.conflicts.put import Steps
from placement.schema import LaunchLimit, Module, Scenario, Vehicle


def of_modules(scenario: Scenario, c: int, most: Plenty) -> list[Demand]:
    """Contracts for modules of a cluster, and what limits these."""
    cluster = scenario.clusters[c]
    found = []
    for k, module in enumerate(cluster.modules):
        path, steps = f"clusters.{cluster.name}.modules.{module.name}", ("clusters", c, "modules", k)
        name = f"{cluster.name}.{module.name}"
        found += _numbers(name, path, steps, module, most) + _rules(name, path, steps, module)
    return found


def _numbers(name: str, path: str, steps: Steps, module: Module, most: Plenty) -> list[Demand]:
    """How many modules there must be and may be, and how many days each takes."""
    found = []

    def of(kind: str, key: str, words: str, nothing: float | None, up: bool, whole: bool) -> None:
        own = (*steps, key)
        dial = Dial(f"{path}.{key}", own, getattr(module, key), up, whole)
        found.append(Demand(kind, f"{path}.{key}", f"{name}: {words}", ((own, nothing),), (dial,)))

    if module.min:
        of("contract", "min", f"min {module.min:,} modules must be added", 0, False, True)
    of("modules", "max", f"max {module.max:,} modules in all", module.max + most.modules(module), True, True)
    if module.max_per_period is not None:
        words = f"at most {most.size(module.max_per_period)} modules per period"
        of("modules", "max_per_period", words, None, True, True)
    for key, what in (("lead_days", "from order to delivery"), ("commissioning_days", "from delivery to service")):
        if getattr(module, key):
            of("module dates", key, f"{amount(getattr(module, key))} days {what}", 0.0, False, False)
    return found


def _rules(name: str, path: str, steps: Steps, module: Module) -> list[Demand]:
    """When modules can be ordered and delivered, and what lifts them."""
    found = []
    for key, what in (("available", "no order before"), ("until", "nothing delivered after")):
        if getattr(module, key) is not None:
            words = f"{name}: {what} {moment(getattr(module, key))}"
            found.append(optional("module dates", f"{path}.{key}", words, (*steps, key), None))
    if module.closed:
        words = f"{name}: nothing is delivered in {len(module.closed)} closed windows"
        found.append(optional("module dates", f"{path}.closed", words, (*steps, "closed"), ()))
    if module.vehicles:
        words = f"{name}: lifted by {', '.join(module.vehicles)} only"
        found.append(optional("vehicles", f"{path}.vehicles", words, (*steps, "vehicles"), ()))
    return found


def of_launches(scenario: Scenario, most: Plenty) -> list[Demand]:
    """Flights of vehicles and under launch limits, payloads, volumes, dates; none where nothing is lifted."""
    modules = [module for cluster in scenario.clusters for module in cluster.modules]
    if not any(module.mass_kg for module in modules):
        return []
    found = _flights("flights", "vehicles", scenario.vehicles, most)
    found += _flights("launch limit", "launch_limits", scenario.launch_limits, most)
    heaviest = sum(module.mass_kg * (module.max + SPARE) for module in modules)
    volume = any(module.volume_m3 for module in modules)
    for k, vehicle in enumerate(scenario.vehicles):
        found += _vehicle(vehicle, ("vehicles", k), heaviest, volume)
    return found


def _flights(kind: str, section: str, group: Sequence[Vehicle | LaunchLimit], most: Plenty) -> list[Demand]:
    """At most so many flights per period or year."""
    found = []
    for k, each in enumerate(group):
        per = "period" if each.flights_per_period is not None else "year"
        key, steps = f"flights_per_{per}", (section, k)
        path, value = f"{section}.{each.name}.{key}", getattr(each, key)
        share = getattr(each, "open_share", 1.0)
        words = f"{'flights of' if kind == 'flights' else kind} {each.name}: at most {most.size(value)}"
        words += ("" if isinstance(value, tuple) else f" per {per}") + (f", {share:.4g} of them open" * (share < 1))
        free: list[tuple[Steps, float | None]] = [
            ((*steps, "flights_per_year"), None),
            ((*steps, "flights_per_period"), 10 * SPARE),
        ]
        free += [((*steps, "open_share"), 1.0)] * (kind == "flights")
        dial = Dial(path, (*steps, key), value, up=True, whole=per == "period")
        found.append(Demand(kind, path, words, tuple(free), (dial,)))
    return found


def _vehicle(vehicle: Vehicle, steps: Steps, heaviest: float, volume: bool) -> list[Demand]:
    """What a vehicle lifts and holds, and when it flies."""
    found = []
    path = f"vehicles.{vehicle.name}"
    for to, kg in vehicle.payload_kg.items():
        there, own = f"{path}.payload_kg.{to}", (*steps, "payload_kg", to)
        words = f"{vehicle.name} lifts {amount(kg)} kg to {to}"
        found.append(Demand("payload", there, words, ((own, heaviest + kg),), (Dial(there, own, kg, up=True),)))
    if vehicle.volume_m3 is not None and volume:
        there, own = f"{path}.volume_m3", (*steps, "volume_m3")
        words = f"{vehicle.name} holds {amount(vehicle.volume_m3)} m³"
        dial = Dial(there, own, vehicle.volume_m3, up=True)
        found.append(Demand("volume", there, words, ((own, None),), (dial,)))
    for key, what in (("available", "does not fly before"), ("until", "does not fly after")):
        if getattr(vehicle, key) is not None:
            words = f"{vehicle.name} {what} {moment(getattr(vehicle, key))}"
            found.append(optional("vehicle dates", f"{path}.{key}", words, (*steps, key), None))
    return found
