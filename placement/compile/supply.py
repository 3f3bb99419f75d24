"""Supply as arrays: plants, gates, moves, modules and flights, flows."""

import numpy as np

from placement import ephemeris
from placement.compile.fleet import PoolArrays, Site, grid_limit
from placement.compile.groups import Groups
from placement.compile.growth import share_of_nameplate
from placement.compile.investments import Raised, grown
from placement.compile.limits import spans_of
from placement.compile.meters import Meters
from placement.compile.moves import MoveData
from placement.compile.prices import fixed_by_category
from placement.compile.rows import GateKind
from placement.compile.uses import NO_GROUP
from placement.compile.ways import speeds
from placement.kernels.work import SHARE_UNITS, Floats, Ints
from placement.money import (
    BOUNDARIES,
    CARBON,
    CONTRACTS,
    COOLING,
    ENERGY,
    SWITCHING,
    TRANSFER,
)
from placement.physics.goodput import gang_rate, goodput
from placement.problem import Flows, Gate, Move, Plant, Source, Store, Supply, Tally
from placement.schema import Battery, Cluster, Flow, Grid, Pool, Renewable, Scenario
from placement.schema import Source as SourceRecord
from placement.series import on_slots, on_ticks
from placement.timegrid import TimeGrid
from placement.units import WATTS_PER_MW


def flows(
    scenario: Scenario, grid: TimeGrid, sites: list[Site], pools: list[PoolArrays], groups: Groups, meters: Meters
) -> Flows:
    """Divisible demand and the pools that can serve it."""
    way_flow, rate, most, use_meter, use_amount, count = [], [], [], [], [], []
    for number, flow in enumerate(scenario.flows):
        for index, pool in enumerate(pools):
            served = flow_rate(scenario, sites[pool.cluster].cluster, pool.pool, flow)
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
        np.array([on_slots(flow.unmet_usd_per_accelerator_hour, grid, scenario) for flow in scenario.flows]).reshape(
            -1, grid.slots
        ),
        np.array(way_flow, dtype=np.int64),
        np.array(rate).reshape(shape),
        np.array(most).reshape(shape),
        np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        np.array(use_meter, dtype=np.int64),
        np.array(use_amount, dtype=np.float64),
    )


def flow_rate(scenario: Scenario, cluster: Cluster, pool: Pool, flow: Flow) -> tuple[float, float] | None:
    """Reference accelerators per accelerator at full speed, and kW of each; None where the flow may not run."""
    if (flow.clusters and cluster.name not in flow.clusters) or cluster.name in flow.not_clusters:
        return None
    country = cluster.place.country if cluster.place else None
    if flow.residency and country not in flow.residency:
        return None
    if flow.memory_gb > ephemeris.accelerator_of(scenario, pool.accelerator).memory_gb:
        return None
    if flow.max_rtt_ms is not None:
        trip = ephemeris.round_trip_ms(scenario, flow.home, cluster)
        if not trip <= flow.max_rtt_ms:
            return None
    known = speeds(scenario, pool.accelerator)
    ratio, kw = known.own.get(flow.class_ or "", (known.peak_ratio, None))
    rate = gang_rate(1, ephemeris.interruptions(scenario, cluster, pool))
    return ratio * float(goodput(rate, 0.0, cluster.restart_minutes / 60)), ephemeris.pool_kw(
        scenario, pool
    ) if kw is None else kw


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
    resource_rows: dict[tuple[int, str], Ints],
) -> tuple[Supply, dict[int, dict[str, float]]]:
    """Everything decided beside placements, and what committed clusters cost by category."""
    inside = BOUNDARIES[scenario.policy.minimise]
    gates, committed = _gates(scenario, grid, sites, pools, gate_rows, most_held, inside)
    plants = tuple(_plant(scenario, grid, site, pools, power_rows) for site in sites if not site.simple)
    raised = Raised(pool_rows, power_rows, resource_rows, {plant.cluster: c for c, plant in enumerate(plants)})
    modules, fleet = grown(scenario, grid, sites, pools, raised, inside)
    result = Supply(
        plants=plants,
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
    none, could = np.zeros(grid.slots), site.potential.sources
    batteries = [source for source in cluster.sources if isinstance(source, Battery)]
    stores = [
        Store(
            source.mw,
            source.mwh,
            source.mw + float(could.get(source.name, none).max()),
            source.round_trip_efficiency,
            source.initial_mwh,
        )
        for source in batteries
    ]
    ceiling += sum(store.most_mw for store in stores)
    sources = [
        _source(scenario, grid, cluster, source, could.get(str(source.name or source.kind), none), ceiling)
        for source in _supplies(cluster)
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


def _source(
    scenario: Scenario, grid: TimeGrid, cluster: Cluster, source: SourceRecord, could: Floats, ceiling: float
) -> Source:
    """A source; `could` is what modules could add to it, MW, shape (T,), and `ceiling` what is ever drawn of it."""
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
    added = could[grid.tick_slot] * share_of_nameplate(scenario, grid, source)
    return Source(
        np.minimum(limit, ceiling),
        np.minimum(limit + added, ceiling),
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
