"""A unit is pushed in where it may run, whatever runs there; what has to go finds another place, or is pushed in turn.

The definition of `push_numba`. Large units that were left over have room nowhere, and a round that takes out a few
(`anneal`) seldom makes it: long runs would have to move on, one after the other. So a place of a unit is drawn, units
that are in its way are taken out until it fits, and each goes where it fits most cheaply. If the plan costs more than
before by then, the one that has lost most of those without a place is pushed in next, up to DEPTH deep; else it stays.
A chain that ends dearer is undone.

Ejection chains as of Glover, *Ejection chains, reference structures and alternating path methods for traveling salesman
problems*, Discrete Appl. Math. 65 (1996); a pool of what is left over, as of Nagata, Bräysy, *A powerful route
minimization heuristic for the vehicle routing problem with time windows*, Oper. Res. Lett. 37 (2009).
"""

import math

import numpy as np

from placement.kernels.capacity import Fit, fit_at
from placement.kernels.placements import ranges
from placement.kernels.plan import REACH, Plan, mixed, width_of
from placement.kernels.work import Ints

DEPTH = 15
"""Units that are pushed in, one after the other, at most."""

TRIES = 8
"""Places that are drawn of a unit, at most: it is pushed in where it costs least and lacks least."""

NEAR, MOST = 64, 200
"""Units that may be in its way and are looked at; units that a chain may move."""

DEAR = 10.0
"""What a unit that must run counts as the cost of being away, over that of its place."""


def push(plan: Plan, unit: int, heat: float, guided: float, first: int, end: int) -> None:
    """A unit pushed in, if the plan then costs at most `heat` times a random number more.

    Parameters
    ----------
    plan : Plan
    unit : int
    heat : float
        $.
    guided : float
        Share of chains that put back at guiding prices.
    first, end : int
        Only what runs within slots first .. end - 1 moves.
    """
    was: dict[int, tuple[Fit, float]] = {}
    pushed: set[int] = set()
    by_guide = plan.draw() < guided
    most = heat * plan.draw()
    prices, sums = (plan.guide, plan.guide_sums) if by_guide else (plan.prices, plan.sums)
    if plan.option[unit] >= 0 and (plan.start[unit] < first or plan.last[unit] >= end):
        return
    gates = plan.gates_usd()
    for _ in range(DEPTH):
        _out(plan, unit, was)
        pushed.add(unit)
        option, start = _drawn(plan, unit, first, end)
        if option < 0:
            break
        fit = fit_at(plan.work, option, start)
        gone = _ejected(plan, fit, was, pushed, first, end)
        if gone is None:
            break
        plan.usd[unit] = plan.own(option, start)
        plan.put(unit, fit)
        for u in gone[np.argsort(plan.keys(gone), kind="stable")]:
            plan.insert(int(u), prices, sums, first, end)
        worse, musts = _change(plan, was)
        worse += plan.gates_usd() - gates
        if musts < 0 or (musts == 0 and worse <= most):
            return
        unit = _next(plan, was, pushed)
        if unit < 0:
            break
    for u in was:
        plan.lift(u)
    for u, (fit, usd) in was.items():
        plan.usd[u] = usd
        if fit.option >= 0:
            plan.put(u, fit)


def _out(plan: Plan, u: int, was: dict[int, tuple[Fit, float]]) -> None:
    """A unit taken out; where it was is kept the first time."""
    at = Fit(0.0, int(plan.option[u]), int(plan.start[u]), int(plan.last[u]), float(plan.fraction[u]))
    was.setdefault(u, (at, float(plan.usd[u])))
    plan.lift(u)
    plan.usd[u] = plan.units.away[plan.units.job[u]]


def _drawn(plan: Plan, unit: int, first: int, end: int) -> tuple[int, int]:
    """Option and start of the best of some places; -1: there is none."""
    work, job = plan.work, int(plan.units.job[unit])
    away = float(plan.units.away[job])
    begin, options = int(work.job_options[job]), int(work.job_options[job + 1] - work.job_options[job])
    best, option, start = math.inf, -1, -1
    for _ in range(1 + int(plan.draw() * TRIES) if options else 0):
        o = begin + int(plan.draw() * options)
        spans = int(work.option_spans[o + 1] - work.option_spans[o])
        if spans == 0:
            continue
        k = int(work.option_spans[o]) + int(plan.draw() * spans)
        a, b = max(int(work.span_first[k]), first), min(int(work.span_last[k]), end - 1)
        if a > b:
            continue
        s = a + int(plan.draw() * (b + 1 - a))
        usd, last = plan.own(o, s), fit_at(work, o, s).last
        if last >= end or usd >= away:
            continue
        usd += float(plan.switching.added(plan.switching.gate(work, o), np.array([s]), np.array([last]))[0])
        usd += (away if math.isfinite(away) else DEAR * abs(usd)) * _lack(plan, o, s, last)
        if usd < best:
            best, option, start = usd, o, s
    return option, start


