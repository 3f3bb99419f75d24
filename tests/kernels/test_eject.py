"""Ejection chains: the same in both back ends; loads, limits and costs are those of the plan; an optimum is found."""

import importlib
import importlib.util
import itertools
from typing import Any

import numpy as np
import pytest

from placement.kernels.eject import Columns, Rows, Spot

BOTH = ["eject", *(["eject_numba"] if importlib.util.find_spec("numba") else [])]
ROWS = 6


def scene(seed: int, jobs: int = 15) -> tuple[Columns, Rows, Spot]:
    """Jobs in one or two units with one to five columns of none to three entries, by reduced cost; rows too small."""
    rng = np.random.default_rng(seed)
    price = rng.exponential(0.3, ROWS) * (rng.random(ROWS) < 0.7)
    first, usd, reduced, entry, rows, uses = [0], [], [], [0], [], []
    for _ in range(jobs):
        made = []
        for _ in range(rng.integers(1, 6)):
            row = rng.choice(ROWS, rng.integers(0, 4), replace=False)
            use = rng.integers(1, 20, len(row)) / 4
            cost = float(rng.uniform(0.0, 10.0))
            made.append((cost + float(use @ price[row]), cost, row, use))
        for least, cost, row, use in sorted(made, key=lambda one: one[0]):
            usd.append(cost)
            reduced.append(least)
            rows.append(row)
            uses.append(use)
            entry.append(entry[-1] + len(row))
        first.append(len(usd))
    columns = Columns(
        np.array(first), np.array(usd), np.array(reduced), np.array(entry),
        np.concatenate(rows).astype(np.int64), np.concatenate(uses),
    )  # fmt: skip
    job = np.sort(np.concatenate([np.arange(jobs), rng.integers(0, jobs, 5)]))
    at = columns.first[job]
    spot = Spot(job, at.copy(), price + 0.5, np.zeros(ROWS), at.copy(), np.array([np.inf]))
    return columns, Rows(rng.integers(10, 60, ROWS) / 4, price), spot


def load_of(columns: Columns, at: Any) -> Any:
    """What columns put into each row."""
    load = np.zeros(ROWS)
    for n in at:
        some = slice(columns.entry[n], columns.entry[n + 1])
        load[columns.row[some]] += columns.use[some]
    return load


@pytest.fixture(params=BOTH)
def chains(request: pytest.FixtureRequest) -> Any:
    return importlib.import_module(f"placement.kernels.{request.param}").chains


@pytest.mark.skipif(len(BOTH) == 1, reason="Numba is not installed")
@pytest.mark.parametrize("seed", range(15))
def test_back_ends_give_the_same_plan(seed: int) -> None:
    made = []
    for name in BOTH:
        columns, rows, spot = scene(seed)
        random = np.array([seed], dtype=np.uint64)
        for heat in (3.0, 0.5, 0.0):
            importlib.import_module(f"placement.kernels.{name}").chains(columns, rows, spot, 150, heat, random)
            spot.weight[:] *= np.where(spot.load > rows.room, 1.5, 0.8)
        made.append([*(values.tolist() for values in spot), random.tolist()])
    assert made[0] == made[1]


@pytest.mark.parametrize("seed", range(10))
def test_the_cheapest_plan_is_within_its_limits_and_costs_what_is_said(chains: Any, seed: int) -> None:
    columns, rows, spot = scene(seed)
    random = np.array([seed], dtype=np.uint64)
    for _ in range(5):
        chains(columns, rows, spot, 100, 2.0, random)
        spot.weight[:] *= np.where(spot.load > rows.room, 1.5, 0.9)
        for at in (spot.at, spot.best):
            assert (columns.first[spot.job] <= at).all()
            assert (at < columns.first[spot.job + 1]).all()
        assert spot.load.tolist() == load_of(columns, spot.at).tolist()
        if np.isfinite(spot.best_usd[0]):
            assert (load_of(columns, spot.best) <= rows.room).all()
            assert spot.best_usd[0] == pytest.approx(columns.usd[spot.best].sum(), abs=1e-9)


def test_without_heat_no_chain_makes_a_plan_dearer(chains: Any) -> None:
    columns, rows, spot = scene(1)
    random, last = np.array([1], dtype=np.uint64), np.inf
    for _ in range(20):
        chains(columns, rows, spot, 20, 0.0, random)
        usd = columns.usd[spot.at].sum() + spot.weight @ np.maximum(spot.load - rows.room, 0.0)
        assert usd <= last + 1e-9
        last = usd


@pytest.mark.parametrize("seed", range(2))
def test_small_plans_end_at_the_optimum(chains: Any, seed: int) -> None:
    columns, rows, spot = scene(seed, jobs=4)
    choices = [range(columns.first[j], columns.first[j + 1]) for j in spot.job]
    fits = (at for at in itertools.product(*choices) if (load_of(columns, at) <= rows.room).all())
    best = min((columns.usd[list(at)].sum() for at in fits), default=np.inf)
    random = np.array([seed], dtype=np.uint64)
    for _ in range(40):
        chains(columns, rows, spot, 25, 1.0, random)
        spot.weight[:] *= np.where(spot.load > rows.room, 1.2, 0.95)
    assert spot.best_usd[0] == pytest.approx(best)
