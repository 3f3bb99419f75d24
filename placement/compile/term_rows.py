"""Terms that are rows: which parts of ways each row matches, and what that comes to.

Rows with the same keys given (a *pattern*, such as cluster and class) and the same values are a *group*; a part matches
at most one group of a pattern. What holds at all times adds up to one number of each part. What has dates adds up to a
line over the slots, the same for all parts that match the same groups (a *profile*).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from placement.kernels.work import Floats, Ints
from placement.schema import TermRow
from placement.schema.terms import KEYS
from placement.terms import OptionTable
from placement.terms.interface import Per
from placement.timegrid import TimeGrid


@dataclass(frozen=True)
class Piece:
    """Dollars of some parts, usd · when."""

    rows: Ints
    """Parts, ascending."""
    usd: Floats
    per: Per
    when: Floats | None
    """(T,); None: 1."""


@dataclass(frozen=True)
class _Group:
    """Rows with the same keys and values."""

    rows: list[TermRow]

    def always(self, per: Per) -> float:
        """$ at all times."""
        return sum(_usd(row, per) for row in self.rows if row.from_ is None and row.until is None)

    def dated(self, per: Per, grid: TimeGrid) -> Floats | None:
        """(T,) $ of what has dates; None: nothing."""
        line = np.zeros(grid.slots)
        for row in self.rows:
            if row.from_ is not None or row.until is not None:
                first = 0 if row.from_ is None else int(grid.slot_from(grid.hours_of(row.from_)))
                end = grid.slots if row.until is None else int(grid.slot_from(grid.hours_of(row.until)))
                line[first:end] += _usd(row, per)
        return line if line.any() else None


def _usd(row: TermRow, per: Per) -> float:
    return row.usd_per_run if per == "run" else row.usd_per_accelerator_hour


def _value(row: TermRow, key: str) -> str | None:
    value: str | None = getattr(row, "class_" if key == "class" else key)
    return value


def pieces_of_rows(rows: Sequence[TermRow], table: OptionTable, grid: TimeGrid, option: Ints) -> Iterator[Piece]:
    """What rows say of the parts of a table; `option` is the way that each part is of.

    Dollars per run are paid once by a way, for the first of its parts that a row matches.
    """
    groups, member = _groups(rows, table)
    if not groups:
        return
    pers: tuple[Per, ...] = ("run", "accelerator_hour")
    for per in pers:
        mine = _first_parts(member, option) if per == "run" else member
        always = np.array([group.always(per) for group in groups] + [0.0])
        usd = always[mine].sum(axis=1)
        some = np.flatnonzero(usd)
        if len(some):
            yield Piece(some, usd[some], per, None)
        yield from _dated(groups, mine, per, grid)


def _dated(groups: list[_Group], member: Ints, per: Per, grid: TimeGrid) -> Iterator[Piece]:
    """A piece for each profile."""
    lines = [group.dated(per, grid) for group in groups]
    there = np.array([line is not None for line in lines] + [False], dtype=bool)
    if not there.any():
        return
    of = np.where(there[member], member, -1)
    some = np.flatnonzero((of >= 0).any(axis=1))
    which = np.zeros(len(some), dtype=np.int64)
    for column in of[some].T:  # pattern by pattern: the numbers stay small
        _, which = np.unique(which * (len(groups) + 1) + column + 1, return_inverse=True)
    _, heads = np.unique(which, return_index=True)
    for number, profile in enumerate(of[some[heads]]):
        when = np.zeros(grid.slots)
        for group in profile[profile >= 0].tolist():
            line = lines[group]
            assert line is not None
            when += line
        mine = some[which == number]
        if when.any():
            yield Piece(mine, np.ones(len(mine)), per, when)


def _groups(rows: Sequence[TermRow], table: OptionTable) -> tuple[list[_Group], Ints]:
    """Groups, and (n, patterns) the group of each part in each pattern, -1: none."""
    patterns: dict[tuple[str, ...], dict[tuple[str | None, ...], _Group]] = {}
    for row in rows:
        keys = tuple(key for key in KEYS if _value(row, key) is not None)
        values = tuple(_value(row, key) for key in keys)
        patterns.setdefault(keys, {}).setdefault(values, _Group([])).rows.append(row)
    groups: list[_Group] = []
    columns = []
    for keys, found in patterns.items():
        code = _codes(table, keys, list(found))
        columns.append(np.where(code >= 0, code + len(groups), -1))
        groups += found.values()
    return groups, np.array(columns, dtype=np.int64).reshape(len(columns), table.rows).T


def _codes(table: OptionTable, keys: tuple[str, ...], values: list[tuple[str | None, ...]]) -> Ints:
    """(n,) which of some values of keys each part has; -1: none of them."""
    parts, wanted = np.zeros(table.rows, dtype=np.int64), np.zeros(len(values), dtype=np.int64)
    for k, key in enumerate(keys):
        words: dict[str | None, int] = {}
        for value in values:
            words.setdefault(value[k], len(words))
        own = np.array([words.get(cell, -1) for cell in table[key].tolist()], dtype=np.int64)
        theirs = wanted * len(words) + np.array([words[value[k]] for value in values], dtype=np.int64)
        known, wanted = np.unique(theirs, return_inverse=True)  # small again: many keys would overflow
        mine = np.where((own >= 0) & (parts >= 0), parts * len(words) + own, -1)
        at = np.minimum(np.searchsorted(known, mine), len(known) - 1)
        parts = np.where(known[at] == mine, at, -1)
    order = np.argsort(wanted)
    return np.where(parts >= 0, order[np.maximum(parts, 0)], -1)


def _first_parts(member: Ints, option: Ints) -> Ints:
    """The same with each group only at the first part of each way that is in it."""
    if (option[1:] > option[:-1]).all():  # ways of one part
        return member
    result = member.copy()
    for pattern in range(member.shape[1]):
        there = np.flatnonzero(member[:, pattern] >= 0)
        key = np.stack([option[there], member[there, pattern]])
        _, first = np.unique(key, axis=1, return_index=True)
        later = np.ones(len(there), dtype=bool)
        later[first] = False
        result[there[later], pattern] = -1
    return result
