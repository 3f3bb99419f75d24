"""The model of each constraint family, as an LP file that people can read; run with --update-golden after a change."""

from pathlib import Path
from typing import Any

import build
import pytest
from pyomo.repn.plugins.lp_writer import LPWriter

from placement.compile import compile_scenario
from placement.models import exact

FOLDER = Path(__file__).parents[1] / "lp"
GRID = {"kind": "grid", "price": 50.0, "limit_mw": 0.01}


def sky(*modules: dict[str, Any], **more: Any) -> dict[str, Any]:
    """One satellite of four accelerators, always in the sun, to which modules of 600 kg are launched."""
    row = {"accelerators": 4, "mass_kg": 600.0, "usd": 50.0, "max": 2}
    return {
        "name": "sky",
        "orbit": {"altitude_km": 1500.0, "ltan": 6.0},
        "satellites": {"number": 1, "accelerator": "h100-sxm", "accelerators": 4, "array_kw": 100.0},
        "interruptions_per_accelerator_year": 0.0,
        "modules": [{**row, **module} for module in modules],
        **more,
    }


def vehicle(name: str, payload_kg: float, usd: float, **more: Any) -> dict[str, Any]:
    """A vehicle that flies twice in each period."""
    return {"name": name, "payload_kg": {"sso": payload_kg}, "usd_per_flight": usd, "flights_per_period": 2, **more}


