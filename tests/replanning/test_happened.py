"""What became of jobs that had begun, where it was otherwise than planned."""

import math
from typing import Any

import pytest
from replanning.anew import anew, cost, fates, moment, planned, rounded_up, runs, stamp, then
from replanning.mornings import QUEUE_USD, earth, job, queue, two

from placement.errors import PlacementError
from placement.replanning.begun import Happened
from placement.replanning.outages import Outage


def test_the_queue_as_planned() -> None:
    before = planned(**queue())
    assert before.cost == pytest.approx(QUEUE_USD)
    assert cost(anew(before, 2)) == pytest.approx(QUEUE_USD)


def test_what_ended_earlier_makes_room() -> None:
    before = planned(**queue())
    found = anew(before, 2, happened={"a": Happened(ended=1.5)})
    assert runs(before, found) == {"history": [("a", "earth", 0, 1.5)], "waiting": [("b", "earth", 2, 4)]}
    assert cost(found) == pytest.approx(0.8 * 1.5 + 5 * 1.5 + 1.6 + 2.5)
    assert fates(found) == {"ended": 1, "shifted": 1}


def test_the_price_of_a_change_is_set_against_the_gain() -> None:
    before = planned(**queue())
    gain = 2.0  # of delay
    for change, fate, usd in ((gain - 0.1, "shifted", 2.5 + gain - 0.1), (gain + 0.1, "kept", 4.5)):
        found = anew(before, 2, happened={"a": Happened(ended=1.5)}, change_usd=change)
        assert fates(found) == {"ended": 1, fate: 1}
        assert cost(found) == pytest.approx(0.8 * 1.5 + 5 * 1.5 + 1.6 + usd)


@pytest.mark.parametrize("change", [0.0, 7.0])
def test_what_takes_longer_pushes_others_back(change: float) -> None:
    before = planned(**queue())
    found = anew(before, 2, happened={"a": Happened(left=3.0)}, change_usd=change)
    assert runs(before, found) == {
        "history": [("a", "earth", 0, 2)],
        "running": [("a", "earth", 2, 5)],
        "waiting": [("b", "earth", 5, 7)],
    }
    assert cost(found) == pytest.approx(5.6 + 25 + 5.5 + change)
    assert fates(found) == {"stays": 1, "shifted": 1}


def test_what_has_less_left_than_planned() -> None:
    before = planned(**queue())
    found = anew(before, 2, happened={"a": Happened(left=0.75)})
    assert runs(before, found)["running"] == [("a", "earth", 2, 2.75)]
    assert runs(before, found)["waiting"] == [("b", "earth", 3, 5)]
    assert cost(found) == pytest.approx(0.8 * 4.75 + 5 * 2.75 + 3.5)


def test_what_should_have_ended_and_still_runs() -> None:
    before = planned([earth()], [job("a", 4.0, 8, 5.0)], slots=10)
    found = anew(before, 5, happened={"a": Happened(left=1.5)})
    assert runs(before, found) == {"history": [("a", "earth", 0, 5)], "running": [("a", "earth", 5, 6.5)]}
    assert cost(found) == pytest.approx(0.8 * 6.5 + 5 * 6.5)
    assert fates(found) == {"stays": 1}


def test_what_ended_later_than_planned() -> None:
    before = planned([earth()], [job("a", 4.0, 8, 5.0)], slots=10)
    for hours in (5, 9):
        found = anew(before, hours, happened={"a": Happened(ended=4.5)})
        assert runs(before, found) == {"history": [("a", "earth", 0, 4.5)]}
        assert cost(found) == pytest.approx(0.8 * 4.5 + 5 * 4.5)
        assert fates(found) == {"ended": 1}


def test_an_end_at_the_moment_itself_is_no_later() -> None:
    before = planned(**queue())
    found = anew(before, 1.5, happened={"a": Happened(ended=1.5)})
    assert runs(before, found) == {"history": [("a", "earth", 0, 1.5)], "waiting": [("b", "earth", 2, 4)]}


def test_hours_left_are_those_at_full_speed_where_it_ran() -> None:
    chips = [
        {"name": "ref", "bf16_tflops": 1000.0, "memory_gb": 80.0, "kw": 1.0},
        {"name": "slow", "bf16_tflops": 500.0, "memory_gb": 80.0, "kw": 1.0},
    ]
    site = earth(pool={"accelerator": "slow", "speed": [1.0] * 3 + [0.5] * 9})
    before = planned([site], [job("a", 2.0)], slots=12, accelerators=chips, reference_accelerator="ref")
    assert before.cost == pytest.approx(0.4 * 5 + 5)
    found = anew(before, 2, happened={"a": Happened(left=3.0)})
    assert runs(before, found)["running"] == [("a", "earth", 2, 7)]
    assert cost(found) == pytest.approx(0.4 * 7 + 7)


def test_all_units_that_had_begun_and_no_others() -> None:
    before = planned([earth(8)], [job("a", 4.0, 4, count=3)], slots=12)
    found = anew(before, 2, happened={"a": Happened(ended=1.0)})
    assert runs(before, found) == {"history": [("a", "earth", 0, 1)] * 2, "waiting": [("a", "earth", 2, 6)]}
    assert cost(found) == pytest.approx(0.8 + 2 + 1.6 + 6)
    assert fates(found) == {"ended": 2, "shifted": 1}


