"""Checks of jobs, flows, options and throughput."""

import functools
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.loader.check import pauses
from placement.loader.check.complaints import Complaints
from placement.loader.wording import did_you_mean
from placement.schema import Pool, Table, Window
from placement.schema.fields import MOST


def check(say: Complaints) -> None:
    """All work, and the tables that describe it."""
    jobs = say.scenario.jobs
    if len(jobs) == 0 and not say.scenario.flows:
        if say.problems.incomplete & {"jobs", "flows"}:
            return
        say.at(("jobs",), "there are no jobs: the table is empty.", "List jobs, name a table with rows, or give flows.")
        return
    _unique_jobs(say, jobs)
    _names(say, jobs)
    _dates(say, jobs)
    _run_times(say, jobs)
    _running(say, jobs)
    pauses.check(say, jobs)
    _after(say, jobs)
    _throughput(say)
    _options(say, jobs)
    _flows(say)


def _rows(mask: Any) -> list[int]:
    return [int(row) for row in np.flatnonzero(np.asarray(mask, dtype=bool))]


def _unique_jobs(say: Complaints, jobs: Table) -> None:
    seen: dict[str, int] = {}
    for row, name in enumerate(jobs["job"]):
        first = seen.setdefault(name, row)
        if first != row:
            fact = f"there are two jobs '{name}', the first at {jobs.place(first, 'job')}."
            say.row(
                jobs, row, "job", fact, "Give each its own name; `count` says how many alike there are.", alone=True
            )


def _each(say: Complaints, jobs: Table, column: str, known: Iterable[str], what: str) -> None:
    """Complain of cells (text, or each of several texts) that are not among the known names."""
    names = sorted(set(known))
    there = set(names)
    cells = set(jobs[column])
    if {value for cell in cells for value in (cell if isinstance(cell, tuple) else (cell,))} <= there | {None}:
        return
    for row, cell in enumerate(jobs[column]):
        for value in cell if isinstance(cell, tuple) else (cell,):
            if value is not None and value not in there and say.complete(what):
                fact = f"job '{jobs['job'][row]}', {column}: there is no {what} '{value}'."
                words = functools.partial(did_you_mean, value, names, "Check the name.")
                say.row(jobs, row, column, fact, words, alone=True)


def _names(say: Complaints, jobs: Table) -> None:
    scenario = say.scenario
    clusters = {cluster.name: {str(pool.name) for pool in cluster.pools} for cluster in scenario.clusters}
    for column in ("clusters", "not_clusters", "pin_cluster", "cluster"):
        _each(say, jobs, column, clusters, "cluster")
    _each(say, jobs, "pin_pool", (pool for pools in clusters.values() for pool in pools), "pool")
    for row, (cluster, pool) in enumerate(zip(jobs["pin_cluster"], jobs["pin_pool"], strict=True)):
        here = clusters.get(cluster)
        if here is not None and pool is not None and pool not in here and say.complete("pool"):
            fact = f"job '{jobs['job'][row]}' is pinned to {cluster}, which has no pool '{pool}'."
            say.row(jobs, row, "pin_pool", fact, f"Its pools: {', '.join(sorted(here))}.")
    _each(say, jobs, "dataset", (dataset.name for dataset in scenario.datasets), "data set")
    _each(say, jobs, "priority", scenario.policy.priorities, "priority")
    if len(scenario.throughput):
        _each(say, jobs, "class", scenario.throughput["class"], "class in the throughput table")
    _uses(say, jobs)
    for row in _rows(~np.isnan(jobs["max_rtt_ms"])):
        if jobs["home"][row] is None:
            fact = f"job '{jobs['job'][row]}' has a longest round trip but no home to measure it from."
            say.row(jobs, row, "max_rtt_ms", fact, "Give `home`, or leave max_rtt_ms out.")


