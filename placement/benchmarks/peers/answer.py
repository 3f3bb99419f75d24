"""What came of asking a peer."""

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from placement.result import gap_of
from placement.search.packing import Packing


class Moment(NamedTuple):
    """What was known after so many seconds: $, constant included; None where there was nothing."""

    seconds: float
    cost_usd: float | None
    bound_usd: float | None


@dataclass(frozen=True)
class Answer:
    """One run of a peer. Costs are those that `check` works out; seconds count from when it had the problem."""

    peer: str
    setting: str
    begun: bool
    """Whether it was given a plan to begin with."""
    status: str
    """`optimal` (within the gap that was asked for), `time`, `infeasible`, `missing`, `failed`."""
    message: str = ""
    """What is to be said about it, with the remedy where there is one."""
    plan: Packing | None = field(default=None, repr=False)
    """Its cheapest plan that passed the check."""
    bound_usd: float = -math.inf
    built_s: float | None = None
    """Until its model was built."""
    runtime_s: float = 0.0
    history: tuple[Moment, ...] = field(default=(), repr=False)
    peak_memory_mb: float | None = None
    """Most that one of its processes has held; None where the system does not say."""
    refused: tuple[str, ...] = ()
    """What was wrong with plans that did not pass the check."""

    @property
    def cost_usd(self) -> float:
        """Cost of the plan, constant included; inf without one."""
        return math.inf if self.plan is None else self.plan.usd

    @property
    def first_plan_s(self) -> float | None:
        """Seconds until the first plan that passed the check."""
        return next((moment.seconds for moment in self.history if moment.cost_usd is not None), None)

    def gap(self, bound_usd: float, constant_usd: float) -> float | None:
        """Gap of its plan to a bound; None without a plan or a bound."""
        if self.plan is None or not math.isfinite(bound_usd):
            return None
        return gap_of(self.cost_usd, bound_usd, constant_usd)

    def summary(self) -> dict[str, Any]:
        """Plain JSON values, without the plan."""
        return {
            "peer": self.peer,
            "setting": self.setting,
            "begun": self.begun,
            "status": self.status,
            "message": self.message,
            "cost_usd": None if self.plan is None else self.cost_usd,
            "bound_usd": self.bound_usd if math.isfinite(self.bound_usd) else None,
            "first_plan_s": _rounded(self.first_plan_s, 2),
            "built_s": _rounded(self.built_s, 2),
            "runtime_s": round(self.runtime_s, 2),
            "peak_memory_mb": _rounded(self.peak_memory_mb, 0),
            "refused": list(self.refused),
            "history": [[round(m.seconds, 3), m.cost_usd, m.bound_usd] for m in self.history],
        }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
