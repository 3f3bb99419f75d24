"""Planning again what was planned again: costs and names stay as they were, and rolling on ends where the plan does."""

import pytest
from replanning.anew import Planned, anew, cost, fates, moment, planned, rounded_up, runs, stamp, then
from replanning.mornings import MORNING_USD, QUEUE_USD, earth, job, mars, morning, queue, two

from placement.replanning.begun import Happened
from placement.replanning.outages import Outage

SIXTH = rounded_up(1 / 6)
CALM = pytest.mark.parametrize("change_usd", [0.0, 1e5])


def spans(before: Planned) -> dict[str, list[tuple[str, int, int, int]]]:
    """By pool: name without what replanning adds is not asked for; units by first and last grain."""
    lines = before.plan.placements
    found: dict[str, list[tuple[str, int, int, int]]] = {}
    for line in lines[lines["kind"] == "run"].to_dict("records"):
        found.setdefault(line["cluster"], []).append(
            (line["job"], line["start_grain"], line["end_grain"], line["count"])
        )
    return found


def held(before: Planned) -> dict[str, dict[int, float]]:
    """By cluster and slot: accelerators that are held, of slots of 256 grains."""
    lines = before.plan.placements
    found: dict[str, dict[int, float]] = {}
    for line in lines[lines["kind"] == "run"].to_dict("records"):
        of = found.setdefault(line["cluster"], {})
        for slot in range(line["start_grain"] // 256, -(-line["end_grain"] // 256)):
            share = (min(line["end_grain"], (slot + 1) * 256) - max(line["start_grain"], slot * 256)) / 256
            of[slot] = of.get(slot, 0.0) + share * line["accelerators"] * line["count"]
    return found


@CALM
def test_twice(change_usd: float) -> None:
    before = planned(**morning())
    once = then(anew(before, 1, change_usd=change_usd))
    twice = anew(once, 3, change_usd=change_usd)
    assert cost(twice) == pytest.approx(MORNING_USD)
    assert held(then(twice)) == held(before)
    assert twice.churn is not None
    assert twice.churn.changed == 0
    names = [str(name) for name in twice.scenario.jobs["job"]]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("made", "change_usd"), [(morning, 0.0), (queue, 1e5), (two, 1e5)])
def test_rolling_on_slot_by_slot_ends_at_the_cost_of_the_plan(made: object, change_usd: float) -> None:
    assert callable(made)
    before = planned(**made())
    now = before
    for hours in range(1, 10):
        found = anew(now, hours, change_usd=change_usd)
        now = then(found)
        assert now.cost == pytest.approx(before.cost)
        assert held(now) == held(before)
        assert found.churn is not None
        assert found.churn.changed == 0


def test_rolling_on_with_a_horizon_that_grows() -> None:
    before = planned(**queue(slots=7))
    assert before.cost == pytest.approx(QUEUE_USD)
    now = before
    for hours in range(1, 10, 2):
        now = then(anew(now, hours, slots=7 + hours))
        assert now.cost == pytest.approx(QUEUE_USD)
    assert now.scenario.horizon.slots == 16


def test_rolling_on_with_segments_counts_and_order() -> None:
    jobs = [
        job("a", 4.0, 4, 0.01, segments=2),
        job("b", 2.0, 2, 0.02, count=3),
        job("c", 1.5, 4, 0.03, after=["b"], after_lag_hours=1.0),
    ]
    before = planned([earth(energy_price=[100.0, 300.0, 500.0, 90.0] * 3)], jobs, slots=12)
    now = before
    for hours in range(1, 12):
        now = then(anew(now, hours, change_usd=1e5))
        assert now.cost == pytest.approx(before.cost)
        assert held(now) == held(before)


def test_rolling_on_with_a_tail() -> None:
    before = planned([earth()], [job("a", 6.0), job("b", 5.0, submitted=stamp(2))], slots=5)
    now = before
    for hours in range(1, 5):
        now = then(anew(now, hours))
        assert now.cost == pytest.approx(before.cost)


