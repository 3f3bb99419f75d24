"""What stands of modules, and what they add: losses, lives, power, named resources.

8 slots of half a year (4,383 h), each a period: a module of period p stands from slot p + 1 on; in the middle of its
first slot it is a quarter of a year old, then 3/4, 5/4 and so on.
"""

import pytest

from placement.verifier.builds import Build
from placement.verifier.fleet import Fleet
from placement.verifier.growth import Growth, potential
from placement.verifier.kinds import kinds_of

HALVES = {"start": "2027-01-01T00:00:00Z", "slots": 8, "slot_hours": 4383, "period_slots": 1}
GRAINS = 32768
ROCKET = {"name": "rocket", "payload_kg": {"leo": 1000.0}, "usd_per_flight": 1.0, "flights_per_period": 9}
SKY = {
    "name": "sky",
    "orbit": {"altitude_km": 650.0, "inclination_deg": 50.0, "raan_deg": 0.0},
    "satellites": {"number": 1, "accelerator": "unit", "accelerators": 1, "array_kw": 9.0, "battery_kwh": 99.0},
}


@pytest.fixture(scope="module")
def kind(words):
    """The kind of modules with these keys, of a cluster on Earth or in orbit, and its fleet."""

    def made(orbital=False, rockets=(), cluster=(), **keys):
        module = {"name": "m", "max": 9, **({"mass_kg": 100.0} if orbital else {}), **keys}
        site = SKY if orbital else words.earth(power_limit_mw=0.0)
        document = words.idle(
            horizon=HALVES,
            clusters=[{**site, "modules": [module], **dict(cluster)}],
            vehicles=[{**ROCKET, **rocket} for rocket in rockets],
        )
        fleet = Fleet(words.scenario(document))
        return fleet, kinds_of(fleet)[site["name"], "m"]

    return made


LOSSES = {"infant_loss": 0.1, "accelerator_loss_per_year": 0.2, "power_loss_per_year": 0.1}

ADDED = [
    # keys of a module of period 0, accelerators that two of them add in slots 1, 2, ...
    ({}, [200] * 7),
    # 90 × 0.72^0.25 = 82.9, 90 × 0.72^0.75 = 70.3, then 59.7, 50.6, 43.0, 36.5, 30.9
    (LOSSES, [164, 140, 118, 100, 84, 72, 60]),
    ({"infant_loss": 0.005}, [198] * 7),  # 99.5 of each: 99
    # 100 × 0.5^0.25 = 84.1, 0.5^0.75: 59.5, 0.5^1.25: 42.04
    ({"power_loss_per_year": 0.5, "life_years": 1.5}, [168, 118, 84, 0, 0, 0, 0]),
    ({"life_years": 1.5}, [200, 200, 200, 0, 0, 0, 0]),
    ({"life_years": 1.4}, [200, 200, 0, 0, 0, 0, 0]),
    ({"life_years": 1.5, "accelerators_life_years": 1.0}, [200, 200, 0, 0, 0, 0, 0]),
    ({"life_years": 1.0, "accelerators_life_years": 1.5}, [200, 200, 0, 0, 0, 0, 0]),
    ({"accelerators_life_years": 0.5}, [200, 0, 0, 0, 0, 0, 0]),
    ({"life_years": 0.4}, [0] * 7),
    ({"accelerator_loss_per_year": 1.0}, [0] * 7),
]


@pytest.mark.parametrize(("keys", "added"), ADDED)
def test_what_a_module_adds_falls_with_its_age(keys, added, kind):
    """Whole accelerators of each module, at the age in the middle of the slot, up to the end of the shorter life."""
    fleet, module = kind(accelerators=100, **keys)
    assert Growth(fleet, [Build(module, "", 0, 2)]).accelerators[0].tolist() == [0, *added]


def test_what_could_stand_is_the_best_there_can_be(kind):
    """84 of a fresh module, 59 of one half a year older, 42 of the next; two come in a period, three in all."""
    fleet, module = kind(accelerators=100, accelerator_loss_per_year=0.5, max_per_period=2, max=3)
    assert potential(fleet, [module])[0].tolist() == [0, 168, 227, 227, 227, 227, 227, 227]
    fleet, module = kind(
        accelerators=100, accelerator_loss_per_year=0.5, max_per_period=[1, 1, 0, 1, 0, 0, 0, 0], max=9
    )
    assert potential(fleet, [module])[0].tolist() == [0, 84, 143, 101, 155, 109, 77, 53]


