"""Segments, order, options, throughput, what ran at the start: nothing happens, then something does."""

from typing import Any

import build
import pytest
from replanning.anew import anew, cost, fates, moment, planned, rounded_up, runs, stamp
from replanning.mornings import earth, job, mars

from placement.replanning.begun import Happened
from placement.replanning.outages import Outage

SIXTH = rounded_up(1 / 6)
CALM = pytest.mark.parametrize("change_usd", [0.0, 1e5])
DEAR = [100.0, 100.0, 1000.0, 1000.0, 100.0, 100.0, 1000.0, 1000.0]


def paused_at_noon(**more: Any) -> Any:
    """Two segments of two hours each, from 0 to 2 and from 4 to 6, between which power is dear."""
    return planned([earth(energy_price=DEAR)], [job("a", 4.0, delay=0.01, segments=2, **more)], slots=8)


@CALM
@pytest.mark.parametrize(
    ("hours", "history", "rest", "what"),
    [
        (1, [("a", "earth", 0, 1)], [("a", "earth", 1, 2), ("a", "earth", 4, 6)], {"stays": 1}),
        (5, [("a", "earth", 0, 2), ("a", "earth", 4, 5)], [("a", "earth", 5, 6)], {"stays": 1}),
        (6, [("a", "earth", 0, 2), ("a", "earth", 4, 6)], [], {"ended": 1}),
    ],
)
def test_segments_stay(hours: float, history: Any, rest: Any, what: dict[str, int], change_usd: float) -> None:
    before = paused_at_noon()
    assert before.cost == pytest.approx(1.6 + 0.06)
    found = anew(before, hours, change_usd=change_usd)
    ran = runs(before, found)
    assert ran.pop("history") == history
    assert sorted(run for each in ran.values() for run in each) == rest
    assert cost(found) == pytest.approx(before.cost)
    assert fates(found) == what


@CALM
@pytest.mark.parametrize("hours", [2, 3, 4])
def test_between_segments_the_second_is_kept(hours: float, change_usd: float) -> None:
    before = paused_at_noon()
    found = anew(before, hours, change_usd=change_usd)
    ran = runs(before, found)
    assert ran.pop("history") == [("a", "earth", 0, 2)]
    assert [run for each in ran.values() for run in each] == [("a", "earth", 4, 6)]
    assert cost(found) == pytest.approx(before.cost)
    assert found.churn is not None
    assert (found.churn.changed, found.churn.planned) == (0, 1)


@CALM
def test_a_resumption_is_paid_for_once(change_usd: float) -> None:
    before = paused_at_noon(resume_hours=0.5)
    end = 6.5
    assert before.cost == pytest.approx(0.4 * 4 + 0.5 * 4 + 0.01 * end)
    for hours in (1, 3, 5):
        assert cost(anew(before, hours, change_usd=change_usd)) == pytest.approx(before.cost)


@CALM
@pytest.mark.parametrize("hours", [1, 3, 4, 6])
def test_order_with_a_lag_is_kept_whatever_of_it_is_past(hours: float, change_usd: float) -> None:
    jobs = [job("a", 2.0), job("b", 2.0, after=["a"], after_lag_hours=1.5), job("c", 1.0, after=["b"])]
    before = planned([earth()], jobs, slots=10)
    assert before.cost == pytest.approx(0.8 + 0.8 + 0.4 + 2 + 6 + 7)
    found = anew(before, hours, change_usd=change_usd)
    assert cost(found) == pytest.approx(before.cost)
    assert found.churn is not None
    assert found.churn.changed == 0


@pytest.mark.parametrize(
    ("happened", "start"),
    [(Happened(ended=1.0), 3), (Happened(ended=2.0), 4), (Happened(left=2.0), 6), (Happened(left=0.25), 5)],
)
def test_order_follows_what_happened_to_what_comes_first(happened: Happened, start: float) -> None:
    jobs = [job("a", 3.0), job("b", 2.0, after=["a"], after_lag_hours=2.0)]
    before = planned([earth()], jobs, slots=12)
    found = anew(before, 2, happened={"a": happened})
    assert runs(before, found)["waiting"] == [("b", "earth", start, start + 2)]


