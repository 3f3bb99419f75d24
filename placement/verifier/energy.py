"""Where power comes from: sources, what the plan takes of them, whether it balances (docs/model.md §6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from placement.schema import Battery, Cluster, Gas, Grid, Renewable
from placement.verifier.findings import Findings
from placement.verifier.fleet import Fleet
from placement.verifier.power import grid_limit, is_simple, only_grid
from placement.verifier.spans import Bools, Reals, slack
from placement.verifier.tables import Rows, twice

CHARGING, DISCHARGING = "charge", "discharge"

Raised: TypeAlias = Mapping[tuple[int, str], Reals]
"""MW by which modules that stand raise sources, by number of the cluster and name of the source, shape (T,)."""


@dataclass(frozen=True)
class Feed:
    """A source of energy of a cluster that is not a battery."""

    fleet: Fleet
    cluster: int
    source: Grid | Gas | Renewable

    @property
    def name(self) -> str:
        """Its name in the energy table."""
        return str(self.source.name or self.source.kind)

    @cached_property
    def price(self) -> Reals:
        """Shape (K,): $/MWh."""
        own = self.source.price
        return self.fleet.ticks(self.fleet.clusters[self.cluster].energy_price if own is None else own)

    @cached_property
    def carbon(self) -> Reals:
        """Shape (K,): gCO2e/kWh."""
        own = self.source.carbon_g_per_kwh
        return self.fleet.ticks(self.fleet.clusters[self.cluster].carbon_g_per_kwh if own is None else own)

    def limit(self, raised: Reals) -> Reals:
        """Shape (K,): most that it gives, MW; infinite without a limit.

        Modules add `raised` MW, shape (K,): to what a grid gives whatever curtailments and its connection, to what
        gas gives, to the nameplate of sun and wind.
        """
        if isinstance(self.source, Grid):
            return grid_limit(self.fleet, self.source) + raised
        if isinstance(self.source, Gas):
            return self.fleet.ticks(self.source.limit_mw) + raised
        return (self.source.mw + raised) * self.fleet.ticks(self.source.capacity_factor)


def feeds_of(fleet: Fleet, index: int) -> list[Feed]:
    """Sources of a cluster beside batteries; none for satellites without sources."""
    cluster = fleet.clusters[index]
    sources: list[Grid | Gas | Renewable] = [s for s in cluster.sources if not isinstance(s, Battery)]
    if not cluster.sources:
        grid = only_grid(cluster)
        sources = [] if grid is None else [grid]
    return [Feed(fleet, index, source) for source in sources]


def batteries_of(cluster: Cluster) -> list[Battery]:
    """Batteries of a cluster."""
    return [source for source in cluster.sources if isinstance(source, Battery)]


def raised_in_ticks(fleet: Fleet, raised: Raised, index: int, source: str) -> Reals:
    """Shape (K,): MW by which modules raise a source of a cluster, the same in all ticks of a slot."""
    by_slot = raised.get((index, source))
    return np.zeros(fleet.grid.ticks) if by_slot is None else by_slot[fleet.grid.tick_slot]


class Energy:
    """MW of each source in each tick, by cluster, source and kind; shape (K,) each."""

    def __init__(self, fleet: Fleet):
        self.fleet = fleet
        self.feeds = [feeds_of(fleet, index) for index in range(len(fleet.clusters))]
        self._mw: dict[tuple[int, str, str], Reals] = {}
        for index, cluster in enumerate(fleet.clusters):
            keys: list[tuple[str, str]] = [(feed.name, feed.source.kind) for feed in self.feeds[index]]
            keys += [(b.name, way) for b in batteries_of(cluster) for way in (CHARGING, DISCHARGING)]
            for name, kind in keys:
                self._mw[index, name, kind] = np.zeros(fleet.grid.ticks)

    def __contains__(self, key: tuple[int, str, str]) -> bool:
        return key in self._mw

    def __getitem__(self, key: tuple[int, str, str]) -> Reals:
        return self._mw[key]

    def __setitem__(self, key: tuple[int, str, str], mw: Reals) -> None:
        self._mw[key] = mw

    def of(self, feed: Feed) -> Reals:
        """MW of a source in each tick."""
        return self._mw[feed.cluster, feed.name, feed.source.kind]


def read(rows: Rows, fleet: Fleet, findings: Findings) -> Energy:
    """The energy table, with missing rows as 0."""
    energy = Energy(fleet)
    repeated = set(twice(rows, ("cluster", "source", "kind", "tick")))
    columns = (rows[name].tolist() for name in ("cluster", "source", "kind", "tick", "slot", "mw"))
    for row, (cluster, source, kind, tick, slot, mw) in enumerate(zip(*columns, strict=True)):
        where = f"{cluster}, {source}"
        index = fleet.cluster_index.get(cluster)
        if index is None or tick >= fleet.grid.ticks or row in repeated:
            findings.add(
                "table",
                f"energy, {where}",
                f"no such cluster or tick, or it stands twice (tick {tick}, {kind}).",
            )
        elif (index, source, kind) not in energy:
            findings.add("energy", where, f"the cluster has no source of that name and kind ({kind}).")
        elif slot != fleet.grid.tick_slot[tick]:
            findings.add("energy", where, f"tick {tick} is in slot {fleet.grid.tick_slot[tick]}, not {slot}.")
        else:
            energy[index, source, kind][tick] = mw
    return energy


def settle_simple(energy: Energy, it_watts: Reals, findings: Findings) -> None:
    """Simple clusters draw load × PUE + idle; what the plan says of them is checked and replaced by that.

    `it_watts` has shape (clusters, T).
    """
    fleet = energy.fleet
    for index, cluster in enumerate(fleet.clusters):
        if not is_simple(cluster) or not energy.feeds[index]:
            continue
        (feed,) = energy.feeds[index]
        drawn = (it_watts[index] / 1e6 * cluster.pue + cluster.idle_mw)[fleet.grid.tick_slot]
        told = energy.of(feed)
        for tick in np.flatnonzero(np.abs(told - drawn) > slack(drawn)):
            text = f"{told[tick]:g} MW are drawn, but load and idle power are {drawn[tick]:g} MW."
            findings.add("energy", f"{cluster.name}, {feed.name}, tick {tick}", text)
        energy[index, feed.name, feed.source.kind] = drawn


def check(energy: Energy, raised: Raised, it_watts: Reals, on: Bools, findings: Findings) -> None:
    """Clusters that are not simple balance in each tick, within their sources' limits, which modules raise."""
    for index, cluster in enumerate(energy.fleet.clusters):
        if not is_simple(cluster) and (energy.feeds[index] or batteries_of(cluster)):
            _check_sources(energy, raised, index, findings)
            _check_balance(energy, index, it_watts[index], on[index], findings)


