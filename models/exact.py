"""The whole problem in Pyomo: every placement a variable.

Sets: jobs j with count[j], options o of j, allowed starts s, meters μ, slots t, rows r.

Variables
    x[o,s] ∈ {0..count}   units of o's job that start with option o at s
    rejected[j] ∈ {0..count}, deferred[j] ∈ {0..count}
    and those of `supply`

Minimise  Σ cost[o,s] x[o,s] + Σ reject·rejected + Σ defer·deferred + supply

    assign[j]:    Σ_{o,s} x[o,s] + rejected[j] + deferred[j] = count[j]              first segments
    follow[j,o]:  Σ_s x[o,s] = Σ_s x[o',s]                  later segments: o' is o in the segment before
    row[r]:       lower <= Σ (what x adds to meters in r) + supply's part <= upper
    present[j,d]: Σ_{o needs d, s} x[o,s] <= count[j] move[d]
    stock[.,t]    precedence, see `add_precedence`

Rows have two forms. `rows` writes what each placement adds in every slot that it covers. `differences` has a variable
reading[μ,t] for every meter, reading[μ,t] - reading[μ,t-1] = starts - ends, with at most three entries per placement
and
meter instead of one per slot; rows are then written on readings.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyomo.environ as pyo
from pyomo.common.gc_manager import PauseGC
from scipy import sparse

from placement.kernels.placements import Placements, allowed, ranges, share, window
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.work import RUN, STAGE, START, UNLOAD, Floats, Ints, Work
from placement.models.supply import Book, add_supply, linear
from placement.problem import Problem

MANY_ENTRIES = 1_200_000
"""From so many entries on, rows are written by differences."""

TOLERANCE = 1e-6
"""Of a row in which nothing stands."""


class Unsatisfiable(Exception):
    """A row in which nothing stands that could bring it within its limits."""

    def __init__(self, row: int):
        super().__init__(f"row {row} cannot be satisfied")
        self.row = row


@dataclass(frozen=True)
class Exact:
    """The model and its placements."""

    model: pyo.ConcreteModel
    placed: Placements
    job: Ints
    """(N,) job of each placement."""
    usd: Floats
    """(N,) own cost of each placement."""
    form: str


def build(problem: Problem, form: Literal["auto", "rows", "differences"] = "auto") -> Exact:
    """The Pyomo model of a problem.

    Raises
    ------
    Unsatisfiable
        If a row has nothing in it and is not satisfied.
    """
    work = problem.work
    placed = allowed(work, 0, work.options)
    job = np.searchsorted(work.job_options, placed.option, side="right") - 1
    usd = placement_usd(work, problem.meter_usd, running_sums(problem.meter_usd), placed)
    if form == "auto":
        form = "differences" if _entries(problem, placed) > MANY_ENTRIES else "rows"
    with PauseGC():
        m = pyo.ConcreteModel(name="placement")
        book = add_supply(m, problem)
        x = _add_placements(m, problem, placed, job)
        _add_outcomes(m, problem)
        add_assignment(m, problem, x, job)
        add_segments(m, problem, placed, x)
        if form == "rows":
            add_rows(m, problem, placed, x, book)
        else:
            add_rows_by_differences(m, problem, placed, x, book)
        add_alone(m, problem, placed, job, x, book)
        add_presence(m, problem, placed, job, x)
        add_precedence(m, problem, placed, job, x)
        for value, variable in zip(usd.tolist(), x, strict=True):
            if value != 0.0:
                book.cost.append((value, variable))
        for j in m.rejected.index_set():
            book.add_cost(problem.reject_usd[j], m.rejected[j])
        for j in m.deferred.index_set():
            book.add_cost(problem.defer_usd[j], m.deferred[j])
        m.cost = pyo.Objective(expr=linear(book.cost, problem.constant_usd))
    return Exact(m, placed, job, usd, form)


def _entries(problem: Problem, placed: Placements) -> int:
    """Entries of the matrix when rows are written slot by slot."""
    uses = np.diff(problem.work.option_uses)[placed.option]
    return int(((placed.last - placed.start + 1) * uses).sum())


def _add_placements(m: pyo.ConcreteModel, p: Problem, placed: Placements, job: Ints) -> list[Any]:
    """x[o,s], in order of option and start."""
    index = list(zip(placed.option.tolist(), placed.start.tolist(), strict=True))
    m.x = pyo.Var(index, domain=pyo.NonNegativeIntegers, dense=True)
    x = list(m.x.values())
    for variable, most in zip(x, p.count[job].tolist(), strict=True):
        variable.setub(most)
    return x


def _add_outcomes(m: pyo.ConcreteModel, p: Problem) -> None:
    first = p.previous < 0
    m.rejected = pyo.Var(
        [int(j) for j in np.flatnonzero(first & np.isfinite(p.reject_usd))],
        domain=pyo.NonNegativeIntegers,
        bounds=lambda _, j: (0, int(p.count[j])),
    )
    m.deferred = pyo.Var(
        [int(j) for j in np.flatnonzero(first & np.isfinite(p.defer_usd))],
        domain=pyo.NonNegativeIntegers,
        bounds=lambda _, j: (0, int(p.count[j])),
    )


def add_assignment(m: pyo.ConcreteModel, p: Problem, x: list[Any], job: Ints) -> None:
    """Every unit of a job runs once, or is turned away, or waits past the end."""
    first = [int(j) for j in np.flatnonzero(p.previous < 0)]
    begin = np.searchsorted(job, np.arange(p.work.jobs + 1)).tolist()
    m.assign = pyo.Constraint(first)
    for j in first:
        terms = [(1.0, variable) for variable in x[begin[j] : begin[j + 1]]]
        terms += [(1.0, outcome[j]) for outcome in (m.rejected, m.deferred) if j in outcome]
        if terms:
            m.assign[j] = (linear(terms), int(p.count[j]))
        else:  # a job that must run and cannot: the model says so
            m.assign[j] = pyo.Constraint.Infeasible


def add_segments(m: pyo.ConcreteModel, p: Problem, placed: Placements, x: list[Any]) -> None:
    """All segments of a job run on the same option: as many units start it in each segment."""
    begin = np.searchsorted(placed.option, np.arange(p.work.options + 1)).tolist()
    later = np.flatnonzero(p.previous >= 0)
    pairs = []
    for j in later:
        before = int(p.previous[j])
        for k in range(int(p.work.job_options[j + 1] - p.work.job_options[j])):
            pairs.append((int(p.work.job_options[j]) + k, int(p.work.job_options[before]) + k))
    m.follow = pyo.Constraint(range(len(pairs)))
    for n, (option, earlier) in enumerate(pairs):
        terms = [(1.0, v) for v in x[begin[option] : begin[option + 1]]]
        terms += [(-1.0, v) for v in x[begin[earlier] : begin[earlier + 1]]]
        if terms:
            m.follow[n] = (linear(terms), 0.0)


def add_rows(m: pyo.ConcreteModel, p: Problem, placed: Placements, x: list[Any], book: Book) -> None:
    """Limits over meters, slot by slot."""
    matrix = placement_rows(p, placed)
    _add_row_constraints(m, p, matrix, x, book)


def _add_row_constraints(m: pyo.ConcreteModel, p: Problem, matrix: sparse.csr_array, x: list[Any], book: Book) -> None:
    """lower <= matrix[r] x + supply's part <= upper, for every row that has anything in it."""
    m.row = pyo.Constraint(range(len(p.rows)))
    starts, columns, values = matrix.indptr.tolist(), matrix.indices.tolist(), matrix.data.tolist()
    lower = [None if np.isinf(v) else v for v in p.rows.lower.tolist()]
    upper = [None if np.isinf(v) else v for v in p.rows.upper.tolist()]
    for r in range(len(p.rows)):
        begin, end = starts[r], starts[r + 1]
        extra = book.body.get(r, [])
        if (begin == end and not extra) or (lower[r] is None and upper[r] is None):
            if p.rows.lower[r] > TOLERANCE or p.rows.upper[r] < -TOLERANCE:
                raise Unsatisfiable(r)
            continue
        coefficients = values[begin:end] + [c for c, _ in extra]
        variables = [x[k] for k in columns[begin:end]] + [v for _, v in extra]
        body = linear(zip(coefficients, variables, strict=True))
        m.row[r] = (body, upper[r]) if lower[r] == upper[r] else (lower[r], body, upper[r])


