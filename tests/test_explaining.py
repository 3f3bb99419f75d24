"""Why a job is where it is, against solves in which all other jobs are pinned."""

import copy
import json
import math
import os
from pathlib import Path
from typing import Any

import build
import in_process
import lifting
import pytest
from click.testing import CliRunner
from oracle.generate import tiny

import placement
from placement import one_unit
from placement.cli.main import cli
from placement.errors import PlacementError, ScenarioError
from placement.explaining import EXCLUDED, FULL, HERE, POSSIBLE, UNKNOWN, JobExplanation, explain_job
from placement.folder import Stored
from placement.models import highs
from placement.one_unit import AWAY, LATER
from placement.search.state import TimeUp

SEEDS = range(900, 900 + int(os.environ.get("EXPLAINED", "40")))


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)


def stored(folder: Path, scenario: placement.Scenario, **how: Any) -> Stored:
    result = placement.solve(scenario, **{"gap": 0.0, "time_limit_s": 60, "baseline": False, **how})
    if result.plan is None:
        pytest.skip("no plan exists")
    return placement.read_plan(placement.write_plan(folder, scenario, result))


def one_by_one(document: dict[str, Any]) -> dict[str, Any]:
    """The document with a job of its own for each unit; skips where a test cannot pin them."""
    made = copy.deepcopy(document)
    if made.get("vehicles") or any(cluster.get("modules") for cluster in made["clusters"]):
        pytest.skip("what is built would be decided anew")
    if made.get("options") or made.get("throughput"):
        pytest.skip("pins do not say which option")
    plain: list[dict[str, Any]] = []
    for job in made["jobs"]:
        if job.get("after") or job.get("segments", 1) > 1 or job.get("state") == "running":
            pytest.skip("tied to others, or cannot be pinned")
        number = job.pop("count", 1)
        plain += [{**job, "job": f"{job['job']}-{k}"} for k in range(number)]
    made["jobs"] = plain
    return made


def pinned(document: dict[str, Any], plan: placement.Plan, job: str, pool: tuple[str, str] | None) -> float | None:
    """$ of the best plan with all other jobs where and when they are, and this one on a pool (None: not asked for)."""
    made, jobs = copy.deepcopy(document), []
    runs = plan.placements[plan.placements["kind"] == "run"].set_index("job")
    for each in made["jobs"]:
        if each["job"] == job:
            if pool is not None:
                jobs.append({**each, "pin_cluster": pool[0], "pin_pool": pool[1], "reject_usd": None})
        elif each["job"] in runs.index:
            run = runs.loc[each["job"]]
            at = {"pin_cluster": run["cluster"], "pin_pool": run["pool"], "pin_start": run["start"].isoformat()}
            jobs.append({**each, **at, "reject_usd": None})
    made["jobs"] = [*jobs, {"job": "nothing", "hours": 1.0, "accelerators": 10**6, "reject_usd": 0.0}]  # fits nowhere
    made.setdefault("policy", {})["defer"] = False
    try:
        result = placement.solve(placement.scenario(made), gap=0.0, time_limit_s=60, baseline=False)
    except ScenarioError:
        return None
    return None if result.plan is None else result.cost_usd


@pytest.mark.parametrize("seed", SEEDS)
def test_places_and_what_they_cost_are_those_of_solves_with_pins(seed: int, tmp_path: Path) -> None:
    document = one_by_one(tiny(seed))
    made = placement.scenario(document)
    plan = stored(tmp_path / "x", made)
    pools = [(cluster.name, pool.name) for cluster, pool in made.pools()]
    kept = pinned(document, plan.plan, "", None)
    for job in [str(name) for name in made.jobs["job"]]:
        found = explain_job(plan, job)
        frame = found.candidates
        at = frame[frame["verdict"] == HERE].iloc[0]
        without = pinned(document, plan.plan, job, None)
        now = kept if found.placed else None if without is None else without + float(at["usd"])
        own = next(each for each in document["jobs"] if each["job"] == job)
        if now is None or any(key in own for key in ("pin_cluster", "pin_pool", "pin_start")):
            continue  # the scenario without any of its jobs is none, or pins of its own would be lost
        for cluster, pool in pools:
            mine = frame[frame["place"].str.startswith(f"{cluster}/{pool} x") | (frame["place"] == f"{cluster}/{pool}")]
            here = mine[mine["verdict"].isin([HERE, POSSIBLE])]
            usd = pinned(document, plan.plan, job, (cluster, pool))
            if usd is None:
                assert set(mine["verdict"]) <= {FULL, EXCLUDED}, (job, cluster, pool)
                assert (mine["reason"] != "").all()
                continue
            assert here["extra_usd"].min() == pytest.approx(usd - now, rel=1e-6, abs=2e-3 + 1e-6 * abs(usd)), job
        if without is not None:
            assert at["usd"] == pytest.approx(now - without, rel=1e-6, abs=2e-3 + 1e-6 * abs(now))
        adds_up(found)
        assert "leaves room" not in found.advice  # the plan is optimal


