"""Tables of a report that no figure shows: limits, who is turned away, what is assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.catalog import catalog
from placement.reporting.facts import Facts

if TYPE_CHECKING:
    import pandas as pd

MOST_JOBS = 500
"""Jobs that are told one by one."""

GRADES = {
    "A": "measured, regulator or data set", "B": "secondary or company statement", "C": "aggregator", "D": "derived",
    "BG": "estimate or general knowledge", "P": "primary text", "N": "later article", "X": "excerpt",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A table with its title and a sentence about it."""

    name: str
    title: str
    text: str
    table: pd.DataFrame
    heads: Mapping[str, str]
    opened: bool = True


def tables(facts: Facts) -> Iterator[Told]:
    """Of limits, of jobs that are not placed, and of assumptions; those with rows."""
    for told in (_limits(facts), _reasons(facts), _away(facts), _scenario(facts), _clusters(facts), _sources(facts)):
        if told is not None and len(told.table):
            yield told


def _limits(facts: Facts) -> Told:
    frame = facts.found.limits
    keys = ["limit", "of", "per", "side", "amount", "border", "when", "binding", "spans"]
    table = frame[keys].assign(when=[f"{moment:%Y-%m-%d %H:%M}" for moment in frame["when"]])
    return Told(
        "named-limits", "Limits of the scenario", "Each where it is tightest, and in how many of its spans it binds.",
        table,
        {"limit": "limit", "of": "of", "per": "per", "side": "side", "amount": "there is", "border": "allowed",
         "when": "when", "binding": "binds in", "spans": "of spans"},
    )  # fmt: skip


def _not_placed(facts: Facts) -> pd.DataFrame:
    """Jobs of which units are turned away or put off, those with the most work first."""
    jobs = facts.scenario.jobs
    hours = dict(zip(jobs["job"], facts.scenario.unit_hours() * jobs["accelerators"], strict=True))
    table = facts.plan.jobs
    table = table[(table["rejected"] > 0) | (table["deferred"] > 0)]
    work = np.array([hours[job] for job in table["job"]]) * (table["rejected"] + table["deferred"]).to_numpy()
    return table.assign(hours=work).sort_values("hours", ascending=False, kind="stable")


def _reasons(facts: Facts) -> Told:
    some = _not_placed(facts)
    table = some.groupby("reason", sort=False).agg(
        jobs=("job", "size"), rejected=("rejected", "sum"), deferred=("deferred", "sum"), hours=("hours", "sum")
    )
    table = table.sort_values("hours", ascending=False, kind="stable").reset_index()
    return Told(
        "reasons", "Why jobs are turned away or put off",
        "Of a single job, `placement explain PLAN --job NAME` says more: every place, and what would get it in.",
        table,
        {"reason": "reason", "jobs": "jobs", "rejected": "units turned away", "deferred": "put off",
         "hours": "reference accelerator-hours"},
    )  # fmt: skip


def _away(facts: Facts) -> Told:
    some = _not_placed(facts)
    text = "Those with the most work first."
    if len(some) > MOST_JOBS:
        text += f" The first {MOST_JOBS} of {len(some):,}; all: `placement show PLAN --table jobs`."
    return Told(
        "not-placed", "Jobs turned away or put off", text, some.head(MOST_JOBS).reset_index(drop=True),
        {"job": "job", "count": "units", "rejected": "turned away", "deferred": "put off", "reason": "reason",
         "hours": "reference accelerator-hours"}, opened=False,
    )  # fmt: skip


