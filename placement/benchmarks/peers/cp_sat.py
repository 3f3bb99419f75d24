"""CP-SAT of OR-Tools, in two formulations, on whole numbers (`whole`).

placements   x[o,s] ∈ {0..count}, away[j]     Σ x + away = count[j]     Σ amount · x <= upper[r], row by row
intervals    for each unit and *shape* of a run (option, whole slots, part of the last slot) an optional interval whose
             start is one of the allowed ones. A run's last slot counts in part: it is a second interval of one slot
             behind the first, with a smaller demand. Rows that count the same meters make one cumulative; where a
             slot has less than the most there is, a fixed interval takes the difference. Costs that vary by start
             stand on literals, one for each start; others on the interval's presence.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from placement.benchmarks.peers.task import Task
from placement.benchmarks.peers.units import per_placement, per_unit
from placement.benchmarks.peers.whole import Whole, whole_amounts
from placement.kernels.work import Ints
from placement.models.rows import placement_rows

Answer = Callable[[Ints], tuple[Ints, Ints]]
"""From values of all variables to (U,) option and start of each unit."""


def solve(task: Task) -> str:
    """Ask CP-SAT; returns how it ended."""
    from ortools.sat.python import cp_model

    whole = Whole(task.problem)
    model = cp_model.CpModel()
    build = {"placements": _placements, "intervals": _intervals}[task.setting]
    answer = build(model, whole, task.begin)
    task.built()

    class Listener(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]
        """OR-Tools' own names."""

        def on_solution_callback(self) -> None:
            task.plan(*answer(np.array(self.response_proto.solution, dtype=np.int64)))

    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = task.left_s
    solver.parameters.relative_gap_limit = task.gap
    solver.parameters.num_workers = task.threads
    solver.best_bound_callback = lambda bound: task.bound(whole.dollars(bound))
    status = solver.solve(model, Listener())
    if status == cp_model.INFEASIBLE:
        return "infeasible"
    if status == cp_model.MODEL_INVALID:
        raise ValueError(model.validate())
    task.bound(whole.dollars(solver.best_objective_bound), at_once=True)
    return "optimal" if status == cp_model.OPTIMAL else "time"


def _placements(model: Any, whole: Whole, begin: tuple[Ints, Ints] | None) -> Answer:
    """A variable per placement, a linear row per limit and slot."""
    from ortools.sat.python import cp_model

    problem, placed = whole.problem, whole.placed
    total = cp_model.LinearExpr.weighted_sum
    x = [_number(model, int(n)) for n in problem.count[whole.job].tolist()]
    away = [_number(model, 0 if must else int(n)) for n, must in zip(problem.count, whole.must, strict=True)]
    first = np.searchsorted(whole.job, np.arange(problem.work.jobs + 1)).tolist()
    for j, count in enumerate(problem.count.tolist()):
        several = [*x[first[j] : first[j + 1]], away[j]]
        if count == 1:
            model.add_exactly_one(several)
        else:
            model.add(sum(several) == count)
    rows, grains = placement_rows(problem, placed), problem.work.grains
    for r in np.flatnonzero(np.isfinite(problem.rows.upper) & (np.diff(rows.indptr) > 0)).tolist():
        mine = slice(rows.indptr[r], rows.indptr[r + 1])
        taken, limit = whole_amounts(rows.data[mine], problem.rows.upper[r : r + 1], grains)
        model.add(total([x[k] for k in rows.indices[mine].tolist()], taken.tolist()) <= int(limit[0]))
    model.minimize(total([*x, *away], [*whole.usd.tolist(), *whole.away.tolist()]))
    if begin is not None:
        units, gone = per_placement(problem, placed, *begin)
        for variable, value in zip([*x, *away], [*units.tolist(), *gone.tolist()], strict=True):
            model.add_hint(variable, value)
    index = np.array([variable.index for variable in x], dtype=np.int64)
    return lambda values: per_unit(problem, placed, values[index])


