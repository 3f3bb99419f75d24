"""Mistakes in what can be added: each is told once, with its place, the value and what to do; or solve explains it."""

from pathlib import Path
from typing import Any

import build
import in_process
import lifting
import pytest
from lifting import earth, rocket, sky
from loader.files import line_of, one, refused, write

import placement

GRID = {"kind": "grid", "price": 50.0}
ENGINE = {"kind": "gas", "name": "engine", "price": 90.0, "carbon_g_per_kwh": 500.0, "limit_mw": 1.0}
TWO_POOLS = [{"name": name, "accelerator": "h100-sxm", "number": 4} for name in ("north", "south")]
GENERATION = {"accelerator": "gb200", "accelerators": 8}


def up(**module: Any) -> dict[str, Any]:
    """A day with a sail of these keys."""
    return lifting.document(earth(), sky(**module))


def flown(*vehicles: dict[str, Any], **module: Any) -> dict[str, Any]:
    """A day with these vehicles."""
    return lifting.document(earth(), sky(**module), vehicles=list(vehicles))


def hall(site: dict[str, Any] | None = None, **module: Any) -> dict[str, Any]:
    """A day with a hall of these keys on Earth."""
    return lifting.document(earth(modules=[{"name": "hall", "accelerators": 4, "max": 2, **module}], **(site or {})))


def cadence(**flights: Any) -> dict[str, Any]:
    """A rocket that flies so often."""
    return rocket() | {"flights_per_period": None} | flights


def without(key: str, record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != key}


PAD = {"name": "pad", "flights_per_period": 1}

