"""Limits: what each counts, over which clusters, jobs and spans, what is over or under (docs/model.md §7)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from placement.schema import JobFilter, Limit
from placement.verifier.bills import emissions
from placement.verifier.datasets import Move
from placement.verifier.datasets import load as moves_load
from placement.verifier.energy import Energy
from placement.verifier.findings import Findings, LimitUse
from placement.verifier.fleet import Fleet
from placement.verifier.ledger import Ledger
from placement.verifier.meters import Meters
from placement.verifier.spans import Bools, Ints, Reals, slack
from placement.verifier.transfers import WHOLE_LINK, Transfers
from placement.verifier.transfers import load as transfers_load


@dataclass(frozen=True)
class Counts:
    """What limits count, each measure of shape (T,)."""

    meters: Meters
    energy: Energy
    transfers: tuple[Transfers, Transfers]
    moves: list[Move]
    ledger: Ledger

    @property
    def fleet(self) -> Fleet:
        """The fleet that limits are on."""
        return self.meters.fleet

    def of(self, limit: Limit) -> Reals:
        """What a limit counts in each slot: a mean for accelerators, mw and resources, else a sum."""
        measures: dict[str, Callable[[Limit], Reals]] = {
            "accelerators": self._accelerators,
            "mw": self._mw,
            "mwh": self._mwh,
            "tco2": self._tco2,
            "water_l": self._water_l,
            "tb": self._tb,
            "usd": self._usd,
            "investment_usd": self._investment_usd,
        }
        return measures.get(limit.of, self._resource)(limit)

    def _jobs(self, limit: Limit) -> Bools | None:
        return None if limit.over.jobs is None else chosen_jobs(self.meters, limit.over.jobs)

    def _flows(self, limit: Limit) -> list[bool] | None:
        return None if limit.over.jobs is None else chosen_flows(self.meters, limit.over.jobs)

    def _clusters(self, limit: Limit) -> Bools:
        chosen, fleet = limit.over.clusters, self.fleet
        return np.array([chosen is None or cluster.name in chosen for cluster in fleet.clusters], dtype=bool)

    def _pools(self, limit: Limit) -> Bools:
        chosen, fleet = limit.over.pools, self.fleet
        named = np.array([chosen is None or fleet.label(n) in chosen for n in range(len(fleet.pools))], dtype=bool)
        return named & self._clusters(limit)[fleet.cluster_of]

    def _accelerators(self, limit: Limit) -> Reals:
        held = self.meters.accelerators(self._jobs(limit), self._flows(limit))
        return np.asarray(held[self._pools(limit)].sum(axis=0))

    def _facility(self, limit: Limit, per_mw: Reals) -> Reals:
        """IT MW × a factor of each cluster, shape (clusters, T), added up over the chosen pools."""
        watts = self.meters.watts(self._jobs(limit), self._flows(limit)) * self._pools(limit)[:, None]
        return np.asarray((self.meters.by_cluster(watts) / 1e6 * per_mw).sum(axis=0))

    def _pue(self) -> Reals:
        return np.array([[cluster.pue] for cluster in self.fleet.clusters])

    def _mw(self, limit: Limit) -> Reals:
        return self._facility(limit, self._pue())

    def _mwh(self, limit: Limit) -> Reals:
        return self._facility(limit, self._pue() * self.fleet.grid.slot_hours)

    def _water_l(self, limit: Limit) -> Reals:
        litres = np.array([[cluster.water_l_per_kwh] for cluster in self.fleet.clusters])
        return self._facility(limit, litres * 1000 * self.fleet.grid.slot_hours)

    def _tco2(self, limit: Limit) -> Reals:
        """All emissions of the clusters; with pools or jobs chosen, IT energy × PUE × cluster's carbon."""
        fleet = self.fleet
        if limit.over.pools is None and limit.over.jobs is None:
            tonnes = np.zeros(fleet.grid.slots)
            for cluster in np.flatnonzero(self._clusters(limit)):
                tonnes += emissions(self.energy, int(cluster))
            return tonnes
        carbon = np.array([fleet.slots(cluster.carbon_g_per_kwh) for cluster in fleet.clusters])
        return self._facility(limit, self._pue() * fleet.grid.slot_hours * carbon / 1000)

    def _tb(self, limit: Limit) -> Reals:
        """Shares of links × what they carry; moves of shared data belong to no job."""
        jobs = self._jobs(limit)
        chosen = None if jobs is None else jobs[self.meters.schedule.jobs]
        staged, unloaded = (transfers_load(self.meters.schedule, kind, chosen) for kind in self.transfers)
        if jobs is None:
            staged = staged + moves_load(self.fleet, self.moves)
        carried = (staged * self.fleet.link_in + unloaded * self.fleet.link_out) / WHOLE_LINK
        return np.asarray(carried[self._clusters(limit)].sum(axis=0))

    def _usd(self, limit: Limit) -> Reals:
        return self.ledger.paid(limit.over.clusters)

    def _investment_usd(self, limit: Limit) -> Reals:
        """Modules, their accelerators and, where no cluster is chosen, flights."""
        return self.ledger.invested(limit.over.clusters)

    def _resource(self, limit: Limit) -> Reals:
        """Amounts in `uses`."""
        return np.asarray(self.meters.uses(limit.of, self._jobs(limit))[self._clusters(limit)].sum(axis=0))


