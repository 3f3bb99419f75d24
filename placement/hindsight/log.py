"""A log against a scenario: jobs that have run, the pool on which each did, and the slot in which it began."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np

from placement.errors import PlacementError, ScenarioError
from placement.hindsight.reading import KEPT
from placement.kernels.work import Floats, Ints
from placement.loader.problems import Problems
from placement.loader.rows import from_table
from placement.loader.wording import did_you_mean
from placement.schema import Job, Scenario, Table
from placement.timegrid import EDGE_TOLERANCE_HOURS, TimeGrid

NEEDED = ("job", "hours", "accelerators", "started")
TAKEN = (*NEEDED, "submitted", "count", "team", "tags", *KEPT)
FIRST = 3
"""Jobs that are named of those left out for a reason."""
ANYWHERE = ""
"""Stands for all partitions that are not named."""


@dataclass(frozen=True)
class Left:
    """Jobs that something could not be done with."""

    words: str
    """Why."""
    jobs: int
    first: tuple[str, ...]
    """Names of the first."""


@dataclass(frozen=True)
class Log:
    """Jobs that have run; J rows, arrays of shape (J,)."""

    jobs: Table
    """Columns of the jobs table; `hours` is how long each ran."""
    pool: Ints
    """Number of the pool on which it ran, in the order of `Scenario.pools`."""
    slot: Ints
    """The first that begins at or after its start."""
    asked: Ints
    """The same of its submission; not after `slot`."""
    waited: Floats
    """Hours from submission to start, as the log has them,"""
    ran: Floats
    """and from start to end."""
    rounded: Floats
    """Hours from start to the slot in which it counts as begun."""
    left: tuple[Left, ...]
    """What is in the log and not here."""

    def __len__(self) -> int:
        return len(self.jobs)

    @property
    def count(self) -> Ints:
        """(J,) units."""
        return np.asarray(self.jobs["count"], dtype=np.int64)

    def where(self, wanted: Any) -> Log:
        """Some of the rows."""
        return replace(
            self, jobs=self.jobs.where(wanted), pool=self.pool[wanted], slot=self.slot[wanted],
            asked=self.asked[wanted], waited=self.waited[wanted], ran=self.ran[wanted],
            rounded=self.rounded[wanted],
        )  # fmt: skip


def log_of(
    scenario: Scenario, grid: TimeGrid, table: Any, clusters: Mapping[str, str] | None = None, wait_hours: float = 0.0
) -> Log:
    """The log in a table.

    Parameters
    ----------
    scenario : Scenario
    grid : TimeGrid
        Of its horizon.
    table : table
        A data frame, anything with `__arrow_c_stream__`, or a dict of arrays, with the columns job, hours (how long
        it ran), accelerators, started and cluster; and optionally submitted, count, team, tags, and those of `KEPT`.
    clusters : mapping, optional
        `CLUSTER` or `CLUSTER/POOL` of the scenario for names in the column `cluster`, where they differ; the key `""`
        stands for all that are neither named here nor clusters of the scenario.
    wait_hours : float
        That the horizon should leave after the last start, where it has to be written anew.

    Raises
    ------
    PlacementError, ScenarioError
        If a column is missing or a cell cannot be, a cluster is not known, no job is left, or the horizon does not
        cover the log.
    """
    columns = _columns(table)
    lacking = [name for name in NEEDED if name not in columns]
    if lacking:
        raise PlacementError(
            f"the log has no column '{lacking[0]}'. It needs {', '.join(NEEDED)} and cluster, and has "
            f"{', '.join(columns)[:300] or 'none'}."
        )
    problems = Problems()
    jobs = from_table(Job, {name: columns[name] for name in TAKEN if name in columns}, "log", problems)
    if problems:
        raise ScenarioError(problems.in_order())
    names = [None if name is None else str(name) for name in _plain(columns.get("cluster"), len(jobs))]
    pools, left = _pools(scenario, names, dict(clusters or {}), jobs)
    known = pools >= 0
    if not known.any():
        why = f" ({left[0].words})" if left else ""
        raise PlacementError(f"no job of the log ran on a cluster of {scenario.name}{why}. {_remedy(scenario)}")
    started = np.asarray(grid.hours_of(jobs["started"]))
    undated = known & np.isnan(started)
    if undated.any():
        left.append(left_out("when they began is not known", jobs, undated))
        known &= ~undated
    if not known.any():
        raise PlacementError("no job of the log says when it began. Fill in its column 'started'.")
    submitted = np.asarray(grid.hours_of(jobs["submitted"]))
    submitted = np.where(np.isnan(submitted), started, np.minimum(submitted, started))
    _check_horizon(scenario, grid, started[known], jobs["hours"][known], wait_hours)
    never = np.full(len(jobs), np.datetime64("NaT", "us"))
    none = np.full(len(jobs), None, dtype=object)
    moments = {"started": never, "submitted": grid_moments(grid, submitted)}
    jobs = replace(jobs, columns={**jobs.columns, **moments, "cluster": none})
    slot = grid.slot_from(np.nan_to_num(started))
    asked = np.minimum(grid.slot_from(np.maximum(np.nan_to_num(submitted), 0.0)), slot)
    rounded = grid.edges[slot] - started
    return Log(jobs, pools, slot, asked, started - submitted, jobs["hours"], rounded, tuple(left)).where(known)


def grid_moments(grid: TimeGrid, hours: Floats) -> Any:
    """Moments that many hours after the horizon's start, to the microsecond: datetime64[us] in UTC; NaT for nan."""
    start = np.datetime64(grid.start.replace(tzinfo=None), "us")
    micro = np.rint(np.nan_to_num(hours) * 3.6e9).astype(np.int64).astype("m8[us]")
    return np.where(np.isnan(hours), np.datetime64("NaT", "us"), start + micro)


