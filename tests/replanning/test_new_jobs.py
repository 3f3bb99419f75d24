"""Jobs that are new: they get a place from the moment on, and their delay counts from then."""

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from replanning.anew import anew, cost, fates, planned, runs, stamp
from replanning.mornings import earth, job, mars, queue

from placement.errors import PlacementError, ScenarioError

RUNNING_USD = 5.6
"""Job a of four hours alone, from 0."""


def new(**columns: Any) -> dict[str, list[Any]]:
    """One job of 2 h on eight, at 1 $ for each hour of delay."""
    row = {"job": "n", "hours": 2.0, "accelerators": 8, "reject_usd": 1000.0, "delay_usd_per_hour": 1.0} | columns
    return {name: [value] for name, value in row.items() if value is not None}


def begun() -> Any:
    return planned([earth()], [job("a")], slots=10)


@pytest.mark.parametrize("kind", [dict, pd.DataFrame, pa.table])
def test_it_gets_a_place_from_the_moment_on(kind: Any) -> None:
    before = begun()
    found = anew(before, 2, jobs=kind(new(accelerators=4)))
    assert runs(before, found, "n") == {
        "history": [("a", "earth", 0, 2)],
        "running": [("a", "earth", 2, 4)],
        "new": [("n", "earth", 2, 4)],
    }
    assert cost(found) == pytest.approx(RUNNING_USD + 0.8 + 2)
    assert fates(found) == {"stays": 1, "new": 1}


@pytest.mark.parametrize(
    ("hours", "more", "start", "delay"),
    [
        (1.5, {}, 4, 4.5),
        (1.5, {"accelerators": 4}, 2, 2.5),
        (2.0, {"accelerators": 4, "submitted": stamp(0)}, 2, 4.0),
        (2.0, {"accelerators": 4, "submitted": stamp(1)}, 2, 3.0),
        (2.0, {"accelerators": 4, "earliest_start": stamp(3)}, 3, 2.0),
        (2.0, {"accelerators": 4, "submitted": stamp(5)}, 5, 2.0),
    ],
)
def test_its_delay_counts_from_the_moment_where_it_does_not_say_when_it_was_asked_for(
    hours: float, more: Any, start: float, delay: float
) -> None:
    before = begun()
    found = anew(before, hours, jobs=new(**more))
    assert runs(before, found, "n")["new"] == [("n", "earth", start, start + 2)]
    energy = 0.2 * more.get("accelerators", 8)
    assert cost(found) == pytest.approx(RUNNING_USD + energy + delay)


def test_nothing_of_what_is_new_runs_before_the_moment_although_there_was_room() -> None:
    before = planned([earth()], [job("a", 1.0, submitted=stamp(5))], slots=10)
    found = anew(before, 4, jobs=new(accelerators=4, submitted=stamp(0), count=3))
    assert runs(before, found, "n")["new"] == [("n", "earth", 4, 6), ("n", "earth", 4, 6), ("n", "earth", 6, 8)]
    assert fates(found) == {"shifted": 1, "new": 3}
    assert cost(found) == pytest.approx(0.4 + 2 + 2.4 + 6 + 6 + 8)


def test_it_may_push_back_what_waits_at_the_price_of_a_change() -> None:
    before = planned(**queue())  # b waits from 4 to 6
    for change, fate, usd in ((1.0, "shifted", 1.0 + 6.5 + 20), (50.0, "kept", 4.5 + 40)):
        found = anew(before, 2, jobs=new(delay_usd_per_hour=10.0, submitted=stamp(4)), change_usd=change)
        assert fates(found) == {"stays": 1, fate: 1, "new": 1}
        assert cost(found) == pytest.approx(3.2 + 20 + 1.6 + 1.6 + usd)


def test_it_is_turned_away_where_it_is_not_worth_its_cost() -> None:
    found = anew(begun(), 2, jobs=new(reject_usd=0.5))
    assert fates(found) == {"stays": 1, "without": 1}
    assert cost(found) == pytest.approx(RUNNING_USD + 0.5)


