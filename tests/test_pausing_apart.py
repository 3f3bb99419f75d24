"""What is proven of jobs that may be paused and of all others apart: never more than the cheapest plan costs."""

import math
import time
from functools import partial
from typing import Any

import build
import numpy as np
import pytest
from in_process import use
from oracle.pauses import best
from oracle.pauses_drawn import drawn
from test_pausing import made_of

import placement
from placement import pausing


@pytest.fixture
def proofs(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Bounds that are proven apart, whatever share of the jobs may be paused."""
    use(monkeypatch)
    monkeypatch.setattr(pausing, "FEW", 1.0)
    found: list[float] = []
    apart = pausing._prove_apart

    def told(search: Any) -> None:
        before, search.bound_usd = search.bound_usd, -math.inf
        apart(search)
        found.append(search.bound_usd)
        search.bound_usd = max(before, search.bound_usd)

    monkeypatch.setattr(pausing, "_prove_apart", told)
    return found


@pytest.mark.parametrize("first", range(200, 240, 10))
def test_no_way_costs_less_than_what_is_proven_apart(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch)
    monkeypatch.setattr(pausing, "FEW", 1.0)
    for seed in range(first, first + 10):
        case = drawn(seed)
        made, true = made_of(case), best(case, 100_000, np.random.default_rng(seed))
        if made is None or not math.isfinite(true.usd):
            continue
        solver = partial(placement.solve, gap=0.0)
        search = pausing._Search(made, solver, 0.0, math.inf, None, None, None, time.monotonic(), False, 0)
        pausing._prove_apart(search)
        assert search.bound_usd <= true.usd + 1e-6, (seed, case, true)


def test_where_few_may_be_paused_little_is_left_open(proofs: list[float]) -> None:
    """Nine jobs that crowd a day and one that may be paused: at prices of rows alone much is unproven."""
    price = [40.0, 90.0, 30.0, 120.0] * 6
    jobs = [
        build.job(f"j{n}", 3.0 + n % 4, 5 + n % 3, reject_usd=30.0, delay_usd_per_hour=0.02 * (n + 1)) for n in range(9)
    ]
    jobs.append(build.job("may", 4.0, 2, pauses=2, resume_hours=0.1, reject_usd=100.0))
    made = build.scenario([build.cluster("a", 12, energy_price=price)], jobs, slots=24)
    result = placement.solve(made, baseline=False, gap=1e-4)
    assert result.bound_usd == pytest.approx(max(proofs), rel=1e-6)
    assert result.bound_usd <= result.cost_usd


def test_where_something_is_asked_of_all_together_nothing_is_proven_apart(proofs: list[float]) -> None:
    clusters = [build.cluster("a", 8, energy_price=20.0), build.cluster("b", 8, energy_price=80.0)]
    jobs = [build.job("x", 2.0, 4), build.job("y", 2.0, 4, pauses=1)]
    limits = [{"name": "some", "of": "accelerators", "over": {"clusters": ["a"]}, "min": 0.0}]
    placement.solve(build.scenario(clusters, jobs, slots=8, limits=limits), baseline=False)
    assert all(math.isinf(usd) for usd in proofs)


def test_where_a_job_waits_for_one_that_may_be_paused_nothing_is_proven_apart(proofs: list[float]) -> None:
    jobs = [build.job("x", 2.0, 4, pauses=1), build.job("y", 2.0, 4, after=["x"])]
    placement.solve(build.scenario([build.cluster("a", 8)], jobs, slots=8), baseline=False)
    assert all(math.isinf(usd) for usd in proofs)
