"""What it cost, against a plain loop over hours; and what holds between the rows, whatever ran."""

import math

import numpy as np
import pandas as pd
import pytest
from hindsight.nights import CARBON, PRICE, START, a, b, drawn, sites

import placement
from placement.hindsight import WhatIf

FIXED = {"category": "facility", "usd": 1000.0, "per": "accelerator", "life_years": 5}


def by_the_hour(table: pd.DataFrame) -> tuple[float, float]:
    """$ and tCO2e of a log on a and b, hour by hour: kW x PUE x price, and the same with carbon."""
    price = {"a": np.array(PRICE), "b": np.full(48, 60.0)}
    grams = {"a": np.array(CARBON), "b": np.full(48, 50.0)}
    pue = {"a": 1.25, "b": 1.0}
    usd = tonnes = 0.0
    for job in table.to_dict("records"):
        begin = math.ceil((job["started"] - START) / pd.Timedelta(hours=1))
        end = begin + job["hours"]
        for hour in range(begin, math.ceil(end)):
            mwh = job["accelerators"] * 1.0 * pue[job["cluster"]] * (min(end, hour + 1) - hour) / 1000
            usd += mwh * price[job["cluster"]][hour]
            tonnes += mwh * grams[job["cluster"]][hour] / 1000
    return usd, tonnes


@pytest.mark.parametrize("seed", range(5))
def test_as_it_ran_is_what_a_loop_over_hours_says(seed: int) -> None:
    table = drawn(seed, clusters=("a", "b"))
    row = placement.what_if(sites(), table, carbon_usd_per_t=None)["as-it-ran"]
    usd, tonnes = by_the_hour(table)
    assert row.cost_usd == pytest.approx(usd)
    assert row.tco2 == pytest.approx(tonnes)
    assert row.accelerator_hours == pytest.approx(float(table["hours"] @ table["accelerators"]))


@pytest.fixture(scope="module", params=range(3))
def found(request: pytest.FixtureRequest) -> WhatIf:
    """A log of two clusters that cost something whatever runs."""
    made = sites(a(fixed_costs=[FIXED], idle_mw=0.001), b(fixed_costs=[FIXED]))
    return placement.what_if(made, drawn(10 + request.param, clusters=("a", "b")), wait_hours=6.0)


def test_more_freedom_costs_no_more(found: WhatIf) -> None:
    ran, times, anywhere = (found[key].cost_usd for key in ("as-it-ran", "other-times", "anywhere"))
    assert anywhere <= times + 0.01
    assert times <= ran + 0.01
    assert found["anywhere-carbon"].tco2 <= found["other-times-carbon"].tco2 * (1 + 1e-6)
    assert found["other-times-carbon"].tco2 <= found["as-it-ran"].tco2 * (1 + 1e-6)


def test_bounds_are_below_costs_of_all_rows_that_they_hold_for(found: WhatIf) -> None:
    times, anywhere = found["other-times"], found["anywhere"]
    for row in found.alternatives:
        assert anywhere.bound_usd <= row.cost_usd + 0.01
        if row.key in ("as-it-ran", "other-times", "other-times-carbon"):
            assert times.bound_usd <= row.cost_usd + 0.01
        if row.key.endswith("-carbon"):
            assert row.bound_tco2 <= row.tco2
            assert math.isnan(row.bound_usd)


def test_every_plan_passes_the_verifier_and_has_every_job(found: WhatIf) -> None:
    assert list(found.plans) == [row.key for row in found.alternatives]
    for row in found.alternatives:
        assert row.plan is not None
        placement.verify(row.scenario, row.plan).raise_for_errors()
        assert row.plan.jobs["placed"].tolist() == row.plan.jobs["count"].tolist()
        assert len(row.plan.jobs) == found.jobs


def test_what_is_paid_in_any_case_is_the_same_in_every_row(found: WhatIf) -> None:
    assert found.constant_usd > 0
    for row in found.alternatives:
        fixed = row.result.plan.costs.query("category == 'facility'")["usd"].sum()  # type: ignore[union-attr]
        idle = 0.001 * float(np.sum(PRICE))
        assert found.constant_usd == pytest.approx(fixed + idle)


def test_no_job_begins_before_it_was_asked_for_or_after_its_wait(found: WhatIf) -> None:
    for key in ("other-times", "anywhere", "anywhere-carbon"):
        row = found[key]
        begun = row.plan.placements.set_index("job")["start"]  # type: ignore[union-attr]
        jobs = row.scenario.jobs
        for name, submitted in zip(jobs["job"], jobs["submitted"], strict=True):
            asked = pd.Timestamp(submitted, tz="UTC").ceil("h")
            ran = found.plans["as-it-ran"].placements.set_index("job")["start"][name]
            assert asked <= begun[name] <= max(asked + pd.Timedelta(hours=6), ran)


def test_the_table_is_the_rows(found: WhatIf) -> None:
    table = found.table().set_index("key")
    ran = found["as-it-ran"]
    for row in found.alternatives:
        told = table.loc[row.key]
        assert told["difference_usd"] == pytest.approx(row.cost_usd - ran.cost_usd)
        assert told["difference_tco2"] == pytest.approx(row.tco2 - ran.tco2)
        decided = ran.cost_usd - found.constant_usd
        assert told["difference"] == pytest.approx((row.cost_usd - ran.cost_usd) / decided)


def test_waits_of_the_log_that_are_longer_stay_allowed() -> None:
    table = drawn(3)
    late = table.assign(started=table["started"] + pd.Timedelta(hours=10))
    found = placement.what_if(sites(), late, wait_hours=1.0)
    assert any("waited longer than 1 h in the log" in note for note in found.notes)
    assert found["other-times"].cost_usd <= found["as-it-ran"].cost_usd + 0.01
