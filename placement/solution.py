"""One answer as arrays: which placements, how much of each supply."""

from dataclasses import dataclass, field

import numpy as np

from placement.kernels.placements import Placements, placements, ranges
from placement.kernels.work import RUN, Floats, Ints, Work
from placement.problem import Bools, Problem


@dataclass(frozen=True)
class PlantUse:
    """Power of one plant, MW, shape (sources or batteries, K)."""

    source: Floats
    charge: Floats
    discharge: Floats


@dataclass(frozen=True)
class Solution:
    """Values of all decisions of a problem."""

    option: Ints
    """(n,) option of each placement that is used."""
    start: Ints
    count: Ints
    """(n,) units, at least 1."""
    rejected: Ints
    """(J,) units; of first segments."""
    deferred: Ints
    plants: tuple[PlantUse, ...] = ()
    opened: tuple[Bools, ...] = ()
    """Per gate: (T,) or (1,)."""
    moved: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    built: tuple[Ints, ...] = ()
    """Per module: (vehicles or 1, periods in which it can be ordered)."""
    flown: Ints = field(default_factory=lambda: np.zeros((0, 0, 0), dtype=np.int64))
    """(V, N, Q)"""
    flow: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    """(P, T) accelerators."""
    unmet: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    """(F, T) reference accelerators."""

    def placed(self, work: Work) -> Placements:
        """The placements with their ends."""
        return placements(work, self.option, self.start)


def of_runs(problem: Problem, option: Ints, start: Ints, count: Ints, rejected: Ints, deferred: Ints) -> Solution:
    """The solution of a problem of which `only_runs` holds; a placement may be named more than once."""
    slots = problem.work.slots
    key, at = np.unique(option * slots + start, return_inverse=True)
    units = np.bincount(at, count, len(key)).astype(np.int64)
    none = np.zeros((0, slots))
    return Solution(key // slots, key % slots, units, rejected, deferred, flow=none, unmet=none)


def meter_readings(problem: Problem, solution: Solution) -> Floats:
    """(M, T): what meters read in each slot of accelerators, watts and resources; transfers are not in it."""
    work = problem.work
    placed = solution.placed(work)
    result = np.zeros((problem.meters, work.slots))
    uses = np.diff(work.option_uses)[placed.option]
    use = ranges(work.option_uses[placed.option], uses)
    who = np.repeat(np.arange(len(placed)), uses)
    run = work.use_kind[use] == RUN
    use, who = use[run], who[run]
    amount = work.use_amount[use] * solution.count[who]
    length = placed.last[who] - placed.start[who] + 1
    value = np.repeat(amount, length)
    value[np.cumsum(length) - 1] = amount * placed.fraction[who]
    np.add.at(result, (np.repeat(work.use_meter[use], length), ranges(placed.start[who], length)), value)
    flows = problem.flows
    way = np.repeat(np.arange(len(flows.way_flow)), np.diff(flows.way_uses))
    if len(way):
        np.add.at(result, flows.use_meter, flows.use_amount[:, None] * solution.flow[way])
    return result
