"""Text files of any length: their text piece by piece, their lines, and the items of long JSON lists.

UTF-8, with or without a byte order mark; lines end in LF or CRLF. A file that begins like one of gzip is unpacked on
the way. What cannot be read is one error with its place; a line that is too long is handed on as None.
"""

import codecs
import gzip
import io
import json
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from placement.errors import PlacementError, Problem
from placement.importers.jobs.tally import shortened
from placement.loader.wording import nearest

PIECE = 2**20
"""Bytes that are read at once."""
LONGEST_LINE = PIECE
"""Characters of a line; a longer one is not a record."""
LARGEST_ITEM = 2**24
"""Characters of an item of a JSON list."""

LONGEST_TEXT = 500
"""Characters of what is said of a file."""

_GZIP = b"\x1f\x8b"
_OTHERS = {
    b"PK\x03\x04": ("a zip archive", "Unpack it first."),
    b"BZh": ("compressed with bzip2", "Unpack it first: bunzip2."),
    b"\xfd7zXZ": ("compressed with xz", "Unpack it first: unxz."),
    b"\x28\xb5\x2f\xfd": ("compressed with zstd", "Unpack it first: unzstd."),
    b"\xff\xfe": ("UTF-16 text", "Save it as UTF-8: iconv -f UTF-16 -t UTF-8."),
    b"\xfe\xff": ("UTF-16 text", "Save it as UTF-8: iconv -f UTF-16 -t UTF-8."),
    b"PAR1": ("Parquet", "Give a text file."),
}
"""First bytes of files that are no text, what they are, and what to do."""


def wrong(place: str, fact: str, remedy: str) -> PlacementError:
    """The error that says what is wrong where, and what to do; what it quotes of a file is put on one line, cut."""
    return PlacementError(str(Problem(place, shortened(fact, LONGEST_TEXT), shortened(remedy, LONGEST_TEXT))))


def check_there(path: Path, wanted: str = "Check the path.") -> None:
    """Complain now where there is no such file; of what is wanted, unless there is one of a name much like it.

    Raises
    ------
    PlacementError
    """
    if not path.exists():
        raise wrong(str(path), "there is no such file.", _near(path, wanted))


def _near(path: Path, else_say: str) -> str:
    """Where a file that is not there may be instead."""
    there: list[str] = []
    with suppress(OSError):
        there = [each.name for each in path.parent.iterdir()]
    near = nearest(path.name, there)
    return f"Did you mean '{near}'?" if near else else_say


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file to read bytes from, unpacked if it is gzip.

    Raises
    ------
    PlacementError
        If it cannot be opened or read, or its packing is damaged.
    """
    try:
        with path.open("rb") as file:
            packed = file.peek(2)[:2] == _GZIP if isinstance(file, io.BufferedReader) else False
            if not packed:
                yield file
                return
            with gzip.open(file, "rb") as unpacked:
                yield io.BufferedReader(unpacked)
    except FileNotFoundError:
        raise wrong(str(path), "there is no such file.", _near(path, "Check the path.")) from None
    except IsADirectoryError:
        raise wrong(str(path), "this is a folder.", "Give the files in it.") from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        fact = f"the compressed file is cut off or damaged ({error})."
        raise wrong(str(path), fact, "Copy it again.") from None
    except OSError as error:
        fact = f"the file cannot be read ({error.strerror or error})."
        raise wrong(str(path), fact, "Check its path and its rights.") from None


def begins(path: Path) -> str:
    """The first character of a file that is not blank; empty if there is none near its begin."""
    with opened(path) as file:
        return file.read(4096).decode("utf-8-sig", "replace").strip()[:1]


def pieces(path: Path) -> Iterator[str]:
    """The text of a file, piece by piece.

    Raises
    ------
    PlacementError
        As `opened`; or if a byte is not of UTF-8, with its place.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    seen, line, first = 0, 1, True
    with opened(path) as file:
        while True:
            piece = file.read(PIECE)
            if seen == 0:
                _check_kind(path, piece)
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                at = seen + error.start - (len(error.object) - len(piece))
                row = line + error.object[: error.start].count(b"\n")
                fact = f"byte {at:,} of the text, 0x{error.object[error.start]:02x}, is not of UTF-8."
                remedy = "Save the file as UTF-8, say: iconv -f latin1 -t UTF-8."
                raise wrong(f"{path}:{row}", fact, remedy) from None
            if first and text:
                text, first = text.removeprefix("\ufeff"), False
            if not piece:
                if text:
                    yield text
                return
            seen += len(piece)
            line += piece.count(b"\n")
            yield text


