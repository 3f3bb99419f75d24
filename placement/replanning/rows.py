"""Jobs and ways to run them, put together row by row as tables of a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from placement.compile import Compiled
from placement.compile.ways import speeds
from placement.schema import Scenario, Table
from placement.schema.jobs import Option

NEVER = np.datetime64("NaT", "us")


@dataclass(frozen=True)
class Part:
    """A part of a way to run a job."""

    cluster: str
    pool: str
    accelerators: int
    usd: float = 0.0
    kw: float = np.nan
    """Of each accelerator; nan: the pool's."""


@dataclass(frozen=True)
class Way:
    """A way to run a job, with when it may begin; NaT: whenever the job may."""

    name: str
    parts: tuple[Part, ...]
    hours: float
    """At speed 1."""
    earliest: np.datetime64 = NEVER
    latest: np.datetime64 = NEVER


@dataclass
class Row:
    """A job of the new scenario."""

    source: int
    """Row of the jobs that it is made of."""
    name: str
    count: int
    hours: float
    """On reference accelerators, for what depends on the job's own size."""
    kind: str
    """`history`, `running`, `waiting`, `new`."""
    ways: tuple[Way, ...] | None = None
    """None: those that follow from pools, or its own in the option table."""
    planned: tuple[str, str, int] | None = None
    """Cluster, pool and slot where the plan has it."""
    values: dict[str, Any] = field(default_factory=dict)
    """Columns that differ from those of the source."""
    paused: bool = False
    """Of what is left of something: whether it did not run at the moment, between segments."""
    goes_on: bool = False
    """Of history: whether it is what was done of something that goes on."""


def parts_of(compiled: Compiled, option: int, quoted: bool = True) -> tuple[Part, ...]:
    """Parts of a compiled option, with what the option table asks for them."""
    legend = compiled.legend
    _, pools, sizes = legend.parts(np.array([option]))
    places = [legend.pools[pool] for pool in pools.tolist()]
    prices = [0.0] * len(pools)
    if legend.row[option] >= 0:
        table, first = legend.scenario.options, int(legend.row[option])
        same = np.flatnonzero((table["job"] == table["job"][first]) & (table["option"] == table["option"][first]))
        kw = table["kw_per_accelerator"][same].tolist()
        prices = table["price_usd"][same].tolist() if quoted else prices
    else:
        j = int(legend.job[np.searchsorted(compiled.problem.work.job_options, option, side="right") - 1])
        kw = [_power(legend.scenario, j, str(place.pool.accelerator), int(sizes[0])) for place in places]
    return tuple(
        Part(legend.sites[place.cluster].cluster.name, str(place.pool.name), size, usd, own)
        for place, size, usd, own in zip(places, sizes.tolist(), prices, kw, strict=True)
    )


def _power(scenario: Scenario, j: int, accelerator: str, size: int) -> float:
    """kW of an accelerator for the class of a job in a gang of a size; nan where the throughput table gives none."""
    kind = scenario.jobs["class"][j]
    if kind is None or not len(scenario.throughput):
        return np.nan
    known = speeds(scenario, accelerator)
    given = known.sized.get((kind, size), known.own.get(kind))
    return np.nan if given is None or given[1] is None else given[1]


def jobs_table(jobs: Table, rows: Sequence[Row]) -> Table:
    """The job table of rows, whose sources are in `jobs`."""
    source = np.array([row.source for row in rows], dtype=np.int64)
    columns = {name: column[source].copy() for name, column in jobs.columns.items()}
    columns["job"] = np.array([row.name for row in rows], dtype=object)
    columns["count"] = np.array([row.count for row in rows], dtype=np.int64)
    columns["hours"] = np.array([row.hours for row in rows])
    columns["hours_p90"] = np.full(len(rows), np.nan)
    columns["campaign"] = np.full(len(rows), None, dtype=object)  # else its jobs would be made anew
    for n, row in enumerate(rows):
        for name, value in row.values.items():
            columns[name][n] = value
    return Table(jobs.record, columns)


def options_table(options: Table, jobs: Table, rows: Sequence[Row]) -> Table:
    """The option table: ways of rows that have some, and of the others those that their source has."""
    table, names = options, jobs["job"]
    of: dict[str, list[int]] = {}
    for k, name in enumerate(table["job"].tolist()):
        of.setdefault(str(name), []).append(k)
    records: list[dict[str, Any]] = []
    for row in rows:
        if row.ways is None:
            known = of.get(str(names[row.source]), ()) if row.source < len(names) else ()
            records += [{name: column[k] for name, column in table.columns.items()} | {"job": row.name} for k in known]
            continue
        records += [
            {
                "job": row.name, "option": way.name, "cluster": part.cluster, "pool": part.pool,
                "accelerators": part.accelerators, "hours": way.hours, "price_usd": part.usd,
                "kw_per_accelerator": part.kw,
                "earliest_start": way.earliest, "latest_start": way.latest,
            }
            for way in row.ways
            for part in way.parts
        ]  # fmt: skip
    columns = {
        name: np.array([record[name] for record in records], dtype=column.dtype)
        for name, column in table.columns.items()
    }
    return Table(Option, columns)