def test_order_waits_for_every_unit_of_what_comes_first() -> None:
    jobs = [job("a", 2.0, count=3), job("b", 2.0, after=["a"])]
    before = planned([earth(4)], jobs, slots=12)
    for hours in (1, 3, 5, 7):
        found = anew(before, hours)
        assert cost(found) == pytest.approx(before.cost) == 0.8 * 4 + 2 + 4 + 6 + 8
    found = anew(before, 1, happened={"a": Happened(left=2.0)}, change_usd=0.1)
    assert runs(before, found)["waiting"] == [("a", "earth", 3, 5), ("a", "earth", 5, 7), ("b", "earth", 7, 9)]
    assert fates(found) == {"stays": 1, "shifted": 3}
    assert cost(found) == pytest.approx(0.8 * 4 + 0.4 + 3 + 5 + 7 + 9 + 0.3)


def quoted(**more: Any) -> Any:
    """In two parts, 3 $ and 2 $, on both; or on mars alone, 20 $."""
    rows = [
        {"job": "a", "option": "both", "cluster": "earth", "accelerators": 2, "hours": 4.0, "price_usd": 3.0},
        {"job": "a", "option": "both", "cluster": "mars", "accelerators": 2, "hours": 4.0, "price_usd": 2.0},
        {"job": "a", "option": "mars alone", "cluster": "mars", "accelerators": 4, "hours": 4.0, "price_usd": 20.0},
    ]
    sites = [earth(restart_minutes=30.0), mars(restart_minutes=30.0)]
    return planned(sites, [job("a")], slots=10, options=rows, **more)


@CALM
@pytest.mark.parametrize("hours", [1, 3, 4])
def test_parts_run_on_together_and_their_price_is_paid_once(hours: float, change_usd: float) -> None:
    before = quoted()
    assert before.cost == pytest.approx(5 + 0.6 * 4 + 4)
    found = anew(before, hours, change_usd=change_usd)
    assert runs(before, found)["history"] == [("a", "earth", 0, hours), ("a", "mars", 0, hours)]
    assert cost(found) == pytest.approx(before.cost)
    assert fates(found) == ({"stays": 1} if hours < 4 else {"ended": 1})


def test_a_part_that_stands_still_holds_up_the_others() -> None:
    before = quoted()
    found = anew(before, 2, outages=[Outage("earth", moment(2), moment(4))], change_usd=1.0)
    assert runs(before, found)["running"] == [("a", "earth", 4, 6.5), ("a", "mars", 4, 6.5)]
    assert cost(found) == pytest.approx(5 + 0.6 * 4.5 + 6.5 + 1)
    assert fates(found) == {"paused": 1}


def test_a_job_in_several_ways_of_the_table_moves_between_them_alone() -> None:
    rows = [
        {"job": "a", "option": "here", "cluster": "earth", "accelerators": 4, "hours": 4.0, "price_usd": 1.0},
        {"job": "a", "option": "there", "cluster": "mars", "accelerators": 2, "hours": 6.0},
    ]
    before = planned([earth(), mars(), build.cluster("moon")], [job("a")], slots=14, options=rows)
    assert before.cost == pytest.approx(1 + 1.6 + 4)
    found = anew(before, 2, outages=[Outage("earth", moment(2), moment(14))])
    length = rounded_up(3 + 1 / 6)  # half of six hours
    assert runs(before, found)["running"] == [("a", "mars", 2, 2 + length)]
    assert cost(found) == pytest.approx(1 + 0.8 + 0.4 * length + 2 + length)


def test_windows_of_ways_hold_for_what_waits() -> None:
    rows = [
        {"job": "a", "option": "early", "cluster": "earth", "accelerators": 4, "hours": 2.0, "latest_start": stamp(3)},
        {"job": "a", "option": "late", "cluster": "earth", "accelerators": 4, "hours": 2.0, "earliest_start": stamp(6),
         "price_usd": 7.0},
    ]  # fmt: skip
    before = planned([earth()], [job("a", 2.0, submitted=stamp(3))], slots=12, options=rows)
    assert before.cost == pytest.approx(0.8 + 2)
    assert cost(anew(before, 2, change_usd=50.0)) == pytest.approx(0.8 + 2)
    assert cost(anew(before, 3)) == pytest.approx(0.8 + 2)
    found = anew(before, 2, jobs={"job": ["n"], "hours": [2.0], "accelerators": [8], "pin_start": [stamp(3)],
                                  "reject_usd": [500.0]}, change_usd=50.0)  # fmt: skip
    assert runs(before, found, "n")["waiting"] == [("a", "earth", 6, 8)]
    assert cost(found) == pytest.approx(1.6 + 0.8 + 7 + 5 + 50)
    assert fates(found) == {"shifted": 1, "new": 1}