def placement_rows(p: Problem, placed: Placements) -> sparse.csr_array:
    """(R, N): what each placement adds to each row."""
    parts = [_entries_of(p, placed, meter, slot, amount, who) for meter, slot, amount, who in readings(p.work, placed)]
    shape = (len(p.rows), len(placed))
    if not parts:
        return sparse.csr_array(shape)
    row, column, value = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return sparse.csr_array(sparse.coo_array((value, (row, column)), shape=shape))


def _cell_index(p: Problem) -> tuple[Ints, Ints]:
    """Order of cells by (meter, slot) and where each (meter, slot) begins in it."""
    key = p.rows.cell_meter * p.work.slots + p.rows.cell_slot
    order = np.argsort(key, kind="stable")
    begin = np.searchsorted(key[order], np.arange(p.meters * p.work.slots + 1))
    return order, begin


def _entries_of(
    p: Problem, placed: Placements, meter: Ints, slot: Ints, amount: Floats, who: Ints
) -> tuple[Ints, Ints, Floats]:
    """Entries (row, placement, value) of readings (meter, slot, amount, placement)."""
    order, begin = _cell_index(p)
    key = meter * p.work.slots + slot
    count = begin[key + 1] - begin[key]
    cell = order[ranges(begin[key], count)]
    return p.rows.cell_row[cell], np.repeat(who, count), np.repeat(amount, count) * p.rows.cell_weight[cell]


