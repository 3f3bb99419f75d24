"""What a plan leaves free, and where along it a run would be in the way.

left[q, t] is what row q has left in slot t: accelerators of a pool, or watts of IT of a cluster. The first slot from s
on in which less than an amount is left is found by doubling: low[k][q, t] is the least of left[q, t : t + 2^k].
"""

from __future__ import annotations

import numpy as np

from placement.compile import Compiled
from placement.kernels.work import Floats, Ints
from placement.verifier import Verification
from placement.verifier.reading import ACCELERATORS, POWER

TOLERANCE = 1e-6
"""Share of what there is by which more may be taken; that of the verifier."""

WATTS_PER_MW = 1e6


class Room:
    """What a plan leaves of accelerators and power.

    Named limits, links, resources and shared data are not in it.

    Parameters
    ----------
    compiled : Compiled
        The plan's scenario.
    checked : Verification
        Of the plan, with its readings: they count modules that stand, clusters that are off, and flows.
    """

    def __init__(self, compiled: Compiled, checked: Verification):
        legend, slots = compiled.legend, compiled.problem.work.slots
        pools = {legend.pool_name(index): index for index in range(len(legend.pools))}
        sites = {site.cluster.name: site.index for site in legend.sites}
        self.pools = len(pools)
        """Rows of pools; those of clusters follow."""
        self.left: Floats = np.full((len(pools) + len(sites), slots), np.inf)
        """(Q, T)"""
        for reading in checked.readings:
            unit = WATTS_PER_MW if reading.kind == POWER else 1.0
            if reading.kind == ACCELERATORS:
                row = pools[f"{reading.cluster}/{reading.of}"]
            elif reading.kind == POWER:
                row = len(pools) + sites[reading.cluster]
            else:
                continue
            slack = TOLERANCE * np.maximum(reading.most, 1.0)
            self.left[row] = unit * (reading.most - reading.amount + np.where(np.isfinite(slack), slack, 0.0))
        self.row_of_meter: Ints = legend.pool_of_meter.astype(np.int64)
        """(M,) row that a meter counts in; -1: none."""
        for cluster, meters in legend.watt_meters.items():
            self.row_of_meter[meters] = len(pools) + cluster
        self._low = _least(self.left)
        self._high = _least(-self.left)

    def first_without(self, row: Ints, slot: Ints, amount: Floats) -> Ints:
        """(n,) first slot from one on in which a row has less than an amount left; T: none."""
        return _first(self._low, row, slot, amount)

    def first_with(self, row: Ints, slot: Ints, amount: Floats) -> Ints:
        """(n,) first slot from one on in which a row has an amount left; T: none."""
        return _first(self._high, row, slot, np.nextafter(-amount, np.inf))


def _least(values: Floats) -> list[Floats]:
    """The least of 2^k values from each on, for each k that matters; inf past the last. Shape (Q, T+1) each."""
    slots = values.shape[1]
    tables = [np.concatenate([values, np.full((len(values), 1), np.inf)], axis=1)]
    while 2 ** len(tables) <= slots:
        half, last = 2 ** (len(tables) - 1), tables[-1]
        at = np.minimum(np.arange(slots + 1) + half, slots)
        tables.append(np.minimum(last, last[:, at]))
    return tables


def _first(tables: list[Floats], row: Ints, slot: Ints, amount: Floats) -> Ints:
    """(n,) first slot from one on whose value is less than an amount."""
    slots = tables[0].shape[1] - 1
    at = np.array(slot, dtype=np.int64)
    for k in range(len(tables) - 1, -1, -1):
        at = np.minimum(at + np.where(tables[k][row, at] >= amount, 2**k, 0), slots)
    return at
