"""Choice of a plan over futures: closed forms, valid candidates, what the choice is worth, bad input."""

import threading
from dataclasses import replace
from typing import Any

import build
import in_process
import newsvendor
import numpy as np
import pytest

from placement.candidates import Planner
from placement.choosing import AS_IT_STANDS, Candidate
from placement.errors import PlacementError
from placement.estimates import criterion
from placement.fingerprint import fingerprint
from placement.plan import Plan
from placement.result import Result, Status
from placement.robustness import SAMPLE, Robust, robust
from placement.schema import Scenario
from placement.solving import solve
from placement.verifier import verify

NOON = "2027-06-07T12:00:00Z"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Racks cost what the closed form says, which the first test holds against futures that are carried out."""
    monkeypatch.setattr("placement.robustness.stress", newsvendor.quick_stress)


def valid(of: Scenario, found: Robust) -> None:
    """Every candidate is a plan of the scenario, and costs as planned what is told."""
    for candidate in found.candidates:
        assert (candidate.plan is None) <= bool(candidate.why)
        if candidate.plan is not None:
            checked = verify(of, candidate.plan)
            checked.raise_for_errors()
            assert candidate.plan.digest == fingerprint(of)
            assert candidate.planned_usd == pytest.approx(checked.cost_usd, abs=0.01)
    assert found.candidates[found.chosen].plan is found.result.plan


def least(measure: str, demand: Any) -> float:
    """The least measure over whole numbers of racks."""
    return min(criterion(measure).of(newsvendor.costs(racks, demand)) for racks in range(301))


def test_racks_cost_in_futures_what_the_closed_form_says() -> None:
    of = newsvendor.scenario(newsvendor.UNIFORM)
    found = robust(of, "cvar=0.7", 4, fresh=2, picks=2, mixes=1, seed=4, workers=1)
    valid(of, found)
    demand = newsvendor.drawn(of, 4, SAMPLE + 4)
    judged = [each for each in found.candidates if each.costs is not None]
    assert len(judged) >= 3
    for each in judged:
        assert each.plan is not None
        assert each.costs == pytest.approx(newsvendor.costs(newsvendor.racks_of(each.plan), demand))
    assert found.measure(found.chosen) == np.nanmin(found.table()["measure_usd"])
    fresh = newsvendor.drawn(of, 2, 4)
    assert found.result.plan is not None
    assert found.fresh[0] == pytest.approx(newsvendor.costs(newsvendor.racks_of(found.result.plan), fresh))


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(("distribution", "seed"), [(newsvendor.UNIFORM, 1), (newsvendor.LOGNORMAL, 2)])
@pytest.mark.parametrize("measure", ["mean", "cvar=0.8"])
def test_the_choice_is_the_order_statistic_of_the_sample(distribution: dict[str, Any], measure: str, seed: int) -> None:
    """The mth rack pays if the mean of what it serves, min(1, (D - m + 1)⁺), over the futures that count is c/p or
    more; so the best number is next to the order statistic of the critical fractile.
    """
    of = newsvendor.scenario(distribution)
    found = robust(of, measure, 40, fresh=2, seed=seed, mixes=30)
    demand = np.sort(newsvendor.drawn(of, 40, SAMPLE + seed))
    tail = criterion(measure).tail
    counting = demand[-round(40 * tail) :]  # a future costs the more the more is asked for
    pays = [np.clip(counting - m + 1, 0, 1).mean() >= newsvendor.RACK / newsvendor.UNMET for m in range(1, 300)]
    assert found.result.plan is not None
    racks = newsvendor.racks_of(found.result.plan)
    assert racks == pays.index(False)
    at = int(np.ceil(len(counting) * (1 - newsvendor.RACK / newsvendor.UNMET))) - 1
    assert counting[max(at - 1, 0)] - 1 <= racks <= counting[min(at + 1, len(counting) - 1)] + 1
    assert found.measure(found.chosen) == pytest.approx(least(measure, demand))


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(("measure", "fractile"), [("mean", 0.61), ("cvar=0.75", 0.9025)])
def test_with_many_futures_it_comes_near_the_critical_fractile(measure: str, fractile: float) -> None:
    """1 - (1 - level) c/p. Three standard errors of the quantile, sqrt(q (1-q)/K)/density, and a whole rack."""
    of = newsvendor.scenario(newsvendor.UNIFORM)
    found = robust(of, measure, 1500, fresh=2, mixes=30)
    assert found.result.plan is not None
    expected = newsvendor.DEMAND * (0.4 + 1.2 * fractile)
    error = np.sqrt(fractile * (1 - fractile) / 1500) * 1.2 * newsvendor.DEMAND
    assert abs(newsvendor.racks_of(found.result.plan) - expected) <= 3 * error + 1


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("measure", ["mean", "cvar=0.8"])
def test_the_sample_flatters_the_choice_and_fresh_futures_do_not(measure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over 20 seeds the figure of the sample less that of 300 fresh futures is below 0, within two standard
    errors, and so is what the choice costs more than the plan as it stands.
    """
    solved: dict[str, Result] = {}

    def once(of: Scenario, **given: Any) -> Result:
        key = fingerprint(of)
        solved[key] = solved.get(key) or solve(of, **given)
        return solved[key]

    monkeypatch.setattr("placement.candidates.solve", once)
    of = newsvendor.scenario(newsvendor.STEPS)
    flattered, saved = [], []
    for seed in range(20):
        found = robust(of, measure, 15, fresh=300, picks=2, mixes=0, seed=seed)
        estimates = found.estimates()
        assert estimates is not None
        flattered.append(found.measure(found.chosen) - estimates[0].value)
        saved.append(estimates[2].value)
    for differences in (flattered, saved):
        assert np.mean(differences) < 2 * np.std(differences, ddof=1) / np.sqrt(20)


