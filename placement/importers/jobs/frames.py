"""CSV and Parquet files of any length, some thousand rows at a time, as columns by name.

CSV is separated by commas, or by semicolons, tabs or bars if the first line has these and no comma; text may stand in
double quotes, over several lines. Rows with too many or too few cells, or a cell of more than 131,072 characters, are
handed on as such.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from placement.importers.jobs.parsed import column
from placement.importers.jobs.texts import LONGEST_LINE, blocks, opened, wrong
from placement.loader.wording import shown

if TYPE_CHECKING:
    import pyarrow as pa

AT_ONCE = 2**14
"""Rows of a frame."""
MARKS = (",", ";", "\t", "|")


@dataclass
class Frame:
    """Some rows of a file."""

    file: Path
    numbers: NDArray[np.int64]
    """Line on which each begins in a CSV file, row in a Parquet file, from 1."""
    word: str
    """What the numbers count; empty for lines."""
    columns: dict[str, pa.Array]
    bad: list[tuple[int, str]] = field(default_factory=list)
    """Rows that cannot be read, beside the others."""

    def __len__(self) -> int:
        return len(self.numbers)

    def get(self, name: str | None) -> pa.Array:
        """A column; one without values if there is none of that name."""
        import pyarrow as pa

        return pa.nulls(len(self), pa.string()) if name is None or name not in self.columns else self.columns[name]

    def cell(self, name: str | None, row: int) -> str:
        """A cell as messages show it."""
        return shown(self.get(name)[row].as_py())


def header_of(file: Path) -> list[str]:
    """The names of a file's columns, or the cells of its first line if they are not named.

    Raises
    ------
    PlacementError
        If it cannot be read, or is empty.
    """
    if _is_parquet(file):
        return [str(name) for name in _parquet(file).schema_arrow.names]
    for _, cells in _rows(file):
        return [cell.strip() for cell in cells] if isinstance(cells, list) else []
    raise wrong(str(file), "the file is empty.", "Begin with a line of column names.")


def frames(file: Path, names: Sequence[str] | None = None) -> Iterator[Frame]:
    """The rows of a file.

    Parameters
    ----------
    file : path
    names : sequence of str, optional
        Names of the columns of a CSV file that has no line with these.

    Raises
    ------
    PlacementError
        If it cannot be read, or a column stands twice.
    """
    header = list(names) if names is not None else header_of(file)
    doubled = [name for name in header if name and header.count(name) > 1]
    if doubled:
        raise wrong(str(file), f"the column '{doubled[0]}' stands twice.", "Keep one.")
    yield from _of_parquet(file) if _is_parquet(file) else _of_csv(file, header, named=names is None)


def _is_parquet(file: Path) -> bool:
    with opened(file) as stream:
        return stream.read(4) == b"PAR1"


def _parquet(file: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet

    try:
        return pyarrow.parquet.ParquetFile(file)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(file, error) from None


def _unreadable(file: Path, error: Exception) -> Exception:
    reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
    return wrong(str(file), f"this is not a Parquet file that can be read ({reason}).", "Write it again.")


def _of_parquet(file: Path) -> Iterator[Frame]:
    import pyarrow as pa

    source = _parquet(file)
    done = 0
    try:
        for batch in source.iter_batches(AT_ONCE):
            numbers = np.arange(done + 1, done + batch.num_rows + 1, dtype=np.int64)
            done += batch.num_rows
            yield Frame(file, numbers, "row", dict(zip(batch.schema.names, batch.columns, strict=True)))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(file, error) from None


def _of_csv(file: Path, header: list[str], *, named: bool) -> Iterator[Frame]:
    good: list[list[str]] = []
    where: list[int] = []
    bad: list[tuple[int, str]] = []
    for number, cells in _rows(file):
        if named:
            named = False
            continue
        if isinstance(cells, str):
            bad.append((number, cells))
        elif len(cells) != len(header):
            bad.append((number, f"{len(cells)} cells, the header has {len(header)}"))
        else:
            good.append(cells)
            where.append(number)
        if len(good) + len(bad) >= AT_ONCE:
            yield _frame(file, header, good, where, bad)
            good, where, bad = [], [], []
    if good or bad:
        yield _frame(file, header, good, where, bad)


def _frame(file: Path, header: list[str], good: list[list[str]], where: list[int], bad: list[tuple[int, str]]) -> Frame:
    columns = {name: column([row[index] for row in good]) for index, name in enumerate(header) if name}
    return Frame(file, np.array(where, dtype=np.int64), "", columns, bad)


def _rows(file: Path) -> Iterator[tuple[int, list[str] | str]]:
    """The line on which each row begins and its cells, or what is wrong with it."""
    lines = _Lines(file)
    first = next(iter(lines), None)
    if first is None:
        return
    mark = next((each for each in MARKS if each in first), ",")
    lines.again(first)
    reader = csv.reader(iter(lines), delimiter=mark)
    while True:
        begin = lines.number + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield begin, str(error)
            continue
        if cells is None:
            return
        if lines.long:
            lines.long = False
            yield begin, f"a line has more than {LONGEST_LINE:,} characters"
        elif cells and not (len(cells) == 1 and not cells[0].strip()):
            yield begin, cells


class _Lines:
    """The lines of a file with their ends, one by one; counts them."""

    def __init__(self, file: Path):
        self.number = 0
        """Of the line that was handed out last."""
        self.long = False
        """Whether there was one too long to be read since this was last set."""
        self._all = ((line) for _, lines in blocks(file) for line in lines)
        self._waiting: list[str] = []

    def again(self, line: str) -> None:
        """Hand a line out once more."""
        self.number -= 1
        self._waiting.append(line)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.number += 1
        if self._waiting:
            return self._waiting.pop()
        line = next(self._all)
        if line is None:
            self.long = True
            return ""
        return line + "\n"
