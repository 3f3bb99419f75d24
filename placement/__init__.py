"""Placement: which AI training jobs run on orbital and which on terrestrial clusters, where and when.

    scenario = placement.load("week.yaml")
    result = placement.solve(scenario, gap=0.01, time_limit_s=60)
    placement.verify(scenario, result.plan).raise_for_errors()

Importing this is cheap: solver, tables and GPU libraries are imported when they are first needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from placement.breaking_even import breakeven
    from placement.capacity_cost import new_capacity, parity_by_year
    from placement.catalog import Catalog
    from placement.deflator import deflate
    from placement.errors import (
        DeviceError,
        PlacementError,
        PlanError,
        Problem,
        ScenarioError,
        SolverError,
        VersionError,
    )
    from placement.flips import Breakeven
    from placement.folder import read_plan, write_plan
    from placement.levelised_cost import ClusterCost, cluster_cost
    from placement.loader.extend import variants
    from placement.loader.load import load, scenario
    from placement.over_years import Decade, decade
    from placement.plan import Plan
    from placement.quarrelling import Answer, quarrel
    from placement.result import Progress, Result, Status
    from placement.satellite_budget import Budget, budget
    from placement.schema import Scenario
    from placement.solving import solve
    from placement.verifier import Finding, Verification, verify  # type: ignore[no-redef]

_WHERE = {
    "Answer": "placement.quarrelling",
    "Breakeven": "placement.flips",
    "Budget": "placement.satellite_budget",
    "Catalog": "placement.catalog",
    "ClusterCost": "placement.levelised_cost",
    "Comparison": "placement.comparison",
    "Conflict": "placement.conflicts.conflict",
    "Crossing": "placement.crossings",
    "Decade": "placement.over_years",
    "DeviceError": "placement.errors",
    "ExportSettings": "placement.exporters",
    "Exported": "placement.exporters",
    "Finding": "placement.verifier",
    "Happened": "placement.replanning.begun",
    "JobExplanation": "placement.explaining",
    "PlacementError": "placement.errors",
    "Outage": "placement.replanning.outages",
    "Plan": "placement.plan",
    "PlanError": "placement.errors",
    "PlanExplanation": "placement.worth",
    "Problem": "placement.errors",
    "Progress": "placement.result",
    "Replanned": "placement.replanning",
    "Report": "placement.reporting.report",
    "Result": "placement.result",
    "Robust": "placement.robustness",
    "Scenario": "placement.schema",
    "ScenarioError": "placement.errors",
    "SideBySide": "placement.paired",
    "SolverError": "placement.errors",
    "Status": "placement.result",
    "Stress": "placement.futures.stress",
    "Sweep": "placement.swept",
    "Verification": "placement.verifier",
    "VersionError": "placement.errors",
    "WhatIf": "placement.hindsight",
    "breakeven": "placement.breaking_even",
    "budget": "placement.satellite_budget",
    "cluster_cost": "placement.levelised_cost",
    "compare": "placement.comparison",
    "crossing": "placement.crossings",
    "decade": "placement.over_years",
    "deflate": "placement.deflator",
    "explain_conflict": "placement.conflicts.conflict",
    "explain_job": "placement.explaining",
    "explain_plan": "placement.worth",
    "export": "placement.exporters",
    "load": "placement.loader.load",
    "new_capacity": "placement.capacity_cost",
    "parity_by_year": "placement.capacity_cost",
    "quarrel": "placement.quarrelling",
    "read_plan": "placement.folder",
    "read_sweep": "placement.swept",
    "replan": "placement.replanning",
    "report": "placement.reporting.report",
    "robust": "placement.robustness",
    "scenario": "placement.loader.load",
    "side_by_side": "placement.paired",
    "solve": "placement.solving",
    "stress": "placement.futures.stress",
    "sweep": "placement.sweeping",
    "variants": "placement.loader.extend",
    "verify": "placement.verifier",
    "what_if": "placement.hindsight",
    "write_plan": "placement.folder",
}

__all__ = [
    "Answer", "Breakeven", "Budget", "Catalog", "ClusterCost", "Comparison", "Conflict", "Crossing", "Decade",
    "DeviceError", "ExportSettings", "Exported", "Finding", "Happened", "JobExplanation", "Outage", "PlacementError",
    "Plan", "PlanError", "PlanExplanation", "Problem", "Progress", "Replanned", "Report", "Result", "Robust",
    "Scenario", "ScenarioError", "SideBySide", "SolverError", "Status", "Stress", "Sweep", "Verification",
    "VersionError", "WhatIf", "breakeven", "budget", "cluster_cost", "compare", "crossing", "decade", "deflate",
    "explain_conflict", "explain_job", "explain_plan", "export", "load", "new_capacity", "parity_by_year", "quarrel",
    "read_plan", "read_sweep", "replan", "report", "robust", "scenario", "side_by_side", "solve", "stress", "sweep",
    "variants", "verify", "what_if", "write_plan",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Public names, imported from where they live when they are first asked for."""
    if name in _WHERE:
        import importlib

        value = getattr(importlib.import_module(_WHERE[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'placement' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
