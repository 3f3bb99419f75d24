"""A record with mistakes made whole for the time being, so that the rest of a scenario can be checked as well.

What stands in is never used: a scenario with problems is never returned.
"""

import copy
from collections.abc import Iterable
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import ValidationError

from placement.loader.fields import Field, alternatives, is_record
from placement.schema import Model, SeriesSpec
from placement.tree import Steps

M = TypeVar("M", bound=Model)

NAMES = ("name", "job", "option")
"""Fields that others refer to."""

PLENTY = 10**6
"""Stands in for a count of what there is: nothing else is over it."""


def mended(record: type[M], value: Any, faults: Iterable[tuple[str, Steps, str | None, Field]]) -> M | None:
    """The record with stand-ins for what is wrong, or None where nothing harmless can stand in.

    `faults` have the kind of pydantic's error, the path, the key if it is about a key, and the field.
    """
    value = copy.deepcopy(value)
    for kind, path, key, field in faults:
        if path[:1] == ("horizon",) or not _mend(value, kind, path, key, field):
            return None
    try:
        return record.model_validate(value)
    except ValidationError:
        return None


def _mend(value: Any, kind: str, path: Steps, key: str | None, field: Field) -> bool:
    """Repair one fault in place; False if that cannot be done."""
    if kind == "extra_forbidden":
        return not isinstance(_at(value, path).pop(key, None), dict | list)
    if kind == "missing":
        return _put(_at(value, path), str(key), field, len(path) > 1)
    while path and isinstance(path[-1], int):
        path = path[:-1]
    if key is not None or kind == "broken_rule" or not path or field.info is None:
        return False
    holder, last = _at(value, path[:-1]), str(path[-1])
    if last in NAMES:
        holder[last] = str(holder[last])
        return kind == "string_type"
    if field.info.is_required():
        return _put(holder, last, field, len(path) > 2)
    holder.pop(last, None)
    return _is_plain(field)


def _at(value: Any, path: Steps) -> Any:
    for step in path:
        value = value[step]
    return value


def _put(holder: Any, key: str, field: Field, deep: bool) -> bool:
    """Let something harmless stand in for a required value."""
    for kind in _kinds(field):
        if kind in (float, int):
            holder[key] = kind(PLENTY if deep and kind is int else 1)
            return True
        if get_origin(kind) is Literal:
            holder[key] = get_args(kind)[0]
            return True
    return False


def _is_plain(field: Field) -> bool:
    """Whether nothing else refers to what a field holds: it is not a record, nor a list or mapping of them."""
    kinds = _kinds(field)
    kinds += [inner for kind in kinds for part in get_args(kind) for inner in alternatives(part)]
    return not any((is_record(kind) and kind is not SeriesSpec) or get_origin(kind) is dict for kind in kinds)


def _kinds(field: Field) -> list[Any]:
    return alternatives(field.info.annotation) if field.info is not None else []