def tight() -> Scenario:
    """Four runs of 5 h that must end by noon, power cheap in the last 6 h: as planned they begin an hour before."""
    site = build.cluster("a", 8, energy_price=[200.0] * 6 + [20.0] * 6)
    jobs = [build.job(f"j{k}", 5.0, 2, deadline=NOON, reject_usd=20.0) for k in range(4)]
    return build.scenario([site], jobs, slots=12, uncertainty={"run_time": {"sigma": 0.3}})


def test_runs_begin_earlier_where_their_lengths_are_not_known() -> None:
    of = tight()
    found = robust(of, "cvar=0.8", 12, fresh=12, one_by_one=True, workers=1, work_limit=1000)
    valid(of, found)
    assert found.chosen > 0
    assert found.result.status is Status.ROBUST
    assert found.result.cost_usd > found.candidates[0].planned_usd
    assert found.result.bound_usd <= found.candidates[0].planned_usd
    assert found.result.gap > 0
    chosen, standing, difference = found.estimates() or ()
    assert chosen.value < standing.value
    assert difference.interval()[1] < 0
    first = found.candidates[0].plan
    assert first is not None
    assert found.result.plan is not None
    assert found.result.plan.placements["start"].max() < first.placements["start"].max()


def everything() -> Scenario:
    """Racks, runs with deadlines, a flow; lengths, outages, demand and price are not known."""
    site = build.cluster(
        "a", 6, energy_price=[90.0, 40.0] * 4, interruptions_per_accelerator_year=20.0,
        modules=[{"name": "rack", "accelerators": 2, "usd": 0.0, "accelerators_usd": 30.0, "max": 6}],
    )  # fmt: skip
    jobs = [build.job(f"j{k}", 2.0, 2, deadline="2027-06-07T07:00:00Z", reject_usd=60.0) for k in range(5)]
    return build.scenario(
        [site], [*jobs, build.job("must", 1.5, 4, must_run=True, reject_usd=None)],
        slots=8, horizon={"period_slots": 2},
        flows=[{"name": "asked", "demand": 3.0, "unmet_usd_per_accelerator_hour": 9.0}],
        uncertainty={
            "inputs": [
                {"paths": ["flows.asked.demand"], "how": "factor", "uniform": {"low": 0.5, "high": 3.0}},
                {"paths": ["clusters.a.modules.rack.accelerators_usd"], "uniform": {"low": 10, "high": 90}},
            ],
            "run_time": {"sigma": 0.4},
            "interruptions": True,
            "events": [{"name": "outage", "clusters": ["a"], "per_year": 500.0, "hours": 1.0, "speed": 0.0}],
        },
    )  # fmt: skip


