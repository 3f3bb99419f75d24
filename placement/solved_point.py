"""A solved value as a point at a threshold: of a result, or of what a sweep keeps of one."""

from __future__ import annotations

import math
from typing import Any

from placement.flips import Point
from placement.folder import read_plan
from placement.measure import Measure
from placement.result import Result
from placement.schema import Scenario
from placement.swept import Sweep


def of_result(measured: Measure, value: float, scenario: Scenario, result: Result) -> Point:
    """What a solve says at a value."""
    if result.plan is None:
        return of_nothing(value, scenario, result.message, str(result.status), result.bound_usd)
    cost, bound = result.cost_usd, result.bound_usd
    metric, why = measured.of(scenario, result.plan, cost)
    return Point(
        value, metric, cost, bound, result.gap, measured.side(metric, bound), str(result.status), why,
        measured.above(metric), result.constant_usd, scenario, result.plan,
    )  # fmt: skip


def of_nothing(
    value: float, scenario: Scenario, why: str, status: str = "failed", bound_usd: float = -math.inf
) -> Point:
    """A value without a plan."""
    return Point(
        value, math.nan, math.nan, bound_usd, math.inf, "", status, why, None, math.nan, scenario, None
    )  # fmt: skip


def of_sweep(measured: Measure, value: float, sweep: Sweep, point: int) -> Point:
    """What a sweep keeps of a finished point.

    Raises
    ------
    PlanError
        If its plan is missing or was changed.
    """
    import pandas as pd

    row = pd.read_parquet(sweep.row_place(point)).iloc[0]
    if math.isnan(row.get("cost_usd", math.nan)):
        bound = _or(row.get("bound_usd"), -math.inf)
        return of_nothing(value, sweep.scenario, str(row["reason"]), str(row["status"]), bound)
    stored = read_plan(sweep.plan_place(point))
    told, scenario = stored.summary, stored.scenario
    cost, bound, gap = float(told["cost_usd"]), _or(told["bound_usd"], -math.inf), _or(told["gap"], math.inf)
    metric, why = measured.of(scenario, stored.plan, cost)
    return Point(
        value, metric, cost, bound, gap, measured.side(metric, bound), str(told["status"]), why,
        measured.above(metric), _or(told.get("constant_usd"), 0.0), scenario, stored.plan,
    )  # fmt: skip


def _or(value: Any, otherwise: float) -> float:
    """A number, or what it was where it was not finite and could not be kept."""
    return otherwise if value is None or math.isnan(value) else float(value)
