"""Modules and launches: when they stand, what lifts them, what they cost and what is left of them."""

import pytest

RUN = "placements"
PERIODS = {"start": "2027-01-01T00:00:00Z", "slots": 24, "slot_hours": 1, "period_slots": 6}
HALL = {
    "name": "hall",
    "accelerators": 4,
    "power_mw": 0.005,
    "usd": 1000.0,
    "accelerators_usd": 500.0,
    "operations_usd_per_year": 8766.0,
    "life_years": 24 / 8766,
    "commissioning_days": 0.25,
    "max": 2,
    "max_per_period": 1,
}


def built(**more):
    """A row of the build table."""
    row = {
        "cluster": "earth",
        "module": "hall",
        "vehicle": "",
        "period": 0,
        "number": 1,
        "stands_from_slot": 12,
    }
    return row | more


@pytest.fixture(scope="module")
def hall(words):
    """A hall of period 0 (6 h) stands 6 h after its end, from slot 12 on.

    8 accelerators run there for an hour. Operations 1 $/h × 12 h = $12. After 12 of 24 h half of it is
    credited: 1000 - 500 and 500 - 250. The facility may draw 0.005 MW, and 0.005 / 1.25 = 4 kW more with the
    hall: 8 kW.
    """
    cluster = words.earth(energy_price=0.0, pools=[words.pool(number=4)], power_limit_mw=0.005, modules=[HALL])
    document = words.document(horizon=PERIODS, clusters=[cluster], jobs=[{"job": "a", "hours": 1.0, "accelerators": 8}])
    run = words.row("run", "a", 12, 13, (3072, 3328), option="earth/p x8", accelerators=8)
    tables = {
        "placements": [run],
        "jobs": [words.job("a")],
        "builds": [built()],
        "energy": words.drawn("earth", {12: 0.01}),
        "costs": words.cost(facility__earth=500.0, accelerators__earth=250.0, operations__earth=12.0),
    }
    return document, tables


def test_a_hall_adds_accelerators_and_power(hall, sound):
    """The run fits only with it."""
    seen = sound(*hall)
    assert seen.cost_usd == pytest.approx(762.0, rel=1e-12)
    assert seen.boundaries["all_but_accelerators"] == pytest.approx(512.0, rel=1e-12)


EARLY = {
    "start_grain": 2816,
    "end_grain": 3072,
    "start": "2027-01-01T11:00:00Z",
    "end": "2027-01-01T12:00:00Z",
}


@pytest.mark.parametrize(
    ("codes", "edits"),
    [
        ("capacity power fit", [("drop", "builds", 0)]),
        ("fit capacity power", [("change", RUN, 0, EARLY)]),
        ("eligible build", [("set", "clusters.0.modules.0.max", 0)]),
        ("build", [("change", "builds", 0, {"stands_from_slot": 11})]),
        ("build", [("change", "builds", 0, {"vehicle": "lorry"})]),
        ("build", [("change", "builds", 0, {"number": 2})]),
        ("build", [("add", "builds", built(period=1, number=2, stands_from_slot=18))]),
        ("build capacity power fit", [("change", "builds", 0, {"period": 3})]),
        ("build capacity power fit", [("set", "clusters.0.modules.0.lead_days", 0.1)]),
        ("build capacity power fit", [("set", "clusters.0.modules.0.available", "2027-01-01T00:30:00Z")]),
        ("build capacity power fit", [("set", "clusters.0.modules.0.commissioning_days", 0.26)]),
        ("power fit", [("set", "clusters.0.modules.0.power_mw", 0.004)]),
        ("table capacity power fit", [("change", "builds", 0, {"module": "shed"})]),
        ("table capacity power fit", [("change", "builds", 0, {"cluster": "moon"})]),
        ("table capacity power fit", [("change", "builds", 0, {"period": 4})]),
        ("table", [("add", "builds", built())]),
        ("cost", [("change", "costs", 0, {"usd": 1000.0})]),
    ],
)
def test_corrupted_builds_are_told(codes, edits, hall, words):
    """Each corruption breaks exactly the rules that it should."""
    assert words.broken(hall, edits) == set(codes.split())


