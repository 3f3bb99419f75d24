"""Options as arrays: ways to run jobs, collected pool by pool, put together job by job."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.kernels.placements import ranges
from placement.kernels.work import Floats, Ints

BLOCK = 250_000
"""Options, or starts, that are worked on at once."""


@dataclass(frozen=True)
class Part:
    """A part of some ways, on one pool; arrays of shape (n,), or one number for all."""

    pool: int
    accelerators: Ints | int
    watts: Ints | int
    quote: float = 0.0


@dataclass(frozen=True)
class Ways:
    """One way to run each of n different jobs, all with as many parts."""

    job: Ints
    """(n,) jobs of the scenario, ascending."""
    work: Floats
    """(n,) hours at speed 1."""
    parts: tuple[Part, ...]
    row: int = -1
    """First row in the option table; -1 if derived."""


@dataclass(frozen=True)
class Options:
    """Ways as arrays: O options by job, parts in compressed rows. Small integers where that saves memory."""

    begin: Ints
    """(J+1,) options of job j are begin[j]:begin[j+1]."""
    work: Floats
    """(O,) hours at speed 1."""
    row: NDArray[np.int32]
    """(O,) first row in the option table; -1 if derived."""
    parts: Ints
    """(O+1,) parts of each option, one at least."""
    part_pool: NDArray[np.int32]
    part_accelerators: NDArray[np.int32]
    part_watts: Ints
    part_quote: Floats

    def __len__(self) -> int:
        return len(self.work)

    @property
    def single(self) -> bool:
        """Whether every option has one part."""
        return len(self.part_pool) == len(self.work)


def collected(ways: deque[Ways], jobs: int) -> Options:
    """One set of arrays, by job, the ways of each in the order in which they came; `ways` are used up."""
    count = np.zeros(jobs + 1, dtype=np.int64)
    for block in ways:
        count[block.job + 1] += 1
    begin = np.cumsum(count)
    width = _widths(ways, begin)
    parts = np.concatenate([[0], np.cumsum(width, dtype=np.int64)])
    row: NDArray[np.int32] = np.broadcast_to(np.int32(-1), len(width))
    if any(block.row >= 0 for block in ways):
        row = row.copy()
    work = np.empty(len(width))
    pool, accelerators = np.empty(parts[-1], dtype=np.int32), np.empty(parts[-1], dtype=np.int32)
    drawn, quote = np.empty(parts[-1], dtype=np.int64), np.zeros(parts[-1])
    free = begin[:-1].copy()
    while ways:
        block = ways.popleft()
        at = free[block.job]
        free[block.job] += 1
        work[at] = block.work
        if block.row >= 0:
            row[at] = block.row
        for k, part in enumerate(block.parts):
            here = parts[at] + k
            pool[here], accelerators[here], drawn[here] = part.pool, part.accelerators, part.watts
            if part.quote:
                quote[here] = part.quote
    return Options(begin, work, row, parts, pool, accelerators, drawn, quote)


def _widths(ways: deque[Ways], begin: Ints) -> NDArray[np.int32]:
    """(O,) parts of each option."""
    width = np.ones(begin[-1], dtype=np.int32)
    free = begin[:-1].copy()
    for block in ways:
        if len(block.parts) > 1:
            width[free[block.job]] = len(block.parts)
        free[block.job] += 1
    return width


def blocks(begin: Ints) -> Iterable[tuple[int, int]]:
    """Ranges (first, end) of the rows of a compressed table that hold at most BLOCK entries, or one row.

    `begin` has shape (rows + 1,). What is worked out range by range stays in the processor's cache, and in memory.
    """
    first, rows = 0, len(begin) - 1
    while first < rows:
        end = int(np.searchsorted(begin, begin[first] + BLOCK, side="right")) - 1
        end = min(max(end, first + 1), rows)
        yield first, end
        first = end


@dataclass(frozen=True)
class Parts:
    """Some parts of options; shape (n,), ascending."""

    option: Ints
    job: Ints
    """Of the scenario."""
    group: Ints
    cluster: Ints


def once_per_cluster(
    ways: Options, rows: NDArray[np.bool_], job_of_row: Ints, group: Ints, cluster_of_pool: Ints
) -> Parts:
    """The first part on each cluster of each option of some job rows: what is counted once per cluster counts there."""
    some = np.flatnonzero(rows)
    count = np.diff(ways.begin)[some]
    option, row = ranges(ways.begin[some], count), np.repeat(some, count)
    if ways.single:
        cluster = cluster_of_pool[ways.part_pool[option]]
    else:
        width = np.diff(ways.parts)[option]
        part = ranges(ways.parts[option], width)
        option, row = np.repeat(option, width), np.repeat(row, width)
        cluster = cluster_of_pool[ways.part_pool[part]]
        key = option * len(cluster_of_pool) + cluster
        first = np.sort(np.unique(key, return_index=True)[1])
        option, row, cluster = option[first], row[first], cluster[first]
    return Parts(option, job_of_row[row], group[row], cluster)
