"""On which line of a CSV file each row begins."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Lines:
    """Lines of a CSV file, from 1, which is the header's."""

    rows: NDArray[np.int64]
    """Of each row that has as many cells as the header. Shape (rows,)."""
    ragged: tuple[tuple[int, int], ...]
    """Of each other row, and how many cells it has."""


def lines_of(file: Path, rows: int) -> Lines | None:
    """The lines of a CSV file of which so many rows were read; None where they cannot be told.

    Empty lines are no rows, and text in double quotes may go over several lines.
    """
    content = file.read_bytes()
    if content.count(b"\n") + (not content.endswith(b"\n")) == rows + 1:  # a line for each
        return Lines(np.arange(2, rows + 2, dtype=np.int64), ())
    del content
    even: list[int] = []
    ragged: list[tuple[int, int]] = []
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            width, before = len(next(reader, [])), reader.line_num
            for cells in reader:
                if len(cells) == width:
                    even.append(before + 1)
                elif cells:
                    ragged.append((before + 1, len(cells)))
                before = reader.line_num
    except csv.Error:
        return None
    return Lines(np.array(even, dtype=np.int64), tuple(ragged)) if len(even) == rows else None
