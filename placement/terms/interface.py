"""What a term is given, and what it gives back.

A term adds dollars to placements: an option o of a job and its start s. It says how many by numbers for the rows of the
option table, never for each pair of row and slot:

    run               usd[row] · when[s]                                     once, in the slot of the start
    accelerator_hour  usd[row] · accelerators · Σ_t held hours in t · when[t]   in each slot that the run holds

A row is a part of a way to run one unit of a job; most ways have one part. Dollars are those of the scenario's price
year, discounted as all other cash: by the slot in which they are paid.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

Per = Literal["run", "accelerator_hour"]

COLUMNS = {
    "job": "name of the job",
    "class": "its class, or None",
    "team": "its team, or None",
    "priority": "its priority, or None",
    "tags": "its tags, a tuple",
    "option": "name of the way: of the option table, else `cluster/pool x64`",
    "part": "number of the row among the parts of its way, from 1",
    "parts": "how many parts the way has",
    "cluster": "cluster of the part",
    "country": "its country (two letters), or None; None in orbit",
    "orbital": "whether it is in orbit",
    "pool": "pool of the part",
    "accelerator": "accelerator of the pool",
    "accelerators": "how many the part holds",
    "hours": "run time at full speed without pauses, h, rounded to 1e-6",
    "kw": "IT power of the part, kW",
}
"""Columns of an option table."""


class OptionTable(Mapping[str, NDArray[Any]]):
    """Ways to run jobs: a row for each part of each way, the parts of a way one after the other.

    A mapping of names (`COLUMNS`) to read-only arrays of shape (n,), each made when it is first asked for. Which rows
    are there differs: all ways of a scenario, or those of a plan. What a term says of a row must depend on that row
    alone.
    """

    def __init__(self, rows: int, columns: Mapping[str, Callable[[], NDArray[Any]]]):
        self._rows, self._makers = rows, dict(columns)
        self._made: dict[str, NDArray[Any]] = {}

    @property
    def rows(self) -> int:
        """n."""
        return self._rows

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._made:
            values = self._makers[name]().view()
            values.flags.writeable = False
            self._made[name] = values
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


@dataclass(frozen=True)
class Slots:
    """The slots of the horizon; arrays of shape (T,)."""

    begin: NDArray[np.datetime64]
    """When each begins, UTC."""
    hours: NDArray[np.float64]
    """How long each is, h."""


@dataclass(frozen=True)
class Dollars:
    """Dollars for rows of an option table."""

    usd: NDArray[np.float64]
    """(n,) $ of each row, per unit: for a run, or for each accelerator and hour. Below 0: a rebate."""
    per: Per = "run"
    when: NDArray[np.float64] | None = None
    """(T,) factor of each slot; None: 1 in all of them."""


@runtime_checkable
class Term(Protocol):
    """A term of a package."""

    @property
    def words(self) -> str:
        """What it is, on one line."""

    @property
    def parameters(self) -> type[BaseModel]:
        """What the scenario says to it; unknown keys should be forbidden."""

    def dollars(self, parameters: Any, options: OptionTable, slots: Slots) -> Any:
        """Dollars of the rows of a table.

        Parameters
        ----------
        parameters
            An instance of its `parameters`.
        options : OptionTable
            n rows.
        slots : Slots

        Returns
        -------
        array, shape (n,), Dollars, or a sequence of Dollars
            An array is $ per run. Several add up. Finite; the same for the same row, whatever other rows there are.
        """


Pieces = Sequence[Dollars]