def test_room_for_what_had_none() -> None:
    jobs = [job("a", 4.0), job("b", 2.0, delay=0.0, reject_usd=500.0)]
    before = planned([earth(4)], jobs, slots=4, policy={"tails": False})
    assert before.cost == pytest.approx(1.6 + 4 + 500)
    assert fates(anew(before, 2)) == {"stays": 1, "without": 1}
    found = anew(before, 2, happened={"a": Happened(ended=2.0)}, change_usd=1e5)
    assert runs(before, found) == {"history": [("a", "earth", 0, 2)], "waiting": [("b", "earth", 2, 4)]}
    assert cost(found) == pytest.approx(0.8 + 2 + 0.8)
    assert fates(found) == {"ended": 1, "admitted": 1}


def test_what_was_deferred_gets_a_place() -> None:
    jobs = [job("a", 4.0), job("b", 2.0, delay=0.0)]
    before = planned([earth(4)], jobs, slots=4, policy={"tails": False, "defer": True})
    deferral = 2.35 * 2 * 4
    assert before.cost == pytest.approx(1.6 + 4 + deferral)
    nothing = anew(before, 2)
    assert fates(nothing) == {"stays": 1, "without": 1}
    assert cost(nothing) == pytest.approx(1.6 + 4 + deferral)
    found = anew(before, 2, happened={"a": Happened(ended=2.0)})
    assert fates(found) == {"ended": 1, "admitted": 1}
    assert cost(found) == pytest.approx(0.8 + 2 + 0.8)


@pytest.mark.parametrize(
    ("happened", "said"),
    [
        ({"trian": Happened(ended=1.0)}, "train"),
        ({"train": Happened(ended=3.0)}, "train"),
        ({"train": Happened(ended=1.0, left=1.0)}, "train"),
        ({"train": Happened(left=1.0, begun=False)}, "train"),
        ({"later": Happened(begun=False)}, "later"),
        ({"later": Happened(left=1.0)}, "later"),
        ({"later": Happened(ended=1.0)}, "later"),
        ({"train": Happened(left=-1.0)}, "train"),
        ({"train": Happened(left=math.nan)}, "train"),
        ({"train": Happened(ended=math.nan)}, "train"),
        ({"train": Happened(ended=-0.5)}, "train"),
        ({"second": Happened(ended=0.5)}, "second"),
    ],
)
def test_mistakes(happened: Any, said: str) -> None:
    jobs = [job("train", 4.0, 4, 5.0), job("second", submitted=stamp(1)), job("later", 2.0, 8, submitted=stamp(3))]
    before = planned([earth()], jobs, slots=10)
    with pytest.raises(PlacementError, match=said):
        anew(before, 2, happened=happened)


def test_a_name_that_is_all_but_right_is_proposed() -> None:
    before = planned([earth()], [job("train", 4.0)], slots=10)
    with pytest.raises(PlacementError, match=r"(?i)did you mean.*train"):
        anew(before, 2, happened={"trian": Happened(ended=1.0)})


def test_a_job_in_segments_that_ended_has_no_more_of_them() -> None:
    dear = [100.0, 100.0, 1000.0, 1000.0, 100.0, 100.0, 1000.0, 1000.0]
    before = planned([earth(energy_price=dear)], [job("a", 4.0, 4, 0.01, segments=2)], slots=8)
    found = anew(before, 2, happened={"a": Happened(ended=1.5)})
    assert runs(before, found) == {"history": [("a", "earth", 0, 1.5)]}
    assert cost(found) == pytest.approx(0.6 + 0.015)


def test_what_one_unit_has_left_where_another_waits() -> None:
    before = planned([earth()], [job("a", 4.0, 8, count=2)], slots=12)
    found = anew(before, 2, happened={"a": Happened(left=1.0)})
    assert runs(before, found) == {
        "history": [("a", "earth", 0, 2)],
        "running": [("a", "earth", 2, 3)],
        "waiting": [("a", "earth", 3, 7)],
    }


def test_a_run_that_takes_longer_takes_longer_elsewhere_too() -> None:
    """Each hour four hours are left of it; when its cluster stands still at last, it takes these on another."""
    now = planned(**two())
    for hours in (1, 2, 3):
        now = then(anew(now, hours, happened={"a": Happened(left=4.0)}))
    found = anew(now, 4, happened={"a": Happened(left=4.0)}, outages=[Outage("earth", moment(4), moment(9))])
    assert runs(now, found)["running"] == [("a", "mars", 4, 8 + rounded_up(1 / 6))]


def test_a_tail_is_that_of_the_run_as_it_is() -> None:
    before = planned([earth()], [job("a", 4.0)], slots=5)
    found = anew(before, 2, happened={"a": Happened(left=8.0)})
    assert cost(found) == pytest.approx(0.4 * 5 + 10 + 2.35 * 4 * 5)


@pytest.mark.parametrize("change_usd", [0.0, 10.0])
def test_a_run_that_did_not_begin_as_another_lasted_longer(change_usd: float) -> None:
    """b was to share the third hour with the end of a, which goes on; it waits, and that is no change of the plan's."""
    before = planned([earth()], [job("a", 2.5, 8, 5.0), job("b", 2.0, 4, 1.0)], slots=12)
    assert runs(before, anew(before, 2))["waiting"] == [("b", "earth", 2, 4)]
    happened = {"a": Happened(left=1.0), "b": Happened(begun=False)}
    found = anew(before, 3, happened=happened, change_usd=change_usd)
    assert runs(before, found) == {
        "history": [("a", "earth", 0, 3)],
        "running": [("a", "earth", 3, 4)],
        "waiting": [("b", "earth", 4, 6)],
    }
    assert fates(found) == {"stays": 1, "shifted": 1}
    assert cost(found) == pytest.approx(0.8 * 4 + 5 * 4 + 0.8 + 6)
