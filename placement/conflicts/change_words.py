"""A change of one demand, in words."""

from __future__ import annotations

from typing import Any

from placement.conflicts.demand import JOB, ORDER, Demand, Dial, amount
from placement.conflicts.later import Later, moment
from placement.schema.root import is_model


def change(dial: Dial, to: Any, r: float) -> str:
    """A change of a value, in words."""
    if isinstance(dial, Later):
        name = dial.path.removeprefix("jobs.").removesuffix(".deadline")
        before, after = (f"{moment(each).item():%Y-%m-%d %H:%M}" for each in (dial.value, to))
        return f"Set the deadline of job '{name}' {amount(dial.moved(to))} h later, from {before} to {after}."
    if dial.path.startswith("jobs."):
        away, name = int(dial.value) - int(to), dial.path.removeprefix("jobs.").removesuffix(".count")
        return f"Turn away {away:,} of {int(dial.value):,} units of job '{name}'."
    verb = "Raise" if dial.up else "Lower"
    if is_model(dial.value):
        return f"{verb} {dial.path} by {100 * r:.4g} % throughout."
    if isinstance(dial.value, tuple):
        return f"{verb} {dial.path} by {round(r):,} in each period."
    return f"{verb} {dial.path} from {amount(dial.value)} to {amount(to)}."


def instead(one: Demand, path: str, value: Any) -> str:
    """What may stand instead, in words."""
    if one.kind == JOB:
        return f"Let job '{path.removeprefix('jobs.')}' be turned away, or do not ask for it."
    if one.kind == ORDER:
        return f"Do not let it wait: {one.words} no more."
    return f"Leave out {path}." if value in (None, []) else f"Set {path} to {value}."
