"""Steps of a solve where the solver does not keep its word."""

from typing import Any

import build
import in_process
import pytest

import placement
from placement.models import highs
from placement.search import steps


@pytest.mark.parametrize("small", [True, False])
def test_a_plan_that_is_known_is_not_lost_to_a_solver_that_says_there_is_none(
    small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it says so of the relaxation or of the exact model: what passed the verifier exists."""
    in_process.use(monkeypatch)
    if not small:
        monkeypatch.setattr(steps, "SMALL_COLUMNS", -1)
    real = highs.solve

    def contrary(form: Any, **options: Any) -> highs.Outcome:
        if options.get("start") is not None or options.get("relax"):
            return highs.Outcome("infeasible")
        return real(form, **options)

    monkeypatch.setattr(highs, "solve", contrary)
    jobs = [build.job("long", 2.5, 6), build.job("wide", 1.0, 8), build.job("late", 1.0, 4)]
    result = placement.solve(build.scenario(jobs=jobs, slots=3), gap=0.0)
    assert result.plan is not None
    assert result.status is placement.Status.STOPPED
    assert "solver failed" in result.message
    assert result.bound_usd <= result.cost_usd
