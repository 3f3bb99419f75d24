"""Replanning in a world: each hour, or each `step` hours and whenever a run outlasts its plan or a site fails.

Each plan looks `window` hours ahead; what it leaves past its end is priced as tails and deferrals of the scenario, at
`World.later_usd`, and is planned again as the window moves on. What has ended, or has been done of what goes
on, is left out of the next scenario (`archived`): the account is kept by `Truth`, and no limit of a world ties past and
future together.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from placement.benchmarks.rolling.truth import NEAR, Truth
from placement.benchmarks.rolling.world import Ints, World
from placement.errors import PlacementError
from placement.fingerprint import fingerprint
from placement.loader.change import with_tables
from placement.plan import Plan
from placement.replanning import Replanned, replan
from placement.replanning.begun import Happened
from placement.replanning.outages import Outage
from placement.result import Result
from placement.schema import Scenario, Table
from placement.solving import solve
from placement.timegrid import timegrid
from placement.verifier import verify


@dataclass
class Rolled:
    """What replanning did, and what it took."""

    truth: Truth
    seconds: list[float] = field(default_factory=list)
    """Of each plan."""
    churn: Counter[str] = field(default_factory=Counter)
    """Units by what became of them (`placement.replanning.churn.WORDS`), over all plans."""
    verified: int = 0
    """Plans that the verifier passed: all of them, or an error was raised."""
    first: Result | None = None
    """Of the first plan."""


@dataclass(frozen=True)
class Standing:
    """A scenario with its plan."""

    scenario: Scenario
    plan: Plan


def roll(
    world: World,
    *,
    window: int = 48,
    step: int = 1,
    change_usd: float = 0.0,
    moves: bool = True,
    tell: Any = lambda _: None,
    **limits: Any,
) -> Rolled:
    """Replan through a world.

    Parameters
    ----------
    world : World
    window : int
        Hours that each plan looks ahead.
    step : int
        Hours between plans, where nothing unforeseen happens.
    change_usd, moves
        As of `placement.replanning.replan`.
    tell : callable
        Called with the state after each plan.
    limits
        As of `placement.solve`: a work limit makes it repeatable.

    Returns
    -------
    Rolled

    Raises
    ------
    PlacementError
        If there is no plan, the verifier finds something in one, or a job is lost; or if the window ends before the
        next plan.
    """
    if not 1 <= step < window:
        raise PlacementError(f"step is {step} and window {window}. Give a step of 1 at least, and a longer window.")
    rolled = Rolled(Truth(world))
    truth, limits = rolled.truth, {"baseline": False, **limits}
    standing: Standing | None = None
    shown = 0
    while not truth.over and truth.slot < world.slots:
        slots = min(truth.slot + window, world.horizon)
        arrived = int(np.searchsorted(world.work.submitted, truth.slot + NEAR, side="right"))
        if standing is None and arrived == shown:  # nothing to plan
            truth.carry_out({})
            continue
        if standing is None or truth.slot % step == 0 or truth.fails() or truth.outlasts(_ends(world, standing)):
            began, new = time.perf_counter(), np.arange(shown, arrived)
            if standing is None:
                standing = _first(world, truth, new, slots, rolled, limits)
            else:
                table = _new(world, new)
                found = replan(
                    standing.scenario, standing.plan, world.moment(truth.slot), jobs=table,
                    happened=_happened(world, truth, standing), outages=_outages(world, truth.slot),
                    change_usd=change_usd, moves=moves, slots=slots, **limits,
                )  # fmt: skip
                _check(world, truth, found, arrived)
                rolled.churn.update(found.churn.units if found.churn else {})
                standing = archived(found) if arrived > len(truth.ended) else None
            rolled.seconds.append(time.perf_counter() - began)
            rolled.verified += 1
            shown = arrived
            tell(rolled)
        truth.carry_out({} if standing is None else _where(world, truth, standing))
    return rolled


def _first(world: World, truth: Truth, jobs: Ints, slots: int, rolled: Rolled, limits: Mapping[str, Any]) -> Standing:
    """The first plan, of the jobs that are there at the start."""
    still = world.known(truth.slot)
    speed = {c: (~still[c]).astype(float).tolist() for c in np.flatnonzero(still.any(axis=1)).tolist()}
    scenario = world.scenario(world.table(jobs, world.work.asked[jobs]), slots, speed)
    result = solve(scenario, **limits)
    rolled.first = rolled.first or result
    return Standing(scenario, _passed(scenario, result, world, truth.slot))


def _new(world: World, jobs: Ints) -> Mapping[str, Any] | None:
    """The table of jobs that are new."""
    return world.table(jobs, world.work.asked[jobs]) if len(jobs) else None


def _passed(scenario: Scenario, result: Result | None, world: World, slot: int) -> Plan:
    """The plan of a result, which the verifier passes at its cost."""
    if result is None or result.plan is None:
        message = "" if result is None else result.message
        raise PlacementError(f"there is no plan in slot {slot} of the world. {message}")
    verification = verify(scenario, result.plan)
    verification.raise_for_errors()
    if abs(verification.cost_usd - result.cost_usd) > 0.01 + 1e-9 * abs(result.cost_usd):
        raise PlacementError(
            f"the plan in slot {slot} costs {verification.cost_usd} $, and was said to cost {result.cost_usd} $."
        )
    return result.plan


def archived(found: Replanned) -> Standing:
    """The scenario and plan without history: rows of what has ended, or was done of what goes on.

    Only what runs, waits or is new is in them; the horizon stays as it is. Costs are those of the rest.
    """
    assert found.result is not None
    assert found.result.plan is not None
    stays = np.array([row.kind != "history" for row in found.rows], dtype=bool)
    past = {row.name for row in found.rows if row.kind == "history"}
    jobs, options = found.scenario.jobs, found.scenario.options
    kept = np.array([str(name) not in past for name in options["job"]], dtype=bool)
    scenario = with_tables(
        found.scenario, {"jobs": _rows(jobs, stays), "options": _rows(options, kept)}, {}, fresh=False
    )
    tables = {
        name: table[~table["job"].isin(list(past))] if name in ("placements", "jobs") else table
        for name, table in found.result.plan.tables.items()
    }
    return Standing(scenario, replace(found.result.plan, digest=fingerprint(scenario), tables=tables))


def _rows(table: Table, which: Any) -> Table:
    return Table(table.record, {name: column[which] for name, column in table.columns.items()})


def _runs(standing: Standing, world: World) -> list[tuple[int, int, float, float]]:
    """Job, site, begin and end, hours, of what is placed."""
    lines = standing.plan.placements
    lines = lines[lines["kind"] == "run"]
    grid = timegrid(standing.scenario.horizon)
    begin = grid.position_hours(lines["start_grain"].to_numpy())
    end = grid.position_hours(lines["end_grain"].to_numpy()) + lines["tail_hours"].to_numpy()
    jobs = [world.index[str(name)] for name in lines["job"]]
    sites = [world.site_index[str(name)] for name in lines["cluster"]]
    return list(zip(jobs, sites, begin.tolist(), end.tolist(), strict=True))


def _ends(world: World, standing: Standing) -> dict[int, float]:
    """When jobs end by the plan, hours."""
    return {job: end for job, _, _, end in _runs(standing, world)}


def _where(world: World, truth: Truth, standing: Standing) -> dict[int, int]:
    """Sites of the jobs that run in the slot that begins now."""
    return {
        job: site
        for job, site, begin, _ in _runs(standing, world)
        if begin <= truth.slot + NEAR and job not in truth.ended
    }


def _happened(world: World, truth: Truth, standing: Standing) -> dict[str, Happened]:
    """What became of the jobs that the plan has begun, hour by hour as it truly was."""
    found = {}
    for job, _, begin, _ in _runs(standing, world):
        if begin > truth.slot - NEAR:
            continue
        if job in truth.ended:
            found[world.name(job)] = Happened(ended=truth.ended[job])
        else:
            found[world.name(job)] = Happened(left=truth.left(job) + truth.owed.get(job, 0.0))
    return found


def _outages(world: World, slot: int) -> list[Outage]:
    """Failures that begin now, and are known from now on, with their ends."""
    return [
        Outage(world.sites[each.site].name, world.moment(each.begin), world.moment(each.end))
        for each in world.failures
        if each.begin == slot
    ]


def _check(world: World, truth: Truth, found: Replanned, arrived: int) -> None:
    """Raise where a plan is not sound, or a job is lost: all that have not ended are there, all that run go on.

    What runs goes on where it is, later, or elsewhere; where its site has failed it may wait unplaced. What has begun
    is put off past the window at most, and not turned away.
    """
    plan = _passed(found.scenario, found.result, world, truth.slot)
    alive = Counter(row.name for row in found.rows if row.kind != "history")
    wanted = Counter(world.name(job) for job in range(arrived) if job not in truth.ended)
    if alive != wanted:
        name = min((wanted - alive) + (alive - wanted))
        raise PlacementError(f"job {name} is lost, or there twice, in slot {truth.slot}.")
    for name in plan.jobs["job"][plan.jobs["rejected"] > 0]:
        if world.index.get(str(name)) in truth.done:
            raise PlacementError(f"job {name} had begun before slot {truth.slot}, and is turned away.")
    placed = set(plan.placements["job"][plan.placements["kind"] == "run"])
    for job, piece in truth.running.items():
        if world.name(job) not in placed and not world.stands[piece.site, truth.slot]:
            raise PlacementError(f"job {world.name(job)} ran before slot {truth.slot}, and has no place any more.")
