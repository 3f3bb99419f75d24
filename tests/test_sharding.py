"""Pricing over shards: the numbers of one, whatever the parts, and where parts are lost."""

import itertools
import multiprocessing
from collections.abc import Callable
from typing import Any

import in_process
import numpy as np
import pytest
from build import crowded
from oracle.generate import tiny

import placement
from placement import sharding, solving
from placement.compile import compile_scenario
from placement.errors import PlacementError
from placement.kernels import backend
from placement.kernels.backend import BackEndError, choose
from placement.kernels.jobs_of import jobs_of
from placement.kernels.work import Work
from placement.loader.load import scenario
from placement.problem import Problem
from placement.ray_executor import VERSION
from placement.search import bound
from placement.search.ascent import ascend
from placement.search.bound import priced_bound, running_on
from placement.sharding import sharded, split
from placement.tasks import Lost


class Here:
    """A shard in this process, lost before the answers of given numbers."""

    lost_before: tuple[int, ...] = ()
    asked = created = 0

    def __init__(self, *_: Any):
        self.shard: Any = None

    def create(self, work: Work) -> None:
        Here.created += 1
        self.shard = sharding.Shard(VERSION, work, "cpu")

    def ask(self, what: str, *given: Any) -> Callable[[], Any]:
        Here.asked += 1
        number = Here.asked

        def answer() -> Any:
            if number in Here.lost_before:
                raise Lost("its process ended")
            return getattr(self.shard, what)(*given)

        return answer

    def end(self) -> None:
        self.shard = None


