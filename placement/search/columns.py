"""What placements add to rows: of all of them at once where they are few, else of one job at a time, as it is asked."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from placement.kernels.placements import Placements
from placement.kernels.work import Floats, Ints
from placement.models.rows import cell_index, placement_rows
from placement.problem import Problem

AT_ONCE = 100_000
"""Placements of which all entries are held."""


class Columns:
    """Columns of the rows' matrix.

    Parameters
    ----------
    problem : Problem
    placed : Placements
        By job.
    first : array, shape (J+1,)
        Where the placements of each job begin.
    """

    def __init__(self, problem: Problem, placed: Placements, first: Ints):
        self.problem, self.placed, self.first = problem, placed, first
        self.cells = cell_index(problem)
        self._begin = self._end = 0
        self._held = sparse.csc_array((len(problem.rows), 0))
        if len(placed) <= AT_ONCE:
            self._hold(0, len(placed))

    def _hold(self, begin: int, end: int) -> None:
        rows = placement_rows(self.problem, self.placed.some(np.arange(begin, end)), self.cells)
        self._begin, self._end, self._held = begin, end, sparse.csc_array(rows)

    def of(self, begin: int, end: int) -> tuple[Ints, Ints, Floats]:
        """Of placements of one job, from `begin` until before `end`: where each one's entries begin, rows, values."""
        if not (self._begin <= begin and end <= self._end):
            job = int(np.searchsorted(self.first, begin, side="right")) - 1
            self._hold(int(self.first[job]), max(int(self.first[job + 1]), end))
        pointers = self._held.indptr[begin - self._begin : end - self._begin + 1]
        entries = slice(pointers[0], pointers[-1])
        rows: Ints = self._held.indices[entries].astype(np.int64)
        return pointers - pointers[0], rows, self._held.data[entries]

    def touching(self, rows: Ints) -> NDArray[np.bool_]:
        """(N,) whether a placement adds to any of some rows."""
        result = np.zeros(len(self.placed), dtype=bool)
        wanted = np.zeros(len(self.problem.rows), dtype=bool)
        wanted[rows] = True
        ends = [(0, len(self.placed))] if self._end - self._begin == len(self.placed) else self._jobs()
        for begin, end in ends:
            pointers, touched, _ = self.of(begin, end)
            hit = np.concatenate([[0], np.cumsum(wanted[touched])])
            result[begin:end] = hit[pointers[1:]] > hit[pointers[:-1]]
        return result

    def _jobs(self) -> list[tuple[int, int]]:
        ends = zip(self.first[:-1].tolist(), self.first[1:].tolist(), strict=True)
        return [(begin, end) for begin, end in ends if end > begin]
