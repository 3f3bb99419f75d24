"""The product against the oracle: same optimum, a plan that the verifier takes at that cost, no bound above it."""

import math
from typing import Any

import numpy as np
from oracle.optimum import Optimum, optimum

import placement
from placement.compile import compile_scenario
from placement.models import exact, highs
from placement.models.form import standard_form
from placement.problem import Problem
from placement.schema import Scenario
from placement.search.bound import priced_bound


def allowed(cost: float) -> float:
    """What two optima may differ by: the solver's tolerance of 1e-6 on rows, at the prices of these scenarios."""
    return 1e-4 + 2e-6 * abs(cost)


def prices_of_the_relaxation(problem: Problem) -> tuple[np.ndarray, dict[tuple[int, int], float]]:
    """Prices of rows and of presence, zero where there is no relaxation."""
    form, index = standard_form(exact.build(problem, "rows").model)
    dual = highs.solve(form, relax=True).row_dual
    y = np.zeros(len(form.row_lower)) if dual is None else -dual
    prices = np.zeros(len(problem.rows))
    for row, members in index.rows.get("row", {}).items():
        prices[row] = y[members].sum()
    present = {key: float(y[members].sum()) for key, members in index.rows.get("present", {}).items()}
    return prices, present


def bounds(made: Scenario, seed: int) -> dict[str, float]:
    """The priced bound without prices, at those of the relaxation, and at random ones."""
    problem = compile_scenario(made).problem
    prices, present = prices_of_the_relaxation(problem)
    rng = np.random.default_rng(seed)
    wild = prices * rng.uniform(0, 2, len(prices))
    wild = wild + rng.normal(0, 0.1, len(prices)) * np.abs(prices).max(initial=0.0)
    some = {key: value * rng.uniform(0, 2) for key, value in present.items()}
    return {
        "none": priced_bound(problem).usd,
        "relaxed": priced_bound(problem, prices, present).usd,
        "random": priced_bound(problem, wild, some).usd,
    }


def disagreements(made: Scenario, seed: int) -> list[str]:
    """What product and oracle do not agree on; `seed` for random prices."""
    true = optimum(made)
    result = placement.solve(made, gap=1e-9, baseline=False)
    found = list(_of_result(made, result, true))
    if true.feasible:
        most = true.cost_usd + allowed(true.cost_usd)
        found += [f"bound at {name} prices: {usd}" for name, usd in bounds(made, seed).items() if usd > most]
    return [f"seed {seed}, {made.title}, optimum {true}: {text}" for text in found]


def _of_result(made: Scenario, result: Any, true: Optimum) -> list[str]:
    if not true.feasible:
        return [] if result.status == placement.Status.INFEASIBLE else [f"{result.status}, but there is no plan"]
    if result.plan is None:
        return [f"{result.status}: {result.message}"]
    found = []
    if not math.isclose(result.cost_usd, true.cost_usd, rel_tol=0, abs_tol=allowed(true.cost_usd)):
        found.append(f"cost {result.cost_usd}")
    if result.bound_usd > true.cost_usd + 1e-6:
        found.append(f"bound {result.bound_usd}")
    checked = placement.verify(made, result.plan)
    if not checked.ok or not math.isclose(checked.cost_usd, result.cost_usd, rel_tol=1e-9, abs_tol=0.01):
        found.append(f"verifier: {checked.cost_usd}, {checked.findings}")
    return found
