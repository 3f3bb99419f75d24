"""Virtual meters: plans in whole numbers keep them, bounds with them are never above the optimum, parts of jobs pay."""

from functools import cache
from itertools import combinations

import build
import in_process
import numpy as np
import pytest
from search.drawn import packings

import placement
from placement.benchmarks.instances import made
from placement.benchmarks.sizes import Size as Instance
from placement.compile import compile_scenario
from placement.kernels.placements import Placements, allowed
from placement.kernels.usage import usage
from placement.kernels.work import WHOLE
from placement.models.rows import placement_rows
from placement.problem import Problem
from placement.search import virtual_meters
from placement.search.ascent import TEMPERATURES, Smooth, ascend
from placement.search.bound import priced_bound
from placement.search.packing import Packer
from placement.search.virtual_meters import Size, counts, crowded, kept, limits_of, tighten, with_sizes


def never() -> bool:
    return False


def every_size(problem: Problem) -> Problem:
    """The problem with a meter for each amount that an option takes of a limit, and some others, in all slots."""
    limits, found = limits_of(problem), []
    for k, limit in enumerate(limits):
        taken = np.unique(limit.amount)
        slots = np.flatnonzero(np.isfinite(limit.upper))
        most = float(limit.upper[slots].max())
        for size in {*taken[taken > 0].tolist(), most / 2 + 1e-3, most / 3 + 1e-3}:
            found.append(Size(k, size, slots))
    return with_sizes(problem, limits, found)


def tightened(problem: Problem) -> tuple[Problem, np.ndarray, float]:
    """The problem with the virtual meters that are found for it, prices, and the bound without them."""
    plain = ascend(problem, evaluations=400)
    bounds: list[float] = []
    tight, price = tighten(problem, plain.price, 300, never, bounds.append)
    return tight, price, plain.bound_usd


@cache
def week() -> Problem:
    """300 jobs on three clusters, gangs up to a whole one."""
    return compile_scenario(made(Instance(300, 3, 168, 0.1, 3.0), "small", 0.7, 0)).problem


@pytest.mark.parametrize("seed", range(2))
def test_plans_in_whole_numbers_keep_every_virtual_row(seed: int) -> None:
    problem = compile_scenario(build.crowded(seed)).problem if seed else week()
    tight = every_size(problem)
    assert len(tight.rows) > 3 * len(problem.rows)
    packer = Packer(problem)
    rng = np.random.default_rng(seed)
    for _ in range(5):
        packer.construct(rng.permutation(len(packer.job)), rng.exponential(0.1, len(problem.rows)))
        packer.annealer.rounds(np.arange(len(packer.job)), 200, 5.0, 0.5, np.array([seed], np.uint64), 0, 10**6)
        there = packer.annealer.option >= 0
        option, start = packer.annealer.option[there], packer.annealer.start[there]
        use = usage(tight.work, tight.meters, option, start, np.ones(len(option)))
        rows = tight.rows
        held = np.bincount(rows.cell_row, rows.cell_weight * use[rows.cell_meter, rows.cell_slot], len(rows))
        assert (held <= rows.upper + 1e-6).all()


def test_what_a_size_counts_is_kept_by_all_sets_of_amounts_that_fit() -> None:
    rng = np.random.default_rng(0)
    tried = 0
    for _ in range(300):
        amount = rng.integers(1, 60, 7).astype(float)
        cap = float(rng.integers(60, 120))
        size = float(rng.uniform(4, 70)) if rng.random() < 0.5 else float(amount[0])
        limit = kept(np.array([cap]), size)[0]
        for many in range(1, 8):
            for some in combinations(range(7), many):
                if amount[list(some)].sum() <= cap:
                    tried += 1
                    assert counts(amount[list(some)], size).sum() <= limit
    assert tried > 5_000
    assert kept(np.array([100.0]), 51.0)[0] == 1.0
    assert kept(np.array([100.0 - 1e-6]), 50.0)[0] == 2.0  # a plan may be over its limit by the verifier's tolerance