CASES = {
    "capacity": {"clusters": [build.cluster(number=6)], "jobs": [build.job(), build.job("b", 1.5, 4)], "slots": 3},
    "counts": {"clusters": [build.cluster(number=6)], "jobs": [build.job(count=3, accelerators=2)], "slots": 3},
    "deferral": {"policy": {"defer": True}, "slots": 2},
    "tails": {"jobs": [build.job(hours=3, delay_usd_per_hour=5.0)], "slots": 2},
    "used": {
        "clusters": [
            build.cluster(charge="used", fixed_costs=[{"category": "facility", "usd": 8766.0, "per": "accelerator"}])
        ],
        "slots": 2,
    },
    "facility": {"clusters": [build.cluster(power_limit_mw=0.005)], "jobs": [build.job(), build.job("b")], "slots": 3},
    "segments": {"jobs": [build.job(segments=2, resume_hours=0.5, accelerators=6), build.job("b", 1, 6)], "slots": 4},
    "after": {"jobs": [build.job("a", 1), build.job("b", 1, after=["a"], after_lag_hours=1)], "slots": 4},
    "after-count": {
        "jobs": [build.job("a", 1, count=2), build.job("b", 1, after=["a"])],
        "slots": 3,
        "policy": {"defer": True},
    },
    "resource": {
        "clusters": [build.cluster(resources={"licence": 1.0})],
        "jobs": [build.job(uses={"licence": 1}), build.job("b", uses={"licence": 1})],
        "slots": 3,
    },
    "links": {
        "clusters": [
            build.cluster(
                link={"gbps_in": 1.0, "gbps_out": 1.0, "usd_per_tb_in": 10.0, "contact": [1.0, 0.0, 1.0, 1.0]}
            )
        ],
        "jobs": [build.job("a", 1, dataset_tb=0.2, result_tb=0.3), build.job("b", 1, dataset_tb=0.5)],
        "policy": {"stage_hours": 2, "unload_hours": 2},
    },
    "datasets": {
        "clusters": [
            build.cluster("home"),
            build.cluster("away", link={"gbps_in": 1.0, "gbps_out": 1.0, "usd_per_tb_in": 10.0}, energy_price=10.0),
        ],
        "datasets": [{"name": "corpus", "tb": 0.4, "home": "home"}],
        "jobs": [build.job("a", 1, dataset="corpus"), build.job("b", 1, dataset="corpus", count=2)],
        "policy": {"stage_hours": 1},
        "slots": 3,
    },
    "plant": {
        "clusters": [
            build.cluster(
                pue=1.25,
                idle_mw=0.001,
                sources=[
                    GRID,
                    {"kind": "gas", "price": 80.0, "carbon_g_per_kwh": 480.0, "limit_mw": 0.005},
                    {"kind": "solar", "mw": 0.01, "capacity_factor": [0.0, 0.5, 1.0]},
                ],
            )
        ],
        "policy": {"carbon_usd_per_t": 100.0},
        "slots": 3,
    },
    "battery": {
        "clusters": [
            build.cluster(
                sources=[
                    GRID,
                    {"kind": "battery", "mw": 0.004, "mwh": 0.01, "round_trip_efficiency": 0.8, "initial_mwh": 0.002},
                ]
            )
        ],
        "slots": 2,
    },
    "battery-cycle": {
        "clusters": [
            build.cluster(sources=[GRID, {"kind": "battery", "mw": 0.004, "mwh": 0.01, "round_trip_efficiency": 0.8}])
        ],
        "jobs": [build.job(hours=30)],
        "slots": 1,
        "horizon": {"slot": "week"},
    },
    "contracts": {
        "clusters": [
            build.cluster(
                sources=[
                    {
                        **GRID,
                        "demand_charge_usd_per_mw": 1000.0,
                        "peak_so_far_mw": 0.001,
                        "take_or_pay": {"mwh": 0.02, "usd_per_mwh": 30.0},
                    }
                ]
            )
        ],
        "slots": 2,
    },
    "switching": {
        "clusters": [
            build.cluster(
                switchable=True, idle_mw=0.002, startup_usd=3.0, shutdown_usd=2.0, initially_on=False, finally_off=True
            )
        ],
        "slots": 2,
    },
    "committed": {
        "clusters": [build.cluster(charge="committed", fixed_costs=[{"category": "facility", "usd": 876600.0}])],
        "slots": 2,
    },
    "limits": {
        "jobs": [build.job(team="x"), build.job("b", team="y")],
        "limits": [
            {"name": "quota", "over": {"jobs": {"team": "x"}}, "of": "accelerators", "max": 3.0, "penalty_usd": 7.0},
            {"name": "energy", "of": "mwh", "per": "horizon", "max": 0.012},
            {
                "name": "floor",
                "over": {"jobs": {"team": "y"}},
                "of": "accelerators",
                "per": "horizon",
                "min": 4.0,
                "penalty_usd": 2.0,
            },
        ],
        "slots": 3,
    },
    "money-and-carbon": {
        "clusters": [
            build.cluster(
                sources=[
                    {**GRID, "carbon_g_per_kwh": 400.0},
                    {"kind": "gas", "price": 60.0, "carbon_g_per_kwh": 500.0, "limit_mw": 1.0},
                ]
            )
        ],
        "limits": [
            {"name": "budget", "of": "usd", "per": "horizon", "max": 0.5},
            {"name": "cap", "of": "tco2", "per": "horizon", "max": 0.004},
        ],
        "slots": 2,
    },
    "flows": {
        "flows": [{"name": "serve", "demand": [2.0, 6.0], "unmet_usd_per_accelerator_hour": 3.0}],
        "slots": 2,
    },
    "launches": {
        "clusters": [sky({"name": "sat", "max": 5, "max_per_period": 3, "life_years": 5.0})],
        "vehicles": [vehicle("small", 1000.0, 20.0), vehicle("large", 2000.0, 30.0, flights_per_period=[1, 0])],
        "jobs": [build.job(accelerators=8)],
        "slots": 4,
        "horizon": {"period_slots": 2},
    },
    "volume": {
        "clusters": [
            sky({"name": "sat", "volume_m3": 4.0}, {"name": "tug", "volume_m3": 3.0, "mass_kg": 100.0, "max": 1})
        ],
        "vehicles": [vehicle("small", 2000.0, 20.0, volume_m3=9.0)],
        "jobs": [build.job(accelerators=8)],
        "slots": 2,
        "horizon": {"period_slots": 1},
    },
    "launch-limits": {
        "clusters": [
            sky(
                {"name": "dawn", "pool": "p1"},
                {"name": "noon", "pool": "p2"},
                planes=[{"name": "p1", "satellites": 1, "ltan": 6.0}, {"name": "p2", "satellites": 1, "ltan": 12.0}],
                satellites={"number": 2, "accelerator": "h100-sxm", "accelerators": 4, "array_kw": 100.0},
            )
        ],
        "vehicles": [vehicle("small", 1000.0, 20.0), vehicle("large", 2000.0, 30.0)],
        "launch_limits": [
            {"name": "range", "flights_per_period": 3},
            {"name": "corridor", "flights_per_period": 1, "vehicles": ["large"], "orbits": ["sky/p2"]},
        ],
        "jobs": [build.job(hours=1.0, accelerators=8)],
        "slots": 2,
        "horizon": {"period_slots": 1},
    },
    "module-contracts": {
        "clusters": [build.cluster(modules=[{"name": "hall", "accelerators": 3, "usd": 5.0, "min": 1, "max": 2}])],
        "slots": 3,
        "horizon": {"period_slots": 1},
    },
    "generations": {  # the second fills a pool of its own
        "clusters": [
            build.cluster(
                modules=[
                    {
                        "name": "hall",
                        "generations": [
                            {"accelerator": "h100-sxm", "accelerators": 3, "accelerators_usd": 5.0},
                            {
                                "from": "2027-06-07T01:00:00Z",
                                "accelerator": "b200",
                                "accelerators": 2,
                                "accelerators_usd": 4.0,
                            },
                        ],
                        "max": 2,
                    }
                ]
            )
        ],
        "jobs": [build.job(hours=1.0, accelerators=2)],
        "slots": 3,
        "horizon": {"period_slots": 1},
    },
    "needs": {  # halls take what shells bring, beside the job
        "clusters": [
            build.cluster(
                number=0,
                resources={"shell": 1.0},
                modules=[
                    {"name": "hall", "accelerators": 4, "needs": {"shell": 1.0}, "usd": 5.0, "max": 2},
                    {"name": "shell", "gives": {"shell": 1.0}, "usd": 1.0, "max": 2},
                ],
            )
        ],
        "jobs": [build.job(hours=1.5, uses={"shell": 1})],
        "slots": 3,
        "horizon": {"period_slots": 1},
    },
    "investments": {
        "clusters": [sky({"name": "sat"})],
        "vehicles": [vehicle("small", 1000.0, 20.0)],
        "limits": [
            {"name": "of-sky", "of": "investment_usd", "per": "period", "max": 60.0, "over": {"clusters": ["sky"]}},
            {"name": "in-all", "of": "investment_usd", "per": "horizon", "max": 120.0, "penalty_usd": 2.0},
        ],
        "jobs": [build.job(hours=1.0, accelerators=8)],
        "slots": 3,
        "horizon": {"period_slots": 1},
    },
    "modules": {  # a gang that ends inside a slot and is larger than the pool without halls
        "clusters": [build.cluster(modules=[{"name": "hall", "accelerators": 3, "usd": 5.0, "max": 2}])],
        "jobs": [build.job(hours=1.5, accelerators=10, count=2)],
        "slots": 3,
        "horizon": {"period_slots": 1},
    },
    "raised-sources": {  # gas and a battery that modules raise while they stand
        "clusters": [
            build.cluster(
                sources=[
                    {"kind": "gas", "price": 80.0, "carbon_g_per_kwh": 480.0, "limit_mw": 0.002},
                    {"kind": "battery", "mw": 0.001, "mwh": 0.002},
                ],
                modules=[{"name": "power", "sources_mw": {"gas": 0.004, "battery": 0.003}, "usd": 5.0, "max": 2}],
            )
        ],
        "slots": 3,
        "horizon": {"period_slots": 1},
    },
    "switched-and-committed": {
        "clusters": [
            build.cluster(
                switchable=True,
                startup_usd=3.0,
                charge="committed",
                fixed_costs=[{"category": "facility", "usd": 876600.0}],
            )
        ],
        "slots": 2,
    },
}


def lp_text(case: str, form: str) -> str:
    problem = compile_scenario(build.scenario(**CASES[case])).problem
    model = exact.build(problem, form).model
    from io import StringIO

    text = StringIO()
    LPWriter().write(model, text, symbolic_solver_labels=True)
    return text.getvalue()


def compare(name: str, text: str, update: bool) -> None:
    path = FOLDER / f"{name}.lp"
    if update:
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"no golden file {path}; run pytest --update-golden and read what it wrote"
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", sorted(CASES))
def test_model_of_each_family_is_the_golden_one(case: str, request: pytest.FixtureRequest) -> None:
    compare(case, lp_text(case, "rows"), request.config.getoption("--update-golden"))


@pytest.mark.parametrize("case", ["capacity", "links"])
def test_form_by_differences_is_the_golden_one(case: str, request: pytest.FixtureRequest) -> None:
    compare(f"{case}-differences", lp_text(case, "differences"), request.config.getoption("--update-golden"))
