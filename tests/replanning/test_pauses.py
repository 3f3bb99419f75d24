"""Jobs that may be paused, and jobs in segments, planned anew before, in and after their pauses."""

from typing import Any

import pytest
from replanning.anew import anew, cost, fates, moment, planned, runs, stamp, then
from replanning.mornings import earth, job, mars

from placement.replanning.begun import Happened
from placement.replanning.outages import Outage

CALM = pytest.mark.parametrize("change_usd", [0.0, 50.0])
DEAR = [100.0, 100.0, 1000.0, 1000.0, 100.0, 100.0, 100.0, *[1000.0] * 5]
"""$/MWh: cheap from 0 to 2 and from 4 to 7."""


def pausable(resume: float = 0.5, **more: Any) -> Any:
    """Four hours on earth: from 0 to 2 and from 4 to 6:30, which is paused once at 0.4 $ an hour."""
    jobs = [job("a", 4.0, delay=0.01, pauses=2, resume_hours=resume, **more)]
    return planned([earth(energy_price=DEAR)], jobs, slots=12)


@CALM
@pytest.mark.parametrize(
    ("hours", "pauses", "what"),
    [(1, 2, "stays"), (2, 1, "kept"), (3, 1, "kept"), (4, 1, "kept"), (5, 1, "stays"), (6, 1, "stays")],
)
def test_pauses_to_come_are_decided_again_and_paid_for_once(
    hours: float, pauses: int, what: str, change_usd: float
) -> None:
    before = pausable()
    assert before.cost == pytest.approx(0.4 * 4.5 + 0.01 * 6.5)
    found = anew(before, hours, change_usd=change_usd)
    assert cost(found) == pytest.approx(before.cost)
    assert fates(found) == {what: 1}
    rest = found.scenario.jobs
    row = next(n for n, name in enumerate(rest["job"]) if str(name) == "a")
    assert (int(rest["pauses"][row]), int(rest["segments"][row])) == (pauses, 1)
    again = anew(then(found), min(hours + 1.0, 7.0), change_usd=change_usd)
    assert cost(again) == pytest.approx(before.cost)


def test_one_that_runs_in_one_piece_may_still_be_paused_where_something_happens() -> None:
    before = planned([earth(energy_price=100.0)], [job("a", 4.0, delay=0.01, pauses=1)], slots=12)
    assert runs(before, anew(before, 1))["running"] == [("a", "earth", 1, 4)]
    jobs = {"job": ["b"], "hours": [2.0], "accelerators": [8], "pin_start": [stamp(4)], "must_run": [True]}
    found = anew(before, 1, jobs=jobs, happened={"a": Happened(left=5.0)})
    assert runs(before, found, "b")["running"] == [("a", "earth", 1, 4), ("a", "earth", 6, 8)]


def test_one_that_waits_is_paused_where_it_was_not() -> None:
    before = planned([earth()], [job("a", 4.0, delay=0.01, pauses=1, submitted=stamp(2))], slots=12)
    jobs = {"job": ["b"], "hours": [2.0], "accelerators": [8], "pin_start": [stamp(4)], "must_run": [True]}
    found = anew(before, 1, jobs=jobs)
    assert runs(before, found, "b")["waiting"] == [("a", "earth", 2, 4), ("a", "earth", 6, 8)]


def test_what_it_took_longer_is_left_of_it() -> None:
    """At 5, half an hour of resuming and half an hour of work into the second piece, three hours are left."""
    found = anew(pausable(), 5, happened={"a": Happened(left=3.0)})
    assert cost(found) == pytest.approx(0.4 * 3 + 0.4 * 2 + 4.0 * 1 + 0.01 * 8)


def test_a_paused_job_that_may_not_move_stays_where_its_cluster_works() -> None:
    sites = [earth(energy_price=DEAR), mars(energy_price=10.0, pool={"speed": [0, 0, *[1] * 10]})]
    jobs = [job("a", 4.0, delay=0.01, segments=2, checkpoint_tb=0.1)]
    before = planned(sites, jobs, slots=12)
    if before.plan.placements["cluster"].tolist()[0] == "mars":
        before = planned([sites[0], mars(energy_price=150.0)], jobs, slots=12)
    assert runs(before, anew(before, 3, moves=False))["running"] == [("a", "earth", 4, 6)]


def test_a_paused_job_moves_where_that_is_cheaper_with_its_checkpoint() -> None:
    link = {"gbps_in": 16.0, "gbps_out": 16.0, "usd_per_tb_in": 2.0}  # 7.2 TB an hour
    sites = [earth(energy_price=DEAR), mars(energy_price=150.0, link=link)]
    jobs = [job("a", 4.0, delay=0.01, segments=2, checkpoint_tb=3.6, resume_hours=0.25)]
    before = planned(sites, jobs, slots=12)
    assert runs(before, anew(before, 3))["running"] == [("a", "earth", 4, 6.25)]
    found = anew(before, 3, outages=[Outage("earth", moment(3), moment(9))])
    assert runs(before, found)["running"] == [("a", "mars", 3, 5.75)]
    assert cost(found) == pytest.approx(0.4 * 2 + 0.6 * 2.75 + 2 * 3.6 + 0.01 * 5.75)
    assert fates(found) == {"moved": 1}


@CALM
@pytest.mark.parametrize(
    ("happened", "rest"),
    [
        (Happened(left=3.5), [("a", "earth", 1, 2.5), ("a", "earth", 4, 6)]),  # later segments keep their work
        (Happened(left=1.0), [("a", "earth", 1, 2), ("a", "earth", 4, 5)]),  # not so much is left
    ],
)
def test_what_is_left_of_a_job_in_segments(happened: Happened, rest: Any, change_usd: float) -> None:
    before = planned([earth(energy_price=DEAR)], [job("a", 4.0, delay=0.01, segments=2)], slots=12)
    found = anew(before, 1, happened={"a": happened}, change_usd=change_usd)
    ran = runs(before, found)["running"]
    if happened.left == 3.5:
        assert ran == rest
    else:
        assert [each[:3] for each in ran] == [each[:3] for each in rest]
        assert sum(each[3] - each[2] for each in ran) == pytest.approx(1.0, abs=0.01)


def test_a_segment_that_did_not_begin_waits() -> None:
    before = planned([earth(energy_price=DEAR)], [job("a", 4.0, delay=0.01, segments=2)], slots=12)
    found = anew(before, 5, happened={"a": Happened(begun=False)}, change_usd=1.0)
    assert runs(before, found) == {"history": [("a", "earth", 0, 2)], "running": [("a", "earth", 5, 7)]}
    assert fates(found) == {"shifted": 1}


def test_between_segments_it_can_have_ended_or_still_run() -> None:
    before = planned([earth(energy_price=DEAR)], [job("a", 4.0, delay=0.01, segments=2)], slots=12)
    found = anew(before, 3, happened={"a": Happened(left=3.0)})
    assert runs(before, found)["running"] == [("a", "earth", 3, 4), ("a", "earth", 4, 6)]
    found = anew(before, 3, happened={"a": Happened(ended=1.75)})
    assert runs(before, found) == {"history": [("a", "earth", 0, 1.75)]}
    assert fates(found) == {"ended": 1}
