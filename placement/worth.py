"""What one more of each limit of a plan is worth: a price that says at most how much, and solves that say how much.

With prices λ of rows and L their bound (`priced`), a scenario with a limit raised by Δ costs at least L(λ, b + Δ). So

    optimum(b) - optimum(b + Δ)  <=  cost - L(λ, b + Δ)  =  (cost - L(λ, b)) + λ·Δ,    λ·Δ := L(λ, b) - L(λ, b + Δ)

λ·Δ alone is no worth: it leaves open what the plan may be off, and holds to both sides only where nothing is whole.
**Solved again.** From a plan and a bound of either scenario

    bound - cost(b + Δ)  <=  optimum(b) - optimum(b + Δ)  <=  cost - bound(b + Δ)

within at least 0, where every plan stays one, and the bound above. What a change costs by itself, whatever is decided
(fixed costs of accelerators that are owned), is left out of all of these and told beside them.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from placement.binding import Binding
from placement.compile import compile_scenario
from placement.errors import PlacementError, ScenarioError
from placement.models.rows import Unsatisfiable
from placement.priced import Prices, Reading
from placement.raised import Raised, raised
from placement.result import Result, gap_of
from placement.segmented import may_pause
from placement.solving import ONE_MODEL, solve
from placement.step import step
from placement.verifier import verify

if TYPE_CHECKING:
    import pandas as pd

    from placement.folder import Stored
    from placement.schema import Scenario

LIMITS = ["limit", "kind", "when", "path", "amount", "unit", "binds", "price_usd", "priced_usd", "most_usd", "own_usd"]
WORTHS = [
    "limit", "path", "amount", "saves_usd", "least_usd", "most_usd", "cost_usd", "bound_usd", "own_usd", "status",
]  # fmt: skip

MOST, SOLVED, LIMIT_S, GAP = 12, 3, 20.0, 1e-4

PRICES_S = 60.0
"""In which prices are found."""

EACH = 3
"""Stretches of time of one limit that are told, at most, all of it included."""

NOTHING, LEAST_USD = 1e-9, 1e-6
"""Share of what is decided on, and $, from which a price is one: less is what duals are off."""


@dataclass(frozen=True)
class PlanExplanation:
    """Limits that bind, and what more of each is worth."""

    cost_usd: float
    """Of the plan."""
    best_usd: float
    """Of the cheapest plan known: where others are solved again and the plan's gap is not closed, it is too."""
    bound_usd: float
    """No plan costs less."""
    priced_usd: float
    """What the prices prove by themselves: L(λ), no more than `bound_usd`."""
    limits: pd.DataFrame
    """Limits that have a price or bind in the plan, dearest first: `limit` in words, its kind, when, dotted path,
    amount by which it is raised, unit; binds: share of its slots in which the plan leaves less than a hundredth;
    price_usd of one unit, priced_usd of all (λ·Δ), most_usd: no plan saves more; own_usd: what it costs by itself, in
    none of these.
    """
    paused: bool
    """Whether jobs may be paused; all here is said of plans in which they run in the pieces that this one has."""
    others: int
    """Such limits that are not in `limits`."""
    worths: pd.DataFrame
    """Of the first, solved again: saves_usd, best_usd less the cost of the plan found; the worth is between least_usd
    and most_usd; cost and bound of that solve, own_usd left out of both, status.
    """

    @property
    def gap_usd(self) -> float:
        """Of the cheapest plan known: cost less bound."""
        return max(self.best_usd - self.bound_usd, 0.0)

    @property
    def open_usd(self) -> float:
        """Cost less what the prices prove."""
        return max(self.best_usd - self.priced_usd, 0.0)


def explain_plan(
    stored: Stored,
    *,
    by: str | float = 1.0,
    solved: int = SOLVED,
    time_limit_s: float = LIMIT_S,
    work_limit: int | None = None,
    most: int = MOST,
    gap: float = GAP,
) -> PlanExplanation:
    """Which limits of a plan bind, and what more of each is worth.

    Parameters
    ----------
    stored : Stored
        As `placement.read_plan` gives it.
    by : str or float
        By how many units each limit is raised, or by which share of it: "10%". Whole things by at least 1.
    solved : int
        So many of the dearest are solved again.
    time_limit_s : float
        Seconds for each of these solves.
    work_limit : int, optional
        Of each, as of `placement.solve`; prices then take no time limit either, so that all is the same each time.
    most : int
        At most so many limits are told.
    gap : float
        Of each solve.

    Returns
    -------
    PlanExplanation

    Raises
    ------
    PlacementError
        If an argument makes no sense, or the plan breaks rules of its scenario.
    SolverError
        If the solver fails for a reason of its own.
    """
    size = step(by)
    _check(solved, most, time_limit_s)
    question = _Question(stored, work_limit, time_limit_s, gap)
    told, others = question.told(raised(question.compiled, size), most)
    return question.answer(told, others, solved)


def _check(solved: int, most: int, time_limit_s: float) -> None:
    for name, value, least in (("solve", solved, 0), ("most", most, 1)):
        if value < least:
            raise PlacementError(f"{name} is {value}, but must be at least {least}: a number of limits.")
    if not time_limit_s > 0:
        raise PlacementError(f"time_limit_s is {time_limit_s}, but must be greater than 0. Leave it out for no limit.")


@dataclass(frozen=True)
class _Told:
    """A limit raised, and what prices say of it."""

    change: Raised
    priced_usd: float
    bound_usd: float
    """L of the scenario with the change, less what that costs by itself."""
    own_usd: float


