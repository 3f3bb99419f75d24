"""Deadlines, pins and outages after which something cannot be as planned."""

import pytest
from replanning.anew import EXACT, anew, cost, fates, moment, planned, rounded_up, runs, stamp
from replanning.mornings import earth, job, mars

from placement.errors import ScenarioError
from placement.replanning import replan
from placement.replanning.begun import Happened
from placement.replanning.outages import Outage
from placement.result import Status

SIXTH = rounded_up(1 / 6)
NO_TAILS = {"policy": {"tails": False}}


def outage(begin: float, end: float, cluster: str = "earth") -> Outage:
    return Outage(cluster, moment(begin), moment(end))


def test_a_running_job_that_misses_its_deadline_is_not_lost_and_is_told() -> None:
    before = planned([earth()], [job("train", deadline=stamp(5))], slots=10)
    found = anew(before, 2, outages=[outage(2, 4)])
    assert runs(before, found)["running"] == [("train", "earth", 4, 6 + SIXTH)]
    assert cost(found) == pytest.approx(0.8 + 0.4 * (2 + SIXTH) + 6 + SIXTH)
    assert fates(found) == {"paused": 1}
    assert any("deadline" in note for note in found.notes)


def test_a_running_job_that_takes_longer_than_its_deadline_is_not_lost_and_is_told() -> None:
    before = planned([earth()], [job("train", deadline=stamp(5))], slots=10)
    found = anew(before, 2, happened={"train": Happened(left=4.0)})
    assert runs(before, found)["running"] == [("train", "earth", 2, 6)]
    assert any("deadline" in note for note in found.notes)


def test_a_deadline_that_can_be_kept_elsewhere_is_kept() -> None:
    before = planned([earth(), mars(energy_price=5000.0)], [job("train", deadline=stamp(5), delay=0.1)], slots=10)
    found = anew(before, 2, outages=[outage(2, 4)])
    assert runs(before, found)["running"] == [("train", "mars", 2, 4 + SIXTH)]
    assert cost(found) == pytest.approx(0.8 + 20 * (2 + SIXTH) + 0.1 * (4 + SIXTH))
    assert found.notes == ()


def test_a_running_job_keeps_its_deadline_where_it_can() -> None:
    jobs = [job("train", deadline=stamp(4))]
    before = planned([earth(4)], jobs, slots=10)
    more = {"job": ["n"], "hours": [2.0], "accelerators": [4], "delay_usd_per_hour": [100.0], "reject_usd": [1000.0]}
    found = anew(before, 2, jobs=more)
    assert runs(before, found, "n")["running"] == [("train", "earth", 2, 4)]
    assert found.notes == ()


def test_a_job_that_had_no_place_and_whose_deadline_has_passed_gets_none() -> None:
    jobs = [job("a", deadline=stamp(4)), job("b", 2.0, delay=0.0, reject_usd=500.0, deadline=stamp(3))]
    before = planned([earth(4)], jobs, slots=10)
    assert before.cost == pytest.approx(1.6 + 4 + 500)
    for hours in (2, 3, 4):
        found = anew(before, hours, happened={"a": Happened(ended=2.0)})
        assert fates(found) == {"ended": 1, "without": 1}
        assert cost(found) == pytest.approx(0.8 + 2 + 500)


@pytest.mark.parametrize("change", [0.0, 7.0])
def test_a_job_that_waits_and_cannot_keep_its_deadline_loses_its_place(change: float) -> None:
    jobs = [job("a"), job("b", 2.0, delay=0.0, reject_usd=500.0, deadline=stamp(7), submitted=stamp(4))]
    before = planned([earth(4)], jobs, slots=10)
    found = anew(before, 2, outages=[outage(4, 6)], change_usd=change)
    assert fates(found) == {"stays": 1, "dropped": 1}
    assert cost(found) == pytest.approx(1.6 + 4 + 500 + change)


def test_what_must_run_and_cannot_leaves_no_plan() -> None:
    jobs = [job("a"), job("b", 2.0, reject_usd=None, deadline=stamp(7), submitted=stamp(4))]
    before = planned([earth(4)], jobs, slots=10)
    found = replan(before.scenario, before.plan, moment(2), outages=[outage(4, 6)], **EXACT)
    assert found.result is not None
    assert found.result.plan is None
    assert found.result.status == Status.INFEASIBLE
    assert found.churn is None


@pytest.mark.parametrize(("hours", "fate"), [(2, "kept"), (4, "kept"), (5, "stays")])
def test_a_pinned_job_keeps_its_start(hours: float, fate: str) -> None:
    before = planned([earth()], [job("b", 2.0, pin_start=stamp(4))], slots=10)
    found = anew(before, hours)
    assert fates(found) == {fate: 1}
    assert cost(found) == pytest.approx(0.8 + 6) == before.cost


