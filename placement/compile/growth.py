"""When modules can be ordered, what they add while they stand, and flights that are open (`docs/model.md` §10)."""

from dataclasses import dataclass

import numpy as np

from placement.kernels.work import Floats, Ints
from placement.problem import Bools
from placement.schema import (
    Cluster,
    Generation,
    LaunchLimit,
    Module,
    Pool,
    Renewable,
    Scenario,
    Series,
    Source,
    Vehicle,
    Window,
)
from placement.series import on_slots, on_ticks
from placement.timegrid import EDGE_TOLERANCE_HOURS, TimeGrid
from placement.units import HOURS_PER_YEAR, WATTS_PER_MW


@dataclass(frozen=True)
class Orders:
    """Periods in which a kind of module can be delivered, Q of them, and what follows from each. Shape (Q,)."""

    periods: Ints
    stands: Ints
    """First slot in which it stands."""
    ends: Ints
    """First slot in which it does not stand any more."""
    serves: Ints
    """First slot in which its accelerators do not count any more."""
    generation: tuple[Generation | None, ...]
    """What it holds."""
    most: Ints
    """Most of them in the period."""


def period_firsts(grid: TimeGrid) -> Ints:
    """Shape (periods,): first slots."""
    return np.flatnonzero(np.diff(grid.period, prepend=-1))


def period_edges(grid: TimeGrid) -> Floats:
    """Shape (periods + 1,): hours at which periods begin, and the end."""
    return np.append(grid.edges[period_firsts(grid)], grid.hours)


def orders(grid: TimeGrid, module: Module) -> Orders:
    """Periods in which a module can be delivered."""
    begin = 0.0 if module.available is None else max(0.0, float(grid.hours_of(module.available)))
    edges = period_edges(grid)
    possible = edges[:-1] + EDGE_TOLERANCE_HOURS >= begin + module.lead_days * 24
    if module.until is not None:
        possible &= edges[1:] <= float(grid.hours_of(module.until)) + EDGE_TOLERANCE_HOURS
    for window in module.closed:
        possible &= ~_overlaps(grid, window, edges)
    stands = grid.slot_from(edges[1:] + module.commissioning_days * 24)
    possible &= stands < grid.slots
    held = [_in_force(grid, module, float(edge)) for edge in edges[:-1]]
    if module.generations:
        possible &= np.array([generation is not None for generation in held])
    periods = np.flatnonzero(possible)
    stands = stands[periods]
    ends = _end(grid, stands, module.life_years)
    serves = np.minimum(ends, _end(grid, stands, module.accelerators_life_years))
    each = module.max if module.max_per_period is None else module.max_per_period
    most = np.minimum(np.broadcast_to(np.asarray(each, dtype=np.int64), len(edges) - 1)[periods], module.max)
    return Orders(periods, stands, ends, serves, tuple(held[p] for p in periods), most)


def _overlaps(grid: TimeGrid, window: Window, edges: Floats) -> Bools:
    """Shape (periods,): periods that a window overlaps."""
    first = -np.inf if window.from_ is None else float(grid.hours_of(window.from_))
    last = np.inf if window.to is None else float(grid.hours_of(window.to))
    return (edges[1:] > first + EDGE_TOLERANCE_HOURS) & (edges[:-1] < last - EDGE_TOLERANCE_HOURS)


def _in_force(grid: TimeGrid, module: Module, begin: float) -> Generation | None:
    """The generation of a period that begins then: the latest that is not after it."""
    latest, found = -np.inf, None
    for generation in module.generations:
        since = -np.inf if generation.from_ is None else float(grid.hours_of(generation.from_))
        if since <= begin + EDGE_TOLERANCE_HOURS and since >= latest:
            latest, found = since, generation
    return found


def _end(grid: TimeGrid, stands: Ints, life_years: float | None) -> Ints:
    """First slot that ends after the life of what stands from a slot on; T without a life."""
    if life_years is None:
        return np.full(len(stands), grid.slots)
    over = grid.edges[stands] + life_years * HOURS_PER_YEAR + EDGE_TOLERANCE_HOURS
    return np.asarray(np.searchsorted(grid.edges[1:], over, side="right"), dtype=np.int64)


def standing(grid: TimeGrid, stands: Ints, ends: Ints) -> Bools:
    """Shape (Q, T): slots from `stands` to before `ends`."""
    slots = np.arange(grid.slots)
    return (slots >= stands[:, None]) & (slots < ends[:, None])


def pool_of(cluster: Cluster, module: Module, generation: Generation | None = None) -> Pool:
    """The pool that a module fills, with the generation that it holds."""
    base = next((pool for pool in cluster.pools if pool.name == module.pool), cluster.pools[0])
    if generation is None:
        return base
    name = base.of_generation(generation.accelerator)
    return next(pool for pool in cluster.pools if pool.name == name)


def accelerators_of(grid: TimeGrid, module: Module, listed: Orders, reliability: float) -> Floats:
    """Shape (Q, T): accelerators that one module of each period adds in each slot."""
    each = [module.accelerators if held is None else held.accelerators for held in listed.generation]
    middle = (grid.edges[:-1] + grid.edges[1:]) / 2
    age = (middle[None, :] - grid.edges[listed.stands][:, None]) / HOURS_PER_YEAR
    kept = ((1 - module.accelerator_loss_per_year) * (1 - module.power_loss_per_year)) ** np.maximum(age, 0.0)
    delivered = np.array(each, dtype=np.float64)[:, None] * reliability * (1 - module.infant_loss)
    counted = np.floor(delivered * kept + 1e-6)
    return np.where(standing(grid, listed.stands, listed.serves), counted, 0.0)


