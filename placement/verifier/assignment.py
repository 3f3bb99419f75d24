"""What becomes of each unit of each job: placed, deferred or rejected (docs/model.md §5)."""

from dataclasses import dataclass

import numpy as np

from placement.verifier.findings import Findings
from placement.verifier.spans import HOUR_TOLERANCE, Bools, Ints
from placement.verifier.tables import Rows
from placement.verifier.ways import Ways


@dataclass(frozen=True)
class Fates:
    """Units of each job, shape (jobs,)."""

    deferred: Ints
    rejected: Ints


def read(rows: Rows, ways: Ways, placed: Ints, findings: Findings) -> Fates:
    """Units of each job by the job table, checked against its count and `placed`, those that have runs."""
    jobs = ways.jobs
    index = {name: row for row, name in enumerate(jobs["job"])}
    told = np.zeros(len(jobs), dtype=np.int64)
    counts = {name: np.zeros(len(jobs), dtype=np.int64) for name in ("count", "placed", "deferred", "rejected")}
    job = np.array([index.get(name, -1) for name in rows["job"]], dtype=np.int64)
    for row in np.flatnonzero(job < 0):
        findings.add("table", f"jobs, job '{rows['job'][row]}'", "there is no such job.")
    known = job >= 0
    np.add.at(told, job[known], 1)
    for column, values in counts.items():
        np.add.at(values, job[known], rows[column][known])
    for number in np.flatnonzero(told != 1):
        where = f"job '{jobs['job'][number]}'"
        findings.add("assignment", where, f"stands {told[number]} times in the job table and must stand once.")
    _check_sums(ways, counts, told == 1, placed, findings)
    fates = Fates(counts["deferred"], counts["rejected"])
    _check_rejected(ways, fates, findings)
    _check_deferred(ways, fates, findings)
    return fates


def _check_sums(ways: Ways, counts: dict[str, Ints], told: Bools, placed: Ints, findings: Findings) -> None:
    """placed + deferred + rejected = count, and what is said to be placed has runs."""
    jobs = ways.jobs
    total = counts["placed"] + counts["deferred"] + counts["rejected"]
    for number in np.flatnonzero(told & ((total != jobs["count"]) | (counts["count"] != jobs["count"]))):
        parts = " + ".join(f"{counts[name][number]} {name}" for name in ("placed", "deferred", "rejected"))
        text = f"{parts} of {counts['count'][number]} claimed; the job has {jobs['count'][number]}."
        findings.add("assignment", f"job '{jobs['job'][number]}'", text)
    for number in np.flatnonzero(told & (counts["placed"] != placed)):
        text = f"{counts['placed'][number]} units are said to be placed and {placed[number]} have runs."
        findings.add("assignment", f"job '{jobs['job'][number]}'", text)


def _check_rejected(ways: Ways, fates: Fates, findings: Findings) -> None:
    """Not a job that must run or is running."""
    for number in np.flatnonzero((fates.rejected > 0) & (ways.jobs["must_run"] | ways.running)):
        why = "must run" if ways.jobs["must_run"][number] else "is running"
        text = f"{fates.rejected[number]} units are rejected, and it {why}."
        findings.add("reject", f"job '{ways.jobs['job'][number]}'", text)


def _check_deferred(ways: Ways, fates: Fates, findings: Findings) -> None:
    """Only if `policy.defer`, and not if it must run, is running, has a pinned start or a nearer deadline."""
    jobs, grid = ways.jobs, ways.fleet.grid
    deadline = grid.hours_of(jobs["deadline"])
    for number in np.flatnonzero(fates.deferred > 0):
        done = grid.hours + ways.hours[number]
        if not ways.fleet.scenario.policy.defer:
            why = "policy.defer is false"
        elif jobs["must_run"][number]:
            why = "it must run"
        elif ways.running[number]:
            why = "it is running"
        elif not np.isnat(jobs["pin_start"][number]):
            why = "its start is pinned"
        elif deadline[number] < done - HOUR_TOLERANCE:
            why = f"its deadline is {deadline[number]:.3f} h, and after the horizon it ends at {done:.3f} h"
        else:
            continue
        text = f"{fates.deferred[number]} units are deferred, and {why}."
        findings.add("defer", f"job '{jobs['job'][number]}'", text)