def _check_kind(path: Path, piece: bytes) -> None:
    for mark, (what, remedy) in _OTHERS.items():
        if piece.startswith(mark):
            raise wrong(str(path), f"the file is {what}.", remedy)


def blocks(path: Path) -> Iterator[tuple[int, list[str | None]]]:
    """Lines of a file, some thousand at a time: the number of the first, from 1, and the lines; None is too long.

    Raises
    ------
    PlacementError
        As `pieces`.
    """
    number, rest, long = 1, "", False
    for piece in pieces(path):
        lines: list[str | None] = (rest + piece).split("\n")  # type: ignore[assignment]
        rest = str(lines.pop())
        if long and lines:
            lines[0], long = None, False
        if len(rest) > LONGEST_LINE:
            rest, long = "", True
        if lines and len(lines[0] or "") > LONGEST_LINE:
            lines[0] = None
        if lines:
            if "\r" in piece or (lines[0] or "").endswith("\r"):
                lines = [each if each is None else each.removesuffix("\r") for each in lines]
            yield number, lines
            number += len(lines)
    if rest or long:
        yield number, [None if long else rest.removesuffix("\r")]


def items(path: Path, lists: Collection[str], *, single: bool = False) -> Iterator[tuple[int, Any]]:
    """The items of a JSON list, one by one, with the line on which each begins.

    The document is the list itself, or an object in which it stands under one of the names `lists`; several documents
    may follow each other. With `single` an object without such a list is an item itself.

    Raises
    ------
    PlacementError
        As `pieces`; or if this is not such JSON, with the line.
    """
    stream = _Json(path)
    found = False
    while stream.peek():
        line = stream.line
        if stream.take("[{") == "[":
            found = True
            yield from _listed(stream)
            continue
        rest, listed = {}, False
        for name in _keys(stream):
            if name in lists and stream.peek() == "[":
                listed = True
                stream.take("[")
                yield from _listed(stream)
            else:
                rest[name] = stream.value()
        if single and not listed:
            yield line, rest
        found |= single or listed
    if not found:
        names = " or ".join(f'"{name}"' for name in lists)
        raise wrong(str(path), f"the JSON document has no list {names}.", "Give the whole output.")


def _listed(stream: "_Json") -> Iterator[tuple[int, Any]]:
    if stream.peek() == "]":
        stream.take("]")
        return
    while True:
        stream.peek()
        line = stream.line
        yield line, stream.value()
        if stream.take(",]") == "]":
            return


def _keys(stream: "_Json") -> Iterator[str]:
    if stream.peek() == "}":
        stream.take("}")
        return
    while True:
        name = stream.value()
        if not isinstance(name, str):
            raise stream.error("a key is not text")
        stream.take(":")
        yield name
        if stream.take(",}") == "}":
            return


class _Json:
    """A JSON document that is read value by value."""

    def __init__(self, path: Path):
        self.path = path
        self.line = 1
        self._pieces = pieces(path)
        self._text = ""
        self._at = 0
        self._ended = False
        self._decoder = json.JSONDecoder()

    def _more(self) -> bool:
        """Have another piece of text; False at the end of the file."""
        piece = next(self._pieces, None)
        if piece is None:
            self._ended = True
            return False
        self._text, self._at = self._text[self._at :] + piece, 0
        return True

    def _pass(self, to: int) -> None:
        self.line += self._text.count("\n", self._at, to)
        self._at = to

    def peek(self) -> str:
        """The next character that is not blank, which is not taken; empty at the end."""
        while True:
            rest = len(self._text)
            at = self._at
            while at < rest and self._text[at] in " \t\r\n":
                at += 1
            self._pass(at)
            if at < rest:
                return self._text[at]
            if not self._more():
                return ""

    def take(self, expected: str) -> str:
        """Take the next character, which is one of those expected."""
        found = self.peek()
        if not found or found not in expected:
            what = f"'{found}'" if found else "the end of the file"
            raise self.error(f"{what} stands where one of {' '.join(expected)} is expected")
        self._pass(self._at + 1)
        return found

    def value(self) -> Any:
        """Take the next value."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except RecursionError:
                raise self.error("values are nested too deep") from None
            except ValueError as error:
                if self._ended or len(self._text) - self._at > LARGEST_ITEM or not self._more():
                    what = str(getattr(error, "msg", error))
                    if not self._ended:
                        what += f", or a value has more than {LARGEST_ITEM // 2**20} million characters"
                    raise self.error(what) from None
                continue
            if end == len(self._text) and not self._ended and self._more():
                continue
            self._pass(end)
            return value

    def error(self, what: str) -> PlacementError:
        """The error that says what is wrong here."""
        return wrong(f"{self.path}:{self.line}", f"this is not JSON that can be read: {what}.", "Write it again.")
