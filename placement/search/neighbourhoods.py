"""Large-neighbourhood search: some units of a plan are taken out, and HiGHS puts them back as well as it can.

Kinds of neighbourhoods, drawn by what they have saved for their effort (seconds; under a work limit iterations of the
simplex method, which are the same each time):

- `around`: units that run at about one time on a few meters where some unit runs or could, and some that are away;
- `large`: the same around one of the largest units;
- `any`: units at random.

How many units are taken out follows how hard the last ones of a kind were. Two neighbourhoods are solved at once: both
begin from the same plan, and the second is taken only if it fits beside the first.
"""

import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from placement.kernels.plan import homes
from placement.kernels.work import Floats, Ints
from placement.models import highs
from placement.search.annealing import Best
from placement.search.core_model import Chosen, CoreModel
from placement.search.packing import Packer
from placement.search.state import State

KINDS = ("around", "large", "any")

FIRST, LEAST, MOST = 60, 10, 600
"""Units that are taken out: at first, at least, at most."""

GROWTH, DECLINE = 1.1, 0.8
"""By which there are more after an easy neighbourhood, and fewer after a hard one."""

PER_JOB = 30
"""Placements of a job, those of least reduced cost and the one that it has."""

LIMIT_S, NODES = 3.0, 400
"""Of HiGHS for a neighbourhood; under a work limit its nodes alone are limited."""

GAP = 1e-5
"""At which it may stop."""

FADE = 0.8
"""What the past counts for in what a kind has saved for its effort."""

EVENLY = 0.2
"""Share of neighbourhoods whose kind is drawn evenly."""

PATIENCE = 60
"""Neighbourhoods in a row that save nothing, after which the search ends."""

ROUNDS, SHARE = 2_000, 0.5
"""Under a work limit: rounds of annealing that a neighbourhood counts for, and the share of the work that is theirs."""


@dataclass
class Kind:
    """What a kind of neighbourhood has done."""

    units: float = FIRST
    saved: float = 0.0
    effort: float = 0.0
    tried: int = 0

    def learn(self, saved: float, effort: float, status: str) -> None:
        """What it saved with so much effort, and whether that was easy for the solver."""
        self.saved, self.effort = FADE * self.saved + saved, FADE * self.effort + effort
        self.units = float(np.clip(self.units * (GROWTH if status == "optimal" else DECLINE), LEAST, MOST))


def drawn(kinds: dict[str, Kind], rng: np.random.Generator) -> str:
    """A kind: each at first, then by what they have saved for their effort."""
    new = [name for name, kind in kinds.items() if kind.tried == 0]
    if new:
        name = new[0]
    else:
        rate = np.array([(kind.saved + 1e-9) / (kind.effort + 1e-3) for kind in kinds.values()])
        chance = EVENLY / len(rate) + (1.0 - EVENLY) * rate / rate.sum()
        name = str(rng.choice(list(kinds), p=chance / chance.sum()))
    kinds[name].tried += 1
    return name


@dataclass
class _Part:
    """Units that are taken out, where they were, and the model of where they may go."""

    kind: Kind
    units: Ints
    option: Ints
    start: Ints
    usd: float
    core: CoreModel
    begin: tuple[Ints, Floats]
    outcome: highs.Outcome | None = None
    effort: float = 0.0


def search(packer: Packer, found: Best, row_price: Floats, state: State, seed: int, most: int | None) -> str:
    """Neighbourhoods of the best plan until something ends it; returns what did: gap, time, work, patience or stopped.

    Parameters
    ----------
    packer, found, state
    row_price : array, shape (R,)
        By which placements are ranked.
    seed : int
    most : int, optional
        At most so many neighbourhoods, one by one, and no clock: the same plan each time.
    """
    if found.plan is None:
        return "patience" if most is None else "work"
    packer.set(found.plan.option, found.plan.start)
    hood = _Neighbourhoods(packer, row_price, seed)
    together = 1 if most is not None else 2
    fruitless = done = 0
    with ThreadPoolExecutor(together) as pool:
        while True:
            if state.reached:
                return "gap"
            if state.over:
                return "stopped" if state.stopped else "time"
            if most is not None and done >= most:
                return "work"
            if most is None and fruitless >= PATIENCE:
                return "patience"
            limit_s = math.inf if most is not None else min(LIMIT_S, state.left_s)
            running = [pool.submit(_solved, hood.part(), limit_s, state.stop) for _ in range(together)]
            for solved in running:
                saved = hood.put(solved.result())
                fruitless = 0 if saved > 0 else fruitless + 1
                done += 1
                state.work["neighbourhoods"] = done
            found.take("neighbourhood")


