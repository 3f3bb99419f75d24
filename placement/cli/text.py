"""Tables and lines as people read them."""

import math
import os
import textwrap
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from placement.errors import PlacementError
from placement.numerals import number as number
from placement.numerals import percent as percent
from placement.numerals import short as short
from placement.numerals import usd as usd

WIDTH = 100
"""Columns of what is printed."""


def wrapped(text: str, indent: str = "  ") -> list[str]:
    """Lines of at most 100 columns; all but the first are set in."""
    return textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def hours(value: float) -> str:
    """Hours to a tenth."""
    return "-" if not math.isfinite(value) else f"{value:.1f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table: first column to the left, the others to the right."""
    widths = [max(len(str(row[k])) for row in [head, *rows]) for k in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first = str(cells[0]).ljust(widths[0])
        return "  ".join([first, *(str(c).rjust(w) for c, w in zip(cells[1:], widths[1:], strict=True))]).rstrip()

    return [line(head), line(["-" * w for w in widths]), *(line(row) for row in rows)]


def make_folder(folder: Path) -> None:
    """Make a folder, if there is none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PlacementError(f"{folder} cannot be made: {error.strerror}. Choose another place.") from None


def check_place(out: Path, endings: tuple[str, ...] = ()) -> None:
    """Complain now where a file could not be written in the end, or has none of the endings, if any are asked for."""
    if endings and out.suffix not in endings:
        raise PlacementError(f"{out} does not end in {' or '.join(endings)}. Choose another name.")
    if out.is_dir() or not out.parent.is_dir():
        why = "it is a folder" if out.is_dir() else f"there is no folder {out.parent}"
        raise PlacementError(f"{out} cannot be written: {why}. Choose another place.")


def write_texts(texts: Mapping[Path, str]) -> None:
    """Write files beside their places and rename them into these, all or none."""
    write_files({path: text.encode() for path, text in texts.items()})


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write files beside their places and rename them into these, all or none."""
    parts = {path: path.with_name(f".{os.getpid()}-{number}.part") for number, path in enumerate(contents)}
    path = Path()
    try:
        for path, content in contents.items():
            if path.is_dir():
                raise PlacementError(f"{path} cannot be written: it is a folder. Choose another place.")
            parts[path].write_bytes(content)
        for path, part in parts.items():
            part.replace(path)
    except OSError as error:
        raise PlacementError(f"{path} cannot be written: {error.strerror}. Choose another place.") from None
    finally:
        for part in parts.values():
            with suppress(OSError):
                part.unlink()
