"""Figures over all futures, also where some have no cost."""

import copy
from typing import Any

import build
import numpy as np
import pytest
from futures.by_hand import PAIR, SEED, both, event, job, planned
from scipy import optimize, stats

import placement
from placement.errors import PlacementError
from placement.folder import Stored
from placement.futures import risk
from placement.futures.stress import Stress, stress

pytestmark = pytest.mark.usefixtures("solved_here")


def varying(**more: Any) -> dict[str, Any]:
    jobs = [job("a", 3.0, count=3, deadline="2027-06-07T06:00:00Z"), job("b", 2.0, 2), job("c", 1.0, 8)]
    uncertainty = {
        "run_time": {"sigma": 0.3},
        "events": [event(speed=0.0, per_year=1500.0)],
        "inputs": [
            {
                "name": "power", "paths": ["clusters.earth.energy_price"], "how": "factor",
                "lognormal": {"median": 1.0, "sigma": 0.5},
            }
        ],
        **more,
    }  # fmt: skip
    return build.document(jobs=jobs, slots=12, uncertainty=uncertainty)


@both
def test_figures_are_those_of_numpy(how: str) -> None:
    stored = planned(varying())
    found = stress(stored, 37, seed=SEED, workers=1, one_by_one=how == "one by one")
    assert (found.how, len(found.futures)) == (how, 37)
    assert found.planned_usd == pytest.approx(stored.summary["cost_usd"])
    for figure in ("cost_usd", "late_hours", "missed"):
        x = found.futures[figure].to_numpy(dtype=float)
        for tail in (0.05, 0.3, 1.0):
            got = found.risk(figure, tail)
            assert got.mean == pytest.approx(x.mean())
            assert got.mean_error == pytest.approx(x.std(ddof=1) / np.sqrt(37))
            assert got.quantiles == pytest.approx(np.quantile(x, [0.05, 0.25, 0.5, 0.75, 0.95]))
            assert got.worst == x.max()
            eta = min(float(e + np.maximum(x - e, 0).mean() / tail) for e in x)
            assert got.cvar == pytest.approx(eta)
            assert got.interval()[1] == pytest.approx(x.mean() + 1.95996 * got.mean_error, rel=1e-5)
    assert found.risk("cost_usd", 1.0).cvar == pytest.approx(found.futures["cost_usd"].mean())
    known = dict(found.drivers())
    for name in ("power", "hours of event", "mean length of runs"):
        theirs = stats.spearmanr(found.futures[name], found.futures["cost_usd"]).statistic
        assert known[name] == pytest.approx(theirs)
    strengths = [abs(value) for _, value in found.drivers()]
    assert strengths == sorted(strengths, reverse=True)


def test_the_mean_of_the_worst_has_the_error_of_many_samples() -> None:
    """Of 400 samples each of 500 normal values: the errors that are told are those by which the samples differ."""
    random = np.random.default_rng(3)
    found = [risk.risk_of(random.standard_normal(500), 0.1) for _ in range(400)]
    cvar, error = (np.array([getattr(each, name) for each in found]) for name in ("cvar", "cvar_error"))
    z = stats.norm.ppf(0.9)
    assert cvar.mean() == pytest.approx(stats.norm.pdf(z) / 0.1, abs=0.03)
    assert error.mean() == pytest.approx(cvar.std(), rel=0.1)


@pytest.mark.parametrize("count", [1, 2, 19, 20, 21, 333])
@pytest.mark.parametrize("tail", [0.01, 0.05, 0.37, 1.0])
def test_the_mean_of_the_worst_is_the_least_over_eta(count: int, tail: float) -> None:
    x = np.random.default_rng(count).lognormal(size=count)
    best = optimize.minimize_scalar(
        lambda e: e + np.maximum(x - e, 0).mean() / tail, bounds=(x.min() - 1, x.max() + 1), method="bounded"
    )
    cvar = risk.risk_of(x, tail).cvar
    assert cvar == pytest.approx(min(float(e + np.maximum(x - e, 0).mean() / tail) for e in x), rel=1e-9)
    assert cvar == pytest.approx(best.fun, rel=1e-3)
    assert (risk.risk_of(x, tail).cvar_error >= 0) == (tail * count >= 2)  # nan where fewer than two count