def _scenario(facts: Facts) -> Told:
    import pandas as pd

    scenario, grid = facts.scenario, facts.grid
    money, policy = scenario.money, scenario.policy
    rows = [
        ("horizon", f"{grid.start:%Y-%m-%d %H:%M} to {grid.when(grid.hours):%Y-%m-%d %H:%M} UTC, {grid.slots} slots"),
        ("values taken", {"low": "the low", "base": "the base", "high": "the high"}[scenario.use] + " of each range"),
        ("dollars", f"real, of {money.price_year}, discounted at {100 * money.rate:.2f} % a year"),
        ("decided at", str(policy.minimise).replace("_", " ")),
        ("carbon price", f"${policy.carbon_usd_per_t:g} per t CO2e"),
        ("run times", str(policy.run_time)),
        ("hours are stated for", scenario.reference_accelerator),
        ("planned with as if they operated", ", ".join(scenario.as_if()) or "none"),
        ("without costs of chips and buildings", ", ".join(scenario.without_costs()) or "none"),
        ("catalogue", scenario.catalog_version),
        ("fingerprint", facts.plan.digest),
    ]
    return Told(
        "assumptions", "What is assumed", "Of the scenario as a whole.", pd.DataFrame(rows, columns=["what", "value"]),
        {"what": "what", "value": "value"},
    )  # fmt: skip


def _clusters(facts: Facts) -> Told:
    import pandas as pd

    rows = [
        [
            cluster.name, facts.place[cluster.name], cluster.title or "", cluster.status or "",
            "as if" if cluster.as_if else "", int(sum(pool.number for pool in cluster.pools)), cluster.pue,
        ]
        for cluster in facts.scenario.clusters
    ]  # fmt: skip
    columns = ["cluster", "where", "title", "status", "as_if", "number", "pue"]
    return Told(
        "clusters", "Clusters", "Those marked *as if* do not operate today, and are planned with as if they did.",
        pd.DataFrame(rows, columns=columns),
        {"cluster": "cluster", "where": "where", "title": "what it is", "status": "status", "as_if": "as if",
         "number": "accelerators", "pue": "PUE"}, opened=False,
    )  # fmt: skip


def _sources(facts: Facts) -> Told:
    """Values of catalogue entries that the scenario names, and recorded series, with their sources."""
    import pandas as pd

    scenario = facts.scenario
    rows = [[key, "series", "", "", trace.source, ""] for key, trace in sorted(scenario.traces.items()) if trace.source]
    text = "Values of the catalogue's entries that the scenario names; what it says itself lies over them."
    if scenario.catalog_version == catalog().version:
        for section, records in (("clusters", scenario.clusters), ("vehicles", scenario.vehicles)):
            entries = catalog().section(section)
            for name in dict.fromkeys(record.from_ for record in records if record.from_):
                rows += [[name, *found] for found in _values(entries.get(name, {}), "")]
        for accelerator in scenario.accelerators:
            rows += [
                [accelerator.name, *found]
                for found in _values(catalog().section("accelerators").get(accelerator.name, {}), "")
            ]
    else:
        text = "The plan was made with another version of the catalogue than this one, whose sources are left out."
    columns = ["entry", "what", "value", "range", "source", "grade"]
    return Told(
        "sources", "Where the numbers come from", text, pd.DataFrame(rows, columns=columns),
        {name: name for name in columns}, opened=False,
    )  # fmt: skip


def _values(entry: Any, path: str) -> Iterator[list[str]]:
    """Path, value, range, source and grade of each value with a source."""
    if isinstance(entry, dict) and "source" in entry and "value" in entry:
        ends = [entry[key] for key in ("low", "high") if key in entry]
        grade = str(entry.get("grade", ""))
        yield [path, str(entry["value"]), " to ".join(map(str, ends)), str(entry["source"]), GRADES.get(grade, grade)]
        return
    members: list[tuple[Any, Any]] = []
    if isinstance(entry, dict):
        members = list(entry.items())
    elif isinstance(entry, list):
        members = [(_named(value, n), value) for n, value in enumerate(entry)]
    for key, value in members:
        yield from _values(value, f"{path}.{key}" if path else str(key))


def _named(value: Any, number: int) -> str:
    """What a member of a list is called: its name, category or kind, else its number."""
    if isinstance(value, dict):
        for key in ("name", "category", "kind", "accelerator"):
            if isinstance(value.get(key), str):
                return str(value[key])
    return str(number + 1)
