"""What runs and flows take of pools, power and resources, and whether it is there (docs/model.md §5, §6)."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from placement.verifier.findings import Findings
from placement.verifier.flows import Served
from placement.verifier.schedule import Schedule
from placement.verifier.spans import UNLIMITED, Bools, Ints, Reals, slack

Number = TypeVar("Number", np.int64, np.float64)


class Meters:
    """Means over slots of what is held; runs exactly, in whole numbers × grains, flows as real numbers."""

    def __init__(self, schedule: Schedule, served: Served):
        self.schedule, self.served, self.fleet = schedule, served, schedule.fleet

    def by_cluster(self, values: NDArray[Number]) -> NDArray[Number]:
        """Shape (clusters, T): values of pools, shape (pools, T), added up."""
        result: NDArray[Number] = np.zeros((len(self.fleet.clusters), values.shape[1]), dtype=values.dtype)
        np.add.at(result, self.fleet.cluster_of, values)
        return result

    def run_accelerators(self, jobs: Bools | None = None) -> Ints:
        """Shape (pools, T), accelerators × grains of runs, of all jobs or of those in a mask (jobs,)."""
        held = self.schedule.held
        chosen = None if jobs is None else jobs[held.job]
        return self.schedule.total(held.pool, held.accelerators, len(self.fleet.pools), chosen)

    def run_watts(self, jobs: Bools | None = None) -> Ints:
        """Shape (pools, T), watts × grains of runs, without PUE."""
        held = self.schedule.held
        chosen = None if jobs is None else jobs[held.job]
        return self.schedule.total(held.pool, held.watts, len(self.fleet.pools), chosen)

    def accelerators(self, jobs: Bools | None = None, flows: list[bool] | None = None) -> Reals:
        """Shape (pools, T): accelerators held by runs and flows."""
        return self.run_accelerators(jobs) / self.fleet.grid.grains + self.served.held(flows)

    def watts(self, jobs: Bools | None = None, flows: list[bool] | None = None) -> Reals:
        """Shape (pools, T): IT watts of runs and flows."""
        return self.run_watts(jobs) / self.fleet.grid.grains + self.served.watts(flows)

    def uses(self, name: str, jobs: Bools | None = None) -> Reals:
        """Shape (clusters, T): amounts of a resource that runs hold, each once on each of its clusters."""
        held, clusters = self.schedule.held, len(self.fleet.clusters)
        amounts = np.array([uses.get(name, 0) for uses in self.schedule.ways.jobs["uses"]], dtype=np.int64)
        _, once = np.unique(held.run * clusters + held.cluster, return_index=True)
        chosen = np.zeros(len(held.run), dtype=bool)
        chosen[once] = True
        chosen &= amounts[held.job] > 0
        if jobs is not None:
            chosen &= jobs[held.job]
        count = self.schedule.groups.count[self.schedule.runs.group[held.run]]
        total = self.schedule.total(held.cluster, amounts[held.job] * count, clusters, chosen)
        return total / self.fleet.grid.grains


def _over(runs: Ints, flows: Reals, room: Ints, grains: int) -> Bools:
    """Where runs (× grains) and flows take more than there is: exactly, with flows within tolerance."""
    bounded = room < UNLIMITED
    room = np.where(bounded, room, 0)
    exact = runs > room * grains
    real = runs / grains + flows > room + slack(room)
    return np.asarray(bounded & np.where(flows == 0, exact, real))


def check_capacity(meters: Meters, room: Ints, findings: Findings) -> None:
    """Runs and flows hold no more of a pool than it has; `room` has shape (pools, T)."""
    runs, flows = meters.run_accelerators(), meters.served.held()
    _tell("capacity", runs, flows, room, meters, meters.fleet.label, "accelerators", findings)


def check_power(meters: Meters, allowed: Ints, findings: Findings) -> None:
    """Runs and flows draw no more than facility and grid allow; `allowed` has shape (clusters, T)."""
    runs, flows = meters.by_cluster(meters.run_watts()), meters.by_cluster(meters.served.watts())
    names = [cluster.name for cluster in meters.fleet.clusters]
    _tell("power", runs, flows, allowed, meters, names.__getitem__, "W", findings)


def _tell(
    rule: str,
    runs: Ints,
    flows: Reals,
    room: Ints,
    meters: Meters,
    name: Callable[[int], str],
    unit: str,
    findings: Findings,
) -> None:
    grains = meters.fleet.grid.grains
    for row, slot in zip(*np.nonzero(_over(runs, flows, room, grains)), strict=True):
        taken = runs[row, slot] / grains + flows[row, slot]
        findings.add(rule, f"{name(row)}, slot {slot}", f"{taken:,.3f} {unit} are taken of {room[row, slot]:,}.")


def amounts(meters: Meters, gives: Mapping[str, Reals]) -> dict[str, Reals]:
    """Shape (clusters, T): what clusters have of each named resource that some cluster lists, with what modules give;
    nought where a cluster does not list it.
    """
    fleet = meters.fleet
    found: dict[str, Reals] = {}
    for index, cluster in enumerate(fleet.clusters):
        for name, series in cluster.resources.items():
            nought = np.zeros((len(fleet.clusters), fleet.grid.slots))
            found.setdefault(name, nought)[index] = fleet.slots(series)
    return {name: there + gives[name] if name in gives else there for name, there in found.items()}


def check_resources(meters: Meters, gives: Mapping[str, Reals], needs: Mapping[str, Reals], findings: Findings) -> None:
    """Runs use and modules need no more of a cluster's named resources than it has, with what modules give."""
    for name, there in amounts(meters, gives).items():
        used = meters.uses(name)
        needed = needs.get(name, np.zeros_like(used))
        with np.errstate(invalid="ignore"):
            over = used + needed > there + slack(np.where(np.isfinite(there), there, 0.0))
        for cluster, slot in zip(*np.nonzero(over), strict=True):
            where = f"{meters.fleet.clusters[cluster].name}, slot {slot}"
            text = f"{used[cluster, slot]:,.3f} of {name} are used of {there[cluster, slot]:g}."
            if needed[cluster, slot]:
                text = f"{text[:-1]}, and {needed[cluster, slot]:g} needed by modules."
            findings.add("resource", where, text)
