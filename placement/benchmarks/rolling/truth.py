"""What truly becomes of jobs: slot by slot they run where they are told to, stop where a site fails, end when they do.

A run that stops, or goes on elsewhere, has done what it had done, and needs `RESTART_HOURS` before work goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from placement.benchmarks.rolling.world import RESTART_HOURS, Ints, World
from placement.errors import PlacementError

LONGER = 0.5
"""A run that outlasts what was asked for is taken to go on for this share of what it has done, in whole hours."""

NEAR = 1e-9


@dataclass
class Piece:
    """A stretch of a job on one site, hours."""

    job: int
    site: int
    begin: float
    end: float


@dataclass
class Truth:
    """The state of all jobs at the begin of a slot."""

    world: World
    slot: int = 0
    pieces: list[Piece] = field(default_factory=list)
    ended: dict[int, float] = field(default_factory=dict)
    """When jobs ended, hours."""
    running: dict[int, Piece] = field(default_factory=dict)
    """Jobs under way on a site that works: their last pieces."""
    done: dict[int, float] = field(default_factory=dict)
    """Hours of work that jobs which have begun have behind them."""
    owed: dict[int, float] = field(default_factory=dict)
    """Hours of restart that those have before them."""
    last: dict[int, int] = field(default_factory=dict)
    """Sites on which jobs ran last."""
    stops: int = 0
    """Runs that a failure stopped."""
    moves: int = 0
    """Runs that went on elsewhere."""

    def waiting(self) -> Ints:
        """Jobs that are known, and neither run nor have ended."""
        known = range(int(np.searchsorted(self.world.work.submitted, self.slot + NEAR, side="right")))
        return np.array([j for j in known if j not in self.ended and j not in self.running], dtype=np.int64)

    @property
    def over(self) -> bool:
        """Whether all jobs have ended."""
        return len(self.ended) == len(self.world.work)

    def left(self, job: int) -> float:
        """Hours, whole ones, that a job is expected to need where it is: as asked, then longer; owed ones apart."""
        done = self.done.get(job, 0.0)
        rest = float(self.world.work.asked[job]) - done
        return rest if rest > NEAR else max(1.0, float(np.ceil(LONGER * done - NEAR)))

    def outlasts(self, planned: Mapping[int, float]) -> bool:
        """Whether a run goes on that was to have ended by now; `planned`: ends by job, hours."""
        return any(planned.get(job, np.inf) <= self.slot + NEAR for job in self.running)

    def fails(self) -> bool:
        """Whether a site fails now."""
        return any(failure.begin == self.slot for failure in self.world.failures)

    def carry_out(self, where: Mapping[int, int]) -> None:
        """One slot: jobs at the sites that they are told to be on; what is not told of waits.

        Raises
        ------
        PlacementError
            If a site holds more than it has, or a job that is not there, or does not fit.
        """
        world, slot = self.world, self.slot
        held = np.zeros(len(world.sites), dtype=np.int64)
        for job, site in where.items():
            if job in self.ended or world.work.submitted[job] > slot + NEAR or not world.eligible[job, site]:
                raise PlacementError(f"job {world.name(job)} cannot run on {world.sites[site].name} in slot {slot}.")
            held[site] += 0 if world.stands[site, slot] else world.work.accelerators[job]
        for site, number in enumerate(held.tolist()):
            if number > world.sites[site].number:
                raise PlacementError(f"{world.sites[site].name} holds {number} accelerators in slot {slot}.")
        for job, piece in list(self.running.items()):
            failed = bool(world.stands[piece.site, slot])
            if failed or where.get(job) != piece.site:
                self.stops += failed
                del self.running[job]
                self.owed[job] = RESTART_HOURS
        for job, site in where.items():
            if not world.stands[site, slot]:
                self._run(job, site)
        self.slot += 1

    def _run(self, job: int, site: int) -> None:
        """A job for a slot: what it owes first, then work, until it ends or the slot does."""
        now = float(self.slot)
        if job not in self.running:
            self.moves += self.last.get(job, site) != site
            self.last[job] = site
            self.running[job] = Piece(job, site, now, now)
            self.pieces.append(self.running[job])
        piece, owed = self.running[job], min(self.owed.get(job, 0.0), 1.0)
        self.owed[job] = self.owed.get(job, 0.0) - owed
        done = self.done.setdefault(job, 0.0)
        rest = float(self.world.work.actual[job]) - done
        if rest <= 1.0 - owed + NEAR:
            piece.end = self.ended[job] = now + owed + rest
            self.done[job] = float(self.world.work.actual[job])
            del self.running[job]
        else:
            self.done[job] = done + 1.0 - owed
            piece.end = now + 1.0
