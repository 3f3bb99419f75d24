"""What is asked for that makes no sense is refused."""

import math
from datetime import timedelta, timezone
from typing import Any

import build
import pytest
from replanning.anew import EXACT, anew, cost, moment, planned, rounded_up
from replanning.mornings import QUEUE_USD, earth, job, queue, two

import placement
from placement.errors import PlacementError
from placement.replanning import Replanned, replan, replanned
from placement.replanning.outages import Outage


@pytest.mark.parametrize("hours", [-1.0, -0.001, 10.0, 11.0, 1e4])
def test_the_moment_lies_outside(hours: float) -> None:
    with pytest.raises(PlacementError):
        anew(planned(**queue()), hours)


def test_no_slot_begins_after_the_moment() -> None:
    with pytest.raises(PlacementError):
        anew(planned(**queue()), 9.5)


def test_with_more_slots_one_begins() -> None:
    found = anew(planned(**queue()), 9.5, slots=12)
    assert found.slot == 10
    assert cost(found) == pytest.approx(QUEUE_USD)


def test_a_moment_of_another_zone() -> None:
    before = planned(**queue())
    for hours in (5, -1):
        there = timezone(timedelta(hours=hours))
        found = replan(before.scenario, before.plan, moment(2).astimezone(there), **EXACT)
        assert found.slot == 2


def test_a_moment_without_a_zone_is_in_utc() -> None:
    before = planned(**queue())
    found = replan(before.scenario, before.plan, moment(2).replace(tzinfo=None), **EXACT)
    assert found.slot == 2


@pytest.mark.parametrize("slots", [9, 3, 1, 0, -4])
def test_fewer_slots(slots: int) -> None:
    with pytest.raises(PlacementError):
        anew(planned(**queue()), 2, slots=slots)


@pytest.mark.parametrize("change_usd", [-1.0, math.nan, math.inf, -math.inf])
def test_a_price_of_change_that_is_none(change_usd: float) -> None:
    with pytest.raises(PlacementError):
        anew(planned(**queue()), 2, change_usd=change_usd)


def growing() -> dict[str, Any]:
    module = {"name": "hall", "accelerators": 4, "usd": 1.0, "max": 1, "lead_days": 0}
    return build.document([earth(modules=[module])], [job("a")], slots=10)


def test_modules() -> None:
    before = planned(**growing())
    with pytest.raises(PlacementError, match=r"(?i)module"):
        anew(before, 2)


def test_a_change_is_decided_on_within_all_in_alone() -> None:
    before = planned(**queue(policy={"minimise": "launch_and_power"}))
    with pytest.raises(PlacementError):
        anew(before, 2, change_usd=1.0)
    assert cost(anew(before, 2)) == pytest.approx(QUEUE_USD)


@pytest.mark.parametrize("minimise", ["launch_and_power", "energy_cooling_launch", "all_but_accelerators", "all_in"])
def test_at_any_boundary_the_cost_is_that_of_the_plan(minimise: str) -> None:
    before = planned([earth(pue=1.25)], [job("a"), job("b", 2.0, 8)], slots=10, policy={"minimise": minimise})
    for hours in (1, 3, 5):
        assert cost(anew(before, hours)) == pytest.approx(before.cost)


@pytest.mark.parametrize("minimise", ["all_in", "all_but_accelerators"])
def test_a_move_costs_what_it_does_where_transfers_are_decided_on(minimise: str) -> None:
    link = {"gbps_in": 16.0, "gbps_out": 16.0, "usd_per_tb_in": 2.0}  # 7.2 TB an hour
    made = two(1.0, None, {"link": link}, checkpoint_tb=0.9, home="earth")
    before = planned(**made | {"policy": {"minimise": minimise, "tails": False}})
    found = anew(before, 2, outages=[Outage("earth", moment(2), moment(10))])
    length = rounded_up(2 + 1 / 6 + 1 / 8)
    assert cost(found) == pytest.approx(0.8 + 0.8 * length + 2 + length + 1.8)


def test_a_plan_of_another_scenario() -> None:
    before, other = planned(**queue()), planned(**two())
    with pytest.raises(PlacementError):
        replan(before.scenario, other.plan, moment(2), **EXACT)


def test_the_scenario_alone() -> None:
    before = planned(**queue())
    found = replanned(before.scenario, before.plan, moment(2))
    assert isinstance(found, Replanned)
    assert (found.result, found.churn, found.slot) == (None, None, 2)
    assert placement.solve(found.scenario, **EXACT).cost_usd == pytest.approx(QUEUE_USD)
    with pytest.raises(PlacementError):
        replanned(before.scenario, before.plan, moment(20))


def test_what_is_given_stays_as_it_was() -> None:
    before = planned(**queue())
    digest, jobs = before.plan.digest, before.scenario.jobs["hours"].copy()
    new = {"job": ["n"], "hours": [1.0], "accelerators": [1]}
    anew(before, 2, jobs=new, change_usd=3.0, slots=14, outages=[Outage("earth", moment(3), moment(4))])
    assert new == {"job": ["n"], "hours": [1.0], "accelerators": [1]}
    assert before.plan.digest == digest
    assert (before.scenario.jobs["hours"] == jobs).all()
    assert before.scenario.horizon.slots == 10


def test_limits_are_those_of_solve() -> None:
    before = planned(**queue())
    found = replan(before.scenario, before.plan, moment(2), gap=0.5, time_limit_s=60.0, seed=3, baseline=True)
    assert found.result is not None
    assert found.result.seed == 3
    with pytest.raises(PlacementError):
        replan(before.scenario, before.plan, moment(2), gap=-1.0)


def test_a_document_can_be_made_of_the_new_scenario() -> None:
    before = planned(**queue())
    found = anew(before, 2, change_usd=3.0)
    changed = found.scenario.replace("horizon.slots", 12)
    assert placement.solve(changed, **EXACT).cost_usd == pytest.approx(QUEUE_USD)
