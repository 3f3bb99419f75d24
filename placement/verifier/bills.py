"""What energy costs: bills, cooling's share, carbon, contracts of grids, switching (docs/model.md §9)."""

import numpy as np

from placement.schema import Grid, TakeOrPay
from placement.verifier.energy import Energy, Feed
from placement.verifier.ledger import Ledger
from placement.verifier.power import is_simple
from placement.verifier.spans import Bools, Reals


def pay(energy: Energy, on: Bools, ledger: Ledger) -> None:
    """All that the energy of all clusters costs."""
    for index, feeds in enumerate(energy.feeds):
        for feed in feeds:
            _energy(energy, feed, ledger)
            if isinstance(feed.source, Grid) and not is_simple(energy.fleet.clusters[index]):
                _demand_charge(energy, feed, feed.source, ledger)
                if feed.source.take_or_pay is not None:
                    _take_or_pay(energy, feed, feed.source.take_or_pay, ledger)
        _carbon(energy, index, ledger)
        _switching(energy, index, on[index], ledger)


def mwh(energy: Energy, feed: Feed) -> Reals:
    """Shape (K,): energy of a source in each tick."""
    return energy.of(feed) * energy.fleet.grid.tick_hours


def emissions(energy: Energy, cluster: int) -> Reals:
    """Shape (T,): tonnes of CO2e of all energy of a cluster."""
    grid = energy.fleet.grid
    tonnes = np.zeros(grid.slots)
    for feed in energy.feeds[cluster]:
        tonnes += np.bincount(grid.tick_slot, mwh(energy, feed) * feed.carbon / 1000, grid.slots)
    return tonnes


def _energy(energy: Energy, feed: Feed, ledger: Ledger) -> None:
    """Price × MWh; 1/pue of it is energy, the rest cooling."""
    grid, cluster = energy.fleet.grid, energy.fleet.clusters[feed.cluster]
    usd = np.bincount(grid.tick_slot, mwh(energy, feed) * feed.price, grid.slots)
    ledger.pay("energy", cluster.name, usd / cluster.pue)
    ledger.pay("cooling", cluster.name, usd - usd / cluster.pue)


def _carbon(energy: Energy, index: int, ledger: Ledger) -> None:
    price = energy.fleet.scenario.policy.carbon_usd_per_t
    ledger.pay("carbon", energy.fleet.clusters[index].name, price * emissions(energy, index))


def _demand_charge(energy: Energy, feed: Feed, source: Grid, ledger: Ledger) -> None:
    """Charge × the highest MW of each month, at its first slot; in the first at least `peak_so_far_mw`."""
    grid, name = energy.fleet.grid, energy.fleet.clusters[feed.cluster].name
    month = grid.month[grid.tick_slot]
    for number in np.unique(grid.month):
        peak = float(energy.of(feed)[month == number].max())
        if number == 0:
            peak = max(peak, source.peak_so_far_mw)
        first = int(np.flatnonzero(grid.month == number)[0])
        ledger.pay_at("contracts", name, first, source.demand_charge_usd_per_mw * peak * grid.month_count[number])


def _take_or_pay(energy: Energy, feed: Feed, contract: TakeOrPay, ledger: Ledger) -> None:
    """What is not taken of the energy of a span, at its first slot."""
    grid, name = energy.fleet.grid, energy.fleet.clusters[feed.cluster].name
    span = grid.period if contract.per == "period" else np.zeros(grid.slots, dtype=np.int64)
    taken = np.bincount(span[grid.tick_slot], mwh(energy, feed))
    first = np.unique(span, return_index=True)[1]
    ledger.pay_at("contracts", name, first, contract.usd_per_mwh * np.maximum(contract.mwh - taken, 0.0))


def _switching(energy: Energy, index: int, on: Bools, ledger: Ledger) -> None:
    """In the slot in which the state changes; with `finally_off` also in the last slot if it is on then."""
    cluster = energy.fleet.clusters[index]
    if not cluster.switchable:
        return
    before = np.append(cluster.initially_on, on[:-1])
    usd = np.where(on & ~before, cluster.startup_usd, 0.0) + np.where(before & ~on, cluster.shutdown_usd, 0.0)
    if cluster.finally_off and on[-1]:
        usd[-1] += cluster.shutdown_usd
    ledger.pay("switching", cluster.name, usd)
