"""What is decided beside runs (batteries, on and off) is decided best in every row, also as it ran."""

import pytest
from hindsight.nights import PRICE, a, b, log, sites

import placement
from placement.hindsight import WhatIf

DAY = log(("x", 0, 2, 4.0, 8, "a"), ("y", 1, 6, 2.0, 2, "a"))


def check(found: WhatIf) -> None:
    """What holds of every row."""
    ran, times, anywhere = (found[key] for key in ("as-it-ran", "other-times", "anywhere"))
    assert anywhere.cost_usd <= times.cost_usd + 0.01 <= ran.cost_usd + 0.02
    assert times.bound_usd <= times.cost_usd + 0.01
    for row in found.alternatives:
        assert row.plan is not None
        placement.verify(row.scenario, row.plan).raise_for_errors()


def test_a_battery_serves_the_day_from_the_night() -> None:
    """It cannot before the first night: as it ran costs what it costs without."""
    battery = {
        "kind": "battery",
        "name": "cells",
        "mw": 0.01,
        "mwh": 0.02,
        "round_trip_efficiency": 1.0,
        "initial_mwh": 0.0,
    }
    grid = {"kind": "grid", "name": "grid", "limit_mw": 1.0}
    found = placement.what_if(sites(a(sources=[grid, battery]), b()), DAY)
    check(found)
    assert found["as-it-ran"].cost_usd == pytest.approx(0.036 * 1.25 * 100)


def test_a_site_that_is_off_while_nothing_runs() -> None:
    """Idle power of 2 kW counts in the hours from 2 to 8 alone, and in none where all runs elsewhere."""
    made = sites(a(switchable=True, idle_mw=0.002, initially_on=False), b(number=10))
    found = placement.what_if(made, DAY)
    check(found)
    idle = 0.002 * sum(PRICE[2:8])
    assert found["as-it-ran"].cost_usd == pytest.approx(0.036 * 1.25 * 100 + idle)
    assert found["same-starts-b"].cost_usd == pytest.approx(0.036 * 60)


def test_satellites_are_another_place() -> None:
    """Small jobs fly; a gang that needs more than their links give does not, and says so."""
    orbit = {"from": "suncatcher-81", "as_if": True}
    table = log(("x", 0, 2, 4.0, 8, "a"), ("y", 1, 6, 2.0, 2, "a")).assign(sync_gbps=[0.0, 5000.0])
    found = placement.what_if(sites(a(), orbit), table)
    check(found)
    row = found["same-starts-suncatcher-81"]
    assert (row.moved, [left.first for left in row.stay]) == (1, [("y",)])
