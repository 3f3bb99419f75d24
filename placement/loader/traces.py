"""Recorded series read from CSV and Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from placement.loader.cells import NUMBER, moment_of
from placement.loader.files import is_text, read_file
from placement.loader.lines import lines_of
from placement.loader.problems import Problems
from placement.loader.wording import did_you_mean, shown
from placement.schema import SeriesSpec, Trace
from placement.schema.table import Origin

if TYPE_CHECKING:
    import pyarrow as pa


def read_trace(spec: SeriesSpec, folder: Path, place: str, problems: Problems) -> Trace | None:
    """The column of a file that a series names, or None, with what is wrong added to `problems`."""
    before = len(problems)
    data = read_file(folder, str(spec.file), place, problems)
    if data is None or len(problems) > before:
        return None
    found = lines_of(folder / str(spec.file), data.num_rows) if is_text(str(spec.file)) else None
    origin = Origin(0, str(spec.file), None if found is None else found.rows)
    return _trace(data, spec, place, origin, problems)


def _trace(data: pa.Table, spec: SeriesSpec, place: str, origin: Origin, problems: Problems) -> Trace | None:
    """The column of an Arrow table that a series names, averaged to hours where it has times."""
    for name in (spec.column, spec.time_column):
        found = data.column_names.count(name)
        if name is not None and found != 1:
            fact = f"'{spec.file}' has {found or 'no'} columns named '{name}'."
            problems.add(place, fact, "Keep one." if found else did_you_mean(name, data.column_names))
            return None
    if data.num_rows == 0:
        problems.add(place, f"'{spec.file}' has no rows.", "Give a file with data.")
        return None
    values = _numbers(data.column(str(spec.column)), spec, origin, problems)
    times = None if spec.time_column is None else _times(data.column(spec.time_column), spec, origin, problems)
    if values is None or (spec.time_column is not None and times is None):
        return None
    source = f"{spec.file}, column {spec.column}"
    if times is not None:
        return _hourly(times, values, source)
    gaps = np.flatnonzero(np.isnan(values))
    if len(gaps):
        fact = f"{spec.column} is empty" + (f", and so are {len(gaps) - 1:,} more." if len(gaps) > 1 else ".")
        problems.add(origin.place(int(gaps[0]), str(spec.column)), fact, "Fill the gaps; each row is a slot.")
        return None
    return Trace(values, None, source)


def _numbers(column: Any, spec: SeriesSpec, origin: Origin, problems: Problems) -> NDArray[np.float64] | None:
    """The numbers of a column, NaN for empty cells."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if is_text(str(spec.file)) and pa.types.is_string(kind):
        column = pc.utf8_trim_whitespace(column)
        column = pc.if_else(
            pc.is_in(pc.utf8_lower(column), pa.array(["", "nan"])), pa.scalar(None, pa.string()), column
        )
        wrong = np.flatnonzero(~np.asarray(pc.match_substring_regex(column, NUMBER).fill_null(True)))
        if len(wrong):
            row = int(wrong[0])
            fact = f"{spec.column} is {shown(column[row].as_py())}, but must be a number."
            more = f" {len(wrong) - 1:,} more rows are wrong as well." if len(wrong) > 1 else ""
            problems.add(origin.place(row, str(spec.column)), fact, f"Write a plain number.{more}")
            return None
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        problems.add(f"{spec.file}: column {spec.column}", f"the column holds {kind}, not numbers.", "Write numbers.")
        return None
    floats = column.cast(pa.float64(), safe=False).fill_null(float("nan"))
    values = np.array(floats.to_numpy(zero_copy_only=False), dtype=np.float64)
    if np.isinf(values).any():
        row = int(np.flatnonzero(np.isinf(values))[0])
        fact = f"{spec.column} is {values[row]}, which is not a number that can be used."
        problems.add(origin.place(row, str(spec.column)), fact, "Write a plain number, or leave the cell empty.")
        return None
    return values


def _times(column: Any, spec: SeriesSpec, origin: Origin, problems: Problems) -> NDArray[np.datetime64] | None:
    """The moments of a column, UTC."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        column = column.cast(pa.string())
    if pa.types.is_string(column.type):
        return _times_from_text(column, spec, origin, problems)
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        place = f"{spec.file}: column {spec.time_column}"
        problems.add(place, f"the column holds {kind}, not times.", "Write timestamps, or ISO 8601 text.")
        return None
    zone = "UTC" if pa.types.is_timestamp(kind) and kind.tz else None
    plain = column.cast(pa.timestamp("us", zone), safe=False).cast(pa.timestamp("us"), safe=False)
    times = np.array(plain.to_numpy(zero_copy_only=False), dtype="datetime64[us]")
    return _all_there(times, column, spec, origin, problems)


def _times_from_text(
    column: Any, spec: SeriesSpec, origin: Origin, problems: Problems
) -> NDArray[np.datetime64] | None:
    """ISO 8601 text as moments; without a zone it is taken as UTC."""
    import pyarrow as pa

    try:
        moments = column.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
        times = np.array(moments.to_numpy(zero_copy_only=False), dtype="datetime64[us]")
    except pa.ArrowInvalid:  # some are without a zone, or are no times
        times = np.array([moment_of(cell) for cell in column.to_pylist()], dtype="datetime64[us]")
    return _all_there(times, column, spec, origin, problems)


def _all_there(
    times: NDArray[np.datetime64], column: Any, spec: SeriesSpec, origin: Origin, problems: Problems
) -> NDArray[np.datetime64] | None:
    missing = np.flatnonzero(np.isnat(times))
    if not len(missing):
        return times
    row = int(missing[0])
    fact = f"{spec.time_column} is {shown(column[row].as_py() or None)}, which is not a time."
    more = f" {len(missing) - 1:,} more rows are wrong as well." if len(missing) > 1 else ""
    problems.add(origin.place(row, str(spec.time_column)), fact, f"Write ISO 8601, such as 2027-06-07T00:00:00Z.{more}")
    return None


def _hourly(times: NDArray[np.datetime64], values: NDArray[np.float64], source: str) -> Trace:
    """Means by hour, ascending; hours without a number keep NaN and are complained of only where they are used."""
    hours = times.astype("datetime64[h]")
    unique, inverse = np.unique(hours, return_inverse=True)
    here = np.isfinite(values)
    total = np.bincount(inverse[here], values[here], len(unique))
    count = np.bincount(inverse[here], minlength=len(unique))
    return Trace(np.where(count > 0, total / np.maximum(count, 1), np.nan), unique, source)
