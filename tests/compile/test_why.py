"""Why a job fits nowhere, in words: true, with numbers, and with a remedy that helps as it is written."""

import re
from typing import Any

import build
import numpy as np
import pytest

import placement
from placement import answer
from placement.compile import compile_scenario
from placement.compile.legend import REASONS
from placement.conflicts.put import put
from placement.schema import Scenario

LINK = {"link": {"gbps_in": 1.0, "gbps_out": 1.0}}
CORPUS = {
    "datasets": [{"name": "corpus", "tb": 5.0, "home": "town"}],
    "places": {"town": {"lat": 30.0, "lon": -97.0}},
    "policy": {"stage_hours": 2.0},
}


def at(hour: int) -> str:
    return f"2027-06-07T{hour:02d}:00:00Z"


def made(site: dict[str, Any], job: dict[str, Any], **more: Any) -> Scenario:
    """One job on site a, in a day of hours."""
    own = {"name": "x", "hours": 6.0, "accelerators": 8, **job}
    return build.scenario([build.cluster("a", **{"number": 8, **site})], [build.job(**own)], slots=24, **more)


def why(scenario: Scenario, job: int = 0) -> str:
    return compile_scenario(scenario).legend.why_nowhere(job)


CASES: dict[str, tuple[Scenario, str]] = {
    "deadline": (
        made({}, {"hours": 14.0, "deadline": at(17), "earliest_start": at(8)}),
        "it needs 14 h and has 9 h from 2027-06-07 08:00 to its deadline 2027-06-07 17:00; "
        "set the deadline 5 h later, to 2027-06-07 22:00",
    ),
    "minutes": (
        made({}, {"hours": 2.3, "deadline": at(2)}),
        "it needs 2.301 h and has 2 h from 2027-06-07 00:00 to its deadline 2027-06-07 02:00; "
        "set the deadline 0.31 h later, to 2027-06-07 02:19",
    ),
    "end": (
        made({}, {"hours": 30.0}, policy={"tails": False}),
        "it needs 30 h from 2027-06-07 00:00 on, 6 h more than there are to the horizon's end 2027-06-08 00:00, after "
        "which no run may go on; set policy.tails to true, or lengthen the horizon",
    ),
    "accelerators": (
        made({"pool": {"reserved": [0.0] * 4 + [2.0] * 20}}, {"deadline": at(9)}),
        "it needs 8 accelerators at once for 6 h, and of a/h100-sxm no more than 6 are free all the while from its "
        "first start, 2027-06-07 00:00, on; raise clusters.a.pools.h100-sxm.number from 8 to 10",
    ),
    "power": (
        made({"power_limit_mw": 0.003, "pue": 1.25, "idle_mw": 0.0005}, {}),
        "it would bring a to 0.0105 MW with cooling and idle power, where no more than 0.003 MW can be drawn at any "
        "time; raise clusters.a.power_limit_mw to 0.0105",
    ),
    "resource": (
        made({"resources": {"seat": 2.0}}, {"uses": {"seat": 3}}),
        "it needs 3 of resource seat, and a has no more than 2 at any time; raise clusters.a.resources.seat to 3",
    ),
    "staging": (
        made(LINK, {"dataset_tb": 5.0, "deadline": at(12)}, policy={"stage_hours": 2.0}),
        "its 5 TB have to come in before its best start, 2027-06-07 02:00, and the link into a carries 0.9 TB in that "
        "time; raise clusters.a.link.gbps_in from 1 to 5.5556",
    ),
    "unloading": (
        made(LINK, {"result_tb": 50.0, "pin_start": at(0)}),
        "its 50 TB of results have to go out after the run, which would end 2027-06-07 06:00, and the link out of a "
        "carries 10.8 TB in that time; raise clusters.a.link.gbps_out from 1 to 4.6297",
    ),
    "dataset": (
        made(LINK, {"dataset": "corpus", "pin_start": at(9)}, **CORPUS),
        "its data set corpus, 5 TB, is moved to a by 2027-06-07 12:00, and its first start is 2027-06-07 09:00; "
        "add a to datasets.corpus.clusters, or raise clusters.a.link.gbps_in from 1 to 1.2346",
    ),
    "later": (
        made({"pool": {"reserved": [2.0] * 12 + [0.0] * 12}}, {"deadline": at(15)}),
        "it needs 6 h and has 3 h from 2027-06-07 12:00, the first start not barred by accelerators, to its deadline "
        "2027-06-07 15:00; set the deadline 3 h later, to 2027-06-07 18:00",
    ),
    "data later": (
        made(LINK, {"dataset": "corpus", "deadline": at(15)}, **CORPUS),
        "it needs 6 h and has 3 h from 2027-06-07 12:00, when its data set is there, to its deadline 2027-06-07 15:00; "
        "set the deadline 3 h later, to 2027-06-07 18:00",
    ),
    "both": (
        made(LINK, {"dataset": "corpus", "dataset_tb": 2.0, "deadline": at(15)}, **CORPUS),
        "its 2 TB and its data set corpus have to come in before its best start, 2027-06-07 05:00, and the link into a "
        "is too slow for that; raise clusters.a.link.gbps_in from 1 to 2.2223",
    ),
    "two": (
        made({"power_limit_mw": 0.003}, {"hours": 14.0, "deadline": at(9)}),
        "it needs 14 h and has 9 h from 2027-06-07 00:00 to its deadline 2027-06-07 09:00, and it would bring a to "
        "0.008 MW, where no more than 0.003 MW can be drawn at any time; set the deadline 5 h later, to "
        "2027-06-07 14:00, and raise clusters.a.power_limit_mw to 0.008",
    ),
}  # fmt: skip


