"""Orbit and Earth over the years of a plan, against tables worked out by hand."""

import math
from typing import Any

import build
import in_process
import lifting
import numpy as np
import pandas as pd
import pytest
from oracle.expansion import tiny_growth
from oracle.generate import tiny

import placement
from placement.over_years import PLACES, Decade, decade, years_in_words
from placement.schema import Scenario
from placement.units import HOURS_PER_YEAR

QUARTERS = [2160, 2184, 2208, 2208, 2184, 2184, 2208, 2208]
"""Hours of those of 2027 and 2028."""

EDGES = [sum(QUARTERS[:slot]) for slot in range(9)]
RATE = 0.1
BOUNDARIES = ("launch_and_power", "energy_cooling_launch", "all_but_accelerators", "all_in")


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)


def worth(hours: float) -> float:
    """Present value of a dollar after so many hours."""
    return float((1 + RATE) ** -(hours / HOURS_PER_YEAR))


ROCKET = {
    "name": "rocket",
    "payload_kg": {"sso": 2000.0},
    "usd_per_flight": 900.0,
    "flights_per_period": [1, 0, 2, 0],
}
SAIL = {
    "mass_kg": 1000.0,
    "usd": 2000.0,
    "accelerators_usd": 1000.0,
    "operations_usd_per_year": 876.6,
    "life_years": 10.0,
    "accelerators_life_years": 5.0,
}


def document(**more: Any) -> dict[str, Any]:
    """Two years in halves. A job of 1,080 h on Earth, and one of 3,300 h in orbit from October 2027 on.

    Both end in the middle of a quarter. For the second a sail has to be ordered in the first half of 2027. The site on
    Earth costs 80 $ a year for each of its 8 accelerators, 200 $ in all for its buildings, and 100 $/MWh at a PUE of
    1.25.
    """
    fixed = [
        {"category": "accelerators", "usd": 80.0, "per": "accelerator"},
        {"category": "facility", "usd": 200.0, "per": "cluster"},
    ]
    earth = build.cluster("earth", 8, pue=1.25, fixed_costs=fixed, **more.pop("earth", {}))
    sky = lifting.sky(**{**SAIL, **more.pop("sail", {})})
    jobs = [
        build.job("a", 1080.0, 4, reject_usd=1e6, pin_cluster="earth", pin_start="2027-01-01T00:00:00Z"),
        build.job("b", 3300.0, 4, reject_usd=1e6, pin_cluster="sky", pin_start="2027-10-01T00:00:00Z"),
    ]
    horizon = {"start": "2027-01-01T00:00:00Z", "slot": "quarter", "period_slots": 2}
    return build.document(
        [earth, sky],
        more.pop("jobs", jobs),
        slots=8,
        horizon=horizon,
        vehicles=[{**ROCKET, **more.pop("rocket", {})}],
        money={"discount_rate": RATE},
        policy={"tails": False},
        **more,
    )


def solved(made: Scenario) -> tuple[placement.Plan, Any]:
    """An optimal plan, and what the verifier says of it."""
    result = placement.solve(made, gap=0.0, baseline=False)
    assert result.plan is not None, result.message
    checked = placement.verify(made, result.plan)
    assert checked.ok
    return result.plan, checked


def found(document: dict[str, Any]) -> Decade:
    """The tables of an optimal plan."""
    made = placement.scenario(document)
    plan, checked = solved(made)
    return decade(made, plan, checked.limits)