MISTAKES: dict[str, tuple[dict[str, Any], str, str, str]] = {
    # what is lifted
    "heavier than any vehicle lifts": (
        flown(rocket(), rocket("small", payload_kg={"sso": 400.0}), mass_kg=1001.0),
        "mass_kg: 1001",
        "sky.sail weighs 1,001 kg, and to sso the best of rocket, small lifts 1,000 kg.",
        "Make the module smaller, or add a vehicle under `vehicles:`.",
    ),
    "heavier than its own vehicles lift": (
        flown(rocket(), rocket("small", payload_kg={"sso": 400.0}), vehicles=["small"]),
        "mass_kg: 1000",
        "sky.sail weighs 1,000 kg, and to sso the best of small lifts 400 kg.",
        "Make the module smaller",
    ),
    "larger than any fairing": (
        flown(rocket(volume_m3=10.0), volume_m3=11.0),
        "volume_m3: 11",
        "sky.sail takes 11 m³, and the largest fairing that lifts it has 10 m³.",
        "Make the module smaller, or add a vehicle under `vehicles:`.",
    ),
    "larger than the fairing of what lifts it": (
        flown(rocket(volume_m3=10.0), rocket("wide", payload_kg={"sso": 999.0}), volume_m3=11.0),
        "volume_m3: 11",
        "sky.sail takes 11 m³, and the largest fairing that lifts it has 10 m³.",
        "Make the module smaller",
    ),
    "an orbit without payload": (
        flown(rocket(payload_kg={"leo": 9000.0})),
        "mass_kg",
        "sky.sail weighs 1,000 kg, and to sso none of rocket flies.",
        "add a vehicle under `vehicles:`.",
    ),
    "an orbit with a payload of nought": (
        flown(rocket(payload_kg={"sso": 9000.0, "sky": 0.0})),
        "mass_kg",
        "sky.sail weighs 1,000 kg, and to sso none of rocket flies.",
        "add a vehicle under `vehicles:`.",
    ),
    "no vehicle at all": (
        without("vehicles", flown()),
        "mass_kg",
        "sky.sail weighs 1,000 kg, and to sso no vehicle is given.",
        "add a vehicle under `vehicles:`.",
    ),
    "a vehicle that is not there": (
        up(vehicles=["rokcet"]),
        "- rokcet",
        "there is no vehicle 'rokcet'.",
        "Did you mean 'rocket'?",
    ),
    "payload to where nothing flies": (
        flown(rocket(payload_kg={"sso": 1000.0, "skye": 500.0})),
        "skye",
        "there is no cluster or orbit 'skye'.",
        "Did you mean 'sky'?",
    ),
    "satellites without a mass": (
        up(mass_kg=0.0),
        "name: sail",
        "sky.sail goes to orbit but has no mass.",
        "Give `mass_kg`.",
    ),
    "a mass on Earth": (
        hall(mass_kg=20.0),
        "mass_kg: 20",
        "earth.hall has a mass to launch, but the cluster stands on Earth.",
        "Leave `mass_kg` out.",
    ),
    # cadences and prices
    "a cadence by points that ends early": (
        flown(cadence(flights_per_year={"points": {2027: 100, "2027-06-07": 200}})),
        "flights_per_year",
        "flights_per_year: the last point is at 2027-06-07, and the horizon ends at 2027-06-08: it ends early.",
        "Give a point at the end or after it, or `hold: true`.",
    ),
    "a cadence by points that begins late": (
        flown(cadence(flights_per_year={"points": {2028: 100}, "hold": True})),
        "flights_per_year",
        "flights_per_year: the first point is at 2028-01-01, and the horizon begins at 2027-06-07.",
        "Give a point at the start or before it.",
    ),
    "flights of too few periods": (
        flown(rocket(flights_per_period=[1, 0])),
        "flights_per_period",
        "rocket has flights for 2 periods, and the horizon has 4.",
        "Give one number per period (horizon.period_slots says how long one is).",
    ),
    "flights of too many periods at a site": (
        up() | {"launch_limits": [PAD | {"flights_per_period": [1] * 5}]},
        "flights_per_period:#2",
        "pad has flights for 5 periods, and the horizon has 4.",
        "Give one number per period",
    ),
    "a price by points that ends early": (
        up(usd={"points": {2026: 10, 2027: 20}}),
        "usd:",
        "usd: the last point is at 2027-01-01, and the horizon ends at 2027-06-08: it ends early.",
        "or `hold: true`.",
    ),
    "a price below nought": (
        up(usd={"points": {2027: -10}, "hold": True}),
        "usd:",
        "usd is -10 in slot 1 (2027-06-07T00:00Z), but must be at least 0.",
        "Correct the numbers.",
    ),
    "both cadences": (
        flown(rocket(flights_per_year=4.0)),
        "name: rocket",
        "rocket has both of flights_per_period and flights_per_year.",
        "Give exactly one of the two.",
    ),
    "no cadence": (
        flown(cadence()),
        "name: rocket",
        "rocket has neither of flights_per_period and flights_per_year.",
        "Give exactly one of the two.",
    ),
    "a price per flight and one per kg": (
        flown(rocket(usd_per_kg=3.0)),
        "name: rocket",
        "rocket has both of usd_per_flight and usd_per_kg.",
        "Give exactly one of the two.",
    ),
    "no price of flights": (
        flown(rocket(usd=None)),
        "name: rocket",
        "rocket has neither of usd_per_flight and usd_per_kg.",
        "Give exactly one of the two.",
    ),
    "a vehicle that ends before it begins": (
        flown(rocket(available="2027-06-08", until="2027-06-07T06:00:00Z")),
        "until:",
        "rocket flies until 2027-06-07, not after its first flight 2027-06-08.",
        "Swap `available` and `until`.",
    ),
    "two vehicles of one name": (
        flown(rocket(), rocket(usd=3.0)),
        "name: rocket#2",
        "there are two vehicles named 'rocket'.",
        "Give each its own name.",
    ),
    # launch limits
    "a launch limit of an unknown vehicle": (
        up() | {"launch_limits": [PAD | {"vehicles": ["rocket", "rokcet"]}]},
        "- rokcet",
        "there is no vehicle 'rokcet'.",
        "Did you mean 'rocket'?",
    ),
    "a launch limit of an unknown orbit": (
        up() | {"launch_limits": [PAD | {"orbits": ["leo", "ssp"]}]},
        "- ssp",
        "there is no cluster or orbit 'ssp'.",
        "Did you mean 'sso'?",
    ),
    "a launch limit of an unknown plane": (
        up() | {"launch_limits": [PAD | {"orbits": ["sky/two"]}]},
        "- sky/two",
        "there is no cluster or orbit 'sky/two'.",
        "",
    ),
    "a launch limit of a cluster on Earth": (
        up() | {"launch_limits": [PAD | {"orbits": ["earth"]}]},
        "- earth",
        "there is no cluster or orbit 'earth'.",
        "",
    ),
    "a launch limit with both cadences": (
        up() | {"launch_limits": [PAD | {"flights_per_year": 3.0}]},
        "name: pad",
        "launch limit pad has both of flights_per_period and flights_per_year.",
        "Give exactly one of the two.",
    ),
    "two launch limits of one name": (
        up() | {"launch_limits": [PAD, PAD | {"orbits": ["sso"]}]},
        "name: pad#2",
        "there are two launch limits named 'pad'.",
        "Give each its own name.",
    ),
    # dates and numbers
    "an end before the beginning": (
        up(available="2027-06-08", until="2027-06-07"),
        "until:",
        "sky.sail can be ordered from 2027-06-08, and is delivered until 2027-06-07.",
        "Swap `available` and `until`.",
    ),
    "a freeze of no time": (
        up(closed=[{"from": "2027-06-08", "to": "2027-06-08"}]),
        "to: '2027-06-08'",
        "sky.sail is closed from 2027-06-08 to 2027-06-08, which is no time.",
        "Swap `from` and `to`.",
    ),
    "a contract above the most": (
        up(min=3),
        "name: sail",
        "sail has min 3 above max 2.",
        "Lower min or raise max.",
    ),
    "a contract that comes too late": (
        hall(min=1, available="2027-06-07T12:00:01Z"),
        "min: 1",
        "earth.hall has min 1, and its dates and max_per_period allow 0.",
        "Lower min, or change available, lead_days, commissioning_days, until, closed or max_per_period.",
    ),
    "a contract for which the lead is too long": (
        hall(min=1, lead_days=0.51),
        "min: 1",
        "earth.hall has min 1, and its dates and max_per_period allow 0.",
        "change available, lead_days",
    ),
    "a contract that would stand after the end": (
        hall(min=1, commissioning_days=0.71),
        "min: 1",
        "earth.hall has min 1, and its dates and max_per_period allow 0.",
        "commissioning_days",
    ),
    "a contract in a freeze": (
        hall(min=1, closed=[{}]),
        "min: 1",
        "earth.hall has min 1, and its dates and max_per_period allow 0.",
        "closed",
    ),
    "a contract beyond each period's most": (
        hall(min=2, max_per_period=1, until="2027-06-07T06:00:00Z"),
        "min: 2",
        "earth.hall has min 2, and its dates and max_per_period allow 1.",
        "max_per_period",
    ),
    "a contract beyond the most of the periods that are left": (
        hall(min=2, max_per_period=[2, 1, 0, 2], lead_days=0.25),
        "min: 2",
        "earth.hall has min 2, and its dates and max_per_period allow 1.",
        "max_per_period",
    ),
    "a contract before the first generation": (
        hall(min=1, accelerators=0, generations=[GENERATION | {"from": "2027-06-07T13:00:00Z"}]),
        "min: 1",
        "earth.hall has min 1, and its dates and max_per_period allow 0.",
        "Lower min, or change `from` of generations, available",
    ),
    "most of too few periods": (
        hall(max_per_period=[1, 2]),
        "max_per_period",
        "earth.hall has max_per_period for 2 periods, and the horizon has 4.",
        "Give one number per period",
    ),
    # what modules hold
    "generations and accelerators": (
        hall(generations=[GENERATION]),
        "name: hall",
        "hall has generations and accelerators.",
        "Leave accelerators out; each generation has its own.",
    ),
    "generations and the price of accelerators": (
        hall(accelerators=0, accelerators_usd=3.0, generations=[GENERATION]),
        "name: hall",
        "hall has generations and accelerators_usd.",
        "Leave accelerators_usd out; each generation has its own.",
    ),
    "a generation of an unknown accelerator": (
        hall(accelerators=0, generations=[GENERATION | {"accelerator": "gb2000"}]),
        "gb2000",
        "there is no accelerator 'gb2000'.",
        "Did you mean 'gb200'?",
    ),
    "a generation from no date": (
        hall(accelerators=0, generations=[GENERATION | {"from": "soon"}]),
        "from: soon",
        "from is 'soon', which is not a date.",
        "Write ISO 8601",
    ),
    "satellites and a mass": (
        up(satellites=2),
        "name: sail",
        "sail consists of satellites, from which mass_kg follows.",
        "Leave mass_kg out, or change `satellites` of the cluster.",
    ),
    "satellites and accelerators": (
        up(satellites=2, mass_kg=0.0),
        "name: sail",
        "sail consists of satellites, from which accelerators follows.",
        "Leave accelerators out, or change `satellites` of the cluster.",
    ),
    "satellites and losses": (
        up(satellites=2, mass_kg=0.0, accelerators=0, infant_loss=0.1),
        "name: sail",
        "sail consists of satellites, from which infant_loss follows.",
        "Leave infant_loss out",
    ),
    "satellites on Earth": (
        hall(satellites=2, accelerators=0),
        "satellites: 2",
        "earth.hall consists of satellites, and earth has none.",
        "Give what it weighs and holds instead, or `satellites` of the cluster.",
    ),
    "satellites that are too heavy together": (
        up(satellites=2, mass_kg=0.0, accelerators=0),
        "mass_kg: 0",
        "and to sso the best of rocket lifts 1,000 kg.",
        "Make the module smaller",
    ),
    # what they add to
    "pools among which none is named": (
        lifting.document(earth(modules=[{"name": "hall", "accelerators": 4, "max": 1}]) | {"pools": TWO_POOLS}),
        "name: hall",
        "earth.hall does not say which pool it adds to.",
        "Give `pool`: north, south.",
    ),
    "generations and pools among which none is named": (
        lifting.document(
            earth(modules=[{"name": "hall", "generations": [GENERATION], "max": 1}]) | {"pools": TWO_POOLS}
        ),
        "name: hall",
        "earth.hall does not say which pool it adds to.",
        "Give `pool`: north, south.",
    ),
    "an unknown pool": (
        hall(pool="nroth"),
        "nroth",
        "there is no pool 'nroth' of earth.",
        "Known: h100-sxm.",
    ),
    "a resource that a module gives and needs": (
        hall({"resources": {"land": 4}}, gives={"land": 1}, needs={"land": 2}),
        "name: hall",
        "hall both gives and needs land.",
        "Write the difference in one of the two.",
    ),
    "a resource that is not there, given": (
        hall(gives={"land": 1}),
        "land: 1",
        "earth.hall gives land, and earth has no such resource.",
        "Write `resources: {land: 0}` at earth.",
    ),
    "a resource that is not there, needed": (
        hall({"resources": {"land": 4}}, needs={"lnad": 1}),
        "lnad: 1",
        "earth.hall needs lnad, and earth has no such resource.",
        "Did you mean 'land'?",
    ),
    "a source that is not there": (
        hall({"sources": [GRID, ENGINE]}, sources_mw={"engin": 2.0}),
        "engin: 2",
        "there is no source 'engin' of earth.",
        "Did you mean 'engine'?",
    ),
    "a source where there is none": (
        hall(sources_mw={"grid": 2.0}),
        "grid: 2",
        "there is no source 'grid' of earth.",
        "Check the name.",
    ),
    "a grid without a limit": (
        hall({"sources": [GRID]}, sources_mw={"grid": 2.0}),
        "grid: 2",
        "earth.hall raises grid, which has no limit.",
        "Give grid a `limit_mw` (0 where modules alone connect it).",
    ),
    "a source of satellites": (
        up(sources_mw={"sun": 2.0}),
        "sun: 2",
        "sky.sail raises a source of satellites.",
        "Give larger satellites; leave sources_mw out.",
    ),
    "a site that is charged as used": (
        lifting.document(
            build.cluster(charge="used", modules=[{"name": "hall", "accelerators": 4, "max": 2}]), vehicles=[]
        ),
        "name: hall",
        "earth is charged as used, and would pay for earth.hall twice.",
        "Write `charge: owned`; modules carry their own costs.",
    ),
    "two modules of one name": (
        lifting.document(earth(modules=[{"name": "hall", "max": 1}, {"name": "hall", "max": 2}])),
        "name: hall#2",
        "there are two modules of earth named 'hall'.",
        "Give each its own name.",
    ),
    "a budget that is a least amount": (
        hall() | {"limits": [{"name": "purse", "of": "investment_usd", "per": "horizon", "min": 3.0}]},
        "min: 3",
        "limit purse: a least amount of investment_usd would be met by waste.",
        "Leave it out",
    ),
    "a budget of some jobs": (
        hall() | {"limits": [{"name": "purse", "of": "investment_usd", "max": 3.0, "over": {"jobs": {}}}]},
        "jobs: {}",
        "limit purse: dollars are counted per cluster, not per job.",
        "Give `over: {clusters: [...]}` only.",
    ),
    "a budget of some pools": (
        hall()
        | {"limits": [{"name": "purse", "of": "investment_usd", "max": 3.0, "over": {"pools": ["earth/h100-sxm"]}}]},
        "pools:#2",
        "limit purse: investment_usd is counted per cluster, not per pool.",
        "Give `over: {clusters: [...]}`.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_told_once_with_place_value_and_remedy(what: str, tmp_path: Path) -> None:
    document, where, fact, remedy = MISTAKES[what]
    path = write(tmp_path, document)
    problem = one(path)
    text, _, nth = where.partition("#")
    assert problem.place == f"{path}:{line_of(path, text, int(nth or 1))}"
    assert fact in problem.fact
    assert remedy in problem.remedy


def test_an_orbit_without_satellites_is_told_and_nothing_of_what_would_fly_there(tmp_path: Path) -> None:
    problems = refused(write(tmp_path, lifting.document(earth(), without("satellites", sky()))))
    assert [problem.fact for problem in problems] == [
        "sky has an orbit but no satellites.",
        "sky has no pools.",
    ]


FITS: list[dict[str, Any]] = [
    hall(min=1, available="2027-06-07T12:00:00Z"),
    hall(min=1, lead_days=0.5),
    hall(min=1, commissioning_days=17 / 24),
    hall(min=1, accelerators=0, generations=[GENERATION | {"from": "2027-06-07T12:00:00Z"}]),
    hall(min=2, max_per_period=[2, 2, 0, 2], lead_days=0.25),
    flown(rocket(volume_m3=11.0), volume_m3=11.0),
    flown(rocket(payload_kg={"sso": 10.0, "sky": 1000.0})),
    hall({"sources": [GRID | {"limit_mw": 0.0}]}, sources_mw={"grid": 2.0}),
    hall({"resources": {"land": 0}}, gives={"land": 1}),
    flown(cadence(flights_per_year={"points": {2027: 100}, "hold": True})),
    up() | {"launch_limits": [PAD | {"orbits": ["leo", "sso", "sky"]}]},
]


@pytest.mark.parametrize("document", FITS)
def test_what_just_fits_is_taken(document: dict[str, Any]) -> None:
    assert placement.scenario(document).name == "test"


@pytest.fixture
def solved(monkeypatch: pytest.MonkeyPatch) -> Any:
    """How a document is solved, in this process."""
    in_process.use(monkeypatch)
    return lambda document: placement.solve(placement.scenario(document), time_limit_s=60)


def purse(usd: float, **more: Any) -> dict[str, Any]:
    """No more may be invested than this."""
    return {"limits": [{"name": "purse", "of": "investment_usd", "per": "horizon", "max": usd, **more}]}


MUST = [without("reject_usd", build.job("a", 3.0, 4, must_run=True))]
CANNOT: dict[str, tuple[dict[str, Any], str]] = {
    "a budget below the price of one": (hall(usd=20.0, min=1) | purse(19.99), "earth.hall has min 1, and 0"),
    "a budget for one": (hall(usd=20.0, min=2) | purse(39.99), "earth.hall has min 2, and 1"),
    "a budget in each period": (
        hall(usd=20.0, min=2, max_per_period=1) | purse(19.99, per="period"),
        "earth.hall has min 2, and 0",
    ),
    "a budget without the flight": (
        lifting.document(earth(), sky(min=1), vehicles=[rocket(usd=90.0)]) | purse(109.99),
        "sky.sail has min 1, and 0",
    ),
    "flights for one": (lifting.document(earth(), sky(min=2)), "sky.sail has min 2, and 1"),
    "no flights": (flown(rocket(flights_per_period=0), min=1), "sky.sail has min 1, and 0"),
    "no vehicle in time": (
        flown(rocket(flights_per_period=1, available="2027-06-07T13:00:00Z"), min=1),
        "sky.sail has min 1, and 0",
    ),
    "a site without flights": (
        lifting.document(earth(), sky(min=1)) | {"launch_limits": [PAD | {"flights_per_period": 0}]},
        "sky.sail has min 1, and 0",
    ),
    "land for one": (
        hall({"resources": {"land": 3}}, min=2, needs={"land": 2}),
        "earth.hall has min 2, and 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CANNOT)
def test_of_what_must_be_added_it_is_told_how_many_can_be_and_what_to_change(what: str, solved: Any) -> None:
    document, words = CANNOT[what]
    result = solved(document)
    assert (result.status, result.plan) == ("infeasible", None)
    who, number = words.split(", and ")
    assert f"{who}, and together with all that must be {number} can be added." in result.message
    assert (
        "Lower min, or change what stands in its way: flights that are open, its dates, what it needs, or limits."
        in (result.message)
    )


@pytest.mark.parametrize("usd", [20.0, 40.0])
def test_a_budget_for_just_what_must_be_added_is_enough(usd: float, solved: Any) -> None:
    result = solved(hall(usd=20.0, min=int(usd / 20)) | purse(usd))
    assert result.status == "optimal"
    assert result.plan.tables["builds"]["number"].sum() == usd / 20


BARE = {
    "a budget below the price": (hall({"number": 0}, usd=20.0), purse(19.99)),
    "no land": (hall({"number": 0, "resources": {"land": 1}}, needs={"land": 2}), {}),
    "no flights": (
        lifting.document(earth(0), sky(), vehicles=[rocket(flights_per_period=0)]),
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BARE)
def test_a_job_that_must_run_and_for_which_nothing_can_be_added_is_named(what: str, solved: Any) -> None:
    document, more = BARE[what]
    result = solved({**document, **more, "jobs": MUST})
    assert (result.status, result.plan, result.unplaced) == ("infeasible", None, ("a",))
    assert "job 'a' must run and cannot" in result.message


def test_a_job_that_must_run_is_built_for(solved: Any) -> None:
    """The hall costs $20, and 12 accelerator-hours $10 each."""
    result = solved({**hall({"number": 0}, usd=20.0), **purse(20.0), "jobs": MUST})
    assert result.status == "optimal"
    assert result.cost_usd == pytest.approx(140.0, abs=1e-3)
