"""Recorded prices of energy, and the blocks of time that futures take from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from placement.errors import PlacementError
from placement.kernels.work import Floats, Ints
from placement.schema import Resampled, Scenario, SeriesSpec, Trace
from placement.series import catalog_key, file_key, on_ticks
from placement.timegrid import TimeGrid

WEEK = 168
FEWEST = 8
"""Blocks of the same weekday that are enough to choose from; else any day will do."""


@dataclass(frozen=True)
class History:
    """What prices of some clusters were together, hour by hour."""

    clusters: tuple[str, ...]
    price: Floats
    """(clusters, hours) $/MWh."""
    carbon: Floats | None
    """(clusters, hours) g/kWh; None: as it is."""
    block_hours: int
    choices: tuple[Ints, ...]
    """For each block of the horizon the hours of the history with which it may begin."""
    around: bool
    """Whether blocks run on at the beginning where the history ends."""

    def pick(self, random: np.random.Generator) -> Ints:
        """(B,) one of the choices of each block."""
        return np.array([one[int(random.integers(len(one)))] for one in self.choices], dtype=np.int64)

    def hourly(self, blocks: Ints, hours: int, values: Floats) -> Floats:
        """(clusters, hours) values of the horizon's hours from the blocks."""
        at = np.arange(hours)
        source = blocks[at // self.block_hours] + at % self.block_hours
        return np.asarray(values[:, source % values.shape[1] if self.around else source])


def history_of(scenario: Scenario, grid: TimeGrid, given: Resampled) -> History:
    """The history of the prices of some clusters.

    Recorded hours with times where there are such behind the series of all of them; else the horizon's own hours, in a
    circle.

    Raises
    ------
    PlacementError
        If recorded times have no hours in common, or nothing that a block could be.
    """
    clusters = {cluster.name: cluster for cluster in scenario.clusters}
    specs = [clusters[name].energy_price for name in given.clusters]
    carbons = [clusters[name].carbon_g_per_kwh for name in given.clusters]
    recorded = [_recorded(spec, scenario) for spec in specs]
    hours = int(np.ceil(grid.hours - 1e-9))
    blocks = -(-hours // given.block_hours)
    start = np.datetime64(grid.start.replace(tzinfo=None), "h")
    if all(one is not None for one in recorded):
        traces = [one for one in recorded if one is not None]
        first = max(trace[0][0] for trace in traces)
        last = min(trace[0][-1] for trace in traces)
        count = int((last - first) / np.timedelta64(1, "h")) + 1
        if count < given.block_hours:
            fact = f"recorded prices of {', '.join(given.clusters)} have {max(count, 0):,} hours in common"
            raise PlacementError(f"{fact}, fewer than a block of {given.block_hours} h. Give blocks that are shorter.")
        price = np.stack([_hours(times, values, first, count) for times, values in traces])
        carbon = None
        if given.carbon:
            of_carbon = [_recorded(spec, scenario) for spec in carbons]
            rows = [
                np.full(count, float(spec)) if not isinstance(spec, SeriesSpec)
                else None if one is None else _hours(*one, first, count)
                for spec, one in zip(carbons, of_carbon, strict=True)
            ]  # fmt: skip
            known = [row for row in rows if row is not None]
            carbon = np.stack(known) if len(known) == len(rows) else None
        good = ~np.isnan(price).any(axis=0) & (True if carbon is None else ~np.isnan(carbon).any(axis=0))
        choices = tuple(
            _choices(first, count, good, start + np.timedelta64(b * given.block_hours, "h"), given)
            for b in range(blocks)
        )
        return History(given.clusters, price, carbon, given.block_hours, choices, False)
    price = np.stack([_own(on_ticks(spec, grid, scenario), grid, hours) for spec in specs])
    carbon = np.stack([_own(on_ticks(spec, grid, scenario), grid, hours) for spec in carbons]) if given.carbon else None
    step = WEEK if hours >= 4 * WEEK else 24
    whole = hours - hours % step if hours >= step else hours  # a circle that keeps the hour of the day
    own = np.arange(0, max(whole, 1), step)
    choices = tuple((own + b * given.block_hours % step) % whole for b in range(blocks))
    carbon = None if carbon is None else carbon[:, :whole]
    return History(given.clusters, price[:, :whole], carbon, given.block_hours, choices, True)


def _recorded(spec: Any, scenario: Scenario) -> tuple[Any, Floats] | None:
    """Times and values behind a series; None where no times were recorded."""
    if not isinstance(spec, SeriesSpec) or spec.learning is not None or spec.escalation_per_year:
        return None
    trace: Trace | None = None
    if spec.file is not None:
        trace = scenario.traces[file_key(spec.file, str(spec.column), spec.time_column)]
    elif spec.series is not None and spec.series in scenario.series:
        inner = _recorded(scenario.series[spec.series], scenario)
        return None if inner is None else (inner[0], inner[1] * spec.scale + spec.add)
    elif spec.series is not None:
        trace = scenario.traces.get(catalog_key(spec.series))
    if trace is None or trace.times is None or trace.is_profile:
        return None
    return trace.times.astype("datetime64[h]"), trace.values * spec.scale + spec.add


def _hours(times: Any, values: Floats, first: Any, count: int) -> Floats:
    """(count,) values of hours from the first on; nan where none was recorded."""
    result = np.full(count, np.nan)
    at = ((times - first) / np.timedelta64(1, "h")).astype(np.int64)
    inside = (at >= 0) & (at < count)
    result[at[inside]] = values[inside]
    return result


def _choices(first: Any, count: int, good: Any, begin: Any, given: Resampled) -> Ints:
    """Hours of the history with which a block may begin that begins at a moment of the horizon."""
    length = given.block_hours
    bad = np.concatenate([[0], np.cumsum(~np.asarray(good))])
    offset = int((begin - first) / np.timedelta64(1, "h")) % 24
    at = np.arange(offset, count - length + 1, 24)
    at = at[bad[at + length] == bad[at]]
    moments = first + at.astype("timedelta64[h]")
    apart = _days_apart(moments, begin)
    near = at[apart <= given.within_days]
    if len(near) == 0:
        fact = f"no block of {length} h within {given.within_days} days of {begin} was recorded whole"
        raise PlacementError(f"{fact} for {', '.join(given.clusters)}. Widen within_days, or shorten block_hours.")
    same = near[
        (((first + near.astype("timedelta64[h]")) - begin) / np.timedelta64(1, "h")).astype(np.int64) % WEEK == 0
    ]
    chosen: Ints = same if len(same) >= FEWEST else near
    return chosen


def _days_apart(moments: Any, begin: Any) -> Ints:
    """Days between moments and the nearest time of that date; 29 February is 1 March where there is none."""
    days = moments.astype("datetime64[D]")
    date = np.datetime64(begin, "D")
    month = date.astype("datetime64[M]")
    since_january = (month - date.astype("datetime64[Y]").astype("datetime64[M]")).astype(np.int64)
    day = (date - month.astype("datetime64[D]")).astype(np.int64)
    years = days.astype("datetime64[Y]").astype("datetime64[M]")
    found = []
    for later in (-12, 0, 12):
        same = (years + (later + since_january).astype("timedelta64[M]")).astype("datetime64[D]") + day
        found.append(np.abs((days - same).astype(np.int64)))
    return np.asarray(np.min(found, axis=0))


def _own(ticks: Floats, grid: TimeGrid, hours: int) -> Floats:
    """(hours,) values of the horizon's hours."""
    if grid.hour_tick is not None:
        return np.asarray(ticks[grid.hour_tick])
    slot = np.searchsorted(grid.edges, np.arange(hours) + 1e-9, side="right") - 1
    return np.asarray(ticks[np.minimum(slot, grid.slots - 1)])


def to_ticks(hourly: Floats, grid: TimeGrid) -> Floats:
    """(..., K) values of ticks from those of the horizon's hours, (..., hours)."""
    if grid.hour_tick is None:
        return np.asarray(hourly[..., np.floor(grid.edges[:-1] + 1e-9).astype(np.int64)])
    if len(grid.hour_tick) == grid.ticks and (np.diff(grid.hour_tick) == 1).all():
        return hourly
    count = np.bincount(grid.hour_tick, minlength=grid.ticks)
    sums = np.concatenate(
        [np.zeros((*hourly.shape[:-1], 1)), np.cumsum(hourly[..., np.argsort(grid.hour_tick, kind="stable")], axis=-1)],
        axis=-1,
    )
    ends = np.cumsum(count)
    return np.asarray((sums[..., ends] - sums[..., ends - count]) / count)
