"""The cases. Each returns plain numbers; what must hold is asserted."""

import os
import subprocess
import sys
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import build
import numpy as np
from registry import Clock, case, on_request

import placement
from placement.benchmarks import LOADS, SEEDS, SIZES
from placement.benchmarks.assignment import assignment_scenario, read_assignment
from placement.benchmarks.energy_cost import energy_cost_scenario, read_energy_cost
from placement.benchmarks.record import figures, run, run_instance
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
    return figures(result)


@case
def one_week() -> dict[str, Any]:
    """The week of the demo, to 0.1 %."""
    with_files = Path(str(files("placement.data"))) / "scenarios" / "one-week.yaml"
    figures = solved(placement.load(with_files), 1e-3, 60.0)
    assert figures["gap"] <= 0.01
    return figures


def philly() -> Any:
    """The test on the Philly log, as a module; None where the log is not at hand."""
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


def decade(name: str) -> dict[str, Any]:
    """Figures of a shipped scenario and each of its variants, to 1 %, each within two minutes."""
    found = {}
    for variant in (None, *(each.name for each in placement.variants(name))):
        made = placement.load(name, variant)
        found[variant or "anyone"] = figures(placement.solve(made, gap=0.01, time_limit_s=120.0, baseline=False))
        assert found[variant or "anyone"]["gap"] <= 0.01
    return found


for _name in ("central", "optimist", "sceptic", "stargate", "suncatcher", "starcloud", "blue-origin"):
    on_request(_name, partial(decade, _name))

AGREED = 2_000
"""Random tiny scenarios of `agreement`."""


@case
def agreement() -> dict[str, Any]:
    """Optimum, bounds at any prices and verifier against brute force, on many random tiny scenarios."""
    file = Path(__file__).parents[1] / "oracle" / "test_agreement.py"
    clock = Clock()
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", str(file)],
        env={**os.environ, "AGREEMENT_BLOCKS": str(AGREED // 10)},
        cwd=file.parents[2],
        stdout=sys.stderr,
        check=False,
    )
    assert ended.returncode == 0
    clock.step("run")
    return {"scenarios": AGREED, "disagreements": 0, **clock.steps}


LIMITS_S = {"week-2k": 60.0, "month-20k": 60.0, "month-200k": 180.0, "year-1m": 1800.0}
"""Seconds that a seeded instance is given, and the published ones 60."""

SHARED = Path(__file__).parents[3] / "shared" / "bench"


@case
def week_2k_easy() -> dict[str, Any]:
    """The first seed of the easy week; the others, and other sizes, run when they are named: week-2k-tight-3."""
    return run_instance("week-2k", "easy", 0, time_limit_s=LIMITS_S["week-2k"])


def assignment(file: Path) -> dict[str, Any]:
    """A published assignment instance."""
    return run(assignment_scenario(read_assignment(file), file.name), gap=0.0)


def energy_cost(folder: Path) -> dict[str, Any]:
    """A published energy-cost instance at the forecast."""
    return run(energy_cost_scenario(read_energy_cost(folder), folder.name))


for size in SIZES:
    for load in LOADS:
        for seed in SEEDS:
            on_request(f"{size}-{load}-{seed}", partial(run_instance, size, load, seed, time_limit_s=LIMITS_S[size]))
for file in sorted(SHARED.glob("gap/[a-e]*[0-9]")):
    on_request(f"gap-{file.name}", partial(assignment, file))
for folder in sorted(path.parent for path in SHARED.glob("energy_cost/**/instance.txt")):
    on_request(f"energy-cost-{folder.name}", partial(energy_cost, folder))


def rolling_on(days: int, seed: int, flat: bool = False) -> dict[str, Any]:
    """Replanning hour by hour through days of the Philly log, or drawn ones where the log is not at hand."""
    import rolling

    return rolling.case(days, 20, seed, 0.8, flat=flat).figures()


on_request("rolling-month", partial(rolling_on, 28, 0))
for seed in range(3):
    on_request(f"rolling-week-{seed}", partial(rolling_on, 7, seed))
    on_request(f"rolling-week-flat-{seed}", partial(rolling_on, 7, seed, True))
