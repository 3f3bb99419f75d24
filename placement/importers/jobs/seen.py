"""Which names and runs there were in a long log, in little memory.

A name, and a run (name, submission, start), is remembered as 64 bits of a hash: 16 bytes a row, and up to 100 MB more
while arrays are merged. Among ten million names two have the same hash with a chance of 3 in a million; the second then
has a number after its name that it does not need.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from placement.importers.jobs.zones import Floats

Hashes = NDArray[np.uint64]
Mask = NDArray[np.bool_]

MOST_MERGED = 2**22
"""Arrays that are longer are not merged any more."""
_ODD = np.uint64(0x9E3779B97F4A7C15)
_KEY = "placement import"
"""Sixteen letters, the key of the hash."""


class _Set:
    """A growing set of numbers as sorted arrays, each more than twice as long as the next, or long enough."""

    def __init__(self) -> None:
        self.runs: list[Hashes] = []

    def holds(self, hashes: Hashes) -> Mask:
        found = np.zeros(len(hashes), dtype=bool)
        for run in self.runs:
            at = np.minimum(np.searchsorted(run, hashes), len(run) - 1)
            found |= run[at] == hashes
        return found

    def add(self, hashes: Hashes) -> None:
        if len(hashes) == 0:
            return
        run = np.sort(hashes)
        while self.runs and len(self.runs[-1]) <= min(2 * len(run), MOST_MERGED):
            run = np.concatenate([self.runs.pop(), run])
            run.sort()
        self.runs.append(run)


class Seen:
    """The names and runs that there were."""

    def __init__(self) -> None:
        self._names, self._runs = _Set(), _Set()
        self._numbers: dict[str, int] = {}
        """Last number given to names that stood more than once."""

    def add(self, names: Sequence[str], submitted: Floats, started: Floats) -> tuple[list[int], dict[int, str]]:
        """Remember the rows of a batch.

        Returns
        -------
        tuple
            Rows that are the same run once more (same name, submission and start, the submission known); new names of
            others whose name stood before: `NAME#2`, `NAME#3`. The former are not remembered.
        """
        if not names:
            return [], {}
        hashes = hashed(names)
        times = submitted.view(np.uint64) * _ODD + np.where(np.isnan(started), -1.0, started).view(np.uint64)
        runs = hashes ^ (times * _ODD)
        known = np.isfinite(submitted)
        again = known & (self._runs.holds(runs) | _later(runs, known))
        self._runs.add(np.unique(runs[known & ~again]))
        fresh = np.flatnonzero(~again)
        twice = fresh[self._names.holds(hashes[fresh]) | _later(hashes[fresh], np.ones(len(fresh), dtype=bool))]
        self._names.add(np.unique(hashes[fresh]))
        renamed = {int(row): self._numbered(names[row]) for row in twice}
        return np.flatnonzero(again).tolist(), renamed

    def _numbered(self, name: str) -> str:
        number = self._numbers.get(name, 1)
        while True:
            number += 1
            found = f"{name[: 200 - len(str(number)) - 1]}#{number}"
            own = hashed([found])
            if not self._names.holds(own)[0]:
                break
        self._numbers[name] = number
        self._names.add(own)
        return found


def hashed(names: Sequence[str]) -> Hashes:
    """64-bit hashes of texts, the same in every process."""
    from pandas.util import hash_array

    cells = np.empty(len(names), dtype=object)
    cells[:] = names
    return np.asarray(hash_array(cells, hash_key=_KEY, categorize=False), dtype=np.uint64)


def _later(hashes: Hashes, counted: Mask) -> Mask:
    """Whether the same stands earlier in the batch, among those counted."""
    rows = np.flatnonzero(counted)
    _, first = np.unique(hashes[rows], return_index=True)
    found = counted.copy()
    found[rows[first]] = False
    return found
