"""What a scenario demands by limits without a penalty: each side of one is a demand."""

from __future__ import annotations

from placement.conflicts.demand import Demand, Dial
from placement.conflicts.plenty import Plenty
from placement.schema import JobFilter, Limit, Scenario


def of_limits(scenario: Scenario, most: Plenty) -> list[Demand]:
    """Sides of limits that have no penalty."""
    found = []
    for k, limit in enumerate(scenario.limits):
        if limit.penalty_usd is not None:
            continue
        for key, words in (("max", "at most"), ("min", "at least")):
            value = getattr(limit, key)
            if value is not None:
                path, steps = f"limits.{limit.name}.{key}", ("limits", k, key)
                said = f"limit '{limit.name}': {limit.of} {words} {most.size(value)} per {limit.per}{_over(limit)}"
                dial = Dial(path, steps, value, up=key == "max")
                found.append(Demand(f"limit {key}", path, said, ((steps, None),), (dial,)))
    return found


def _over(limit: Limit) -> str:
    """What a limit counts, in words."""
    over, parts = limit.over, []
    for key in ("clusters", "pools"):
        if getattr(over, key) is not None:
            parts.append(f"{key} {', '.join(getattr(over, key))}")
    if over.jobs is not None:
        parts.append(f"jobs of {_filter(over.jobs)}")
    return f" over {' and '.join(parts)}" if parts else ""


def _filter(jobs: JobFilter) -> str:
    parts = [f"{key} {getattr(jobs, key)}" for key in ("team", "priority") if getattr(jobs, key) is not None]
    return ", ".join([*parts, *(f"tag {tag}" for tag in jobs.tags)]) or "any kind"