def rows(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return list(frame[list(columns)].itertuples(index=False, name=None))


def used_up(tables: Decade) -> list[tuple[int, str, float, bool]]:
    return rows(tables.binding, "year", "what", "most", "orbit")


def test_hours_count_in_the_calendar_year_in_which_they_are_delivered() -> None:
    """In orbit 4 × 2,208 h by the end of 2027, and 4 × 1,092 h afterwards; on Earth 4 × 1,080 h at first."""
    tables = found(document())
    years = tables.years
    assert years["year"].tolist() == [2027, 2028]
    assert years["orbit_hours"].tolist() == pytest.approx([8832.0, 4368.0], rel=1e-9)
    assert years["earth_hours"].tolist() == pytest.approx([4320.0, 0.0], rel=1e-9, abs=1e-9)
    assert years["orbital_share"].tolist() == pytest.approx([8832 / 13152, 1.0], rel=1e-9)
    assert tables.orbital_share(2027) == pytest.approx(8832 / 13152, rel=1e-9)
    assert math.isnan(tables.orbital_share(2029))


def test_flights_tonnes_and_invested_dollars_count_in_the_year_of_their_period() -> None:
    """Undiscounted, without operations and credits: 2,000 + 1,000 + 900 $."""
    years = found(document()).years
    assert rows(years, "flights", "tonnes") == [(1, 1.0), (0, 0.0)]
    assert years["invested_usd"].tolist() == pytest.approx([3900.0, 0.0], rel=1e-12)


def test_flights_stand_against_those_that_are_open_and_what_these_could_lift() -> None:
    vehicles = found(document()).vehicles
    columns = ("year", "vehicle", "flights", "open", "tonnes", "open_tonnes")
    assert rows(vehicles, *columns) == [(2027, "rocket", 1, 1, 1.0, 2.0), (2028, "rocket", 0, 2, 0.0, 4.0)]


def test_a_rideshare_is_invested_by_the_kilogram() -> None:
    """A tonne at 3 $/kg, priced when it flies."""
    price = {"usd_per_flight": None, "usd_per_kg": [3.0, *[99.0] * 7]}
    tables = found(document(rocket=price))
    assert tables.years["invested_usd"].tolist() == pytest.approx([6000.0, 0.0], rel=1e-12)
    assert tables.years["flights"].tolist() == [1, 0]


def expected_in_orbit(lift_usd: float) -> dict[str, float]:
    """Present value of cash in orbit at each boundary, by hand.

    The sail stands from July 2027 on, so that at the end (10 - 1.5) and (5 - 1.5) years of its lives are left, a little
    more or less, as years of 8,766 h go.
    """
    age, end = (EDGES[8] - EDGES[2]) / HOURS_PER_YEAR, worth(EDGES[8])
    launch = lift_usd * (1 - end * (1 - age / 10))
    sail = 2000 * (1 - end * (1 - age / 10))
    operations = sum(876.6 * QUARTERS[t] / HOURS_PER_YEAR * worth(EDGES[t]) for t in range(2, 8))
    accelerators = 1000 * (1 - end * (1 - age / 5))
    built = launch + sail + operations
    return dict(zip(BOUNDARIES, (launch, launch, built, built + accelerators), strict=True))


def expected_on_earth() -> dict[str, float]:
    """5.4 MWh of energy with cooling in the first quarter, and fixed costs all the time."""
    years = sum(QUARTERS[t] / HOURS_PER_YEAR * worth(EDGES[t]) for t in range(8))
    built = 540 + 200 * years
    return dict(zip(BOUNDARIES, (432.0, 540.0, built, built + 640 * years), strict=True))


@pytest.mark.parametrize(
    ("rocket", "paid_usd", "credited_usd"),
    [
        ({}, 900.0, 450.0),
        ({"usd_per_flight": None, "usd_per_kg": 3.0}, 3000.0, 3000.0),
    ],
)
def test_levelised_cost_is_cash_over_hours_both_discounted(
    rocket: dict[str, Any], paid_usd: float, credited_usd: float
) -> None:
    """A sail has half of a flight, and only that is credited; flights count in orbit."""
    tables = found(document(rocket=rocket))
    costs = tables.costs.set_index(["place", "boundary"])
    hours = {"orbit": 8832 * worth(EDGES[3]) + 4368 * worth(EDGES[4]), "Earth": 4320.0}
    usd = {"orbit": expected_in_orbit(credited_usd), "Earth": expected_on_earth()}
    usd["orbit"] = {boundary: value + paid_usd - credited_usd for boundary, value in usd["orbit"].items()}
    assert list(costs.index) == [(place, boundary) for place in PLACES for boundary in BOUNDARIES]
    for place, boundary in costs.index:
        row = costs.loc[(place, boundary)]
        assert row["usd"] == pytest.approx(usd[place][boundary], rel=1e-9), (place, boundary)
        assert row["hours"] == pytest.approx(hours[place], rel=1e-9)
        assert row["usd_per_hour"] == pytest.approx(usd[place][boundary] / hours[place], rel=1e-9)
    for boundary in BOUNDARIES:
        ratio = usd["orbit"][boundary] / hours["orbit"] / (usd["Earth"][boundary] / hours["Earth"])
        assert tables.parity(boundary) == pytest.approx(ratio, rel=1e-9)
    assert tables.parity() == tables.parity("all_in")


def test_there_is_no_parity_where_a_place_delivers_nothing() -> None:
    """The share is then 0 or 1, and its cost per hour is unknown."""
    alone = document()["jobs"]
    for job, share in ((alone[0], 0.0), (alone[1], 1.0)):
        tables = found(document(jobs=[job]))
        assert math.isnan(tables.parity())
        assert tables.orbital_share(2027) == share


def test_there_is_no_parity_with_an_earth_that_is_free() -> None:
    fixed = {"fixed_costs": [], "energy_price": 0.0}
    made = document()
    made["clusters"][0] |= fixed
    assert math.isnan(found(made).parity())


def test_the_share_of_a_year_in_which_nothing_is_delivered_is_unknown() -> None:
    tables = found(document(jobs=document()["jobs"][:1]))
    assert tables.years["year"].tolist() == [2027, 2028]
    assert math.isnan(tables.orbital_share(2028))


def test_a_slot_belongs_to_the_year_in_which_it_begins() -> None:
    """Weeks from Monday, 20 December 2027: the second reaches into January."""
    horizon = {"start": "2027-12-20T00:00:00Z", "slot": "week"}
    made = build.document([build.cluster()], [build.job("a", 420.0, 2)], slots=3, horizon=horizon)
    years = found(made).years
    assert years["year"].tolist() == [2027, 2028]
    assert years["earth_hours"].tolist() == pytest.approx([672.0, 168.0], rel=1e-9)


def test_a_plan_without_modules_and_vehicles_has_its_years_and_costs() -> None:
    """8 kWh at 100 $/MWh."""
    tables = found(build.document([build.cluster()]))
    columns = ("orbit_hours", "earth_hours", "orbital_share", "flights", "tonnes", "invested_usd")
    assert rows(tables.years, "year", *columns) == [(2027, 0.0, pytest.approx(8.0), 0.0, 0, 0, 0.0)]
    assert not len(tables.vehicles)
    assert not len(tables.binding)
    earth = tables.costs[tables.costs["place"] == "Earth"]
    assert earth["usd_per_hour"].tolist() == pytest.approx([0.1] * 4)
    assert tables.costs[tables.costs["place"] == "orbit"]["usd"].tolist() == [0.0] * 4
    assert math.isnan(tables.parity())


# --- what is used up ---


def test_flights_are_used_up_in_the_years_in_which_all_that_are_open_fly() -> None:
    """One of one in 2027, none of two in 2028."""
    assert used_up(found(document(sail={"max": 3}))) == [(2027, "flights of rocket", 1.0, True)]


def test_flights_are_not_used_up_while_one_of_a_year_is_left() -> None:
    assert used_up(found(document(sail={"max": 3}, rocket={"flights_per_period": [2, 0, 0, 0]}))) == []


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ({"flights_per_period": 1}, True),
        ({"flights_per_period": [2, 0, 0, 0]}, False),
        ({"flights_per_period": 1, "vehicles": ["rocket"], "orbits": ["sso"]}, True),
        ({"flights_per_period": 1, "orbits": ["sky"]}, True),
        ({"flights_per_period": 0, "orbits": ["leo"]}, False),
        ({"flights_per_period": 1, "vehicles": ["other"]}, False),
    ],
)
def test_launch_limits_are_used_up_by_the_flights_that_they_count(limit: dict[str, Any], told: bool) -> None:
    made = document(
        sail={"max": 3},
        rocket={"flights_per_period": 4},
        launch_limits=[{"name": "cape", **limit}],
    )
    made["vehicles"].append({**ROCKET, "name": "other", "usd_per_flight": 9999.0, "flights_per_period": 1})
    assert used_up(found(made)) == ([(2027, "launch limit cape", 1.0, True)] if told else [])


