"""The fleet of an instance: what clusters offer by the hour, up to their size.

Everything is drawn as a share of the cluster's size, so that the size can follow from the load that is wanted.
Numbers are made up after what is common in 2025-2026 (general knowledge); nothing here is a fact about a site.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.benchmarks.sizes import Size

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ACCELERATORS = (("small", 1000.0, 80.0, 1.2), ("middle", 1250.0, 141.0, 1.3), ("large", 2250.0, 192.0, 1.8))
"""Name, Tflop/s, GB, kW: after H100, H200 and B200, rounded; all speeds are whole multiples of a quarter."""

REGIONS = (("americas", 39.0, -98.0), ("europe", 50.0, 10.0), ("asia", 30.0, 115.0))
"""Name, degrees north, degrees east of their middle. Within one a round trip takes less than 60 ms, to another more
than 110 ms."""

SPREAD_DEG = (5.0, 12.0)
"""Clusters lie so far from the middle of their region at most, north and east."""

UTILIZATION = 0.7
"""Mean power of a job's accelerators over the rated power."""

LARGEST_OVER_SMALLEST = 4.0
"""Of clusters, in reference accelerators."""

POWER_BOUND = (0.82, 0.90)
OTHERS = (1.08, 1.20)
"""Power limit over what all accelerators take on average: of the third that is power-bound first, and of the others."""

MOST_RESERVED = 0.28
"""Largest share of a cluster that others hold in an hour; nothing on Saturdays and Sundays (UTC)."""

USD_PER_REFERENCE_HOUR = 0.055
"""Mean energy cost of a fully used reference accelerator: about 45 $/MWh times 1.2 kW."""

NEGATIVE_SHARE = 0.015
"""Hours with a negative price, by cluster; real series have up to 2.6 %."""


@dataclass(frozen=True)
class Fleet:
    """C clusters over T slots of an hour."""

    size: Size
    kind: Ints
    """(C,) accelerator."""
    region: Ints
    """(C,)"""
    north: Floats
    east: Floats
    weight: Floats
    """(C,) share of the fleet's reference accelerators."""
    pue: Floats
    reserved: Floats
    """(C, T) share that others hold."""
    power: Floats
    """(C,) power limit over what all its accelerators take on average."""
    price: Floats
    """(C, T) $/MWh."""

    @property
    def speed(self) -> Floats:
        """(C,) reference accelerators per accelerator."""
        tflops = np.array([row[1] for row in ACCELERATORS])
        return np.asarray((tflops / tflops[0])[self.kind], dtype=np.float64)

    @property
    def memory(self) -> Floats:
        """(C,) GB."""
        return np.array([row[2] for row in ACCELERATORS])[self.kind]

    @property
    def kw(self) -> Floats:
        """(C,) rated, of an accelerator."""
        return np.array([row[3] for row in ACCELERATORS])[self.kind]

    def numbers(self, reference: float) -> Ints:
        """(C,) accelerators if the fleet has so many reference accelerators."""
        return np.maximum(np.round(reference * self.weight / self.speed), 8).astype(np.int64)

    def taken(self, numbers: Ints) -> Ints:
        """(C, T) accelerators that others hold."""
        return np.floor(self.reserved * numbers[:, None]).astype(np.int64)

    def it_mw(self, numbers: Ints) -> Floats:
        """(C,) most IT power."""
        return self.power * numbers * self.kw * UTILIZATION / 1000

    def available(self, numbers: Ints, utilization: float) -> float:
        """Reference accelerator-hours that accelerators and power leave for jobs of that mean utilization."""
        powered = self.it_mw(numbers) * 1000 / (self.kw * utilization)
        there = np.minimum(numbers[:, None] - self.taken(numbers), powered[:, None])
        return float((there * self.speed[:, None]).sum())


