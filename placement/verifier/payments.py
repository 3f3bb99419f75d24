"""What runs pay beside energy and use: transfers, moves of shared data, quoted prices (docs/model.md §9)."""

import numpy as np

from placement.verifier.datasets import Move
from placement.verifier.ledger import Ledger
from placement.verifier.schedule import Schedule
from placement.verifier.transfers import Transfers


def pay(schedule: Schedule, transfers: tuple[Transfers, ...], moves: list[Move], ledger: Ledger) -> None:
    """All of them, each at its slot, on the cluster of the run or to which the data move."""
    for kind in transfers:
        _transfers(schedule, kind, ledger)
    for move in moves:
        ledger.pay_at("transfer", schedule.fleet.clusters[move.cluster].name, 0, move.usd)
    _quotes(schedule, ledger)


def _transfers(schedule: Schedule, transfers: Transfers, ledger: Ledger) -> None:
    """At the start slot of the run that they belong to."""
    runs = schedule.runs
    usd = transfers.usd * schedule.groups.count[runs.group[transfers.run]]
    for cluster in np.unique(transfers.cluster):
        here = transfers.cluster == cluster
        name = schedule.fleet.clusters[cluster].name
        ledger.pay_at("transfer", name, runs.start[transfers.run[here]], usd[here])


def _quotes(schedule: Schedule, ledger: Ledger) -> None:
    """`price_usd` of each part of each unit, once, at the start of the first segment."""
    parts, runs = schedule.parts, schedule.runs
    start = runs.start[runs.segment == 1]
    cluster = schedule.fleet.cluster_of[parts.pool]
    usd = parts.usd * schedule.groups.count[parts.group]
    for index in np.unique(cluster[usd != 0]):
        here = cluster == index
        ledger.pay_at("quote", schedule.fleet.clusters[index].name, start[parts.group[here]], usd[here])
