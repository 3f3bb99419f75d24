"""Series laid onto a time grid."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from placement import series
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
