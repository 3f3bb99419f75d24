"""A plan made anew in the middle of its horizon.

The horizon stays as it is, so that all that ties past and future together counts the past too: limits over a period or
the whole horizon, shared data sets, contracts. With k the first slot that begins at or after the moment, the new
scenario has

- **history**: each run that began before slot k, as a job of its own that is held where and when it ran, up to its end
  or to slot k;
- **running**: what is left of it, as a job that stays (from slot k on, where it is), or goes on later or elsewhere
  after `restart_minutes` of the cluster and, elsewhere, the time and the price of moving `checkpoint_tb` and
  `dataset_tb` over the links; it must run, but where its cluster stands still. So may what the first plan had as
  running already, which is why the new plan may cost less than the first could;
- **waiting**: everything else, from slot k on, and what is new. `change_usd` for each unit that does not run where and
  when the plan had it, is turned away, or leaves where it runs, keeps the new plan calm.

These are ways of the option table with `earliest_start` and `latest_start`. What is decided beside runs (batteries,
flows, on and off) is worked out for the past as well, around what ran: where a battery or a contract ties past and
future, that may differ from what was done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from placement.compile import compile_scenario
from placement.errors import PlacementError, ScenarioError
from placement.fingerprint import fingerprint
from placement.loader.change import changed, with_tables
from placement.loader.problems import Problems
from placement.loader.rows import empty, from_table
from placement.loader.terms import of_new_jobs
from placement.loader.wording import did_you_mean
from placement.money import BOUNDARIES, QUOTE
from placement.plan import Plan
from placement.replanning.begun import LEAST_HOURS, Happened, Units, units_of
from placement.replanning.building import Builder
from placement.replanning.churn import Churn, churn
from placement.replanning.earlier import base_options
from placement.replanning.outages import Outage, check, in_utc, speeds, stalled
from placement.replanning.rows import Row, jobs_table, options_table
from placement.replanning.standing import standing
from placement.replanning.ways import with_ways
from placement.result import Result
from placement.schema import Scenario, Table
from placement.schema.jobs import Job
from placement.schema.table import joined
from placement.segmented import as_planned
from placement.solving import solve
from placement.timegrid import TimeGrid, timegrid

SHOWN = 5
"""Jobs that a note names."""


@dataclass(frozen=True)
class Replanned:
    """The scenario as it stands at the moment, its plan, and what changes."""

    scenario: Scenario
    rows: tuple[Row, ...]
    """Of its jobs."""
    slot: int
    """The first that is planned."""
    notes: tuple[str, ...]
    result: Result | None = None
    churn: Churn | None = None


def replan(
    scenario: Scenario,
    plan: Plan,
    at: datetime,
    *,
    jobs: Any = None,
    happened: Mapping[str, Happened] | None = None,
    outages: Sequence[Outage] = (),
    change_usd: float = 0.0,
    moves: bool = True,
    slots: int | None = None,
    **limits: Any,
) -> Replanned:
    """Make a plan anew from a moment on.

    Parameters
    ----------
    scenario : Scenario
    plan : Plan
        Of the scenario.
    at : datetime
        The moment, inside the horizon; the first slot that begins then or later is the first that is planned.
    jobs : table, optional
        Jobs that are new: a data frame, anything with `__arrow_c_stream__`, or a dict of arrays. They are asked for at
        the moment where they do not say when.
    happened : mapping, optional
        What became of jobs that were to have begun, by name, where it was otherwise than planned. Of one that lasted
        longer into a slot that it was to leave to another: say of that one that it has not begun.
    outages : sequence of Outage
        From the moment on; what of one lies before it changes nothing, and a note says so where runs were there.
    change_usd : float
        For each unit that runs elsewhere or at another time than planned, or is turned away, $. It counts as a quoted
        price, and as loss of what is turned away; not for what is put off past the horizon. What an earlier
        replanning changed is planned now, and its price is not counted again.
    moves : bool
        Whether what runs may go elsewhere; where its cluster stands still it may in any case.
    slots : int, optional
        Of the new horizon, which begins as before: more, to plan further.
    limits
        As of `placement.solve`.

    Returns
    -------
    Replanned
        With its result, in which costs are those of the whole horizon, and what changes.

    Raises
    ------
    PlacementError
        If the moment lies outside, or what is given does not fit the plan.
    ScenarioError
        If what is given makes no scenario.
    """
    made = replanned(
        scenario, plan, at, jobs=jobs, happened=happened, outages=outages, change_usd=change_usd, moves=moves,
        slots=slots,
    )  # fmt: skip
    return solved(made, **limits)


def solved(made: Replanned, **limits: Any) -> Replanned:
    """With its result; `limits` as of `placement.solve`."""
    result = solve(made.scenario, **limits)
    if result.plan is None:
        return replace(made, result=result)
    return replace(made, result=result, churn=churn(made.rows, result.plan, timegrid(made.scenario.horizon)))


def replanned(
    scenario: Scenario,
    plan: Plan,
    at: datetime,
    *,
    jobs: Any = None,
    happened: Mapping[str, Happened] | None = None,
    outages: Sequence[Outage] = (),
    change_usd: float = 0.0,
    moves: bool = True,
    slots: int | None = None,
    source: str = "new jobs",
) -> Replanned:
    """The scenario that `replan` solves; parameters as there. `source`: what errors call the table of new jobs."""
    if plan.digest != fingerprint(scenario):
        raise PlacementError(
            f"the plan is one of another scenario than {scenario.name}. Give the scenario that it was made for."
        )
    before = timegrid(scenario.horizon)
    check(scenario, outages)
    _check(scenario, change_usd, slots, before)
    there = scenario if slots is None else changed(scenario, {"horizon.slots": slots})
    grid = timegrid(there.horizon)
    k = _slot(grid, at)
    if k > before.slots:
        raise PlacementError(f"{at:%Y-%m-%dT%H:%MZ} is after the horizon of the plan. Give a moment inside it.")
    settled, decided = as_planned(scenario, plan)
    compiled = compile_scenario(settled)
    known = _checked(scenario, happened or {}, before, k)
    units = units_of(compiled, decided, k, known)
    _only_begun(scenario, known, units)
    past_held = standing(compiled, units, k)
    effects = speeds(there, grid, outages, k, past_held.since)
    more = _new(jobs, there, at, source)
    begun = {str(scenario.jobs["job"][each.job]) for each in units if each.begun}
    table, past = joined([there.jobs, more]), base_options(there, begun)
    options = past.options
    builder = Builder(there, grid, compiled, table, past, k, change_usd, moves, stalled(grid, outages, k))
    builder.add(units, past_held.more)
    values = {"campaigns": [], "policy.run_time": "expected", "uncertainty": None, **effects}
    with_ways(builder, there, options, values)
    rows = builder.rows
    values |= _terms(there, table, rows)
    made = with_tables(there, {"jobs": jobs_table(table, rows), "options": options_table(options, table, rows)}, values)
    return Replanned(made, tuple(rows), k, (*_notes(builder.late), *_taken_to_have_run(plan, grid, outages, k)))


def _terms(scenario: Scenario, table: Table, rows: Sequence[Row]) -> dict[str, Any]:
    """Terms whose rows name jobs, by what these have become."""
    names: dict[str, list[str]] = {}
    for row in rows:
        names.setdefault(str(table["job"][row.source]), []).append(row.name)
    return of_new_jobs(scenario, names)


def _notes(late: Sequence[str]) -> list[str]:
    """What is told besides."""
    if not late:
        return []
    more = f" and {len(late) - SHOWN} more" if len(late) > SHOWN else ""
    return [f"running and too late for the deadline, goes on without it: {', '.join(late[:SHOWN])}{more}."]


def _taken_to_have_run(plan: Plan, grid: TimeGrid, outages: Sequence[Outage], k: int) -> list[str]:
    """Outages that began before the moment, while the plan had runs there."""
    told, now = [], k * grid.grains
    runs = plan.placements[plan.placements["kind"] == "run"]
    for each in outages:
        begun = float(grid.hours_of(np.datetime64(in_utc(each.begin).replace(tzinfo=None), "us")))
        mine = runs[(runs["cluster"] == each.cluster) & (runs["start_grain"] < now)]
        some = int((grid.position_hours(mine["end_grain"].to_numpy()) > begun).sum()) if begun < grid.edges[k] else 0
        if some:
            told.append(
                f"the outage of {each.cluster} began before the moment. What the plan had there until then is taken to "
                f"have run on ({some} of its runs). Say with `happened` what became of it, or plan from the beginning "
                "of the outage."
            )
    return told


def _slot(grid: TimeGrid, at: datetime) -> int:
    hours = float(grid.hours_of(np.datetime64(in_utc(at).replace(tzinfo=None), "us")))
    k = int(grid.slot_from(hours))
    if hours < 0 or k >= grid.slots:
        end = grid.when(grid.hours)
        raise PlacementError(
            f"{at:%Y-%m-%dT%H:%MZ} leaves nothing to plan: the horizon is {grid.start:%Y-%m-%dT%H:%MZ} to "
            f"{end:%Y-%m-%dT%H:%MZ}. Give a moment before its last slot."
        )
    return k


def _check(scenario: Scenario, change_usd: float, slots: int | None, grid: TimeGrid) -> None:
    if not 0 <= change_usd < np.inf:
        raise PlacementError(f"change_usd is {change_usd}, but must be a number of dollars, at least 0.")
    if slots is not None and slots < grid.slots:
        raise PlacementError(f"slots is {slots}, but the horizon has {grid.slots} already. Give as many, or more.")
    if change_usd > 0 and QUOTE not in BOUNDARIES[scenario.policy.minimise]:
        raise PlacementError(
            f"change_usd counts for nothing where policy.minimise is {scenario.policy.minimise}. Leave it at 0, or "
            "minimise all_in."
        )
    if any(cluster.modules for cluster in scenario.clusters):
        raise PlacementError(
            f"scenario {scenario.name} decides what is built, which is not planned anew. Hold what is ordered as "
            "pools with dates, and leave the modules out."
        )


def _checked(scenario: Scenario, happened: Mapping[str, Happened], grid: TimeGrid, k: int) -> Mapping[str, Happened]:
    """What happened, complained of where it cannot have."""
    names = {str(name) for name in scenario.jobs["job"]}
    for name, said in happened.items():
        if name not in names:
            raise PlacementError(f"there is no job '{name}' that something happened to. {did_you_mean(name, names)}")
        if (said.ended is not None) + (said.left is not None) + (not said.begun) > 1:
            raise PlacementError(f"job '{name}' has ended, has hours left or has not begun. Say one of these.")
        if said.ended is not None and not said.ended <= grid.edges[k]:
            raise PlacementError(
                f"job '{name}' ends {said.ended:g} h after the horizon's start, which is after what is planned anew "
                f"begins ({grid.edges[k]:g} h). Leave it out, or give what is left of it."
            )
        if said.left is not None and not 0 < said.left < np.inf:
            raise PlacementError(f"job '{name}' has {said.left} h left. Give a number above 0, or when it ended.")
    return happened


def _only_begun(scenario: Scenario, happened: Mapping[str, Happened], units: Sequence[Units]) -> None:
    names = scenario.jobs["job"]
    begun = {str(names[each.job]) for each in units if each.begun or each.stood_back}
    for name, said in happened.items():
        if name not in begun:
            raise PlacementError(
                f"something happened to job '{name}', which the plan has not begun by then. Leave it out."
            )
        for each in units:
            if str(names[each.job]) != name or not each.begun:
                continue
            if said.ended is not None and each.done[-1].hours <= LEAST_HOURS:
                raise PlacementError(f"job '{name}' ended before it began in the plan. Correct when it ended.")


def _new(jobs: Any, scenario: Scenario, at: datetime, source: str) -> Table:
    """New jobs, checked as far as that goes alone."""
    problems = Problems()
    table = empty(Job) if jobs is None else from_table(Job, jobs, source, problems)
    if problems:
        raise ScenarioError(problems.in_order())
    known = {str(name) for name in scenario.jobs["job"]}
    for name in table["job"].tolist():
        if str(name) in known:
            raise PlacementError(
                f"the new job '{name}' is in the plan, or among the new ones, already. Give it another name."
            )
        known.add(str(name))
    now = np.datetime64(in_utc(at).replace(tzinfo=None), "us")
    submitted = np.where(np.isnat(table["submitted"]), now, table["submitted"])
    return replace(table, columns={**table.columns, "submitted": submitted})
