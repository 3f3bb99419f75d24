"""The list of what is wrong, and what it already covers, so that one mistake is told once."""

from collections.abc import Iterable

from placement.errors import Problem
from placement.tree import Steps


class Problems(list[Problem]):
    """Problems found so far.

    A broken value is complained of once. What would follow from it elsewhere in its record is not; what is wrong with
    another value by itself is.
    """

    def __init__(self) -> None:
        super().__init__()
        self._records: set[Steps] = set()
        self._values: set[Steps] = set()
        self._rows: dict[str, set[str]] = {}
        self._sources: dict[str, set[str]] = {}
        self.incomplete: set[str] = set()
        """Sections (`clusters`, `jobs`, `horizon` ...) of which something is missing: nothing is checked against it."""

    def add(self, place: str, fact: str, remedy: str) -> None:
        """Note a problem."""
        self.append(Problem(place, fact, remedy))

    def cover(self, record: Steps, value: Steps) -> None:
        """Say no more about how a record of the document fits together, and nothing about a value in it."""
        self._records.add(record)
        self._values.add(value)

    def covers(self, path: Steps) -> bool:
        """Whether a path lies in or around a record of which enough was said."""
        return _overlaps(self._records, path)

    def covers_value(self, path: Steps) -> bool:
        """Whether a path lies in or around a broken value."""
        return _overlaps(self._values, path)

    def broken_below(self, path: Steps) -> set[str]:
        """The first steps below a path that lead to broken values."""
        return {str(v[len(path)]) for v in self._values if len(v) > len(path) and v[: len(path)] == path}

    def cover_row(self, place: str, columns: Iterable[str]) -> None:
        """Say no more about how a row of a table fits together, nor about its broken columns.

        `place` is that of the row's column ''.
        """
        self._rows.setdefault(place, set()).update(columns)

    def cover_source(self, source: str, columns: Iterable[str]) -> None:
        """The same for all rows of a table."""
        self._sources.setdefault(source, set()).update(columns)

    def covers_row(self, source: str, place: str) -> bool:
        """Whether enough was said about a row."""
        return place in self._rows or source in self._sources

    def covers_cell(self, source: str, place: str, column: str) -> bool:
        """Whether a cell of a row is broken."""
        return column in self._rows.get(place, ()) or column in self._sources.get(source, ())

    def in_order(self) -> list[Problem]:
        """Each problem once, in the order of places: files by name, whole columns first, lines and rows by number."""
        return sorted(dict.fromkeys(self), key=lambda problem: _position(problem.place))


def _overlaps(known: set[Steps], path: Steps) -> bool:
    return any(path[: len(other)] == other or other[: len(path)] == path for other in known)


def _position(place: str) -> tuple[str, int]:
    head, _, tail = place.rpartition(":")
    if head and tail.isdecimal():
        return head, int(tail)
    name, _, rest = place.partition(": column ")[0].partition(": row ")
    number = rest.split(",")[0].split(" ")[0]
    return name, int(number) if number.isdecimal() else 0
