"""One mistake in a file gives one complaint: the place, the fact with its value, and what to do."""

import math
from pathlib import Path
from typing import Any

import build
import pytest
from loader.files import line_of, one, write

import placement

NAN = math.nan


def battery(efficiency: float) -> list[dict[str, Any]]:
    return [
        {"kind": "grid", "price": 90.0},
        {"kind": "battery", "mw": 1.0, "mwh": 2.0, "round_trip_efficiency": efficiency},
    ]


HALLS: list[dict[str, Any]] = [
    {"name": "old", "number": 5},
    {"name": "new", "number": 3, "service": {"from": "2027-06-07T02:00:00Z"}},
]
LAB: dict[str, Any] = {"places": {"lab": {"lat": 50.1, "lon": 8.7}}}
SKY: dict[str, Any] = {
    "name": "sky",
    "orbit": {"altitude_km": 650.0, "ltan": 18.0},
    "satellites": {"number": 1, "accelerator": "h100-sxm", "accelerators": 8, "array_kw": 20.0},
}


def trips(*ends: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"from": begin, "to": end, "ms": 20.0 + index} for index, (begin, end) in enumerate(ends)]


BACKWARDS = {"from": "2027-06-08T00:00:00Z", "to": "2027-06-07T00:00:00Z"}

MISTAKES: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "an unknown key": (
        build.document([build.cluster(power_limit_mv=3)]),
        "power_limit_mv",
        "clusters.earth: unknown key 'power_limit_mv'.",
        "Did you mean 'power_limit_mw'?",
    ),
    "an unknown key of the whole file": (
        build.document(serries={}),
        "serries",
        "unknown key 'serries'.",
        "Did you mean 'series'?",
    ),
    "an unknown catalogue entry": (
        build.document([{"from": "stargate-abiline"}]),
        "stargate-abiline",
        "the catalogue has no cluster 'stargate-abiline'.",
        "Did you mean 'stargate-abilene'?",
    ),
    "an unknown accelerator": (
        build.document([build.cluster(pool={"accelerator": "h100-smx"})]),
        "h100-smx",
        "there is no accelerator 'h100-smx'.",
        "Did you mean 'h100-sxm'?",
    ),
    "an unknown series": (
        build.document([build.cluster(energy_price="us-tex-ercod")]),
        "us-tex-ercod",
        "energy_price: there is no series 'us-tex-ercod'.",
        "Did you mean 'us-tex-erco'?",
    ),
    "an unknown data set": (
        build.document(jobs=[build.job(dataset="corpos")], datasets=[{"name": "corpus", "tb": 1.0, "home": "earth"}]),
        "job: a",
        "job 'a', dataset: there is no data set 'corpos'.",
        "Did you mean 'corpus'?",
    ),
    "a PUE below one": (
        build.document([build.cluster(pue=0.9)]),
        "pue",
        "clusters.earth: pue is 0.9, but must be at least 1.",
        "Meaning of pue: Facility power",
    ),
    "an efficiency of 22": (
        build.document([build.cluster(sources=battery(22))]),
        "round_trip_efficiency",
        "clusters.earth.sources.battery: round_trip_efficiency is 22, but must be at most 1.",
        "If this is in percent, write 0.22.",
    ),
    "a negative number": (
        build.document(jobs=[build.job(hours=-2.0)]),
        "hours: -2.0",
        "jobs.a: hours is -2.0, but must be greater than 0.",
        "Meaning of hours: Run time",
    ),
    "a negative count": (
        build.document([build.cluster(number=-8)]),
        "number: -8",
        "clusters.earth.pools.1: number is -8, but must be at least 0.",
        "Meaning of number: Accelerators",
    ),
    "not a number": (
        build.document(jobs=[build.job(delay_usd_per_hour=NAN)]),
        ".nan",
        "jobs.a: delay_usd_per_hour is nan, which is not a number that can be used.",
        "Meaning of delay_usd_per_hour",
    ),
    "not a number in a series": (
        build.document([build.cluster(energy_price=[1.0, 2.0, NAN, 4.0])]),
        ".nan",
        "clusters.earth: item 3 of energy_price is nan, which is not a number that can be used.",
        "Meaning of item 3 of energy_price: $/MWh at the meter.",
    ),
    "infinity": (
        build.document([build.cluster(power_limit_mw=math.inf)]),
        ".inf",
        "clusters.earth: power_limit_mw is inf, which is not a number that can be used.",
        "Meaning of power_limit_mw",
    ),
    "a number written as text": (
        build.document(jobs=[build.job(hours="1,200")]),  # type: ignore[arg-type]
        "1,200",
        "jobs.a: hours is '1,200' (text), but must be a number.",
        "Write a plain number: 1200.",
    ),
    "a deadline before the horizon": (
        build.document(jobs=[build.job(deadline="2026-01-01T00:00:00Z")]),
        "job: a",
        "job 'a': deadline 2026-01-01T00:00:00Z (-12528 h) does not fit: the horizon is 2027-06-07T00:00Z to",
        "Leave the job out, or correct the date.",
    ),
    "a start after the horizon": (
        build.document(jobs=[build.job(earliest_start="2028-01-01")]),
        "job: a",
        "job 'a': earliest_start 2028-01-01T00:00:00Z (+4992 h) does not fit",
        "Leave the job out, or lengthen the horizon.",
    ),
    "what is not a date": (
        build.document(jobs=[build.job(deadline="next week")]),
        "next week",
        "jobs.a: deadline is 'next week', which is not a date.",
        "Write ISO 8601, such as 2027-06-07T00:00:00Z.",
    ),
    "a deadline before the start": (
        build.document(jobs=[build.job(earliest_start="2027-06-07T03:00", deadline="2027-06-07T02:00")]),
        "job: a",
        "job 'a': deadline 2027-06-07T02:00:00Z (+2 h) is not after earliest_start 2027-06-07T03:00:00Z (+3 h).",
        "Correct one of the two.",
    ),
    "a series too short": (
        build.document([build.cluster(energy_price=[1.0, 2.0])]),
        "energy_price",
        "energy_price: the series has 2 values and the horizon 4 slots: it is too short.",
        "Give one value per slot; a series is never repeated silently.",
    ),
    "a job's name given twice": (
        build.document(jobs=[build.job(), build.job("b"), build.job()]),
        "",
        "there are two jobs 'a', the first at ",
        "Give each its own name; `count` says how many alike there are.",
    ),
    "a job after one that is not there": (
        build.document(jobs=[build.job("train-7", after=["train-5"]), build.job("train-6")]),
        "train-7",
        "job 'train-7' comes after 'train-5', and there is no such job.",
        "Did you mean 'train-6'?",
    ),
    "a circle": (
        build.document(jobs=[build.job("a", after=["b"]), build.job("b", after=["c"]), build.job("c", after=["a"])]),
        "job: c",
        "jobs come after each other in a circle: a -> b -> c -> a.",
        "Break it.",
    ),
    "a job after itself": (
        build.document(jobs=[build.job("a", after=["a"])]),
        "job: a",
        "jobs come after each other in a circle: a -> a.",
        "Break it.",
    ),
    "no jobs": (
        build.document(jobs=[]),
        "jobs",
        "there are no jobs: the table is empty.",
        "List jobs, name a table with rows, or give flows.",
    ),
    "no clusters": (build.document([]), "clusters", "clusters is empty.", "Meaning of clusters: The fleet."),
    "what does not exist yet": (
        build.document([{"from": "ai1"}]),
        "from: ai1",
        "ai1 is announced: it does not run jobs today.",
        "Write `as_if: true` to plan with it all the same",
    ),
    "a table that is not there": (
        build.document() | {"jobs": {"table": "jobs.csv"}},
        "table",
        "the file 'jobs.csv' does not exist",
        "Check the path; it is relative to the scenario's folder.",
    ),
    "a table that is no table": (
        build.document() | {"jobs": {"table": "week.yaml"}},
        "table",
        "the file 'week.yaml' ends in '.yaml'.",
        "Give a .csv or .parquet file.",
    ),
    "both lengths of a slot": (
        build.document(horizon={"slot": "hour"})
        | {"horizon": {"start": build.START, "slots": 2, "slot": "hour", "slot_hours": 1}},
        "horizon",
        "the horizon has both of slot_hours and slot.",
        "Give exactly one of the two.",
    ),
    "blocks that do not add up": (
        build.document([build.cluster(number=7, pool={"blocks": HALLS})]),
        "number: 7",
        "earth.h100-sxm: its blocks have 8 accelerators, and number is 7.",
        "Leave `number` out, or change one of the two.",
    ),
    "two blocks of one name": (
        build.document([build.cluster(pool={"blocks": [HALLS[0], HALLS[0] | {"number": 3}]})]),
        "",
        "there are two blocks of earth.h100-sxm named 'old'.",
        "Give each its own name.",
    ),
    "a block that ends before it begins": (
        build.document([build.cluster(pool={"blocks": [HALLS[0], HALLS[1] | {"service": BACKWARDS}]})]),
        "to: '2027-06-07T00:00:00Z'",
        "earth.h100-sxm.new: the service ends 2027-06-07T00:00Z, not after it begins 2027-06-08T00:00Z.",
        "Swap `from` and `to`.",
    ),
    "a round trip to nowhere": (
        build.document(round_trips=trips(("lab", "earht")), **LAB),
        "to: earht",
        "there is no place or cluster 'earht'.",
        "Did you mean 'earth'?",
    ),
    "a round trip to where it begins": (
        build.document(round_trips=trips(("lab", "lab")), **LAB),
        "to: lab",
        "a round trip goes from lab to itself",
        "Name another place",
    ),
    "a round trip there and one back": (
        build.document(round_trips=trips(("lab", "earth"), ("earth", "lab")), **LAB),
        "from: earth",
        "there are two round trips between earth and lab",
        "Keep one of the two.",
    ),
    "a round trip to orbit": (
        build.document([build.cluster(), SKY], round_trips=trips(("lab", "sky")), **LAB),
        "to: sky",
        "sky is in orbit",
        "Give `rtt_ms` of sky",
    ),
    "satellites with more than a pool may have": (
        build.document([SKY | {"satellites": SKY["satellites"] | {"number": 10**6, "accelerators": 10**4}}]),
        "satellites:",
        "1,000,000 satellites with 10,000 accelerators each are more than 1,000,000,000 in one pool.",
        "Give fewer, or planes with some of them each.",
    ),
    "a price year of what is no money": (
        build.document([SKY | {"orbit": {"altitude_km": {"value": 650.0, "price_year": 2020}, "ltan": 18.0}}]),
        "price_year: 2020",
        "clusters.sky.orbit.altitude_km: price_year is 2020, and this is no money.",
        "Leave price_year out.",
    ),
    "a price year of the rate": (
        build.document(money={"discount_rate": {"value": 0.08, "price_year": 2020}}),
        "price_year: 2020",
        "money.discount_rate: price_year is 2020, and this is no money.",
        "Leave price_year out.",
    ),
    "a price year before the index begins": (
        build.document(money={"price_year": 1900}),
        "price_year: 1900",
        "price_year is 1900, but must be at least 1990.",
        "Meaning of price_year",
    ),
    "a value below its range": (
        build.document([build.cluster(energy_price={"value": 50.0, "low": 60.0, "high": 70.0})]),
        "low: 60.0",
        "clusters.earth.energy_price: low is 60, above the value, 50.",
        "Give low <= value <= high.",
    ),
    "a value above its range": (
        build.document([build.cluster(pue={"value": 1.5, "low": 1.1, "high": 1.3})]),
        "high: 1.3",
        "clusters.earth.pue: high is 1.3, below the value, 1.5.",
        "Give low <= value <= high.",
    ),
    "a value within a value": (
        build.document([build.cluster(pue={"value": {"value": 1.2}})]),
        "pue",
        "clusters.earth: pue is {'value': 1.2} (a mapping), but must be a number.",
        "Write a plain number here.",
    ),
    "embodied carbon per satellite on Earth": (
        build.document(
            [build.cluster(embodied=[{"category": "launch", "tco2": 1.0, "per": "satellite", "life_years": 5.0}])]
        ),
        "per: satellite",
        "earth has embodied carbon per satellite, but no satellites.",
        "Use another `per`.",
    ),
    "an array beside the catalogue's power of one": (
        build.document([{"from": "ai1", "as_if": True, "satellites": {"array": {"m2": 600.0}}}]),
        "satellites",
        "the satellites have both of array_kw and array.",
        "`array_kw: null` takes away what the catalogue gives.",
    ),
    "a running job on a block that is not there yet": (
        build.document(
            [build.cluster(pool={"blocks": HALLS})],
            [build.job(accelerators=6, state="running", cluster="earth", hours_left=1.0, reject_usd=None)],
        ),
        "job: a",
        "with job 'a' the running jobs hold 6 accelerators of earth.h100-sxm, which has 5 at the start and 8 with all "
        "its blocks.",
        "Correct the running jobs or the pool's number.",
    ),
    "a horizon of 200 years": (
        build.document(slots=200, slot_hours=8766.0),
        "horizon",
        "horizon: it is 200 years long, more than 100.",
        "Change start, slots, slot_hours or ticks.",
    ),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_told_once_with_place_value_and_remedy(what: str, tmp_path: Path) -> None:
    document, where, fact, remedy = MISTAKES[what]
    path = write(tmp_path, document)
    problem = one(path)
    if where:
        assert problem.place == f"{path}:{line_of(path, where)}"
    assert fact in problem.fact
    assert remedy in problem.remedy