class _Question:
    """A plan, its prices, and the scenarios in which one limit is another."""

    def __init__(self, stored: Stored, work_limit: int | None, time_limit_s: float, gap: float):
        self.stored, self.work_limit, self.time_limit_s, self.gap = stored, work_limit, time_limit_s, gap
        checked = verify(stored.scenario, stored.plan)
        if not checked.ok:
            raise PlacementError("the plan breaks rules of its scenario; `placement verify` says which.")
        self.compiled = compile_scenario(stored.scenario)
        prices_s = PRICES_S if work_limit is None else math.inf
        self.prices = Prices(self.compiled, stored.plan, ONE_MODEL, prices_s)
        self.now = self.prices.read(self.compiled)
        self.binding = Binding(self.compiled, stored.plan, checked.limits)
        self.cost_usd = checked.cost_usd
        known = stored.summary["bound_usd"]
        self.bound_usd = max(self.now.usd, -math.inf if known is None else float(known))
        self.best_usd = self.cost_usd

    def told(self, changes: list[Raised], most: int) -> tuple[list[_Told], int]:
        """The changes of the highest prices, those of limits that bind without one, and how many more there are."""
        nothing = max(LEAST_USD, NOTHING * abs(self.cost_usd - self.compiled.problem.constant_usd))
        gains = [(self.prices.gain(self.now, change), k) for k, change in enumerate(changes)]
        some = [k for usd, k in sorted(gains, key=lambda gain: (-gain[0], gain[1])) if usd > nothing]
        full = [
            k for usd, k in gains if usd <= nothing and not changes[k].partly and self.binding.share(changes[k]) > 0
        ]
        of_path, first = Counter[str](), []
        for k in some + full:
            of_path[changes[k].path] += 1
            if of_path[changes[k].path] <= EACH:
                first.append(k)
        told = [each for k in first[:most] if (each := self._priced(changes[k])) is not None]
        told.sort(key=lambda each: -each.priced_usd)
        return told, len(some) + len(full) - len(told)

    def _priced(self, change: Raised) -> _Told | None:
        """What the same prices prove of the scenario with the change; None where no scenario can have it."""
        try:
            compiled = compile_scenario(self.stored.scenario.replace(change.path, change.value()))
        except ScenarioError:
            return None
        own_usd = compiled.problem.constant_usd - self.compiled.problem.constant_usd
        try:
            reading: Reading | None = self.prices.read(compiled)
        except Unsatisfiable:
            reading = None
        bound_usd = -math.inf if reading is None else reading.usd - own_usd
        return _Told(change, self.now.usd - bound_usd, bound_usd, own_usd)

    def answer(self, told: list[_Told], others: int, solved: int) -> PlanExplanation:
        """The tables."""
        import pandas as pd

        if solved and told:
            self._as_it_stands()
        worths = [self._solved(each) for each in told[:solved]]
        limits = pd.DataFrame([self._row(each) for each in told], columns=LIMITS)
        return PlanExplanation(
            self.cost_usd, self.best_usd, self.bound_usd, self.now.usd, limits,
            bool(may_pause(self.stored.given[0]).any()), others,
            pd.DataFrame(worths, columns=WORTHS),
        )  # fmt: skip

    def _row(self, each: _Told) -> dict[str, Any]:
        change = each.change
        return {
            "limit": change.words, "kind": change.kind, "when": change.when, "path": change.path,
            "amount": change.amount, "unit": change.unit, "binds": self.binding.share(change),
            "price_usd": each.priced_usd / abs(change.amount),
            "priced_usd": each.priced_usd, "most_usd": self._most_usd(each), "own_usd": each.own_usd,
        }  # fmt: skip

    def _most_usd(self, each: _Told) -> float:
        """No plan of the scenario with the change saves more."""
        most = self.best_usd - each.bound_usd
        return max(most, 0.0) if each.change.relaxes else most

    def _as_it_stands(self) -> None:
        """The scenario itself solved from the plan on, as those with a change are, if that can still be better."""
        if gap_of(self.cost_usd, self.bound_usd, self.compiled.problem.constant_usd) <= self.gap:
            return
        result = self._solve(self.stored.scenario)
        self.bound_usd = max(self.bound_usd, result.bound_usd)
        if result.plan is not None:
            self.best_usd = min(self.best_usd, result.cost_usd)

    def _solve(self, scenario: Scenario) -> Result:
        return solve(
            scenario, gap=self.gap, time_limit_s=self.time_limit_s, work_limit=self.work_limit,
            start=self.stored.plan, baseline=False,
        )  # fmt: skip

    def _solved(self, each: _Told) -> dict[str, Any]:
        """The scenario with the change, solved from the plan on."""
        change = each.change
        result = self._solve(self.stored.scenario.replace(change.path, change.value()))
        cost_usd = result.cost_usd - each.own_usd if result.plan is not None else math.inf
        bound_usd = max(result.bound_usd - each.own_usd, each.bound_usd)
        least, most = self.bound_usd - cost_usd, self.best_usd - bound_usd
        if (
            change.relaxes
        ):  # the plan itself is one of the other scenario, and what no plan of that costs none here does
            least, most = max(least, 0.0), max(most, 0.0)
        return {
            "limit": change.words, "path": change.path, "amount": change.amount,
            "saves_usd": self.best_usd - cost_usd if result.plan is not None else math.nan,
            "least_usd": least, "most_usd": most, "cost_usd": cost_usd, "bound_usd": bound_usd,
            "own_usd": each.own_usd, "status": str(result.status),
        }  # fmt: skip