def left_out(words: str, jobs: Table, which: Any) -> Left:
    """Marked jobs, counted, with the names of the first."""
    names = [str(name) for name in jobs["job"][which][:FIRST]]
    return Left(words, int(jobs["count"][which].sum()), tuple(names))


def _columns(table: Any) -> dict[str, Any]:
    """Columns of a table by name."""
    if isinstance(table, Mapping):
        return {str(name): values for name, values in table.items()}
    if hasattr(table, "iloc") and hasattr(table, "columns"):
        return {str(name): table[name] for name in table.columns}
    import pyarrow as pa

    if isinstance(table, pa.Table) or hasattr(table, "__arrow_c_stream__"):
        arrow = pa.table(table)
        return {name: arrow.column(name) for name in arrow.column_names}
    fact = f"the log is a {type(table).__name__}, which is no table."
    raise PlacementError(f"{fact} Give a path, a data frame, or what placement.importers.read_jobs gives.")


def _plain(values: Any, size: int) -> list[Any]:
    """Cells as Python values; None where there is none."""
    if values is None:
        return [None] * size
    cells = values.to_pylist() if hasattr(values, "to_pylist") else list(values)
    return [None if cell is None or cell != cell else cell for cell in cells]


def _pools(
    scenario: Scenario, names: Sequence[str | None], clusters: dict[str, str], jobs: Table
) -> tuple[Ints, list[Left]]:
    """(J,) number of the pool on which each job ran, -1 where none is known, and the jobs of which none is."""
    places = _Places(scenario)
    given = {name: places.named(target, f"{name}={target}" if name else target) for name, target in clusters.items()}
    present = {name for name in names if name is not None}
    for name in clusters.keys() - present - {ANYWHERE}:
        near = did_you_mean(name, sorted(present), "The log names no partitions.")
        raise PlacementError(f"--as {name}={clusters[name]}: no job of the log ran on '{name}'. {near}")
    found: dict[str | None, int] = {None: given.get(ANYWHERE, -1)}
    for name in present:
        known = places.named(name, name) if name not in given and places.knows(name) else found[None]
        found[name] = given.get(name, known)
    pools = np.array([found[name] for name in names], dtype=np.int64)
    left = []
    for cell in dict.fromkeys(names):
        if found[cell] < 0:
            words = "ran where the log does not say" if cell is None else f"ran on '{cell}', no cluster of the scenario"
            left.append(left_out(words, jobs, np.array([each == cell for each in names], dtype=bool)))
    return pools, sorted(left, key=lambda each: -each.jobs)


