"""What a plan does, group by group: units of a job that start together, in the order in which they are carried out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placement.compile import Compiled
from placement.compile.assemble import default_reject, defer_usd, job_rows, reject_usd
from placement.kernels.backend import choose
from placement.kernels.placements import end_hours, placements, ranges
from placement.kernels.work import Floats, Ints
from placement.plan import Plan
from placement.schema import Scenario
from placement.search.warm import placements_of
from placement.timegrid import TimeGrid

TURNS = 2**20
"""Groups of a job that are told apart."""


@dataclass(frozen=True)
class Grouped:
    """G groups in order of planned start, then of job; those that the plan has no place for come last."""

    job: Ints
    """(G,) job of the scenario."""
    row: Ints
    """(G,) job row: one for each segment."""
    key: Ints
    """(G,) by which lengths are drawn: the segments of a unit have one."""
    option: Ints
    """(G,) -1: the plan has no place for them."""
    start: Ints
    units: Ints
    away_usd: Floats
    """(G,) $ of a unit that is not placed."""
    end: Floats
    """(G,) hours at which the plan has it end; nan without a place."""
    deadline: Floats
    """(G,) hours; inf: none."""
    others: Ints
    """Other ways to run, the cheapest first,"""
    first_other: Ints
    """(G+1,) of each group."""


def groups_of(compiled: Compiled, plan: Plan) -> Grouped:
    """The groups of a plan of the scenario that was compiled.

    Units that are turned away or put off in the plan cost what they cost there. Of others that find no place in a
    future, turning away or putting off counts, whichever costs less; of one that must run, what its job would lose by
    default.
    """
    problem, legend = compiled.problem, compiled.legend
    work, scenario = problem.work, legend.scenario
    option, start, units = placements_of(plan, compiled)
    row = np.searchsorted(work.job_options, option, side="right") - 1
    segmented = scenario.jobs["segments"][legend.job[row]] > 1
    chained = _chains(compiled, option[segmented], start[segmented], units[segmented])
    plain = np.flatnonzero(~segmented)
    turn = np.concatenate([np.full(len(plain), -1), chained[3]])
    option, start, units = (
        np.concatenate([one[plain], other]) for one, other in zip((option, start, units), chained, strict=False)
    )
    row = np.searchsorted(work.job_options, option, side="right") - 1
    order = np.lexsort((option, row, start))
    option, start, units, row, turn = (values[order] for values in (option, start, units, row, turn))
    job = legend.job[row]
    own = np.flatnonzero(turn < 0)
    turn[own] = turns(job[own])
    key = job * TURNS + turn
    ends = end_hours(work, placements(work, option, start))
    costs = away(scenario, legend.grid)
    rejected, deferred = gone(scenario, plan)
    gone_job = np.flatnonzero(rejected + deferred)
    first_row = np.searchsorted(legend.job, gone_job)
    none = np.full(len(gone_job), -1)
    grid = legend.grid
    deadline = np.nan_to_num(grid.hours_of(scenario.jobs["deadline"]), nan=np.inf)
    every_job = np.concatenate([job, gone_job])
    others, first_other = _others(compiled, row, option, len(gone_job))
    return Grouped(
        job=every_job,
        row=np.concatenate([row, first_row]),
        key=np.concatenate([key, gone_job * TURNS + TURNS - 1]),
        option=np.concatenate([option, none]),
        start=np.concatenate([start, none]),
        units=np.concatenate([units, (rejected + deferred)[gone_job]]),
        away_usd=np.concatenate([costs.least[job], gone_usd(costs, rejected, deferred)[gone_job]]),
        end=np.concatenate([ends, np.full(len(gone_job), np.nan)]),
        deadline=deadline[every_job],
        others=others,
        first_other=first_other,
    )


@dataclass(frozen=True)
class Away:
    """(jobs,) $ of a unit of each job of a scenario that is not placed."""

    rejected: Floats
    deferred: Floats
    """inf where that is not allowed, of both."""
    least: Floats
    """What counts for one that finds no place."""


def away(scenario: Scenario, grid: TimeGrid) -> Away:
    """What units cost that are not placed."""
    rows = job_rows(scenario)
    rejected, deferred = reject_usd(scenario, rows)[rows.first], defer_usd(scenario, grid, rows)[rows.first]
    least = np.minimum(rejected, deferred)
    return Away(rejected, deferred, np.where(np.isfinite(least), least, default_reject(scenario)))


def _chains(compiled: Compiled, option: Ints, start: Ints, units: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Placements of jobs in segments, cut such that units with the same ways and times stand together: option, start,
    units, and the number of the chain within its job.

    Units of a job are matched first in, first out, on each way to run.
    """
    work, job_of = compiled.problem.work, compiled.legend.job
    row = np.searchsorted(work.job_options, option, side="right") - 1
    lines: dict[tuple[int, int], dict[int, list[int]]] = {}
    for o, s, n, r in sorted(
        zip(option.tolist(), start.tolist(), units.tolist(), row.tolist(), strict=True), key=_by_start
    ):
        way = o - int(work.job_options[r])
        lines.setdefault((int(job_of[r]), way), {}).setdefault(r, []).extend([s] * n)
    found: list[tuple[int, int, int, int]] = []
    number: dict[int, int] = {}
    for (job, way), of_row in sorted(lines.items()):
        rows = sorted(of_row)
        chains: dict[tuple[int, ...], int] = {}
        for chain in zip(*(of_row[r] for r in rows), strict=True):
            chains[chain] = chains.get(chain, 0) + 1
        for chain, n in chains.items():
            turn = number.get(job, 0)
            number[job] = turn + 1
            found += [(int(work.job_options[r]) + way, s, n, turn) for r, s in zip(rows, chain, strict=True)]
    every = np.array(found, dtype=np.int64).reshape(-1, 4)
    return every[:, 0], every[:, 1], every[:, 2], every[:, 3]