def test_without_outcomes_and_without_a_tail_there_is_no_risk() -> None:
    for values, tail in ((np.zeros(0), 0.05), (np.ones(3), 0.0), (np.ones(3), 1.5)):
        with pytest.raises(PlacementError):
            risk.risk_of(values, tail)


@both
def test_futures_are_the_same_for_two_plans_and_however_many_are_drawn(how: str) -> None:
    """The second plan is of the same scenario; it was made without rewards for being early, and c is late in it."""
    written = varying()
    written["jobs"][2]["hours"] = 4.0  # c is the largest, which is told by name
    stored = planned(written)
    calm = copy.deepcopy(written)
    for each in calm["jobs"]:
        del each["delay_usd_per_hour"]
    calm["jobs"][2]["pin_start"] = "2027-06-07T08:00:00Z"
    other = Stored(stored.scenario, planned(calm).plan, {})
    one_by_one = how == "one by one"
    one = stress(stored, 12, seed=SEED, workers=1, one_by_one=one_by_one)
    two = stress(other, 9, seed=SEED, workers=1, one_by_one=one_by_one)
    assert not stored.plan.placements.equals(other.plan.placements)
    for name in ("future", "power", "hours of event", "length of c"):
        assert two.futures[name].tolist() == one.futures[name].tolist()[:9]
    again = stress(stored, 3, seed=SEED, workers=1, one_by_one=one_by_one).futures
    assert again.equals(one.futures.head(3))
    third = stress(stored, 3, seed=SEED + 1, workers=1, one_by_one=one_by_one).futures
    assert set(third["power"]).isdisjoint(one.futures["power"])


def test_chunks_and_processes_change_nothing() -> None:
    stored = planned(varying())
    alone = stress(stored, 10, seed=SEED, workers=1, one_by_one=True)
    assert alone.futures["future"].tolist() == list(range(10))
    assert alone.jobs["units"].tolist() == [3, 1, 1]


# Futures without a cost


def half_unsettled() -> Stress:
    """Accelerators are drawn: 4, so that one of two runs has no place, or -3, which makes no scenario."""
    values = [4.0, -3.0]
    inputs = [{"paths": ["clusters.earth.pools.h100-sxm.number"], "discrete": {"values": values}}]
    written = build.document(jobs=PAIR, slots=4, policy={"tails": False}, uncertainty={"inputs": inputs})
    found = stress(planned(written, 62.4), 24, seed=SEED, workers=1)
    assert 0 < found.futures["cost_usd"].isna().sum() < 24
    return found


def test_a_draw_that_makes_no_scenario_has_no_cost_and_is_told() -> None:
    found = half_unsettled()
    assert len(found.unsettled) == 1
    assert "number" in found.unsettled[0]
    assert "-3" in found.unsettled[0]
    assert found.risk().mean == pytest.approx(1000 + 31.2)
    assert found.risk("away_usd").mean == pytest.approx(1000.0)
    assert found.jobs.set_index("job")["placed"].to_dict() == {"a": 1.0, "b": 0.0}


@pytest.mark.parametrize("figure", ["away"])
def test_a_future_without_a_cost_is_left_out_of_all_figures(figure: str) -> None:
    assert half_unsettled().risk(figure).mean == pytest.approx(1.0)


def test_an_input_may_be_called_as_a_figure_or_is_refused() -> None:
    inputs = [{"name": "cost_usd", "paths": ["policy.carbon_usd_per_t"], "discrete": {"values": [77.0]}}]
    written = build.document(jobs=[job()], uncertainty={"inputs": inputs})
    try:
        stored = planned(written, 20.8)
    except placement.ScenarioError:
        return
    assert stress(stored, 2, seed=SEED, workers=1).futures["cost_usd"].tolist() == pytest.approx([20.8, 20.8])


def test_only_so_many_futures_of_a_seed_that_is_not_negative() -> None:
    stored = planned(varying())
    for more in ({"futures": 0}, {"futures": 10**7}, {"futures": 1, "seed": -1}, {"futures": 1, "workers": -1}):
        with pytest.raises(PlacementError):
            stress(stored, **more)
    certain = planned(build.document(jobs=[job()]))
    with pytest.raises(PlacementError, match=r"scenario test has no `uncertainty`.* Write that section"):
        stress(certain, 1)
