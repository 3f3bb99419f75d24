"""The records of the scenario format: in which section each stands, and what a field takes, in words."""

import types
from collections.abc import Container, Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BeforeValidator
from pydantic.fields import FieldInfo

from placement.loader.fields import is_record
from placement.schema import Model, ScenarioFile, SeriesSpec
from placement.schema.fields import COUNTRY_PATTERN, LARGEST, MOST, NAME_PATTERN

TABLES = ("jobs", "options", "throughput")
"""Sections that may be tables; they stand after the clusters."""

LAST = ("extends", "without", "set", "variants")
"""Keys of files that change another."""

Record = type[Model]


def keys_in_order() -> list[str]:
    """Top-level keys in the order of a scenario file."""
    keys = [key for key in ScenarioFile.model_fields if key not in TABLES + LAST]
    after = keys.index("clusters") + 1
    return [*keys[:after], *TABLES, *keys[after:], *LAST]


def sections() -> dict[str, list[Record]]:
    """The records of each top-level key that has any, each record once.

    A record stands in the section that is made of it, else in the first one that reaches it.
    """
    fields = ScenarioFile.model_fields
    own = {key: list(records_in(fields[key].annotation)) for key in keys_in_order()}
    owner: dict[Record, str] = {}
    for key, records in own.items():
        for record in records:
            owner.setdefault(record, key)
    for key, records in own.items():
        for below in _reached([record for record in records if owner[record] == key], owner):
            owner.setdefault(below, key)
    return {key: [record for record, where in owner.items() if where == key] for key in own if key in owner.values()}


def _reached(records: list[Record], owned: Container[Record]) -> list[Record]:
    """Records and all that they hold, the nearest first; not what lies behind a record that another section has."""
    found = list(records)
    for each in found:
        for info in each.model_fields.values():
            new = dict.fromkeys(records_in(info.annotation))
            found += [record for record in new if record not in found and record not in owned]
    return found


def records_in(annotation: Any) -> Iterator[Record]:
    """The records that an annotation names."""
    for leaf in leaves(annotation):
        if is_record(leaf):
            yield leaf


def leaves(annotation: Any) -> Iterator[Any]:
    """The types inside lists, mappings (their values) and alternatives."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated or origin is tuple:
        yield from leaves(args[0])
    elif origin is dict:
        yield from leaves(args[1])
    elif origin in (Union, types.UnionType):
        for part in args:
            yield from leaves(part)
    else:
        yield annotation


def numeric(info: FieldInfo) -> bool:
    """Whether a field holds numbers, alone, in a list, a mapping or a series."""
    return any(leaf in (int, float) for leaf in leaves(info.annotation))


def takes(info: FieldInfo) -> str:
    """What a field takes, bounds included, in Markdown."""
    return _words(info.annotation, list(info.metadata))


def _words(annotation: Any, metadata: list[Any]) -> str:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        inner = [part for item in args[1:] for part in (item.metadata if isinstance(item, FieldInfo) else [item])]
        return _words(args[0], [*metadata, *inner])
    if origin in (Union, types.UnionType):
        if SeriesSpec in leaves(annotation):
            return f"number or {link(SeriesSpec)}"
        return " or ".join(dict.fromkeys(_words(part, metadata) for part in args if part is not type(None)))
    if origin is tuple:
        return _list(metadata) + _words(args[0], [])
    if origin is dict:
        return "mapping to " + _words(args[1], [])
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in args)
    return _leaf(annotation, metadata)


def _list(metadata: list[Any]) -> str:
    least = [item.min_length for item in metadata if isinstance(item, annotated_types.MinLen)]
    most = [item.max_length for item in metadata if isinstance(item, annotated_types.MaxLen)]
    if least and least == most:
        return f"list of {least[0]}: "
    return f"list, at least {least[0]}: " if least else "list: "


def _leaf(kind: Any, metadata: list[Any]) -> str:
    if is_record(kind):
        return link(kind)
    if kind is str:
        pattern = next((item.pattern for item in metadata if getattr(item, "pattern", None)), None)
        return {NAME_PATTERN: "name", COUNTRY_PATTERN: "two capital letters"}.get(str(pattern), "text")
    if kind in (int, float):
        words = "whole number" if kind is int else "number"
        clock = any(isinstance(item, BeforeValidator) for item in metadata)
        return " ".join(filter(None, (words, _bounds(metadata)))) + (' or "18:00"' if clock else "")
    return {datetime: "date", bool: "true or false", Any: "anything"}[kind]


def _bounds(metadata: list[Any]) -> str:
    """The tightest bounds; the general ones, which every number has, are left out."""
    low = [(item.ge, "≥") for item in metadata if isinstance(item, annotated_types.Ge)]
    low += [(item.gt, ">") for item in metadata if isinstance(item, annotated_types.Gt)]
    high = [(item.le, "≤") for item in metadata if isinstance(item, annotated_types.Le)]
    high += [(item.lt, "<") for item in metadata if isinstance(item, annotated_types.Lt)]
    ends = [max(low, default=(-LARGEST, ""))] if low else []
    ends += [min(high)] if high else []
    return ", ".join(f"{sign} {shown(bound)}" for bound, sign in ends if abs(bound) not in (LARGEST, MOST))


def shown(number: float) -> str:
    """A number as it is read best: thousands apart, years not."""
    return f"{number:,.15g}" if abs(number) >= 10_000 else f"{number:.15g}"


def link(record: Record) -> str:
    """A link to the table of a record."""
    return f"[{record.__name__}](#{record.__name__.lower()})"
