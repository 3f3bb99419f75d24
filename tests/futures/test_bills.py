"""What is paid in futures, and the limits that hold there."""

import math
from typing import Any

import build
import pytest
from futures.by_hand import PAIR, SEED, STORM, both, carried, event, find, job, once, planned, told

import placement
from placement.folder import Stored
from placement.futures.stress import one_by_one_of, stress

pytestmark = pytest.mark.usefixtures("solved_here")


@both
def test_a_factor_on_the_price_of_energy_changes_energy_by_it_and_nothing_else(how: str) -> None:
    """0.8 $ of energy × 1.5, with a PUE of 1.25 1 $; rent and delay as they are."""
    site = build.cluster(pue=1.25, pool={"usd_per_accelerator_hour": 0.5})
    inputs = [{"paths": ["clusters.earth.energy_price"], "how": "factor", "discrete": {"values": [1.5]}}]
    stored = planned(build.document([site], [job()], slots=12, uncertainty={"inputs": inputs}), 1.0 + 4.0 + 20)
    told(carried(stored, 0, how), 1.5 + 4.0 + 20)


@both
def test_a_value_of_the_price_of_energy_stands_there(how: str) -> None:
    inputs = [{"paths": ["clusters.earth.energy_price"], "discrete": {"values": [-50.0]}}]
    site = build.cluster(energy_price=[100.0, 200.0] * 6, idle_mw=0.001)
    stored = planned(build.document([site], [job()], slots=12, uncertainty={"inputs": inputs}), 1.2 + 20 + 1.8)
    # 4 kW for 2 h, and 1 kW of idle power for 12 h, at -0.05 $/kWh
    told(carried(stored, 0, how), -0.4 + 20 - 0.6)


def test_a_drawn_price_of_carbon_is_paid() -> None:
    """8 kWh of 500 g are 0.004 t, at 250 $/t 1 $."""
    inputs = [{"paths": ["policy.carbon_usd_per_t"], "discrete": {"values": [250.0]}}]
    site = build.cluster(carbon_g_per_kwh=500.0)
    stored = planned(build.document([site], [job()], slots=12, uncertainty={"inputs": inputs}), 20.8)
    told(carried(stored, 0), 21.8, tco2=0.004)


@both
def test_carbon_of_the_grid_is_drawn_and_paid(how: str) -> None:
    inputs = [{"paths": ["clusters.earth.carbon_g_per_kwh"], "how": "factor", "discrete": {"values": [3.0]}}]
    site = build.cluster(carbon_g_per_kwh=500.0, idle_mw=0.001)
    written = build.document([site], [job()], slots=12, policy={"carbon_usd_per_t": 250.0})
    stored = planned({**written, "uncertainty": {"inputs": inputs}}, 20.8 + 1.0 + 12 * (0.1 + 0.125))
    # (8 + 12) kWh × 1.5 kg
    told(carried(stored, 0, how), 20.8 + 1.2 + 0.03 * 250, tco2=0.03)


@both
def test_prices_in_blocks_are_paid(how: str) -> None:
    """Two days of 100 and 300 $/MWh; a runs in the first 2 h, at what was drawn for the first block."""
    prices = [{"clusters": ["earth"], "block_hours": 24}]
    site = build.cluster(energy_price=[100.0] * 24 + [300.0] * 24)
    stored = planned(build.document([site], [job()], slots=48, uncertainty={"prices": prices}), 20.8)
    found = stress(stored, 24, seed=SEED, workers=1, one_by_one=how == "one by one")
    of = one_by_one_of(stored, SEED).drawing
    blocks = [of.future(n).blocks[0].tolist() for n in range(24)]
    assert found.how == how
    assert len({tuple(each) for each in blocks}) == 4
    for (first, second), row in zip(blocks, found.futures.to_dict("records"), strict=True):
        price = {0: 100.0, 24: 300.0}
        assert row["cost_usd"] == pytest.approx(0.008 * price[first] + 20)
        assert row["mean price at earth"] == pytest.approx((price[first] + price[second]) / 2)