def test_every_candidate_is_a_plan_of_the_scenario_as_it_stands() -> None:
    of = everything()
    found = robust(of, "cvar=0.5", 2, fresh=2, picks=1, mixes=1, workers=1, work_limit=200)
    valid(of, found)
    names = " ".join(each.name for each in found.candidates)
    for kind in ("as it stands", "run times at 90 %", "in reserve", "inputs at their means", "inputs of future"):
        assert kind in names
    assert sum(each.costs is not None for each in found.candidates) >= 4


def test_inputs_without_modules_move_runs() -> None:
    """Two sites, the price of the cheaper one not known: at other prices runs go elsewhere, and are plans as well."""
    sites = [build.cluster("a", 4, energy_price=100.0), build.cluster("b", 4, energy_price=110.0)]
    inputs = [{"paths": ["clusters.a.energy_price"], "how": "factor", "discrete": {"values": [0.5, 6.0]}}]
    of = build.scenario(sites, [build.job("j", 2.0, 4)], slots=3, uncertainty={"inputs": inputs})
    found = robust(of, "mean", 6, fresh=6, picks=2, workers=1, one_by_one=True)
    valid(of, found)
    assert found.result.plan is not None
    assert found.result.plan.placements["cluster"].tolist() == ["b"]
    chosen, standing, _ = found.estimates() or ()
    assert chosen.value < standing.value


@pytest.mark.usefixtures("closed")
def test_the_same_plan_is_judged_once_and_a_work_limit_repeats_the_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def counting(stored: Any, futures: int, *, seed: int, **more: Any) -> Any:
        if seed >= SAMPLE:
            calls.append(newsvendor.racks_of(stored.plan))
        return newsvendor.quick_stress(stored, futures, seed=seed, **more)

    monkeypatch.setattr("placement.robustness.stress", counting)
    of = newsvendor.scenario(newsvendor.UNIFORM)
    heard: list[tuple[int, Candidate]] = []
    found = robust(of, "mean", 12, picks=2, work_limit=100, progress=lambda n, each: heard.append((n, each)))
    assert len(calls) == len(set(calls)) == sum(each.costs is not None for each in found.candidates)
    assert heard == list(enumerate(found.candidates))
    again = robust(of, "mean", 12, picks=2, work_limit=100)
    assert again.table().equals(found.table())
    assert again.summary() == found.summary()


@pytest.mark.usefixtures("closed")
def test_a_stop_returns_the_best_so_far() -> None:
    of, stop = newsvendor.scenario(newsvendor.UNIFORM), threading.Event()

    def enough(number: int, candidate: Candidate) -> None:
        if number == 4:
            stop.set()

    found = robust(of, "mean", 12, picks=6, stop=stop, progress=enough)
    assert found.stopped
    assert len(found.candidates) == 5
    values = [found.measure(k) for k in range(5)]
    assert found.measure(found.chosen) == np.nanmin(values)
    assert found.estimates() is None
    assert found.summary()["fresh"] is None

    found = robust(of, "mean", 12, stop=stop)
    assert found.stopped
    assert found.result.plan is None or np.isnan(found.measure(0))


