"""Modules and flights as arrays: what each order costs and which rows it raises (`docs/model.md` §10)."""

from dataclasses import dataclass

import numpy as np

from placement.compile.fleet import PoolArrays, Site
from placement.compile.growth import (
    Orders,
    accelerators_of,
    in_periods,
    lifters,
    module_watts,
    open_flights,
    orders,
    period_firsts,
    pool_of,
    share_of_nameplate,
    standing,
)
from placement.kernels.work import Floats, Ints
from placement.money import ACCELERATORS, FACILITY, LAUNCH, OPERATIONS
from placement.problem import Fleet, Raise
from placement.problem import Module as ModuleArrays
from placement.schema import Battery, Cluster, Module, Scenario, Vehicle
from placement.series import on_slots
from placement.timegrid import TimeGrid
from placement.units import HOURS_PER_YEAR


@dataclass(frozen=True)
class Raised:
    """Rows that modules raise, (T,) each, and plants of which they raise sources."""

    pools: dict[int, Ints]
    power: dict[tuple[int, str], Ints]
    resources: dict[tuple[int, str], Ints]
    plants: dict[int, int]
    """Plant of a cluster."""


def planes(sites: list[Site]) -> list[tuple[int, str]]:
    """What flights serve: (cluster, plane name or "") of every orbital cluster."""
    found: list[tuple[int, str]] = []
    for site in sites:
        if site.cluster.orbital:
            names = [plane.name for plane in site.cluster.planes] or [""]
            found.extend((site.index, name) for name in names)
    return found


def module_plane(cluster: Cluster, module: Module) -> str:
    """Plane that a module's flights serve."""
    return pool_of(cluster, module).plane or (cluster.planes[0].name if cluster.planes else "")


def grown(
    scenario: Scenario,
    grid: TimeGrid,
    sites: list[Site],
    pools: list[PoolArrays],
    raised: Raised,
    inside: frozenset[str],
) -> tuple[tuple[ModuleArrays, ...], Fleet | None]:
    """Modules and the flights that lift them."""
    served = planes(sites)
    modules = tuple(
        _module(scenario, grid, site, module, served, pools, raised, inside)
        for site in sites
        for module in site.cluster.modules
    )
    if not any(module.plane >= 0 for module in modules):
        return modules, None
    return modules, _fleet(scenario, grid, [(sites[c].cluster, plane) for c, plane in served], inside)


def _fleet(scenario: Scenario, grid: TimeGrid, served: list[tuple[Cluster, str]], inside: frozenset[str]) -> Fleet:
    vehicles = scenario.vehicles
    to = [cluster.destinations(plane) for cluster, plane in served]
    payload = np.array([[vehicle.payload_to(names) for names in to] for vehicle in vehicles])
    volume = np.array([np.inf if vehicle.volume_m3 is None else vehicle.volume_m3 for vehicle in vehicles])
    cash = np.array([_price(scenario, grid, vehicle.usd_per_flight) for vehicle in vehicles])
    discount = grid.discount(scenario.money.rate)[period_firsts(grid)]
    flights = np.array([open_flights(scenario, grid, vehicle) for vehicle in vehicles])
    limits = []
    for limit in scenario.launch_limits:
        mine = np.array([not limit.vehicles or vehicle.name in limit.vehicles for vehicle in vehicles])
        there = np.array([not limit.orbits or any(name in limit.orbits for name in names) for names in to])
        limits.append((mine[:, None] & there[None, :], open_flights(scenario, grid, limit)))
    shape = (len(vehicles), len(served))
    usd = cash * discount * float(LAUNCH in inside)
    return Fleet(payload.reshape(shape), volume, usd, cash, flights, tuple(limits))


def _price(scenario: Scenario, grid: TimeGrid, price: object) -> Floats:
    """Shape (periods,): what a vehicle takes, $; 0 where it is paid otherwise."""
    return np.zeros(grid.periods) if price is None else in_periods(price, grid, scenario)  # type: ignore[arg-type]


def _module(
    scenario: Scenario,
    grid: TimeGrid,
    site: Site,
    module: Module,
    served: list[tuple[int, str]],
    pools: list[PoolArrays],
    raised: Raised,
    inside: frozenset[str],
) -> ModuleArrays:
    cluster = site.cluster
    listed = orders(grid, module)
    vehicles = lifters(scenario, module, cluster)
    delivered = np.array([scenario.vehicles[v].reliability for v in vehicles] or [1.0])
    first, rows, amount = _entries(grid, site, module, listed, delivered, pools, raised)
    parts = module_dollars(scenario, grid, module, cluster)
    shape = (len(delivered), len(listed.periods))
    usd = sum((value for category, value in parts.items() if category in inside), np.zeros(shape))
    lift = np.array([_lift(scenario, grid, module, cluster, scenario.vehicles[v])[1] for v in vehicles])
    return ModuleArrays(
        cluster=site.index,
        plane=served.index((site.index, module_plane(cluster, module))) if module.mass_kg > 0 else -1,
        least=module.min,
        most=module.max,
        most_per_period=listed.most,
        mass_kg=module.mass_kg,
        volume_m3=module.volume_m3,
        vehicles=np.array(vehicles, dtype=np.int64),
        periods=listed.periods,
        stands_from=listed.stands,
        stands_until=listed.ends,
        usd=usd,
        cash=module_prices(scenario, grid, module, listed).sum(axis=0),
        cash_of_lift=lift.reshape(-1, grid.periods)[:, listed.periods] if vehicles else np.zeros(shape),
        cash_per_slot=_operations(scenario, grid, module),
        delivered=delivered,
        first=first,
        rows=rows,
        amount=amount,
        raises=_raises(scenario, grid, site, module, raised),
    )


