"""Tables: rows listed in the scenario, CSV and Parquet files, data frames; checked and turned into columns.

Types, bounds and defaults are those of the record (`placement.schema.jobs`), read from its annotations.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
import numpy as np
from numpy.typing import NDArray
from pydantic.fields import FieldInfo

from placement.errors import Problem
from placement.loader.records import build
from placement.loader.wording import did_you_mean, not_finite, out_of_bounds, shown, wrong_type
from placement.schema import Model, Table
from placement.schema.table import Origin
from placement.tree import Steps, Tree

if TYPE_CHECKING:
    import pyarrow as pa

MAX_COMPLAINTS_PER_COLUMN = 5
_BOUND_WORDS = {
    annotated_types.Gt: ("gt", "greater than {:g}", lambda column, bound: column > bound),
    annotated_types.Ge: ("ge", "at least {:g}", lambda column, bound: column >= bound),
    annotated_types.Lt: ("lt", "less than {:g}", lambda column, bound: column < bound),
    annotated_types.Le: ("le", "at most {:g}", lambda column, bound: column <= bound),
}


Kind = Literal["float", "int", "bool", "text", "moment", "texts", "amounts"]


@dataclass(frozen=True)
class Column:
    """What a field of a record takes, for a whole column."""

    name: str
    kind: Kind
    required: bool
    default: Any
    nullable: bool
    bounds: tuple[tuple[str, Callable[[Any], Any]], ...]
    choices: tuple[str, ...]
    description: str


def columns_of(record: type[Model]) -> list[Column]:
    """The columns of a record type, from its annotations."""
    return [_column(name, info) for name, info in record.model_fields.items()]


def _column(name: str, info: FieldInfo) -> Column:
    base, metadata, nullable = _unwrap(info.annotation)
    metadata = [*metadata, *info.metadata]
    bounds = []
    for item in metadata:
        for bound_type, (attribute, words, test) in _BOUND_WORDS.items():
            if isinstance(item, bound_type):
                bound = getattr(item, attribute)
                bounds.append((words.format(bound), lambda column, test=test, bound=bound: test(column, bound)))
    choices = tuple(get_args(base)) if get_origin(base) is Literal else ()
    kinds: dict[Any, Kind] = {str: "text", float: "float", int: "int", bool: "bool", datetime: "moment"}
    containers: dict[Any, Kind] = {tuple: "texts", dict: "amounts", Literal: "text"}
    kind = kinds[base] if base in kinds else containers[get_origin(base)]
    default = None if info.is_required() else info.default
    return Column(
        info.alias or name, kind, info.is_required(), default, nullable, tuple(bounds), choices, info.description or ""
    )


def _unwrap(annotation: Any) -> tuple[Any, list[Any], bool]:
    """Base type, constraints and whether None is allowed, of Annotated and `| None`."""
    metadata: list[Any] = []
    nullable = False
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *extra = get_args(annotation)
            for item in extra:
                metadata.extend(item.metadata if isinstance(item, FieldInfo) else [item])
        elif get_origin(annotation) in (Union, types.UnionType):
            (annotation,) = [part for part in get_args(annotation) if part is not type(None)]
            nullable = True
        else:
            return annotation, metadata, nullable


def from_list(
    record: type[Model],
    rows: list[Any],
    tree: Tree,
    path: Steps,
    problems: list[Problem],
    indices: Sequence[int] | None = None,
) -> Table:
    """Rows listed in the scenario itself, at the given places of the list."""
    built = []
    kept = []
    for index, row in zip(indices if indices is not None else range(len(rows)), rows, strict=True):
        made = build(record, row, tree, (*path, index), problems)
        if made is not None:
            built.append(made)
            kept.append(index)
    columns = {}
    for name, info in record.model_fields.items():
        column = _column(name, info)
        values = [getattr(row, name) for row in built]
        columns[column.name] = _array(column, values)
    if "reject_usd" in columns:
        given = np.array(["reject_usd" in row.model_fields_set for row in built], dtype=bool)
        must = [getattr(row, "must_run", None) for row in built]
        columns["must_run"] = _must_run(columns["reject_usd"], must, given)
    lines = np.array([tree.lines.get((*path, index), 0) for index in kept], dtype=np.int64)
    has_lines = bool(tree.lines)
    name = tree.source if has_lines else ".".join(str(p) for p in path)
    return Table(record, columns, (Origin(0, name, lines if has_lines else None),))


def _must_run(reject: NDArray[np.float64], must: Iterable[bool | None], given: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A job must run where it says so, or says nothing and has an explicit empty `reject_usd`."""
    explicit = np.array([value is True for value in must], dtype=bool)
    silent = np.array([value is None for value in must], dtype=bool)
    return explicit | (silent & given & np.isnan(reject))