def _uses(say: Complaints, jobs: Table) -> None:
    """What jobs use is a resource of some cluster, or has a limit."""
    named = {name for cluster in say.scenario.clusters for name in cluster.resources}
    named |= {limit.of for limit in say.scenario.limits}
    for row in _rows(np.array([bool(uses) for uses in jobs["uses"]], dtype=bool)):
        for name in jobs["uses"][row]:
            if name not in named and not say.problems.incomplete & {"clusters", "limits"}:
                fact = f"job '{jobs['job'][row]}' uses '{name}', of which no cluster has any and which has no limit."
                say.row(jobs, row, "uses", fact, did_you_mean(name, named, "Give it under `resources` of clusters."))


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
            fact = f"job '{jobs['job'][row]}': {column} {_moment(say, jobs[column][row])} does not fit: {span}."
            say.row(jobs, row, column, fact, remedy, alone=column != "started")

    if "horizon" in say.problems.incomplete:
        return
    with np.errstate(invalid="ignore"):
        outside("submitted", hours["submitted"] >= grid.hours, "Leave the job out, or lengthen the horizon.")
        outside("earliest_start", hours["earliest_start"] >= grid.hours, "Leave the job out, or lengthen the horizon.")
        outside("deadline", hours["deadline"] <= 0, "Leave the job out, or correct the date.")
        late = grid.slot_from(np.nan_to_num(hours["pin_start"])) >= grid.slots
        outside("pin_start", (hours["pin_start"] < 0) | late, "Pin it inside the horizon.")
        running = jobs["state"] == "running"
        outside("started", running & (hours["started"] > 0), "A running job started before the horizon; correct it.")
        crossed = [
            (hours["deadline"] <= hours["earliest_start"], "deadline", "earliest_start", "is not after"),
            (hours["deadline"] <= hours["submitted"], "deadline", "submitted", "is not after"),
            (hours["deadline"] <= hours["pin_start"], "deadline", "pin_start", "is not after"),
            (hours["pin_start"] < hours["earliest_start"], "pin_start", "earliest_start", "comes before"),
        ]
    for mask, column, other, words in crossed:
        for row in _rows(mask):
            one, two = (_moment(say, jobs[name][row]) for name in (column, other))
            fact = f"job '{jobs['job'][row]}': {column} {one} {words} {other} {two}."
            say.row(jobs, row, column, fact, "Correct one of the two.")


def _run_times(say: Complaints, jobs: Table) -> None:
    with np.errstate(invalid="ignore"):
        short = jobs["hours_p90"] < jobs["hours"]
        left = (jobs["hours_left"] > jobs["hours"]) & (jobs["state"] == "running")
    for row in _rows(short):
        fact = f"job '{jobs['job'][row]}': hours_p90 {jobs['hours_p90'][row]:g} is below hours {jobs['hours'][row]:g}."
        say.row(jobs, row, "hours_p90", fact, "Correct one of the two; nine runs in ten are shorter than hours_p90.")
    for row in _rows(left):
        fact = (
            f"job '{jobs['job'][row]}': hours_left {jobs['hours_left'][row]:g} is above hours {jobs['hours'][row]:g}."
        )
        say.row(jobs, row, "hours_left", fact, "Give the whole run as `hours`, and what is left of it as `hours_left`.")
    if say.scenario.policy.run_time == "p90" and len(jobs) and np.isnan(jobs["hours_p90"]).all():
        fact = "policy.run_time is p90, but no job has hours_p90."
        say.at(("policy", "run_time"), fact, "Give hours_p90, or plan with `expected`.")


def _running(say: Complaints, jobs: Table) -> None:
    held: dict[tuple[str, str], int] = {}
    for row in _rows(jobs["state"] == "running"):
        place = _where_it_runs(say, jobs, row)
        if place is None:
            continue
        before = held.get(place, 0)
        held[place] = before + int(jobs["accelerators"][row]) * int(jobs["count"][row])
        cluster = say.scenario.cluster(place[0])
        pool = next(pool for pool in cluster.pools if pool.name == place[1])
        number = _number_at_start(say, pool)
        room = max(number - pool.spares, 0)
        if before <= room < held[place] and not say.problems.covers(("clusters",)):
            there = f"{held[place]:,} accelerators of {'.'.join(place)}, which has {room:,}"
            there += f" ({number:,} less {pool.spares:,} spares)" if pool.spares else ""
            there += f" at the start and {pool.number:,} with all its blocks" if number < pool.number else ""
            fact = f"with job '{jobs['job'][row]}' the running jobs hold {there}."
            say.row(jobs, row, "accelerators", fact, "Correct the running jobs or the pool's number.")
    for column in ("cluster", "pool", "hours_left", "started"):
        given = ~_empty(jobs[column])
        for row in _rows((jobs["state"] != "running") & given):
            fact = f"job '{jobs['job'][row]}' is not running, but has {column}."
            say.row(jobs, row, column, fact, "Write `state: running`; `pin_cluster` keeps a waiting job to a cluster.")


