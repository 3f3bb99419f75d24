"""Supply as arrays: plants, gates, moves, modules and flights, flows."""

import numpy as np

from placement import ephemeris
from placement.compile.fleet import PoolArrays, Site, grid_limit, module_watts
from placement.compile.groups import Groups
from placement.compile.growth import lifters, open_flights, orbit_class, orders
from placement.compile.limits import spans_of
from placement.compile.meters import Meters
from placement.compile.moves import MoveData
from placement.compile.prices import fixed_by_category
from placement.compile.rows import GateKind
from placement.compile.uses import NO_GROUP
from placement.compile.ways import speeds
from placement.kernels.work import SHARE_UNITS, Floats, Ints
from placement.money import (
    ACCELERATORS,
    BOUNDARIES,
    CARBON,
    CONTRACTS,
    COOLING,
    ENERGY,
    FACILITY,
    LAUNCH,
    OPERATIONS,
    SWITCHING,
    TRANSFER,
)
from placement.physics.goodput import gang_rate, goodput
from placement.problem import Fleet, Flows, Gate, Move, Plant, Source, Store, Supply, Tally
from placement.problem import Module as ModuleArrays
from placement.schema import Battery, Cluster, Flow, Grid, Module, Renewable, Scenario
from placement.schema import Source as SourceRecord
from placement.series import on_slots, on_ticks
from placement.timegrid import TimeGrid
from placement.units import HOURS_PER_YEAR, WATTS_PER_MW


def flows(
    scenario: Scenario, grid: TimeGrid, sites: list[Site], pools: list[PoolArrays], groups: Groups, meters: Meters
) -> Flows:
    """Divisible demand and the pools that can serve it."""
    way_flow, rate, most, use_meter, use_amount, count = [], [], [], [], [], []
    for number, flow in enumerate(scenario.flows):
        for index, pool in enumerate(pools):
            served = _flow_rate(scenario, sites, pool, flow)
            if served is None:
                continue
            ratio, kw = served
            way_flow.append(number)
            rate.append(ratio * pool.speed)
            most.append(pool.potential)
            group = int(groups.flow[number])
            use_meter.append(meters.get("acc", index, group))
            use_amount.append(1.0)
            use_meter.append(meters.get("watt", pool.cluster, index, group))
            use_amount.append(1000 * kw * flow.utilization)
            count.append(2)
    shape = (len(way_flow), grid.slots)
    return Flows(
        np.array([on_slots(flow.demand, grid, scenario) for flow in scenario.flows]).reshape(-1, grid.slots),
        np.array([flow.unmet_usd_per_accelerator_hour for flow in scenario.flows], dtype=np.float64),
        np.array(way_flow, dtype=np.int64),
        np.array(rate).reshape(shape),
        np.array(most).reshape(shape),
        np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        np.array(use_meter, dtype=np.int64),
        np.array(use_amount, dtype=np.float64),
    )


def _flow_rate(scenario: Scenario, sites: list[Site], pool: PoolArrays, flow: Flow) -> tuple[float, float] | None:
    """Reference accelerators per accelerator at full speed, and kW of each; None where the flow may not run."""
    cluster = sites[pool.cluster].cluster
    if (flow.clusters and cluster.name not in flow.clusters) or cluster.name in flow.not_clusters:
        return None
    country = cluster.place.country if cluster.place else None
    if flow.residency and country not in flow.residency:
        return None
    if flow.memory_gb > ephemeris.accelerator_of(scenario, pool.pool.accelerator).memory_gb:
        return None
    if flow.max_rtt_ms is not None:
        trip = ephemeris.round_trip_ms(scenario, flow.home, cluster)
        if not trip <= flow.max_rtt_ms:
            return None
    known = speeds(scenario, pool.pool.accelerator)
    ratio, kw = known.own.get(flow.class_ or "", (known.peak_ratio, None))
    rate = gang_rate(1, ephemeris.interruptions(scenario, cluster, pool.pool))
    return ratio * float(goodput(rate, 0.0, cluster.restart_minutes / 60)), pool.kw if kw is None else kw


