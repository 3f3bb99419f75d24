"""What a plan has done by a moment, unit by unit: what has ended, what runs and how far it is, what waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from placement.compile import Compiled
from placement.futures.groups import groups_of
from placement.kernels.placements import end_hours, placements
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
    """It still ran: hours at full speed that were left, where it ran."""
    begun: bool = True
    """False: it had not begun, and waits. So where a run whose place it was to take, or part of it, lasted longer."""


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
    """Units of a job that do the same in a plan."""

    job: int
    """Row of the scenario's jobs."""
    number: int
    planned: Piece
    """The first run, whole."""
    done: tuple[Piece, ...]
    """Of each run that had begun, what was done; of a job in segments there may be several."""
    left: float
    """Hours at speed 1 that are left of it, on the way it has in the plan; 0: it has ended."""
    total: float
    """Hours at speed 1 that were planned for all of it, on that way."""
    expected: float
    """Of these, what would be left if nothing had happened otherwise than planned."""
    all_begun: bool
    """Whether no segment of it still waits."""
    stood_back: bool
    """Whether it was to have begun, and is said not to have."""
    runs: bool
    """Whether it ran at the moment; else, if it had begun, it had ended, or paused between segments."""

    @property
    def begun(self) -> bool:
        """Whether any of it had begun."""
        return bool(self.done)

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        return self.begun and self.left == 0.0


def units_of(compiled: Compiled, plan: Plan, k: int, happened: Mapping[str, Happened]) -> list[Units]:
    """What the placed units of a plan of the scenario that was compiled have done when slot k begins."""
    work, names = compiled.problem.work, compiled.legend.scenario.jobs["job"]
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
        said = happened.get(str(names[job]))
        begun = [n for n, run in enumerate(runs) if run.start < k]
        stood_back = said is not None and not said.begun and bool(begun)
        begun = [] if stood_back and len(runs) == 1 else begun
        done = [runs[n] for n in begun]
        planned = total = expected = sum(run.hours for run in runs)
        running = False
        if begun:
            last = done[-1]
            clock = work.clock_work[work.option_clock[last.option]]
            running = bool(end[chain[begun[-1]]] > work.edges[k] + EDGE_TOLERANCE_HOURS)
            so_far = float(clock[k] - clock[last.start])
            expected = max(planned - sum(piece.hours for piece in done[:-1]) - so_far, LEAST_HOURS)
            if said is not None and len(begun) == len(runs):
                if said.ended is not None:
                    running = False
                    so_far = float(np.interp(said.ended, work.edges, clock) - clock[last.start])
                    total += so_far - last.hours
                    done[-1] = Piece(last.option, last.start, max(so_far, LEAST_HOURS))
                elif said.left is not None:
                    running = True
                    total += so_far + said.left - last.hours
            if running:
                done[-1] = Piece(last.option, last.start, max(so_far, LEAST_HOURS))
        left = max(total - sum(piece.hours for piece in done), LEAST_HOURS)
        if not running and len(begun) == len(runs):
            left = 0.0
        number = int(grouped.units[chain[0]])
        every = len(begun) == len(runs)
        found.append(
            Units(
                job, number, runs[0], tuple(done), left, max(planned, LEAST_HOURS), expected, every, stood_back, running
            )
        )
    return found
