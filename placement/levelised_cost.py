"""What compute costs on one cluster in a year of steady use: levelised, at the four boundaries, with carbon and water.

The cluster stands as it will when all of it is built, whatever the dates. Every pool runs at its mean speed (of the
year, in orbit of the life), a share u of its accelerators busy all the time, each run with the goodput of a gang of a
given size. Then, at each boundary,

    $ per delivered reference-accelerator-hour = annual $ / Σ pools (accelerators · 8,766 h · u · speed · ratio ·
                                                 goodput)

with ratio the speed of one accelerator against the reference, and in orbit times the mean share of them that works.
Annual $ are fixed costs (`docs/model.md` §9), energy by merit order in every tick (cheapest source first, up to its
limit; batteries are left out), demand charges on the peak of each month, carbon at the policy's price, and rent;
take-or-pay is left out.
"""

from dataclasses import dataclass, field

import numpy as np

from placement import ephemeris, spacecraft
from placement.compile.fleet import PoolArrays, fixed_costs, grid_limit, pools
from placement.compile.ways import speeds
from placement.footprint import carbon_series, embodied_t_per_year, price_series
from placement.kernels.work import Floats
from placement.money import (
    BOUNDARIES,
    CARBON,
    CONTRACTS,
    COOLING,
    ENERGY,
    RENT,
    usd_per_accelerator_hour,
    usd_per_kw_year,
    usd_per_kwh,
    usd_per_watt,
)
from placement.physics.goodput import gang_rate, goodput
from placement.schema import Battery, Boundary, Cluster, Gas, Grid, Scenario
from placement.series import on_ticks
from placement.timegrid import TimeGrid, timegrid
from placement.units import HOURS_PER_YEAR

AGES = 5
"""Ages at which satellites are looked at."""


@dataclass(frozen=True)
class ClusterCost:
    """A year of one cluster."""

    cluster: str
    it_kw: float
    """Power of its accelerators, spares left out, without PUE."""
    utilisation: float
    speed: float
    """Mean speed of its pools, weighted by power: over the horizon, in orbit over the life of the satellites."""
    goodput: float
    working: float
    """Share of its accelerators that work, mean over the life of its satellites; 1 on Earth."""
    delivered: float
    """Reference accelerator-hours a year."""
    annual_usd: dict[str, float]
    """By category, $ a year."""
    invested_usd: dict[str, float]
    """By category, $ once: what has a life."""
    it_mwh: float
    """Energy of its accelerators a year."""
    unserved_share: float
    """Of its energy, what its sources cannot give at full use; it is not paid for, and the work is not taken out."""
    tonnes: dict[str, float] = field(default_factory=dict)
    """t CO2e a year by origin: grid, gas, solar, wind, accelerators, facility, launch."""
    water_m3: float = 0.0

    def usd(self, boundary: Boundary) -> float:
        """$ a year inside a boundary."""
        return sum(usd for category, usd in self.annual_usd.items() if category in BOUNDARIES[boundary])

    def per_hour(self, boundary: Boundary) -> float:
        """$ per delivered reference-accelerator-hour; nan if nothing is delivered."""
        return (
            usd_per_accelerator_hour(self.usd(boundary), 1, self.delivered / HOURS_PER_YEAR)
            if self.delivered
            else np.nan
        )

    def per_kw_year(self, boundary: Boundary) -> float:
        """$ per kW of accelerators and year."""
        return usd_per_kw_year(self.usd(boundary), self.it_kw) if self.it_kw else np.nan

    def per_kwh(self, boundary: Boundary) -> float:
        """$ per kWh that its accelerators take."""
        hours = self.it_mwh * 1000
        return usd_per_kwh(self.usd(boundary), 1, hours / HOURS_PER_YEAR) if hours else np.nan

    def per_watt(self, boundary: Boundary) -> float:
        """$ of investment inside a boundary per W of accelerators."""
        invested = sum(usd for category, usd in self.invested_usd.items() if category in BOUNDARIES[boundary])
        return usd_per_watt(invested, self.it_kw) if self.it_kw else np.nan

    @property
    def grams_per_hour(self) -> float:
        """g CO2e per delivered reference-accelerator-hour, all origins."""
        return 1e6 * sum(self.tonnes.values()) / self.delivered if self.delivered else np.nan