def test_time_that_is_over_leaves_candidates_out_not_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time is left once the plan as it stands is there."""
    standing = Planner.standing

    def slow(self: Planner, start: Plan | None, share: float) -> Result:
        found = standing(self, start, share)
        self.left_s = 0.0
        return found

    monkeypatch.setattr(Planner, "standing", slow)
    of = replace_uncertainty(tight())
    found = robust(of, "mean", 2, one_by_one=True, workers=1)
    assert [each.name for each in found.candidates] == [AS_IT_STANDS]
    assert found.result.plan is not None
    valid(of, found)


def replace_uncertainty(of: Scenario) -> Scenario:
    """The same with outages besides."""
    events = [{"name": "outage", "clusters": ["a"], "per_year": 100.0, "hours": 2.0, "speed": 0.0}]
    return of.replace("uncertainty", {"run_time": {"sigma": 0.3}, "events": events})


def test_a_scenario_without_a_plan_says_so() -> None:
    site, job = build.cluster(number=8), build.job("audit", 2.0, 9, must_run=True)
    of = build.scenario([site], [job], uncertainty={"run_time": {"sigma": 0.3}})
    found = robust(of, "mean", 4)
    assert found.result.status is Status.INFEASIBLE
    assert found.result.plan is None
    assert found.candidates[0].why.startswith("No plan exists: job 'audit' must run and cannot")
    assert found.estimates() is None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"measure": "cvar=1.5"}, "must be between 0 and 1"),
        ({"futures": 1}, "futures is 1, but at least 2 are needed"),
        ({"fresh": 1}, "fresh is 1, but at least 2 are needed"),
        ({"picks": -1}, "picks is -1 and mixes is 12, but neither may be negative"),
        ({"gap": -1.0}, "gap is -1.0, but must be at least 0"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_arguments_that_make_no_sense_are_said(more: dict[str, Any], words: str) -> None:
    with pytest.raises(PlacementError, match=words):
        robust(newsvendor.scenario(newsvendor.UNIFORM), **{"measure": "mean", **more})


def test_without_uncertainty_there_is_nothing_to_choose_by() -> None:
    with pytest.raises(PlacementError, match=r"has no `uncertainty`.*Write that section"):
        robust(newsvendor.scenario(None))


@pytest.mark.usefixtures("closed")
def test_a_plan_that_leaves_more_futures_unsettled_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(stored: Any, futures: int, **more: Any) -> Any:
        found = newsvendor.quick_stress(stored, futures, **more)
        usd = found.futures["cost_usd"].to_numpy().copy()
        usd[0] = np.nan
        if newsvendor.racks_of(stored.plan) != newsvendor.DEMAND:
            usd[1:3] = np.nan
        return replace_costs(found, usd)

    monkeypatch.setattr("placement.robustness.stress", lacking)
    found = robust(newsvendor.scenario(newsvendor.UNIFORM), "cvar=0.8", 12, picks=3, mixes=0)
    assert found.chosen == 0
    assert found.settled.tolist() == [False] + [True] * 11
    assert found.left_out == 1
    rows = found.table()
    assert rows["measure_usd"].notna().sum() == 1


def replace_costs(found: Any, usd: Any) -> Any:
    """The same with other costs."""
    found.futures["cost_usd"] = usd
    found.unsettled = ("no reason",)
    return found


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("over_usd", [0.005, 1.0])
def test_a_bound_above_the_chosen_plans_cost_is_an_error(over_usd: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of rounding a cent and a millionth are let pass; nobody is told a bound above the cost in either case."""
    of = newsvendor.scenario(newsvendor.UNIFORM)
    cost = robust(of, "cvar=0.8", 12, fresh=2, picks=2, mixes=0).result.cost_usd
    standing = Planner.standing

    def wrong(self: Planner, start: Plan | None, share: float) -> Result:
        return replace(standing(self, start, share), bound_usd=cost + over_usd)

    monkeypatch.setattr(Planner, "standing", wrong)
    if over_usd < 0.01:
        found = robust(of, "cvar=0.8", 12, fresh=2, picks=2, mixes=0)
        assert found.chosen > 0
        assert found.result.bound_usd == found.result.cost_usd == cost
    else:
        with pytest.raises(PlacementError, match=r"the bound, \$.*, is above the plan's cost, \$.*fault of the"):
            robust(of, "cvar=0.8", 12, fresh=2, picks=2, mixes=0)


@pytest.mark.usefixtures("closed")
def test_where_no_future_has_a_cost_that_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(stored: Any, futures: int, **more: Any) -> Any:
        return replace_costs(newsvendor.quick_stress(stored, futures, **more), np.full(futures, np.nan))

    monkeypatch.setattr("placement.robustness.stress", none)
    with pytest.raises(PlacementError, match="none of the 4 futures has a cost for all plans: no reason"):
        robust(newsvendor.scenario(newsvendor.UNIFORM), "mean", 4, picks=0)
