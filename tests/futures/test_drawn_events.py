"""A future is known by seed and number; its events and flights, against theory."""

import copy
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import build
import numpy as np
import pytest
from futures.drawn import EVEN, SIGMAS, drawing, near
from numpy.typing import NDArray
from scipy import stats

import placement
from placement.futures.draw import Drawing
from placement.futures.world import world
from placement.plan import table

EVENT = {"name": "storm", "clusters": ["earth"], "per_year": 20_000.0, "hours": 0.4, "speed": 0.5}
OTHER = {"name": "call", "clusters": ["earth"], "per_year": 3000.0, "hours": 2.0, "speed": 0.0}
PRICES = [50.0, 60.0, 70.0, 80.0] * 24


def everything(**more: Any) -> dict[str, Any]:
    """Inputs, events and prices, four days of hours."""
    written = build.document([build.cluster(energy_price=PRICES, carbon_g_per_kwh=400.0)], slots=96)
    written["uncertainty"] = {
        "inputs": [{"paths": ["policy.carbon_usd_per_t"], **EVEN}, {"paths": ["clusters.earth.pue"], **EVEN}],
        "events": [EVENT],
        "prices": [{"clusters": ["earth"], "block_hours": 24}],
        **more,
    }
    return written


def same(one: Drawing, other: Drawing, numbers: Sequence[int] = (0, 3, 1)) -> bool:
    """Whether inputs, blocks and the first event of some futures are the same."""
    pairs = [(one.future(n), other.future(n)) for n in numbers]
    return all(
        np.array_equal(a.inputs[:2], b.inputs[:2])
        and np.array_equal(a.windows[0], b.windows[0])
        and all(np.array_equal(x, y) for x, y in zip(a.blocks, b.blocks, strict=True))
        for a, b in pairs
    )


def test_a_future_is_the_same_however_many_are_drawn_and_in_whatever_order() -> None:
    of = drawing(everything(), seed=3)
    several = [of.future(n) for n in range(6)]
    alone = drawing(everything(), seed=3).future(4)
    assert alone.number == 4
    assert np.array_equal(alone.inputs, several[4].inputs)
    assert np.array_equal(alone.windows[0], several[4].windows[0])
    assert np.array_equal(alone.blocks[0], several[4].blocks[0])
    assert not np.array_equal(alone.inputs, several[5].inputs)
    assert not np.array_equal(alone.inputs, drawing(everything(), seed=4).future(4).inputs)


def test_another_event_changes_nothing_else() -> None:
    assert same(drawing(everything()), drawing(everything(events=[EVENT, OTHER])))
    faster = {**OTHER, "per_year": 10.0}
    assert same(drawing(everything(events=[EVENT, faster])), drawing(everything(events=[EVENT, OTHER])))


def test_another_event_before_an_event_changes_nothing_else() -> None:
    before, alone = drawing(everything(events=[OTHER, EVENT])), drawing(everything())
    for n in range(3):
        assert np.array_equal(before.future(n).windows[1], alone.future(n).windows[0])


def test_other_entries_change_nothing() -> None:
    alone = drawing(everything())
    assert same(alone, drawing(everything(run_time={"sigma": 0.5}, interruptions=True)))
    assert same(alone, drawing(everything(recourse={"patience_hours": 0, "missed": 9.0})))
    dearer = copy.deepcopy(everything())
    dearer["clusters"][0]["pools"][0]["number"] = 99
    dearer["jobs"] = [build.job("z", 1.0, 1), build.job("y", 1.0, 1)]
    assert same(alone, drawing(dearer))
    more = everything()
    more["uncertainty"]["inputs"].append({"paths": ["clusters.earth.restart_minutes"], **EVEN})
    assert same(alone, drawing(more))


def test_seeds_may_be_large() -> None:
    for seed in (2**32, 2**63, 2**64 - 1):
        assert np.isfinite(drawing(everything(), seed=seed).future(2**19).inputs).all()


# Events


def windows(
    per_year: float, hours: float, count: int, slots: int = 240, start: str | None = None, **more: Any
) -> list[NDArray[np.float64]]:
    written = build.document(slots=slots, horizon={"start": start or build.START})
    event = {"name": "e", "clusters": ["earth"], "per_year": per_year, "hours": hours, "speed": 0.5, **more}
    written["uncertainty"] = {"events": [event]}
    of = drawing(written)
    return [of.future(n).windows[0] for n in range(count)]


def test_events_come_by_poisson_and_last_exponentially() -> None:
    """240 h at 200 a year: 5.476 of them on average."""
    drawn = windows(200.0, 3.0, 2000)
    mean = 200 * 240 / 8766
    number = np.array([len(each) for each in drawn], dtype=np.float64)
    near(number, mean, np.sqrt(mean))
    near((number - mean) ** 2, mean, np.sqrt(mean + 2 * mean**2))
    every = np.concatenate(drawn)
    lasts = every[:, 1] - every[:, 0]
    near(lasts, 3.0, 3.0)
    near((lasts - 3.0) ** 2, 9.0, 9.0 * np.sqrt(8.0))
    assert stats.kstest(lasts, stats.expon(scale=3.0).cdf).pvalue > 1e-4
    assert stats.kstest(every[:, 0], stats.uniform(0.0, 240.0).cdf).pvalue > 1e-4
    assert np.abs(np.corrcoef(every[:, 0], lasts)[0, 1]) < SIGMAS / np.sqrt(len(every))
    assert all((np.diff(each[:, 0]) >= 0).all() for each in drawn)


