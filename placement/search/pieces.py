"""Plans with pauses bettered: some jobs taken out and put in again, in pieces that fit beside all others.

A job that is put in gets the cheapest pieces where there is room, by the dynamic programme (`kernels/pause.py`) at its
own costs; rows in which supply stands charge their prices and hold nobody back. First each job in turn, the largest
first, then some at a time, in an order that is drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from placement.compile import Compiled
from placement.kernels.pause import of_tasks
from placement.kernels.placements import placements
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.work import Floats, Ints
from placement.search.bound import meter_prices
from placement.search.pausing import Pausing, Way, held_share

FEWEST, MOST = 2, 5
"""Jobs that are taken out at a time."""

WORTH = 1e-9
"""Share of what jobs cost by which they have to be cheaper."""


@dataclass(frozen=True)
class _Place:
    """Where a job is."""

    usd: float
    use: Floats | None
    """(M, T) what it uses of meters; None: it has no place."""
    way: Way | None
    """None: as in the plan that was begun with."""


class Pieces:
    """A plan in the making.

    Parameters
    ----------
    pausing : Pausing
    compiled : Compiled
        Of the scenario with the pieces of a plan, with every row.
    runs : tuple of arrays, shape (n,)
        Option, start and units of the plan's runs.
    price : array, shape (R,)
        Of rows.
    guide : float
        Share of the prices that is charged, so that room is left for others where it is worth most; of rows in which
        supply stands all is.
    free : array, shape (J,)
        Jobs that may be moved.
    """

    def __init__(
        self,
        pausing: Pausing,
        compiled: Compiled,
        runs: tuple[Ints, Ints, Ints],
        price: Floats,
        guide: float,
        free: Ints,
    ):
        problem, work = compiled.problem, compiled.problem.work
        option, start, count = runs
        self.pausing = pausing
        self.prices = meter_prices(problem, pausing.legal(price) * np.where(pausing.supplied, 1.0, guide))
        number = count.astype(np.float64)
        self.use = self._used(compiled, option, start, number)
        sums = running_sums(self.prices)
        job = compiled.legend.job[np.searchsorted(work.job_options, option, side="right") - 1]
        self.free = free
        self.places: dict[int, _Place] = {}
        for j in free.tolist():
            mine = np.flatnonzero(job == pausing.jobs[j])
            if len(mine):
                usd = placement_usd(work, self.prices, sums, placements(work, option[mine], start[mine])).sum()
                self.places[j] = _Place(float(usd), self._used(compiled, option[mine], start[mine], number[mine]), None)
            else:
                self.places[j] = _Place(float(pausing.away[j]), None, None)

    def _used(self, compiled: Compiled, option: Ints, start: Ints, count: Floats) -> Floats:
        """(M, T) what runs use of meters."""
        problem = compiled.problem
        return self.pausing.back.usage(problem.work, problem.meters, option, start, count)

    def one_by_one(self, over: Callable[[], bool]) -> None:
        """Each job in turn out and in again, the largest first, until none finds a cheaper place."""
        size = np.array([self.pausing.work[self.pausing.first[j]] for j in self.free.tolist()])
        order = self.free[np.argsort(-size, kind="stable")].tolist()
        moved = True
        while moved and not over():
            moved = False
            for j in order:
                moved |= not over() and self._again([j])

    def some(self, seed: int, rounds: int, over: Callable[[], bool]) -> None:
        """Some jobs at a time out and in again, in an order that is drawn."""
        random = np.random.default_rng(seed)
        if len(self.free) < FEWEST:
            return
        for _ in range(rounds):
            if over():
                return
            number = int(random.integers(FEWEST, min(MOST, len(self.free)) + 1))
            self._again(random.choice(self.free, number, replace=False).tolist())

    def ways(self) -> dict[int, Way]:
        """Jobs of the scenario that are elsewhere now, and how they run there."""
        return {int(self.pausing.jobs[j]): place.way for j, place in self.places.items() if place.way is not None}

    def _again(self, jobs: list[int]) -> bool:
        """Whether jobs together cost less after they are taken out and put in again in this order; if not, all is as it
        was."""
        before = {j: self.places[j] for j in jobs}
        whole = self.use
        for j in jobs:
            self._add(before[j], -1.0)
        for j in jobs:
            self.places[j] = self._cheapest(j)
            self._add(self.places[j], 1.0)
        then, now = (sum(places[j].usd for j in jobs) for places in (before, self.places))
        if now < then - WORTH * max(abs(then), 1.0):
            return True
        self.places |= before
        self.use = whole
        return False

    def _add(self, place: _Place, sign: float) -> None:
        if place.use is not None:
            self.use = self.use + sign * place.use

    def _cheapest(self, j: int) -> _Place:
        """The cheapest pieces of a job beside what is in use; turned away or put off if that costs less."""
        pausing = self.pausing
        options = np.arange(pausing.first[j], pausing.first[j + 1])
        room = pausing.room(self.use)
        fits = np.array([pausing.fits(n, room) for n in options.tolist()])
        tasks = pausing.tasks(self.prices, options, fits, prove=False)
        usd = pausing.back.pauses_usd(tasks)
        at, away = int(np.argmin(usd)), float(pausing.away[j])
        way = None
        if usd[at] < away:
            found = pausing.back.pauses(of_tasks(tasks, np.array([at])))
            way = pausing.way(int(options[at]), found, 0, tasks.part[at])
        if way is None:
            return _Place(away, None, None)
        held = held_share(list(way.first), list(way.last), way.partly, way.part, pausing.problem.work.slots)
        return _Place(float(usd[at]), pausing.use_of(int(options[at]), held), way)
