"""Plans that reports are made of: a day with everything in it under hostile names, and a decade that builds."""

from pathlib import Path

import build
import in_process
import lifting
import pytest
from reporting_names import HOSTILE, LONG, QUOTES, SCRIPT

import placement
from placement.folder import Stored
from placement.reporting import Report, report


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Two sites and a cluster in orbit, 24 hours, limits, flows, batteries, transfers; every name is hostile."""
    grid = {"kind": "grid", "limit_mw": 0.02, "curtailments": [
        {"from": "2027-06-07T06:00:00Z", "to": "2027-06-07T09:00:00Z", "limit_mw": 0.006}
    ]}  # fmt: skip
    battery = {"kind": "battery", "mw": 0.004, "mwh": 0.008, "initial_mwh": 0.0}
    sun = {"kind": "solar", "name": "panels", "mw": 0.01, "capacity_factor": [0.0] * 6 + [0.7] * 12 + [0.0] * 6}
    sky = {
        "name": "sky <b>",
        "as_if": True,
        "orbit": {"altitude_km": 550.0, "inclination_deg": 51.6, "raan_deg": 20.0},
        "satellites": {"number": 2, "accelerator": "h100-sxm", "accelerators": 4, "array_kw": 20.0, "eclipse": "pause"},
        "link": {"gbps_in": 10.0, "gbps_out": 10.0, "contact": [1.0, 1.0, 0.0] * 8},
        "interruptions_per_accelerator_year": 0.0,
    }
    clusters = [
        build.cluster(f"<script>{LONG[:150]}", 12, place={"lat": 32.5, "lon": -99.8, "country": "US"},
                      energy_price=[40.0] * 12 + [200.0] * 12, carbon_g_per_kwh=300.0, power_limit_mw=0.009,
                      link={"gbps_in": 10.0, "gbps_out": 10.0}),
        build.cluster("b \"quoted\"", 9, place={"lat": 35.0, "lon": -90.0, "country": "US"},
                      sources=[grid, battery, sun], carbon_g_per_kwh=400.0),
        sky,
    ]  # fmt: skip
    names = [*HOSTILE, *(f"job {n}" for n in range(20))]
    jobs = [
        build.job(name, 1.0 + n % 5, 1 + n % 6, count=1 + n % 3, reject_usd=2.0 + 3 * n, delay_usd_per_hour=0.1,
                  dataset_tb=0.1 if n % 4 == 0 else 0.0, home="home", team=["<i>", "b"][n % 2])
        for n, name in enumerate(names)
    ]  # fmt: skip
    scenario = build.scenario(
        clusters, jobs, slots=24, title=SCRIPT,
        places={"home": {"lat": 52.5, "lon": 13.4, "country": "DE"}},
        flows=[{"name": "<i>", "demand": 2.0, "unmet_usd_per_accelerator_hour": 5.0}],
        limits=[{"name": QUOTES.replace("\u2028", ""), "of": "accelerators", "per": "slot", "max": 16},
                {"name": "<least>", "of": "mwh", "per": "horizon", "min": 0.01, "penalty_usd": 1.0}],
        policy={"carbon_usd_per_t": 25.0},
    )  # fmt: skip
    return _solved(scenario, tmp_path_factory.mktemp("day") / "day.plan")


@pytest.fixture(scope="session")
def decade(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """A plan that launches."""
    return _solved(
        placement.scenario(lifting.document(vehicles=[lifting.rocket(usd=20.0)])),
        tmp_path_factory.mktemp("decade") / "decade.plan",
    )


def _solved(scenario: placement.Scenario, folder: Path) -> Stored:
    with pytest.MonkeyPatch.context() as patch:
        in_process.use(patch)
        result = placement.solve(scenario, gap=0.1, work_limit=1)
    assert result.plan is not None
    return placement.read_plan(placement.write_plan(folder, scenario, result))


@pytest.fixture(scope="session")
def of_day(day: Stored) -> Report:
    """The report of the day."""
    return report(day)


@pytest.fixture(scope="session")
def of_decade(decade: Stored) -> Report:
    """The report of the decade."""
    return report(decade)
