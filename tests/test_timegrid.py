"""Slots, ticks, grains."""

import numpy as np
import pytest

from placement import timegrid
from placement.schema import Horizon


def grid(**horizon: object) -> timegrid.TimeGrid:
    made = Horizon.model_validate({"start": "2027-01-01T00:00:00Z", **horizon})
    assert timegrid.check(made) is None
    return timegrid.timegrid(made)


def test_an_hour_has_one_tick_and_256_grains() -> None:
    week = grid(slot_hours=1, slots=168)
    assert (week.slots, week.ticks, week.grains, week.periods) == (168, 168, 256, 1)
    assert not week.representative
    assert (week.tick_hours == 1).all()


def test_a_day_has_an_hour_in_each_tick() -> None:
    days = grid(slot="day", slots=3)
    assert (days.ticks, days.grains) == (72, 256)
    assert not days.representative
    assert days.tick_slot[24] == 1


def test_a_month_has_24_ticks_each_standing_for_its_days() -> None:
    months = grid(slot="month", slots=3)
    assert months.slot_hours.tolist() == [744, 672, 744]
    assert months.tick_hours[:24].tolist() == [31.0] * 24
    assert months.tick_hours[24:48].tolist() == [28.0] * 24
    assert months.representative
    assert months.grains == 4096
    assert (months.tick_span == 1).all()


def test_more_ticks_keep_night_and_day_apart() -> None:
    months = grid(slot="month", slots=2, ticks=96)
    hours = np.arange(744)
    for tick in range(96):
        mine = hours[months.hour_tick[:744] == tick]
        assert len(set(mine % 24)) == 1
    assert months.tick_hours[:96].sum() == 744


def test_ticks_of_a_slot_that_begins_at_six_are_in_the_order_of_time() -> None:
    made = Horizon.model_validate({"start": "2027-01-01T06:00:00Z", "slot_hours": 48, "slots": 2, "ticks": 48})
    assert (np.diff(timegrid.timegrid(made).hour_tick) == 1).all()


def test_quarters_follow_the_calendar() -> None:
    assert grid(slot="quarter", slots=4).edges.tolist() == [0, 2160, 4344, 6552, 8760]


def test_short_slots_are_ticks_themselves() -> None:
    halves = grid(slot_hours=0.5, slots=5)
    assert halves.tick_hours.tolist() == [0.5] * 5
    assert halves.hours == 2.5


@pytest.mark.parametrize(
    ("horizon", "fact"),
    [
        ({"slot_hours": 1.5, "slots": 2}, "whole hours"),
        ({"slot_hours": 1, "slots": 2, "ticks": 24}, "one tick"),
        ({"slot_hours": 6, "slots": 2, "ticks": 3}, "6 ticks"),
        ({"slot": "month", "slots": 2, "ticks": 36}, "multiple"),
        ({"slot": "month", "slots": 2, "ticks": 744}, "at most 672"),
    ],
)
def test_grids_that_cannot_be_are_said(horizon: dict[str, object], fact: str) -> None:
    said = timegrid.check(Horizon.model_validate({"start": "2027-01-01T00:00:00Z", **horizon}))
    assert said is not None
    assert fact in said


def test_positions_and_hours_agree_over_slots_of_unequal_length() -> None:
    months = grid(slot="month", slots=2)
    half = 4096 // 2
    assert months.position_hours(half) == 372
    assert months.position_hours(4096 + half) == 744 + 336
    assert months.position_hours(2 * 4096) == months.hours


def test_first_slot_from_a_moment() -> None:
    week = grid(slot_hours=1, slots=10)
    assert week.slot_from([0.0, 0.5, 3.0, 9.5, 99.0]).tolist() == [0, 1, 3, 10, 10]


def test_share_of_ticks_inside_a_window() -> None:
    assert grid(slot_hours=0.5, slots=4).ticks_inside(0.25, 1.0).tolist() == [0.5, 1.0, 0.0, 0.0]
    assert grid(slot="month", slots=1).ticks_inside(0, 24 * 31 / 2)[0] == pytest.approx(16 / 31)


def test_a_moment_too_far_for_the_calendar_is_its_last() -> None:
    assert grid(slot_hours=1, slots=1).when(1e12).year == 9999


def test_many_moments_are_those_one_by_one() -> None:
    one = grid(slot_hours=1, slots=1)
    hours = np.array([-3.5, 0.0, 0.5 / 3600, 1.5 / 3600, 1 / 7, 1e6, 69_889_000.0, 1e12])
    assert one.moments(hours).tolist() == [one.when(float(h)).replace(tzinfo=None) for h in hours]


def test_a_month_is_not_discounted_and_more_is() -> None:
    month, more = (grid(slot="day", slots=days) for days in (31, 32))
    assert (month.discount(0.1) == 1.0).all()
    np.testing.assert_allclose(more.discount(0.1), 1.1 ** -(24.0 * np.arange(32) / 8766))
