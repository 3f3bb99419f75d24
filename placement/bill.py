"""What a solution costs: every category, by cluster (`docs/model.md` §9)."""

from collections import defaultdict

import numpy as np

from placement.activity import row_activity, transfer_readings
from placement.compile import Compiled
from placement.compile.assemble import ready_hours
from placement.compile.investments import module_dollars
from placement.compile.ways import planned_hours
from placement.kernels.placements import end_hours
from placement.kernels.work import Floats
from placement.money import (
    BOUNDARIES,
    CARBON,
    CONTRACTS,
    COOLING,
    DEFERRAL,
    DELAY,
    ENERGY,
    LAUNCH,
    PENALTY,
    REJECTION,
    SERVICE,
    SWITCHING,
    TAIL,
    TRANSFER,
    UNMET,
    cash_of,
    counts,
)
from placement.problem import Plant
from placement.schema import Boundary
from placement.solution import PlantUse, Solution, meter_readings

Bill = dict[tuple[str, int], float]
"""Present value by category and cluster (-1: none)."""


def bill(compiled: Compiled, solution: Solution) -> Bill:
    """Present value of a solution by category and cluster; cash outside the boundary is in it too."""
    problem, legend = compiled.problem, compiled.legend
    result: Bill = defaultdict(float)
    result.update(legend.constants)
    readings = meter_readings(problem, solution)
    paid = readings + transfer_readings(problem, solution) if legend.scenario.terms else readings
    for term in legend.terms:
        result[term.category, term.cluster] += float(paid[term.meter] @ term.usd)
    _starts(compiled, solution, result)
    for plant, use in zip(problem.supply.plants, solution.plants, strict=True):
        _plant(compiled, plant, use, result)
    _gates(compiled, solution, result)
    for move, moved in zip(problem.supply.moves, solution.moved, strict=True):
        if moved:
            result[TRANSFER, move.cluster] += move.cash
    _growth(compiled, solution, result)
    _service(compiled, solution, readings, result)
    return {key: usd for key, usd in result.items() if usd != 0.0}


def _starts(compiled: Compiled, solution: Solution, result: Bill) -> None:
    """Transfers, quotes and terms that are the same at all starts, at the start slot."""
    problem, names = compiled.problem, cash_of(compiled.legend.scenario)
    option, category, cluster, usd = compiled.legend.option_terms
    factor = np.bincount(solution.option, solution.count * problem.work.discount[solution.start], problem.work.options)
    for term in np.flatnonzero(factor[option] > 0):
        result[names[category[term]], int(cluster[term])] += float(usd[term] * factor[option[term]])


def _plant(compiled: Compiled, plant: Plant, use: PlantUse, result: Bill) -> None:
    problem = compiled.problem
    discount = problem.work.discount
    carbon_price = compiled.legend.scenario.policy.carbon_usd_per_t
    for source, mw in zip(plant.sources, use.source, strict=True):
        mwh = mw * problem.tick_hours
        dollars = float((mwh * source.price * discount[problem.tick_slot]).sum())
        result[ENERGY, plant.cluster] += dollars / plant.pue
        result[COOLING, plant.cluster] += dollars * (1 - 1 / plant.pue)
        result[CARBON, plant.cluster] += carbon_price * float(
            (mwh * source.carbon_t * discount[problem.tick_slot]).sum()
        )
        if source.demand_charge:
            for month in range(len(problem.month_count)):
                first = int(np.flatnonzero(problem.month == month)[0])
                peak = float(mw[problem.month[problem.tick_slot] == month].max())
                peak = max(peak, source.peak_so_far) if month == 0 else peak
                charge = source.demand_charge * float(problem.month_count[month])
                result[CONTRACTS, plant.cluster] += charge * peak * discount[first]
        if source.pay_mwh:
            spans = source.pay_span[problem.tick_slot]
            for span in range(int(source.pay_span.max()) + 1):
                first = int(np.flatnonzero(source.pay_span == span)[0])
                short = max(0.0, source.pay_mwh - float(mwh[spans == span].sum()))
                result[CONTRACTS, plant.cluster] += source.pay_usd * short * discount[first]


