"""Kinds of modules: when each may be delivered, what it holds then, and which pool that goes to (docs/model.md §10)."""

import math
from datetime import datetime
from functools import cached_property

import numpy as np

from placement.schema import Generation, Module
from placement.verifier.fleet import Fleet
from placement.verifier.spans import HOUR_TOLERANCE, Bools, Ints, Reals


class Kind:
    """Modules of one name of one cluster."""

    def __init__(self, fleet: Fleet, cluster: int, module: Module):
        self.fleet, self.index, self.module = fleet, cluster, module
        self.cluster = fleet.clusters[cluster]
        self.name = f"{self.cluster.name}.{module.name}"
        self.orbital = self.cluster.orbital

    def _hours(self, moment: datetime | None, otherwise: float) -> float:
        return otherwise if moment is None else float(self.fleet.grid.hours_of(moment))

    @cached_property
    def stands(self) -> Ints:
        """Shape (periods,): s(p), the first slot at or after a period's end and commissioning; T if there is none."""
        return self.fleet.grid.slot_from(self.fleet.periods.end + 24 * self.module.commissioning_days)

    @cached_property
    def earliest(self) -> float:
        """Hours from the start from which a period may begin: the order, at 0 or later, and the lead time."""
        return max(0.0, self._hours(self.module.available, 0.0)) + 24 * self.module.lead_days

    @cached_property
    def latest(self) -> float:
        """Hours from the start after which no period may end."""
        return self._hours(self.module.until, math.inf)

    @cached_property
    def closed(self) -> list[tuple[float, float]]:
        """Hours from the start between which no period may lie, not even partly."""
        return [(self._hours(w.from_, -math.inf), self._hours(w.to, math.inf)) for w in self.module.closed]

    def why_not(self, period: int) -> str | None:
        """Why none can be delivered in a period, whatever there is to lift it; None if some can."""
        periods = self.fleet.periods
        begin, end = float(periods.begin[period]), float(periods.end[period])
        if begin < self.earliest - HOUR_TOLERANCE:
            return f"it begins at hour {begin:g}; after its order and lead time it can come from {self.earliest:g} on"
        if end > self.latest + HOUR_TOLERANCE:
            return f"it ends at hour {end:g}; the last that comes is until {self.latest:g}"
        for first, last in self.closed:
            if first < end - HOUR_TOLERANCE and last > begin + HOUR_TOLERANCE:
                return f"it is from hour {begin:g} to {end:g}, and none comes from {first:g} to {last:g}"
        if self.stands[period] >= self.fleet.grid.slots:
            return f"it ends at hour {end:g}, and it would not stand before the horizon does"
        if self.module.generations and self.generation(period) is None:
            return f"it begins at hour {begin:g}, when no generation is in force"
        return None

    @cached_property
    def orderable(self) -> Bools:
        """Shape (periods,): whether some can be delivered, whatever there is to lift it."""
        return np.array([self.why_not(period) is None for period in range(len(self.fleet.periods))], dtype=bool)

    @cached_property
    def _generations(self) -> list[tuple[float, Generation]]:
        """By the hour from which they are in force; of equals the later in the list is the later."""
        found = [(self._hours(generation.from_, -math.inf), generation) for generation in self.module.generations]
        return sorted(found, key=lambda pair: pair[0])

    def generation(self, period: int) -> Generation | None:
        """The generation in force in a period, the latest that has begun; None if there is none."""
        begin = self.fleet.periods.begin[period] + HOUR_TOLERANCE
        begun = [generation for since, generation in self._generations if since <= begin]
        return begun[-1] if begun else None

    def holds(self, period: int) -> int:
        """Accelerators that a module holds: its own, or those of the generation in force."""
        generation = self.generation(period)
        return self.module.accelerators if generation is None else generation.accelerators

    @cached_property
    def named_pool(self) -> int | None:
        """Pool that the module names, or the only one; None if it names none of several."""
        return self.fleet.pool_named(self.cluster.name, self.module.pool)

    def pool(self, period: int) -> int | None:
        """Pool that it adds to: with generations `pool-accelerator`, where the pool's accelerator is another."""
        named, generation = self.named_pool, self.generation(period)
        if named is None or generation is None or generation.accelerator == self.fleet.pools[named].accelerator:
            return named
        return self.fleet.pool_index.get(
            (self.cluster.name, f"{self.fleet.pools[named].name}-{generation.accelerator}")
        )

    @cached_property
    def plane(self) -> str:
        """Plane that it flies to, that of the pool which it names; "" without planes."""
        return "" if self.named_pool is None else self.fleet.pools[self.named_pool].plane or ""

    def most(self, period: int) -> int:
        """Most that can come in a period."""
        each = self.module.max_per_period
        if each is None:
            return self.module.max
        return each[period] if isinstance(each, tuple) else each

    @cached_property
    def usd(self) -> Reals:
        """Shape (periods,): price of a module apart from accelerators."""
        return self.fleet.slots(self.module.usd)[self.fleet.periods.first]

    def accelerators_usd(self, period: int) -> float:
        """Price of its accelerators, or of those of the generation in force."""
        generation = self.generation(period)
        series = self.module.accelerators_usd if generation is None else generation.accelerators_usd
        return float(self.fleet.slots(series)[self.fleet.periods.first[period]])


def kinds_of(fleet: Fleet) -> dict[tuple[str, str], Kind]:
    """Every kind of module by names of cluster and module."""
    pairs = [(index, module) for index, cluster in enumerate(fleet.clusters) for module in cluster.modules]
    return {(fleet.clusters[index].name, module.name): Kind(fleet, index, module) for index, module in pairs}
