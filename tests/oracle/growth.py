"""Modules that can be ordered and the flights that lift them: every combination (docs/model.md 10)."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from oracle.fleet import MOMENT, Fleet, Place
from oracle.power import module_watts

Cash = dict[tuple[str, str, int], float]
"""$ by category, cluster (empty for flights) and slot."""


@dataclass(frozen=True)
class Lift:
    """A vehicle that can fly a kind of module in a period."""

    vehicle: str
    payload: float
    usd: float


@dataclass(frozen=True)
class Offer:
    """A kind of module that can be ordered for a period, and the vehicle that flies it, if it flies."""

    cluster: str
    module: Any
    place: Place
    plane: str
    period: int
    stands: int
    """First slot in which it stands."""
    lift: Lift | None
    most: int


@dataclass
class Growth:
    """One combination of orders and flights, with what it brings and costs."""

    orders: list[tuple[Offer, int]]
    accelerators: dict[tuple[Place, int], int] = field(default_factory=lambda: defaultdict(int))
    """Added to a pool in a slot."""
    watts: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    """Added to a facility's limit in a slot."""
    cash: Cash = field(default_factory=lambda: defaultdict(float))
    salvage: float = 0.0
    """Present value inside the boundary, to be taken off the cost."""


def growths(fleet: Fleet) -> list[Growth]:
    """All combinations of orders that the rules allow, each with the fewest flights."""
    found = []
    offers = offered(fleet)
    for amounts in product(*(range(offer.most + 1) for offer in offers)):
        orders = [(offer, y) for offer, y in zip(offers, amounts, strict=True) if y]
        flights = _flights(fleet, orders)
        if _within_max(orders) and _within_cadence(fleet, flights):
            found.append(_growth(fleet, orders, flights))
    return found


def offered(fleet: Fleet) -> list[Offer]:
    """What can be ordered, for which period, with which vehicle."""
    found = []
    for site in fleet.sites.values():
        for module in site.cluster.modules:
            bay = next((b for b in site.bays if module.pool in (None, b.place[1])), site.bays[0])
            for period in range(_periods(fleet)):
                stands = _stands(fleet, module, period)
                if stands is None:
                    continue
                most = min(module.max, module.max if module.max_per_period is None else module.max_per_period)
                lifts = _lifts(fleet, site.cluster, module, period) if module.mass_kg > 0 else [None]
                for lift in lifts:
                    room = most if lift is None else min(most, _most_lifted(fleet, module, lift, period))
                    found.append(Offer(site.name, module, bay.place, bay.plane, period, stands, lift, room))
    return found


def could_stand(fleet: Fleet, offers: list[Offer], module: Any, slot: int) -> int:
    """The most modules of a kind that could stand in a slot, by itself."""
    per_period: dict[int, int] = defaultdict(int)
    for offer in offers:
        if offer.module is module and offer.stands <= slot:
            per_period[offer.period] += offer.most
    limit = module.max if module.max_per_period is None else module.max_per_period
    return min(module.max, sum(min(limit, most) for most in per_period.values()))


def _periods(fleet: Fleet) -> int:
    return fleet.spans("period")[-1] + 1


def _first(fleet: Fleet, period: int) -> int:
    return fleet.spans("period").index(period)


def _end_hours(fleet: Fleet, period: int) -> float:
    slots = [t for t, p in enumerate(fleet.spans("period")) if p == period]
    return fleet.edge[slots[-1] + 1]


def _stands(fleet: Fleet, module: Any, period: int) -> int | None:
    """The slot from which a module ordered for a period stands; None if it is not offered."""
    ready = max(0.0, fleet.moment(module.available, 0.0)) + 24 * module.lead_days
    if fleet.edge[_first(fleet, period)] < ready - MOMENT:
        return None
    stands = fleet.slot_from(_end_hours(fleet, period) + 24 * module.commissioning_days)
    return stands if stands < fleet.slots else None


def _lifts(fleet: Fleet, cluster: Any, module: Any, period: int) -> list[Lift]:
    orbit = "sso" if cluster.orbit.ltan is not None else "leo"
    begin = fleet.edge[_first(fleet, period)]
    found = []
    for vehicle in fleet.scenario.vehicles:
        payload = vehicle.payload_kg.get(orbit, 0.0)
        named = not module.vehicles or vehicle.name in module.vehicles
        if named and payload >= module.mass_kg and fleet.moment(vehicle.available, 0.0) <= begin + MOMENT:
            found.append(Lift(vehicle.name, payload, vehicle.usd_per_flight))
    return found


