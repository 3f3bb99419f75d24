"""The report on a run: plan, cost, bound, status, and how it came about."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from placement.plan import Plan


class Status(StrEnum):
    """How a solve ended."""

    OPTIMAL = "optimal"
    GAP = "gap"
    TIME = "time"
    WORK = "work"
    STOPPED = "stopped"
    ROBUST = "robust"
    INFEASIBLE = "infeasible"
    NO_PLAN = "no_plan"


MEANING = {
    Status.OPTIMAL: "No plan is cheaper by more than 3 parts in a million of what is decided.",
    Status.GAP: "The plan is within the gap that was asked for.",
    Status.TIME: "The time limit came first; a longer one may find a cheaper plan or a better bound.",
    Status.WORK: "The work limit came first; a larger one may find a cheaper plan or a better bound.",
    Status.STOPPED: "It was stopped; this is the best plan until then.",
    Status.ROBUST: "The plan was chosen for what it costs over many futures; in the gap is what that costs as planned.",
    Status.INFEASIBLE: "No plan exists: not everything that must run can run.",
    Status.NO_PLAN: "No plan was found in time, which does not mean that there is none. Give it more time.",
}


@dataclass(frozen=True)
class Progress:
    """One line of the live table."""

    seconds: float
    source: str
    """What found it: `greedy`, `exact`, `priced`."""
    cost_usd: float | None
    bound_usd: float | None
    gap: float | None


def gap_of(cost_usd: float, bound_usd: float, constant_usd: float) -> float:
    """(cost - bound)/|cost - constant|; 0 where cost and bound agree, inf where the cost is the constant."""
    difference = max(cost_usd - bound_usd, 0.0)
    if difference <= 1e-9 * max(1.0, abs(cost_usd)):
        return 0.0
    decided = abs(cost_usd - constant_usd)
    return difference / decided if decided > 0 else math.inf


@dataclass(frozen=True)
class Result:
    """What came of a solve. A result always returns; the plan may be missing, the bound never is (-inf: nothing
    proven).

    Dollars are present values at the horizon's start, inside the boundary `policy.minimise`, service terms included.
    """

    scenario: str
    status: Status
    message: str
    """What the status means here, and what to do."""
    plan: Plan | None = field(repr=False)
    cost_usd: float
    """Cost of the plan; inf without one."""
    bound_usd: float
    """No plan costs less. inf if no plan exists."""
    bound_source: str
    """How the bound was proven."""
    constant_usd: float
    """Part of the cost that no decision changes."""
    baseline_usd: float | None
    """What first come, first served with backfill would cost; None where it finds no plan."""
    boundaries_usd: dict[str, float]
    """Cash of the plan at each boundary."""
    runtime_s: float
    jobs: int
    """Units of all jobs."""
    placed: int
    deferred: int
    rejected: int
    seed: int
    device: str
    """What ran the kernels in the end: gpu or cpu."""
    work: dict[str, int]
    """Nodes and simplex iterations; where a problem is too large for one model also rounds of annealing and
    neighbourhoods.
    """
    versions: dict[str, str]
    as_if: tuple[str, ...]
    history: tuple[Progress, ...] = field(default=(), repr=False)
    unplaced: tuple[str, ...] = ()
    """Jobs that must run and cannot."""
    notes: tuple[str, ...] = ()
    """What went otherwise than asked for, such as a device that failed on the way, and what was done about it."""

    @property
    def gap(self) -> float:
        """(cost - bound)/|cost - constant|; inf without a plan."""
        return gap_of(self.cost_usd, self.bound_usd, self.constant_usd) if self.plan is not None else math.inf

    @property
    def gap_usd(self) -> float:
        """cost - bound; inf without a plan."""
        return max(self.cost_usd - self.bound_usd, 0.0) if self.plan is not None else math.inf

    def summary(self) -> dict[str, Any]:
        """The result as plain JSON values; numbers that are not finite become null."""

        def number(value: float | None) -> float | None:
            return value if value is not None and math.isfinite(value) else None

        return {
            "scenario": self.scenario,
            "status": str(self.status),
            "message": self.message,
            "cost_usd": number(self.cost_usd),
            "bound_usd": number(self.bound_usd),
            "bound_source": self.bound_source,
            "constant_usd": number(self.constant_usd),
            "gap": number(self.gap),
            "gap_usd": number(self.gap_usd),
            "baseline_usd": number(self.baseline_usd),
            "boundaries_usd": self.boundaries_usd,
            "runtime_s": round(self.runtime_s, 3),
            "jobs": self.jobs,
            "placed": self.placed,
            "deferred": self.deferred,
            "rejected": self.rejected,
            "unplaced": list(self.unplaced),
            "as_if": list(self.as_if),
            "device": self.device,
            "notes": list(self.notes),
            "seed": self.seed,
            "work": self.work,
            "versions": self.versions,
            "history": [
                {
                    "seconds": round(p.seconds, 3),
                    "source": p.source,
                    "cost_usd": number(p.cost_usd),
                    "bound_usd": number(p.bound_usd),
                }
                for p in self.history
            ],
        }
