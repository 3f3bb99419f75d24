"""Meters and rows while they are collected."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from placement.kernels.work import Floats, Ints
from placement.problem import Rows

Key = tuple[Hashable, ...]
"""("acc", pool, group), ("watt", cluster, pool, group), ("res", cluster, name, group), ("in" | "out", cluster, group),
("cash", cluster), ("term", name, piece, sign, cluster)."""


@dataclass(frozen=True)
class Term:
    """$ per unit of a meter for a whole slot, shape (T,): a category of a cluster, present value."""

    category: str
    cluster: int
    meter: int
    usd: Floats


class Meters:
    """Meters by key, numbered as they come."""

    def __init__(self) -> None:
        self.index: dict[Key, int] = {}

    def __len__(self) -> int:
        return len(self.index)

    def get(self, *key: Hashable) -> int:
        """The number of a meter, new if need be."""
        return self.index.setdefault(key, len(self.index))

    def like(self, *start: Hashable) -> list[tuple[Key, int]]:
        """Meters whose key begins so."""
        return [(key, number) for key, number in self.index.items() if key[: len(start)] == start]


@dataclass
class RowList:
    """Rows while they are collected."""

    slots: int
    lower: list[Floats] = field(default_factory=list)
    upper: list[Floats] = field(default_factory=list)
    penalty: list[Floats] = field(default_factory=list)
    blocks: list[tuple[str, int]] = field(default_factory=list)
    """Name of each block of rows, and its first row."""
    cells: list[tuple[Ints, Ints, Ints, Floats]] = field(default_factory=list)
    count: int = 0

    def add(self, label: str, span: Ints, lower: Floats, upper: Floats, penalty: float = np.nan) -> Ints:
        """Rows for the spans 0..max(span); returns the row of each slot, shape (T,), -1 where span is -1."""
        size = len(upper)
        self.lower.append(np.asarray(lower, dtype=np.float64))
        self.upper.append(np.asarray(upper, dtype=np.float64))
        self.penalty.append(np.full(size, penalty))
        self.blocks.append((label, self.count))
        rows = np.where(span >= 0, self.count + span, -1).astype(np.int64)
        self.count += size
        return rows

    def fill(self, rows: Ints, meter: int, weight: Floats | float) -> None:
        """A meter counts in the row of each slot with a weight, shape (T,) or one number."""
        slots = np.flatnonzero(rows >= 0)
        weights = np.broadcast_to(np.asarray(weight, dtype=np.float64), (self.slots,))[slots]
        keep = weights != 0
        slots, weights = slots[keep], weights[keep]
        self.cells.append((rows[slots], np.full(len(slots), meter), slots, weights))

    def rows(self) -> Rows:
        """All rows as arrays."""
        if not self.lower:
            none = np.zeros(0)
            ints = np.zeros(0, dtype=np.int64)
            return Rows(none, none, none, ints, ints, ints, none)
        row, meter, slot, weight = (
            (np.concatenate(part) for part in zip(*self.cells, strict=True))
            if self.cells
            else (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))
        )
        lower, upper, penalty = (np.concatenate(part) for part in (self.lower, self.upper, self.penalty))
        return Rows(lower, upper, penalty, row, meter, slot, weight)


def numbers(meters: Meters, kind: str, *columns: Ints) -> Ints:
    """Meter numbers of (kind, *columns), row by row; new ones in the order of their keys."""
    if len(columns[0]) == 0:
        return np.zeros(0, dtype=np.int64)
    shape = tuple(int(column.max()) + 1 for column in columns)
    key = np.ravel_multi_index(columns, shape)
    there = np.zeros(shape, dtype=bool)
    there.reshape(-1)[key] = True
    return numbered(meters, there, lambda *values: (kind, *values)).reshape(-1)[key]


def numbered(meters: Meters, there: NDArray[np.bool_], key: Callable[..., Key]) -> Ints:
    """Meter numbers where `there` is set, in its shape; `key` makes a meter's key of its indices."""
    number = np.full(there.shape, -1)
    for index in zip(*(values.tolist() for values in np.nonzero(there)), strict=True):
        number[index] = meters.get(*key(*index))
    return number