SAIL = {
    "name": "sail",
    "accelerators": 2,
    "mass_kg": 1000.0,
    "usd": 10.0,
    "life_years": 24 / 8766,
    "max": 4,
    "vehicles": ["rocket"],
}
ROCKET = {
    "name": "rocket",
    "payload_kg": {"sso": 2500.0, "leo": 9000.0},
    "usd_per_flight": 100.0,
    "flights_per_period": 4,
}


@pytest.fixture(scope="module")
def sails(words):
    """3 sails of 1,000 kg fly in period 0: two to a flight of 2,500 kg, so two flights, $200.

    They stand from slot 6 on. After 18 of 24 h a quarter is credited: $30 - 7.50 for the sails, and of each
    flight's $100 40 % for each sail: 3 × 40 / 4 = $30. Satellites without sources draw nothing; with arrays
    and batteries large enough their speed is 1.
    """
    sky = {
        "name": "sky",
        "orbit": {"altitude_km": 650.0, "ltan": 18.0},
        "interruptions_per_accelerator_year": 0.0,
        "satellites": {
            "number": 4,
            "accelerator": "unit",
            "accelerators": 2,
            "array_kw": 100.0,
            "battery_kwh": 1000.0,
            "eclipse": "ride_through",
        },
        "modules": [SAIL],
    }
    document = words.document(
        horizon=PERIODS,
        clusters=[sky],
        jobs=[{"job": "a", "hours": 1.0, "accelerators": 14}],
        vehicles=[ROCKET],
    )
    run = words.row("run", "a", 6, 7, (1536, 1792), option="sky/unit x14", accelerators=14, cluster="sky", pool="unit")
    tables = {
        "placements": [run],
        "jobs": [words.job("a")],
        "builds": [built(cluster="sky", module="sail", vehicle="rocket", number=3, stands_from_slot=6)],
        "launches": [{"vehicle": "rocket", "cluster": "sky", "plane": "", "period": 0, "flights": 2}],
        "costs": words.cost(facility__sky=22.5, launch__sky=-30.0, launch=200.0),
    }
    return document, tables


def test_flights_lift_what_is_built_for_orbit(sails, sound):
    """Flights belong to no cluster, the credit for them to the cluster of the modules."""
    assert sound(*sails).cost_usd == pytest.approx(192.5, rel=1e-12)


def test_flights_count_towards_dollars_only_where_no_cluster_is_chosen(sails, words):
    """Undiscounted and without credits: $30 of sails and $200 of flights in slot 0."""
    limits = [
        {"name": "all", "of": "usd", "per": "period", "max": [230.0] * 6 + [0.0] * 18},
        {
            "name": "sky",
            "of": "usd",
            "per": "horizon",
            "over": {"clusters": ["sky"]},
            "max": 30.0,
        },
    ]
    assert words.broken(sails, [("set", "limits", limits)]) == set()
    for limit, less in zip(limits, (229.9, 29.9), strict=True):
        assert words.broken(sails, [("set", "limits", [limit | {"max": less}])]) == {"limit"}