@pytest.mark.parametrize("change_usd", [0.0, 10.0])
def test_a_move_that_was_made_stays_made_at_what_it_cost(change_usd: float) -> None:
    before = planned(**two())
    once = anew(before, 2, outages=[Outage("earth", moment(2), moment(5))], change_usd=change_usd)
    usd = 0.8 + 0.8 * (2 + SIXTH) + 4 + SIXTH + change_usd
    assert cost(once) == pytest.approx(usd)
    now = then(once)
    for hours in (3, 4, 5, 6):
        found = anew(now, hours, change_usd=change_usd)
        assert cost(found) == pytest.approx(usd)
        assert found.churn is not None
        assert found.churn.changed == 0
        now = then(found)


@pytest.mark.parametrize("change_usd", [0.0, 10.0])
def test_a_pause_is_kept_until_it_ends(change_usd: float) -> None:
    before = planned(**two(delay=0.1))
    once = anew(before, 2, outages=[Outage("earth", moment(2), moment(5))], change_usd=change_usd)
    usd = 0.8 + 0.4 * (2 + SIXTH) + 0.1 * (7 + SIXTH) + change_usd
    now = then(once)
    assert now.cost == pytest.approx(usd)
    for hours in (3, 5, 6, 8):
        found = anew(now, hours, change_usd=change_usd)
        assert cost(found) == pytest.approx(usd - change_usd)  # that change was told of once
        assert found.churn is not None
        assert found.churn.changed == 0
        now = then(found)


def test_what_was_shifted_may_be_shifted_back_at_the_price_of_one_change() -> None:
    before = planned(**queue())
    once = anew(before, 1, happened={"a": Happened(left=5.0)}, change_usd=1.0)
    assert cost(once) == pytest.approx(0.8 * 6 + 1.6 + 30 + 6.5 + 1)  # a to 6, b from 6 to 8
    now = then(once)
    name = next(row.name for row in once.rows if row.kind == "running")
    found = anew(now, 3, happened={name: Happened(ended=3.0)}, change_usd=1.0)
    assert cost(found) == pytest.approx(0.8 * 3 + 1.6 + 15 + 3.5 + 1)  # b from 3 to 5


def test_a_second_outage_moves_it_back() -> None:
    before = planned(**two(delay=10.0, hours=6.0))
    once = anew(before, 2, outages=[Outage("earth", moment(2), moment(4))])
    assert runs(before, once)["running"] == [("a", "mars", 2, 6 + SIXTH)]
    middle = then(once)
    twice = anew(middle, 4, outages=[Outage("mars", moment(4), moment(10))])
    end = 4 + rounded_up(2 + 2 / 6)  # of four hours and a restart two are done; another restart
    assert runs(middle, twice)["running"] == [(str(middle.scenario.jobs["job"][-1]), "earth", 4, end)]
    assert cost(twice) == pytest.approx(0.8 + 1.6 + 0.4 * (end - 4) + 10 * end)


def test_every_unit_is_counted_once_the_second_time_too() -> None:
    before = planned([earth(), mars()], [job("a", 6.0, count=2), job("b", 2.0, 8, 0.1)], slots=14)
    assert before.cost == pytest.approx(4.8 + 12 + 1.6 + 0.8)
    once = anew(before, 2)
    assert once.churn is not None
    assert dict(once.churn.units) == {"stays": 2, "kept": 1}
    twice = anew(then(once), 4)
    assert twice.churn is not None
    assert dict(twice.churn.units) == {"stays": 2, "kept": 1}


