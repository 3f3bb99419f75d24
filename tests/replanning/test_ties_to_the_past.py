"""What ties past and future together counts both: limits over the horizon, data sets, tails, contracts."""

import pytest
from replanning.anew import anew, cost, fates, moment, planned, runs, then
from replanning.mornings import earth, job, mars, queue

from placement.replanning.begun import Happened
from placement.replanning.outages import Outage

NO_TAILS = {"policy": {"tails": False}}
CALM = pytest.mark.parametrize("change_usd", [0.0, 1e5])


@pytest.mark.parametrize(("hours", "fate"), [(2.0, "new"), (2.5, "without")])
def test_a_limit_over_the_horizon_counts_what_ran(hours: float, fate: str) -> None:
    limit = {"name": "ours", "of": "accelerators", "per": "horizon", "max": 24, "over": {"jobs": {"team": "x"}}}
    before = planned([earth()], [job("a", team="x")], slots=10, limits=[limit], **NO_TAILS)
    new = {"job": ["n"], "hours": [hours], "accelerators": [4], "team": ["x"], "reject_usd": [9.0]}
    assert fates(anew(before, 2, jobs=new)) == {"stays": 1, fate: 1}
    ended = anew(before, 2, jobs=new, happened={"a": Happened(ended=1.5)})
    assert fates(ended) == {"ended": 1, "new": 1}


def test_a_limit_on_a_priority() -> None:
    limit = {"name": "low", "of": "mwh", "per": "horizon", "max": 0.024, "over": {"jobs": {"priority": "low"}}}
    before = planned([earth()], [job("a", priority="low")], slots=10, limits=[limit], **NO_TAILS)
    new = {"job": ["n"], "hours": [4.0], "accelerators": [4], "priority": ["low"]}
    found = anew(before, 2, jobs=new)
    assert fates(found) == {"stays": 1, "without": 1}
    assert cost(found) == pytest.approx(5.6 + 2.95 * 4 * 4 * 0.5)


def test_the_penalty_of_a_limit_is_paid_for_what_ran_too() -> None:
    limit = {"name": "soft", "of": "accelerators", "per": "horizon", "max": 4, "penalty_usd": 0.5}
    before = planned([earth()], [job("a")], slots=10, limits=[limit])
    assert before.cost == pytest.approx(5.6 + 6)
    for hours in (1, 2, 5):
        assert cost(anew(before, hours)) == pytest.approx(11.6)


def test_a_change_counts_as_a_quoted_price() -> None:
    before = planned(**queue())
    found = anew(before, 2, happened={"a": Happened(left=3.0)}, change_usd=7.0)
    assert found.result is not None
    assert found.result.boundaries_usd["all_in"] == pytest.approx(5.6 + 7)
    costs = then(found).plan.costs
    assert costs[costs["category"] == "quote"]["usd"].sum() == pytest.approx(7)


@CALM
def test_a_shared_data_set_is_moved_once(change_usd: float) -> None:
    link = {"gbps_in": 1.0, "gbps_out": 1.0, "usd_per_tb_in": 10.0}
    jobs = [job("a", 2.0, dataset="d", clusters=["mars"]), job("b", 2.0, 8, dataset="d", clusters=["mars"])]
    before = planned(
        [earth(), mars(link=link)], jobs, slots=10, datasets=[{"name": "d", "tb": 0.45, "home": "earth"}],
        policy={"stage_hours": 1.0},
    )  # fmt: skip
    assert before.cost == pytest.approx(4.5 + 1.6 + 3.2 + 3 + 5)
    for hours in (1, 2, 3, 4, 5):
        found = anew(before, hours, change_usd=change_usd)
        assert cost(found) == pytest.approx(before.cost)
        assert found.churn is not None
        assert found.churn.changed == 0


@CALM
@pytest.mark.parametrize("hours", [1, 2, 3])
def test_a_tail_costs_the_same(hours: float, change_usd: float) -> None:
    before = planned([earth()], [job("a", 6.0)], slots=4)
    usd = 1.6 + 6 + 2.35 * 6 * 4 * 2 / 6
    assert before.cost == pytest.approx(usd)
    found = anew(before, hours, change_usd=change_usd)
    assert cost(found) == pytest.approx(usd)
    assert fates(found) == {"stays": 1}


