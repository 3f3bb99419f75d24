"""The ascent: never above the optimum, near the relaxation, repeatable, and better for a good beginning."""

import numpy as np
import pytest
from build import crowded
from oracle.generate import tiny
from oracle.optimum import optimum

from placement.compile import compile_scenario
from placement.loader.load import scenario
from placement.models import exact, highs
from placement.models.form import standard_form
from placement.schema import Scenario
from placement.search.ascent import Smooth, ascend
from placement.search.bound import priced_bound


def relaxed(made: Scenario) -> float:
    form, _ = standard_form(exact.build(compile_scenario(made).problem, "rows").model)
    return highs.solve(form, relax=True).usd


@pytest.mark.parametrize("seed", range(40, 80))
def test_the_bound_is_never_above_the_optimum_of_any_family(seed: int) -> None:
    made = scenario(tiny(seed))
    best = optimum(made)
    problem = compile_scenario(made).problem
    found = ascend(problem, evaluations=25)
    if best.feasible:
        assert found.bound_usd <= best.cost_usd + 1e-4 + 2e-6 * abs(best.cost_usd)


@pytest.mark.parametrize("seed", range(4))
def test_it_comes_near_the_relaxation_and_not_above_it(seed: int) -> None:
    made = crowded(seed)
    problem = compile_scenario(made).problem
    first, found, top = priced_bound(problem).usd, ascend(problem).bound_usd, relaxed(made)
    assert found <= top + 1e-6 * abs(top)
    assert top - found <= 0.02 * (top - first)


def test_the_slope_is_that_of_the_smoothed_bound() -> None:
    problem = compile_scenario(crowded()).problem
    dual = Smooth(problem)
    rng = np.random.default_rng(1)
    at = rng.uniform(0.1, 2.0, len(problem.rows))
    toward = rng.normal(0.0, 1.0, len(at))
    step = 1e-5
    high, low = dual.negative(at + step * toward, 0.05)[0], dual.negative(at - step * toward, 0.05)[0]
    assert (high - low) / (2 * step) == pytest.approx(float(dual.negative(at, 0.05)[1] @ toward), rel=1e-4)


def test_the_same_twice_and_no_lower_from_its_own_prices() -> None:
    problem = compile_scenario(crowded()).problem
    one, two = ascend(problem, evaluations=60), ascend(problem, evaluations=60)
    np.testing.assert_array_equal(one.price, two.price)
    assert ascend(problem, begin=one.price, evaluations=20).bound_usd >= one.bound_usd


def test_it_ends_when_told_to() -> None:
    problem = compile_scenario(crowded()).problem
    found = ascend(problem, over=lambda: True)
    assert found.evaluations < 10
    assert found.bound_usd >= priced_bound(problem).usd
