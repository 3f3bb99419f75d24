"""What comes after what: segments of a job, and jobs after jobs (docs/model.md §5)."""

import numpy as np

from placement.verifier.assignment import Fates
from placement.verifier.findings import Findings
from placement.verifier.schedule import Schedule
from placement.verifier.spans import HOUR_TOLERANCE, Bools, Ints, Reals


def check(schedule: Schedule, fates: Fates, placed: Ints, findings: Findings) -> None:
    """Segments run one after another; jobs wait for all units of those in `after`."""
    _check_segments(schedule, findings)
    _check_after(schedule, fates, placed, findings)


def _check_segments(schedule: Schedule, findings: Findings) -> None:
    """Each segment starts no earlier than the one before it ends."""
    runs, grains = schedule.runs, schedule.fleet.grid.grains
    same = runs.group[1:] == runs.group[:-1]
    for run in np.flatnonzero(same & (runs.start[1:] * grains < runs.ends.end[:-1])) + 1:
        begin, end = runs.start[run] * grains, runs.ends.end[run - 1]
        text = f"starts at grain {begin}; the segment before it ends at {end}."
        findings.add("segments", schedule.run_name(run), text)


def _check_after(schedule: Schedule, fates: Fates, placed: Ints, findings: Findings) -> None:
    jobs, grid = schedule.ways.jobs, schedule.fleet.grid
    count = len(jobs)
    ends = np.full(count, -np.inf)
    np.maximum.at(ends, schedule.jobs, schedule.end_hours)
    tails = np.zeros(count, dtype=bool)
    np.logical_or.at(tails, schedule.jobs, schedule.runs.ends.left > 0)
    starts = np.full(count, np.inf)
    np.minimum.at(starts, schedule.jobs, grid.edges[schedule.runs.start])
    index = {name: row for row, name in enumerate(jobs["job"])}
    for job in np.flatnonzero([bool(names) for names in jobs["after"]]):
        where = f"job '{jobs['job'][job]}'"
        for name in jobs["after"][job]:
            before = index[name]
            if placed[job]:
                why = _placed_too_soon(before, fates, tails, ends, starts[job] - jobs["after_lag_hours"][job])
                if why is not None:
                    findings.add("after", where, f"is placed, but job '{name}' {why}.")
            if fates.deferred[job] and fates.rejected[before]:
                findings.add("after", where, f"is deferred, but job '{name}' is rejected, so it must be too.")


def _placed_too_soon(before: int, fates: Fates, tails: Bools, ends: Reals, latest: float) -> str | None:
    """What keeps a job that has to wait until `latest` hours from being placed, or None."""
    if fates.rejected[before]:
        return f"has {fates.rejected[before]} units rejected"
    if fates.deferred[before]:
        return f"has {fates.deferred[before]} units deferred"
    if tails[before]:
        return "runs on past the horizon"
    if ends[before] > latest + HOUR_TOLERANCE:
        return f"ends at {ends[before]:.4f} h and it may end at {latest:.4f} h at the latest"
    return None