def _by_start(line: tuple[int, int, int, int]) -> int:
    return line[1]


def turns(job: Ints) -> Ints:
    """(n,) how many of the same job stand before each."""
    order = np.argsort(job, kind="stable")
    turn = np.empty(len(job), dtype=np.int64)
    turn[order] = np.arange(len(job)) - np.searchsorted(job[order], job[order])
    return turn


def gone(scenario: Scenario, plan: Plan) -> tuple[Ints, Ints]:
    """(jobs,) units that a plan of the scenario turns away, and that it puts off."""
    index = {str(name): j for j, name in enumerate(scenario.jobs["job"])}
    rejected, deferred = np.zeros((2, len(index)), dtype=np.int64)
    columns = [plan.jobs[name].tolist() for name in ("job", "rejected", "deferred")]
    for name, one, other in zip(*columns, strict=True):
        if name in index:
            rejected[index[name]], deferred[index[name]] = one, other
    return rejected, deferred


def gone_usd(costs: Away, rejected: Ints, deferred: Ints) -> Floats:
    """(jobs,) mean $ of a unit that is not placed, where so many are turned away and put off; 0 without any."""
    usd = (
        np.where(rejected > 0, costs.rejected, 0.0) * rejected + np.where(deferred > 0, costs.deferred, 0.0) * deferred
    )
    return np.asarray(usd / np.maximum(rejected + deferred, 1))


def _others(compiled: Compiled, row: Ints, option: Ints, without: int) -> tuple[Ints, Ints]:
    """Other options of each group that have any start, the cheapest first, and where those of each group begin."""
    problem = compiled.problem
    work = problem.work
    lowest = choose("cpu").price(work.by_option(), problem.meter_usd).usd
    rank = np.lexsort((lowest, np.repeat(np.arange(work.jobs), np.diff(work.job_options))))
    count = np.diff(work.job_options)[row]
    each = rank[ranges(work.job_options[row], count)]
    group = np.repeat(np.arange(len(row)), count)
    kept = np.isfinite(lowest[each]) & (each != option[group])
    first = np.concatenate([[0], np.cumsum(np.bincount(group[kept], minlength=len(row)))])
    return each[kept], np.concatenate([first, np.full(without, first[-1])]).astype(np.int64)
