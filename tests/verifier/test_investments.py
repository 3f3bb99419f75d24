"""Money of modules and flights: prices by date, what of it counts as investment, what is left at the end.

4 slots of a year (8,766 h), each a period, at 10 %: a module of period p is paid for at the beginning of slot p and
stands from slot p + 1 on; what is left counts 1.1^-4 = 1/1.4641.
"""

import pytest

YEARS = {"start": "2027-01-01T00:00:00Z", "slots": 4, "slot_hours": 8766, "period_slots": 1}
END = 1 / 1.4641
HALL = {
    "name": "hall",
    "usd": {"values": [100.0, 80.0, 60.0, 40.0]},
    "accelerators": 4,
    "accelerators_usd": {"values": [50.0, 40.0, 30.0, 20.0]},
    "operations_usd_per_year": {"values": [1.0, 2.0, 3.0, 4.0]},
    "life_years": 4.0,
    "accelerators_life_years": 2.5,
    "max": 9,
}
GENERATIONS = [
    {"accelerator": "unit", "accelerators": 4, "accelerators_usd": 7.0},
    {"from": "2028-01-01T00:00:00Z", "accelerator": "fast", "accelerators": 4, "accelerators_usd": 11.0},
]


def built(module, vehicle, period, number):
    """A row of the build table."""
    row = {"module": module, "vehicle": vehicle, "period": period, "number": number, "stands_from_slot": period + 1}
    return {"cluster": "sky" if vehicle else "earth"} | row


@pytest.fixture(scope="module")
def halls(words):
    """Two halls of period 1, at $80 and $40, stand from slot 2 on: two years, of 4 of the hall and 2.5 of the rest.

    A half of $160 is left, a fifth of $80. Operations 2 × $3 in slot 2 and 2 × $4 in slot 3.
    """
    document = words.idle(
        horizon=YEARS, money={"discount_rate": 0.1, "real": True}, clusters=[words.earth(modules=[HALL])]
    )
    tables = {
        "builds": [built("hall", "", 1, 2)],
        "costs": words.cost(
            facility__earth=160 / 1.1 - 80 * END,
            accelerators__earth=80 / 1.1 - 16 * END,
            operations__earth=6 / 1.21 + 8 / 1.331,
        ),
    }
    return document, tables


def test_prices_are_those_of_the_period(halls, sound):
    """And of operations those of each slot."""
    assert sound(*halls).cost_usd == pytest.approx(240 / 1.1 - 96 / 1.4641 + 6 / 1.21 + 8 / 1.331, rel=1e-12)


OPERATIONS = 6 / 1.21 + 8 / 1.331

LEFT = [
    # keys of the hall, dollars of hall, accelerators and operations
    ({"life_years": None}, 160 / 1.1, 80 / 1.1 - 16 * END, OPERATIONS),
    ({"accelerators_life_years": None}, 160 / 1.1 - 80 * END, 80 / 1.1 - 40 * END, OPERATIONS),
    ({"accelerators_life_years": 8.0}, 160 / 1.1 - 80 * END, 80 / 1.1 - 40 * END, OPERATIONS),
    ({"accelerators_life_years": 1.0}, 160 / 1.1 - 80 * END, 80 / 1.1, OPERATIONS),
    ({"life_years": 2.0}, 160 / 1.1, 80 / 1.1, OPERATIONS),
    ({"life_years": 1.0}, 160 / 1.1, 80 / 1.1, 6 / 1.21),
    ({"life_years": None, "accelerators_life_years": None}, 160 / 1.1, 80 / 1.1, OPERATIONS),
]


@pytest.mark.parametrize(("keys", "hall", "accelerators", "operations"), LEFT)
def test_what_is_left_goes_by_the_lives(keys, hall, accelerators, operations, halls, words, sound):
    """Of accelerators by the shorter one; operations end with the hall's."""
    document, tables = halls
    module = {key: value for key, value in {**HALL, **keys}.items() if value is not None}
    document = {**document, "clusters": [words.earth(modules=[module])]}
    costs = words.cost(facility__earth=hall, accelerators__earth=accelerators, operations__earth=operations)
    sound(document, {**tables, "costs": costs})


def test_generations_have_prices_of_their_own(halls, words, sound):
    """$7 in period 0 and $11 in period 1; of 2.5 years nothing is left of the first, half a year of the second."""
    document, tables = halls
    module = {key: value for key, value in HALL.items() if not key.startswith("accelerators")}
    module = {**module, "usd": 0.0, "operations_usd_per_year": 0.0, "accelerators_life_years": 2.5}
    document = {**document, "clusters": [words.earth(modules=[{**module, "generations": GENERATIONS}])]}
    builds = [built("hall", "", 0, 1), built("hall", "", 1, 1)]
    costs = words.cost(accelerators__earth=7 + 11 / 1.1 - 2.2 * END)
    sound(document, {**tables, "builds": builds, "costs": costs})


SAIL = {"name": "sail", "mass_kg": 1000.0, "usd": 10.0, "operations_usd_per_year": 5.0, "life_years": 4.0, "max": 9}
ROCKET = {
    "name": "rocket",
    "payload_kg": {"leo": 1500.0, "sky": 2500.0},
    "usd_per_flight": {"values": [100.0, 50.0, 25.0, 12.0]},
    "flights_per_period": 9,
    "reliability": 0.8,
}
RIDE = {key: value for key, value in ROCKET.items() if key != "usd_per_flight"} | {
    "usd_per_kg": {"values": [0.1, 0.05, 0.02, 0.01]}
}


