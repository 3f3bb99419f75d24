"""A site with sun, batteries and gas that grows, on 24, 96 and 288 ticks a quarter."""

import math
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import placement

START = datetime(2025, 1, 1)
SUN = {"file": "sun.csv", "column": "share", "time_column": "utc", "use": "profile"}

GAP, TOLERANCE = 0.002, 0.01
"""Of each solve, and the share of what is decided on by which costs may differ: hours of a quarter are averaged over
90, 23 or 8 days.
"""


def site(ticks: int, slots: int, battery: bool) -> dict[str, Any]:
    """So many quarters of it."""
    stores = [{"kind": "battery", "mw": 0.5, "mwh": 2}] if battery else []
    sun = {"solar": 5, **({"battery": 1} if battery else {})}
    return {
        "format": 1,
        "name": f"{ticks} ticks",
        "horizon": {
            "start": "2027-01-01T00:00:00Z",
            "slot": "quarter",
            "slots": slots,
            "period_slots": 1,
            "ticks": ticks,
        },
        "policy": {"tails": False, "defer": False, "carbon_usd_per_t": 20},
        "clusters": [
            {
                "name": "desert",
                "status": "operating",
                "pue": 1.2,
                "energy_price": "us-tex-erco",
                "carbon_g_per_kwh": "us-tex-erco-carbon",
                "power_limit_mw": 10,
                "pools": [
                    {"accelerator": "gb200", "number": 4000},
                    {"name": "new", "accelerator": "gb300", "number": 0},
                ],
                "sources": [
                    {"kind": "grid", "limit_mw": 6},
                    {"kind": "solar", "mw": 0, "capacity_factor": SUN},
                    *stores,
                    {"kind": "gas", "price": 95, "carbon_g_per_kwh": 480, "limit_mw": 0},
                ],
                "modules": [
                    {
                        "name": "sun",
                        "sources_mw": sun,
                        "usd": 2500000,
                        "life_years": 20,
                        "max": 4,
                    },
                    {"name": "engines", "sources_mw": {"gas": 3}, "usd": 3000000, "life_years": 20, "max": 3},
                    {
                        "name": "hall",
                        "pool": "new",
                        "accelerators": 1000,
                        "power_mw": 3,
                        "usd": 15000000,
                        "life_years": 10,
                        "max": 4,
                    },
                ],
            }
        ],
        "flows": [
            {
                "name": "serve",
                "demand": {"points": {"2027": 8000, "2030": 20000}, "between": "geometric"},
                "unmet_usd_per_accelerator_hour": 0.6,
            }
        ],
    }


def sunny_year(folder: Path) -> None:
    """Hourly capacity factors of a year: none at night, more in summer; a quarter in the mean."""
    lines = ["utc,share"]
    for hour in range(8760):
        day, clock = divmod(hour, 24)
        season = 0.8 - 0.2 * math.cos(2 * math.pi * day / 365)
        share = max(0.0, season * math.sin(math.pi * (clock - 12) / 12))  # noon in Texas is 18:00 UTC
        lines.append(f"{(START + timedelta(hours=hour)).isoformat()}Z,{share:.6f}")
    (folder / "sun.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("slots", "battery", "ticks"), [(5, False, (24, 96, 288)), (2, True, (24, 96))], ids=["five quarters", "batteries"]
)
def test_a_site_costs_the_same_on_more_ticks_a_quarter(
    slots: int, battery: bool, ticks: tuple[int, ...], tmp_path: Path
) -> None:
    sunny_year(tmp_path)
    scenarios = [placement.scenario(site(each, slots, battery), folder=tmp_path) for each in ticks]
    results = [placement.solve(scenario, gap=GAP, baseline=False) for scenario in scenarios]
    decided = [result.cost_usd - result.constant_usd for result in results]
    assert all(result.gap <= GAP for result in results)
    assert max(decided) - min(decided) <= TOLERANCE * min(decided)
    assert all(len(result.plan.builds) > 0 for result in results if result.plan is not None)