def test_the_price_of_a_change_is_not_for_what_is_new() -> None:
    found = anew(begun(), 2, jobs=new(), change_usd=1e5)
    assert fates(found) == {"stays": 1, "new": 1}
    assert cost(found) == pytest.approx(RUNNING_USD + 1.6 + 4)


def test_it_may_come_after_what_runs_and_others_that_are_new_after_it() -> None:
    before = begun()
    more = {
        "job": ["n", "m"], "hours": [1.0, 1.0], "accelerators": [1, 1], "after": ["a", "n"],
        "after_lag_hours": [1.0, 0.0], "delay_usd_per_hour": [0.1, 0.1], "reject_usd": [50.0, 50.0],
    }  # fmt: skip
    found = anew(before, 2, jobs=more)
    assert runs(before, found, "n", "m")["new"] == [("m", "earth", 6, 7), ("n", "earth", 5, 6)]
    assert cost(found) == pytest.approx(RUNNING_USD + 0.2 + 0.4 + 0.5)


def test_its_class_and_place_count_as_of_any_job() -> None:
    before = planned([earth(), mars()], [job("a")], slots=10)
    found = anew(before, 2, jobs=new(pin_cluster="mars", utilization=0.5))
    assert runs(before, found, "n")["new"] == [("n", "mars", 2, 4)]
    assert cost(found) == pytest.approx(RUNNING_USD + 1.6 + 2)


def test_several_days_of_jobs_where_there_were_none_of_that_team() -> None:
    limit = {"name": "ours", "of": "accelerators", "max": 4, "over": {"jobs": {"team": "x"}}}
    before = planned([earth()], [job("a", team="x")], slots=10, limits=[limit])
    found = anew(before, 2, jobs=new(accelerators=4, team="x", count=2))
    assert runs(before, found, "n")["new"] == [("n", "earth", 4, 6), ("n", "earth", 6, 8)]
    assert cost(found) == pytest.approx(RUNNING_USD + 1.6 + 4 + 6)


@pytest.mark.parametrize("change", [0.0, 1e5])
def test_a_table_without_rows_changes_nothing(change: float) -> None:
    found = anew(begun(), 2, jobs=pd.DataFrame(new()).iloc[:0], change_usd=change)
    assert fates(found) == {"stays": 1}
    assert cost(found) == pytest.approx(RUNNING_USD)


def test_a_name_that_is_taken() -> None:
    with pytest.raises(PlacementError, match="a"):
        anew(begun(), 2, jobs=new(job="a"))


@pytest.mark.parametrize(
    "columns",
    [
        {"hours": None},
        {"accelerators": None},
        {"job": None},
        {"hours": -1.0},
        {"accelerators": 0},
        {"colour": "red"},
        {"pin_cluster": "venus"},
        {"after": "nobody"},
    ],
)
def test_columns_that_are_missing_or_wrong(columns: Any) -> None:
    with pytest.raises(ScenarioError):
        anew(begun(), 2, jobs=new(**columns))


def test_the_same_name_twice() -> None:
    with pytest.raises(PlacementError):
        anew(begun(), 2, jobs={"job": ["n", "n"], "hours": [1.0, 1.0], "accelerators": [1, 1]})


def test_a_new_job_may_have_the_name_that_a_rest_would_get() -> None:
    before = begun()
    for name in ("a #2", "a (so far)", "a (so far) #2", "A", "a "):
        found = anew(before, 2, jobs=new(job=name))
        assert len(set(map(str, found.scenario.jobs["job"]))) == 3
        assert name in set(map(str, found.scenario.jobs["job"]))


def test_hours_that_are_not_exceeded_count_for_what_is_new_too() -> None:
    before = planned([earth()], [job("a", 4.0, hours_p90=5.0)], slots=12, policy={"run_time": "p90"})
    found = anew(before, 2, jobs=new(accelerators=4, hours_p90=3.0))
    assert runs(before, found, "n")["new"] == [("n", "earth", 2, 5)]


def test_an_asked_for_start_is_rounded_up_to_a_slot() -> None:
    found = anew(begun(), 2, jobs=new(accelerators=4, pin_start=stamp(3.5)))
    assert cost(found) == pytest.approx(RUNNING_USD + 0.8 + 4)
