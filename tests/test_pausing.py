"""Jobs that may be paused, end to end: against every way there is, through files and commands, and with mistakes."""

import functools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import build
import in_process
import numpy as np
import pandas as pd
import pytest
from cli.command import run
from loader.files import one, refused, write
from oracle.compared import disagreements
from oracle.pauses import Case, Job, Pool, best, document
from oracle.pauses_drawn import drawn

import placement
from placement.compile import compile_scenario
from placement.loader.load import scenario as make
from placement.plan import Plan
from placement.schema import Scenario
from placement.search.pausing import Pausing
from placement.segmented import may_pause, probe_of


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, and no child process."""
    monkeypatch.chdir(tmp_path)
    in_process.use(monkeypatch)
    return tmp_path


def made_of(case: Case) -> Scenario | None:
    """The scenario of a case; None of one that is refused."""
    try:
        return make(document(case))
    except placement.ScenarioError:
        return None


def pausing_of(made: Scenario) -> Pausing:
    """The jobs that may be paused, with all rows."""
    rows = np.flatnonzero(may_pause(made))
    jobs, (probe, _) = made.jobs, probe_of(made)
    compiled = compile_scenario(probe, every_row=True)
    return Pausing(compiled, rows, jobs["pauses"][rows] + 1, jobs["resume_hours"][rows], made.policy.tails)


def proved(made: Scenario, seed: int, over: Callable[[], bool] | None = None) -> float:
    """The highest bound without prices of rows and at three sets of prices at random."""
    pausing = pausing_of(made)
    random, count = np.random.default_rng(seed), len(pausing.problem.rows)
    some = [random.exponential(scale, count) * (random.random(count) < 0.5) for scale in (0.01, 0.1, 1.0)]
    return max(pausing.evaluate(prices, over)[0] for prices in [np.zeros(count), *some])


@pytest.mark.parametrize("first", range(0, 40, 20))
def test_no_way_costs_less_than_what_is_proved(first: int) -> None:
    judged = 0
    for seed in range(first, first + 20):
        case = drawn(seed)
        made, true = made_of(case), best(case, 200_000, np.random.default_rng(seed))
        if made is not None and math.isfinite(true.usd):
            judged += 1
            assert proved(made, seed) <= true.usd + 1e-6, (seed, case, true)
            assert proved(made, seed, over=lambda: True) <= true.usd + 1e-6, (seed, case, true)
    assert judged > 10


def test_a_bound_that_is_cut_short_is_lower_and_counts_the_work_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that the programme does not come to count with all their work at the least price."""
    monkeypatch.setattr("placement.search.pausing.AT_ONCE", 1)
    jobs = [build.job(f"j{k}", 2.0 + k, 2, pauses=1, resume_hours=0.5) for k in range(5)]
    site = build.cluster("a", 16, energy_price=[50.0, 80.0, 50.0, 90.0] * 4)
    made = build.scenario([site], jobs, slots=16)
    pausing = pausing_of(made)
    bounds = []
    for groups in range(6):
        answers = iter([False] * groups)
        bounds.append(pausing.evaluate(np.zeros(len(pausing.problem.rows)), lambda it=answers: next(it, True))[0])
    assert bounds == sorted(bounds)
    assert bounds[0] == pytest.approx(0.002 * 50 * sum(2.0 + k for k in range(5)), rel=1e-4)
    assert bounds[0] < bounds[-1] == pausing.evaluate(np.zeros(len(pausing.problem.rows)))[0]


def test_a_solve_whose_time_is_up_at_once_has_a_plan_or_none_and_a_bound() -> None:
    """The bound of a moment is below the one of a solve that ends by itself."""
    made = make(WEEK)
    hasty, patient = placement.solve(made, baseline=False, time_limit_s=1e-6), placement.solve(made, baseline=False)
    assert math.isfinite(hasty.bound_usd)
    assert hasty.bound_usd <= patient.bound_usd
    assert hasty.plan is None or placement.verify(made, hasty.plan).ok


