"""How much of pools and of power runs at given times take, what lacks, and which of them find room elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from placement.compile import Compiled
from placement.compile.fleet import lowest_tick, number_there
from placement.ephemeris import pool_kw
from placement.errors import PlacementError
from placement.hindsight.ways import Ways
from placement.kernels.placements import Placements, placements, ranges
from placement.kernels.work import Floats, Ints
from placement.schema import Cluster, Pool, Scenario
from placement.series import on_slots, on_ticks
from placement.timegrid import TimeGrid
from placement.units import WATTS_PER_MW

SLACK = 1e-6
"""Accelerators, or watts, by which a slot may be over."""

ADDED = "as the log has it"
"""Name of a block of accelerators that a log shows and a scenario lacks."""


@dataclass(frozen=True)
class Lack:
    """What would have been needed more, at the peak."""

    accelerators: dict[str, int]
    """By `CLUSTER/POOL`."""
    mw: dict[str, float]
    """Facility power by cluster."""

    def __bool__(self) -> bool:
        return bool(self.accelerators or self.mw)


class Room:
    """Accelerators of pools and IT watts of clusters in each slot, and what of them is taken."""

    def __init__(self, compiled: Compiled, ways: Ways, units: Ints):
        self.legend, self.work, self.ways = compiled.legend, compiled.problem.work, ways
        self.units = units
        """(J,)"""
        sites, pools = self.legend.sites, self.legend.pools
        self.accelerators = np.array([pool.capacity for pool in pools])
        self.watts = np.array([np.minimum(site.facility_watts, site.grid_watts) for site in sites])
        self.cluster = np.array([pool.cluster for pool in pools], dtype=np.int64)
        self.used = np.zeros(self.accelerators.shape)
        self.drawn = np.zeros(self.watts.shape)
        self.largest = np.zeros(self.accelerators.shape)
        """Accelerators of the largest gang in each slot, whole also in its last; and its watts."""
        self.largest_watts = np.zeros(self.watts.shape)

    def runs(self, way: Ints, slot: Ints) -> Placements:
        """Runs of ways that begin in slots."""
        return placements(self.work, way, slot)

    def take(self, runs: Placements, sign: float = 1.0) -> None:
        """Count runs in; out with a sign of -1."""
        length = runs.last - runs.start + 1
        share = np.ones(int(length.sum()))
        share[np.cumsum(length) - 1] = runs.fraction
        slots = ranges(runs.start, length)
        way = np.repeat(runs.option, length)
        share *= sign * self.units[self.ways.job[way]]
        pool = self.ways.pool[way]
        np.add.at(self.used, (pool, slots), share * self.ways.size[way])
        np.add.at(self.drawn, (self.cluster[pool], slots), share * self.ways.watts[way])
        np.maximum.at(self.largest, (pool, slots), self.ways.size[way])
        np.maximum.at(self.largest_watts, (self.cluster[pool], slots), self.ways.watts[way])

    def lack(self, accelerators: Floats | None = None) -> tuple[Floats, Floats]:
        """(pools, T) accelerators and (clusters, T) IT watts that are taken beyond what there is.

        `accelerators`: what there is of these, in the place of what the scenario has.
        """
        there = self.accelerators if accelerators is None else accelerators
        used, drawn = np.maximum(self.used, self.largest), np.maximum(self.drawn, self.largest_watts)
        return np.maximum(used - there, 0.0), np.maximum(drawn - self.watts, 0.0)

    def told(self) -> Lack:
        """The same at the peak, by name."""
        accelerators, watts = (each.max(axis=1) for each in self.lack())
        names = [f"{self.legend.sites[p.cluster].cluster.name}/{p.pool.name}" for p in self.legend.pools]
        return Lack(
            {names[k]: int(np.ceil(accelerators[k] - SLACK)) for k in np.flatnonzero(accelerators > SLACK)},
            {
                self.legend.sites[c].cluster.name: float(watts[c] * self.legend.sites[c].cluster.pue / WATTS_PER_MW)
                for c in np.flatnonzero(watts > SLACK)
            },
        )

    def deal(self, home: Placements, candidates: Placements) -> Ints:
        """Move jobs one after the other, in the order of their starts, where there is room beside all others.

        Parameters
        ----------
        home : Placements
            (J,) runs as they were, which are counted in.
        candidates : Placements
            (n,) the same jobs elsewhere, by job; of several for a job the first that finds room is taken.

        Returns
        -------
        array
            (J,) way of each job in the end.
        """
        chosen = home.option.copy()
        job = self.ways.job[candidates.option]
        moved = np.zeros(len(chosen), dtype=bool)
        for k in np.lexsort((np.arange(len(job)), job, candidates.start)).tolist():
            j = int(job[k])
            if moved[j]:
                continue
            here, there = home.some(np.array([j])), candidates.some(np.array([k]))
            self.take(here, -1.0)
            if self._fits(there):
                self.take(there)
                chosen[j], moved[j] = there.option[0], True
            else:
                self.take(here)
        return chosen

    def _fits(self, run: Placements) -> bool:
        """Whether a run finds room."""
        way, first, end = int(run.option[0]), int(run.start[0]), int(run.last[0]) + 1
        pool, units = int(self.ways.pool[way]), int(self.units[self.ways.job[way]])
        share = np.ones(end - first)
        share[-1] = run.fraction[0]
        taken = self.used[pool, first:end] + share * units * self.ways.size[way]
        if (taken > self.accelerators[pool, first:end] + SLACK).any():
            return False
        cluster = self.cluster[pool]
        drawn = self.drawn[cluster, first:end] + share * units * self.ways.watts[way]
        return bool((drawn <= self.watts[cluster, first:end] + SLACK).all())


def raised(
    scenario: Scenario, grid: TimeGrid, accelerators: Mapping[str, Floats], watts: Mapping[str, Floats]
) -> dict[str, Any]:
    """Values by path with which pools have so many accelerators more in each slot, (T,), and clusters so many IT watts.

    Fixed costs and embodied carbon stay what they are: those of the scenario, which the log does not change.

    Raises
    ------
    PlacementError
        For satellites, whose number says how much they carry.
    """
    values: dict[str, Any] = {}
    for cluster in scenario.clusters:
        path = f"clusters.{cluster.name}"
        more = {}
        for pool in cluster.pools:
            lack = np.ceil(accelerators.get(f"{cluster.name}/{pool.name}", np.zeros(grid.slots)) - SLACK)
            if not lack.any():
                continue
            if cluster.orbital:
                lacking = f"{int(lack.max()):,} accelerators more"
                fact = f"the log needs {lacking} than the satellites of {cluster.name} carry."
                raise PlacementError(f"{fact} Correct --as.")
            more[str(pool.name)] = int(lack.max())
            values |= _larger(f"{path}.pools.{pool.name}", scenario, grid, pool, lack)
        if more:
            values |= _same_costs(path, scenario, cluster, more)
        extra = watts.get(cluster.name)
        if extra is not None and cluster.power_limit_mw is not None:
            limit = lowest_tick(grid, on_ticks(cluster.power_limit_mw, grid, scenario))
            mw = np.where(extra > 0, limit + (np.ceil(extra) + 1) * cluster.pue / WATTS_PER_MW, limit)
            values[f"{path}.power_limit_mw"] = mw.tolist()
    return values


def _larger(path: str, scenario: Scenario, grid: TimeGrid, pool: Pool, lack: Floats) -> dict[str, Any]:
    """A pool with more accelerators, which others have taken in the slots in which the log does not show them."""
    more = int(lack.max())
    taken = np.ceil(on_slots(pool.reserved, grid, scenario) - SLACK)
    beyond = np.maximum(taken + pool.spares - number_there(grid, pool), 0.0)
    values: dict[str, Any] = {f"{path}.reserved": np.maximum(taken - beyond + more - lack, 0.0).tolist()}
    if not pool.blocks:
        return {f"{path}.number": pool.number + more, **values}
    blocks = [block.model_dump(mode="json", by_alias=True, exclude_none=True) for block in pool.blocks]
    return {f"{path}.blocks": [*blocks, {"name": ADDED, "number": more}], **values}


def _same_costs(path: str, scenario: Scenario, cluster: Cluster, more: Mapping[str, int]) -> dict[str, Any]:
    """Fixed costs and embodied carbon of a cluster with more accelerators, such that it costs and emits what it did.

    What is paid for the whole, or once it runs: in all the same. What is paid by use: the same for each hour held.
    """
    kw = {str(pool.name): pool_kw(scenario, pool) for pool in cluster.pools}
    now = {str(pool.name): float(pool.number) for pool in cluster.pools}

    def share(per: str, pool: str | None) -> float:
        """Units before over units after."""
        names = [name for name in now if pool in (None, name)]
        weight = {name: 1.0 if per == "accelerator" else kw[name] for name in names}
        before = sum(weight[name] * now[name] for name in names)
        return before / (before + sum(weight[name] * more.get(name, 0) for name in names)) if before else 1.0

    values: dict[str, Any] = {}
    costs = [cost.model_dump(mode="json", by_alias=True, exclude_none=True) for cost in cluster.fixed_costs]
    for cost, form in zip(cluster.fixed_costs, costs, strict=True):
        counted = cost.per in ("accelerator", "mw")
        if cluster.charge == "used":
            form["usd"] /= 1.0 if counted else share(cost.per, cost.pool)
        elif counted:
            form["usd"] *= share(cost.per, cost.pool)
    if costs:
        values[f"{path}.fixed_costs"] = costs
    made = [item.model_dump(mode="json", by_alias=True, exclude_none=True) for item in cluster.embodied]
    for item, form in zip(cluster.embodied, made, strict=True):
        form["tco2"] *= share(item.per, None) if item.per in ("accelerator", "mw") else 1.0
    if made:
        values[f"{path}.embodied"] = made
    return values


def spans_of(compiled: Compiled) -> tuple[Ints, Ints, Ints]:
    """Spans of allowed starts: where those of each way begin, and first and last slot of each."""
    work = compiled.problem.work
    return work.option_spans, work.span_first, work.span_last
