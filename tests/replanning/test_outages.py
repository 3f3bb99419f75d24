"""A running job whose cluster stands still: it goes on later or moves, at the price of a restart and of its data."""

from datetime import timedelta, timezone
from typing import Any

import build
import pytest
from replanning.anew import anew, cost, fates, moment, planned, rounded_up, runs, stamp, then
from replanning.mornings import earth, job, mars, two

from placement.errors import PlacementError
from placement.replanning.outages import Outage

SIXTH = rounded_up(1 / 6)
"""Ten minutes for a restart, in whole grains: 43/256 h."""


def outage(begin: float, end: float, cluster: str = "earth") -> Outage:
    return Outage(cluster, moment(begin), moment(end))


def test_it_goes_on_later_where_it_was_if_that_is_cheaper() -> None:
    before = planned(**two(delay=0.1))
    found = anew(before, 2, outages=[outage(2, 5)])
    end = 7 + SIXTH
    assert runs(before, found) == {"history": [("a", "earth", 0, 2)], "running": [("a", "earth", 5, end)]}
    assert cost(found) == pytest.approx(0.8 + 0.4 * (2 + SIXTH) + 0.1 * end)
    assert fates(found) == {"paused": 1}


def test_it_goes_on_elsewhere_if_that_is_cheaper() -> None:
    before = planned(**two(delay=1.0))
    found = anew(before, 2, outages=[outage(2, 5)])
    end = 4 + SIXTH
    assert runs(before, found) == {"history": [("a", "earth", 0, 2)], "running": [("a", "mars", 2, end)]}
    assert cost(found) == pytest.approx(0.8 + 0.8 * (2 + SIXTH) + end)
    assert fates(found) == {"moved": 1}


@pytest.mark.parametrize(
    ("minutes", "fate", "usd"),
    [(60.0, "moved", 0.8 + 0.8 * 3 + 5), (90.0, "paused", 0.8 + 0.4 * (2 + SIXTH) + 7 + SIXTH)],
)
def test_the_restart_is_that_of_the_cluster_where_it_goes_on(minutes: float, fate: str, usd: float) -> None:
    found = anew(planned(**two(second={"restart_minutes": minutes})), 2, outages=[outage(2, 5)])
    assert fates(found) == {fate: 1}
    assert cost(found) == pytest.approx(usd)


def test_a_restart_of_half_an_hour_where_it_was() -> None:
    found = anew(planned(**two(delay=0.1, first={"restart_minutes": 30.0})), 2, outages=[outage(2, 5)])
    assert fates(found) == {"paused": 1}
    assert cost(found) == pytest.approx(0.8 + 0.4 * 2.5 + 0.75)


def test_on_half_the_speed_what_is_left_takes_twice_the_time_and_the_restart_as_long_as_anywhere() -> None:
    chips = [
        {"name": "ref", "bf16_tflops": 1000.0, "memory_gb": 80.0, "kw": 1.0},
        {"name": "slow", "bf16_tflops": 500.0, "memory_gb": 80.0, "kw": 1.0},
    ]
    sites = [earth(pool={"accelerator": "ref"}), mars(pool={"accelerator": "slow"})]
    before = planned(sites, [job("a")], slots=12, accelerators=chips, reference_accelerator="ref")
    found = anew(before, 2, outages=[outage(2, 12)])
    end = 6 + SIXTH
    assert runs(before, found)["running"] == [("a", "mars", 2, end)]
    assert cost(found) == pytest.approx(0.8 + 0.8 * (4 + SIXTH) + end)


def linked(first: dict[str, Any] | None, second: dict[str, Any] | None, **more: Any) -> Any:
    ends = [{} if link is None else {"link": link} for link in (first, second)]
    return two(0.1, *ends, home="earth", **more)


OUT = {"gbps_in": 16.0, "gbps_out": 8.0, "usd_per_tb_in": 50.0, "usd_per_tb_out": 1.0}
"""3.6 TB an hour."""
IN = {"gbps_in": 4.0, "gbps_out": 16.0, "usd_per_tb_in": 2.0, "usd_per_tb_out": 50.0}
"""1.8 TB an hour."""