def supply(
    scenario: Scenario,
    grid: TimeGrid,
    sites: list[Site],
    pools: list[PoolArrays],
    meters: Meters,
    pool_rows: dict[int, Ints],
    gate_rows: dict[tuple[int, GateKind], Ints],
    most_held: Floats,
    power_rows: dict[tuple[int, str], Ints],
    tallies: tuple[Tally, ...],
    moves: tuple[MoveData, ...],
) -> tuple[Supply, dict[int, dict[str, float]]]:
    """Everything decided beside placements, and what committed clusters cost by category."""
    inside = BOUNDARIES[scenario.policy.minimise]
    gates, committed = _gates(scenario, grid, sites, pools, gate_rows, most_held, inside)
    modules, fleet = _growth(scenario, grid, sites, pools, pool_rows, power_rows, inside)
    result = Supply(
        plants=tuple(_plant(scenario, grid, site, pools, power_rows) for site in sites if not site.simple),
        gates=gates,
        moves=tuple(_move(move, sites, meters, grid, inside) for move in moves),
        modules=modules,
        fleet=fleet,
        tallies=tallies,
        carbon_usd_per_t=scenario.policy.carbon_usd_per_t if CARBON in inside else 0.0,
        energy_counts=float(ENERGY in inside),
        cooling_counts=float(COOLING in inside),
        contracts_count=float(CONTRACTS in inside),
        switching_counts=float(SWITCHING in inside),
    )
    return result, committed


def _move(move: MoveData, sites: list[Site], meters: Meters, grid: TimeGrid, inside: frozenset[str]) -> Move:
    """The first slots carry it; a data set that can never be there is moved by nobody."""
    linked = sites[move.cluster].link_in is not None
    meter = meters.get("in", move.cluster, NO_GROUP) if linked else -1
    usd = move.usd if TRANSFER in inside else 0.0
    share = move.share if move.until <= grid.slots else float(SHARE_UNITS)
    return Move(move.dataset, move.cluster, usd, move.usd, meter, share, min(move.until, grid.slots))


def _plant(
    scenario: Scenario, grid: TimeGrid, site: Site, pools: list[PoolArrays], power_rows: dict[tuple[int, str], Ints]
) -> Plant:
    """Power of a cluster that balances tick by tick."""
    cluster = site.cluster
    most = np.array([pools[p].potential * _most_kw(scenario, pools[p]) / 1000 for p in site.pools]).sum(axis=0)
    most = np.minimum(most, site.potential_watts / WATTS_PER_MW)
    ceiling = cluster.pue * float(most.max(initial=0.0)) + cluster.idle_mw
    ceiling += sum(source.mw for source in cluster.sources if isinstance(source, Battery))
    sources = [_source(scenario, grid, cluster, source, ceiling) for source in _supplies(cluster)]
    stores = [
        Store(source.mw, source.mwh, source.round_trip_efficiency, source.initial_mwh)
        for source in cluster.sources
        if isinstance(source, Battery)
    ]
    return Plant(
        site.index, power_rows[site.index, "load"], most, cluster.pue, cluster.idle_mw, tuple(sources), tuple(stores)
    )


def _most_kw(scenario: Scenario, pool: PoolArrays) -> float:
    """Most power of one accelerator in any class, kW, with the rounding up of small gangs."""
    known = speeds(scenario, pool.pool.accelerator)
    kws = [kw for _, kw in (*known.own.values(), *known.sized.values()) if kw is not None]
    return max([pool.kw, *kws]) + 0.001


def _supplies(cluster: Cluster) -> list[SourceRecord]:
    """Sources of a plant that are not batteries; a plain grid where none is given."""
    sources: list[SourceRecord] = [source for source in cluster.sources if not isinstance(source, Battery)]
    return sources if sources or cluster.orbital else [Grid()]


