"""A figure of a plan against a threshold: orbital share of a year, parity, or total cost."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from placement.errors import PlacementError
from placement.money import BOUNDARIES
from placement.over_years import decade
from placement.plan import Plan, table
from placement.schema import Boundary, Scenario
from placement.timegrid import timegrid
from placement.verifier import verify

Metric = Literal["orbital_share", "parity", "total_cost"]
Side = Literal["above", "below", "undecided", ""]

METRICS: tuple[Metric, ...] = get_args(Metric)

THRESHOLDS: dict[Metric, float] = {"orbital_share": 0.05, "parity": 1.0}
"""Where none is given: a meaningful share, and equal cost."""

CLAIMS = ("scenario", "cost")
"""Rules that a plan of another version of the scenario breaks by what it claims, not by what it does."""


@dataclass(frozen=True)
class Measure:
    """What is measured and compared; made by `measure`."""

    metric: Metric
    threshold: float
    at: int | None
    """Calendar year of the orbital share."""
    boundary: Boundary
    """Of parity."""

    @property
    def words(self) -> str:
        """The metric in words."""
        if self.metric == "orbital_share":
            return f"the orbital share in {self.at}"
        if self.metric == "parity":
            return f"the cost of an hour in orbit over that of one on Earth ({self.boundary})"
        return "the total cost"

    def shown(self, value: float) -> str:
        """A value of the metric with its unit."""
        if self.metric == "orbital_share":
            return f"{100 * value:.4g} %"
        if self.metric == "parity":
            return f"{value:.4g}"
        return f"{'-' if value < 0 else ''}${abs(value):,.{2 if abs(value) < 1e6 else 0}f}"

    def of(self, scenario: Scenario, plan: Plan, cost_usd: float) -> tuple[float, str]:
        """The metric of a plan that was made or priced for this scenario; nan, and why, where it has none."""
        if self.metric == "total_cost":
            return cost_usd, ""
        tables = decade(scenario, plan)
        if self.metric == "orbital_share":
            value = tables.orbital_share(int(self.at or 0))
            return value, f"nothing is delivered in {self.at}" if math.isnan(value) else ""
        value = tables.parity(self.boundary)
        if not math.isnan(value):
            return value, ""
        mine = tables.costs[tables.costs["boundary"] == self.boundary].set_index("place")["hours"]
        empty = [f"{'in ' if place == 'orbit' else 'on '}{place}" for place, hours in mine.items() if not hours > 0]
        what = f"nothing is delivered {' or '.join(empty)}" if empty else "an hour costs nothing in orbit and on Earth"
        return value, what

    def above(self, value: float) -> bool | None:
        """Whether a value is at the threshold or above; None for nan."""
        return None if math.isnan(value) else value >= self.threshold

    def side(self, value: float, bound_usd: float) -> Side:
        """The side that is told of a point: of total cost undecided where the threshold lies above the bound."""
        above = self.above(value)
        if above is None:
            return ""
        if self.metric == "total_cost" and above and bound_usd < self.threshold:
            return "undecided"
        return "above" if above else "below"


def measure(scenario: Scenario, metric: Metric, threshold: float | None, at: int | None, boundary: Boundary) -> Measure:
    """A metric and its threshold, checked.

    Raises
    ------
    PlacementError
        If there is no such metric, boundary or year, or no plan could have the threshold.
    """
    if metric not in METRICS:
        raise PlacementError(f"metric is '{metric}'. Choose one of {', '.join(METRICS)}.")
    if boundary not in BOUNDARIES:
        raise PlacementError(f"boundary is '{boundary}'. Choose one of {', '.join(BOUNDARIES)}.")
    if metric == "orbital_share":
        _check_year(scenario, at)
    elif at is not None:
        raise PlacementError(f"a year is given ({at}), and {metric} is one of the whole horizon. Leave it out.")
    if threshold is None:
        threshold = THRESHOLDS.get(metric)
    if threshold is None:
        raise PlacementError(f"{metric} has no threshold. Give one, in $.")
    _check_threshold(metric, threshold)
    return Measure(metric, float(threshold), at, boundary)


def _check_year(scenario: Scenario, at: int | None) -> None:
    grid = timegrid(scenario.horizon)
    years = np.unique([grid.when(float(hours)).year for hours in grid.edges[:-1]]).tolist()
    there = f"{years[0]} to {years[-1]}" if len(years) > 1 else f"{years[0]} alone"
    if at is None:
        raise PlacementError(f"the orbital share is one of a calendar year, and none is given. Choose one: {there}.")
    if at not in years:
        raise PlacementError(f"{at} is outside of the horizon. Choose one of its years: {there}.")


def _check_threshold(metric: Metric, threshold: float) -> None:
    if not math.isfinite(threshold):
        raise PlacementError(f"the threshold is {threshold}, which is not a number that can be used.")
    if metric == "orbital_share" and not 0 < threshold <= 1:
        percent = f" If this is in percent, write {threshold / 100:g}." if 1 < threshold <= 100 else ""
        fact = f"the threshold is {threshold:g}, but an orbital share is more than 0 and at most 1."
        raise PlacementError(f"{fact}{percent or ' Write 0.05 for 5 %.'}")
    if metric == "parity" and not threshold > 0:
        raise PlacementError(f"the threshold is {threshold:g}, but parity is positive. Write 1 for equal cost.")


def priced(scenario: Scenario, plan: Plan) -> tuple[Plan, float] | None:
    """A plan of another version of the scenario with what it costs in this one; None where it breaks a rule of it."""
    checked = verify(scenario, plan)
    if any(finding.rule not in CLAIMS for finding in checked.findings):
        return None
    keys = sorted(checked.costs)
    columns = {
        "category": [category for category, _ in keys],
        "cluster": [cluster for _, cluster in keys],
        "usd": [checked.costs[key] for key in keys],
    }
    return replace(plan, tables={**plan.tables, "costs": table("costs", columns)}), checked.cost_usd
