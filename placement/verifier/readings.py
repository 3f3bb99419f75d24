"""What meters read under a plan, beside what there is: for people, from the same numbers that the rules are checked by.

Accelerators of a pool, IT power of a cluster, its links, its named resources; a mean over each slot. What its sources
give, in the tick of each slot that leaves the least.
"""

from collections.abc import Iterator

import numpy as np

from placement.verifier.energy import Energy, Raised, raised_in_ticks
from placement.verifier.meters import Meters, amounts
from placement.verifier.power import is_simple
from placement.verifier.reading import ACCELERATORS, LINK_IN, LINK_OUT, POWER, RESOURCE, SOURCE, Reading
from placement.verifier.spans import UNLIMITED, Ints, Reals
from placement.verifier.transfers import WHOLE_LINK


def readings(
    meters: Meters,
    room: Ints,
    watts: Ints,
    links: tuple[Ints, Ints],
    gives: dict[str, Reals],
    needs: dict[str, Reals],
    energy: Energy,
    sources: Raised,
) -> Iterator[Reading]:
    """Every meter of a plan.

    Parameters
    ----------
    meters : Meters
    room : array, shape (pools, T)
        Accelerators that runs and flows may hold.
    watts : array, shape (clusters, T)
        IT watts that they may draw.
    links : two arrays, shape (clusters, T)
        Shares of the links used, in and out, in 1/2^20.
    gives, needs : mappings
        Of named resources, what modules add and take; shape (clusters, T).
    energy, sources
        What sources give, and by how much modules raise them.
    """
    fleet = meters.fleet
    held, drawn = meters.accelerators(), meters.by_cluster(meters.watts())
    for index, pool in enumerate(fleet.pools):
        cluster = fleet.clusters[fleet.cluster_of[index]].name
        yield Reading(ACCELERATORS, cluster, str(pool.name), "accelerators", held[index], _open(room[index]))
    hours = fleet.grid.slot_hours
    for index, each in enumerate(fleet.clusters):
        yield Reading(POWER, each.name, "", "MW of IT", drawn[index] / 1e6, _open(watts[index], 1e6))
        if each.link is None:
            continue
        for kind, used, tb in zip((LINK_IN, LINK_OUT), links, (fleet.link_in, fleet.link_out), strict=True):
            rate = tb[index] / hours
            yield Reading(kind, each.name, "", "TB/h", used[index] / WHOLE_LINK * rate, rate)
    for name, there in amounts(meters, gives).items():
        taken = meters.uses(name) + needs.get(name, 0.0)
        for index, each in enumerate(fleet.clusters):
            if name in each.resources:
                yield Reading(RESOURCE, each.name, name, "units", taken[index], there[index])

    for index in range(len(fleet.clusters)):
        yield from _sources(energy, sources, index)


def _sources(energy: Energy, raised: Raised, index: int) -> Iterator[Reading]:
    """Sources of a cluster whose power is more than a plain grid's, where they have a limit."""
    fleet = energy.fleet
    cluster, grid = fleet.clusters[index], fleet.grid
    for feed in () if is_simple(cluster) else energy.feeds[index]:
        given, most = energy.of(feed), feed.limit(raised_in_ticks(fleet, raised, index, feed.name))
        order = np.lexsort((most - given, grid.tick_slot))
        tick = order[np.searchsorted(grid.tick_slot[order], np.arange(grid.slots))]
        yield Reading(SOURCE, cluster.name, feed.name, "MW", given[tick], most[tick])


def _open(most: Ints, unit: float = 1.0) -> Reals:
    return np.where(most >= UNLIMITED, np.inf, most / unit)
