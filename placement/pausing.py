"""Solving scenarios in which it is still to be decided where jobs are paused.

    each such job as one run, or where it fits in pieces alone → plan
    → prices of rows → the cheapest pieces at them → plan
    → each job in turn out, and in again where its pieces fit beside the others most cheaply → plan; as long as it pays

A plan is found by the plain solver with the pieces given; its own bounds hold for these alone and are not used. What is
proven comes from the priced bound in which all pieces compete (`search/pausing`); and, where what jobs cost adds up,
from what all others cost at least without them, by the plain solver, and what each of them costs alone.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from placement.compile import Compiled, compile_scenario
from placement.compile.assemble import forced_usd
from placement.errors import ScenarioError
from placement.fingerprint import fingerprint
from placement.kernels.work import Floats, Ints
from placement.loader.change import with_tables
from placement.outcome import OPTIMAL_GAP, check_bound
from placement.plan import TABLES, Plan
from placement.problem import Bools
from placement.result import MEANING, Progress, Result, Status, gap_of
from placement.schema import Scenario, Table
from placement.search.ascent import ascend
from placement.search.bound import meter_prices
from placement.search.climbing import climb
from placement.search.pausing import Pausing, Way
from placement.search.pieces import Pieces
from placement.search.warm import placements_of
from placement.segmented import in_segments, may_pause, probe_of, shares_of
from placement.tasks import Event
from placement.verifier import verify

FIRST_BOUND_SHARE = 0.2
"""Of the time limit, for the first bound."""

FIRST_SHARE, PRICE_SHARE, ROUND_SHARE = 0.5, 0.1, 0.4
"""Of the time that is left: for the first plan, for prices, for each plan after it."""

OTHERS_SHARE, FEW = 0.3, 0.5
"""Of the time that is left, for what all others cost at least; asked where no more of the jobs may be paused."""

ROUNDS = 20
"""Plans after the first, at most."""

MOVE_SHARE, MOVES = 0.4, 150
"""Of the time that is left, for moving pieces in a plan; drawings of some jobs at a time, at most."""

GUIDES = (0.0, 1.0, 0.5)
"""Shares of the prices of rows by which pieces are moved, one after the other; after as many plans that are no cheaper
it ends."""

EVALUATIONS, CLIMBS = 200, 150
"""Of the smoothed bound for first prices, and of the bound with all pieces."""

WORTH = 1e-6
"""Share of what is decided on by which pieces have to be cheaper to be taken."""

WORK_PARTS = 4
"""The first plan gets one part in so many of a work limit, and so does each after it."""

MESSAGE = "No cheaper plan was found by pausing jobs elsewhere; the gap is what is left unproven."

Solver = Callable[..., Result]
"""`placement.solve` for scenarios in which pauses are decided: scenario, time_limit_s, work_limit, start, baseline, and
progress."""


@dataclass
class _Search:
    """One solve under way."""

    scenario: Scenario
    solver: Solver
    gap: float
    until: float
    work_limit: int | None
    progress: Callable[[Progress], None] | None
    stop: Event | None
    began: float
    baseline: bool
    seed: int
    result: Result | None = None
    settled: Scenario | None = None
    """With the pieces of the best plan."""
    bound_usd: float = -math.inf
    constant_usd: float = 0.0

    def __post_init__(self) -> None:
        self.history: list[Progress] = []
        self.may = np.flatnonzero(may_pause(self.scenario))
        probe, _ = probe_of(self.scenario)
        compiled = compile_scenario(probe, every_row=True)
        jobs, policy = self.scenario.jobs, self.scenario.policy
        self.pausing = Pausing(
            compiled, self.may, jobs["pauses"][self.may] + 1, jobs["resume_hours"][self.may], policy.tails
        )
        self.tied = _tied(self.scenario)[self.may]
        self.constant_usd = self.pausing.rest.constant_usd + forced_usd(self.pausing.rest)

    @property
    def left_s(self) -> float:
        return max(self.until - time.monotonic(), 0.0)

    @property
    def over(self) -> bool:
        """Whether time is up, a stop was asked for, or the gap is reached."""
        done = self.result is not None and gap_of(self.result.cost_usd, self.bound_usd, self.constant_usd) <= self.gap
        return self.left_s <= 0 or (self.stop is not None and self.stop.is_set()) or done

    def prove(self, usd: float) -> None:
        if usd > self.bound_usd:
            self.bound_usd = usd
            self._tell("pauses")

    def plan(self, shares: dict[int, tuple[float, ...]], start: Plan | None, share: float) -> bool:
        """Whether a cheaper plan was found with the pieces given."""
        settled = in_segments(self.scenario, shares)
        limit = math.inf if math.isinf(self.until) else max(share * self.left_s, min(1.0, self.left_s), 1e-3)
        work = None if self.work_limit is None else max(self.work_limit // WORK_PARTS, 1)
        found = self.solver(
            settled, time_limit_s=limit, work_limit=work, start=start, baseline=self.baseline and self.result is None,
            progress=self._of_part if self.progress is not None else None,
        )  # fmt: skip
        if self.result is None:
            self.result, self.settled = found, settled
        elif found.plan is not None and (self.result.plan is None or found.cost_usd < self.result.cost_usd):
            better = self.result.plan is None or found.cost_usd < self.result.cost_usd - WORTH * abs(
                self.result.cost_usd - self.constant_usd
            )
            self.result = replace(found, baseline_usd=self.result.baseline_usd)
            self.settled = settled
            self._tell("pauses")
            return better
        return False

    def _of_part(self, told: Progress) -> None:
        """A plan of a part; its bound holds for the pieces that were given."""
        best = math.inf if self.result is None or self.result.plan is None else self.result.cost_usd
        if told.cost_usd is not None and told.cost_usd < best:
            self._tell(told.source, told.cost_usd)

    def _tell(self, source: str, cost_usd: float | None = None) -> None:
        known = self.result.cost_usd if self.result is not None and self.result.plan is not None else None
        cost = known if cost_usd is None else cost_usd
        last = next((told.cost_usd for told in reversed(self.history) if told.cost_usd is not None), None)
        if cost_usd is not None and last is not None and cost_usd >= last:
            return
        cost = last if cost is None else cost if last is None else min(cost, last)
        bound = self.bound_usd if math.isfinite(self.bound_usd) else None
        gap = gap_of(cost, bound, self.constant_usd) if cost is not None and bound is not None else None
        told = Progress(time.monotonic() - self.began, source, cost, bound, gap)
        self.history.append(told)
        if self.progress is not None:
            self.progress(told)


def solve_pausing(
    scenario: Scenario,
    solver: Solver,
    *,
    gap: float,
    time_limit_s: float,
    work_limit: int | None,
    progress: Callable[[Progress], None] | None,
    stop: Event | None,
    start: Plan | None,
    baseline: bool,
    seed: int,
) -> Result:
    """Decide where jobs are paused, and with it all the rest; parameters as of `placement.solve`."""
    began = time.monotonic()
    search = _Search(scenario, solver, gap, began + time_limit_s, work_limit, progress, stop, began, baseline, seed)
    until = began + FIRST_BOUND_SHARE * time_limit_s
    usd, _ = search.pausing.evaluate(np.zeros(len(search.pausing.problem.rows)), lambda: time.monotonic() > until)
    search.prove(usd)
    if usd == math.inf:  # some job has no place, in pieces or in one: the plain solver says which
        return solver(
            scenario, time_limit_s=time_limit_s, work_limit=work_limit, start=None, baseline=False, progress=None
        )
    given = shares_of(scenario, start) if start is not None else {}
    search.plan(_alone(search) | given, start, FIRST_SHARE)
    if not search.over:
        _prove_apart(search)
    price: Floats | None = None
    failed = 0
    for number in range(ROUNDS):
        if search.result is None or search.result.plan is None or search.settled is None or search.over:
            break
        compiled = compile_scenario(search.settled, every_row=True)
        if price is None:
            price = _prices(search, compiled)
        ways = _at_prices(search, compiled, price) if number == 0 else _beside(search, compiled, price, number)
        if ways and not search.over:
            shares = shares_of(scenario, search.result.plan)
            for row, way in ways.items():
                shares.pop(row, None)
                if len(way.shares) > 1:
                    shares[row] = way.shares
            begin = _with_ways(search, search.result.plan, ways)
            failed = 0 if search.plan(shares, begin, ROUND_SHARE) else failed + 1
        else:
            failed += 1
        if failed >= len(GUIDES):
            break
    return _result(search, time_limit_s)


def _tied(scenario: Scenario) -> Bools:
    """(jobs,) those that come after others, or others after them."""
    waiting = np.array([bool(names) for names in scenario.jobs["after"]], dtype=bool)
    named = {name for names in scenario.jobs["after"] for name in names}
    return np.asarray(waiting | np.array([name in named for name in scenario.jobs["job"]], dtype=bool))


def _prove_apart(search: _Search) -> None:
    """The bound of all other jobs without these, and of each of these alone, where what they cost adds up.

    That asks for costs of placements alone: no supply that is decided, nothing that is paid or asked for by what is
    used in all, and none of these jobs tied to others or running. Without a job no limit is harder to keep then.
    """
    pausing = search.pausing
    rows, supply, jobs = pausing.problem.rows, pausing.problem.supply, search.scenario.jobs
    decided = supply.plants or supply.gates or supply.moves or supply.modules or supply.tallies
    if decided or np.isfinite(rows.lower).any() or (~np.isnan(rows.penalty)).any() or search.tied.any():
        return
    if (rows.cell_weight < 0).any() or (
        pausing.problem.work.use_amount < 0
    ).any():  # shares: less of one is more of others
        return
    if (jobs["state"][search.may] == "running").any() or len(search.may) > FEW * len(jobs):
        return
    best = pausing.cheapest(pausing.problem.meter_usd, prove=True, over=lambda: search.over)
    least = np.minimum(best.usd, pausing.away) * pausing.count
    others = _without(search.scenario, search.may)
    if others is None or not np.isfinite(least).all():
        return
    work = None if search.work_limit is None else max(search.work_limit // WORK_PARTS, 1)
    limit = OTHERS_SHARE * search.left_s
    found = search.solver(others, time_limit_s=limit, work_limit=work, start=None, baseline=False, progress=None)
    if found.plan is not None and math.isfinite(found.bound_usd):
        sums = abs(found.bound_usd) + float(np.abs(least).sum())
        search.prove(found.bound_usd + float(least.sum()) - 1e-9 * sums)


def _without(scenario: Scenario, rows: Ints) -> Scenario | None:
    """The scenario without some of its jobs; None where it names them elsewhere."""
    jobs, options = scenario.jobs, scenario.options
    kept = np.ones(len(jobs), dtype=bool)
    kept[rows] = False
    gone = {str(name) for name in jobs["job"][rows]}
    own = np.array([str(name) not in gone for name in options["job"]], dtype=bool)
    tables = {
        "jobs": Table(jobs.record, {name: column[kept] for name, column in jobs.columns.items()}),
        "options": Table(options.record, {name: column[own] for name, column in options.columns.items()}),
    }
    try:
        return with_tables(scenario, tables, {}, fresh=False)
    except ScenarioError:
        return None


def _alone(search: _Search) -> dict[int, tuple[float, ...]]:
    """Pieces of jobs that find no place as one run, as if they were alone."""
    pausing = search.pausing
    whole = compile_scenario(search.scenario, every_row=True)
    work = whole.problem.work
    starts = np.diff(work.option_spans[work.job_options])
    wanted = starts[np.searchsorted(whole.legend.job, search.may)] == 0
    best = pausing.cheapest(pausing.problem.meter_usd, prove=False, wanted=wanted, over=lambda: search.over)
    shares = {}
    for j in np.flatnonzero(best.found.pieces > 0).tolist():
        way = pausing.way(int(best.option[j]), best.found, j, best.part[j])
        if way is not None and len(way.shares) > 1:
            shares[int(search.may[j])] = way.shares
    return shares


def _prices(search: _Search, compiled: Compiled) -> Floats:
    """Prices of rows, and what they prove with all pieces."""
    assert search.result is not None
    until = time.monotonic() + PRICE_SHARE * search.left_s
    bounded = math.isfinite(search.until)

    def over() -> bool:
        return search.over or (bounded and time.monotonic() > until)

    price = ascend(compiled.problem, None, EVALUATIONS, over, supply=search.pausing.supply).price
    until = time.monotonic() + PRICE_SHARE * search.left_s
    price, usd = climb(search.pausing, price, search.result.cost_usd, CLIMBS, over)
    search.prove(usd)
    return price


def _at_prices(search: _Search, compiled: Compiled, price: Floats) -> dict[int, Way]:
    """The cheapest pieces of each job at prices of rows, of those that are not tied to others."""
    pausing = search.pausing
    prices = meter_prices(pausing.problem, pausing.legal(price))
    best = pausing.cheapest(prices, prove=False, wanted=~search.tied, over=lambda: search.over)
    ways = {}
    for j in np.flatnonzero((best.found.pieces > 0) & (best.usd < pausing.away)).tolist():
        way = pausing.way(int(best.option[j]), best.found, j, best.part[j])
        if way is not None:
            ways[int(search.may[j])] = way
    return ways


def _beside(search: _Search, compiled: Compiled, price: Floats, number: int) -> dict[int, Way]:
    """Pieces that are cheaper beside all others; of jobs that are not tied to others, one unit each."""
    assert search.result is not None
    assert search.result.plan is not None
    pausing = search.pausing
    free = np.flatnonzero(~search.tied & (np.diff(pausing.first) > 0) & (pausing.count == 1))
    until = time.monotonic() + MOVE_SHARE * search.left_s

    def over() -> bool:
        return search.over or time.monotonic() > until

    guide = GUIDES[(number - 1) % len(GUIDES)]
    pieces = Pieces(pausing, compiled, placements_of(search.result.plan, compiled), price, guide, free)
    pieces.one_by_one(over)
    pieces.some(search.seed + number, MOVES, over)
    return pieces.ways()


def _with_ways(search: _Search, plan: Plan, ways: dict[int, Way]) -> Plan:
    """A plan to begin with: jobs on other pieces, all else as it is."""
    import pandas as pd

    pausing, names = search.pausing, search.scenario.jobs["job"]
    at = {int(row): j for j, row in enumerate(search.may)}
    lines = plan.placements
    rows: list[dict[str, Any]] = []
    for row, way in ways.items():
        j = at[row]
        label = pausing.option_name(int(pausing.first[j]) + way.option)
        for segment, first in enumerate(way.first):
            rows.append(
                {
                    "job": str(names[row]),
                    "kind": "run",
                    "segment": segment + 1,
                    "part": 1,
                    "option": label,
                    "start_grain": first * pausing.problem.work.grains,
                    "count": int(pausing.count[j]),
                }
            )
    kept = lines[~lines["job"].isin([str(names[row]) for row in ways])]
    columns = list(TABLES["placements"])
    added = pd.DataFrame(rows).reindex(columns=columns)
    joined = pd.concat([kept[columns].astype(object), added.astype(object)], ignore_index=True)
    return Plan(plan.scenario, plan.digest, {**plan.tables, "placements": joined})


def _result(search: _Search, time_limit_s: float) -> Result:
    """The best plan as one of the scenario as it was given, with what was proven."""
    found = search.result
    assert found is not None
    if found.plan is None or search.settled is None:
        status = Status.NO_PLAN
        return replace(
            found, status=status, message=MEANING[status], bound_usd=search.bound_usd, bound_source="pauses",
            constant_usd=search.constant_usd, runtime_s=time.monotonic() - search.began, unplaced=(),
            history=tuple(search.history),
        )  # fmt: skip
    check_bound(search.bound_usd, found.cost_usd)
    plan = Plan(found.plan.scenario, fingerprint(search.scenario), found.plan.tables)
    verify(search.scenario, plan).raise_for_errors()
    bound = min(search.bound_usd, found.cost_usd)
    proven = gap_of(found.cost_usd, bound, search.constant_usd)
    status, message = Status.WORK, MESSAGE
    if proven <= OPTIMAL_GAP:
        status, message = Status.OPTIMAL, MEANING[Status.OPTIMAL]
    elif proven <= search.gap:
        status, message = Status.GAP, MEANING[Status.GAP]
    elif search.stop is not None and search.stop.is_set():
        status, message = Status.STOPPED, MEANING[Status.STOPPED]
    elif search.left_s <= 0 and math.isfinite(time_limit_s):
        status, message = Status.TIME, MEANING[Status.TIME]
    return replace(
        found, plan=plan, status=status, message=message, bound_usd=bound, bound_source="pauses",
        constant_usd=search.constant_usd, runtime_s=time.monotonic() - search.began, history=tuple(search.history),
    )  # fmt: skip
