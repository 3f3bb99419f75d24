"""What logs and manifests say of jobs, whatever their format: arrays of one length, an entry for each record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.importers.jobs.tally import Reason
from placement.importers.jobs.zones import Floats

Ints = NDArray[np.int64]
Texts = list[str | None]


class Fate(IntEnum):
    """How far a job has come when the log ends."""

    WAITING = 0
    """It has not run."""
    RUNNING = 1
    """It has begun and not ended."""
    ENDED = 2
    """It has run, in whatever way it ended."""
    CANCELLED = 3
    """It will never run."""


@dataclass
class Records:
    """Some records of one file, in its order. Times are Unix seconds, nan where not known."""

    file: str
    numbers: Ints
    """Line, row or item of each, from 1."""
    word: str
    """What the numbers count; empty for lines."""
    names: Texts
    fate: NDArray[np.int8]
    """`Fate`."""
    submitted: Floats
    started: Floats
    ended: Floats
    run_s: Floats
    """Seconds on its accelerators: of the whole run where it has ended, so far where it runs."""
    limit_s: Floats
    """Time limit, seconds of run time."""
    accelerators: Floats
    """Those of the log; parts of one are rounded up later."""
    count: Ints | None = None
    """That many alike."""
    texts: dict[str, Texts] = field(default_factory=dict)
    """What teams, tags, priorities and clusters are taken from, by the format's own names."""
    after: list[tuple[str, ...]] | None = None
    """Names of jobs that must end before."""
    more: dict[str, list[Any]] = field(default_factory=dict)
    """Further columns of the jobs table; moments as Unix seconds."""
    dropped: NDArray[np.int8] = field(default_factory=lambda: np.empty(0, np.int8))
    """`Reason` of records that the format itself drops; 0: none. Left empty: none of them."""
    details: dict[int, str] = field(default_factory=dict)
    """What is wrong with some of these."""

    def __post_init__(self) -> None:
        if len(self.dropped) != len(self.numbers):
            self.dropped = np.zeros(len(self.numbers), dtype=np.int8)

    def __len__(self) -> int:
        return len(self.numbers)

    def place(self, row: int) -> str:
        """Where a record stands."""
        number = int(self.numbers[row])
        return f"{self.file}: {self.word} {number}" if self.word else f"{self.file}:{number}"

    def drop(self, mask: NDArray[np.bool_], reason: Reason, detail: str | Callable[[int], str] | None = None) -> None:
        """Give records a reason, unless they have one, and to the first of them what is wrong, or a function that
        says it of a row.
        """
        rows = np.flatnonzero(mask & (self.dropped == Reason.KEPT))
        self.dropped[rows] = reason
        if detail is not None:
            for row in rows[:10].tolist():
                self.details.setdefault(row, detail if isinstance(detail, str) else detail(row))


def records_of(rows: Sequence[Mapping[str, Any]], file: str, word: str = "", *, after: bool = False) -> Records:
    """Records from plain mappings, for formats that come in small numbers.

    Parameters
    ----------
    rows : sequence of mappings
        Keys, all but `number` may be left out: `number` (line, row or item), `name`, `fate`, `submitted`, `started`,
        `ended`, `run_s`, `limit_s` (Unix seconds and seconds), `accelerators`, `texts` (a mapping), `after`,
        `dropped`, `detail`.
    file : str
    word : str
        What the numbers count; empty for lines.
    after : bool
        Whether there is a column `after`.
    """

    def floats(key: str) -> Floats:
        return np.array([row.get(key, np.nan) for row in rows], dtype=np.float64)

    named = sorted({name for row in rows for name in row.get("texts", {})})
    return Records(
        file=file,
        numbers=np.array([row["number"] for row in rows], dtype=np.int64),
        word=word,
        names=[row.get("name") for row in rows],
        fate=np.array([row.get("fate", Fate.WAITING) for row in rows], dtype=np.int8),
        submitted=floats("submitted"),
        started=floats("started"),
        ended=floats("ended"),
        run_s=floats("run_s"),
        limit_s=floats("limit_s"),
        accelerators=floats("accelerators"),
        texts={name: [row.get("texts", {}).get(name) for row in rows] for name in named},
        after=[tuple(row.get("after", ())) for row in rows] if after else None,
        dropped=np.array([row.get("dropped", Reason.KEPT) for row in rows], dtype=np.int8),
        details={number: row["detail"] for number, row in enumerate(rows) if row.get("detail")},
    )


def unread(file: str, found: Sequence[tuple[int, str]], word: str = "") -> Records:
    """Records that cannot be read: the number of each, and what is wrong with it."""
    rows = [{"number": number, "dropped": Reason.UNREADABLE, "detail": detail} for number, detail in found]
    return records_of(rows, file, word)
