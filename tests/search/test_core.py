"""The largest jobs together: bounds never above the optimum and equal to it with every job kept, places that fit."""

import numpy as np
import pytest
from oracle.generate import tiny
from oracle.optimum import optimum
from search.test_packing import crowded

import placement
from placement.compile import compile_scenario
from placement.kernels.placements import placements
from placement.loader.load import scenario
from placement.models.rows import placement_rows
from placement.problem import Problem
from placement.search import core
from placement.search.bound import priced_bound
from placement.search.packing import Packer, is_packing, sizes


def prices(problem: Problem, seed: int) -> np.ndarray:
    """Prices of rows, half of them 0."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(len(problem.rows)) < 0.5, 0.0, rng.exponential(0.3, len(problem.rows)))


@pytest.mark.parametrize("seed", range(3))
def test_the_bound_lies_between_the_priced_one_and_the_optimum(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    made = crowded(seed, jobs=12)
    problem = compile_scenario(made).problem
    best = placement.solve(made, gap=1e-7, baseline=False).cost_usd
    slip = 1e-4 + 2e-6 * abs(best)
    row_price = prices(problem, seed)
    monkeypatch.setattr(core, "NODES", 10**6)
    for columns in (1, 200, 10**6):
        monkeypatch.setattr(core, "HARD_CORE_COLUMNS", columns)
        for price in (row_price, 0.0 * row_price):
            bound = core.hard_core_bound(problem, price, sizes(problem.work), 20.0, None)
            assert priced_bound(problem, price).usd - slip <= bound <= best + slip
    assert bound == pytest.approx(best, rel=1e-4)  # every job kept, no prices: the problem itself


def test_the_bound_is_never_above_the_optimum_of_what_is_packing() -> None:
    held = 0
    for seed in range(100):
        made = scenario(tiny(seed))
        problem = compile_scenario(made).problem
        best = optimum(made) if is_packing(problem) else None
        if best is not None and best.feasible:
            bound = core.hard_core_bound(problem, prices(problem, seed), sizes(problem.work), 20.0, None)
            assert bound <= best.cost_usd + 1e-4 + 2e-6 * abs(best.cost_usd)
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
    packer.place(chosen.option, chosen.start, chosen.count)
    assert (packer.annealer.left >= -1e-5).all()
