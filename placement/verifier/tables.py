"""A plan's tables as arrays, with everything that is not a number or a name said and left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from placement.plan import TABLES, Plan
from placement.verifier.findings import Findings
from placement.verifier.spans import REAL_TOLERANCE, Bools

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Rows:
    """Rows of one table as columns: text as object arrays, moments as datetime64[us] in UTC."""

    name: str
    columns: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, column: str) -> NDArray[Any]:
        return self.columns[column]

    def keep(self, mask: Any) -> Rows:
        """The rows that a mask or a list of numbers selects."""
        return Rows(self.name, {name: values[mask] for name, values in self.columns.items()})


def read(plan: Plan, findings: Findings) -> dict[str, Rows]:
    """Every table of a plan; rows with numbers that cannot be used are left out, each with a finding."""
    return {name: _table(name, plan.tables.get(name), findings) for name in TABLES}


def _table(name: str, frame: pd.DataFrame | None, findings: Findings) -> Rows:
    kinds = TABLES[name]
    missing = list(kinds) if frame is None else [column for column in kinds if column not in frame.columns]
    if frame is None or missing:
        what = "the plan has no such table." if frame is None else f"there is no column {', '.join(missing)}."
        findings.add("table", name, what)
        return Rows(name, {column: np.zeros(0, dtype=_EMPTY[kind]) for column, kind in kinds.items()})
    columns = {}
    sound = np.ones(len(frame), dtype=bool)
    for column, kind in kinds.items():
        values = _values(frame[column], kind)
        columns[column], good = _READERS[kind](values, name, column)
        for row in np.flatnonzero(~good):
            cell = values[row : row + 1].astype(object)[0]
            findings.add("table", f"{name}, row {row + 1}", f"{column} is {cell!r}, {_WANTED[kind]}.")
        sound &= good
    return Rows(name, columns).keep(sound)


def _values(series: pd.Series[Any], kind: str) -> NDArray[Any]:
    """Cells of a column: plain numbers as they are, moments in UTC, anything else as objects."""
    if kind == "moment":
        return _moments(series)
    plain = kind in ("int", "float") and isinstance(series.dtype, np.dtype) and series.dtype.kind in "if"
    return series.to_numpy() if plain else series.to_numpy(dtype=object)


def _moments(series: pd.Series[Any]) -> NDArray[Any]:
    """Moments in UTC; NaT where there is none, or something else."""
    if series.dtype == object:
        import pandas as pd

        cells = [cell if isinstance(cell, datetime) else None for cell in series]
        series = pd.to_datetime(pd.Series(cells, dtype=object), utc=True, errors="coerce")
    if series.dtype.kind != "M":
        return np.full(len(series), np.datetime64("NaT", "us"))
    return series.to_numpy(dtype="datetime64[us]")


def _as_moment(values: NDArray[Any], table: str, column: str) -> tuple[NDArray[Any], Bools]:
    return values, np.ones(len(values), dtype=bool)


def _as_text(values: NDArray[Any], table: str, column: str) -> tuple[NDArray[Any], Bools]:
    """Text; an empty cell is empty text."""
    if set(map(type, values)) <= {str}:
        return values, np.ones(len(values), dtype=bool)
    result = np.empty(len(values), dtype=object)
    result[:] = [cell if isinstance(cell, str) else "" for cell in values]
    good = np.array([isinstance(cell, str) or cell is None or cell != cell for cell in values], dtype=bool)
    return result, good


def _numbers(values: NDArray[Any]) -> NDArray[np.float64]:
    try:
        return values.astype(np.float64)
    except (TypeError, ValueError):
        return np.array([_number(cell) for cell in values], dtype=np.float64)


def _number(cell: Any) -> float:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return float("nan")


def _as_float(values: NDArray[Any], table: str, column: str) -> tuple[NDArray[Any], Bools]:
    numbers = _numbers(values)
    good = np.isfinite(numbers)
    if (table, column) != ("costs", "usd"):
        good &= numbers >= -REAL_TOLERANCE
    return numbers, good


def _as_int(values: NDArray[Any], table: str, column: str) -> tuple[NDArray[Any], Bools]:
    numbers = _numbers(values)
    good = np.isfinite(numbers) & (np.abs(numbers) < 2**53)
    numbers = np.where(good, numbers, 0.0)
    return numbers.astype(np.int64), good & (numbers == np.round(numbers)) & (numbers >= 0)


def _as_bool(values: NDArray[Any], table: str, column: str) -> tuple[NDArray[Any], Bools]:
    good = np.array([isinstance(cell, bool | np.bool_) for cell in values], dtype=bool)
    return np.where(good, values, False).astype(bool), good


_READERS = {"text": _as_text, "int": _as_int, "float": _as_float, "bool": _as_bool, "moment": _as_moment}
_EMPTY: dict[str, Any] = {
    "text": object,
    "int": np.int64,
    "float": np.float64,
    "bool": bool,
    "moment": "datetime64[us]",
}
_WANTED = {
    "text": "not text",
    "int": "not a whole number from 0 on",
    "float": "not a number that can be used here",
    "bool": "neither true nor false",
    "moment": "not a moment",
}


def twice(rows: Rows, keys: tuple[str, ...]) -> list[int]:
    """Numbers of rows whose key columns stand in an earlier row already."""
    columns = [rows[name].tolist() for name in keys]
    if len(set(zip(*columns, strict=True))) == len(rows):
        return []
    seen: set[tuple[Any, ...]] = set()
    repeated = []
    for index, key in enumerate(zip(*columns, strict=True)):
        if key in seen:
            repeated.append(index)
        seen.add(key)
    return repeated
