"""Prices that supply would ask if its last megawatt-hour always came from its cheapest source, and what being on costs.

A cluster that is switched on pays for its idle power however little runs on it. Spread over all that it holds where it
is full, that is a price per unit, which the relaxation also finds where room is not short.
"""

import numpy as np

from placement.kernels.gates import Gates
from placement.kernels.work import Floats
from placement.problem import Plant, Problem
from placement.search.bound import back_end, legal, meter_prices

ARTIFICIAL = 10.0
"""What a unit that must run costs where it has no place, times the dearest thing there is."""

RUN_SLOTS = 1 / 3
"""Share of the horizon over which what switching costs is spread."""


def energy_usd(problem: Problem, plant: Plant) -> Floats:
    """(T,) $ per MW for a whole slot, at the cheapest source of each tick; 0 where there is none."""
    usd = np.zeros(problem.work.slots)
    if not plant.sources:
        return usd
    counted = problem.supply.energy_weight(plant.pue)
    bills = [source.price * counted + problem.supply.carbon_usd_per_t * source.carbon_t for source in plant.sources]
    np.add.at(usd, problem.tick_slot, np.min(bills, axis=0) * problem.tick_hours)
    return usd * problem.work.discount


def gates_of(problem: Problem) -> Gates:
    """What clusters that are switched on and off cost: idle power at the cheapest source, and switching."""
    supply, slots, discount = problem.supply, problem.work.slots, problem.work.discount
    plants = {plant.cluster: plant for plant in supply.plants}
    switched = [gate for gate in supply.gates if gate.per_slot]
    of = np.full(problem.meters, -1)
    on, up, down = (np.zeros((len(switched), slots + k)) for k in (0, 0, 1))
    for g, gate in enumerate(switched):
        of[problem.rows.cell_meter[np.isin(problem.rows.cell_row, gate.rows)]] = g
        if gate.cluster in plants:
            on[g] = plants[gate.cluster].idle_mw * energy_usd(problem, plants[gate.cluster])
        up[g] = gate.startup_usd * supply.switching_counts * discount
        down[g, :-1] = gate.shutdown_usd * supply.switching_counts * discount
        down[g, -1] = down[g, -2] if gate.finally_off else 0.0
    return Gates(of, on, up, down, np.array([gate.initially for gate in switched], dtype=np.int64))


def on_usd(problem: Problem) -> Floats:
    """(gates, T) $ of being on in a slot, idle power and a share of switching; 0 for gates of the whole horizon."""
    gates, slots = gates_of(problem), problem.work.slots
    usd = np.zeros((len(problem.supply.gates), slots))
    usd[[gate.per_slot for gate in problem.supply.gates]] = gates.on + (gates.up + gates.down[:, :-1]) / max(
        RUN_SLOTS * slots, 1.0
    )
    return usd


def steady_prices(problem: Problem) -> Floats:
    """(R,) prices of rows: energy of what is loaded, and what being on costs where a cluster is full."""
    price = np.zeros(len(problem.rows))
    for plant in problem.supply.plants:
        price[plant.load_rows] = plant.pue * energy_usd(problem, plant)
    for gate, usd in zip(problem.supply.gates, on_usd(problem), strict=True):
        if len(gate.rows):
            price[gate.rows[0]] = np.maximum(usd, 0.0) / np.maximum(gate.most[0], 1e-9)
    return price


def artificial_usd(problem: Problem) -> float:
    """$ that a unit which must run costs where it has no place: dearer than any other at its cheapest, or away."""
    prices = meter_prices(problem, legal(problem, steady_prices(problem)))
    usd = np.abs(back_end(problem.work).price(problem.work, prices).usd)
    away = np.minimum(problem.reject_usd, problem.defer_usd)
    return ARTIFICIAL * max(float(some[np.isfinite(some)].max(initial=1.0)) for some in (usd, away))
