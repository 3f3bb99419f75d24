"""What is asked of a format that writes its file itself, and where that is to be."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from placement.errors import PlacementError
from placement.importers.sheet import wrong
from placement.loader.wording import did_you_mean, shown

Wanted = Mapping[str, str | None]
"""What is asked for, by name; None is nothing."""


def check_wanted(wanted: Wanted, takes: Sequence[str]) -> None:
    """Complain of what a format does not take; `takes` holds names, and regular expressions for several.

    Raises
    ------
    PlacementError
    """
    for name, value in wanted.items():
        if value is not None and not any(re.fullmatch(pattern, name) for pattern in takes):
            near = did_you_mean(name, [pattern for pattern in takes if pattern.isidentifier()], "Leave it out.")
            raise PlacementError(f"this format takes no {shown(name)}. {near}")


def check_place(out: Path, endings: tuple[str, ...], files: Sequence[Path]) -> None:
    """Complain where a file could not be written in the end, has none of the endings, or is one of those that are read.

    Raises
    ------
    PlacementError
    """
    if out.suffix.lower() not in endings:
        raise wrong(str(out), f"the name does not end in {' or '.join(endings)}.", "Choose another name.")
    if out.is_dir():
        raise wrong(str(out), "it is a folder.", "Choose another name.")
    if not out.parent.is_dir():
        raise wrong(str(out), f"there is no folder {out.parent}.", "Make it, or choose another place.")
    if out.exists() and any(file.exists() and out.samefile(file) for file in files):
        raise wrong(str(out), "it is a file that is read.", "Choose another name.")


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 file, 2,000 files."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
