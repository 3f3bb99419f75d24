"""Ejection chains in a search: assignments to their optimum, plans that fit, the same plan under a work limit."""

import math

import numpy as np
import pytest
from build import crowded

import placement
from placement import solving
from placement.benchmarks.assignment import Assignment, assignment_scenario
from placement.compile import compile_scenario
from placement.kernels.backend import choose
from placement.search import bound, ejection
from placement.search.annealing import Best
from placement.search.ascent import ascend
from placement.search.packing import Packer
from placement.search.state import State


def assignment(seed: int, agents: int = 4, jobs: int = 24, spare: int = 0) -> tuple[Assignment, float]:
    """An assignment and what a plan of it costs, the cheapest if nothing is spare.

    A job costs 100 less its use, and up to 9 more but for one agent. The jobs of each agent fill it, but for what is
    spare: at a price of 1 for each unit of use all are where they cost least, which proves the optimum.
    """
    rng = np.random.default_rng(seed)
    use = rng.integers(5, 26, (agents, jobs))
    place, there = rng.permutation(np.arange(jobs) % agents), np.arange(jobs)
    capacity = np.bincount(place, weights=use[place, there], minlength=agents).astype(np.int64) + spare
    above = rng.integers(1, 10, (agents, jobs)).astype(np.float64)
    above[place, there] = 0.0
    cost = 100.0 - use + above
    return Assignment(cost, use, capacity), float(cost[place, there].sum())


def start(problem: object, seed: int = 0) -> tuple[Packer, Best, State]:
    """A greedy plan with compiled kernels, where there are any."""
    state = State(constant_usd=problem.constant_usd, gap=0.0, deadline=math.inf)  # type: ignore[attr-defined]
    packer = Packer(problem, choose("cpu"))  # type: ignore[arg-type]
    packer.construct(packer.hardest_first(), np.zeros(len(packer.problem.rows)))
    found = Best(packer, state)
    found.take("greedy")
    return packer, found, state


@pytest.mark.parametrize("seed", range(3))
def test_an_assignment_ends_near_what_the_exact_model_finds(seed: int) -> None:
    scenario = assignment_scenario(assignment(seed, spare=5)[0], "spare")
    best = placement.solve(scenario, gap=0.0, baseline=False).cost_usd
    problem = compile_scenario(scenario).problem
    packer, found, state = start(problem)
    first = state.cost_usd
    assert ejection.eject(packer, found, ascend(problem).price, state, seed, 20_000) == "patience"
    assert best - 1e-6 <= state.cost_usd <= 1.005 * best
    assert state.cost_usd < first
    assert packer.settle()


@pytest.mark.parametrize("seed", range(4))
def test_plans_over_slots_fit_and_are_no_dearer_than_before(seed: int) -> None:
    problem = compile_scenario(crowded(seed)).problem
    packer, found, state = start(problem)
    before = state.cost_usd
    ejection.eject(packer, found, ascend(problem).price, state, seed, 20_000)
    assert state.cost_usd <= before
    assert found.plan is not None
    packer.set(found.plan.option, found.plan.start)
    assert packer.settle()
    assert packer.usd() == pytest.approx(state.cost_usd)


def test_it_finds_a_plan_where_none_is_known() -> None:
    made, best = assignment(5, spare=5)
    problem = compile_scenario(assignment_scenario(made, "exact-fit")).problem
    state = State(constant_usd=problem.constant_usd, gap=0.0, deadline=math.inf)
    packer = Packer(problem, choose("cpu"))
    ejection.eject(packer, Best(packer, state), ascend(problem).price, state, 0, 50_000)
    assert state.cost_usd <= 1.02 * best
    assert packer.settle()


def test_where_few_placements_leave_no_plan_more_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """At prices of zero the cheapest place of each job alone fills one agent over its limit."""
    cost = np.array([[1.0] * 8, [2.0] * 8])
    made = Assignment(cost, np.full((2, 8), 5), np.array([20, 20]))
    problem = compile_scenario(assignment_scenario(made, "halves")).problem
    monkeypatch.setattr(ejection, "MEAN", 1)
    state = State(constant_usd=problem.constant_usd, gap=0.0, deadline=math.inf)
    packer = Packer(problem, choose("cpu"))
    ejection.eject(packer, Best(packer, state), np.zeros(len(packer.problem.rows)), state, 0, 4_000)
    assert state.cost_usd == pytest.approx(4 * 1.0 + 4 * 2.0)


def elite(usd: float, *at: int) -> ejection._Elite:
    return ejection._Elite(usd, np.array(at), np.ones(1))


def test_elites_are_the_cheapest_plans_that_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ejection, "ELITES", 2)
    monkeypatch.setattr(ejection, "NEAR", 2)
    elites: list[ejection._Elite] = []
    assert not ejection._elect(elites, elite(math.inf, 0, 0, 0))
    assert ejection._elect(elites, elite(5.0, 0, 0, 0))
    assert not ejection._elect(elites, elite(5.0, 0, 0, 1))  # nearly the same and no cheaper
    assert ejection._elect(elites, elite(4.0, 0, 0, 1))
    assert ejection._elect(elites, elite(6.0, 1, 1, 0))
    assert not ejection._elect(elites, elite(7.0, 2, 2, 2))
    assert ejection._elect(elites, elite(3.0, 2, 2, 2))
    assert sorted(each.usd for each in elites) == [3.0, 4.0]


def test_mixtures_take_each_unit_from_one_of_two_elites() -> None:
    rng = np.random.default_rng(0)
    few, many = elite(1.0, *[0] * 1000), elite(1.0, *[1] * 1000)
    share = [float(ejection._mixed([few, many], rng)[0].mean()) for _ in range(8)]
    near = [min(abs(each - ejection.MIXED), abs(each - 1.0 + ejection.MIXED)) for each in share]
    assert max(near) < 0.1


def test_more_placements_than_it_looks_at_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ejection, "STARTS", 10)
    packer, found, state = start(compile_scenario(crowded(0)).problem)
    before = state.cost_usd
    assert ejection.eject(packer, found, np.zeros(len(packer.problem.rows)), state, 0, 100) == "patience"
    assert state.cost_usd == before
    assert "chains" not in state.work


@pytest.mark.parametrize("seed", range(2))
def test_a_solve_of_an_assignment_ends_at_the_optimum(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(solving, "ONE_SLOT", 0)
    monkeypatch.setattr(bound, "FEW", 0)
    made, best = assignment(seed, agents=5, jobs=40)
    scenario = assignment_scenario(made, "exact-fit")
    one, two = (placement.solve(scenario, gap=0.0, work_limit=20_000, seed=3) for _ in range(2))
    assert one.cost_usd == two.cost_usd == pytest.approx(best)
    assert one.bound_usd <= best + 1e-6
    assert one.plan is not None
    assert placement.verify(scenario, one.plan).ok


def test_a_small_assignment_that_one_model_does_not_end_goes_on_by_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    made, best = assignment(2, agents=5, jobs=40, spare=2)
    scenario = assignment_scenario(made, "spare")
    monkeypatch.setattr(solving, "ONE_SLOT_S", 1e-3)
    monkeypatch.setattr(ejection, "ENOUGH", 500)
    found = placement.solve(scenario, gap=0.0, time_limit_s=30.0, baseline=False)
    assert found.work["chains"] > 0
    assert found.plan is not None
    assert placement.verify(scenario, found.plan).ok
    assert found.cost_usd <= 1.01 * best
    assert found.bound_usd <= found.cost_usd + 1e-6
