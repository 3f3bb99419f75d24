"""Series laid onto a time grid."""

from dataclasses import dataclass, field

import build
import numpy as np
import pytest

from placement import series
from placement.errors import ScenarioError
from placement.schema import Horizon, SeriesSpec, Trace
from placement.timegrid import TimeGrid, timegrid


@dataclass
class Named:
    series: dict[str, SeriesSpec] = field(default_factory=dict)
    traces: dict[str, Trace] = field(default_factory=dict)


def grid(start: str = "2027-06-07T00:00:00Z", **horizon: object) -> TimeGrid:
    return timegrid(Horizon.model_validate({"start": start, **(horizon or {"slot_hours": 1, "slots": 24})}))


def hourly(start: str, hours: int) -> Trace:
    times = np.datetime64(start, "h") + np.arange(hours)
    return Trace(np.arange(hours, dtype=np.float64), times)


FILE = SeriesSpec(file="p.csv", column="x", time_column="t")
KEY = series.file_key("p.csv", "x", "t")


def test_a_number_is_the_same_everywhere() -> None:
    assert (series.on_ticks(3.5, grid(), Named()) == 3.5).all()


def test_a_list_has_one_number_per_slot_and_is_never_repeated() -> None:
    values = tuple(float(k) for k in range(24))
    assert series.on_ticks(SeriesSpec(values=values), grid(), Named()).tolist() == list(values)
    with pytest.raises(series.SeriesError, match="too short"):
        series.on_ticks(SeriesSpec(values=values[:23]), grid(), Named())
    with pytest.raises(series.SeriesError, match="neither 24 slots nor 24 ticks"):
        series.on_ticks(SeriesSpec(values=(*values, 1.0)), grid(), Named())


def test_dated_hours_are_taken_at_their_own_time() -> None:
    named = Named(traces={KEY: hourly("2027-06-01T00", 1000)})
    assert series.on_ticks(FILE, grid(), named).tolist() == list(range(144, 168))


def test_data_that_end_early_are_said_with_the_first_hour_that_is_missing() -> None:
    named = Named(traces={KEY: hourly("2027-06-07T00", 20)})
    with pytest.raises(series.SeriesError, match=r"4 of 24 hours are missing, the first 2027-06-07T20Z"):
        series.on_ticks(FILE, grid(), named)


def test_an_empty_hour_is_said() -> None:
    trace = hourly("2027-06-07T00", 24)
    trace.values[7] = np.nan
    with pytest.raises(series.SeriesError, match="first 2027-06-07T07Z"):
        series.on_ticks(FILE, grid(), Named(traces={KEY: trace}))


def test_replay_keeps_weekday_and_hour_and_never_leaves_the_year() -> None:
    trace = hourly("2023-01-01T00", 8760)
    spec = FILE.model_copy(update={"use": "replay", "year": 2023})
    for start in ("2027-06-07T00:00:00Z", "2027-01-01T00:00:00Z", "2027-12-30T00:00:00Z", "2028-02-28T00:00:00Z"):
        here = grid(start, slot_hours=1, slots=48)
        picked = series.on_ticks(spec, here, Named(traces={KEY: trace}))
        then = np.datetime64("2023-01-01T00", "h") + picked.astype(np.int64)
        now = np.datetime64(start[:13], "h") + np.arange(48)
        assert ((now - then).astype(np.int64) % (7 * 24) == 0).all()
        assert (np.abs((then - now).astype(np.int64) / 24 % 365.25 - 182.6) > 170).all()


def test_replay_of_a_decade_uses_each_week_once_a_year() -> None:
    trace = hourly("2023-01-01T00", 8760)
    spec = FILE.model_copy(update={"use": "replay", "year": 2023})
    months = grid("2027-01-01T00:00:00Z", slot="month", slots=120)
    assert np.isfinite(series.on_ticks(spec, months, Named(traces={KEY: trace}))).all()