def adds_up(found: JobExplanation) -> None:
    """Of each place the categories come to what it adds; extra dollars are over where the unit is."""
    frame = found.candidates.set_index("place")
    sums = found.costs.groupby("place")["usd"].sum()
    at = frame[frame["verdict"] == HERE]
    assert len(at) == 1
    of = "extra_usd" if at["usd"].isna().all() else "usd"
    for place, row in frame[frame[of].notna()].iterrows():
        if place not in (AWAY, LATER):
            assert sums.get(place, 0.0) == pytest.approx(row[of], rel=1e-5, abs=1e-2), place
    if of == "usd":
        known = frame["extra_usd"].dropna()
        assert known.to_numpy() == pytest.approx((frame["usd"].dropna() - at["usd"].iloc[0]).to_numpy(), abs=1e-6)


def test_a_job_that_is_turned_away_is_told_what_would_let_it_in(tmp_path: Path) -> None:
    """Twelve hours on 8 accelerators at 200 $/MWh cost more than 1 $; b is full."""
    jobs = [build.job("x", 12.0, 8, reject_usd=1e6), build.job("cheap", 12.0, 8, reject_usd=1.0)]
    clusters = [build.cluster("a", 8, energy_price=200.0), build.cluster("b", 8, energy_price=20.0)]
    plan = stored(tmp_path / "x", build.scenario(clusters, jobs, slots=12))
    found = explain_job(plan, "cheap")
    assert (found.placed, found.rejected) == (0, 1)
    frame = found.candidates.set_index("place")
    assert frame.loc[AWAY, "verdict"] == HERE
    assert frame.loc["a/h100-sxm x8", "verdict"] == POSSIBLE
    usd = frame.loc["a/h100-sxm x8", "usd"]
    assert usd > 1
    assert found.advice == (
        f"A unit would run at a/h100-sxm x8 if turning it away cost more than ${usd:,.2f} instead of $1.00, "
        "all else as it is."
    )
    full = frame.loc["b/h100-sxm x8"]
    assert full["verdict"] == FULL
    assert "accelerators of b/h100-sxm: over by 8 at 2027-06-07" in full["reason"]
    dearer = [jobs[0], build.job("cheap", 12.0, 8, reject_usd=usd + 0.01)]
    again = stored(tmp_path / "y", build.scenario(clusters, dearer, slots=12))
    assert again.plan.jobs.set_index("job").loc["cheap", "placed"] == 1
    short = [jobs[0], build.job("cheap", 12.0, 8, reject_usd=usd - 0.01)]
    still = stored(tmp_path / "z", build.scenario(clusters, short, slots=12))
    assert still.plan.jobs.set_index("job").loc["cheap", "placed"] == 0


def test_where_there_is_no_room_at_all_it_says_what_is_missing(tmp_path: Path) -> None:
    jobs = [build.job("x", 12.0, 6, reject_usd=1e6), build.job("y", 12.0, 4, reject_usd=1e5)]
    plan = stored(tmp_path / "x", build.scenario([build.cluster("b", 8, energy_price=20.0)], jobs, slots=12))
    found = explain_job(plan, "y")
    assert found.advice.startswith(
        "There is no room for a unit, all else as it is. Least is in its way at b/h100-sxm x4"
    )
    assert "accelerators of b/h100-sxm: over by 2" in found.advice
    nowhere = [*jobs, build.job("z", 1.0, 9, reject_usd=1.0)]
    plan = stored(tmp_path / "y", build.scenario([build.cluster("b", 8, energy_price=20.0)], nowhere, slots=12))
    found = explain_job(plan, "z")
    assert found.advice == (
        "It fits nowhere: the pool never has that many accelerators (b/h100-sxm): it needs 9 at once, of 8."
    )
    assert found.candidates.set_index("place").loc["b/h100-sxm", "verdict"] == EXCLUDED


def test_a_place_where_no_start_fits_says_what_is_in_the_way(tmp_path: Path) -> None:
    """One site is too slow for the deadline; another has too little power; the third takes the job."""
    sites = [
        build.cluster("slow", 8, pool={"speed": 0.5}),
        build.cluster("dark", 8, power_limit_mw=0.001),
        build.cluster("good", 8),
    ]
    job = build.job("x", 6.0, 8, deadline="2027-06-07T08:00:00Z", reject_usd=1e6)
    frame = explain_job(stored(tmp_path / "x", build.scenario(sites, [job], slots=24)), "x").candidates
    reasons = frame.set_index("place")["reason"].to_dict()
    assert reasons["slow/h100-sxm x8"] == (
        "no start fits: it needs 12 h and has 8 h from 2027-06-07 00:00 to its deadline 2027-06-07 08:00; set the "
        "deadline 4 h later, to 2027-06-07 12:00"
    )
    assert reasons["dark/h100-sxm x8"] == (
        "no start fits: it would bring dark to 0.008 MW, where no more than 0.001 MW can be drawn at any time; raise "
        "clusters.dark.power_limit_mw to 0.008"
    )
    assert frame.set_index("place").loc["good/h100-sxm x8", "verdict"] == HERE