@pytest.mark.parametrize(
    ("codes", "edits"),
    [
        ("launch", [("change", "launches", 0, {"flights": 1})]),
        ("launch", [("drop", "launches", 0)]),
        ("launch", [("change", "launches", 0, {"period": 1})]),
        ("launch", [("set", "vehicles.0.flights_per_period", 1)]),
        ("launch", [("set", "vehicles.0.flights_per_period", [1, 4, 4, 4])]),
        ("launch", [("set", "vehicles.0.open_share", 0.49)]),
        ("launch", [("set", "vehicles.0.payload_kg.sso", 1999.0)]),
        ("launch build eligible", [("set", "vehicles.0.available", "2027-01-03T00:00:00Z")]),
        (
            "launch",
            [
                ("set", "vehicles.0", {**ROCKET, "flights_per_period": None, "flights_per_year": 0.0}),
                ("set", "clusters.0.modules.0.max", 3),
            ],
        ),
        ("build", [("change", "builds", 0, {"vehicle": ""})]),
        ("build", [("change", "builds", 0, {"number": 5}), ("change", "launches", 0, {"flights": 3})]),
        ("table launch", [("change", "launches", 0, {"vehicle": "kite"})]),
        ("table launch", [("change", "launches", 0, {"plane": "north"})]),
        ("table launch", [("change", "launches", 0, {"cluster": "earth"})]),
        ("table launch", [("change", "launches", 0, {"period": 9})]),
        (
            "table",
            [
                (
                    "add",
                    "launches",
                    {"vehicle": "rocket", "cluster": "sky", "plane": "", "period": 0, "flights": 1},
                )
            ],
        ),
        (
            "energy",
            [
                (
                    "add",
                    "energy",
                    {"cluster": "sky", "source": "grid", "kind": "grid", "tick": 6, "slot": 6, "mw": 0.014},
                )
            ],
        ),
        ("eligible", [("set", "jobs.0.residency", ["US"])]),
    ],
)
def test_corrupted_launches_are_told(codes, edits, sails, words):
    """Each corruption breaks exactly the rules that it should."""
    assert words.broken(sails, edits) == set(codes.split())


def test_a_flight_serves_one_plane(sails, words):
    """Sails for the north do not fly to the south; the pools of two planes are called after them."""
    document, tables = sails
    planes = [{"name": "north", "satellites": 2}, {"name": "south", "satellites": 2}]
    edits = [("set", "clusters.0.planes", planes), ("set", "clusters.0.modules.0.pool", "north")]
    edits += [("set", "jobs.0.accelerators", 10), ("change", "launches", 0, {"plane": "north"})]
    run = {"pool": "north", "accelerators": 10, "option": "sky/north x10"}
    case = document, tables | {"placements": [tables["placements"][0] | run]}
    assert words.broken(case, edits) == set()
    assert words.broken(case, [*edits, ("change", "launches", 0, {"plane": "south"})]) == {"launch"}
    assert words.broken(case, [*edits, ("set", "clusters.0.modules.0.pool", "south")]) == {
        "launch",
        "capacity",
        "fit",
        "eligible",
    }


def test_flights_per_year_count_as_they_add_up(sails, words):
    """3.5 × 1461 a year are 3.5 flights in each 6 h: 3 are open in period 0, 4 in period 1.

    Half of them 1 and 2.
    """
    yearly = {key: value for key, value in ROCKET.items() if key != "flights_per_period"} | {
        "flights_per_year": 3.5 * 1461
    }
    more = [{"vehicle": "rocket", "cluster": "sky", "plane": "", "period": 1, "flights": n} for n in (4, 5)]
    costs = [("change", "costs", 2, {"usd": 600.0})]
    assert words.broken(sails, [("set", "vehicles.0", yearly), ("add", "launches", more[0]), *costs]) == set()
    assert words.broken(sails, [("set", "vehicles.0", yearly), ("add", "launches", more[1])]) == {"launch"}
    half = yearly | {"open_share": 0.5}
    assert words.broken(sails, [("set", "vehicles.0", half)]) == {"launch"}


@pytest.mark.parametrize("name", ["hall", "sails"])
def test_every_cell_of_a_sound_plan_matters(name, words, request):
    """Whatever single cell of the plan is changed is told, but for the reasons given for jobs."""
    assert set(words.idle_cells(request.getfixturevalue(name))) <= {"jobs.reason"}


@pytest.mark.parametrize("name", ["hall", "sails"])
def test_garbage_is_told(name, words, request):
    """What is no value, a table or a column that is missing: a finding, never an exception."""
    assert set(words.swallowed_garbage(request.getfixturevalue(name))) <= {"jobs.reason"}