def test_the_price_of_a_change_does_not_add_up() -> None:
    """Two hours sooner are worth a change at 1.5 $, however often it was planned again before."""
    before = planned(**queue())
    gained = 0.8 * 2 + 10 + 1.6 + 2.5 + 1.5  # b from 2 to 4 instead of from 4 to 6
    assert cost(anew(before, 2, happened={"a": Happened(ended=2.0)}, change_usd=1.5)) == pytest.approx(gained)
    once = anew(before, 1, change_usd=1.5)
    name = next(row.name for row in once.rows if row.kind == "running")
    twice = anew(then(once), 2, happened={name: Happened(ended=2.0)}, change_usd=1.5)
    assert cost(twice) == pytest.approx(gained)


def test_rolling_on_for_a_day_and_a_half() -> None:
    jobs = [job("a", 2.0), job("b", 3.0, submitted=stamp(30)), job("c", 30.0, 2)]
    before = planned([earth()], jobs, slots=36)
    now = before
    for hours in range(1, 36, 4):
        now = then(anew(now, hours, change_usd=1.0))
        assert now.cost == pytest.approx(before.cost)
    assert held(now) == held(before)


def test_names_of_ways_stay_short_enough_for_a_file() -> None:
    """However often it is planned again, a job that waits keeps as many ways as it had, of names of 200 letters."""
    before = planned([earth()], [job("b", 1.0, submitted=stamp(19))], slots=20)
    now, ways = before, []
    for hours in range(1, 18):
        now = then(anew(now, hours, change_usd=1.0))
        ways.append(len(now.scenario.options))
    assert max(len(str(name)) for name in now.scenario.options["option"]) <= 200
    assert ways == ways[:1] * len(ways)


@pytest.mark.parametrize("change_usd", [0.0, 3.0])
def test_what_ran_once_and_waits_need_not_run(change_usd: float) -> None:
    """a stops with its cluster at 2, is to go on at 5, and finds its place taken by what must run until 14 at least."""
    before = planned([earth()], [job("a", 4.0, 8, 0.1, reject_usd=40.0)], slots=10)
    now = then(anew(before, 1, change_usd=change_usd))
    now = then(anew(now, 2, outages=[Outage("earth", moment(2), moment(5))], change_usd=change_usd))
    now = then(anew(now, 3, change_usd=change_usd))
    new = {"job": ["b"], "hours": [9.0], "accelerators": [8], "must_run": [True]}
    found = anew(now, 4, jobs=new, slots=12, change_usd=change_usd)
    assert runs(now, found, "b")["new"] == [("b", "earth", 5, 12)]
    assert found.churn is not None
    assert found.churn.dropped == ("a",)
    usd = {
        str(row): lost for row, lost in zip(found.scenario.jobs["job"], found.scenario.jobs["reject_usd"], strict=True)
    }
    assert usd["a"] == pytest.approx(40.0 + change_usd)


def test_what_stops_in_the_second_replanning_need_not_run_either() -> None:
    before = planned([earth()], [job("a", 4.0, 8, 0.1, reject_usd=40.0)], slots=6, policy={"tails": False})
    now = then(anew(before, 1))
    found = anew(now, 2, outages=[Outage("earth", moment(2), moment(50))])
    assert fates(found) == {"dropped": 1}


@pytest.mark.parametrize("change_usd", [0.0, 3.0])
def test_a_restart_is_no_work_also_where_it_was_waited_for(change_usd: float) -> None:
    """a stops at 2 with two hours left; it goes on at 5, and after an hour of restart two hours are left."""
    now = planned(**two(delay=0.1, first={"restart_minutes": 60.0}, second={"restart_minutes": 60.0}))
    now = then(anew(now, 2, outages=[Outage("earth", moment(2), moment(5))], change_usd=change_usd))
    for hours in (3, 4):
        now = then(anew(now, hours, change_usd=change_usd))
    found = anew(now, 6, change_usd=change_usd)
    assert runs(now, found)["running"] == [("a", "earth", 6, 8)]
    assert [row.hours for row in found.rows if row.kind == "running"] == [pytest.approx(2.0)]
