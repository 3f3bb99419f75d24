"""Rows of tables that others export: delimited text, such text in a zip archive, the sheets of a workbook.

Text is UTF-8, with or without a byte order mark, its lines ended by LF or CRLF, its cells separated by commas,
semicolons, tabs or bars, whichever makes the header one that the reader knows. The header may stand below a few
other lines. Text is read line by line and never held whole.
"""

import csv
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO

from placement.errors import PlacementError, Problem
from placement.importers.workbook import is_workbook, worksheets
from placement.loader.wording import shown

HEADER_ROWS = 20
"""The header is looked for in so many first rows."""
LONGEST_LINE = 2**20
"""Bytes of a line."""
LARGEST_MEMBER = 20 * 2**30
"""Bytes of a file in an archive, unpacked."""
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_ARCHIVE = b"PK\x03\x04"
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)

Rows = Iterator[tuple[int, list[str]]]
"""The number of a line or row, from 1, and its cells."""


def wrong(place: str, fact: str, remedy: str) -> PlacementError:
    """The error that says what is wrong where, and what to do."""
    return PlacementError(str(Problem(place, fact, remedy)))


@dataclass(frozen=True)
class Layout:
    """The columns of a kind of table.

    A column is given by regular expressions for its name in small letters with single blanks, the best first.
    """

    name: str
    """What a table of this kind is called."""
    needed: Mapping[str, tuple[str, ...]]
    optional: Mapping[str, tuple[str, ...]]

    def places(self, header: Sequence[str]) -> dict[str, int] | None:
        """Where each column stands in a header; None if one that is needed is missing."""
        plain = [" ".join(name.lower().replace("_", " ").split()) for name in header]
        found: dict[str, int] = {}
        for key, patterns in {**self.needed, **self.optional}.items():
            at = next((k for p in patterns for k, name in enumerate(plain) if re.fullmatch(p, name)), None)
            if at is not None:
                found[key] = at
            elif key in self.needed:
                return None
        return found


@dataclass
class Sheet:
    """A table whose header is known, its rows still to be read."""

    label: str
    """The file, in messages."""
    header: list[str]
    at: dict[str, int]
    """Where the columns of the layout stand."""
    delimiter: str
    """Between cells; empty in a workbook."""
    rows: Rows
    """Cells as text, as many as the header has."""

    def place(self, line: int) -> str:
        """The place of a row, in messages."""
        return f"{self.label}:{line}"

    def number(self, text: str, line: int, name: str) -> float | None:
        """The number in a cell, None where a mark says that there is none. A comma may stand for the point where
        cells are not separated by commas.
        """
        plain = text.strip()
        if plain.lower() in MISSING:
            return None
        if not _NUMBER.fullmatch(plain):
            plain = self._with_point(plain)
        if not _NUMBER.fullmatch(plain) or not abs(float(plain)) <= LARGEST:
            remedy = f"Write a plain number of at most {LARGEST:,.0f}, or nothing."
            raise wrong(self.place(line), f"{name} is {shown(text)}, which is not a number that can be used.", remedy)
        return float(plain)

    def _with_point(self, text: str) -> str:
        if self.delimiter not in (",", "") and _COMMA.fullmatch(text):
            return text.replace(".", "").replace(",", ".")
        return text.replace(",", "") if _THOUSANDS.fullmatch(text) else text


MISSING = frozenset(("", "-", "--", "n/e", "n/a", "na", "nan", "null", "none", "#n/a"))
"""Marks of a missing value, in small letters."""
LARGEST = 1e9
"""A larger price or intensity is a slip."""
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
_COMMA = re.compile(r"[-+]?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+),[0-9]+")
_THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+")


@contextmanager
def sheets(path: Path, layout: Layout) -> Iterator[Iterator[Sheet]]:
    """The tables of a file, one after the other; each is to be read before the next is asked for.

    Raises
    ------
    PlacementError
        If the file cannot be opened. The iterator and the rows of its tables raise it for what is no such table: a
        header without the columns of the layout, bytes that are not UTF-8, lines or cells without end, rows of
        another width, broken archives.
    """
    try:
        file = path.open("rb")
    except IsADirectoryError:
        raise wrong(str(path), "this is a folder.", "Give the files in it.") from None
    except OSError as error:
        raise wrong(
            str(path), f"the file cannot be read ({error.strerror}).", "Check its path and its rights."
        ) from None
    with file:
        yield _tables(file, path, layout)