@pytest.fixture(scope="module")
def sails(words):
    """Three sails fly on two flights in period 0; four fifths of them arrive, and stand three of four years.

    Paid are 3 × $10 and 2 × $100; of what arrives, 2.4 sails, a quarter is left, $6, and of their part of the flights,
    1,000 of 2,500 kg each, 2.4 × 0.4 × $100 / 4 = $24. Operations 2.4 × $5 a year.
    """
    sky = {
        "name": "sky",
        "orbit": {"altitude_km": 650.0, "inclination_deg": 50.0, "raan_deg": 0.0},
        "satellites": {"number": 1, "accelerator": "unit", "accelerators": 1, "array_kw": 9.0, "battery_kwh": 99.0},
        "modules": [SAIL],
    }
    document = words.idle(horizon=YEARS, money={"discount_rate": 0.1, "real": True}, clusters=[sky], vehicles=[ROCKET])
    tables = {
        "builds": [built("sail", "rocket", 0, 3)],
        "launches": [{"vehicle": "rocket", "cluster": "sky", "plane": "", "period": 0, "flights": 2}],
        "costs": words.cost(
            facility__sky=30 - 6 * END,
            launch=200.0,
            launch__sky=-24 * END,
            operations__sky=12 / 1.1 + 12 / 1.21 + 12 / 1.331,
        ),
    }
    return document, tables


def test_what_is_lost_on_the_way_is_paid_for(sails, sound):
    """And neither operated nor left over."""
    sound(*sails)


def test_a_rideshare_is_paid_by_mass(sails, words, sound):
    """3,000 kg at $0.10 whatever the flights; left over of 2.4 × 1,000 kg a quarter, $60."""
    document, tables = sails
    costs = words.cost(
        facility__sky=30 - 6 * END,
        launch=300.0,
        launch__sky=-60 * END,
        operations__sky=12 / 1.1 + 12 / 1.21 + 12 / 1.331,
    )
    launches = [{**tables["launches"][0], "flights": 3}]
    sound({**document, "vehicles": [RIDE]}, {**tables, "costs": costs, "launches": launches})
    alone = {**tables, "costs": costs, "launches": []}
    assert words.broken(({**document, "vehicles": [RIDE]}, alone), []) == {"launch"}


def test_later_flights_cost_what_they_cost_then(sails, words, sound):
    """Two flights more in period 2, $50, lift nothing; three of a rideshare would cost nothing."""
    document, tables = sails
    more = [*tables["launches"], {**tables["launches"][0], "period": 2}]
    costs = [*tables["costs"], *words.cost(launch=50 / 1.21)]
    costs = [
        {**row, "usd": 200 + 50 / 1.21} if row["category"] == "launch" and not row["cluster"] else row for row in costs
    ]
    sound(document, {**tables, "launches": more, "costs": costs[:-1]})


INVESTED = [
    # fixture, span, chosen clusters, dollars by slot: of horizons in the first
    ("halls", "slot", None, [0, 240, 0, 0]),
    ("halls", "period", ["earth"], [0, 240, 0, 0]),
    ("halls", "horizon", None, [240, 0, 0, 0]),
    ("halls", "slot", [], [0, 0, 0, 0]),
    ("sails", "period", None, [230, 0, 0, 0]),
    ("sails", "slot", ["sky"], [30, 0, 0, 0]),
    ("sails", "horizon", ["sky"], [30, 0, 0, 0]),
]


@pytest.mark.parametrize(("name", "per", "clusters", "usd"), INVESTED)
def test_limits_of_investment(name, per, clusters, usd, words, request):
    """Modules and their accelerators, and flights where no cluster is chosen: not discounted, no operations."""
    case = request.getfixturevalue(name)
    limit = {"name": "budget", "of": "investment_usd", "per": per}
    if clusters is not None:
        limit["over"] = {"clusters": clusters}

    def broken(most, **more):
        return words.broken(case, [("set", "limits", [{**limit, "max": {"values": most}, **more}])])

    assert broken([float(dollars) for dollars in usd]) == set()
    for slot, dollars in enumerate(usd):
        if dollars:
            less = [float(dollars) - 0.01 if at == slot else float(most) for at, most in enumerate(usd)]
            assert broken(less) == {"limit"}


def test_investment_above_a_limit_may_have_a_price(sails, words):
    """$230 where $200 are allowed, at $0.50: $15."""
    limit = {"name": "budget", "of": "investment_usd", "per": "horizon", "max": 200.0, "penalty_usd": 0.5}
    edits = [("set", "limits", [limit]), ("add", "costs", {"category": "penalty", "cluster": "", "usd": 15.0})]
    assert words.broken(sails, edits) == set()


def test_a_rideshare_is_an_investment(sails, words):
    """$30 and $300, in dollars in all and of investment; operations are 3 × $12 more."""
    document, tables = sails
    case = {**document, "vehicles": [RIDE]}, {**tables, "launches": [{**tables["launches"][0], "flights": 2}]}
    for of, most in (("investment_usd", 330.0), ("usd", 366.0)):
        limit = {"name": "budget", "of": of, "per": "horizon", "max": most}
        assert words.broken(case, [("set", "limits", [limit])]) == {"cost"}
        assert words.broken(case, [("set", "limits", [{**limit, "max": most - 0.01}])]) == {"limit"}


@pytest.mark.parametrize("name", ["halls", "sails"])
def test_every_cell_of_a_sound_plan_matters(name, words, request):
    """Whatever single cell of the plan is changed is told."""
    assert words.idle_cells(request.getfixturevalue(name)) == []


@pytest.mark.parametrize("name", ["halls", "sails"])
def test_garbage_is_told(name, words, request):
    """What is no value, a table or a column that is missing: a finding, never an exception."""
    assert words.swallowed_garbage(request.getfixturevalue(name)) == []