@pytest.mark.parametrize(
    ("first", "second", "hours", "usd_per_tb"),
    [(OUT, IN, 1.0, 3.0), (None, IN, 1.0, 2.0), (OUT, None, 0.5, 1.0), (None, None, 0.0, 0.0)],
)
@pytest.mark.parametrize(
    "data", [{"checkpoint_tb": 1.8}, {"dataset_tb": 1.8}, {"checkpoint_tb": 0.9, "dataset_tb": 0.9}]
)
def test_checkpoint_and_data_go_over_both_links_at_the_pace_of_the_slower(
    first: Any, second: Any, hours: float, usd_per_tb: float, data: dict[str, float]
) -> None:
    before = planned(**linked(first, second, **data))
    assert before.cost == pytest.approx(1.6 + 0.4)
    found = anew(before, 2, outages=[outage(2, 10)])
    length = rounded_up(2 + 1 / 6 + hours)
    assert runs(before, found)["running"] == [("a", "mars", 2, 2 + length)]
    assert cost(found) == pytest.approx(0.8 + 0.8 * length + 0.1 * (2 + length) + 1.8 * usd_per_tb)
    assert fates(found) == {"moved": 1}


def test_going_on_later_moves_no_data() -> None:
    before = planned(**linked(OUT, IN, checkpoint_tb=0.9, dataset_tb=0.9))
    found = anew(before, 2, outages=[outage(2, 4)])
    assert fates(found) == {"paused": 1}
    assert cost(found) == pytest.approx(0.8 + 0.4 * (2 + SIXTH) + 0.1 * (6 + SIXTH))


def test_data_that_were_staged_are_paid_for_once_and_results_go_out_once() -> None:
    link = {"gbps_in": 8.0, "gbps_out": 8.0, "usd_per_tb_in": 1.0, "usd_per_tb_out": 2.0}
    places = {"berlin": {"lat": 52.5, "lon": 13.4, "country": "DE"}}
    what = job("a", home="berlin", dataset_tb=1.8, result_tb=0.9)
    before = planned([earth(link=link)], [what], slots=10, places=places)
    assert before.cost == pytest.approx(1.6 + 5 + 1.8 + 1.8)  # from 1 to 5
    for hours in (1, 2, 4, 5, 6, 9):
        found = anew(before, hours)
        assert cost(found) == pytest.approx(before.cost)
    assert before.scenario.policy.stage_hours >= 1


def test_change_usd_counts_once_for_each_unit() -> None:
    before = planned([earth(), mars(4)], [job("a", count=2)], slots=10)
    usd = 1.6 + (0.8 * (2 + SIXTH) + 4 + SIXTH) + (0.4 * (2 + SIXTH) + 7 + SIXTH)
    for change in (0.0, 10.0):
        found = anew(before, 2, outages=[outage(2, 5)], change_usd=change)
        assert cost(found) == pytest.approx(usd + 2 * change)
        assert fates(found) == {"paused": 1, "moved": 1}
        assert found.churn is not None
        assert (found.churn.changed, found.churn.planned) == (2, 2)


@pytest.mark.parametrize(("change", "fate"), [(0.0, "moved"), (2.0, "moved"), (3.0, "stays")])
def test_a_job_makes_room_if_that_is_worth_its_move_and_the_change(change: float, fate: str) -> None:
    before = planned(**two())
    new = {
        "job": ["n"], "hours": [2.0], "accelerators": [8], "reject_usd": [5.0], "deadline": [stamp(4)],
        "clusters": ["earth"],
    }  # fmt: skip
    found = anew(before, 2, jobs=new, change_usd=change)
    moves = 0.8 + 0.8 * (2 + SIXTH) + 4 + SIXTH + 1.6 + change
    stays = 1.6 + 4 + 5
    assert cost(found) == pytest.approx(min(moves, stays))
    assert fates(found) == ({"moved": 1, "new": 1} if fate == "moved" else {"stays": 1, "without": 1})