def _raises(scenario: Scenario, grid: TimeGrid, site: Site, module: Module, raised: Raised) -> tuple[Raise, ...]:
    """Sources and batteries of the cluster's plant that one module raises."""
    result = []
    batteries = [source for source in site.cluster.sources if isinstance(source, Battery)]
    others = [source for source in site.cluster.sources if not isinstance(source, Battery)]
    for store, listed in ((True, batteries), (False, others)):
        for index, source in enumerate(listed):
            mw = module.sources_mw.get(str(source.name or source.kind), 0.0)
            if mw:
                each = mw * share_of_nameplate(scenario, grid, source)
                result.append(Raise(raised.plants[site.index], store, index, each))
    return tuple(result)


def _entries(
    grid: TimeGrid,
    site: Site,
    module: Module,
    listed: Orders,
    delivered: Floats,
    pools: list[PoolArrays],
    raised: Raised,
) -> tuple[Ints, Ints, Floats]:
    """What one module adds to rows, by vehicle and period: where each begins, rows, amounts."""
    number = {pools[p].pool.name: p for p in site.pools}
    of_pool = [number[pool_of(site.cluster, module, held).name] for held in listed.generation]
    whole = standing(grid, listed.stands, listed.ends)
    none = np.zeros(0, dtype=np.int64)
    count, rows, amount = [0], [none], [np.zeros(0)]
    for share in delivered.tolist():
        served = accelerators_of(grid, module, listed, share)
        plain = [(raised.power.get((site.index, "facility")), module_watts(module.power_mw * share, site.cluster.pue))]
        plain += [(raised.resources.get((site.index, name)), share * value) for name, value in module.gives.items()]
        plain += [(raised.resources.get((site.index, name)), -value) for name, value in module.needs.items()]
        for q, pool in enumerate(of_pool):
            each = [(own, value * whole[q]) for own, value in plain]
            each.append((raised.pools.get(pool), served[q]))
            for own, values in each:
                slots = none if own is None else np.flatnonzero(values)
                rows.append(none if own is None else own[slots])
                amount.append(values[slots])
            count.append(sum(map(len, rows)))
    return np.array(count, dtype=np.int64), np.concatenate(rows), np.concatenate(amount)


def module_prices(scenario: Scenario, grid: TimeGrid, module: Module, listed: Orders) -> Floats:
    """Shape (2, Q): $ of one module in each period, apart from accelerators and of them."""
    own = in_periods(module.usd, grid, scenario)[listed.periods]
    plain = in_periods(module.accelerators_usd, grid, scenario)[listed.periods]
    of_generation = {
        index: in_periods(held.accelerators_usd, grid, scenario) for index, held in enumerate(module.generations)
    }
    accelerators = [
        plain[q] if held is None else of_generation[module.generations.index(held)][p]
        for q, (p, held) in enumerate(zip(listed.periods, listed.generation, strict=True))
    ]
    return np.array([own, np.array(accelerators, dtype=np.float64)])


def _operations(scenario: Scenario, grid: TimeGrid, module: Module) -> Floats:
    """Shape (T,): $ of operation in each slot."""
    return on_slots(module.operations_usd_per_year, grid, scenario) * grid.slot_hours / HOURS_PER_YEAR


def _lift(
    scenario: Scenario, grid: TimeGrid, module: Module, cluster: Cluster, vehicle: Vehicle
) -> tuple[Floats, Floats]:
    """Shape (periods,) each: a module's part of the price of its flight, and what is paid for its mass."""
    payload = vehicle.payload_to(cluster.destinations(module_plane(cluster, module)))
    by_mass = module.mass_kg * _price(scenario, grid, vehicle.usd_per_kg)
    return by_mass + module.mass_kg / payload * _price(scenario, grid, vehicle.usd_per_flight), by_mass


def module_dollars(scenario: Scenario, grid: TimeGrid, module: Module, cluster: Cluster) -> dict[str, Floats]:
    """Present value of one module by category, shape (max(V, 1), Q): cost, operation, salvage; flights apart.

    What is paid for its mass is under launch.
    """
    listed, rate = orders(grid, module), scenario.money.rate
    vehicles = [scenario.vehicles[v] for v in lifters(scenario, module, cluster)]
    delivered = np.array([vehicle.reliability for vehicle in vehicles] or [1.0])[:, None]
    discount = grid.discount(rate)
    paid = discount[period_firsts(grid)][listed.periods]
    end = grid.present_value(rate, grid.hours)
    age = (grid.hours - grid.edges[listed.stands]) / HOURS_PER_YEAR
    left = delivered * _left(age, module.life_years) * end
    shorter = min((x for x in (module.life_years, module.accelerators_life_years) if x is not None), default=None)
    own, accelerators = module_prices(scenario, grid, module, listed)
    until = np.concatenate([[0.0], np.cumsum(_operations(scenario, grid, module) * discount)])
    flight, by_mass = np.zeros((2, len(delivered), len(listed.periods)))
    for k, vehicle in enumerate(vehicles):
        flight[k], by_mass[k] = (part[listed.periods] for part in _lift(scenario, grid, module, cluster, vehicle))
    return {
        FACILITY: own * (paid - left),
        ACCELERATORS: accelerators * (paid - delivered * _left(age, shorter) * end),
        OPERATIONS: delivered * (until[listed.ends] - until[listed.stands]),
        LAUNCH: by_mass * paid - flight * left,
    }


def _left(age: Floats, life_years: float | None) -> Floats:
    """Share of a life that is left at an age; none without a life."""
    return np.zeros(len(age)) if life_years is None else np.maximum(0.0, 1 - age / life_years)
