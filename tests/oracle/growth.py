"""Modules that can be ordered and the flights that lift them: every combination (docs/model.md 10)."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product

from oracle.fleet import Fleet, Place, resource_room
from oracle.linear import within
from oracle.orders import (
    YEAR,
    Lift,
    Offer,
    accelerators_added,
    destinations,
    first_slot,
    given,
    megawatts_added,
    most_per_period,
    needed,
    offered,
    open_flights,
    per_flight,
    standing,
    watts_added,
    whole_flights,
)

Cash = dict[tuple[str, str, int], float]
"""$ by category, cluster (empty for flights) and slot."""

Order = tuple[Offer, int]
"""So many of what is offered."""

Voyage = tuple[str, str, str, int]
"""Vehicle, cluster, plane and period of flights."""


@dataclass
class Growth:
    """One combination of orders and flights, with what it brings and costs."""

    orders: list[Order]
    flights: dict[Voyage, int]
    accelerators: dict[tuple[Place, int], int] = field(default_factory=lambda: defaultdict(int))
    """Added to a pool in a slot."""
    watts: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    """Added to a facility's limit in a slot."""
    sources: dict[tuple[str, str, int], float] = field(default_factory=lambda: defaultdict(float))
    """MW added to a source of a cluster in a slot."""
    gives: dict[tuple[str, str, int], float] = field(default_factory=lambda: defaultdict(float))
    """Added to a resource of a cluster in a slot."""
    needs: dict[tuple[str, str, int], float] = field(default_factory=lambda: defaultdict(float))
    """Taken of it."""
    cash: Cash = field(default_factory=lambda: defaultdict(float))
    invested: dict[tuple[str, int], float] = field(default_factory=lambda: defaultdict(float))
    """$ for modules and flights by cluster (empty for flights) and slot, undiscounted."""
    salvage: float = 0.0
    """Present value inside the boundary, to be taken off the cost."""


def growths(fleet: Fleet) -> list[Growth]:
    """All combinations of orders that the rules allow, each with the fewest flights."""
    found = []
    for chosen in product(*_kinds(fleet)):
        orders = [order for of_kind in chosen for order in of_kind]
        flights = _flights(orders)
        if _within_cadence(fleet, flights) and _within_launch_limits(fleet, flights):
            growth = _growth(fleet, orders, flights)
            if _resources_hold(fleet, growth):
                found.append(growth)
    return found


def number_of_orders(fleet: Fleet) -> int:
    """How many combinations of orders there are, before flights and resources are looked at."""
    return math.prod(len(of_kind) for of_kind in _kinds(fleet))


def _kinds(fleet: Fleet) -> list[list[list[Order]]]:
    """Every way to order each kind."""
    offers = offered(fleet)
    return [
        list(_of_kind([o for o in offers if o.cluster == site.name and o.module is module], module.min, module.max))
        for site in fleet.sites.values()
        for module in site.cluster.modules
    ]


def _of_kind(offers: list[Offer], least: int, most: int) -> Iterator[list[Order]]:
    """Every way to order one kind: at most so many in each period, between `least` and `most` in all."""
    for amounts in _amounts(offers, most):
        if sum(amounts) >= least:
            yield [(offer, y) for offer, y in zip(offers, amounts, strict=True) if y]


def _amounts(offers: list[Offer], left: int, in_period: int = 0, period: int = -1) -> Iterator[tuple[int, ...]]:
    """Numbers for offers in the order of periods; `in_period` were taken in `period` before."""
    if not offers:
        yield ()
        return
    offer = offers[0]
    before = in_period if offer.period == period else 0
    most = min(left, offer.most, most_per_period(offer.module, offer.period) - before)
    for y in range(most + 1):
        for rest in _amounts(offers[1:], left - y, before + y, offer.period):
            yield (y, *rest)


def could_stand(offers: list[Offer], amount: Callable[[Offer], float]) -> float:
    """The most of something that modules of one kind could add, whatever flights there are.

    Of each period with the vehicle that loses least; periods with the largest amount first, up to `max` in all.
    """
    best: dict[int, Offer] = {}
    for offer in offers:
        if offer.period not in best or offer.reliability > best[offer.period].reliability:
            best[offer.period] = offer
    total, left = 0.0, offers[0].module.max if offers else 0
    for offer in sorted(best.values(), key=amount, reverse=True):
        y = min(left, most_per_period(offer.module, offer.period))
        total += y * amount(offer)
        left -= y
    return total


# --- flights ---


def _flights(orders: list[Order]) -> dict[Voyage, int]:
    """The fewest flights by vehicle, cluster, plane and period."""
    loads: dict[Voyage, list[Order]] = defaultdict(list)
    lifts: dict[Voyage, Lift] = {}
    for offer, y in orders:
        if offer.lift is not None:
            key = (offer.lift.vehicle, offer.cluster, offer.plane, offer.period)
            loads[key].append((offer, y))
            lifts[key] = offer.lift
    return {key: _fewest(load, lifts[key]) for key, load in loads.items()}


