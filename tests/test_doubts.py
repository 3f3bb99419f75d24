"""Doubts: numbers that can be, and are as a rule a slip, are told by `check` with what to write; right ones are not."""

from pathlib import Path
from typing import Any

import build
import pytest
from cli.command import run
from loader.files import write

import placement
from placement.doubts import doubts
from placement.survey import survey


def of_cluster(**more: Any) -> list[str]:
    """What is doubted of a site of eight accelerators of 1 kW with something changed."""
    return doubts(build.scenario([build.cluster(**more)]))


def solar(**more: Any) -> dict[str, Any]:
    return {"kind": "solar", "mw": 1.0, "capacity_factor": 0.3, **more}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {"power_limit_mw": 700_000, "pool": {"number": 10**6}},
            "clusters.earth.power_limit_mw is 700,000, and all of its accelerators draw 1,000 MW. If kW are meant, wri",
        ),
        (
            {"power_limit_mw": 8_000},
            "is 8,000, and all of its accelerators draw 0.008 MW. If W are meant, write 0.008.",
        ),
        (
            {"power_limit_mw": 700_000, "pool": {"number": 10**7}},
            "clusters.earth.power_limit_mw is 700,000 MW, more than any site has. If kW are meant, write 700.",
        ),
        ({"power_limit_mw": 8}, "clusters.earth.power_limit_mw is 8, and all of its accelerators draw 0.008 MW. If kW"),
        ({"power_limit_mw": [8.0, 0.008, 0.008, 0.008]}, "are meant, write 0.008."),
        ({"idle_mw": 2.0}, "clusters.earth.idle_mw is 2, more than the 0.008 MW that all of its accelerators draw at"),
        ({"sources": [{"kind": "grid", "limit_mw": 50_000}]}, "clusters.earth.sources.grid.limit_mw is 50,000 MW"),
        ({"sources": [{"kind": "grid"}, solar(mw=30_000)]}, "clusters.earth.sources.solar.mw is 30,000 MW"),
        ({"energy_price": 0.06}, "clusters.earth.energy_price is 0.06 $/MWh. If $/kWh are meant, write 60."),
        ({"energy_price": [0.06, 0.09, 0.1, 0.06]}, "is 0.06 to 0.1 $/MWh. If $/kWh are meant, write `scale: 1000` w"),
        ({"sources": [{"kind": "grid", "price": 0.08}]}, "clusters.earth.sources.grid.price is 0.08 $/MWh."),
        ({"carbon_g_per_kwh": 0.38}, "clusters.earth.carbon_g_per_kwh is 0.38 g/kWh. If kg/kWh or t/MWh are meant, w"),
        (
            {"carbon_g_per_kwh": 380_00},
            "clusters.earth.carbon_g_per_kwh is 38,000 g/kWh, more than any plant emits: coal ",
        ),
        ({"sources": [{"kind": "grid", "carbon_g_per_kwh": 0.4}]}, "clusters.earth.sources.grid.carbon_g_per_kwh is"),
        ({"pue": 4}, "clusters.earth.pue is 4: more than two thirds of its power"),
        (
            {"pool": {"kw_per_accelerator": 700}},
            "pools.h100-sxm.kw_per_accelerator is 700 kW for one accelerator. If W",
        ),
        ({"pool": {"fabric": [{"accelerators": 8, "gbps": 400_000}]}}, "fabric: gbps is 400,000 Gbit/s. If Mbit/s are"),
        ({"link": {"gbps_in": 100_000, "gbps_out": 100}}, "clusters.earth.link.gbps_in is 100,000 Gbit/s. If Mbit/s"),
    ],
)
def test_a_number_of_another_unit_is_doubted_once(more: dict[str, Any], words: str) -> None:
    (doubt,) = of_cluster(**more)
    assert words in doubt


@pytest.mark.parametrize(
    "more",
    [
        {"power_limit_mw": 0.008},
        {"power_limit_mw": 2.0},
        {
            "pool": {"number": 0},
            "power_limit_mw": 1000.0,
            "modules": [{"name": "rack", "accelerators": 1, "usd": 0.0, "max": 300}],
        },
        {"energy_price": 0.0},
        {"energy_price": -5.0},
        {"energy_price": [0.5, -0.5, 0.2, 0.0]},
        {"energy_price": [0.5, 20.0, 0.2, 0.9]},
        {"carbon_g_per_kwh": 5.0},
        {"carbon_g_per_kwh": [0.0, 0.1, 0.2, 0.3]},
        {"sources": [{"kind": "grid"}, solar()]},
        {"pool": {"kw_per_accelerator": 23.0}},
        {"pue": 2.0},
        {"idle_mw": 0.004},
    ],
)
def test_what_may_well_be_so_is_not_doubted(more: dict[str, Any]) -> None:
    assert of_cluster(**more) == []


def test_accelerators_and_jobs_are_doubted() -> None:
    own = {"name": "own", "bf16_tflops": 1000.0, "memory_gb": 80.0, "kw": 1000.0}
    made = build.scenario(
        [build.cluster(pool={"accelerator": "own", "kw_per_accelerator": None})],
        [build.job("a"), *(build.job(f"b{k}", sync_gbps=400_000.0) for k in range(5))],
        accelerators=[own],
    )
    assert doubts(made) == [
        "accelerators.own.kw is 1000 kW for one accelerator. If W are meant, write 1; of a host, divide it.",
        "jobs: sync_gbps is up to 400,000 Gbit/s for each accelerator of b0, b1, b2 and 2 more. If Mbit/s are meant, "
        "write 400.",
    ]


def test_teams_of_a_budget_without_jobs_are_told_and_cost_nothing(tmp_path: Path) -> None:
    """One of them may be mistyped: the team that it may mean has no row of its own."""
    (tmp_path / "budget.csv").write_text("team,usd_per_run\nblue,1\ngren,2\nviolet,3\n", encoding="utf-8")
    jobs = [build.job("a", team="blue"), build.job("b", team="green")]
    fees = [{"name": "budget", "table": "budget.csv"}]
    path = write(tmp_path, build.document(jobs=jobs, terms=fees))
    assert doubts(placement.load(path)) == [
        "terms.budget: these teams have no jobs, and their rows cost nothing: gren (did you mean 'green'?), violet."
    ]
    done = run("check", path)
    assert done.code == 0
    assert "note: terms.budget: these teams have no jobs" in done.out
    result = placement.solve(placement.load(path), gap=0)
    assert result.cost_usd == pytest.approx(2 * 0.8 + 1)


def test_a_scenario_that_is_as_others_are_has_no_doubts() -> None:
    assert doubts(build.scenario()) == []
    for name in ("one-week", "central"):
        assert doubts(placement.load(name)) == []


def test_doubts_are_remarks_of_a_survey() -> None:
    made = build.scenario([build.cluster(pue=4)])
    assert survey(made).remarks[-1] == doubts(made)[0]