def test_what_runs_leaves_only_where_its_cluster_stands_still_if_it_may_not_move() -> None:
    before = planned(**two())
    new = {
        "job": ["n"], "hours": [2.0], "accelerators": [8], "reject_usd": [5.0], "deadline": [stamp(4)],
        "clusters": ["earth"],
    }  # fmt: skip
    found = anew(before, 2, jobs=new, moves=False)
    assert fates(found) == {"paused": 1, "new": 1}  # from 4 on: 0.07 $ and 2.2 h of delay for 5 $ - 1.6 $
    assert cost(found) == pytest.approx(0.8 + 0.4 * (2 + SIXTH) + 6 + SIXTH + 1.6)
    found = anew(before, 2, outages=[outage(2, 5)], moves=False)
    assert fates(found) == {"moved": 1}
    assert fates(anew(before, 2, outages=[outage(2, 5, "mars")], moves=False)) == {"stays": 1}


def test_an_outage_that_begins_later_stops_a_run_that_stays_without_a_restart() -> None:
    before = planned([earth()], [job("a")], slots=10)
    found = anew(before, 2, outages=[outage(3, 5)], change_usd=100.0)
    assert runs(before, found) == {"history": [("a", "earth", 0, 2)], "running": [("a", "earth", 2, 6)]}
    assert cost(found) == pytest.approx(0.8 + 1.6 + 6)
    assert fates(found) == {"stays": 1}


def test_an_outage_takes_its_share_of_a_slot() -> None:
    before = planned([earth()], [job("a")], slots=10)
    found = anew(before, 2, outages=[outage(2.5, 5)], change_usd=100.0)
    assert runs(before, found)["running"] == [("a", "earth", 2, 6.5)]
    assert cost(found) == pytest.approx(0.8 + 0.4 * 4.5 + 6.5)


def test_outages_count_from_now_on() -> None:
    before = planned(**two(delay=0.1))
    since = anew(before, 2, outages=[outage(1, 5)])
    assert fates(since) == {"paused": 1}
    assert cost(since) == pytest.approx(0.8 + 0.4 * (2 + SIXTH) + 0.1 * (7 + SIXTH))
    past = anew(before, 2, outages=[outage(0.5, 2)])
    assert fates(past) == {"stays": 1}
    assert cost(past) == pytest.approx(2.0)


def test_two_outages_of_a_cluster_that_overlap_are_one() -> None:
    before = planned(**two(delay=0.1))
    found = anew(before, 2, outages=[outage(2, 4), outage(3, 5), outage(2, 3, "mars")])
    assert runs(before, found)["running"] == [("a", "earth", 5, 7 + SIXTH)]


@pytest.mark.parametrize(
    ("delay", "fate", "usd", "run"),
    [(1.0, "elsewhere", 1.6 + 2, ("b", "mars", 2, 4)), (0.1, "shifted", 0.8 + 0.6, ("b", "earth", 6, 8))],
)
@pytest.mark.parametrize("change", [0.0, 1.0])
def test_what_waits_runs_elsewhere_or_at_another_time(
    delay: float, fate: str, usd: float, run: tuple[str, str, float, float], change: float
) -> None:
    before = planned([earth(), mars()], [job("a", 2.0), job("b", 2.0, delay=delay, submitted=stamp(2))], slots=10)
    assert before.cost == pytest.approx(0.8 + 2 + 0.8 + 2 * delay)
    found = anew(before, 1, outages=[outage(2, 6)], change_usd=change)
    assert runs(before, found)["waiting"] == [run]
    assert fates(found) == {"stays": 1, fate: 1}
    assert cost(found) == pytest.approx(0.8 + 2 + usd + change)


def test_a_cluster_that_is_not_known_or_an_outage_that_ends_before_it_begins() -> None:
    before = planned(**two())
    with pytest.raises(PlacementError, match="earth"):
        anew(before, 2, outages=[outage(2, 5, "earht")])
    with pytest.raises(PlacementError):
        anew(before, 2, outages=[outage(5, 4)])


def test_the_speed_that_a_pool_has_already_is_kept_beside_the_outage() -> None:
    slowly = [1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 1.0, 1.0]
    before = planned([build.cluster("earth", 8, pool={"speed": slowly})], [job("a")], slots=10)
    found = anew(before, 2, outages=[outage(2, 4)])
    assert runs(before, found)["running"] == [("a", "earth", 4, 8 + SIXTH)]
    assert cost(found) == pytest.approx(0.8 + 0.4 * (4 + SIXTH) + 8 + SIXTH)


def test_outages_of_another_zone() -> None:
    before = planned(**two(delay=0.1))
    there = timezone(timedelta(hours=5))
    found = anew(before, 2, outages=[Outage("earth", moment(2).astimezone(there), moment(5).astimezone(there))])
    assert runs(before, found)["running"] == [("a", "earth", 5, 7 + SIXTH)]


