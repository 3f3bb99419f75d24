"""The answer: what runs where and when, what is built and launched, where the power comes from, what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

TABLES: dict[str, dict[str, str]] = {
    "placements": {
        "job": "text",
        "group": "int",
        "kind": "text",
        "segment": "int",
        "option": "text",
        "part": "int",
        "cluster": "text",
        "pool": "text",
        "accelerators": "int",
        "count": "int",
        "start": "moment",
        "end": "moment",
        "start_grain": "int",
        "end_grain": "int",
        "tb": "float",
        "tail_hours": "float",
        "work_share": "float",
    },
    "jobs": {
        "job": "text",
        "count": "int",
        "placed": "int",
        "deferred": "int",
        "rejected": "int",
        "reason": "text",
    },
    "moves": {"dataset": "text", "cluster": "text", "tb": "float"},
    "flows": {"flow": "text", "cluster": "text", "pool": "text", "slot": "int", "accelerators": "float"},
    "energy": {"cluster": "text", "source": "text", "kind": "text", "tick": "int", "slot": "int", "mw": "float"},
    "states": {"cluster": "text", "slot": "int", "on": "bool"},
    "builds": {
        "cluster": "text",
        "module": "text",
        "vehicle": "text",
        "period": "int",
        "number": "int",
        "stands_from_slot": "int",
    },
    "launches": {"vehicle": "text", "cluster": "text", "plane": "text", "period": "int", "flights": "int"},
    "costs": {"category": "text", "cluster": "text", "usd": "float"},
}
"""Tables of a plan, their columns and what these hold."""

AS_IT_RAN, STAYS, GOES_ON = "as it ran (replanned)", "stays (replanned)", "goes on later (replanned)"
WENT_ON = "as it went on (replanned)"
"""Options of a plan that was made anew: of what had run by then, and of what runs on where it is or goes on there later
(`replanning`). `WENT_ON`: of what had run, all but the beginning.
"""

SO_FAR = "(so far)"
"""Added to the name of a job for what it had done when it was planned anew."""

BEGUN = (STAYS, GOES_ON, WENT_ON)
"""Those of runs that had begun before."""

_DTYPES = {"text": "str", "int": "int64", "float": "float64", "bool": "bool", "moment": "datetime64[us, UTC]"}


@dataclass(frozen=True)
class Plan:
    """Tables of one answer to one scenario.

    `placements` has one row per (job, unit group, segment, part) and kind: `stage` (data come in), `run`, `pause`
    (between segments), `unload` (results go out). Positions are in grains (`docs/model.md` §1); `start_grain` of a run
    is a whole slot. `count` units do the same. `tb` is what each unit moves; `tail_hours` is how long a run goes on
    past the horizon, `work_share` the share of its job's work that a run does.
    """

    scenario: str
    """Name of the scenario."""
    digest: str
    """Fingerprint of the scenario that it was made for."""
    tables: Mapping[str, pd.DataFrame]

    def _table(self, name: str) -> pd.DataFrame:
        return self.tables[name]

    @property
    def placements(self) -> pd.DataFrame:
        """One row per (job, unit group, segment, part) and kind."""
        return self._table("placements")

    @property
    def jobs(self) -> pd.DataFrame:
        """Per job: units placed, deferred, rejected, and why."""
        return self._table("jobs")

    @property
    def moves(self) -> pd.DataFrame:
        """Shared data sets that are moved to a cluster."""
        return self._table("moves")

    @property
    def flows(self) -> pd.DataFrame:
        """Accelerators that serve each flow, per pool and slot."""
        return self._table("flows")

    @property
    def energy(self) -> pd.DataFrame:
        """MW of each source in each tick; kind is the source's, for batteries charge or discharge."""
        return self._table("energy")

    @property
    def states(self) -> pd.DataFrame:
        """Whether a switchable cluster is on, per slot."""
        return self._table("states")

    @property
    def builds(self) -> pd.DataFrame:
        """Modules ordered, per period, and the first slot in which they stand."""
        return self._table("builds")

    @property
    def launches(self) -> pd.DataFrame:
        """Flights per vehicle, plane and period."""
        return self._table("launches")

    @property
    def costs(self) -> pd.DataFrame:
        """Present value of each category, per cluster; no cluster for what belongs to a job or a vehicle."""
        return self._table("costs")

    def to_arrow(self) -> dict[str, pa.Table]:
        """Every table as an Arrow table, by name."""
        import pyarrow as pa

        return {name: pa.Table.from_pandas(table, preserve_index=False) for name, table in self.tables.items()}


def table(name: str, columns: Mapping[str, Any]) -> pd.DataFrame:
    """A table of a plan with its columns in order and of their types; raises KeyError if one is missing."""
    import pandas as pd

    def of(values: Any, kind: str) -> Any:
        if kind == "text":
            return pd.array(values, dtype="str")
        return pd.Series(values, dtype=_DTYPES[kind]) if kind == "moment" else np.asarray(values, dtype=_DTYPES[kind])

    # columns are made of their types one by one: a frame's own change of types takes five times as long
    return pd.DataFrame({column: of(columns[column], kind) for column, kind in TABLES[name].items()})


def moments(values: NDArray[np.datetime64]) -> pd.Series[Any]:
    """A column of moments in UTC."""
    import pandas as pd

    column: pd.Series[Any] = pd.Series(values).dt.tz_localize("UTC")
    return column


def empty(name: str) -> pd.DataFrame:
    """A table of a plan without rows."""
    return table(name, {column: [] for column in TABLES[name]})
