"""From plain values to records, with every complaint placed on its line."""

import types
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from placement.errors import Problem
from placement.loader.wording import complaint, dotted
from placement.schema import Model
from placement.tree import Steps, Tree

M = TypeVar("M", bound=Model)


def build(record: type[M], value: Any, tree: Tree, path: Steps, problems: list[Problem]) -> M | None:
    """The record made of plain values; on failure None, and what is wrong is added to `problems`."""
    try:
        return record.model_validate(value)
    except ValidationError as error:
        problems.extend(_problems(record, value, error, tree, path))
        return None


def _problems(record: type[Model], value: Any, error: ValidationError, tree: Tree, path: Steps) -> list[Problem]:
    found: dict[tuple[Steps, str], Problem] = {}
    errors: list[dict[str, Any]] = [dict(item) for item in error.errors()]
    descended = {
        _walk(value, tuple(item["loc"]))[0] for item in errors if item["type"] not in ("float_type", "model_type")
    }
    for item in errors:
        inner, name, parent = _walk(value, tuple(item["loc"]))
        at_series = item["type"] in ("float_type", "model_type", "model_attributes_type")
        if at_series and any(other != inner and other[: len(inner)] == inner for other in descended):
            continue  # a union of number and series: the complaint inside the series says it better
        if at_series and any(
            i["type"] == "finite_number" and _walk(value, tuple(i["loc"]))[0] == inner for i in errors
        ):
            continue
        info, keys = describe(record, inner, name, parent)
        fact, remedy = complaint(item, name, info, keys)
        around = dotted((*path, *inner), _wrapped(value, path))
        around = around.rsplit(".", 1)[0] if around.endswith(f".{name}") or around == name else around
        if around and around != name:
            fact = f"{around}: {fact}"
        key = ((*path, *inner), name)
        found.setdefault(key, Problem(tree.place((*path, *inner)), fact, remedy))
    return list(found.values())


def _wrapped(value: Any, path: Steps) -> Any:
    """The value as it would stand at the end of a path, so that names along it can be shown."""
    for step in reversed(path):
        value = {step: value} if isinstance(step, str) else [{}] * step + [value]
    return value


def _walk(value: Any, loc: tuple[str | int, ...]) -> tuple[Steps, str, Any]:
    """The path that pydantic's location stands for (without its union tags), the field's name, and its parent."""
    path: list[str | int] = []
    parent: Any = None
    name = ""
    for position, step in enumerate(loc):
        last = position == len(loc) - 1
        if isinstance(value, dict) and step in value:
            parent, value = value, value[step]
            path.append(step)
            name = str(step)
        elif isinstance(value, list | tuple) and isinstance(step, int) and step < len(value):
            parent, value = value, value[step]
            path.append(step)
        elif last and isinstance(value, dict):
            return (*path, step) if step in value else tuple(path), str(step), value
    return tuple(path), name or "the document", parent


def describe(record: type[Model], path: Steps, name: str, parent: Any) -> tuple[str, list[str]]:
    """Description of the field at a path below a record, and the keys its record takes."""
    current: Any = record
    info: FieldInfo | None = None
    steps = list(path)
    if not steps or steps[-1] != name:
        steps.append(name)
    model: type[Model] | None = record
    for step in steps:
        if isinstance(step, int):
            continue
        models = list(_models(current))
        model = next((m for m in models if field_of(m, step) is not None), models[0] if models else None)
        info = field_of(model, step) if model else None
        if info is None:
            break
        current = info.annotation
    keys = [f.alias or n for n, f in model.model_fields.items()] if model else []
    return ((info.description or "") if info else "", keys)


def field_of(model: type[Model], key: str) -> FieldInfo | None:
    """The field of a model by name or alias."""
    for name, info in model.model_fields.items():
        if key in (name, info.alias):
            return info
    return None


def _models(annotation: Any) -> list[type[Model]]:
    """Record types inside an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return [annotation]
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType, tuple, list, dict) or origin is not None:
        return [model for part in get_args(annotation) for model in _models(part)]
    return []