def _gates(compiled: Compiled, solution: Solution, result: Bill) -> None:
    discount = compiled.problem.work.discount
    for gate, opened in zip(compiled.problem.supply.gates, solution.opened, strict=True):
        if not gate.per_slot:
            if opened[0]:
                for category, usd in compiled.legend.committed[gate.cluster].items():
                    result[category, gate.cluster] += usd
            continue
        before = np.concatenate([[gate.initially], opened[:-1]])
        on, off = opened & ~before, before & ~opened
        usd = gate.startup_usd * discount[on].sum() + gate.shutdown_usd * discount[off].sum()
        if gate.finally_off and opened[-1]:
            usd += gate.shutdown_usd * discount[-1]
        result[SWITCHING, gate.cluster] += float(usd)


def _growth(compiled: Compiled, solution: Solution, result: Bill) -> None:
    legend, problem = compiled.legend, compiled.problem
    modules = [(site, module) for site in legend.sites for module in site.cluster.modules]
    firsts = np.flatnonzero(np.diff(problem.period, prepend=-1))
    for (site, module), arrays, number in zip(modules, problem.supply.modules, solution.built, strict=True):
        paid = problem.work.discount[firsts][arrays.periods]
        lift = float((arrays.cash_of_lift * paid * number).sum())
        result[LAUNCH, -1] += lift
        result[LAUNCH, site.index] -= lift
        for category, usd in module_dollars(legend.scenario, legend.grid, module, site.cluster).items():
            result[category, site.index] += float((usd * number).sum())
    fleet = problem.supply.fleet
    if fleet is not None:
        result[LAUNCH, -1] += float((fleet.cash * solution.flown.sum(axis=1) * problem.work.discount[firsts]).sum())


def _service(compiled: Compiled, solution: Solution, readings: Floats, result: Bill) -> None:
    problem, legend = compiled.problem, compiled.legend
    work, jobs = problem.work, legend.scenario.jobs
    placed = solution.placed(work)
    row = np.searchsorted(work.job_options, placed.option, side="right") - 1
    late = work.job_delay[row]
    waited = np.where(late > 0, late * (end_hours(work, placed) - work.job_ready[row]), 0.0)
    result[DELAY, -1] += float((waited * solution.count).sum())
    result[TAIL, -1] += float((work.option_tail[placed.option] * placed.left * solution.count).sum())
    hours = planned_hours(legend.scenario)
    policy = legend.scenario.policy
    deferral = policy.terminal_usd_per_accelerator_hour * hours * jobs["accelerators"]
    waiting = jobs["delay_usd_per_hour"] * (legend.grid.hours + hours - ready_hours(legend.scenario, legend.grid))
    some = np.flatnonzero(solution.deferred)
    result[DEFERRAL, -1] += float((deferral[legend.job[some]] * solution.deferred[some]).sum())
    result[DELAY, -1] += float((waiting[legend.job[some]] * solution.deferred[some]).sum())
    away = np.flatnonzero(solution.rejected)
    result[REJECTION, -1] += float((problem.reject_usd[away] * solution.rejected[away]).sum())
    lengths = np.diff(work.edges)
    result[UNMET, -1] += float((problem.flows.unmet_usd * solution.unmet * lengths[None, :]).sum())
    result[PENALTY, -1] += penalties(compiled, solution, readings)


def penalties(compiled: Compiled, solution: Solution, readings: Floats) -> float:
    """$ for being outside limits that have a penalty."""
    rows = compiled.problem.rows
    soft = ~np.isnan(rows.penalty)
    if not soft.any():
        return 0.0
    body = row_activity(compiled.problem, solution, readings)
    outside = np.maximum(body - rows.upper, 0.0) + np.maximum(rows.lower - body, 0.0)
    return float((outside[soft] * rows.penalty[soft]).sum())


def objective(found: Bill, minimise: Boundary) -> float:
    """What is decided on: service terms and the categories inside the boundary."""
    return sum(usd for (category, _), usd in found.items() if counts(category, minimise) or category in SERVICE)


def boundary_totals(found: Bill) -> dict[str, float]:
    """Cash at each boundary."""
    return {name: sum(usd for (category, _), usd in found.items() if counts(category, name)) for name in BOUNDARIES}
