"""Levelised cost of a cluster against sums by hand, and what the command prints."""

import json
import math
from pathlib import Path
from typing import Any

import build
import pytest
import yaml
from click.testing import CliRunner

from placement.cli.main import cli
from placement.levelised_cost import ClusterCost, cluster_cost
from placement.loader.load import scenario
from placement.money import BOUNDARIES

MONEY = {"discount_rate": 0.1, "price_year": 2026}
COSTS = [
    {"category": "accelerators", "per": "mw", "usd": 2.0e7, "life_years": 5.0},
    {"category": "facility", "per": "cluster", "usd": 3.0e6, "life_years": 10.0},
    {"category": "operations", "per": "accelerator", "usd": 100.0},
]


def site(**more: Any) -> dict[str, Any]:
    row = {
        "name": "site",
        "pools": [{"accelerator": "h100-sxm", "number": 1100, "spares": 100, "kw_per_accelerator": 1.0}],
        "pue": 1.25,
        "energy_price": 50.0,
        "carbon_g_per_kwh": 400.0,
        "water_l_per_kwh": 0.5,
        "interruptions_per_accelerator_year": 0.0,
        "fixed_costs": COSTS,
    }
    return {**row, **more}


def cost(row: dict[str, Any], utilisation: float = 0.5, **more: Any) -> ClusterCost:
    made = scenario({**build.document([row], [build.job()], slots=24), "money": MONEY, **more})
    return cluster_cost(made, made.clusters[0], utilisation)


def test_a_site_by_hand() -> None:
    """1,000 busy half of the time: energy, fixed costs of all 1,100, and every metric of them."""
    found = cost(site())
    five, ten = (0.1 / (1 - 1.1**-n) for n in (5, 10))
    accelerators, facility, operations = 1.1 * 2.0e7 * five, 3.0e6 * ten, 1100 * 100.0
    mwh = 0.5 * 8766  # 1,000 × 1 kW × a half
    assert found.annual_usd["accelerators"] == pytest.approx(accelerators)
    assert found.annual_usd["energy"] == pytest.approx(mwh * 50)
    assert found.annual_usd["cooling"] == pytest.approx(mwh * 50 * 0.25)
    everything = accelerators + facility + operations + mwh * 50 * 1.25
    hours = 1000 * 8766 * 0.5
    assert found.delivered == pytest.approx(hours)
    assert found.per_hour("all_in") == pytest.approx(everything / hours)
    assert found.per_hour("launch_and_power") == pytest.approx(mwh * 50 / hours)
    assert found.per_hour("all_but_accelerators") == pytest.approx((everything - accelerators) / hours)
    assert found.per_kw_year("all_in") == pytest.approx(everything / 1000)
    assert found.per_kwh("all_in") == pytest.approx(everything / (mwh * 1000))
    assert found.per_watt("all_in") == pytest.approx((1.1 * 2.0e7 + 3.0e6) / 1e6)
    assert found.tonnes == pytest.approx({"grid": mwh * 1.25 * 0.4})
    assert found.water_m3 == pytest.approx(mwh * 0.5)


def test_the_cheapest_source_comes_first_up_to_its_limit() -> None:
    """0.625 MW are drawn: 0.4 from gas at 30 $, the rest from a grid of 0.2 at 50 $; 4 % are not there."""
    sources = [
        {"kind": "grid", "limit_mw": 0.2},
        {"kind": "gas", "price": 30.0, "carbon_g_per_kwh": 500.0, "limit_mw": 0.4},
    ]
    found = cost(site(sources=sources))
    assert found.annual_usd["energy"] * 1.25 == pytest.approx(8766 * (0.4 * 30 + 0.2 * 50))
    assert found.tonnes == pytest.approx({"grid": 8766 * 0.2 * 0.4, "gas": 8766 * 0.4 * 0.5})
    assert found.unserved_share == pytest.approx(0.025 / 0.625)


def test_a_grid_that_is_connected_later_counts_as_connected() -> None:
    """The cluster as it will stand: energy that is paid and its carbon do not hang on the day of the connection."""
    plain, later = ([{"kind": "grid", "limit_mw": 1.0, **more}] for more in ({}, {"connected": "2035-01-01"}))
    first, second = cost(site(sources=plain)), cost(site(sources=later))
    assert first.unserved_share == second.unserved_share == 0
    assert first.annual_usd["energy"] == second.annual_usd["energy"] > 0
    assert first.tonnes == second.tonnes