@pytest.mark.parametrize("pieces", [[(2, 2.5), (2.5, 3)], [(2, 2.75), (2.25, 3)], [(2, 3), (2.5, 3)], [(2, 3), (2, 3)]])
def test_pieces_of_an_hour_add_up(pieces: list[tuple[float, float]]) -> None:
    before = planned([earth()], [job("a"), job("b", 1.0, submitted=stamp(2))], slots=10)
    found = anew(before, 1, outages=[outage(*piece) for piece in pieces])
    assert runs(before, found)["running"] == [("a", "earth", 1, 5)]
    assert runs(before, found)["waiting"] == [("b", "earth", 3, 4)]


def test_slots_of_two_hours() -> None:
    before = planned([earth()], [job("a", 8.0)], slots=6, slot_hours=2.0)
    found = anew(before, 3, outages=[outage(5, 7)])
    assert runs(before, found) == {"history": [("a", "earth", 0, 4)], "running": [("a", "earth", 4, 10)]}
    assert cost(found) == pytest.approx(0.4 * 10 + 10)


def test_what_runs_elsewhere_keeps_to_where_it_may_run() -> None:
    chips = [
        {"name": "ref", "bf16_tflops": 1000.0, "memory_gb": 80.0, "kw": 1.0},
        {"name": "small", "bf16_tflops": 1000.0, "memory_gb": 40.0, "kw": 1.0},
    ]
    sites = [earth(pool={"accelerator": "ref"}), mars(pool={"accelerator": "small"})]
    states: list[dict[str, Any]] = [{}, {"state": "running", "cluster": "earth", "hours_left": 4.0}]
    for state in states:
        what = job("a", 4.0, memory_gb=60.0, **state)
        before = planned(sites, [what], slots=12, accelerators=chips, reference_accelerator="ref")
        found = anew(before, 2, outages=[outage(2, 5)])
        assert runs(before, found)["running"] == [("a", "earth", 5, 7 + SIXTH)]


@pytest.mark.parametrize("limited", [{"clusters": ["earth"]}, {"not_clusters": ["mars"]}, {"pin_cluster": "earth"}])
def test_what_runs_does_not_go_where_its_owner_does_not_want_it(limited: dict[str, Any]) -> None:
    before = planned(**two(**limited))
    found = anew(before, 2, outages=[outage(2, 5)])
    assert runs(before, found)["running"] == [("a", "earth", 5, 7 + SIXTH)]


def test_what_stood_still_before_the_moment_was_held_up_to_it() -> None:
    site = earth(pool={"speed": [1.0, 0.0, 1.0, 1.0, 1.0, 1.0]})
    before = planned([site], [job("a", 2.0)], slots=6)
    assert before.cost == pytest.approx(0.4 * 3 + 3)
    found = anew(before, 2)
    assert runs(before, found) == {"history": [("a", "earth", 0, 2)], "running": [("a", "earth", 2, 3)]}
    assert cost(found) == pytest.approx(before.cost)


def test_what_began_while_its_cluster_stood_still() -> None:
    site = earth(pool={"speed": [0.0, 1.0, 1.0, 1.0, 1.0, 1.0]})
    before = planned([site], [job("a", 2.0, 8, pin_start=stamp(0))], slots=6)
    assert before.cost == pytest.approx(0.8 * 3 + 3)
    found = anew(before, 1)
    assert runs(before, found)["running"] == [("a", "earth", 1, 3)]
    assert cost(found) == pytest.approx(before.cost, abs=0.01)


def test_a_horizon_that_grows_after_an_outage() -> None:
    """Also while it lasts, and where it ends after the horizon that it was told in."""
    before = planned([earth()], [job("a", delay=0.1), job("b", 2.0, submitted=stamp(6))], slots=9)
    for end in (5, 12):
        now = then(anew(before, 2, outages=[outage(2, end)], slots=10))
        for hours in (3, 4):
            now = then(anew(now, hours, slots=10 + hours))
        found = anew(now, 4.5, slots=20)
        assert runs(now, found)["waiting"][0] == ("a", "earth", end, end + 2 + SIXTH)