def test_a_plan_within_a_gap_is_told_where_it_can_be_better(tmp_path: Path) -> None:
    """The plan of an earlier price, put to the scenario of another."""
    jobs = [build.job("x", 12.0, 8, reject_usd=1e6)]

    def made(a: float) -> placement.Scenario:
        sites = [build.cluster("a", 8, energy_price=a), build.cluster("b", 8, energy_price=20.0)]
        return build.scenario(sites, jobs, slots=12)

    plan = stored(tmp_path / "x", made(200.0))
    other = Stored(made(1.0), plan.plan, plan.summary)
    found = explain_job(other, "x")
    assert found.advice.startswith("A unit would cost $")
    assert "less at a/h100-sxm x8, all else as it is: the plan's gap leaves room" in found.advice


def test_what_is_built_stays_as_it_is(tmp_path: Path) -> None:
    made = placement.scenario(lifting.document())
    plan = stored(tmp_path / "x", made)
    found = explain_job(plan, "a")
    frame = found.candidates.set_index("place")
    assert frame.loc[[place for place in frame.index if place.startswith("sky/")], "verdict"].tolist() == [HERE]
    assert frame.loc[[place for place in frame.index if place.startswith("earth/")], "usd"].tolist() == [
        pytest.approx(120.0)
    ]
    assert frame[frame["verdict"] == HERE]["usd"].iloc[0] == pytest.approx(0.0, abs=1e-6)  # its flight is paid for
    dear = stored(tmp_path / "y", made.replace(lifting.PRICE, 150.0))
    there = explain_job(dear, "a").candidates.set_index("place")
    (sky,) = [place for place in there.index if place.startswith("sky/")]
    assert there.loc[sky, "verdict"] == FULL
    assert "over by" in there.loc[sky, "reason"]


def test_units_in_segments_and_jobs_in_an_order(tmp_path: Path) -> None:
    jobs = [
        build.job("first", 2.0, 4, reject_usd=1e5, delay_usd_per_hour=1.0),
        build.job("second", 4.0, 4, segments=2, count=2, after=["first"], reject_usd=1e5, delay_usd_per_hour=1.0),
    ]
    sites = [build.cluster("a", 8, energy_price=90.0), build.cluster("b", 8, energy_price=20.0)]
    plan = stored(tmp_path / "x", build.scenario(sites, jobs, slots=16))
    for job in ("first", "second"):
        found = explain_job(plan, job)
        adds_up(found)
        other = found.candidates.set_index("place").loc["a/h100-sxm x4"]
        assert other["verdict"] == POSSIBLE
        assert other["extra_usd"] > 0


def test_what_the_solver_has_not_said_is_not_said_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer in time is not `no room`."""
    jobs = [build.job("x", 12.0, 8, reject_usd=1e6), build.job("y", 12.0, 8, reject_usd=1.0)]
    clusters = [build.cluster("a", 8, energy_price=200.0), build.cluster("b", 8, energy_price=20.0)]
    plan = stored(tmp_path / "x", build.scenario(clusters, jobs, slots=12))
    real = one_unit.OneUnit._answer

    def late(self: one_unit.OneUnit, form: Any) -> Any:
        if (form.lower != form.upper)[self.of_option[0][1]].any():  # the unit at the first way
            raise TimeUp
        return real(self, form)

    monkeypatch.setattr(one_unit.OneUnit, "_answer", late)
    found = explain_job(plan, "y")
    assert found.candidates.set_index("place").loc["a/h100-sxm x8", "verdict"] == UNKNOWN
    assert found.advice == "No place is known for a unit, all else as it is."
    monkeypatch.setattr(highs, "solve", lambda *_, **__: highs.Outcome("time"))
    monkeypatch.setattr(one_unit.OneUnit, "_answer", real)
    with pytest.raises(PlacementError, match="could not price the plan within 30 s"):
        explain_job(plan, "y")


def test_the_command_says_the_same(tmp_path: Path) -> None:
    jobs = [build.job("x <b>'", 12.0, 8, reject_usd=1e6), build.job("y", 12.0, 8, reject_usd=1.0)]
    clusters = [build.cluster("a", 8, energy_price=200.0), build.cluster("b", 8, energy_price=20.0)]
    stored(tmp_path / "x.plan", build.scenario(clusters, jobs, slots=12))
    run = CliRunner()
    shown = run.invoke(cli, ["explain", str(tmp_path / "x.plan"), "--job", "y"])
    assert shown.exit_code == 0, shown.output
    assert "y: 1 asked for, 0 placed, 0 put off, 1 turned away" in shown.output
    assert "* (turned away)" in shown.output
    assert "No room, all else as it is" in shown.output
    found = json.loads(run.invoke(cli, ["explain", str(tmp_path / "x.plan"), "--job", "x <b>'", "--json"]).output)
    assert [row["verdict"] for row in found["candidates"]].count(HERE) == 1
    assert all(row["usd"] is None or math.isfinite(row["usd"]) for row in found["candidates"])
    wrong = run.invoke(cli, ["explain", str(tmp_path / "x.plan"), "--job", "yy"])
    assert wrong.exit_code == 1
    assert "there is no job 'yy'." in wrong.output
    with pytest.raises(PlacementError, match="there is no job"):
        explain_job(placement.read_plan(tmp_path / "x.plan"), "z")
