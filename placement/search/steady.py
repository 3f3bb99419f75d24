"""Prices that supply would ask if its last megawatt-hour always came from its cheapest source, and what being on costs.

A cluster that is switched on pays for its idle power however little runs on it. Spread over what does run, that is a
price per unit: dear where little runs, so that units leave, and where none is left the cluster is off (dynamic slope
scaling: Kim, Pardalos, A solution approach to the fixed charge network flow problem using a dynamic slope scaling
procedure, 1999).
"""

import numpy as np

from placement.kernels.work import Floats
from placement.problem import Plant, Problem
from placement.search.bound import back_end, legal, meter_prices

ARTIFICIAL = 10.0
"""What a unit that must run costs where it has no place, times the dearest thing there is."""

LEAST_FULL = 0.05
"""Share of what a cluster holds at most over which what being on costs is spread at least."""

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


def on_usd(problem: Problem) -> Floats:
    """(gates, T) $ of being on in a slot, idle power and a share of switching; 0 for gates of the whole horizon."""
    supply, slots = problem.supply, problem.work.slots
    plants = {plant.cluster: plant for plant in supply.plants}
    usd = np.zeros((len(supply.gates), slots))
    for g, gate in enumerate(supply.gates):
        if not gate.per_slot:
            continue
        if gate.cluster in plants:
            plant = plants[gate.cluster]
            usd[g] = plant.idle_mw * energy_usd(problem, plant)
        switching = supply.switching_counts * (gate.startup_usd + gate.shutdown_usd)
        usd[g] += switching / max(RUN_SLOTS * slots, 1.0)
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


def spread_prices(problem: Problem, use: Floats, price: Floats) -> Floats:
    """Prices of rows with what being on costs spread over what is in use.

    Parameters
    ----------
    problem : Problem
    use : array, shape (R,)
        What placements use of rows.
    price : array, shape (R,)
        Prices until now; they stay where nothing is in use, and in all rows but those of gates.
    """
    result = price.copy()
    for gate, usd in zip(problem.supply.gates, on_usd(problem), strict=True):
        if not gate.per_slot or len(gate.rows) == 0:
            continue
        rows, most = gate.rows[0], np.maximum(gate.most[0], 1e-9)
        held = np.maximum(use[rows], LEAST_FULL * most)
        spread = np.maximum(usd, 0.0) / held
        highest = np.maximum(usd, 0.0) / (LEAST_FULL * most)
        result[rows] = np.minimum(np.where(use[rows] > 0, spread, price[rows]), highest)
    return result