def cluster_cost(scenario: Scenario, cluster: Cluster, utilisation: float = 0.8, gang: int = 1) -> ClusterCost:
    """A year of steady use of a cluster, from its means over the scenario's horizon.

    Parameters
    ----------
    scenario : Scenario
        Gives accelerators, series, money and the reference accelerator. Its horizon should be a year, or stand for one.
    cluster : Cluster
        One of the scenario's.
    utilisation : float
        Share of the accelerators that are busy, in (0, 1].
    gang : int
        Accelerators of a run; sets how often it is interrupted. Checkpoints take no time.
    """
    grid = timegrid(scenario.horizon)
    index = scenario.clusters.index(cluster)
    own = [pool for pool in pools(scenario, grid) if pool.cluster == index]
    share = grid.slot_hours / grid.hours
    there = np.array([float(pool.pool.number - pool.pool.spares) for pool in own])
    left, speed = _over_life(scenario, grid, cluster)
    kw = there * [pool.kw for pool in own]
    useful = np.array([_useful(scenario, cluster, pool, gang) for pool in own])
    ratio = np.array([speeds(scenario, pool.pool.accelerator).peak_ratio for pool in own])
    it_kw = float(kw.sum())
    lit = float(kw @ speed) * utilisation if cluster.orbital else it_kw * utilisation
    annual, tonnes, unserved = _energy(scenario, grid, cluster, it_kw * utilisation)
    for costs in fixed_costs(scenario, cluster):
        for category, usd in costs.items():
            annual[category] = annual.get(category, 0.0) + usd
    for pool in own:
        if pool.rent is not None:
            held = (pool.pool.number - pool.pool.spares) * HOURS_PER_YEAR * utilisation
            annual[RENT] = annual.get(RENT, 0.0) + held * float(pool.rent @ share)
    weight = kw if it_kw else np.ones(len(own))
    return ClusterCost(
        cluster=cluster.name,
        it_kw=it_kw,
        utilisation=utilisation,
        speed=float(np.average(speed, weights=weight)) if len(own) else 0.0,
        goodput=float(np.average(useful, weights=weight)) if len(own) else 0.0,
        working=left,
        delivered=float((there * speed * useful * ratio).sum()) * left * HOURS_PER_YEAR * utilisation,
        annual_usd=annual,
        invested_usd=_invested(scenario, cluster),
        it_mwh=lit * HOURS_PER_YEAR / 1000,
        unserved_share=unserved,
        tonnes={**tonnes, **embodied_t_per_year(scenario, cluster)},
        water_m3=lit * HOURS_PER_YEAR / 1000 * cluster.water_l_per_kwh,
    )


def _over_life(scenario: Scenario, grid: TimeGrid, cluster: Cluster) -> tuple[float, Floats]:
    """Mean share of the accelerators that work, and the speed of each pool that weighs it, over the satellites' life.

    On Earth 1, and the mean speeds of the horizon. A life is looked at in `AGES` equal parts, each in its middle.
    """
    share = grid.slot_hours / grid.hours
    satellites = cluster.satellites
    if satellites is None:
        return 1.0, np.array([ephemeris.pool_speed(scenario, grid, cluster, pool) @ share for pool in cluster.pools])
    ages = (np.arange(AGES) + 0.5) / AGES * satellites.life_years
    working = spacecraft.working_share(satellites, ages)
    speeds_of = []
    for age in ages:
        aged = cluster.model_copy(update={"satellites": satellites.model_copy(update={"age_years": float(age)})})
        speeds_of.append([ephemeris.pool_speed(scenario, grid, aged, pool) @ share for pool in aged.pools])
    return float(working.mean()), np.asarray(working @ np.array(speeds_of) / working.sum())


