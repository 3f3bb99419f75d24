"""The list of what is wrong, and what it already covers, so that one mistake is told once."""

from placement.errors import Problem
from placement.tree import Steps


class Problems(list[Problem]):
    """Problems found so far.

    A record with a broken field is complained of once; what would follow from it elsewhere in the record is not.
    """

    def __init__(self) -> None:
        super().__init__()
        self._records: set[Steps] = set()
        self._rows: set[str] = set()
        self.unsure = False
        """Whether something is so broken that names and sums can no longer be checked against it."""

    def add(self, place: str, fact: str, remedy: str) -> None:
        """Note a problem."""
        self.append(Problem(place, fact, remedy))

    def cover(self, record: Steps) -> None:
        """Say no more about a record of the document."""
        self._records.add(record)

    def covers(self, path: Steps) -> bool:
        """Whether a path lies in or around a record of which enough was said."""
        return any(path[: len(r)] == r or r[: len(path)] == path for r in self._records)

    def cover_row(self, place: str) -> None:
        """Say no more about a row of a table; `place` is that of its column ''."""
        self._rows.add(place)

    def covers_row(self, place: str) -> bool:
        """Whether enough was said about a row."""
        return place in self._rows

    def in_order(self) -> list[Problem]:
        """Each problem once, in the order of places: files by name, lines and rows by number."""
        return sorted(dict.fromkeys(self), key=lambda problem: _position(problem.place))


def _position(place: str) -> tuple[str, int]:
    head, _, tail = place.rpartition(":")
    if head and tail.isdecimal():
        return head, int(tail)
    name, _, rest = place.partition(": row ")
    number = rest.split(",")[0].split(" ")[0]
    return name, int(number) if number.isdecimal() else 0
