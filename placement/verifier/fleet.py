"""The fleet as numbers: capacity, speed, contact and links in each slot (docs/model.md §2, §4)."""

import math
from functools import cached_property

import numpy as np

from placement.ephemeris import accelerator_of, link_contact, pool_kw, pool_speed, round_trip_ms, working_share
from placement.schema import Accelerator, Cluster, Pool, Scenario, Vehicle, Window
from placement.series import on_slots, on_ticks
from placement.timegrid import TimeGrid, timegrid
from placement.units import tb_per_hour
from placement.verifier.clock import Clock
from placement.verifier.periods import Periods
from placement.verifier.spans import Bools, Ints, Reals


class Fleet:
    """Clusters and pools of a scenario by number, in file order, and what each has in each slot.

    Arrays are (pools, T) or (clusters, T).
    """

    def __init__(self, scenario: Scenario):
        self.scenario = scenario
        self.grid: TimeGrid = timegrid(scenario.horizon)
        self.clusters: tuple[Cluster, ...] = scenario.clusters
        self.cluster_index = {cluster.name: index for index, cluster in enumerate(self.clusters)}
        pairs = [(index, pool) for index, cluster in enumerate(self.clusters) for pool in cluster.pools]
        self.pools: tuple[Pool, ...] = tuple(pool for _, pool in pairs)
        self.cluster_of: Ints = np.array([index for index, _ in pairs], dtype=np.int64)
        self.pool_index = {(self.clusters[i].name, str(pool.name)): n for n, (i, pool) in enumerate(pairs)}
        self.accelerators: tuple[Accelerator, ...] = tuple(accelerator_of(scenario, p.accelerator) for p in self.pools)
        self.kw: Reals = np.array([pool_kw(scenario, pool) for pool in self.pools])
        self.number: Ints = np.array([pool.number for pool in self.pools], dtype=np.int64)
        self.periods = Periods(self.grid)
        self.vehicles: dict[str, Vehicle] = {vehicle.name: vehicle for vehicle in scenario.vehicles}
        self._clocks: dict[tuple[int, ...], Clock] = {}
        self._round_trips: dict[tuple[str | None, int], float] = {}

    def label(self, pool: int) -> str:
        """A pool as users write it, cluster/pool."""
        return f"{self.clusters[self.cluster_of[pool]].name}/{self.pools[pool].name}"

    def pools_of(self, cluster: int) -> list[int]:
        """Numbers of a cluster's pools."""
        return [int(pool) for pool in np.flatnonzero(self.cluster_of == cluster)]

    def pool_named(self, cluster: str, pool: str | None) -> int | None:
        """Number of a pool; without a name the only one of the cluster. None if there is no such pool."""
        if pool is None:
            here = self.pools_of(self.cluster_index[cluster]) if cluster in self.cluster_index else []
            return here[0] if len(here) == 1 else None
        return self.pool_index.get((cluster, pool))

    def slots(self, series: object) -> Reals:
        """Shape (T,): a series' mean in each slot."""
        return on_slots(series, self.grid, self.scenario)

    def ticks(self, series: object) -> Reals:
        """Shape (K,): a series' value in each tick."""
        return on_ticks(series, self.grid, self.scenario)

    @cached_property
    def capacity(self) -> Ints:
        """Accelerators of each pool without modules: those that work - spares - reserved, 0 out of service.

        Of a pool with blocks the number is that of the blocks in service (`standing`); in orbit some have failed.
        """
        return np.array([self._capacity(n) for n in range(len(self.pools))], dtype=np.int64)

    def _capacity(self, index: int) -> Ints:
        pool, cluster = self.pools[index], self.clusters[self.cluster_of[index]]
        reserved = np.ceil(self.slots(pool.reserved) - 1e-6).astype(np.int64)
        working = np.floor(self.standing[index] * working_share(self.grid, cluster) + 1e-6).astype(np.int64)
        there = np.maximum(working - pool.spares - reserved, 0)
        return np.where(self._in_service(pool.service) & self._in_service(cluster.service), there, 0)

    @cached_property
    def standing(self) -> Ints:
        """Accelerators of each pool; of one with blocks those whose own windows hold the slot."""
        standing = np.zeros((len(self.pools), self.grid.slots), dtype=np.int64)
        for row, pool in zip(standing, self.pools, strict=True):
            row += 0 if pool.blocks else pool.number
            for block in pool.blocks:
                row[self._in_service(block.service)] += block.number
        return standing

    def _in_service(self, window: Window | None) -> Bools:
        first, last = -math.inf, math.inf
        if window is not None and window.from_ is not None:
            first = float(self.grid.hours_of(window.from_))
        if window is not None and window.to is not None:
            last = float(self.grid.hours_of(window.to))
        return self.grid.slots_inside(first, last)

    @cached_property
    def speed(self) -> Reals:
        """Speed of each pool."""
        pairs = zip(self.cluster_of, self.pools, strict=True)
        return np.array([pool_speed(self.scenario, self.grid, self.clusters[c], pool) for c, pool in pairs])

    def clock(self, pools: tuple[int, ...]) -> Clock:
        """Work over time of a run on these pools together; the slowest sets the pace."""
        if pools not in self._clocks:
            self._clocks[pools] = Clock(self.grid, self.speed[list(pools)].min(axis=0))
        return self._clocks[pools]

    @cached_property
    def _contacts(self) -> tuple[Reals, Reals]:
        pairs = [link_contact(self.scenario, self.grid, cluster) for cluster in self.clusters]
        return np.array([share for share, _ in pairs]), np.array([gap for _, gap in pairs])

    @property
    def contact(self) -> Reals:
        """Share of each slot in which a cluster's link can be used; 1 without a link."""
        return self._contacts[0]

    @property
    def contact_gap(self) -> Reals:
        """Shape (clusters,): longest time without contact, hours."""
        return self._contacts[1]

    @cached_property
    def linked(self) -> Bools:
        """Shape (clusters,): whether a cluster has a link."""
        return np.array([cluster.link is not None for cluster in self.clusters])

    @cached_property
    def link_in(self) -> Reals:
        """TB that each link carries in; 0 without a link."""
        rate = [tb_per_hour(c.link.gbps_in) if c.link is not None else 0.0 for c in self.clusters]
        return np.array(rate)[:, None] * self.grid.slot_hours * self.contact

    @cached_property
    def link_out(self) -> Reals:
        """TB that each link carries out; 0 without a link."""
        rate = [tb_per_hour(c.link.gbps_out) if c.link is not None else 0.0 for c in self.clusters]
        return np.array(rate)[:, None] * self.grid.slot_hours * self.contact

    def round_trip(self, home: str | None, cluster: int) -> float:
        """Round-trip time from a home to a cluster, ms; nan where it is not known."""
        key = (home, cluster)
        if key not in self._round_trips:
            self._round_trips[key] = round_trip_ms(self.scenario, home, self.clusters[cluster])
        return self._round_trips[key]

    def country(self, cluster: int) -> str | None:
        """Country of a cluster; None in orbit or where it is not known."""
        place = self.clusters[cluster].place
        return place.country if place is not None and not self.clusters[cluster].orbital else None

    def transfer_usd_per_tb(self, sender: str | None, receiver: str | None) -> float:
        """$/TB at both ends of a transfer; an end without a link, or that is not a cluster, costs nothing."""
        usd = 0.0
        if sender in self.cluster_index:
            link = self.clusters[self.cluster_index[sender]].link
            usd += link.usd_per_tb_out if link is not None else 0.0
        if receiver in self.cluster_index:
            link = self.clusters[self.cluster_index[receiver]].link
            usd += link.usd_per_tb_in if link is not None else 0.0
        return usd
