"""Modules, flights and demands that are drawn."""

import math
from typing import Any

import build
import lifting
import pytest
from futures.by_hand import SEED, carried, event, find, once, planned, told

from placement.folder import Stored
from placement.futures.stress import one_by_one_of, stress

pytestmark = pytest.mark.usefixtures("solved_here")


def lifted(**more: Any) -> dict[str, Any]:
    return lifting.document(**more)


def test_a_module_that_arrives_runs_as_planned() -> None:
    """110 $: a flight of 90 and a module of 20; on Earth the job would cost 120."""
    stored = planned(lifted(uncertainty={"launches": True}), 110.0)
    told(carried(stored, 0), 110.0)


def test_a_launch_that_fails_leaves_the_job_to_earth() -> None:
    """The flight (R = 0.5) arrives or not: k/N is 1 or, at least, 1e-6.

    Planned with R = 0.5 a module of 8 counts for 4 accelerators: 90 + 20. If it arrives there are 8 (the job takes 4);
    if not, none, and after its patience the job goes to Earth for 12 × 10 = 120 $ more; the flight is paid anyway.
    """
    sites = [lifting.earth(), lifting.sky(accelerators=8)]
    uncertainty = {"launches": True, "recourse": {"patience_hours": 2.0}}
    stored = planned(
        lifting.document(*sites, vehicles=[lifting.rocket(reliability=0.5)], uncertainty=uncertainty), 110.0
    )
    of = one_by_one_of(stored, SEED).drawing
    arrived = {of.future(n).arrived["rocket"]: n for n in range(20)}
    assert arrived.keys() == {0.0, 1.0}
    told(carried(stored, arrived[1.0]), 110.0)
    got = carried(stored, arrived[0.0])
    # the job is planned in slot 6, when the module stands; it waits 2 h, and ends 2 h later
    told(got, 230.0, elsewhere=1, late_hours=2.0)


def heavier(by: float, flights: list[int], **more: Any) -> Stored:
    inputs = [{"paths": ["clusters.sky.modules.sail.mass_kg"], "how": "factor", "discrete": {"values": [by]}}]
    sites = [lifting.earth(), lifting.sky(mass_kg=1000.0, **more.pop("module", {}))]
    rocket = lifting.rocket(payload_kg={"sso": 2000.0}, flights_per_period=flights)
    uncertainty = {"inputs": inputs, "recourse": {"patience_hours": 0.0}}
    return planned(lifting.document(*sites, vehicles=[rocket], uncertainty=uncertainty, **more))


TWO = [build.job(name, 3.0, 4, deadline="2027-06-07T09:00:00Z") for name in "ab"]
"""The first modules stand from 06:00 on: in orbit the two can only run at the same time."""


def test_where_modules_are_heavier_more_flights_fly() -> None:
    """Two sails of 1 t in a flight of 2 t: 90 + 40 $. At 1.6 t each they need a flight each: 90 $ more."""
    stored = heavier(1.6, [2, 0, 0, 0], jobs=TWO)
    assert stored.summary["cost_usd"] == pytest.approx(130.0)
    told(carried(stored, 0), 220.0)


def test_where_no_more_flights_are_open_modules_stay_down() -> None:
    """One flight lifts one of the two: 90 + 20 $, and a job goes to Earth for 120 $."""
    stored = heavier(1.6, [1, 0, 0, 0], jobs=TWO)
    assert stored.summary["cost_usd"] == pytest.approx(130.0)
    got = carried(stored, 0)
    assert got["elsewhere"] == 1
    # the patience is nought: in its own slot it goes to Earth
    told(got, 90 + 20 + 120, elsewhere=1)


def test_where_modules_are_lighter_flights_are_as_planned() -> None:
    stored = heavier(0.3, [2, 0, 0, 0], jobs=TWO)
    told(carried(stored, 0), 130.0)


def test_a_module_that_no_vehicle_lifts_is_not_made() -> None:
    """2.5 t on a rocket of 2 t: it cannot be ordered any more ('dates, payload'), so neither module nor flight.

    Or, by the end of 2, a draw that makes no scenario; but a scenario in which a module cannot be lifted is one.
    """
    stored = heavier(2.5, [2, 0, 0, 0], jobs=TWO)
    found = stress(stored, 1, seed=SEED, workers=1)
    row = found.futures.iloc[0]
    if found.unsettled:
        assert math.isnan(row["cost_usd"])
        return
    assert row["elsewhere"] == 2
    # The flight was planned, and what a plan has decided on is paid: "builds and flights are made as planned".
    assert row["cost_usd"] == pytest.approx(240.0 + 90.0)


def test_the_heaviest_load_stays_down_first() -> None:
    """Sails of 1.2 t and a boat of 0.6 t: at twice the mass, 2.4 + 1.2 t on 2 flights of 2 t, the sail stays down.

    Here the boat alone is made heavier: 1 t and 1.8 t on a flight of 2 t: the boat, now the heaviest, stays down.
    """
    module = {"name": "boat", "accelerators": 4, "mass_kg": 900.0, "usd": 10.0, "max": 1}
    sky = lifting.sky(max=1)
    sky["modules"].append(module)
    inputs = [{"paths": ["clusters.sky.modules.boat.mass_kg"], "how": "factor", "discrete": {"values": [2.0]}}]
    rocket = lifting.rocket(payload_kg={"sso": 2000.0})
    uncertainty = {"inputs": inputs, "recourse": {"patience_hours": 0.0}}
    stored = planned(
        lifting.document(lifting.earth(), sky, vehicles=[rocket], uncertainty=uncertainty, jobs=TWO), 120.0
    )
    told(carried(stored, 0), 90 + 20 + 120, elsewhere=1)


