"""From the solver's columns back to decisions."""

from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from placement.kernels.placements import ranges
from placement.kernels.work import Floats, Ints
from placement.models.exact import Exact
from placement.models.form import Index
from placement.problem import Problem
from placement.solution import PlantUse, Solution

LEAST_FLOW = 1e-6
"""Accelerators; a flow that holds fewer on a cluster does not commit it."""

FLIGHT_TOLERANCE = 1e-6
"""Share of a load that it may be over by rounding."""


class Columns:
    """Values of Pyomo variables in a solver's answer."""

    def __init__(self, index: Index, x: Floats):
        self.index, self.x = index, x

    def __call__(self, variable: Any) -> float:
        """Value of a variable; its lower bound if it stands in no constraint and costs nothing."""
        column = self.index.column(variable)
        if column >= 0:
            return float(self.x[column])
        return float(variable.lb or 0.0)

    def whole(self, variable: Any) -> int:
        """Nearest whole value."""
        return round(self(variable))


def placement_columns(exact: Exact, index: Index) -> Ints:
    """(N,) column of each placement; -1 for none."""
    return np.array([index.column(v) for v in exact.model.x.values()], dtype=np.int64)


def added_columns(m: pyo.ConcreteModel, index: Index) -> Ints:
    """(n,) column of each number of modules, then of each number of flights, in the model's order; -1 for none."""
    variables = [variable for family in (m.build, m.fly) for variable in family.values()]
    return np.array([index.column(variable) for variable in variables], dtype=np.int64)


def units_of(jobs: int, exact: Exact, index: Index, x: Floats) -> tuple[Ints, Ints, Ints]:
    """Units of each placement, and of each of `jobs` job rows rejected and deferred, in an answer of the solver."""
    get = Columns(index, x)
    columns = placement_columns(exact, index)
    units = np.where(columns >= 0, np.round(x[columns]), 0).astype(np.int64) if len(columns) else columns
    outcomes = []
    for variables in (exact.model.rejected, exact.model.deferred):
        values = np.zeros(jobs, dtype=np.int64)
        for j in variables.index_set():
            values[j] = get.whole(variables[j])
        outcomes.append(values)
    return units, outcomes[0], outcomes[1]


def solution(problem: Problem, exact: Exact, index: Index, x: Floats) -> Solution:
    """The decisions in an answer of the solver, whole numbers rounded."""
    m, get = exact.model, Columns(index, x)
    units, rejected, deferred = units_of(problem.work.jobs, exact, index, x)
    used = np.flatnonzero(units > 0)
    slots, ticks = range(problem.work.slots), range(len(problem.tick_slot))
    plants = tuple(
        PlantUse(
            _grid(get, m.source, c, len(plant.sources), ticks),
            _grid(get, m.charge, c, len(plant.stores), ticks),
            _grid(get, m.discharge, c, len(plant.stores), ticks),
        )
        for c, plant in enumerate(problem.supply.plants)
    )
    built = []
    for k, module in enumerate(problem.supply.modules):
        number = np.zeros((max(len(module.vehicles), 1), len(module.periods)), dtype=np.int64)
        for v in range(number.shape[0]):
            for q in range(number.shape[1]):
                if (k, v, q) in m.build:
                    number[v, q] = get.whole(m.build[k, v, q])
        built.append(number)
    fleet = problem.supply.fleet
    flown = np.zeros((0, 0, 0), dtype=np.int64)
    if fleet is not None:
        flown = np.zeros((*fleet.payload.shape, fleet.flights.shape[1]), dtype=np.int64)
        for v, n, q in m.fly.index_set():
            flown[v, n, q] = get.whole(m.fly[v, n, q])
        flown = np.minimum(flown, _fewest_flights(problem, built, flown.shape))
    flow = np.zeros((len(problem.flows.way_flow), problem.work.slots))
    for w, t in m.flow.index_set():
        flow[w, t] = max(get(m.flow[w, t]), 0.0)
    held = _held_meters(problem, exact.placed.option[used], np.flatnonzero((flow > LEAST_FLOW).any(axis=1)))
    opened = tuple(
        np.array([get.whole(m.open[g, t]) > 0 for t in slots], dtype=bool)
        if gate.per_slot
        else np.array([held[_meters_of(problem, gate.rows)].any()])
        for g, gate in enumerate(problem.supply.gates)
    )
    return Solution(
        option=exact.placed.option[used],
        start=exact.placed.start[used],
        count=units[used],
        rejected=rejected,
        deferred=deferred,
        plants=plants,
        opened=opened,
        moved=np.array([get.whole(m.move[d]) > 0 for d in range(len(problem.supply.moves))], dtype=bool),
        built=tuple(built),
        flown=flown,
        flow=flow,
        unmet=_unmet(problem, flow),
    )


def _fewest_flights(problem: Problem, built: list[Ints], shape: tuple[int, ...]) -> Ints:
    """Flights that what is built needs: where they cost nothing, the solver has some fly empty."""
    fleet = problem.supply.fleet
    assert fleet is not None
    mass, volume, most = np.zeros((3, *shape))
    for module, number in zip(problem.supply.modules, built, strict=True):
        if module.plane < 0:
            continue
        for k, v in enumerate(module.vehicles.tolist()):
            at = v, module.plane, module.periods
            mass[at] += module.mass_kg * number[k]
            volume[at] += module.volume_m3 * number[k]
            most[at] = np.maximum(most[at], number[k] / fleet.each(module, v))
    by_mass = np.divide(mass, fleet.payload[:, :, None], out=np.zeros(shape), where=mass > 0)
    by_volume = np.where(volume > 0, volume / fleet.volume[:, None, None], 0.0)
    fewest = np.ceil(np.maximum(np.maximum(by_mass, by_volume), most) * (1 - FLIGHT_TOLERANCE))
    return np.asarray(fewest, dtype=np.int64)


def _held_meters(problem: Problem, options: Ints, ways: Ints) -> NDArray[np.bool_]:
    """(M,) meters in which any of the options or ways to serve a flow count."""
    held = np.zeros(problem.meters, dtype=bool)
    for first, meters, members in (
        (problem.work.option_uses, problem.work.use_meter, np.unique(options)),
        (problem.flows.way_uses, problem.flows.use_meter, ways),
    ):
        held[meters[ranges(first[members], np.diff(first)[members])]] = True
    return held


def _meters_of(problem: Problem, rows: Ints) -> Ints:
    """Meters that are read in some rows."""
    return np.unique(problem.rows.cell_meter[np.isin(problem.rows.cell_row, rows)])


def _grid(get: Columns, variables: Any, plant: int, count: int, ticks: range) -> Floats:
    return np.array([[max(get(variables[plant, i, k]), 0.0) for k in ticks] for i in range(count)]).reshape(
        count, len(ticks)
    )


def _unmet(problem: Problem, flow: Floats) -> Floats:
    """Demand that flows leave; never below 0."""
    flows = problem.flows
    served = np.zeros_like(flows.demand)
    if len(flows.way_flow):
        np.add.at(served, flows.way_flow, flows.way_rate * flow)
    return np.maximum(flows.demand - served, 0.0)
