"""Real logs, where they are at hand, as they ran and otherwise."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from importers.logs import SHARED

import placement
from placement.hindsight import WhatIf, read_log

IPSC, SACCT = SHARED / "formats" / "NASA-iPSC-1993-3.1-cln.swf.gz", SHARED / "formats" / "sacct_parsable2.txt"
PHILLY = SHARED / "jobs" / "philly_first_80_days.parquet"
PRICES = SHARED / "market" / "price_usd_per_mwh_hourly_2020_2023.parquet"
CARBON = SHARED / "market" / "carbon_g_per_kwh_hourly_2021_2023.parquet"

pytestmark = pytest.mark.skipif(
    not (PRICES.is_file() and CARBON.is_file()), reason="the hourly prices and carbon intensities are not at hand"
)


def there(path: Path) -> Path:
    if not path.is_file():
        pytest.skip(f"the log {path.name} is not at hand")
    return path


def sites(start: str, hours: int, number: int) -> placement.Scenario:
    """Texas and California at hourly figures of 2023."""

    def series(path: Path, column: str) -> dict[str, Any]:
        return {"file": str(path), "column": column, "time_column": "utc", "use": "replay", "year": 2023}

    clusters = [
        {
            "name": name, "pools": [{"accelerator": "h100-sxm", "number": number}], "pue": 1.2,
            "energy_price": series(PRICES, column), "carbon_g_per_kwh": series(CARBON, column),
        }
        for name, column in (("texas", "US-TEX-ERCO"), ("california", "US-CAL-CISO"))
    ]  # fmt: skip
    document = {
        "format": 1, "name": "real", "clusters": clusters, "horizon": {"start": start, "slot_hours": 1, "slots": hours},
    }  # fmt: skip
    return placement.scenario(document, tables={"jobs": {"job": ["none"], "hours": [1.0], "accelerators": [1]}})


def check(found: WhatIf) -> None:
    """What holds of every log."""
    ran, times, anywhere = (found[key] for key in ("as-it-ran", "other-times", "anywhere"))
    assert anywhere.cost_usd <= times.cost_usd + 0.01
    assert times.cost_usd <= ran.cost_usd + 0.01
    assert anywhere.bound_usd <= anywhere.cost_usd + 0.01
    assert times.bound_usd <= times.cost_usd + 0.01
    for row in found.alternatives:
        assert row.plan is not None
        placement.verify(row.scenario, row.plan).raise_for_errors()


def test_three_days_of_the_nasa_ipsc() -> None:
    """Its accelerator-hours are those of the log but for grains; energy is what a loop over hours says."""
    log = read_log(there(IPSC), from_="1993-10-04T00:00Z", to="1993-10-07T00:00Z", onto="2027-10-04T00:00:00Z")
    made = sites("2027-10-04T00:00:00Z", 110, 128)
    found = placement.what_if(made, log, clusters={"": "texas"}, gap=0.02, carbon_usd_per_t=None)
    check(found)
    row = found["as-it-ran"]
    hours = np.array(log.table.column("hours")) * np.array(log.table.column("accelerators"))
    assert hours.sum() <= row.accelerator_hours <= hours.sum() + 128 / 256 * len(hours)
    assert found["other-times"].cost_usd < 0.95 * row.cost_usd


def test_an_output_of_sacct() -> None:
    """One job of two days on 128, one of an hour on eight; a third waits."""
    made = sites("2026-03-01T00:00:00Z", 96, 144)
    found = placement.what_if(made, read_log(there(SACCT)), clusters={"train": "california"})
    check(found)
    assert found.jobs == 2
    assert found["as-it-ran"].accelerator_hours == pytest.approx(48 * 128 + 8)


def test_two_days_of_philly_as_a_table() -> None:
    """The table has no starts; submissions are read as such."""
    columns = {"started": "submit_s", "submitted": "submit_s", "seconds": "duration_s"}
    log = read_log(
        there(PHILLY), start="2027-01-04", from_="2027-02-05", to="2027-02-07", columns=columns, onto="2027-06-07"
    )
    assert log.tally.kept > 300
    long = max(log.table.column("hours").to_pylist())
    made = sites("2027-06-07T00:00:00Z", int(48 + long + 30), 400)
    found = placement.what_if(made, log, clusters={"": "texas"}, wait_hours=8, gap=0.02, carbon_usd_per_t=None)
    check(found)
