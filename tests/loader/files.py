"""Scenario files for tests: documents written as YAML, with what stands where."""

from pathlib import Path
from typing import Any

import pytest
import yaml

import placement
from placement.errors import Problem


def write(folder: Path, document: Any, name: str = "week.yaml") -> Path:
    """A document as a YAML file; text is written as it is."""
    path = folder / name
    text = document if isinstance(document, str) else yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
    return path


def line_of(path: Path, text: str, nth: int = 1) -> int:
    """The line on which a text stands, the nth time."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(lines, 1) if text in line][nth - 1]


def refused(path: Path) -> tuple[Problem, ...]:
    """Everything that is wrong with a scenario file."""
    with pytest.raises(placement.ScenarioError) as caught:
        placement.load(path)
    assert str(caught.value) == "\n".join(map(str, caught.value.problems))
    return caught.value.problems


def one(path: Path) -> Problem:
    """The only thing that is wrong with a scenario file."""
    problems = refused(path)
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def everything(folder: Path) -> dict[str, bytes]:
    """All that lies in a folder, by relative path."""
    files = sorted(folder.rglob("*"))
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"" for path in files}
