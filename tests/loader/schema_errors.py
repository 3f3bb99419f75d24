"""What JSON Schema (2020-12) says against a value: only the keywords that our schema uses; any other is an error."""

import math
import re
from collections.abc import Iterator
from typing import Any

NOTES = {"$schema", "$defs", "title", "description", "default", "discriminator", "format"}
TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "number": int | float,
    "integer": int,
}


def errors(schema: dict[str, Any], value: Any) -> list[str]:
    """Every error, as `path: keyword`."""
    return list(_Check(schema).errors(schema, value, "$"))


class _Check:
    def __init__(self, root: dict[str, Any]):
        self.root = root

    def errors(self, schema: Any, value: Any, path: str) -> Iterator[str]:
        """Errors of a value at a path."""
        if isinstance(schema, bool):
            yield from () if schema else (f"{path}: nothing is allowed here",)
            return
        for keyword, wanted in schema.items():
            if keyword not in NOTES:
                yield from getattr(self, "_" + keyword.lstrip("$"))(wanted, value, path, schema)

    def _ref(self, wanted: str, value: Any, path: str, schema: Any) -> Iterator[str]:
        yield from self.errors(self.root["$defs"][wanted.removeprefix("#/$defs/")], value, path)

    def _type(self, wanted: str, value: Any, path: str, schema: Any) -> Iterator[str]:
        right = isinstance(value, TYPES[wanted]) and (wanted == "boolean" or not isinstance(value, bool))
        if not right or (isinstance(value, float) and not math.isfinite(value)):
            yield f"{path}: is no {wanted}"

    def _anyOf(self, wanted: list[Any], value: Any, path: str, schema: Any) -> Iterator[str]:
        tried = [list(self.errors(part, value, path)) for part in wanted]
        if all(tried):
            yield f"{path}: fits none of {tried}"

    def _oneOf(self, wanted: list[Any], value: Any, path: str, schema: Any) -> Iterator[str]:
        tried = [list(self.errors(part, value, path)) for part in wanted]
        if sum(not found for found in tried) != 1:
            yield f"{path}: does not fit one of {tried}"

    def _properties(self, wanted: dict[str, Any], value: Any, path: str, schema: Any) -> Iterator[str]:
        for key, part in wanted.items():
            if isinstance(value, dict) and key in value:
                yield from self.errors(part, value[key], f"{path}.{key}")

    def _additionalProperties(self, wanted: Any, value: Any, path: str, schema: Any) -> Iterator[str]:
        if isinstance(value, dict):
            patterns = schema.get("patternProperties", {})
            for key in value.keys() - schema.get("properties", {}).keys():
                if not any(re.search(pattern, key) for pattern in patterns):
                    yield from self.errors(wanted, value[key], f"{path}.{key}")

    def _patternProperties(self, wanted: dict[str, Any], value: Any, path: str, schema: Any) -> Iterator[str]:
        for pattern, part in wanted.items():
            for key in value if isinstance(value, dict) else ():
                if re.search(pattern, key):
                    yield from self.errors(part, value[key], f"{path}.{key}")

    def _propertyNames(self, wanted: Any, value: Any, path: str, schema: Any) -> Iterator[str]:
        for key in value if isinstance(value, dict) else ():
            yield from self.errors(wanted, key, f"{path}.{key}")

    def _required(self, wanted: list[str], value: Any, path: str, schema: Any) -> Iterator[str]:
        if isinstance(value, dict) and not value.keys() >= set(wanted):
            yield f"{path}: lacks {sorted(set(wanted) - value.keys())}"

    def _items(self, wanted: Any, value: Any, path: str, schema: Any) -> Iterator[str]:
        for number, item in enumerate(value if isinstance(value, list) else ()):
            yield from self.errors(wanted, item, f"{path}[{number}]")

    def _enum(self, wanted: list[Any], value: Any, path: str, schema: Any) -> Iterator[str]:
        if value not in wanted:
            yield f"{path}: {value!r} is none of {wanted}"

    def _const(self, wanted: Any, value: Any, path: str, schema: Any) -> Iterator[str]:
        if value != wanted:
            yield f"{path}: is not {wanted!r}"

    def _pattern(self, wanted: str, value: Any, path: str, schema: Any) -> Iterator[str]:
        if isinstance(value, str) and not re.search(wanted, value):
            yield f"{path}: {value!r} is not like {wanted}"

    def _length(self, bad: bool, path: str, wanted: int) -> Iterator[str]:
        if bad:
            yield f"{path}: its length is beyond {wanted}"

    def _minLength(self, wanted: int, value: Any, path: str, schema: Any) -> Iterator[str]:
        yield from self._length(isinstance(value, str) and len(value) < wanted, path, wanted)

    def _maxLength(self, wanted: int, value: Any, path: str, schema: Any) -> Iterator[str]:
        yield from self._length(isinstance(value, str) and len(value) > wanted, path, wanted)

    def _minProperties(self, wanted: int, value: Any, path: str, schema: Any) -> Iterator[str]:
        yield from self._length(isinstance(value, dict) and len(value) < wanted, path, wanted)

    def _minItems(self, wanted: int, value: Any, path: str, schema: Any) -> Iterator[str]:
        yield from self._length(isinstance(value, list) and len(value) < wanted, path, wanted)

    def _maxItems(self, wanted: int, value: Any, path: str, schema: Any) -> Iterator[str]:
        yield from self._length(isinstance(value, list) and len(value) > wanted, path, wanted)

    def _bound(self, bad: bool, value: Any, path: str, wanted: float) -> Iterator[str]:
        if isinstance(value, int | float) and not isinstance(value, bool) and bad:
            yield f"{path}: {value} is beyond {wanted}"

    def _minimum(self, wanted: float, value: Any, path: str, schema: Any) -> Iterator[str]:
        yield from self._bound(isinstance(value, int | float) and value < wanted, value, path, wanted)

    def _maximum(self, wanted: float, value: Any, path: str, schema: Any) -> Iterator[str]:
        yield from self._bound(isinstance(value, int | float) and value > wanted, value, path, wanted)

    def _exclusiveMinimum(self, wanted: float, value: Any, path: str, schema: Any) -> Iterator[str]:
        yield from self._bound(isinstance(value, int | float) and value <= wanted, value, path, wanted)

    def _exclusiveMaximum(self, wanted: float, value: Any, path: str, schema: Any) -> Iterator[str]:
        yield from self._bound(isinstance(value, int | float) and value >= wanted, value, path, wanted)