def _number(model: Any, most: int) -> Any:
    return model.new_bool_var("") if most == 1 else model.new_int_var(0, most, "")


@dataclass
class _Cumulative:
    """Rows that count the same meters with the same weights, one for each slot."""

    limit: dict[int, float] = field(default_factory=dict)
    """By slot; the others are free."""
    intervals: list[Any] = field(default_factory=list)
    demands: list[float] = field(default_factory=list)


@dataclass
class _Runs:
    """One shape of runs of one unit."""

    unit: int
    option: int
    present: Any
    start: Any
    starts: list[int]
    literals: list[Any]
    """One for each start, or none where all cost the same."""


def _intervals(model: Any, whole: Whole, begin: tuple[Ints, Ints] | None) -> Answer:
    """Optional intervals, cumulatives."""
    from ortools.sat.python import cp_model

    problem, work = whole.problem, whole.problem.work
    limited, of_meter = _cumulatives(whole)
    runs: list[_Runs] = []
    away: list[Any] = []
    cost: list[tuple[Any, int]] = []
    shapes = _shapes(whole)
    first = np.searchsorted(whole.job[[members[0] for members in shapes]], np.arange(work.jobs + 1)).tolist()
    unit = 0
    for j, count in enumerate(problem.count.tolist()):
        for _ in range(count):
            mine = [_add_runs(model, whole, unit, members, cost) for members in shapes[first[j] : first[j + 1]]]
            for run, members in zip(mine, shapes[first[j] : first[j + 1]], strict=True):
                _demand(model, whole, run, int(members[0]), of_meter)
            away.append(_number(model, 0 if whole.must[j] else 1))
            cost.append((away[-1], int(whole.away[j])))
            model.add_exactly_one([*(run.present for run in mine), away[-1]])
            runs += mine
            unit += 1
    for one in limited:
        _add_cumulative(model, one, work.slots, work.grains)
    variables, values = zip(*cost, strict=True) if cost else ((), ())
    model.minimize(cp_model.LinearExpr.weighted_sum(list(variables), list(values)))
    if begin is not None:
        _hint(model, runs, away, *begin)
    present = np.array([run.present.index for run in runs], dtype=np.int64)
    where = np.array([run.start.index for run in runs], dtype=np.int64)
    units = np.array([run.unit for run in runs], dtype=np.int64)
    options = np.array([run.option for run in runs], dtype=np.int64)

    def answer(solution: Ints) -> tuple[Ints, Ints]:
        option = np.full(unit, -1)
        start = option.copy()
        chosen = np.flatnonzero(solution[present])
        option[units[chosen]], start[units[chosen]] = options[chosen], solution[where[chosen]]
        return option, start

    return answer


def _shapes(whole: Whole) -> list[Ints]:
    """Placements of each option whose runs cover as many slots and the same part of the last, in order of options."""
    placed = whole.placed
    length, part = placed.last - placed.start, np.round(placed.fraction * whole.problem.work.grains).astype(np.int64)
    order = np.lexsort((placed.start, part, length, placed.option))
    key = np.stack([placed.option, length, part])[:, order]
    new = np.flatnonzero((np.diff(key, axis=1) != 0).any(axis=0)) + 1
    return np.split(order, new) if len(order) else []


def _add_runs(model: Any, whole: Whole, unit: int, members: Ints, cost: list[tuple[Any, int]]) -> _Runs:
    """Presence, start and cost of one shape of runs."""
    from ortools.sat.python import cp_model

    starts, usd = whole.placed.start[members].tolist(), whole.usd[members]
    present = model.new_bool_var("")
    start = model.new_int_var_from_domain(cp_model.Domain.from_values(starts), "")
    literals: list[Any] = []
    if usd.min() == usd.max():
        cost.append((present, int(usd[0])))
    else:
        for s, each in zip(starts, usd.tolist(), strict=True):
            literals.append(model.new_bool_var(""))
            model.add(start == s).only_enforce_if(literals[-1])
            cost.append((literals[-1], each))
        model.add_exactly_one([*literals, present.negated()])
    return _Runs(unit, int(whole.placed.option[members[0]]), present, start, starts, literals)


