"""A scenario of which all but its work is wanted: in a file that has jobs of its own, or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from placement.loader.extend import extended, scenario_file
from placement.loader.load import assemble
from placement.schema import JobFilter, Scenario
from placement.tree import read

WORK = ("jobs", "options", "campaigns", "flows", "uncertainty")
"""Sections that are not read."""


def load_without_jobs(path: str | Path, variant: str | None = None) -> Scenario:
    """The scenario in a file, with one job that stands in for work to come, and for each that a limit names.

    Parameters
    ----------
    path : path
        The file, or the name of a shipped scenario. It need not have jobs; those that it has are not read.
    variant : str, optional
        One of the file's `variants`.

    Raises
    ------
    ScenarioError, VersionError
        As `placement.load`.
    """
    path = scenario_file(Path(path))
    tree = extended(read(path), path.parent, variant)
    jobs: list[dict[str, Any]] = [{}]
    if isinstance(tree.value, dict):
        jobs += _named(tree.value.get("limits"))
        tree = replace(tree, value={key: value for key, value in tree.value.items() if key not in WORK})
    columns = {
        "job": [f"stand-in-{number}" for number in range(len(jobs))],
        "hours": [1.0] * len(jobs),
        "accelerators": [1] * len(jobs),
        "team": [job.get("team") for job in jobs],
        "priority": [job.get("priority") for job in jobs],
        "tags": [";".join(job.get("tags") or []) or None for job in jobs],
    }
    return assemble(tree, {"jobs": columns}, path.parent)


def _named(limits: Any) -> Iterator[dict[str, Any]]:
    """What limits choose jobs by: teams, priorities, tags."""
    for limit in limits if isinstance(limits, list) else ():
        over = limit.get("over") if isinstance(limit, Mapping) else None
        wanted = over.get("jobs") if isinstance(over, Mapping) else None
        if not isinstance(wanted, Mapping):
            continue
        texts = {key: value for key, value in wanted.items() if key in ("team", "priority") and isinstance(value, str)}
        tags = wanted.get("tags")
        yield {**texts, "tags": [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []}


def limits_that_choose(scenario: Scenario, teams: set[str], tags: set[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """Limits of a scenario in file form without those over jobs that there are none of, and these in words."""
    kept: list[dict[str, Any]] = []
    gone: list[str] = []
    for limit, form in zip(scenario.limits, scenario.document().get("limits", []), strict=True):
        wanted = limit.over.jobs
        if wanted is not None and (
            wanted.priority is not None
            or (wanted.team is not None and wanted.team not in teams)
            or not set(wanted.tags) <= tags
        ):
            gone.append(f"{limit.name} ({_chosen(wanted)})")
        else:
            kept.append(form)
    return kept, gone


def _chosen(wanted: JobFilter) -> str:
    """What a limit chooses jobs by."""
    keys = {"team": wanted.team, "priority": wanted.priority, "tags": ", ".join(wanted.tags)}
    return ", ".join(f"{key} {value}" for key, value in keys.items() if value)
