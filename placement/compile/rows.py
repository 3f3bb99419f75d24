"""Rows of the fleet: what limits how much options, flows and moves may take together."""

from typing import Literal

import numpy as np

from placement.compile.fleet import PoolArrays, Site
from placement.compile.meters import Meters, RowList
from placement.kernels.work import SHARE_UNITS, Floats, Ints
from placement.schema import Scenario
from placement.series import on_slots
from placement.timegrid import TimeGrid

GateKind = Literal["on", "committed"]
"""A cluster is switched on slot by slot; it is committed to, and paid for, over the whole horizon."""


def pool_rows(
    pools: list[PoolArrays], sites: list[Site], meters: Meters, rows: RowList, most: Floats
) -> dict[int, Ints]:
    """Capacity rows of each pool, (T,) by pool; pools that can never be full have none unless they grow."""
    result = {}
    slots = np.arange(rows.slots)
    for index, pool in enumerate(pools):
        site = sites[pool.cluster]
        mine = [number for _, number in meters.like("acc", index)]
        if not mine or (not site.cluster.modules and sum(most[m] for m in mine) <= pool.capacity.min()):
            continue
        label = f"accelerators of {site.cluster.name}/{pool.pool.name}"
        own = rows.add(label, slots, np.full(rows.slots, -np.inf), pool.capacity)
        for meter in mine:
            rows.fill(own, meter, 1.0)
        result[index] = own
    return result


def alone_rows(
    sites: list[Site],
    pools: list[PoolArrays],
    pool_rows: dict[int, Ints],
    power_rows: dict[tuple[int, str], Ints],
    resource_rows: dict[tuple[int, str], Ints],
) -> Ints:
    """Rows that modules raise: a run must fit what stands by itself, not only on average."""
    found = [rows for index, rows in pool_rows.items() if sites[pools[index].cluster].cluster.modules]
    for (site, kind), rows in power_rows.items():
        if kind == "facility" and any(module.power_mw for module in sites[site].cluster.modules):
            found.append(rows)
    for (site, name), rows in resource_rows.items():
        if any(name in module.gives for module in sites[site].cluster.modules):
            found.append(rows)
    return np.concatenate([np.zeros(0, dtype=np.int64), *found])


def gate_rows(
    pools: list[PoolArrays], sites: list[Site], meters: Meters, rows: RowList
) -> dict[tuple[int, GateKind], Ints]:
    """Rows that hold a pool empty until a gate of its cluster is open, (T,) by pool and kind of gate."""
    result: dict[tuple[int, GateKind], Ints] = {}
    for index, pool in enumerate(pools):
        cluster = sites[pool.cluster].cluster
        mine = [number for _, number in meters.like("acc", index)]
        kinds: list[GateKind] = ["on"] if cluster.switchable else []
        kinds += ["committed"] if cluster.charge == "committed" else []
        for kind in kinds if mine else ():
            label = f"{cluster.name}/{pool.pool.name} while it is {kind}"
            own = rows.add(label, np.arange(rows.slots), np.full(rows.slots, -np.inf), np.zeros(rows.slots))
            for meter in mine:
                rows.fill(own, meter, 1.0)
            result[index, kind] = own
    return result


def power_rows(sites: list[Site], meters: Meters, rows: RowList, most: Floats) -> dict[tuple[int, str], Ints]:
    """Rows of IT power, by (cluster, "facility" | "grid" | "load"); load rows tie readings, MW, to plants."""
    result = {}
    slots = np.arange(rows.slots)
    for site in sites:
        mine = [number for _, number in meters.like("watt", site.index)]
        name = site.cluster.name
        read = sum(most[m] for m in mine)
        grows = any(module.power_mw for module in site.cluster.modules)
        for kind, limit in (("facility", site.facility_watts), ("grid", site.grid_watts)):
            if np.isinf(limit).all() or (read <= limit.min() and not (grows and kind == "facility")):
                continue
            own = rows.add(f"watts of {name} ({kind})", slots, np.full(rows.slots, -np.inf), limit)
            for meter in mine:
                rows.fill(own, meter, 1.0)
            result[site.index, kind] = own
        if not site.simple:
            own = rows.add(f"load of {name}, MW", slots, np.zeros(rows.slots), np.zeros(rows.slots))
            for meter in mine:
                rows.fill(own, meter, 1e-6)
            result[site.index, "load"] = own
    return result


def resource_capacities(
    scenario: Scenario, grid: TimeGrid, sites: list[Site], meters: Meters, *, potential: bool = False
) -> dict[int, Floats]:
    """Capacity (T,) behind each meter of a named resource of a cluster that has a stated amount of it.

    With `potential` what modules could give is in it.
    """
    result = {}
    for key, number in meters.like("res"):
        site, name = sites[int(key[1])], str(key[2])  # type: ignore[call-overload]
        cluster = site.cluster
        if name in cluster.resources:
            result[number] = on_slots(cluster.resources[name], grid, scenario)
            if potential:
                result[number] = result[number] + site.potential.resources.get(name, 0.0)
        elif any(name in other.cluster.resources for other in sites):
            result[number] = np.zeros(grid.slots)
    return result


def resource_rows(
    scenario: Scenario, grid: TimeGrid, sites: list[Site], meters: Meters, rows: RowList
) -> dict[tuple[int, str], Ints]:
    """Rows of named resources, (T,) by cluster and name: of what jobs use, and of what modules give or need."""
    slots = np.arange(rows.slots)
    done: dict[tuple[int, str], Ints] = {}

    def own(index: int, name: str, capacity: Floats) -> Ints:
        if (index, name) not in done:
            label = f"{name} of {sites[index].cluster.name}"
            done[index, name] = rows.add(label, slots, np.full(rows.slots, -np.inf), capacity)
        return done[index, name]

    capacities = resource_capacities(scenario, grid, sites, meters)
    for key, number in meters.like("res"):
        if number in capacities:
            rows.fill(own(int(key[1]), str(key[2]), capacities[number]), number, 1.0)  # type: ignore[call-overload]
    for site in sites:
        for module in site.cluster.modules:
            for name in (*module.gives, *module.needs):
                own(site.index, name, on_slots(site.cluster.resources[name], grid, scenario))
    return done


def link_rows(sites: list[Site], meters: Meters, rows: RowList) -> None:
    """Rows of links, one for each slot with contact: shares sum to at most the whole."""
    for name in ("in", "out"):
        for site in sites:
            mine = [number for _, number in meters.like(name, site.index)]
            capacity = site.link_in if name == "in" else site.link_out
            if not mine or capacity is None:
                continue
            contact = capacity > 0
            span = np.where(contact, np.cumsum(contact) - 1, -1)
            size = int(contact.sum())
            whole = np.full(size, float(SHARE_UNITS))
            own = rows.add(f"link {name} of {site.cluster.name}", span, np.full(size, -np.inf), whole)
            for number in mine:
                rows.fill(own, number, 1.0)
