"""What becomes of units, in numbers by hand: one of each fate."""

from typing import Any

import build
import pytest
from replanning.anew import anew, cost, fates, moment, planned, rounded_up, stamp
from replanning.mornings import earth, job, mars, queue

from placement.replanning import Churn
from placement.replanning.begun import Happened
from placement.replanning.churn import WORDS
from placement.replanning.outages import Outage

SIXTH = rounded_up(1 / 6)


def test_sums() -> None:
    units = {fate: 2**place for place, fate in enumerate(WORDS)}
    found = Churn(units)
    changed = sum(units[fate] for fate in ("paused", "moved", "shifted", "elsewhere", "dropped"))
    assert found.changed == changed
    assert found.planned == changed + units["stays"] + units["kept"]
    assert (Churn({}).changed, Churn({}).planned) == (0, 0)


def test_words_are_those_of_the_fates() -> None:
    assert list(WORDS) == [
        "ended", "stays", "paused", "moved", "kept", "shifted", "elsewhere", "dropped", "admitted", "new", "without",
    ]  # fmt: skip


@pytest.mark.parametrize("change", [0.0, 0.5])
def test_many_at_once(change: float) -> None:
    jobs = [
        job("ended", 1.0, 2, count=2, clusters=["earth"]),
        job("stays", 6.0, 2, count=3, clusters=["mars"]),
        job("paused", 4.0, 4, clusters=["earth"]),
        job("kept", 1.0, 2, submitted=stamp(7), clusters=["mars"], count=2),
        job("shifted", 1.0, 8, submitted=stamp(4), clusters=["earth"]),
        job("without", 1.0, 100, reject_usd=3.0),
    ]
    before = planned([earth(), mars()], jobs, slots=14)
    usd = 2 * (0.2 + 1) + 3 * (2.4 + 6) + 1.6 + 4 + 2 * (0.4 + 1) + 0.8 + 1 + 3
    assert before.cost == pytest.approx(usd)
    found = anew(before, 2, outages=[Outage("earth", moment(2), moment(5))], change_usd=change)
    assert fates(found) == {"ended": 2, "stays": 3, "paused": 1, "kept": 2, "shifted": 1, "without": 1}
    # on earth all eight from 5 to 6, then the four for what is left and a restart
    assert cost(found) == pytest.approx(usd + 1 + (4 + SIXTH) + 0.4 * SIXTH + 2 * change)
    assert found.churn is not None
    assert (found.churn.changed, found.churn.planned) == (2, 7)


@pytest.mark.parametrize("change", [0.0, 2.0])
def test_what_loses_its_place_is_changed_too(change: float) -> None:
    jobs = [job("a", 1.0, 2, submitted=stamp(4), delay=0.0, reject_usd=0.5, deadline=stamp(5))]
    before = planned([earth()], jobs, slots=10)
    assert before.cost == pytest.approx(0.2)
    new = {"job": ["n"], "hours": [1.0], "accelerators": [8], "reject_usd": [100.0], "pin_start": [stamp(4)]}
    found = anew(before, 2, jobs=new, change_usd=change)
    assert fates(found) == {"dropped": 1, "new": 1}
    assert cost(found) == pytest.approx(0.8 + 0.5 + change)


def test_a_high_price_of_change_does_not_turn_jobs_away_that_could_wait_an_hour_longer() -> None:
    before = planned(**queue())
    found = anew(before, 2, happened={"a": Happened(left=3.0)}, change_usd=1e5)
    assert fates(found) == {"stays": 1, "shifted": 1}


def pools() -> dict[str, Any]:
    """On earth two pools, of which the second draws twice the power."""
    pair = [{"name": name, "accelerator": "h100-sxm", "number": 16, "kw_per_accelerator": kw} for name, kw in POWER]
    site = earth() | {"pools": pair}
    return build.document([site], [job("a"), job("b", 2.0, 8, submitted=stamp(4))], slots=10)


POWER = [("first", 1.0), ("second", 2.0)]


def test_another_pool_of_the_same_cluster_is_another_place() -> None:
    before = planned(**pools())
    assert before.cost == pytest.approx(1.6 + 4 + 1.6 + 2)
    new = {
        "job": ["n", "m"], "hours": [2.0, 2.0], "accelerators": [16, 16], "reject_usd": [500.0, 500.0],
        "pin_cluster": ["earth", "earth"], "pin_pool": ["first", "first"], "pin_start": [stamp(2), stamp(4)],
    }  # fmt: skip
    found = anew(before, 2, jobs=new, change_usd=1.0)
    assert cost(found) == pytest.approx(0.8 + 0.8 * (2 + SIXTH) + 4 + SIXTH + 3.2 + 2 + 6.4 + 2)
    assert found.churn is not None
    assert (found.churn.changed, found.churn.planned) == (2, 2)
    assert fates(found) == {"moved": 1, "elsewhere": 1, "new": 2}


def test_units_of_a_job_that_do_different_things() -> None:
    before = planned([earth(4), mars(4)], [job("a", 2.0, count=4, delay=2.0)], slots=12)
    assert before.cost == pytest.approx(2 * 0.8 + 2 * 1.6 + 2 * (4 + 8))  # from 0 and from 2 on both
    found = anew(before, 1, outages=[Outage("earth", moment(1), moment(3))])
    # earth's first goes on from 3 to 4 1/6; mars' stays; one of two waits from 2 on mars, the other from 4 or 5
    assert found.churn is not None
    assert sum(found.churn.units.values()) == 4
    assert found.churn.planned == 4
    assert found.churn.units["stays"] == 1
    assert cost(found) > before.cost


def test_admitted_and_ended() -> None:
    jobs = [
        job("a", 4.0, 4, deadline=stamp(4)),
        job("b", 2.0, 4, delay=0.0, reject_usd=50.0, deadline=stamp(4), count=2),
    ]
    before = planned([earth(4)], jobs, slots=6)
    assert before.cost == pytest.approx(1.6 + 4 + 100)
    found = anew(before, 2, happened={"a": Happened(ended=1.5)})
    assert fates(found) == {"ended": 1, "admitted": 1, "without": 1}
    assert cost(found) == pytest.approx(0.6 + 1.5 + 0.8 + 50)
