"""Shared data sets: moved to a cluster once, there before jobs that read them start (docs/model.md §4)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from placement.schema import Dataset
from placement.verifier.findings import Findings
from placement.verifier.fleet import Fleet
from placement.verifier.schedule import Schedule
from placement.verifier.spans import Ints, slack
from placement.verifier.tables import Rows, twice
from placement.verifier.transfers import WHOLE_LINK


@dataclass(frozen=True)
class Move:
    """A shared data set and a cluster that has to get it."""

    fleet: Fleet
    dataset: Dataset
    cluster: int

    @cached_property
    def ready(self) -> int | None:
        """First slot for jobs: from `stage_hours` on, and when the link has carried it all. None: never."""
        grid, slots = self.fleet.grid, self.fleet.grid.slots
        if not self.fleet.linked[self.cluster]:
            return 0
        carried = np.cumsum(self.fleet.link_in[self.cluster])
        enough = np.flatnonzero(np.append(False, carried[:-1] * (1 + 1e-12) >= self.dataset.tb))
        slot = max(
            int(grid.slot_from(self.fleet.scenario.policy.stage_hours)),
            int(enough[0]) if len(enough) else slots,
        )
        return slot if slot < slots else None

    @property
    def share(self) -> int:
        """Share of the link in slots before `ready`, in 1/2^20."""
        if not self.ready:
            return 0
        carries = float(self.fleet.link_in[self.cluster, : self.ready].sum())
        return int(np.ceil(WHOLE_LINK * self.dataset.tb / carries - 1e-6))

    @property
    def usd(self) -> float:
        """Cost of moving it, both ends."""
        name = self.fleet.clusters[self.cluster].name
        return self.dataset.tb * self.fleet.transfer_usd_per_tb(self.dataset.home, name)


def is_at(dataset: Dataset, cluster: str) -> bool:
    """Whether a cluster holds a data set from the start."""
    return cluster == dataset.home or cluster in dataset.clusters


def read(rows: Rows, fleet: Fleet, findings: Findings) -> list[Move]:
    """The moves of a plan, with their claims checked."""
    datasets = {dataset.name: dataset for dataset in fleet.scenario.datasets}
    repeated = set(twice(rows, ("dataset", "cluster")))
    moves = []
    for row in range(len(rows)):
        name, cluster, tb = rows["dataset"][row], rows["cluster"][row], float(rows["tb"][row])
        where = f"data set {name} to {cluster}"
        if name not in datasets or cluster not in fleet.cluster_index:
            findings.add("table", where, "there is no such data set or cluster.")
            continue
        move = Move(fleet, datasets[name], fleet.cluster_index[cluster])
        if row in repeated:
            findings.add("table", where, "the move stands twice.")
            continue
        if is_at(move.dataset, cluster):
            findings.add("dataset", where, "it is there already and is not moved.")
            continue
        if move.ready is None:
            findings.add("dataset", where, f"{move.dataset.tb:g} TB cannot be moved there within the horizon.")
            continue
        if abs(tb - move.dataset.tb) > slack(move.dataset.tb):
            findings.add("dataset", where, f"tb is {tb:g}; the data set has {move.dataset.tb:g} TB.")
        moves.append(move)
    return moves


def check(schedule: Schedule, moves: list[Move], findings: Findings) -> None:
    """Each run has its shared data set on each of its clusters before it starts."""
    fleet, names = schedule.fleet, schedule.ways.jobs["dataset"]
    datasets = {dataset.name: dataset for dataset in fleet.scenario.datasets}
    moved = {(move.dataset.name, move.cluster): move for move in moves}
    reading = [names[job] is not None and not schedule.ways.running[job] for job in schedule.jobs]
    for run in np.flatnonzero(reading):
        dataset = datasets[names[schedule.jobs[run]]]
        for cluster in schedule.clusters_of(int(schedule.runs.group[run])):
            if is_at(dataset, fleet.clusters[cluster].name):
                continue
            move, where = moved.get((dataset.name, cluster)), schedule.run_name(run)
            target = f"data set {dataset.name} to {fleet.clusters[cluster].name}"
            if move is None:
                findings.add("dataset", where, f"needs a move of {target}, and there is none.")
            elif move.ready is not None and schedule.runs.start[run] < move.ready:
                text = f"starts at slot {schedule.runs.start[run]}; {target} takes until slot {move.ready}."
                findings.add("dataset", where, text)


def load(fleet: Fleet, moves: list[Move]) -> Ints:
    """Shape (clusters, T), 1/2^20 of a link: what moves use, in slots with contact."""
    used = np.zeros((len(fleet.clusters), fleet.grid.slots), dtype=np.int64)
    for move in moves:
        used[move.cluster, : move.ready or 0] += move.share
    return np.where(fleet.contact > 0, used, 0)
