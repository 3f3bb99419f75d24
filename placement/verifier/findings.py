"""What a verification says: the rules that a plan breaks, and what it costs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.errors import PlanError
from placement.schema import Limit
from placement.verifier.reading import Reading

MAX_SHOWN = 20

RULES = {
    "scenario": "the plan was made for this scenario as it stands",
    "table": "rows name things that exist and hold numbers that can be used",
    "assignment": "each unit of each job is placed, deferred or rejected",
    "reject": "what must run or is running is not rejected",
    "defer": "what is deferred may wait past the end",
    "option": "runs are ways to run the job",
    "eligible": "the job may run on the pool",
    "running": "a running job stays where it is",
    "pin": "a pinned job is where and when it is pinned",
    "start": "runs start on a slot, not before they may",
    "deadline": "runs end by their deadline",
    "tail": "runs go on past the end only where that is allowed",
    "runtime": "runs end when their work is done",
    "clock": "dates agree with positions",
    "fit": "a run taken alone fits what its cluster can have",
    "capacity": "runs and flows fit the pool",
    "power": "runs and flows fit the facility's power and the grid's",
    "resource": "runs fit the cluster's resources",
    "segments": "segments of a job run one after another, all of them",
    "after": "a job waits for those it comes after",
    "stage": "data come in before a run",
    "unload": "results go out after a run",
    "pause": "pauses stand between segments",
    "link": "transfers fit the link",
    "dataset": "shared data are there when a job needs them",
    "flow": "flows run where they may and serve no more than is wanted",
    "state": "switchable clusters have one state in each slot",
    "balance": "power balances in each tick",
    "source": "sources give no more than they can",
    "battery": "batteries keep within power and energy",
    "energy": "the energy table names the cluster's sources and agrees with its load",
    "limit": "limits without a penalty hold",
    "build": "modules are ordered when and as often as they may",
    "launch": "flights lift what is built and fly when they may",
    "cost": "claimed costs are those of the decisions",
}
"""Codes of rules, and what each says."""


@dataclass(frozen=True)
class Finding:
    """One rule that a plan breaks."""

    rule: str
    """A key of `RULES`."""
    where: str
    """Job, cluster, limit or slot, in the user's words."""
    text: str
    """What is wrong, with the values."""

    def __str__(self) -> str:
        return f"[{self.rule}] {self.where}: {self.text}"


class Findings:
    """The list that checks write to."""

    def __init__(self) -> None:
        self._found: dict[Finding, None] = {}

    def add(self, rule: str, where: str, text: str) -> None:
        """Note that a rule is broken; the same words count once."""
        self._found.setdefault(Finding(rule, where, text))

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._found)


@dataclass(frozen=True)
class LimitUse:
    """What a plan has of a limit, an entry for each span."""

    limit: Limit
    first: NDArray[np.int64]
    """First slot of each span."""
    amount: NDArray[np.float64]
    most: NDArray[np.float64] | None
    least: NDArray[np.float64] | None


@dataclass(frozen=True)
class Verification:
    """What independent re-derivation says of a plan.

    Everything but the plan's decisions (runs, deferred and rejected units, moves, flows, energy, states,
    builds, launches) is derived anew from the scenario by the rules of `docs/model.md`.
    """

    findings: tuple[Finding, ...]
    """Rules that are broken; empty for a sound plan."""
    cost_usd: float
    """The objective: service terms and the categories within `policy.minimise`, present value."""
    costs: dict[tuple[str, str], float]
    """Present value by (category, cluster), $; cluster "" for service terms, penalties and flights."""
    boundaries: dict[str, float]
    """Cash at each of the four boundaries, present value, $, without service terms."""
    limits: tuple[LimitUse, ...] = ()
    """What there is of each limit of the scenario."""
    readings: tuple[Reading, ...] = ()
    """What each meter reads, where that was asked for."""

    @property
    def ok(self) -> bool:
        """Whether no rule is broken."""
        return not self.findings

    def raise_for_errors(self) -> None:
        """Raise PlanError with the first findings, and how many more there are, if any rule is broken."""
        if self.ok:
            return
        count = len(self.findings)
        lines = [f"The plan breaks its scenario's rules in {count:,} place{'s' if count > 1 else ''}."]
        lines += [f"  {finding}" for finding in self.findings[:MAX_SHOWN]]
        if count > MAX_SHOWN:
            lines.append(f"  ... and {count - MAX_SHOWN:,} more.")
        lines.append("Solve the scenario again; if a fresh plan says the same, report it as a bug.")
        raise PlanError("\n".join(lines))
