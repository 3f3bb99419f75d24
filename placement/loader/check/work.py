"""Checks of jobs, flows, options and throughput."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np

from placement.loader.check.complaints import Complaints
from placement.loader.wording import did_you_mean
from placement.schema import Table


def check(say: Complaints) -> None:
    """All work, and the tables that describe it."""
    jobs = say.scenario.jobs
    if len(jobs) == 0 and not say.scenario.flows:
        say.at(("jobs",), "there are no jobs: the table is empty.", "List jobs, name a table with rows, or give flows.")
        return
    _unique_jobs(say, jobs)
    _names(say, jobs)
    _dates(say, jobs)
    _run_times(say, jobs)
    _running(say, jobs)
    _after(say, jobs)
    _throughput(say)
    _options(say, jobs)
    _flows(say)


def _rows(mask: Any) -> list[int]:
    return [int(row) for row in np.flatnonzero(np.asarray(mask, dtype=bool))]


def _unique_jobs(say: Complaints, jobs: Table) -> None:
    seen: dict[str, int] = {}
    for row, name in enumerate(jobs["job"]):
        if name in seen:
            first = jobs.place(seen[name], "job")
            say.row(jobs, row, "job", f"there are two jobs '{name}', the first at {first}.", "Give each its own name.")
        else:
            seen[name] = row


def _each(say: Complaints, jobs: Table, column: str, test: Callable[[Any], bool], fact: str, known: list[str]) -> None:
    """Complain of cells (text, or each of several texts) that fail a test."""
    for row, cell in enumerate(jobs[column]):
        for value in cell if isinstance(cell, tuple) else (cell,):
            if value is not None and not test(value):
                say.row(
                    jobs,
                    row,
                    column,
                    fact.format(job=jobs["job"][row], value=value),
                    did_you_mean(value, known, "Check the name."),
                )


def _names(say: Complaints, jobs: Table) -> None:
    scenario = say.scenario
    clusters = {cluster.name: cluster for cluster in scenario.clusters}
    for column in ("clusters", "not_clusters", "pin_cluster", "cluster"):
        _each(
            say,
            jobs,
            column,
            clusters.__contains__,
            f"job '{{job}}', {column}: there is no cluster '{{value}}'.",
            list(clusters),
        )
    pools = {str(pool.name) for _, pool in scenario.pools()}
    for column in ("pin_pool", "pool"):
        _each(
            say,
            jobs,
            column,
            pools.__contains__,
            f"job '{{job}}', {column}: there is no pool '{{value}}'.",
            sorted(pools),
        )
    datasets = {dataset.name for dataset in scenario.datasets}
    _each(say, jobs, "dataset", datasets.__contains__, "job '{job}': there is no data set '{value}'.", sorted(datasets))
    weights = scenario.policy.priorities
    _each(say, jobs, "priority", weights.__contains__, "job '{job}': there is no priority '{value}'.", list(weights))
    classes = set(scenario.throughput["class"])
    if classes:
        _each(
            say,
            jobs,
            "class",
            classes.__contains__,
            "job '{job}': the throughput table has no class '{value}'.",
            sorted(classes),
        )
    named = {name for cluster in scenario.clusters for name in cluster.resources} | {
        limit.of for limit in scenario.limits
    }
    for row, uses in enumerate(jobs["uses"]):
        for name in uses:
            if name not in named:
                fact = f"job '{jobs['job'][row]}' uses '{name}', of which no cluster has any and which has no limit."
                say.row(
                    jobs, row, "uses", fact, did_you_mean(name, sorted(named), "Give it under `resources` of clusters.")
                )
    for row in _rows(~np.isnan(jobs["max_rtt_ms"])):
        if jobs["home"][row] is None:
            fact = f"job '{jobs['job'][row]}' has a longest round trip but no home to measure it from."
            say.row(jobs, row, "max_rtt_ms", fact, "Give `home`.")


def _moment(say: Complaints, value: np.datetime64) -> str:
    hours = float(say.grid.hours_of(np.asarray([value]))[0])
    return f"{value.astype('datetime64[s]')}Z ({hours:+.0f} h)"


def _dates(say: Complaints, jobs: Table) -> None:
    grid = say.grid
    begin: datetime = grid.start
    end = grid.when(grid.hours)
    span = f"the horizon is {begin:%Y-%m-%dT%H:%MZ} to {end:%Y-%m-%dT%H:%MZ}"
    hours = {
        name: grid.hours_of(jobs[name]) for name in ("submitted", "earliest_start", "deadline", "pin_start", "started")
    }

    def outside(column: str, mask: Any, remedy: str) -> None:
        for row in _rows(mask):
            fact = (
                f"job '{jobs['job'][row]}': {column} {_moment(say, jobs[column][row])} is outside the horizon ({span})."
            )
            say.row(jobs, row, column, fact, remedy)

    with np.errstate(invalid="ignore"):
        outside("submitted", hours["submitted"] >= grid.hours, "Leave the job out, or lengthen the horizon.")
        outside("earliest_start", hours["earliest_start"] >= grid.hours, "Leave the job out, or lengthen the horizon.")
        outside("deadline", hours["deadline"] <= 0, "Leave the job out, or correct the date.")
        late = grid.slot_from(np.nan_to_num(hours["pin_start"])) >= grid.slots
        outside("pin_start", (hours["pin_start"] < 0) | late, "Pin it inside the horizon.")
        outside(
            "started",
            (jobs["state"] == "running") & (hours["started"] > 0),
            "A running job started before the horizon.",
        )
        crossed = hours["deadline"] <= hours["earliest_start"]
        submitted = hours["deadline"] <= hours["submitted"]
        pinned = hours["pin_start"] < hours["earliest_start"]
    for mask, column, other in (
        (crossed, "deadline", "earliest_start"),
        (submitted, "deadline", "submitted"),
        (pinned, "pin_start", "earliest_start"),
    ):
        for row in _rows(mask):
            moments = [_moment(say, jobs[name][row]) for name in (column, other)]
            fact = f"job '{jobs['job'][row]}': {column} {moments[0]} is not after {other} {moments[1]}."
            say.row(jobs, row, column, fact, "Correct one of the two.")


def _run_times(say: Complaints, jobs: Table) -> None:
    with np.errstate(invalid="ignore"):
        short = jobs["hours_p90"] < jobs["hours"]
        left = (jobs["hours_left"] > jobs["hours"]) & (jobs["state"] == "running")
    for row in _rows(short):
        fact = f"job '{jobs['job'][row]}': hours_p90 {jobs['hours_p90'][row]:g} is below hours {jobs['hours'][row]:g}."
        say.row(jobs, row, "hours_p90", fact, "The 90 % quantile is not below the expectation here.")
    for row in _rows(left):
        fact = (
            f"job '{jobs['job'][row]}': hours_left {jobs['hours_left'][row]:g} is above hours {jobs['hours'][row]:g}."
        )
        say.row(jobs, row, "hours_left", fact, "`hours` is the whole run.")
    if say.scenario.policy.run_time == "p90" and len(jobs) and np.isnan(jobs["hours_p90"]).all():
        fact = "policy.run_time is p90, but no job has hours_p90."
        say.at(("policy", "run_time"), fact, "Give hours_p90, or plan with `expected`.")


def _running(say: Complaints, jobs: Table) -> None:
    scenario = say.scenario
    clusters = {cluster.name: cluster for cluster in scenario.clusters}
    held: dict[tuple[str, str], int] = {}
    for row in _rows(jobs["state"] == "running"):
        name = jobs["job"][row]
        missing = [c for c in ("cluster", "hours_left") if jobs[c][row] is None or jobs[c][row] != jobs[c][row]]
        if missing:
            say.row(
                jobs,
                row,
                missing[0],
                f"job '{name}' is running, but {' and '.join(missing)} is not given.",
                "Say where it runs and how many of its hours are left.",
            )
            continue
        if jobs["segments"][row] > 1 or not np.isnat(jobs["pin_start"][row]):
            say.row(
                jobs,
                row,
                "state",
                f"job '{name}' is running, and has segments or a pinned start.",
                "Give what is left as a run of one segment.",
            )
        cluster = clusters.get(jobs["cluster"][row])
        if cluster is None:
            continue
        pools = {str(pool.name): pool for pool in cluster.pools}
        pool = jobs["pool"][row] or (next(iter(pools)) if len(pools) == 1 else None)
        if pool is None or pool not in pools:
            say.row(
                jobs,
                row,
                "pool",
                f"job '{name}' runs on {cluster.name}, which has the pools {', '.join(pools)}.",
                "Give `pool`.",
            )
            continue
        key = (cluster.name, pool)
        before = held.get(key, 0)
        held[key] = before + int(jobs["accelerators"][row]) * int(jobs["count"][row])
        room = pools[pool].number - pools[pool].spares
        if before <= room < held[key]:
            there = f"{held[key]:,} accelerators of {cluster.name}.{pool}, which has {room:,}"
            fact = f"with job '{name}' the running jobs hold {there}."
            say.row(jobs, row, "accelerators", fact, "Correct the running jobs or the pool's number.")


def _after(say: Complaints, jobs: Table) -> None:
    index = {name: row for row, name in enumerate(jobs["job"])}
    parents: dict[int, list[int]] = {}
    for row in _rows(np.array([bool(after) for after in jobs["after"]], dtype=bool)):
        for name in jobs["after"][row]:
            if name not in index:
                fact = f"job '{jobs['job'][row]}' comes after '{name}', and there is no such job."
                say.row(jobs, row, "after", fact, did_you_mean(name, index, "Check the name."))
            else:
                parents.setdefault(row, []).append(index[name])
    done: set[int] = set()
    for start in parents:
        path: list[int] = []
        stack: list[tuple[int, int]] = [(start, 0)]
        while stack:
            row, child = stack.pop()
            if child == 0:
                if row in done:
                    continue
                path.append(row)
            if child < len(parents.get(row, ())):
                stack.append((row, child + 1))
                nearest = parents[row][child]
                if nearest in path:
                    circle = " -> ".join(str(jobs["job"][r]) for r in [*path[path.index(nearest) :], nearest])
                    say.row(jobs, row, "after", f"jobs come after each other in a circle: {circle}.", "Break it.")
                    done.update(path)
                    return
                stack.append((nearest, 0))
            else:
                path.pop()
                done.add(row)


def _throughput(say: Complaints) -> None:
    table = say.scenario.throughput
    seen: dict[tuple[Any, ...], int] = {}
    for row in range(len(table)):
        key = (table["class"][row], table["accelerator"][row], int(table["accelerators"][row]))
        if key in seen:
            fact = f"class '{key[0]}' on {key[1]}" + (f" × {key[2]}" if key[2] else "") + " stands twice."
            say.row(table, row, "class", fact, "Keep one of the rows.")
        seen[key] = row


def _options(say: Complaints, jobs: Table) -> None:
    table = say.scenario.options
    clusters = {cluster.name: cluster for cluster in say.scenario.clusters}
    names = set(jobs["job"])
    hours: dict[tuple[str, str], float] = {}
    seen: set[tuple[str, str, str, str]] = set()
    for row in range(len(table)):
        job, option = table["job"][row], table["option"][row]
        if job not in names:
            say.row(
                table,
                row,
                "job",
                f"option '{option}': there is no job '{job}'.",
                did_you_mean(job, names, "Check the name."),
            )
        cluster = clusters.get(table["cluster"][row])
        if cluster is None:
            fact = f"job '{job}', option '{option}': there is no cluster '{table['cluster'][row]}'."
            say.row(table, row, "cluster", fact, did_you_mean(table["cluster"][row], clusters, "Check the name."))
            continue
        pools = [str(pool.name) for pool in cluster.pools]
        pool = table["pool"][row]
        if (pool is None and len(pools) > 1) or (pool is not None and pool not in pools):
            there = f"{cluster.name} has the pools {', '.join(pools)}, not {pool or 'one only'}"
            fact = f"job '{job}', option '{option}': {there}."
            say.row(table, row, "pool", fact, "Give `pool`.")
        part = (job, option, cluster.name, pool or pools[0] if pools else "")
        if part in seen:
            fact = f"job '{job}', option '{option}' has two parts on {part[2]}.{part[3]}."
            say.row(table, row, "option", fact, "Add them up into one row, or give another option's name.")
        seen.add(part)
        first = hours.setdefault((job, option), float(table["hours"][row]))
        if first != table["hours"][row]:
            fact = f"job '{job}', option '{option}': its parts last {first:g} h and {table['hours'][row]:g} h."
            say.row(table, row, "hours", fact, "Parts of one option run together; give them the same hours.")


def _flows(say: Complaints) -> None:
    clusters = [cluster.name for cluster in say.scenario.clusters]
    classes = set(say.scenario.throughput["class"])
    for index, flow in enumerate(say.scenario.flows):
        path = ("flows", index)
        say.series(flow.demand, (*path, "demand"), 0)
        for key in ("clusters", "not_clusters"):
            for inner, name in enumerate(getattr(flow, key)):
                say.known(name, clusters, "cluster", (*path, key, inner))
        if flow.class_ is not None and classes:
            say.known(flow.class_, sorted(classes), "class in the throughput table", (*path, "class"))
        if flow.priority is not None:
            say.known(flow.priority, list(say.scenario.policy.priorities), "priority", (*path, "priority"))
        if flow.max_rtt_ms is not None and flow.home is None:
            say.at((*path, "max_rtt_ms"), f"flow {flow.name} has a longest round trip but no home.", "Give `home`.")
