"""Candidates as they come, what each costs in the futures of a sample, and the best of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from placement.candidates import Made, Planner
from placement.carried_over import Builds, builds_of, halfway, key_of
from placement.errors import PlacementError
from placement.estimates import Criterion
from placement.fingerprint import fingerprint
from placement.futures.draw import Drawing
from placement.hedges import Hedge, in_reserve, longer, of_inputs, without_uncertainty
from placement.kernels.work import Floats
from placement.plan import Plan
from placement.problem import Bools
from placement.signature import signature
from placement.tasks import is_set

AS_IT_STANDS = "the plan as it stands"

PATIENCE = 4
"""Plans half-way between others that are tried without a better one."""

SAME_USD = 1e-9
"""Share of the cost by which measures may differ that count as the same; the plan that came first is then taken."""

Judge = Callable[[Plan], tuple[Floats, tuple[str, ...]] | None]
"""$ of a plan in each future of the sample that was carried out, nan where it has none, and why; None: in none."""


@dataclass(frozen=True)
class Candidate:
    """A plan that was thought of."""

    name: str
    plan: Plan | None = None
    planned_usd: float = math.nan
    """Its cost as planned,"""
    costs: Floats | None = None
    """and in each future of the sample, shape (K,); nan where it has none. None: it was not judged."""
    why: str = ""
    """Why it was not."""
    unsettled: tuple[str, ...] = ()
    """Why there are futures in which it has no cost."""


class Choosing:
    """Candidates as they come, and the best of them."""

    def __init__(
        self,
        planner: Planner,
        wanted: Criterion,
        futures: int,
        judge: Judge,
        progress: Callable[[int, Candidate], None] | None,
    ):
        self.planner, self.wanted, self.futures = planner, wanted, futures
        self.judge, self.progress = judge, progress
        self.candidates: list[Candidate] = []
        self.made: dict[int, Made] = {}
        self.builds: dict[int, Builds] = {}
        self.known: dict[str, str] = {}

    def begin(self, plan: Plan, planned_usd: float) -> None:
        """The plan as it stands."""
        scenario = self.planner.scenario
        self.planner.seen[fingerprint(without_uncertainty(scenario))] = AS_IT_STANDS
        self.planner.is_built(builds_of(scenario, plan), AS_IT_STANDS)
        self._judged(AS_IT_STANDS, plan, planned_usd)

    def hedge(self, drawing: Drawing, picks: int, mixes: int) -> None:
        """Plans of other versions."""
        first = self.candidates[0]
        assert first.plan is not None
        costs = np.full(self.futures, np.nan) if first.costs is None else first.costs
        planner = self.planner
        hedges: list[Hedge] = [*longer(planner.compiled, first.plan), *in_reserve(planner.scenario)]
        hedges += of_inputs(planner.scenario, drawing, costs, self.wanted, picks)
        after = mixes if planner.grows else 0
        for n, hedge in enumerate(hedges):
            if self._over():
                break
            for name, made in planner.of(hedge, planner.left_s / (len(hedges) - n + after), first.plan):
                self._add(name, made)

    def mix(self, mixes: int) -> None:
        """Builds half-way between those of the best and of others, as long as they are new."""
        first = self.candidates[0].plan
        assert first is not None
        best, since = -1, 0
        for n in range(mixes):
            pair = None if self._over() else self._pair()
            since = since + 1 if pair is not None and pair[0] == best else 0
            if pair is None or since == PATIENCE:
                return
            best = pair[0]
            name = f"between {pair[0] + 1} and {pair[1] + 1}"
            builds = halfway(self.builds[pair[0]], self.builds[pair[1]])
            self._add(name, self.planner.built(builds, name, self.planner.left_s / (mixes - n), first))

    def _pair(self) -> tuple[int, int] | None:
        """The best and the next best other one between which something new lies."""
        values = self._values()[0]
        ranked = sorted((k for k in self.builds if k in values), key=lambda k: (values[k], k))
        for other in ranked[1:]:
            between = halfway(self.builds[ranked[0]], self.builds[other])
            if repr(key_of(between)) not in self.planner.seen:
                return ranked[0], other
        return None

    def best(self) -> tuple[int, Bools]:
        """The candidate with the least measure, the first of equals, and (K,) the futures that count."""
        values, settled = self._values()
        if not values:
            return 0, settled
        least = min(values.values())
        return min(k for k, value in values.items() if value <= least + SAME_USD * max(1.0, abs(least))), settled

    def _values(self) -> tuple[dict[int, float], Bools]:
        """Measures of those that leave the fewest futures unsettled, over the futures that all of these settle."""
        known = {k: each.costs for k, each in enumerate(self.candidates) if each.costs is not None}
        lacking = {k: int(np.isnan(costs).sum()) for k, costs in known.items()}
        fewest = min(lacking.values(), default=0)
        known = {k: costs for k, costs in known.items() if lacking[k] == fewest}
        if not known:
            return {}, np.zeros(self.futures, dtype=bool)
        settled = np.asarray(~np.isnan(np.stack(list(known.values()))).any(axis=0))
        if not settled.any():
            why = next((each.unsettled[0] for each in self.candidates if each.unsettled), "no plan settles the same")
            raise PlacementError(
                f"none of the {self.futures} futures has a cost for all plans: {why}. Look at `uncertainty`; "
                "`placement stress` says more of one plan."
            )
        return {k: self.wanted.of(costs[settled]) for k, costs in known.items()}, settled

    def _over(self) -> bool:
        return is_set(self.planner.stop) or self.planner.left_s <= 0

    def _add(self, name: str, made: Made) -> None:
        """A candidate, judged if it is a new plan."""
        if made.plan is None or made.checked is None:
            self._take(Candidate(name, why=made.why))
            return
        self.made[len(self.candidates)] = made
        self._judged(name, made.plan, made.checked.cost_usd)

    def _judged(self, name: str, plan: Plan, planned_usd: float) -> None:
        key = signature(plan)
        if key in self.known:
            self._take(Candidate(name, plan, planned_usd, why=f"is the same plan as {self.known[key]}"))
            return
        self.known[key] = name
        found = self.judge(plan)
        if found is None or len(found[0]) < self.futures:
            self._take(Candidate(name, plan, planned_usd, why="was stopped before it was judged"))
            return
        if self.planner.grows:
            self.builds[len(self.candidates)] = builds_of(self.planner.scenario, plan)
        self._take(Candidate(name, plan, planned_usd, found[0], unsettled=found[1]))

    def _take(self, candidate: Candidate) -> None:
        self.candidates.append(candidate)
        if self.progress is not None:
            self.progress(len(self.candidates) - 1, candidate)
