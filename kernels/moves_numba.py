"""`placement.kernels.moves`, compiled by Numba: the same numbers."""

import math
from typing import NamedTuple

import numpy as np

from placement.kernels.capacity import Limits
from placement.kernels.capacity_numba import Priced, Space, space
from placement.kernels.compile_numba import borrowed, called, entry
from placement.kernels.gates_numba import gate_of, one
from placement.kernels.moves import REACH, SAME_START, SHIFTS, SWAPS
from placement.kernels.plan import Units
from placement.kernels.plan_numba import Plan, Seeds, draw, home, lift, own_usd, put
from placement.kernels.push_numba import full
from placement.kernels.runs_numba import Tables
from placement.kernels.work import Floats, Ints

MOST = 2
"""Units of a move."""


class Moved(NamedTuple):
    """Where units go, where they were, and what that costs: room for MOST."""

    unit: Ints
    option: Ints
    start: Ints
    last: Ints
    part: Floats
    usd: Floats
    was: Ints
    was_part: Floats
    was_usd: Floats
    gate: Ints


@entry
def moves(
    t: Tables, limits: Limits, plan: Plan, own: Priced, units: Units, pool: Ints, count: int, heat: float,
    seed: Seeds, first: int, end: int,
) -> None:  # fmt: skip
    """Moves one after the other."""
    t, limits, plan, own, units, pool, seed = borrowed((t, limits, plan, own, units, pool, seed))
    at = space()
    to = Moved(
        np.empty(MOST, np.int64), np.empty(MOST, np.int64), np.empty(MOST, np.int64), np.empty(MOST, np.int64),
        np.empty(MOST), np.empty(MOST), np.empty(3 * MOST, np.int64), np.empty(MOST), np.empty(MOST),
        np.empty(2 * MOST, np.int64),
    )  # fmt: skip
    for _ in range(count):
        n, most = drawn_move(t, plan, units, pool, to, heat, seed, first, end)
        if n > 0:
            change(t, limits, plan, own, units, at, to, n, most, first, end)


@called
def drawn_move(
    t: Tables, plan: Plan, units: Units, pool: Ints, to: Moved, heat: float, seed: Seeds, first: int, end: int
) -> tuple[int, float]:
    """How many units move, and by how much that may cost more; where they go is written."""
    u = pool[int(draw(seed) * len(pool))]
    if plan.option[u] >= 0 and (plan.start[u] < first or plan.last[u] >= end):
        return 0, 0.0
    j = units.job[u]
    options = t.job_options[j + 1] - t.job_options[j]
    if options == 0:
        return 0, 0.0
    swaps = draw(seed) < SWAPS
    most = -heat * math.log(1.0 - draw(seed))
    to.unit[0] = u
    if plan.option[u] >= 0 and swaps:
        v = pool[int(draw(seed) * len(pool))]
        both = draw(seed) < 0.5
        if v == u or plan.option[v] < 0 or plan.start[v] < first or plan.last[v] >= end:
            return 0, 0.0
        to.unit[1] = v
        to.option[0] = option_on(t, j, home(t, plan.option[v]))
        to.option[1] = option_on(t, units.job[v], home(t, plan.option[u]))
        to.start[0], to.start[1] = plan.start[u], plan.start[v]
        if both:
            to.start[0], to.start[1] = plan.start[v], plan.start[u]
        return 2, most
    if plan.option[u] >= 0 and draw(seed) < SHIFTS:
        step = 1 + int(-math.log(1.0 - draw(seed)) * REACH)
        to.option[0] = plan.option[u]
        to.start[0] = plan.start[u] + (step if draw(seed) < 0.5 else -step)
        return 1, most
    to.option[0] = t.job_options[j] + int(draw(seed) * options)
    if plan.option[u] >= 0 and draw(seed) < SAME_START:
        to.start[0] = plan.start[u]
    else:
        to.start[0] = any_start(t, to.option[0], draw(seed))
    if to.option[0] == plan.option[u] and to.start[0] == plan.start[u]:
        return 0, 0.0
    return 1, most


@called
def option_on(t: Tables, j: int, meter: int) -> int:
    """The first option of a job whose first meter is this one; -1: none."""
    for o in range(t.job_options[j], t.job_options[j + 1]):
        if home(t, o) == meter:
            return o
    return -1


@called
def any_start(t: Tables, o: int, x: float) -> int:
    """One of the starts of an option; -1: there is none."""
    count = 0
    for k in range(t.option_spans[o], t.option_spans[o + 1]):
        count += t.span_last[k] - t.span_first[k] + 1
    nth = int(x * count)
    for k in range(t.option_spans[o], t.option_spans[o + 1]):
        width = t.span_last[k] - t.span_first[k] + 1
        if nth < width:
            start: int = t.span_first[k] + nth
            return start
        nth -= width
    return -1


@called
def allowed(t: Tables, o: int, s: int) -> bool:
    """Whether an option may start then."""
    found = False
    for k in range(t.option_spans[o], t.option_spans[o + 1]):
        found |= t.span_first[k] <= s <= t.span_last[k]
    return found


@called
def change(
    t: Tables, limits: Limits, plan: Plan, own: Priced, units: Units, at: Space, to: Moved, n: int, most: float,
    first: int, end: int,
) -> None:  # fmt: skip
    """Units put to other places, if these are allowed, fit, and cost at most so much more."""
    for i in range(n):
        if to.option[i] < 0 or not allowed(t, to.option[i], to.start[i]):
            return
    usd, was_usd = 0.0, 0.0
    for i in range(n):
        u = to.unit[i]
        to.usd[i] = own_usd(t, own, at, units.job[u], to.option[i], to.start[i])
        to.last[i], to.part[i] = at.last[0], at.part[0]
        if to.start[i] < first or to.last[i] >= end:
            return
        usd += to.usd[i]
        to.was[3 * i], to.was[3 * i + 1], to.was[3 * i + 2] = plan.option[u], plan.start[u], plan.last[u]
        to.was_part[i], to.was_usd[i] = plan.fraction[u], plan.usd[u]
        was_usd += plan.usd[u]
    gates = 0
    for i in range(2 * n):
        o = to.was[3 * i] if i < n else to.option[i - n]
        if o < 0:
            continue
        gate = gate_of(t, plan.switching, o)
        known = False
        for k in range(gates):
            known |= to.gate[k] == gate
        if not known:
            to.gate[gates] = gate
            gates += 1
    before = was_usd + held_usd(plan, to, gates)
    if usd > before + most:
        return
    for i in range(n):
        lift(t, limits, plan, to.unit[i])
    done = 0
    while done < n and full(t, limits, plan.left, to.option[done], to.start[done], to.last[done], to.part[done]) < 0:
        put(t, limits, plan, to.unit[done], to.option[done], to.start[done], to.last[done], to.part[done])
        done += 1
    if done == n and usd + held_usd(plan, to, gates) <= before + most:
        for i in range(n):
            plan.usd[to.unit[i]] = to.usd[i]
        return
    for i in range(done):
        lift(t, limits, plan, to.unit[i])
    for i in range(n):
        if to.was[3 * i] >= 0:
            put(t, limits, plan, to.unit[i], to.was[3 * i], to.was[3 * i + 1], to.was[3 * i + 2], to.was_part[i])


@called
def held_usd(plan: Plan, to: Moved, gates: int) -> float:
    """$ of the gates of a move."""
    usd = 0.0
    for k in range(gates):
        usd += one(plan.switching, to.gate[k])
    return usd
