"""Ways to run the jobs of a log: where each ran, for as long as it did, and wherever else it could run.

A job's work is the time that it ran, times what its pool did in that time. Elsewhere it takes longer or shorter by the
rules of every scenario (`docs/model.md` §3), both taken by them: with q the run time that these give for a pool,

    run time there = run time as it was · q there / q where it ran

so that what the log has of interruptions and of real speeds stays in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from placement.compile import fleet
from placement.compile.legend import REASONS
from placement.compile.ways import options
from placement.errors import PlacementError
from placement.hindsight.log import Left, Log, grid_moments, left_out
from placement.hindsight.without_jobs import limits_that_choose
from placement.kernels.work import Floats, Ints
from placement.loader.change import with_tables
from placement.loader.rows import empty
from placement.problem import Bools
from placement.schema import Scenario, Table
from placement.schema.jobs import Option
from placement.timegrid import TimeGrid

HELD: dict[str, Any] = {
    "campaigns": [], "flows": [], "uncertainty": None, "policy.tails": False, "policy.defer": False,
    "policy.run_time": "expected",
}  # fmt: skip
"""What every alternative has otherwise than the scenario: the log is all the work there is, and all of it is done."""


@dataclass(frozen=True)
class Ways:
    """Ways of J jobs, by job, that of the log first. O ways, shape (O,) each."""

    begin: Ints
    """(J+1,)"""
    job: Ints
    pool: Ints
    size: Ints
    watts: Ints
    """IT watts of the gang."""
    work: Floats
    """Hours at speed 1."""
    why: Any
    """(J, pools) why a job cannot run there, a key of `REASONS`; 0: it can."""

    @property
    def home(self) -> Ints:
        """(J,) the way of the log."""
        return self.begin[:-1]


def base_scenario(scenario: Scenario, log: Log, values: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario with the jobs of the log, all of which must run; `values` are changed besides.

    Raises
    ------
    PlacementError, ScenarioError
        If it decides what is built, or does not go with the jobs.
    """
    if any(cluster.modules for cluster in scenario.clusters):
        raise PlacementError(
            f"scenario {scenario.name} decides what is built, and a log ran on what stood. Hold what stood as pools, "
            "and leave the modules out."
        )
    limits, gone = limits_that_choose(scenario, *teams_and_tags(log))
    held = {**HELD, **({"limits": limits} if gone else {}), **(values or {})}
    return with_tables(scenario, {"jobs": _firm(log), "options": empty(Option)}, held)


def teams_and_tags(log: Log) -> tuple[set[str], set[str]]:
    """Those of a log's jobs."""
    teams = {str(team) for team in log.jobs["team"] if team is not None}
    return teams, {str(tag) for tags in log.jobs["tags"] for tag in tags}


def _firm(log: Log) -> Table:
    """The jobs, all of which must run."""
    firm = {"must_run": np.ones(len(log), dtype=bool), "reject_usd": np.full(len(log), np.nan)}
    return replace(log.jobs, columns={**log.jobs.columns, **firm})


def ways_of(base: Scenario, grid: TimeGrid, log: Log) -> tuple[Log, Ways]:
    """Ways of a log's jobs, and the log without those that the scenario does not let run where they ran.

    Raises
    ------
    PlacementError
        If none is left.
    """
    pools = fleet.pools(base, grid)
    found, reasons = options(base, fleet.sites(base, grid), pools)
    job = np.repeat(np.arange(len(log)), np.diff(found.begin))
    pool, size = found.part_pool.astype(np.int64), found.part_accelerators.astype(np.int64)
    home = (pool == log.pool[job]) & (size == base.jobs["accelerators"][job])
    first = np.full(len(log), -1, dtype=np.int64)
    first[job[home]] = np.flatnonzero(home)
    clocks = np.array([np.concatenate([[0.0], np.cumsum(each.speed * grid.slot_hours)]) for each in pools])
    done = _done(clocks, grid, log)
    kept = (first >= 0) & (done > 0)
    left = [*log.left, *_not_at_home(log, reasons, first, done)]
    if not kept.any():
        raise PlacementError(f"no job of the log can run where it ran: {left[-1].words}. Correct the scenario.")
    share = np.where(kept, done / np.where(kept, found.work[first], 1.0), 0.0)
    number = np.cumsum(kept) - 1
    order = np.lexsort((~home, job))
    order = order[kept[job[order]]]
    begin = np.concatenate([[0], np.cumsum(np.diff(found.begin)[kept])]).astype(np.int64)
    hours = log.jobs["hours"] * share
    jobs = replace(log.jobs, columns={**log.jobs.columns, "hours": np.where(kept, hours, log.jobs["hours"])})
    ways = Ways(
        begin, number[job[order]], pool[order], size[order], found.part_watts[order].astype(np.int64),
        found.work[order] * share[job[order]], reasons[kept],
    )  # fmt: skip
    return replace(replace(log, jobs=jobs).where(kept), left=tuple(left)), ways