def _solved(part: _Part, limit_s: float, stop: highs.Event | None) -> _Part:
    """A part that HiGHS has solved."""
    began = time.monotonic()
    part.outcome = highs.solve(
        part.core.form, gap=GAP, time_limit_s=limit_s, node_limit=NODES, threads=1, start=part.begin, stop=stop
    )
    part.effort = effort(time.monotonic() - began, part.outcome, math.isfinite(limit_s))
    return part


def effort(seconds: float, outcome: highs.Outcome | None, timed: bool) -> float:
    """What a neighbourhood took: seconds, or without a clock iterations of the simplex method, one at least."""
    return seconds if timed else 1.0 + (outcome.iterations if outcome is not None else 0)


class _Neighbourhoods:
    """Which units to take out, and how they are put back."""

    def __init__(self, packer: Packer, row_price: Floats, seed: int):
        self.packer, self.row_price = packer, row_price
        self.rng = np.random.default_rng(seed)
        self.kinds = {name: Kind() for name in KINDS}
        work = packer.problem.work
        self.home = homes(work)
        self.half = 0.5 * np.maximum(np.ceil(work.option_work), 1.0)
        self.by_size = np.argsort(-packer.size[packer.job], kind="stable")

    def part(self) -> _Part:
        """Units to take out, and the model of where they may go. The plan is as before."""
        packer, plan = self.packer, self.packer.annealer
        problem = packer.problem
        name = drawn(self.kinds, self.rng)
        kind = self.kinds[name]
        units = np.unique(self._units(name, int(kind.units)))
        option, start, usd = plan.option[units], plan.start[units], float(plan.usd[units].sum())
        away = np.full(len(units), -1)
        plan.set(units, away, away)
        jobs, count = np.unique(packer.job[units], return_counts=True)
        counts = np.zeros(problem.work.jobs, dtype=np.int64)
        counts[jobs] = count
        there = option >= 0
        now = Chosen(option[there], start[there], np.ones(int(there.sum()), dtype=np.int64))
        own = np.zeros(len(problem.rows))
        core = CoreModel(replace(problem, count=counts), jobs, own, plan.left, PER_JOB, self.row_price, now)
        plan.set(units, option, start)
        return _Part(kind, units, option, start, usd, core, core.begin(now, problem.work.slots))

    def put(self, part: _Part) -> float:
        """Put units where HiGHS does, if that is cheaper and fits; returns $ saved."""
        packer, plan, outcome = self.packer, self.packer.annealer, part.outcome
        assert outcome is not None
        saved = 0.0
        as_before = (plan.option[part.units] == part.option) & (plan.start[part.units] == part.start)
        if outcome.x is not None and outcome.usd < part.usd and as_before.all():
            chosen, _ = part.core.read(outcome.x)
            plan.set(part.units, *packer.deal(part.units, chosen))
            saved = part.usd - float(plan.usd[part.units].sum())
            if saved <= 0 or not packer.settle():
                plan.set(part.units, part.option, part.start)
                saved = 0.0
        part.kind.learn(saved, part.effort, outcome.status)
        return saved

    def _units(self, name: str, count: int) -> Ints:
        units = len(self.packer.job)
        if name == "any":
            return self.rng.choice(units, size=min(count, units), replace=False)
        if name == "large":
            return self._around(int(self.by_size[int(units * self.rng.random() ** 4)]), count)
        return self._around(int(self.rng.integers(units)), count)

    def _around(self, unit: int, count: int) -> Ints:
        """A unit, what runs at about the time of one of its placements, there or where it is, and some away."""
        packer, plan, work = self.packer, self.packer.annealer, self.packer.problem.work
        job = packer.job[unit]
        options = np.arange(work.job_options[job], work.job_options[job + 1])
        options = options[np.diff(work.option_spans)[options] > 0]
        if len(options) == 0:
            return np.array([unit])
        o = int(self.rng.choice(options))
        k = int(self.rng.integers(work.option_spans[o], work.option_spans[o + 1]))
        middle = self.rng.integers(work.span_first[k], work.span_last[k] + 1) + self.half[o]
        meters = [self.home[o], self.home[self.rng.choice(options)]]
        if plan.option[unit] >= 0:
            meters.append(self.home[plan.option[unit]])
        running = np.flatnonzero(plan.option >= 0)
        running = running[np.isin(self.home[plan.option[running]], meters)]
        half = self.half[plan.option[running]]
        apart = np.maximum(np.abs(plan.start[running] + half - middle) - half - self.half[o], 0.0)
        away = np.flatnonzero(plan.option < 0)
        away = self.rng.choice(away, size=min(len(away), count // 5), replace=False)
        near = np.argsort(apart + self.rng.random(len(apart)), kind="stable")[: count - len(away)]
        return np.concatenate([[unit], running[near], away])
