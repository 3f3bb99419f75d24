"""What can be ordered for which period, what lifts it, and what one module adds (docs/model.md 10)."""

import math
from dataclasses import dataclass
from typing import Any

from oracle.fleet import MOMENT, Fleet, Place, Site

YEAR = 8766


@dataclass(frozen=True)
class Lift:
    """A vehicle that can fly a kind of module in a period, at the prices of that period."""

    vehicle: str
    payload: float
    volume: float
    """Of its fairing, m³; infinite without limit."""
    reliability: float
    usd_per_flight: float
    usd_per_kg: float


@dataclass(frozen=True, eq=False)
class Offer:
    """A kind of module that can be ordered for a period, and the vehicle that flies it, if it flies."""

    cluster: str
    module: Any
    place: Place
    """Pool that its accelerators go to."""
    plane: str
    """Plane that flights with it serve."""
    period: int
    first: int
    """First slot of the period."""
    stands: int
    """First slot in which it stands."""
    accelerators: int
    usd: float
    accelerators_usd: float
    lift: Lift | None
    most: int
    """Most that the period allows and, by this vehicle alone, its open flights."""

    @property
    def reliability(self) -> float:
        """Share of it that arrives."""
        return 1.0 if self.lift is None else self.lift.reliability


# --- periods ---


def period_of(fleet: Fleet) -> list[int]:
    """The period of each slot."""
    return fleet.spans("period")


def periods(fleet: Fleet) -> range:
    """All periods."""
    return range(period_of(fleet)[-1] + 1)


def first_slot(fleet: Fleet, period: int) -> int:
    """First slot of a period."""
    return period_of(fleet).index(period)


def begin_hours(fleet: Fleet, period: int) -> float:
    """When a period begins."""
    return fleet.edge[first_slot(fleet, period)]


def end_hours(fleet: Fleet, period: int) -> float:
    """When a period ends."""
    return fleet.edge[1 + max(t for t, p in enumerate(period_of(fleet)) if p == period)]


def whole_flights(fleet: Fleet, record: Any, period: int, share: float = 1.0) -> int:
    """Flights in a period of what has `flights_per_period` or `flights_per_year`; whole ones count as they add up."""

    def until(last: int) -> int:
        if record.flights_per_year is not None:
            yearly = fleet.series(record.flights_per_year)
            total = sum(yearly[t] * fleet.hours[t] / YEAR for t, p in enumerate(period_of(fleet)) if p <= last)
        else:
            total = sum(number(record.flights_per_period, p) for p in range(last + 1))
        return math.floor(share * total + 1e-9)

    return until(period) - until(period - 1)


def number(one_or_list: Any, period: int) -> int:
    """The number for a period, of one for all or one for each."""
    return one_or_list[period] if isinstance(one_or_list, tuple) else one_or_list


# --- orders ---


def offered(fleet: Fleet) -> list[Offer]:
    """What can be ordered, for which period, with which vehicle."""
    return [
        offer
        for site in fleet.sites.values()
        for module in site.cluster.modules
        for period in periods(fleet)
        for offer in _offers(fleet, site, module, period)
    ]


def _offers(fleet: Fleet, site: Site, module: Any, period: int) -> list[Offer]:
    """One kind in one period, once for each vehicle."""
    stands = fleet.slot_from(end_hours(fleet, period) + 24 * module.commissioning_days)
    generation = in_force(fleet, module, period)
    if not _may_be_ordered(fleet, module, period) or stands >= fleet.slots:
        return []
    if module.generations and generation is None:
        return []
    bay = next((b for b in site.bays if module.pool in (None, b.place[1])), site.bays[0])
    place, first = bay.place, first_slot(fleet, period)
    accelerators, dollars = module.accelerators, module.accelerators_usd
    if generation is not None:
        accelerators, dollars = generation.accelerators, generation.accelerators_usd
        if generation.accelerator != bay.pool.accelerator:
            place = (site.name, f"{bay.place[1]}-{generation.accelerator}")
    found = []
    for lift in _lifts(fleet, site, bay.plane, module, period) if site.cluster.orbital else [None]:
        most = most_per_period(module, period)
        if lift is not None:
            most = min(most, per_flight(module, lift) * open_flights(fleet, lift.vehicle, period))
        usd, of_accelerators = (fleet.series(series)[first] for series in (module.usd, dollars))
        offer = (site.name, module, place, bay.plane, period, first, stands, accelerators, usd, of_accelerators)
        found.append(Offer(*offer, lift, most))
    return found


def _may_be_ordered(fleet: Fleet, module: Any, period: int) -> bool:
    """Whether the module's own dates allow delivery in a period."""
    begin, end = begin_hours(fleet, period), end_hours(fleet, period)
    if begin < max(0.0, fleet.moment(module.available, 0.0)) + 24 * module.lead_days - MOMENT:
        return False
    if end > fleet.moment(module.until, math.inf) + MOMENT:
        return False
    return not any(
        fleet.moment(window.from_, -math.inf) < end - MOMENT and fleet.moment(window.to, math.inf) > begin + MOMENT
        for window in module.closed
    )