@pytest.mark.parametrize(
    ("limit", "orbit"),
    [
        ({"of": "investment_usd", "per": "period", "max": [3900.0, *[9e9] * 7]}, True),
        ({"of": "investment_usd", "per": "period", "max": [3939.0, *[9e9] * 7]}, True),
        ({"of": "investment_usd", "per": "period", "max": [3940.0, *[9e9] * 7]}, None),
        ({"of": "investment_usd", "per": "horizon", "max": 3000.0, "over": {"clusters": ["sky"]}}, True),
        ({"of": "investment_usd", "per": "horizon", "max": 3000.0, "over": {"clusters": ["earth", "sky"]}}, True),
        ({"of": "investment_usd", "per": "horizon", "max": 0.0, "over": {"clusters": ["earth"]}}, False),
        ({"of": "accelerators", "per": "slot", "max": 4.0, "over": {"clusters": ["sky"]}}, True),
        ({"of": "accelerators", "per": "slot", "max": 4.0, "over": {"pools": ["sky/h100-sxm"]}}, True),
        ({"of": "accelerators", "per": "slot", "max": [4.0, *[9.0] * 7], "over": {"clusters": ["earth"]}}, None),
        ({"of": "mwh", "per": "horizon", "max": 5.4}, False),
        ({"of": "mwh", "per": "horizon", "max": 5.46}, None),
        ({"of": "tco2", "per": "slot", "max": 0.005, "over": {"clusters": ["earth"]}}, None),
        ({"of": "mwh", "per": "horizon", "min": 5.4}, None),
    ],
)
def test_limits_are_used_up_where_less_than_a_hundredth_is_left(limit: dict[str, Any], orbit: bool | None) -> None:
    """None: it is not; else whether it is orbit's. Earth holds 4 accelerators for half of the first quarter."""
    made = document(sail={"max": 3}, rocket={"flights_per_period": 4}, limits=[{"name": "cap", **limit}])
    told = [(year, what, mine) for year, what, _, mine in used_up(found(made))]
    assert told == ([(2027, "limit cap", orbit)] if orbit is not None else [])