def test_last_slots_that_are_shared_do_not_count() -> None:
    """Two runs of half a slot, each of more than half of the cluster, share a slot: that is no crowd."""
    jobs = [build.job(name, 0.5, 5) for name in "ab"]
    problem = compile_scenario(build.scenario([build.cluster(number=8)], jobs, slots=1)).problem
    tight = every_size(problem)
    option = np.array([0, 1])
    use = usage(tight.work, tight.meters, option, np.zeros(2, dtype=np.int64), np.ones(2))
    assert use[0].tolist() == [5.0]
    assert not use[problem.meters :].any()


@pytest.mark.parametrize("seed", range(2))
def test_the_model_reads_what_the_kernels_use(seed: int) -> None:
    tight = every_size(compile_scenario(build.crowded(seed, jobs=12)).problem)
    assert (tight.work.use_kind == WHOLE).any()
    placed: Placements = allowed(tight.work, 0, tight.work.options)
    count = np.random.default_rng(seed).integers(0, 4, len(placed)).astype(float)
    use = usage(tight.work, tight.meters, placed.option, placed.start, count)
    rows = tight.rows
    held = np.bincount(rows.cell_row, rows.cell_weight * use[rows.cell_meter, rows.cell_slot], len(rows))
    np.testing.assert_allclose(placement_rows(tight, placed) @ count, held, rtol=1e-12, atol=1e-9)


def test_two_of_which_one_runs_at_a_time() -> None:
    """Each needs more than half of the cluster for two of three slots: the relaxation runs three quarters of both."""
    jobs = [build.job(name, 2.0, 6, reject_usd=100.0, deadline="2027-06-07T03:00:00Z") for name in "ab"]
    made_up = build.scenario([build.cluster(number=8)], jobs, slots=3)
    tight, price, before = tightened(compile_scenario(made_up).problem)
    after = priced_bound(tight, price).usd
    best = placement.solve(made_up, gap=1e-6).cost_usd
    assert best == pytest.approx(100.0, rel=0.05)
    assert before < 0.7 * best
    assert 0.999 * best <= after <= best + 1e-6


@pytest.mark.parametrize("seed", range(2))
def test_bounds_lie_between_the_priced_one_and_the_optimum(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    in_process.use(monkeypatch)
    monkeypatch.setattr(virtual_meters, "PAYS", -1.0)
    made_up = build.crowded(seed, jobs=8)
    problem = compile_scenario(made_up).problem
    best = placement.solve(made_up, gap=1e-7, baseline=False).cost_usd
    slip = 1e-4 + 2e-6 * abs(best)
    tight, price, before = tightened(problem)
    after = priced_bound(tight, price).usd
    assert before - slip <= after <= best + slip
    every = every_size(problem)
    begin = np.zeros(len(every.rows))
    assert ascend(every, begin, evaluations=200).bound_usd <= best + slip
    rng = np.random.default_rng(seed)  # any prices prove something
    assert priced_bound(every, rng.exponential(0.5, len(every.rows))).usd <= best + slip


def test_no_bound_is_above_the_optimum_of_what_is_packing(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)
    held = 0
    for _, problem, best_usd in packings(range(60)):
        every = every_size(problem)
        found = ascend(every, np.zeros(len(every.rows)), evaluations=60).bound_usd
        assert found <= best_usd + 1e-4 + 2e-6 * abs(best_usd)
        held += 1
    assert held >= 3


def test_a_small_week_gains_and_the_crowded_sizes_are_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_meters, "PAYS", 1e-9)
    problem = week()
    plain = ascend(problem, evaluations=400)
    limits = limits_of(problem)
    heat = TEMPERATURES[-2] * Smooth(problem).scale
    first = crowded(problem, limits, plain.price, heat, set())
    known = {(size.limit, size.size) for size in first}
    assert first
    assert len(known) == len(first)
    assert not known & {(size.limit, size.size) for size in crowded(problem, limits, plain.price, heat, known)}
    tight, price, before = tightened(problem)
    assert len(price) == len(tight.rows) > len(problem.rows)
    assert priced_bound(tight, price).usd > before


def test_without_time_nothing_is_added() -> None:
    problem = week()
    price = np.zeros(len(problem.rows))
    tight, same = tighten(problem, price, virtual_meters.FEWEST - 1, never, lambda _: None)
    assert tight is problem
    assert same is price
