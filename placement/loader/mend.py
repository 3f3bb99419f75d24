"""A record with mistakes made whole for the time being, so that the rest of a scenario can be checked as well.

What stands in is never used: a scenario with problems is never returned.
"""

import copy
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import ValidationError

from placement.loader.fields import Field, alternatives, field_of, is_record
from placement.schema import Horizon, Model, SeriesSpec
from placement.tree import Steps

M = TypeVar("M", bound=Model)

Outcome = Literal["whole", "lacking", "gone"]
"""Of mending: as before for all others, without a name that others may refer to, or nothing that can be used."""

NAMES = ("name", "job", "option")
"""Fields that others refer to."""

PLENTY = 10**6
"""Stands in for a count of what there is: nothing else is over it."""

HORIZON = {"start": "2027-01-01T00:00:00Z", "slots": 1, "slot_hours": 1}

GONE = object()

SIMPLE: dict[Any, Any] = {float: 1.0, int: 1, str: "XX", bool: False, datetime: HORIZON["start"]}
"""What stands in for a value of a type; as a text it passes for a name and for a country."""


def mended(
    record: type[M], value: Any, faults: Iterable[tuple[str, Steps, str | None, Field]]
) -> tuple[M | None, set[Steps], set[Steps]]:
    """The record with stand-ins for what is wrong, or None if it is past mending; and what was lost.

    `faults` have the kind of pydantic's error, the path, the key if it is about a key, and the field. Parts (members of
    sections, or sections) come in two sets: those that lack names which others may refer to, and those of which nothing
    is left.
    """
    value = copy.deepcopy(value)
    lacking: set[Steps] = set()
    gone: set[Steps] = set()
    for kind, path, key, field in faults:
        outcome = _mend(value, kind, path, key, field)
        if outcome != "whole":
            (lacking if outcome == "lacking" else gone).add(_part(record, path, key))
    for _ in range(2):
        for part in gone:
            _give_up(record, value, part)
        try:
            return record.model_validate(value), lacking, gone
        except ValidationError as error:
            gone |= {_part(record, tuple(item["loc"]), None) for item in error.errors()}
    return None, lacking, gone


def _part(record: type[Model], path: Steps, key: str | None) -> Steps:
    """The member of a section, or the section, in which a path lies."""
    path = (*path, key) if key is not None else path
    info = field_of(record, str(path[0])) if path else None
    inner = [part for kind in alternatives(info.annotation) for part in get_args(kind)] if info is not None else []
    several = any(is_record(kind) for part in inner for kind in alternatives(part))
    return path[: 2 if several else 1]


def _give_up(record: type[Model], value: Any, part: Steps) -> None:
    """Put something harmless in the place of a section or of a member of one."""
    info = field_of(record, str(part[0])) if part else None
    if info is None or not isinstance(value, dict):
        return
    section = str(part[0])
    members = value.get(section)
    if len(part) == 2 and isinstance(members, list) and isinstance(part[1], int) and part[1] < len(members):
        kinds = [kind for outer in alternatives(info.annotation) for kind in alternatives(get_args(outer)[0])]
        before = members[part[1]]
        members[part[1]] = _stand_in(kinds)
        if isinstance(before, dict):
            members[part[1]] |= {key: before[key] for key in NAMES if isinstance(before.get(key), str)}
    elif len(part) == 2 and isinstance(members, dict):
        members.pop(part[1], None)
    elif info.is_required():
        value[section] = _stand_in(alternatives(info.annotation))
    else:
        value.pop(section, None)


def _stand_in(kinds: list[Any]) -> Any:
    """Something harmless of the first type of which there is such a thing."""
    kind = kinds[0]
    if kind is Horizon:
        return dict(HORIZON)
    if is_record(kind):
        needed = {name: info for name, info in kind.model_fields.items() if info.is_required()}
        return {info.alias or name: _stand_in(alternatives(info.annotation)) for name, info in needed.items()}
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if get_origin(kind) is tuple:
        return [_stand_in(alternatives(get_args(kind)[0]))]
    return SIMPLE.get(kind, {})


def _mend(value: Any, kind: str, path: Steps, key: str | None, field: Field) -> Outcome:
    """Repair one fault in place, if that can be done."""
    if _at(value, path) is GONE:
        return "whole"
    if kind == "extra_forbidden":
        return "lacking" if isinstance(_at(value, path).pop(key, None), dict | list) else "whole"
    if kind == "missing":
        return _put(_at(value, path), str(key), field, len(path) > 1)
    while path and isinstance(path[-1], int):
        path = path[:-1]
    if key is not None or kind == "broken_rule" or not path or field.info is None:
        return "gone"
    holder, last = _at(value, path[:-1]), str(path[-1])
    if last in NAMES:
        given = holder[last]
        holder[last] = str(given)
        if kind != "string_type":
            return "gone"
        return "lacking" if isinstance(given, dict | list) else "whole"
    if field.info.is_required():
        return _put(holder, last, field, len(path) > 2)
    holder.pop(last, None)
    return "whole" if _is_plain(field) else "lacking"


def _at(value: Any, path: Steps) -> Any:
    """What stands at a path; GONE where mending an earlier fault took it away."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step, GONE)
        else:
            value = value[step] if isinstance(value, list) and isinstance(step, int) and step < len(value) else GONE
    return value


def _put(holder: Any, key: str, field: Field, deep: bool) -> Outcome:
    """Let something harmless stand in for a required value."""
    for kind in _kinds(field):
        if kind is int and deep:
            holder[key] = PLENTY
        elif key not in NAMES and (kind in SIMPLE or get_origin(kind) is Literal):
            holder[key] = _stand_in([kind])
        else:
            continue
        return "lacking" if kind is str else "whole"
    return "gone"


def _is_plain(field: Field) -> bool:
    """Whether nothing else refers to what a field holds: it is not a record, nor a list or mapping of them."""
    kinds = _kinds(field)
    kinds += [inner for kind in kinds for part in get_args(kind) for inner in alternatives(part)]
    return not any((is_record(kind) and kind is not SeriesSpec) or get_origin(kind) is dict for kind in kinds)


def _kinds(field: Field) -> list[Any]:
    return alternatives(field.info.annotation) if field.info is not None else []