def _useful(scenario: Scenario, cluster: Cluster, pool: PoolArrays, gang: int) -> float:
    rate = gang_rate(gang, ephemeris.interruptions(scenario, cluster, pool.pool))
    return float(goodput(rate, 0.0, cluster.restart_minutes / 60))


def _energy(
    scenario: Scenario, grid: TimeGrid, cluster: Cluster, it_kw: float
) -> tuple[dict[str, float], dict[str, float], float]:
    """Energy, cooling, carbon and contracts, $ a year; t CO2e a year by kind of source; share that no source gives."""
    load = np.full(grid.ticks, it_kw / 1000 * cluster.pue + cluster.idle_mw)
    if cluster.orbital and not cluster.sources:
        return {}, {}, 0.0
    year = HOURS_PER_YEAR / grid.hours
    sources = [s for s in cluster.sources if not isinstance(s, Battery)] or [Grid()]
    price = np.array([on_ticks(price_series(cluster, s), grid, scenario) for s in sources])
    grams = np.array([on_ticks(carbon_series(cluster, s.name or "grid"), grid, scenario) for s in sources])
    most = np.array([_limit(scenario, grid, s) for s in sources])
    order = np.argsort(price + scenario.policy.carbon_usd_per_t * grams / 1000, axis=0, kind="stable")
    used, left = np.zeros_like(price), load.copy()
    ticks = np.arange(grid.ticks)
    for rank in order:
        taken = np.minimum(left, most[rank, ticks])
        used[rank, ticks] += taken
        left -= taken
    mwh = used * grid.tick_hours * year
    paid = float((mwh * price).sum())
    annual = {ENERGY: paid / cluster.pue, COOLING: paid * (1 - 1 / cluster.pue)}
    emitted = mwh * grams / 1000
    tonnes: dict[str, float] = {}
    for source, t in zip(sources, emitted.sum(axis=1), strict=True):
        tonnes[source.kind] = tonnes.get(source.kind, 0.0) + float(t)
    annual[CARBON] = scenario.policy.carbon_usd_per_t * float(emitted.sum())
    annual[CONTRACTS] = sum(
        12 * s.demand_charge_usd_per_mw * _monthly_peak(grid, used[k])
        for k, s in enumerate(sources)
        if isinstance(s, Grid)
    )
    asked = float(load @ grid.tick_hours)
    return annual, tonnes, float(np.maximum(left, 0.0) @ grid.tick_hours) / asked if asked else 0.0


def _monthly_peak(grid: TimeGrid, mw: Floats) -> float:
    """Highest power of each calendar month, mean over the months, MW."""
    peak = np.zeros(len(grid.month_count))
    np.maximum.at(peak, grid.month[grid.tick_slot], mw)
    return float(np.average(peak, weights=grid.month_count))


def _limit(scenario: Scenario, grid: TimeGrid, source: object) -> Floats:
    """Shape (K,): most that a source gives, MW; a grid as if it were connected already."""
    if isinstance(source, Grid):
        return grid_limit(scenario, grid, source.model_copy(update={"connected": None}))
    if isinstance(source, Gas):
        return on_ticks(source.limit_mw, grid, scenario)
    assert hasattr(source, "capacity_factor")
    return np.asarray(source.mw * on_ticks(source.capacity_factor, grid, scenario))  # type: ignore[attr-defined]


def _invested(scenario: Scenario, cluster: Cluster) -> dict[str, float]:
    """$ once by category: fixed costs that have a life, times their units."""
    lasting = cluster.model_copy(
        update={
            "fixed_costs": tuple(
                cost.model_copy(update={"life_years": None})
                for cost in cluster.fixed_costs
                if cost.life_years is not None
            )
        }
    )
    result: dict[str, float] = {}
    for costs in fixed_costs(scenario, lasting):
        for category, usd in costs.items():
            result[category] = result.get(category, 0.0) + usd
    return result
