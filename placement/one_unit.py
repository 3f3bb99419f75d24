"""A plan as a program in which one unit of a job can be elsewhere, and all else stays.

What the plan decides is held: units of all jobs in time and place, what is turned away and put off, modules and
flights. Power, batteries, flows, data sets and what is switched on follow anew.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from placement.bill import bill
from placement.compile import Compiled, compile_scenario
from placement.kernels.placements import allowed, placements
from placement.kernels.work import Floats, Ints
from placement.models import highs
from placement.models.form import Form
from placement.models.held import hold
from placement.models.program import Program, program
from placement.models.read import added_columns, placement_columns, solution
from placement.money import SERVICE, counts
from placement.search.sifting import only
from placement.search.state import TimeUp
from placement.search.warm import placements_of
from placement.segmented import may_pause
from placement.units import WATTS_PER_MW

if TYPE_CHECKING:
    from placement.folder import Stored

AWAY, LATER = "(turned away)", "(put off)"

GAP, LIMIT_S = 1e-7, 30.0
"""Of each program."""

EXCESS = 1e-5
"""Of a limit, relative to its size, from which it is in the way."""

LEAST_USD = 1e-6
"""$ of a category that are told."""

KEEPS_NONE = "all else as it is, no start keeps the rules"

WATTS = "watts of "
"""How rows of power are called, which count IT watts."""

MOST_ROWS = 4
"""Limits that are named."""


@dataclass(frozen=True)
class Answer:
    """A plan with the unit somewhere."""

    usd: float
    """$ of the whole plan,"""
    open_usd: float
    """and by how much that may be above the least."""
    x: Floats
    """(n,) columns."""


class OneUnit:
    """A unit of a job: one that is not placed if there is any, else one that is where most are.

    Parameters
    ----------
    stored : Stored
        The plan.
    number : int
        The job, by its place in the scenario.
    """

    def __init__(self, stored: Stored, number: int):
        compiled = compile_scenario(stored.scenario)
        self.number, self.plan, self.scenario = number, stored.plan, stored.scenario
        self.may_pause = bool(may_pause(stored.given[0])[number])
        """Whether it may run in other pieces."""
        self.rows = np.flatnonzero(compiled.legend.job == number)
        """Job rows, one for each segment."""
        self.model, self.compiled = _model(compiled, stored, self.rows)
        self.form = self.model.form
        placed = self.model.exact.placed
        self.column = placement_columns(self.model.exact, self.model.index)
        self.value, self.fixed = self._values(compiled)
        first = int(self.rows[0])
        self.options = np.arange(*compiled.problem.work.job_options[first : first + 2])
        self.of_option = [self._of_option(placed.option, k) for k in range(len(self.options))]
        """For each way to run the job, its columns: of the first segment, and of all."""
        outcomes = ["count", "placed", "deferred", "rejected"]
        mine = stored.plan.jobs["job"] == str(stored.scenario.jobs["job"][number])
        self.count, self.placed, self.deferred, self.rejected = (
            stored.plan.jobs.loc[mine, outcomes].to_numpy()[0].tolist()
        )
        self.at = self._now()
        """Where the unit is: number of a way to run it, AWAY or LATER."""

    def _of_option(self, option: Ints, k: int) -> tuple[Ints, Ints]:
        """Columns of a way to run the job, of its first segment and of all."""
        work = self.compiled.problem.work
        own = [self.column[option == work.job_options[row] + k] for row in self.rows]
        return own[0][own[0] >= 0], np.concatenate(own)[np.concatenate(own) >= 0]

    def _values(self, compiled: Compiled) -> tuple[Floats, Ints]:
        """Columns as the plan has them, and which of them it decides."""
        problem, exact, jobs = self.model.problem, self.model.exact, self.plan.jobs.set_index("job")
        option, start, count = placements_of(self.plan, compiled)
        units = np.zeros(len(exact.placed), dtype=np.int64)
        slots = problem.work.slots
        at = np.searchsorted(exact.placed.option * slots + exact.placed.start, option * slots + start)
        np.add.at(units, at, count)
        rejected, deferred = np.zeros((2, problem.work.jobs), dtype=np.int64)
        firsts = np.flatnonzero(problem.previous < 0)
        names = [str(self.scenario.jobs["job"][n]) for n in compiled.legend.job[firsts]]
        rejected[firsts], deferred[firsts] = (jobs.loc[names, name].to_numpy() for name in ("rejected", "deferred"))
        columns, values = self.model.columns_of(units, rejected, deferred)
        added, number = self._built()
        columns, values = np.concatenate([columns, added]), np.concatenate([values, number])
        value = np.zeros(self.form.columns)
        value[columns] = values
        return value, columns

    def _built(self) -> tuple[Ints, Floats]:
        """Columns of modules and flights, and their numbers in the plan."""
        m, found = self.model.exact.model, {}
        scenario, supply = self.scenario, self.model.problem.supply
        vehicles = {vehicle.name: v for v, vehicle in enumerate(scenario.vehicles)}
        modules = [(cluster.name, module.name) for cluster in scenario.clusters for module in cluster.modules]
        for name, module, vehicle, period, number in self.plan.builds[
            ["cluster", "module", "vehicle", "period", "number"]
        ].itertuples(index=False):
            k = modules.index((name, module))
            v = supply.modules[k].vehicles.tolist().index(vehicles[vehicle]) if vehicle else 0
            found[m.build[k, v, supply.modules[k].periods.tolist().index(period)].name] = number
        planes = [(self.compiled.legend.sites[c].cluster.name, plane) for c, plane in self.compiled.legend.planes]
        for vehicle, name, plane, period, flights in self.plan.launches[
            ["vehicle", "cluster", "plane", "period", "flights"]
        ].itertuples(index=False):
            found[m.fly[vehicles[vehicle], planes.index((name, plane)), period].name] = flights
        every = [variable for family in (m.build, m.fly) for variable in family.values()]
        column = added_columns(m, self.model.index)
        number = np.array([found.get(variable.name, 0) for variable in every], dtype=np.float64)
        return column[column >= 0], number[column >= 0]

    def _now(self) -> int | str:
        if self.rejected:
            return AWAY
        if self.deferred:
            return LATER
        return max(range(len(self.options)), key=lambda k: float(self.value[self.of_option[k][0]].sum()))

    def as_it_is(self) -> Answer | None:
        """The plan with the best supply for it."""
        return self._answer(self._program(self.at, self.at, as_it_is=True))

    def without(self) -> Answer | None:
        """The plan without the unit; None where others cannot do without it."""
        return self._answer(self._program(self.at, None))

    def elsewhere(self, way: int) -> Answer | None:
        """The plan with the unit run another way, at its best start; None where there is no room for it.

        Raises
        ------
        TimeUp
            If the solver has not said which by its limit.
        """
        return self._answer(self._program(self.at, way))

    def _answer(self, form: Form) -> Answer | None:
        fixed = np.flatnonzero(form.lower == form.upper)
        held = hold(form, fixed, form.lower[fixed])
        if held is None:
            return None
        free = replace(held.form, base=0.0)  # the gap is one of what is free
        found = highs.solve(free, gap=GAP, time_limit_s=LIMIT_S, threads=1)
        if found.x is None:
            if found.status == "infeasible":
                return None
            raise TimeUp
        return Answer(found.usd, found.usd - found.bound_usd, held.whole(found.x)[: self.form.columns])

    def _program(self, at: int | str, to: int | str | None, *, as_it_is: bool = False) -> Form:
        """The program of the plan with the unit elsewhere: all else that the plan decides is held."""
        lower, upper = self.form.lower.copy(), self.form.upper.copy()
        value = self.value
        lower[self.fixed] = upper[self.fixed] = value[self.fixed]
        sums: list[tuple[Ints, float]] = []
        if not as_it_is:
            for place, more in ((at, -1), (to, 1)):
                if isinstance(place, str):
                    column = self._column_of(place)
                    lower[column] += more
                    upper[column] += more
            change: dict[int, int] = defaultdict(int)
            for place, more in ((at, -1), (to, 1)):
                if isinstance(place, int):
                    change[place] += more
            for place, more in change.items():
                first, every = self.of_option[place]
                less, greater = place == at, place == to
                lower[every] = np.maximum(value[every] - less, 0.0)
                upper[every] = value[every] + greater
                sums.append((first, float(value[first].sum()) + more))
        form = replace(self.form, lower=lower, upper=upper)
        if to is None:
            form = self._without_one(form)
        return _with_sums(form, sums)

    def _column_of(self, outcome: str) -> int:
        m = self.model.exact.model
        return self.model.index.column((m.rejected if outcome == AWAY else m.deferred)[int(self.rows[0])])

    def _without_one(self, form: Form) -> Form:
        """One unit of the job fewer is asked for."""
        (row,) = self.model.index.rows["assign"][int(self.rows[0])]
        low, high = form.row_lower.copy(), form.row_upper.copy()
        low[row] -= form.row_scale[row]
        high[row] -= form.row_scale[row]
        return replace(form, row_lower=low, row_upper=high)

    def when(self, k: int, found: Answer) -> dict[str, Any]:
        """Start of the unit in an answer, and its end: where units of the job come to be, of those that are there."""
        problem, grid = self.compiled.problem, self.compiled.legend.grid
        first, _ = self.of_option[k]
        more = found.x[first] - self.value[first]
        column = first[int(np.argmax(more if (more > 0.5).any() else found.x[first]))]
        n = int(np.flatnonzero(self.column == column)[0])
        one = placements(
            problem.work, *(np.array([getattr(self.model.exact.placed, a)[n]]) for a in ("option", "start"))
        )
        start = float(grid.edges[one.start[0]])
        end = float(grid.position_hours(one.end)[0] + one.left[0])
        return (
            {"start": grid.when(start), "end": grid.when(end)} if len(self.rows) == 1 else {"start": grid.when(start)}
        )

    def costs(self, found: Answer, least: Answer) -> dict[str, float]:
        """$ by category of one answer more than of another, of what counts."""
        total: dict[str, float] = defaultdict(float)
        for answer, sign in ((found, 1.0), (least, -1.0)):
            made = solution(self.model.problem, self.model.exact, self.model.index, answer.x)
            for (category, _), usd in bill(self.compiled, made).items():
                total[category] += sign * usd
        own = self.scenario.policy.minimise
        return {
            category: usd
            for category, usd in total.items()
            if (counts(category, own) or category in SERVICE) and abs(usd) > LEAST_USD
        }

    def in_the_way(self, way: int) -> tuple[float, str]:
        """The limits that the unit would go over at least if it ran another way: how far in all, relative to each, inf
        if no excess is enough; and in words.
        """
        form = self._program(self.at, way)
        soft, size = _elastic(form, self._bounding())
        found = highs.solve(soft, gap=1e-3, time_limit_s=LIMIT_S, threads=1)
        if found.x is None:
            return math.inf, KEEPS_NONE
        over, under = found.x[form.columns :].reshape(2, -1)
        worst = np.where(over >= under, over, -under)
        rows = np.flatnonzero(np.abs(worst) > EXCESS)
        order = rows[np.argsort(-np.abs(worst[rows]), kind="stable")]
        words = self._named(order, worst * size / form.row_scale) or KEEPS_NONE
        return float(np.abs(worst).sum()), words

    def _bounding(self) -> Ints:
        """Rows that are limits, not what a plan is."""
        kept = np.ones(len(self.form.row_lower), dtype=bool)
        for family in ("assign", "follow"):
            for members in self.model.index.rows.get(family, {}).values():
                kept[members] = False
        return np.flatnonzero(kept)

    def _named(self, rows: Ints, amount: Floats) -> str:
        """Rows in words, those alike as one."""
        of_row = {
            r: (name, key) for name, family in self.model.index.rows.items() for key, own in family.items() for r in own
        }
        said: dict[str, list[tuple[float, str]]] = {}
        for r in rows.tolist():
            name, key = of_row[r]
            label, when = self._label(name, key)
            said.setdefault(label, []).append((float(amount[r]), when))
        parts = []
        for label, where in list(said.items())[:MOST_ROWS]:
            worst, when = max(where, key=lambda each: abs(each[0]))
            beyond = "over" if worst > 0 else "under"
            by = f"{abs(worst):,.4g}"
            if label.startswith(WATTS):
                label, by = f"power of {label.removeprefix(WATTS)}", f"{abs(worst) / WATTS_PER_MW:,.4g} MW of IT"
            parts.append(f"{label}: {beyond} by {by}{f' at {when}' if when else ''}")
        more = len(said) - MOST_ROWS
        return "; ".join(parts) + (f" and {more} more" if more > 0 else "")

    def _label(self, name: str, key: Any) -> tuple[str, str]:
        """What a row is called, and the slot it is of."""
        problem, legend = self.compiled.problem, self.compiled.legend
        if name == "row":
            label, _ = problem.block_of(key)
            slots = problem.rows.cell_slot[problem.rows.cell_row == key]
            when = (
                f"{legend.grid.when(float(legend.grid.edges[int(slots.min())])):%Y-%m-%d %H:%M}" if len(slots) else ""
            )
            return label, when
        if name in ("enough", "alone"):
            return "modules that stand for the whole gang", ""
        return {"present": "its data set there", "stock": "the order of jobs", "switch": "clusters that are on"}.get(
            name, "power of the cluster"
        ), ""


def _model(compiled: Compiled, stored: Stored, rows: Ints) -> tuple[Program, Compiled]:
    """The program of the plan's placements and all of some job rows."""
    work = compiled.problem.work
    option, start, _ = placements_of(stored.plan, compiled)
    own = [allowed(work, int(work.job_options[row]), int(work.job_options[row + 1])) for row in rows]
    options = np.concatenate([option, *(one.option for one in own)])
    problem = only(compiled.problem, options, np.concatenate([start, *(one.start for one in own)]))
    return program(problem), replace(compiled, problem=problem)


