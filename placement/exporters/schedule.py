"""A plan as exporters see it: runs with their clusters in order and a priority, and who is not placed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from placement.compile import Compiled, compile_scenario
from placement.errors import PlanError
from placement.exporters.priorities import priorities
from placement.exporters.ranking import Ranking, ranking
from placement.exporters.room import Room
from placement.plan import AS_IT_RAN, SO_FAR, STAYS, WENT_ON
from placement.verifier import Verification

if TYPE_CHECKING:
    from placement.folder import Stored

Columns = Mapping[str, list[Any]]
"""Runs of a plan's table, by column."""


@dataclass(frozen=True)
class Part:
    """What a run holds of one pool."""

    cluster: str
    pool: str
    accelerator: str
    accelerators: int


@dataclass(frozen=True)
class Choice:
    """A cluster on which a job may run."""

    cluster: str
    accelerator: str
    accelerators: int
    """Of the gang there."""
    usd: float
    """What a unit costs there; see `ranking`."""
    room: bool
    """Whether the plan leaves room for it."""


@dataclass(frozen=True)
class Run:
    """Units of a job that run alike: one row of the plan, or one for each part."""

    job: str
    row: int
    """Of the job in the scenario."""
    group: int
    groups: int
    """Groups of units of its job."""
    segment: int
    segments: int
    share: float
    """Of the job's work, that it does."""
    count: int
    """Units."""
    running: bool
    """Whether it runs already."""
    continues: bool
    """Whether some of it had run when the plan was made anew: it goes on from there."""
    start: datetime
    """UTC; of what runs already since when, if the scenario says so, else the horizon's start."""
    end: datetime
    parts: tuple[Part, ...]
    choices: tuple[Choice, ...]
    """Clusters in order: the planned one first, unless it runs on several at once; see `ranking`."""
    priority: int
    """1 or more; see `priorities`."""
    usd: float
    """What a unit costs where it is planned, of a job in segments its first; nan: not known."""
    team: str | None

    @property
    def clusters(self) -> tuple[str, ...]:
        """Where it is planned, and then where else it may run, in order."""
        return tuple(dict.fromkeys([part.cluster for part in self.parts] + [each.cluster for each in self.choices]))

    @property
    def alone(self) -> bool:
        """Whether it runs on one cluster."""
        return len({part.cluster for part in self.parts}) == 1

    @property
    def accelerators(self) -> int:
        """In all parts."""
        return sum(part.accelerators for part in self.parts)


@dataclass(frozen=True)
class Away:
    """Units of a job that are not placed."""

    job: str
    row: int
    outcome: Literal["deferred", "rejected"]
    count: int
    reason: str
    team: str | None


@dataclass(frozen=True)
class Schedule:
    """All of a plan that is exported."""

    stored: Stored
    runs: tuple[Run, ...]
    """By job, group and segment."""
    away: tuple[Away, ...]

    def moment(self, column: str, row: int) -> datetime | None:
        """A moment of a job, UTC; None where it has none."""
        return _moment(self.stored.scenario.jobs[column][row])


def schedule(stored: Stored, checked: Verification) -> Schedule:
    """Runs of a plan, with their clusters in order and their priorities, and who is not placed.

    Of a plan that was made anew what had run by then is left out, and what runs on where it is counts as running.

    Parameters
    ----------
    stored : Stored
        The plan with its scenario.
    checked : Verification
        Of the plan, with its readings.

    Raises
    ------
    PlanError
        If it names jobs, clusters or pools that the scenario does not have.
    """
    jobs = stored.scenario.jobs
    rows = {str(name): row for row, name in enumerate(jobs["job"])}
    frame = stored.plan.placements
    frame = frame[frame["kind"] == "run"]
    again = "replanned" in stored.summary
    if again:  # what had run by then is history
        frame = frame[~frame["option"].isin([AS_IT_RAN, WENT_ON])]
    columns: Columns = {str(name): frame[name].tolist() for name in frame}
    kinds = {(c.name, str(pool.name)): str(pool.accelerator) for c, pool in stored.scenario.pools()}
    _check(columns, rows, kinds)
    found = tuple(_runs(stored, checked, columns, rows, kinds, again)) if len(frame) else ()
    return Schedule(stored, found, tuple(_away(stored, rows)))


