"""Carbon and water of a plan: by source of energy, and of making, building and launching, against figures by hand."""

from typing import Any

import build
import in_process
import pytest

import placement
from placement.footprint import COLUMNS, embodied_t_per_year, footprint, units_of
from placement.levelised_cost import cluster_cost
from placement.schema import Scenario
from placement.timegrid import timegrid

Record = dict[str, Any]

YEAR = {"start": "2027-01-01T00:00:00Z", "slot_hours": 4383.0}  # two slots are a year of 8,766 h
TURNED_AWAY = build.job(reject_usd=0.0, delay_usd_per_hour=1.0)
COUNTED = [{"name": "carbon", "of": "tco2", "max": 1e9}, {"name": "water", "of": "water_l", "max": 1e9}]
"""Limits that never bind: the verifier says what a plan has of them, of the whole horizon."""


@pytest.fixture(autouse=True)
def _solved_here(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)


def found(scenario: Scenario) -> Record:
    """The footprint of the first cluster of an optimal plan that passes the verifier."""
    plan = placement.solve(scenario, gap=1e-9).plan
    assert plan is not None
    placement.verify(scenario, plan).raise_for_errors()
    return footprint(scenario, timegrid(scenario.horizon), plan).iloc[0].to_dict()


def counted(scenario: Scenario) -> dict[str, float]:
    """Tonnes and litres of the same plan as the verifier counts them against limits."""
    plan = placement.solve(scenario, gap=1e-9).plan
    assert plan is not None
    return {use.limit.of: float(use.amount.sum()) for use in placement.verify(scenario, plan).limits}


def site(jobs: list[Record] | None = None, slots: int = 4, **more: Any) -> Scenario:
    """One cluster of 8 accelerators of 1 kW; a job of 4 of them runs in the first two of four hours."""
    work = [build.job(delay_usd_per_hour=1.0)] if jobs is None else jobs
    horizon = more.pop("horizon", {})
    limits = [limit | {"per": "horizon", "over": {}} for limit in COUNTED]
    return build.scenario([build.cluster(**more)], work, slots=slots, limits=limits, horizon=horizon)


def idle(**more: Any) -> Scenario:
    """A year in which nothing runs."""
    return site([TURNED_AWAY], slots=2, horizon=YEAR, **more)


# --- energy ---


def test_carbon_of_a_simple_cluster_is_that_of_its_grid_in_each_hour() -> None:
    """4 kW × 1.25 + 10 kW idle are 15 kWh at 100 and at 200 g, then 10 at 300 and at 400: 11.5 kg."""
    scenario = site(pue=1.25, idle_mw=0.01, carbon_g_per_kwh=[100.0, 200.0, 300.0, 400.0])
    row = found(scenario)
    assert row["grid_t"] == pytest.approx(0.0115, rel=1e-9)
    assert row["total_t"] == row["grid_t"]
    assert counted(scenario)["tco2"] == pytest.approx(0.0115, rel=1e-9)


SUN = {"kind": "solar", "mw": 0.001, "capacity_factor": 1.0}
WIND = {"kind": "wind", "mw": 0.002, "capacity_factor": [0.25, 0.5, 1.0, 1.0]}
GAS = {"kind": "gas", "limit_mw": 1.0, "price": 300.0, "carbon_g_per_kwh": 450.0}


