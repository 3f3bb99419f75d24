"""A folder of scenarios whose plans follow what changes in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from placement.errors import PlacementError
from placement.fingerprint import fingerprint
from placement.folder import read_plan, write_plan
from placement.loader.load import load
from placement.plan import Plan
from placement.result import Result
from placement.solving import solve

Look = tuple[tuple[str, int, int], ...]
"""Names, times and sizes of files."""


@dataclass(frozen=True)
class Turn:
    """What came of looking at a scenario."""

    file: Path
    folder: Path
    """Of its plan."""
    result: Result | None = None
    """Of a new solve; None: the plan is that of the scenario as it stands, or the scenario is wrong."""
    problem: str = ""
    """What is wrong with it."""


def look(folder: Path) -> Look:
    """What the files of a folder are like, plans apart; it changes when one of them does.

    Raises
    ------
    PlacementError
        If there is no such folder, or it cannot be read.
    """
    if not folder.is_dir():
        raise PlacementError(f"{folder} is no folder. Give one that holds scenario files.")
    found = []
    try:
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder).parts
            if any(part.endswith(".plan") or part.startswith(".") for part in inside) or not path.is_file():
                continue
            told = path.stat()
            found.append(("/".join(inside), told.st_mtime_ns, told.st_size))
    except FileNotFoundError:  # one that went away while we looked
        return look(folder)
    except OSError as error:
        raise PlacementError(f"{folder} cannot be read: {error.strerror}. Check it.") from None
    return tuple(found)


def scenarios(folder: Path) -> list[Path]:
    """Scenario files of a folder: those that end in .yaml and say `format`."""
    found = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            lines = ["format:"]  # loading it says what is wrong
        if any(line.startswith(("format:", "extends:")) for line in lines):
            found.append(path)
    return found


def turns(folder: Path, **limits: Any) -> Iterator[Turn]:
    """Each scenario of a folder, solved if its plan is not that of the scenario as it stands.

    The plan of `week.yaml` is the folder `week.plan` beside it; an earlier one is where the solve begins.

    Parameters
    ----------
    folder : path
    limits
        As of `placement.solve`.

    Raises
    ------
    PlacementError
        If a plan cannot be written.
    """
    for file in scenarios(folder):
        place = file.with_suffix(".plan")
        try:
            scenario = load(file)
        except PlacementError as error:
            yield Turn(file, place, problem=str(error))
            continue
        before = _plan(place)
        if before is not None and before.digest == fingerprint(scenario):
            yield Turn(file, place)
            continue
        result = solve(scenario, start=before, **limits)
        if result.plan is not None:
            write_plan(place, scenario, result)
        yield Turn(file, place, result)


def _plan(place: Path) -> Plan | None:
    """The plan that is there, if one can be read."""
    if not place.is_dir():
        return None
    try:
        return read_plan(place).plan
    except PlacementError:
        return None