def _empty(column: NDArray[Any]) -> NDArray[np.bool_]:
    """Cells without a value."""
    if column.dtype == object:
        return np.array([cell is None or cell != cell for cell in column], dtype=bool)
    return np.asarray(np.isnat(column) if column.dtype.kind == "M" else np.isnan(column), dtype=bool)


def _number_at_start(say: Complaints, pool: Pool) -> int:
    """Accelerators of a pool without the blocks that are not in service in the first slot."""
    if not pool.blocks or "horizon" in say.problems.incomplete:
        return pool.number
    return sum(block.number for block in pool.blocks if _serves_at_start(say, block.service))


def _serves_at_start(say: Complaints, window: Window | None) -> bool:
    """Whether the first slot lies wholly inside a window."""
    if window is None:
        return True
    first = -np.inf if window.from_ is None else float(say.grid.hours_of(window.from_))
    last = np.inf if window.to is None else float(say.grid.hours_of(window.to))
    return bool(say.grid.slots_inside(first, last)[0])


def _where_it_runs(say: Complaints, jobs: Table, row: int) -> tuple[str, str] | None:
    """Cluster and pool of a running job, or None with a complaint."""
    name = jobs["job"][row]
    missing = [c for c in ("cluster", "hours_left") if jobs[c][row] is None or jobs[c][row] != jobs[c][row]]
    if missing:
        fact = f"job '{name}' is running, but {' and '.join(missing)} is not given."
        say.row(jobs, row, missing[0], fact, "Say where it runs and how many of its hours are left.")
        return None
    for column, wrong in (
        ("segments", jobs["segments"][row] > 1 and not jobs["pauses"][row]),
        ("pin_start", not np.isnat(jobs["pin_start"][row])),
    ):
        if wrong:
            fact = f"job '{name}' is running, and has {column}."
            say.row(jobs, row, column, fact, f"Leave {column} out; what is left is one run that goes on at once.")
    cluster = next((c for c in say.scenario.clusters if c.name == jobs["cluster"][row]), None)
    if cluster is None:
        return None
    pools = [str(pool.name) for pool in cluster.pools]
    pool = jobs["pool"][row] or (pools[0] if len(pools) == 1 else None)
    if pool in pools:
        return cluster.name, pool
    if pools and say.complete("pool"):
        which = "does not say on which pool" if pool is None else f"names the pool '{pool}', which is not there"
        say.row(jobs, row, "pool", f"job '{name}' runs on {cluster.name} and {which}.", _give_pool(pools))
    return None


def _give_pool(pools: list[str]) -> str:
    return f"Give `pool`: {' or '.join(pools)}."


def _after(say: Complaints, jobs: Table) -> None:
    waiting = _rows(np.array([bool(after) for after in jobs["after"]], dtype=bool))
    index = {name: row for row, name in enumerate(jobs["job"])} if waiting else {}
    parents: dict[int, list[int]] = {}
    for row in waiting:
        for name in jobs["after"][row]:
            if name in index:
                parents.setdefault(row, []).append(index[name])
            elif say.complete("job"):
                fact = f"job '{jobs['job'][row]}' comes after '{name}', and there is no such job."
                others = (other for other in index if other != jobs["job"][row])
                words = functools.partial(did_you_mean, name, others, "Check the name.")
                say.row(jobs, row, "after", fact, words, alone=True)
    done: set[int] = set()
    for start in parents:
        _circles(say, jobs, parents, start, done)


def _circles(say: Complaints, jobs: Table, parents: dict[int, list[int]], start: int, done: set[int]) -> None:
    """Walk from a job to those before it; complain of each step that closes a circle."""
    path: dict[int, None] = {}
    stack = [(start, False)]
    while stack:
        row, left = stack.pop()
        if left:
            del path[row]
            done.add(row)
        elif row in path:
            rows = list(path)
            circle = [*rows[rows.index(row) :], row]
            words = " -> ".join(str(jobs["job"][r]) for r in circle[:20])
            fact = f"jobs come after each other in a circle: {words}{' ...' if len(circle) > 20 else ''}."
            say.row(jobs, rows[-1], "after", fact, "Break it.", alone=True)
        elif row not in done:
            path[row] = None
            stack.append((row, True))
            stack += [(parent, False) for parent in parents.get(row, ())]


