"""An earlier plan as a beginning for a new solve."""

import numpy as np

from placement.compile import Compiled
from placement.kernels.placements import Placements
from placement.plan import Plan
from placement.search.greedy import Assignment


def assignment_of(plan: Plan, compiled: Compiled, all_placed: Placements) -> Assignment:
    """Units of the placements of an earlier plan that still exist; the rest of each job is turned away or put off.

    Placements are found again by job, option, segment and start; those of another grid or that are no longer allowed
    are left out.
    """
    legend, problem = compiled.legend, compiled.problem
    units = np.zeros(len(all_placed), dtype=np.int64)
    jobs = legend.scenario.jobs["job"]
    row_of = {(str(jobs[legend.job[r]]), int(legend.segment[r]) + 1): r for r in range(problem.work.jobs)}
    pairs = zip(all_placed.option.tolist(), all_placed.start.tolist(), strict=True)
    where = {pair: n for n, pair in enumerate(pairs)}
    names: dict[int, dict[str, int]] = {}
    placed = np.zeros(problem.work.jobs, dtype=np.int64)
    runs = plan.placements[(plan.placements["kind"] == "run") & (plan.placements["part"] == 1)]
    columns = [runs[name].tolist() for name in ("job", "segment", "option", "start_grain", "count")]
    for job, segment, option, grain, count in zip(*columns, strict=True):
        row = row_of.get((job, segment))
        if row is None:
            continue
        if row not in names:
            options = range(int(problem.work.job_options[row]), int(problem.work.job_options[row + 1]))
            names[row] = {legend.option_name(o): o for o in options}
        n = where.get((names[row].get(option, -1), grain // problem.work.grains))
        room = int(problem.count[row] - placed[row])
        if n is not None and room > 0:
            units[n] += min(count, room)
            placed[row] += min(count, room)
    rest = np.where(problem.previous < 0, problem.count - placed, 0)
    put_off = problem.defer_usd < problem.reject_usd
    return Assignment(
        units,
        np.where(put_off, 0, rest),
        np.where(put_off, rest, 0),
        np.where(np.isfinite(np.minimum(problem.reject_usd, problem.defer_usd)), 0, rest),
    )
