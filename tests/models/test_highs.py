"""The solver in its child process: bounds that hold, limits that hold, stops that are heard."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from placement.errors import SolverError
from placement.models import child, highs, worker
from placement.models.form import Form


def knapsacks(rows: int, columns: int, seed: int = 0) -> Form:
    """A multi-dimensional knapsack to be minimised (values negative), hard from about 40 rows on."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(1, 60, (rows, columns)).astype(np.float64)
    return Form(
        cost=-rng.integers(10, 60, columns).astype(np.float64),
        offset=100.0,
        base=0.0,
        lower=np.zeros(columns),
        upper=np.ones(columns),
        integer=np.ones(columns, dtype=bool),
        matrix=sparse.csr_array(weights),
        row_lower=np.full(rows, -np.inf),
        row_upper=weights.sum(axis=1) // 3,
        cost_scale=2.0,
        row_scale=np.ones(rows),
    )


def test_a_small_program_is_solved_to_proof_in_dollars() -> None:
    form = knapsacks(5, 20)
    outcome = highs.solve(form)
    assert outcome.status == "optimal"
    assert outcome.x is not None
    assert outcome.usd == pytest.approx(2.0 * float(form.cost @ outcome.x) + 100.0)
    assert outcome.usd - 1e-3 * abs(outcome.usd) <= outcome.bound_usd <= outcome.usd


@pytest.mark.parametrize("seed", range(3))
def test_it_ends_at_a_cost_that_is_enough(seed: int) -> None:
    form = replace(knapsacks(12, 40, seed), base=7.0)
    best = highs.solve(form).usd
    enough = best + 0.05 * abs(best)
    one, other = (highs.solve(form, gap=0.0, enough_usd=enough) for _ in range(2))
    assert one.status == "gap"
    assert best <= one.usd < enough
    assert one.bound_usd <= best
    assert (one.usd, one.bound_usd, one.nodes) == (other.usd, other.bound_usd, other.nodes)


@pytest.mark.parametrize("seed", range(3))
def test_no_streamed_bound_is_above_the_optimum_also_with_a_start(seed: int) -> None:
    form = knapsacks(12, 40, seed)
    best = highs.solve(form).usd
    bounds: list[float] = []

    def hear(report: highs.Report, _: object) -> None:
        if report.bound_usd is not None:
            bounds.append(report.bound_usd)

    start = (np.arange(10), np.zeros(10))
    outcome = highs.solve(form, start=start, on_report=hear)
    assert outcome.usd == pytest.approx(best)
    assert all(bound <= best + 1e-6 for bound in bounds)


def test_a_start_that_is_part_of_a_plan_is_completed_and_told_first() -> None:
    form = knapsacks(12, 40)
    heard: list[float | None] = []
    outcome = highs.solve(
        form, start=(np.arange(40), np.zeros(40)), on_report=lambda report, x: heard.append(report.usd)
    )
    assert heard[0] == pytest.approx(100.0)
    assert outcome.usd < 100.0


def test_a_time_limit_ends_what_would_not_end_and_what_was_found_counts() -> None:
    outcome = highs.solve(knapsacks(60, 300), time_limit_s=5.0)
    assert outcome.status == "time"
    assert outcome.x is not None
    assert outcome.bound_usd < outcome.usd


def test_a_stop_is_heard() -> None:
    stop = threading.Event()
    threading.Timer(1.5, stop.set).start()
    outcome = highs.solve(knapsacks(60, 300), stop=stop, time_limit_s=60.0)
    assert outcome.status == "stopped"


def test_a_node_limit_gives_the_same_answer_twice() -> None:
    form = knapsacks(30, 120)
    one, two = (highs.solve(form, node_limit=20, threads=1) for _ in range(2))
    assert one.x is not None
    assert two.x is not None
    assert (one.x == two.x).all()
    assert one.bound_usd == two.bound_usd


def test_what_cannot_hold_is_infeasible() -> None:
    form = knapsacks(5, 20)
    impossible = Form(**{**form.__dict__, "row_lower": np.full(5, 1e6), "row_upper": np.full(5, np.inf)})
    assert highs.solve(impossible).status == "infeasible"


def test_a_program_without_columns_is_answered_without_a_process() -> None:
    none = Form(
        np.zeros(0), 7.0, 0.0, np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool), sparse.csr_array((1, 0)),
        np.array([-1.0]), np.array([1.0]), 1.0, np.ones(1),
    )  # fmt: skip
    assert highs.solve(none).usd == 7.0


def test_a_child_that_dies_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child.sys, "executable", "/bin/false")
    with pytest.raises(SolverError, match="ended without an answer"):
        highs.solve(knapsacks(5, 20))


def test_the_relaxation_comes_with_its_duals() -> None:
    outcome = highs.solve(knapsacks(5, 20), relax=True)
    assert outcome.row_dual is not None
    assert len(outcome.row_dual) == 5
    assert outcome.bound_usd <= highs.solve(knapsacks(5, 20)).usd


def test_the_worker_can_be_imported_without_running() -> None:
    assert callable(worker.main)