def test_demand_charges_are_on_the_peak_of_each_month() -> None:
    """Wind carries the whole load in ten months of twelve: two months pay for the peak of the grid."""
    blow = {"values": [1.0] * 5 + [0.0] * 2 + [1.0] * 5}
    sources = [
        {"kind": "grid", "limit_mw": 1.0, "demand_charge_usd_per_mw": 9000.0},
        {"kind": "wind", "mw": 1.0, "capacity_factor": blow},
    ]
    made = scenario(
        {
            **build.document(
                [site(sources=sources)], [build.job()], slots=12, horizon={"slot": "month", "start": "2027-01-01"}
            ),
            "money": MONEY,
        }
    )
    found = cluster_cost(made, made.clusters[0], 0.5)
    assert found.annual_usd["contracts"] == pytest.approx(2 * 9000.0 * 0.625)


def test_a_carbon_price_changes_the_order_of_sources() -> None:
    sources = [
        {"kind": "grid", "limit_mw": 1.0},
        {"kind": "gas", "price": 40.0, "carbon_g_per_kwh": 500.0, "limit_mw": 1.0},
    ]
    assert {k for k, t in cost(site(sources=sources)).tonnes.items() if t > 0} == {"gas"}
    dear = cost(site(sources=sources), policy={"carbon_usd_per_t": 200.0})
    assert {k for k, t in dear.tonnes.items() if t > 0} == {"grid"}
    assert dear.annual_usd["carbon"] == pytest.approx(200 * sum(dear.tonnes.values()))


def test_money_scaled_scales_every_cost() -> None:
    first = cost(site())
    scaled = [{**item, "usd": 3 * item["usd"]} for item in COSTS]  # type: ignore[operator]
    second = cost(site(energy_price=150.0, fixed_costs=scaled))
    for boundary in BOUNDARIES:
        assert second.per_hour(boundary) == pytest.approx(3 * first.per_hour(boundary))
        assert second.per_watt(boundary) == pytest.approx(3 * first.per_watt(boundary))
        assert second.per_kwh(boundary) == pytest.approx(3 * first.per_kwh(boundary))


def test_boundaries_widen() -> None:
    found = cost(site())
    values = [found.per_hour(boundary) for boundary in BOUNDARIES]
    assert values == sorted(values)


def test_embodied_carbon_is_spread_over_its_life() -> None:
    embodied = [
        {"category": "accelerators", "per": "accelerator", "tco2": 0.5, "life_years": 5.0},
        {"category": "launch", "per": "cluster", "tco2": 40.0, "life_years": 4.0},
    ]
    found = cost(site(embodied=embodied, carbon_g_per_kwh=0.0))
    assert found.tonnes == pytest.approx({"grid": 0.0, "accelerators": 1100 * 0.1, "launch": 10.0})
    assert found.grams_per_hour == pytest.approx(1e6 * 120 / found.delivered)


def test_satellites_pay_no_energy_and_deliver_what_their_speed_leaves() -> None:
    flying = {
        "name": "sky",
        "orbit": {"altitude_km": 800.0, "ltan": 6.0},
        "satellites": {
            "number": 2, "accelerator": "h100-sxm", "accelerators": 8, "array_kw": 15.0, "array_loss_per_year": 0.0,
            "overhead": 1.25,
        },
        "interruptions_per_accelerator_year": 0.0,
        "fixed_costs": [{"category": "launch", "per": "satellite", "usd": 5.0e5, "life_years": 5.0}],
    }  # fmt: skip
    found = cost(flying, utilisation=1.0)
    launch = 2 * 5.0e5 * 0.1 / (1 - 1.1**-5)
    assert found.annual_usd == pytest.approx({"launch": launch})
    assert found.speed == pytest.approx(1.0)  # 8 × 1.3 × 1.25 = 13 kW, no eclipse in June at 06:00
    assert found.per_hour("launch_and_power") == pytest.approx(launch / (16 * 8766))


