"""What a cheaper plan of an assignment can have: against all plans, and what branch and bound says of it."""

import itertools
import math

import numpy as np
import pytest
from search.test_ejection import start

from placement.benchmarks.assignment import Assignment, assignment_scenario
from placement.compile import compile_scenario
from placement.kernels.knapsack import Knapsacks, fill
from placement.search import lagrangian_dives
from placement.search.ascent import ascend
from placement.search.knapsack_core import Core, core_of, rounded_up, solve, step_of


class Made:
    """A small assignment: items by row, then being away for some units."""

    def __init__(self, seed: int, whole: bool):
        rng = np.random.default_rng(seed)
        self.rows, self.units = int(rng.integers(2, 4)), int(rng.integers(3, 7))
        job, row = (a.reshape(-1) for a in np.meshgrid(np.arange(self.units), np.arange(self.rows)))
        some = rng.random(len(job)) < 0.9
        job, row = job[some], row[some]
        away = np.flatnonzero(rng.random(self.units) < 0.5)
        first = np.searchsorted(row, np.arange(self.rows + 1))
        size = rng.integers(0 if seed % 5 == 0 else 1, 9, len(job))
        self.knapsacks = Knapsacks(first, size, rng.integers(4, 16, self.rows))
        self.row = row
        self.job = np.concatenate([job, away])
        usd = rng.uniform(1, 20, len(job)) - 0.5 * size
        self.usd = np.concatenate([usd, rng.uniform(15, 30, len(away))])
        if whole:
            self.usd = np.rint(self.usd)
        self.price = rng.uniform(5, 20, self.units)

    def bound(self) -> float:
        reduced = self.usd - self.price[self.job]
        inside = len(self.knapsacks.size)
        cost, _ = fill(self.knapsacks, reduced[:inside])
        return float(self.price.sum() + cost.sum() + np.minimum(reduced[inside:], 0.0).sum())

    def plans(self) -> list[tuple[float, tuple[int, ...]]]:
        """All that fit, the cheapest first: cost and placement of each unit."""
        found = []
        ways = [np.flatnonzero(self.job == unit).tolist() for unit in range(self.units)]
        inside = len(self.knapsacks.size)
        for at in itertools.product(*ways):
            there = [n for n in at if n < inside]
            used = np.bincount(self.row[there], self.knapsacks.size[there], self.rows)
            if (used <= self.knapsacks.room).all():
                found.append((float(self.usd[list(at)].sum()), at))
        return sorted(found)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("seed", range(15))
def test_every_cheaper_plan_lies_in_the_core(seed: int, whole: bool) -> None:
    made = Made(seed, whole)
    plans = made.plans()
    if not plans:
        return
    bound = made.bound()
    assert bound <= plans[0][0] + 1e-9
    step = step_of(made.usd)
    assert (step >= 1.0) == whole
    for best_usd in {plans[0][0], plans[len(plans) // 2][0], plans[-1][0]}:
        core = core_of(made.knapsacks, made.job, made.usd, made.price, bound, best_usd, step)
        for usd, at in plans:
            if usd < best_usd - 1e-9:
                assert set(at) <= set(core.keep.tolist())
                assert set(core.sure.tolist()) <= set(at)


@pytest.mark.parametrize("seed", range(4))
def test_it_is_solved_to_the_cheapest_plan_or_to_none(seed: int) -> None:
    made = Made(seed, whole=seed % 2 == 0)
    plans = made.plans()
    assert plans
    step = step_of(made.usd)
    for best_usd in (plans[-1][0], plans[0][0]):
        core = core_of(made.knapsacks, made.job, made.usd, made.price, made.bound(), best_usd, step)
        given = (made.knapsacks, made.job, made.usd, made.units, step)
        solved = solve(core, *given, time_limit_s=60.0, node_limit=None, seed=0, stop=None)
        if best_usd > plans[0][0]:
            assert solved.at is not None
            assert made.usd[solved.at].sum() == pytest.approx(plans[0][0])
            assert made.job[solved.at].tolist() == list(range(made.units))
            assert solved.bound_usd <= plans[0][0] + 1e-4
        elif step:
            assert solved.at is None
            assert solved.bound_usd >= best_usd - 1e-4  # nothing is cheaper
        else:
            assert solved.at is None or made.usd[solved.at].sum() == pytest.approx(best_usd)


def test_a_unit_that_no_cheaper_plan_has_a_place_for_ends_it_at_once() -> None:
    made = Made(0, whole=True)
    nothing = Core(np.flatnonzero(made.job != 0), np.zeros(0, dtype=np.int64), 0.0)
    solved = solve(nothing, made.knapsacks, made.job, made.usd, made.units, 1.0, 1.0, None, 0, None)
    assert solved.at is None
    assert solved.bound_usd == math.inf


def test_steps_of_costs_and_bounds_brought_up_to_them() -> None:
    assert step_of(np.array([6.0, 9.0, np.inf, -3.0])) == 3.0
    assert step_of(np.array([6.0, 9.0, 0.5])) == 0.0
    assert step_of(np.array([np.inf])) == 0.0
    assert step_of(np.array([2.0**60])) == 0.0
    assert rounded_up(100.1, 1.0) == 101.0
    assert rounded_up(100.0 + 1e-9, 1.0) == 100.0 + 1e-9
    assert rounded_up(100.1, 25.0) == 125.0
    assert rounded_up(100.1, 0.0) == 100.1
    assert rounded_up(-math.inf, 1.0) == -math.inf


def test_dives_ask_it_where_they_get_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans are proven the best that dives alone leave open."""
    monkeypatch.setattr(lagrangian_dives, "FEWEST", 0)
    left = []
    for after in (10**9, 1):
        monkeypatch.setattr(lagrangian_dives, "CORE_AFTER", after)
        ends = []
        for seed in (2, 3):
            rng = np.random.default_rng(seed)
            use = rng.integers(5, 26, (3, 16))
            made = Assignment(111.0 - use + rng.integers(0, 10, use.shape), use, np.full(3, 90))
            problem = compile_scenario(assignment_scenario(made, "few")).problem
            packer, found, state = start(problem)
            ends.append(lagrangian_dives.dive(packer, found, ascend(problem).price, state, seed, 20_000))
            left.append(state.cost_usd - state.bound_usd)
    assert max(left[:2]) >= 1.0
    assert ends == ["gap"] * 2
    assert max(left[2:]) <= 1e-4
