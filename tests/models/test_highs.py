"""The solver in its child process: bounds that hold, limits that hold, stops that are heard."""

import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from placement.errors import SolverError
from placement.models import child, highs, spare, worker
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
    spare.end_all()
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


def test_a_process_that_has_answered_takes_the_next_program_and_answers_as_a_new_one() -> None:
    spare.end_all()
    forms = [knapsacks(12, 40), knapsacks(30, 120), knapsacks(8, 30)]
    new = []
    for form in forms:
        new.append(highs.solve(form, node_limit=20, threads=1))
        assert [threads for _, threads, _ in spare._waiting] == [1]
        spare.end_all()
    first = highs.solve(forms[0], node_limit=20, threads=1)
    process = spare._waiting[0][2].process
    again = [first, *(highs.solve(form, node_limit=20, threads=1) for form in forms[1:])]
    assert [child.process for _, _, child in spare._waiting] == [process]
    for one, other in zip(new, again, strict=True):
        assert one.x is not None
        assert other.x is not None
        assert (one.x == other.x).all()
        assert (one.bound_usd, one.nodes, one.iterations) == (other.bound_usd, other.nodes, other.iterations)
    highs.solve(forms[0], threads=2)
    assert [threads for _, threads, _ in spare._waiting] == [1, 2]


def test_a_process_that_did_not_end_or_took_much_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    spare.end_all()
    assert highs.solve(knapsacks(60, 300), time_limit_s=2.0).status == "time"
    assert spare._waiting == []
    monkeypatch.setattr(highs, "LARGE", 100)
    assert highs.solve(knapsacks(5, 20)).status == "optimal"
    assert spare._waiting == []


def test_one_that_died_while_it_waited_is_replaced() -> None:
    spare.end_all()
    one = highs.solve(knapsacks(5, 20), threads=1)
    waiting = spare._waiting[0][2].process
    waiting.kill()
    waiting.wait()
    assert highs.solve(knapsacks(5, 20), threads=1).usd == one.usd
    assert spare._waiting[0][2].process is not waiting


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_those_that_wait_end_with_the_process_that_asked() -> None:
    """Also where that is killed and cannot end them."""
    code = (
        "import os, signal, sys; from placement.models import highs, spare; from test_highs import knapsacks\n"
        "highs.solve(knapsacks(5, 20), threads=1); print(spare._waiting[0][2].process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL) if sys.argv[1] == 'killed' else None"
    )
    for how in ("ended", "killed"):
        run = subprocess.run(
            [sys.executable, "-c", code, how], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
        )
        child = Path(f"/proc/{int(run.stdout)}")
        deadline = time.monotonic() + 20.0
        while child.exists() and "State:\tZ" not in (child / "status").read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not child.exists() or "State:\tZ" in (child / "status").read_text()
