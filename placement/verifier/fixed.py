"""Fixed costs of pools, by how they are charged, and rent (docs/model.md §9)."""

from placement.schema import FixedCost
from placement.units import HOURS_PER_YEAR
from placement.verifier.fleet import Fleet
from placement.verifier.ledger import Ledger
from placement.verifier.spans import REAL_TOLERANCE, Reals


def recovery(rate: float, years: float) -> float:
    """Yearly payment for $1 invested over a life: r / (1 - (1+r)^-life), 1/life without interest."""
    return 1 / years if rate == 0 else rate / (1 - (1 + rate) ** -years)


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
    rate = fleet.scenario.money.discount_rate
    for cost in fleet.clusters[fleet.cluster_of[pool]].fixed_costs:
        usd = cost.usd * _units(fleet, pool, cost)
        if cost.life_years is not None:
            usd *= recovery(rate, cost.life_years)
        total[cost.category] = total.get(cost.category, 0.0) + usd
    return total


def pay(fleet: Fleet, held: Reals, ledger: Ledger) -> None:
    """Fixed costs and rent of every pool; `held` (pools, T) are what runs and flows hold, slot means."""
    hours = fleet.grid.slot_hours
    for pool, index in enumerate(fleet.cluster_of):
        cluster = fleet.clusters[index]
        for category, usd in usd_per_year(fleet, pool).items():
            if cluster.charge == "owned":
                ledger.own(category, cluster.name, usd * hours / HOURS_PER_YEAR)
            elif cluster.charge == "committed":
                anything = held[fleet.cluster_of == index].max() > REAL_TOLERANCE
                ledger.pay(category, cluster.name, usd * hours / HOURS_PER_YEAR * anything)
            elif fleet.number[pool]:
                per_hour = usd / (HOURS_PER_YEAR * float(fleet.number[pool]))
                ledger.pay(category, cluster.name, per_hour * held[pool] * hours)
        rent = fleet.pools[pool].usd_per_accelerator_hour
        if rent is not None:
            ledger.pay("rent", cluster.name, fleet.slots(rent) * held[pool] * hours)