def test_the_second_of_two_jobs_of_one_name_is_complained_of_and_the_first_named(tmp_path: Path) -> None:
    path = write(tmp_path, MISTAKES["a job's name given twice"][0])
    problem = one(path)
    assert problem.place == f"{path}:{line_of(path, 'job: a', 2)}"
    assert f"the first at {path}:{line_of(path, 'job: a')}." in problem.fact


def test_what_a_remedy_says_is_taken() -> None:
    """null takes the catalogue's power of the array away; a named price may have a year, a limit of dollars too."""
    made = placement.scenario(
        build.document(
            [
                {"from": "ai1", "as_if": True, "satellites": {"array": {"m2": 600.0}, "array_kw": None}},
                build.cluster(energy_price="mine"),
            ],
            series={"mine": {"values": {"value": [50.0] * 4, "price_year": 2020}}},
            limits=[{"name": "purse", "of": "usd", "per": "horizon", "max": {"value": 1e6, "price_year": 2020}}],
            round_trips=trips(("ai1", "earth"), ("tokyo", "earth")),
            jobs=[build.job(home="ai1")],
        )
    )
    satellites = made.clusters[0].satellites
    assert satellites is not None
    assert satellites.array_kw is None
    assert satellites.array is not None
    assert made.limits[0].max > 1e6
    assert [trip.ms for trip in made.round_trips if not trip.catalogue] == [20.0, 21.0]


def test_without_a_file_the_place_is_a_dotted_path() -> None:
    with pytest.raises(placement.ScenarioError) as caught:
        placement.scenario(build.document([build.cluster(pue=0.9)], [build.job(), build.job("b", hours=0.0)]))
    assert [problem.place for problem in caught.value.problems] == ["clusters.earth.pue", "jobs.b.hours"]


def test_another_format_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = write(tmp_path, build.document() | {"format": 2})
    with pytest.raises(
        placement.VersionError, match=r"week.yaml:1: the format is 2, and this version reads format 1\."
    ):
        placement.load(path)


@pytest.mark.parametrize(("given", "fact"), [({}, "'format' is missing."), ({"format": "one"}, "format is 'one'")])
def test_a_format_that_is_none_is_told(given: dict[str, Any], fact: str, tmp_path: Path) -> None:
    document = {key: value for key, value in build.document().items() if key != "format"} | given
    problem = one(write(tmp_path, document))
    assert fact in problem.fact
    assert problem.remedy == "Begin with `format: 1`."
