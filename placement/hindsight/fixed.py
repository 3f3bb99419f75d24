"""What all alternatives of a log share: its jobs, their ways, the room there is, and who finds room elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from placement.compile import Compiled, compile_scenario, fleet
from placement.compile.legend import REASONS
from placement.compile.ways import OK
from placement.hindsight.log import Left, Log, left_out
from placement.hindsight.room import SLACK, Lack, Room, raised, spans_of
from placement.hindsight.ways import (
    Ways,
    base_scenario,
    can_start,
    option_table,
    teams_and_tags,
    ways_of,
    with_options,
)
from placement.hindsight.without_jobs import limits_that_choose
from placement.kernels.work import Floats, Ints
from placement.schema import Scenario
from placement.timegrid import TimeGrid
from placement.units import WATTS_PER_MW


@dataclass(frozen=True)
class Moved:
    """Jobs that run on another cluster at the starts that they had."""

    chosen: Ints
    """(J,) the way of each job; that of the log where it stays."""
    stay: tuple[Left, ...]
    """Jobs that stay, by reason."""
    lack: Lack
    """What the cluster would have needed more for those that it could run."""


@dataclass(frozen=True)
class Fixed:
    """A log on a scenario."""

    base: Scenario
    """With at least what the log shows that there was."""
    grid: TimeGrid
    log: Log
    ways: Ways
    compiled: Compiled
    """With every way, and all starts within the waits."""
    latest: Floats
    """(J,) until when each job may begin, hours."""
    wait_hours: float
    notes: tuple[str, ...]

    @property
    def constant_usd(self) -> float:
        """What no alternative changes."""
        return self.compiled.problem.constant_usd

    @property
    def cluster(self) -> Ints:
        """(pools,) cluster of each pool."""
        return np.array([pool.cluster for pool in self.compiled.legend.pools], dtype=np.int64)

    def on(self, number: int) -> Moved:
        """The jobs on a cluster at the starts that they had, one after the other, as far as there is room."""
        log, ways = self.log, self.ways
        room = Room(self.compiled, ways, log.count)
        home = room.runs(ways.home, log.slot)
        room.take(home)
        elsewhere = self.cluster[log.pool] != number
        there = (self.cluster[ways.pool] == number) & elsewhere[ways.job]
        starts = can_start(ways, spans_of(self.compiled), log.slot[ways.job]) & there
        some = np.flatnonzero(starts)
        chosen = room.deal(home, room.runs(some, log.slot[ways.job[some]]))
        lack = self._lack(home, some, number)
        has, fits = (np.bincount(ways.job[each], minlength=len(log)) > 0 for each in (there, starts))
        stay = self._excluded(number, elsewhere & ~has)
        if (elsewhere & has & ~fits).any():
            words = "no such start there: over the horizon's end, or more than there is for one of them alone"
            stay.append(left_out(words, log.jobs, elsewhere & has & ~fits))
        crowded = elsewhere & fits & (chosen == ways.home)
        if crowded.any():
            stay.append(left_out("no room there at their start beside the others", log.jobs, crowded))
        return Moved(chosen, tuple(stay), lack)

    def _lack(self, home: Any, some: Ints, number: int) -> Lack:
        """What the cluster lacks with all jobs that it could run, each in the first of its ways."""
        room = Room(self.compiled, self.ways, self.log.count)
        first = some[np.unique(self.ways.job[some], return_index=True)[1]]
        gone = np.zeros(len(self.log), dtype=bool)
        gone[self.ways.job[first]] = True
        room.take(home.some(~gone))
        room.take(room.runs(first, self.log.slot[self.ways.job[first]]))
        return room.told()

    def _excluded(self, number: int, which: Any) -> list[Left]:
        """Marked jobs, which no pool of the cluster can run, by the reason of its first pool that has one."""
        pools = np.flatnonzero(self.cluster == number)
        codes = self.ways.why[:, pools]
        code = np.array([next((c for c in row if c != OK), OK) for row in codes.tolist()], dtype=np.int64)
        return [
            left_out(REASONS[each], self.log.jobs, which & (code == each)) for each in np.unique(code[which]).tolist()
        ]


def fixed(scenario: Scenario, grid: TimeGrid, log: Log, wait_hours: float, say: Callable[[str], None]) -> Fixed:
    """A log on a scenario, with what it shows that there was, where the scenario has less.

    Raises
    ------
    PlacementError, ScenarioError
        If the scenario does not go with the log.
    """
    say("where jobs could run")
    pools = fleet.pools(scenario, grid)
    names = [f"{cluster.name}/{pool.name}" for cluster, pool in scenario.pools()]
    capacity = np.array([each.capacity for each in pools])
    gangs = np.zeros(len(pools))
    np.maximum.at(gangs, log.pool, log.jobs["accelerators"])
    short = np.maximum(gangs - capacity.max(axis=1), 0.0)  # a gang that ran fits, whatever the scenario has
    lacking = {names[k]: np.full(grid.slots, short[k]) for k in np.flatnonzero(short)}
    found = _worked_out(scenario, grid, log, wait_hours, raised(scenario, grid, lacking, {}))
    room = Room(found.compiled, found.ways, found.log.count)
    room.take(room.runs(found.ways.home, found.log.slot))
    more, watts = room.lack(capacity)
    lacking = {names[k]: more[k] for k in np.flatnonzero(more.max(axis=1) > SLACK)}
    drawn = {cluster.name: watts[k] for k, cluster in enumerate(scenario.clusters) if watts[k].max() > SLACK}
    if lacking or drawn:
        found = _worked_out(scenario, grid, log, wait_hours, raised(scenario, grid, lacking, drawn))
    notes = [*_raised_notes(scenario, capacity, lacking, drawn), *_limit_notes(scenario, log)]
    return replace(found, notes=tuple(notes))


def _limit_notes(scenario: Scenario, log: Log) -> Iterator[str]:
    """Which limits of the scenario hold for nothing here."""
    _, gone = limits_that_choose(scenario, *teams_and_tags(log))
    if gone:
        yield (
            f"The log has no jobs that these limits are over, and they are left out: {', '.join(gone)}. Teams and tags "
            "are those of the log (of a table: --column team=COLUMN, --column tag=COLUMN), and no log has priorities."
        )


def _raised_notes(
    scenario: Scenario, capacity: Floats, lacking: dict[str, Floats], drawn: dict[str, Floats]
) -> Iterator[str]:
    """What the log shows that the scenario does not have."""
    names = [f"{cluster.name}/{pool.name}" for cluster, pool in scenario.pools()]
    for name, more in lacking.items():
        there = capacity[names.index(name)].max()
        yield (
            f"{name}: in {int((more > SLACK).sum()):,} slots the log had more accelerators in use than the scenario "
            f"leaves ({there:,.0f}), by up to {int(np.ceil(more.max() - SLACK)):,}; a start counts from the next slot, "
            "so shorter slots may show fewer. In these slots they count as there, for nothing, in every row."
        )
    for name, watts in drawn.items():
        yield (
            f"{name}: in {int((watts > SLACK).sum()):,} slots its accelerators drew up to "
            f"{watts.max() / WATTS_PER_MW:.4g} MW more than power_limit_mw leaves; there it counts as higher, in every "
            "row."
        )


def _worked_out(scenario: Scenario, grid: TimeGrid, log: Log, wait_hours: float, values: dict[str, Any]) -> Fixed:
    """The log on the scenario with values changed."""
    base = base_scenario(scenario, log, values)
    log, ways = ways_of(base, grid, log)
    latest = np.maximum(grid.edges[log.asked] + wait_hours, grid.edges[log.slot])
    every = np.arange(len(ways.job))
    table = option_table(base, grid, log, ways, every, grid.edges[log.asked[ways.job]], latest[ways.job])
    compiled = compile_scenario(with_options(base, log, table))
    return Fixed(base, grid, log, ways, compiled, latest, wait_hours, ())
