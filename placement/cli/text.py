"""Numbers and tables as people read them."""

import math
import os
import textwrap
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from placement.errors import PlacementError

WIDTH = 100
"""Columns of what is printed."""


def usd(value: float | None, digits: int = 4) -> str:
    """Dollars in so many digits: $12.34M."""
    if value is None or not math.isfinite(value):
        return "-"
    sign, value = ("-" if value < 0 else ""), abs(value)
    for unit, size in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size * 0.99995:
            whole = len(str(int(value / size)))
            return f"{sign}${value / size:.{max(digits - whole, 0)}f}{unit}"
    return f"{sign}${value:.2f}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share in per cent."""
    return "-" if share is None or not math.isfinite(share) else f"{100 * share:.{digits}f} %"


def number(value: float, digits: int = 0) -> str:
    """A number with thousands separated; a dash for none."""
    return "-" if not math.isfinite(value) else f"{value:,.{digits}f}"


def short(value: float) -> str:
    """A number in four digits: 12.34M."""
    return usd(value).replace("$", "") if abs(value) >= 1e4 else number(value)


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


def write_texts(texts: Mapping[Path, str]) -> None:
    """Write files beside their places and rename them into these, all or none."""
    parts = {path: path.with_name(f".{os.getpid()}-{number}.part") for number, path in enumerate(texts)}
    path = Path()
    try:
        for path, text in texts.items():
            if path.is_dir():
                raise PlacementError(f"{path} cannot be written: it is a folder. Choose another place.")
            parts[path].write_text(text, encoding="utf-8")
        for path, part in parts.items():
            part.replace(path)
    except OSError as error:
        raise PlacementError(f"{path} cannot be written: {error.strerror}. Choose another place.") from None
    finally:
        for part in parts.values():
            with suppress(OSError):
                part.unlink()