def test_accelerators_that_fail_in_orbit_deliver_no_more() -> None:
    """A tenth at the start and a tenth of the rest each year: the mean over five years of 0.9 · 0.9^t."""
    flying = {
        "name": "sky",
        "orbit": {"altitude_km": 800.0, "ltan": 6.0},
        "satellites": {"number": 1, "accelerator": "h100-sxm", "accelerators": 10, "array_kw": 30.0, "infant_loss": 0.1,
                       "accelerator_loss_per_year": 0.1, "life_years": 5.0},
        "interruptions_per_accelerator_year": 0.0,
    }  # fmt: skip
    found = cost(flying, utilisation=1.0)
    share = 0.9 * (1 - 0.9**5) / (-math.log(0.9) * 5)
    assert found.working == pytest.approx(share, rel=1e-3)
    assert found.delivered == pytest.approx(10 * 8766 * share, rel=1e-3)
    assert found.it_kw == pytest.approx(13.0)


def test_a_gigawatt_costs_what_epoch_finds() -> None:
    """Epoch AI, May 2026: 38 B$ to build 1 GW of IT, 8.5 B$ a year to own it: 38 $/W and 8,500 $/kW."""
    done = CliRunner().invoke(cli, ["cost", "stargate-abilene", "--utilisation", "1", "--json"])
    all_in = json.loads(done.output)["clusters"][0]["boundaries"]["all_in"]
    assert all_in["usd_per_w"] == pytest.approx(38, rel=0.02)
    assert all_in["usd_per_kw_year"] == pytest.approx(8500, rel=0.1)


@pytest.mark.parametrize("what", [[], ["ai1"], ["stargate-abilene", "suncatcher-81", "--use", "high"]])
def test_it_reads_well_at_80_columns(what: list[str]) -> None:
    done = CliRunner().invoke(cli, ["cost", *what])
    assert done.exit_code == 0, done.output
    assert max(len(line) for line in done.output.splitlines()) <= 80
    assert "nan" not in done.output


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--utilisation", "nan"), ("--utilisation", "2"), ("--gang", "0"), ("--rate", "-1"), ("--rate", "nan"),
        ("--price-year", "1900"), ("--carbon", "inf"),
    ],
)  # fmt: skip
def test_an_option_out_of_range_is_named(option: str, value: str) -> None:
    done = CliRunner().invoke(cli, ["cost", "ai1", option, value])
    assert done.exit_code == 2
    assert f"Invalid value for '{option}'" in done.output


def test_a_scenario_file_has_its_own_money(tmp_path: Path) -> None:
    """Options that would say otherwise are refused; what the tables stand for is said."""
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(build.document([build.cluster()])), encoding="utf-8")
    done = CliRunner().invoke(cli, ["cost", str(path)])
    assert done.exit_code == 0
    text = " ".join(done.output.split())
    assert "speed over the scenario's horizon" in text
    assert "No fixed_costs are given for earth" in text
    done = CliRunner().invoke(cli, ["cost", str(path), "--rate", "0.5"])
    assert done.exit_code == 2
    assert "--rate is for clusters of the catalogue" in " ".join(done.output.split())


def test_runs_that_fit_nowhere_are_said_to() -> None:
    """Their hours cost beyond all measure, and the table keeps its width."""
    done = CliRunner().invoke(cli, ["cost", "ai1", "project-sunrise", "--gang", "100000"])
    assert done.exit_code == 0
    assert "No pool has room for a run of 100000: ai1, project-sunrise." in done.output
    assert max(len(line) for line in done.output.splitlines()) <= 80


def test_an_unknown_cluster_names_the_nearest() -> None:
    done = CliRunner().invoke(cli, ["cost", "stargate-abilen"])
    assert done.exit_code == 1
    assert "Did you mean 'stargate-abilene'?" in done.output


def test_json_has_the_four_boundaries_of_each_cluster() -> None:
    done = CliRunner().invoke(cli, ["cost", "starcloud-3", "colossus-1", "--json"])
    found = json.loads(done.output)["clusters"]
    assert [row["cluster"] for row in found] == ["starcloud-3", "colossus-1"]
    assert all(set(row["boundaries"]) == set(BOUNDARIES) for row in found)
