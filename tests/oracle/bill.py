"""What things cost: runs, idle power, fixed costs, moves of data (docs/model.md 9)."""

import math
from collections import defaultdict
from typing import Any

from oracle.fleet import Bay, Fleet, Place, Site
from oracle.growth import Cash
from oracle.power import Source
from oracle.runs import Run, dataset_of, needs_staging, needs_unloading
from oracle.ways import planned_hours, shares

Rates = dict[str, float]
"""$ by category."""


def energy_rates(fleet: Fleet, site: Site, source: Source, tick: int) -> Rates:
    """$ for a MWh of a source in a tick."""
    price, pue = source.price[tick], site.cluster.pue
    carbon = fleet.scenario.policy.carbon_usd_per_t * source.carbon[tick] / 1000
    return {"energy": price / pue, "cooling": price * (1 - 1 / pue), "carbon": carbon}


def megawatt_rates(fleet: Fleet, site: Site, t: int) -> Rates:
    """$ for a MW at the meter of a simple cluster, held through a slot."""
    rates: Rates = defaultdict(float)
    for tick in fleet.ticks_of(t):
        for category, usd in energy_rates(fleet, site, site.sources[0], tick).items():
            rates[category] += usd * float(fleet.grid.tick_hours[tick])
    return rates


def holding_rates(fleet: Fleet, bay: Bay, t: int) -> Rates:
    """$ for an accelerator held through a slot: rent, and fixed costs that are charged by use."""
    rates = {"rent": bay.rent[t] * fleet.hours[t]}
    if fleet.site(bay.place).cluster.charge == "used" and bay.pool.number:
        for category, usd in yearly(fleet, bay.place).items():
            rates[category] = usd / (8766 * bay.pool.number) * fleet.hours[t]
    return rates


def yearly(fleet: Fleet, place: Place) -> Rates:
    """Fixed costs of a pool, $ per year by category."""
    rates: Rates = defaultdict(float)
    for cost in fleet.site(place).cluster.fixed_costs:
        usd = cost.usd * _units(fleet, place, cost)
        if cost.life_years is not None:
            usd *= _share_a_year(cost, fleet.scenario.money.rate)
        rates[cost.category] += usd
    return rates


def _share_a_year(cost: Any, r: float) -> float:
    """Share of an investment that is paid each year, with everything that belongs to it."""
    n, built = cost.life_years, cost.construction_years
    grown = ((1 + r) ** built - 1) / (built * math.log(1 + r)) if r and built else 1.0
    present = grown - cost.tax_credit_share - cost.residual_share / (1 + r) ** n
    return present * (r / (1 - (1 + r) ** -n) if r else 1 / n) + cost.insurance_share_per_year


def _units(fleet: Fleet, place: Place, cost: Any) -> float:
    """Units of a fixed cost that fall to a pool."""
    if cost.pool not in (None, place[1]):
        return 0.0
    site, bay = fleet.site(place), fleet.bays[place]
    if cost.per == "mw":
        return bay.pool.number * bay.kw / 1000
    if cost.per == "accelerator":
        return bay.pool.number
    whole = site.cluster.satellites.number if cost.per == "satellite" else 1
    if cost.pool is not None:
        return whole
    power = sum(b.pool.number * b.kw for b in site.bays)
    share = bay.pool.number * bay.kw / power if power else 1 / len(site.bays)
    return whole * share


def fixed_cash(fleet: Fleet, site: Site) -> Cash:
    """All fixed costs of a cluster over the horizon; of blocks those that stand."""
    cash: Cash = defaultdict(float)
    for bay in site.bays:
        for category, usd in yearly(fleet, bay.place).items():
            for t in range(fleet.slots):
                share = bay.there[t] / bay.pool.number if bay.pool.number else 1.0
                cash[category, site.name, t] += usd * share * fleet.hours[t] / 8766
    return cash