def _fewest(load: list[Order], lift: Lift) -> int:
    """The fewest flights that carry a load by mass, by volume, and kind by kind."""
    mass = sum(offer.module.mass_kg * y for offer, y in load)
    volume = sum(offer.module.volume_m3 * y for offer, y in load)
    flights = max(math.ceil(y / per_flight(offer.module, lift)) for offer, y in load)
    while not within(mass, -math.inf, lift.payload * flights) or not within(volume, -math.inf, lift.volume * flights):
        flights += 1
    return flights


def _within_cadence(fleet: Fleet, flights: dict[Voyage, int]) -> bool:
    total: dict[tuple[str, int], int] = defaultdict(int)
    for (vehicle, _, _, period), flown in flights.items():
        total[vehicle, period] += flown
    return all(flown <= open_flights(fleet, name, period) for (name, period), flown in total.items())


def _within_launch_limits(fleet: Fleet, flights: dict[Voyage, int]) -> bool:
    """Flights of several vehicles together, to the planes that a limit names."""
    for limit in fleet.scenario.launch_limits:
        total: dict[int, int] = defaultdict(int)
        for (vehicle, cluster, plane, period), flown in flights.items():
            names = destinations(fleet.sites[cluster], plane)
            there = not limit.orbits or any(name in limit.orbits for name in names)
            if there and (not limit.vehicles or vehicle in limit.vehicles):
                total[period] += flown
        if any(flown > whole_flights(fleet, limit, period) for period, flown in total.items()):
            return False
    return True


# --- what a combination brings and costs ---


def _growth(fleet: Fleet, orders: list[Order], flights: dict[Voyage, int]) -> Growth:
    growth = Growth(orders, flights)
    for offer, y in orders:
        _pay(fleet, growth, offer, y)
        for t in range(offer.stands, fleet.slots):
            growth.accelerators[offer.place, t] += accelerators_added(fleet, offer, t) * y
            growth.watts[offer.cluster, t] += watts_added(fleet, offer, t) * y
            for name in offer.module.sources_mw:
                growth.sources[offer.cluster, name, t] += megawatts_added(fleet, offer, name, t) * y
            for name in fleet.sites[offer.cluster].resources:
                growth.gives[offer.cluster, name, t] += given(fleet, offer, name, t) * y
                growth.needs[offer.cluster, name, t] += needed(fleet, offer, name, t) * y
        growth.salvage += _salvage(fleet, offer) * y
    price = {(offer.lift.vehicle, offer.period): offer.lift.usd_per_flight for offer, _ in orders if offer.lift}
    for (vehicle, _, _, period), flown in flights.items():
        _invest(growth, "launch", "", first_slot(fleet, period), price[vehicle, period] * flown)
    return growth


def _invest(growth: Growth, category: str, cluster: str, t: int, usd: float) -> None:
    growth.cash[category, cluster, t] += usd
    growth.invested[cluster, t] += usd


def _pay(fleet: Fleet, growth: Growth, offer: Offer, y: int) -> None:
    """What modules cost apart from flights that are paid as a whole."""
    _invest(growth, "facility", offer.cluster, offer.first, offer.usd * y)
    _invest(growth, "accelerators", offer.cluster, offer.first, offer.accelerators_usd * y)
    if offer.lift is not None:
        _invest(growth, "launch", "", offer.first, offer.lift.usd_per_kg * offer.module.mass_kg * y)
    yearly = fleet.series(offer.module.operations_usd_per_year)
    for t in range(offer.stands, fleet.slots):
        if standing(fleet, offer, t):
            usd = yearly[t] * offer.reliability * fleet.hours[t] / YEAR * y
            growth.cash["operations", offer.cluster, t] += usd


def _salvage(fleet: Fleet, offer: Offer) -> float:
    """What is left of one module at the end, discounted, inside the boundary."""
    module, lift = offer.module, offer.lift
    years = (fleet.end - fleet.edge[offer.stands]) / YEAR
    lives = [life for life in (module.life_years, module.accelerators_life_years) if life is not None]
    inside = 0.0
    if lives and "accelerators" in fleet.inside:
        inside += max(0.0, 1 - years / min(lives)) * offer.accelerators_usd
    if module.life_years is not None:
        left = max(0.0, 1 - years / module.life_years)
        if "facility" in fleet.inside:
            inside += left * offer.usd
        if lift is not None and "launch" in fleet.inside:
            flight = module.mass_kg / lift.payload * lift.usd_per_flight + module.mass_kg * lift.usd_per_kg
            inside += left * flight
    return inside * offer.reliability * fleet.last_discount


def _resources_hold(fleet: Fleet, growth: Growth) -> bool:
    """Whether modules need no more of anything than there is, whether jobs use it or not."""
    return all(
        needed <= resource_room(fleet.sites[cluster].resources[name][t] + growth.gives[cluster, name, t])
        for (cluster, name, t), needed in growth.needs.items()
    )
