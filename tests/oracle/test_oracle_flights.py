"""The oracle finds optima of growth that were worked out on paper: flights, money, campaigns."""

import pytest
from oracle.campaigns import jobs_asked_for
from oracle.fleet import fleet
from oracle.growth_paper import batch, cost, earth, hall, rocket, sky
from oracle.paper import Record, cluster, job

from placement.loader.load import scenario

# --- flights ---


@pytest.mark.parametrize(
    ("kind", "vehicle", "usd"),
    [
        ({}, {}, 4.0),
        ({"mass_kg": 130.0}, {}, 6.0),
        ({"mass_kg": 130.0}, {"flights_per_period": [1, 0, 0, 0]}, 12.0),
        ({"mass_kg": 130.0}, {"flights_per_period": [1, 1, 0, 0]}, 6.0),
        ({"volume_m3": 4.0}, {"volume_m3": 8.0}, 4.0),
        ({"volume_m3": 4.0}, {"volume_m3": 7.9}, 6.0),
        ({}, {"payload_kg": {"sso": 250.0, "sky": 150.0}}, 6.0),
        ({}, {"payload_kg": {"leo": 150.0, "sky": 250.0}}, 4.0),
        ({}, {"open_share": 0.5}, 4.0),
        ({}, {"open_share": 0.25}, 12.0),
        ({}, {"available": "2027-03-20T02:00:00Z"}, 4.0),
        ({}, {"available": "2027-03-20T02:01:00Z"}, 12.0),
        ({}, {"until": "2027-03-20T01:00:00Z"}, 4.0),
        ({}, {"until": "2027-03-20T00:59:00Z"}, 12.0),
        ({}, {"usd_per_kg": 0.01}, 4.0),
        ({}, {"usd_per_kg": [0.01, 0.02, 0.03, 0.0]}, 4.0),
        ({}, {"usd_per_flight": [3.0, 2.5, 1.0, 0.0]}, 3.0),
        ({}, {"flights_per_period": None, "flights_per_year": [0.0, 4383.0, 4383.0, 0.0]}, 4.0),
        ({}, {"flights_per_period": None, "flights_per_year": [0.0, 4383.0, 4382.0, 0.0]}, 12.0),
    ],
)
def test_flights(kind, vehicle, usd):
    """A gang of four, worth 12, needs two batches for $1 each, which share a flight for $2, or cost 100 kg each.

    Where they do not share, by mass, by volume, or to this cluster, two flights are 4. Half a flight in each hour is
    one by the second, a quarter one by the fourth only, when it is too late.
    """
    document = sky(batch(max=2, **kind), vehicles=[rocket(**vehicle)], jobs=[job(accelerators=4, reject_usd=12.0)])
    assert cost(document) == pytest.approx(usd)


@pytest.mark.parametrize(
    ("limit", "usd"),
    [
        ({"flights_per_period": 1}, 6.0),
        ({"flights_per_period": [1, 0, 0, 0]}, 12.0),
        ({"flights_per_period": 0, "vehicles": ["rocket"]}, 12.0),
        ({"flights_per_period": 0, "vehicles": ["other"]}, 6.0),
        ({"flights_per_period": 0, "orbits": ["leo"]}, 6.0),
        ({"flights_per_period": 0, "orbits": ["sso", "leo"]}, 12.0),
        ({"flights_per_period": 0, "orbits": ["sky"]}, 12.0),
        ({"flights_per_year": 4383.0}, 12.0),
    ],
)
def test_launch_limits(limit, usd):
    """Two batches of 130 kg, each on a flight of its own: 2 + 4, not 12, if the limit leaves two flights in time."""
    vehicles = [rocket(flights_per_period=2), rocket("other", payload_kg={"sso": 100.0})]
    document = sky(batch(max=2, mass_kg=130.0), vehicles=vehicles, jobs=[job(accelerators=4, reject_usd=12.0)])
    document["launch_limits"] = [{"name": "range", **limit}]
    assert cost(document) == pytest.approx(usd)


@pytest.mark.parametrize(("orbits", "usd"), [(["sky/p1"], 6.0), (["sky/p2"], 3.0), (["sky"], 6.0)])
def test_flights_serve_a_plane(orbits, usd):
    """The module adds to the first of two planes, and flights there are limited to none; the job is worth 6."""
    document = sky(batch(pool="p1"), vehicles=[rocket()], site={"planes": _planes()})
    del document["clusters"][0]["pools"]
    document["clusters"][0]["satellites"]["number"] = 2
    document["launch_limits"] = [{"name": "range", "flights_per_period": 0, "orbits": orbits}]
    assert cost(document) == pytest.approx(usd)