@pytest.fixture
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards in this process, for all numbers of starts."""
    monkeypatch.setattr(sharding, "_Process", Here)
    monkeypatch.setattr(bound, "FEW", 0)
    monkeypatch.setattr(Here, "lost_before", ())
    monkeypatch.setattr(Here, "asked", 0)
    monkeypatch.setattr(Here, "created", 0)


def problem_of(seed: int) -> Problem:
    return compile_scenario(scenario(tiny(seed)) if seed % 2 else crowded(seed)).problem


def prices_of(problem: Problem, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).exponential(1.0, len(problem.rows))


def test_parts_are_contiguous_and_of_about_as_many_starts() -> None:
    work = compile_scenario(crowded(jobs=200)).problem.work
    for shards in (1, 2, 3, 7):
        cuts = split(work, shards)
        assert (cuts[0], cuts[-1], len(cuts)) == (0, work.jobs, shards + 1)
        starts = [jobs_of(work, np.arange(a, b)).starts for a, b in itertools.pairwise(cuts)]
        assert sum(starts) == work.starts
        assert max(starts) - min(starts) <= 2 * max(jobs_of(work, np.array([j])).starts for j in range(work.jobs))
    few = jobs_of(work, np.arange(2))
    assert split(few, 9)[-1] == 2
    assert len(split(few, 9)) <= 3
    assert split(jobs_of(work, np.arange(0)), 2) == [0, 0]


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize("seed", range(12))
def test_parts_give_the_numbers_of_the_whole(seed: int) -> None:
    problem = problem_of(seed)
    work, rng = problem.work, np.random.default_rng(seed)
    prices = bound.meter_prices(problem, prices_of(problem, seed))
    plain = choose("cpu")
    whole, expected = plain.price(work, prices), priced_bound(problem, prices_of(problem, seed))
    placed = np.flatnonzero(whole.option >= 0)
    placed = rng.permutation(np.repeat(placed, rng.integers(0, 3, len(placed))))
    option, start, count = whole.option[placed], whole.start[placed], rng.integers(1, 9, len(placed)).astype(float)
    away = np.minimum(problem.reject_usd, problem.defer_usd)
    soft = (work, prices, away, rng.uniform(0.1, 9.0, work.jobs), problem.count)
    for shards in (1, 2, 5):
        with sharded(problem, shards=shards) as back:
            found = back.price(work, prices)
            for name in ("usd", "option", "start"):
                np.testing.assert_array_equal(getattr(found, name), getattr(whole, name))
            with running_on(back):
                assert priced_bound(problem, prices_of(problem, seed)) == expected
            used = back.usage(work, problem.meters, option, start, count)
            np.testing.assert_array_equal(used, plain.usage(work, problem.meters, option, start, count))
            one, other = back.soft(*soft), plain.soft(*soft)
            for name in ("usd", "use", "away"):
                wanted = getattr(other, name)
                scale = max(1.0, float(np.abs(wanted).max(initial=0.0)))
                np.testing.assert_allclose(getattr(one, name), wanted, rtol=1e-12, atol=1e-12 * scale)
    assert Here.asked >= 4


@pytest.mark.usefixtures("_here")
def test_an_ascent_over_parts_proves_as_much() -> None:
    problem = compile_scenario(crowded(3)).problem
    plain = ascend(problem)
    with sharded(problem, shards=3) as back, running_on(back):
        found = ascend(problem)
    assert found.bound_usd == pytest.approx(plain.bound_usd, rel=1e-4)
    assert priced_bound(problem, found.price).usd == found.bound_usd


@pytest.mark.usefixtures("_here")
def test_a_part_that_is_lost_is_created_anew_and_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = compile_scenario(crowded()).problem
    expected = choose("cpu").price(problem.work, problem.meter_usd)
    monkeypatch.setattr(Here, "lost_before", (1, 2, 3))  # the first part twice, the second once
    with sharded(problem, shards=2) as back:
        found = back.price(problem.work, problem.meter_usd)
        np.testing.assert_array_equal(found.usd, expected.usd)
        np.testing.assert_array_equal(found.option, expected.option)
        assert Here.created == 5
        monkeypatch.setattr(Here, "lost_before", range(1000))
        with pytest.raises(BackEndError, match=r"shard 1 of 2 was lost 3 times \(its process ended\)"):
            back.price(problem.work, problem.meter_usd)


@pytest.mark.usefixtures("_here")
def test_other_works_are_priced_here() -> None:
    problem = compile_scenario(crowded()).problem
    part = jobs_of(problem.work, np.arange(5))
    with sharded(problem, shards=2) as back:
        np.testing.assert_array_equal(
            back.price(part, problem.meter_usd).usd, choose("cpu").price(part, problem.meter_usd).usd
        )
        assert Here.asked == 0


@pytest.mark.usefixtures("_here")
def test_a_large_problem_is_solved_over_shards_and_without_them_where_they_fail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    in_process.use(monkeypatch)
    monkeypatch.setattr(backend, "on_numba", lambda: backend.BackEnd("numba", "cpu", False))  # nothing to compile
    monkeypatch.setattr(solving, "ONE_MODEL", 0)
    made, how = crowded(5, jobs=30), {"gap": 0.6, "work_limit": 10, "device": "cpu"}
    plain, found = placement.solve(made, **how), placement.solve(made, shards=2, **how)
    assert Here.asked > 20
    assert placement.verify(made, found.plan).ok
    assert found.bound_usd == pytest.approx(plain.bound_usd, rel=1e-3)
    assert max(plain.bound_usd, found.bound_usd) <= min(plain.cost_usd, found.cost_usd)
    monkeypatch.setattr(Here, "lost_before", range(Here.asked + 5, 10**9))
    without = placement.solve(made, shards=2, **how)
    assert without.cost_usd == plain.cost_usd
    assert "was lost 3 times" in without.notes[0]


def test_a_small_problem_is_one_model_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)
    assert "Shards were not used" in placement.solve(crowded(jobs=3), shards=2).notes[0]


@pytest.mark.slow
def test_processes_that_are_killed_in_the_middle_change_nothing() -> None:
    problem = compile_scenario(crowded(jobs=100)).problem
    expected = choose("cpu").price(problem.work, problem.meter_usd)
    before = {process.pid for process in multiprocessing.active_children()}
    with sharded(problem, shards=2, device="cpu") as back:
        for _ in range(2):
            found = back.price(problem.work, problem.meter_usd)
            np.testing.assert_array_equal(found.usd, expected.usd)
            ours = [process for process in multiprocessing.active_children() if process.pid not in before]
            assert len(ours) == 2
            ours[0].kill()


def test_shards_that_make_no_sense_are_an_error() -> None:
    problem = compile_scenario(crowded(jobs=2)).problem
    with pytest.raises(PlacementError, match="shards is 0"), sharded(problem, shards=0):
        pass
    with pytest.raises(PlacementError, match="is of a Ray cluster"), sharded(problem, shards=1, address="head:6379"):
        pass
