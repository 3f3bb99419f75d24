"""What was truly done, priced: by a plain loop, and by the verifier from a scenario that holds it piece by piece.

    cost = Σ pieces, slots: accelerators × share of the slot × $ of an accelerator for an hour there
         + Σ jobs that ended: delay_usd_per_hour × (end - submitted) + Σ jobs that did not: what is lost

The same for everyone, whatever they planned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from placement.benchmarks.rolling.truth import Piece, Truth
from placement.errors import PlacementError
from placement.schema import Scenario
from placement.solving import solve
from placement.verifier import verify


@dataclass(frozen=True)
class Account:
    """Of a contestant; $, and hours per job."""

    energy_usd: float
    """With rent."""
    delay_usd: float
    lost_usd: float
    served: float
    """Share of the jobs that ended."""
    wait_hours: float
    """From submission to the end less the run time, mean of the jobs that ended."""
    mwh: float
    """At the meters of sites on the ground."""

    @property
    def cost_usd(self) -> float:
        """All of it."""
        return self.energy_usd + self.delay_usd + self.lost_usd


def account(truth: Truth) -> Account:
    """Slot by slot."""
    world, work = truth.world, truth.world.work
    energy = mwh = 0.0
    for piece in truth.pieces:
        site, held = world.sites[piece.site], float(work.accelerators[piece.job])
        for slot in range(int(piece.begin), int(np.ceil(piece.end))):
            hours = min(piece.end, slot + 1.0) - max(piece.begin, float(slot))
            energy += held * hours * float(world.usd[piece.site, slot])
            mwh += 0.0 if site.orbital else held * hours * site.pue / 1000.0
    waits = [truth.ended[job] - work.submitted[job] - work.actual[job] for job in truth.ended]
    return Account(
        energy_usd=energy,
        delay_usd=sum(float(work.delay[job]) * (end - float(work.submitted[job])) for job, end in truth.ended.items()),
        lost_usd=sum(float(work.lost[job]) for job in range(len(work)) if job not in truth.ended),
        served=len(truth.ended) / max(len(work), 1),
        wait_hours=float(np.mean(waits)) if waits else 0.0,
        mwh=mwh,
    )


def verified_usd(truth: Truth) -> float:
    """The same cost as the verifier works it out, of a plan in which each piece is where and when it was.

    Raises
    ------
    PlacementError
        If it finds anything in what was done.
    """
    history = scenario_of(truth)
    result = solve(history, baseline=False)
    if result.plan is None:
        raise PlacementError(f"what was done makes no plan. {result.message}")
    verification = verify(history, result.plan)
    verification.raise_for_errors()
    work = truth.world.work
    never = sum(float(work.lost[job]) for job in range(len(work)) if job not in truth.ended)
    return verification.cost_usd + never


def scenario_of(truth: Truth) -> Scenario:
    """A scenario with a job for each piece, pinned; the last piece of a job has its delay."""
    world, work = truth.world, truth.world.work
    last: dict[int, Piece] = {}
    for piece in truth.pieces:
        last[piece.job] = max(last.get(piece.job, piece), piece, key=lambda each: each.begin)
    pieces = truth.pieces
    jobs = np.array([piece.job for piece in pieces], dtype=np.int64)
    ends = np.array([piece is last[piece.job] and piece.job in truth.ended for piece in pieces])
    begin = np.array([piece.begin for piece in pieces])
    table: dict[str, Any] = {
        "job": [f"{world.name(piece.job)} {n}" for n, piece in enumerate(pieces)],
        "hours": np.array([piece.end - piece.begin for piece in pieces]),
        "accelerators": work.accelerators[jobs],
        "submitted": world.stamps(work.submitted[jobs]),
        "delay_usd_per_hour": np.where(ends, work.delay[jobs], 0.0),
        "must_run": np.ones(len(pieces), dtype=bool),
        "pin_cluster": [world.sites[piece.site].name for piece in pieces],
        "pin_start": world.stamps(begin),
    }
    return world.scenario(table, world.horizon, defer=False)
