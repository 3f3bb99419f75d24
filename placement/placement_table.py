"""The placement table of a plan: a row for each run, and for what comes before, between and after runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from placement.compile import Compiled
from placement.compile.legend import Legend
from placement.kernels.placements import Placements, end_hours, ranges, window
from placement.kernels.work import STAGE, UNLOAD, Floats, Ints
from placement.plan import moments, table
from placement.solution import Solution
from placement.timegrid import TimeGrid

if TYPE_CHECKING:
    import pandas as pd

STAGED, UNLOADED = 0, 2**31
"""Places of rows in their group: first what is staged, then pauses (odd numbers) and runs (even ones) by segment, then
what is unloaded.
"""


@dataclass(frozen=True)
class _Lines:
    """Rows of the placement table before they have names; arrays of shape (n,), or one value for all."""

    group: Ints
    place: Ints | int
    """In the group; rows with the same place stay in their order."""
    kind: str
    segment: Ints
    part: Ints | int
    pool: Ints
    """-1: none."""
    cluster: Ints
    accelerators: Ints | int
    start: Ints
    """Position, grains."""
    end: Ints
    start_hours: Floats
    end_hours: Floats
    tb: Floats | float
    tail_hours: Floats | float
    work_share: Floats | float = 0.0


def placements(compiled: Compiled, solution: Solution) -> pd.DataFrame:
    """The rows of all groups, by job, group and time."""
    legend, work = compiled.legend, compiled.problem.work
    placed, groups = solution.placed(work), _groups(compiled, solution)
    at = _in_order(
        [
            _runs(compiled, placed, groups),
            _pauses(compiled, placed, groups),
            _moved(compiled, placed, groups, STAGE),
            _moved(compiled, placed, groups, UNLOAD),
        ]
    )
    group = at["group"]
    pool_names = np.array([*(str(pool.pool.name) for pool in legend.pools), ""], dtype=object)
    cluster_names = np.array([site.cluster.name for site in legend.sites], dtype=object)
    option_names = legend.option_names(placed.option[groups.member[groups.begin[:-1]]])
    columns = {
        name: at[name] for name in ("kind", "segment", "part", "accelerators", "tb", "tail_hours", "work_share")
    } | {
        "job": legend.scenario.jobs["job"][groups.job[group]],
        "group": groups.number[group],
        "option": option_names[group],
        "cluster": cluster_names[at["cluster"]],
        "pool": pool_names[at["pool"]],
        "count": groups.count[group],
        "start": moments(legend.grid.moments(at["start_hours"])),
        "end": moments(legend.grid.moments(at["end_hours"])),
        "start_grain": at["start"],
        "end_grain": at["end"],
    }
    return table("placements", columns)


def _in_order(lines: list[_Lines]) -> dict[str, NDArray[Any]]:
    """Columns of all rows, by group and place."""
    whole = {
        field.name: np.concatenate([np.broadcast_to(getattr(some, field.name), len(some.group)) for some in lines])
        for field in fields(_Lines)
    }
    by = np.lexsort((whole["place"], whole["group"]))
    return {name: values[by] for name, values in whole.items()}


@dataclass(frozen=True)
class _Groups:
    """Unit groups by job: units that do the same. Members are used placements, by group and segment."""

    job: Ints
    """(G,) of the scenario."""
    number: Ints
    """(G,) among the groups of its job."""
    count: Ints
    """(G,) units."""
    begin: Ints
    """(G+1,) members of group g are begin[g]:begin[g+1], one for each segment."""
    member: Ints
    """Number of a placement in the solution."""

    def of_members(self) -> tuple[Ints, Ints]:
        """Group and segment, from 1, of each member."""
        sizes = np.diff(self.begin)
        group = np.repeat(np.arange(len(sizes)), sizes)
        return group, np.arange(len(group)) - self.begin[group] + 1


def _groups(compiled: Compiled, solution: Solution) -> _Groups:
    """Unit groups by job. Units of a job in segments are matched first in, first out, on each option."""
    problem, legend = compiled.problem, compiled.legend
    row = np.searchsorted(problem.work.job_options, solution.option, side="right") - 1
    order = np.lexsort((solution.start, solution.option, row))
    several = np.append(problem.previous[1:] >= 0, False) | (problem.previous >= 0)
    alone = order[~several[row[order]]]
    found = [
        (first, units, members)
        for first, units, members in _in_segments(compiled, solution, row, order[several[row[order]]])
    ]
    job = legend.job[np.concatenate([row[alone], np.array([first for first, _, _ in found], dtype=np.int64)])]
    count = np.concatenate([solution.count[alone], np.array([units for _, units, _ in found], dtype=np.int64)])
    sizes = np.array([1] * len(alone) + [len(members) for _, _, members in found], dtype=np.int64)
    member = np.concatenate([alone, np.array([n for _, _, members in found for n in members], dtype=np.int64)])
    by = np.argsort(job, kind="stable")
    job, first_member = job[by], (np.cumsum(sizes) - sizes)[by]
    return _Groups(
        job,
        np.arange(len(job)) - np.searchsorted(job, job, side="left"),
        count[by],
        np.concatenate([[0], np.cumsum(sizes[by])]).astype(np.int64),
        member[ranges(first_member, sizes[by])],
    )


def _in_segments(
    compiled: Compiled, solution: Solution, row: Ints, order: Ints
) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """First row, units and members of the groups of jobs in segments; `order` is that of their placements."""
    previous = compiled.problem.previous
    of_row: dict[int, list[int]] = {}
    for n in order.tolist():
        of_row.setdefault(int(row[n]), []).append(n)
    for first in sorted(r for r in of_row if previous[r] < 0):
        rows = [first]
        while rows[-1] + 1 < len(previous) and previous[rows[-1] + 1] == rows[-1]:
            rows.append(rows[-1] + 1)
        for units, members in _chains(compiled, solution, [of_row.get(r, []) for r in rows], rows):
            yield first, units, members


def _chains(
    compiled: Compiled, solution: Solution, used: list[list[int]], rows: list[int]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    begin = compiled.problem.work.job_options
    options = sorted({int(solution.option[n] - begin[rows[0]]) for n in used[0]})
    for option in options:
        lines = []
        for row, members in zip(rows, used, strict=True):
            line = [[n, int(solution.count[n])] for n in members if solution.option[n] - begin[row] == option]
            lines.append(sorted(line, key=lambda item: int(solution.start[item[0]])))
        while all(lines):
            units = min(line[0][1] for line in lines)
            yield units, tuple(line[0][0] for line in lines)
            for line in lines:
                line[0][1] -= units
                if line[0][1] == 0:
                    line.pop(0)


def _runs(compiled: Compiled, placed: Placements, groups: _Groups) -> _Lines:
    """Runs: a row for each part of each segment of each group."""
    legend, grid = compiled.legend, compiled.legend.grid
    group, segment = groups.of_members()
    which, pool, accelerators = legend.parts(placed.option[groups.member])
    n = groups.member[which]
    end = end_hours(compiled.problem.work, placed)[n]
    return _Lines(
        group[which],
        2 * segment[which],
        "run",
        segment[which],
        np.arange(len(which)) - np.searchsorted(which, which, side="left") + 1,
        pool,
        _cluster_of(legend)[pool],
        accelerators,
        placed.start[n] * grid.grains,
        placed.end[n],
        grid.edges[placed.start[n]],
        end,
        0.0,
        np.where(placed.left[n] > 0, np.maximum(end - grid.hours, 0.0), 0.0),
        legend.share[np.searchsorted(compiled.problem.work.job_options, placed.option[n], side="right") - 1],
    )


def _cluster_of(legend: Legend) -> Ints:
    return np.array([pool.cluster for pool in legend.pools], dtype=np.int64)


def _pauses(compiled: Compiled, placed: Placements, groups: _Groups) -> _Lines:
    """Pauses: a row on the first part's pool where there is time between two segments."""
    legend, grid = compiled.legend, compiled.legend.grid
    group, segment = groups.of_members()
    after = np.flatnonzero(segment > 1)
    end = placed.start[groups.member[after]] * grid.grains
    after = after[end > placed.end[groups.member[after - 1]]]
    which, pools, _ = legend.parts(placed.option[groups.member[groups.begin[group[after]]]])
    pool = pools[np.searchsorted(which, np.arange(len(after)))]
    return _spanning(
        grid, group[after], 2 * segment[after] - 1, "pause", segment[after] - 1, pool, _cluster_of(legend)[pool],
        placed.end[groups.member[after - 1]], placed.start[groups.member[after]] * grid.grains, 0.0,
    )  # fmt: skip


