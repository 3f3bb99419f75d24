"""Clusters that stand still for a while: what becomes of the speed of their pools."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from placement.errors import PlacementError
from placement.kernels.work import Floats
from placement.loader.wording import did_you_mean
from placement.schema import Scenario, SeriesSpec
from placement.series import on_slots
from placement.timegrid import EDGE_TOLERANCE_HOURS, TimeGrid, timegrid

FARTHEST = 20.0


@dataclass(frozen=True)
class Outage:
    """A cluster does no work between two moments."""

    cluster: str
    begin: datetime
    end: datetime


def check(scenario: Scenario, outages: Sequence[Outage]) -> None:
    """Raise PlacementError where a cluster is not known, or an outage ends before it begins."""
    names = [cluster.name for cluster in scenario.clusters]
    for outage in outages:
        if outage.cluster not in names:
            raise PlacementError(f"there is no cluster '{outage.cluster}'. {did_you_mean(outage.cluster, names)}")
        if in_utc(outage.end) <= in_utc(outage.begin):
            raise PlacementError(
                f"the outage of {outage.cluster} ends {outage.end:%Y-%m-%dT%H:%MZ}, not after it begins "
                f"({outage.begin:%Y-%m-%dT%H:%MZ}). Correct one of the two."
            )


def stalled(grid: TimeGrid, outages: Sequence[Outage], k: int) -> set[str]:
    """Clusters that stand still when slot k begins."""
    now = grid.edges[k] + EDGE_TOLERANCE_HOURS
    return {each.cluster for each in outages if _hours(grid, each.begin) <= now < _hours(grid, each.end)}


def speeds(
    scenario: Scenario, grid: TimeGrid, outages: Sequence[Outage], k: int, since: Mapping[tuple[str, str], int]
) -> dict[str, Any]:
    """What stands at the speed of pools, from slot k on without the share of each slot that an outage takes.

    A pool of `since` (cluster and name) is told to have worked in each slot from that on until k.

    A speed that is known for ever stays so, also where an outage ends after the horizon: horizons may grow.
    """
    values: dict[str, Any] = {}
    for cluster in scenario.clusters:
        mine = _united(
            [(_hours(grid, each.begin), _hours(grid, each.end)) for each in outages if each.cluster == cluster.name]
        )
        longer = _longer(scenario, grid, mine[-1][1]) if mine else grid
        for pool in cluster.pools:
            first = since.get((cluster.name, str(pool.name)), k)
            if not mine and first >= k:
                continue
            known = _for_ever(pool.speed)
            over = longer if known else grid
            speed = on_slots(pool.speed, over, scenario) * _factor(over, mine, k)
            speed[first:k] = np.where(speed[first:k] == 0, 1.0, speed[first:k])
            path = f"clusters.{cluster.name}.pools.{pool.name}.speed"
            values[path] = _stepwise(speed, over) if known else speed.tolist()
    return values


def _factor(grid: TimeGrid, spans: Sequence[tuple[float, float]], k: int) -> Floats:
    """(T,) share of each slot from slot k on in which there is no outage."""
    out = np.zeros(grid.slots)
    for first, last in spans:
        out += np.maximum(np.minimum(grid.edges[1:], last) - np.maximum(grid.edges[:-1], first), 0.0)
    factor = np.clip(1.0 - out / grid.slot_hours, 0.0, 1.0)
    factor[:k] = 1.0
    return np.asarray(factor)


def _longer(scenario: Scenario, grid: TimeGrid, hours: float) -> TimeGrid:
    """The grid, or a longer one with a slot that begins at those hours or later, `FARTHEST` times as long at most."""
    slots = math.ceil(grid.slots * min(hours / grid.hours, FARTHEST)) + 2
    return grid if hours < grid.edges[-2] else timegrid(scenario.horizon.model_copy(update={"slots": slots}))


def _for_ever(series: Any) -> bool:
    """Whether a series says what it is after any horizon."""
    return not isinstance(series, SeriesSpec) or (series.points is not None and series.hold)


def _stepwise(values: Floats, grid: TimeGrid) -> dict[str, Any]:
    """A series that has these values in the slots of a grid, and the last ever after."""
    changes = np.flatnonzero(np.concatenate([[True], np.diff(values) != 0]))
    points = {f"{grid.when(float(grid.edges[t])):%Y-%m-%dT%H:%M:%SZ}": float(values[t]) for t in changes.tolist()}
    return {"points": points, "between": "step", "hold": True}


def _united(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same times without overlaps."""
    found: list[tuple[float, float]] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found


def _hours(grid: TimeGrid, moment: datetime) -> float:
    return float(grid.hours_of(np.datetime64(in_utc(moment).replace(tzinfo=None), "us")))


def in_utc(moment: datetime) -> datetime:
    """The moment in UTC, which one without a zone is taken for."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
