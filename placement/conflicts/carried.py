"""Satellites and the pool of accelerators that they carry: more of them is more of it."""

from __future__ import annotations

from dataclasses import dataclass

from placement.conflicts.demand import Dial
from placement.conflicts.put import put
from placement.schema import Cluster, Pool, Scenario


@dataclass(frozen=True)
class Carried:
    """Satellites of one plane, or of all, and the accelerators on each."""

    pool: str
    plane: str | None
    satellites: int
    each: int

    @property
    def accelerators(self) -> int:
        """What they carry."""
        return self.satellites * self.each

    @property
    def key(self) -> str:
        """Where their number stands in the cluster."""
        return f"planes.{self.plane}.satellites" if self.plane else "satellites.number"

    def dial(self, path: str, c: int) -> Dial:
        """More satellites, and the pool with them."""
        return Dial(
            f"{path}.{self.key}", (), self.satellites, up=True, whole=True,
            edit=lambda scenario, to: self.put(scenario, c, int(to)),
        )  # fmt: skip

    def put(self, scenario: Scenario, c: int, to: int) -> Scenario:
        """The scenario with so many of them, unchecked."""
        cluster = scenario.clusters[c]
        assert cluster.satellites is not None
        pools = tuple(
            pool.model_copy(update={"number": to * self.each}) if pool.name == self.pool else pool
            for pool in cluster.pools
        )
        planes = tuple(
            plane.model_copy(update={"satellites": to}) if plane.name == self.plane else plane
            for plane in cluster.planes
        )
        every = cluster.satellites.number + to - self.satellites
        satellites = cluster.satellites.model_copy(update={"number": every})
        update = {"pools": pools, "planes": planes, "satellites": satellites}
        return scenario.model_copy(update={"clusters": put(scenario.clusters, (c,), cluster.model_copy(update=update))})


def orbital_number(cluster: Cluster, pool: Pool) -> Carried | None:
    """The satellites that carry a pool; None on Earth."""
    if cluster.satellites is None or pool.blocks:
        return None
    planes = {plane.name: plane.satellites for plane in cluster.planes}
    number = planes.get(pool.plane or "", cluster.satellites.number)
    return Carried(str(pool.name), pool.plane, number, cluster.satellites.accelerators)
