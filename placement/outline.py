"""Figures of one solved point: what is kept of a plan among many."""

from __future__ import annotations

import math
from typing import Any

from placement.footprint import footprint
from placement.over_years import decade
from placement.result import Result
from placement.schema import Scenario
from placement.served import served
from placement.statistics import statistics
from placement.timegrid import timegrid
from placement.verifier import verify


def figures_of(scenario: Scenario, result: Result) -> dict[str, Any]:
    """Figures of a result by name; those of a plan are nan without one.

    Dollars are present values, hours reference accelerator-hours, orbital shares and the share served, of jobs and
    flows, are of these; `orbital_share_2036` for each calendar year of a horizon of more than one; parity is $ per
    delivered hour in orbit over that on Earth, all in. `verified` says whether the independent check finds nothing.
    """
    told: dict[str, Any] = {
        "status": str(result.status), "cost_usd": _finite(result.cost_usd), "bound_usd": _finite(result.bound_usd),
        "gap": _finite(result.gap), "runtime_s": result.runtime_s, "verified": False,
        "placed": result.placed, "deferred": result.deferred, "rejected": result.rejected,
    }  # fmt: skip
    plan = result.plan
    years = _years(scenario)
    names = ["delivered_hours", "orbital_share", "served", "waiting_usd", "tco2", "flights", "tonnes", "invested_usd",
             "parity"]  # fmt: skip
    told |= dict.fromkeys(names, math.nan) | {f"orbital_share_{year}": math.nan for year in years}
    if plan is None:
        return told
    checked = verify(scenario, plan)
    found, grown = statistics(scenario, plan, checked.limits), decade(scenario, plan)
    return told | {
        "verified": checked.ok,
        "cost_usd": checked.cost_usd,
        "delivered_hours": found.delivered,
        "orbital_share": found.orbital_share,
        "served": served(scenario, plan).share,
        "waiting_usd": found.waiting_usd,
        "tco2": float(footprint(scenario, timegrid(scenario.horizon), plan)["total_t"].sum()),
        "flights": float(grown.years["flights"].sum()),
        "tonnes": float(grown.years["tonnes"].sum()),
        "invested_usd": float(grown.years["invested_usd"].sum()),
        "parity": grown.parity(),
        **{f"orbital_share_{year}": grown.orbital_share(year) for year in years},
    }


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.nan


def _years(scenario: Scenario) -> list[int]:
    """Calendar years of the horizon, where there are several."""
    grid = timegrid(scenario.horizon)
    years = sorted({grid.when(float(hours)).year for hours in grid.edges[:-1]})
    return years if len(years) > 1 else []
