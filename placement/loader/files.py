"""CSV and Parquet files beside a scenario, as Arrow tables. Cells of a CSV file are text: what they mean, its reader
decides.
"""

from __future__ import annotations

import csv
import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from placement.loader.lines import Lines, lines_of
from placement.loader.problems import Problems

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIXES = (".csv", ".parquet", ".pq")
MAX_RAGGED = 5
"""Rows with too many or too few cells that are named."""


def read_file(folder: Path, name: str, place: str, problems: Problems) -> pa.Table | None:
    """The table in a file, or None, with what is wrong added to `problems`.

    Parameters
    ----------
    folder : path
        Where relative names begin.
    name : str
        As the scenario names it.
    place : str
        Where it does so.
    problems : Problems
    """
    file = folder / name
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        problems.add(place, f"the file '{name}' ends in '{file.suffix}'.", "Give a .csv or .parquet file.")
        return None
    try:
        if not file.exists():
            problems.add(place, f"the file '{name}' does not exist ({file}).", _near(file))
            return None
        if file.is_dir():
            problems.add(place, f"'{name}' is a folder.", "Give a .csv or .parquet file.")
            return None
        return _csv(file, name, problems) if suffix == ".csv" else _parquet(file, name, problems)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        problems.add(place, f"the file '{name}' cannot be read ({reason[:200]}).", "Check its path and its rights.")
    return None


def is_text(name: str) -> bool:
    """Whether the cells of a file are text."""
    return name.lower().endswith(".csv")


def _near(file: Path) -> str:
    """Where the file may be instead."""
    there = [path.name for path in file.parent.iterdir() if path.is_file()] if file.parent.is_dir() else []
    near = difflib.get_close_matches(file.name, there, n=1, cutoff=0.7)
    return f"Did you mean '{near[0]}'?" if near else "Check the path; it is relative to the scenario's folder."


def _parquet(file: Path, name: str, problems: Problems) -> pa.Table | None:
    import pyarrow as pa
    import pyarrow.parquet

    try:
        return pyarrow.parquet.read_table(file, partitioning=None)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0][:200]
        problems.add(name, f"this is not a readable Parquet file ({reason}).", "Write it again.")
    return None


def _csv(file: Path, name: str, problems: Problems) -> pa.Table | None:
    import pyarrow as pa
    import pyarrow.csv

    header = _header(file, name, problems)
    if header is None:
        return None
    ragged: list[Any] = []

    def skip(row: Any) -> str:
        ragged.append(row)
        return "skip"

    try:
        data = pyarrow.csv.read_csv(
            file,
            read_options=pyarrow.csv.ReadOptions(use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowException as error:
        fact, remedy = f"this is not a readable CSV file ({str(error).splitlines()[0][:200]}).", "Write it again."
        if "UTF8" in str(error):
            fact, remedy = "the file is not UTF-8 text.", "Save it as UTF-8 CSV."
        problems.add(name, fact, remedy)
        return None
    _complain(ragged, lines_of(file, data.num_rows) if ragged else None, name, problems)
    return data


def _complain(ragged: list[Any], lines: Lines | None, name: str, problems: Problems) -> None:
    """Name the first rows with too many or too few cells by their lines, and count the others."""
    known = {} if lines is None or len(lines.ragged) != len(ragged) else dict(enumerate(lines.ragged))
    for number, row in enumerate(ragged[:MAX_RAGGED]):
        line, cells = known.get(number, (None, row.actual_columns))
        place, what = (name, f"the line '{row.text[:40]}'") if line is None else (f"{name}:{line}", "the row")
        fact = f"{what} has {cells} cells, and the header {row.expected_columns}."
        problems.add(place, fact, "Give each row as many cells; put text with commas in double quotes.")
    if len(ragged) > MAX_RAGGED:
        problems.add(name, f"{len(ragged) - MAX_RAGGED:,} more rows have too many or too few cells.", "")


def _header(file: Path, name: str, problems: Problems) -> list[str] | None:
    """The names in the first line of a CSV file."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            line = stream.readline(1_000_000)
        header = next(csv.reader([line]), [])
    except UnicodeDecodeError:
        problems.add(name, "the file is not UTF-8 text.", "Save it as UTF-8 CSV.")
        return None
    except csv.Error as error:
        problems.add(name, f"the first line is not a header ({error}).", "Begin with the names of the columns.")
        return None
    if not header:
        problems.add(name, "the file is empty.", "Begin with a line of column names.")
        return None
    for mark, words in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(header) == 1 and mark in header[0]:
            problems.add(name, f"the columns are separated by {words}.", "Save it with commas (and points in numbers).")
            return None
    return header