@both
def test_a_factor_on_prices_that_are_drawn_in_blocks_counts_or_is_refused(how: str) -> None:
    inputs = [{"paths": ["clusters.earth.energy_price"], "how": "factor", "discrete": {"values": [2.0]}}]
    uncertainty = {"inputs": inputs, "prices": [{"clusters": ["earth"], "block_hours": 24}]}
    written = build.document([build.cluster()], [job()], slots=24, uncertainty=uncertainty)
    try:
        stored = planned(written)
    except placement.ScenarioError:
        return
    told(carried(stored, 0, how), 21.6)


def test_prices_of_a_cluster_whose_grid_has_its_own_count_or_are_refused() -> None:
    site = build.cluster(sources=[{"kind": "grid", "price": [100.0] * 24 + [300.0] * 24}])
    uncertainty = {"prices": [{"clusters": ["earth"], "block_hours": 24}]}
    written = build.document([site], [job()], slots=48, uncertainty=uncertainty)
    try:
        stored = planned(written)
    except placement.ScenarioError:
        return
    found = stress(stored, 12, seed=SEED, workers=1, one_by_one=True)
    assert len(set(found.futures["cost_usd"].round(6))) == 2


def test_a_flow_whose_demand_is_drawn_is_unmet_beyond_what_there_is() -> None:
    """4 wanted, and drawn 3 times that: 8 are served at 0.1 $ an hour each, 4 unmet at 5 $, for 6 h."""
    flow = {"name": "chat", "demand": 4.0, "unmet_usd_per_accelerator_hour": 5.0}
    inputs = [{"paths": ["flows.chat.demand"], "how": "factor", "discrete": {"values": [3.0]}}]
    stored = planned(build.document(jobs=[], slots=6, flows=[flow], uncertainty={"inputs": inputs}), 2.4)
    told(carried(stored, 0), 6 * (0.8 + 20))


def test_a_flow_yields_to_runs_and_is_settled_anew_around_them() -> None:
    """a on 4 of 8 for 2 h, a flow of 4 beside it. Half is lost from slot 1 on: a keeps its 4, the flow has none then.

    As planned 20.8 + 6 × 0.4. Unmet: 4 × 5 $ in slot 1; from slot 2 on the 4 that are left serve it.
    """
    flow = {"name": "chat", "demand": 4.0, "unmet_usd_per_accelerator_hour": 5.0}
    stored = planned(build.document(jobs=[job()], slots=6, flows=[flow], uncertainty={"events": [STORM]}), 23.2)
    number, _ = find(stored, once((0.1, 0.9)))
    told(carried(stored, number), 20.8 + 5 * 0.4 + 20)


def test_a_battery_that_is_empty_leaves_the_later_half_of_the_runs_out() -> None:
    """Grid 4 kW, battery 4 kW and 8 of 16 kWh: as planned both run from 0 to 2, for 16 kWh in all.

    With a grid of 1 kW there is power for one at a time, 5 kW, so b comes after a. But each takes 6 kWh of the battery:
    there are 8. The later half, b, is left out; a's 8 kWh are paid, part of them to fill the battery again.
    """
    sources = [
        {"kind": "grid", "price": 100.0, "limit_mw": 0.004},
        {"kind": "battery", "mw": 0.004, "mwh": 0.016, "initial_mwh": 0.008, "round_trip_efficiency": 1.0},
    ]
    inputs = [{"paths": ["clusters.earth.sources.grid.limit_mw"], "how": "factor", "discrete": {"values": [0.25]}}]
    written = build.document(
        [build.cluster(sources=sources)], [job("a"), job("b")], slots=12, policy={"tails": False},
        uncertainty={"inputs": inputs},
    )  # fmt: skip
    stored = planned(written, 41.6)
    told(carried(stored, 0), 20.8 + 1000, away_usd=1000.0, away=1)


