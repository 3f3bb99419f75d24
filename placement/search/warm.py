"""An earlier plan as a beginning for a new solve."""

import numpy as np

from placement.compile import Compiled
from placement.kernels.placements import Placements
from placement.kernels.work import Ints
from placement.plan import Plan
from placement.search.greedy import Assignment


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
    legend, work = compiled.legend, compiled.problem.work
    jobs = legend.scenario.jobs["job"]
    row_of = {(str(jobs[legend.job[r]]), int(legend.segment[r]) + 1): r for r in range(work.jobs)}
    names: dict[int, dict[str, int]] = {}
    room = compiled.problem.count.copy()
    found = []
    runs = plan.placements[(plan.placements["kind"] == "run") & (plan.placements["part"] == 1)]
    columns = [runs[name].tolist() for name in ("job", "segment", "option", "start_grain", "count")]
    for job, segment, option, grain, count in zip(*columns, strict=True):
        row = row_of.get((job, segment))
        if row is None:
            continue
        if row not in names:
            options = np.arange(work.job_options[row], work.job_options[row + 1])
            names[row] = dict(zip(legend.option_names(options).tolist(), options.tolist(), strict=True))
        o, start = names[row].get(option, -1), grain // work.grains
        spans = slice(work.option_spans[o], work.option_spans[o + 1])
        allowed = o >= 0 and bool(((work.span_first[spans] <= start) & (start <= work.span_last[spans])).any())
        units = min(count, int(room[row]))
        if allowed and units > 0:
            found.append((o, start, units))
            room[row] -= units
    every = np.array(found, dtype=np.int64).reshape(-1, 3)
    return every[:, 0], every[:, 1], every[:, 2]