def obeyed(scenario: Scenario, words: str) -> Scenario:
    """The scenario with every remedy done as it is written."""
    done = 0
    for path, to in re.findall(r"raise (clusters\.\S+) (?:from \S+ )?to ([\d.,]*\d)", words):
        number: Any = float(to.replace(",", ""))
        scenario = scenario.replace(path, int(number) if path.endswith("number") else number)
        done += 1
    for when in re.findall(r"set the deadline \S+ h later, to (\S+ \S\S:\S\S)", words):
        moment = np.datetime64(when.replace(" ", "T"), "us")
        scenario = scenario.model_copy(update={"jobs": put(scenario.jobs, ("deadline", 0), moment)})
        done += 1
    if "set policy.tails to true" in words:
        scenario, done = scenario.replace("policy.tails", True), done + 1
    assert done
    return scenario


@pytest.mark.parametrize("name", CASES)
def test_the_reason_is_told_with_numbers_and_its_remedy_helps(name: str) -> None:
    scenario, words = CASES[name]
    said = why(scenario)
    assert said == f"no start fits on a/h100-sxm x8: {words}"
    assert compile_scenario(scenario).legend.nowhere[0]
    assert not compile_scenario(obeyed(scenario, said)).legend.nowhere[0]


def test_of_many_pools_the_closest_is_told_and_the_others_are_counted() -> None:
    sites = [
        build.cluster("slow", 8, pool={"speed": 0.5}),
        build.cluster("near", 8),
        build.cluster("dark", 8, power_limit_mw=0.001),
        build.cluster("small", 4),
    ]
    job = build.job("x", 10.0, 8, deadline=at(9))
    scenario = build.scenario(sites, [job], slots=24)
    assert why(scenario) == (
        "no start fits on slow/h100-sxm, near/h100-sxm, dark/h100-sxm (deadline 2, deadline and power 1), closest on "
        "near/h100-sxm x8: it needs 10 h and has 9 h from 2027-06-07 00:00 to its deadline 2027-06-07 "
        "09:00; set the deadline 1 h later, to 2027-06-07 10:00; the pool never has that many accelerators "
        "(small/h100-sxm): it needs 8 at once, of 4"
    )


def test_a_size_that_no_pool_has_is_told_with_the_largest() -> None:
    scenario = build.scenario([build.cluster("a", 256), build.cluster("b", 64)], [build.job("x", 2.0, 512)])
    words = "the pool never has that many accelerators"
    assert why(scenario) == f"{words} (a/h100-sxm, b/h100-sxm): it needs 512 at once, and the largest has 256"
    assert compile_scenario(scenario).legend.why_not(0, 1) == f"{words}: it needs 512 at once, of 64"


def test_a_segment_that_fits_nowhere_is_told_though_another_fits() -> None:
    """The second one takes longer, by what going on takes."""
    job = build.job("x", 8.0, 8, segments=2, resume_hours=3.0, deadline=at(6))
    scenario = build.scenario([build.cluster("a", 8)], [job], slots=24)
    assert (compile_scenario(scenario).legend.reasons == 0).all()
    assert why(scenario) == (
        "no start fits on a/h100-sxm x8: segment 2: it needs 7 h and has 6 h from 2027-06-07 00:00 to its deadline "
        "2027-06-07 06:00; set the deadline at least 1 h later, to 2027-06-07 07:00"
    )
    must = scenario.replace("policy.tails", False).model_copy(
        update={"jobs": put(scenario.jobs, ("must_run", 0), True)}
    )  # fmt: skip
    result = placement.solve(must, baseline=False)
    assert "job 'x' must run and cannot: no start fits on a/h100-sxm x8: segment 2" in result.message


def test_a_pool_out_of_service_is_told_with_its_dates() -> None:
    scenario = made({"service": {"from": at(10), "to": at(14)}}, {})
    assert "a/h100-sxm is in service from 2027-06-07 10:00 to 2027-06-07 14:00" in why(scenario)


def test_of_very_many_jobs_the_later_ones_are_told_in_brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "MOST_TOLD", 24)
    jobs = [build.job(name, 14.0, 8, deadline=at(9)) for name in ("x", "y")]
    result = placement.solve(build.scenario([build.cluster("a", 8)], jobs, slots=24), baseline=False)
    assert result.plan is not None
    first, second = result.plan.jobs["reason"]
    assert "set the deadline 5 h later" in first
    assert second == (
        "it fits nowhere: no start fits on a/h100-sxm (`placement explain PLAN --job` says why)"
    )  # fmt: skip


def test_codes_are_still_read() -> None:
    assert REASONS[9] == "no start fits"
    assert sorted(REASONS) == list(range(1, 11))


def test_the_plan_has_the_reason() -> None:
    scenario, words = CASES["deadline"]
    result = placement.solve(scenario, baseline=False)
    assert result.plan is not None
    assert result.plan.jobs["reason"].tolist() == [f"it fits nowhere: no start fits on a/h100-sxm x8: {words}"]
