"""What a plan that was made anew changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from placement.replanning.rows import Row
from placement.timegrid import TimeGrid

if TYPE_CHECKING:
    from placement.plan import Plan

WORDS = {
    "ended": ("unit had ended", "units had ended"),
    "stays": ("unit runs on where it is", "units run on where they are"),
    "paused": ("unit goes on later where it was", "units go on later where they were"),
    "moved": ("unit goes on elsewhere", "units go on elsewhere"),
    "kept": ("unit waits for its place and time as planned", "units wait for their place and time as planned"),
    "shifted": ("unit runs at another time", "units run at another time"),
    "elsewhere": ("unit runs on other accelerators", "units run on other accelerators"),
    "dropped": ("unit loses its place", "units lose their place"),
    "admitted": ("unit gets a place that it did not have", "units get a place that they did not have"),
    "new": ("unit is new and gets a place", "units are new and get a place"),
    "without": ("unit gets no place, as before or as a new one", "units get no place, as before or as new ones"),
}
"""Fates of units, and what is said of one and of several."""


@dataclass(frozen=True)
class Churn:
    """Units by what becomes of them."""

    units: dict[str, int]
    """By fate, as in WORDS; fates of none are left out."""
    dropped: tuple[str, ...] = ()
    """Jobs of which units lose their place."""

    @property
    def changed(self) -> int:
        """Units that were planned, and do something else now."""
        return sum(self.units.get(fate, 0) for fate in ("paused", "moved", "shifted", "elsewhere", "dropped"))

    @property
    def planned(self) -> int:
        """Units that ran or waited for a place of the plan."""
        return self.changed + sum(self.units.get(fate, 0) for fate in ("stays", "kept"))


def churn(rows: Sequence[Row], plan: Plan, grid: TimeGrid) -> Churn:
    """What becomes of the units of rows in the plan that was made anew."""
    runs = plan.placements[(plan.placements["kind"] == "run") & (plan.placements["part"] == 1)]
    runs = runs[runs["segment"] == 1]
    placed: dict[str, list[tuple[str, str, int, int]]] = {}
    columns = [runs[name].tolist() for name in ("job", "cluster", "pool", "start_grain", "count")]
    for job, cluster, pool, grain, count in zip(*columns, strict=True):
        placed.setdefault(job, []).append((cluster, pool, grain // grid.grains, count))
    found: Counter[str] = Counter()
    dropped: list[str] = []
    for row in rows:
        if row.goes_on:
            continue
        there = placed.get(row.name, [])
        missing = row.count - sum(count for *_, count in there)
        for cluster, pool, slot, count in there:
            found[_fate(row, cluster, pool, slot)] += count
        if missing > 0:
            found["dropped" if row.planned is not None else "without"] += missing
            dropped += [row.name] if row.planned is not None else []
    return Churn({fate: found[fate] for fate in WORDS if found[fate]}, tuple(dropped))


def _fate(row: Row, cluster: str, pool: str, slot: int) -> str:
    if row.kind == "history":
        return "ended"
    if row.kind == "new":
        return "new"
    if row.planned is None:
        return "admitted"
    same, at = row.planned[:2] == (cluster, pool), row.planned[2] == slot
    if row.kind == "running" and not (row.paused and same):
        return ("stays" if at else "paused") if same else "moved"
    return ("kept" if at else "shifted") if same else "elsewhere"
