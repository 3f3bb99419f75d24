"""Versions of a scenario whose plans may bear more, and their plans as plans of the scenario."""

import build
import in_process
import newsvendor
import numpy as np
import pytest
from scipy.special import ndtri

from placement.carried_over import renamed, with_runs
from placement.compile import compile_scenario
from placement.estimates import criterion
from placement.hedges import in_reserve, length_quantiles, longer, spread
from placement.solving import solve
from placement.verifier import verify


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)


def test_lengths_are_planned_with_at_their_quantiles() -> None:
    of = build.scenario(
        jobs=[build.job("known", 2.0, hours_p90=2.6), build.job("other", 1.0)], slots=8,
        uncertainty={"run_time": {"sigma": 0.2}},
    )  # fmt: skip
    compiled, plan = compile_scenario(of), solve(of).plan
    assert plan is not None
    found = length_quantiles(compiled, plan, (0.5, 0.9))
    assert found[1, 0] == pytest.approx(1.3, rel=0.02)
    assert found[:, 1] == pytest.approx(np.exp(0.2 * ndtri([0.5, 0.9]) - 0.02), rel=0.01)
    version = longer(compiled, plan)[-1].make()
    assert version.jobs["hours"] == pytest.approx(of.jobs["hours"] * found[1])
    assert version.uncertainty is None


def test_jobs_of_campaigns_are_lengthened_and_not_made_anew() -> None:
    asked = {"name": "train", "per_year": 8766.0, "hours": 1.0, "accelerators": 1, "reject_usd": 50.0}
    of = build.scenario(jobs=[], slots=4, campaigns=[asked], uncertainty={"run_time": {"sigma": 0.2}})
    compiled, plan = compile_scenario(of), solve(of).plan
    assert plan is not None
    version = longer(compiled, plan)[-1].make()
    assert len(of.jobs) == 4
    assert version.jobs["job"].tolist() == of.jobs["job"].tolist()
    assert (version.jobs["hours"] > 1.1).all()


def test_interruptions_lengthen_runs_by_their_accelerators() -> None:
    site = build.cluster(number=64, interruptions_per_accelerator_year=200.0)
    jobs = [build.job("small", 6.0, 1), build.job("large", 6.0, 60)]
    of = build.scenario([site], jobs, slots=24, uncertainty={"interruptions": True})
    compiled, plan = compile_scenario(of), solve(of).plan
    assert plan is not None
    small, large = length_quantiles(compiled, plan, (0.9,))[0]
    assert 1.0 <= small < large < 2.0


def test_a_run_that_could_not_meet_its_deadline_keeps_its_length() -> None:
    of = build.scenario(
        jobs=[build.job("tight", 3.5, 4, deadline="2027-06-07T04:00:00Z", must_run=True), build.job("free", 2.0, 4)],
        slots=6, uncertainty={"run_time": {"sigma": 0.5}},
    )  # fmt: skip
    compiled, plan = compile_scenario(of), solve(of).plan
    assert plan is not None
    version = longer(compiled, plan)[-1].make()
    assert version.jobs["hours"][0] == 3.5
    assert version.jobs["hours"][1] > 2.0


def test_reserves_are_whole_accelerators_each_once() -> None:
    event = {"name": "outage", "clusters": ["earth"], "per_year": 9.0, "hours": 2.0, "speed": 0.0}
    of = build.scenario(uncertainty={"events": [event]})
    hedges = in_reserve(of)
    assert [each.name for each in hedges] == ["5 % in reserve", "20 % in reserve"]
    assert [np.unique(each.make().clusters[0].pools[0].reserved.values).tolist() for each in hedges] == [[1.0], [2.0]]
    assert in_reserve(newsvendor.scenario(newsvendor.UNIFORM)) == []


def test_futures_are_picked_far_apart_and_for_cvar_among_the_worst() -> None:
    rng = np.random.default_rng(0)
    drawn = rng.uniform(size=(50, 1))
    costs = drawn[:, 0] * 10
    order = np.argsort(drawn[:, 0])
    picked = spread(drawn, costs, criterion("mean"), 3)
    assert set(picked[1:]) == {order[0], order[-1]}
    assert drawn[picked[0], 0] == pytest.approx(np.median(drawn), abs=0.05)
    worst = spread(drawn, costs, criterion("cvar=0.8"), 6)
    assert len(set(worst)) == 6
    assert set(worst[3:]) <= set(order[-10:])
    costs[order[-1]] = np.nan
    assert order[-1] not in spread(drawn, costs, criterion("mean"), 10)


def test_what_a_hedge_leaves_out_is_placed_where_room_is_left() -> None:
    """At 90 % of their lengths one of two runs of 2 h fits into 4 h; at their own the other one fits behind it."""
    jobs = [build.job("a", 2.0, 4), build.job("b", 2.0, 4, reject_usd=900.0)]
    of = build.scenario([build.cluster(number=4)], jobs, uncertainty={"run_time": {"sigma": 0.5}})
    compiled, standing = compile_scenario(of), solve(of).plan
    assert standing is not None
    version = solve(longer(compiled, standing)[-1].make()).plan
    assert version is not None
    assert version.jobs["placed"].tolist() == [1, 0]
    kept = with_runs(compiled, version, np.inf, None)
    fuller = with_runs(compiled, version, np.inf, None, filled=True)
    assert kept is not None
    assert fuller is not None
    for plan, placed in ((kept, [1, 0]), (fuller, [1, 1])):
        verify(of, renamed(of, plan)).raise_for_errors()
        assert plan.jobs["placed"].tolist() == placed
    assert with_runs(compiled, fuller, np.inf, None, filled=True) is None
