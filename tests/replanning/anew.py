"""A plan, the plan that is made anew from it, and what runs where and when in it."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import build
import numpy as np

import placement
from placement.plan import Plan
from placement.replanning import Replanned, replan
from placement.schema import Scenario
from placement.timegrid import timegrid
from placement.verifier import verify

EXACT: dict[str, Any] = {"gap": 1e-9, "baseline": False}


@dataclass(frozen=True)
class Planned:
    """A scenario with its plan."""

    scenario: Scenario
    plan: Plan
    cost: float


def planned(*args: Any, **more: Any) -> Planned:
    """The scenario of `build.document` and the cheapest plan."""
    scenario = build.scenario(*args, **more)
    result = placement.solve(scenario, **EXACT)
    assert result.plan is not None, result.message
    return Planned(scenario, result.plan, result.cost_usd)


def moment(hours: float) -> datetime:
    """So many hours after the start of scenarios of `build`."""
    return datetime.fromisoformat(build.START).astimezone(UTC) + timedelta(hours=hours)


def stamp(hours: float) -> str:
    """The same as text, for documents."""
    return moment(hours).strftime("%Y-%m-%dT%H:%M:%SZ")


def anew(before: Planned, hours: float, **more: Any) -> Replanned:
    """The cheapest plan from a moment on; one that the verifier passes, at the cost that it tells."""
    found = replan(before.scenario, before.plan, moment(hours), **EXACT, **more)
    sound(found)
    return found


def sound(found: Replanned) -> None:
    """Raise where there is no plan, or the verifier finds something in it."""
    assert found.result is not None
    assert found.result.plan is not None, found.result.message
    verification = verify(found.scenario, found.result.plan)
    verification.raise_for_errors()
    assert abs(verification.cost_usd - found.result.cost_usd) <= 0.01 + 1e-9 * abs(verification.cost_usd)


def cost(found: Replanned) -> float:
    """Of the whole horizon."""
    assert found.result is not None
    return found.result.cost_usd


def fates(found: Replanned) -> dict[str, int]:
    """Units by what becomes of them."""
    assert found.churn is not None
    return dict(found.churn.units)


def then(found: Replanned) -> Planned:
    """The new scenario and plan, as what the next one is made from."""
    assert found.result is not None
    assert found.result.plan is not None
    return Planned(found.scenario, found.result.plan, found.result.cost_usd)


def origins(before: Planned, found: Replanned, new: tuple[str, ...] = ()) -> dict[str, str]:
    """By name of a job of the new scenario: the job that it is made of."""
    names = [*map(str, before.scenario.jobs["job"]), *new]
    assert [row.name for row in found.rows] == [str(name) for name in found.scenario.jobs["job"]]
    return {row.name: names[row.source] for row in found.rows}


def runs(before: Planned, found: Replanned, *new: str) -> dict[str, list[tuple[str, str, float, float]]]:
    """By kind of row: job, cluster, start and end in hours, one for each unit, segment and part."""
    of, kinds = origins(before, found, new), {row.name: row.kind for row in found.rows}
    grid = timegrid(found.scenario.horizon)
    result: dict[str, list[tuple[str, str, float, float]]] = {}
    lines = then(found).plan.placements
    for line in lines[lines["kind"] == "run"].to_dict("records"):
        start, end = (_hours(grid.edges, grid.grains, line[name]) for name in ("start_grain", "end_grain"))
        entry = (of[line["job"]], str(line["cluster"]), start, end)
        result.setdefault(kinds[line["job"]], []).extend([entry] * line["count"])
    return {kind: sorted(found) for kind, found in sorted(result.items())}


def _hours(edges: Any, grains: int, position: int) -> float:
    slot, part = divmod(int(position), grains)
    if part == 0:
        return float(edges[slot])
    return float(edges[slot] + part / grains * (edges[slot + 1] - edges[slot]))


def rounded_up(hours: float) -> float:
    """An end in slots of an hour: to whole grains of 1/256 h."""
    return float(np.ceil(hours * 256 - 1e-6) / 256)


def lines_of(plan: Plan, names: dict[str, str] | None = None) -> Counter[tuple[str, str, str, int, int, int]]:
    """Units by job, cluster, pool, accelerators, first and last grain of their runs."""
    lines = plan.placements
    found: Counter[tuple[str, str, str, int, int, int]] = Counter()
    for line in lines[lines["kind"] == "run"].to_dict("records"):
        job = str(line["job"]) if names is None else names[str(line["job"])]
        where = (str(line["cluster"]), str(line["pool"]), int(line["accelerators"]))
        found[(job, *where, int(line["start_grain"]), int(line["end_grain"]))] += int(line["count"])
    return found