def test_profile_is_the_mean_by_month_and_hour() -> None:
    trace = hourly("2023-01-01T00", 8760)
    trace.values[:] = np.arange(8760) % 24
    spec = FILE.model_copy(update={"use": "profile"})
    assert series.on_ticks(spec, grid(), Named(traces={KEY: trace})).tolist() == list(range(24))


def test_a_profile_needs_every_month() -> None:
    with pytest.raises(series.SeriesError, match="a whole year"):
        series.on_ticks(
            FILE.model_copy(update={"use": "profile"}), grid(), Named(traces={KEY: hourly("2023-01-01T00", 2000)})
        )


def test_long_slots_take_the_mean_over_what_their_ticks_stand_for() -> None:
    trace = hourly("2027-01-01T00", 744)
    trace.values[:] = (np.arange(744) % 24 == 5) * 31.0
    month = grid("2027-01-01T00:00:00Z", slot="month", slots=1)
    ticks = series.on_ticks(FILE, month, Named(traces={KEY: trace}))
    assert ticks.tolist() == [31.0 if k == 5 else 0.0 for k in range(24)]
    assert series.on_slots(FILE, month, Named(traces={KEY: trace}))[0] == pytest.approx(31 / 24)


def test_scale_add_and_growth() -> None:
    spec = SeriesSpec(series="base", scale=2.0, add=1.0, escalation_per_year=0.1)
    named = Named(series={"base": SeriesSpec(values=(1.0, 1.0))})
    years = grid("2027-01-01T00:00:00Z", slot_hours=8760, slots=2)
    found = series.on_slots(spec, years, named)
    assert found[1] / found[0] == pytest.approx(1.1 ** (8760 / 8766))
    assert found[0] == pytest.approx(3.0 * 1.1 ** (4380 / 8766))


def test_series_that_name_each_other_in_a_circle_are_said() -> None:
    named = Named(series={"a": SeriesSpec(series="b"), "b": SeriesSpec(series="a")})
    with pytest.raises(series.SeriesError, match="a -> b -> a"):
        series.on_ticks(SeriesSpec(series="a"), grid(), named)


YEARS = {"slot_hours": 8760, "slots": 2}
"""Two slots of 365 days from 2027 on, with their middles 4,380 and 13,140 h after the start."""


def years() -> TimeGrid:
    return grid("2027-01-01T00:00:00Z", **YEARS)


def spec(**keys: object) -> SeriesSpec:
    return SeriesSpec.model_validate(keys)


def on_years(**keys: object) -> list[float]:
    return series.on_slots(spec(**keys), years(), Named()).tolist()


def test_points_lie_on_straight_lines_and_are_taken_at_the_middle_of_each_slot() -> None:
    """2027 has 8,760 h and 2028 8,784 h: with a slope of 1 an hour the values are the middles."""
    found = on_years(points={"2027": 0.0, "2028": 8760.0, "2029": 8760.0 + 8784.0})
    assert found == pytest.approx([4380.0, 13140.0], rel=1e-12)


def test_points_need_not_be_written_in_order_and_may_begin_long_before() -> None:
    """From 0 in 2025 to 100 in 2031 are 2,191 days, of which 912.5 and 1,277.5 have passed."""
    found = on_years(points={"2031": 100.0, "2025-01-01": 0.0})
    assert found == pytest.approx([100 * 912.5 / 2191, 100 * 1277.5 / 2191], rel=1e-12)


def test_between_points_growth_is_constant_where_it_is_geometric() -> None:
    """From 1 to 4 in a year: 2 half-way."""
    assert on_years(points={"2027": 1.0, "2028": 4.0}, between="geometric", hold=True) == pytest.approx([2.0, 4.0])


def test_steps_hold_until_the_next_point_which_counts_from_its_moment_on() -> None:
    """The middle of the first slot is noon of the second of July."""
    steps = {"2027": 3.0, "2028-07-01T12:00:00Z": 7.0, "2029": 9.0}
    assert on_years(points={**steps, "2027-07-02T12:00:00Z": 5.0}, between="step") == [5.0, 7.0]
    assert on_years(points={**steps, "2027-07-02T12:01:00Z": 5.0}, between="step") == [3.0, 7.0]


