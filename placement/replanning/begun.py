"""What a plan has done by a moment, unit by unit: what has ended, what runs and how far it is, what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from placement.compile import Compiled
from placement.futures.groups import groups_of
from placement.kernels.placements import end_hours, placements
from placement.kernels.work import Work
from placement.plan import Plan
from placement.timegrid import EDGE_TOLERANCE_HOURS

LEAST_HOURS = 1e-6
"""Of work: a run that did none, or has none left."""


@dataclass(frozen=True)
class Happened:
    """What became of a job that was to have begun, where it was otherwise than planned."""

    ended: float | None = None
    """When it ended, hours from the horizon's start."""
    left: float | None = None
    """It still ran: hours at full speed that were left, where it ran, of all its segments, without resuming."""
    begun: bool = True
    """False: it had not begun, and waits; of a job in segments, the last that was to have. So where a run whose place
    it was to take, or part of it, lasted longer."""


@dataclass(frozen=True)
class Piece:
    """A run, or what had been done of it."""

    option: int
    """Of the compiled scenario."""
    start: int
    """Slot."""
    hours: float
    """At speed 1."""


@dataclass(frozen=True)
class Units:
    """Units of a job that do the same in a plan. Hours are at speed 1, on the way it has there."""

    job: int
    """Row of the scenario's jobs."""
    number: int
    planned: Piece
    """The first run, whole."""
    done: tuple[Piece, ...]
    """Of each run that had begun, what was done; of a job in segments there may be several."""
    work: tuple[float, ...]
    """Hours of these, without what it took to resume."""
    rest: tuple[float, ...]
    """Hours that are left, by segment: the rest of what runs, and of what waits all but what it takes to resume."""
    upcoming: int
    """Slot in which the plan has the next segment that waits; -1: none does."""
    total: float
    """Hours of all of it that were planned, without what it takes to resume."""
    expected: float
    """Of these, what would be left if nothing had happened otherwise than planned."""
    stood_back: bool
    """Whether it was to have begun, and is said not to have."""
    runs: bool
    """Whether it ran at the moment; else, if it had begun, it had ended, or paused between segments."""
    until: float
    """When the last of what was done ended, or the moment; hours from the horizon's start."""

    @property
    def begun(self) -> bool:
        """Whether any of it had begun."""
        return bool(self.done)

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        return self.begun and not self.rest

    @property
    def left(self) -> float:
        """Hours that are left."""
        return sum(self.rest)


def units_of(compiled: Compiled, plan: Plan, k: int, happened: Mapping[str, Happened]) -> list[Units]:
    """What the placed units of a plan of the scenario that was compiled have done when slot k begins."""
    work, jobs = compiled.problem.work, compiled.legend.scenario.jobs
    grouped = groups_of(compiled, plan)
    placed = np.flatnonzero(grouped.option >= 0)
    end = np.full(len(grouped.option), np.nan)
    end[placed] = end_hours(work, placements(work, grouped.option[placed], grouped.start[placed]))
    chains: dict[int, list[int]] = {}
    for n in placed[np.lexsort((grouped.row[placed], grouped.key[placed]))].tolist():
        chains.setdefault(int(grouped.key[n]), []).append(n)
    found = []
    for chain in chains.values():
        job = int(grouped.job[chain[0]])
        runs = [
            Piece(int(grouped.option[n]), int(grouped.start[n]), float(work.option_work[grouped.option[n]]))
            for n in chain
        ]
        found.append(
            _units(
                compiled.problem.work, job, int(grouped.units[chain[0]]), runs, end[chain].tolist(), k,
                float(jobs["resume_hours"][job]), happened.get(str(jobs["job"][job])),
            )
        )  # fmt: skip
    return found


def _units(
    work: Work,
    job: int,
    number: int,
    runs: Sequence[Piece],
    ends: Sequence[float],
    k: int,
    resume: float,
    said: Happened | None,
) -> Units:
    """What units have done when slot k begins that run so in a plan; `ends` of the runs, hours."""
    now = float(work.edges[k])
    net = [max(run.hours - (resume if n else 0.0), LEAST_HOURS) for n, run in enumerate(runs)]
    begun = sum(run.start < k for run in runs)
    stood_back = said is not None and not said.begun and begun > 0
    begun -= stood_back
    upcoming = runs[begun].start if begun < len(runs) else -1
    if not begun:
        return Units(job, number, runs[0], (), (), tuple(net), upcoming, sum(net), sum(net), stood_back, False, now)
    last, later = runs[begun - 1], net[begun:]
    clock = work.clock_work[work.option_clock[last.option]]
    resumed = resume if begun > 1 else 0.0
    until, so_far = now, float(clock[k] - clock[last.start])
    running = not stood_back and ends[begun - 1] > now + EDGE_TOLERANCE_HOURS
    rest = [max(last.hours - so_far, LEAST_HOURS), *later] if running else later
    expected = sum(rest)
    if said is not None and said.ended is not None:
        running, rest, until = False, [], said.ended
        so_far = float(np.interp(said.ended, work.edges, clock) - clock[last.start])
    elif said is not None and said.left is not None:
        running, rest = True, _stretched(said.left, later)
    elif not running:
        until, so_far = ends[begun - 1], last.hours
    did = Piece(last.option, last.start, max(so_far, LEAST_HOURS))
    hours = (*net[: begun - 1], max(so_far - resumed, LEAST_HOURS))
    return Units(
        job, number, runs[0], (*runs[: begun - 1], did), hours, tuple(rest), upcoming, sum(net), expected, stood_back,
        running, until,
    )  # fmt: skip


def _stretched(left: float, later: Sequence[float]) -> list[float]:
    """What is left of a job, by segment: those that wait keep theirs, and what runs has the rest of it."""
    waiting = sum(later)
    if left > waiting:
        return [left - waiting, *later]
    return [each * left / (waiting + LEAST_HOURS) for each in (LEAST_HOURS, *later)]
