"""YAML as plain values with the line of each, read so that no document can do harm.

A subset of YAML 1.2: mappings, sequences, scalars by the core schema (so `18:00` and `on` are text), anchors, aliases
and `<<`. No tags. The document is built from parser events without recursion; its size, depth and the number of
values after expanding aliases are bounded.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from placement.errors import Problem, ScenarioError

MAX_BYTES = 4 * 2**20
MAX_DEPTH = 50
MAX_VALUES = 300_000
REMEDY_LARGE = "Put large tables beside it as CSV or Parquet."

_INT = re.compile(r"[-+]?[0-9]{1,18}")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,15}|0o[0-7]{1,20}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}

NAME_KEYS = ("name", "job", "from", "option", "kind", "category")
"""Keys that say which member of a list is meant."""

Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class Tree:
    """Plain values and the line on which each stands.

    `lines` maps a path (keys and indices from the root) to a line; `files` to the file that this is in, where it is
    not `source`.
    """

    value: Any
    source: str
    lines: dict[Steps, int] = field(default_factory=dict)
    files: dict[Steps, str] = field(default_factory=dict)

    def place(self, path: Steps) -> str:
        """`file:line` of a path, or of the nearest thing around it that has a line; without lines the dotted path."""
        if not self.lines:
            return self.dotted(path) or self.source
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.files.get(path, self.source)}:{self.lines.get(path, 1)}"

    def dotted(self, path: Steps) -> str:
        """A path for people: members of lists by their name where they have one, else by their number from 1."""
        parts = []
        value = self.value
        for step in path:
            value = inside(value, step)
            parts.append(_label(value, step))
        return ".".join(parts)


def inside(value: Any, step: str | int) -> Any:
    """What a step leads to in plain values; None if to nothing."""
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


def standing(document: Any, path: str) -> Any:
    """What stands at a dotted path of a document, members of lists by name or number; None where nothing does."""
    here = document
    for step in path.split("."):
        if isinstance(here, list):
            names = [next((str(item[key]) for key in NAME_KEYS if key in item), "") for item in map(_mapping, here)]
            number = names.index(step) if step in names else int(step) if step.isdecimal() else len(here)
            here = here[number] if number < len(here) else None
        else:
            here = _mapping(here).get(step)
    return here


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _label(value: Any, step: str | int) -> str:
    if isinstance(step, str):
        return step
    names = [value[key] for key in NAME_KEYS if isinstance(value, dict) and isinstance(value.get(key), str)]
    return str(names[0]) if names else str(step + 1)


class _Stop(Exception):
    def __init__(self, line: int, fact: str, remedy: str):
        self.line, self.fact, self.remedy = line, fact, remedy


@dataclass(eq=False)
class _Node:
    """A mapping (list of key, value), a sequence (list of values) or a scalar, with its line."""

    line: int
    kind: str
    items: list[Any] = field(default_factory=list)
    scalar: Any = None
    merge: bool = False
    """Whether it is the key `<<`, whose value is merged into the mapping."""
    size: int = 1
    """Values in it with aliases written out, itself included."""


def read(path: Path, source: str | None = None) -> Tree:
    """The document in a file.

    Raises
    ------
    ScenarioError
        If the file cannot be read, is too large, or is not YAML of the kind described above.
    """
    source = source or str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            fact = f"the file is larger than the {MAX_BYTES / 2**20:.0f} MB that a scenario may have."
            raise ScenarioError([Problem(source, fact, REMEDY_LARGE)])
        return parse(data.decode("utf-8-sig"), source)
    except FileNotFoundError:
        fact, remedy = "there is no such file.", "Check the path, or write a starter with `placement new`."
    except IsADirectoryError:
        fact, remedy = "this is a folder.", "Give the scenario's YAML file."
    except UnicodeDecodeError as error:
        fact = f"the file is not UTF-8 text (byte {error.start + 1} is 0x{error.object[error.start]:02x})."
        remedy = "Save it as UTF-8."
    except (OSError, ValueError) as error:
        fact, remedy = f"the file cannot be read ({_reason(error)}).", "Check its path and its rights."
    raise ScenarioError([Problem(source, fact, remedy)])


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def parse(text: str, source: str) -> Tree:
    """The document in a text; raises as `read` does."""
    try:
        expansion = _Expansion(source)
        value = expansion.value(_compose(text))
    except _Stop as stop:
        raise ScenarioError([Problem(f"{source}:{stop.line}", stop.fact, stop.remedy)]) from None
    except yaml.YAMLError as error:
        raise ScenarioError([_syntax(error, text, source)]) from None
    if expansion.problems:
        raise ScenarioError(dict.fromkeys(expansion.problems))
    return Tree(value, source, expansion.lines)


def _syntax(error: yaml.YAMLError, text: str, source: str) -> Problem:
    """What the YAML parser complains of, with its line."""
    mark = getattr(error, "problem_mark", None)
    line = mark.line if mark else text.count("\n", 0, getattr(error, "position", None) or 0)
    fact = f"this is not YAML: {getattr(error, 'problem', None) or str(error).splitlines()[0]}."
    if "\t" in "".join(text.splitlines()[line : line + 1]):
        return Problem(f"{source}:{line + 1}", fact, "There is a tab in this line; indent with spaces.")
    return Problem(f"{source}:{line + 1}", fact, "Check indentation, quotes and brackets, here and just above.")


def _events(text: str) -> Iterator[Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    yield from yaml.parse(text, Loader=loader)


def _compose(text: str) -> _Node:
    """The document as nodes; aliases point to the node of their anchor."""
    anchors: dict[str, _Node] = {}
    stack: list[_Node] = []
    root: _Node | None = None
    for event in _events(text):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            closed = stack.pop()
            if stack:
                stack[-1].size += closed.size
            continue
        if isinstance(event, yaml.DocumentStartEvent) and root is not None:
            raise _Stop(line, "a second document begins here.", "Keep one document per file.")
        if not isinstance(event, yaml.NodeEvent):
            continue
        opens = False
        if isinstance(event, yaml.AliasEvent):
            node = _anchored(event.anchor, anchors, stack, line)
        else:
            node = _node(event, line)
            opens = node.kind != "scalar"
            if event.anchor:
                anchors[event.anchor] = node
        if stack:
            stack[-1].items.append(node)
            stack[-1].size += 0 if opens else node.size
        elif root is None:
            root = node
        if opens:
            stack.append(node)
        if sum(outer.size for outer in stack) > MAX_VALUES:
            raise _Stop(line, f"there are more than {MAX_VALUES:,} values once aliases are expanded.", REMEDY_LARGE)
        if len(stack) > MAX_DEPTH:
            fact = f"values are nested more than {MAX_DEPTH} deep."
            raise _Stop(line, fact, "No scenario needs that; check the brackets.")
    if root is None:
        raise _Stop(1, "the file is empty.", "Write a starter with `placement new`.")
    return root


def _anchored(name: str | None, anchors: dict[str, _Node], stack: list[_Node], line: int) -> _Node:
    if name is None or name not in anchors:
        raise _Stop(line, f"the alias *{name} has no anchor before it.", f"Define &{name}, or write text in quotes.")
    node = anchors[name]
    if any(node is outer for outer in stack):
        raise _Stop(line, f"the alias *{name} stands inside its own anchor.", "Break the circle.")
    return node


def _node(event: Any, line: int) -> _Node:
    if event.tag is not None and not (event.tag == "!" and isinstance(event, yaml.ScalarEvent)):
        fact = f"the tag {event.tag} is not read."
        raise _Stop(line, fact, "Write plain values; nothing in a scenario is executed.")
    if isinstance(event, yaml.ScalarEvent):
        plain = event.implicit[0] and not event.style
        merge = plain and event.value == "<<"
        return _Node(line, "scalar", scalar=_scalar(event.value) if plain else event.value, merge=merge)
    return _Node(line, "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence")


def _scalar(text: str) -> Any:
    if text in _SPECIAL:
        return _SPECIAL[text]
    if _INT.fullmatch(text):
        return int(text)
    if _HEX.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


class _Expansion:
    """Plain values of a node tree, aliases and merges written out, with the line of each."""

    def __init__(self, source: str):
        self.source = source
        self.lines: dict[Steps, int] = {}
        self.problems: list[Problem] = []
        self._depth = 0

    def value(self, node: _Node, path: Steps = ()) -> Any:
        """What a node stands for."""
        self.lines.setdefault(path, node.line)
        if node.kind == "scalar":
            return node.scalar
        with self._deeper(node):
            if node.kind == "sequence":
                return [self.value(item, (*path, index)) for index, item in enumerate(node.items)]
            return self._mapping(node, path)

    def _mapping(self, node: _Node, path: Steps) -> dict[str, Any]:
        pairs = list(zip(node.items[::2], node.items[1::2], strict=True))
        merged: dict[str, Any] = {}
        for key_node, value_node in pairs:
            if key_node.merge:
                merged = {**self._merge(value_node, path, key_node.line), **merged}
        result: dict[str, Any] = {}
        for key_node, value_node in pairs:
            key, place = key_node.scalar, f"{self.source}:{key_node.line}"
            if key_node.merge:
                continue
            if key_node.kind != "scalar" or key is None or isinstance(key, bool):
                remedy = "Write `name: value`; put a name such as true or null in quotes."
                self.problems.append(Problem(place, "a key is not a name.", remedy))
            elif (key := str(key)) in result:
                fact = f"the key '{key}' stands twice, first on line {self.lines[(*path, key)]}."
                self.problems.append(Problem(place, fact, "Keep one of the two."))
            else:
                self.lines[(*path, key)] = key_node.line
                result[key] = self.value(value_node, (*path, key))
        return {**merged, **result}

    def _merge(self, node: _Node, path: Steps, line: int) -> dict[str, Any]:
        """What `<<` brings in; of several mappings the first one wins."""
        result: dict[str, Any] = {}
        for part in reversed(node.items if node.kind == "sequence" else [node]):
            if part.kind != "mapping":
                raise _Stop(line, "`<<` takes a mapping, or a list of mappings.", "Write `<<: *anchor`.")
            with self._deeper(part):
                result |= self._mapping(part, path)
        return result

    @contextmanager
    def _deeper(self, node: _Node) -> Iterator[None]:
        self._depth += 1
        if self._depth > 2 * MAX_DEPTH:
            raise _Stop(node.line, "values are nested too deep once aliases are expanded.", "Shorten the chain.")
        yield
        self._depth -= 1
