"""Series laid onto a time grid: one number for each tick."""

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from placement.errors import PlacementError
from placement.schema import Learning, SeriesSpec, Trace
from placement.timegrid import TimeGrid

PROFILE_SHAPE = (12, 24)
_WEEK = np.timedelta64(7 * 24, "h")


class SeriesError(PlacementError):
    """A series does not fit the horizon. `fact` and `remedy` go into the message with the place."""

    def __init__(self, fact: str, remedy: str):
        self.fact, self.remedy = fact, remedy
        super().__init__(f"{fact} {remedy}")


class Named(Protocol):
    """What names of series are looked up in; a Scenario is one."""

    @property
    def series(self) -> dict[str, SeriesSpec]:
        """Named series."""

    @property
    def traces(self) -> dict[str, Trace]:
        """Recorded numbers by key."""


def file_key(file: str, column: str, time_column: str | None) -> str:
    """Key of a file's column among the traces."""
    return f"file:{file}:{column}:{time_column or ''}"


def catalog_key(name: str) -> str:
    """Key of a catalogue series among the traces."""
    return f"catalog:{name}"


def on_ticks(series: Any, grid: TimeGrid, named: Named) -> NDArray[np.float64]:
    """Shape (K,): value of a series on each tick of the grid, the mean over the hours that the tick stands for.

    Raises
    ------
    SeriesError
        If the series does not cover the horizon, has gaps there, or its name is unknown.
    """
    return _on_ticks(series, grid, named, ())


def on_slots(series: Any, grid: TimeGrid, named: Named) -> NDArray[np.float64]:
    """Shape (T,): the mean over each slot, weighted by the hours of its ticks."""
    ticks = on_ticks(series, grid, named) * grid.tick_hours
    return np.bincount(grid.tick_slot, ticks, grid.slots) / grid.slot_hours


def _on_ticks(series: Any, grid: TimeGrid, named: Named, inside: tuple[str, ...]) -> NDArray[np.float64]:
    if not isinstance(series, SeriesSpec):
        return np.full(grid.ticks, float(series))
    if series.values is not None:
        values = _plain(np.array(series.values, dtype=np.float64), grid)
    elif series.file is not None:
        key = file_key(series.file, str(series.column), series.time_column)
        values = _trace(named.traces[key], series, grid)
    elif series.points is not None:
        values = _by_points(series, grid)
    else:
        values = _by_name(str(series.series), series, grid, named, inside)
    if series.learning is not None:
        values = _learnt(values, series.learning)
    growth = (1.0 + series.escalation_per_year) ** grid.tick_years
    return (values * series.scale + series.add) * growth


def _by_points(series: SeriesSpec, grid: TimeGrid) -> NDArray[np.float64]:
    """The value at the middle of each tick's slot."""
    at = np.array([float(grid.hours_of(moment)) for moment, _ in series.moments])
    given = np.array([value for _, value in series.moments])
    middle = (grid.edges[:-1] + grid.edges[1:]) / 2
    if middle[0] < at[0]:
        fact = (
            f"the first point is at {series.moments[0][0]:%Y-%m-%d}, and the horizon begins at {grid.start:%Y-%m-%d}."
        )
        raise SeriesError(fact, "Give a point at the start or before it.")
    if middle[-1] > at[-1] and not series.hold:
        end = grid.when(grid.hours)
        last = series.moments[-1][0]
        fact = f"the last point is at {last:%Y-%m-%d}, and the horizon ends at {end:%Y-%m-%d}: it ends early."
        raise SeriesError(fact, "Give a point at the end or after it, or `hold: true`.")
    if series.between == "step":
        values = given[np.searchsorted(at, middle, side="right") - 1]
    elif series.between == "geometric":
        values = np.exp(np.interp(middle, at, np.log(given)))
    else:
        values = np.interp(middle, at, given)
    return np.asarray(values[grid.tick_slot], dtype=np.float64)


def _learnt(values: NDArray[np.float64], learning: Learning) -> NDArray[np.float64]:
    """(number / start)^log2(1 - rate): a share less with each doubling (Wright 1936)."""
    if values.min() <= 0:
        fact = f"a learning curve goes by amounts in all, which are positive, not {values.min():g}."
        raise SeriesError(fact, "Count from the first unit on.")
    return np.asarray((values / learning.start) ** math.log2(1 - learning.rate), dtype=np.float64)


def _by_name(
    name: str, series: SeriesSpec, grid: TimeGrid, named: Named, inside: tuple[str, ...]
) -> NDArray[np.float64]:
    if name in inside:
        raise SeriesError(f"series refer to each other in a circle ({' -> '.join((*inside, name))}).", "Break it.")
    if name in named.series:
        return _on_ticks(named.series[name], grid, named, (*inside, name))
    key = catalog_key(name)
    if key not in named.traces:
        raise SeriesError(
            f"there is no series '{name}'.", "Define it under `series:` or see `placement catalog series`."
        )
    return _trace(named.traces[key], series, grid)