def draw_fleet(size: Size, rng: np.random.Generator) -> Fleet:
    """A fleet: accelerators and regions in turn, sizes over a range of 4, power-bound first every third."""
    count, slots = size.clusters, size.slots
    index = np.arange(count)
    region = index % len(REGIONS)
    kind = (index + index // len(REGIONS)) % len(ACCELERATORS)
    middle = np.array([row[1:] for row in REGIONS], dtype=np.float64)[region]
    place = middle + rng.uniform(-1, 1, (count, 2)) * SPREAD_DEG
    weight = rng.permutation(np.geomspace(1.0, LARGEST_OVER_SMALLEST, count))
    bound = np.zeros(count, dtype=bool)
    bound[rng.permutation(count)[: round(count / 3)]] = True
    pue = np.round(rng.uniform(1.05, 1.35, count), 2)
    power = np.where(bound, rng.uniform(*POWER_BOUND, count), rng.uniform(*OTHERS, count))
    local = (np.arange(slots)[None, :] + place[:, 1:] / 15) % 24
    speed = np.array([row[1] for row in ACCELERATORS])[kind] / ACCELERATORS[0][1]
    kw = np.array([row[3] for row in ACCELERATORS])[kind]
    base = USD_PER_REFERENCE_HOUR * 1000 * speed / (kw * pue) * rng.uniform(0.85, 1.18, count)
    price = _prices(base, local, rng)
    return Fleet(
        size, kind, region, place[:, 0], place[:, 1], weight / weight.sum(), pue, _reserved(local, rng), power, price
    )


def _reserved(local: Floats, rng: np.random.Generator) -> Floats:
    """(C, T) share that others hold: most in office hours, nothing at weekends."""
    slots = local.shape[1]
    office = np.clip(np.cos((local - 14) / 24 * 2 * np.pi), 0, None)
    share = 0.03 + 0.17 * office + 0.03 * rng.standard_normal(local.shape)
    weekend = np.arange(slots) // 24 % 7 >= 5
    return np.where(weekend, 0.0, np.clip(share, 0.0, MOST_RESERVED))


def _prices(base: Floats, local: Floats, rng: np.random.Generator) -> Floats:
    """(C, T) $/MWh: a daily shape at local time with a peak at 19 h and a valley at 13 h, slow noise, and the lowest
    hours below nought.
    """
    count, slots = local.shape
    evening = np.exp(-(((local - 19) / 3) ** 2))
    noon = np.exp(-(((local - 13) / 2.5) ** 2))
    sunny = np.repeat(rng.uniform(0.1, 0.9, (count, slots // 24 + 1)), 24, axis=1)[:, :slots]
    noise = np.empty((count, slots))
    noise[:, 0] = rng.standard_normal(count)
    shocks = rng.standard_normal((count, slots)) * np.sqrt(1 - 0.9**2)
    for t in range(1, slots):
        noise[:, t] = 0.9 * noise[:, t - 1] + shocks[:, t]
    price = base[:, None] * np.maximum(1.0 + 0.4 * evening - sunny * noon + 0.15 * noise, 0.05)
    lowest = int(np.ceil(NEGATIVE_SHARE * slots))
    hours = np.argsort(price, axis=1)[:, :lowest]
    np.put_along_axis(price, hours, -rng.uniform(0.5, 20.0, hours.shape), axis=1)
    return np.round(price, 2)


def clusters_document(fleet: Fleet, numbers: Ints) -> list[dict[str, Any]]:
    """The clusters as a scenario has them."""
    taken = fleet.taken(numbers)
    return [
        {
            "name": cluster_name(c),
            "place": {"lat": float(fleet.north[c]), "lon": float(fleet.east[c])},
            "pools": [
                {
                    "name": "pool",
                    "accelerator": ACCELERATORS[fleet.kind[c]][0],
                    "number": int(numbers[c]),
                    "reserved": taken[c].astype(float).tolist(),
                }
            ],
            "pue": float(fleet.pue[c]),
            "power_limit_mw": float(fleet.it_mw(numbers)[c] * fleet.pue[c]),
            "energy_price": fleet.price[c].tolist(),
            "interruptions_per_accelerator_year": 0.0,
        }
        for c in range(len(numbers))
    ]


def cluster_name(index: int) -> str:
    """Its name in the scenario."""
    return f"cluster-{index}"