def _runs(
    stored: Stored,
    checked: Verification,
    columns: Columns,
    rows: Mapping[str, int],
    kinds: Mapping[tuple[str, str], str],
    again: bool,
) -> Iterator[Run]:
    """Runs, by job, group and segment."""
    compiled, jobs = compile_scenario(stored.scenario), stored.scenario.jobs
    grains, slots = compiled.legend.grid.grains, compiled.problem.work.slots
    room = Room(compiled, checked)
    first, lines = _lines(columns)
    row = np.array([rows[columns["job"][at]] for at in first], dtype=np.int64)
    group = np.array([columns["group"][at] for at in first], dtype=np.int64)
    slot = np.clip(np.array(columns["start_grain"], dtype=np.int64) // grains, 0, slots - 1)
    new = (np.diff(row, prepend=-1) != 0) | (np.diff(group, prepend=-1) != 0)
    heads, head = np.flatnonzero(new), np.cumsum(new) - 1
    way = np.array([columns["option"][at] for at in first[heads]], dtype=object)
    ranks = ranking(compiled, room, np.searchsorted(compiled.legend.job, row[heads]), slot[first[heads]], way)
    choices = _choices(compiled, ranks)
    priority = _priorities(compiled, room, columns, slot)
    segments, groups = np.bincount(head), np.bincount(row[heads], minlength=len(jobs))
    for n, at in enumerate(first.tolist()):
        index, of = int(row[n]), int(head[n])
        running = bool(jobs["state"][index] == "running") or (again and columns["option"][at] == STAYS)
        running &= columns["segment"][at] == 1
        since = _moment(jobs["started"][index]) if running else None
        yield Run(
            job=columns["job"][at], row=index, group=int(group[n]), groups=int(groups[index]),
            segment=columns["segment"][at], segments=int(segments[of]), share=columns["work_share"][at],
            count=columns["count"][at], running=running, continues=again and f"{columns['job'][at]} {SO_FAR}" in rows,
            start=since or columns["start"][at].to_pydatetime(), end=columns["end"][at].to_pydatetime(),
            parts=tuple(_part(columns, k, kinds) for k in lines[n]), choices=choices[of], priority=int(priority[at]),
            usd=float(ranks.usd_there[of]), team=jobs["team"][index],
        )  # fmt: skip


def _part(columns: Columns, k: int, kinds: Mapping[tuple[str, str], str]) -> Part:
    """The part that a row of the plan's table says."""
    cluster, pool = columns["cluster"][k], columns["pool"][k]
    return Part(cluster, pool, kinds[cluster, pool], columns["accelerators"][k])


def _check(columns: Columns, rows: Mapping[str, int], pools: Mapping[tuple[str, str], str]) -> None:
    """Complain of names that are none of the scenario's: a plan that is not verified may have such."""
    unknown = sorted({f"job '{name}'" for name in set(columns["job"]) - set(rows)})
    held = set(zip(columns["cluster"], columns["pool"], strict=True))
    unknown += sorted(f"pool '{cluster}/{pool}'" for cluster, pool in held - set(pools))
    if unknown:
        raise PlanError(f"the plan names the {unknown[0]}, which its scenario does not have. Solve again.")


def _lines(columns: Columns) -> tuple[NDArray[np.int64], list[range]]:
    """First row of each run in the plan's table, and all its rows, one for each part."""
    keys = list(zip(columns["job"], columns["group"], columns["segment"], strict=True))
    first = [n for n in range(len(keys)) if n == 0 or keys[n] != keys[n - 1]]
    ends = [*first[1:], len(keys)]
    return np.array(first, dtype=np.int64), [range(*each) for each in zip(first, ends, strict=True)]


def _priorities(compiled: Compiled, room: Room, columns: Columns, slot: NDArray[np.int64]) -> NDArray[np.int64]:
    """Priority of each row of the plan's table."""
    legend = compiled.legend
    index = {legend.pool_name(pool): pool for pool in range(len(legend.pools))}
    pool = [index[f"{cluster}/{name}"] for cluster, name in zip(columns["cluster"], columns["pool"], strict=True)]
    gang = np.array(columns["accelerators"], dtype=np.int64)
    return np.asarray(priorities(room.left[: room.pools], np.array(pool, dtype=np.int64), slot, gang), dtype=np.int64)


def _choices(compiled: Compiled, ranks: Ranking) -> list[tuple[Choice, ...]]:
    """Of each group the clusters in order."""
    legend = compiled.legend
    which, pool, accelerators = legend.parts(ranks.option)
    first = np.searchsorted(which, np.arange(len(ranks.option))).tolist()
    gang = np.bincount(which, accelerators, len(ranks.option)).astype(np.int64).tolist()
    names = [(legend.sites[each.cluster].cluster.name, str(each.pool.accelerator)) for each in legend.pools]
    pools = pool.tolist()
    every = [
        Choice(names[pools[at]][0], names[pools[at]][1], size, usd, room)
        for at, size, usd, room in zip(first, gang, ranks.usd.tolist(), ranks.room.tolist(), strict=True)
    ]
    begin = ranks.begin.tolist()
    return [tuple(every[begin[g] : begin[g + 1]]) for g in range(len(begin) - 1)]


def _away(stored: Stored, rows: Mapping[str, int]) -> list[Away]:
    """Units that are not placed, by job."""
    table, team = stored.plan.jobs, stored.scenario.jobs["team"]
    table = table[(table["deferred"] > 0) | (table["rejected"] > 0)]
    found = []
    columns = (table[name].tolist() for name in ("job", "deferred", "rejected", "reason"))
    for job, deferred, rejected, reason in zip(*columns, strict=True):
        if job not in rows:
            raise PlanError(f"the plan names the job '{job}', which its scenario does not have. Solve again.")
        if deferred:
            found.append(Away(job, rows[job], "deferred", int(deferred), reason, team[rows[job]]))
        if rejected:
            found.append(Away(job, rows[job], "rejected", int(rejected), reason, team[rows[job]]))
    return found


def _moment(value: np.datetime64) -> datetime | None:
    """A moment, UTC; None for none."""
    if np.isnat(value):
        return None
    moment: datetime = value.astype("datetime64[us]").item()
    return moment.replace(tzinfo=UTC)