def _tables(file: IO[bytes], path: Path, layout: Layout) -> Iterator[Sheet]:
    try:
        first = file.read(len(_ARCHIVE))
        file.seek(0)
        if first != _ARCHIVE:
            yield _sheet(str(path), _lines(file, str(path)), layout)
            return
        with zipfile.ZipFile(file) as archive:
            if is_workbook(archive):
                yield from _of_workbook(archive, path, layout)
            else:
                yield from _of_archive(archive, path, layout)
    except _BROKEN as error:
        raise wrong(str(path), f"the file cannot be read ({_reason(error)}).", "Fetch it anew.") from None


def _of_workbook(archive: zipfile.ZipFile, path: Path, layout: Layout) -> Iterator[Sheet]:
    for name, rows in worksheets(archive):
        label = f"{path}, sheet {name}"
        first = list(islice(rows, HEADER_ROWS))
        if not first:
            continue
        for k, (_, cells) in enumerate(first):
            at = layout.places(cells)
            if at is not None:
                yield Sheet(label, cells, at, "", _even(chain(first[k + 1 :], rows), cells, label))
                break
        else:
            raise _no_header(label, first[0][1], layout)


def _of_archive(archive: zipfile.ZipFile, path: Path, layout: Layout) -> Iterator[Sheet]:
    members = [each for each in archive.infolist() if each.filename.lower().endswith((".csv", ".txt", ".tsv"))]
    if not members:
        raise wrong(str(path), "the archive holds no CSV file.", "Give the CSV file that you mean.")
    for member in members:
        label = f"{path}, {member.filename}"
        if member.file_size > LARGEST_MEMBER:
            fact = f"unpacked it has {member.file_size / 2**30:,.0f} GB, more than {LARGEST_MEMBER // 2**30}."
            raise wrong(label, fact, "Split it.")
        with archive.open(member) as file:
            yield _sheet(label, _lines(file, label), layout)


def _lines(file: IO[bytes], label: str) -> Iterator[str]:
    number = 0
    while raw := file.readline(LONGEST_LINE + 1):
        number += 1
        place = f"{label}:{number}"
        if len(raw) > LONGEST_LINE:
            raise wrong(
                place, f"the line has more than {LONGEST_LINE:,} bytes.", "Give a CSV file with a line per row."
            )
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise wrong(place, "the file is not UTF-8 text.", "Save it as UTF-8 CSV.") from None
        if "\0" in text:
            raise wrong(place, "the line holds a null character.", "Save it as UTF-8 CSV.")
        yield text


def _sheet(label: str, lines: Iterator[str], layout: Layout) -> Sheet:
    first = list(islice(lines, HEADER_ROWS))
    for k, line in enumerate(first):
        for delimiter in DELIMITERS:
            header = _cells(line, delimiter)
            at = layout.places(header)
            if at is not None:
                rows = _numbered(chain(first[k + 1 :], lines), delimiter, k + 1, label)
                return Sheet(label, header, at, delimiter, _even(rows, header, label))
    if not any(line.strip() for line in first):
        raise wrong(label, "the file is empty.", f"Give a file of {layout.name}.")
    top = next(line for line in first if line.strip())
    raise _no_header(label, max((_cells(top, each) for each in DELIMITERS), key=len), layout)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _no_header(label: str, header: Sequence[str], layout: Layout) -> PlacementError:
    there = shown(", ".join(header))
    fact = f"the columns are {there}, and {layout.name} have {', '.join(layout.needed)}."
    return wrong(f"{label}:1", fact, "Give a file as it was exported, with its line of column names.")


def _numbered(lines: Iterator[str], delimiter: str, before: int, label: str) -> Rows:
    reader = csv.reader(lines, delimiter=delimiter)
    line = before
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise wrong(f"{label}:{line + 1}", f"the row cannot be read ({error}).", "Export it anew.") from None
        if cells is None:
            return
        yield line + 1, cells
        line = before + reader.line_num


def _even(rows: Rows, header: Sequence[str], label: str) -> Rows:
    """The rows that hold anything, each as wide as the header."""
    width, line = len(header), 1
    try:
        for line, cells in rows:
            if len(cells) == width:
                yield line, cells
            elif any(cell.strip() for cell in cells):
                fact = f"the row has {len(cells)} cells, and the header {width}."
                raise wrong(
                    f"{label}:{line}", fact, "Put cells with the separator in them in quotes, or fetch it anew."
                )
    except _BROKEN as error:
        raise wrong(f"{label}:{line}", f"what follows cannot be read ({_reason(error)}).", "Fetch it anew.") from None


def _reason(error: BaseException) -> str:
    return str(error).partition("\n")[0][:200]
