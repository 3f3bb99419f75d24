"""Builds first, then jobs: plans around a relaxation where capacity is added."""

import math
import threading
from dataclasses import replace
from typing import Any

import build
import in_process
import lifting
import numpy as np
import pytest
import unsteady
from oracle.expansion import tiny_growth

import placement
from placement.compile import compile_scenario
from placement.errors import SolverError
from placement.models import highs
from placement.models.program import program
from placement.schema import Scenario
from placement.search import expansion, steps
from placement.search.state import State

SOURCE = "builds and jobs"


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)


def crowd(seed: int, jobs: int = 8, slots: int = 12, *, alike: bool = False) -> Scenario:
    """Jobs for which everything has to be built: halls on plots of land, or sails of which five fill a flight."""
    rng = np.random.default_rng(seed)
    made = [
        build.job(
            f"j{k}",
            float(rng.integers(2, 7)) / 2,
            4 if alike else int(rng.integers(1, 7)),
            reject_usd=float(rng.uniform(30, 150)),
            delay_usd_per_hour=float(rng.uniform(0.1, 1.5)),
        )
        for k in range(jobs)
    ]
    life = {"life_years": 2 * slots / 8766}
    hall = {"name": "hall", "accelerators": 4, "usd": float(rng.uniform(5, 60)), "needs": {"land": 1.0}, **life}
    land = {"name": "plot", "gives": {"land": 2.0}, "usd": 15.0, "max": 3}
    modules = [{**hall, "max": 4, "max_per_period": 2}, land]
    return build.scenario(
        [
            lifting.earth(0, modules=modules, resources={"land": 1.0}),
            lifting.sky(**{"mass_kg": 200.0, "usd": 10.0, "max": 8, **life}),
        ],
        made,
        slots=slots,
        horizon={"period_slots": -(-slots // 4)},
        vehicles=[lifting.rocket(usd=70.0, flights_per_period=2)],
        policy={"tails": False},
    )


def alone(made: Scenario, work_limit: int | None = 500, **more: Any) -> placement.Result:
    """What comes of it alone: no other plans before it, no branch and bound, no tidying."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "SMALL_COLUMNS", -1)
        patch.setattr(steps, "branch_and_bound", lambda *_: "work")
        patch.setattr(steps, "tidy", lambda *_: None)
        return placement.solve(made, **{"gap": 0.0, "baseline": False, "work_limit": work_limit, **more})


def above(made: Scenario) -> float | None:
    """How far above the optimum its plan is, a share of what is decided; None where there is no plan at all."""
    best, found = placement.solve(made, gap=0.0, baseline=False), alone(made)
    if best.plan is None:
        assert found.plan is None
        return None
    assert {line.source for line in found.history if line.cost_usd is not None} == {SOURCE}
    assert found.plan is not None
    checked = placement.verify(made, found.plan)
    assert checked.ok
    assert checked.cost_usd == pytest.approx(found.cost_usd, rel=1e-9, abs=1e-6)
    tolerance = 1e-4 + 2e-6 * abs(best.cost_usd)
    assert found.bound_usd <= best.cost_usd + tolerance  # what it proves of its restrictions is no bound
    assert found.cost_usd >= best.cost_usd - tolerance
    return (found.cost_usd - best.cost_usd) / max(abs(best.cost_usd - best.constant_usd), 1.0)


def test_plans_of_tiny_scenarios_verify_and_cost_no_less_than_the_optimum() -> None:
    """Of all rules of growth; most plans are optimal."""
    found = [above(placement.scenario(tiny_growth(seed))) for seed in range(20)]
    shares = [share for share in found if share is not None]
    assert len(shares) >= 16
    assert np.median(shares) < 1e-3


def test_plans_of_larger_scenarios_verify_and_cost_no_less_than_the_optimum() -> None:
    """Twelve hours, eight jobs, three kinds of modules; one module or flight is a large part of all that is paid."""
    shares = [above(crowd(seed)) for seed in range(6)]
    assert float(np.median([share for share in shares if share is not None])) < 0.2
    assert None not in shares


def test_under_a_work_limit_the_plan_is_the_same_each_time() -> None:
    for made in (crowd(7), crowd(5, 33, 84, alike=True)):
        one = alone(made, 200, gap=0.02)
        with pytest.MonkeyPatch.context() as patch:
            unsteady.use(patch)
            other = alone(made, 200, gap=0.02)
        assert one.plan is not None
        assert other.plan is not None
        assert (one.cost_usd, one.bound_usd, one.work) == (other.cost_usd, other.bound_usd, other.work)
        for name, table in one.plan.tables.items():
            assert table.equals(other.plan.tables[name]), name


def test_a_solve_with_many_columns_and_modules_goes_through_it() -> None:
    made = crowd(5, 33, 84, alike=True)
    assert program(compile_scenario(made).problem).form.columns > steps.SMALL_COLUMNS
    found = placement.solve(made, gap=0.05, work_limit=200)
    sources = [line.source for line in found.history]
    assert SOURCE in sources
    assert "greedy" not in sources
    assert found.gap <= 0.05
    assert found.plan is not None
    assert len(found.plan.builds)


def test_a_solve_with_few_columns_or_without_modules_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expansion, "search", lambda *_: pytest.fail("it went through it"))
    assert placement.solve(crowd(0), gap=0.2).plan is not None
    monkeypatch.setattr(steps, "SMALL_COLUMNS", -1)
    assert placement.solve(build.scenario(), gap=0.2).plan is not None


def test_branch_and_bound_begins_with_its_plan_and_ends_at_the_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    made = crowd(1)
    best = placement.solve(made, gap=0.0, baseline=False)
    monkeypatch.setattr(steps, "SMALL_COLUMNS", -1)
    found = placement.solve(made, gap=0.0, baseline=False)
    assert SOURCE in {line.source for line in found.history}
    assert found.cost_usd == pytest.approx(best.cost_usd, abs=1e-4)
    assert found.status is placement.Status.OPTIMAL


def test_steps_are_limited_by_work_or_by_time_and_not_by_both(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, Any]] = []
    real = highs.solve

    def solve(form: Any, **options: Any) -> highs.Outcome:
        if not options.get("relax"):
            seen.append(options)
        return real(form, **options)

    monkeypatch.setattr(highs, "solve", solve)
    alone(crowd(2), 123, gap=0.01)
    assert seen
    assert all((step["node_limit"], step["time_limit_s"]) == (123, np.inf) for step in seen)
    assert seen[0]["gap"] == expansion.ROUNDING_GAP
    assert [step["gap"] for step in seen[1:]] == pytest.approx([0.001] * (len(seen) - 1))
    seen.clear()
    alone(crowd(2), None, gap=0.01, time_limit_s=20.0)
    assert seen
    assert all(step["node_limit"] is None for step in seen)
    assert 0 < seen[0]["time_limit_s"] <= expansion.ROUNDING_S
    assert all(0 < step["time_limit_s"] <= expansion.SHARE * 20.0 for step in seen[1:])


def test_a_step_that_fails_is_left_out_and_the_solve_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of the steps it is, there is a plan in the end, and the optimal one."""
    made = crowd(4)
    best = placement.solve(made, gap=0.0, baseline=False)
    monkeypatch.setattr(steps, "SMALL_COLUMNS", -1)
    real = highs.solve
    for failing in (0, 1, 2):
        number = -1

        def solve(form: Any, failing: int = failing, **options: Any) -> highs.Outcome:
            nonlocal number
            if not options.get("relax") and "seed" not in options:  # branch and bound has one
                number += 1
                if number == failing:
                    raise SolverError("HiGHS failed.")
            return real(form, **options)

        monkeypatch.setattr(highs, "solve", solve)
        found = placement.solve(made, gap=0.0, baseline=False)
        assert number >= failing
        assert found.cost_usd == pytest.approx(best.cost_usd, abs=1e-4)


def test_after_a_stop_nothing_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    model = program(compile_scenario(crowd(3)).problem)
    relaxed = highs.solve(model.form, relax=True).x
    assert relaxed is not None
    stop = threading.Event()
    stop.set()
    state = State(constant_usd=0.0, gap=0.0, deadline=np.inf, stop=stop)
    monkeypatch.setattr(highs, "solve", lambda *_, **__: pytest.fail("something was solved"))
    expansion.search(model, relaxed, state, None)
    assert state.x is None


@pytest.mark.parametrize("seed", range(6))
def test_where_builds_are_held_it_is_known_where_enough_stand(seed: int) -> None:
    """A linear program says what a mixed-integer one does that decides where gangs find enough modules."""
    model = program(compile_scenario(lifting.gangs(seed)).problem)
    state = State(0.0, 0.0, math.inf)
    around = expansion._Around(model, state, 100)
    best = highs.solve(model.form, gap=1e-9)
    assert best.x is not None
    stands = np.array([model.index.column(v) for v in model.exact.model.stands.values()])
    assert len(stands)
    held = expansion._held(model.form, around.added, best.x)
    known = around.standing(held)
    assert (known.lower[stands] == known.upper[stands]).all()
    whole = np.isin(np.arange(model.form.columns), stands)
    decided = highs.solve(replace(held, integer=whole), gap=1e-9)
    assert highs.solve(known, relax=True).usd == pytest.approx(decided.usd, rel=1e-6, abs=1e-6)
    assert (known.upper[stands] >= np.rint(best.x[stands]) - 1e-6).all()
