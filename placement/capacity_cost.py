"""What an hour costs of capacity that is added in a period, in orbit and on Earth: parity before anything is built.

For each module with accelerators and each period in which it can be ordered, with the vehicle that lifts it cheapest:

    $ per delivered reference-accelerator-hour = annual $ / hours a year

Annual $: cost of the module, of its accelerators and of its part of a flight, each at capital recovery over its life
(`money.capital_recovery`; accelerators over their own life where that is shorter, as if the next cost the same),
operations, energy, cooling and carbon at full use; for what it needs of the cluster (`needs`) the same of the module
there that gives it for the fewest $ a year. Hours: what works of its accelerators, mean over their life, × speed
against the reference × mean speed of the pool × goodput of one accelerator. Contracts, transfers and what is unused
are left out; whether a vehicle has flights left is not asked.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from placement import ephemeris
from placement.compile.growth import (
    flies,
    in_periods,
    lifters,
    orders,
    period_edges,
    pool_of,
)
from placement.compile.investments import module_plane, module_prices
from placement.compile.supply import flow_rate
from placement.footprint import carbon_series, price_series
from placement.kernels.work import Floats
from placement.money import (
    ACCELERATORS,
    BOUNDARIES,
    CARBON,
    COOLING,
    ENERGY,
    FACILITY,
    LAUNCH,
    OPERATIONS,
    capital_recovery,
)
from placement.schema import Battery, Cluster, Flow, Module, Renewable, Scenario
from placement.series import on_slots
from placement.timegrid import TimeGrid, timegrid
from placement.units import HOURS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

FOREVER = 100.0
"""Years that what has no life is recovered over."""

ANYTHING = Flow(name="anything", demand=1.0, unmet_usd_per_accelerator_hour=0.0)
"""Work that may run anywhere, of no class."""


def new_capacity(scenario: Scenario) -> pd.DataFrame:
    """A row for each module with accelerators and period in which it can be ordered.

    Columns: year of the period's beginning, period, place (orbit or Earth), cluster, module, vehicle ("" on Earth),
    hours (delivered reference accelerator-hours a year), and $ per such hour at each boundary.
    """
    import pandas as pd

    grid = timegrid(scenario.horizon)
    rows = [
        row
        for cluster in scenario.clusters
        for module in cluster.modules
        if module.accelerators or module.generations
        for row in _rows(scenario, grid, cluster, module)
    ]
    return pd.DataFrame(rows, columns=["year", "period", "place", "cluster", "module", "vehicle", "hours", *BOUNDARIES])


def parity_by_year(table: pd.DataFrame, boundary: str = "all_in") -> pd.DataFrame:
    """By year: $ per hour of the cheapest new capacity in orbit and on Earth, and the ratio of the two."""
    cheapest = table.pivot_table(index="year", columns="place", values=boundary, aggfunc="min", observed=True)
    cheapest = cheapest.reindex(columns=["orbit", "Earth"])
    cheapest["ratio"] = cheapest["orbit"] / cheapest["Earth"].where(cheapest["Earth"] > 0)
    return cheapest.reset_index()


def _rows(scenario: Scenario, grid: TimeGrid, cluster: Cluster, module: Module) -> list[dict[str, object]]:
    """The rows of one module."""
    listed = orders(grid, module)
    edges = period_edges(grid)
    rows = []
    for q, period in enumerate(listed.periods.tolist()):
        if not listed.most[q]:
            continue
        pool = pool_of(cluster, module, listed.generation[q])
        served = flow_rate(scenario, cluster, pool, ANYTHING)
        lift = _lift(scenario, grid, cluster, module, period)
        if served is None or lift is None:
            continue
        vehicle, flight_usd, arrives = lift
        mean = _working(grid, module, q, arrives)
        speed = _mean(grid, ephemeris.pool_speed(scenario, grid, cluster, pool))
        hours = mean * served[0] * speed * HOURS_PER_YEAR
        if hours <= 0:
            continue
        yearly = _yearly(scenario, grid, cluster, module, q, flight_usd, arrives)
        for name, amount in module.needs.items():
            yearly = _with(yearly, _cheapest_giver(scenario, grid, cluster, name, period), amount)
        for category, usd in _energy(scenario, grid, cluster, mean * served[1], period).items():
            yearly[category] = yearly.get(category, 0.0) + usd
        row: dict[str, object] = {
            "year": grid.when(float(edges[period])).year,
            "period": period,
            "place": "orbit" if cluster.orbital else "Earth",
            "cluster": cluster.name,
            "module": module.name,
            "vehicle": vehicle,
            "hours": hours,
        }
        for boundary, inside in BOUNDARIES.items():
            row[boundary] = sum(usd for category, usd in yearly.items() if category in inside) / hours
        rows.append(row)
    return rows


def _lift(
    scenario: Scenario, grid: TimeGrid, cluster: Cluster, module: Module, period: int
) -> tuple[str, float, float] | None:
    """The vehicle that lifts a module for the least, $ for it, and the share that arrives; None if none flies then."""
    if module.mass_kg == 0:
        return "", 0.0, 1.0
    to = cluster.destinations(module_plane(cluster, module))
    found = []
    for index in lifters(scenario, module, cluster):
        vehicle = scenario.vehicles[index]
        if not flies(grid, vehicle)[period]:
            continue
        if vehicle.usd_per_kg is not None:
            usd = module.mass_kg * float(in_periods(vehicle.usd_per_kg, grid, scenario)[period])
        else:
            share = module.mass_kg / vehicle.payload_to(to)
            usd = share * float(in_periods(vehicle.usd_per_flight or 0.0, grid, scenario)[period])
        found.append((usd / vehicle.reliability, vehicle.name, usd, vehicle.reliability))
    if not found:
        return None
    _, name, usd, arrives = min(found)
    return name, usd, arrives


def _working(grid: TimeGrid, module: Module, order: int, arrives: float) -> float:
    """Accelerators of a module that work, mean over the years that they stand, also past the horizon."""
    life = min(_life(module.life_years), _life(module.accelerators_life_years))
    held = orders(grid, module).generation[order]
    number = module.accelerators if held is None else held.accelerators
    kept = (1 - module.accelerator_loss_per_year) * (1 - module.power_loss_per_year)
    share = 1.0 if kept == 1 else (kept**life - 1) / (life * math.log(kept)) if kept > 0 else 0.0
    return number * arrives * (1 - module.infant_loss) * share


def _mean(grid: TimeGrid, values: Floats, first: int = 0) -> float:
    """Mean of what has a value in each slot, from a slot on, each as long as it lasts."""
    return float(np.average(values[first:], weights=grid.slot_hours[first:]))


def _life(years: float | None) -> float:
    return FOREVER if years is None else years


def _yearly(
    scenario: Scenario, grid: TimeGrid, cluster: Cluster, module: Module, order: int, flight_usd: float, arrives: float
) -> dict[str, float]:
    """$ a year of a module of an order (by index), by category; what it needs and energy apart."""
    rate, listed = scenario.money.rate, orders(grid, module)
    own, accelerators = module_prices(scenario, grid, module, listed)[:, order]
    recovered = capital_recovery(rate, _life(module.life_years))
    shorter = min(_life(module.life_years), _life(module.accelerators_life_years))
    running = on_slots(module.operations_usd_per_year, grid, scenario)
    return {
        FACILITY: float(own) * recovered,
        LAUNCH: flight_usd * recovered,
        ACCELERATORS: float(accelerators) * capital_recovery(rate, shorter),
        OPERATIONS: arrives * _mean(grid, running, int(listed.stands[order])),
    }


def _cheapest_giver(scenario: Scenario, grid: TimeGrid, cluster: Cluster, name: str, period: int) -> dict[str, float]:
    """$ a year for one unit of a resource, by category, of the module that can be ordered by then and gives it for the
    least; nothing where only what is there gives it.
    """
    found = []
    for module in cluster.modules:
        amount, listed = module.gives.get(name, 0.0), orders(grid, module)
        before = np.flatnonzero((listed.periods <= period) & (listed.most > 0))
        lifts = [(int(q), _lift(scenario, grid, cluster, module, int(listed.periods[q]))) for q in before]
        last = next(((q, lift) for q, lift in reversed(lifts) if lift is not None), None)
        if last is None or not amount:
            continue
        q, (_, flight_usd, arrives) = last
        yearly = _yearly(scenario, grid, cluster, module, q, flight_usd, arrives)
        found.append({category: usd / (amount * arrives) for category, usd in yearly.items()})
    return min(found, key=lambda each: sum(each.values()), default={})


def _with(yearly: dict[str, float], other: dict[str, float], amount: float) -> dict[str, float]:
    """The sum of $ a year by category, of the other so many times."""
    return {key: yearly.get(key, 0.0) + amount * other.get(key, 0.0) for key in {*yearly, *other}}


def _energy(scenario: Scenario, grid: TimeGrid, cluster: Cluster, kw: float, period: int) -> dict[str, float]:
    """$ a year of energy, cooling and carbon at full use, at mean prices from a period on; none in orbit."""
    if cluster.orbital:
        return {}
    first = int(np.flatnonzero(grid.period == period)[0])
    price, carbon = _mix(scenario, grid, cluster, first)
    mwh = kw / 1000 * HOURS_PER_YEAR
    tonnes = carbon / 1000 * mwh * cluster.pue
    return {
        ENERGY: price * mwh,
        COOLING: price * mwh * (cluster.pue - 1),
        CARBON: scenario.policy.carbon_usd_per_t * tonnes,
    }


def _mix(scenario: Scenario, grid: TimeGrid, cluster: Cluster, first: int) -> tuple[float, float]:
    """$/MWh and gCO2e/kWh from a slot on: of the cheapest source without a limit, else the mean of all sources by what
    they give; those that give nothing without modules are left out.
    """
    found = []
    for source in cluster.sources:
        if isinstance(source, Battery):
            continue
        if isinstance(source, Renewable):
            most: object = source.mw
        else:
            most = source.limit_mw
        weight = np.inf if most is None else _mean(grid, on_slots(most, grid, scenario), first)
        if isinstance(source, Renewable):
            weight *= _mean(grid, on_slots(source.capacity_factor, grid, scenario), first)
        price = _mean(grid, on_slots(price_series(cluster, source), grid, scenario), first)
        carbon = _mean(grid, on_slots(carbon_series(cluster, str(source.name)), grid, scenario), first)
        found.append((weight, price, carbon))
    endless = [each for each in found if np.isinf(each[0])]
    if endless:
        return min(endless, key=lambda each: each[1])[1:]
    total = sum(weight for weight, _, _ in found)
    if total <= 0:
        own = (cluster.energy_price, cluster.carbon_g_per_kwh)
        price, carbon = (_mean(grid, on_slots(each, grid, scenario), first) for each in own)
        return price, carbon
    return sum(w * price for w, price, _ in found) / total, sum(w * carbon for w, _, carbon in found) / total