def module_watts(power_mw: float, pue: float) -> float:
    """IT watts that so much power adds to a facility's limit."""
    return float(np.floor(WATTS_PER_MW * power_mw / pue + 1e-6))


def share_of_nameplate(scenario: Scenario, grid: TimeGrid, source: Source) -> Floats:
    """Shape (K,): what 1 MW of a source gives in each tick, MW: the capacity factor of sun and wind, else 1."""
    return on_ticks(source.capacity_factor, grid, scenario) if isinstance(source, Renewable) else np.ones(grid.ticks)


def lifters(scenario: Scenario, module: Module, cluster: Cluster) -> list[int]:
    """Vehicles (by index) that may lift a module to where it flies; none for what stays on Earth."""
    if module.mass_kg == 0:
        return []
    to = cluster.destinations(pool_of(cluster, module).plane or "")
    return [
        index
        for index, vehicle in enumerate(scenario.vehicles)
        if (not module.vehicles or vehicle.name in module.vehicles)
        and vehicle.payload_to(to) >= module.mass_kg
        and (vehicle.volume_m3 is None or vehicle.volume_m3 >= module.volume_m3)
    ]


def flies(grid: TimeGrid, vehicle: Vehicle) -> Bools:
    """Shape (periods,): whether a vehicle flies then."""
    edges = period_edges(grid)
    result = np.ones(len(edges) - 1, dtype=bool)
    if vehicle.available is not None:
        result &= edges[:-1] + EDGE_TOLERANCE_HOURS >= float(grid.hours_of(vehicle.available))
    if vehicle.until is not None:
        result &= edges[1:] <= float(grid.hours_of(vehicle.until)) + EDGE_TOLERANCE_HOURS
    return result


@dataclass(frozen=True)
class Potential:
    """The most that modules of a cluster could add in each slot, shape (T,) each."""

    accelerators: dict[str, Floats]
    """By pool."""
    watts: Floats
    resources: dict[str, Floats]
    sources: dict[str, Floats]
    """MW by name."""


def potential(scenario: Scenario, grid: TimeGrid, cluster: Cluster) -> Potential:
    """What could stand of all kinds of modules, whatever flights there are."""
    found = Potential({}, np.zeros(grid.slots), {}, {})
    for module in cluster.modules:
        listed = orders(grid, module)
        best = _best_reliability(scenario, grid, cluster, module)[listed.periods]
        numbers = np.where(best > 0, listed.most, 0)
        whole = standing(grid, listed.stands, listed.ends)
        served = np.zeros((len(numbers), grid.slots))
        for share in np.unique(best[best > 0]):
            served = np.where((best == share)[:, None], accelerators_of(grid, module, listed, float(share)), served)
        names = np.array([str(pool_of(cluster, module, held).name) for held in listed.generation])
        for name in np.unique(names):
            added = _most(np.where((names == name)[:, None], served, 0.0), numbers, module.max)
            found.accelerators[str(name)] = found.accelerators.get(str(name), 0.0) + added
        watts = np.array([module_watts(module.power_mw * share, cluster.pue) for share in best])
        found.watts[:] += _most(whole * watts[:, None], numbers, module.max)
        for name, mw in module.sources_mw.items():
            added = _most(np.where(whole, mw, 0.0), numbers, module.max)
            found.sources[name] = found.sources.get(name, 0.0) + added
        for name, amount in module.gives.items():
            added = _most(whole * (amount * best)[:, None], numbers, module.max)
            found.resources[name] = found.resources.get(name, 0.0) + added
    return found


def _best_reliability(scenario: Scenario, grid: TimeGrid, cluster: Cluster, module: Module) -> Floats:
    """Shape (periods,): of the vehicles that could lift a module then; 0 where none can, 1 on Earth."""
    if module.mass_kg == 0:
        return np.ones(grid.periods)
    best = np.zeros(grid.periods)
    for index in lifters(scenario, module, cluster):
        vehicle = scenario.vehicles[index]
        best = np.maximum(best, vehicle.reliability * flies(grid, vehicle))
    return best


def _most(each: Floats, numbers: Ints, most: int) -> Floats:
    """Shape (T,): what the best `most` modules add; `each` (Q, T) by one of a period, `numbers` (Q,) of them."""
    order = np.argsort(-each, axis=0, kind="stable")
    taken = np.minimum(np.cumsum(numbers[order], axis=0), most)
    return np.asarray((np.diff(taken, axis=0, prepend=0) * np.take_along_axis(each, order, axis=0)).sum(axis=0))


def in_periods(series: Series, grid: TimeGrid, scenario: Scenario) -> Floats:
    """Shape (periods,): value of a series in the first slot of each."""
    return on_slots(series, grid, scenario)[period_firsts(grid)]


def open_flights(scenario: Scenario, grid: TimeGrid, limited: Vehicle | LaunchLimit) -> Ints:
    """Shape (periods,): flights open to us, of a vehicle or under a launch limit; whole ones as they add up."""
    share = limited.open_share if isinstance(limited, Vehicle) else 1.0
    if limited.flights_per_year is not None:
        rate = on_slots(limited.flights_per_year, grid, scenario) * grid.slot_hours / HOURS_PER_YEAR
        flown = np.cumsum(np.bincount(grid.period, rate))
    else:
        each = np.asarray(limited.flights_per_period, dtype=np.float64)
        flown = np.cumsum(np.broadcast_to(each, grid.periods))
    flights = np.diff(np.floor(share * flown + 1e-9).astype(np.int64), prepend=0)
    return np.where(flies(grid, limited), flights, 0) if isinstance(limited, Vehicle) else flights