def _check_sources(energy: Energy, raised: Raised, index: int, findings: Findings) -> None:
    for feed in energy.feeds[index]:
        limit = feed.limit(raised_in_ticks(energy.fleet, raised, index, feed.name))
        given = energy.of(feed)
        over = given > limit + slack(np.where(np.isfinite(limit), limit, 0.0))
        for tick in np.flatnonzero(over):
            where = f"{energy.fleet.clusters[index].name}, {feed.name}, tick {tick}"
            findings.add("source", where, f"it gives {given[tick]:g} MW of at most {limit[tick]:g} MW.")


def _check_balance(energy: Energy, index: int, it_watts: Reals, on: Bools, findings: Findings) -> None:
    """load · PUE + idle · on + Σ charge = Σ source + Σ discharge."""
    fleet, cluster = energy.fleet, energy.fleet.clusters[index]
    wanted = (it_watts / 1e6 * cluster.pue + cluster.idle_mw * on)[fleet.grid.tick_slot]
    given = np.zeros(fleet.grid.ticks)
    for feed in energy.feeds[index]:
        given = given + energy.of(feed)
    for battery in batteries_of(cluster):
        wanted = wanted + energy[index, battery.name, CHARGING]
        given = given + energy[index, battery.name, DISCHARGING]
    for tick in np.flatnonzero(np.abs(given - wanted) > slack(wanted)):
        text = f"{given[tick]:g} MW are given and {wanted[tick]:g} MW are taken."
        findings.add("balance", f"{cluster.name}, tick {tick}", text)