def _plain(values: NDArray[np.float64], grid: TimeGrid) -> NDArray[np.float64]:
    if len(values) == grid.slots:
        return values[grid.tick_slot]
    if len(values) == grid.ticks:
        return values
    if len(values) < grid.slots:
        fact = f"the series has {len(values)} values and the horizon {grid.slots} slots: it is too short."
    else:
        fact = f"the series has {len(values)} values, which is neither {grid.slots} slots nor {grid.ticks} ticks."
    raise SeriesError(fact, "Give one value per slot; a series is never repeated silently.")


def _trace(trace: Trace, series: SeriesSpec, grid: TimeGrid) -> NDArray[np.float64]:
    if trace.is_profile:
        return _average(trace.values[tuple(_month_hour(_hours(grid)))], grid)
    if trace.times is None:
        if len(trace.values) > grid.slots:
            return trace.values[: grid.slots][grid.tick_slot]
        return _plain(trace.values, grid)
    hours = _hours(grid)
    if series.use == "profile":
        return _average(_profile(trace, series.year)[tuple(_month_hour(hours))], grid)
    if series.use == "replay":
        hours = _same_weekday_in(hours, int(series.year or 0))
    return _average(_pick(trace, hours, series), grid)


def _hours(grid: TimeGrid) -> NDArray[np.datetime64]:
    """The UTC hours that are averaged: each hour of the horizon, or the one in which each short slot begins."""
    origin = np.datetime64(grid.start.replace(tzinfo=None), "s")
    count = len(grid.hour_tick) if grid.hour_tick is not None else grid.slots
    seconds = np.arange(count) * 3600 if grid.hour_tick is not None else np.round(grid.edges[:-1] * 3600)
    moments: NDArray[np.datetime64] = (origin + seconds.astype("timedelta64[s]")).astype("datetime64[h]")
    return moments


def _average(values: NDArray[np.float64], grid: TimeGrid) -> NDArray[np.float64]:
    if grid.hour_tick is None:
        return values
    return np.bincount(grid.hour_tick, values, grid.ticks) / np.bincount(grid.hour_tick, minlength=grid.ticks)


def _month_hour(hours: NDArray[np.datetime64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    month = hours.astype("datetime64[M]").astype(np.int64) % 12
    return month, hours.astype(np.int64) % 24


def _profile(trace: Trace, year: int | None) -> NDArray[np.float64]:
    times, values = trace.times, trace.values
    assert times is not None
    if year is not None:
        chosen = times.astype("datetime64[Y]").astype(np.int64) + 1970 == year
        times, values = times[chosen], values[chosen]
    return month_hour_means(times, values)


def month_hour_means(times: NDArray[np.datetime64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shape (12, 24): means by month and hour of the day, UTC, of hourly values; gaps (NaN) are left out.

    Raises
    ------
    SeriesError
        If a month and hour has no value at all.
    """
    here = ~np.isnan(values)
    month, hour = _month_hour(times.astype("datetime64[h]")[here])
    cell = month * 24 + hour
    count = np.bincount(cell, minlength=288)
    if (count == 0).any():
        raise SeriesError(
            f"{int((count == 0).sum())} of the 288 months × hours have no value.", "A profile needs a whole year."
        )
    return (np.bincount(cell, values[here], 288) / count).reshape(PROFILE_SHAPE)


def _same_weekday_in(hours: NDArray[np.datetime64], year: int) -> NDArray[np.datetime64]:
    """The hours of `year` nearest to the same date with the same weekday and hour; never outside the year."""
    begin, end = np.datetime64(f"{year}-01-01", "h"), np.datetime64(f"{year + 1}-01-01", "h")
    own_year = hours.astype("datetime64[Y]").astype("datetime64[h]")
    days = (own_year - begin).astype(np.int64) / 24
    moved = hours - np.round(days / 7).astype(np.int64) * _WEEK
    moved = np.where(moved < begin, moved + _WEEK, moved)
    return np.asarray(np.where(moved >= end, moved - _WEEK, moved), dtype="datetime64[h]")


def _pick(trace: Trace, hours: NDArray[np.datetime64], series: SeriesSpec) -> NDArray[np.float64]:
    times = trace.times
    assert times is not None
    index = np.clip(np.searchsorted(times, hours), 0, len(times) - 1)
    missing = times[index] != hours
    if missing.any():
        first = hours[np.flatnonzero(missing)[0]]
        fact = f"{int(missing.sum())} of {len(hours)} hours are missing, the first {first}Z"
        span = f"the data run from {times[0]}Z to {times[-1]}Z"
        remedy = "Give data that cover the horizon, or `use: profile`, or `use: replay` with a `year` they cover."
        short = "" if series.use == "replay" else " it is too short:"
        raise SeriesError(f"the series does not cover the horizon:{short} {fact} ({span}).", remedy)
    values: NDArray[np.float64] = trace.values[index]
    if np.isnan(values).any():
        first = hours[np.flatnonzero(np.isnan(values))[0]]
        raise SeriesError(
            f"{int(np.isnan(values).sum())} hours of the series are empty (NaN), the first {first}Z.", "Fill them."
        )
    return values
