"""A checked table: the columns of one record type as arrays, and where each row came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.schema.fields import Model


@dataclass(frozen=True)
class Table:
    """Rows of a record type as columns, all present, defaults filled in.

    Numbers are float64 (NaN: none) or int64 (0: none where that is allowed), moments datetime64[us] (NaT:
    none), text, tuples and mappings object arrays (None or empty: none), truth values bool.
    """

    record: type[Model]
    columns: Mapping[str, NDArray[Any]]
    source: str = "table"
    """File or argument that it came from, for messages."""
    lines: NDArray[np.int64] | None = field(default=None, compare=False)
    """Line of each row in `source`, where rows stand in a text file."""

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    def place(self, row: int, column: str) -> str:
        """Where a cell stands, for messages: `file:line` or `file: row 17, column hours` (rows from 1)."""
        if self.lines is not None:
            return f"{self.source}:{int(self.lines[row])}"
        return f"{self.source}: row {row + 1}, column {column}"
