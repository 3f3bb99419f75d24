"""YAML as plain values with the line of each, read so that no document can do harm.

A subset of YAML 1.2: mappings, sequences, scalars by the core schema (so `18:00` and `on` are text), anchors, aliases
and `<<`. No tags. The document is built from parser events without recursion; its size, depth and the number of
values after
expanding aliases are bounded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from placement.errors import Problem, ScenarioError

MAX_BYTES = 4 * 2**20
MAX_DEPTH = 50
MAX_VALUES = 300_000

_INT = re.compile(r"[-+]?[0-9]+$")
_HEX = re.compile(r"0x[0-9a-fA-F]+$|0o[0-7]+$")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_SPECIAL = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}

Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class Tree:
    """Plain values and the line on which each stands.

    `lines` maps a path (keys and indices from the root) to a line; `key_lines` the same for the keys themselves.
    """

    value: Any
    source: str
    lines: dict[Steps, int] = field(default_factory=dict)

    def place(self, path: Steps) -> str:
        """`file:line` of a path, or of the nearest thing around it that has a line; without lines the dotted path."""
        if not self.lines:
            return ".".join(str(part) for part in path) or self.source
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.source}:{self.lines.get(path, 1)}"


class _Stop(Exception):
    def __init__(self, line: int, fact: str, remedy: str):
        self.line, self.fact, self.remedy = line, fact, remedy


@dataclass
class _Node:
    """A mapping (list of key, value), a sequence (list of values) or a scalar, with its line."""

    line: int
    kind: str
    items: list[Any] = field(default_factory=list)
    scalar: Any = None


def read(path: Path, source: str | None = None) -> Tree:
    """The document in a file.

    Raises
    ------
    ScenarioError
        If the file cannot be read, is too large, or is not YAML of the kind described above.
    """
    source = source or str(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            fact = f"the file has {size / 2**20:.1f} MB, more than the {MAX_BYTES / 2**20:.0f} MB allowed."
            raise ScenarioError([Problem(source, fact, "Put large tables beside it as CSV or Parquet.")])
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ScenarioError(
            [Problem(source, "there is no such file.", "Check the path, or write a starter with `placement new`.")]
        ) from None
    except IsADirectoryError:
        raise ScenarioError([Problem(source, "this is a folder.", "Give the scenario's YAML file.")]) from None
    except UnicodeDecodeError as error:
        fact = f"the file is not UTF-8 text (byte {error.start} is 0x{error.object[error.start]:02x})."
        raise ScenarioError([Problem(source, fact, "Save it as UTF-8 YAML.")]) from None
    except OSError as error:
        raise ScenarioError(
            [Problem(source, f"the file cannot be read ({error.strerror}).", "Check its rights.")]
        ) from None
    return parse(text, source)


def parse(text: str, source: str) -> Tree:
    """The document in a text; raises as `read` does."""
    try:
        root = _compose(text)
        problems: list[Problem] = []
        lines: dict[Steps, int] = {}
        value = _expand(root, lines, problems, source)
    except _Stop as stop:
        raise ScenarioError([Problem(f"{source}:{stop.line}", stop.fact, stop.remedy)]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{source}:{mark.line + 1}" if mark else source
        fact = f"this is not YAML: {getattr(error, 'problem', None) or str(error).splitlines()[0]}."
        raise ScenarioError(
            [Problem(place, fact, "Mend the syntax; check indentation, quotes and brackets.")]
        ) from None
    if problems:
        raise ScenarioError(problems)
    return Tree(value, source, lines)


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
            stack.pop()
            continue
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in anchors:
                raise _Stop(line, f"the alias *{event.anchor} has no anchor before it.", f"Define &{event.anchor}.")
            node = anchors[event.anchor]
            if node in stack:
                raise _Stop(line, f"the alias *{event.anchor} stands inside its own anchor.", "Break the circle.")
        elif isinstance(event, yaml.NodeEvent):
            tag = getattr(event, "tag", None)
            if tag is not None and not (tag == "!" and isinstance(event, yaml.ScalarEvent)):
                raise _Stop(
                    line, f"the tag {tag} is not read.", "Write plain values; nothing in a scenario is executed."
                )
            node = _node(event, line)
            if event.anchor:
                anchors[event.anchor] = node
        elif isinstance(event, yaml.DocumentStartEvent) and root is not None:
            raise _Stop(line, "a second document begins here.", "Keep one document per file.")
        else:
            continue
        if stack:
            stack[-1].items.append(node)
        elif root is None:
            root = node
        if not isinstance(event, yaml.AliasEvent) and node.kind != "scalar":
            stack.append(node)
            if len(stack) > MAX_DEPTH:
                raise _Stop(
                    line,
                    f"values are nested more than {MAX_DEPTH} deep.",
                    "No scenario needs that; check the brackets.",
                )
    if root is None:
        raise _Stop(1, "the file is empty.", "Write a starter with `placement new`.")
    return root


def _node(event: Any, line: int) -> _Node:
    if isinstance(event, yaml.ScalarEvent):
        plain = event.implicit[0] and not event.style
        return _Node(line, "scalar", scalar=_scalar(event.value) if plain else event.value)
    return _Node(line, "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence")


def _scalar(text: str) -> Any:
    if text in _SPECIAL:
        return _SPECIAL[text]
    if _INT.match(text) and len(text) < 20:
        return int(text)
    if _HEX.match(text):
        return int(text, 0)
    if _FLOAT.match(text):
        return float(text)
    return text


def _expand(root: _Node, lines: dict[Steps, int], problems: list[Problem], source: str) -> Any:
    """Plain values of a node tree, in which nothing is deeper than MAX_DEPTH levels of brackets and aliases."""
    count = 0

    def expand(node: _Node, path: Steps) -> Any:
        nonlocal count
        count += 1
        if count > MAX_VALUES:
            fact = f"there are more than {MAX_VALUES:,} values once aliases are expanded."
            raise _Stop(node.line, fact, "Put large tables beside it as CSV or Parquet.")
        if len(path) > 2 * MAX_DEPTH:
            raise _Stop(
                node.line, "values are nested too deep once aliases are expanded.", "Break the chain of aliases."
            )
        lines.setdefault(path, node.line)
        if node.kind == "scalar":
            return node.scalar
        if node.kind == "sequence":
            return [expand(item, (*path, index)) for index, item in enumerate(node.items)]
        return mapping(node, path)

    def mapping(node: _Node, path: Steps) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in zip(node.items[::2], node.items[1::2], strict=True):
            key = key_node.scalar
            if key_node.kind != "scalar" or key is None or isinstance(key, bool):
                place = f"{source}:{key_node.line}"
                problems.append(
                    Problem(place, "a key is not a name.", "Write `name: value`, the name in quotes if need be.")
                )
                continue
            key = str(key)
            if key == "<<":
                for part in value_node.items if value_node.kind == "sequence" else [value_node]:
                    inner = expand(part, path)
                    merged = {**(inner if isinstance(inner, dict) else {}), **merged}
                continue
            if key in result:
                fact = f"the key '{key}' stands twice, first on line {lines[(*path, key)]}."
                problems.append(Problem(f"{source}:{key_node.line}", fact, "Keep one of the two."))
                continue
            lines.pop((*path, key), None)
            lines[(*path, key)] = key_node.line
            result[key] = expand(value_node, (*path, key))
        return {**merged, **result}

    return expand(root, ())