def readings(work: Work, placed: Placements) -> list[tuple[Ints, Ints, Floats, Ints]]:
    """What placements add to meters: (meter, slot, amount, placement), one array each, in a few blocks."""
    blocks = []
    for kind, use, who, begin, end, amount in _spans(work, placed):
        length = end - begin
        slot = ranges(begin, length)
        value = np.repeat(amount, length)
        if kind == RUN:
            last = np.cumsum(length) - 1
            value[last] = amount * placed.fraction[who]
        blocks.append((np.repeat(work.use_meter[use], length), slot, value, np.repeat(who, length)))
    return blocks


def _spans(work: Work, placed: Placements) -> list[tuple[int, Ints, Ints, Ints, Ints, Floats]]:
    """(kind, use, placement, first slot, slot after the last, amount) of all uses of all placements, by kind."""
    count = np.diff(work.option_uses)[placed.option]
    use = ranges(work.option_uses[placed.option], count)
    who = np.repeat(np.arange(len(placed)), count)
    result = []
    for kind in (RUN, START, STAGE, UNLOAD):
        mine = np.flatnonzero(work.use_kind[use] == kind)
        if len(mine) == 0:
            continue
        u, w = use[mine], who[mine]
        amount = work.use_amount[u]
        if kind == RUN:
            begin, end = placed.start[w], placed.last[w] + 1
        elif kind == START:
            begin, end = placed.start[w], placed.start[w] + 1
        else:
            some = Placements(
                *(getattr(placed, name)[w] for name in ("option", "start", "end", "last", "fraction", "left"))
            )
            begin, end = window(work, kind, some)
            amount = share(work, kind, work.use_link[u], amount, some)
        result.append((kind, u, w, begin, end, amount))
    return result


def add_rows_by_differences(m: pyo.ConcreteModel, p: Problem, placed: Placements, x: list[Any], book: Book) -> None:
    """Limits over meters, on readings that change where something starts or ends.

    change[μ,t]:  reading[μ,t] - reading[μ,t-1] = Σ starts at t - Σ ends at t, the last slot of a run by its fraction
    """
    slots = p.work.slots
    used = np.unique(p.rows.cell_meter)
    rows, columns, values = [], [], []
    for kind, use, who, begin, end, amount in _spans(p.work, placed):
        meter = p.work.use_meter[use]
        last = end - 1
        part = amount * (1 - placed.fraction[who]) if kind == RUN else np.zeros(len(use))
        for slot, value in ((begin, amount), (last, -part), (end, part - amount)):
            keep = (value != 0) & (slot < slots) & (end > begin) & np.isin(meter, used)
            rows.append((meter * slots + slot)[keep])
            columns.append(who[keep])
            values.append(value[keep])
    shape = (p.meters * slots, len(placed))
    changes = sparse.csr_array(shape, dtype=np.float64)
    if rows:
        entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        changes = sparse.csr_array(sparse.coo_array(entries, shape=shape))
    index = [(int(u), t) for u in used for t in range(slots)]
    m.reading = pyo.Var(index, domain=pyo.NonNegativeReals)
    m.change = pyo.Constraint(index)
    starts, where, data = changes.indptr.tolist(), changes.indices.tolist(), changes.data.tolist()
    for u, t in index:
        own = slice(starts[u * slots + t], starts[u * slots + t + 1])
        terms = [(c, x[k]) for c, k in zip(data[own], where[own], strict=True)]
        terms.append((-1.0, m.reading[u, t]))
        if t > 0:
            terms.append((1.0, m.reading[u, t - 1]))
        m.change[u, t] = (linear(terms), 0.0)
    cells = sparse.csr_array(
        sparse.coo_array(
            (
                p.rows.cell_weight,
                (p.rows.cell_row, np.searchsorted(used, p.rows.cell_meter) * slots + p.rows.cell_slot),
            ),
            shape=(len(p.rows), len(index)),
        )
    )
    _add_row_constraints(m, p, cells, list(m.reading.values()), book)