def _done(clocks: Floats, grid: TimeGrid, log: Log) -> Floats:
    """(J,) hours at speed 1 that the pool of each job did while it ran."""
    done = np.zeros(len(log))
    begin = grid.edges[log.slot]
    for pool in np.unique(log.pool).tolist():
        mine = np.flatnonzero(log.pool == pool)
        clock = clocks[pool]
        ends = np.interp(begin[mine] + log.jobs["hours"][mine], grid.edges, clock)
        done[mine] = ends - clock[log.slot[mine]]
    return done


def _not_at_home(log: Log, reasons: Any, first: Ints, done: Floats) -> list[Left]:
    """Jobs that cannot run where they ran, by reason."""
    code = reasons[np.arange(len(log)), log.pool]
    found = []
    for each in np.unique(code[first < 0]).tolist():
        words = f"cannot run where they ran, by the scenario: {REASONS[each]}"
        found.append(left_out(words, log.jobs, (first < 0) & (code == each)))
    still = (first >= 0) & (done <= 0)
    if still.any():
        found.append(left_out("ran while their pool does no work, by the scenario", log.jobs, still))
    return found


def option_table(
    scenario: Scenario, grid: TimeGrid, log: Log, ways: Ways, chosen: Ints, earliest: Floats, latest: Floats
) -> Table:
    """The option table of some ways.

    Parameters
    ----------
    scenario, grid, log, ways
    chosen : array
        (n,) numbers of ways, ascending.
    earliest, latest : array
        (n,) between which each may begin, hours from the horizon's start.
    """
    places = [(cluster.name, str(pool.name)) for cluster, pool in scenario.pools()]
    pool, size = ways.pool[chosen], ways.size[chosen]
    most = int(size.max(initial=0)) + 1
    kinds, kind = np.unique(pool * most + size, return_inverse=True)
    names = ["{}/{} x{}".format(*places[key // most], key % most) for key in kinds.tolist()]
    job = ways.job[chosen]
    use = log.jobs["utilization"][job]
    columns: dict[str, Any] = {
        "job": log.jobs["job"][job],
        "option": np.array(names, dtype=object)[kind],
        "cluster": np.array([cluster for cluster, _ in places], dtype=object)[pool],
        "pool": np.array([name for _, name in places], dtype=object)[pool],
        "accelerators": size,
        "hours": ways.work[chosen],
        "price_usd": np.zeros(len(chosen)),
        "kw_per_accelerator": ways.watts[chosen] / (1000.0 * size * use),
        "earliest_start": grid_moments(grid, earliest),
        "latest_start": grid_moments(grid, latest),
    }
    return Table(Option, {name: columns[name] for name in empty(Option).columns})


def with_options(base: Scenario, log: Log, options_: Table, values: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario in which the jobs of the log have these ways and no others."""
    return with_tables(base, {"jobs": _firm(log), "options": options_}, values or {})


def can_start(ways: Ways, spans: tuple[Ints, Ints, Ints], slot: Ints) -> Bools:
    """(O,) whether each way may begin in a slot; spans are (O+1,) their numbers, and first and last slot of each."""
    begin, first, last = spans
    way = np.repeat(np.arange(len(ways.job)), np.diff(begin))
    inside = (first <= slot[way]) & (slot[way] <= last)
    found = np.zeros(len(ways.job), dtype=bool)
    found[way[inside]] = True
    return found
