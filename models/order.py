"""Order: segments one after the other, and jobs after other jobs.

Units wait in a stock, for each pair of an earlier and a later job row:

    wait:      stock[t] = stock[t-1] + (units of the earlier that have ended by the beginning of t, with lag)
               - (units of the later that start at t),  stock >= 0;  in slots in which any may, up to the last start
    all_done:  where the earlier job has several units, `done[t]` opens only when all have ended,
               count · done[t] <= units ended by t, and the stock is filled by done
    away:      what comes after a rejected unit is not deferred, deferred[later] <= count[later] (1 - turned_away)
"""

from typing import Any

import numpy as np
import pyomo.environ as pyo

from placement.kernels.placements import Placements
from placement.kernels.work import Ints
from placement.models.book import linear
from placement.problem import Problem


def add_precedence(m: pyo.ConcreteModel, p: Problem, placed: Placements, job: Ints, x: list[Any]) -> None:
    """Segments in order on each option, and jobs after other jobs."""
    begin = np.searchsorted(placed.option, np.arange(p.work.options + 1))
    first = np.searchsorted(job, np.arange(p.work.jobs + 1))
    m.stock = pyo.Var(pyo.Any, dense=False, domain=pyo.NonNegativeReals)
    m.wait = pyo.Constraint(pyo.Any)
    m.done = pyo.Var(pyo.Any, dense=False, domain=pyo.Binary)
    m.all_done = pyo.Constraint(pyo.Any)
    m.turned_away = pyo.Var(pyo.Any, dense=False, domain=pyo.Binary)
    m.away = pyo.Constraint(pyo.Any)
    for j in np.flatnonzero(p.previous >= 0):
        before = int(p.previous[j])
        for k in range(int(p.work.job_options[j + 1] - p.work.job_options[j])):
            later, earlier = int(p.work.job_options[j]) + k, int(p.work.job_options[before]) + k
            ended = _ended(p, placed, np.arange(begin[earlier], begin[earlier + 1]), 0.0)
            starting = _starting(p, placed, np.arange(begin[later], begin[later + 1]))
            incoming = {t: [(1.0, x[n]) for n in ns] for t, ns in ended.items()}
            _add_stock(m, p, ("segment", later), float(p.count[j]), incoming, starting, x)
    for number, pair in enumerate(p.after):
        mine = np.arange(first[pair.earlier], first[pair.earlier + 1])
        ended = _ended(p, placed, mine, pair.lag)
        starting = _starting(p, placed, np.arange(first[pair.later], first[pair.later + 1]))
        count = float(p.count[pair.later])
        if p.count[pair.earlier] == 1:
            incoming = {t: [(count, x[n]) for n in ns] for t, ns in ended.items()}
        else:
            incoming = _add_done(m, p, number, float(p.count[pair.earlier]), count, ended, x)
        _add_stock(m, p, ("after", number), count, incoming, starting, x)
        _add_turned_away(m, p, number, pair.earlier, pair.later)


def _ended(p: Problem, placed: Placements, mine: Ints, lag: float) -> dict[int, list[int]]:
    """Placements by the first slot that begins when they have ended and the lag has passed."""
    result: dict[int, list[int]] = {}
    edges = p.work.edges
    hours = edges[placed.last[mine]] + placed.fraction[mine] * (edges[placed.last[mine] + 1] - edges[placed.last[mine]])
    slot = np.searchsorted(edges, hours + lag - 1e-6, side="left")
    for n, t, left in zip(mine.tolist(), slot.tolist(), placed.left[mine].tolist(), strict=True):
        if t < p.work.slots and left == 0:
            result.setdefault(t, []).append(n)
    return result


def _starting(p: Problem, placed: Placements, mine: Ints) -> dict[int, list[int]]:
    """Placements by their start."""
    result: dict[int, list[int]] = {}
    for n, t in zip(mine.tolist(), placed.start[mine].tolist(), strict=True):
        result.setdefault(t, []).append(n)
    return result


def _add_stock(
    m: pyo.ConcreteModel,
    p: Problem,
    name: tuple[str, int],
    most: float,
    incoming: dict[int, list[tuple[float, Any]]],
    starting: dict[int, list[int]],
    x: list[Any],
) -> None:
    """A stock of units that may start, for one pair."""
    last, before = max(starting, default=-1), None
    for t in sorted(t for t in {*incoming, *starting} if t <= last):
        m.stock[(*name, t)].setub(most)
        terms = [(-1.0, m.stock[(*name, t)])]
        if before is not None:
            terms.append((1.0, m.stock[(*name, before)]))
        terms += incoming.get(t, [])
        terms += [(-1.0, x[n]) for n in starting.get(t, [])]
        m.wait[(*name, t)] = (linear(terms), 0.0)
        before = t


def _add_done(
    m: pyo.ConcreteModel, p: Problem, number: int, units: float, count: float, ended: dict[int, list[int]], x: list[Any]
) -> dict[int, list[tuple[float, Any]]]:
    """`done` of an earlier job with several units, and what it puts into the stock when it opens."""
    incoming: dict[int, list[tuple[float, Any]]] = {}
    so_far: list[tuple[float, Any]] = []
    for t in range(p.work.slots):
        so_far = so_far + [(-1.0, x[n]) for n in ended.get(t, [])]
        m.all_done[number, t] = (None, linear([(units, m.done[number, t]), *so_far]), 0.0)
        incoming[t] = [(count, m.done[number, t])]
        if t > 0:
            incoming[t].append((-count, m.done[number, t - 1]))
            m.all_done[number, t, "stays"] = (
                None,
                linear([(1.0, m.done[number, t - 1]), (-1.0, m.done[number, t])]),
                0.0,
            )
    return incoming


def _add_turned_away(m: pyo.ConcreteModel, p: Problem, number: int, earlier: int, later: int) -> None:
    """The later job is not deferred if a unit of the earlier is rejected."""
    while p.previous[earlier] >= 0:
        earlier = int(p.previous[earlier])
    if earlier not in m.rejected or later not in m.deferred:
        return
    count = float(p.count[later])
    if p.count[earlier] == 1:
        flag = m.rejected[earlier]
    else:
        flag = m.turned_away[number]
        terms = [(1.0, m.rejected[earlier]), (-float(p.count[earlier]), flag)]
        m.away[number, "flag"] = (None, linear(terms), 0.0)
    m.away[number] = (None, linear([(1.0, m.deferred[later]), (count, flag)]), count)