@pytest.mark.parametrize(
    ("between", "start"),
    [
        (["16:00", "20:00"], "2027-06-07T00:00:00Z"),
        ([16.5, 17.0], "2027-06-07T00:00:00Z"),
        (["22:00", "02:00"], "2027-06-07T12:00:00Z"),
        (["22:00", "02:00"], "2027-06-07T03:00:00Z"),
        (["12:00", "14:00"], "2027-06-07T11:15:00Z"),
    ],
)
def test_events_between_two_times_of_the_day_begin_between_them(between: list[Any], start: str) -> None:
    drawn = windows(800.0, 1.0, 300, start=start, between=between)
    every = np.concatenate(drawn)[:, 0]
    every = every[(every > 0) & (every < 240)]
    first, last = (float(t) if isinstance(t, float) else float(t[:2]) for t in between)
    begins = datetime.fromisoformat(start)
    of_day = (begins.hour + begins.minute / 60 + every) % 24
    since = (of_day - first) % 24
    assert (since <= (last - first) % 24 + 1e-9).all()
    assert stats.kstest(since, stats.uniform(0.0, (last - first) % 24).cdf).pvalue > 1e-4
    number = np.array([len(each) for each in drawn], dtype=np.float64)
    near(number, 800 * 240 / 8766, np.sqrt(800 * 240 / 8766))


def test_no_event_begins_with_the_horizon_where_that_is_outside_the_window() -> None:
    """From 21:00 on, between 16:00 and 20:00: in the first day's last 3 hours there is no such time."""
    every = np.concatenate(windows(4000.0, 1.0, 20, start="2027-06-07T21:00:00Z", between=["16:00", "20:00"]))
    of_day = (21 + every[:, 0]) % 24
    assert ((of_day >= 16) & (of_day <= 20)).all()


def happens(events: list[dict[str, Any]], slots: int = 48) -> Any:
    """What the first future of a seed with both events does to the cluster, and its windows."""
    written = build.document(slots=slots)
    written["uncertainty"] = {"events": events}
    made = placement.scenario(written)
    of = drawing(made)
    future = of.future(0)
    return world(made, of.grid, (), future), future.windows


def test_what_an_event_covers_of_a_slot_counts_and_several_multiply() -> None:
    """By hand: for each slot the product over windows of 1 - (1 - speed) × hours inside."""
    got, (one, other) = happens([{**OTHER, "speed": 0.0}, {**OTHER, "name": "heat", "speed": 0.4}])
    assert len(one) > 2 < len(other)
    expected = []
    for t in range(48):
        left = 1.0
        for pairs, speed in ((one, 0.0), (other, 0.4)):
            for begin, end in pairs:
                inside = max(0.0, min(end, t + 1) - max(begin, t))
                left *= 1 - (1 - speed) * inside
        expected.append(left)
    assert got.speed["earth"] == pytest.approx(expected, abs=1e-12)
    assert 0 < min(x for x in expected if x > 0) < 1 == max(expected)


def test_what_an_event_destroys_is_gone_from_its_beginning_on() -> None:
    """From the first slot that begins after it; several times each takes the share of what is left."""
    got, (pairs,) = happens([{**OTHER, "speed": 1.0, "lost": 0.25}])
    expected = [1 - 0.75 ** sum(begin <= t for begin, _ in pairs) for t in range(48)]
    assert got.lost["earth"] == pytest.approx(expected, abs=1e-12)
    assert got.speed == {}


# Flights


def flown(numbers: dict[str, int], **reliability: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Vehicles with that reliability, and a plan in which they fly so often, in two periods."""
    written = build.document(
        vehicles=[
            {
                "name": name, "payload_kg": {"leo": 100.0}, "usd_per_flight": 1.0, "flights_per_period": 10**6,
                "reliability": share,
            }
            for name, share in reliability.items()
        ],
        uncertainty={"launches": True},
    )  # fmt: skip
    rows = [(name, period, number) for name, many in numbers.items() for period, number in ((0, many - 1), (1, 1))]
    launches = {
        "vehicle": [name for name, _, _ in rows], "cluster": ["sky"] * len(rows), "plane": [""] * len(rows),
        "period": [period for _, period, _ in rows], "flights": [number for _, _, number in rows],
    }  # fmt: skip
    return written, {"launches": table("launches", launches)}


def test_flights_arrive_by_the_binomial_distribution() -> None:
    written, plan = flown({"falcon": 20}, falcon=0.9)
    of = drawing(written, **plan)
    shares = np.array([of.future(n).arrived["falcon"] for n in range(3000)])
    near(shares, 0.9, np.sqrt(0.9 * 0.1 / 20))
    near((shares - 0.9) ** 2, 0.09 / 20, np.sqrt(2.5) * 0.09 / 20)
    assert np.abs(shares * 20 - np.round(shares * 20)).max() < 1e-9
    written, plan = flown({"falcon": 5}, falcon=1.0)
    assert drawing(written, **plan).future(0).arrived == {"falcon": 1.0}


def test_flights_of_another_vehicle_change_nothing() -> None:
    both = drawing(*[flown({"a": 7, "b": 20}, a=0.5, b=0.8)[0]], **flown({"a": 7, "b": 20}, a=0.5, b=0.8)[1])
    one = drawing(*[flown({"b": 20}, a=0.5, b=0.8)[0]], **flown({"b": 20}, a=0.5, b=0.8)[1])
    for n in range(10):
        assert both.future(n).arrived["b"] == one.future(n).arrived["b"]
