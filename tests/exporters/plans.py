"""Plans that tests export, and what of them has to come back."""

from pathlib import Path
from typing import Any, NamedTuple

import in_process
import pandas as pd
import pytest

import placement
from placement.exporters.schedule import Schedule, schedule
from placement.folder import Stored
from placement.verifier import verify


class Told(NamedTuple):
    """A run: what every format has to keep."""

    job: str
    count: int
    start: pd.Timestamp
    clusters: frozenset[str]
    """On which it is planned."""
    running: bool


def solved(scenario: placement.Scenario, folder: Path, **more: Any) -> Stored | None:
    """A plan of a scenario, written and read again; None if there is none."""
    with pytest.MonkeyPatch.context() as patch:
        in_process.use(patch)
        result = placement.solve(scenario, **{"gap": 0.05, "work_limit": 5, **more})
    return None if result.plan is None else placement.read_plan(placement.write_plan(folder, scenario, result))


def scheduled(stored: Stored) -> Schedule:
    """What exporters get."""
    return schedule(stored, verify(stored.scenario, stored.plan, read=True))


def runs_of(stored: Stored) -> list[Told]:
    """The runs of a plan's own table, sorted; a running job begins when it did."""
    jobs = stored.scenario.jobs
    rows = {job: row for row, job in enumerate(jobs["job"])}
    frame = stored.plan.placements
    found = []
    for (job, _, _), part in frame[frame["kind"] == "run"].groupby(["job", "group", "segment"]):
        running = jobs["state"][rows[job]] == "running"
        since = pd.Timestamp(jobs["started"][rows[job]], tz="UTC") if running else pd.NaT
        start = part["start"].iloc[0] if since is pd.NaT else since
        found.append(Told(job, int(part["count"].iloc[0]), start, frozenset(part["cluster"]), running))
    return sorted(found)


def away_of(stored: Stored) -> list[tuple[str, int, str, str]]:
    """Job, units, what became of them and why, sorted."""
    found = []
    for row in stored.plan.jobs.to_dict("records"):
        for outcome in ("deferred", "rejected"):
            if row[outcome]:
                found.append((row["job"], row[outcome], outcome, row["reason"]))
    return sorted(found)