def _lack(plan: Plan, option: int, start: int, last: int) -> float:
    """Share of what a run needs in the slots before its last that is not there."""
    lack = 0.0
    for slot in range(start, last):
        most = 0.0
        for need, left in _needs(plan, option, slot, 1.0):
            if left < need and need > 0.0:
                most = max(most, (need - left) / need)
        lack += most
    return lack / max(last - start, 1)


def _needs(plan: Plan, option: int, slot: int, share: float) -> list[tuple[float, float]]:
    """What an option needs of each row in a slot, and what that row has left."""
    work, limits = plan.work, plan.limits
    found = []
    for u in range(work.option_uses[option], work.option_uses[option + 1]):
        place = np.array([int(work.use_meter[u]) * work.slots + slot])
        for k in ranges(limits.first[place], limits.first[place + 1] - limits.first[place]).tolist():
            need = float(work.use_amount[u]) * share * float(limits.weight[k])
            found.append((need, float(plan.left[limits.row[k]])))
    return found


def full(plan: Plan, fit: Fit) -> int:
    """The first slot in which a placement does not fit; -1: it does."""
    for slot in range(fit.start, fit.last + 1):
        share = fit.fraction if slot == fit.last else 1.0
        if any(left < need for need, left in _needs(plan, fit.option, slot, share)):
            return slot
    return -1


def _ejected(
    plan: Plan, fit: Fit, was: dict[int, tuple[Fit, float]], pushed: set[int], first: int, end: int
) -> Ints | None:
    """Units taken out until a placement fits, large ones sooner; None: it does not fit all the same."""
    work = plan.work
    salt = plan.next()
    width = width_of(work.slots)
    there = np.flatnonzero(plan.option >= 0)
    there = there[plan.home[plan.option[there]] == plan.home[fit.option]]
    near = (plan.start[there] <= fit.last) & (plan.last[there] >= fit.start)
    near &= (plan.start[there] >= first) & (plan.last[there] < end)
    near &= plan.start[there] >= max(fit.start - REACH * width, 0) // width * width
    amount = np.zeros(work.options)
    uses = np.diff(work.option_uses) > 0
    amount[uses] = work.use_amount[work.option_uses[:-1][uses]]
    among = [u for u in there[near].tolist() if u not in pushed and amount[plan.option[u]] > 0]
    among.sort(key=lambda u: (mixed(salt ^ u) >> 11) * 2.0**-53 / amount[plan.option[u]])
    among = among[:NEAR]
    gone: list[int] = []
    while (slot := full(plan, fit)) >= 0:
        across = [u for u in among if plan.option[u] >= 0 and plan.start[u] <= slot <= plan.last[u]]
        if not across or len(was) >= MOST:
            return None
        _out(plan, across[0], was)
        gone.append(across[0])
    return np.array(gone, dtype=np.int64)


def _change(plan: Plan, was: dict[int, tuple[Fit, float]]) -> tuple[float, int]:
    """$ by which what was moved costs more than before, and how many more that must run are away."""
    worse, musts = 0.0, 0
    for u, (_, usd) in was.items():
        musts += int(math.isinf(plan.usd[u])) - int(math.isinf(usd))
        if math.isfinite(plan.usd[u]) and math.isfinite(usd):
            worse += plan.usd[u] - usd
    return worse, musts


def _next(plan: Plan, was: dict[int, tuple[Fit, float]], pushed: set[int]) -> int:
    """The unit without a place that has lost most by it; -1: none has."""
    most, found = 0.0, -1
    for u, (fit, usd) in was.items():
        if plan.option[u] < 0 and fit.option >= 0 and u not in pushed and plan.usd[u] - usd > most:
            most, found = float(plan.usd[u]) - usd, u
    return found