def test_what_could_stand_is_that_of_each_kind_together(kind):
    """2 of period 0 and 3 from period 1 on; another kind beside it."""
    fleet, module = kind(accelerators=4, max=1, closed=[{"from": "2028-01-01T00:00:00Z"}])
    assert potential(fleet, [module, module])[0].tolist() == [0, 8, 8, 8, 8, 8, 8, 8]
    fleet, module = kind(accelerators=4, max=1, life_years=1.0, until="2027-07-03T15:00:00Z")
    assert potential(fleet, [module])[0].tolist() == [0, 4, 4, 0, 0, 0, 0, 0]


def test_what_could_stand_goes_by_the_best_vehicle(kind):
    """Of 10 arrive 9 with the better one, which flies in the first half-year; then 5.

    Nothing could stand that no vehicle lifts.
    """
    good = {"name": "good", "reliability": 0.9, "until": "2027-07-03T15:00:00Z"}
    poor = {"name": "poor", "reliability": 0.5}
    heavy = {"name": "heavy", "payload_kg": {"leo": 99.0}}
    fleet, module = kind(True, [poor, good, heavy], accelerators=10, max=2, max_per_period=1)
    assert potential(fleet, [module])[0].tolist() == [0, 9, 14, 14, 14, 14, 14, 14]
    fleet, module = kind(True, [poor, good, heavy], accelerators=10, max=2, vehicles=["good"], max_per_period=1)
    assert potential(fleet, [module])[0].tolist() == [0, 9, 9, 9, 9, 9, 9, 9]
    small = {"name": "small", "volume_m3": 9.0}
    fleet, module = kind(True, [small, poor], accelerators=10, volume_m3=10.0, max=1)
    assert potential(fleet, [module])[0].tolist() == [0, 5, 5, 5, 5, 5, 5, 5]


def test_of_what_flies_a_share_arrives(kind):
    """Three quarters of 10 are 7 of each module; 0.01 MW × 0.75; gives go by it, needs do not."""
    more = {"gives": {"seats": 4.0}, "needs": {"water": 1.0}, "power_mw": 0.01, "life_years": 1.0}
    resources = {"resources": {"seats": 0.0, "water": 9.0}}
    fleet, module = kind(True, [{"reliability": 0.75}], resources, accelerators=10, **more)
    grown = Growth(fleet, [Build(module, "rocket", 1, 2)])
    assert grown.accelerators[0].tolist() == [0, 0, 14, 14, 0, 0, 0, 0]
    assert grown.watts[0].tolist() == [0, 0, 15000, 15000, 0, 0, 0, 0]
    assert grown.gives["seats"][0].tolist() == [0, 0, 6, 6, 0, 0, 0, 0]
    assert grown.needs["water"][0].tolist() == [0, 0, 2, 2, 0, 0, 0, 0]


def test_a_module_outlives_its_accelerators(kind):
    """Its power and what it gives stay to the end of its own life; 0.01 MW / 1.25 are 8 kW."""
    more = {"life_years": 1.5, "accelerators_life_years": 0.5, "power_mw": 0.01, "gives": {"seats": 1.0}}
    fleet, module = kind(cluster={"resources": {"seats": 0.0}}, accelerators=3, **more)
    grown = Growth(fleet, [Build(module, "", 0, 1)])
    assert grown.accelerators[0].tolist() == [0, 3, 0, 0, 0, 0, 0, 0]
    assert grown.watts[0].tolist() == [0, 8000, 8000, 8000, 0, 0, 0, 0]
    assert grown.gives["seats"][0].tolist() == [0, 1, 1, 1, 0, 0, 0, 0]


def test_satellites_make_modules(kind):
    """3 satellites of 50 kg with 2 accelerators each, of which a tenth fails at once and a fifth a year.

    Their array gives 4 kW for 2 kW of load at first and loses half a year: after 2 of 2 years of life 1 kW, half the
    load. That is a share of 1 - 0.5^0.5 = 0.29289 a year: of 5.4 work 5.4 × (0.8 × 0.70711)^0.25 = 4.68, then 3.52,
    2.65, 1.99.
    """
    satellites = {
        **SKY["satellites"],
        "accelerators": 2,
        "array_kw": 4.0,
        "overhead": 1.0,
        "array_loss_per_year": 0.5,
        "life_years": 2.0,
        "infant_loss": 0.1,
        "accelerator_loss_per_year": 0.2,
        "mass": {"total_kg": 50.0},
    }
    fleet, module = kind(True, [{}], {"satellites": satellites}, satellites=3, mass_kg=0.0)
    assert module.module.mass_kg == 150.0
    assert Growth(fleet, [Build(module, "rocket", 0, 1)]).accelerators[0].tolist() == [0, 4, 3, 2, 1, 0, 0, 0]


