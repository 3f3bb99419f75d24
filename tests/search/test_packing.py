"""Large packing without one model: plans that verify, at most the cost of the first ones, never below the bound."""

import importlib.util
import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import build
import in_process
import numpy as np
import pytest
import unsteady
from build import crowded

import placement
from placement import solving
from placement.compile import compile_scenario
from placement.errors import SolverError
from placement.kernels.backend import BackEnd, on_numba, on_numpy
from placement.result import Progress
from placement.search import annealing, bound, core, first_prices, large, neighbourhoods, packing
from placement.search.core_model import Chosen
from placement.search.packing import Packer, is_packing
from placement.search.state import State

BACK_ENDS = [on_numpy, *([on_numba] if importlib.util.find_spec("numba") else [])]


@pytest.fixture
def _packed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything goes this way, with little of each step: small problems need no more."""
    monkeypatch.setattr(solving, "ONE_MODEL", 0)
    monkeypatch.setattr(bound, "FEW", 0)  # compiled, where Numba is
    monkeypatch.setattr(first_prices, "EVALUATIONS", 60)
    for name, value in (("EVALUATIONS", 20), ("AGAIN", 6)):
        monkeypatch.setattr(large, name, value)
    monkeypatch.setattr(annealing, "BRIEF", 100)
    few = (("HARD_CORE_COLUMNS", 200), ("NODES", 5), ("TIER", 5), ("DIVE_PER_JOB", 5), ("DIVE_NODES", 20))
    for name, value in few:
        monkeypatch.setattr(core, name, value)
    for name, value in (("NODES", 20), ("Kind", partial(neighbourhoods.Kind, units=6))):
        monkeypatch.setattr(neighbourhoods, name, value)


@pytest.mark.usefixtures("_packed")
@pytest.mark.parametrize("seed", range(4))
def test_the_optimum_lies_between_its_bound_and_its_plan(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    made = crowded(seed, jobs=9)
    found = placement.solve(made, gap=0.0, work_limit=3000)
    monkeypatch.setattr(solving, "ONE_MODEL", 10**9)
    best = placement.solve(made, gap=1e-7, baseline=False)
    assert found.plan is not None
    assert placement.verify(made, found.plan).ok
    slip = 1e-4 + 2e-6 * abs(best.cost_usd)
    assert found.bound_usd <= best.cost_usd + slip
    assert best.cost_usd - slip <= found.cost_usd <= 1.05 * best.cost_usd
    assert found.baseline_usd is None or found.cost_usd <= found.baseline_usd


@pytest.mark.usefixtures("_packed")
def test_without_limits_the_exact_model_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = crowded(2, jobs=9)
    monkeypatch.setattr(annealing, "ENOUGH", 5)
    monkeypatch.setattr(neighbourhoods, "PATIENCE", 2)
    found = placement.solve(made, gap=1e-6)
    assert found.status in ("optimal", "gap")
    assert "exact" in {line.source for line in found.history}


@pytest.mark.usefixtures("_packed")
def test_the_same_plan_twice_under_a_work_limit() -> None:
    made = crowded(3)
    one, two = (placement.solve(made, gap=0.0, work_limit=300, seed=5) for _ in range(2))
    assert one.work["rounds"] == 300
    assert one.cost_usd == two.cost_usd
    assert one.plan is not None
    assert two.plan is not None
    assert one.plan.jobs.equals(two.plan.jobs)


@pytest.mark.skipif(len(BACK_ENDS) == 1, reason="Numba is not installed")
def test_back_ends_give_the_same_plan() -> None:
    problem = compile_scenario(crowded(9)).problem
    plans = []
    for back in BACK_ENDS:
        packer = Packer(problem, back())
        packer.construct(packer.hardest_first(), np.full(len(problem.rows), 0.1))
        units = np.arange(len(packer.job))
        packer.annealer.rounds(units, 100, 1.0, 0.5, np.array([3], dtype=np.uint64), 0, problem.work.slots)
        plans.append(packer.plan())
    assert plans[0].option.tolist() == plans[1].option.tolist()
    assert plans[0].usd == plans[1].usd


@pytest.mark.usefixtures("_packed")
def test_each_line_of_progress_is_better_than_the_one_before() -> None:
    lines: list[Progress] = []
    found = placement.solve(crowded(4), gap=0.0, work_limit=400, progress=lines.append)
    costs = [line.cost_usd for line in lines if line.cost_usd is not None]
    bounds = [line.bound_usd for line in lines if line.bound_usd is not None]
    assert costs == sorted(costs, reverse=True)
    assert bounds == sorted(bounds)
    assert {"greedy", "ascent"} <= {line.source for line in lines}
    assert found.gap == pytest.approx(lines[-1].gap, abs=1e-6)


@pytest.mark.usefixtures("_packed")
def test_it_begins_with_an_earlier_plan_and_never_ends_dearer() -> None:
    made = crowded(5)
    earlier = placement.solve(made, gap=0.0, work_limit=500, seed=1)
    again = placement.solve(made, gap=0.0, work_limit=1, seed=2, start=earlier.plan)
    assert again.cost_usd <= earlier.cost_usd + 1e-6
    assert "start" in {line.source for line in again.history}


@pytest.mark.usefixtures("_packed")
def test_what_no_longer_fits_of_an_earlier_plan_goes_elsewhere() -> None:
    earlier = placement.solve(crowded(5), gap=0.0, work_limit=200, seed=1)
    smaller = crowded(5).replace("clusters.a.pools.0.number", 6)
    again = placement.solve(smaller, gap=0.0, work_limit=50, start=earlier.plan)
    assert again.plan is not None
    assert placement.verify(smaller, again.plan).ok


@pytest.mark.usefixtures("_packed")
def test_a_gap_that_is_reached_ends_it() -> None:
    found = placement.solve(crowded(6), gap=0.5)
    assert found.status == "gap"
    assert found.gap <= 0.5


@pytest.mark.usefixtures("_packed")
def test_jobs_that_must_run_beside_each_other_and_cannot_are_found_out() -> None:
    one = build.job("must", 4.0, 8, reject_usd=None)
    two = build.job("too", 4.0, 8, reject_usd=None)
    found = placement.solve(build.scenario([build.cluster(number=8)], [one, two]), baseline=False)
    assert found.plan is None
    assert found.status == "infeasible"


@pytest.mark.parametrize("back", BACK_ENDS)
def test_first_come_is_served_first_at_its_earliest_start(back: object) -> None:
    made = [build.job("big", 3.0, 8, reject_usd=1.0), build.job("small", 2.0, 8, reject_usd=99.0)]
    problem = compile_scenario(build.scenario([build.cluster(number=8)], made, slots=8)).problem
    chosen: BackEnd = back()  # type: ignore[operator]
    served = Packer(problem, chosen).first_come(np.array([1.0, 2.0]))
    assert served.start.tolist() == [0, 3]


@pytest.mark.parametrize(
    "more",
    [
        {"clusters": [build.cluster(link={"gbps_in": 1.0, "gbps_out": 1.0})], "jobs": [build.job(dataset_tb=0.1)]},
        {"jobs": [build.job("a"), build.job("b", after=["a"])]},
        {
            "clusters": [
                build.cluster(
                    sources=[
                        {"kind": "grid", "price": 50.0},
                        {"kind": "gas", "price": 70.0, "limit_mw": 0.01, "carbon_g_per_kwh": 480.0},
                    ]
                )
            ]
        },
        {"limits": [{"name": "q", "over": {}, "of": "accelerators", "max": 3.0, "penalty_usd": 1.5}]},
    ],
    ids=["transfers", "order", "sources", "penalties"],
)
def test_what_is_more_than_packing_goes_to_the_model(more: dict[str, object]) -> None:
    assert not is_packing(compile_scenario(build.scenario(**more)).problem)  # type: ignore[arg-type]


def test_plain_jobs_on_plain_sites_are_packing() -> None:
    assert is_packing(compile_scenario(crowded()).problem)


@pytest.mark.usefixtures("_packed")
def test_neighbourhoods_better_a_poor_plan_and_the_same_under_a_work_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ROUNDS", 20), ("Kind", partial(neighbourhoods.Kind, units=12))):
        monkeypatch.setattr(neighbourhoods, name, value)
    in_process.use(monkeypatch)
    drawn = unsteady.kinds_drawn(monkeypatch, neighbourhoods)
    one = placement.solve(crowded(7), gap=0.0, work_limit=240, seed=6)
    unsteady.use(monkeypatch)
    two = placement.solve(crowded(7), gap=0.0, work_limit=240, seed=6)
    assert "neighbourhood" in {line.source for line in one.history}
    assert one.work["neighbourhoods"] == 6
    assert one.work["rounds"] == 120
    assert drawn[:6] == drawn[6:]
    assert one.work == two.work
    assert one.cost_usd == two.cost_usd
    assert one.plan is not None
    assert two.plan is not None
    assert one.plan.jobs.equals(two.plan.jobs)


def test_neighbourhoods_reach_what_reinsertion_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    """From a greedy plan, without annealing, neighbourhoods end near the optimum."""
    for name, value in (("PATIENCE", 12), ("NODES", 100), ("LIMIT_S", math.inf)):
        monkeypatch.setattr(neighbourhoods, name, value)
    monkeypatch.setattr(neighbourhoods, "Kind", partial(neighbourhoods.Kind, units=10))
    made = crowded(8, jobs=12)
    problem = compile_scenario(made).problem
    best = placement.solve(made, gap=1e-6, baseline=False).cost_usd
    state = State(constant_usd=problem.constant_usd, gap=0.0, deadline=math.inf)
    packer = Packer(problem)
    found = annealing.Best(packer, state)
    packer.construct(packer.hardest_first(), np.zeros(len(problem.rows)))
    found.take("greedy")
    first = state.cost_usd
    assert neighbourhoods.search(packer, found, np.zeros(len(problem.rows)), state, 0, None) == "patience"
    assert best - 1e-6 <= state.cost_usd < first
    assert state.cost_usd <= best + 0.02 * abs(best)
    assert packer.settle()


def test_what_rows_have_left_is_exact_after_many_rounds() -> None:
    problem = compile_scenario(crowded(3)).problem
    packer = Packer(problem)
    packer.construct(packer.hardest_first(), np.zeros(len(problem.rows)))
    units = np.arange(len(packer.job))
    packer.annealer.rounds(units, 300, 5.0, 0.5, np.array([1], dtype=np.uint64), 0, problem.work.slots)
    left = packer.annealer.left.copy()
    assert packer.settle()
    assert (packer.annealer.left == left).all()
    packer.annealer.left -= 1.0
    assert packer.settle()
    assert (packer.annealer.left == left).all()


def test_a_plan_over_a_limit_is_not_taken() -> None:
    problem = compile_scenario(crowded(3)).problem
    packer = Packer(problem)
    packer.annealer.left += 100.0  # as if rounding had drifted
    packer.construct(packer.hardest_first(), np.zeros(len(problem.rows)))
    state = State(constant_usd=problem.constant_usd, gap=0.0, deadline=math.inf)
    found = annealing.Best(packer, state)
    found.take("greedy")
    assert found.plan is None
    assert state.x is None


def test_construction_ends_when_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "CHUNK", 5)
    problem = compile_scenario(crowded(3)).problem
    packer = Packer(problem)
    packer.construct(packer.hardest_first(), np.zeros(len(problem.rows)), lambda: True)
    assert 0 < (packer.annealer.option >= 0).sum() <= 5
    assert packer.first_come(np.zeros(problem.work.jobs), lambda: True) is None


@pytest.mark.usefixtures("_packed")
@pytest.mark.parametrize("step", ["hard_core_bound", "dive", "anneal", "exact_core"])
def test_a_failure_of_the_solver_on_the_way_leaves_the_plan(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def fail(*_: object) -> None:
        raise SolverError("memory ran out")

    monkeypatch.setattr(annealing, "ENOUGH", 5)
    monkeypatch.setattr(neighbourhoods, "PATIENCE", 2)
    monkeypatch.setattr(large, step, fail)
    made = crowded(2, jobs=9)
    found = placement.solve(made, gap=1e-6)
    assert found.status == "stopped"
    assert "failed" in found.message
    assert found.plan is not None
    assert placement.verify(made, found.plan).ok
    assert found.bound_usd <= found.cost_usd


def test_more_placements_than_units_are_refused() -> None:
    problem = compile_scenario(crowded(0, jobs=3)).problem
    packer = Packer(problem)
    two = Chosen(np.array([0]), np.array([0]), np.array([int(problem.count[0]) + 1]))
    with pytest.raises(ValueError, match="more units than a job has"):
        packer.place(two)


@pytest.mark.parametrize("make", BACK_ENDS)
def test_what_is_worked_out_block_by_block_is_the_same(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[], BackEnd]
) -> None:
    problem = compile_scenario(crowded(4, jobs=12)).problem
    whole = Packer(problem, make())
    monkeypatch.setattr(packing, "BLOCK", 3)
    assert is_packing(problem)
    parts = Packer(problem, make())
    work = problem.work
    job = np.repeat(np.arange(work.jobs), np.diff(work.job_options))
    assert (parts.units.low == whole.units.low).all()
    assert (parts.units.options == np.lexsort((whole.units.low, job))).all()
    assert (parts.units.options == whole.units.options).all()


@pytest.mark.parametrize("block", [3, 10**6])
def test_an_option_that_counts_twice_in_a_row_is_found_in_every_block(
    monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(packing, "BLOCK", block)
    problem = compile_scenario(crowded(4, jobs=12)).problem
    assert is_packing(problem)
    work = problem.work
    for option in (0, work.options // 2, work.options - 1):
        first = work.option_uses[option]
        meter = work.use_meter.copy()
        meter[first + 1] = meter[first]
        assert not is_packing(replace(problem, work=replace(work, use_meter=meter)))
