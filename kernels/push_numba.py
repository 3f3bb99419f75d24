"""`placement.kernels.push`, compiled by Numba: the same chains."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.kernels.capacity import Limits
from placement.kernels.capacity_numba import Priced, Space, space, too_full
from placement.kernels.compile_numba import ZERO, borrowed, called, entry
from placement.kernels.gates_numba import added, gate_of, renew, total
from placement.kernels.plan import REACH, Units
from placement.kernels.plan_numba import (
    Plan,
    Seeds,
    draw,
    drawn,
    home,
    insert,
    key_of,
    lift,
    mixed,
    own_usd,
    put,
)
from placement.kernels.push import DEAR, DEPTH, MOST, NEAR, TRIES
from placement.kernels.runs_numba import Tables
from placement.kernels.work import Floats, Ints


class Chain(NamedTuple):
    """The units of a chain and where they were, those in the way of one, and the place of each unit on the chain."""

    some: Ints
    was: Ints
    was_fraction: Floats
    was_usd: Floats
    pushed: NDArray[np.bool_]
    near: Ints
    gone: Ints
    key: Floats
    number: Ints


@called
def chain(units: int) -> Chain:
    """Room for a chain."""
    most = MOST + NEAR + 1
    return Chain(
        np.empty(most, np.int64), np.empty((most, 3), np.int64), np.empty(most), np.empty(most),
        np.zeros(most, np.bool_), np.empty(NEAR, np.int64), np.empty(NEAR, np.int64), np.empty(NEAR),
        np.full(units, -1),
    )  # fmt: skip


@entry
def pushes(
    t: Tables, limits: Limits, plan: Plan, own: Priced, guide: Priced, units: Units, pool: Ints, count: int,
    heat: float, guided: float, seed: Seeds, first: int, end: int,
) -> None:  # fmt: skip
    """Units pushed in."""
    t, limits, plan, own, guide, units, pool, seed = borrowed((t, limits, plan, own, guide, units, pool, seed))
    at, links = space(), chain(len(units.job))
    for _ in range(count):
        unit = pool[int(draw(seed) * len(pool))]
        by = guide if draw(seed) < guided else own
        n = push(t, limits, plan, own, by, units, at, links, unit, heat * draw(seed), seed, first, end)
        for i in range(n):
            links.number[links.some[i]], links.pushed[i] = -1, False


@called
def push(
    t: Tables, limits: Limits, plan: Plan, own: Priced, by: Priced, units: Units, at: Space, links: Chain, unit: int,
    most: float, seed: Seeds, first: int, end: int,
) -> int:  # fmt: skip
    """A unit pushed in, if the plan then costs at most so much more; returns how many units were moved."""
    if plan.option[unit] >= 0 and (plan.start[unit] < first or plan.last[unit] >= end):
        return 0
    n, gates = ZERO, total(plan.switching)
    for _ in range(DEPTH):
        n = take_out(t, limits, plan, units, links, n, unit)
        links.pushed[links.number[unit]] = True
        option, s = place_of(t, limits, plan, own, units, at, unit, seed, first, end)
        if option < 0:
            break
        usd = own_usd(t, own, at, units.job[unit], option, s)
        last, part = at.last[0], at.part[0]
        many = look(t, plan, links, option, s, last, drawn(seed), first, end)
        n, gone = eject(t, limits, plan, units, links, n, many, option, s, last, part)
        if gone < 0:
            break
        plan.usd[unit] = usd
        put(t, limits, plan, unit, option, s, last, part)
        put_back(t, limits, plan, own, by, units, at, links, gone, seed, first, end)
        worse, musts = change(plan, links, n)
        worse += total(plan.switching) - gates
        if musts < 0 or (musts == 0 and worse <= most):
            return n
        unit = next_of(plan, links, n)
        if unit < 0:
            break
    for i in range(n):
        lift(t, limits, plan, links.some[i])
    for i in range(n):
        u = links.some[i]
        plan.usd[u] = links.was_usd[i]
        if links.was[i, 0] >= 0:
            put(t, limits, plan, u, links.was[i, 0], links.was[i, 1], links.was[i, 2], links.was_fraction[i])
    return n


@called
def take_out(t: Tables, limits: Limits, plan: Plan, units: Units, links: Chain, n: int, u: int) -> int:
    """A unit taken out; where it was is kept the first time. Returns how many are kept."""
    if links.number[u] < 0:
        links.number[u], links.some[n] = n, u
        links.was[n, 0], links.was[n, 1], links.was[n, 2] = plan.option[u], plan.start[u], plan.last[u]
        links.was_fraction[n], links.was_usd[n] = plan.fraction[u], plan.usd[u]
        n += 1
    lift(t, limits, plan, u)
    plan.usd[u] = units.away[units.job[u]]
    return n


@called
def place_of(
    t: Tables, limits: Limits, plan: Plan, own: Priced, units: Units, at: Space, unit: int, seed: Seeds, first: int,
    end: int,
) -> tuple[int, int]:  # fmt: skip
    """Option and start of the best of some places; -1: there is none."""
    j = units.job[unit]
    away, options = units.away[j], t.job_options[j + 1] - t.job_options[j]
    best, option, start = np.inf, -1, -1
    if options == 0:
        return option, start
    for _ in range(1 + int(draw(seed) * TRIES)):
        o = t.job_options[j] + int(draw(seed) * options)
        spans = t.option_spans[o + 1] - t.option_spans[o]
        if spans == 0:
            continue
        k = t.option_spans[o] + int(draw(seed) * spans)
        a, b = max(t.span_first[k], first), min(t.span_last[k], end - 1)
        if a > b:
            continue
        s = a + int(draw(seed) * (b + 1 - a))
        usd = own_usd(t, own, at, j, o, s)
        last = at.last[0]
        if last >= end or usd >= away:
            continue
        gate = gate_of(t, plan.switching, o)
        if gate >= 0:
            renew(plan.switching, gate)
            usd += added(plan.switching, gate, s, last)
        usd += (away if np.isfinite(away) else DEAR * abs(usd)) * lack(t, limits, plan.left, o, s, last)
        if usd < best:
            best, option, start = usd, o, s
    return option, start


@called
def lack(t: Tables, limits: Limits, left: Floats, o: int, s: int, last: int) -> float:
    """Share of what a run needs in the slots before its last that is not there."""
    lacks = 0.0
    for slot in range(s, last):
        most = 0.0
        for u in range(t.option_uses[o], t.option_uses[o + 1]):
            m, amount = t.use_meter[u], t.use_amount[u]
            base, here = limits.base[m], t.use_meter[u] * len(t.hours) + slot
            if base >= 0:
                if left[base + slot] < amount and amount > 0.0:
                    most = max(most, (amount - left[base + slot]) / amount)
            else:
                for k in range(limits.first[here], limits.first[here + 1]):
                    need = amount * limits.weight[k]
                    if left[limits.row[k]] < need and need > 0.0:
                        most = max(most, (need - left[limits.row[k]]) / need)
        lacks += most
    return lacks / max(last - s, 1)


@called
def full(t: Tables, limits: Limits, left: Floats, o: int, s: int, last: int, part: float) -> int:
    """The first slot in which a placement does not fit; -1: it does."""
    for slot in range(s, last):
        if too_full(t, limits, left, o, slot, 1.0):
            return slot
    return last if too_full(t, limits, left, o, last, part) else -1


@called
def look(t: Tables, plan: Plan, links: Chain, o: int, s: int, last: int, salt: np.uint64, first: int, end: int) -> int:
    """Units on an option's first meter that run at some time from s to last, large ones sooner; returns how many."""
    m, n = home(t, o), 0
    for part in range(max(s - REACH * plan.width, 0) // plan.width, last // plan.width + 1):
        if (part + 1) * plan.width <= first or part * plan.width >= end:
            continue
        u = plan.head[m * plan.parts + part]
        while u >= 0:
            use, number = t.option_uses[plan.option[u]], links.number[u]
            good = plan.start[u] <= last and plan.last[u] >= s and plan.start[u] >= first and plan.last[u] < end
            good = good and use < t.option_uses[plan.option[u] + 1] and t.use_amount[use] > 0.0
            if good and not (number >= 0 and links.pushed[number]):
                value = np.float64(mixed(salt ^ np.uint64(u)) >> np.uint64(11)) * 2.0**-53 / t.use_amount[use]
                if n < NEAR or value < links.key[n - 1]:
                    i = n if n < NEAR else n - 1
                    while i > 0 and links.key[i - 1] > value:
                        links.near[i], links.key[i] = links.near[i - 1], links.key[i - 1]
                        i -= 1
                    links.near[i], links.key[i] = u, value
                    n = min(n + 1, NEAR)
            u = plan.after[u]
    return n


@called
def eject(
    t: Tables, limits: Limits, plan: Plan, units: Units, links: Chain, n: int, many: int, o: int, s: int, last: int,
    part: float,
) -> tuple[int, int]:  # fmt: skip
    """Units taken out until a placement fits: how many are kept, and how many went; -1: it does not fit."""
    gone = 0
    slot = full(t, limits, plan.left, o, s, last, part)
    while slot >= 0:
        found = -1
        for i in range(many):
            u = links.near[i]
            if plan.option[u] >= 0 and plan.start[u] <= slot and slot <= plan.last[u]:
                found = u
                break
        if found < 0 or n >= MOST:
            return n, -1
        n = take_out(t, limits, plan, units, links, n, found)
        links.gone[gone] = found
        gone += 1
        slot = full(t, limits, plan.left, o, s, last, part)
    return n, gone


@called
def put_back(
    t: Tables, limits: Limits, plan: Plan, own: Priced, by: Priced, units: Units, at: Space, links: Chain, gone: int,
    seed: Seeds, first: int, end: int,
) -> None:  # fmt: skip
    """What went put where it fits most cheaply, one after the other."""
    how = draw(seed)
    for i in range(gone):
        links.key[i] = key_of(units, links.gone[i], how, seed)
    for a in range(1, gone):
        key, u = links.key[a], links.gone[a]
        b = a - 1
        while b >= 0 and links.key[b] > key:
            links.key[b + 1], links.gone[b + 1] = links.key[b], links.gone[b]
            b -= 1
        links.key[b + 1], links.gone[b + 1] = key, u
    for i in range(gone):
        insert(t, limits, plan, own, by, units, at, links.gone[i], first, end, np.inf)


@called
def change(plan: Plan, links: Chain, n: int) -> tuple[float, int]:
    """$ by which what was moved costs more than before, and how many more that must run are away."""
    worse, musts = 0.0, 0
    for i in range(n):
        usd, before = plan.usd[links.some[i]], links.was_usd[i]
        musts += int(np.isinf(usd)) - int(np.isinf(before))
        if np.isfinite(usd) and np.isfinite(before):
            worse += usd - before
    return worse, musts


@called
def next_of(plan: Plan, links: Chain, n: int) -> int:
    """The unit without a place that has lost most by it; -1: none has."""
    most, found = 0.0, -1
    for i in range(n):
        u = links.some[i]
        lost = plan.usd[u] - links.was_usd[i]
        if plan.option[u] < 0 and links.was[i, 0] >= 0 and not links.pushed[i] and lost > most:
            most, found = lost, u
    return found
