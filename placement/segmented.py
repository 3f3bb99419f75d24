"""Jobs that may be paused, and the segments in which a plan runs them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.errors import PlacementError
from placement.fingerprint import fingerprint
from placement.kernels.work import Ints
from placement.loader.change import with_tables
from placement.plan import Plan
from placement.problem import Bools
from placement.schema import Scenario, Table

TINY = 1e-6
"""Share of a job's work that fits wherever any of it does."""


def may_pause(scenario: Scenario) -> Bools:
    """(jobs,) whether it is still to be decided in which segments a job runs."""
    return np.asarray((scenario.jobs["pauses"] > 0) & (scenario.jobs["segments"] == 1))


def check_decided(scenario: Scenario, what: str) -> None:
    """Raise PlacementError if it is still to be decided where a job is paused, and `what` cannot do that."""
    may = np.flatnonzero(may_pause(scenario))
    if len(may):
        raise PlacementError(
            f"job '{scenario.jobs['job'][may[0]]}' may be paused, and {what} does not decide where. Leave out "
            "`pauses`, or say with `segments` in how many pieces it runs."
        )


def unpaused(scenario: Scenario) -> Scenario:
    """The scenario in which jobs that may be paused are not."""
    may = may_pause(scenario)
    return _with_columns(scenario, pauses=np.where(may, 0, scenario.jobs["pauses"])) if may.any() else scenario


def in_segments(scenario: Scenario, shares: Mapping[int, tuple[float, ...]]) -> Scenario:
    """The scenario with jobs in the segments given: row of the job, shares of its work."""
    if not shares:
        return scenario
    segments, told = scenario.jobs["segments"].copy(), scenario.jobs["segment_shares"].copy()
    for row, each in shares.items():
        segments[row], told[row] = len(each), each if len(each) > 1 else ()
    return _with_columns(scenario, segments=segments, segment_shares=told)


def _with_columns(scenario: Scenario, **columns: NDArray[Any]) -> Scenario:
    jobs = scenario.jobs
    made = Table(jobs.record, dict(jobs.columns) | columns, jobs.origins)
    return with_tables(scenario, {"jobs": made}, {}, fresh=False)


def shares_of(scenario: Scenario, plan: Plan) -> dict[int, tuple[float, ...]]:
    """Shares of the work of jobs that may be paused, and are: those of their first groups."""
    some = np.flatnonzero(may_pause(scenario))
    lines = plan.placements
    wanted = set(scenario.jobs["job"][some].tolist())
    lines = lines[(lines["kind"] == "run") & (lines["part"] == 1) & (lines["group"] == 0) & lines["job"].isin(wanted)]
    rows = {str(scenario.jobs["job"][row]): int(row) for row in some}
    found: dict[int, list[float]] = {}
    for job, share in zip(lines["job"].tolist(), lines["work_share"].tolist(), strict=True):
        found.setdefault(rows[job], []).append(float(share))
    return {row: tuple(shares) for row, shares in found.items() if len(shares) > 1}


def as_planned(scenario: Scenario, plan: Plan) -> tuple[Scenario, Plan]:
    """A scenario in which pauses are decided as a plan has them, and the plan as one of that scenario.

    What the plan runs in one piece, or not at all, is not paused.
    """
    may = may_pause(scenario)
    if not may.any():
        return scenario, plan
    shares = shares_of(scenario, plan)
    whole = may.copy()
    whole[list(shares)] = False
    settled = in_segments(_with_columns(scenario, pauses=np.where(whole, 0, scenario.jobs["pauses"])), shares)
    return settled, Plan(plan.scenario, fingerprint(settled), plan.tables)


def probe_of(scenario: Scenario) -> tuple[Scenario, Ints]:
    """The scenario with each job that may be paused as a little work, much and a little again, and rows of such jobs.

    The little ones may begin where the job may, and where its last segment may be held: they tell it slot by slot.
    """
    may = may_pause(scenario)
    jobs, some = scenario.jobs, np.flatnonzero(may)
    free = _with_columns(
        scenario,
        pauses=np.where(may, np.maximum(jobs["pauses"], 2), jobs["pauses"]),
        resume_hours=np.where(may, 0.0, jobs["resume_hours"]),
    )
    return in_segments(free, {int(row): (TINY, 1.0 - 2 * TINY, TINY) for row in some}), some
