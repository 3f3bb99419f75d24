"""What a scenario demands of a cluster as it stands: of accelerators, power, resources and links there is only so much.

What its sources give is in a family of its own, and modules that would be added in another.
"""

from __future__ import annotations

import numpy as np

from placement.compile.fleet import is_simple
from placement.conflicts.carried import orbital_number
from placement.conflicts.demand import Demand, Dial, amount
from placement.conflicts.demands_of_sources import of_sources
from placement.conflicts.plenty import Plenty
from placement.conflicts.put import Steps
from placement.schema import Cluster, Pool, Scenario

FASTEST = 1e6
"""Times a link's speed, at most."""


def of_cluster(scenario: Scenario, c: int, most: Plenty) -> list[Demand]:
    """Demands of a cluster: pools, power, sources, resources, links."""
    cluster = scenario.clusters[c]
    found = [_pool(c, k, cluster, pool, most) for k, pool in enumerate(cluster.pools)]
    return [
        *found,
        *_power(scenario, c, cluster, most),
        *of_sources(c, cluster, most),
        *_resources(c, cluster, most),
        *_links(c, cluster, most),
    ]


def _pool(c: int, k: int, cluster: Cluster, pool: Pool, most: Plenty) -> Demand:
    """So many accelerators in a pool, less what others take; in orbit, so many satellites."""
    own: Steps = ("clusters", c, "pools", k)
    path, dials = _pool_dials(c, own, cluster, pool)
    kept = [f"{pool.spares:,} of them spares"] if pool.spares else []
    if pool.reserved != 0.0:
        kept.append(f"{most.size(pool.reserved)} taken by others")
    words = f"pool {cluster.name}/{pool.name} has {pool.number:,} accelerators" + "".join(f", {each}" for each in kept)
    as_many = ((*own, "reserved"), -float(most.accelerators + most.on_slots(pool.reserved).max() + pool.spares))
    return Demand("pool", path, words, (as_many,), dials)


def _pool_dials(c: int, own: Steps, cluster: Cluster, pool: Pool) -> tuple[str, tuple[Dial, ...]]:
    """Where the number of a pool stands, and what makes it larger: each block, its satellites, or itself."""
    path = f"clusters.{cluster.name}"
    number = f"{path}.pools.{pool.name}.number"
    if pool.blocks:
        blocks = f"{path}.pools.{pool.name}.blocks"
        return number, tuple(
            Dial(f"{blocks}.{block.name}.number", (*own, "blocks", b, "number"), block.number, up=True, whole=True)
            for b, block in enumerate(pool.blocks)
        )
    carried = orbital_number(cluster, pool)
    if carried is not None and carried.accelerators == pool.number:
        return f"{path}.{carried.key}", (carried.dial(path, c),)
    return number, (Dial(number, (*own, "number"), pool.number, up=True, whole=True),)


def _power(scenario: Scenario, c: int, cluster: Cluster, most: Plenty) -> list[Demand]:
    """A limit of power, and what is drawn with nothing running where that matters."""
    found = []
    name, path, steps = cluster.name, f"clusters.{cluster.name}", ("clusters", c)
    if cluster.power_limit_mw is not None:
        limit = cluster.power_limit_mw
        idle = f", {amount(cluster.idle_mw)} MW of it idle" if cluster.idle_mw else ""
        words = f"power of {name} is limited to {most.size(limit)} MW{idle}"
        there, own = f"{path}.power_limit_mw", (*steps, "power_limit_mw")
        found.append(Demand("power", there, words, ((own, None),), (Dial(there, own, limit, up=True),)))
    if cluster.idle_mw and (not is_simple(cluster) or any(each.of in ("usd", "tco2") for each in scenario.limits)):
        there, own = f"{path}.idle_mw", (*steps, "idle_mw")
        words = f"{name} draws {amount(cluster.idle_mw)} MW with nothing running"
        found.append(Demand("idle", there, words, ((own, 0.0),), (Dial(there, own, cluster.idle_mw, up=False),)))
    return found


def _resources(c: int, cluster: Cluster, most: Plenty) -> list[Demand]:
    """So much of each resource."""
    found = []
    for key, value in cluster.resources.items():
        path, steps = f"clusters.{cluster.name}.resources.{key}", ("clusters", c, "resources", key)
        words = f"{cluster.name} has {most.size(value)} of resource {key}"
        found.append(Demand("resource", path, words, ((steps, most.amount),), (Dial(path, steps, value, up=True),)))
    return found


def _links(c: int, cluster: Cluster, most: Plenty) -> list[Demand]:
    """The speed of a link each way, where there is something to move."""
    found: list[Demand] = []
    if cluster.link is None or not most.tb:
        return found
    slowest = 0.45 * float(np.diff(most.grid.edges).min())
    for key, way in (("gbps_in", "into"), ("gbps_out", "out of")):
        gbps = getattr(cluster.link, key)
        path, steps = f"clusters.{cluster.name}.link.{key}", ("clusters", c, "link", key)
        factor = min(FASTEST, 1.0 + 100 * most.tb / (slowest * gbps))
        words = f"the link {way} {cluster.name} carries {amount(gbps)} Gbit/s while in contact"
        found.append(Demand("link", path, words, ((steps, gbps * factor),), (Dial(path, steps, gbps, up=True),)))
    return found