@CALM
def test_what_ran_at_the_start_of_the_horizon(change_usd: float) -> None:
    running = job("a", 6.0, state="running", cluster="earth", hours_left=4.0)
    before = planned([earth(), mars()], [running], slots=10)
    assert before.cost == pytest.approx(1.6 + 4)
    found = anew(before, 2, change_usd=change_usd)
    assert runs(before, found) == {"history": [("a", "earth", 0, 2)], "running": [("a", "earth", 2, 4)]}
    assert cost(found) == pytest.approx(1.6 + 4)
    assert fates(found) == {"stays": 1}
    gone = anew(before, 2, outages=[Outage("earth", moment(2), moment(10))], change_usd=3.0)
    assert fates(gone) == {"moved": 1}
    assert cost(gone) == pytest.approx(0.8 + 0.8 * (2 + SIXTH) + 4 + SIXTH + 3)


@CALM
def test_power_of_the_throughput_table_and_utilization(change_usd: float) -> None:
    rows = [
        {"class": "llm", "accelerator": "h100-sxm", "relative_speed": 0.8, "kw_per_accelerator": 2.0},
        {
            "class": "llm",
            "accelerator": "h100-sxm",
            "accelerators": 8,
            "relative_speed": 0.5,
            "kw_per_accelerator": 1.5,
        },
    ]
    what = {"class": "llm", "utilization": 0.5}
    for jobs, usd in (
        ([job("a", 4.0, 4, 0.01, **what)], 0.4 * 5 + 0.05),
        ([job("a", 4.0, 4, 1.0, **what)], 0.6 * 4 + 4),
    ):
        before = planned([earth()], jobs, slots=10, throughput=rows)
        assert before.cost == pytest.approx(usd)
        for hours in (1, 3):
            found = anew(before, hours, change_usd=change_usd)
            assert cost(found) == pytest.approx(usd)
            assert fates(found) == {"stays": 1}


def test_a_gang_of_another_size_may_go_on_elsewhere() -> None:
    rows = [
        {"class": "llm", "accelerator": "h100-sxm", "relative_speed": 1.0},
        {
            "class": "llm",
            "accelerator": "h100-sxm",
            "accelerators": 2,
            "relative_speed": 1.0,
            "kw_per_accelerator": 0.5,
        },
    ]
    before = planned([earth(), mars(2)], [job("a") | {"class": "llm"}], slots=16, throughput=rows)
    assert before.cost == pytest.approx(1.6 + 4)
    found = anew(before, 2, outages=[Outage("earth", moment(2), moment(16))])
    assert runs(before, found)["running"] == [("a", "mars", 2, 6 + SIXTH)]
    assert cost(found) == pytest.approx(0.8 + 0.2 * (4 + SIXTH) + 6 + SIXTH)


@CALM
def test_interruptions_lengthen_the_rest_as_they_did_the_run(change_usd: float) -> None:
    site = earth(interruptions_per_accelerator_year=200.0, storage_gbps=10.0)
    before = planned([site], [job("a", 6.0, checkpoint_tb=0.05)], slots=12)
    found = anew(before, 3, change_usd=change_usd)
    assert cost(found) == pytest.approx(before.cost)
    assert runs(before, found)["running"][0][3] > 6.05


@CALM
def test_expected_hours_or_those_not_exceeded(change_usd: float) -> None:
    before = planned([earth()], [job("a", 4.0, hours_p90=5.0)], slots=12, policy={"run_time": "p90"})
    assert before.cost == pytest.approx(2.0 + 5)
    assert cost(anew(before, 2, change_usd=change_usd)) == pytest.approx(7.0)


@pytest.mark.parametrize("name", ["stays", "goes on later", "mars/h100-sxm x4", "as it ran"])
def test_ways_may_have_any_name(name: str) -> None:
    rows = [
        {"job": "a", "option": "here", "cluster": "earth", "accelerators": 4, "hours": 4.0},
        {"job": "a", "option": name, "cluster": "mars", "accelerators": 4, "hours": 4.0},
    ]
    before = planned([earth(), mars()], [job("a")], slots=10, options=rows)
    assert cost(anew(before, 2, change_usd=1.0)) == pytest.approx(5.6)
    found = anew(before, 2, outages=[Outage("earth", moment(2), moment(5))])
    assert runs(before, found)["running"] == [("a", "mars", 2, 4 + SIXTH)]


@CALM
def test_jobs_of_a_campaign(change_usd: float) -> None:
    campaign = {"name": "daily", "per_year": 8766.0, "hours": 1.5, "accelerators": 4, "delay_usd_per_hour": 1.0}
    before = planned([earth(4)], [job("a", 1.0)], slots=6, campaigns=[campaign])
    for hours in (2, 4):
        found = anew(before, hours, change_usd=change_usd)
        assert cost(found) == pytest.approx(before.cost)
