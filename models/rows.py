"""Rows over meters: what placements add to them, slot by slot or by differences.

    row[r]:  lower <= Σ (what x adds to meters in r) + supply's part <= upper

`rows` writes what each placement adds in every slot that it covers. `differences` has a variable reading[μ,t] for
every meter, reading[μ,t] - reading[μ,t-1] = starts - ends, with at most three entries per placement and meter instead
of one per slot; rows are then written on readings.
"""

from typing import Any

import numpy as np
import pyomo.environ as pyo
from scipy import sparse

from placement.kernels.placements import Placements, ranges, share, window
from placement.kernels.work import RUN, STAGE, START, UNLOAD, Floats, Ints, Work
from placement.models.book import Book, linear
from placement.problem import Problem

TOLERANCE = 1e-6
"""Of a row in which nothing stands."""


class Unsatisfiable(Exception):
    """A row that nothing brings within its limits, or a module that cannot be ordered and must."""

    def __init__(self, row: int = -1, module: int = -1):
        super().__init__(f"row {row}, module {module} cannot be satisfied")
        self.row, self.module = row, module


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


def placement_rows(p: Problem, placed: Placements, cells: tuple[Ints, Ints] | None = None) -> sparse.csr_array:
    """(R, N): what each placement adds to each row; `cells`: the problem's `cell_index`, where it is known."""
    cells = cells or cell_index(p)
    parts = [_entries_of(p, cells, meter, slot, amount, who) for meter, slot, amount, who in readings(p.work, placed)]
    shape = (len(p.rows), len(placed))
    if not parts:
        return sparse.csr_array(shape)
    row, column, value = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return sparse.csr_array(sparse.coo_array((value, (row, column)), shape=shape))


def cell_index(p: Problem) -> tuple[Ints, Ints]:
    """Order of cells by (meter, slot) and where each (meter, slot) begins in it."""
    key = p.rows.cell_meter * p.work.slots + p.rows.cell_slot
    order = np.argsort(key, kind="stable")
    begin = np.searchsorted(key[order], np.arange(p.meters * p.work.slots + 1))
    return order, begin


def _entries_of(
    p: Problem, cells: tuple[Ints, Ints], meter: Ints, slot: Ints, amount: Floats, who: Ints
) -> tuple[Ints, Ints, Floats]:
    """Entries (row, placement, value) of readings (meter, slot, amount, placement)."""
    order, begin = cells
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
            meter = p.work.use_meter[use[some]]
            parts.append(_entries_of(p, cell_index(p), meter, end[some] - 1, amount[some], who[some]))
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