def test_a_pinned_job_that_cannot_begin_then_loses_its_place() -> None:
    before = planned([earth(), mars()], [job("b", 2.0, pin_start=stamp(4), pin_cluster="earth")], slots=10, **NO_TAILS)
    found = anew(before, 2, outages=[outage(4, 12)])
    assert fates(found) == {"dropped": 1}
    assert cost(found) == pytest.approx(1000)
    assert cost(anew(before, 2, outages=[outage(0, 4)])) == pytest.approx(0.8 + 6)


def test_a_run_that_is_pinned_to_its_cluster_does_not_leave_it() -> None:
    before = planned([earth(), mars()], [job("a", pin_cluster="earth")], slots=10)
    found = anew(before, 2, outages=[outage(2, 5)])
    assert runs(before, found)["running"] == [("a", "earth", 5, 7 + SIXTH)]


def test_a_run_whose_start_was_pinned_may_go_on_later() -> None:
    before = planned([earth()], [job("a", pin_start=stamp(1))], slots=10)
    assert cost(anew(before, 2)) == pytest.approx(1.6 + 5)
    found = anew(before, 2, outages=[outage(2, 5)])
    assert runs(before, found) == {"history": [("a", "earth", 1, 2)], "running": [("a", "earth", 5, 8 + SIXTH)]}


@pytest.mark.parametrize("change", [0.0, 7.0])
def test_what_ran_where_nothing_works_any_more_is_given_up(change: float) -> None:
    before = planned([earth()], [job("a")], slots=10, **NO_TAILS)
    found = anew(before, 2, outages=[outage(2, 10)], change_usd=change)
    assert runs(before, found) == {"history": [("a", "earth", 0, 2)]}
    assert fates(found) == {"dropped": 1}
    assert cost(found) == pytest.approx(0.8 + 1000 + change)


def test_what_cannot_end_in_time_goes_on_past_the_end() -> None:
    before = planned([earth()], [job("a", delay=0.0)], slots=6)
    found = anew(before, 2, outages=[outage(2, 5)])
    # of what is left, 2 1/6 h, one hour is done in the last slot; the rest of its price as that of the job's work
    work = 2 + 1 / 6
    tail = 2.35 * 2 * 4 * (work - 1) / work
    assert fates(found) == {"paused": 1}
    assert cost(found) == pytest.approx(0.8 + 0.4 + tail, rel=0.2)


def test_a_new_job_whose_deadline_has_passed_is_a_mistake() -> None:
    before = planned([earth()], [job("a")], slots=10)
    more = {"job": ["n"], "hours": [1.0], "accelerators": [1], "reject_usd": [9.0], "deadline": [stamp(1.0)]}
    with pytest.raises(ScenarioError, match="deadline"):
        anew(before, 2, jobs=more)


def test_a_run_that_stays_through_an_outage_and_misses_its_deadline_is_told() -> None:
    before = planned([earth()], [job("train", deadline=stamp(5))], slots=10)
    found = anew(before, 2, outages=[outage(3, 5)])
    assert runs(before, found)["running"] == [("train", "earth", 2, 6)]
    assert any("deadline" in note for note in found.notes)


def test_a_run_that_an_outage_from_tomorrow_on_keeps_from_its_end_leaves_a_plan_for_the_rest() -> None:
    before = planned([earth(), mars()], [job("a"), job("b", 2.0, clusters=["mars"])], slots=10, **NO_TAILS)
    found = anew(before, 2, outages=[outage(3, 10)])
    assert runs(before, found)["running"] == [("a", "mars", 2, 4 + SIXTH)]


@pytest.mark.parametrize("change", [0.0, 1e5])
def test_what_is_put_off_past_the_horizon_is_no_change_to_pay_for(change: float) -> None:
    jobs = [job("a", 1.0, 2, submitted=stamp(4), delay=0.0)]
    before = planned([earth()], jobs, slots=5, policy={"tails": False, "defer": True})
    new = {"job": ["n"], "hours": [1.0], "accelerators": [8], "reject_usd": [100.0], "pin_start": [stamp(4)]}
    found = anew(before, 2, jobs=new, change_usd=change)
    assert fates(found) == {"dropped": 1, "new": 1}
    assert cost(found) == pytest.approx(0.8 + 2.35 * 2)
    assert found.churn is not None
    assert found.churn.dropped == ("a",)


def test_what_fits_nowhere_at_all_keeps_its_reason() -> None:
    """Too large for any pool, or with too little time: not that its clusters are barred."""
    jobs = [
        job("a", 4.0), job("wide", 1.0, 4096, 1.0, reject_usd=5.0),
        job("short", 6.0, 4, 1.0, reject_usd=5.0, deadline=stamp(3)),
    ]  # fmt: skip
    before = planned([earth()], jobs, slots=10)
    for hours in (1, 4):
        found = anew(before, hours)
        assert found.result is not None
        assert found.result.plan is not None
        said = dict(zip(found.result.plan.jobs["job"], found.result.plan.jobs["reason"], strict=True))
        assert "needs 4,096 at once" in said["wide"]
        assert "deadline" in said["short"]
        assert "does not allow it" not in said["short"]
