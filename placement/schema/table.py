"""A checked table: the columns of one record type as arrays, and where each row came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.schema.fields import Model


@dataclass(frozen=True)
class Origin:
    """Where rows from `first` on came from."""

    first: int
    source: str
    """File or argument, for messages."""
    lines: NDArray[np.int64] | None = None
    """Line of each row in `source`, where rows stand in a text file."""
    cells: Mapping[tuple[int, str], str] = field(default_factory=dict)
    """Places of cells that do not stand where their row does, by row (the first is 0) and column."""

    def place(self, row: int, column: str) -> str:
        """Where a cell of its rows (the first is 0) stands, for messages: `file:line` in a text file, else
        `file: row 17, column hours` (rows from 1).
        """
        if (row, column) in self.cells:
            return self.cells[row, column]
        if self.lines is not None:
            return f"{self.source}:{int(self.lines[row])}"
        return f"{self.source}: row {row + 1}, column {column}"


@dataclass(frozen=True)
class Table:
    """Rows of a record type as columns, all present, defaults filled in.

    Numbers are float64 (NaN: none) or int64 (0: none where that is allowed), moments datetime64[us] (NaT:
    none), text, tuples and mappings object arrays (None or empty: none), truth values bool.
    """

    record: type[Model]
    columns: Mapping[str, NDArray[Any]]
    origins: tuple[Origin, ...] = field(default=(Origin(0, "table"),), compare=False)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    def source(self, row: int) -> str:
        """The file or argument that a row came from."""
        return self._origin(row).source

    def _origin(self, row: int) -> Origin:
        return [origin for origin in self.origins if origin.first <= row][-1]

    def place(self, row: int, column: str) -> str:
        """Where a cell stands, for messages: `Origin.place`."""
        origin = self._origin(row)
        return origin.place(row - origin.first, column)

    def where(self, wanted: NDArray[np.bool_]) -> "Table":
        """The wanted rows alone."""
        kept = np.flatnonzero(wanted)
        columns = {name: column[kept] for name, column in self.columns.items()}
        origins = []
        for k, origin in enumerate(self.origins):
            end = self.origins[k + 1].first if k + 1 < len(self.origins) else len(self)
            mine = kept[(kept >= origin.first) & (kept < end)]
            lines = None if origin.lines is None else origin.lines[mine - origin.first]
            if len(mine):
                now = {int(row) - origin.first: index for index, row in enumerate(mine)}
                cells = {(now[row], key): place for (row, key), place in origin.cells.items() if row in now}
                origins.append(Origin(int(np.searchsorted(kept, origin.first)), origin.source, lines, cells))
        return Table(self.record, columns, tuple(origins) or self.origins[:1])


def joined(tables: Sequence[Table]) -> Table:
    """The rows of several tables of one record, one below the other."""
    if len(tables) == 1:
        return tables[0]
    columns = {name: np.concatenate([table[name] for table in tables]) for name in tables[0].columns}
    first = np.concatenate([[0], np.cumsum([len(table) for table in tables])])
    origins = tuple(
        Origin(int(first[k]) + origin.first, origin.source, origin.lines, origin.cells)
        for k, table in enumerate(tables)
        for origin in table.origins
    )
    return Table(tables[0].record, columns, origins)