def _moved(compiled: Compiled, placed: Placements, groups: _Groups, kind: int) -> _Lines:
    """Staging or unloading: a row for each cluster with a link that is not the job's home."""
    legend, grid = compiled.legend, compiled.legend.grid
    volume = legend.stage_tb if kind == STAGE else legend.unload_tb
    some = np.flatnonzero(volume[groups.job] > 0)
    ends = (groups.begin[:-1] if kind == STAGE else groups.begin[1:] - 1)[some]
    begin, stop = (values[groups.member[ends]] for values in window(compiled.problem.work, kind, placed))
    which, pool, _ = legend.parts(placed.option[groups.member[groups.begin[some]]])
    cluster = _cluster_of(legend)[pool]
    clusters = {site.cluster.name: site.index for site in legend.sites}
    home = np.array([clusters.get(name, -1) for name in legend.scenario.jobs["home"][groups.job[some]]], dtype=np.int64)
    linked = np.array([site.cluster.link is not None for site in legend.sites], dtype=bool)
    once = np.sort(np.unique(which * len(clusters) + cluster, return_index=True)[1])
    which, cluster = which[once], cluster[once]
    goes = linked[cluster] & (cluster != home[which])
    if kind == UNLOAD:
        goes &= stop[which] > begin[which]
    which, cluster = which[goes], cluster[goes]
    group = some[which]
    segment = np.ones(len(group), dtype=np.int64) if kind == STAGE else np.diff(groups.begin)[group]
    return _spanning(
        grid, group, STAGED if kind == STAGE else UNLOADED, "stage" if kind == STAGE else "unload", segment,
        np.full(len(group), -1), cluster, begin[which] * grid.grains, stop[which] * grid.grains,
        volume[groups.job[group]],
    )  # fmt: skip


def _spanning(
    grid: TimeGrid,
    group: Ints,
    place: Ints | int,
    kind: str,
    segment: Ints,
    pool: Ints,
    cluster: Ints,
    begin: Ints,
    end: Ints,
    tb: Floats | float,
) -> _Lines:
    """Rows that hold no accelerators between two positions."""
    hours = grid.position_hours(begin), grid.position_hours(end)
    return _Lines(group, place, kind, segment, 1, pool, cluster, 0, begin, end, *hours, tb, 0.0)