def test_a_limit_that_is_used_up_several_times_a_year_is_told_once_a_year() -> None:
    """A job on Earth for five quarters, one after the other."""
    limits = [{"name": "cap", "of": "accelerators", "max": 4.0, "over": {"clusters": ["earth"]}}]
    jobs = [build.job("a", float(sum(QUARTERS[:5])), 4, reject_usd=1e6, clusters=["earth"])]
    assert used_up(found(document(jobs=jobs, limits=limits))) == [
        (2027, "limit cap", 4.0, False),
        (2028, "limit cap", 4.0, False),
    ]


@pytest.mark.parametrize(
    ("sail", "told"),
    [
        ({"max": 3}, []),
        ({"max": 1}, ["sky.sail in all"]),
        ({"max": 3, "max_per_period": 1}, ["sky.sail per period"]),
        ({"max": 3, "max_per_period": [1, 0, 0, 0]}, ["sky.sail per period"]),
        ({"max": 3, "max_per_period": [2, 0, 0, 0]}, []),
        ({"max": 1, "max_per_period": 1}, ["sky.sail in all", "sky.sail per period"]),
    ],
)
def test_modules_are_used_up_by_the_period_and_in_all(sail: dict[str, Any], told: list[str]) -> None:
    made = document(sail=sail, rocket={"flights_per_period": 4})
    assert used_up(found(made)) == [(2027, what, 1.0, True) for what in told]