def _demand(
    model: Any, whole: Whole, run: _Runs, member: int, of_meter: dict[int, list[tuple[_Cumulative, float]]]
) -> None:
    """What a shape of runs takes of cumulatives: all of its amounts in whole slots, part of them in the last."""
    work, placed = whole.problem.work, whole.placed
    length, part = int(placed.last[member] - placed.start[member]), float(placed.fraction[member])
    pieces = [(0, length + 1, 1.0)] if part == 1.0 else [(0, length, 1.0), (length, 1, part)]
    for after, size, share in pieces:
        if size == 0:
            continue
        piece = model.new_optional_fixed_size_interval_var(run.start + after, size, run.present, "")
        for u in range(work.option_uses[run.option], work.option_uses[run.option + 1]):
            for one, weight in of_meter.get(int(work.use_meter[u]), []):
                one.intervals.append(piece)
                one.demands.append(float(work.use_amount[u]) * weight * share)


def _cumulatives(whole: Whole) -> tuple[list[_Cumulative], dict[int, list[tuple[_Cumulative, float]]]]:
    """All cumulatives, and those of each meter with its weight there."""
    rows = whole.problem.rows
    order = np.lexsort((rows.cell_meter, rows.cell_row))
    begin = np.searchsorted(rows.cell_row[order], np.arange(len(rows) + 1))
    found: dict[tuple[tuple[int, float], ...], _Cumulative] = {}
    for r in np.flatnonzero(np.isfinite(rows.upper) & (np.diff(begin) > 0)).tolist():
        cells = order[begin[r] : begin[r + 1]]
        counted = tuple(zip(rows.cell_meter[cells].tolist(), rows.cell_weight[cells].tolist(), strict=True))
        one = found.setdefault(counted, _Cumulative())
        slot = int(rows.cell_slot[cells[0]])
        one.limit[slot] = min(float(rows.upper[r]), one.limit.get(slot, np.inf))
    of_meter: dict[int, list[tuple[_Cumulative, float]]] = {}
    for counted, one in found.items():
        for meter, weight in counted:
            of_meter.setdefault(meter, []).append((one, weight))
    return list(found.values()), of_meter


def _add_cumulative(model: Any, one: _Cumulative, slots: int, grains: int) -> None:
    """The cumulative, with fixed intervals for what is missing in some slots."""
    if not one.demands:
        return
    amounts = np.array(one.demands)
    free = 2.0 * float(amounts.sum()) + 1.0  # more than all can take, also after rounding
    upper = np.array([min(one.limit.get(t, free), free) for t in range(slots)])
    taken, limit = whole_amounts(amounts, upper, grains)
    demands = taken.tolist()
    most = int(limit.max())
    change = np.flatnonzero(np.diff(limit)) + 1
    edges = [0, *change.tolist(), slots]
    for begin, end in pairwise(edges):
        if limit[begin] < most:
            one.intervals.append(model.new_fixed_size_interval_var(begin, end - begin, ""))
            demands.append(most - int(limit[begin]))
    model.add_cumulative(one.intervals, demands, most)


def _hint(model: Any, runs: list[_Runs], away: list[Any], option: Ints, start: Ints) -> None:
    """A whole plan as hints."""
    for run in runs:
        here = bool(option[run.unit] == run.option) and int(start[run.unit]) in run.starts
        model.add_hint(run.present, here)
        model.add_hint(run.start, int(start[run.unit]) if here else run.starts[0])
        if run.literals:
            for s, literal in zip(run.starts, run.literals, strict=True):
                model.add_hint(literal, here and s == int(start[run.unit]))
    for variable, o in zip(away, option.tolist(), strict=True):
        model.add_hint(variable, int(o < 0))