@CALM
def test_a_longer_horizon_takes_in_the_tail(change_usd: float) -> None:
    before = planned([earth()], [job("a", 6.0)], slots=4)
    found = anew(before, 2, slots=10, change_usd=change_usd)
    assert runs(before, found)["running"] == [("a", "earth", 2, 6)]
    assert cost(found) == pytest.approx(2.4 + 6)
    assert fates(found) == {"stays": 1}
    assert found.scenario.horizon.slots == 10


def test_a_longer_horizon_has_room_for_what_was_turned_away() -> None:
    jobs = [job("a"), job("b", 4.0, delay=0.5, reject_usd=500.0)]
    before = planned([earth(4)], jobs, slots=4, policy={"tails": False})
    assert before.cost == pytest.approx(1.6 + 4 + 500)
    found = anew(before, 2, slots=9)
    assert runs(before, found)["waiting"] == [("b", "earth", 4, 8)]
    assert fates(found) == {"stays": 1, "admitted": 1}
    assert cost(found) == pytest.approx(3.2 + 4 + 4)


def test_as_many_slots_as_there_were() -> None:
    before = planned(**queue())
    assert cost(anew(before, 2, slots=10)) == pytest.approx(before.cost)


@CALM
def test_a_battery_and_a_demand_charge(change_usd: float) -> None:
    sources = [
        {"name": "grid", "kind": "grid", "price": [50.0, 300.0] * 4, "demand_charge_usd_per_mw": 100.0},
        {
            "name": "store",
            "kind": "battery",
            "mw": 0.004,
            "mwh": 0.008,
            "round_trip_efficiency": 1.0,
            "initial_mwh": 0.004,
        },
    ]
    before = planned([earth(sources=sources)], [job("a"), job("b", 2.0, 4, 0.2)], slots=8)
    for hours in (1, 3, 6):
        found = anew(before, hours, change_usd=change_usd)
        assert cost(found) == pytest.approx(before.cost, abs=0.01)


def test_a_fleet_that_is_switched_off_was_on_for_what_ran() -> None:
    site = earth(switchable=True, idle_mw=0.01, initially_on=False, startup_usd=2.0, shutdown_usd=1.0, finally_off=True)
    before = planned([site], [job("a", delay=0.1)], slots=8)
    assert before.cost == pytest.approx(1.6 + 4.0 + 3 + 0.4)
    for hours in (1, 3, 5):
        assert cost(anew(before, hours)) == pytest.approx(before.cost)
    stopped = anew(before, 2, happened={"a": Happened(ended=1.0)})
    assert cost(stopped) == pytest.approx(0.4 + 1.0 + 3 + 0.1)


def test_named_resources_are_held_by_what_stays() -> None:
    site = earth(resources={"license": 1})
    before = planned([site], [job("a", uses={"license": 1})], slots=10)
    new = {"job": ["n"], "hours": [2.0], "accelerators": [4], "uses.license": [1], "delay_usd_per_hour": [1.0],
           "reject_usd": [500.0]}  # fmt: skip
    found = anew(before, 2, jobs=new)
    assert runs(before, found, "n")["new"] == [("n", "earth", 4, 6)]


def test_a_flow_takes_what_an_end_leaves() -> None:
    flow = {"name": "serve", "demand": 8.0, "unmet_usd_per_accelerator_hour": 1.0}
    before = planned([earth()], [job("a")], slots=8, flows=[flow])
    usd = 1.6 + 4 + 16 + 0.1 * 48
    assert before.cost == pytest.approx(usd)
    assert cost(anew(before, 2)) == pytest.approx(usd)
    found = anew(before, 2, happened={"a": Happened(ended=1.0)})
    assert cost(found) == pytest.approx(0.4 + 1 + 4 + 0.1 * 60)


def test_an_outage_leaves_a_flow_unserved() -> None:
    flow = {"name": "serve", "demand": 2.0, "unmet_usd_per_accelerator_hour": 1.0}
    before = planned([earth()], [job("a", 1.0)], slots=8, flows=[flow])
    found = anew(before, 2, outages=[Outage("earth", moment(3), moment(5))])
    assert cost(found) == pytest.approx(0.4 + 1 + 0.1 * 12 + 4)