def in_force(fleet: Fleet, module: Any, period: int) -> Any:
    """The generation of modules delivered in a period; None if there is none."""
    begin, latest, found = begin_hours(fleet, period), -math.inf, None
    for generation in module.generations:
        since = fleet.moment(generation.from_, -math.inf)
        if since <= begin + MOMENT and since >= latest:
            latest, found = since, generation
    return found


def most_per_period(module: Any, period: int) -> int:
    """Most of a kind that can be ordered for a period."""
    return module.max if module.max_per_period is None else min(module.max, number(module.max_per_period, period))


def destinations(site: Site, plane: str) -> list[str]:
    """What a plane is called where flights go: by itself, by its cluster, by its class."""
    names = [f"{site.name}/{plane}"] if plane else []
    return [*names, site.name, "leo" if site.cluster.orbit.ltan is None else "sso"]


def _lifts(fleet: Fleet, site: Site, plane: str, module: Any, period: int) -> list[Lift]:
    found = []
    for vehicle in fleet.scenario.vehicles:
        payload = next((vehicle.payload_kg[n] for n in destinations(site, plane) if n in vehicle.payload_kg), 0.0)
        volume = math.inf if vehicle.volume_m3 is None else vehicle.volume_m3
        named = not module.vehicles or vehicle.name in module.vehicles
        large = payload >= module.mass_kg and volume >= module.volume_m3
        if named and large and _flies(fleet, vehicle, period):
            each, by_kg = (
                0.0 if price is None else fleet.series(price)[first_slot(fleet, period)]
                for price in (vehicle.usd_per_flight, vehicle.usd_per_kg)
            )
            found.append(Lift(vehicle.name, payload, volume, vehicle.reliability, each, by_kg))
    return found


def _flies(fleet: Fleet, vehicle: Any, period: int) -> bool:
    since, until = fleet.moment(vehicle.available, -math.inf), fleet.moment(vehicle.until, math.inf)
    return since <= begin_hours(fleet, period) + MOMENT and end_hours(fleet, period) <= until + MOMENT


def per_flight(module: Any, lift: Lift) -> int:
    """Modules of a kind that one flight lifts."""
    by_mass = math.floor(lift.payload / module.mass_kg + 1e-9)
    if module.volume_m3 == 0 or math.isinf(lift.volume):
        return by_mass
    return min(by_mass, math.floor(lift.volume / module.volume_m3 + 1e-9))


def open_flights(fleet: Fleet, name: str, period: int) -> int:
    """Flights of a vehicle that are open to us in a period."""
    vehicle = next(v for v in fleet.scenario.vehicles if v.name == name)
    return whole_flights(fleet, vehicle, period, vehicle.open_share) if _flies(fleet, vehicle, period) else 0


# --- what one module adds ---


def standing(fleet: Fleet, offer: Offer, t: int, *, computing: bool = False) -> bool:
    """Whether it stands in a slot; `computing`: and its accelerators do."""
    lives = [offer.module.life_years, offer.module.accelerators_life_years if computing else None]
    ends = [fleet.edge[offer.stands] + years * YEAR for years in lives if years is not None]
    return t >= offer.stands and fleet.edge[t + 1] <= min(ends, default=math.inf) + MOMENT


def accelerators_added(fleet: Fleet, offer: Offer, t: int) -> int:
    """Accelerators that work in a slot."""
    if not standing(fleet, offer, t, computing=True):
        return 0
    module = offer.module
    age = ((fleet.edge[t] + fleet.edge[t + 1]) / 2 - fleet.edge[offer.stands]) / YEAR
    kept = (1 - module.accelerator_loss_per_year) * (1 - module.power_loss_per_year)
    working = offer.accelerators * offer.reliability * (1 - module.infant_loss) * kept**age
    return math.floor(working + 1e-6)


def watts_added(fleet: Fleet, offer: Offer, t: int) -> int:
    """By how much it raises the facility's limit in a slot, IT watts."""
    if not standing(fleet, offer, t):
        return 0
    pue = fleet.sites[offer.cluster].cluster.pue
    return math.floor(1e6 * offer.module.power_mw * offer.reliability / pue + 1e-6)


def megawatts_added(fleet: Fleet, offer: Offer, name: str, t: int) -> float:
    """By how many MW it raises a source of its cluster in a slot."""
    return offer.module.sources_mw.get(name, 0.0) if standing(fleet, offer, t) else 0.0


def given(fleet: Fleet, offer: Offer, name: str, t: int) -> float:
    """What it adds to a resource in a slot, its own needs apart."""
    return offer.reliability * offer.module.gives.get(name, 0.0) if standing(fleet, offer, t) else 0.0


def needed(fleet: Fleet, offer: Offer, name: str, t: int) -> float:
    """What it takes of a resource in a slot."""
    return offer.module.needs.get(name, 0.0) if standing(fleet, offer, t) else 0.0
