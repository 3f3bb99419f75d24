"""Peers: each proves the optimum that our exact model proves, and nothing that it says of its plan is believed."""

import math
import time
from dataclasses import replace
from functools import cache

import build
import numpy as np
import pytest

import placement
from placement.benchmarks.peers import PEERS, Answer, Moment, Peer, WrongPlan, ask, checked, compare, first_plan
from placement.benchmarks.peers.child import children
from placement.benchmarks.peers.comparison import best, side_by_side
from placement.benchmarks.peers.message import packed, unpacked
from placement.benchmarks.peers.units import per_placement, per_unit
from placement.benchmarks.peers.whole import Whole, whole_amounts
from placement.compile import compile_scenario
from placement.errors import PlacementError
from placement.kernels.placements import allowed
from placement.models.program import program
from placement.models.rows import placement_rows
from placement.problem import Problem
from placement.schema import Scenario
from placement.search.packing import Packing, is_packing

ABSENT = Peer("Nobody", "nobody", "no_such_package.solver", ("default",))
RUNS = [(peer, setting) for peer in PEERS.values() for setting in peer.settings]


def scarce(seed: int = 0, jobs: int = 9, slots: int = 8) -> Scenario:
    """Two sites too small for the jobs: reserved hours, a speed that varies, dear hours, a power limit, a quota over
    both; some jobs in two units, some with a cost of delay, one that must run.
    """
    rng = np.random.default_rng(seed)
    made = [
        build.job(
            f"j{k}",
            float(np.round(rng.uniform(0.4, 3.5), 1)),
            int(rng.integers(2, 8)),
            reject_usd=None if k == 0 else float(rng.uniform(1, 20)),
            must_run=k == 0,
            delay_usd_per_hour=float(rng.uniform(0, 0.5)) if k % 2 else 0.0,
            count=2 if k % 4 == 1 else 1,
        )
        for k in range(jobs)
    ]
    sites = [
        build.cluster("a", 9, energy_price=60.0, power_limit_mw=0.008, pool={"reserved": [0, 0, 2, 3] * (slots // 4)}),
        build.cluster(
            "b", 7, energy_price=[40.0, 200.0] * (slots // 2), pool={"speed": [1, 0.5, 1, 0.75] * (slots // 4)}
        ),
    ]
    quota = {"name": "quota", "over": {}, "of": "accelerators", "max": 13.0}
    return build.scenario(sites, made, slots=slots, limits=[quota])


def compiled(seed: int = 0, **more: int) -> Problem:
    return compile_scenario(scarce(seed, **more)).problem


@cache
def optimum(seed: int) -> placement.Result:
    return placement.solve(scarce(seed), gap=1e-7, baseline=False)


def installed(peer: Peer) -> None:
    if not peer.installed:
        pytest.skip(peer.missing)


@pytest.mark.parametrize(("peer", "setting"), RUNS, ids=[f"{peer.name}-{setting}" for peer, setting in RUNS])
@pytest.mark.parametrize(("seed", "begun"), [(0, False), (1, True)])
def test_a_peer_proves_the_optimum_of_the_exact_model_also_from_our_first_plan(
    peer: Peer, setting: str, seed: int, begun: bool
) -> None:
    installed(peer)
    problem, exact = compiled(seed), optimum(seed)
    begin = first_plan(problem) if begun else None
    found = ask(problem, peer, setting, time_limit_s=60.0, begin=begin)
    assert found.status == "optimal", found.message
    assert found.refused == ()
    assert found.cost_usd == pytest.approx(exact.cost_usd, rel=1e-4)
    assert found.cost_usd * (1 - 1e-4) <= found.bound_usd <= exact.cost_usd + 1e-6 * abs(exact.cost_usd)
    assert found.plan is not None
    assert checked(problem, found.plan.option, found.plan.start).usd == found.cost_usd
    costs = [moment.cost_usd for moment in found.history if moment.cost_usd is not None]
    assert costs == sorted(costs, reverse=True)
    if begun:
        assert begin is not None
        assert begin.usd > 1.01 * exact.cost_usd
        assert costs[0] <= begin.usd + 1e-9


def broken(problem: Problem, plan: Packing) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Corrupted plans by what is said of them."""
    work, option, start = problem.work, plan.option, plan.start
    job = np.repeat(np.arange(work.jobs), problem.count)
    first = work.job_options[job]
    free = int(np.flatnonzero(option < 0)[0])

    def moved(unit: int, to: int, at: int) -> tuple[np.ndarray, np.ndarray]:
        options, starts = option.copy(), start.copy()
        options[unit], starts[unit] = to, at
        return options, starts

    own, other = int(first[free]), int(first[free - 1])
    assert job[free - 1] != job[free]
    return {
        "over their limits": (first, work.span_first[work.option_spans[first]]),
        f"1 units .* of job {job[free]} with option {other}": moved(free, other, int(start[free - 1])),
        f"1 units .* at slot {work.slots}": moved(free, own, work.slots),
        "1 units .* at slot -1": moved(free, own, -1),
        "1 units .* with option 99999": moved(free, 99999, 0),
        f"1 units .* with option {own} at": moved(free, own, int(work.span_last[work.option_spans[own + 1] - 1]) + 1),
        "1 units that must run": moved(0, -1, -1),
        "options and": (option[1:], start[1:]),
    }


def test_corrupted_plans_are_refused_and_ours_is_not() -> None:
    problem = compiled()
    plan = first_plan(problem)
    assert plan is not None
    assert checked(problem, plan.option, plan.start).usd == pytest.approx(plan.usd, abs=1e-9)
    for words, (option, start) in broken(problem, plan).items():
        with pytest.raises(WrongPlan, match=words):
            checked(problem, option, start)


def test_a_plan_over_a_limit_by_one_grain_is_refused() -> None:
    problem = compiled()
    plan = first_plan(problem)
    assert plan is not None
    there = np.flatnonzero(plan.option >= 0)
    placed = allowed(problem.work, 0, problem.work.options)
    units, _ = per_placement(problem, placed, plan.option, plan.start)
    assert units.sum() == len(there)
    use = placement_rows(problem, placed) @ units
    checked(replace(problem, rows=replace(problem.rows, upper=use)), plan.option, plan.start)
    row = int(np.argmax(use))
    use[row] -= 1 / problem.work.grains
    with pytest.raises(WrongPlan, match=f"row {row} by 0.0039"):
        checked(replace(problem, rows=replace(problem.rows, upper=use)), plan.option, plan.start)


def test_a_missing_package_is_said_in_one_line_with_the_remedy() -> None:
    found = ask(compiled(), ABSENT, "default", time_limit_s=1.0)
    assert found.status == "missing"
    assert found.message == (
        "Nobody is left out: the package 'no_such_package' is not installed. "
        "Install the extra 'peers': pip install 'orbital-placement[peers]'."
    )


def test_an_unknown_setting_and_more_than_packing_are_refused() -> None:
    with pytest.raises(PlacementError, match=r"HiGHS has no setting 'fast'\. Settings: default, no presolve\."):
        ask(compiled(), PEERS["HiGHS"], "fast", time_limit_s=1.0)
    order = build.scenario(jobs=[build.job("a"), build.job("b", after=["a"])])
    with pytest.raises(PlacementError, match="jobs and capacities alone"):
        ask(compile_scenario(order).problem, PEERS["HiGHS"], "default", time_limit_s=1.0)


def test_a_limit_holds_while_a_model_is_built_and_while_it_is_solved() -> None:
    problem = compiled(3, jobs=60, slots=40)
    nothing = ask(problem, PEERS["HiGHS"], "default", time_limit_s=0.01)
    assert (nothing.status, nothing.plan) == ("time", None)
    assert nothing.message == "no plan; model not built within 0.01 s"
    began = time.monotonic()
    found = ask(problem, PEERS["HiGHS"], "default", time_limit_s=2.0)
    assert found.status == "time"
    assert found.runtime_s <= 2.5
    assert time.monotonic() - began <= 2.5 + 15.0  # the child's start is not counted
    assert found.plan is None or found.history[-1].seconds <= 2.0


def test_a_peer_that_fails_says_why() -> None:
    ghost = Peer("Ghost", "ghost", "numpy", ("default",))
    found = ask(compiled(), ghost, "default", time_limit_s=10.0)
    assert (found.status, found.message) == ("failed", "KeyError: 'Ghost'")
    assert found.plan is None


def test_the_problem_that_arrives_gives_the_same_model() -> None:
    problem = compiled()
    one, two = (program(each).form for each in (problem, unpacked(*packed(problem))))
    assert is_packing(unpacked(*packed(problem)))
    for name in ("cost", "lower", "upper", "row_lower", "row_upper", "integer"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
    assert (one.matrix != two.matrix).nnz == 0
    assert (one.offset, one.base) == (two.offset, two.base)


def test_units_of_placements_and_placements_of_units_are_the_same_plan() -> None:
    problem = compiled()
    placed = allowed(problem.work, 0, problem.work.options)
    plan = first_plan(problem)
    assert plan is not None
    units, away = per_placement(problem, placed, plan.option, plan.start)
    option, start = per_unit(problem, placed, units)
    assert checked(problem, option, start).usd == pytest.approx(plan.usd)
    assert units.sum() + away.sum() == len(plan.option)
    with pytest.raises(ValueError, match="more units than a job has"):
        per_unit(problem, placed, units + 1)


def test_whole_costs_are_never_above_the_costs_and_lose_a_millionth_at_most() -> None:
    problem = compiled()
    whole = Whole(problem)
    plan = first_plan(problem)
    assert plan is not None
    units, away = per_placement(problem, whole.placed, plan.option, plan.start)
    cost = whole.dollars(float(units @ whole.usd + away @ whole.away))
    assert plan.usd - 1e-6 * plan.usd <= cost <= plan.usd


def test_whole_amounts_are_exact_in_grains_and_else_leave_nothing_out() -> None:
    taken, limit = whole_amounts(np.array([3.0, 1.5, 0.75]), np.array([6.0]), 256)
    assert taken.tolist() == [4, 2, 1]
    assert limit.tolist() == [8]
    amounts, upper = np.array([0.1, 0.2, 0.7]), np.array([1.0, 0.3])
    taken, limit = whole_amounts(amounts, upper, 256)
    assert taken.sum() <= limit[0]
    assert taken[:2].sum() <= limit[1] < taken[0] + taken[2]


def answer(cost: float | None, bound: float, begun: bool = False, setting: str = "default", peer: str = "P") -> Answer:
    none = np.zeros(0, dtype=np.int64)
    plan = None if cost is None else Packing(none, none, cost)
    return Answer(peer, setting, begun, "time", "", plan, bound, history=(Moment(1.0, cost, bound),))


def test_the_table_has_the_best_setting_and_no_bound_that_a_plan_refutes() -> None:
    ours = {
        "cost_usd": 100.0, "bound_usd": 90.0, "first_plan_s": 0.1, "peak_memory_mb": 200, "cost_after_5_s_usd": 104.0,
    }  # fmt: skip
    answers = [
        answer(130.0, 80.0, setting="one"), answer(120.0, 95.0, setting="two"), answer(None, 60.0, begun=True),
        answer(110.0, 111.0, peer="Q"),
    ]  # fmt: skip
    assert best(answers[:2]).setting == "two"
    found = side_by_side(answers, ours, constant_usd=20.0)
    assert found["refuted"] == ["Q, default"]
    assert (found["best_cost_usd"], found["best_bound_usd"]) == (100.0, 95.0)
    rows = {(row["who"], row["setting"]): row for row in found["rows"]}
    assert list(rows) == [("Placement", "-"), ("P", "two"), ("P", "default, our first plan"), ("Q", "default")]
    assert rows["P", "two"]["own_gap"] == pytest.approx(25 / 100)
    assert rows["Placement", "-"]["best_gap"] == pytest.approx(5 / 80)
    assert rows["P", "two"]["over_ours_after_5_s"] == pytest.approx(120 / 104)
    assert rows["P", "default, our first plan"]["cost_usd"] is None
    assert len(found["answers"]) == 4


def test_all_peers_are_asked_with_each_setting_and_once_from_our_first_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(PEERS):
        if name != "HiGHS":
            monkeypatch.delitem(PEERS, name)
    monkeypatch.setitem(PEERS, "Nobody", ABSENT)
    told: list[Answer] = []
    answers = compare(compiled(), time_limit_s=30.0, tell=told.append)
    assert answers == told
    assert [(a.peer, a.begun, a.status) for a in answers] == [
        ("HiGHS", False, "optimal"),
        ("HiGHS", False, "optimal"),
        ("HiGHS", True, "optimal"),
        ("Nobody", False, "missing"),
    ]
    assert children(1 << 30) == []
    assert math.isfinite(answers[0].bound_usd)
