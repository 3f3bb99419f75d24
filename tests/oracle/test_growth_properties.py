"""What must hold of optima of growth whatever the numbers are: more is no worse, nothing to order is nothing."""

import math
from functools import cache
from typing import Any

import in_process
import pytest
from oracle import growth_changes as change
from oracle.compared import allowed
from oracle.draw import Record
from oracle.expansion import rules, tiny_growth
from oracle.growth_changes import Change
from oracle.growth_paper import batch, earth, hall, rocket, sky
from oracle.paper import job

import placement
from placement.errors import ScenarioError
from placement.loader.load import scenario

SEEDS = range(530)
MOST = 40
"""Seeds for each property."""


@pytest.fixture(autouse=True)
def _solved_here(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)


def solved(document: Record) -> Any:
    """The product's optimal plan."""
    return placement.solve(scenario(document), gap=1e-9, baseline=False)


def cost(document: Record) -> float:
    """Cost of the optimal plan, infinite if there is none."""
    result = solved(document)
    assert result.plan is not None or result.status == placement.Status.INFEASIBLE
    return float(result.cost_usd)


@cache
def plain(seed: int) -> float:
    """Cost of a scenario as it is drawn."""
    return cost(tiny_growth(seed))


def seeds_with(*names: str) -> list[int]:
    """Seeds whose scenarios have flights, or one of some rules."""
    return [s for s in SEEDS if (rules(s) & set(names) if names else tiny_growth(s)["vehicles"])][:MOST]


CADENCES = ("cadence_list", "cadence_per_year", "open_share", "vehicle_dates")
BUDGETS = ("budget_per_slot", "budget_per_period", "budget_per_horizon")
NO_WORSE: dict[str, tuple[Change, tuple[str, ...]]] = {
    "more flights": (change.more_flights, CADENCES),
    "cheaper flights": (change.half_price, ()),
    "a higher budget": (change.twice_the_budget, BUDGETS),
    "no budget": (change.without_budget("investment_usd"), BUDGETS),
}


@pytest.mark.parametrize("name", NO_WORSE)
def test_more_is_no_worse(name: str) -> None:
    """The optimum is no higher with it, and lower for some seed."""
    differ, names = NO_WORSE[name]
    gains = []
    for seed in seeds_with(*names):
        document = tiny_growth(seed)
        differ(document)
        more = cost(document)
        assert more <= plain(seed) + allowed(more), f"seed {seed}"
        gains.append(more < plain(seed) - allowed(more))
    assert any(gains)


def test_a_larger_payload_is_no_worse() -> None:
    """Where nothing is credited at the end: a module's part of a flight falls with the payload."""
    gains = []
    for seed in seeds_with():
        document = tiny_growth(seed)
        change.nothing_left(document)
        before = cost(document)
        change.half_more_payload(document)
        more = cost(document)
        assert more <= before + allowed(more), f"seed {seed}"
        gains.append(more < before - allowed(more))
    assert any(gains)


@pytest.mark.parametrize("seed", range(0, 530, 13))
def test_nothing_to_order_is_a_fixed_fleet(seed: int) -> None:
    """Modules of which there can be none cost and bring what no modules do."""
    fixed, empty = tiny_growth(seed), tiny_growth(seed)
    change.no_modules(fixed)
    change.none_of_any(empty)
    try:
        expected = cost(fixed)
    except ScenarioError:
        pytest.skip("the fleet alone is no scenario: something names a module's pool")
    assert math.isclose(cost(empty), expected, rel_tol=0, abs_tol=allowed(expected) if expected < math.inf else 0)


# --- work that fits only after something is built ---

GENERATIONS = [{"accelerator": "ref", "accelerators": 1}, {"accelerator": "twice", "accelerators": 4}]
TWICE = {"name": "twice", "bf16_tflops": 2000.0, "memory_gb": 80.0, "kw": 20.0}
LATER: dict[str, Record] = {
    "halls": earth(hall(accelerators=2, max=2), jobs=[job(accelerators=4, reject_usd=None)]),
    "satellites": sky(batch(max=2), vehicles=[rocket()], jobs=[job(accelerators=4, reject_usd=None)]),
    "power": earth(
        hall(accelerators=0, power_mw=0.02, max=2),
        number=4,
        site={"power_limit_mw": 0.0},
        jobs=[job(accelerators=4, reject_usd=None)],
    ),
    "a resource": earth(
        hall(accelerators=0, gives={"shell": 1.0}, max=2),
        number=4,
        site={"resources": {"shell": 0.5}},
        jobs=[job(accelerators=4, uses={"shell": 2}, reject_usd=None)],
    ),
    "a generation": earth(
        {"name": "hall", "max": 1, "usd": 5.0, "generations": [GENERATIONS[1]]},
        jobs=[job(accelerators=4, reject_usd=None)],
        accelerators=[{"name": "ref", "bf16_tflops": 1000.0, "memory_gb": 80.0, "kw": 10.0}, TWICE],
    ),
}


@pytest.mark.parametrize("worth", [None, 99.0])
@pytest.mark.parametrize("name", LATER)
def test_work_that_fits_only_after_a_build_is_placed(name: str, worth: float | None) -> None:
    """It is not taken out beforehand: what it needs is built, whether it must run or is worth it."""
    document = {**LATER[name]}
    document["jobs"] = [row | {"reject_usd": worth} for row in document["jobs"]]
    plan = solved(document).plan
    assert plan.jobs["placed"].tolist() == [1]
    assert plan.builds["number"].sum() >= 1


@pytest.mark.parametrize("name", LATER)
def test_work_that_is_not_worth_a_build_is_turned_away(name: str) -> None:
    """Nothing is built for it, and where it must run and nothing can be, there is no plan."""
    document = {**LATER[name]}
    document["jobs"] = [row | {"reject_usd": 1.0} for row in document["jobs"]]
    plan = solved(document).plan
    assert plan.jobs["rejected"].tolist() == [1]
    assert len(plan.builds) == 0


def test_random_work_that_must_run_and_is_too_large_gets_its_modules() -> None:
    """In every scenario drawn so that has a plan, something is ordered, and without modules there is none."""
    seen = 0
    for seed in [s for s in SEEDS if "must_run_after" in rules(s)][:MOST]:
        result = solved(tiny_growth(seed))
        if result.plan is None:
            continue
        document = tiny_growth(seed)
        change.none_of_any(document)
        if not math.isinf(cost(document)):
            continue
        assert result.plan.builds["number"].sum() >= 1, f"seed {seed}"
        seen += 1
    assert seen >= 10