def test_the_last_point_holds_only_where_that_is_said() -> None:
    points = {"2027": 1.0, "2028": 3.0}
    assert on_years(points=points, hold=True) == pytest.approx([2.0, 3.0])
    assert on_years(points={"2027": 4.0}, hold=True) == [4.0, 4.0]
    with pytest.raises(
        series.SeriesError, match="last point is at 2028-01-01, and the horizon ends at 2028-12-31: it ends early"
    ):
        on_years(points=points)


@pytest.mark.parametrize(("last", "fits"), [("2028-07-01T12:00:00Z", True), ("2028-07-01T11:59:00Z", False)])
def test_a_last_point_at_the_middle_of_the_last_slot_is_not_too_early(last: str, fits: bool) -> None:
    points = {"2027": 1.0, last: 2.0}
    if fits:
        assert on_years(points=points)[1] == 2.0
    else:
        with pytest.raises(series.SeriesError, match="it ends early"):
            on_years(points=points)


@pytest.mark.parametrize(("first", "fits"), [("2027-07-02T12:00:00Z", True), ("2027-07-02T12:01:00Z", False)])
def test_a_first_point_after_the_middle_of_the_first_slot_comes_too_late(first: str, fits: bool) -> None:
    """Also with `hold`, which holds the last."""
    points = {first: 2.0, "2029": 2.0}
    if fits:
        assert on_years(points=points) == [2.0, 2.0]
    else:
        fact = "first point is at 2027-07-02, and the horizon begins at 2027-01-01"
        with pytest.raises(series.SeriesError, match=fact):
            on_years(points=points, hold=True)


def test_points_have_one_value_in_all_ticks_of_a_slot() -> None:
    """The middle of January 2027 is 15.5 days after its beginning."""
    months = grid("2027-01-01T00:00:00Z", slot="month", slots=2)
    ticks = series.on_ticks(spec(points={"2027": 0.0, "2028": 365.0}), months, Named())
    assert len(ticks) == 48
    assert ticks[:24].tolist() == pytest.approx([15.5] * 24)
    assert ticks[24:].tolist() == pytest.approx([31 + 14.0] * 24)


def test_moments_of_points_have_zones() -> None:
    """Noon in Berlin is 10:00 UTC in summer; a point without a zone is in UTC."""
    day = grid("2027-06-07T00:00:00Z", slot_hours=1, slots=24)
    points = {"2027-06-07": 0, "2027-06-07T12:00+02:00": 1}
    found = series.on_ticks(spec(points=points, between="step", hold=True), day, Named())
    assert found.tolist() == [0.0] * 10 + [1.0] * 14


