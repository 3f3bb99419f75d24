"""Numbers of a scenario that can be, and are as a rule a slip: most often of another unit."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.ephemeris import accelerator_of
from placement.loader.wording import amount, nearest
from placement.schema import Battery, Cluster, Gas, Grid, Pool, Renewable, Scenario, SeriesSpec
from placement.series import on_ticks
from placement.timegrid import TimeGrid, timegrid

LARGEST_MW = 20_000.0
"""More than any site that is announced asks for (10,000 MW)."""
SPARE = 300.0
"""Times what all accelerators of a site draw: a limit of so much more never binds."""
CHEAPEST_USD_PER_MWH = 1.0
"""No market's price is always above 0 and below this: where power is nearly free, some are 0 or less."""
CLEANEST_G_PER_KWH, DIRTIEST_G_PER_KWH = 2.0, 2000.0
"""Medians with what is built for them: wind 11, nuclear power 12, coal 820 (IPCC AR5 WG3, table A.III.2)."""
MOST_KW = 30.0
"""Of one accelerator with its host; a wafer-scale system draws 23 kW (Cerebras CS-3)."""
MOST_PUE = 3.0
MOST_GBPS = 100_000.0
"""Between accelerators today's fabrics have up to 30,000 Gbit/s."""
FIRST = 3
"""Names that are told of those that a doubt is about."""

Floats = NDArray[np.float64]


def doubts(scenario: Scenario) -> list[str]:
    """What looks like a slip, a sentence for each with its place, its value and what to write if it is one."""
    grid = timegrid(scenario.horizon)
    found: list[str] = []
    for cluster in scenario.clusters:
        found += _of_cluster(scenario, cluster, grid)
    found += _of_accelerators(scenario)
    found += _of_jobs(scenario)
    found += _of_terms(scenario)
    return found


def _of_cluster(scenario: Scenario, cluster: Cluster, grid: TimeGrid) -> Iterator[str]:
    place = f"clusters.{cluster.name}"
    yield from _of_power(scenario, cluster, grid, place)
    yield from _of_price(scenario, cluster.energy_price, grid, f"{place}.energy_price")
    yield from _of_carbon(scenario, cluster.carbon_g_per_kwh, grid, f"{place}.carbon_g_per_kwh")
    for source in cluster.sources:
        here = f"{place}.sources.{source.name}"
        if isinstance(source, Grid | Gas):
            yield from _too_many_mw(_values(scenario, source.limit_mw, grid), f"{here}.limit_mw")
        if isinstance(source, Battery | Renewable):
            yield from _too_many_mw(np.array([source.mw]), f"{here}.mw")
        if not isinstance(source, Battery):
            yield from _of_price(scenario, source.price, grid, f"{here}.price")
            yield from _of_carbon(scenario, source.carbon_g_per_kwh, grid, f"{here}.carbon_g_per_kwh")
    if cluster.pue > MOST_PUE:
        yield (
            f"{place}.pue is {cluster.pue:g}: more than two thirds of its power would be cooling and losses, and new "
            "sites have 1.1 to 1.5."
        )
    for pool in cluster.pools:
        for tier in pool.fabric:
            yield from _too_many_gbps(tier.gbps, f"{place}.pools.{pool.name}.fabric: gbps")
    if cluster.link is not None:
        for key in ("gbps_in", "gbps_out"):
            yield from _too_many_gbps(getattr(cluster.link, key), f"{place}.link.{key}")


def _values(scenario: Scenario, series: float | SeriesSpec | None, grid: TimeGrid) -> Floats:
    return np.empty(0) if series is None else on_ticks(series, grid, scenario)


def _of_power(scenario: Scenario, cluster: Cluster, grid: TimeGrid, place: str) -> Iterator[str]:
    """Limits of other units than MW, by what there is that could draw so much."""
    limit = _values(scenario, cluster.power_limit_mw, grid)
    draw = sum(pool.number * _kw(scenario, pool) for pool in cluster.pools) / 1e3 * cluster.pue
    grows, drawn = bool(cluster.modules) or draw == 0, amount(float(f"{draw:.3g}"))
    most = float(limit.max(initial=0.0))
    if not grows and most > SPARE * draw:
        unit, meant = ("kW", most / 1e3) if most / 1e3 <= SPARE * draw else ("W", most / 1e6)
        yield (
            f"{place}.power_limit_mw is {amount(most)}, and all of its accelerators draw {drawn} MW. If {unit} are "
            f"meant, write {meant:g}."
        )
    else:
        yield from _too_many_mw(limit, f"{place}.power_limit_mw")
    if not grows and cluster.idle_mw > draw:
        yield (
            f"{place}.idle_mw is {amount(cluster.idle_mw)}, more than the {drawn} MW that all of its accelerators draw "
            f"at work. If kW are meant, write {cluster.idle_mw / 1e3:g}."
        )


