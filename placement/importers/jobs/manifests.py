"""Manifests, YAML with several documents or JSON, from files and folders, with the line of each.

YAML is read as `placement.tree` reads scenarios: plain values, no tags, bounded in size and depth. Nothing in it is
executed. A document that cannot be read is handed on as such.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from placement.errors import ScenarioError
from placement.importers.jobs.texts import begins, items, pieces, wrong
from placement.tree import parse

ENDINGS = (".yaml", ".yml", ".json")
LARGEST = 2**26
"""Characters of a file."""
_MARKER = re.compile(r"---(?:\s|$)|\.\.\.\s*$")


class Unreadable(str):
    """What is wrong with a document that cannot be read."""

    __slots__ = ()


def files_in(paths: Sequence[Path]) -> list[Path]:
    """The files, and the manifests in folders and in folders in these, by name.

    Raises
    ------
    PlacementError
        If a folder has none.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(file for file in path.rglob("*") if file.suffix.lower() in ENDINGS and file.is_file())
        if not inside:
            raise wrong(str(path), f"the folder has no file that ends in {', '.join(ENDINGS)}.", "Check the path.")
        found += inside
    return found


def documents(file: Path) -> Iterator[tuple[int, Any]]:
    """The documents of a file, each with the line on which it begins; a document may be `Unreadable`.

    The items of a `List` of Kubernetes, or of a JSON list, are documents of their own.

    Raises
    ------
    PlacementError
        If the file cannot be read at all.
    """
    ending = file.suffix.lower()
    if ending == ".json" or (ending not in ENDINGS and begins(file) in ("{", "[")):
        yield from items(file, ("items",), single=True)
        return
    for line, text in _split(file):
        try:
            value = parse("\n" * (line - 1) + text, str(file)).value
        except ScenarioError as error:
            problem = error.problems[0]
            yield line, Unreadable(f"{problem.place.removeprefix(str(file)).lstrip(':')}: {problem.fact}")
            continue
        yield from ((line, item) for item in _items(value))


def _items(value: Any) -> list[Any]:
    """The items of a list, or of a `List`; else the value itself."""
    if isinstance(value, dict) and str(value.get("kind", "")).endswith("List") and isinstance(value.get("items"), list):
        return list(value["items"])
    return list(value) if isinstance(value, list) else [value]


def _split(file: Path) -> Iterator[tuple[int, str]]:
    """The documents of a YAML file as text, with the line on which each begins; those without content are left out."""
    text = "".join(pieces(file))
    if len(text) > LARGEST:
        raise wrong(str(file), f"the file has more than {LARGEST // 2**20} million characters.", "Split it.")
    begin = 1
    lines: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        if _MARKER.match(line):
            if _has_content(lines):
                yield begin, "\n".join(lines)
            begin, lines = number, [] if line.startswith("...") else [line]
            begin += line.startswith("...")
        else:
            lines.append(line)
    if _has_content(lines):
        yield begin, "\n".join(lines)


def _has_content(lines: Sequence[str]) -> bool:
    """Whether there is more than comments, markers and directives."""
    rest = [line.removeprefix("---").strip() for line in lines]
    return any(line and not line.startswith(("#", "%")) for line in rest)
