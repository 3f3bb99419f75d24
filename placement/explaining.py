"""Why a job is where it is: every place for one unit of it, with what it costs there or the rule that excludes it.

One unit is looked at: one that is not placed if there is any, else one that is. The rest of the plan stays as it is,
in time and place, and so does what is built; power, batteries, flows and what is switched on follow anew. For each way
to run the unit a small mixed-integer program finds its best start. What it costs is what the whole plan costs with it
there less what it costs without it; where others wait for it and cannot do without, only differences are told. Where
none fits, the smallest excess over limits says what is in its way.
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
from placement.compile.legend import REASONS
from placement.compile.ways import OK, START
from placement.errors import PlacementError
from placement.kernels.placements import allowed, placements
from placement.kernels.work import Floats, Ints
from placement.loader.wording import did_you_mean
from placement.models import highs
from placement.models.form import Form
from placement.models.held import hold
from placement.models.program import Program, program
from placement.models.read import placement_columns, solution
from placement.money import BOUNDARIES, SERVICE
from placement.search.sifting import only
from placement.search.warm import placements_of

if TYPE_CHECKING:
    import pandas as pd

    from placement.folder import Stored

HERE, POSSIBLE, FULL, EXCLUDED = "is there", "possible", "no room", "excluded"
"""What is said of a place."""

AWAY, LATER = "(turned away)", "(put off)"

GAP, LIMIT_S = 1e-7, 30.0
"""Of each program."""

EXCESS = 1e-5
"""Of a limit, relative to its size, from which it is in the way."""

KEEPS_NONE = "all else as it is, no start keeps the rules"

MOST_ROWS = 4
"""Limits that are named."""

COLUMNS = ["place", "verdict", "units", "start", "end", "usd", "extra_usd", "reason"]


@dataclass(frozen=True)
class JobExplanation:
    """What becomes of a job, and what else could."""

    job: str
    count: int
    """Units asked for; placed, put off and turned away as in the plan."""
    placed: int
    deferred: int
    rejected: int
    candidates: pd.DataFrame
    """Places for one unit, cheapest first: place, verdict (`is there`, `possible`, `no room`, `excluded`), units of the
    job there now, best start and end of the unit, $ that it adds to the plan (nan where others cannot do without it), $
    more than where it is, and the reason.
    """
    costs: pd.DataFrame
    """Of what the unit adds at each place, or more than where it is, $ by category: place, category, usd."""
    advice: str
    """Of a unit that is not placed, the cheapest change that would get it in; else whether it has a cheaper place."""


def explain_job(stored: Stored, job: str) -> JobExplanation:
    """Every place for one unit of a job of a plan.

    Parameters
    ----------
    stored : Stored
        As `placement.read_plan` gives it.
    job : str
        Its name.

    Returns
    -------
    JobExplanation

    Raises
    ------
    PlacementError
        If there is no such job.
    SolverError
        If the solver fails for a reason of its own.
    """
    names = [str(name) for name in stored.scenario.jobs["job"]]
    if job not in names:
        raise PlacementError(
            f"there is no job '{job}'. {did_you_mean(job, names, 'See `placement show --table jobs`.')}"
        )
    return _Around(stored, names.index(job)).explanation()


class _Around:
    """A plan around one unit of a job."""

    def __init__(self, stored: Stored, number: int):
        compiled = compile_scenario(stored.scenario)
        self.number, self.plan, self.scenario = number, stored.plan, stored.scenario
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
        column = np.array([self.model.index.column(variable) for variable in every], dtype=np.int64)
        number = np.array([found.get(variable.name, 0) for variable in every], dtype=np.float64)
        return column[column >= 0], number[column >= 0]

    def explanation(self) -> JobExplanation:
        """All places of the unit."""
        import pandas as pd

        at = self._now()
        now, without = self._solve(at, at, as_it_is=True), self._solve(at, None)
        if now is None:
            raise PlacementError("the plan breaks rules of its scenario; `placement verify` says which.")
        least, rows, costs = without or now, [], []
        base = math.nan if without is None else now.usd - without.usd
        for k, place in enumerate(self.compiled.legend.option_names(self.options).tolist()):
            first, _ = self.of_option[k]
            units = int(self.value[first].sum())
            row: dict[str, Any] = {"place": str(place), "units": units, "reason": ""}
            if len(first) == 0:
                rows.append(row | {"verdict": EXCLUDED, "reason": REASONS[START]})
                continue
            found = now if k == at else self._solve(at, k)
            if found is None:
                row |= {"verdict": FULL, "reason": self._in_the_way(at, k)}
            else:
                usd = math.nan if without is None else found.usd - without.usd
                row |= {"verdict": HERE if k == at else POSSIBLE, "usd": usd, "extra_usd": found.usd - now.usd}
                row |= self._when(k, found)
                costs += self._costs(str(place), found, least)
            rows.append(row)
        rows += self._away(at, base) + self._excluded()
        frame = pd.DataFrame(rows, columns=COLUMNS)
        order = {HERE: 0, POSSIBLE: 1, FULL: 2, EXCLUDED: 3}
        frame = frame.iloc[
            np.lexsort((frame["usd"].to_numpy(dtype=np.float64), frame["verdict"].map(order).to_numpy()))
        ]
        frame = frame.astype({"units": "int64", "usd": "float64", "extra_usd": "float64"}).reset_index(drop=True)
        return JobExplanation(
            str(self.scenario.jobs["job"][self.number]), self.count, self.placed, self.deferred, self.rejected, frame,
            pd.DataFrame(costs, columns=["place", "category", "usd"]), self._advice(frame),
        )  # fmt: skip

    def _now(self) -> int | str:
        """Where the unit is: number of a way to run it, AWAY or LATER."""
        if self.rejected:
            return AWAY
        if self.deferred:
            return LATER
        return max(range(len(self.options)), key=lambda k: float(self.value[self.of_option[k][0]].sum()))

    def _solve(self, at: int | str, to: int | str | None, *, as_it_is: bool = False) -> _Answer | None:
        """The plan with the unit taken from where it is and put elsewhere (None: nowhere); None where rules forbid."""
        held = self._held(at, to, as_it_is=as_it_is)
        if held is None:
            return None
        found = highs.solve(held.form, gap=GAP, time_limit_s=LIMIT_S, threads=1)
        return None if found.x is None else _Answer(found.usd, held.whole(found.x)[: self.form.columns])

    def _held(self, at: int | str, to: int | str | None, *, as_it_is: bool = False) -> Any:
        form = self._program(at, to, as_it_is=as_it_is)
        fixed = np.flatnonzero(form.lower == form.upper)
        return hold(form, fixed, form.lower[fixed])

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

    def _when(self, k: int, found: _Answer) -> dict[str, Any]:
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

    def _costs(self, place: str, found: _Answer, least: _Answer) -> list[dict[str, Any]]:
        """$ by category that the unit adds."""
        inside = {*BOUNDARIES[self.scenario.policy.minimise], *SERVICE}
        total: dict[str, float] = defaultdict(float)
        for answer, sign in ((found, 1.0), (least, -1.0)):
            made = solution(self.model.problem, self.model.exact, self.model.index, answer.x)
            for (category, _), usd in bill(self.compiled, made).items():
                total[category] += sign * usd
        return [
            {"place": place, "category": category, "usd": usd}
            for category, usd in total.items()
            if category in inside and abs(usd) > 1e-6
        ]

    def _away(self, at: int | str, base: float) -> list[dict[str, Any]]:
        """Being turned away and being put off, where these are possible: not where others wait for it."""
        problem, first, rows = self.compiled.problem, int(self.rows[0]), []
        each = ((AWAY, problem.reject_usd[first], self.rejected), (LATER, problem.defer_usd[first], self.deferred))
        for place, usd, units in each:
            if not math.isfinite(usd) or (math.isnan(base) and at != place):
                continue
            verdict = HERE if at == place else POSSIBLE
            rows.append({"place": place, "verdict": verdict, "units": units, "usd": usd, "extra_usd": usd - base})
        return [{"reason": "", **row} for row in rows]

    def _excluded(self) -> list[dict[str, Any]]:
        """Pools on which the job may not run, and the rules that say so."""
        legend = self.compiled.legend
        named = {int(pool) for pool in legend.parts(self.options)[1]} if len(self.options) else set()
        return [
            {"place": legend.pool_name(pool), "verdict": EXCLUDED, "units": 0, "reason": REASONS[int(code)]}
            for pool, code in enumerate(legend.reasons[self.number].tolist())
            if code != OK and pool not in named
        ]

    def _in_the_way(self, at: int | str, to: int) -> str:
        """The limits that the unit would go over at least there, all else as it is."""
        form = self._program(at, to)
        soft, size = _elastic(form, self._bounding())
        found = highs.solve(soft, gap=1e-3, time_limit_s=LIMIT_S, threads=1)
        if found.x is None:
            return KEEPS_NONE
        over, under = found.x[form.columns :].reshape(2, -1)
        worst = np.where(over >= under, over, -under)
        rows = np.flatnonzero(np.abs(worst) > EXCESS)
        order = rows[np.argsort(-np.abs(worst[rows]), kind="stable")]
        return self._named(order, worst * size / form.row_scale) or KEEPS_NONE

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
            parts.append(f"{label}: {beyond} by {abs(worst):,.4g}{f' at {when}' if when else ''}")
        more = len(said) - MOST_ROWS
        return "; ".join(parts) + (f" and {more} more" if more > 0 else "")

    def _label(self, name: str, key: Any) -> tuple[str, str]:
        """What a row is called, and the slot it is of."""
        problem, legend = self.compiled.problem, self.compiled.legend
        if name == "row":
            label, _ = max((block for block in problem.row_blocks if block[1] <= key), key=lambda block: block[1])
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

    def _advice(self, frame: pd.DataFrame) -> str:
        """What would get it in, or whether another place is cheaper."""
        there = frame[frame["verdict"] == POSSIBLE]
        inside = there[~there["place"].isin([AWAY, LATER])].sort_values("usd", kind="stable")
        if self.rejected or self.deferred:
            verb = "turning it away" if self.rejected else "putting it off"
            usd = float(frame.loc[frame["verdict"] == HERE, "usd"].iloc[0])
            if len(inside):
                best = inside.iloc[0]
                if best["usd"] < usd:
                    return (
                        f"A unit would save ${usd - best['usd']:,.2f} at {best['place']}, all else as it is: the "
                        "plan's gap leaves room for that. Solve again with a smaller gap."
                    )
                return (
                    f"A unit would run at {best['place']} if {verb} cost more than ${best['usd']:,.2f} instead of "
                    f"${usd:,.2f}, all else as it is."
                )
            full = frame[frame["verdict"] == FULL]
            if len(full):
                return (
                    f"There is no room for a unit, all else as it is. Least is missing at {full.iloc[0]['place']}: "
                    + str(full.iloc[0]["reason"])
                )
            return f"It fits nowhere: {self.compiled.legend.why_nowhere(self.number)}."
        cheaper = there[there["extra_usd"] < -0.005].sort_values("extra_usd", kind="stable")
        if len(cheaper):
            best = cheaper.iloc[0]
            return (
                f"A unit would cost ${-best['extra_usd']:,.2f} less at {best['place']}, all else as it is: the plan's "
                "gap leaves room for that."
            )
        return "No other place is cheaper for one unit, all else as it is."


@dataclass(frozen=True)
class _Answer:
    """$ of the whole plan, and columns."""

    usd: float
    x: Floats


def _model(compiled: Compiled, stored: Stored, rows: Ints) -> tuple[Program, Compiled]:
    """The program of the plan's placements and all of some job rows."""
    work = compiled.problem.work
    slots = work.slots
    option, start, _ = placements_of(stored.plan, compiled)
    own = [allowed(work, int(work.job_options[row]), int(work.job_options[row + 1])) for row in rows]
    key = np.unique(np.concatenate([option * slots + start, *(one.option * slots + one.start for one in own)]))
    problem = replace(compiled.problem, work=only(work, key // slots, key % slots))
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
