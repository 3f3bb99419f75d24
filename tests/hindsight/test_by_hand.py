"""Figures worked out by hand: what it cost, and what it would have cost by night, and elsewhere."""

import pandas as pd
import pytest
from hindsight.nights import START, a, b, log, sites

import placement
from placement.hindsight import WhatIf

THREE = log(("x", 0, 0, 2.0, 4, "a"), ("y", 1, 2, 3.0, 8, "a"), ("z", 2.5, 5, 1.0, 2, "a"))
"""34 accelerator-hours by day: 3.4 MWh/100 of IT energy, at 1.25 x 100 $/MWh."""


@pytest.fixture(scope="module")
def found() -> WhatIf:
    return placement.what_if(sites(), THREE)


def test_as_it_ran(found: WhatIf) -> None:
    row = found["as-it-ran"]
    assert row.cost_usd == pytest.approx(0.034 * 1.25 * 100)
    assert row.energy_usd == row.cost_usd
    assert row.tco2 == pytest.approx(0.034 * 1.25 * 0.4)
    assert row.accelerator_hours == pytest.approx(34.0)
    assert (row.moved, row.later, row.stay) == (0, 0, ())


def test_waits_are_counted_between_slots_and_those_of_the_log_to_the_second(found: WhatIf) -> None:
    """x waits for none, y for an hour, z from hour 2.5, so slot 3, to 5."""
    assert found["as-it-ran"].wait_hours == pytest.approx((0 + 1 + 2) / 3)
    assert found.waited_hours == pytest.approx((0 + 1 + 2.5) / 3)


def test_the_same_starts_elsewhere_move_what_fits_and_count_the_rest(found: WhatIf) -> None:
    """y needs eight accelerators and b has four: its 24 hours stay at a, the other 10 run at b without overhead."""
    row = found["same-starts-b"]
    assert row.cost_usd == pytest.approx(0.024 * 1.25 * 100 + 0.010 * 60)
    assert row.tco2 == pytest.approx(0.024 * 1.25 * 0.4 + 0.010 * 0.05)
    assert (row.moved, row.later) == (2, 0)
    assert [(left.words, left.jobs, left.first) for left in row.stay] == [
        ("the pool never has that many accelerators", 1, ("y",))
    ]
    assert not row.lack


def test_other_times_wait_for_the_night(found: WhatIf) -> None:
    row = found["other-times"]
    assert row.cost_usd == pytest.approx(0.034 * 1.25 * 20)
    assert row.bound_usd == pytest.approx(row.cost_usd, rel=1e-5)
    assert (row.moved, row.later) == (0, 3)
    assert found["anywhere"].cost_usd == pytest.approx(row.cost_usd)  # a by night is cheaper than b ever is


def test_a_short_wait_leaves_the_day(found: WhatIf) -> None:
    """Until hour 12 none may wait; with b anywhere, x and z go there, at 60 in the place of 125."""
    short = placement.what_if(sites(), THREE, wait_hours=3.0)
    assert short["other-times"].cost_usd == pytest.approx(found["as-it-ran"].cost_usd)
    assert short["anywhere"].cost_usd == pytest.approx(0.024 * 1.25 * 100 + 0.010 * 60)


def test_least_emissions_cost_more_and_have_a_bound(found: WhatIf) -> None:
    """b emits 50 g/kWh, a by night 125: what fits goes to b, y waits for the night at a."""
    row = found["anywhere-carbon"]
    assert row.tco2 == pytest.approx(0.024 * 1.25 * 0.1 + 0.010 * 0.05)
    assert row.cost_usd == pytest.approx(0.024 * 1.25 * 20 + 0.010 * 60)
    assert 0.99 * row.tco2 < row.bound_tco2 <= row.tco2
    assert found["other-times-carbon"].tco2 == pytest.approx(0.034 * 1.25 * 0.1)


def test_the_price_of_carbon_of_the_scenario_counts_in_every_row() -> None:
    priced = placement.what_if(sites(policy={"carbon_usd_per_t": 50.0}), THREE)
    for key, row in {each.key: each for each in priced.alternatives}.items():
        assert row.cost_usd == pytest.approx(row.energy_usd + 50 * row.tco2), key


def test_work_takes_longer_on_slower_accelerators() -> None:
    """An A100 has 312 of the 989 Tflop/s of an H100."""
    slow = b(number=8, pool={"accelerator": "a100-80gb"})
    row = placement.what_if(sites(a(), slow), log(("x", 0, 0, 1.0, 4, "a")))["same-starts-b"]
    assert row.accelerator_hours == pytest.approx(4 * 989.4 / 312, rel=5e-3)
    assert row.cost_usd == pytest.approx(row.accelerator_hours / 1000 * 60)


def test_run_times_are_those_of_the_log_whatever_ran_them() -> None:
    """What ran on A100s for three hours counts for three hours there, and for less than one on H100s."""
    slow = b(number=8, pool={"accelerator": "a100-80gb"})
    found = placement.what_if(sites(a(), slow), log(("x", 0, 0, 3.0, 4, "b")))
    assert found["as-it-ran"].accelerator_hours == pytest.approx(12.0)
    assert found["same-starts-a"].accelerator_hours == pytest.approx(12.0 * 312 / 989.4, rel=5e-3)


def test_a_pool_that_runs_at_half_speed_ran_for_as_long_as_it_did() -> None:
    half = b(pool={"speed": 0.5})
    found = placement.what_if(sites(a(), half), log(("x", 0, 0, 4.0, 4, "b")))
    assert found["as-it-ran"].accelerator_hours == pytest.approx(16.0)
    assert found["same-starts-a"].accelerator_hours == pytest.approx(8.0)


def test_units_of_a_job_count_each() -> None:
    table = log(("x", 0, 1, 1.0, 2, "a")).assign(count=3)
    found = placement.what_if(sites(), table)
    assert (found.jobs, found["as-it-ran"].accelerator_hours) == (3, 6.0)
    assert found["same-starts-b"].moved == 0  # all three or none
    assert found["same-starts-b"].lack.accelerators == {"b/h100-sxm": 2}
    assert found["as-it-ran"].wait_hours == pytest.approx(1.0)


def test_a_start_inside_a_slot_counts_from_the_next() -> None:
    found = placement.what_if(sites(), log(("x", 0.25, 0.5, 1.0, 2, "a")))
    assert (found.waited_hours, found.rounded_hours, found["as-it-ran"].wait_hours) == (0.25, 0.5, 0.0)
    plan = found.plans["as-it-ran"]
    assert plan.placements["start"].tolist() == [START + pd.Timedelta(hours=1)]