def _source(scenario: Scenario, grid: TimeGrid, cluster: Cluster, source: SourceRecord, ceiling: float) -> Source:
    assert not isinstance(source, Battery)
    price = cluster.energy_price if source.price is None else source.price
    carbon = cluster.carbon_g_per_kwh if source.carbon_g_per_kwh is None else source.carbon_g_per_kwh
    none = np.zeros(grid.slots, dtype=np.int64)
    charge, peak, mwh, span, usd = 0.0, 0.0, 0.0, none, 0.0
    if isinstance(source, Grid):
        limit = grid_limit(scenario, grid, source)
        charge, peak = source.demand_charge_usd_per_mw, source.peak_so_far_mw
        if source.take_or_pay is not None:
            contract = source.take_or_pay
            mwh, span, usd = contract.mwh, spans_of(grid, contract.per), contract.usd_per_mwh
    elif isinstance(source, Renewable):
        limit = source.mw * on_ticks(source.capacity_factor, grid, scenario)
    else:
        limit = on_ticks(source.limit_mw, grid, scenario)
    return Source(
        np.minimum(limit, ceiling),
        on_ticks(price, grid, scenario),
        on_ticks(carbon, grid, scenario) / 1000,
        charge,
        peak,
        mwh,
        span,
        usd,
    )


def _gates(
    scenario: Scenario,
    grid: TimeGrid,
    sites: list[Site],
    pools: list[PoolArrays],
    gate_rows: dict[tuple[int, GateKind], Ints],
    most_held: Floats,
    inside: frozenset[str],
) -> tuple[tuple[Gate, ...], dict[int, dict[str, float]]]:
    """Clusters that can be switched off, or that are paid for only if anything runs there."""
    gates: list[Gate] = []
    committed: dict[int, dict[str, float]] = {}
    for site in sites:
        cluster = site.cluster
        if cluster.switchable:
            gates.append(
                Gate(
                    site.index,
                    *_held(site, pools, gate_rows, most_held, "on", grid.slots),
                    True,
                    cluster.initially_on,
                    cluster.finally_off,
                    cluster.startup_usd,
                    cluster.shutdown_usd,
                    0.0,
                    np.zeros(grid.slots),
                )
            )
        if cluster.charge == "committed":
            fixed = fixed_by_category(grid, site, pools)
            discount = grid.discount(scenario.money.rate)
            committed[site.index] = {category: float((cash * discount).sum()) for category, cash in fixed.items()}
            usd = sum(value for category, value in committed[site.index].items() if category in inside)
            cash = sum(fixed.values(), np.zeros(grid.slots))
            held = _held(site, pools, gate_rows, most_held, "committed", grid.slots)
            gates.append(Gate(site.index, *held, False, False, False, 0.0, 0.0, usd, cash))
    return tuple(gates), committed


def _held(
    site: Site,
    pools: list[PoolArrays],
    gate_rows: dict[tuple[int, GateKind], Ints],
    most_held: Floats,
    kind: GateKind,
    slots: int,
) -> tuple[Ints, Floats]:
    """Rows of a gate, and the accelerators to which opening it raises them, both shape (pools, T).

    No more than jobs and flows could hold there together: a needlessly large number lets a gate that is open by less
    than the solver's tolerance let work through.
    """
    mine = [p for p in site.pools if (p, kind) in gate_rows]
    rows = np.array([gate_rows[p, kind] for p in mine], dtype=np.int64).reshape(-1, slots)
    return rows, np.array([np.minimum(pools[p].potential, most_held[p]) for p in mine]).reshape(-1, slots)


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
    pool = next((p for p in cluster.pools if p.name == module.pool), cluster.pools[0])
    return pool.plane or (cluster.planes[0].name if cluster.planes else "")


def _growth(
    scenario: Scenario,
    grid: TimeGrid,
    sites: list[Site],
    pools: list[PoolArrays],
    pool_rows: dict[int, Ints],
    power_rows: dict[tuple[int, str], Ints],
    inside: frozenset[str],
) -> tuple[tuple[ModuleArrays, ...], Fleet | None]:
    """Modules and the flights that lift them."""
    served = planes(sites)
    modules = [
        _module(scenario, grid, site, module, served, pools, pool_rows, power_rows, inside)
        for site in sites
        for module in site.cluster.modules
    ]
    if not any(module.plane >= 0 for module in modules):
        return tuple(modules), None
    discount = grid.discount(scenario.money.rate)[_period_firsts(grid)]
    payload = np.array(
        [
            [vehicle.payload_kg.get(orbit_class(sites[c].cluster), 0.0) for c, _ in served]  # type: ignore[call-overload]
            for vehicle in scenario.vehicles
        ]
    ).reshape(len(scenario.vehicles), len(served))
    cash = np.array([vehicle.usd_per_flight for vehicle in scenario.vehicles], dtype=np.float64)
    usd = cash[:, None] * discount[None, :] * float(LAUNCH in inside)
    flights = np.array([open_flights(grid, vehicle) for vehicle in scenario.vehicles]).reshape(len(cash), -1)
    return tuple(modules), Fleet(payload, usd, cash, flights)