@pytest.mark.parametrize(
    ("sources", "grams"),
    [
        # 4 kWh in each of two hours; the grid costs 100 $/MWh, gas 300, sun and wind nothing
        ([{"kind": "grid"}], {"grid": 8 * 500}),
        ([{"kind": "grid", "carbon_g_per_kwh": 20.0}], {"grid": 8 * 20}),
        ([{"kind": "grid", "limit_mw": 0.003}, GAS], {"grid": 6 * 500, "gas": 2 * 450}),
        ([{"kind": "grid"}, SUN | {"carbon_g_per_kwh": 40.0}], {"grid": 6 * 500, "sun_wind": 2 * 40}),
        ([{"kind": "grid"}, SUN], {"grid": 6 * 500}),  # sun and wind emit nothing unless they say so
        (
            [
                {"kind": "grid", "limit_mw": 0.002},
                GAS,
                SUN | {"carbon_g_per_kwh": 40.0},
                WIND | {"carbon_g_per_kwh": 10},
            ],
            {"grid": 4 * 500, "gas": 0.5 * 450, "sun_wind": 2 * 40 + 1.5 * 10},
        ),
    ],
)
def test_carbon_is_told_apart_by_kind_of_source(sources: list[Record], grams: dict[str, float]) -> None:
    scenario = site(sources=sources, carbon_g_per_kwh=500.0)
    row = found(scenario)
    wanted = {"grid_t": 0.0, "gas_t": 0.0, "sun_wind_t": 0.0} | {f"{kind}_t": g / 1e6 for kind, g in grams.items()}
    assert {key: row[key] for key in wanted} == pytest.approx(wanted, rel=1e-6, abs=1e-12)
    assert row["total_t"] == pytest.approx(sum(grams.values()) / 1e6, rel=1e-6)
    assert counted(scenario)["tco2"] == pytest.approx(row["total_t"], rel=1e-9)


BATTERY = {"kind": "battery", "mw": 0.01, "mwh": 0.01, "round_trip_efficiency": 0.8}
LAST_HOUR = {"pin_start": "2027-06-07T03:00:00Z", "hours": 1.0}


def test_a_battery_moves_carbon_to_the_hour_in_which_it_charges_and_loses_some() -> None:
    """8 kWh are wanted in the last hour, dear, at 900 g; charged in the first, 10 kWh at 100 g: 1 kg."""
    dear = {"energy_price": [10.0, 500.0, 500.0, 500.0], "carbon_g_per_kwh": [100.0, 900.0, 900.0, 900.0]}
    scenario = site([build.job(accelerators=8, **LAST_HOUR)], sources=[{"kind": "grid"}, BATTERY], **dear)
    row = found(scenario)
    assert row["grid_t"] == pytest.approx(0.001, rel=1e-6)
    assert counted(scenario)["tco2"] == pytest.approx(0.001, rel=1e-6)


@pytest.mark.parametrize(
    ("more", "jobs"),
    [
        ({}, None),
        ({"pue": 1.25, "idle_mw": 0.01}, None),  # neither cooling nor idle power count
        ({"sources": [{"kind": "grid", "limit_mw": 0.003}, GAS]}, None),
        ({"switchable": True, "idle_mw": 0.01}, None),  # idle power only while it is on
        (
            {"sources": [{"kind": "grid"}, BATTERY], "energy_price": [10.0, 500.0, 500.0, 500.0]},
            [build.job(accelerators=8, **LAST_HOUR)],  # nor what the battery loses
        ),
    ],
    ids=["plain", "idle", "gas", "switched off", "battery"],
)
def test_water_is_that_of_the_energy_of_the_accelerators(more: Record, jobs: list[Record] | None) -> None:
    """8 kWh × 1.5 litres are 0.012 m³."""
    scenario = site(jobs, water_l_per_kwh=1.5, **more)
    assert found(scenario)["water_m3"] == pytest.approx(0.012, rel=1e-6)
    assert counted(scenario)["water_l"] == pytest.approx(12.0, rel=1e-6)


def test_nothing_running_takes_no_water_and_each_cluster_has_its_row() -> None:
    named = {"coal": 900.0, "hydro": 24.0}
    clusters = [
        build.cluster(name, water_l_per_kwh=2.0, idle_mw=0.001, carbon_g_per_kwh=g) for name, g in named.items()
    ]
    scenario = build.scenario(clusters, [TURNED_AWAY], slots=4)
    plan = placement.solve(scenario, gap=1e-9).plan
    assert plan is not None
    table = footprint(scenario, timegrid(scenario.horizon), plan)
    assert list(table.columns) == ["cluster", *COLUMNS]
    assert list(table["cluster"]) == list(named)
    assert list(table["total_t"]) == pytest.approx([0.004 * g / 1000 for g in named.values()], rel=1e-9)
    assert list(table["water_m3"]) == pytest.approx([0.0, 0.0], abs=1e-12)


