"""One job for many alike, and what its prices say of all."""

import build
import numpy as np
import pytest

import placement
from placement.compile import compile_scenario
from placement.kernels.work import Floats
from placement.problem import Problem
from placement.search.bound import priced_bound
from placement.search.packing import sizes
from placement.search.sample import alike
from placement.search.sifting import sift
from placement.search.steady import steady_prices
from placement.search.supply import supply_of


def many(seed: int = 0, campaigns: int = 12) -> placement.Scenario:
    """Campaigns of many sizes in 48 slots, with no more room than half of them need."""
    rng = np.random.default_rng(seed)
    given = [
        {
            "name": f"c{k}",
            "per_year": 8766 * float(rng.uniform(0.5, 3)),
            "hours": float(rng.uniform(0.5, 4)),
            "accelerators": float(rng.uniform(1, 9)),
            "sizes": {"number": 3, "sigma": 0.5},
            "reject_usd": float(rng.uniform(20, 90)),
            "deadline_days": 0.6,
        }
        for k in range(campaigns)
    ]
    prices = [{"energy_price": [40.0 + 30.0 * (t % 5) for t in range(48)]}, {"energy_price": 90.0}]
    clusters = [build.cluster(name, 60, **more) for name, more in zip("ab", prices, strict=True)]
    return placement.scenario(build.document(clusters, [], slots=48, campaigns=given))


def weights(problem: Problem, size: Floats) -> Floats:
    """(slots + 1,) what is asked for, by slot."""
    slot = np.searchsorted(problem.work.edges, problem.work.job_ready, side="right")
    return np.bincount(slot, problem.count * size, problem.work.slots + 1)


@pytest.mark.parametrize("most", [60, 200, 10_000])
def test_few_ask_for_as_much_in_each_slot(most: int) -> None:
    problem = compile_scenario(many()).problem
    size = sizes(problem.work)
    few = alike(problem, size, most)
    assert few.work.jobs <= max(most, 48) + 48 * len(np.unique(np.diff(problem.work.job_options)))
    assert few.work.jobs == problem.work.jobs or most < problem.work.jobs
    assert (few.count >= 1).all()
    there, here = weights(problem, size), weights(few, sizes(few.work))
    np.testing.assert_allclose(here, there, rtol=0.15, atol=size.max())
    assert here.sum() == pytest.approx(there.sum(), rel=0.02)


def test_with_room_for_all_it_is_all() -> None:
    problem = compile_scenario(many()).problem
    few = alike(problem, sizes(problem.work), problem.work.jobs)
    assert few.work.jobs == problem.work.jobs
    np.testing.assert_array_equal(few.count, problem.count)
    np.testing.assert_array_equal(few.reject_usd, problem.reject_usd)


def test_jobs_without_units_are_left_out_and_none_are_none() -> None:
    problem = compile_scenario(many()).problem
    problem.count[::2] = 0
    few = alike(problem, sizes(problem.work), problem.work.jobs)
    assert few.work.jobs == (problem.count > 0).sum()
    problem.count[:] = 0
    assert alike(problem, sizes(problem.work), 5) is problem


def test_its_prices_prove_nearly_as_much_of_all() -> None:
    problem = compile_scenario(many()).problem
    supply = supply_of(problem)
    none = np.zeros(0, dtype=np.int64)

    def prices(of: Problem) -> Floats:
        start = steady_prices(of)
        return sift(of, supply, none, none, start, lambda: False, lambda _: None, lambda: 1e9, None).row_price

    best = priced_bound(problem, prices(problem), supply=supply).usd
    few = alike(problem, sizes(problem.work), problem.work.jobs // 5)
    assert few.work.jobs < problem.work.jobs / 2
    found = priced_bound(problem, prices(few), supply=supply).usd
    worst = priced_bound(problem, supply=supply).usd
    assert found <= best + 1e-6 * abs(best)
    assert best - found < 0.1 * (best - worst)
