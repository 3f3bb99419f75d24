"""Which limits a plan uses up, all but a hundredth, row by row of its program, worked out from the plan's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from placement.compile import Compiled
from placement.kernels.placements import placements
from placement.kernels.work import Floats
from placement.models.rows import placement_rows
from placement.over_years import NEARLY
from placement.search.warm import placements_of
from placement.verifier.findings import LimitUse

if TYPE_CHECKING:
    from placement.plan import Plan
    from placement.raised import Raised


class Binding:
    """Rows and columns that are at their limits, or nearly (`over_years.NEARLY`).

    Parameters
    ----------
    compiled : Compiled
        A scenario.
    plan : Plan
        A plan of it.
    limits : tuple of LimitUse
        What it has of each limit, as the verifier says.
    """

    def __init__(self, compiled: Compiled, plan: Plan, limits: tuple[LimitUse, ...]):
        self.problem, self.legend, self.plan = compiled.problem, compiled.legend, plan
        self._full: set[tuple[str, Any, bool]] = set()
        self._rows(compiled)
        self._limits(limits)
        self._growth()
        self._sources()

    def share(self, change: Raised) -> float:
        """Share of the rows of a limit, or of its columns where it has no rows, that are used up."""
        held = change.rows or change.columns
        return sum((family, key, by > 0) in self._full for family, key, by in held) / len(held) if held else 0.0

    def _note(self, family: str, key: Any, left: float, size: float, above: bool = True) -> None:
        """Note what is used up; a limit of nothing at all is not called so."""
        if size > 0 and left <= NEARLY * size:
            self._full.add((family, key, above))

    def _rows(self, compiled: Compiled) -> None:
        """Limits over meters that placements, flows and modules count in."""
        problem, rows = self.problem, self.problem.rows
        option, start, count = placements_of(self.plan, compiled)
        use = placement_rows(problem, placements(problem.work, option, start)) @ count + self._of_flows()
        for k, v, q, number in self._built():
            own, amount = problem.supply.modules[k].entries(v, q)
            np.add.at(use, own, -number * amount)
        for r in np.flatnonzero(np.isfinite(rows.upper)).tolist():
            if not problem.block_of(r)[0].startswith("limit "):
                self._note("row", r, float(rows.upper[r] - use[r]), float(rows.upper[r]))

    def _of_flows(self) -> Floats:
        """(R,) what flows use."""
        flows, rows, legend = self.problem.flows, self.problem.rows, self.legend
        meter = np.zeros_like(self.problem.meter_usd)
        names = [flow.name for flow in legend.scenario.flows]
        pools = [legend.pool_name(pool) for pool in legend.flow_pools.tolist()]
        ways = {(names[flow], pools[w]): w for w, flow in enumerate(flows.way_flow.tolist())}
        for flow, cluster, pool, slot, accelerators in self.plan.flows.itertuples(index=False):
            w = ways[flow, f"{cluster}/{pool}"]
            uses = slice(flows.way_uses[w], flows.way_uses[w + 1])
            meter[flows.use_meter[uses], slot] += accelerators * flows.use_amount[uses]
        used = rows.cell_weight * meter[rows.cell_meter, rows.cell_slot]
        return np.asarray(np.bincount(rows.cell_row, used, len(rows)), dtype=np.float64)

    def _limits(self, uses: tuple[LimitUse, ...]) -> None:
        """Limits by name, as the verifier counts them."""
        first = dict(self.problem.row_blocks)
        for use in uses:
            row = first[f"limit {use.limit.name}"]
            for border, sign in ((use.most, 1.0), (use.least, -1.0)):
                for k, edge in enumerate(() if border is None else border.tolist()):
                    self._note("row", row + k, sign * (edge - float(use.amount[k])), edge, sign > 0)

    def _built(self) -> list[tuple[int, int, int, int]]:
        """Module, its vehicle and period by index, and number of what is built."""
        scenario, supply = self.legend.scenario, self.problem.supply
        vehicles = {vehicle.name: v for v, vehicle in enumerate(scenario.vehicles)}
        modules = [(cluster.name, module.name) for cluster in scenario.clusters for module in cluster.modules]
        found = []
        names = ["cluster", "module", "vehicle", "period", "number"]
        for cluster, module, vehicle, period, number in self.plan.builds[names].itertuples(index=False):
            k = modules.index((cluster, module))
            v = supply.modules[k].vehicles.tolist().index(vehicles[vehicle]) if vehicle else 0
            found.append((k, v, supply.modules[k].periods.tolist().index(period), int(number)))
        return found

    def _growth(self) -> None:
        """Modules and flights."""
        supply, built = self.problem.supply, self._built()
        for k, module in enumerate(supply.modules):
            total = sum(number for m, _, _, number in built if m == k)
            self._note("in_all", k, module.most - total, module.most)
            self._note("in_all", k, total - module.least, module.least, False)
            for q, most in enumerate(module.most_per_period.tolist()):
                number = sum(number for m, _, p, number in built if (m, p) == (k, q))
                self._note("per_period", (k, q), most - number, most)
        fleet, scenario = supply.fleet, self.legend.scenario
        if fleet is None:
            return
        flown = np.zeros((*fleet.payload.shape, fleet.flights.shape[1]))
        names = [vehicle.name for vehicle in scenario.vehicles]
        planes = [(self.legend.sites[c].cluster.name, plane) for c, plane in self.legend.planes]
        for vehicle, cluster, plane, period, flights in self.plan.launches[
            ["vehicle", "cluster", "plane", "period", "flights"]
        ].itertuples(index=False):
            flown[names.index(vehicle), planes.index((cluster, plane)), period] = flights
        for (v, p), flights in np.ndenumerate(fleet.flights):
            self._note("cadence", (v, p), float(flights - flown[v, :, p].sum()), float(flights))
        for k, (counted, most) in enumerate(fleet.limits):
            for p, flights in enumerate(most.tolist()):
                self._note("shared", (k, p), float(flights - flown[counted][:, p].sum()), float(flights))

    def _sources(self) -> None:
        """Sources of clusters that balance tick by tick."""
        energy = self.plan.energy
        drawn = {
            (cluster, source, tick): mw
            for cluster, source, tick, mw in energy[["cluster", "source", "tick", "mw"]].itertuples(index=False)
        }
        for c, plant in enumerate(self.problem.supply.plants):
            cluster = self.legend.sites[plant.cluster].cluster
            names = [source.name for source in cluster.sources if source.kind != "battery"]
            for i, (name, source) in enumerate(zip(names, plant.sources, strict=False)):
                for k, limit in enumerate(source.limit_mw.tolist()):
                    left = limit - drawn.get((cluster.name, name, k), 0.0)
                    self._note("source", (c, i, k), left, limit)
