"""An earlier plan as a beginning for a new solve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from placement.compile import Compiled
from placement.kernels.placements import Placements, ranges
from placement.kernels.work import Ints
from placement.plan import Plan
from placement.search.greedy import Assignment

if TYPE_CHECKING:
    import pandas as pd

NAMES = 2_000_000
"""Of options, made at a time."""


def assignment_of(plan: Plan, compiled: Compiled, all_placed: Placements) -> Assignment:
    """Units of the placements of an earlier plan that still exist; the rest of each job is turned away or put off."""
    problem = compiled.problem
    option, start, count = placements_of(plan, compiled)
    slots = problem.work.slots
    units = np.zeros(len(all_placed), dtype=np.int64)
    # all placements stand by option, then by start
    at = np.searchsorted(all_placed.option * slots + all_placed.start, option * slots + start)
    np.add.at(units, at, count)
    job = np.searchsorted(problem.work.job_options, option, side="right") - 1
    placed = np.bincount(job, weights=count, minlength=problem.work.jobs).astype(np.int64)
    rest = np.where(problem.previous < 0, problem.count - placed, 0)
    put_off = problem.defer_usd < problem.reject_usd
    return Assignment(
        units,
        np.where(put_off, 0, rest),
        np.where(put_off, rest, 0),
        np.where(np.isfinite(np.minimum(problem.reject_usd, problem.defer_usd)), 0, rest),
    )


def placements_of(plan: Plan, compiled: Compiled) -> tuple[Ints, Ints, Ints]:
    """Option, start and units of the placements of an earlier plan that still exist.

    They are found again by job, option, segment and start; those of another grid or that are no longer allowed are left
    out, as are units that a job no longer has.
    """
    work = compiled.problem.work
    runs = plan.placements[(plan.placements["kind"] == "run") & (plan.placements["part"] == 1)]
    start = runs["start_grain"].to_numpy(dtype=np.int64) // work.grains
    count = runs["count"].to_numpy(dtype=np.int64)
    row = _rows_of(runs, compiled)
    option, run = _options_of(runs["option"].to_numpy(dtype=object), row, compiled)
    spans = work.option_spans[option + 1] - work.option_spans[option]
    span, which = ranges(work.option_spans[option], spans), np.repeat(np.arange(len(option)), spans)
    begin = start[run[which]]
    allowed = np.zeros(len(option), dtype=bool)
    allowed[which[(work.span_first[span] <= begin) & (begin <= work.span_last[span])]] = True
    option, run = option[allowed], run[allowed]
    units = _within(count[run], row[run], compiled.problem.count)
    some = units > 0
    return option[some], start[run[some]], units[some]


def _rows_of(runs: pd.DataFrame, compiled: Compiled) -> Ints:
    """Job row of each run of a plan, by the names of jobs and segments; -1: none."""
    import pandas as pd

    legend = compiled.legend
    names = pd.Index(legend.scenario.jobs["job"]).astype(str)
    job = names.get_indexer(runs["job"].astype(str))
    first = np.searchsorted(legend.job, np.arange(len(names) + 1))
    segment = runs["segment"].to_numpy(dtype=np.int64) - 1
    known = (job >= 0) & (segment >= 0) & (segment < (first[1:] - first[:-1])[job])
    return np.where(known, first[:-1][job] + segment, -1)


def _options_of(name: NDArray[Any], row: Ints, compiled: Compiled) -> tuple[Ints, Ints]:
    """Options of job rows that have the names of runs, and the run of each."""
    work = compiled.problem.work
    known = np.flatnonzero(row >= 0)
    many = work.job_options[row[known] + 1] - work.job_options[row[known]]
    found = []
    for part in np.array_split(np.arange(len(known)), -(-int(many.sum()) // NAMES) or 1):
        option = ranges(work.job_options[row[known[part]]], many[part])
        run = np.repeat(known[part], many[part])
        named = compiled.legend.option_names(option) == name[run]
        found.append((option[named], run[named]))
    return np.concatenate([option for option, _ in found]), np.concatenate([run for _, run in found])


def _within(count: Ints, row: Ints, most: Ints) -> Ints:
    """Units of runs, in their order, cut such that no job row has more than it may."""
    order = np.argsort(row, kind="stable")
    sums = np.cumsum(count[order])
    first = np.searchsorted(row[order], row[order])  # of the same job row
    before = sums - count[order] - (sums - count[order])[first] if len(order) else sums
    units = np.empty_like(count)
    units[order] = np.clip(most[row[order]] - before, 0, count[order])
    return units
