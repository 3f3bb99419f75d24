"""The runs that a plan decides on, and what follows from them: work, watts, ends (docs/model.md §3, §5).

Three levels: a group of units of a job that do the same, its parts on pools, its runs one after another.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import SupportsInt

import numpy as np

from placement.verifier.clock import Ends
from placement.verifier.spans import Bools, Ints, Reals, Texts, spread
from placement.verifier.tables import Rows
from placement.verifier.ways import Ways


@dataclass(frozen=True)
class Groups:
    """Units of a job that do the same; arrays of shape (groups,)."""

    job: Ints
    """Row in the scenario's jobs."""
    number: Ints
    count: Ints
    """Units."""
    option: Texts
    quoted: Bools
    """Whether the way stands in the option table."""
    pools: list[tuple[int, ...]]
    """Pools of the parts."""
    work: Reals
    """Of one unit without resuming, hours at speed 1."""


@dataclass(frozen=True)
class Parts:
    """Parts of the groups' ways, by group; arrays of shape (parts,)."""

    group: Ints
    pool: Ints
    accelerators: Ints
    """Of one unit."""
    watts: Ints
    """Of one unit, without PUE."""
    usd: Reals
    """Quoted price of one unit."""
    useful: Reals
    """Goodput; nan for ways of the option table."""


@dataclass(frozen=True)
class Runs:
    """Runs of the groups, by group and segment; arrays of shape (runs,)."""

    group: Ints
    segment: Ints
    start: Ints
    """Slot."""
    share: Reals
    """Of the job's work."""
    work: Reals
    ends: Ends


@dataclass(frozen=True)
class Held:
    """What each part of each run holds; arrays of shape (runs × their parts,)."""

    run: Ints
    part: Ints
    job: Ints
    pool: Ints
    cluster: Ints
    accelerators: Ints
    """Of all units."""
    watts: Ints
    """Of all units."""


class Schedule:
    """Sound runs of a plan, with what follows from the scenario for each."""

    def __init__(self, ways: Ways, groups: Groups, parts: Parts, runs: Runs, rows: Rows, row_run: Ints):
        self.ways, self.fleet = ways, ways.fleet
        self.groups, self.parts, self.runs = groups, parts, runs
        self.rows = rows
        """Rows of the placement table that tell of these runs."""
        self.row_run = row_run
        """Shape (rows,): the run that each of `rows` is part of."""

    @cached_property
    def jobs(self) -> Ints:
        """Shape (runs,): job of each run."""
        return self.groups.job[self.runs.group]

    @cached_property
    def is_last(self) -> Bools:
        """Shape (runs,): whether no segment follows."""
        group = self.runs.group
        return np.append(group[1:] != group[:-1], True)[: len(group)]

    @cached_property
    def end_hours(self) -> Reals:
        """Shape (runs,): when each run ends, a tail at its estimated end, hours from the start."""
        grid, ends = self.fleet.grid, self.runs.ends
        return np.where(ends.left > 0, grid.hours + ends.tail_hours, grid.position_hours(ends.end))

    @cached_property
    def held(self) -> Held:
        """What each part of each run holds."""
        per_group = np.bincount(self.parts.group, minlength=len(self.groups.job))
        sizes = per_group[self.runs.group]
        run = np.repeat(np.arange(len(sizes)), sizes)
        inner = np.arange(len(run)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        part = (np.cumsum(per_group) - per_group)[self.runs.group[run]] + inner
        count = self.groups.count[self.runs.group[run]]
        pool = self.parts.pool[part]
        return Held(
            run,
            part,
            self.jobs[run],
            pool,
            self.fleet.cluster_of[pool],
            self.parts.accelerators[part] * count,
            self.parts.watts[part] * count,
        )

    def clusters_of(self, group: int) -> list[int]:
        """Clusters of a group's way, each once."""
        return list(dict.fromkeys(int(self.fleet.cluster_of[pool]) for pool in self.groups.pools[group]))

    def total(self, row: Ints, amount: Ints, rows: int, chosen: Bools | None = None) -> Ints:
        """Shape (rows, T), amount × grains: amounts of `held`, added up by row numbers, one for each."""
        runs, run = self.runs, self.held.run
        if chosen is not None:
            row, amount, run = row[chosen], amount[chosen], run[chosen]
        grid, ends = self.fleet.grid, runs.ends
        first, last, grains = runs.start[run], ends.last[run], ends.grains[run]
        return spread(row, first, last, grains, amount, (rows, grid.slots), grid.grains)

    def group_name(self, group: SupportsInt) -> str:
        """A group in words."""
        group = int(group)
        return unit_name(self.ways.jobs["job"][self.groups.job[group]], int(self.groups.number[group]))

    def run_name(self, run: SupportsInt) -> str:
        """A run in words."""
        run = int(run)
        name = self.group_name(self.runs.group[run])
        whole = self.runs.group == self.runs.group[run]
        return name if whole.sum() == 1 else f"{name}, segment {int(self.runs.segment[run])}"


def unit_name(job: str, group: int) -> str:
    """A job, or one of its groups, in words."""
    return f"job '{job}'" if group == 0 else f"job '{job}', group {group}"
