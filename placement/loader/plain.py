"""What a caller from Python hands over, as plain values: the same that a YAML file would give."""

import os
from collections.abc import Mapping
from typing import Any

from placement.loader.problems import Problems
from placement.tree import MAX_DEPTH, Steps, Tree

BIGGEST = 2**63


def plain(value: Any, problems: Problems, source: str = "scenario") -> Any:
    """The same value made of dicts, lists, text, numbers, true, false and None; nothing is shared with the caller's.

    Dates become ISO text, arrays lists. What has no such form is noted in `problems`, and None stands in its place.
    """
    return _Plain(problems, Tree(value, source)).value(value, ())


class _Plain:
    def __init__(self, problems: Problems, tree: Tree):
        self.problems, self.tree = problems, tree
        self.inside: set[int] = set()

    def value(self, value: Any, path: Steps) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, int):
            return int(value) if abs(value) < BIGGEST else float("inf" if value > 0 else "-inf")
        if isinstance(value, float):
            return float(value)
        if not isinstance(value, Mapping | list | tuple):
            return self._other(value, path)
        if isinstance(value, list | tuple) and set(map(type, value)) == {float}:
            return list(value)
        if id(value) in self.inside or len(self.inside) > MAX_DEPTH:
            fact = f"values are nested more than {MAX_DEPTH} deep, or contain themselves."
            return self._wrong(path[:3], fact, "Break the circle.")
        self.inside.add(id(value))
        pairs = self._named(value, path) if isinstance(value, Mapping) else list(enumerate(value))
        inner = {key: self.value(member, (*path, key)) for key, member in pairs}
        self.inside.remove(id(value))
        return inner if isinstance(value, Mapping) else list(inner.values())

    def _named(self, value: Mapping[Any, Any], path: Steps) -> list[tuple[str | int, Any]]:
        pairs: dict[str | int, Any] = {}
        for key, inner in value.items():
            if isinstance(key, bool) or not isinstance(key, str | int):
                self._wrong(path, f"the key {key!r} is not a name.", "Write keys as text.")
            elif str(key) in pairs:
                self._wrong(path, f"the key '{key}' stands twice, as text and as number.", "Keep one of the two.")
            else:
                pairs[str(key)] = inner
        return list(pairs.items())

    def _other(self, value: Any, path: Steps) -> Any:
        if isinstance(value, os.PathLike):
            return os.fspath(value)
        if hasattr(value, "model_dump"):
            return self.value(value.model_dump(mode="json", by_alias=True, exclude_none=True), path)
        if getattr(getattr(value, "dtype", None), "kind", "") == "M" and hasattr(value, "astype"):
            return self.value(value.astype("datetime64[us]").astype(str).tolist(), path)
        if hasattr(value, "isoformat"):
            return str(value.isoformat())
        if hasattr(value, "tolist"):
            return self.value(value.tolist(), path)
        if hasattr(value, "columns") or hasattr(value, "__arrow_c_stream__"):
            remedy = 'Give tables as `tables={"jobs": ...}`, beside the document.'
        else:
            remedy = "Use plain values: mappings, lists, text, numbers, dates."
        return self._wrong(path, f"a value of type {type(value).__name__} stands in the document.", remedy)

    def _wrong(self, path: Steps, fact: str, remedy: str) -> None:
        self.problems.add(self.tree.place(path), fact, remedy)
