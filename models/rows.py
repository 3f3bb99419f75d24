"""Rows over meters: what placements add to them, slot by slot or by differences.

    row[r]:  lower <= Σ (what x adds to meters in r) + supply's part <= upper

`rows` writes what each placement adds in every slot that it covers. `differences` has a variable reading[μ,t] for
every meter, reading[μ,t] - reading[μ,t-1] = starts - ends, with at most three entries per placement and meter instead
of one per slot; rows are then written on readings.
"""

import math
from typing import Any

import numpy as np
import pyomo.environ as pyo
from scipy import sparse

from placement.kernels.placements import Placements, counted, ranges, share, window
from placement.kernels.work import RUN, STAGE, START, UNLOAD, WHOLE, Floats, Ints, Work
from placement.models.book import Book, linear
from placement.problem import Problem

TOLERANCE = 1e-6
"""Of a row in which nothing stands."""

EXACT = 1e-9
"""Relative difference up to which amounts of modules are the same."""

APART = 5_000
"""Jobs and needs up to which each has a row of its own, which is closer when divided."""


_Terms = tuple[tuple[int, float], ...]
"""Variables by number, and what one more of each adds."""


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
        if kind in (RUN, WHOLE):
            last = np.cumsum(length) - 1
            value[last] = amount * counted(kind, placed.fraction[who])
        blocks.append((np.repeat(work.use_meter[use], length), slot, value, np.repeat(who, length)))
    return blocks


def _spans(work: Work, placed: Placements) -> list[tuple[int, Ints, Ints, Ints, Ints, Floats]]:
    """(kind, use, placement, first slot, slot after the last, amount) of all uses of all placements, by kind."""
    count = np.diff(work.option_uses)[placed.option]
    use = ranges(work.option_uses[placed.option], count)
    who = np.repeat(np.arange(len(placed)), count)
    result = []
    for kind in (RUN, WHOLE, START, STAGE, UNLOAD):
        mine = np.flatnonzero(work.use_kind[use] == kind)
        if len(mine) == 0:
            continue
        u, w = use[mine], who[mine]
        amount = work.use_amount[u]
        if kind in (RUN, WHOLE):
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
        runs = kind in (RUN, WHOLE)
        part = amount * (1 - counted(kind, placed.fraction[who])) if runs else np.zeros(len(use))
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

    stands[k] = 1:  need[k] <= what modules add;   units that need it <= their number · stands[k]

    Rows that the same modules raise, and needs that the same numbers of modules meet, are one k. Left out where the
    slot before the last, which the run holds in full, has no more modules.
    """
    raises = _Raises(p, book)
    groups: dict[tuple[_Terms, float], dict[int, list[tuple[int, float]]]] = {}
    for r, n, amount in _not_before(p, placed, *alone(p, placed), raises):
        key = raises.of(r), raises.met_by(r, amount)
        groups.setdefault(key, {}).setdefault(int(job[n]), []).append((n, amount * float(placed.fraction[n])))
    m.stands = pyo.Var(range(len(groups)), domain=pyo.Binary)
    m.enough = pyo.Constraint(range(len(groups)))
    m.alone = pyo.ConstraintList()
    apart = sum(len(jobs) for jobs in groups.values()) <= APART
    for k, ((modules, need), jobs) in enumerate(groups.items()):
        terms = [(need, m.stands[k]), *((-c, raises.variables[v]) for v, c in modules)]
        m.enough[k] = (None, linear(terms), 0.0)
        together: list[int] = []
        for j, members in jobs.items():  # apart where all of a job is less than the need: the row says the rest
            if apart and p.count[j] * max(used for _, used in members) < need:
                _add_if_stands(m, [j], members, p, k, x)
            else:
                together.append(j)
        if together:
            _add_if_stands(m, together, [n for j in together for n in jobs[j]], p, k, x)


def _add_if_stands(
    m: pyo.ConcreteModel, jobs: list[int], members: list[tuple[int, float]], p: Problem, k: int, x: list[Any]
) -> None:
    terms = [(1.0, x[n]) for n, _ in members]
    m.alone.add((None, linear([*terms, (-float(p.count[jobs].sum()), m.stands[k])]), 0.0))


class _Raises:
    """What raises rows: modules, beside the limit of each."""

    def __init__(self, p: Problem, book: Book):
        self.upper = p.rows.upper
        self.variables: dict[int, Any] = {}
        self._book, self._of = book, dict[int, _Terms]()

    def of(self, row: int) -> _Terms:
        """The variables that raise a row, and by how much."""
        if row not in self._of:
            total: dict[int, float] = {}
            for c, v in self._book.body.get(row, []):
                if c < 0:
                    self.variables[id(v)] = v
                    total[id(v)] = total.get(id(v), 0.0) - c
            self._of[row] = tuple(sorted(total.items()))
        return self._of[row]

    def met_by(self, row: int, amount: float) -> float:
        """What modules must add to a row for so much at once: the most that is met wherever that is."""
        need, each = amount - float(self.upper[row]), [c for _, c in self.of(row)]
        if not each or any(self.variables[v].is_continuous() for v, _ in self.of(row)):
            return need
        least = min(each)
        if max(each) <= least * (1 + EXACT):
            return least * math.ceil(need / least * (1 - EXACT))
        return max(need, least) if need <= least * (1 + EXACT) else need

    def within(self, row: int, other: int) -> bool:
        """Whether a row never has more room than another."""
        more = dict(self.of(other))
        return bool(self.upper[row] <= self.upper[other]) and all(c <= more.get(v, 0.0) for v, c in self.of(row))


def _not_before(
    p: Problem, placed: Placements, row: Ints, placement: Ints, amount: Floats, raises: _Raises
) -> list[tuple[int, int, float]]:
    """Of (row, placement, amount) those that no row of the slot before says already."""
    before = np.flatnonzero(placed.last[placement] > placed.start[placement])
    if len(before) == 0:
        return list(zip(row.tolist(), placement.tolist(), amount.tolist(), strict=True))
    held = _held_before(p, placed, np.unique(placement[before]))
    count = np.diff(held.indptr)[placement]
    entry = ranges(held.indptr[placement], count)
    which = np.repeat(np.arange(len(placement)), count)
    full = held.data[entry] >= amount[which] * (1 - EXACT)
    pair, inverse = np.unique(held.indices[entry][full] * len(p.rows) + row[which[full]], return_inverse=True)
    implied = np.array([raises.within(int(k) // len(p.rows), int(k) % len(p.rows)) for k in pair], dtype=bool)
    keep = np.ones(len(placement), dtype=bool)
    keep[which[full][implied[inverse]]] = False
    return list(zip(row[keep].tolist(), placement[keep].tolist(), amount[keep].tolist(), strict=True))


def _held_before(p: Problem, placed: Placements, some: Ints) -> sparse.csc_array:
    """(R, N): what some placements hold of rows without penalty in the slot before their last."""
    parts = []
    for kind, use, who, begin, end, amount in _spans(p.work, placed):
        if kind == RUN:
            mine = np.flatnonzero(np.isin(who, some) & (end - begin > 1))
            parts.append(
                _entries_of(p, cell_index(p), p.work.use_meter[use[mine]], end[mine] - 2, amount[mine], who[mine])
            )
    row, placement, value = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    hard = np.isnan(p.rows.penalty[row])
    entries = (value[hard], (row[hard], placement[hard]))
    return sparse.csc_array(sparse.coo_array(entries, shape=(len(p.rows), len(placed))))
