"""Large-neighbourhood search on a model that has supply: some jobs of a plan are left free, and HiGHS puts them back as
well as it can, with all of supply.

Kinds of neighbourhoods, drawn by what they have saved for their effort (`neighbourhoods`):

- `around`: jobs that run, or could, at about one time on one cluster or another, and some that are away;
- `any`: jobs at random.

Jobs in segments or in an order are left free together.
"""

import math
import time

import numpy as np
from numpy.typing import NDArray

from placement.kernels.work import Floats, Ints
from placement.models import highs
from placement.models.held import hold
from placement.models.program import Program
from placement.models.read import placement_columns
from placement.search.neighbourhoods import Kind, drawn, effort
from placement.search.state import State

KINDS = ("around", "any")

LIMIT_S, NODES = 4.0, 400
"""Of HiGHS for a neighbourhood; under a work limit its nodes alone are limited."""

GAP = 1e-6
"""At which it may stop."""

PATIENCE = 40
"""Neighbourhoods in a row that save nothing, after which the search ends."""

LEAST_SAVED = 1e-7
"""Share of what is decided on below which nothing counts as saved."""


def search(program: Program, state: State, seed: int, most: int | None) -> str:
    """Neighbourhoods of the best plan until something ends it; returns what did: gap, time, work, patience, stopped.

    Parameters
    ----------
    program : Program
    state : State
        With a plan in the program's columns.
    seed : int
    most : int, optional
        At most so many neighbourhoods, and no clock: the same plan each time.
    """
    hood = _Parts(program, seed)
    fruitless = done = 0
    while True:
        if state.reached:
            return "gap"
        if state.over:
            return "stopped" if state.stopped else "time"
        if state.x is None or (most is None and fruitless >= PATIENCE):
            return "patience"
        if most is not None and done >= most:
            return "work"
        saved = hood.one(state, math.inf if most is not None else min(LIMIT_S, state.left_s))
        fruitless = 0 if saved > LEAST_SAVED * abs(state.cost_usd - state.constant_usd) else fruitless + 1
        done += 1
        state.work["neighbourhoods"] = state.work.get("neighbourhoods", 0) + 1


class _Parts:
    """Which jobs are left free."""

    def __init__(self, program: Program, seed: int):
        self.program = program
        problem, exact = program.problem, program.exact
        work = problem.work
        self.rng = np.random.default_rng(seed)
        self.kinds = {name: Kind() for name in KINDS}
        self.column = placement_columns(exact, program.index)
        self.job, self.placed = exact.job, exact.placed
        use = work.option_uses[self.placed.option]
        has = work.option_uses[self.placed.option + 1] > use
        self.home = np.where(has, work.use_meter[np.where(has, use, 0)], -1)
        m = exact.model
        self.away = [
            (
                np.array(list(some.index_set()), dtype=np.int64),
                np.array([program.index.column(v) for v in some.values()]),
            )
            for some in (m.rejected, m.deferred)
        ]
        self.family = _families(program)

    def one(self, state: State, limit_s: float) -> float:
        """One neighbourhood; returns $ saved."""
        program, x = self.program, state.x
        assert x is not None
        began, before, timed = time.monotonic(), state.cost_usd, math.isfinite(limit_s)
        name = drawn(self.kinds, self.rng)
        kind = self.kinds[name]
        free = self._free(name, int(kind.units), x)
        known = (self.column >= 0) & ~free[self.job]
        columns = [self.column[known]]
        for jobs, column in self.away:
            some = (column >= 0) & ~free[jobs] if len(jobs) else np.zeros(0, dtype=bool)
            columns.append(column[some])
        held_columns = np.concatenate(columns).astype(np.int64)
        held = hold(program.form, held_columns, np.round(x[held_columns]))
        if held is None:
            kind.learn(0.0, effort(time.monotonic() - began, None, timed), "infeasible")
            return 0.0
        begin = np.arange(held.form.columns), x[held.free]
        outcome = highs.solve(
            held.form, gap=GAP, time_limit_s=limit_s, node_limit=NODES, threads=1, start=begin, stop=state.stop
        )
        state.work["nodes"] += outcome.nodes
        if outcome.x is not None:
            state.offer(outcome.usd, held.whole(outcome.x), "neighbourhood")
        saved = before - state.cost_usd
        kind.learn(saved, effort(time.monotonic() - began, outcome, timed), outcome.status)
        return saved

    def _free(self, name: str, count: int, x: Floats) -> NDArray[np.bool_]:
        """(J,) jobs whose placements are left free."""
        jobs = self.program.problem.work.jobs
        chosen = self.rng.permutation(jobs)[:count] if name == "any" else self._around(count, x)
        free = np.zeros(jobs, dtype=bool)
        free[np.isin(self.family, self.family[chosen])] = True
        return free

    def _around(self, count: int, x: Floats) -> Ints:
        """Jobs with a run near one placement's time on its meter or another, and some that are away."""
        problem = self.program.problem
        there = np.flatnonzero((self.column >= 0) & (np.where(self.column >= 0, x[self.column], 0.0) > 0.5))
        centre = int(self.rng.integers(len(self.job)))
        others = np.flatnonzero(self.job == self.job[centre])
        meters = [self.home[centre], self.home[self.rng.choice(others)]]
        first, last = int(self.placed.start[centre]), int(self.placed.last[centre])
        near = there[np.isin(self.home[there], meters)]
        apart = np.maximum(self.placed.start[near] - last, first - self.placed.last[near]).clip(0)
        near = near[np.argsort(apart + self.rng.random(len(near)), kind="stable")]
        placed = np.bincount(self.job[there], x[self.column[there]], problem.work.jobs)
        away = np.flatnonzero(placed < problem.count - 0.5)
        away = self.rng.permutation(away)[: count // 5]
        running = np.unique(self.job[near[: max(count - len(away), 1)]])
        return np.concatenate([[self.job[centre]], running, away])


def _families(program: Program) -> Ints:
    """(J,) a number that jobs in segments or in an order have in common with those tied to them."""
    problem = program.problem
    family = np.arange(problem.work.jobs)
    pairs = [(int(p), int(j)) for j, p in enumerate(problem.previous) if p >= 0]
    for a, b in pairs + [(pair.earlier, pair.later) for pair in problem.after]:
        family[family == family[b]] = family[a]
    return family
