"""How two plans differ: what runs elsewhere or at another time, who is served, what it costs, which limits changed.

Units of a job are alike, so which of them moved is a matter of counting: as many as possible stay where and when they
are, of the others as many as possible in their pool, and of those that are left as many as possible run at all. A unit
is where and when its first run begins; parts on several pools count as one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.errors import PlacementError
from placement.statistics import Statistics, statistics
from placement.verifier import verify

if TYPE_CHECKING:
    import pandas as pd

    from placement.folder import Stored
    from placement.schema import Scenario, Table, Trace

JOBS = ["job", "count", "same", "shifted", "moved", "gained", "lost", "hours"]
NOWHERE = "(not placed)"
BOTH = ("before", "after")
CENT = 0.005


@dataclass(frozen=True)
class Comparison:
    """What is different after, against before. Dollars, present value; differences are after less before."""

    headline: pd.DataFrame
    """Cost, bound, gap, delivered hours, orbital share and units by outcome: columns what, before, after, change."""
    changes: pd.DataFrame
    """Where the scenarios differ: path, before, after (None where there is nothing)."""
    jobs: pd.DataFrame
    """Of each job that differs, units: same, shifted in time within their pool, moved elsewhere, gained (placed after
    and not before) and lost; reference accelerator-hours of a unit.
    """
    moves: pd.DataFrame
    """Units and reference accelerator-hours by cluster before and cluster after, where these differ."""
    clusters: pd.DataFrame
    """Delivered hours, use and dollars of each cluster."""
    costs: pd.DataFrame
    """Dollars by category and cluster."""
    limits: pd.DataFrame
    """Of each limit, where it is tightest, what there is and is allowed, and whether it binds."""
    builds: pd.DataFrame
    """Modules by cluster, module and period."""
    launches: pd.DataFrame
    """Flights by vehicle and period."""
    one_scenario: bool
    """Whether both plans are of the very same scenario, series from files included."""
    hold: tuple[bool, bool]
    """Whether each plan keeps the rules of its scenario, by the verifier."""

    @property
    def optima(self) -> tuple[float, float]:
        """$ between which what the best plan after costs less what the best before does must lie, by the bounds."""
        (cost_a, cost_b), (bound_a, bound_b) = self.headline[[*BOTH]].to_numpy(dtype=np.float64)[:2]
        return float(bound_b - cost_a), float(cost_b - bound_a)

    @property
    def same(self) -> bool:
        """Whether both do the same at the same cost in the same scenario."""
        tables = (self.changes, self.jobs, self.moves, self.builds, self.launches)
        change = self.costs["change"].to_numpy(dtype=np.float64)
        alike = not any(len(table) for table in tables) and bool((np.abs(change) < CENT).all())
        return alike and self.one_scenario


TABLES = ("headline", "changes", "jobs", "moves", "clusters", "costs", "limits", "builds", "launches")
"""Tables of a comparison."""


def compare(before: Stored, after: Stored) -> Comparison:
    """Compare two plans, of one scenario or of two.

    Parameters
    ----------
    before, after : Stored
        As `placement.read_plan` gives them.

    Returns
    -------
    Comparison
        Tables of what differs.

    Raises
    ------
    PlacementError
        If their dollars are not those of the same year.
    """
    money = before.scenario.money, after.scenario.money
    for key in ("price_year", "price_index", "discount_rate"):
        was, will = getattr(money[0], key), getattr(money[1], key)
        if was != will:
            raise PlacementError(
                f"money.{key} is {was} in the first plan and {will} in the second: their dollars cannot be compared. "
                "Solve both with the same."
            )
    checked = [verify(stored.scenario, stored.plan) for stored in (before, after)]
    found = [
        statistics(stored.scenario, stored.plan, check.limits)
        for stored, check in zip((before, after), checked, strict=True)
    ]
    units = _units(before, after)
    return Comparison(
        headline=_headline(before, after, *found),
        changes=_changes(before.scenario, after.scenario),
        jobs=units[(units["same"] < units["count"]) & (units[["shifted", "moved", "gained", "lost"]].sum(axis=1) > 0)]
        .sort_values(["weight", "job"], ascending=[False, True], kind="stable")[JOBS]
        .reset_index(drop=True),
        moves=_moves(before, after, units),
        clusters=_beside(
            [each.clusters for each in found],
            ["cluster"],
            ["runs", "delivered_hours", "utilisation", "usd_all_in"],
            keep=True,
        ),
        costs=_beside([stored.plan.costs for stored in (before, after)], ["category", "cluster"], ["usd"], keep=True),
        limits=_limits(*found),
        builds=_beside([stored.plan.builds for stored in (before, after)], ["cluster", "module", "period"], ["number"]),
        one_scenario=before.plan.digest == after.plan.digest,
        hold=(checked[0].ok, checked[1].ok),
        launches=_beside([stored.plan.launches for stored in (before, after)], ["vehicle", "period"], ["flights"]),
    )


def _headline(before: Stored, after: Stored, one: Statistics, other: Statistics) -> pd.DataFrame:
    import pandas as pd

    first, second = before.summary, after.summary
    rows = [(name, _float(first[name]), _float(second[name])) for name in ("cost_usd", "bound_usd", "gap")]
    rows.append(("delivered_hours", one.delivered, other.delivered))
    rows.append(("orbital_share", one.orbital_share, other.orbital_share))
    for name in ("placed", "deferred", "rejected"):
        rows.append((f"units_{name}", float(before.plan.jobs[name].sum()), float(after.plan.jobs[name].sum())))
    for name, usd in first["boundaries_usd"].items():
        rows.append((f"cash_{name}", _float(usd), _float(second["boundaries_usd"].get(name))))
    frame = pd.DataFrame(rows, columns=["what", *BOTH])
    frame["change"] = frame["after"] - frame["before"]
    return frame


def _float(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _beside(frames: list[pd.DataFrame], keys: list[str], values: list[str], *, keep: bool = False) -> pd.DataFrame:
    """Sums of two tables by key side by side, in the order in which keys come; only those that differ unless `keep`."""
    import pandas as pd

    sums = [frame.groupby(keys, sort=False, dropna=False)[values].sum() for frame in frames]
    index = sums[0].index.append(sums[1].index.difference(sums[0].index, sort=False))
    first, second = (each.reindex(index).fillna(0) for each in sums)
    single = len(values) == 1
    columns: dict[str, Any] = {}
    for value in values:
        stem = "" if single else f"{value}_"
        columns |= {f"{stem}before": first[value], f"{stem}after": second[value]}
        columns[f"{stem}change"] = second[value] - first[value]
    table = pd.DataFrame(columns, index=index).reset_index()
    differs = np.zeros(len(table), dtype=bool)
    for name in table.columns:
        if name.endswith("change"):
            differs |= table[name].to_numpy(dtype=np.float64) != 0
    return table if keep else table[differs].reset_index(drop=True)


def _limits(one: Statistics, other: Statistics) -> pd.DataFrame:
    import pandas as pd

    keys, values = ["limit", "of", "per", "side"], ["amount", "border", "binding"]
    frames = [each.limits[[*keys, *values]] for each in (one, other)]
    table = frames[0].merge(frames[1], on=keys, how="outer", suffixes=("_before", "_after"), sort=False)
    result = pd.DataFrame(table)
    return result[[*keys, *(f"{value}_{when}" for value in values for when in BOTH)]]


def _where(stored: Stored) -> pd.DataFrame:
    """Units of each job by place, cluster and moment of their first run."""
    runs = stored.plan.placements
    first = runs[(runs["kind"] == "run") & (runs["segment"] == 1)]
    place = first["cluster"].str.cat(first["pool"], sep="/")
    first = first.assign(place=place).sort_values(["job", "group", "part"], kind="stable")
    several = first["part"].max() > 1 if len(first) else False
    if several:
        names = first.groupby(["job", "group"], sort=False)[["place", "cluster"]].agg(" + ".join)
        first = first[first["part"] == 1].drop(columns=["place", "cluster"])
        first = first.merge(names, left_on=["job", "group"], right_index=True)
    return first.groupby(["job", "place", "cluster", "start"], sort=False)["count"].sum().reset_index()


def _units(before: Stored, after: Stored) -> pd.DataFrame:
    """For each job of either plan, its units by what became of them."""
    import pandas as pd

    frames = [_where(stored) for stored in (before, after)]
    here = frames[0].merge(frames[1], on=["job", "place", "cluster", "start"], how="outer", suffixes=("_a", "_b"))
    here[["count_a", "count_b"]] = here[["count_a", "count_b"]].fillna(0).astype(np.int64)
    here["same"] = np.minimum(here["count_a"], here["count_b"])
    rest = pd.DataFrame(
        {
            "job": here["job"], "place": here["place"], "same": here["same"],
            "a": here["count_a"] - here["same"], "b": here["count_b"] - here["same"],
        }
    )  # fmt: skip
    pool = rest.groupby(["job", "place"], sort=False)[["same", "a", "b"]].sum().reset_index()
    pool["shifted"] = np.minimum(pool["a"], pool["b"])
    pool["a"] -= pool["shifted"]
    pool["b"] -= pool["shifted"]
    each = pool.groupby("job", sort=False)[["same", "shifted", "a", "b"]].sum()
    every = pd.concat([_asked(before), _asked(after)])
    every = every[~every.index.duplicated()]
    table = every.join(each).fillna({"same": 0, "shifted": 0, "a": 0, "b": 0})
    table["moved"] = np.minimum(table["a"], table["b"])
    table["gained"], table["lost"] = table["b"] - table["moved"], table["a"] - table["moved"]
    whole = ["count", "same", "shifted", "moved", "gained", "lost"]
    table = table.astype(dict.fromkeys(whole, np.int64)).reset_index()
    table["weight"] = table["hours"] * table[["shifted", "moved", "gained", "lost"]].sum(axis=1)
    return table


def _asked(stored: Stored) -> pd.DataFrame:
    """Units of each job and reference accelerator-hours of one, by name."""
    import pandas as pd

    jobs = stored.scenario.jobs
    hours = stored.scenario.unit_hours() * jobs["accelerators"]
    index = pd.Index(list(jobs["job"]), name="job")
    return pd.DataFrame({"count": jobs["count"], "hours": hours}, index=index)


def _moves(before: Stored, after: Stored, units: pd.DataFrame) -> pd.DataFrame:
    """Units by cluster before and after, of jobs that have any elsewhere; as few as possible change cluster."""
    import pandas as pd

    frames = []
    for stored in (before, after):
        there = _where(stored).groupby(["job", "cluster"], sort=False)["count"].sum()
        frames.append(there)
    both = pd.concat(frames, axis=1, keys=["a", "b"]).fillna(0).astype(np.int64)
    stay = both.min(axis=1)
    left = both.sub(stay, axis=0)
    left = left[(left != 0).any(axis=1)].reset_index()
    hours = units.set_index("job")["hours"]
    total: dict[tuple[str, str], list[float]] = {}
    for job, group in left.groupby("job", sort=False):
        gone = [[str(cluster), int(n)] for cluster, n in zip(group["cluster"], group["a"], strict=True) if n]
        come = [[str(cluster), int(n)] for cluster, n in zip(group["cluster"], group["b"], strict=True) if n]
        more = int(group["a"].sum()) - int(group["b"].sum())
        (come if more > 0 else gone).append([NOWHERE, abs(more)])
        for source, target, n in _paired(gone, come):
            entry = total.setdefault((source, target), [0.0, 0.0])
            entry[0] += n
            entry[1] += n * float(hours[job])
    rows = [(source, target, int(n), h) for (source, target), (n, h) in total.items()]
    rows.sort(key=lambda row: (-row[3], row[0], row[1]))
    return pd.DataFrame(rows, columns=["before", "after", "units", "hours"])


def _paired(gone: list[list[Any]], come: list[list[Any]]) -> list[tuple[str, str, int]]:
    """Units that left places and units that came to others, one with the other in the order given."""
    result: list[tuple[str, str, int]] = []
    k = 0
    for source, number in gone:
        while number > 0 and k < len(come):
            some = min(number, come[k][1])
            if some:
                result.append((source, come[k][0], some))
            number, come[k][1] = number - some, come[k][1] - some
            if come[k][1] == 0:
                k += 1
    return result


def _changes(one: Scenario, other: Scenario) -> pd.DataFrame:
    """Paths at which scenarios differ; of tables, how many rows."""
    import pandas as pd

    rows: list[tuple[str, Any, Any]] = []
    _differ("", one.document(), other.document(), rows)
    rows += _trace_changes(one.traces, other.traces)
    for name in ("jobs", "options", "throughput"):
        rows += _table_changes(name, getattr(one, name), getattr(other, name))
    frame = pd.DataFrame(rows, columns=["path", *BOTH]).astype(object)
    return frame.where(frame.notna(), None)


def _differ(path: str, one: Any, other: Any, rows: list[tuple[str, Any, Any]]) -> None:
    """Add a row for each value that differs; records in lists are found by name."""
    if one == other:
        return
    if isinstance(one, list) and isinstance(other, list) and _named(one) and _named(other):
        one, other = ({record["name"]: record for record in each} for each in (one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            _differ(f"{path}.{key}" if path else str(key), one.get(key), other.get(key), rows)
        return
    rows.append((path, one, other))


def _named(records: list[Any]) -> bool:
    return all(isinstance(record, dict) and "name" in record for record in records)


def _trace_changes(one: dict[str, Trace], other: dict[str, Trace]) -> list[tuple[str, Any, Any]]:
    """Series from files whose values differ, by their means."""
    found: list[tuple[str, Any, Any]] = []
    for name in {**one, **other}:
        first, second = one.get(name), other.get(name)
        if (
            first is None
            or second is None
            or not (
                np.array_equal(first.values, second.values, equal_nan=True)
                and np.array_equal(np.asarray(first.times), np.asarray(second.times))
            )
        ):
            before, after = (None if trace is None else float(np.nanmean(trace.values)) for trace in (first, second))
            found.append((f"{name} (mean of its values)", before, after))
    return found


def _table_changes(name: str, one: Table, other: Table) -> list[tuple[str, Any, Any]]:
    """Rows of a table that are new, gone or changed, as numbers of rows."""
    first, second = (_records(table) for table in (one, other))
    if name == "jobs":
        before, after = ({str(record["job"]): record for record in records} for records in (first, second))
        changed = sum(before[job] != after[job] for job in before.keys() & after.keys())
        alone = (len(before.keys() - after.keys()), len(after.keys() - before.keys()))
        found = [("jobs (rows of one alone)", *alone), ("jobs (rows with other values)", changed, changed)]
    else:
        counts = [sum(record not in there for record in here) for here, there in ((first, second), (second, first))]
        found = [(f"{name} (rows of one alone)", counts[0], counts[1])]
    return [row for row in found if row[1] or row[2]]


def _records(table: Table) -> list[dict[str, Any]]:
    """Rows as plain values that can be compared."""
    columns = {name: values.tolist() for name, values in table.columns.items()}
    return [
        {name: None if value != value else value for name, value in zip(columns, row, strict=True)}
        for row in zip(*columns.values(), strict=True)
    ]