def _array(column: Column, values: list[Any]) -> NDArray[Any]:
    """Checked values as an array."""
    if column.kind == "float":
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    if column.kind == "int":
        return np.array([0 if v is None else v for v in values], dtype=np.int64)
    if column.kind == "bool":
        return np.array([bool(v) for v in values], dtype=bool)
    if column.kind == "moment":
        naive = [
            np.datetime64("NaT", "us") if v is None else np.datetime64(v.replace(tzinfo=None), "us") for v in values
        ]
        return np.array(naive, dtype="datetime64[us]")
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result


def empty(record: type[Model]) -> Table:
    """A table without rows."""
    return from_list(record, [], Tree([], record.__name__.lower()), (), [])


def from_file(
    record: type[Model], file: Path, rename: Mapping[str, str], source: str, place: str, problems: list[Problem]
) -> Table:
    """A CSV or Parquet file; `place` is where the scenario names it."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    if not file.is_file():
        problems.append(
            Problem(
                place,
                f"the table '{source}' does not exist ({file}).",
                "Check the path; it is relative to the scenario.",
            )
        )
        return empty(record)
    try:
        if file.suffix.lower() == ".csv":
            options = pa.csv.ConvertOptions(column_types=_all_text(file), strings_can_be_null=False)
            data = pa.csv.read_csv(file, convert_options=options)
            text = True
        elif file.suffix.lower() in (".parquet", ".pq"):
            data, text = pa.parquet.read_table(file), False
        else:
            problems.append(
                Problem(place, f"the table '{source}' ends in '{file.suffix}'.", "Give a .csv or .parquet file.")
            )
            return empty(record)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        kind = file.suffix.lower().lstrip(".")
        problems.append(
            Problem(source, f"this is not a readable {kind} file ({str(error).splitlines()[0]}).", "Write it again.")
        )
        return empty(record)
    return from_arrow(record, data, rename, source, problems, text=text)


def _all_text(file: Path) -> dict[str, pa.DataType]:
    """Read every column as text: what a cell means is decided here, by the record, not guessed."""
    import csv

    import pyarrow as pa

    with file.open(encoding="utf-8-sig", newline="") as stream:
        header = next(csv.reader(stream), [])
    return {name: pa.string() for name in header}


def from_table(record: type[Model], data: Any, source: str, problems: list[Problem]) -> Table:
    """A data frame, anything with `__arrow_c_stream__`, or a mapping of names to arrays; it is not changed."""
    import pyarrow as pa

    if isinstance(data, Mapping):
        data = pa.table({str(k): pa.array(v, from_pandas=True) for k, v in data.items()})
    elif hasattr(data, "to_dict") and hasattr(data, "dtypes") and hasattr(data, "iloc"):
        data = pa.Table.from_pandas(data, preserve_index=False)
    elif hasattr(data, "__arrow_c_stream__"):
        data = pa.table(data)
    else:
        fact = f"a {type(data).__name__} is not a table."
        problems.append(Problem(source, fact, "Give a data frame, an Arrow table or a dict of arrays."))
        return empty(record)
    return from_arrow(record, data, {}, source, problems, text=False)


def from_arrow(
    record: type[Model], data: pa.Table, rename: Mapping[str, str], source: str, problems: list[Problem], *, text: bool
) -> Table:
    """An Arrow table; with `text` every cell is text and an empty one means none."""
    ours = {theirs: name for name, theirs in rename.items()}
    fields = {column.name: column for column in columns_of(record)}
    names = [ours.get(name, name) for name in data.column_names]
    for theirs in rename.values():
        if theirs not in data.column_names:
            problems.append(Problem(source, f"there is no column '{theirs}'.", did_you_mean(theirs, data.column_names)))
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(Problem(f"{source}: column {name}", f"the column '{name}' stands twice.", "Keep one."))
    amounts = [name for name in names if name.startswith("uses.") and "uses" in fields]
    for name in names:
        if name not in fields and name not in amounts:
            remedy = did_you_mean(name, fields, "See `placement schema` for the columns.")
            problems.append(Problem(f"{source}: column {name}", f"unknown column '{name}'.", remedy))
    reader = _Reader(data, names, source, problems, text)
    columns: dict[str, NDArray[Any]] = {}
    present = np.zeros(0, dtype=bool)
    for name, column in fields.items():
        if name == "uses":
            columns[name] = reader.amounts(amounts)
        elif name in names:
            columns[name], valid = reader.read(column)
            if name == "must_run":
                present = valid
        elif column.required:
            problems.append(Problem(source, f"the column '{name}' is missing.", f"{name}: {column.description}"))
            columns[name] = _filled(column, data.num_rows)
        else:
            columns[name] = _filled(column, data.num_rows)
    if "reject_usd" in columns:
        given = np.full(data.num_rows, "reject_usd" in names and "must_run" not in names)
        must = columns["must_run"] & (present if len(present) else True)
        columns["must_run"] = must | (given & np.isnan(columns["reject_usd"]))
    return Table(record, columns, (Origin(0, source),))


def _filled(column: Column, rows: int) -> NDArray[Any]:
    default = column.default
    if default is None and column.required:
        default = {"float": 1.0, "int": 1, "text": "", "moment": None}.get(column.kind)
    one = _array(column, [default])
    if one.dtype != object:
        return np.full(rows, one[0])
    result = np.empty(rows, dtype=object)
    result[:] = [default] * rows
    return result


class _Reader:
    """Reads the columns of one Arrow table and notes what is wrong with them."""

    def __init__(self, data: pa.Table, names: list[str], source: str, problems: list[Problem], text: bool):
        self.data, self.names, self.source, self.problems, self.text = data, names, source, problems, text

    def read(self, column: Column) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """The column as an array with defaults for empty cells, and which cells were not empty."""
        import pyarrow as pa
        import pyarrow.compute as pc

        values = self.data.column(self.names.index(column.name))
        if pa.types.is_dictionary(values.type):
            values = values.cast(values.type.value_type)
        if self.text:
            values = pc.utf8_trim_whitespace(values)
            values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
        valid = np.asarray(values.is_valid().to_numpy())
        result: NDArray[Any] = getattr(self, f"_{column.kind}")(column, values, valid)
        if not valid.all():
            if column.required:
                for row in self._rows(~valid):
                    self._complain(row, column, f"{column.name} is empty.", f"{column.name}: {column.description}")
            if column.default is not None:
                filler = _array(column, [column.default])[0]
                for cell in np.flatnonzero(~valid) if result.dtype == object else [~valid]:
                    result[cell] = filler
        return result, valid

    def _rows(self, mask: NDArray[np.bool_]) -> list[int]:
        return [int(row) for row in np.flatnonzero(mask)]

    def _complain(self, row: int, column: Column, fact: str, remedy: str) -> None:
        place = f"{self.source}: row {row + 1}, column {column.name}"
        prefix = f"{self.source}: row "
        suffix = f", column {column.name}"
        here = [p for p in self.problems if p.place.startswith(prefix) and p.place.endswith(suffix)]
        if len(here) < MAX_COMPLAINTS_PER_COLUMN:
            self.problems.append(Problem(place, fact, remedy))
        elif len(here) == MAX_COMPLAINTS_PER_COLUMN:
            self.problems.append(
                Problem(f"{self.source}: row {row + 1} and on, column {column.name}", "more of the same.", "")
            )

    def _numbers(self, column: Column, values: Any, valid: NDArray[np.bool_]) -> NDArray[np.float64] | None:
        import pyarrow as pa

        wanted = "a whole number" if column.kind == "int" else "a number"
        kind = values.type
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            return np.asarray(values.cast(pa.float64()).fill_null(float("nan")).to_numpy(), dtype=np.float64)
        if pa.types.is_null(kind):
            return np.full(len(values), np.nan)
        if self.text and pa.types.is_string(kind):
            return self._parse(column, values, valid, wanted)
        fact = f"the column '{column.name}' holds {kind}, but must hold {wanted} in each row."
        self.problems.append(
            Problem(f"{self.source}: column {column.name}", fact, f"{column.name}: {column.description}")
        )
        return None

    def _parse(self, column: Column, values: Any, valid: NDArray[np.bool_], wanted: str) -> NDArray[np.float64]:
        import pyarrow as pa

        try:
            return np.asarray(values.cast(pa.float64()).fill_null(float("nan")).to_numpy(), dtype=np.float64)
        except pa.ArrowInvalid:
            result = np.full(len(values), np.nan)
            for row, cell in enumerate(values.to_pylist()):
                try:
                    result[row] = np.nan if cell is None else float(cell)
                except ValueError:
                    self._complain(row, column, *wrong_type(column.name, cell, wanted, column.description))
                    result[row] = 1.0
            return result

    def _bounded(self, column: Column, numbers: NDArray[np.float64], valid: NDArray[np.bool_]) -> NDArray[np.float64]:
        finite = np.isfinite(numbers)
        for row in self._rows(valid & ~finite):
            self._complain(row, column, *not_finite(column.name, numbers[row], column.description))
        for words, test in column.bounds:
            for row in self._rows(valid & finite & ~test(numbers)):
                value = float(numbers[row])
                value = int(value) if value.is_integer() else value
                self._complain(row, column, *out_of_bounds(column.name, value, words, column.description))
        return numbers

    def _float(self, column: Column, values: Any, valid: NDArray[np.bool_]) -> NDArray[Any]:
        numbers = self._numbers(column, values, valid)
        return np.full(len(values), np.nan) if numbers is None else self._bounded(column, numbers, valid).copy()

    def _int(self, column: Column, values: Any, valid: NDArray[np.bool_]) -> NDArray[Any]:
        numbers = self._numbers(column, values, valid)
        if numbers is None:
            return np.ones(len(values), dtype=np.int64)
        self._bounded(column, numbers, valid)
        broken = valid & np.isfinite(numbers) & (numbers != np.round(numbers))
        for row in self._rows(broken):
            self._complain(
                row, column, *wrong_type(column.name, float(numbers[row]), "a whole number", column.description)
            )
        usable = valid & np.isfinite(numbers) & (np.abs(numbers) < 2**53)
        return np.where(usable, numbers, 0).astype(np.int64)

    def _bool(self, column: Column, values: Any, valid: NDArray[np.bool_]) -> NDArray[Any]:
        import pyarrow as pa

        if pa.types.is_boolean(values.type) or pa.types.is_null(values.type):
            return np.array([bool(cell) for cell in values.to_pylist()], dtype=bool)
        if self.text:
            result = np.zeros(len(values), dtype=bool)
            for row, cell in enumerate(values.to_pylist()):
                if cell is not None and cell.lower() not in ("true", "false"):
                    self._complain(row, column, *wrong_type(column.name, cell, "true or false", column.description))
                result[row] = cell is not None and cell.lower() == "true"
            return result
        fact = f"the column '{column.name}' holds {values.type}, but must hold true or false in each row."
        self.problems.append(
            Problem(f"{self.source}: column {column.name}", fact, f"{column.name}: {column.description}")
        )
        return np.zeros(len(values), dtype=bool)

    def _text(self, column: Column, values: Any, valid: NDArray[np.bool_]) -> NDArray[Any]:
        import pyarrow as pa

        kind = values.type
        result = np.empty(len(values), dtype=object)
        if not (
            pa.types.is_string(kind)
            or pa.types.is_large_string(kind)
            or pa.types.is_integer(kind)
            or pa.types.is_null(kind)
        ):
            fact = f"the column '{column.name}' holds {kind}, but must hold text in each row."
            self.problems.append(
                Problem(f"{self.source}: column {column.name}", fact, f"{column.name}: {column.description}")
            )
            return result
        result[:] = [None if cell is None else str(cell) for cell in values.to_pylist()]
        if column.choices:
            for row in self._rows(
                np.array([cell is not None and cell not in column.choices for cell in result], dtype=bool)
            ):
                fact = f"{column.name} is {shown(result[row])}, which is none of {', '.join(column.choices)}."
                self._complain(row, column, fact, did_you_mean(result[row], column.choices))
        return result

    def _texts(self, column: Column, values: Any, valid: NDArray[np.bool_]) -> NDArray[Any]:
        import pyarrow as pa

        result = np.empty(len(values), dtype=object)
        kind = values.type
        if pa.types.is_list(kind) or pa.types.is_large_list(kind):
            result[:] = [() if cell is None else tuple(str(item) for item in cell) for cell in values.to_pylist()]
        elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
            result[:] = [
                () if cell is None else tuple(part.strip() for part in cell.split(";") if part.strip())
                for cell in values.to_pylist()
            ]
        else:
            fact = f"the column '{column.name}' holds {kind}, but must hold lists of text, or text separated by ';'."
            self.problems.append(
                Problem(f"{self.source}: column {column.name}", fact, f"{column.name}: {column.description}")
            )
            result[:] = [()] * len(values)
        return result

    def _moment(self, column: Column, values: Any, valid: NDArray[np.bool_]) -> NDArray[Any]:
        import pyarrow as pa

        kind = values.type
        if pa.types.is_timestamp(kind):
            utc = values.cast(pa.timestamp("us", "UTC" if kind.tz else None), safe=False)
            return np.asarray(utc.cast(pa.timestamp("us")).to_numpy(), dtype="datetime64[us]").copy()
        if pa.types.is_date(kind):
            return np.asarray(values.cast(pa.timestamp("us")).to_numpy(), dtype="datetime64[us]").copy()
        result = np.full(len(values), np.datetime64("NaT", "us"))
        if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
            for row, cell in enumerate(values.to_pylist()):
                if cell is None:
                    continue
                try:
                    moment = datetime.fromisoformat(cell.strip())
                    moment = moment if moment.tzinfo is None else (moment - moment.utcoffset()).replace(tzinfo=None)  # type: ignore[operator]
                    result[row] = np.datetime64(moment, "us")
                except ValueError:
                    self._complain(
                        row,
                        column,
                        f"{column.name} is {shown(cell)}, which is not a date.",
                        "Write ISO 8601, such as 2027-06-07T00:00:00Z.",
                    )
            return result
        fact = f"the column '{column.name}' holds {kind}, but must hold dates."
        self.problems.append(
            Problem(f"{self.source}: column {column.name}", fact, "Write timestamps or ISO 8601 text.")
        )
        return result

    def amounts(self, names: list[str]) -> NDArray[Any]:
        """Columns `uses.NAME` as one mapping per row."""
        rows = self.data.num_rows
        result = np.empty(rows, dtype=object)
        result[:] = [{} for _ in range(rows)]
        for name in names:
            column = Column(
                name,
                "int",
                False,
                0,
                True,
                (("at least 0", lambda cells: cells >= 0),),
                (),
                "Amount held while it runs.",
            )
            values, _ = self.read(column)
            for row in np.flatnonzero(values):
                result[row][name.removeprefix("uses.")] = int(values[row])
        return result