def _period_firsts(grid: TimeGrid) -> Ints:
    return np.flatnonzero(np.diff(grid.period, prepend=-1))


def _module(
    scenario: Scenario,
    grid: TimeGrid,
    site: Site,
    module: Module,
    served: list[tuple[int, str]],
    pools: list[PoolArrays],
    pool_rows: dict[int, Ints],
    power_rows: dict[tuple[int, str], Ints],
    inside: frozenset[str],
) -> ModuleArrays:
    cluster = site.cluster
    periods, stands = orders(grid, module)
    vehicles = lifters(scenario, module, cluster)
    pool = next(p for p in site.pools if module.pool is None or pools[p].pool.name == module.pool)
    rows, amount = [], []
    if module.accelerators and pool in pool_rows:
        rows.append(pool_rows[pool])
        amount.append(float(module.accelerators))
    if module.power_mw and (site.index, "facility") in power_rows:
        rows.append(power_rows[site.index, "facility"])
        amount.append(module_watts(module.power_mw, cluster.pue))
    parts = module_dollars(scenario, grid, module, cluster, periods, stands, vehicles)
    usd = sum(
        (value for category, value in parts.items() if category in inside),
        np.zeros((max(len(vehicles), 1), len(periods))),
    )
    per_slot = module.operations_usd_per_year * grid.slot_hours / HOURS_PER_YEAR
    plane = served.index((site.index, module_plane(cluster, module))) if module.mass_kg > 0 else -1
    return ModuleArrays(
        cluster=site.index,
        plane=plane,
        most=module.max,
        most_per_period=module.max if module.max_per_period is None else module.max_per_period,
        mass_kg=module.mass_kg,
        vehicles=np.array(vehicles, dtype=np.int64),
        periods=periods,
        stands_from=stands,
        usd=usd,
        cash=np.full(len(periods), module.usd + module.accelerators_usd),
        cash_per_slot=per_slot,
        rows=np.array(rows, dtype=np.int64).reshape(-1, grid.slots),
        amount=np.array(amount),
    )


def module_dollars(
    scenario: Scenario,
    grid: TimeGrid,
    module: Module,
    cluster: Cluster,
    periods: Ints,
    stands: Ints,
    vehicles: list[int],
) -> dict[str, Floats]:
    """Present value of one module by category, shape (max(V, 1), Q): cost, operation, salvage; flights apart."""
    rate = scenario.money.rate
    discount = grid.discount(rate)
    paid = discount[_period_firsts(grid)][periods]
    end = grid.present_value(rate, grid.hours)
    age = (grid.hours - grid.edges[stands]) / HOURS_PER_YEAR
    left = np.zeros(len(periods)) if module.life_years is None else np.maximum(0.0, 1 - age / module.life_years) * end
    running = module.operations_usd_per_year * grid.slot_hours / HOURS_PER_YEAR * discount
    until = np.concatenate([[0.0], np.cumsum(running)])
    one = np.ones((max(len(vehicles), 1), 1))
    flight = np.zeros((len(one), 1))
    for k, v in enumerate(vehicles):
        vehicle = scenario.vehicles[v]
        flight[k] = module.mass_kg / vehicle.payload_kg[orbit_class(cluster)] * vehicle.usd_per_flight  # type: ignore[index]
    return {
        FACILITY: one * (module.usd * (paid - left)),
        ACCELERATORS: one * (module.accelerators_usd * (paid - left)),
        OPERATIONS: one * (until[-1] - until[stands]),
        LAUNCH: -flight * left,
    }