SUMS = ("mwh", "tco2", "water_l", "tb", "usd", "investment_usd")
"""Measures that add up over slots; means are weighted with the hours of the slots."""


def chosen_jobs(meters: Meters, wanted: JobFilter) -> Bools:
    """Shape (jobs,): jobs that match every key given."""
    jobs = meters.schedule.ways.jobs
    cells = zip(jobs["team"], jobs["priority"], jobs["tags"], strict=True)
    return np.array([_matches(wanted, *cell) for cell in cells], dtype=bool)


def chosen_flows(meters: Meters, wanted: JobFilter) -> list[bool]:
    """Flows that match every key given."""
    return [_matches(wanted, flow.team, flow.priority, flow.tags) for flow in meters.fleet.scenario.flows]


def _matches(wanted: JobFilter, team: str | None, priority: str | None, tags: tuple[str, ...]) -> bool:
    if wanted.team is not None and team != wanted.team:
        return False
    if wanted.priority is not None and priority != wanted.priority:
        return False
    return set(wanted.tags) <= set(tags)


def _spans(counts: Counts, limit: Limit) -> Ints:
    """Shape (T,): span of each slot."""
    grid = counts.fleet.grid
    if limit.per == "slot":
        return np.arange(grid.slots)
    return grid.period if limit.per == "period" else np.zeros(grid.slots, dtype=np.int64)


def check(counts: Counts, findings: Findings) -> tuple[LimitUse, ...]:
    """Each limit in each span: over or under is told, or priced where there is a penalty."""
    uses = []
    for limit in counts.fleet.scenario.limits:
        span, values = _spans(counts, limit), counts.of(limit)
        if limit.per != "slot" and limit.of not in SUMS:
            values = values * counts.fleet.grid.slot_hours
        total = np.bincount(span, values).astype(np.float64)
        first = np.unique(span, return_index=True)[1]
        most, least = (None if b is None else counts.fleet.slots(b)[first] for b in (limit.max, limit.min))
        for border, sign, words in ((most, 1, "more than the most"), (least, -1, "less than the least")):
            if border is not None:
                over: Reals = sign * (total - border)
                _tell(counts, limit, over, total, border, words, findings)
        uses.append(LimitUse(limit, first, total, most, least))
    return tuple(uses)


def _tell(
    counts: Counts, limit: Limit, over: Reals, total: Reals, border: Reals, words: str, findings: Findings
) -> None:
    if limit.penalty_usd is not None:
        counts.ledger.settle("penalty", "", float(limit.penalty_usd * np.maximum(over, 0.0).sum()))
        return
    for span in np.flatnonzero(over > slack(border)):
        where = f"limit {limit.name}" + ("" if limit.per == "horizon" else f", {limit.per} {span}")
        findings.add("limit", where, f"{total[span]:,.6g} {limit.of}, {words}, {border[span]:,.6g}.")
