"""Insertion: the annealer's construction, on all back ends and whatever the batch; nothing overdrawn."""

from collections.abc import Callable

import cupy_on_processor
import numpy as np
import pytest
from rows import left_by, scene

from placement.kernels import insert as definition
from placement.kernels.anneal import Annealer
from placement.kernels.backend import BackEnd, on_cupy
from placement.kernels.work import Work

Make = Callable[..., Work]


@pytest.mark.parametrize("batch", [1, 7, 1000])
@pytest.mark.parametrize("seed", range(12))
def test_the_plan_is_that_of_the_definition(back_end: BackEnd, make_work: Make, seed: int, batch: int) -> None:
    work, limits, left, units, prices, guide = scene(make_work, seed)
    order = np.random.default_rng(seed).permutation(len(units.job))
    insert = back_end._module("insert").insert
    one, other = left.copy(), left.copy()
    for by in (guide, prices):  # the second finds rows that are no longer empty
        found = insert(work, limits, one, units, order, by, batch)
        expected = definition.insert(work, limits, other, units, order, by, batch)
        assert found.option.tolist() == expected.option.tolist()
        assert found.start.tolist() == expected.start.tolist()
        assert one.tolist() == other.tolist()


@pytest.mark.parametrize("seed", range(8))
def test_rows_are_never_overdrawn_and_nothing_that_fits_is_left_out(
    back_end: BackEnd, make_work: Make, seed: int
) -> None:
    work, limits, left, units, prices, _ = scene(make_work, seed)
    order, rest = np.arange(len(units.job)), left.copy()
    found = back_end.insert(work, limits, rest, units, order, prices)
    np.testing.assert_allclose(rest, left_by(work, left, found.option, found.start), atol=1e-9)
    assert (rest >= 0).all()
    away = order[found.option < 0]
    assert (back_end.insert(work, limits, rest, units, away, prices).option == -1).all()


@pytest.mark.parametrize("batch", [1, 4, 16, 1000])
@pytest.mark.parametrize("seed", range(8))
def test_it_is_what_the_annealer_constructs_whatever_the_batch(make_work: Make, seed: int, batch: int) -> None:
    work, limits, left, units, prices, guide = scene(make_work, seed)
    order = np.random.default_rng(seed).permutation(len(units.job))
    plan = Annealer(work, limits, left, units, prices, prices)
    plan.construct(order, guide)
    found = definition.insert(work, limits, left, units, order, guide, batch)
    assert found.option.tolist() == plan.option[order].tolist()
    assert found.start[found.option >= 0].tolist() == plan.start[order][found.option >= 0].tolist()
    assert left.tolist() == plan.left.tolist()


def test_no_units_go_nowhere(back_end: BackEnd, make_work: Make) -> None:
    work, limits, left, units, prices, _ = scene(make_work, 1)
    found = back_end.insert(work, limits, left, units, np.zeros(0, dtype=np.int64), prices)
    assert len(found.option) == len(found.start) == 0


@pytest.mark.parametrize("seed", range(8))
def test_neither_the_order_of_threads_nor_the_budget_changes_the_plan(
    monkeypatch: pytest.MonkeyPatch, make_work: Make, seed: int
) -> None:
    fake = cupy_on_processor.use(monkeypatch)
    monkeypatch.setattr("placement.kernels.insert_cupy.LEAST", 2)
    work, limits, left, units, prices, _ = scene(make_work, seed)
    order = np.arange(len(units.job))[:: 2 if seed % 2 else 1]
    expected = definition.insert(work, limits, left.copy(), units, order, prices)
    for backward in (False, True):
        fake.backward = backward
        found = on_cupy().insert(work, limits, left.copy(), units, order, prices)
        assert found.option.tolist() == expected.option.tolist()
        assert found.start.tolist() == expected.start.tolist()
    monkeypatch.setattr("placement.kernels.device_cupy.BUDGET", 500)
    found = on_cupy().insert(work, limits, left.copy(), units, order, prices)
    assert found.option.tolist() == expected.option.tolist()
    assert found.start.tolist() == expected.start.tolist()
