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
