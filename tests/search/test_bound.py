"""The priced bound: never above the optimum, and as high as the relaxation at the relaxation's own prices."""

import functools

import build
import numpy as np
import pytest

import placement
from placement.compile import compile_scenario
from placement.models import exact, highs
from placement.models.core import dual_bound
from placement.models.form import standard_form
from placement.models.program import program
from placement.schema import Scenario
from placement.search.bound import legal, priced_bound

GRID = {"kind": "grid", "price": 50.0, "limit_mw": 0.02}


def busy() -> Scenario:
    """Eight jobs on two sites: a battery and a gas engine, a quota with a penalty, a flow, a shared data set."""
    rng = np.random.default_rng(4)
    jobs = [
        build.job(
            f"j{k}",
            float(np.round(rng.uniform(0.5, 3), 2)),
            int(rng.integers(1, 7)),
            reject_usd=float(rng.uniform(5, 60)),
            team="x" if k % 3 else "y",
            delay_usd_per_hour=float(rng.uniform(0, 1)),
            count=1 + k % 2,
            **({"dataset": "corpus"} if k % 4 == 0 else {}),
        )
        for k in range(8)
    ]
    plant = build.cluster(
        "plant", 9,
        sources=[
            {**GRID, "price": [50.0, 20.0, 90.0, -5.0, 40.0]},
            {"kind": "gas", "price": 70.0, "carbon_g_per_kwh": 480.0, "limit_mw": 0.01},
            {"kind": "battery", "mw": 0.004, "mwh": 0.01, "initial_mwh": 0.002},
        ],
    )  # fmt: skip
    plain = build.cluster(
        "plain", 7, link={"gbps_in": 1.0, "gbps_out": 1.0, "usd_per_tb_in": 3.0}, power_limit_mw=0.006
    )
    quota = {"name": "quota", "over": {"jobs": {"team": "x"}}, "of": "accelerators", "max": 8.0, "penalty_usd": 1.5}
    return build.scenario(
        [plant, plain],
        jobs,
        slots=5,
        datasets=[{"name": "corpus", "tb": 0.4, "home": "plant"}],
        limits=[quota],
        flows=[{"name": "serve", "demand": 2.0, "unmet_usd_per_accelerator_hour": 0.5}],
        policy={"stage_hours": 1},
    )


@functools.cache
def optimum() -> float:
    """Cost of the best plan of `busy`."""
    return placement.solve(busy(), gap=1e-6, baseline=False).cost_usd


def row_prices(scenario: Scenario) -> tuple[np.ndarray, dict[tuple[int, int], float], float]:
    """Prices of rows and of presence at the optimum of the relaxation, and that optimum, $."""
    problem = compile_scenario(scenario).problem
    model = exact.build(problem, "rows").model
    form, index = standard_form(model)
    outcome = highs.solve(form, relax=True)
    assert outcome.row_dual is not None
    y = -outcome.row_dual  # HiGHS: y = d objective / d right-hand side; a price is what the row costs
    prices = np.zeros(len(problem.rows))
    for r, rows in index.rows["row"].items():
        prices[r] = sum(y[k] for k in rows)
    present = {key: float(sum(y[k] for k in rows)) for key, rows in index.rows.get("present", {}).items()}
    return prices, present, outcome.usd


def test_without_prices_it_is_every_job_alone() -> None:
    problem = compile_scenario(busy()).problem
    best = optimum()
    assert priced_bound(problem).usd <= best + 1e-6


def test_at_the_prices_of_the_relaxation_it_is_at_least_the_relaxation() -> None:
    scenario = busy()
    problem = compile_scenario(scenario).problem
    prices, present, relaxed = row_prices(scenario)
    bound = priced_bound(problem, prices, present)
    best = optimum()
    assert bound.usd >= relaxed - 1e-4 * abs(relaxed)
    assert bound.usd <= best + 1e-6 * abs(best)


@pytest.mark.parametrize("seed", range(6))
def test_no_prices_whatever_bring_it_above_the_optimum(seed: int) -> None:
    scenario = busy()
    problem = compile_scenario(scenario).problem
    best = optimum()
    rng = np.random.default_rng(seed)
    prices, present, _ = row_prices(scenario)
    wild = prices * rng.uniform(0.0, 2.0, len(prices)) + rng.normal(0.0, 1e-2, len(prices)) * np.abs(prices).max()
    bound = priced_bound(problem, wild, {key: value * rng.uniform(0, 2) for key, value in present.items()})
    assert bound.usd <= best + 1e-6 * abs(best)


def test_prices_against_a_side_without_limit_prove_nothing_and_are_dropped() -> None:
    problem = compile_scenario(busy()).problem
    prices = legal(problem, np.full(len(problem.rows), -1e9))
    plain = np.isinf(problem.rows.lower) & np.isnan(problem.rows.penalty)
    assert (prices[plain] == 0).all()
    soft = ~np.isnan(problem.rows.penalty)
    assert (np.abs(prices[soft]) <= problem.rows.penalty[soft]).all()


def test_the_bound_worked_out_from_duals_is_the_solvers() -> None:
    model = program(compile_scenario(busy()).problem)
    outcome = highs.solve(model.form, relax=True)
    assert outcome.row_dual is not None
    own = dual_bound(model.form, outcome.row_dual).bound * model.form.cost_scale + model.form.offset
    assert own == pytest.approx(outcome.usd, rel=1e-7)


def test_both_forms_of_the_model_have_the_same_optimum_and_the_same_rows() -> None:
    from placement.models.substitute import without_readings

    problem = compile_scenario(busy()).problem
    costs = []
    for form_name in ("rows", "differences"):
        built = exact.build(problem, form_name)
        form, index = standard_form(built.model, problem.forced_usd)
        costs.append(highs.solve(form, gap=1e-7).usd)
        plain, _ = without_readings(problem, built, form, index)
        costs.append(highs.solve(plain, gap=1e-7).usd)
    assert costs == pytest.approx([costs[0]] * 4, rel=1e-6)
