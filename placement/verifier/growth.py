"""Growth: what modules add to pools, power and resources while they stand, and could (docs/model.md §10)."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from placement.units import HOURS_PER_YEAR
from placement.verifier import vehicles
from placement.verifier.builds import Build
from placement.verifier.fleet import Fleet
from placement.verifier.kinds import Kind
from placement.verifier.spans import HOUR_TOLERANCE, Bools, Ints, Reals

BLOCK = 2**20
"""So many periods × slots are looked at together."""


def standing_slots(kind: Kind, period: int) -> Bools:
    """Shape (T,): slots in which a module of a period stands, those that end within its life."""
    inside = _within(kind, np.array([period]), np.arange(kind.fleet.grid.slots), (kind.module.life_years,))
    return np.asarray(inside[0], dtype=bool)


def _within(kind: Kind, periods: Ints, slots: Ints, lives: Iterable[float | None]) -> Bools:
    """Shape (periods, slots): slots from s(p) on that end before each of the lives does; None never ends."""
    grid, stands = kind.fleet.grid, kind.stands[periods][:, None]
    inside = np.asarray(slots >= stands)
    for years in lives:
        if years is not None:
            end = grid.edges[stands] + years * HOURS_PER_YEAR
            inside = inside & (grid.edges[slots + 1] <= end + HOUR_TOLERANCE)
    return inside


def accelerators_added(kind: Kind, periods: Ints, reliability: Reals, slots: Ints) -> Ints:
    """Shape (periods, slots): accelerators that a module of each period adds, those that arrive, work and have power.

    floor(n R (1 - infant loss) ((1 - loss per year) (1 - loss of power per year))^a), a years after s(p).
    """
    grid, module = kind.fleet.grid, kind.module
    middle = (grid.edges[slots] + grid.edges[slots + 1]) / 2
    years = np.maximum(middle - grid.edges[kind.stands[periods]][:, None], 0.0) / HOURS_PER_YEAR
    kept = (1 - module.accelerator_loss_per_year) * (1 - module.power_loss_per_year)
    arrived = np.array([kind.holds(int(period)) for period in periods]) * reliability * (1 - module.infant_loss)
    working = np.floor(arrived[:, None] * kept**years + 1e-6).astype(np.int64)
    lives = (module.life_years, module.accelerators_life_years)
    return np.where(_within(kind, periods, slots, lives), working, 0)


def watts_added(kind: Kind, reliability: float) -> int:
    """IT watts by which a module raises the facility limit."""
    return int(np.floor(1e6 * kind.module.power_mw * reliability / kind.cluster.pue + 1e-6))


class Growth:
    """What modules add in each slot.

    Accelerators, shape (pools, T), watts of the facility limit, shape (clusters, T), MW of sources, by number of the
    cluster and name of the source, shape (T,), and of named resources what they give and what they need, each of
    shape (clusters, T).
    """

    def __init__(self, fleet: Fleet, builds: Iterable[Build]):
        shape = len(fleet.clusters), fleet.grid.slots
        self.accelerators = np.zeros((len(fleet.pools), fleet.grid.slots), dtype=np.int64)
        self.watts = np.zeros(shape, dtype=np.int64)
        self.sources_mw: dict[tuple[int, str], Reals] = defaultdict(lambda: np.zeros(fleet.grid.slots))
        self.gives: dict[str, Reals] = defaultdict(lambda: np.zeros(shape))
        self.needs: dict[str, Reals] = defaultdict(lambda: np.zeros(shape))
        for build in builds:
            self._add(build)

    def _add(self, build: Build) -> None:
        kind, slots = build.kind, np.arange(self.watts.shape[1])
        pool, share = kind.pool(build.period), build.reliability
        stands = np.where(standing_slots(kind, build.period), build.number, 0)
        if pool is not None:
            each = accelerators_added(kind, np.array([build.period]), np.array([share]), slots)[0]
            self.accelerators[pool] += build.number * each
        self.watts[kind.index] += stands * watts_added(kind, share)
        for name, megawatts in kind.module.sources_mw.items():
            self.sources_mw[kind.index, name] += stands * megawatts
        for name, amount in kind.module.gives.items():
            self.gives[name][kind.index] += stands * share * amount
        for name, amount in kind.module.needs.items():
            self.needs[name][kind.index] += stands * amount


def potential(fleet: Fleet, kinds: Iterable[Kind]) -> Ints:
    """Shape (pools, T): accelerators of every module that could stand, whatever flights there are."""
    result = np.zeros((len(fleet.pools), fleet.grid.slots), dtype=np.int64)
    for kind in kinds:
        best = vehicles.best_reliability(kind)
        by_pool: dict[int, list[int]] = defaultdict(list)
        for period in np.flatnonzero(kind.orderable).tolist():
            pool = kind.pool(period)
            if pool is not None and period in best:
                by_pool[pool].append(period)
        for pool, periods in by_pool.items():
            share = np.array([best[period] for period in periods])
            for slots in _blocks(fleet.grid.slots, len(periods)):
                result[pool, slots] += _most_of(kind, np.array(periods), share, slots)
    return result


def _blocks(slots: int, periods: int) -> Iterable[Ints]:
    return np.array_split(np.arange(slots), max(1, slots * periods // BLOCK))


def _most_of(kind: Kind, periods: Ints, share: Reals, slots: Ints) -> Ints:
    """Shape (slots,): the most that modules of these periods add together.

    Those of the periods that add most come first, up to what can come in each of them and in all.
    """
    added = accelerators_added(kind, periods, share, slots)
    order = np.argsort(-added, axis=0, kind="stable")
    each = np.array([kind.most(int(period)) for period in periods], dtype=np.int64)
    so_far = np.minimum(np.cumsum(each[order], axis=0), kind.module.max)
    taken = np.diff(so_far, axis=0, prepend=0)
    return np.asarray((taken * np.take_along_axis(added, order, axis=0)).sum(axis=0), dtype=np.int64)
