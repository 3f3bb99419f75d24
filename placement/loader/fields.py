"""What the schema says about a place in a document: the field, its record, and what may stand there."""

import types
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from placement.schema import Model, SeriesSpec
from placement.tree import Steps, inside


@dataclass(frozen=True)
class Field:
    """What may stand at a place of a document."""

    keys: tuple[str, ...]
    """Keys that its record takes."""
    info: FieldInfo | None
    """The field itself; None if the record has no such key."""
    annotation: Any
    """What may stand at the place; inside a list or mapping, what its members may be."""

    @property
    def description(self) -> str:
        """What the field is."""
        return (self.info.description or "") if self.info is not None else ""

    @property
    def series(self) -> bool:
        """Whether a series may stand there."""
        return SeriesSpec in alternatives(self.annotation)


def field_at(record: type[Model], value: Any, path: Steps) -> Field:
    """The field at a path below a record that was made of `value`."""
    found = Field(keys_of(record), None, record)
    for step in path:
        model = _model(found.annotation, value)
        if model is not None and isinstance(step, str):
            info = field_of(model, step)
            found = Field(keys_of(model), info, info.annotation if info else None)
        else:
            found = Field(found.keys, found.info, _member(found.annotation, step))
        value = inside(value, step)
    return found


def keys_of(model: type[Model]) -> tuple[str, ...]:
    """The keys of a record as they stand in files."""
    return tuple(info.alias or name for name, info in model.model_fields.items())


def field_of(model: type[Model], key: str) -> FieldInfo | None:
    """The field of a record by name or alias."""
    return next((info for name, info in model.model_fields.items() if key in (name, info.alias)), None)


def alternatives(annotation: Any) -> list[Any]:
    """The types that an annotation allows, without constraints."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return alternatives(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [inner for part in get_args(annotation) for inner in alternatives(part)]
    return [annotation]


def is_record(kind: Any) -> bool:
    """Whether a type is one of the records."""
    return isinstance(kind, type) and issubclass(kind, Model)


def _model(annotation: Any, value: Any) -> type[Model] | None:
    """The record that an annotation has for a value; of several the one with the value's `kind`."""
    models: list[type[Model]] = [kind for kind in alternatives(annotation) if is_record(kind)]
    kind = value.get("kind") if isinstance(value, dict) else None
    for model in models:
        known = model.model_fields.get("kind")
        if known is not None and get_origin(known.annotation) is Literal and kind in get_args(known.annotation):
            return model
    return models[0] if models else None


def _member(annotation: Any, step: str | int) -> Any:
    for kind in alternatives(annotation):
        origin = get_origin(kind)
        if origin is tuple and isinstance(step, int):
            return get_args(kind)[0]
        if origin is dict:
            return get_args(kind)[1]
    return None