def idle_cash(fleet: Fleet, site: Site) -> Cash:
    """Idle energy of a simple cluster."""
    cash: Cash = defaultdict(float)
    for t in range(fleet.slots):
        for category, usd in megawatt_rates(fleet, site, t).items():
            cash[category, site.name, t] += usd * site.cluster.idle_mw
    return cash


def runs_cash(fleet: Fleet, job: Any, runs: tuple[Run, ...]) -> Cash:
    """What the runs of one unit pay, energy of simple clusters only."""
    cash: Cash = defaultdict(float)
    for run in runs:
        for part in run.way.parts:
            site = fleet.site(part.place)
            for t in run.covered:
                share = run.held[t] / fleet.grains
                for category, usd in holding_rates(fleet, fleet.bays[part.place], t).items():
                    cash[category, site.name, t] += usd * part.accelerators * share
                if site.simple:
                    mw = part.watts / 1e6 * share * site.cluster.pue
                    for category, usd in megawatt_rates(fleet, site, t).items():
                        cash[category, site.name, t] += usd * mw
    for cluster, usd in runs[0].way.quotes:
        cash["quote", cluster, runs[0].start] += usd
    for cluster in runs[0].way.clusters:
        if needs_staging(job, cluster):
            cash["transfer", cluster, runs[0].start] += _inward_usd(fleet, job.dataset_tb, job.home, cluster)
        if needs_unloading(job, cluster):
            cash["transfer", cluster, runs[-1].start] += _outward_usd(fleet, job.result_tb, cluster, job.home)
    return cash


def _inward_usd(fleet: Fleet, volume: float, home: str | None, cluster: str) -> float:
    """$ for bringing data to a cluster, both ends."""
    return volume * (_link_usd(fleet, home, "usd_per_tb_out") + _link_usd(fleet, cluster, "usd_per_tb_in"))


def _outward_usd(fleet: Fleet, volume: float, cluster: str, home: str | None) -> float:
    """$ for bringing data from a cluster, both ends."""
    return volume * (_link_usd(fleet, cluster, "usd_per_tb_out") + _link_usd(fleet, home, "usd_per_tb_in"))


def _link_usd(fleet: Fleet, end: str | None, price: str) -> float:
    site = fleet.sites.get(end or "")
    return 0.0 if site is None or site.cluster.link is None else getattr(site.cluster.link, price)


def move_cash(fleet: Fleet, dataset: str, cluster: str) -> Cash:
    """What moving a shared data set to a cluster costs."""
    record = dataset_of(fleet, dataset)
    return {("transfer", cluster, 0): _inward_usd(fleet, record.tb, record.home, cluster)}


def run_service(fleet: Fleet, job: Any, runs: tuple[Run, ...]) -> float:
    """Service terms of a unit that is placed: delay and tail."""
    last = runs[-1]
    delay = job.delay_usd_per_hour * (last.end - ready_hours(job))
    work = last.way.works[-1]
    terminal = fleet.scenario.policy.terminal_usd_per_accelerator_hour
    left = planned_hours(fleet, job) * shares(job)[-1] * job.accelerators * last.tail / work
    return delay + terminal * left


def deferral_service(fleet: Fleet, job: Any) -> float:
    """Service terms of a unit that is deferred."""
    hours = planned_hours(fleet, job)
    terminal = fleet.scenario.policy.terminal_usd_per_accelerator_hour * hours * job.accelerators
    return terminal + job.delay_usd_per_hour * (fleet.end + hours - ready_hours(job))


def rejection_service(fleet: Fleet, job: Any) -> float:
    """Service term of a unit that is rejected."""
    if job.reject_usd is not None:
        return job.reject_usd
    policy = fleet.scenario.policy
    weight = 1.0 if job.priority is None else policy.priorities[job.priority]
    return policy.reject_usd_per_accelerator_hour * planned_hours(fleet, job) * job.accelerators * weight


def ready_hours(job: Any) -> float:
    """When a job could start, hours from the start."""
    ready = job.earliest_start if job.earliest_start is not None else job.submitted
    return max(0.0, 0.0 if ready is None else ready)
