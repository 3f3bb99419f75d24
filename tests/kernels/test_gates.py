"""What being on costs: against all ways to be on and off written out; the same plans in both back ends."""

import importlib
import importlib.util
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from rows import METERS, scene

from placement.kernels.gates import Gates, Switching
from placement.kernels.work import Floats, Ints, Work

Make = Callable[..., Work]
BOTH = ["anneal", *(["anneal_numba"] if importlib.util.find_spec("numba") else [])]
T = 7


def gates(rng: np.random.Generator, count: int, slots: int, meters: int = METERS) -> Gates:
    """Some that are on before, some that must be off after, some hours that pay for being on."""
    of = rng.integers(-1, count, meters)
    on, up = rng.normal(0.5, 1.0, (count, slots)), rng.uniform(0.0, 2.0, (count, slots))
    down = rng.uniform(0.0, 1.0, (count, slots + 1)) * np.append(np.ones(slots), 0.0)
    down[::2, -1] = 0.7
    return Gates(of, on, up, down, rng.integers(0, 2, count))


def least(made: Gates, gate: int, held: Ints) -> float:
    """$ of the cheapest of all ways to be on and off, on where something is held."""
    best, slots = math.inf, len(held)
    for states in itertools.product((0, 1), repeat=slots):
        if (np.array(states) < (held > 0)).any():
            continue
        before, usd = int(made.initially[gate]), 0.0
        for t, now in enumerate(states):
            usd += made.on[gate, t] * now + made.up[gate, t] * (now > before) + made.down[gate, t] * (now < before)
            before = now
        best = min(best, usd + made.down[gate, slots] * before)
    return best


def held_by(made: Gates, work: Work, plan: Any) -> Ints:
    """(G, T) runs in each slot of a plan."""
    last = plan.last if hasattr(plan, "last") else plan.plan.last
    held = np.zeros(made.on.shape, dtype=np.int64)
    for u in np.flatnonzero(plan.option >= 0):
        uses = slice(work.option_uses[plan.option[u]], work.option_uses[plan.option[u] + 1])
        gate = [g for g in made.of[work.use_meter[uses]].tolist() if g >= 0][:1]
        held[gate, plan.start[u] : last[u] + 1] += 1
    return held


@pytest.mark.parametrize("seed", range(20))
def test_the_paths_are_the_cheapest_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = gates(rng, 3, T)
    switching = Switching(made)
    held = np.zeros((3, T), dtype=np.int64)
    for _ in range(6):
        gate, start = int(rng.integers(3)), int(rng.integers(T))
        last = int(rng.integers(start, T))
        before = sum(least(made, g, held[g]) for g in range(3))
        assert switching.total() == pytest.approx(before)
        every = np.array([(s, e) for s in range(T) for e in range(s, T)])
        added = switching.added(gate, every[:, 0], every[:, 1])
        for (s, e), usd in zip(every, added, strict=True):
            more = held[gate].copy()
            more[s : e + 1] += 1
            assert usd == pytest.approx(least(made, gate, more) - least(made, gate, held[gate]), abs=1e-9)
        switching.hold(gate, start, last, 1)
        held[gate, start : last + 1] += 1
    switching.hold(gate, start, last, -1)
    held[gate, start : last + 1] -= 1
    assert switching.total() == pytest.approx(sum(least(made, g, held[g]) for g in range(3)))


@pytest.mark.skipif(len(BOTH) == 1, reason="Numba is not installed")
@pytest.mark.parametrize("seed", range(12))
def test_back_ends_give_the_same_plan(make_work: Make, seed: int) -> None:
    work, limits, left, units, prices, guide = scene(make_work, seed)
    rules = gates(np.random.default_rng(seed), 3, work.slots)
    made = [
        importlib.import_module(f"placement.kernels.{name}").Annealer(work, limits, left, units, prices, guide, rules)
        for name in BOTH
    ]
    pool = np.arange(len(units.job))
    for one in made:
        one.construct(pool[::-1].copy(), guide)
        random = np.array([seed], dtype=np.uint64)
        one.rounds(pool, 60, 0.5, 0.5, random, 0, work.slots)
        one.push(pool, 40, 0.5, 0.5, random, 0, work.slots)
        one.moves(pool, 400, 0.5, random, 0, work.slots)
    assert made[0].option.tolist() == made[1].option.tolist()
    assert made[0].start[made[0].option >= 0].tolist() == made[1].start[made[0].option >= 0].tolist()
    assert made[0].usd.tolist() == made[1].usd.tolist()
    assert made[0].gates_usd() == made[1].gates_usd()


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("seed", range(8))
def test_rounds_reckon_with_gates(make_work: Make, name: str, seed: int) -> None:
    work, limits, left, units, prices, guide = scene(make_work, seed)
    rules = gates(np.random.default_rng(seed), 3, work.slots)
    plan = importlib.import_module(f"placement.kernels.{name}").Annealer(
        work, limits, left, units, prices, guide, rules
    )
    pool, random = np.arange(len(units.job)), np.array([seed], dtype=np.uint64)
    plan.construct(pool, prices)
    kinds = [(plan.rounds, (40, 0.0, 0.5)), (plan.push, (40, 0.0, 0.5)), (plan.moves, (200, 0.0))]
    for kind, asked in 2 * kinds:
        before, must = usd_of(plan), np.isinf(plan.usd).sum()
        kind(pool, *asked, random, 0, work.slots)
        if must == np.isinf(plan.usd).sum():
            assert usd_of(plan) <= before + 1e-9
    held, slots = held_by(rules, work, plan), work.slots
    again = Switching(rules)
    again.held[:] = held
    assert plan.gates_usd() == again.total()
    if slots <= 12:
        assert plan.gates_usd() == pytest.approx(sum(least(rules, g, held[g]) for g in range(3)))


def usd_of(plan: Any) -> float:
    """$ of a plan, gates included, without those that must run and are away."""
    usd: Floats = plan.usd[np.isfinite(plan.usd)]
    return float(usd.sum()) + float(plan.gates_usd())
