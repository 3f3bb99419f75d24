"""The world in which plans are carried out: sites with hourly prices, jobs as they truly are, failures.

Hours count from the world's start. Accelerators are all of one kind at full speed; planners know a job's `asked` hours,
which are whole, and learn of `actual` ones as it ends or does not. So every planned end lies on a slot's edge, and no
run begins before what it waits for has truly ended. A site that fails does no work from one slot's begin to another's;
planners learn of it, and of its end, when it begins.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.errors import PlacementError
from placement.loader.load import scenario as load_scenario
from placement.schema import Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

START = datetime(2027, 9, 6, tzinfo=UTC)
"""A Monday outside the eclipse season of `DAWN_DUSK`."""

RESTART_HOURS = 1.0
"""From a stop until work goes on, whole slots, wherever it goes on."""

STEPS_PER_HOUR = 64
"""Actual run times are whole multiples of an hour's 64th: they end on grains."""

KW = 1.0
"""Of an accelerator."""

ACCELERATOR = {"name": "chip", "bf16_tflops": 1000.0, "memory_gb": 80.0, "kw": KW}
DAWN_DUSK = {"altitude_km": 650.0, "ltan": 18.0}
PER_SATELLITE = 16


@dataclass(frozen=True)
class Site:
    """A cluster with one pool."""

    name: str
    number: int
    """Accelerators, of 1 kW."""
    price: Floats
    """(H,) $/MWh."""
    pue: float = 1.2
    rent: float = 0.0
    """$ per accelerator-hour held."""
    largest: int | None = None
    """Largest gang that it takes; None: all that fit."""
    orbital: bool = False
    """In sunlight throughout, as if it flew; energy has no price."""


@dataclass(frozen=True)
class Work:
    """J jobs; shape (J,) each. In order of submission."""

    submitted: Floats
    """Hours."""
    accelerators: Ints
    asked: Floats
    """Whole hours that planners know."""
    actual: Floats
    """Hours."""
    delay: Floats
    """$ per hour from `submitted` to the end."""
    lost: Floats
    """$ for a job that has not ended when the world does."""

    def __len__(self) -> int:
        return len(self.submitted)


@dataclass(frozen=True)
class Failure:
    """A site does no work from slot `begin` up to slot `end`."""

    site: int
    begin: int
    end: int


