"""Carbon and water beside the dollars: of energy by its source, of making, building and launching."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from placement import ephemeris
from placement.compile.fleet import share_there
from placement.kernels.work import Floats
from placement.plan import Plan
from placement.schema import Battery, Cluster, Embodied, Scenario, Source
from placement.series import on_ticks
from placement.timegrid import TimeGrid
from placement.units import HOURS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("grid_t", "gas_t", "sun_wind_t", "made_t", "launch_t", "total_t", "water_m3")


def mean_share_there(grid: TimeGrid, cluster: Cluster) -> Floats:
    """Shape (pools,): share of each pool's number in service by its blocks, mean over the horizon; 1 without blocks."""
    return np.array([float(share_there(grid, pool) @ grid.slot_hours) / grid.hours for pool in cluster.pools])


def units_of(scenario: Scenario, cluster: Cluster, per: str, share: Floats | None = None) -> float:
    """How many of `per` a cluster has: mw of its accelerators without PUE, accelerators, satellites, or itself.

    Of each pool a `share` counts, shape (pools,); None: all of it. Satellites and the cluster are split over the pools
    by number × kW, equally if that is 0 (`docs/model.md` §9).
    """
    counted = np.ones(len(cluster.pools)) if share is None else share
    numbers = np.array([pool.number for pool in cluster.pools], dtype=np.float64)
    if per == "accelerator":
        return float(numbers @ counted)
    power = numbers * [ephemeris.pool_kw(scenario, pool) for pool in cluster.pools]
    if per == "mw":
        return float(power @ counted) / 1000
    whole = 1.0 if per == "cluster" else float(cluster.satellites.number) if cluster.satellites is not None else 0.0
    if not len(counted):
        return whole
    return whole * float(np.average(counted, weights=power if power.any() else None))


def embodied_t_per_year(scenario: Scenario, cluster: Cluster, share: Floats | None = None) -> dict[str, float]:
    """Embodied carbon of a cluster by category, t CO2e a year, each spread evenly over its life.

    Of each pool a `share` counts, shape (pools,); None: the cluster as it is when all of it is built.
    """
    result: dict[str, float] = {}
    for item in cluster.embodied:
        result[item.category] = result.get(item.category, 0.0) + _annual_t(scenario, cluster, item, share)
    return result


def _annual_t(scenario: Scenario, cluster: Cluster, item: Embodied, share: Floats | None) -> float:
    return item.tco2 * units_of(scenario, cluster, item.per, share) / item.life_years


def footprint(scenario: Scenario, grid: TimeGrid, plan: Plan) -> pd.DataFrame:
    """A row per cluster: tonnes CO2e in the horizon by origin, and water.

    Columns: cluster, grid_t, gas_t, sun_wind_t (by source of energy), made_t (accelerators and building, the share of
    their life that the horizon is, of blocks while they are in service), launch_t (propellant, likewise), total_t,
    water_m3. Not in the objective: `policy.carbon_usd_per_t` prices the energy's carbon alone.
    """
    import pandas as pd

    rows = []
    for cluster in scenario.clusters:
        energy = plan.energy[plan.energy["cluster"] == cluster.name]
        tonnes = {"grid": 0.0, "gas": 0.0, "solar": 0.0, "wind": 0.0}
        for (name, kind), part in energy.groupby(["source", "kind"]):
            if kind in tonnes:
                mwh = part["mw"].to_numpy() * grid.tick_hours[part["tick"].to_numpy()]
                grams = on_ticks(carbon_series(cluster, str(name)), grid, scenario)[part["tick"].to_numpy()]
                tonnes[str(kind)] += float(mwh @ grams) / 1000
        years = grid.hours / HOURS_PER_YEAR
        spread = embodied_t_per_year(scenario, cluster, mean_share_there(grid, cluster))
        once = {category: t * years for category, t in spread.items()}
        launch = once.pop("launch", 0.0)
        parts = [tonnes["grid"], tonnes["gas"], tonnes["solar"] + tonnes["wind"], sum(once.values()), launch]
        water = it_mwh(grid, cluster, plan) * cluster.water_l_per_kwh  # L/kWh is m³/MWh
        rows.append([cluster.name, *parts, sum(parts), water])
    return pd.DataFrame(rows, columns=["cluster", *COLUMNS])


def carbon_series(cluster: Cluster, source: str) -> object:
    """Series of gCO2e/kWh of one of a cluster's sources; the cluster's own where the source gives none."""
    found = next((s for s in cluster.sources if not isinstance(s, Battery) and s.name == source), None)
    own = None if found is None else found.carbon_g_per_kwh
    return cluster.carbon_g_per_kwh if own is None else own


def price_series(cluster: Cluster, source: Source | None) -> object:
    """Series of $/MWh of one of a cluster's sources; the cluster's own where the source gives none."""
    own = None if source is None or isinstance(source, Battery) else source.price
    return cluster.energy_price if own is None else own


def it_mwh(grid: TimeGrid, cluster: Cluster, plan: Plan) -> float:
    """Energy of a cluster's accelerators in the horizon, MWh: what its sources gave less idle power, over PUE.

    0 for satellites without sources: a plan has no energy of theirs.
    """
    energy = plan.energy[plan.energy["cluster"] == cluster.name]
    sign = np.where(energy["kind"] == "charge", -1.0, 1.0)
    drawn = float((sign * energy["mw"].to_numpy() * grid.tick_hours[energy["tick"].to_numpy()]).sum())
    on = grid.hours
    if cluster.switchable:
        states = plan.states[plan.states["cluster"] == cluster.name]
        on = float(grid.slot_hours[states["slot"].to_numpy()] @ states["on"].to_numpy(dtype=np.float64))
    return max(0.0, drawn - cluster.idle_mw * on) / cluster.pue
