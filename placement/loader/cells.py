"""The columns of an Arrow table read as the arrays of a Table, with every wrong cell named by its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.loader.columns import Column, amounts_column, as_array, repeated
from placement.loader.problems import Problems
from placement.loader.wording import (
    meaning,
    none_of,
    not_a_date,
    not_finite,
    out_of_bounds,
    unfit_text,
    wrong_type,
)
from placement.schema.table import Origin

MAX_COMPLAINTS = 5
"""Rows of a column that are named one by one; the others are counted."""

NUMBER = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"

Mask = NDArray[np.bool_]


class Cells:
    """Reads the columns of one Arrow table and notes what is wrong with them.

    With `text` the table is from a text file: cells are text, and numbers, dates and truth values are read from it.
    """

    def __init__(self, data: Any, names: list[str], origin: Origin, problems: Problems, *, text: bool):
        self.data, self.names, self.origin, self.problems, self.text = data, names, origin, problems, text
        self.source = origin.source

    def read(self, column: Column) -> tuple[NDArray[Any], Mask]:
        """The column as an array with defaults for empty cells, and which cells were not empty."""
        values = self._plain(self.data.column(self.names.index(column.name)))
        valid: Mask = np.asarray(values.is_valid().to_numpy(zero_copy_only=False), dtype=bool)
        result: NDArray[Any] | None = getattr(self, f"_{column.kind}")(column, values, valid)
        if result is None:
            fact = f"the column '{column.name}' holds {values.type}, but must hold {column.wanted} in each row."
            self.problems.add(f"{self.source}: column {column.name}", fact, meaning(column.name, column.description))
            self.problems.cover_source(self.source, [column.name])
            return repeated(column, len(values)), valid
        if not valid.all():
            if column.required:
                words = f"{column.name} is empty.", meaning(column.name, column.description)
                self._complain(~valid, column, lambda row: words)
            result[~valid] = repeated(column, int((~valid).sum()))
        return result, valid

    def amounts(self, names: list[str]) -> NDArray[Any]:
        """Columns `uses.NAME` as one mapping per row."""
        result = np.empty(self.data.num_rows, dtype=object)
        result[:] = [{} for _ in range(self.data.num_rows)]
        for name in names:
            values, _ = self.read(amounts_column(name))
            for row in np.flatnonzero(values):
                result[row][name.removeprefix("uses.")] = int(values[row])
        return result

    def _plain(self, values: Any) -> Any:
        """The same values in one of the plain Arrow types; empty text is no value."""
        import pyarrow as pa
        import pyarrow.compute as pc

        kind = values.type
        if isinstance(kind, pa.BaseExtensionType):
            values = values.cast(kind.storage_type)
        if pa.types.is_dictionary(values.type):
            values = values.cast(values.type.value_type)
        if pa.types.is_large_string(values.type) or pa.types.is_string_view(values.type):
            values = values.cast(pa.string())
        if pa.types.is_string(values.type):
            values = pc.utf8_trim_whitespace(values) if self.text else values
            values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
        return values

    def _complain(self, wrong: Mask, column: Column, words: Callable[[int], tuple[str, str]]) -> None:
        """Name the first wrong rows, count the others, and say no more about any of them."""
        rows = np.flatnonzero(wrong)
        for row in rows[:MAX_COMPLAINTS]:
            self.problems.add(self.origin.place(int(row), column.name), *words(int(row)))
        if len(rows) > MAX_COMPLAINTS:
            fact = f"{len(rows) - MAX_COMPLAINTS:,} more rows have a wrong {column.name}, this one first."
            place = self.origin.place(int(rows[MAX_COMPLAINTS]), column.name)
            self.problems.add(place, fact, "Correct them likewise.")
        for row in rows:
            self.problems.cover_row(self.origin.place(int(row), ""), [column.name])

    def _float(self, column: Column, values: Any, valid: Mask) -> NDArray[Any] | None:
        numbers = self._numbers(column, values)
        return None if numbers is None else self._bounded(column, numbers, valid)

    def _int(self, column: Column, values: Any, valid: Mask) -> NDArray[Any] | None:
        numbers = self._numbers(column, values)
        if numbers is None:
            return None
        numbers = self._bounded(column, numbers, valid)
        broken = valid & (numbers != np.round(numbers))
        self._complain(
            broken,
            column,
            lambda row: wrong_type(column.name, float(numbers[row]), column.wanted, column.description),
        )
        return np.where(valid & ~broken, numbers, 1).astype(np.int64)

    def _numbers(self, column: Column, values: Any) -> NDArray[np.float64] | None:
        """The column as numbers, NaN where a cell is empty; None if it is of another type."""
        import pyarrow as pa
        import pyarrow.compute as pc

        kind = values.type
        if self.text and pa.types.is_string(kind):
            good = pc.match_substring_regex(values, NUMBER).fill_null(True)
            wrong = ~np.asarray(good.to_numpy(zero_copy_only=False), dtype=bool)
            self._complain(wrong, column, lambda row: self._not_a_number(column, values[row].as_py()))
            values = pc.if_else(good, values, pa.scalar("1"))
        elif not (
            pa.types.is_integer(kind)
            or pa.types.is_floating(kind)
            or pa.types.is_decimal(kind)
            or pa.types.is_null(kind)
        ):
            return None
        floats = values.cast(pa.float64(), safe=False)
        return np.array(floats.fill_null(float("nan")).to_numpy(zero_copy_only=False), dtype=np.float64)

    def _not_a_number(self, column: Column, cell: str) -> tuple[str, str]:
        fact, remedy = wrong_type(column.name, cell, column.wanted, column.description)
        absent = cell.lower() in ("nan", "na", "n/a", "null", "none", "-")
        return fact, "Leave the cell empty if there is none." if absent and not column.required else remedy

    def _bounded(self, column: Column, numbers: NDArray[np.float64], valid: Mask) -> NDArray[np.float64]:
        """The same numbers, those that are not finite or out of bounds complained of and replaced."""
        wrong = valid & ~np.isfinite(numbers)
        self._complain(wrong, column, lambda row: not_finite(column.name, float(numbers[row]), column.description))
        for bound in column.bounds:
            out = valid & ~wrong & ~bound.holds(numbers, bound.limit)

            def words(row: int, bound: Any = bound) -> tuple[str, str]:
                value = float(numbers[row])
                value = int(value) if value.is_integer() else value
                return out_of_bounds(column.name, value, bound.words, column.description)

            self._complain(out, column, words)
            wrong |= out
        return np.where(wrong, 1.0, numbers)

    def _bool(self, column: Column, values: Any, valid: Mask) -> NDArray[Any] | None:
        import pyarrow as pa

        kind = values.type
        if not (pa.types.is_boolean(kind) or pa.types.is_null(kind) or (self.text and pa.types.is_string(kind))):
            return None
        cells = values.to_pylist()
        known = {True: True, "true": True, False: False, "false": False, None: False}
        plain = [cell.lower() if isinstance(cell, str) else cell for cell in cells]
        wrong = np.array([cell not in known for cell in plain], dtype=bool)
        self._complain(
            wrong, column, lambda row: wrong_type(column.name, cells[row], column.wanted, column.description)
        )
        return np.array([known.get(cell, False) for cell in plain], dtype=bool)

    def _text(self, column: Column, values: Any, valid: Mask) -> NDArray[Any] | None:
        import pyarrow as pa

        kind = values.type
        if not (pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind)):
            return None
        which, cells = _distinct(values)
        texts = [None if cell is None else str(cell) for cell in cells]
        self._check_texts(column, which, [() if text is None else (text,) for text in texts])
        return as_array(column, texts)[which]

    def _texts(self, column: Column, values: Any, valid: Mask) -> NDArray[Any] | None:
        import pyarrow as pa

        kind = values.type
        if pa.types.is_string(kind) or pa.types.is_null(kind):
            which, distinct = _distinct(values)
            cells = [_split(cell) for cell in distinct]
        elif pa.types.is_nested(kind) and not (pa.types.is_struct(kind) or pa.types.is_map(kind)):
            if pa.types.is_list(kind) or pa.types.is_large_list(kind):
                which, cells = _lists(values)
            else:
                cells = [() if cell is None else tuple(cell) for cell in values.to_pylist()]
                which = np.arange(len(cells))
        else:
            return None
        wrong = np.array([not all(isinstance(item, str) for item in cell) for cell in cells], dtype=bool)
        self._complain(wrong[which], column, lambda row: self._not_texts(column, cells[which[row]]))
        good = [() if bad else cell for cell, bad in zip(cells, wrong, strict=True)]
        self._check_texts(column, which, good)
        return as_array(column, good)[which]

    def _floats(self, column: Column, values: Any, valid: Mask) -> NDArray[Any] | None:
        import pyarrow as pa

        kind = values.type
        listed = pa.types.is_list(kind) or pa.types.is_large_list(kind)
        if not (listed or pa.types.is_string(kind) or pa.types.is_null(kind)):
            return None
        which, cells = _lists(values) if listed else _distinct(values)
        read = [_as_floats(cell if isinstance(cell, tuple) else _split(cell)) for cell in cells]
        wrong = np.array([isinstance(found, str) for found in read], dtype=bool)
        self._complain(
            wrong[which],
            column,
            lambda row: wrong_type(f"an item of {column.name}", read[which[row]], "a number", column.description),
        )
        good = [() if isinstance(found, str) else found for found in read]
        for bound in column.bounds:
            out = [
                next((x for x in found if not (np.isfinite(x) and bound.holds(x, bound.limit))), None) for found in good
            ]

            def words(row: int, bound: Any = bound, out: Any = out) -> tuple[str, str]:
                return out_of_bounds(f"an item of {column.name}", out[which[row]], bound.words, column.description)

            self._complain(np.array([item is not None for item in out], dtype=bool)[which], column, words)
            good = [() if item is not None else found for found, item in zip(good, out, strict=True)]
        return as_array(column, good)[which]

    def _not_texts(self, column: Column, cell: tuple[Any, ...]) -> tuple[str, str]:
        item = next(item for item in cell if not isinstance(item, str))
        return wrong_type(f"an item of {column.name}", item, "text", column.description)

    def _check_texts(self, column: Column, which: NDArray[np.int64], cells: list[tuple[str, ...]]) -> None:
        """Complain of texts that are no choice, too long, or of the wrong letters; row r holds cells[which[r]]."""
        distinct = {text for cell in cells for text in cell}
        unfit = {t for t in distinct if (t not in column.choices if column.choices else not column.fits(t))}
        if not unfit:
            return
        first = [next((text for text in cell if text in unfit), None) for cell in cells]
        wrong = np.array([text is not None for text in first], dtype=bool)
        self._complain(wrong[which], column, lambda row: _unfit(column, str(first[which[row]])))

    def _moment(self, column: Column, values: Any, valid: Mask) -> NDArray[Any] | None:
        import pyarrow as pa

        kind = values.type
        if pa.types.is_string(kind):
            return self._moments_from_text(column, values)
        if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_null(kind)):
            return None
        zone = "UTC" if pa.types.is_timestamp(kind) and kind.tz else None
        moments = values.cast(pa.timestamp("us", zone), safe=False).cast(pa.timestamp("us"), safe=False)
        return np.array(moments.to_numpy(zero_copy_only=False), dtype="datetime64[us]")

    def _moments_from_text(self, column: Column, values: Any) -> NDArray[Any]:
        which, cells = _distinct(values)
        moments = [moment_of(cell) for cell in cells]
        wrong = np.array([m is None and cell is not None for m, cell in zip(moments, cells, strict=True)], dtype=bool)
        self._complain(wrong[which], column, lambda row: not_a_date(column.name, cells[which[row]]))
        return as_array(column, moments)[which]


def _distinct(values: Any) -> tuple[NDArray[np.int64], list[Any]]:
    """Which of the distinct cells stands in each row, and these cells; large tables repeat themselves."""
    if len(values) == 0:  # of no type, perhaps, which cannot be encoded
        return np.zeros(0, dtype=np.int64), []
    coded = values.dictionary_encode(null_encoding="encode").combine_chunks()
    which = np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
    return which, coded.dictionary.to_pylist()


def _lists(values: Any) -> tuple[NDArray[np.int64], list[tuple[Any, ...]]]:
    """The same for lists; all that are empty or missing stand for one."""
    import pyarrow.compute as pc

    filled = np.asarray(pc.list_value_length(values).fill_null(0).to_numpy(zero_copy_only=False)) > 0
    rows = np.flatnonzero(filled)
    cells = [(), *(tuple(cell) for cell in values.take(rows).to_pylist())]
    which = np.zeros(len(filled), dtype=np.int64)
    which[rows] = np.arange(1, len(cells))
    return which, cells


def _as_floats(cell: tuple[Any, ...]) -> tuple[float, ...] | str:
    """Numbers, or else the first item that is none, as text."""
    for item in cell:
        plain = re.fullmatch(NUMBER, item) if isinstance(item, str) else isinstance(item, int | float)
        if not plain:
            return str(item)
    return tuple(float(item) for item in cell)


def _split(cell: str | None) -> tuple[str, ...]:
    """The parts of text that is separated by `;`."""
    return () if cell is None else tuple(part.strip() for part in cell.split(";") if part.strip())


def moment_of(cell: str | None) -> datetime | None:
    """The moment that ISO 8601 text stands for, UTC without a zone; None if it is none."""
    if cell is None:
        return None
    try:
        moment = datetime.fromisoformat(cell.strip())
        offset = moment.utcoffset()
        return moment if offset is None else (moment - offset).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _unfit(column: Column, text: str) -> tuple[str, str]:
    if column.choices:
        return none_of(column.name, text, column.choices)
    if column.longest is not None and len(text) > column.longest:
        return f"{column.name} has {len(text):,} characters, more than {column.longest} allowed.", "Shorten it."
    return unfit_text(column.name, text, column.pattern or "")
