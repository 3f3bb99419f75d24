"""On the grid sums are exact: their order changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from placement.kernels.backend import back_ends
from placement.kernels.grid import grid_for, on_grid, to_grid
from placement.kernels.placements import allowed
from placement.kernels.price import placement_usd, price, running_sums
from placement.kernels.work import RUN, START, Work

Make = Callable[..., Work]


def runs_only(work: Work) -> Work:
    """Without discount, delay, tails and transfers: all that is on the grid."""
    transfers = ~np.isin(work.use_kind, [RUN, START])
    return replace(
        work,
        discount=np.ones(work.slots),
        job_delay=np.zeros(work.jobs),
        option_tail=np.zeros(work.options),
        use_kind=np.where(transfers, RUN, work.use_kind),
        use_amount=np.where(transfers, 3.0, work.use_amount),
    )


def exact_usd(work: Work, prices: np.ndarray) -> list[Fraction]:
    """Prices of all allowed placements in rational numbers, slot by slot."""
    placed, result = allowed(work, 0, work.options), []
    for o, s, last, part in zip(placed.option, placed.start, placed.last, placed.fraction, strict=True):
        usd = Fraction(work.option_usd[o])
        for u in range(work.option_uses[o], work.option_uses[o + 1]):
            row = [Fraction(price) for price in prices[work.use_meter[u]]]
            read = sum(row[s:last]) + Fraction(part) * row[last] if work.use_kind[u] == RUN else row[s]
            usd += Fraction(work.use_amount[u]) * read
        result.append(usd)
    return result


@pytest.mark.parametrize("seed", range(5))
def test_prices_on_the_grid_are_exact(make_work: Make, seed: int) -> None:
    work = runs_only(make_work(seed))
    prices = np.random.default_rng(seed).normal(0.0, 1.0, (5, 40))
    gridded, rows = on_grid(work, prices, grid_for(work, prices))
    usd = placement_usd(gridded, rows, running_sums(rows), allowed(gridded, 0, work.options))
    assert [Fraction(value) for value in usd] == exact_usd(gridded, rows)
    for end in back_ends():
        if end.found:
            np.testing.assert_array_equal(end.price(gridded, rows).usd, price(gridded, rows).usd)


def test_the_step_is_about_as_fine_as_doubles_allow(make_work: Make) -> None:
    work = runs_only(make_work(1))
    prices = np.random.default_rng(1).normal(0.0, 1.0, (5, 40))
    step = grid_for(work, prices)
    on_grid(work, prices, step)
    with pytest.raises(ValueError, match=r"bits, a double has 53"):
        on_grid(work, prices, step / 4)


def test_rounding_down_never_raises_a_cost(make_work: Make) -> None:
    work = make_work(2)
    rounded, _ = on_grid(work, np.ones((5, 40)), 2.0**-3, down=True)
    assert (rounded.option_usd <= work.option_usd).all()
    assert (rounded.option_usd > work.option_usd - 2.0**-3).all()
    assert (rounded.option_usd != work.option_usd).any()


def test_values_go_to_the_nearest_multiple_and_the_step_is_a_power_of_two() -> None:
    assert to_grid(np.array([0.3, -0.3, 0.1]), 0.25).tolist() == [0.25, -0.25, 0.0]
    assert to_grid(np.array([0.3, -0.3, 0.1]), 0.25, down=True).tolist() == [0.25, -0.5, 0.0]
    with pytest.raises(ValueError, match="power of two"):
        to_grid(np.array([1.0]), 0.3)


def test_amounts_that_are_not_whole_are_refused(make_work: Make) -> None:
    work = runs_only(make_work(3))
    with pytest.raises(ValueError, match="whole amounts"):
        grid_for(replace(work, use_amount=work.use_amount + 0.5), np.ones((5, 40)))