def test_a_battery_that_holds_out_is_settled_anew() -> None:
    """With a grid of 2 kW there are 6: b comes after a, and each takes 4 of the battery's 8 kWh."""
    sources = [
        {"kind": "grid", "price": 100.0, "limit_mw": 0.004},
        {"kind": "battery", "mw": 0.004, "mwh": 0.016, "initial_mwh": 0.008, "round_trip_efficiency": 1.0},
    ]
    inputs = [{"paths": ["clusters.earth.sources.grid.limit_mw"], "how": "factor", "discrete": {"values": [0.5]}}]
    written = build.document(
        [build.cluster(sources=sources)], [job("a"), job("b")], slots=12, policy={"tails": False},
        uncertainty={"inputs": inputs},
    )  # fmt: skip
    told(carried(planned(written, 41.6), 0), 61.6, late_hours=2.0)


# Limits


def test_limits_of_dollars_and_least_amounts_do_not_bind() -> None:
    """A purse for energy and rent that the plan keeps to, and at least 8 accelerator-hours of use."""
    limits = [
        {"name": "purse", "of": "usd", "per": "horizon", "max": 5.0},
        {"name": "use", "of": "accelerators", "per": "horizon", "min": 8.0},
    ]
    site = build.cluster(pool={"usd_per_accelerator_hour": 0.5})
    # as planned 0.8 + 4 $ of the purse; tripled by the price 2.4 + 4 = 6.4 $, over it
    inputs = [{"paths": ["clusters.earth.energy_price"], "how": "factor", "discrete": {"values": [3.0]}}]
    stored = planned(build.document([site], [job()], slots=6, limits=limits, uncertainty={"inputs": inputs}), 24.8)
    told(carried(stored, 0), 26.4)


@both
def test_other_limits_bind(how: str) -> None:
    """At most 4 accelerators for a team in a slot: of its two runs, longer now, the second waits for the first."""
    limits = [{"name": "quota", "of": "accelerators", "over": {"jobs": {"team": "red"}}, "max": 4.0}]
    jobs = [job("a", 2.0, team="red"), job("b", 2.0, team="red"), job("c", 2.0)]
    written = build.document(jobs=jobs, slots=12, limits=limits, uncertainty={"events": [event(speed=0.0)]})
    stored = planned(written, 3 * 0.8 + 20 + 40 + 20)
    number, ((window,),) = find(stored, once((0.1, 1.0), ends=(1.1, 1.9)))
    end = math.ceil((2 + window[1] - window[0]) * 256 - 1e-6) / 256
    # One of a and b from 0 and c beside it end at x, in slot 2 or 3, of which a share is left: the other, planned for
    # slot 2, starts in the slot in which the first ends only if both fit on average, which a whole run of 4 does not.
    start = math.ceil(end)
    usd = 3 * 0.4 * 0 + 0.4 * (2 * end + 2) + 10 * (2 * end + start + 2)
    told(carried(stored, number, how), usd, late_hours=2 * (end - 2) + start - 2)


DOUBLED = [{"paths": ["clusters.earth.carbon_g_per_kwh"], "how": "factor", "discrete": {"values": [2.0]}}]


def emitting(inputs: list[dict[str, Any]], **over: Any) -> Stored:
    """Two runs of 4 kW at 400 g/kWh, 0.0016 t an hour each; 0.004 t are allowed. At twice that one runs at a time."""
    limits = [{"name": "cap", "of": "tco2", "max": 0.004, **over}]
    jobs = [{**each, "tags": ["big"]} for each in PAIR]
    site = build.cluster(carbon_g_per_kwh=400.0)
    return planned(build.document([site], jobs, slots=12, limits=limits, uncertainty={"inputs": inputs}), 62.4)


def test_a_limit_of_carbon_of_jobs_goes_by_the_carbon_that_is_drawn() -> None:
    """b, after a, ends at 6: 24 kWh at 0.8 kg."""
    stored = emitting(DOUBLED, over={"jobs": {"tags": ["big"]}})
    told(carried(stored, 0), 2.4 + 30 + 60, late_hours=3.0, tco2=0.0192)


def test_a_limit_of_all_carbon_binds() -> None:
    """By the text b waits; or, since nothing keeps the rule, the later half, b, is left out."""
    got = carried(emitting(DOUBLED), 0)
    assert round(got["cost_usd"], 6) in (92.4, 1031.2)
