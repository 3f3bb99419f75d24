"""Small moves of annealing: one unit goes elsewhere, or two change places, wherever that may be.

The definition of `moves_numba`. Where a unit goes is drawn, not sought, so a move takes a thousandth of what a round
takes that looks at all placements (`anneal`); in plans where little room is left and what being on costs is shared,
many of these between few of those lead to cheaper plans. A move stays if it costs at most -heat · ln(1 - x) more, x
random in [0, 1): the rule of Metropolis et al., *Equation of state calculations by fast computing machines*, J. Chem.
Phys. 21 (1953).
"""

import math

from placement.kernels.capacity import Fit, fit_at
from placement.kernels.plan import Plan
from placement.kernels.push import full
from placement.kernels.work import Ints, Work

SWAPS = 0.6
"""Share of moves in which two units change clusters, and in half of them starts too."""

SHIFTS, REACH = 0.4, 6.0
"""Share of the others in which a unit stays on its cluster, and by how many slots it then moves in the mean."""

SAME_START = 0.5
"""Share of the others in which it keeps its start on another cluster; else both are drawn."""


def move(plan: Plan, pool: Ints, heat: float, first: int, end: int) -> None:
    """One move within slots first .. end - 1; parameters as of `Annealer.rounds`."""
    u = int(pool[int(plan.draw() * len(pool))])
    if plan.option[u] >= 0 and (plan.start[u] < first or plan.last[u] >= end):
        return
    if _options(plan, u) == 0:
        return
    swaps = plan.draw() < SWAPS
    most = -heat * math.log(1.0 - plan.draw())
    if plan.option[u] >= 0 and swaps:
        v = int(pool[int(plan.draw() * len(pool))])
        both = plan.draw() < 0.5
        if v != u and plan.option[v] >= 0 and plan.start[v] >= first and plan.last[v] < end:
            ou = _option_on(plan, u, int(plan.home[plan.option[v]]))
            ov = _option_on(plan, v, int(plan.home[plan.option[u]]))
            su, sv = (plan.start[v], plan.start[u]) if both else (plan.start[u], plan.start[v])
            _change(plan, [(u, ou, int(su)), (v, ov, int(sv))], most, first, end)
    else:
        option, start = _elsewhere(plan, u)
        if option != plan.option[u] or start != plan.start[u]:
            _change(plan, [(u, option, start)], most, first, end)


def _options(plan: Plan, u: int) -> int:
    job = plan.units.job[u]
    return int(plan.work.job_options[job + 1] - plan.work.job_options[job])


def _option_on(plan: Plan, u: int, meter: int) -> int:
    """The first option of a unit whose first meter is this one; -1: none."""
    job = plan.units.job[u]
    for o in range(plan.work.job_options[job], plan.work.job_options[job + 1]):
        if plan.home[o] == meter:
            return int(o)
    return -1


def _elsewhere(plan: Plan, u: int) -> tuple[int, int]:
    """An option and a start, drawn; the start may be none that is allowed."""
    if plan.option[u] >= 0 and plan.draw() < SHIFTS:
        step = 1 + int(-math.log(1.0 - plan.draw()) * REACH)
        return int(plan.option[u]), int(plan.start[u]) + (step if plan.draw() < 0.5 else -step)
    option = int(plan.work.job_options[plan.units.job[u]]) + int(plan.draw() * _options(plan, u))
    if plan.option[u] >= 0 and plan.draw() < SAME_START:
        return option, int(plan.start[u])
    return option, _any_start(plan.work, option, plan.draw())


def _any_start(work: Work, option: int, x: float) -> int:
    """One of the starts of an option; -1: there is none."""
    spans = slice(work.option_spans[option], work.option_spans[option + 1])
    widths = work.span_last[spans] - work.span_first[spans] + 1
    nth = int(x * int(widths.sum()))
    for begin, width in zip(work.span_first[spans].tolist(), widths.tolist(), strict=True):
        if nth < width:
            return int(begin + nth)
        nth -= width
    return -1


def _allowed(work: Work, option: int, start: int) -> bool:
    spans = slice(work.option_spans[option], work.option_spans[option + 1])
    return bool(((work.span_first[spans] <= start) & (start <= work.span_last[spans])).any())


def _change(plan: Plan, to: list[tuple[int, int, int]], most: float, first: int, end: int) -> None:
    """Units put to other places, if these are allowed, fit, and cost at most so much more."""
    if any(option < 0 or not _allowed(plan.work, option, start) for _, option, start in to):
        return
    fits = [fit_at(plan.work, option, start) for _, option, start in to]
    if any(fit.start < first or fit.last >= end for fit in fits):
        return
    was = [
        Fit(0.0, int(plan.option[u]), int(plan.start[u]), int(plan.last[u]), float(plan.fraction[u])) for u, _, _ in to
    ]
    was_usd = [float(plan.usd[u]) for u, _, _ in to]
    usd = [plan.own(option, start) for _, option, start in to]
    gates = list(dict.fromkeys(plan.switching.gate(plan.work, at.option) for at in (*was, *fits) if at.option >= 0))
    before = sum(was_usd) + sum(plan.switching.one(gate) for gate in gates)
    if sum(usd) > before + most:
        return
    for u, _, _ in to:
        plan.lift(u)
    put = 0
    for (u, _, _), fit in zip(to, fits, strict=True):
        if full(plan, fit) >= 0:
            break
        plan.put(u, fit)
        put += 1
    if put == len(to) and sum(usd) + sum(plan.switching.one(gate) for gate in gates) <= before + most:
        for (u, _, _), new in zip(to, usd, strict=True):
            plan.usd[u] = new
        return
    for u, _, _ in to[:put]:
        plan.lift(u)
    for (u, _, _), at in zip(to, was, strict=True):
        if at.option >= 0:
            plan.put(u, at)