def alone(p: Problem, placed: Placements) -> tuple[Ints, Ints, Floats]:
    """(row, placement, amount) where a run's last slot, taken whole, is more than there is without modules.

    The rows themselves see to the other slots, which runs hold in full.
    """
    raised = np.zeros(len(p.rows), dtype=bool)
    raised[p.alone] = True
    parts = []
    for kind, use, who, _, end, amount in _spans(p.work, placed) if raised.any() else ():
        if kind == RUN:
            some = np.flatnonzero(placed.fraction[who] < 1)
            parts.append(_entries_of(p, placed, p.work.use_meter[use[some]], end[some] - 1, amount[some], who[some]))
    if not parts:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    row, placement, value = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    keep = raised[row]
    shape = (len(p.rows), len(placed))
    whole = sparse.coo_array((value[keep], (row[keep], placement[keep])), shape=shape)
    whole.sum_duplicates()
    more = whole.data > p.rows.upper[whole.row] + TOLERANCE
    return whole.row[more].astype(np.int64), whole.col[more].astype(np.int64), whole.data[more]


def add_alone(m: pyo.ConcreteModel, p: Problem, placed: Placements, job: Ints, x: list[Any], book: Book) -> None:
    """A gang is never larger than its pool, on no average: it ends where enough modules stand for all of it.

    stands[r,a] = 1:  a <= upper[r] + what modules add to row r;   units of a job that need it <= count · stands[r,a]
    """
    groups: dict[tuple[int, float], dict[int, list[int]]] = {}
    for r, n, amount in zip(*(array.tolist() for array in alone(p, placed)), strict=True):
        groups.setdefault((r, amount), {}).setdefault(int(job[n]), []).append(n)
    m.stands = pyo.Var(sorted(groups), domain=pyo.Binary)
    m.enough = pyo.Constraint(sorted(groups))
    m.alone = pyo.Constraint([(r, a, j) for (r, a), jobs in sorted(groups.items()) for j in sorted(jobs)])
    for (r, a), jobs in groups.items():
        modules = [(c, v) for c, v in book.body.get(r, []) if c < 0]
        m.enough[r, a] = (None, linear([(a, m.stands[r, a]), *modules]), float(p.rows.upper[r]))
        for j, members in jobs.items():
            terms = [(1.0, x[n]) for n in members]
            m.alone[r, a, j] = (None, linear([*terms, (-float(p.count[j]), m.stands[r, a])]), 0.0)


def add_presence(m: pyo.ConcreteModel, p: Problem, placed: Placements, job: Ints, x: list[Any]) -> None:
    """A job runs only where its data set is: units that need move d <= count · move[d]."""
    wanted = np.diff(p.option_moves)[placed.option]
    move = p.option_move[ranges(p.option_moves[placed.option], wanted)]
    who = np.repeat(np.arange(len(placed)), wanted)
    groups: dict[tuple[int, int], list[int]] = {}
    for d, k in zip(move.tolist(), who.tolist(), strict=True):
        groups.setdefault((int(job[k]), d), []).append(k)
    m.present = pyo.Constraint(sorted(groups))
    for (j, d), members in groups.items():
        terms = [(1.0, x[k]) for k in members]
        m.present[j, d] = (None, linear([*terms, (-float(p.count[j]), m.move[d])]), 0.0)


def add_precedence(m: pyo.ConcreteModel, p: Problem, placed: Placements, job: Ints, x: list[Any]) -> None:
    """Segments in order on each option, and jobs after other jobs.

    Units wait in a stock: stock[t] = stock[t-1] + (units of the earlier that have ended by the beginning of t, with
    lag)
    - (units of the later that start at t) >= 0. For a job after one with several units, `done[t]` opens only when all
    have
    ended: count · done[t] <= units ended by t, and the stock is filled by done. What comes after a rejected unit is
    not deferred:
    deferred[later] <= count[later] (1 - turned_away).
    """
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
    for t in range(p.work.slots):
        m.stock[(*name, t)].setub(most)
        terms = [(-1.0, m.stock[(*name, t)])]
        if t > 0:
            terms.append((1.0, m.stock[(*name, t - 1)]))
        terms += incoming.get(t, [])
        terms += [(-1.0, x[n]) for n in starting.get(t, [])]
        m.wait[(*name, t)] = (linear(terms), 0.0)


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