@dataclass(frozen=True)
class World:
    """Sites, jobs and failures over slots of an hour.

    Prices are known for H slots, beyond the end of the world, so that plans look ahead to the last.

    Raises
    ------
    PlacementError
        If jobs are not in order, fit no site, or hours are not as said above.
    """

    sites: tuple[Site, ...]
    work: Work
    failures: tuple[Failure, ...]
    slots: int
    start: datetime = START
    names: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        work = self.work
        if (np.diff(work.submitted) < 0).any() or (len(work) and work.submitted[0] < 0):
            raise PlacementError("jobs are not in order of submission from hour 0 on. Sort them.")
        if (work.asked != np.ceil(work.asked)).any() or (work.asked < 1).any():
            raise PlacementError("asked hours are whole, at least 1. Round them up.")
        grains = work.actual * STEPS_PER_HOUR
        if (grains != np.round(grains)).any() or (work.actual <= 0).any():
            raise PlacementError(f"actual hours are whole multiples of 1/{STEPS_PER_HOUR}, above 0. Round them.")
        for site in self.sites:
            if len(site.price) != self.horizon or self.horizon < self.slots:
                raise PlacementError(
                    f"{site.name} has {len(site.price)} prices for {self.slots} slots, and {self.sites[0].name} "
                    f"{self.horizon}. Give all sites as many prices, no fewer than slots."
                )
        lost = np.flatnonzero(~self.eligible.any(axis=1))
        if len(lost):
            raise PlacementError(f"job {self.name(int(lost[0]))} fits no site. Leave it out, or make a site larger.")

    def name(self, job: int) -> str:
        """Of a job."""
        return self.names[job] if self.names else f"job-{job}"

    @property
    def horizon(self) -> int:
        """Slots whose prices are known, H."""
        return len(self.sites[0].price)

    @cached_property
    def index(self) -> dict[str, int]:
        """Jobs by name."""
        return {self.name(job): job for job in range(len(self.work))}

    @cached_property
    def site_index(self) -> dict[str, int]:
        """Sites by name."""
        return {site.name: c for c, site in enumerate(self.sites)}

    @cached_property
    def eligible(self) -> Bools:
        """(J, C): whether a gang fits a site."""
        most = np.array([min(site.number, site.largest or site.number) for site in self.sites])
        return np.asarray(self.work.accelerators[:, None] <= most[None, :])

    @cached_property
    def stands(self) -> Bools:
        """(C, H): whether a site stands still."""
        still = np.zeros((len(self.sites), self.horizon), dtype=bool)
        for failure in self.failures:
            still[failure.site, failure.begin : failure.end] = True
        return still

    @cached_property
    def usd(self) -> Floats:
        """(C, H): $ of an accelerator for an hour: energy and rent."""
        rows = [site.rent + (0.0 if site.orbital else site.pue * KW / 1000.0) * site.price for site in self.sites]
        return np.array(rows)

    @cached_property
    def later_usd(self) -> float:
        """What plans take an accelerator-hour past their end to cost, $: three of four hours are cheaper, at each site.

        With less, a job for which only a dear site is large enough would be put off for ever.
        """
        return float(np.quantile(self.usd, 0.75, axis=1).max())

    def known(self, slot: int) -> Bools:
        """(C, H): whether a site stands still, as far as is known when a slot begins."""
        still = np.zeros((len(self.sites), self.horizon), dtype=bool)
        for failure in self.failures:
            if failure.begin <= slot:
                still[failure.site, failure.begin : failure.end] = True
        return still

    def moment(self, hours: float) -> datetime:
        """So many hours after the start."""
        return self.start + timedelta(hours=hours)

    def stamps(self, hours: Floats) -> NDArray[np.datetime64]:
        """The same of many."""
        begin = np.datetime64(self.start.replace(tzinfo=None), "us")
        return np.asarray(begin + np.round(hours * 3.6e9).astype("timedelta64[us]"))

    def table(self, jobs: Ints, hours: Floats) -> dict[str, Any]:
        """A job table of some jobs with such hours."""
        work = self.work
        only = [[site.name for site, may in zip(self.sites, self.eligible[job], strict=True) if may] for job in jobs]
        return {
            "job": [self.name(job) for job in jobs.tolist()],
            "hours": hours,
            "accelerators": work.accelerators[jobs],
            "submitted": self.stamps(work.submitted[jobs]),
            "delay_usd_per_hour": work.delay[jobs],
            "reject_usd": work.lost[jobs],
            "clusters": [";".join(names) for names in only],
        }

    def scenario(
        self,
        jobs: Mapping[str, Any],
        slots: int,
        speed: Mapping[int, Sequence[float]] | None = None,
        options: Mapping[str, Any] | None = None,
        **policy: Any,
    ) -> Scenario:
        """A scenario of the first slots with some jobs, and the speeds of sites where these are not 1 throughout: the
        last given holds ever after.
        """
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "prices.csv"
            with file.open("w", newline="") as out:
                writer = csv.writer(out)
                writer.writerow([site.name for site in self.sites])
                writer.writerows(zip(*(site.price.tolist() for site in self.sites), strict=True))
            document = {
                "format": 1,
                "name": "rolling",
                "horizon": {"start": self.start, "slot_hours": 1, "slots": slots},
                "accelerators": [ACCELERATOR],
                "reference_accelerator": "chip",
                "clusters": [self._cluster(c, str(file), (speed or {}).get(c)) for c in range(len(self.sites))],
                "money": {"discount_rate": 0.0},
                "policy": {"terminal_usd_per_accelerator_hour": self.later_usd, **policy},
                "jobs": None,
            }
            tables = {"jobs": dict(jobs)} | ({} if options is None else {"options": dict(options)})
            return load_scenario(document, tables=tables)

    def _cluster(self, c: int, file: str, speed: Sequence[float] | None) -> dict[str, Any]:
        site = self.sites[c]
        pool: dict[str, Any] = {
            "name": "pool", "accelerator": "chip", "number": site.number, "usd_per_accelerator_hour": site.rent,
        }  # fmt: skip
        if speed is not None:
            points = {f"{self.moment(slot):%Y-%m-%dT%H:%M:%SZ}": float(value) for slot, value in enumerate(speed)}
            pool["speed"] = {"points": points, "between": "step", "hold": True}
        found: dict[str, Any] = {
            "name": site.name,
            "pools": [pool],
            "interruptions_per_accelerator_year": 0.0,
            "restart_minutes": 60.0 * RESTART_HOURS,
        }
        if not site.orbital:
            return found | {"pue": site.pue, "energy_price": {"file": file, "column": site.name}}
        satellites = {
            "number": -(-site.number // PER_SATELLITE), "accelerator": "chip", "accelerators": PER_SATELLITE,
            "overhead": 1.0, "array_kw": 2.5 * PER_SATELLITE,
        }  # fmt: skip
        return found | {"status": "announced", "as_if": True, "orbit": DAWN_DUSK, "satellites": satellites}