def _planes() -> list[Record]:
    return [{"name": name, "satellites": 1, "ltan": 6.0} for name in ("p1", "p2")]


def test_a_module_of_satellites():
    """Two satellites of 100 kg with two accelerators each fly together: 1 + 2; of a life of 5 years all is left.

    That is the dollar and 200/250 of the flight: 3 - 2.6.
    """
    document = sky({"name": "pair", "satellites": 2, "usd": 1.0, "max": 1}, vehicles=[rocket()])
    document["clusters"][0]["satellites"] |= {"accelerators": 2, "mass": {"total_kg": 100.0}}
    document["jobs"] = [job(accelerators=4, reject_usd=12.0)]
    assert cost(document) == pytest.approx(0.4, abs=1e-3)


# --- money ---


@pytest.mark.parametrize(
    ("limit", "usd"),
    [
        ({"per": "horizon", "max": 10.0}, 14.0),
        ({"per": "horizon", "max": 9.0}, 99.0),
        ({"per": "horizon", "max": 9.0, "penalty_usd": 0.5}, 14.5),
        ({"per": "period", "max": 5.0}, 14.0),
        ({"per": "period", "max": [5.0, 4.0, 4.0, 9.0]}, 99.0),
        ({"per": "slot", "max": [0.0, 0.0, 10.0, 0.0]}, 14.0),
        ({"per": "horizon", "max": 0.0, "over": {"clusters": ["b"]}}, 14.0),
    ],
)
def test_budgets_for_modules(limit, usd):
    """Two halls for 5 each and 4 of energy, or $99: within the budget of all, or of each period of an hour."""
    document = earth(hall(max=2), jobs=[job(accelerators=4, reject_usd=99.0)])
    document["clusters"].append(cluster("b", number=0))
    document["limits"] = [{"name": "budget", "of": "investment_usd", **limit}]
    assert cost(document) == pytest.approx(usd)


@pytest.mark.parametrize("vehicle", [{}, {"usd_per_kg": 0.02}])
@pytest.mark.parametrize(("over", "most", "usd"), [({}, 3.0, 3.0), ({}, 2.9, 6.0), ({"clusters": ["sky"]}, 1.0, 3.0)])
def test_budgets_for_flights(vehicle, over, most, usd):
    """A batch for 1 and a flight for 2; flights belong to no cluster."""
    document = sky(batch(), vehicles=[rocket(**vehicle)])
    document["limits"] = [{"name": "budget", "of": "investment_usd", "per": "horizon", "max": most, "over": over}]
    assert cost(document) == pytest.approx(usd)


def test_money_of_growth_is_discounted():
    """Slots of a year, 100 % a year; the job runs in the third: energy 17,532 / 4.

    Ordered in the second year the hall costs 800 / 2, and three quarters of 800 are left at the end, an eighth of that
    today; ordered in the first it costs 800, and a half is left.
    """
    document = earth(hall(usd=800.0, life_years=4.0), slots=3, money={"discount_rate": 1.0})
    document["horizon"] = {"start": "2027-01-01T00:00:00Z", "slots": 3, "slot_hours": 8766.0, "period_slots": 1}
    document["jobs"] = [job(accelerators=2, hours=8766.0, pin_start="2028-12-31T00:00:00Z", reject_usd=None)]
    assert cost(document) == pytest.approx(17532 / 4 + 400 - 75)


def test_jobs_of_a_campaign():
    """0.6 in each hour are one by the second and two by the fourth, of the size and length of their time."""
    row = {"name": "train", "per_year": 0.6 * 8766, "hours": [1.0, 2.0, 3.0, 4.0], "accelerators": [0.6, 1.2, 9.0, 2.8]}
    document = earth(hall(), campaigns=[row | {"deadline_days": 1.0, "reject_usd": [5.0, 6.0, 7.0, 8.0]}])
    numbers = fleet(scenario(document))
    found = jobs_asked_for(numbers, numbers.scenario.campaigns[0])
    assert [(j.count, j.hours, j.accelerators, j.submitted, j.deadline, j.reject_usd) for j in found] == [
        (1, 2.0, 1, 1.0, 25.0, 6.0),
        (1, 4.0, 3, 3.0, 27.0, 8.0),
    ]
