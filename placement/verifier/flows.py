"""Divisible demand: what serves it, what is left unmet, and what it draws (docs/model.md §8)."""

import numpy as np

from placement.verifier.eligible import flow_may_run
from placement.verifier.findings import Findings
from placement.verifier.spans import REAL_TOLERANCE, Reals, slack
from placement.verifier.tables import Rows, twice
from placement.verifier.ways import Ways


class Served:
    """Accelerators that serve each flow, shape (flows, pools, T), and what follows."""

    def __init__(self, ways: Ways, accelerators: Reals):
        self.ways, self.fleet, self.accelerators = ways, ways.fleet, accelerators

    def reference(self) -> Reals:
        """Shape (flows, T): reference accelerators served, Σ f r q v."""
        fleet, pools = self.fleet, np.arange(len(self.fleet.pools))
        result = np.zeros((len(self.accelerators), fleet.grid.slots))
        for index, flow in enumerate(fleet.scenario.flows):
            speed = np.array([self.ways.rate(flow.class_, int(pool), 0).speed for pool in pools])
            useful = self.ways.useful_alone()
            result[index] = (self.accelerators[index] * (speed * useful)[:, None] * fleet.speed).sum(axis=0)
        return result

    def demand(self) -> Reals:
        """Shape (flows, T): reference accelerators wanted."""
        flows = self.fleet.scenario.flows
        return np.array([self.fleet.slots(flow.demand) for flow in flows]).reshape(len(flows), self.fleet.grid.slots)

    def unmet(self) -> Reals:
        """Shape (flows, T): reference accelerators wanted and not served."""
        return np.maximum(self.demand() - self.reference(), 0.0)

    def held(self, chosen: list[bool] | None = None) -> Reals:
        """Shape (pools, T): accelerators of all flows, or of those chosen."""
        picked = self.accelerators if chosen is None else self.accelerators[np.array(chosen, dtype=bool)]
        return np.asarray(picked.sum(axis=0))

    def watts(self, chosen: list[bool] | None = None) -> Reals:
        """Shape (pools, T): watts without PUE of all flows, or of those chosen."""
        result = np.zeros((len(self.fleet.pools), self.fleet.grid.slots))
        for index, flow in enumerate(self.fleet.scenario.flows):
            if chosen is None or chosen[index]:
                rates = [self.ways.rate(flow.class_, pool, 0).kw for pool in range(len(self.fleet.pools))]
                kw = np.array([own if kw is None else kw for kw, own in zip(rates, self.fleet.kw, strict=True)])
                result += self.accelerators[index] * (1000.0 * kw * flow.utilization)[:, None]
        return result


def read(rows: Rows, ways: Ways, findings: Findings) -> Served:
    """The flows of a plan that name what exists; those where they may not run are told and kept."""
    fleet = ways.fleet
    index = {flow.name: number for number, flow in enumerate(fleet.scenario.flows)}
    served = np.zeros((len(index), len(fleet.pools), fleet.grid.slots))
    repeated = set(twice(rows, ("flow", "cluster", "pool", "slot")))
    allowed: dict[tuple[int, int], bool] = {}
    for row in range(len(rows)):
        name, slot, amount = rows["flow"][row], int(rows["slot"][row]), float(rows["accelerators"][row])
        pool = fleet.pool_index.get((rows["cluster"][row], rows["pool"][row]))
        where = f"flow {name}, slot {slot}"
        if name not in index or pool is None:
            findings.add("table", where, f"there is no such flow or pool ({rows['cluster'][row]}/{rows['pool'][row]}).")
            continue
        if slot >= fleet.grid.slots or row in repeated:
            what = "there is no such slot" if slot >= fleet.grid.slots else "the row stands twice"
            findings.add("table", where, f"{what} ({rows['cluster'][row]}/{rows['pool'][row]}).")
            continue
        key = (index[name], pool)
        if key not in allowed:
            allowed[key] = flow_may_run(fleet, *key)
        if amount > REAL_TOLERANCE and not allowed[key]:
            findings.add("flow", f"flow {name}", f"may not run on {fleet.label(pool)}.")
        if amount > REAL_TOLERANCE and fleet.speed[pool, slot] == 0:
            findings.add("flow", where, f"holds accelerators of {fleet.label(pool)}, which does no work then.")
        served[index[name], pool, slot] = amount
    return Served(ways, served)


def check(served: Served, findings: Findings) -> None:
    """No flow is served more than is wanted."""
    given, wanted = served.reference(), served.demand()
    for flow, slot in zip(*np.nonzero(given > wanted + slack(wanted)), strict=True):
        name = served.fleet.scenario.flows[flow].name
        text = f"{given[flow, slot]:g} reference accelerators are served and {wanted[flow, slot]:g} wanted."
        findings.add("flow", f"flow {name}, slot {slot}", text)
