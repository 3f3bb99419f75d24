"""What an hour costs of capacity that is added: against closed forms, and the cost of a cluster as it stands."""

import itertools
import math
from typing import Any

import build
import lifting
import pandas as pd
import pytest

import placement
from placement.physics.constants import EARTH_RADIUS_KM
from placement.schema import Scenario

RATE = 0.1
YEAR = 8766.0
BOUNDARIES = ("launch_and_power", "energy_cooling_launch", "all_but_accelerators", "all_in")
FOREVER = 100.0


def recovered(years: float, rate: float = RATE) -> float:
    """What is paid a year for each dollar, over so many years."""
    return rate / (1 - (1 + rate) ** -years)


HALL = {"name": "hall", "accelerators": 10, "usd": 4000.0, "accelerators_usd": 6000.0, "life_years": 8.0, "max": 2}
SAIL = {"mass_kg": 500.0, "usd": 3000.0, "accelerators_usd": 1000.0, "life_years": 5.0}
ROCKET = {"name": "rocket", "payload_kg": {"sso": 2000.0}, "usd_per_flight": 8000.0, "flights_per_period": 4}


def earth(*modules: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A site at 100 $/MWh with accelerators of 1 kW and a PUE of 1.25."""
    return build.cluster("earth", 0, pue=1.25, modules=list(modules), **more)


def scenario(*clusters: dict[str, Any], **more: Any) -> Scenario:
    """A year of months in quarters; modules that are ordered in the first stand from April on."""
    horizon = {"start": "2027-01-01T00:00:00Z", "slot": "month", "period_slots": 3}
    return build.scenario(
        list(clusters),
        [],
        slots=12,
        horizon=more.pop("horizon", horizon),
        vehicles=more.pop("vehicles", [ROCKET]),
        money=more.pop("money", {"discount_rate": RATE}),
        flows=[{"name": "idle", "demand": 0.0, "unmet_usd_per_accelerator_hour": 0.0}],
        **more,
    )


def rows(*clusters: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    return placement.new_capacity(scenario(*clusters, **more)).to_dict("records")


def first(*clusters: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What is ordered in the first period."""
    return rows(*clusters, **more)[0]


def yearly(row: dict[str, Any]) -> list[float]:
    """$ a year by what a boundary adds to the one before: launch and energy, cooling, building, accelerators."""
    usd = [row[name] * row["hours"] for name in BOUNDARIES]
    return [usd[0], *(after - before for before, after in itertools.pairwise(usd))]


def near(*values: float) -> Any:
    return pytest.approx(list(values), rel=1e-9, abs=1e-9)


POWER_USD = 10 / 1000 * YEAR * 100
"""Ten accelerators of 1 kW, all year."""


def test_on_earth_it_is_recovered_capital_operations_and_energy_over_hours() -> None:
    row = first(earth({**HALL, "operations_usd_per_year": 70.0}))
    assert row["hours"] == pytest.approx(10 * YEAR)
    assert yearly(row) == near(POWER_USD, POWER_USD / 4, 4000 * recovered(8) + 70, 6000 * recovered(8))
    assert {key: row[key] for key in ("year", "period", "place", "cluster", "module", "vehicle")} == {
        "year": 2027, "period": 0, "place": "Earth", "cluster": "earth", "module": "hall", "vehicle": "",
    }  # fmt: skip


def test_accelerators_with_a_shorter_life_are_recovered_over_that() -> None:
    _, _, building, accelerators = yearly(first(earth({**HALL, "accelerators_life_years": 4.0})))
    assert (building, accelerators) == near(4000 * recovered(8), 6000 * recovered(4))


def test_accelerators_outlive_nothing_that_they_stand_in() -> None:
    _, _, building, accelerators = yearly(first(earth({**HALL, "accelerators_life_years": 20.0})))
    assert (building, accelerators) == near(4000 * recovered(8), 6000 * recovered(8))


def test_what_has_no_life_is_recovered_over_a_century() -> None:
    _, _, building, accelerators = yearly(first(earth({**HALL, "life_years": None})))
    assert (building, accelerators) == near(4000 * recovered(FOREVER), 6000 * recovered(FOREVER))


def test_without_a_rate_a_life_is_paid_in_equal_parts() -> None:
    row = first(earth(HALL), money={"discount_rate": 0.0})
    assert yearly(row)[2:] == near(4000 / 8, 6000 / 8)


def test_prices_and_energy_are_those_of_the_period_and_of_what_comes_after() -> None:
    """Months count by their hours: after April 275 days, of which 61 cost twice as much."""
    prices = {"usd": [4000.0] * 3 + [3000.0] * 3 + [2000.0] * 6, "operations_usd_per_year": [0.0] * 7 + [100.0] * 5}
    energy = [999.0] * 3 + [200.0, 200.0] + [100.0] * 7
    found = rows(earth({**HALL, **prices}, energy_price=energy))
    assert [row["period"] for row in found] == [0, 1, 2]
    means = (999 * 90 + 200 * 61 + 100 * 214) / 365, (200 * 61 + 100 * 214) / 275, 100.0
    running = 100 * 153 / 275, 100 * 153 / 184, 100.0
    for row, price, mean, operations in zip(found, (4000.0, 3000.0, 2000.0), means, running, strict=True):
        launch, cooling, building, _ = yearly(row)
        assert (launch, cooling) == near(POWER_USD / 100 * mean, POWER_USD / 400 * mean)
        assert building == pytest.approx(price * recovered(8) + operations)


def test_years_are_those_in_which_periods_begin() -> None:
    horizon = {"start": "2027-07-01T00:00:00Z", "slot": "quarter", "period_slots": 2}
    found = rows(earth(HALL), horizon=horizon)
    assert [(row["period"], row["year"]) for row in found] == [
        (0, 2027), (1, 2028), (2, 2028), (3, 2029), (4, 2029),
    ]  # fmt: skip


def test_a_grid_with_a_price_of_its_own_takes_that_and_batteries_have_none() -> None:
    sources = [
        {"kind": "grid", "price": 60.0, "limit_mw": 1.0},
        {"kind": "battery", "mw": 1.0, "mwh": 1.0},
    ]
    assert yearly(first(earth(HALL, sources=sources)))[:2] == near(POWER_USD * 0.6, POWER_USD * 0.15)


def test_speed_and_goodput_make_fewer_hours_of_the_same_energy() -> None:
    """Half of the time at half speed: February to July have 181 days. e^-0.05 is lost to restarts."""
    speed = [1.0] + [0.5] * 6 + [1.0] * 5
    more = {"interruptions_per_accelerator_year": 876.6, "restart_minutes": 30.0}
    row = first(earth(HALL, pool={"speed": speed}, **more))
    assert row["hours"] == pytest.approx(10 * YEAR * (1 - 0.5 * 181 / 365) * math.exp(-0.05))
    assert yearly(row)[0] == pytest.approx(POWER_USD)


# --- losses ---


def test_what_is_lost_over_the_years_counts_at_its_mean_over_the_shorter_life() -> None:
    """(1 - q^L)/(-L ln q), with both losses and those at the start; energy goes with what works."""
    losses = {"infant_loss": 0.1, "accelerator_loss_per_year": 0.05, "power_loss_per_year": 0.02}
    row = first(earth({**HALL, **losses, "accelerators_life_years": 4.0}))
    kept = 0.95 * 0.98
    share = 0.9 * (1 - kept**4) / (-4 * math.log(kept))
    assert row["hours"] == pytest.approx(10 * YEAR * share)
    assert yearly(row)[0] == pytest.approx(POWER_USD * share)


def test_what_loses_everything_delivers_nothing_and_is_left_out() -> None:
    assert rows(earth({**HALL, "infant_loss": 1.0})) == []


# --- flights ---


def sky(**module: Any) -> dict[str, Any]:
    """Four accelerators to a sail of 500 kg, in light or by battery all the time."""
    return lifting.sky(**{**SAIL, **module})


def test_a_sail_pays_for_its_part_of_a_flight_and_for_no_energy() -> None:
    """500 of 2,000 kg."""
    row = first(sky())
    assert row["hours"] == pytest.approx(4 * YEAR)
    assert yearly(row) == near(2000 * recovered(5), 0, 3000 * recovered(5), 1000 * recovered(5))
    assert (row["place"], row["vehicle"]) == ("orbit", "rocket")


def test_a_rideshare_is_paid_by_the_kilogram_at_the_price_of_its_time() -> None:
    price = {"usd_per_flight": None, "usd_per_kg": [7.0] * 3 + [5.0] * 9}
    found = rows(sky(), vehicles=[{**ROCKET, **price}])
    assert [yearly(row)[0] for row in found] == near(*(500 * usd * recovered(5) for usd in (7.0, 5.0, 5.0)))


def test_what_does_not_arrive_is_paid_for_but_neither_run_nor_delivered() -> None:
    row = first(sky(operations_usd_per_year=40.0), vehicles=[{**ROCKET, "reliability": 0.8}])
    assert row["hours"] == pytest.approx(4 * YEAR * 0.8)
    building = 3000 * recovered(5) + 0.8 * 40
    assert yearly(row) == near(2000 * recovered(5), 0, building, 1000 * recovered(5))


@pytest.mark.parametrize(
    ("other", "chosen"),
    [
        ({"usd_per_flight": 7999.0}, "other"),
        ({"usd_per_flight": 8001.0}, "rocket"),
        ({"usd_per_flight": 15000.0, "payload_kg": {"sso": 4000.0}}, "other"),
        ({"usd_per_flight": 7000.0, "reliability": 0.9}, "other"),
        ({"usd_per_flight": 7500.0, "reliability": 0.9}, "rocket"),
        ({"usd_per_flight": 1.0, "payload_kg": {"sso": 499.0}}, "rocket"),
        ({"usd_per_flight": 1.0, "payload_kg": {"leo": 4000.0}}, "rocket"),
        ({"usd_per_flight": 1.0, "available": "2027-02-01T00:00:00Z"}, "rocket"),
        ({"usd_per_flight": None, "usd_per_kg": 3.9}, "other"),
        ({"usd_per_flight": None, "usd_per_kg": 4.1}, "rocket"),
    ],
)
def test_it_flies_with_what_lifts_it_for_the_least(other: dict[str, Any], chosen: str) -> None:
    """Dollars for what arrives, of vehicles that lift it there then."""
    vehicles = [ROCKET, {**ROCKET, "name": "other", **other}]
    assert first(sky(), vehicles=vehicles)["vehicle"] == chosen


def test_a_module_flies_only_with_the_vehicles_that_it_names() -> None:
    vehicles = [ROCKET, {**ROCKET, "name": "other", "usd_per_flight": 1.0}]
    assert first(sky(vehicles=["rocket"]), vehicles=vehicles)["vehicle"] == "rocket"


def test_the_payload_is_that_to_its_own_plane() -> None:
    to = {"sso": 2000.0, "sky": 1000.0}
    assert yearly(first(sky(), vehicles=[{**ROCKET, "payload_kg": to}]))[0] == pytest.approx(4000 * recovered(5))


def test_where_no_vehicle_flies_nothing_can_be_added() -> None:
    vehicles = [{**ROCKET, "available": "2027-02-01T00:00:00Z", "until": "2027-08-01T00:00:00Z"}]
    assert [row["period"] for row in rows(sky(), vehicles=vehicles)] == [1]


def test_periods_in_which_nothing_can_be_ordered_are_left_out() -> None:
    """Neither what comes too late nor what may not be added at all."""
    assert [row["period"] for row in rows(earth({**HALL, "lead_days": 60.0}))] == [1, 2]
    assert [row["period"] for row in rows(earth({**HALL, "max_per_period": [0, 1, 0, 1]}))] == [1]
    assert rows(earth({**HALL, "max": 0})) == []


def test_in_orbit_eclipses_take_their_share_of_the_hours() -> None:
    """Days about the equinox over the equator, nothing in eclipse: the shadow is as wide as the Earth."""
    cluster = sky()
    cluster["orbit"] = {"altitude_km": 1500.0, "inclination_deg": 0.0, "raan_deg": 0.0}
    cluster["satellites"] |= {"eclipse": "pause", "battery_kwh": 0.0, "resume_minutes": 0.0}
    horizon = {"start": "2027-03-20T12:00:00Z", "slot_hours": 1.0, "period_slots": 3}
    row = first(cluster, horizon=horizon, vehicles=[{**ROCKET, "payload_kg": {"leo": 2000.0}}])
    lit = 1 - math.asin(EARTH_RADIUS_KM / (EARTH_RADIUS_KM + 1500)) / math.pi
    assert row["hours"] == pytest.approx(4 * YEAR * lit, rel=1e-5)


# --- needs and generations ---


def test_needs_are_served_by_what_gives_them_for_the_least_a_year() -> None:
    """2 shells at 300 $ a year each, of the one that can be had by then; 5 cooling at what the only giver takes."""
    shells = [
        {"name": "dear", "gives": {"shell": 4.0}, "usd": 1000.0, "operations_usd_per_year": 300.0},
        {"name": "cheap", "gives": {"shell": 1.0}, "usd": 500.0, "available": "2027-02-01T00:00:00Z"},
        {"name": "tower", "gives": {"cooling": 10.0, "shell": 0.0}, "usd": 700.0, "accelerators_usd": 90.0},
        {"name": "never", "gives": {"shell": 1.0}, "usd": 1.0, "max": 0},
    ]
    shells = [{"life_years": 20.0, "max": 5, **row} for row in shells]
    needy = {**HALL, "needs": {"shell": 2.0, "cooling": 5.0, "land": 9.0}}
    found = rows(earth(needy, *shells, resources={"shell": 0.0, "cooling": 0.0, "land": 100.0}))
    dear, cheap = (1000 * recovered(20) + 300) / 4, 500 * recovered(20)
    assert cheap < dear
    for row, shell in zip(found, (dear, cheap, cheap), strict=True):
        _, _, building, accelerators = yearly(row)
        assert building == pytest.approx(4000 * recovered(8) + 2 * shell + 700 * recovered(20) / 2)
        assert accelerators == pytest.approx(6000 * recovered(8) + 90 * recovered(20) / 2)


def test_what_gives_in_orbit_is_lifted_as_well() -> None:
    """A radiator of 1,000 kg, half of a flight, serves four sails; what does not arrive is paid for."""
    radiator = {"name": "radiator", "gives": {"cooling": 4.0}, "mass_kg": 1000.0, "usd": 800.0, "life_years": 10.0}
    cluster = sky(needs={"cooling": 1.0})
    cluster["modules"].append({**radiator, "max": 5})
    cluster["resources"] = {"cooling": 0.0}
    launch, _, building, _ = yearly(first(cluster, vehicles=[{**ROCKET, "reliability": 0.5}]))
    assert launch == pytest.approx(2000 * recovered(5) + 4000 * recovered(10) / (4 * 0.5))
    assert building == pytest.approx(3000 * recovered(5) + 800 * recovered(10) / (4 * 0.5))


def test_what_is_held_is_the_generation_of_the_period() -> None:
    """Eight of twice the speed and power from April on, at prices of their own."""
    generations = [
        {"accelerator": "old", "accelerators": 10, "accelerators_usd": 6000.0},
        {"accelerator": "new", "accelerators": 8, "accelerators_usd": [0.0] * 3 + [9000.0] * 3 + [8000.0] * 6,
         "from": "2027-04-01T00:00:00Z"},
    ]  # fmt: skip
    plain = {key: value for key, value in HALL.items() if not key.startswith("accelerators")}
    own = [
        {"name": "old", "bf16_tflops": 100.0, "memory_gb": 80.0, "kw": 1.0},
        {"name": "new", "bf16_tflops": 200.0, "memory_gb": 80.0, "kw": 2.0},
    ]
    found = rows(
        earth({**plain, "generations": generations}, pool={"accelerator": "old"}),
        accelerators=own,
        reference_accelerator="old",
    )
    assert [row["hours"] for row in found] == near(10 * YEAR, 16 * YEAR, 16 * YEAR)
    assert [yearly(row)[0] for row in found] == near(POWER_USD, 1.6 * POWER_USD, 1.6 * POWER_USD)
    assert [yearly(row)[3] for row in found] == near(*(usd * recovered(8) for usd in (6000.0, 9000.0, 8000.0)))


# --- parity ---


def test_parity_is_the_cheapest_in_orbit_over_the_cheapest_on_earth_by_year() -> None:
    table = pd.DataFrame(
        {
            "year": [2027, 2027, 2027, 2027, 2028, 2029],
            "place": ["orbit", "orbit", "Earth", "Earth", "orbit", "Earth"],
            "all_in": [6.0, 4.0, 2.0, 8.0, 3.0, 5.0],
            "launch_and_power": [1.0, 9.0, 4.0, 2.0, 3.0, 5.0],
        }
    )
    found = placement.parity_by_year(table)
    assert list(found.columns) == ["year", "orbit", "Earth", "ratio"]
    assert found["year"].tolist() == [2027, 2028, 2029]
    assert found["ratio"].tolist() == pytest.approx([2.0, math.nan, math.nan], nan_ok=True)
    assert placement.parity_by_year(table, "launch_and_power")["ratio"].iloc[0] == pytest.approx(0.5)


def test_parity_of_a_scenario_in_which_a_place_cannot_be_added_to_is_unknown() -> None:
    for clusters, ratio in (([earth(HALL)], False), ([sky()], False), ([earth(HALL), sky()], True)):
        found = placement.parity_by_year(placement.new_capacity(scenario(*clusters)))
        assert found["year"].tolist() == [2027]
        assert found["ratio"].notna().tolist() == [ratio]


def test_without_modules_there_is_neither_new_capacity_nor_parity() -> None:
    table = placement.new_capacity(build.scenario())
    assert list(table.columns[-4:]) == list(BOUNDARIES)
    assert not len(table)
    assert not len(placement.parity_by_year(table))


# --- the cost of a cluster as it stands ---


def same(made: Scenario) -> None:
    """All the first order costs at each boundary, a cluster costs that is there already."""
    (cluster,) = made.clusters
    row = placement.new_capacity(made).to_dict("records")[0]
    standing = placement.cluster_cost(made, cluster, utilisation=1.0)
    assert row["hours"] == pytest.approx(standing.delivered, rel=1e-9)
    for boundary in BOUNDARIES:
        assert row[boundary] == pytest.approx(standing.per_hour(boundary), rel=1e-9), boundary


def test_on_earth_it_agrees_with_the_cost_of_a_cluster() -> None:
    """The same accelerators, lives, prices and interruptions, over a year in which all of them change."""
    more = {
        "energy_price": [40.0, 90.0, 10.0, *[70.0] * 9],
        "interruptions_per_accelerator_year": 500.0,
        "fixed_costs": [
            {"category": "facility", "usd": 4000.0, "life_years": 8.0},
            {"category": "accelerators", "usd": 600.0, "per": "accelerator", "life_years": 4.0},
            {"category": "operations", "usd": 70.0},
        ],
    }
    module = {**HALL, "accelerators_life_years": 4.0, "operations_usd_per_year": 70.0}
    cluster = earth(module, pool={"speed": [0.5, 0.7, *[1.0] * 10], "number": 10}, **more)
    same(scenario(cluster))


def test_in_orbit_it_agrees_with_the_cost_of_a_cluster() -> None:
    """One satellite of four, a quarter of a flight: with eclipses, and losses at the start."""
    cluster = sky(infant_loss=0.1, operations_usd_per_year=50.0)
    cluster["orbit"] = {"altitude_km": 550.0, "ltan": "10:30"}
    cluster["satellites"] |= {
        "accelerators": 4, "battery_kwh": 0.3, "eclipse": "throttle", "array_loss_per_year": 0.0, "infant_loss": 0.1,
    }  # fmt: skip
    cluster["fixed_costs"] = [
        {"category": "launch", "usd": 2000.0, "per": "satellite", "life_years": 5.0},
        {"category": "facility", "usd": 3000.0, "per": "satellite", "life_years": 5.0},
        {"category": "accelerators", "usd": 250.0, "per": "accelerator", "life_years": 5.0},
        {"category": "operations", "usd": 50.0},
    ]
    cluster["interruptions_per_accelerator_year"] = 300.0
    same(scenario(cluster))
