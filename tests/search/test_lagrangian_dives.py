"""Lagrangian dives: bounds that no plan is below, plans that fit, and where they are not asked."""

import math

import numpy as np
import pytest
from build import cluster, crowded, document
from build import job as built
from search.test_ejection import assignment, start

import placement
from placement import solving
from placement.benchmarks.assignment import Assignment, assignment_scenario
from placement.compile import compile_scenario
from placement.kernels.backend import choose
from placement.loader.change import with_tables
from placement.loader.load import scenario
from placement.schema import Scenario, Table
from placement.search import lagrangian_dives
from placement.search.annealing import Best
from placement.search.ascent import ascend
from placement.search.bound import priced_bound
from placement.search.lagrangian_dives import dive
from placement.search.packing import Packer
from placement.search.state import State


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for few placements."""
    monkeypatch.setattr(lagrangian_dives, "FEWEST", 0)


@pytest.mark.parametrize("seed", range(12))
def test_bounds_lie_between_that_of_prices_and_the_optimum(seed: int) -> None:
    """Few large jobs on each agent, where the two differ most; some that may be away as well."""
    rng = np.random.default_rng(seed)
    agents, jobs = int(rng.integers(2, 4)), int(rng.integers(5, 12))
    use = rng.integers(5, 26, (agents, jobs))
    made = Assignment(111.0 - use + rng.integers(0, 10, (agents, jobs)), use, rng.integers(20, 80, agents))
    laid = assignment_scenario(made, "few")
    if seed % 2 or placement.solve(laid, gap=0.0, baseline=False).plan is None:
        laid = _away(laid)
    best = placement.solve(laid, gap=0.0, baseline=False).cost_usd
    problem = compile_scenario(laid).problem
    packer, found, state = start(problem)
    price = ascend(problem).price
    assert dive(packer, found, price, state, seed, 40_000) in ("patience", "gap")
    assert state.bound_usd <= best + 1e-9 * abs(best)
    assert state.bound_usd >= priced_bound(problem, price).usd - 1e-6 * abs(best)
    assert state.bound_source == "knapsacks"
    assert best - 1e-6 <= state.cost_usd <= 1.02 * best


def _away(laid: Scenario) -> Scenario:
    """Jobs may be turned away at 120 $."""
    jobs, count = laid.jobs, len(laid.jobs)
    columns = {**jobs.columns, "must_run": np.zeros(count, dtype=bool), "reject_usd": np.full(count, 120.0)}
    return with_tables(laid, {"jobs": Table(jobs.record, columns)}, {})


@pytest.mark.parametrize("seed", [0, 2])
def test_an_assignment_without_a_plan_at_first_gets_one_near_the_optimum(seed: int) -> None:
    made, _ = assignment(seed, agents=6, jobs=60, spare=3)
    laid = assignment_scenario(made, "many")
    best = placement.solve(laid, gap=0.0, baseline=False, time_limit_s=20.0)
    problem = compile_scenario(laid).problem
    state = State(constant_usd=problem.constant_usd, gap=0.0, deadline=math.inf)
    packer = Packer(problem, choose("cpu"))
    dive(packer, Best(packer, state), ascend(problem).price, state, seed, 40_000)
    assert best.bound_usd - 1e-6 <= state.cost_usd <= 1.005 * best.cost_usd
    assert state.bound_usd <= best.cost_usd
    assert packer.settle()


def test_the_same_plan_each_time() -> None:
    problem = compile_scenario(assignment_scenario(assignment(3, spare=4)[0], "again")).problem
    costs = []
    for _ in range(2):
        packer, found, state = start(problem)
        dive(packer, found, ascend(problem).price, state, 5, 20_000)
        costs.append([(line.source, line.cost_usd, line.bound_usd) for line in state.history])
    assert costs[0] == costs[1]


def test_where_the_time_is_over_it_ends_at_once() -> None:
    problem = compile_scenario(assignment_scenario(assignment(4, spare=4)[0], "late")).problem
    packer, found, state = start(problem)
    state.deadline = -math.inf
    before = state.cost_usd
    assert dive(packer, found, np.zeros(len(problem.rows)), state, 0, None) == "time"
    assert state.cost_usd == before


def test_it_is_not_asked_where_runs_take_from_several_rows_or_in_parts_of_a_unit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    several = compile_scenario(crowded(1)).problem
    packer, found, state = start(several)
    assert dive(packer, found, np.zeros(len(several.rows)), state, 0, 2_000) == "patience"
    assert state.bound_source != "knapsacks"
    counted = compile_scenario(
        scenario(document([cluster("a", 8)], [built("x", 1.0, 3, count=2), built("y", 1.0, 5)], slots=1))
    ).problem
    packer, found, state = start(counted)
    assert dive(packer, found, np.zeros(len(counted.rows)), state, 0, 2_000) == "patience"
    assert state.bound_source != "knapsacks"
    large = compile_scenario(
        assignment_scenario(Assignment(np.ones((2, 3)), np.full((2, 3), 9), np.array([9, 8])), "x")
    )
    large.problem.rows.upper[:] = 8.0
    packer, found, state = start(large.problem)
    assert dive(packer, found, np.zeros(len(large.problem.rows)), state, 0, 2_000) == "patience"
    assert state.bound_source != "knapsacks"
    monkeypatch.setattr(lagrangian_dives, "CELLS", 10)
    problem = compile_scenario(assignment_scenario(assignment(1)[0], "long")).problem
    packer, found, state = start(problem)
    assert dive(packer, found, np.zeros(len(problem.rows)), state, 0, 2_000) == "patience"
    assert state.bound_source != "knapsacks"


def test_solve_uses_it_and_the_plan_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "ONE_SLOT", 10)
    laid = assignment_scenario(assignment(7, agents=5, jobs=40, spare=2)[0], "front")
    result = placement.solve(laid, gap=1e-9, work_limit=20_000, baseline=False)
    assert result.plan is not None
    placement.verify(laid, result.plan).raise_for_errors()
    assert any(line.source == "knapsacks" for line in result.history)