def _kw(scenario: Scenario, pool: Pool) -> float:
    """Rated power of one accelerator of a pool."""
    return float(pool.kw_per_accelerator or accelerator_of(scenario, pool.accelerator).kw)


def _too_many_mw(values: Floats, place: str) -> Iterator[str]:
    if len(values) and values.max() > LARGEST_MW:
        yield (
            f"{place} is {amount(values.max())} MW, more than any site has. If kW are meant, write "
            f"{values.max() / 1e3:g}."
        )


def _of_price(scenario: Scenario, series: float | SeriesSpec | None, grid: TimeGrid, place: str) -> Iterator[str]:
    values = _values(scenario, series, grid)
    if len(values) and values.min() > 0 and values.max() < CHEAPEST_USD_PER_MWH:
        yield f"{place} is {_range(values)} $/MWh. If $/kWh are meant, write {_thousandfold(series, values)}."


def _of_carbon(scenario: Scenario, series: float | SeriesSpec | None, grid: TimeGrid, place: str) -> Iterator[str]:
    values = _values(scenario, series, grid)
    if not len(values) or values.min() <= 0:
        return
    if values.max() < CLEANEST_G_PER_KWH:
        more = _thousandfold(series, values)
        yield f"{place} is {_range(values)} g/kWh. If kg/kWh or t/MWh are meant, write {more}."
    elif values.min() > DIRTIEST_G_PER_KWH:
        yield f"{place} is {_range(values)} g/kWh, more than any plant emits: coal has about 820."


def _range(values: Floats) -> str:
    low, high = (amount(float(f"{value:.4g}")) for value in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"


def _thousandfold(series: float | SeriesSpec | None, values: Floats) -> str:
    """What to write where the number of a larger unit was taken for one of a thousandth of it."""
    return "`scale: 1000` with the series" if isinstance(series, SeriesSpec) else f"{float(values.max()) * 1e3:g}"


def _too_many_gbps(gbps: float, place: str) -> Iterator[str]:
    if gbps >= MOST_GBPS:
        yield f"{place} is {amount(gbps)} Gbit/s. If Mbit/s are meant, write {gbps / 1e3:g}."


def _of_accelerators(scenario: Scenario) -> Iterator[str]:
    given = [(f"accelerators.{each.name}.kw", each.kw) for each in scenario.accelerators]
    for cluster, pool in scenario.pools():
        if pool.kw_per_accelerator is not None:
            given.append((f"clusters.{cluster.name}.pools.{pool.name}.kw_per_accelerator", pool.kw_per_accelerator))
    for place, kw in given:
        if kw > MOST_KW:
            yield f"{place} is {kw:g} kW for one accelerator. If W are meant, write {kw / 1e3:g}; of a host, divide it."


def _of_jobs(scenario: Scenario) -> Iterator[str]:
    jobs = scenario.jobs
    fast = np.flatnonzero(jobs["sync_gbps"] >= MOST_GBPS)
    if len(fast):
        gbps = float(jobs["sync_gbps"][fast].max())
        yield (
            f"jobs: sync_gbps is up to {amount(gbps)} Gbit/s for each accelerator of {_named(jobs['job'][fast])}. If "
            f"Mbit/s are meant, write {gbps / 1e3:g}."
        )


def _of_terms(scenario: Scenario) -> Iterator[str]:
    """Rows for teams that have no jobs: a table of budgets may list them, and a name may be mistyped."""
    teams = sorted({str(team) for team in scenario.jobs["team"] if team is not None})
    for term in scenario.terms:
        listed = list(dict.fromkeys(row.team for row in term.rows or () if row.team is not None))
        unused = [team for team in listed if team not in teams]
        if not unused:
            continue
        near = {team: nearest(team, [each for each in teams if each not in listed]) for team in unused}
        names = [f"{team} (did you mean '{near[team]}'?)" for team in unused if near[team]]
        names += [team for team in unused if not near[team]]
        which = "this team has no jobs, and its" if len(unused) == 1 else "these teams have no jobs, and their"
        yield f"terms.{term.name}: {which} rows cost nothing: {_named(names)}."


def _named(names: Iterable[Any]) -> str:
    names = [str(name) for name in names]
    return ", ".join(names[:FIRST]) + (f" and {len(names) - FIRST:,} more" if len(names) > FIRST else "")
