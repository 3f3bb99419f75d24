"""The largest jobs together: bounds never above the optimum and equal to it with every job kept, places that fit."""

import math
from functools import cache

import in_process
import numpy as np
import pytest
from build import crowded
from search.drawn import packings

import placement
from placement.compile import compile_scenario
from placement.kernels.placements import placements
from placement.models.rows import placement_rows
from placement.problem import Problem
from placement.search import core
from placement.search.annealing import Best
from placement.search.ascent import ascend
from placement.search.bound import priced_bound
from placement.search.core_model import CoreModel
from placement.search.exact_core import exact_core
from placement.search.packing import Packer, sizes
from placement.search.state import State


def prices(problem: Problem, seed: int) -> np.ndarray:
    """Prices of rows, half of them 0."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(len(problem.rows)) < 0.5, 0.0, rng.exponential(0.3, len(problem.rows)))


@cache
def best_usd(seed: int) -> float:
    """The optimum of nine jobs."""
    with pytest.MonkeyPatch.context() as patch:
        in_process.use(patch)
        return placement.solve(crowded(seed, jobs=9), gap=1e-7, baseline=False).cost_usd


@pytest.mark.parametrize("seed", range(3))
def test_the_bound_lies_between_the_priced_one_and_the_optimum(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    in_process.use(monkeypatch)
    problem, best = compile_scenario(crowded(seed, jobs=9)).problem, best_usd(seed)
    slip = 1e-4 + 2e-6 * abs(best)
    row_price = prices(problem, seed)
    monkeypatch.setattr(core, "NODES", 10**6)
    for columns in (1, 200, 10**6):
        monkeypatch.setattr(core, "HARD_CORE_COLUMNS", columns)
        for price in (row_price, 0.0 * row_price):
            bound = core.hard_core_bound(problem, price, sizes(problem.work), 20.0, None)
            assert priced_bound(problem, price).usd - slip <= bound <= best + slip
    assert bound == pytest.approx(best, rel=1e-4)  # every job kept, no prices: the problem itself


def test_the_bound_is_never_above_the_optimum_of_what_is_packing(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)
    held = 0
    for seed, problem, best_usd in packings(range(100)):
        bound = core.hard_core_bound(problem, prices(problem, seed), sizes(problem.work), 20.0, None)
        assert bound <= best_usd + 1e-4 + 2e-6 * abs(best_usd)
        held += 1
    assert held >= 5


@pytest.mark.parametrize("seed", range(2))
def test_tiers_fit_and_hold_each_job_once(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(core, "TIER", 6)
    problem = compile_scenario(crowded(seed)).problem
    seen: list[int] = []

    def reprice(rest: Problem, price: np.ndarray) -> np.ndarray:
        seen.append(int((rest.count > 0).sum()))
        return price

    chosen, jobs, _ = core.relax_and_fix(
        problem, prices(problem, seed), sizes(problem.work), reprice, lambda: 20.0, None
    )
    assert len(jobs) >= core.TIERS_SHARE * problem.work.jobs
    assert seen == sorted(seen, reverse=True)
    job = np.searchsorted(problem.work.job_options, chosen.option, side="right") - 1
    assert set(job.tolist()) <= set(jobs.tolist())
    assert (np.bincount(job, weights=chosen.count, minlength=problem.work.jobs) <= problem.count).all()
    use = placement_rows(problem, placements(problem.work, chosen.option, chosen.start)) @ chosen.count.astype(float)
    assert (use <= problem.rows.upper + 1e-5).all()
    packer = Packer(problem)
    packer.place(chosen)
    assert (packer.annealer.left >= -1e-5).all()


@pytest.mark.parametrize("seed", range(3))
def test_a_dive_around_the_relaxation_fits_and_holds_each_job_once(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    for name, value in (("TIER", 5), ("DIVE_PER_JOB", 5)):  # few are left free
        monkeypatch.setattr(core, name, value)
    problem = compile_scenario(crowded(seed)).problem
    found = core.dive(problem, prices(problem, seed), seed, lambda: 20.0, None)
    assert found is not None
    job = np.searchsorted(problem.work.job_options, found.option, side="right") - 1
    assert (np.bincount(job, weights=found.count, minlength=problem.work.jobs) <= problem.count).all()
    packer = Packer(problem)
    packer.place(found)
    assert packer.settle()
    assert packer.usd() >= ascend(problem).bound_usd


def test_a_dive_ends_where_there_is_no_time_or_the_relaxation_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = compile_scenario(crowded(1)).problem
    none = np.zeros(len(problem.rows))
    assert core.dive(problem, none, 0, lambda: 0.0, None) is None
    monkeypatch.setattr(core, "DIVE_ENTRIES", 10)
    assert core.dive(problem, none, 0, lambda: 20.0, None) is None


@pytest.mark.parametrize("seed", range(3))
def test_placements_left_out_by_reduced_cost_are_in_no_better_plan(seed: int) -> None:
    """From any plan and at any prices branch and bound on what is left ends at the optimum."""
    problem, best = compile_scenario(crowded(seed, jobs=9)).problem, best_usd(seed)
    for row_price in (prices(problem, seed), ascend(problem).price):
        state = State(constant_usd=problem.constant_usd, gap=1e-7, deadline=math.inf)
        packer = Packer(problem)
        found = Best(packer, state)
        packer.construct(packer.hardest_first(), np.zeros(len(problem.rows)))
        found.take("greedy")
        assert exact_core(packer, found, row_price, state, 0) == "optimal"
        assert state.cost_usd == pytest.approx(best, rel=2e-6)
        assert state.bound_usd <= best + 1e-4 + 2e-6 * abs(best)
        assert state.bound_usd == pytest.approx(best, rel=1e-5)


def test_room_for_reduced_cost_leaves_placements_out() -> None:
    problem = compile_scenario(crowded(0)).problem
    price = ascend(problem).price
    jobs, own = np.arange(problem.work.jobs), np.zeros(len(problem.rows))
    every, few = (
        CoreModel(problem, jobs, own, problem.rows.upper, None, price, None, room) for room in (math.inf, 5.0)
    )
    assert len(few.option) < len(every.option)
    assert set(zip(few.option.tolist(), few.start.tolist(), strict=True)) < set(
        zip(every.option.tolist(), every.start.tolist(), strict=True)
    )
