"""A vertex near the optimum of a linear program whose placements mostly cost the same."""

import math
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from placement.models import highs
from placement.models.core import dual_bound
from placement.models.form import Form
from placement.models.vertex import MOVED, vertex


def assignment(jobs: int, places: int, seed: int, ties: bool, must: bool = False) -> Form:
    """Units of jobs at places with room, or turned away at $20; columns job by job, the last of each is being away."""
    rng = np.random.default_rng(seed)
    usd = np.full((jobs, places), 5.0) if ties else rng.uniform(1, 10, (jobs, places))
    away = np.full((jobs, 1), 1e4 if must else 20.0)
    cost = np.hstack([usd, away]).reshape(-1)
    count = rng.integers(1, 6, jobs).astype(float)
    size = rng.uniform(1, 3, jobs)
    n, columns = jobs * (places + 1), np.arange(jobs * (places + 1))
    job, place = columns // (places + 1), columns % (places + 1)
    here = place < places
    assign = sparse.csr_array((np.ones(n), (job, columns)), shape=(jobs, n))
    use = sparse.csr_array((size[job[here]], (place[here], columns[here])), shape=(places, n))
    room = np.full(places, 0.9 * float((count * size).sum()) / places)
    return Form(
        cost=cost, offset=0.0, base=0.0, lower=np.zeros(n), upper=count[job], integer=np.zeros(n, dtype=bool),
        matrix=sparse.csr_array(sparse.vstack([assign, use])),
        row_lower=np.concatenate([count, np.full(places, -np.inf)]), row_upper=np.concatenate([count, room]),
        cost_scale=1.0, row_scale=np.ones(jobs + places),
    )  # fmt: skip


def placed(form: Form, places: int) -> np.ndarray:
    return np.arange(form.columns) % (places + 1) < places


@pytest.mark.parametrize("ties", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_it_is_feasible_near_the_optimum_and_has_few_parts(seed: int, ties: bool) -> None:
    form = assignment(60, 8, seed, ties)
    best = highs.solve(form, relax=True)
    found = vertex(form, placed(form, 8), math.inf, None)
    assert found is not None
    body = form.matrix @ found
    assert (body >= form.row_lower - 1e-6).all()
    assert (body <= form.row_upper + 1e-6).all()
    assert (found >= -1e-6).all()
    assert (found <= form.upper + 1e-6).all()
    usd = float(form.cost @ found)
    assert best.usd * (1 - 1e-7) <= usd <= best.usd * (1 + 2 * MOVED)
    parts = np.abs(found - np.rint(found)) > 1e-6
    assert parts.sum() <= 2 * 8 + 4  # a basis: one of each job, and those that share the rows of places


def test_inside_there_are_many_parts_where_placements_cost_the_same() -> None:
    """What a vertex is for."""
    form = assignment(60, 8, 0, True)
    inside = highs.solve(form, relax=True, interior=1e-8)
    assert inside.x is not None
    assert inside.usd == pytest.approx(highs.solve(form, relax=True).usd, rel=1e-6)
    assert (np.abs(inside.x - np.rint(inside.x)) > 1e-3).sum() > 200


def test_it_is_the_same_each_time() -> None:
    form = assignment(40, 5, 7, True)
    one, other = (vertex(form, placed(form, 5), math.inf, None) for _ in range(2))
    assert one is not None
    assert other is not None
    np.testing.assert_array_equal(one, other)


def test_none_where_there_is_no_answer_or_no_time() -> None:
    form = assignment(40, 5, 7, True)
    assert vertex(form, placed(form, 5), 0.0, None) is None
    stop = threading.Event()
    stop.set()
    assert vertex(form, placed(form, 5), math.inf, stop) is None
    without_away = ~placed(form, 5)
    form.upper[without_away] = 0.0
    assert vertex(form, placed(form, 5), math.inf, None) is None


def test_an_answer_from_inside_is_no_bound() -> None:
    """It may be above the optimum as well as below; its prices are what proves something."""
    form = assignment(60, 8, 1, False)
    best = highs.solve(form, relax=True)
    for tolerance in (1e-4, 1e-5, 1e-8):
        found = highs.solve(form, relax=True, interior=tolerance)
        assert found.status == "optimal"
        assert found.bound_usd == -math.inf
        assert found.row_dual is not None
        assert dual_bound(form, found.row_dual).bound <= best.usd * (1 + 1e-9)


def test_that_there_is_no_answer_is_said_by_the_simplex_method(monkeypatch: pytest.MonkeyPatch) -> None:
    """So is what the interior point method does not come to."""
    form = assignment(20, 4, 2, False)
    best = highs.solve(form, relax=True)
    ran: list[str] = []
    real = highs._run

    def run(form: Form, head: dict[str, Any], *rest: Any) -> highs.Outcome:
        ran.append(head["options"].get("solver", "simplex"))
        return real(form, head, *rest)

    monkeypatch.setattr(highs, "_run", run)
    away = ~placed(form, 4)
    none = replace(form, upper=np.where(away, 0.0, form.upper))
    assert highs.solve(none, relax=True, interior=1e-5).status == "infeasible"
    assert ran == ["ipx", "simplex"]
    ran.clear()
    monkeypatch.setattr(highs, "INTERIOR", {**highs.INTERIOR, "ipm_iteration_limit": 1, "presolve": "off"})
    found = highs.solve(form, relax=True, interior=1e-5)
    assert ran == ["ipx", "simplex"]
    assert found.usd == pytest.approx(best.usd, rel=1e-9)
    assert found.bound_usd == pytest.approx(best.bound_usd, rel=1e-9)
