"""Large packing without one model: plans that verify, at most the cost of the first ones, never below the bound."""

import build
import numpy as np
import pytest

import placement
from placement import solving
from placement.compile import compile_scenario
from placement.result import Progress
from placement.schema import Scenario
from placement.search.packing import Packer, hardest_first, improve, is_packing


@pytest.fixture
def _packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "ONE_MODEL", 0)


def crowded(seed: int = 0, jobs: int = 40, **more: object) -> Scenario:
    """Two sites too small for the jobs, one with dear hours and a power limit; a third of the jobs in two units."""
    rng = np.random.default_rng(seed)
    made = [
        build.job(
            f"j{k}",
            float(np.round(rng.lognormal(0.7, 0.7), 1)),
            int(rng.integers(1, 8)),
            reject_usd=float(rng.uniform(1, 40)),
            count=2 if k % 3 == 0 else 1,
        )
        for k in range(jobs)
    ]
    sites = [
        build.cluster("a", 12, energy_price=60.0, power_limit_mw=0.008),
        build.cluster("b", 9, energy_price=[40.0, 200.0] * 8),
    ]
    return build.scenario(sites, made, slots=16, **more)


@pytest.mark.usefixtures("_packed")
@pytest.mark.parametrize("seed", range(6))
def test_the_optimum_lies_between_its_bound_and_its_plan(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    made = crowded(seed, jobs=12)
    found = placement.solve(made, gap=0.0, work_limit=1500)
    monkeypatch.setattr(solving, "ONE_MODEL", 10**9)
    best = placement.solve(made, gap=1e-7, baseline=False)
    assert found.plan is not None
    assert placement.verify(made, found.plan).ok
    slip = 1e-4 + 2e-6 * abs(best.cost_usd)
    assert found.bound_usd <= best.cost_usd + slip
    assert best.cost_usd - slip <= found.cost_usd
    assert found.baseline_usd is None or found.cost_usd <= found.baseline_usd


@pytest.mark.usefixtures("_packed")
def test_the_same_plan_twice_under_a_work_limit() -> None:
    made = crowded(3)
    one, two = (placement.solve(made, gap=0.0, work_limit=700, seed=5) for _ in range(2))
    assert one.work["rounds"] == 700
    assert one.cost_usd == two.cost_usd
    assert one.plan is not None
    assert two.plan is not None
    assert one.plan.jobs.equals(two.plan.jobs)


@pytest.mark.usefixtures("_packed")
def test_each_line_of_progress_is_better_than_the_one_before() -> None:
    lines: list[Progress] = []
    found = placement.solve(crowded(4), gap=0.0, work_limit=1000, progress=lines.append)
    costs = [line.cost_usd for line in lines if line.cost_usd is not None]
    bounds = [line.bound_usd for line in lines if line.bound_usd is not None]
    assert costs == sorted(costs, reverse=True)
    assert bounds == sorted(bounds)
    assert {"fcfs", "ascent", "rounds"} <= {line.source for line in lines}
    assert found.gap == pytest.approx(lines[-1].gap, abs=1e-6)


@pytest.mark.usefixtures("_packed")
def test_it_begins_with_an_earlier_plan_and_never_ends_dearer() -> None:
    made = crowded(5)
    earlier = placement.solve(made, gap=0.0, work_limit=1500, seed=1)
    again = placement.solve(made, gap=0.0, work_limit=1, seed=2, start=earlier.plan)
    assert again.cost_usd <= earlier.cost_usd + 1e-6
    assert "start" in {line.source for line in again.history}


@pytest.mark.usefixtures("_packed")
def test_a_gap_that_is_reached_ends_it() -> None:
    found = placement.solve(crowded(6), gap=0.5)
    assert found.status == "gap"
    assert found.gap <= 0.5


@pytest.mark.usefixtures("_packed")
def test_a_job_that_must_run_and_has_no_place_leaves_no_plan() -> None:
    one = build.job("must", 4.0, 8, reject_usd=None)
    two = build.job("too", 4.0, 8, reject_usd=None)
    found = placement.solve(build.scenario([build.cluster(number=8)], [one, two]), work_limit=50, baseline=False)
    assert found.plan is None
    assert found.bound_usd >= 0


def test_what_fits_is_what_the_rows_have_room_for() -> None:
    problem = compile_scenario(crowded(7)).problem
    packer = Packer(problem)
    rng = np.random.default_rng(0)
    for unit in rng.permutation(len(packer.unit_job))[:40].tolist():
        packer.insert(unit, packer.own, always=True)
    left = packer.left.copy()
    for job in range(problem.work.jobs):
        every = range(int(packer.first[job]), int(packer.first[job + 1]))
        good = []
        for n in every:
            packer.take(n)
            if (packer.left >= 0).all():
                good.append(n)
            packer.take(n, -1.0)
        assert packer.fitting(job).tolist() == good
    np.testing.assert_allclose(packer.left, left, atol=1e-9)


def test_rounds_never_cost_more_and_leave_rows_as_the_plan_says() -> None:
    problem = compile_scenario(crowded(8)).problem
    packer = Packer(problem)
    for unit in hardest_first(packer).tolist():
        packer.insert(unit, packer.own)
    rng = np.random.default_rng(0)
    was = packer.plan().usd
    for _ in range(20):
        improve(packer, rng, 20)
        now = packer.plan().usd
        assert now <= was + 1e-9
        was = now
    left, plan = packer.left.copy(), packer.plan()
    packer.clear()
    packer.restore(plan)
    np.testing.assert_allclose(packer.left, left, atol=1e-6)
    assert (packer.left >= 0).all()


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
