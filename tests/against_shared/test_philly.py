"""A day of a real job log at real prices: Microsoft Philly, 2017, on sites of 2027 at ERCOT and PJM prices of 2023.

Each accelerator of the log stands for a rack of 64, the number that one satellite carries. Jobs of one rack need their
own fabric and nothing else; jobs of more racks are synchronous. The data are not part of the project: without them the
test skips.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import placement
from placement.catalog import catalog

SHARED = Path(__file__).parents[3] / "shared" / "data"
LOG = SHARED / "jobs" / "philly_first_80_days.parquet"
PRICES = SHARED / "market" / "price_usd_per_mwh_hourly_2020_2023.parquet"

pytestmark = pytest.mark.skipif(
    not (LOG.is_file() and PRICES.is_file()), reason="the Philly log and the hourly prices are not at hand"
)

RACK = 64
DAY = 32
START = pd.Timestamp("2027-06-07T00:00:00Z")


def jobs_of_a_day() -> pd.DataFrame:
    """The day's jobs; those that run longer than the horizon have a tail."""
    log = pd.read_parquet(LOG)
    day = log[(log["submit_s"] >= DAY * 86400) & (log["submit_s"] < (DAY + 1) * 86400) & (log["gpus"] >= 1)]
    racks = day["gpus"].astype(int)
    return pd.DataFrame(
        {
            "job": "philly-" + day["job_id"].astype(str),
            "hours": (day["duration_s"] / 3600).clip(lower=1 / 60),
            "accelerators": racks * RACK,
            "team": day["group"],
            "submitted": START + pd.to_timedelta(day["submit_s"] - DAY * 86400, unit="s"),
            "sync_gbps": np.where(racks > 1, 100.0, 50.0),
            "checkpoint_tb": 0.002 * racks * RACK,
            "delay_usd_per_hour": 0.07 * racks * RACK,
        }
    )


def price(column: str) -> dict[str, object]:
    return {"file": str(PRICES), "column": column, "time_column": "utc", "use": "replay", "year": 2023}


def scenario(jobs: pd.DataFrame) -> placement.Scenario:
    def site(name: str, accelerator: str, number: int, column: str) -> dict[str, object]:
        fabric = [{"accelerators": 64, "gbps": 3600.0}, {"accelerators": number, "gbps": 400.0}]
        pool = {"accelerator": accelerator, "number": number, "fabric": fabric}
        return {"from": name, "pools": [pool], "sources": [], "energy_price": price(column), "power_limit_mw": 20.0}

    document = {
        "format": 1,
        "name": "philly",
        "horizon": {"start": "2027-06-07T00:00:00Z", "slot_hours": 1, "slots": 36},
        "clusters": [
            site("stargate-abilene", "gb200", 1536, "US-TEX-ERCO"),
            site("colossus-1", "h100-sxm", 2048, "US-MIDA-PJM"),
            site("fairwater-atlanta", "gb300", 1536, "US-MIDA-PJM"),
            {"from": "suncatcher-81", "as_if": True},
            {"from": "ai1", "as_if": True},
        ],
        "policy": {"defer": False},
    }
    return placement.scenario(document, tables={"jobs": jobs})


def on_the_whole_catalogue(jobs: pd.DataFrame) -> placement.Scenario:
    """Every cluster that is, or is announced, as large as it is."""
    clusters = [
        {"from": name, "as_if": True}
        for name, entry in catalog().section("clusters").items()
        if entry["status"] != "hypothetical"
    ]
    horizon = {"start": "2027-06-07T00:00:00Z", "slot_hours": 1, "slots": 36}
    document = {"format": 1, "name": "whole", "horizon": horizon, "clusters": clusters, "policy": {"defer": False}}
    return placement.scenario(document, tables={"jobs": jobs})


def test_a_day_of_the_log_is_placed_checked_and_makes_sense() -> None:
    """Every second job of it; the whole day and the whole catalogue are benchmarks."""
    jobs = jobs_of_a_day().iloc[::2]
    assert len(jobs) > 150
    made = scenario(jobs)
    result = placement.solve(made, gap=0.04, time_limit_s=600)
    assert result.plan is not None
    placement.verify(made, result.plan).raise_for_errors()
    assert result.gap < 0.05
    assert result.bound_usd <= result.cost_usd
    assert result.baseline_usd is None or result.cost_usd <= result.baseline_usd + 0.01
    runs = result.plan.placements.query("kind == 'run'")
    in_orbit = runs[runs["cluster"].isin(["suncatcher-81", "ai1"])]
    assert len(in_orbit) > 0  # small tolerant jobs may
    assert in_orbit["accelerators"].max() == RACK  # and synchronous ones over several satellites must not
    assert runs["accelerators"].max() == 32 * RACK  # the largest of the day, 2,048 accelerators, on Earth
    placed = result.plan.jobs["placed"].sum() / result.plan.jobs["count"].sum()
    assert placed > 0.9
