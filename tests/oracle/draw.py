"""A scenario document being drawn: its random numbers, its time grid, and what families have done to it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")
Record = dict[str, Any]

KW = {"ref": 10.0, "fast": 16.0, "frugal": 5.0}
"""Power of the accelerators that scenarios are drawn with, kW: large, so that energy weighs like rejection."""
ACCELERATORS = [
    {"name": "ref", "bf16_tflops": 1000.0, "memory_gb": 80.0, "kw": KW["ref"]},
    {"name": "fast", "bf16_tflops": 2000.0, "memory_gb": 160.0, "kw": KW["fast"]},
    {"name": "frugal", "bf16_tflops": 750.0, "memory_gb": 40.0, "kw": KW["frugal"]},
]
PLACES = {
    "austin": {"lat": 30.3, "lon": -97.7, "country": "US"},
    "berlin": {"lat": 52.5, "lon": 13.4, "country": "DE"},
    "osaka": {"lat": 34.7, "lon": 135.5, "country": "JP"},
    "lima": {"lat": -12.0, "lon": -77.0, "country": "PE"},
}
NAMES = ("alpha", "beta", "gamma")


class Unfit(Exception):
    """A family does not fit what has been drawn so far."""


class Draw:
    """Random numbers and the document they go into."""

    def __init__(self, rng: np.random.Generator, document: Record, slot_hours: float, ticks_per_slot: int):
        self.rng, self.document = rng, document
        self.hours, self.ticks_per_slot = slot_hours, ticks_per_slot
        self.tags: set[str] = set()

    @property
    def slots(self) -> int:
        """Number of slots."""
        return self.document["horizon"]["slots"]

    @property
    def periods(self) -> int:
        """Number of periods."""
        return -(-self.slots // self.document["horizon"].get("period_slots", self.slots))

    @property
    def clusters(self) -> list[Record]:
        """Rows of clusters."""
        return self.document["clusters"]

    @property
    def jobs(self) -> list[Record]:
        """Rows of jobs."""
        return self.document["jobs"]

    @property
    def policy(self) -> Record:
        """The policy."""
        return self.document["policy"]

    # --- numbers ---

    def chance(self, share: float) -> bool:
        """True that often."""
        return bool(self.rng.random() < share)

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def number(self, low: float, high: float, digits: int = 3) -> float:
        """A number with a few digits."""
        return round(float(self.rng.uniform(low, high)), digits)

    def pick(self, items: Sequence[T]) -> T:
        """One of several."""
        return items[int(self.rng.integers(len(items)))]

    def series(self, low: float, high: float, *, flat: float = 0.2, whole: bool = False) -> Any:
        """A constant now and then, else numbers per slot, else per tick, sometimes scaled."""

        def one() -> float:
            return float(self.whole(int(low), int(high))) if whole else self.number(low, high)

        if self.chance(flat):
            return one()
        by_tick = self.ticks_per_slot > 1 and not whole and self.chance(0.5)
        values = [one() for _ in range(self.slots * (self.ticks_per_slot if by_tick else 1))]
        if whole or low < 0 or self.chance(0.8):
            return values
        return {"values": [round(value / 2, 4) for value in values], "scale": 2.0}

    def run_hours(self) -> float:
        """Hours of a run: now and then whole slots, else any number of up to three."""
        if self.chance(0.4):
            return self.whole(1, min(2, self.slots)) * self.hours
        return self.number(0.15, min(2.8, self.slots)) * self.hours

    def moment(self, hours: float) -> str:
        """A date that many hours after the start."""
        start = datetime.fromisoformat(self.document["horizon"]["start"]).replace(tzinfo=UTC)
        return (start + timedelta(seconds=round(hours * 3600))).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def length(self) -> float:
        """Hours of the horizon, about."""
        return self.slots * self.hours

    # --- records ---

    def cluster(self, *without: str, test: Callable[[Record], bool] = lambda _: True) -> Record:
        """A cluster that has none of some keys."""
        found = [c for c in self.clusters if not any(key in c for key in without) and test(c)]
        if not found:
            raise Unfit
        return self.pick(found)

    def ground(self, *without: str) -> Record:
        """A cluster on Earth that has none of some keys."""
        return self.cluster(*without, test=lambda c: "orbit" not in c)

    def add_cluster(self) -> Record:
        """A further cluster."""
        if len(self.clusters) >= len(NAMES):
            raise Unfit
        row = plain_cluster(self, NAMES[len(self.clusters)])
        self.clusters.append(row)
        return row

    def job(self, *without: str) -> Record:
        """A job that has none of some keys; a further one if all have."""
        found = [j for j in self.jobs if not any(key in j for key in without)]
        return self.pick(found) if found else self.add_job()

    def add_job(self) -> Record:
        """A further job."""
        if len(self.jobs) >= 4:
            raise Unfit
        row = plain_job(self, f"j{len(self.jobs)}")
        self.jobs.append(row)
        return row

    def flow(self) -> Record:
        """The flow, drawn when it is first asked for."""
        flows = self.document.setdefault("flows", [])
        if not flows:
            flows.append(plain_flow(self))
            self.tags.add("flow")
        return flows[0]

    def gang(self) -> int:
        """The largest gang among the jobs."""
        return max((job["accelerators"] for job in self.jobs), default=1)

    def accelerator_hours(self) -> float:
        """Reference accelerator-hours that all jobs ask for."""
        return sum(job["hours"] * job["accelerators"] * job.get("count", 1) for job in self.jobs)


def plain_cluster(draw: Draw, name: str) -> Record:
    """A cluster on Earth with one pool."""
    pool: Record = {"accelerator": draw.pick(("ref", "ref", "ref", "fast", "frugal")), "number": draw.whole(2, 5)}
    if draw.chance(0.5):
        pool["interruptions_per_accelerator_year"] = 0.0
    row = {
        "name": name,
        "pools": [pool],
        "pue": draw.pick((1.0, 1.1, 1.25, 1.3)),
        "energy_price": draw.series(20, 200),
        "carbon_g_per_kwh": draw.series(50, 600),
    }
    if draw.chance(0.8):
        row["place"] = dict(PLACES[draw.pick(list(PLACES))])
    return row


def plain_job(draw: Draw, name: str) -> Record:
    """A job without conditions."""
    row: Record = {"job": name, "hours": draw.run_hours(), "accelerators": draw.pick((1, 2, 2, 3, 4))}
    if draw.chance(0.4):
        row["reject_usd"] = draw.number(0.5, 8) * row["hours"] * row["accelerators"]
    if draw.chance(0.4):
        row["delay_usd_per_hour"] = draw.number(0.02, 0.6) * row["accelerators"]
    return row


def plain_flow(draw: Draw) -> Record:
    """A divisible demand."""
    return {
        "name": "chat",
        "demand": draw.series(0.5, 5),
        "unmet_usd_per_accelerator_hour": draw.number(0.5, 5),
    }
