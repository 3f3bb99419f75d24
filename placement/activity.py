"""How full each row is under a solution: what placements, flows and supply add up to."""

import numpy as np

from placement.kernels.placements import ranges, share, window
from placement.kernels.work import STAGE, START, UNLOAD, Floats
from placement.problem import Plant, Problem, Tally
from placement.solution import PlantUse, Solution, meter_readings


def transfer_readings(problem: Problem, solution: Solution) -> Floats:
    """(M, T): what transfers and payments at starts, and moves of data sets, add to meters."""
    work = problem.work
    placed = solution.placed(work)
    result = np.zeros((problem.meters, work.slots))
    uses = np.diff(work.option_uses)[placed.option]
    use = ranges(work.option_uses[placed.option], uses)
    who = np.repeat(np.arange(len(placed)), uses)
    for kind in (START, STAGE, UNLOAD):
        mine = np.flatnonzero(work.use_kind[use] == kind)
        u, w = use[mine], who[mine]
        if kind == START:
            np.add.at(result, (work.use_meter[u], placed.start[w]), work.use_amount[u] * solution.count[w])
            continue
        some = placed.some(w)
        begin, end = window(work, kind, some)
        units = share(work, kind, work.use_link[u], work.use_amount[u], some) * solution.count[w]
        length = end - begin
        np.add.at(result, (np.repeat(work.use_meter[u], length), ranges(begin, length)), np.repeat(units, length))
    for move, moved in zip(problem.supply.moves, solution.moved, strict=True):
        if moved and move.meter >= 0:
            result[move.meter, : move.until] += move.share
    return result


def row_activity(problem: Problem, solution: Solution, readings: Floats | None = None) -> Floats:
    """(R,): the body of each row without penalties, supply's part included; it is to lie in [lower, upper]."""
    rows = problem.rows
    if readings is None:
        readings = meter_readings(problem, solution)
    readings = readings + transfer_readings(problem, solution)
    values = readings[rows.cell_meter, rows.cell_slot] * rows.cell_weight
    body: Floats = np.bincount(rows.cell_row, values, len(rows)).astype(np.float64)
    supply = problem.supply
    for plant, use in zip(supply.plants, solution.plants, strict=True):
        np.add.at(body, plant.load_rows, -load_mw(problem, plant, use, solution))
    for gate, opened in zip(supply.gates, solution.opened, strict=True):
        state = opened if gate.per_slot else np.full(problem.work.slots, opened[0])
        np.add.at(body, gate.rows, -gate.most * state[None, :])
    for module, number in zip(supply.modules, solution.built, strict=True):
        units = np.repeat(number.ravel(), np.diff(module.first))
        np.add.at(body, module.rows, -module.amount * units)
    for tally in supply.tallies:
        np.add.at(body, tally.rows, _tallied(problem, solution, tally))
    return body


def load_mw(problem: Problem, plant: Plant, use: PlantUse, solution: Solution) -> Floats:
    """(T,): IT power that a plant's sources and batteries serve, from its balance, the lowest tick of each slot."""
    net = use.source.sum(axis=0) + use.discharge.sum(axis=0) - use.charge.sum(axis=0)
    idle = np.full(problem.work.slots, plant.idle_mw)
    for gate, opened in zip(problem.supply.gates, solution.opened, strict=True):
        if gate.per_slot and gate.cluster == plant.cluster:
            idle = idle * opened
    served = (net - idle[problem.tick_slot]) / plant.pue
    result = np.full(problem.work.slots, np.inf)
    np.minimum.at(result, problem.tick_slot, served)
    return result


def _tallied(problem: Problem, solution: Solution, tally: Tally) -> Floats:
    """(T,): what supply adds to a limit of dollars or tonnes in each slot."""
    slots = problem.work.slots
    total = np.zeros(slots)
    for plant, use in zip(problem.supply.plants, solution.plants, strict=True):
        if plant.cluster in tally.clusters and tally.of != "investment_usd":
            total += _plant_tally(problem, plant, use, tally)
    if tally.of != "tco2":
        total += _invested(problem, solution, tally)
    if tally.of != "usd":
        return total
    for gate, opened in zip(problem.supply.gates, solution.opened, strict=True):
        if gate.cluster not in tally.clusters:
            continue
        if not gate.per_slot:
            total += gate.open_cash * opened[0]
            continue
        before = np.concatenate([[gate.initially], opened[:-1]])
        total += gate.startup_usd * (opened & ~before) + gate.shutdown_usd * (before & ~opened)
        total[-1] += gate.shutdown_usd * (gate.finally_off and bool(opened[-1]))
    for move, moved in zip(problem.supply.moves, solution.moved, strict=True):
        if moved and move.cluster in tally.clusters:
            total[0] += move.cash
    for module, number in zip(problem.supply.modules, solution.built, strict=True):
        if module.cluster in tally.clusters:
            for stands, until, n in zip(
                module.stands_from, module.stands_until, module.delivered @ number, strict=True
            ):
                total[stands:until] += module.cash_per_slot[stands:until] * n
    return total


def _invested(problem: Problem, solution: Solution, tally: Tally) -> Floats:
    """(T,): undiscounted $ of modules and flights, in the first slots of their periods."""
    total = np.zeros(problem.work.slots)
    firsts = np.flatnonzero(np.diff(problem.period, prepend=-1))
    for module, number in zip(problem.supply.modules, solution.built, strict=True):
        if module.cluster in tally.clusters:
            np.add.at(total, firsts[module.periods], module.cash * number.sum(axis=0))
        if tally.flights:
            np.add.at(total, firsts[module.periods], (module.cash_of_lift * number).sum(axis=0))
    if tally.flights and problem.supply.fleet is not None:
        total[firsts] += (problem.supply.fleet.cash * solution.flown.sum(axis=1)).sum(axis=0)
    return total


def _plant_tally(problem: Problem, plant: Plant, use: PlantUse, tally: Tally) -> Floats:
    total = np.zeros(problem.work.slots)
    for source, mw in zip(plant.sources, use.source, strict=True):
        mwh = mw * problem.tick_hours
        each = source.carbon_t if tally.of == "tco2" else source.price + tally.carbon_usd_per_t * source.carbon_t
        np.add.at(total, problem.tick_slot, mwh * each)
        if tally.of == "tco2":
            continue
        months = problem.month[problem.tick_slot]
        for month in range(int(problem.month.max()) + 1) if source.demand_charge else ():
            peak = max(float(mw[months == month].max()), source.peak_so_far if month == 0 else 0.0)
            total[np.flatnonzero(problem.month == month)[0]] += source.demand_charge * peak
        spans = source.pay_span[problem.tick_slot]
        for span in range(int(source.pay_span.max()) + 1) if source.pay_mwh else ():
            short = max(0.0, source.pay_mwh - float(mwh[spans == span].sum()))
            total[np.flatnonzero(source.pay_span == span)[0]] += source.pay_usd * short
    return total
