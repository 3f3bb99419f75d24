"""What the fields of a record ask of whole columns: types, bounds and defaults, read from its annotations."""

import functools
import re
import types
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
import numpy as np
from numpy.typing import NDArray
from pydantic.fields import FieldInfo

from placement.loader.wording import amount
from placement.schema import Model

Kind = Literal["float", "int", "bool", "text", "moment", "texts", "floats", "amounts"]

_BOUNDS: tuple[tuple[Any, str, str, Callable[[Any, float], Any]], ...] = (
    (annotated_types.Gt, "gt", "greater than", lambda column, bound: column > bound),
    (annotated_types.Ge, "ge", "at least", lambda column, bound: column >= bound),
    (annotated_types.Lt, "lt", "less than", lambda column, bound: column < bound),
    (annotated_types.Le, "le", "at most", lambda column, bound: column <= bound),
)


@dataclass(frozen=True)
class Bound:
    """A bound on numbers."""

    words: str
    limit: float
    holds: Callable[[Any, float], Any]


@dataclass(frozen=True)
class Column:
    """What a field of a record takes, for a whole column."""

    name: str
    kind: Kind
    required: bool
    default: Any
    bounds: tuple[Bound, ...]
    choices: tuple[str, ...]
    pattern: str | None
    """Of each text."""
    longest: int | None
    description: str

    @property
    def wanted(self) -> str:
        """What each cell must hold, in words."""
        words = {"float": "a number", "int": "a whole number", "bool": "true or false", "text": "text"}
        return words.get(self.kind) or {
            "moment": "a date",
            "texts": "a list of text",
            "floats": "a list of numbers",
        }.get(self.kind, "amounts")

    def fits(self, text: str) -> bool:
        """Whether a text has the right length and letters."""
        short = self.longest is None or len(text) <= self.longest
        return short and (self._matches is None or self._matches(text) is not None)

    @functools.cached_property
    def _matches(self) -> Callable[[str], object] | None:
        return None if self.pattern is None else re.compile(self.pattern.removesuffix("$")).fullmatch


@functools.cache
def columns_of(record: type[Model]) -> dict[str, Column]:
    """The columns of a record type by name."""
    columns = [_column(name, info) for name, info in record.model_fields.items()]
    return {column.name: column for column in columns}


def amounts_column(name: str) -> Column:
    """A column `uses.NAME`."""
    bounds = (_bound(annotated_types.Ge(0)), _bound(annotated_types.Le(10**9)))
    return Column(name, "int", False, 0, bounds, (), None, None, "Amount held while it runs.")


def _column(name: str, info: FieldInfo) -> Column:
    base, metadata = _unwrap(info.annotation, list(info.metadata))
    if get_origin(base) is tuple:
        base, metadata = _unwrap(get_args(base)[0], [])
        kind: Kind = "floats" if base is float else "texts"
    else:
        kinds: dict[Any, Kind] = {str: "text", float: "float", int: "int", bool: "bool", datetime: "moment"}
        kind = kinds[base] if base in kinds else "amounts" if get_origin(base) is dict else "text"
    return Column(
        name=info.alias or name,
        kind=kind,
        required=info.is_required(),
        default=None if info.is_required() else info.default,
        bounds=tuple(_bound(item) for item in metadata if isinstance(item, tuple(b[0] for b in _BOUNDS))),
        choices=get_args(base) if get_origin(base) is Literal else (),
        pattern=next((item.pattern for item in metadata if getattr(item, "pattern", None)), None),
        longest=next((item.max_length for item in metadata if isinstance(item, annotated_types.MaxLen)), None),
        description=info.description or "",
    )


def _bound(item: Any) -> Bound:
    _, key, words, holds = next(bound for bound in _BOUNDS if isinstance(item, bound[0]))
    limit = float(getattr(item, key))
    return Bound(f"{words} {amount(limit)}", limit, holds)


def _unwrap(annotation: Any, metadata: list[Any]) -> tuple[Any, list[Any]]:
    """Base type and constraints of Annotated and `| None`."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *extra = get_args(annotation)
            metadata += [part for item in extra for part in (item.metadata if isinstance(item, FieldInfo) else [item])]
        elif get_origin(annotation) in (Union, types.UnionType):
            (annotation,) = [part for part in get_args(annotation) if part is not type(None)]
        else:
            return annotation, metadata


def as_array(column: Column, values: list[Any]) -> NDArray[Any]:
    """Checked values as an array."""
    if column.kind == "float":
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    if column.kind == "int":
        return np.array([0 if v is None else v for v in values], dtype=np.int64)
    if column.kind == "bool":
        return np.array([bool(v) for v in values], dtype=bool)
    if column.kind == "moment":
        none = np.datetime64("NaT", "us")
        return np.array([none if v is None else np.datetime64(v.replace(tzinfo=None), "us") for v in values], "M8[us]")
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result


def repeated(column: Column, rows: int) -> NDArray[Any]:
    """The default of a column in each row; of a required one something harmless."""
    default = column.default
    if column.required:
        default = {"float": 1.0, "int": 1, "text": ""}.get(column.kind)
    one = as_array(column, [default])
    if one.dtype != object:
        return np.full(rows, one[0])
    result = np.empty(rows, dtype=object)
    result[:] = [default] * rows
    return result
