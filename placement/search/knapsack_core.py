"""What may be cheaper than the best plan of an assignment, by knapsacks: few placements, and those are solved exactly.

At prices u of jobs every plan costs at least L(u) (`lagrangian_dives`), and one with a given placement n at least L(u)
and what its row's knapsack costs more with n in it: before[n] and after[n] room, shared out best, are what other items
of the row have (Bellman's recursion from both ends; Pisinger, *An expanding-core algorithm for the exact 0-1 knapsack
problem*, EJOR 87 (1995), fixes items by such bounds). A placement for which that is no less than what a cheaper plan
may cost is left out; where all costs are whole multiples of a step, a cheaper plan is cheaper by a step. Branch and
bound on what is left finds such a plan or proves that there is none.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from placement.kernels.knapsack import Knapsacks
from placement.kernels.work import Floats, Ints
from placement.models import highs
from placement.models.core import SAFETY
from placement.models.form import Form, scaled

OFF = 1e-6
"""By which a bound may be above a whole number of steps and still mean it."""


@dataclass(frozen=True)
class Core:
    """Placements that a cheaper plan can have."""

    keep: Ints
    """Ascending."""
    sure: Ints
    """Those of `keep` that every cheaper plan has."""
    enough_usd: float
    """The most that a cheaper plan costs."""


@dataclass(frozen=True)
class Solved:
    """What branch and bound says of a core."""

    at: Ints | None
    """(units,) placement of each in a cheaper plan."""
    bound_usd: float
    """The least that a cheaper plan costs; inf: there is none."""
    nodes: int


def step_of(usd: Floats) -> float:
    """The largest whole number of which all costs are multiples; 0: some are no whole numbers."""
    known = usd[np.isfinite(usd)]
    if len(known) == 0 or (np.abs(known) >= 2.0**53).any() or (known % 1.0 != 0).any():
        return 0.0
    return float(np.gcd.reduce(known.astype(np.int64)))


def rounded_up(usd: float, step: float) -> float:
    """A bound on whole multiples of a step, brought up to one."""
    if step == 0.0 or not math.isfinite(usd):
        return usd
    return max(usd, math.ceil(usd / step - OFF) * step)


def core_of(
    knapsacks: Knapsacks, job: Ints, usd: Floats, price: Floats, bound_usd: float, best_usd: float, step: float
) -> Core:
    """The placements that a plan cheaper than the best can have.

    Parameters
    ----------
    knapsacks : Knapsacks
        Of the first placements, by row; the others take from none.
    job : array, shape (N,)
        Unit of each placement.
    usd : array, shape (N,)
        Own costs.
    price : array, shape (units,)
        u.
    bound_usd : float
        L(u).
    best_usd : float
        What the best plan costs.
    step : float
        Of which all costs are multiples; 0: of none.
    """
    reduced = usd - price[job]
    inside = len(knapsacks.size)
    with_it = np.maximum(reduced, 0.0)
    without = np.maximum(-reduced, 0.0)
    for r in range(len(knapsacks.room)):
        mine = slice(int(knapsacks.first[r]), int(knapsacks.first[r + 1]))
        with_it[mine], without[mine] = _changes(knapsacks.size[mine], reduced[mine], int(knapsacks.room[r]))
    enough = best_usd - step if step else best_usd
    room = enough - bound_usd + SAFETY * max(1.0, abs(best_usd))
    keep = np.flatnonzero((with_it <= room) & np.isfinite(usd))
    sure = keep[(without[keep] > room) & (keep < inside)]
    return Core(keep, sure, enough)


def _changes(size: Ints, usd: Floats, room: int) -> tuple[Floats, Floats]:
    """(n,) what the best knapsack costs more with each item in it (inf: it does not fit), and without it."""
    n = len(size)
    before, after = np.zeros((n + 1, room + 1)), np.zeros((n + 1, room + 1))
    for i in range(n):
        _add(before[i], before[i + 1], int(size[i]), float(usd[i]))
    for i in range(n - 1, -1, -1):
        _add(after[i + 1], after[i], int(size[i]), float(usd[i]))
    best = before[n, room]
    with_it, without = np.full(n, np.inf), np.empty(n)
    for i in range(n):
        left = room - int(size[i])
        if left >= 0:
            with_it[i] = (before[i, : left + 1] + after[i + 1, left::-1]).min() + usd[i] - best
        without[i] = (before[i] + after[i + 1, ::-1]).min() - best
    return np.maximum(with_it, 0.0), np.maximum(without, 0.0)


def _add(known: Floats, new: Floats, size: int, usd: float) -> None:
    """Bellman's step: the best with one more item, by room."""
    new[:] = known
    if size < len(known):
        np.minimum(new[size:], known[: len(known) - size] + usd, out=new[size:])


def solve(
    core: Core,
    knapsacks: Knapsacks,
    job: Ints,
    usd: Floats,
    units: int,
    step: float,
    time_limit_s: float,
    node_limit: int | None,
    seed: int,
    stop: highs.Event | None,
) -> Solved:
    """The cheapest plan of a core.

    Parameters
    ----------
    core : Core
    knapsacks, job, usd, step
        As of `core_of`.
    units : int
    time_limit_s, node_limit, seed, stop
        As of `highs.solve`.
    """
    if len(np.unique(job[core.keep])) < units:  # some unit is nowhere in a cheaper plan
        return Solved(None, math.inf, 0)
    form = _form(core, knapsacks, job, usd, units)
    outcome = highs.solve(form, gap=0.0, time_limit_s=time_limit_s, node_limit=node_limit, seed=seed, stop=stop)
    if outcome.status == "infeasible":
        return Solved(None, math.inf, outcome.nodes)
    at = None
    if outcome.x is not None and outcome.usd <= core.enough_usd + SAFETY * max(1.0, abs(core.enough_usd)):
        at = np.empty(units, dtype=np.int64)
        taken = core.keep[outcome.x > 0.5]
        at[job[taken]] = taken
    return Solved(at, rounded_up(outcome.bound_usd, step), outcome.nodes)


def _form(core: Core, knapsacks: Knapsacks, job: Ints, usd: Floats, units: int) -> Form:
    """One placement for each unit, within the room of rows."""
    keep, columns, rows = core.keep, len(core.keep), len(knapsacks.room)
    inside = np.flatnonzero(keep < len(knapsacks.size))
    row = np.repeat(np.arange(rows), np.diff(knapsacks.first))[keep[inside]]
    ones = sparse.csr_array((np.ones(columns), (job[keep], np.arange(columns))), shape=(units, columns))
    size = knapsacks.size[keep[inside]].astype(np.float64)
    takes = sparse.csr_array((size, (row, inside)), shape=(rows, columns))
    once = np.ones(units)
    return scaled(
        Form(
            cost=usd[keep], offset=0.0, base=0.0,
            lower=np.isin(keep, core.sure).astype(np.float64), upper=np.ones(columns),
            integer=np.ones(columns, dtype=bool), matrix=sparse.vstack([ones, takes], format="csr"),
            row_lower=np.concatenate([once, np.full(rows, -np.inf)]),
            row_upper=np.concatenate([once, knapsacks.room.astype(np.float64)]),
            cost_scale=1.0, row_scale=np.ones(units + rows), units=float(units),
        )
    )  # fmt: skip