@pytest.fixture(scope="module")
def worn(words):
    """164 accelerators of two worn halls run for the half-year of slot 1; they need water, which is there till slot 2.

    164 kW × 1.25 = 0.205 MW; the halls' 0.1 MW each give 2 × 80 kW, and the site has 0.005 MW, 4 kW. They give a seat
    each, and the run uses two.
    """
    power = {"power_mw": 0.1, "gives": {"seats": 1.0}, "needs": {"water": 1.5}, "life_years": 1.0}
    hall = {"name": "hall", "accelerators": 100, "max": 2, **LOSSES, **power}
    water = {"values": [0.0, 3.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0]}
    cluster = words.earth(
        energy_price=0.0,
        pools=[words.pool(number=0)],
        power_limit_mw=0.005,
        resources={"seats": 0.0, "water": water},
        modules=[hall],
    )
    job = {"job": "a", "hours": 4383.0, "accelerators": 164, "uses": {"seats": 2}}
    run = words.row("run", "a", 4383, 8766, (GRAINS, 2 * GRAINS), option="earth/p x164", accelerators=164)
    tables = {
        "placements": [run],
        "jobs": [words.job("a")],
        "builds": [
            {"cluster": "earth", "module": "hall", "vehicle": "", "period": 0, "number": 2, "stands_from_slot": 1}
        ],
        "energy": words.drawn("earth", {24 + tick: 0.205 for tick in range(24)}, 24),
    }
    return words.document(horizon=HALVES, clusters=[cluster], jobs=[job]), tables


def test_worn_halls_run_what_is_left_of_them(worn, sound):
    """They stand in slots 1 and 2, for which there is water."""
    sound(*worn)


@pytest.mark.parametrize(
    ("codes", "edits"),
    [
        ("eligible fit capacity", [("set", "clusters.0.modules.0.infant_loss", 0.11)]),
        ("eligible fit capacity", [("set", "clusters.0.modules.0.accelerator_loss_per_year", 0.24)]),
        ("eligible fit capacity", [("set", "clusters.0.modules.0.power_loss_per_year", 0.15)]),
        ("eligible fit capacity power resource", [("set", "clusters.0.modules.0.life_years", 0.49)]),
        ("eligible fit capacity", [("set", "clusters.0.modules.0.accelerators_life_years", 0.49)]),
        ("fit power", [("set", "clusters.0.modules.0.power_mw", 0.099)]),
        ("fit resource", [("set", "clusters.0.modules.0.gives.seats", 0.9)]),
        ("fit resource", [("set", "jobs.0.uses.seats", 3)]),
        ("resource", [("set", "clusters.0.modules.0.needs.water", 1.6)]),
        ("resource", [("set", "clusters.0.modules.0.life_years", 1.5)]),
        ("resource", [("set", "clusters.0.resources.water.values.2", 2.9)]),
        (
            "fit resource",
            [("set", "jobs.0.uses", {"water": 1, "seats": 2}), ("set", "clusters.0.resources.water", 0.5)],
        ),
        ("resource", [("set", "jobs.0.uses", {"water": 1, "seats": 2}), ("set", "clusters.0.resources.water", 3.5)]),
        ("", [("set", "jobs.0.uses", {"water": 1, "seats": 2}), ("set", "clusters.0.resources.water", 4.0)]),
    ],
)
def test_corrupted_halls_are_told(codes, edits, worn, words):
    """What modules need has to be there whether jobs use it or not, and beside what jobs use."""
    assert words.broken(worn, edits) == set(codes.split())


def test_what_modules_need_is_told(worn, words):
    """With its amount."""
    document, tables = worn
    case = {**document, "jobs": [{"job": "a", "hours": 1.0, "accelerators": 1, "reject_usd": 0.0}]}
    hall = {**document["clusters"][0]["modules"][0], "needs": {"water": 2.0}}
    case["clusters"] = [{**document["clusters"][0], "modules": [hall]}]
    plan = {"builds": tables["builds"], "jobs": [words.job("a", placed=0, rejected=1)]}
    found = [str(finding) for finding in words.check(case, plan).findings if finding.rule == "resource"]
    assert found[0] == "[resource] earth, slot 1: 0.000 of water are used of 3, and 4 needed by modules."


@pytest.mark.parametrize("name", ["worn"])
def test_every_cell_of_a_sound_plan_matters(name, words, request):
    """Whatever single cell of the plan is changed is told, but for the reasons given for jobs."""
    assert set(words.idle_cells(request.getfixturevalue(name))) <= {"jobs.reason"}