def _throughput(say: Complaints) -> None:
    table = say.scenario.throughput
    seen: dict[tuple[Any, ...], int] = {}
    for row in range(len(table)):
        key = (table["class"][row], table["accelerator"][row], int(table["accelerators"][row]))
        if key in seen:
            size = f" in gangs of {key[2]:,}" if key[2] else ""
            fact = f"class '{key[0]}' on {key[1]}{size} stands twice, first at {table.place(seen[key], 'class')}."
            say.row(table, row, "class", fact, "Keep one of the rows.")
        seen.setdefault(key, row)


def _options(say: Complaints, jobs: Table) -> None:
    table = say.scenario.options
    clusters = {cluster.name: [str(pool.name) for pool in cluster.pools] for cluster in say.scenario.clusters}
    names = set(jobs["job"])
    hours: dict[tuple[str, str], float] = {}
    seen: set[tuple[str, str, str, str]] = set()
    for row in range(len(table)):
        job, option, name = table["job"][row], table["option"][row], table["cluster"][row]
        if job not in names and say.complete("job"):
            words = functools.partial(did_you_mean, job, names, "Check the name.")
            say.row(table, row, "job", f"option '{option}': there is no job '{job}'.", words, alone=True)
        if name not in clusters:
            fact = f"job '{job}', option '{option}': there is no cluster '{name}'."
            words = functools.partial(did_you_mean, name, clusters, "Check the name.")
            if say.complete("cluster"):
                say.row(table, row, "cluster", fact, words, alone=True)
            continue
        pools = clusters[name]
        pool = table["pool"][row]
        if (
            pools
            and say.complete("pool")
            and ((pool is None and len(pools) > 1) or (pool is not None and pool not in pools))
        ):
            which = "does not say on which pool" if pool is None else f"names the pool '{pool}', which is not there"
            fact = f"job '{job}', option '{option}' runs on {name} and {which}."
            say.row(table, row, "pool", fact, _give_pool(pools))
        part = (job, option, name, pool or next(iter(pools), ""))
        if part in seen:
            fact = f"job '{job}', option '{option}' has two parts on {part[2]}.{part[3]}."
            say.row(table, row, "option", fact, "Add them up into one row, or give another option's name.")
        seen.add(part)
        first = hours.setdefault((job, option), float(table["hours"][row]))
        if first != table["hours"][row]:
            fact = f"job '{job}', option '{option}': its parts last {first:g} h and {table['hours'][row]:g} h."
            say.row(table, row, "hours", fact, "Parts of one option run together; give them the same hours.")
    _windows(say, table)


def _windows(say: Complaints, table: Table) -> None:
    """Parts of one option begin together, and no later than they may."""
    first: dict[tuple[str, str], int] = {}
    for row in range(len(table)):
        key = (table["job"][row], table["option"][row])
        for name in ("earliest_start", "latest_start"):
            known = table[name][first.setdefault(key, row)]
            if known != table[name][row] and not (np.isnat(known) and np.isnat(table[name][row])):
                fact = f"job '{key[0]}', option '{key[1]}': its parts differ in {name}."
                say.row(table, row, name, fact, "Parts of one option run together; give them the same.")
        if table["latest_start"][row] < table["earliest_start"][row]:
            one, two = (_moment(say, table[name][row]) for name in ("latest_start", "earliest_start"))
            fact = f"job '{key[0]}', option '{key[1]}': latest_start {one} comes before earliest_start {two}."
            say.row(table, row, "latest_start", fact, "Correct one of the two.")


def _flows(say: Complaints) -> None:
    clusters = [cluster.name for cluster in say.scenario.clusters]
    classes = set(say.scenario.throughput["class"])
    priorities = list(say.scenario.policy.priorities)
    for index, flow in enumerate(say.scenario.flows):
        path = ("flows", index)
        say.series(flow.demand, (*path, "demand"), 0, MOST)
        say.series(flow.unmet_usd_per_accelerator_hour, (*path, "unmet_usd_per_accelerator_hour"), 0)
        for key in ("clusters", "not_clusters"):
            for inner, name in enumerate(getattr(flow, key)):
                say.known(name, clusters, "cluster", (*path, key, inner))
        if flow.class_ is not None and classes:
            say.known(flow.class_, sorted(classes), "class", (*path, "class"), of=" in the throughput table")
        if flow.priority is not None:
            say.known(flow.priority, priorities, "priority", (*path, "priority"))
        if flow.max_rtt_ms is not None and flow.home is None:
            say.at((*path, "max_rtt_ms"), f"flow {flow.name} has a longest round trip but no home.", "Give `home`.")