def test_what_cannot_be_ordered_by_its_date_is_neither_made_nor_paid() -> None:
    """Ordered in the first 6 h; its date slips by 10 days, beyond the horizon, and the job runs on Earth for 120 $.

    Whether the flight, which nothing forbids, is paid the text leaves open.
    """
    site = lifting.sky(available="2027-06-07T00:00:00Z")
    inputs = [{"paths": ["clusters.sky.modules.sail.available"], "how": "days", "discrete": {"values": [10.0]}}]
    uncertainty = {"inputs": inputs, "recourse": {"patience_hours": 0.0}}
    stored = planned(lifting.document(lifting.earth(), site, uncertainty=uncertainty), 110.0)
    got = carried(stored, 0)
    told({**got, "cost_usd": 0.0}, 0.0, elsewhere=1)
    assert round(got["cost_usd"], 6) in (120.0, 210.0)


def test_more_flights_fly_only_as_far_as_launch_limits_allow() -> None:
    """As above, a rocket with two flights and a site with one: one sail stays down."""
    stored = heavier(1.6, [2, 0, 0, 0], jobs=TWO, launch_limits=[{"name": "site", "flights_per_period": [1, 0, 0, 0]}])
    assert stored.summary["cost_usd"] == pytest.approx(130.0)
    told(carried(stored, 0), 90 + 20 + 120, elsewhere=1)


def test_what_is_beyond_what_can_be_ordered_is_not_made() -> None:
    """Two sails are planned, and drawn is that there is one."""
    inputs = [{"paths": ["clusters.sky.modules.sail.max"], "discrete": {"values": [1.0]}}]
    uncertainty = {"inputs": inputs, "recourse": {"patience_hours": 0.0}}
    rocket = lifting.rocket(payload_kg={"sso": 2000.0})
    stored = planned(lifting.document(vehicles=[rocket], uncertainty=uncertainty, jobs=TWO), 130.0)
    told(carried(stored, 0), 90 + 20 + 120, elsewhere=1)


def test_without_a_vehicle_by_its_date_neither_module_nor_flight_is_made() -> None:
    vehicle = lifting.rocket(available="2027-06-07T00:00:00Z")
    inputs = [{"paths": ["vehicles.rocket.available"], "how": "days", "discrete": {"values": [10.0]}}]
    uncertainty = {"inputs": inputs, "recourse": {"patience_hours": 0.0}}
    stored = planned(lifting.document(vehicles=[vehicle], uncertainty=uncertainty), 110.0)
    told(carried(stored, 0), 120.0, elsewhere=1)


def test_commissioning_takes_longer() -> None:
    """From slot 6 on as planned; with half a day of commissioning from slot 18 on, in which the job waits for it."""
    inputs = [{"paths": ["clusters.sky.modules.sail.commissioning_days"], "discrete": {"values": [0.5]}}]
    uncertainty = {"inputs": inputs, "recourse": {"patience_hours": 15.0}}
    written = lifting.document(
        jobs=[build.job("a", 3.0, 4, earliest_start="2027-06-07T06:00:00Z", delay_usd_per_hour=0.5)],
        uncertainty=uncertainty,
    )
    stored = planned(written, 110.0 + 1.5)
    told(carried(stored, 0), 110.0 + 0.5 * 15, late_hours=12.0)


def test_a_storm_leaves_what_modules_brought() -> None:
    """The sky has 2 of its own and 4 by the module, on which the job goes on; losses of modules are inputs."""
    events = [{**event(lost=1.0), "clusters": ["sky"]}]
    uncertainty = {"events": events, "recourse": {"patience_hours": 0.0}}
    jobs = [build.job("a", 3.0, 4, earliest_start="2027-06-07T06:00:00Z", delay_usd_per_hour=0.1)]
    stored = planned(lifting.document(jobs=jobs, uncertainty=uncertainty), 110.3)
    number, _ = find(stored, once((2.0, 5.0)))
    told(carried(stored, number), 110.3)


def test_jobs_that_a_drawn_demand_adds_come_last_and_those_it_takes_away_are_not_run() -> None:
    """2 jobs of an hour on 4 in each slot of 4; drawn 3 in each, of which the third has no room beside; drawn 1."""
    per_year = 2 * 8766.0
    campaign = {"name": "web", "per_year": per_year, "hours": 1.0, "accelerators": 4.0, "reject_usd": 50.0}
    for by, usd in ((0.5, 4 * 0.4), (1.0, 8 * 0.4), (1.5, 8 * 0.4 + 4 * 50.0)):
        inputs = [{"paths": ["campaigns.web.per_year"], "how": "factor", "discrete": {"values": [by]}}]
        written = build.document(
            jobs=[], slots=4, campaigns=[campaign], policy={"tails": False}, uncertainty={"inputs": inputs}
        )
        stored = planned(written, 3.2)
        got = carried(stored, 0)
        # what the plan does not know of is no unit that finds no place
        told(got, usd, away_usd=max(0.0, usd - 3.2))