def test_modules_of_several_periods_and_vehicles_count_together() -> None:
    """8 accelerators from October on take two sails, of which each vehicle lifts one; the third comes in 2028."""
    jobs = [
        build.job("b", 2208.0, 10, reject_usd=1e6, pin_cluster="sky", pin_start="2027-10-01T00:00:00Z"),
        build.job("c", 2208.0, 14, reject_usd=1e6, pin_cluster="sky", pin_start="2028-10-01T00:00:00Z"),
    ]
    one = {"flights_per_period": 1, "payload_kg": {"sso": 1000.0}}
    made = document(jobs=jobs, sail={"max": 3, "max_per_period": [2, 2, 2, 2]}, rocket=one)
    made["vehicles"].append({**ROCKET, **one, "name": "other"})
    told = used_up(found(made))
    assert [row for row in told if row[1].startswith("sky")] == [
        (2027, "sky.sail per period", 2.0, True),
        (2028, "sky.sail in all", 3.0, True),
    ]


def test_modules_on_earth_are_not_what_only_orbit_uses() -> None:
    hall = {"name": "hall", "accelerators": 4, "usd": 10.0, "max": 1}
    jobs = [build.job("a", 1000.0, 12, reject_usd=1e6, pin_start="2027-10-01T00:00:00Z", clusters=["earth"])]
    tables = found(document(earth={"modules": [hall]}, jobs=jobs))
    assert used_up(tables) == [(2027, "earth.hall in all", 1.0, False)]
    assert tables.years["invested_usd"].tolist() == pytest.approx([10.0, 0.0])


# --- no dollar is lost or counted twice ---


@pytest.mark.parametrize("drawn", [tiny, tiny_growth])
def test_the_cash_of_both_places_is_what_the_verifier_counts(drawn: Any) -> None:
    """At each boundary, on random tiny scenarios; and what is invested is what a limit over everything counts."""
    plans = 0
    for seed in range(20):
        written = drawn(seed)
        limits = [*written.get("limits", []), {"name": "all of it", "of": "investment_usd", "per": "slot", "max": 1e12}]
        made = placement.scenario({**written, "limits": limits})
        result = placement.solve(made, gap=1e-6, baseline=False)
        if result.plan is None:
            continue
        plans += 1
        checked = placement.verify(made, result.plan)
        tables = decade(made, result.plan, checked.limits)
        cash = tables.costs.groupby("boundary")["usd"].sum()
        for boundary, usd in checked.boundaries.items():
            assert cash[boundary] == pytest.approx(usd, rel=1e-9, abs=1e-6), (seed, boundary)
        counted = next(use for use in checked.limits if use.limit.name == "all of it").amount
        invested = tables.years["invested_usd"]
        assert float(np.sum(invested)) == pytest.approx(float(counted.sum()), rel=1e-9, abs=1e-6), seed
        assert not tables.binding["what"].eq("limit all of it").any()
    assert plans >= 16


@pytest.mark.parametrize(
    ("years", "words"),
    [
        ([], ""),
        ([2028], "2028"),
        ([2031, 2028, 2029, 2030, 2029], "2028-2031"),
        ([2028, 2030, 2031, 2034], "2028, 2030-2031, 2034"),
    ],
)
def test_years_are_told_as_ranges(years: list[int], words: str) -> None:
    assert years_in_words(years) == words