@pytest.mark.parametrize("first", range(100, 104, 2))
def test_plans_hold_cost_no_more_than_without_pauses_and_no_less_than_what_is_possible(first: int) -> None:
    for seed in range(first, first + 2):
        case = drawn(seed)
        made, true = made_of(case), best(case, 100_000, np.random.default_rng(seed))
        if made is None or not math.isfinite(true.usd):
            continue
        result = placement.solve(made, baseline=False)
        assert result.plan is not None, (seed, result.message)
        assert result.bound_usd <= min(true.usd, result.cost_usd) + 1e-6, (seed, case, true)
        checked = placement.verify(made, result.plan)
        checked.raise_for_errors()
        assert checked.cost_usd == pytest.approx(result.cost_usd, abs=1e-6)
        if true.lone:
            assert result.cost_usd >= true.usd - 0.01, (seed, case, true)
        steady = placement.solve(make(document(case.steady())), baseline=False)
        assert steady.plan is None or result.cost_usd <= steady.cost_usd + 1e-6, (seed, case)


def plain(price: list[float], **more: Any) -> Pool:
    """A pool of 8 at a price."""
    slots = len(price)
    given: dict[str, Any] = {"pue": 1.0, "speed": (1.0,) * slots, "reserved": (0,) * slots} | more
    return Pool("a", "p0", 8, tuple(price), **given)


FOUND = {
    "a tail that is as long as the part of a slot": Case(
        (plain([-15.0, 107.0, 111.0, 317.0, 64.0], reserved=(0, 0, 0, 7, 2)),),
        (Job("a", 2.66, 2, pauses=2, resume=0.1),), tails=True, terminal=0.05,
    ),
    "a pinned start that a moment's work meets": Case((plain([600.0, 20.0, 20.0]),), (Job("a", 1.0, 4, 1, pin=0.0),)),
    "a running job that is paused at once": Case(
        (plain([600.0, 20.0, 20.0]),), (Job("a", 1.0, 4, 1, running=0, reject=None),)
    ),
    "a start without work before a pause": Case(
        (plain([10.0, 600.0, 20.0, 20.0], speed=(0.0, 1.0, 1.0, 1.0)),), (Job("a", 1.5, 4, 1, pin=0.0),)
    ),
    "a tail of which a part only makes good": Case(
        (plain([20.0, 20.0, 900.0, 900.0, 20.0]),), (Job("a", 4.0, 4, 1, resume=1.0),), tails=True, terminal=1.0
    ),
    "a tail from a last slot without work": Case(
        (plain([615.0, 111.0, 609.0, 3.0], speed=(0.0, 1.0, 0.0, 0.0)),),
        (Job("a", 3.0, 2, 1, resume=1.0),), tails=True, terminal=0.05,
    ),
    "pieces for their own sake where slots pay": Case(
        (plain([-603.0, 611.0, -103.0, 108.0, -110.0]),), (Job("a", 0.6, 1, 2, resume=0.3, running=0, reject=None),)
    ),
}  # fmt: skip
"""What bounds were once above, and what comes near it."""


@pytest.mark.parametrize("name", FOUND)
def test_the_bound_reckons_with(name: str) -> None:
    case = FOUND[name]
    true = best(case)
    made = make(document(case))
    assert math.isfinite(true.usd)
    assert proved(made, 0) <= true.usd + 1e-6
    result = placement.solve(made, baseline=False)
    assert result.bound_usd <= true.usd + 1e-6
    assert result.cost_usd >= result.bound_usd


def test_a_job_that_fits_in_pieces_alone_is_run_and_that_is_best() -> None:
    """Free in every other slot; 1.5 h and 0.25 h for going on are a whole slot and three quarters."""
    case = Case((plain([50.0] * 6, reserved=(0, 6, 0, 6, 0, 6)),), (Job("a", 1.5, 4, 2, resume=0.25, delay=1.0),))
    result = placement.solve(make(document(case)))
    assert result.plan is not None
    assert result.cost_usd == pytest.approx(4 * 0.05 * 1.75 + 2.75)
    assert result.cost_usd == pytest.approx(best(case).usd)
    assert result.status is placement.Status.OPTIMAL


@pytest.mark.parametrize("tails", [False, True])
@pytest.mark.parametrize("seed", range(2))
def test_segments_of_unequal_shares_are_solved_as_the_oracle_solves_them(seed: int, tails: bool) -> None:
    random = np.random.default_rng(seed)
    sites = [build.cluster(name, 6, energy_price=random.uniform(20, 300, 6).tolist()) for name in "ab"]
    cut = float(random.choice([0.2, 0.35, 0.7]))
    jobs = [
        build.job("a", 3.2, 4, segments=2, segment_shares=[cut, 1 - cut], resume_hours=0.3, delay_usd_per_hour=0.05),
        build.job("b", 6.5, 2, segments=3, segment_shares=[0.5, 0.3, 0.2], reject_usd=9.0),
    ]
    policy = {"tails": tails, "terminal_usd_per_accelerator_hour": 0.3}
    made = build.scenario(sites, jobs, slots=6, policy=policy)
    _shared(made)
    assert not disagreements(made, seed)


