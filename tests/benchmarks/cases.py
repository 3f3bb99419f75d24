"""The cases. Each returns plain numbers; what must hold is asserted."""

import math
from importlib.resources import files
from pathlib import Path
from typing import Any

import build
import numpy as np
from registry import Clock, case

import placement
from placement.compile import compile_scenario
from placement.models import highs
from placement.models.program import program


def hundred_thousand() -> placement.Scenario:
    """About 100,000 placements: 150 jobs of 1 to 40 h, 5 sites, a week of hours."""
    rng = np.random.default_rng(1)
    clusters = [
        build.cluster(f"site-{k}", 400 + 100 * k, energy_price=40.0 + 10 * k, power_limit_mw=0.5) for k in range(5)
    ]
    jobs = {
        "job": [f"job-{k}" for k in range(150)],
        "hours": np.clip(rng.lognormal(np.log(4.0), 1.3, 150), 0.5, 42.0),
        "accelerators": rng.integers(1, 300, 150),
        "delay_usd_per_hour": rng.uniform(0.1, 5.0, 150),
    }
    document = build.document(clusters, [], slots=168)
    return placement.scenario({**document, "jobs": None}, tables={"jobs": jobs})


@case
def handover() -> dict[str, Any]:
    """From arrays to a program in the solver's hands."""
    made = hundred_thousand()
    clock = Clock()
    problem = compile_scenario(made).problem
    clock.step("compile")
    model = program(problem)
    clock.step("build")
    highs.solve(model.form, relax=True, time_limit_s=0.5)
    clock.step("hand_over_and_half_a_second")
    return {"placements": len(model.exact.placed), "entries": int(model.form.matrix.nnz), **clock.steps}


def solved(scenario: placement.Scenario, gap: float, limit_s: float) -> dict[str, Any]:
    """Figures of a solve; its plan has passed the verifier."""
    result = placement.solve(scenario, gap=gap, time_limit_s=limit_s)
    assert result.plan is not None
    assert result.bound_usd <= result.cost_usd
    first = next(p.seconds for p in result.history if p.cost_usd is not None)
    reached = {
        f"to_{100 * share:g}_percent_s": next(
            (round(p.seconds, 2) for p in result.history if (p.gap or math.inf) <= share), None
        )
        for share in (0.05, 0.01, 0.005, 0.001)
    }
    return {
        "status": str(result.status),
        "cost_usd": result.cost_usd,
        "bound_usd": result.bound_usd,
        "gap": result.gap,
        "baseline_usd": result.baseline_usd,
        "runtime_s": round(result.runtime_s, 2),
        "first_plan_s": round(first, 2),
        **reached,
    }


@case
def one_week() -> dict[str, Any]:
    """The week of the demo, to 0.1 %."""
    with_files = Path(str(files("placement.data"))) / "scenarios" / "one-week.yaml"
    figures = solved(placement.load(with_files), 1e-3, 60.0)
    assert figures["gap"] <= 0.01
    return figures


def philly() -> Any:
    """The test on the Philly log, as a module; None where the log is not at hand."""
    import sys

    sys.path.insert(0, str(Path(__file__).parents[1] / "against_shared"))
    import test_philly

    return test_philly if test_philly.LOG.is_file() else None


@case
def philly_day() -> dict[str, Any]:
    """A day of the Philly log on part of five clusters, where it is at hand, to 0.1 %."""
    log = philly()
    return solved(log.scenario(log.jobs_of_a_day()), 1e-3, 120.0) if log else {"skipped": "no Philly log"}


@case
def philly_whole() -> dict[str, Any]:
    """The same day on the whole catalogue, to 0.1 %."""
    log = philly()
    return solved(log.on_the_whole_catalogue(log.jobs_of_a_day()), 1e-3, 120.0) if log else {"skipped": "no Philly log"}
