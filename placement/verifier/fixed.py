"""Fixed costs of pools, by how they are charged, and rent (docs/model.md §9)."""

import numpy as np

from placement.schema import FixedCost
from placement.units import HOURS_PER_YEAR
from placement.verifier.fleet import Fleet
from placement.verifier.ledger import Ledger
from placement.verifier.spans import REAL_TOLERANCE, Reals


def recovery(rate: float, years: float) -> float:
    """Yearly payment for $1 invested over a life: r / (1 - (1+r)^-life), 1/life without interest."""
    return 1 / years if rate == 0 else float(rate / -np.expm1(-years * np.log1p(rate)))


def with_interest(rate: float, years: float) -> float:
    """What $1 spent evenly over some years has become at their end: the mean of (1+r)^s over s in [0, years].

    With X = years ln(1+r) it is (e^X - 1)/X, here as its power series, the sum of X^k/(k+1)!: all terms are positive.
    """
    exponent = years * float(np.log1p(rate))
    total, term, k = 0.0, 1.0, 0
    while total + term != total:
        total += term
        k += 1
        term *= exponent / (k + 1)
    return total


def yearly(cost: FixedCost, rate: float) -> float:
    """A unit of a cost, $ per year: as it stands, or of an investment what has to come in each year of its life.

    The worth of the investment at the start of service, less the tax credit, is paid back in equal amounts; what
    is left at the end is saved for by a sinking fund, r / ((1+r)^life - 1); insurance comes on top.
    """
    if cost.life_years is None:
        return cost.usd
    annuity = recovery(rate, cost.life_years)
    sinking_fund = annuity - rate
    invested = with_interest(rate, cost.construction_years) - cost.tax_credit_share
    share = invested * annuity - cost.residual_share * sinking_fund + cost.insurance_share_per_year
    return cost.usd * share


def _units(fleet: Fleet, pool: int, cost: FixedCost) -> float:
    """Units of a cost that fall to a pool."""
    cluster = fleet.clusters[fleet.cluster_of[pool]]
    if cost.pool is not None and cost.pool != fleet.pools[pool].name:
        return 0.0
    if cost.per == "mw":
        return float(fleet.number[pool] * fleet.kw[pool] / 1000)
    if cost.per == "accelerator":
        return float(fleet.number[pool])
    whole = 1 if cost.per == "cluster" or cluster.satellites is None else cluster.satellites.number
    return float(whole) if cost.pool is not None else whole * _weight(fleet, pool)


def _weight(fleet: Fleet, pool: int) -> float:
    """A pool's share of its cluster by number × kw; equal shares if that is 0."""
    others = fleet.pools_of(int(fleet.cluster_of[pool]))
    power = fleet.number[others] * fleet.kw[others]
    if power.sum() == 0:
        return 1 / len(others)
    return float(fleet.number[pool] * fleet.kw[pool] / power.sum())


def usd_per_year(fleet: Fleet, pool: int) -> dict[str, float]:
    """Fixed costs of a pool by category."""
    total: dict[str, float] = {}
    rate = fleet.scenario.money.rate
    for cost in fleet.clusters[fleet.cluster_of[pool]].fixed_costs:
        usd = yearly(cost, rate) * _units(fleet, pool, cost)
        total[cost.category] = total.get(cost.category, 0.0) + usd
    return total


def _paid_hours(fleet: Fleet, pool: int) -> Reals:
    """Shape (T,): hours of each slot that count for what is owned or committed: the share that stands, of blocks."""
    hours = fleet.grid.slot_hours
    return hours * fleet.standing[pool] / fleet.number[pool] if fleet.number[pool] else hours


def pay(fleet: Fleet, held: Reals, ledger: Ledger) -> None:
    """Fixed costs and rent of every pool; `held` (pools, T) are what runs and flows hold, slot means."""
    hours = fleet.grid.slot_hours
    for pool, index in enumerate(fleet.cluster_of):
        cluster = fleet.clusters[index]
        paid = _paid_hours(fleet, pool) / HOURS_PER_YEAR
        for category, usd in usd_per_year(fleet, pool).items():
            if cluster.charge == "owned":
                ledger.own(category, cluster.name, usd * paid)
            elif cluster.charge == "committed":
                anything = held[fleet.cluster_of == index].max() > REAL_TOLERANCE
                ledger.pay(category, cluster.name, usd * paid * anything)
            elif fleet.number[pool]:
                per_hour = usd / (HOURS_PER_YEAR * float(fleet.number[pool]))
                ledger.pay(category, cluster.name, per_hour * held[pool] * hours)
        rent = fleet.pools[pool].usd_per_accelerator_hour
        if rent is not None:
            ledger.pay("rent", cluster.name, fleet.slots(rent) * held[pool] * hours)