def _shared(made: Scenario) -> None:
    assert made.jobs["segment_shares"][1] == (0.5, 0.3, 0.2)


WEEK = build.document(
    [build.cluster("earth", 8, energy_price=[10.0, 500.0, 10.0, 500.0, 20.0, 500.0])],
    [build.job("tune", 2.5, 4, pauses=2, resume_hours=0.25, delay_usd_per_hour=0.01), build.job("short", 1.0, 4)],
    slots=6, uncertainty={"run_time": {"sigma": 0.2}},
)  # fmt: skip


PIECES = ("segments", "runtime", "pause", "start", "assignment")
"""Rules about one job."""


@functools.cache
def planned() -> tuple[Scenario, Plan]:
    """The week, and its plan in three pieces."""
    made = make(WEEK)
    plan = placement.solve(made, baseline=False).plan
    assert plan is not None
    assert placement.verify(made, plan).ok
    return made, plan


def corrupted(change: Callable[[pd.DataFrame], pd.DataFrame]) -> set[str]:
    """Rules that a plan in three pieces breaks once its rows are changed."""
    made, plan = planned()
    lines = change(plan.placements.copy())
    found = placement.verify(made, Plan(plan.scenario, plan.digest, {**plan.tables, "placements": lines})).findings
    assert all("tune" in finding.where for finding in found if finding.rule in PIECES), found
    assert not any("np." in finding.text for finding in found), found
    return {finding.rule for finding in found}


def runs(lines: pd.DataFrame) -> list[int]:
    """Rows of the pieces of the job that is paused."""
    return lines.index[(lines["job"] == "tune") & (lines["kind"] == "run")].tolist()


def test_a_plan_with_pauses_that_is_changed_is_told() -> None:
    def set_to(column: str, *values: Any) -> Callable[[pd.DataFrame], pd.DataFrame]:
        def change(lines: pd.DataFrame) -> pd.DataFrame:
            for row, value in zip(runs(lines), values, strict=False):
                lines.loc[row, column] = value
            return lines

        return change

    def without(kind: str, nth: int) -> Callable[[pd.DataFrame], pd.DataFrame]:
        return lambda lines: lines.drop(lines.index[(lines["job"] == "tune") & (lines["kind"] == kind)][nth])

    assert corrupted(lambda lines: lines) == set()
    assert "runtime" in corrupted(set_to("work_share", 0.5, 0.2, 0.3))
    assert corrupted(set_to("work_share", 0.5)) & {"segments", "runtime"}
    assert corrupted(set_to("work_share", 0.4, 0.3, 0.2)) & {"segments", "table"}
    assert corrupted(set_to("work_share", 1.0, 0.3, -0.3)) & {"segments", "table"}
    assert "runtime" in corrupted(set_to("end_grain", 256, 512 + 192))  # 0.75 h: what it does, without going on
    assert "segments" in corrupted(set_to("start_grain", 0, 0))
    assert "pause" in corrupted(without("pause", 0))
    assert corrupted(without("run", 2)) & {"segments", "assignment"}


def test_one_piece_too_many_is_told() -> None:
    """The plan of two pauses, against the scenario with one."""
    _, plan = planned()
    assert len(runs(plan.placements)) == 3
    strict = make(WEEK | {"jobs": [WEEK["jobs"][0] | {"pauses": 1}, WEEK["jobs"][1]]})
    found = placement.verify(strict, plan).findings
    assert any(finding.rule == "segments" and "tune" in finding.where for finding in found), found