class _Places:
    """Clusters and pools by name."""

    def __init__(self, scenario: Scenario):
        self.scenario = scenario
        self.of: dict[str, list[tuple[int, str]]] = {cluster.name: [] for cluster in scenario.clusters}
        for number, (cluster, pool) in enumerate(scenario.pools()):
            self.of[cluster.name].append((number, str(pool.name)))

    def knows(self, text: str) -> bool:
        """Whether it is a cluster of the scenario, or one and a pool."""
        return text.partition("/")[0] in self.of

    def named(self, text: str, said: str) -> int:
        """Number of the pool in `CLUSTER` or `CLUSTER/POOL`."""
        cluster, _, pool = text.partition("/")
        if cluster not in self.of:
            near = did_you_mean(cluster, self.of)
            raise PlacementError(f"--as {said}: {self.scenario.name} has no cluster '{cluster}'. {near}")
        pools = self.of[cluster]
        if pool:
            for number, own in pools:
                if own == pool:
                    return number
            near = did_you_mean(pool, [name for _, name in pools])
            raise PlacementError(f"--as {said}: cluster '{cluster}' has no pool '{pool}'. {near}")
        if len(pools) != 1:
            names = ", ".join(f"{cluster}/{name}" for _, name in pools)
            fact = f"cluster '{cluster}' has {len(pools)} pools, and the log does not say on which jobs ran."
            raise PlacementError(f"{fact} Give --as NAME=CLUSTER/POOL with one of {names or 'them'}.")
        return pools[0][0]


def _remedy(scenario: Scenario) -> str:
    names = ", ".join(cluster.name for cluster in scenario.clusters)
    return f"Give --as PARTITION=CLUSTER, or --as CLUSTER for all; its clusters: {names}."


def _check_horizon(scenario: Scenario, grid: TimeGrid, started: Floats, hours: Floats, wait_hours: float) -> None:
    """Raise PlacementError unless the horizon covers all runs, begun in the next slot."""
    first, last = float(started.min()), float((started + hours).max())
    slot = grid.slot_from(started)
    inside = first >= -EDGE_TOLERANCE_HOURS and bool((slot < grid.slots).all())
    end = float((grid.edges[slot] + hours).max()) if inside else last
    if inside and end <= grid.hours + EDGE_TOLERANCE_HOURS:
        return
    text = "%Y-%m-%dT%H:%M:%SZ"
    fact = (
        f"the log runs from {grid.when(first):{text}} to {grid.when(last):{text}}, and the horizon of {scenario.name} "
        f"from {grid.start:{text}} to {grid.when(grid.hours):{text}}."
    )
    length = scenario.horizon.slot_hours or {"hour": 1.0, "day": 24.0, "week": 168.0}.get(str(scenario.horizon.slot))
    if length is None:
        raise PlacementError(f"{fact} Let the horizon cover the log, or move or cut the log: --onto, --from, --to.")
    begin = grid.start + timedelta(hours=math.floor(first / length) * length)
    slots = math.ceil((max(last, end) + wait_hours - math.floor(first / length) * length) / length) + 1
    wanted = f"horizon: {{start: {begin:{text}}, slot_hours: {length:g}, slots: {slots}}}"
    raise PlacementError(f"{fact} Write {wanted}, or move or cut the log: --onto, --from, --to.")
