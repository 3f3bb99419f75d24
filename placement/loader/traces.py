"""Recorded series read from CSV and Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.errors import Problem
from placement.loader.wording import did_you_mean
from placement.schema import SeriesSpec, Trace

if TYPE_CHECKING:
    import pyarrow as pa


def read_trace(spec: SeriesSpec, folder: Path, place: str) -> Trace | Problem:
    """The column of a file that a series names, or what is wrong with it."""
    import pyarrow as pa

    file = folder / str(spec.file)
    if not file.is_file():
        return Problem(
            place, f"the file '{spec.file}' does not exist ({file}).", "Check the path; it is relative to the scenario."
        )
    try:
        data = _read(file)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        return Problem(
            place, f"'{spec.file}' cannot be read ({str(error).splitlines()[0]}).", "Give a .csv or .parquet file."
        )
    if data is None:
        return Problem(place, f"'{spec.file}' ends in '{file.suffix}'.", "Give a .csv or .parquet file.")
    return trace_from(data, spec, place)


def trace_from(data: pa.Table, spec: SeriesSpec, place: str) -> Trace | Problem:
    """The column of an Arrow table that a series names, averaged to hours where it has times."""
    import pyarrow as pa

    for name in (spec.column, spec.time_column):
        if name is not None and name not in data.column_names:
            fact = f"'{spec.file}' has no column '{name}'."
            return Problem(place, fact, did_you_mean(name, data.column_names))
    column = data.column(str(spec.column))
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)):
        return Problem(
            place, f"column '{spec.column}' of '{spec.file}' holds {column.type}, not numbers.", "Write numbers."
        )
    values = np.asarray(column.cast(pa.float64()).fill_null(float("nan")).to_numpy(), dtype=np.float64)
    source = f"{spec.file}, column {spec.column}"
    if len(values) == 0:
        return Problem(place, f"'{spec.file}' has no rows.", "Give a file with data.")
    if spec.time_column is None:
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values))[0])
            return Problem(place, f"row {row + 1} of {source} is empty or not finite.", "Fill it.")
        return Trace(values, None, source)
    times = _times(data.column(spec.time_column))
    if isinstance(times, str):
        return Problem(
            place, f"column '{spec.time_column}' of '{spec.file}' holds {times}, not times.", "Write ISO 8601, UTC."
        )
    return _hourly(times, values, source)


def _read(file: Path) -> pa.Table | None:
    import pyarrow.csv
    import pyarrow.parquet

    if file.suffix.lower() == ".csv":
        return pyarrow.csv.read_csv(file)
    if file.suffix.lower() in (".parquet", ".pq"):
        return pyarrow.parquet.read_table(file)
    return None


def _times(column: Any) -> np.ndarray[Any, Any] | str:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        try:
            column = column.cast(pa.timestamp("us", "UTC"))
        except pa.ArrowInvalid:
            try:
                column = column.cast(pa.timestamp("us"))
            except pa.ArrowInvalid:
                return "text that is not times"
        kind = column.type
    if not pa.types.is_timestamp(kind) or column.null_count:
        return str(kind) if not pa.types.is_timestamp(kind) else "empty cells"
    return np.asarray(column.cast(pa.timestamp("us", kind.tz)).to_numpy(), dtype="datetime64[us]")


def _hourly(times: np.ndarray[Any, Any], values: np.ndarray[Any, Any], source: str) -> Trace:
    """Means by hour, ascending; hours without a number keep NaN and are complained of only where they are used."""
    hours = times.astype("datetime64[h]")
    unique, inverse = np.unique(hours, return_inverse=True)
    here = np.isfinite(values)
    total = np.bincount(inverse[here], values[here], len(unique))
    count = np.bincount(inverse[here], minlength=len(unique))
    with np.errstate(invalid="ignore", divide="ignore"):
        return Trace(np.where(count > 0, total / np.maximum(count, 1), np.nan), unique, source)
