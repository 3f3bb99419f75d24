"""One future at a time, for every kind of scenario: compiled, carried out, settled, and checked by the verifier."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from placement.answer import plan_of
from placement.bill import bill
from placement.compile import Compiled, compile_scenario
from placement.errors import PlacementError, ScenarioError
from placement.footprint import footprint
from placement.futures.at_once import patience_slots
from placement.futures.carried import Outcome, Task, carry_out, room_of
from placement.futures.draw import Drawing, Future
from placement.futures.groups import Grouped
from placement.futures.lengths import factors
from placement.futures.realised import Realised, realised
from placement.kernels.futures import ON_TIME, Lengths
from placement.kernels.placements import end_hours, placements
from placement.kernels.work import Ints
from placement.models import highs
from placement.models.held import hold
from placement.models.program import program
from placement.models.read import added_columns, solution
from placement.models.rows import Unsatisfiable
from placement.plan import Plan
from placement.problem import Fleet, Problem
from placement.schema import Scenario, Uncertainty
from placement.search.core_model import Chosen
from placement.search.given import Given, assignment_of
from placement.search.sifting import only
from placement.solution import Solution, of_runs
from placement.timegrid import timegrid
from placement.verifier import verify

GAP, NODES = 1e-6, 100_000
"""Of what settles a future: power, flows and data sets anew around what runs."""

Built = dict[tuple[int, int, int], int]
"""Modules by kind, vehicle and order, as the problem has them."""


@dataclass(frozen=True)
class Single:
    """What became of a plan in a future; the names are those of `kernels.futures.Carried`."""

    usd: float
    """nan: nothing could be settled."""
    away_usd: float
    missed_usd: float
    tonnes: float
    late_hours: float
    away: int
    missed: int
    elsewhere: int
    placed: Ints
    """(G,) units of each group,"""
    on_time: Ints
    """and those of them that end by their deadline."""
    unsettled: str = ""
    """Why there is no cost."""
    plan: Plan | None = None
    realised: Realised | None = None


@dataclass(frozen=True)
class OneByOne:
    """A plan ready for futures."""

    compiled: Compiled
    plan: Plan
    grouped: Grouped
    lengths: Lengths
    late: Ints
    loss: Ints
    drawing: Drawing
    seed: int

    def run(self, number: int, *, keep: bool = False) -> tuple[Future, Single]:
        """What becomes of the plan in a future; with `keep` the plan that is carried out goes with it."""
        future = self.drawing.future(number)
        scenario, grouped = self.compiled.legend.scenario, self.grouped
        factor = factors(self.lengths, self.late, self.loss, grouped.key, number, self.seed)
        try:
            there = realised(scenario, self.plan, grouped, self.drawing.histories, future, factor)
        except ScenarioError as error:
            return future, self._unsettled(f"what is drawn makes no scenario: {error}")
        return future, self._carried(there, keep)

    def _carried(self, there: Realised, keep: bool) -> Single:
        compiled = compile_scenario(there.scenario)
        built, flown = built_of(compiled, self.plan)
        tasks, groups = self._tasks(compiled, there)
        room = room_of(compiled.problem, built)
        count = len(tasks)
        while True:
            outcome = carry_out(compiled, room, tasks[:count])
            away = outcome.away.copy()
            for task in tasks[count:]:
                away[task.row] += task.units if compiled.problem.previous[task.row] < 0 else 0
            found = settled(compiled, outcome.chosen, self._gone(compiled, there, away), built, flown)
            if found is not None or count == 0:
                break
            count //= 2
        if found is None:
            return self._unsettled("no way to run its clusters was found, not even without jobs")
        made = plan_of(compiled, found, bill(compiled, found))
        checked = verify(there.scenario, made)
        if not checked.ok:
            raise PlacementError(
                f"a plan that was carried out breaks a rule: {checked.findings[0]}. This is a fault of the program; "
                "please report it with the scenario."
            )
        return self._told(compiled, there, tasks, groups, outcome, made, checked.cost_usd, keep)

    def _tasks(self, compiled: Compiled, there: Realised) -> tuple[list[Task], Ints]:
        """What is to be placed, and (tasks,) which group each is of; -1: one that the plan does not know of."""
        given = self.compiled.legend.scenario.uncertainty or Uncertainty()
        legend, base = compiled.legend, self.compiled.legend
        patience = patience_slots(given.recourse.patience_hours, float(legend.grid.slot_hours.min()))
        first = np.searchsorted(legend.job, np.arange(len(there.scenario.jobs)))
        grouped = self.grouped
        mine = np.flatnonzero((grouped.option >= 0) & (there.row >= 0) & (there.units > 0))
        names = base.option_names(grouped.option[mine]).tolist()
        others = base.option_names(grouped.others).tolist() if len(grouped.others) else []
        tasks, group = [], []
        for g, name in zip(mine.tolist(), names, strict=True):
            row = int(first[there.row[g]]) + int(base.segment[grouped.row[g]])
            other = tuple(others[grouped.first_other[g] : grouped.first_other[g + 1]])
            tasks.append(Task(row, name, other, int(grouped.start[g]), int(there.units[g]), patience))
            group.append(g)
        for job in there.more.tolist():
            row = int(first[job])
            options = np.arange(*compiled.problem.work.job_options[row : row + 2])
            usd = compiled.problem.work.option_usd[options]
            other = tuple(legend.option_names(options[np.argsort(usd, kind="stable")]).tolist()) if len(options) else ()
            segments = int(np.sum(legend.job == job))
            for segment in range(segments):
                tasks.append(Task(row + segment, "", other, 0, int(there.scenario.jobs["count"][job]), 0))
                group.append(-1)
        return tasks, np.array(group, dtype=np.int64)

    def _gone(self, compiled: Compiled, there: Realised, away: Ints) -> Ints:
        """(J,) units of first segments that are not placed, those for which there is no task with them."""
        legend = compiled.legend
        first = np.searchsorted(legend.job, np.arange(len(there.scenario.jobs)))
        result = away.copy()
        without = self.grouped.option < 0
        for g in np.flatnonzero(without & (there.row >= 0)).tolist():
            result[first[there.row[g]]] += there.units[g]
        return result

    def _told(
        self,
        compiled: Compiled,
        there: Realised,
        tasks: list[Task],
        groups: Ints,
        outcome: Outcome,
        made: Plan,
        usd: float,
        keep: bool,
    ) -> Single:
        problem, legend, grouped = compiled.problem, compiled.legend, self.grouped
        chosen = outcome.chosen
        end = end_hours(problem.work, placements(problem.work, chosen.option, chosen.start))
        row = np.array([task.row for task in tasks], dtype=np.int64)[outcome.task]
        last = np.append(problem.previous[1:] < 0, True)[row]
        job, group = legend.job[row], groups[outcome.task]
        known = group >= 0
        names = legend.option_names(chosen.option) if len(chosen.option) else np.zeros(0, dtype=object)
        planned = np.array([task.option for task in tasks], dtype=object)[outcome.task]
        missed = last & (end > there.deadline[job] + ON_TIME)
        units = chosen.count
        placed, on_time = (np.zeros(len(grouped.key), dtype=np.int64) for _ in range(2))
        np.add.at(placed, group[known], units[known])
        np.add.at(on_time, group[known & ~missed], units[known & ~missed])
        ends = np.where(known & last, np.maximum(end - grouped.end[group], 0.0), 0.0)
        missed_usd = (
            float((units * there.miss_usd[job])[missed].sum())
            * (self.compiled.legend.scenario.uncertainty or Uncertainty()).recourse.missed
        )
        reject = problem.reject_usd[problem.previous < 0]
        gone = np.where(reject > 0, made.jobs["rejected"].to_numpy() * np.where(np.isfinite(reject), reject, 0.0), 0.0)
        firsts = np.array([problem.previous[task.row] < 0 for task in tasks], dtype=bool)
        want = sum(task.units for task, g, head in zip(tasks, groups, firsts, strict=True) if head and g >= 0)
        have = int(units[known & (problem.previous[row] < 0)].sum())
        return Single(
            usd=usd + missed_usd, away_usd=float(gone.sum()), missed_usd=missed_usd,
            tonnes=_energy_t(there.scenario, made),
            late_hours=float((ends * units).sum()), away=want - have, missed=int(units[missed].sum()),
            elsewhere=int(units[known & (names != planned) & (problem.previous[row] < 0)].sum()),
            placed=placed, on_time=on_time,
            plan=made if keep else None, realised=there if keep else None,
        )  # fmt: skip

    def _unsettled(self, why: str) -> Single:
        none = np.zeros(len(self.grouped.key), dtype=np.int64)
        return Single(np.nan, np.nan, np.nan, np.nan, np.nan, 0, 0, 0, none, none, why)


def _energy_t(scenario: Scenario, plan: Plan) -> float:
    """tCO2e of energy."""
    found = footprint(scenario, timegrid(scenario.horizon), plan)
    return float(found[["grid_t", "gas_t", "sun_wind_t"]].to_numpy().sum())


def built_of(compiled: Compiled, plan: Plan) -> tuple[Built, dict[tuple[int, int, int], int]]:
    """Modules of a plan and flights, by (vehicle, plane, period), as they are in a future.

    What cannot be ordered any more, by its dates or numbers, is not made. Flights are as many as planned, more where
    modules have become heavier, as far as they are open; modules that find no flight stay down, and a flight that has
    nothing to lift is not flown; neither is paid.
    """
    problem, legend = compiled.problem, compiled.legend
    scenario, supply = legend.scenario, problem.supply
    vehicles = {vehicle.name: v for v, vehicle in enumerate(scenario.vehicles)}
    modules = {(c.name, m.name): k for k, (c, m) in enumerate((c, m) for c in scenario.clusters for m in c.modules)}
    planes = {(legend.sites[c].cluster.name, plane): n for n, (c, plane) in enumerate(legend.planes)}
    built: Built = {}
    columns = ["cluster", "module", "vehicle", "period", "number"]
    for cluster, name, vehicle, period, number in plan.builds[columns].itertuples(index=False):
        k = modules[cluster, name]
        module = supply.modules[k]
        lifts, periods = module.vehicles.tolist(), module.periods.tolist()
        v = vehicles.get(vehicle, -1)
        if period not in periods or (lifts and v not in lifts):
            continue
        key = (k, lifts.index(v) if lifts else 0, periods.index(period))
        mine = [each for each in built if each[0] == k]
        left = module.most - sum(built[each] for each in mine)
        left = min(left, int(module.most_per_period[key[2]]) - sum(built[each] for each in mine if each[2] == key[2]))
        if min(int(number), left) > 0:
            built[key] = min(int(number), left)
    fleet = supply.fleet
    if fleet is None:
        return built, {}
    flown: dict[tuple[int, int, int], int] = {}
    columns = ["vehicle", "cluster", "plane", "period", "flights"]
    for vehicle, cluster, plane, period, number in plan.launches[columns].itertuples(index=False):
        flown[vehicles[vehicle], planes[cluster, plane], int(period)] = int(number)
    loads: dict[tuple[int, int, int], list[tuple[int, int, int]]] = {}
    for key in sorted(built):
        if supply.modules[key[0]].plane >= 0:
            loads.setdefault(_flight(problem, key), []).append(key)
    open_ = Open(fleet)
    result = {key: open_.take(key, flown.get(key, 0)) for key in sorted(loads)}
    for key, mine in sorted(loads.items()):
        while mine and not _fits(problem, key[0], key[1], result[key], {each: built[each] for each in mine}):
            if open_.take(key, 1):
                result[key] += 1
                continue
            most = max(mine, key=lambda each: supply.modules[each[0]].mass_kg * built[each])
            built[most] -= 1
            if built[most] == 0:
                del built[most]
                mine.remove(most)
        if not mine:
            result[key] = 0
    return built, result


class Open:
    """Flights that are open, and that limits on several vehicles leave."""

    def __init__(self, fleet: Fleet):
        self.left = fleet.flights.copy()
        self.limits = [(which, most.copy()) for which, most in fleet.limits]

    def take(self, key: tuple[int, int, int], number: int) -> int:
        """Of so many flights of a vehicle to a plane in a period those that there are; they are taken."""
        v, plane, period = key
        mine = [most for which, most in self.limits if which[v, plane]]
        got = max(0, min([number, int(self.left[v, period]), *(int(most[period]) for most in mine)]))
        self.left[v, period] -= got
        for most in mine:
            most[period] -= got
        return got


def _flight(problem: Problem, key: tuple[int, int, int]) -> tuple[int, int, int]:
    """Vehicle, plane and period that an order flies with."""
    module = problem.supply.modules[key[0]]
    return int(module.vehicles[key[1]]), int(module.plane), int(module.periods[key[2]])


def _fits(problem: Problem, v: int, plane: int, flights: int, built: Built) -> bool:
    """Whether so many flights lift these modules."""
    supply = problem.supply
    fleet = supply.fleet
    mass = sum(supply.modules[k].mass_kg * number for (k, _, _), number in built.items())
    volume = sum(supply.modules[k].volume_m3 * number for (k, _, _), number in built.items())
    assert fleet is not None
    most = flights * (1 + 1e-9)
    if mass > fleet.payload[v, plane] * most or (volume > 0 and volume > fleet.volume[v] * most):
        return False
    return all(number <= fleet.each(supply.modules[k], v) * flights for (k, _, _), number in built.items())


def settled(
    compiled: Compiled, chosen: Chosen, gone: Ints, built: Built, flown: dict[tuple[int, int, int], int]
) -> Solution | None:
    """All that is decided beside what runs and what is built, at least cost; None where nothing keeps the rules."""
    none = np.zeros_like(gone)
    if compiled.problem.only_runs:
        return of_runs(compiled.problem, chosen.option, chosen.start, chosen.count, gone, none)
    problem = only(compiled.problem, chosen.option, chosen.start)
    try:
        model = program(problem)
    except Unsatisfiable:
        return None
    placed = assignment_of(model, Given(chosen, gone, none, "future"))
    columns, values = model.columns_of(placed.units, gone, none)
    m = model.exact.model
    added = added_columns(m, model.index)
    number = np.array([of.get(key, 0) for family, of in ((m.build, built), (m.fly, flown)) for key in family])
    columns = np.concatenate([columns, added[added >= 0]])
    values = np.concatenate([values, number[added >= 0]])
    held = hold(model.form, columns, values)
    if held is None:
        return None
    # Not by `steps.complete`: to that a solver that fails is no plan, and here runs would be left out for it.
    found = highs.solve(replace(held.form, base=0.0), gap=GAP, node_limit=NODES, threads=1)
    if found.x is None:
        return None
    return solution(problem, model.exact, model.index, held.whole(found.x)[: model.form.columns])