# --- making, building, launching ---


@pytest.mark.parametrize(
    ("per", "units"),
    [("cluster", 1.0), ("accelerator", 12.0), ("mw", 0.016)],
)
def test_what_is_made_is_spread_over_its_life(per: str, units: float) -> None:
    """30 t for each unit over 5 years: 6 t a year, in a year; half of it in half a year."""
    pools = [*build.cluster()["pools"], {"accelerator": "h200-sxm", "number": 4, "kw_per_accelerator": 2.0}]
    embodied = [{"category": "accelerators", "tco2": 30.0, "per": per, "life_years": 5.0}]
    scenario = idle(pools=pools, embodied=embodied)
    assert units_of(scenario, scenario.clusters[0], per) == pytest.approx(units, rel=1e-12)
    row = found(scenario)
    assert row["made_t"] == pytest.approx(6.0 * units, rel=1e-12)
    assert row["total_t"] == row["made_t"]
    half = site([TURNED_AWAY], slots=1, horizon=YEAR, pools=pools, embodied=embodied)
    assert found(half)["made_t"] == pytest.approx(3.0 * units, rel=1e-12)


def test_what_is_launched_is_told_apart_from_what_is_made() -> None:
    """Ten satellites of 2: 10 × 40/5 launched, 10 × 5/5 + 20 × 1/4 + 2/20 made, in a year."""
    sky = {
        "name": "sky",
        "orbit": {"altitude_km": 650.0, "ltan": "18:00"},
        "satellites": {"number": 10, "accelerator": "h100-sxm", "accelerators": 2, "array_kw": 50.0},
        "embodied": [
            {"category": "launch", "tco2": 40.0, "per": "satellite", "life_years": 5.0},
            {"category": "facility", "tco2": 5.0, "per": "satellite", "life_years": 5.0},
            {"category": "accelerators", "tco2": 1.0, "per": "accelerator", "life_years": 4.0},
            {"category": "facility", "tco2": 2.0, "life_years": 20.0},
        ],
    }
    scenario = build.scenario([sky], [TURNED_AWAY], slots=1, horizon=YEAR | {"slot_hours": 8766.0})
    row = found(scenario)
    assert row["launch_t"] == pytest.approx(80.0, rel=1e-12)
    assert row["made_t"] == pytest.approx(15.1, rel=1e-12)
    assert row["total_t"] == pytest.approx(95.1, rel=1e-12)


SECOND_HALF = {"from": "2027-07-02T15:00:00Z"}  # 4,383 h after the start
HALLS = [{"name": "old", "number": 2}, {"name": "new", "number": 6, "service": SECOND_HALF}]


@pytest.mark.parametrize(
    ("per", "tonnes", "whole"),
    [
        # of the first pool 2/8 for half a year and then all, 5/8 in the mean; of the second all
        ("accelerator", 8 * 5 / 8 + 4, 12),
        ("mw", (8 * 5 / 8 + 8) / 1000, 0.016),
        ("cluster", 5 / 8 / 2 + 1 / 2, 1),  # split over the pools by power, 8 kW each
    ],
)
def test_of_blocks_what_stands_is_counted_and_the_levelised_cost_has_all(per: str, tonnes: float, whole: float) -> None:
    """A tonne a year for each unit. Outside the horizon's plan, a cluster is priced as when all of it is built."""
    pools = [
        {"accelerator": "h100-sxm", "kw_per_accelerator": 1.0, "blocks": HALLS},
        {"accelerator": "h200-sxm", "kw_per_accelerator": 2.0, "number": 4},
    ]
    embodied = [{"category": "facility", "tco2": 10.0, "per": per, "life_years": 10.0}]
    scenario = idle(pools=pools, embodied=embodied)
    assert found(scenario)["made_t"] == pytest.approx(tonnes, rel=1e-12)
    (cluster,) = scenario.clusters
    assert embodied_t_per_year(scenario, cluster) == {"facility": pytest.approx(whole, rel=1e-12)}
    assert cluster_cost(scenario, cluster).tonnes["facility"] == pytest.approx(whole, rel=1e-12)
