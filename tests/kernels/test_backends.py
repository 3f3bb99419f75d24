"""Every back end that is found gives the numbers of the definition, bit for bit."""

import importlib
import threading
from collections.abc import Callable

import numpy as np
import pytest

from placement.kernels import price as definition
from placement.kernels.backend import KERNELS, BackEnd, BackEndError, back_ends, choose
from placement.kernels.placements import allowed
from placement.kernels.price import Cheapest
from placement.kernels.work import Work

FOUND = [end for end in back_ends() if end.found]
Make = Callable[..., Work]


def prices_of(seed: int, slots: int, meters: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.5, 1.0, (meters, slots)) * 1e-3


def assert_same(one: Cheapest, other: Cheapest) -> None:
    np.testing.assert_array_equal(one.option, other.option)
    np.testing.assert_array_equal(one.start, other.start)
    np.testing.assert_array_equal(one.usd, other.usd)


@pytest.mark.parametrize("seed", range(40))
def test_the_cheapest_placement_is_that_of_the_definition(back_end: BackEnd, make_work: Make, seed: int) -> None:
    work, prices = make_work(seed), prices_of(seed, 40)
    assert_same(back_end.price(work, prices), definition.price(work, prices))


def test_long_spans_are_priced_in_chunks_as_in_one(back_end: BackEnd, make_work: Make) -> None:
    work, prices = make_work(7, slots=3000, jobs=30), prices_of(7, 3000)
    assert (work.span_last - work.span_first).max() > 1024
    assert_same(back_end.price(work, prices), definition.price(work, prices))


@pytest.mark.parametrize("grains", [1, 64])
def test_lengths_at_rounding_edges_are_those_of_the_definition(back_end: BackEnd, make_work: Make, grains: int) -> None:
    work, prices = make_work(11, jobs=400, grains=grains, slivers=True), prices_of(11, 40)
    assert_same(back_end.price(work, prices), definition.price(work, prices))


def test_ties_go_to_the_lowest_option_and_the_earliest_start(back_end: BackEnd, make_work: Make) -> None:
    work = make_work(3, jobs=60)
    work = type(work)(**{**vars(work), "option_usd": np.zeros(work.options), "job_delay": np.zeros(work.jobs)})
    found = back_end.price(work, np.zeros((5, 40)))
    assert_same(found, definition.price(work, np.zeros((5, 40))))
    placed = allowed(work, 0, work.options)
    free = np.flatnonzero(placed.left == 0)
    jobs, first = np.unique(np.searchsorted(work.job_options, placed.option[free], side="right"), return_index=True)
    assert len(jobs) > 20
    np.testing.assert_array_equal(found.option[jobs - 1], placed.option[free][first])
    np.testing.assert_array_equal(found.start[jobs - 1], placed.start[free][first])


def test_a_pricer_prices_again_and_again(back_end: BackEnd, make_work: Make) -> None:
    work = make_work(5)
    run = back_end.pricer(work)
    for seed in range(3):
        assert_same(run(prices_of(seed, 40)), definition.price(work, prices_of(seed, 40)))


def test_two_threads_may_price_at_once(back_end: BackEnd, make_work: Make) -> None:
    work = make_work(8, slots=600, jobs=300)
    assert (work.span_last - work.span_first + 1).sum() > 50_000
    expected = [definition.price(work, prices_of(seed, 600)) for seed in range(4)]
    found: dict[int, Cheapest] = {}

    def run(seed: int) -> None:
        found[seed] = back_end.price(work, prices_of(seed, 600))

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(4):
        assert_same(found[seed], expected[seed])


def test_a_job_without_placements_and_no_jobs_at_all(back_end: BackEnd, make_work: Make) -> None:
    work = make_work(0, jobs=0)
    assert len(back_end.price(work, prices_of(0, 40)).usd) == 0
    work = make_work(4)
    empty = {"option_spans": 0 * work.option_spans, "span_first": work.span_first[:0], "span_last": work.span_last[:0]}
    none = type(work)(**{**vars(work), **empty})
    found = back_end.price(none, prices_of(4, 40))
    assert np.isinf(found.usd).all()
    assert (found.option == -1).all()
    assert (found.start == -1).all()


def test_a_back_end_that_is_missing_says_what_to_do() -> None:
    missing = BackEnd("cupy", "gpu", False, detail="CuPy is not installed", remedy="To install: pip.")
    with pytest.raises(BackEndError, match=r"'cupy' is not there: CuPy is not installed\. To install"):
        missing.pricer(None)  # type: ignore[arg-type]


def test_each_kernel_has_a_back_end_that_runs_it(back_end: BackEnd) -> None:
    for kernel in KERNELS:
        runner = back_end.runner(kernel)
        module = importlib.import_module(f"placement.kernels.{kernel}" + ("" if runner == "numpy" else f"_{runner}"))
        assert module.__doc__
        assert runner == back_end.name or (
            back_end.name == "cupy" and kernel in ("anneal", "eject", "pause", "knapsack")
        )


def test_the_fastest_back_end_is_chosen_and_a_gpu_is_not_made_up() -> None:
    assert choose("auto") == FOUND[0]
    assert choose("cpu") == next(end for end in FOUND if end.device == "cpu")
    if FOUND[0].device == "gpu":
        assert choose("gpu") == FOUND[0]
    else:
        with pytest.raises(BackEndError, match="no GPU can be used"):
            choose("gpu")
    with pytest.raises(BackEndError, match="there is no device 'tpu'"):
        choose("tpu")  # type: ignore[arg-type]


def test_without_numba_numpy_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("placement.kernels.backend.find_spec", lambda _: None)
    assert choose("auto").name == "numpy"
    assert [end.found for end in back_ends()] == [False, False, True]
    assert all("pip install" in end.remedy for end in back_ends()[:2])
