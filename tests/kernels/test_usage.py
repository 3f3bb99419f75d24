"""What placements use: the definition against the price, and every back end against the definition."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from placement.kernels import usage as definition
from placement.kernels.backend import BackEnd
from placement.kernels.fixed_point import BITS, most_used, step_for
from placement.kernels.placements import allowed
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.work import Work

Make = Callable[..., Work]


@pytest.mark.parametrize("seed", range(10))
def test_use_is_the_slope_of_the_price(back_end: BackEnd, make_work: Make, seed: int) -> None:
    work, prices = make_work(seed, grains=32), np.random.default_rng(seed).normal(0.5, 1.0, (5, 40)) * 1e-3
    placed = allowed(work, 0, work.options)
    count = np.random.default_rng(seed).random(len(placed))
    use = back_end.usage(work, 5, placed.option, placed.start, count)
    zero = np.zeros_like(prices)
    meters = placement_usd(work, prices, running_sums(prices), placed) - placement_usd(
        work, zero, running_sums(zero), placed
    )
    assert (use * prices).sum() == pytest.approx((count * meters).sum(), rel=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_use_by_whole_jobs_is_that_of_the_definition(back_end: BackEnd, make_work: Make, seed: int) -> None:
    work = make_work(seed)
    placed = allowed(work, 0, work.options)
    pick = np.random.default_rng(seed).integers(0, len(placed), 200)
    count = np.random.default_rng(seed).integers(0, 9, 200)
    found = back_end.usage(work, 5, placed.option[pick], placed.start[pick], count)
    np.testing.assert_array_equal(found, definition.usage(work, 5, placed.option[pick], placed.start[pick], count))


def test_blocks_of_placements_do_not_change_use(make_work: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    work = make_work(2)
    placed = allowed(work, 0, work.options)
    count = np.ones(len(placed))
    whole = definition.usage(work, 5, placed.option, placed.start, count)
    monkeypatch.setattr(definition, "BLOCK", 3)
    np.testing.assert_array_equal(definition.usage(work, 5, placed.option, placed.start, count), whole)


@pytest.mark.parametrize("seed", range(4))
def test_use_by_parts_of_jobs_is_near_the_definition(back_end: BackEnd, make_work: Make, seed: int) -> None:
    work = make_work(seed)
    placed = allowed(work, 0, work.options)
    count = np.random.default_rng(seed).normal(0.0, 1e-3, len(placed))
    found = back_end.usage(work, 5, placed.option, placed.start, count)
    expected = definition.usage(work, 5, placed.option, placed.start, count)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * np.abs(expected).max(initial=1.0))


def test_no_placements_use_nothing(back_end: BackEnd, make_work: Make) -> None:
    none = np.zeros(0, dtype=np.int64)
    assert not back_end.usage(make_work(1), 5, none, none, none.astype(float)).any()
    assert not back_end.usage(make_work(0, jobs=0), 5, none, none, none.astype(float)).any()


@pytest.mark.parametrize("seed", range(10))
def test_no_placement_uses_more_than_the_bound(make_work: Make, seed: int) -> None:
    work = make_work(seed)
    placed = allowed(work, 0, work.options)
    for n in range(len(placed)):
        use = definition.usage(work, 5, placed.option[n : n + 1], placed.start[n : n + 1], np.ones(1))
        assert 2 * use.max() <= most_used(work)
    assert most_used(replace(work, use_amount=2 * work.use_amount)) >= 2 * most_used(work) - 2 * 4


def test_the_step_is_the_finest_that_keeps_to_the_bits() -> None:
    for total in (1e-9, 0.75, 1.0, 3.0, 2.0**40, 1e15):
        step = step_for(total)
        assert total / step < 2.0**BITS <= 2 * total / step
    assert step_for(0.0) == 1.0
