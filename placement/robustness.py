"""A plan for many futures: of several plans the one whose cost over drawn futures has the least mean or CVaR.

Sample average approximation over candidates: with costs c[p, n] of plan p in future n of a sample,

    the choice is the p with the least  ρ(c[p, ·]),     ρ the mean, or CVaR at a level (`placement.estimates`).

Candidates are the plan as it stands, plans of other versions of the scenario (`placement.hedges`), and, where modules
can be built, what lies half-way between the best so far and others. Each is a plan of the scenario as it stands, and
keeps its rules. All meet the same futures, so that differences between them are known better than the costs. The
least of many figures is too low on average: what the choice is worth is said by fresh futures, for the plan as it
stands as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.candidates import STANDING, Limits, Planner
from placement.choosing import AS_IT_STANDS, Candidate, Choosing
from placement.errors import PlacementError
from placement.estimates import Criterion, Estimate, criterion, difference, estimate
from placement.folder import Stored
from placement.futures.draw import Drawing
from placement.futures.stress import stress
from placement.kernels.backend import Device
from placement.kernels.work import Floats
from placement.outcome import check_bound
from placement.plan import Plan
from placement.problem import Bools
from placement.result import MEANING, Result, Status
from placement.schema import Scenario
from placement.segmented import check_decided
from placement.tasks import Event, is_set

if TYPE_CHECKING:
    import pandas as pd

FUTURES = 256
PICKS = 6
"""Futures for whose inputs a plan is made."""

MIXES = 12
"""Plans half-way between others that are tried."""

SAMPLE = 2**31
"""Added to the seed for the futures that decide, so that those that `stress` and `compare` draw are fresh."""


@dataclass(frozen=True)
class Robust:
    """The chosen plan, what it was chosen from, and what it is worth."""

    result: Result
    """As of `solve`: cost as planned, and the bound of the scenario as it stands; its gap is what bearing futures costs
    as planned, and what is unproven.
    """
    criterion: Criterion
    candidates: tuple[Candidate, ...]
    """The first is the plan as it stands."""
    chosen: int
    seed: int
    settled: Bools
    """(K,) futures of the sample that count: those that all candidates that could be chosen settle."""
    fresh: tuple[Floats, Floats]
    """$ of the chosen plan and of the plan as it stands in fresh futures, both settled, each of shape (K',)."""
    left_out: int = 0
    """Fresh futures that one of the two does not settle."""
    stopped: bool = False

    def measure(self, which: int, of: Criterion | None = None) -> float:
        """The measure of a candidate over the sample; nan if it was not judged."""
        costs = self.candidates[which].costs
        if costs is None or not self.settled.any():
            return math.nan
        values = costs[self.settled]
        return math.nan if np.isnan(values).any() else (of or self.criterion).of(values)

    def estimates(self, of: Criterion | None = None) -> tuple[Estimate, Estimate, Estimate] | None:
        """The measure of the chosen plan and of the plan as it stands over fresh futures, and the first less the
        second in pairs; None where fresh futures are lacking, since it was stopped before.
        """
        wanted, (chosen, standing) = of or self.criterion, self.fresh
        if len(chosen) < 2:
            return None
        return estimate(chosen, wanted), estimate(standing, wanted), difference(chosen, standing, wanted)

    def table(self) -> pd.DataFrame:
        """A row for each candidate: name, planned_usd, mean_usd and measure_usd over the sample, chosen, why not."""
        import pandas as pd

        return pd.DataFrame(
            {
                "candidate": [each.name for each in self.candidates],
                "planned_usd": [each.planned_usd for each in self.candidates],
                "mean_usd": [self.measure(k, Criterion(0.0)) for k in range(len(self.candidates))],
                "measure_usd": [self.measure(k) for k in range(len(self.candidates))],
                "chosen": [k == self.chosen for k in range(len(self.candidates))],
                "why": [each.why for each in self.candidates],
            }
        )

    def summary(self) -> dict[str, Any]:
        """As plain JSON values, for plan.json."""
        rows = [
            {str(key): None if isinstance(value, float) and math.isnan(value) else value for key, value in row.items()}
            for row in self.table().to_dict("records")
        ]
        found = self.estimates()
        names = ("chosen", "as_it_stands", "difference")
        fresh = None if found is None else {k: each.summary() for k, each in zip(names, found, strict=True)}
        return {
            "measure": self.criterion.text, "futures": len(self.settled), "counted": int(self.settled.sum()),
            "seed": self.seed, "candidates": rows, "fresh_futures": len(self.fresh[0]),
            "fresh_left_out": self.left_out, "fresh": fresh, "stopped": self.stopped,
        }  # fmt: skip


def robust(
    scenario: Scenario,
    measure: str | Criterion = "cvar=0.95",
    futures: int = FUTURES,
    *,
    fresh: int | None = None,
    picks: int = PICKS,
    mixes: int = MIXES,
    gap: float = 1e-4,
    time_limit_s: float = math.inf,
    work_limit: int | None = None,
    device: Device = "auto",
    seed: int = 0,
    threads: int = 0,
    workers: int = 0,
    one_by_one: bool = False,
    start: Plan | None = None,
    progress: Callable[[int, Candidate], None] | None = None,
    stop: Event | None = None,
) -> Robust:
    """Choose a plan by what it costs over many futures.

    Parameters
    ----------
    scenario : Scenario
        With `uncertainty`.
    measure : str or Criterion
        `mean`, or `cvar=0.95`: the mean of the worst 5 %.
    futures : int
        Of the sample that decides, at least 2.
    fresh : int, optional
        Futures by which the choice is judged afterwards, those that `stress` draws with `seed`; left out: as many.
    picks, mixes : int
        Futures for whose inputs a plan is made; plans half-way between others that are tried, where modules can be
        built.
    gap, work_limit, device, seed, threads, start
        As of `placement.solve`, for each solve; `seed` also of the futures.
    time_limit_s : float
        Of all solves together; futures are not counted in it. With a work limit instead the choice is repeatable.
    workers, one_by_one
        As of `placement.futures.stress.stress`.
    progress : callable, optional
        Called with number, from 0, and each candidate once it is judged, or is not.
    stop : event, optional
        When set, the best that is known so far is returned.

    Returns
    -------
    Robust
        Always; where the scenario has no plan, its result says so.

    Raises
    ------
    PlacementError
        If the scenario has no uncertainty, it is still to be decided where jobs are paused, an argument makes no sense,
        or no future can be settled.
    """
    wanted = measure if isinstance(measure, Criterion) else criterion(measure)
    if scenario.uncertainty is None:
        raise PlacementError(
            f"scenario {scenario.name} has no `uncertainty`, so there are no futures to choose by. Write that section, "
            "or solve without a robust measure."
        )
    for name, value in (("futures", futures), ("fresh", futures if fresh is None else fresh)):
        if value < 2:
            raise PlacementError(f"{name} is {value}, but at least 2 are needed. Take some hundreds.")
    if picks < 0 or mixes < 0:
        raise PlacementError(f"picks is {picks} and mixes is {mixes}, but neither may be negative.")
    check_decided(scenario, "a choice over futures")
    planner = Planner(scenario, Limits(gap, time_limit_s, work_limit, device, seed, threads), stop)

    def costs_of(plan: Plan, number: int, of_seed: int) -> tuple[Floats, tuple[str, ...]] | None:
        """Costs of a plan in the futures that were done; None: in none."""
        if is_set(stop):
            return None
        try:
            found = stress(
                Stored(scenario, plan, {}), number, seed=of_seed, device=device, workers=workers,
                one_by_one=one_by_one, stop=stop,
            )  # fmt: skip
        except PlacementError:
            if is_set(stop):
                return None
            raise
        return found.futures["cost_usd"].to_numpy(dtype=np.float64), found.unsettled

    choosing = Choosing(planner, wanted, futures, lambda plan: costs_of(plan, futures, SAMPLE + seed), progress)
    first = planner.standing(start, STANDING)
    if first.plan is None:
        nothing = Candidate(AS_IT_STANDS, why=first.message)
        none = np.zeros(0)
        counted = np.zeros(futures, dtype=bool)
        return Robust(first, wanted, (nothing,), 0, seed, counted, (none, none), stopped=is_set(stop))
    choosing.begin(first.plan, first.cost_usd)
    if not is_set(stop):
        choosing.hedge(Drawing(scenario, planner.compiled.legend.grid, first.plan, (), SAMPLE + seed), picks, mixes)
    if planner.grows:
        choosing.mix(mixes)
    chosen, settled = choosing.best()
    judged = choosing.candidates[chosen].plan
    assert judged is not None
    outside = costs_of(judged, futures if fresh is None else fresh, seed)
    against = outside if chosen == 0 else costs_of(first.plan, futures if fresh is None else fresh, seed)
    pair, left_out = _paired(outside, against)
    result = first if chosen == 0 else _result(first, choosing, chosen, wanted)
    return Robust(
        result, wanted, tuple(choosing.candidates), chosen, seed, settled, pair, left_out, is_set(stop)
    )  # fmt: skip


def _paired(
    first: tuple[Floats, tuple[str, ...]] | None, second: tuple[Floats, tuple[str, ...]] | None
) -> tuple[tuple[Floats, Floats], int]:
    """Costs of two plans in the futures that both were carried out in and settle, and how many they do not."""
    if first is None or second is None:
        return (np.zeros(0), np.zeros(0)), 0
    count = min(len(first[0]), len(second[0]))
    one, two = first[0][:count], second[0][:count]
    both = ~np.isnan(one) & ~np.isnan(two)
    return (one[both], two[both]), int((~both).sum())


def _result(standing: Result, choosing: Choosing, chosen: int, wanted: Criterion) -> Result:
    """The result of the chosen plan: its cost and units, and what was proven for the scenario as it stands.

    Raises
    ------
    PlacementError
        If the bound is above the cost, by more than rounding.
    """
    made = choosing.made[chosen]
    assert made.plan is not None
    assert made.checked is not None
    jobs, cost = made.plan.jobs, made.checked.cost_usd
    check_bound(standing.bound_usd, cost)
    judged = sum(each.costs is not None for each in choosing.candidates)
    return replace(
        standing, status=Status.ROBUST, plan=made.plan, cost_usd=cost, boundaries_usd=made.checked.boundaries,
        bound_usd=min(standing.bound_usd, cost), placed=int(jobs["placed"].sum()),
        deferred=int(jobs["deferred"].sum()), rejected=int(jobs["rejected"].sum()),
        message=f"{MEANING[Status.ROBUST]} Of {judged} plans it has the least {wanted.words}.",
    )  # fmt: skip
