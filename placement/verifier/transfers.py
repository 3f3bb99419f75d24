"""Staging before a run and unloading after it: windows and shares of links (docs/model.md §4).

A transfer of V TB in slots [first, stop) uses the share σ = ceil(2^20 V/K - 1e-6) / 2^20 of the link in each,
with K what the link carries in them. Shares are kept as whole numbers of 1/2^20.
"""

from dataclasses import dataclass

import numpy as np

from placement.verifier.findings import Findings
from placement.verifier.fleet import Fleet
from placement.verifier.schedule import Schedule
from placement.verifier.spans import HOUR_TOLERANCE, Bools, Ints, Reals, cover

WHOLE_LINK = 2**20


@dataclass(frozen=True)
class Transfers:
    """Transfers of one kind, each between a group's units and one cluster; arrays of shape (transfers,)."""

    kind: str
    """stage or unload."""
    run: Ints
    """Run before which data come in, or after which results go out."""
    cluster: Ints
    tb: Reals
    """Of each unit."""
    usd: Reals
    """Of each unit, both ends."""
    linked: Bools
    """Whether the cluster has a link; without one nothing else is asked."""
    first: Ints
    """First slot."""
    stop: Ints
    """First slot after; equal to `first` where no slot of the horizon is used."""
    carries: Reals
    """What the link carries in that time, TB."""

    def shares(self) -> Ints:
        """Shares of the link for each unit, in 1/2^20; 0 without a link or a slot."""
        used = self.linked & (self.stop > self.first) & (self.carries > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.ceil(WHOLE_LINK * self.tb / self.carries - 1e-6)
        return np.where(used, np.minimum(share, 2.0**40), 0).astype(np.int64)


def of(schedule: Schedule) -> tuple[Transfers, Transfers]:
    """What is staged and what is unloaded."""
    runs, ways = schedule.runs, schedule.ways
    staged = ways.jobs["dataset_tb"][schedule.jobs] * (runs.segment == 1) * ~ways.running[schedule.jobs]
    results = ways.jobs["result_tb"][schedule.jobs] * schedule.is_last
    return _staged(schedule, *_ends(schedule, staged)), _unloaded(schedule, *_ends(schedule, results))


def _ends(schedule: Schedule, tb: Reals) -> tuple[Ints, Ints, Reals]:
    """(run, cluster, TB) of what moves: each cluster of a way once, but not the job's home."""
    homes = schedule.ways.jobs["home"]
    found: list[tuple[int, int]] = []
    for run in np.flatnonzero(tb > 0).tolist():
        home = schedule.fleet.cluster_index.get(homes[schedule.jobs[run]])
        found += [(run, c) for c in schedule.clusters_of(int(schedule.runs.group[run])) if c != home]
    runs = np.array([run for run, _ in found], dtype=np.int64)
    return runs, np.array([cluster for _, cluster in found], dtype=np.int64), tb[runs]


def _carried(capacity: Reals, cluster: Ints, first: Ints, stop: Ints) -> Reals:
    """Shape (n,): what links of `capacity` (clusters, T) carry in slots first..stop-1, by equal windows."""
    windows, index = np.unique(np.stack([cluster, first, stop]), axis=1, return_inverse=True)
    sums = np.array([capacity[c, a:b].sum() for c, a, b in windows.T], dtype=np.float64)
    return sums[index.reshape(-1)]


def _staged(schedule: Schedule, run: Ints, cluster: Ints, tb: Reals) -> Transfers:
    """The slots that begin at most max(stage_hours, length of the last of them) before the start."""
    fleet, start = schedule.fleet, schedule.runs.start[run]
    grid, before = fleet.grid, np.maximum(start - 1, 0)
    window = np.maximum(fleet.scenario.policy.stage_hours, grid.slot_hours[before])
    first = np.searchsorted(grid.edges, grid.edges[start] - window - HOUR_TOLERANCE, side="left").astype(np.int64)
    usd = _usd(schedule, run, cluster, tb, incoming=True)
    carries = _carried(fleet.link_in, cluster, first, start)
    return Transfers("stage", run, cluster, tb, usd, fleet.linked[cluster], first, start, carries)


def _unloaded(schedule: Schedule, run: Ints, cluster: Ints, tb: Reals) -> Transfers:
    """The slots that begin less than max(unload_hours, length of the first of them) after the last."""
    fleet, ends = schedule.fleet, schedule.runs.ends
    grid = fleet.grid
    first = np.where(ends.left[run] > 0, grid.slots, ends.last[run] + 1).astype(np.int64)
    begin = grid.edges[first]
    window = np.maximum(fleet.scenario.policy.unload_hours, grid.slot_hours[np.minimum(first, grid.slots - 1)])
    stop = np.searchsorted(grid.edges[:-1], begin + window - HOUR_TOLERANCE, side="left").astype(np.int64)
    per_hour = fleet.link_out.sum(axis=1)[cluster] / grid.hours
    usd = _usd(schedule, run, cluster, tb, incoming=False)
    carries = _carried(fleet.link_out, cluster, first, stop)
    carries += np.maximum(begin + window - grid.hours, 0.0) * per_hour
    return Transfers("unload", run, cluster, tb, usd, fleet.linked[cluster], first, stop, carries)


def _usd(schedule: Schedule, run: Ints, cluster: Ints, tb: Reals, *, incoming: bool) -> Reals:
    fleet, homes = schedule.fleet, schedule.ways.jobs["home"]
    prices: dict[tuple[str | None, int], float] = {}
    usd = np.zeros(len(run))
    for index, (job, c) in enumerate(zip(schedule.jobs[run].tolist(), cluster.tolist(), strict=True)):
        home, here = homes[job], fleet.clusters[c].name
        if (home, c) not in prices:
            sender, receiver = (home, here) if incoming else (here, home)
            prices[home, c] = fleet.transfer_usd_per_tb(sender, receiver)
        usd[index] = prices[home, c] * tb[index]
    return usd


def check(schedule: Schedule, transfers: Transfers, findings: Findings) -> None:
    """Each transfer has slots before or after its run in which the link carries it."""
    shares, staging = transfers.shares(), transfers.kind == "stage"
    in_use = transfers.linked & (staging | (transfers.stop > transfers.first))
    for index in np.flatnonzero(in_use & ((transfers.carries <= 0) | (shares > WHOLE_LINK))):
        name = schedule.fleet.clusters[transfers.cluster[index]].name
        when = "before it starts" if staging else "after it ends"
        carried = f"which carries {transfers.carries[index]:g} TB {when}."
        text = f"{transfers.tb[index]:g} TB do not fit the link of {name}, {carried}"
        findings.add(transfers.kind, schedule.run_name(transfers.run[index]), text)


def load(schedule: Schedule, transfers: Transfers, chosen: Bools | None = None) -> Ints:
    """Shape (clusters, T), 1/2^20 of a link: what transfers of all units use, in slots with contact."""
    fleet = schedule.fleet
    amount = transfers.shares() * schedule.groups.count[schedule.runs.group[transfers.run]]
    if chosen is not None:
        amount = amount * chosen[transfers.run]
    shape = (len(fleet.clusters), fleet.grid.slots)
    used = cover(transfers.cluster, transfers.first, transfers.stop, amount, shape)
    return np.where(fleet.contact > 0, used, 0)


def check_links(fleet: Fleet, incoming: Ints, outgoing: Ints, findings: Findings) -> None:
    """Shares of a link sum to at most 1 in each slot, in and out apart."""
    for used, way in ((incoming, "in"), (outgoing, "out")):
        for cluster, slot in zip(*np.nonzero(used > WHOLE_LINK), strict=True):
            text = f"the link {way} is used {used[cluster, slot] / WHOLE_LINK:.4f} times over in slot {slot}."
            findings.add("link", fleet.clusters[cluster].name, text)