def test_through_files_and_commands() -> None:
    write(Path(), WEEK)
    assert run("solve", "week.yaml", "-o", "week.plan", "--quiet").code == 0
    stored = placement.read_plan("week.plan")
    solved = placement.solve(stored.scenario, baseline=False)
    assert len(runs(stored.plan.placements)) == 3
    assert placement.verify(stored.scenario, stored.plan).ok
    placement.write_plan("again.plan", stored.scenario, solved)
    again = placement.read_plan("again.plan").plan
    pd.testing.assert_frame_equal(again.placements, stored.plan.placements)

    said = {
        "verify week.plan": "all rules of the scenario that it was made for hold",
        "show week.plan": "tune (3)",
        "show week.plan --table placements": "tune,0,pause,2",
        "explain week.plan --solve 0": "with jobs in these pieces costs less than",
        "explain week.plan --job tune": "1 asked for, 1 placed",
        "report week.plan -o week.html": "week.html",
        "export week.plan slurm -o jobs": "2 units in 4 runs",
        "export week.plan csv -o week.csv": "week.csv",
        "stress week.plan --futures 2": "2 futures of seed 0",
        "compare week.plan again.plan": "The plans are the same",
    }
    for command, words in said.items():
        done = run(*command.split())
        assert done.code == 0, (command, done.err)
        assert words in done.out, (command, done.out)
    assert "afterok:ID-OF-tune-s2" in Path("jobs/tune-s3.sbatch").read_text()
    for moment in ("00:30", "01:30", "02:30", "04:30"):
        done = run("replan", "week.plan", "--at", f"2027-06-07T{moment}:00Z", "-o", f"{moment}.plan", "--quiet")
        assert done.code == 0, (moment, done.err)
        assert run("verify", f"{moment}.plan").code == 0


SHARES = {
    "of another number": ("[0.2, 0.3, 0.5]", "job 'a' has 3 segment_shares and segments 2. Give one share for each"),
    "that do not add up": ("[0.2, 0.3]", "segment_shares of job 'a' add up to 0.5. They are shares of its work, and"),
    "of nothing": ("[0, 1]", "segment_shares is 0.0, but must be greater than 0. Meaning of"),
    "of text": ("[a, 0.5]", "segment_shares is 'a' (text), but must be a number. Meaning of"),
}


@pytest.mark.parametrize("name", SHARES)
def test_shares_that_make_no_sense_are_refused_in_files_and_tables(here: Path, name: str) -> None:
    shares, words = SHARES[name]
    listed = [float(x) if x != "a" else x for x in shares.strip("[]").split(", ")]
    problem = one(write(here, build.document(jobs=[build.job("a", segments=2, segment_shares=listed)])))
    assert words in str(problem)
    assert "week.yaml:" in str(problem)
    cell = ";".join(shares.strip("[]").split(", "))
    (here / "jobs.csv").write_text(f"job,hours,accelerators,segments,segment_shares\na,2,4,2,{cell}\n")
    problem = one(write(here, build.document() | {"jobs": {"table": "jobs.csv"}}))
    assert words in str(problem)
    assert str(problem).startswith("jobs.csv:2: ")


def test_shares_in_a_table_are_read(here: Path) -> None:
    (here / "jobs.csv").write_text("job,hours,accelerators,segments,segment_shares\na,2,4,2,0.25;0.75\n")
    made = placement.load(write(here, build.document() | {"jobs": {"table": "jobs.csv"}}))
    assert made.jobs["segment_shares"][0] == (0.25, 0.75)


@pytest.mark.parametrize(
    ("pauses", "words"),
    [
        (-1, "pauses is -1, but must be at least 0"),
        (1.5, "pauses is 1.5, but must be a whole number"),
        (101, "pauses is 101, but must be at most 100"),
        ("two", "pauses is 'two' (text), but must be a whole number"),
    ],
)
def test_pauses_that_make_no_sense_are_refused(here: Path, pauses: Any, words: str) -> None:
    assert words in str(one(write(here, build.document(jobs=[build.job("a", pauses=pauses)]))))
    (here / "jobs.csv").write_text(f"job,hours,accelerators,pauses\na,2,4,{pauses}\n")
    problem = str(one(write(here, build.document() | {"jobs": {"table": "jobs.csv"}})))
    assert words in problem
    assert problem.startswith("jobs.csv:2: ")


def test_pauses_and_more_segments_than_they_make_are_refused(here: Path) -> None:
    problems = refused(write(here, build.document(jobs=[build.job("a", pauses=1, segments=3)])))
    assert [str(p).partition("job 'a' ")[2] for p in problems] == [
        "has 3 segments and pauses 1. Leave one of them out, or allow 2 pauses."
    ]