@pytest.mark.parametrize(
    ("keys", "fact", "remedy"),
    [
        ({"points": {2027: 1, "2027-01-01": 2}}, "two points of a series are at one time", "Leave one out"),
        ({"points": {2027: 1, "2027-01-01T00:00Z": 2}}, "two points of a series are at one time", "Leave one out"),
        ({"points": {"soon": 1}}, "'soon' is not a date", "Write years or dates, such as 2027"),
        ({"points": {}}, "a series by points has none", "Write `points:"),
        ({"points": {2027: 1, 2028: 0}, "between": "geometric"}, "are positive, not 0", "Write `between: linear`"),
        ({"points": {2027: 1}, "between": "log"}, "none of linear, geometric, step", ""),
        ({"points": {2027: "1,5"}}, "'1,5' (text), but must be a number", "Write a plain number: 1.5."),
        ({"points": {2027: 1}, "hold": 1}, "hold is 1, but must be true or false", "Write true."),
        ({"values": [1.0] * 4, "between": "step"}, "`between` is for a series by points", "Leave between out"),
        ({"values": [1.0] * 4, "hold": True}, "`hold` is for a series by points", "Leave hold out"),
        ({"values": [1.0] * 4, "points": {2027: 1}}, "has values and points", "Give exactly one of"),
        ({"points": {2027: 1, 2028: 2}, "learning": {"start": 0, "rate": 0.2}}, "start is 0", "amount in all"),
        ({"points": {2027: 1, 2028: 2}, "learning": {"start": 1, "rate": 20}}, "rate is 20", "each doubling"),
        ({"points": {2027: 1}}, "energy_price: the last point is at 2027-01-01", "or `hold: true`"),
        ({"points": {2028: 1}}, "energy_price: the first point is at 2028-01-01", "Give a point at the start"),
        ({"points": {2027: 0}, "hold": True, "learning": {"start": 1, "rate": 0.2}}, "positive, not 0", "first unit"),
    ],
)  # fmt: skip
def test_points_that_are_none_are_told_with_what_to_do(keys: dict[str, object], fact: str, remedy: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        build.scenario([build.cluster(energy_price=keys)])
    (problem,) = caught.value.problems
    assert problem.place.startswith("clusters.earth.energy_price")
    assert fact in problem.fact
    assert remedy in problem.remedy


def test_years_may_be_numbers() -> None:
    made = build.scenario([build.cluster(energy_price={"points": {2027: 10.0, "2028-02-01": 20.0}})])
    price = made.cluster("earth").energy_price
    assert isinstance(price, SeriesSpec)
    assert [f"{moment:%Y-%m-%d}" for moment, _ in price.moments] == ["2027-01-01", "2028-02-01"]


def learnt(*amounts: float, rate: float = 0.2, start: float = 1.0, **keys: object) -> list[float]:
    here = grid(slot_hours=1, slots=len(amounts))
    learning = {"start": start, "rate": rate}
    return series.on_slots(spec(values=amounts, learning=learning, **keys), here, Named()).tolist()


def test_each_doubling_takes_a_fifth_off() -> None:
    """Wright 1936: 1, 0.8, 0.8², 0.8³; half of the start is one doubling before it: 1/0.8."""
    assert learnt(1.0, 2.0, 4.0, 8.0, 0.5) == pytest.approx([1.0, 0.8, 0.64, 0.512, 1.25], rel=1e-12)
    assert learnt(100.0, 300.0, start=100.0) == pytest.approx([1.0, 0.8**1.584962500721156], rel=1e-12)
    assert learnt(1.0, 1000.0, rate=0.0) == [1.0, 1.0]


def test_what_is_learnt_is_scaled_then_added_to_then_grows() -> None:
    """$100 at the start and $5 on top: 105, 85 after one doubling."""
    assert learnt(1.0, 2.0, scale=100.0, add=5.0) == pytest.approx([105.0, 85.0])
    learning = {"start": 1.0, "rate": 0.2}
    found = on_years(
        points={"2027": 1.0, "2028": 4.0}, between="geometric", hold=True, learning=learning,
        scale=100.0, add=5.0, escalation_per_year=0.1,
    )  # fmt: skip
    assert found == pytest.approx([85.0 * 1.1 ** (4380 / 8766), 69.0 * 1.1 ** (13140 / 8766)])


def test_points_are_scaled_then_added_to_then_grow() -> None:
    found = on_years(points={"2027": 1.0, "2028": 3.0}, hold=True, scale=10.0, add=1.0, escalation_per_year=0.1)
    assert found == pytest.approx([21.0 * 1.1 ** (4380 / 8766), 31.0 * 1.1 ** (13140 / 8766)])


def test_a_series_learns_from_the_amounts_of_another() -> None:
    """The amounts in all are 2 and 4 of a named series, twice those here: two and three doublings."""
    named = Named(series={"flown": spec(values=(2.0, 4.0), scale=2.0)})
    found = series.on_slots(spec(series="flown", learning={"start": 1.0, "rate": 0.2}), years(), named)
    assert found.tolist() == pytest.approx([0.64, 0.512])


@pytest.mark.parametrize("amount", [0.0, -1.0])
def test_nothing_is_learnt_of_amounts_that_are_not_positive(amount: float) -> None:
    with pytest.raises(series.SeriesError, match=f"which are positive, not {amount:g}. Count from the first unit on."):
        learnt(1.0, amount)