def _with_sums(form: Form, sums: list[tuple[Ints, float]]) -> Form:
    """The program with rows that say how much columns come to together."""
    if not sums:
        return form
    number = len(sums)
    row = np.repeat(np.arange(number), [len(columns) for columns, _ in sums])
    column = np.concatenate([columns for columns, _ in sums])
    more = sparse.csr_array((np.ones(len(row)), (row, column)), shape=(number, form.columns))
    value = np.array([value for _, value in sums])
    return replace(
        form,
        matrix=sparse.csr_array(sparse.vstack([form.matrix, more])),
        row_lower=np.concatenate([form.row_lower, value]),
        row_upper=np.concatenate([form.row_upper, value]),
        row_scale=np.concatenate([form.row_scale, np.ones(number)]),
    )


def _elastic(form: Form, rows: Ints) -> tuple[Form, Floats]:
    """The program that goes over some rows as little as possible, each relative to its size; and these sizes, (R,)."""
    number = form.matrix.shape[0]
    low, high = form.row_lower, form.row_upper
    size = np.maximum(1.0, np.maximum(*(np.where(np.isfinite(side), np.abs(side), 0.0) for side in (low, high))))
    soft = np.isin(np.arange(number), rows)
    scale = sparse.diags_array(np.where(soft, size, 0.0), format="csr")
    columns = form.columns + 2 * number
    usd = np.concatenate([np.zeros(form.columns), np.ones(2 * number)])
    return Form(
        cost=usd, offset=0.0, base=0.0,
        lower=np.concatenate([form.lower, np.zeros(2 * number)]),
        upper=np.concatenate([form.upper, np.where(np.tile(soft, 2), np.inf, 0.0)]),
        integer=np.concatenate([form.integer, np.zeros(2 * number, dtype=bool)]),
        matrix=sparse.csr_array(sparse.hstack([form.matrix, -scale, scale], format="csr")),
        row_lower=low, row_upper=high, cost_scale=1.0, row_scale=np.ones(number), units=float(columns),
    ), size  # fmt: skip
