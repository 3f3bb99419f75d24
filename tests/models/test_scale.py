"""Large numbers beside small ones: a cost that nobody pays, counts in the millions, gates of huge clusters."""

import build
import in_process
import numpy as np
import pytest
from scipy import sparse

import placement
from placement.models.core import dual_bound
from placement.models.form import Form
from placement.models.held import hold


@pytest.fixture(autouse=True)
def _solved_here(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)


def crowd(reject_usd: float) -> placement.Scenario:
    """Jobs of a million units each that fill a cluster, at prices that differ from slot to slot."""
    rng = np.random.default_rng(4)
    jobs = [
        build.job(f"j{k}", float(rng.integers(1, 4)), 1, count=1_000_000, reject_usd=reject_usd, utilization=0.02)
        for k in range(8)
    ]
    prices = [round(float(price), 3) for price in rng.uniform(10, 100, 12)]
    return build.scenario(clusters=[build.cluster(number=3_000_000, energy_price=prices)], jobs=jobs, slots=12)


def test_a_large_loss_that_nobody_bears_changes_nothing() -> None:
    plain, dear = (placement.solve(crowd(usd), gap=0.0, baseline=False) for usd in (1e3, 1e12))
    assert plain.rejected == dear.rejected == 0
    assert dear.cost_usd == pytest.approx(plain.cost_usd, rel=1e-5)
    assert dear.bound_usd <= plain.cost_usd * (1 + 1e-9)


def test_a_dear_module_that_nobody_orders_changes_nothing() -> None:
    plain = crowd(1e3)
    document = [{"name": "hall", "accelerators": 8, "usd": 1e11, "max": 1}]
    dear = plain.replace("clusters.earth.modules", document).replace("horizon.period_slots", 1)
    costs = [placement.solve(made, gap=0.0, baseline=False) for made in (plain, dear)]
    assert costs[1].bound_usd <= costs[0].cost_usd * (1 + 1e-9)
    assert costs[1].cost_usd == pytest.approx(costs[0].cost_usd, rel=1e-5)


def test_held_values_break_a_row_of_millions_by_two() -> None:
    one = np.ones(1)
    form = Form(
        cost=one,
        offset=0.0,
        base=0.0,
        lower=0 * one,
        upper=5e6 * one,
        integer=np.ones(1, dtype=bool),
        matrix=sparse.csr_array(np.ones((1, 1))),
        row_lower=np.full(1, -np.inf),
        row_upper=np.full(1, 2_999_998.0),
        cost_scale=1.0,
        row_scale=one,
    )
    assert hold(form, np.array([0]), np.array([3_000_000.0])) is None
    assert hold(form, np.array([0]), np.array([2_999_998.0])) is not None


def test_a_start_that_no_longer_fits_by_two_units_is_left_out() -> None:
    job = build.job("j", 1.0, 1, count=3_000_000, reject_usd=5.0, utilization=0.02)
    before = build.scenario(clusters=[build.cluster(number=3_000_000)], jobs=[job], slots=1)
    old = placement.solve(before, baseline=False).plan
    after = build.scenario(clusters=[build.cluster(number=2_999_998)], jobs=[job], slots=1)
    result = placement.solve(after, baseline=False, start=old)
    assert result.rejected == 2


def test_a_gap_is_one_also_where_the_cost_is_below_the_constant() -> None:
    from placement.result import gap_of

    assert gap_of(-10.0, -11.0, 0.0) == pytest.approx(0.1)
    assert gap_of(5.0, 5.0, 5.0) == 0.0
    assert gap_of(5.0, 4.0, 5.0) == np.inf


def test_holding_values_and_working_out_bounds_leave_the_matrix_alone() -> None:
    """Threads share it: nothing may tidy it up in place, not even entries that stand twice."""
    one = np.ones(1)
    twice = sparse.csr_array((np.ones(2), np.array([0, 0]), np.array([0, 2])), shape=(1, 1))
    form = Form(one, 0.0, 0.0, 0 * one, 9 * one, one > 0, twice, np.full(1, -np.inf), 8 * one, 1.0, one)
    assert hold(form, np.array([0]), np.array([4.0])) is not None
    assert hold(form, np.array([0]), np.array([5.0])) is None
    dual_bound(form, -one)
    assert form.matrix.nnz == 2
