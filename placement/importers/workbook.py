"""Cells of an Excel workbook as text (ECMA-376, SpreadsheetML: `.xlsx`).

Only what an exported table has is read: shared and inline text, numbers, truth values, the last result of formulas.
Dates are the numbers that they are stored as. Rows come one by one; shared text is held whole.
"""

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from posixpath import normpath

LARGEST_PART = 2 * 2**30
"""Bytes of a part of the workbook, unpacked."""
MOST_COLUMNS = 16_384
"""Columns of a sheet, as the format has it."""
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_BOOK = "xl/workbook.xml"
_REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Whether an archive is a workbook."""
    return _BOOK in archive.namelist()


def worksheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, Iterator[tuple[int, list[str]]]]]:
    """Name of each sheet, and its rows: their number and their cells.

    Raises
    ------
    ValueError
        If the archive is no workbook that can be read.
    """
    try:
        shared = _shared(archive)
        targets = {each.get("Id"): each.get("Target", "") for each in _root(archive, "xl/_rels/workbook.xml.rels")}
        for sheet in _root(archive, _BOOK).iter(f"{_MAIN}sheet"):
            target = targets.get(sheet.get(_RELATION), "")
            part = normpath(target[1:] if target.startswith("/") else f"xl/{target}")
            yield sheet.get("name", "?"), _rows(archive, part, shared)
    except (KeyError, ET.ParseError) as error:
        raise ValueError(f"not a workbook that can be read: {error}; save it as CSV") from None


def _root(archive: zipfile.ZipFile, part: str) -> ET.Element:
    _check_size(archive, part)
    with archive.open(part) as file:
        return ET.parse(file).getroot()


def _check_size(archive: zipfile.ZipFile, part: str) -> None:
    if archive.getinfo(part).file_size > LARGEST_PART:
        raise ValueError(f"{part} has more than {LARGEST_PART // 2**30} GB; save it as CSV")


def _shared(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    return [_text(item) for item in _root(archive, "xl/sharedStrings.xml").iter(f"{_MAIN}si")]


def _text(item: ET.Element) -> str:
    """The text of runs, without phonetic marks."""
    runs = [item.find(f"{_MAIN}t"), *(run.find(f"{_MAIN}t") for run in item.findall(f"{_MAIN}r"))]
    return "".join(run.text or "" for run in runs if run is not None)


def _rows(archive: zipfile.ZipFile, part: str, shared: list[str]) -> Iterator[tuple[int, list[str]]]:
    number, width = 0, 0
    try:
        _check_size(archive, part)
        with archive.open(part) as file:
            for _, element in ET.iterparse(file):
                if element.tag != f"{_MAIN}row":
                    continue
                given = element.get("r", "")
                number = int(given) if given.isdecimal() and len(given) < 8 else number + 1
                cells = _cells(element, shared)
                width = max(width, len(cells))
                yield number, cells + [""] * (width - len(cells))
                element.clear()
    except (KeyError, IndexError, ET.ParseError) as error:
        raise ValueError(f"{part}, after row {number}: {error}; save it as CSV") from None


def _cells(row: ET.Element, shared: list[str]) -> list[str]:
    cells: list[str] = []
    for cell in row.iter(f"{_MAIN}c"):
        reference = _REFERENCE.fullmatch(cell.get("r", ""))
        at = _column(reference[1]) if reference else len(cells)
        if at >= MOST_COLUMNS:
            raise ValueError(f"a cell beyond column {MOST_COLUMNS:,}; save it as CSV")
        cells += [""] * (at + 1 - len(cells))
        cells[at] = _value(cell, shared)
    return cells


def _column(letters: str) -> int:
    at = 0
    for letter in letters:
        at = at * 26 + ord(letter) - ord("A") + 1
    return at - 1


def _value(cell: ET.Element, shared: list[str]) -> str:
    kind, value = cell.get("t", "n"), cell.findtext(f"{_MAIN}v", "")
    if kind == "inlineStr":
        inside = cell.find(f"{_MAIN}is")
        return "" if inside is None else _text(inside)
    if kind == "s":
        if not value.isdecimal():
            raise ValueError(f"a cell names the shared text {value[:20]!r}; save it as CSV")
        return shared[int(value)]
    return "" if kind == "e" else value