def _per_flight(module: Any, lift: Lift) -> int:
    return math.floor(lift.payload / module.mass_kg + 1e-9)


def _most_lifted(fleet: Fleet, module: Any, lift: Lift, period: int) -> int:
    return _per_flight(module, lift) * open_flights(fleet, lift.vehicle, period)


def open_flights(fleet: Fleet, name: str, period: int) -> int:
    """Flights of a vehicle that are open to us in a period; whole ones are counted as they add up."""
    vehicle = next(v for v in fleet.scenario.vehicles if v.name == name)

    def until(last: int) -> int:
        if last < 0:
            return 0
        if vehicle.flights_per_year is not None:
            flights = vehicle.flights_per_year * _end_hours(fleet, last) / 8766
        elif isinstance(vehicle.flights_per_period, tuple):
            flights = sum(vehicle.flights_per_period[: last + 1])
        else:
            flights = vehicle.flights_per_period * (last + 1)
        return math.floor(vehicle.open_share * flights + 1e-9)

    return until(period) - until(period - 1)


def _flights(fleet: Fleet, orders: list[tuple[Offer, int]]) -> dict[tuple[Lift, str, str, int], int]:
    """The fewest flights by vehicle, cluster, plane and period."""
    loads: dict[tuple[Lift, str, str, int], list[tuple[Offer, int]]] = defaultdict(list)
    for offer, y in orders:
        if offer.lift is not None:
            loads[offer.lift, offer.cluster, offer.plane, offer.period].append((offer, y))
    flights = {}
    for key, load in loads.items():
        by_mass = math.ceil(sum(o.module.mass_kg * y for o, y in load) / key[0].payload - 1e-9)
        by_kind = [math.ceil(y / _per_flight(o.module, key[0])) for o, y in load]
        flights[key] = max(by_mass, *by_kind)
    return flights


def _within_max(orders: list[tuple[Offer, int]]) -> bool:
    in_all: dict[tuple[str, str], int] = defaultdict(int)
    in_period: dict[tuple[str, str, int], int] = defaultdict(int)
    for offer, y in orders:
        name, most = offer.module.name, offer.module.max_per_period
        in_all[offer.cluster, name] += y
        in_period[offer.cluster, name, offer.period] += y
        if in_all[offer.cluster, name] > offer.module.max:
            return False
        if most is not None and in_period[offer.cluster, name, offer.period] > most:
            return False
    return True


def _within_cadence(fleet: Fleet, flights: dict[tuple[Lift, str, str, int], int]) -> bool:
    total: dict[tuple[str, int], int] = defaultdict(int)
    for (lift, _, _, period), number in flights.items():
        total[lift.vehicle, period] += number
    return all(number <= open_flights(fleet, name, period) for (name, period), number in total.items())


def _growth(fleet: Fleet, orders: list[tuple[Offer, int]], flights: dict[tuple[Lift, str, str, int], int]) -> Growth:
    growth = Growth(orders)
    for offer, y in orders:
        module, first = offer.module, _first(fleet, offer.period)
        growth.cash["facility", offer.cluster, first] += module.usd * y
        growth.cash["accelerators", offer.cluster, first] += module.accelerators_usd * y
        added = module_watts(module.power_mw, fleet.sites[offer.cluster].cluster)
        for t in range(offer.stands, fleet.slots):
            growth.accelerators[offer.place, t] += module.accelerators * y
            growth.watts[offer.cluster, t] += added * y
            operations = module.operations_usd_per_year * y * fleet.hours[t] / 8766
            growth.cash["operations", offer.cluster, t] += operations
        growth.salvage += _salvage(fleet, offer) * y
    for (lift, _, _, period), number in flights.items():
        growth.cash["launch", "", _first(fleet, period)] += lift.usd * number
    return growth


def _salvage(fleet: Fleet, offer: Offer) -> float:
    """What is left of one module at the end, discounted, inside the boundary."""
    module = offer.module
    if module.life_years is None:
        return 0.0
    age = (fleet.end - fleet.edge[offer.stands]) / 8766
    left = max(0.0, 1 - age / module.life_years)
    worth = {"facility": module.usd, "accelerators": module.accelerators_usd}
    if offer.lift is not None:
        worth["launch"] = module.mass_kg / offer.lift.payload * offer.lift.usd
    inside = sum(usd for category, usd in worth.items() if category in fleet.inside)
    return inside * left * fleet.last_discount
