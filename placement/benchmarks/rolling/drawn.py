"""Worlds that are drawn: failures of sites, and small whole worlds after the seeded instances (`benchmarks.fleet`)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from placement.benchmarks.fleet import draw_fleet
from placement.benchmarks.rolling.logs import LOST_USD_PER_HOUR
from placement.benchmarks.rolling.world import STEPS_PER_HOUR, Failure, Floats, Site, Work, World
from placement.benchmarks.sizes import Size

FAILURES_PER_WEEK, FAILURE_HOURS = 0.5, (2, 12)
"""Of each site on the ground; how long one lasts, evenly between the two."""

ORBITAL_RENT = 0.06
"""$ per accelerator-hour of the orbital site: about what energy costs on the ground, so that it is neither always nor
never the cheapest. A choice, not a fact."""

ORBITAL_LARGEST = 8
"""Gang that one satellite holds, in accelerators or racks."""

DRAIN_HOURS = 240
"""From the last submission until the world ends: for what runs or waits."""

AHEAD_HOURS = 96
"""Hours beyond the end of the world for which prices are known."""

MEDIAN_HOURS, SIGMA = 3.0, 1.1
ACCURACY = (0.3, 1.4)
"""Actual over asked hours."""


def failures(
    sites: int, hours: int, rng: np.random.Generator, per_week: float = FAILURES_PER_WEEK
) -> tuple[Failure, ...]:
    """Failures of so many sites up to some hour: exponential times between them, whole hours long."""
    found = []
    for site in range(sites):
        slot = 0.0
        while True:
            slot += 1.0 + rng.exponential(168.0 / per_week) if per_week > 0 else np.inf
            if slot >= hours:
                break
            length = int(rng.integers(FAILURE_HOURS[0], FAILURE_HOURS[1] + 1))
            found.append(Failure(site, int(slot), int(slot) + length))
            slot += length
    return tuple(sorted(found, key=lambda each: (each.begin, each.site)))


def sized(sites: tuple[Site, ...], work: Work, load: float, hours: float, unit: int = 1) -> tuple[Site, ...]:
    """The sites, with their numbers scaled so that the work is `load` of what they have in so many hours.

    Numbers are whole multiples of `unit`; a site holds the largest gang that it takes, the largest site any.
    """
    wanted = float((work.actual * work.accelerators).sum()) / (load * hours)
    scale = wanted / sum(site.number for site in sites)
    largest = max(sites, key=lambda site: site.number if site.largest is None else 0)
    most = int(work.accelerators.max())
    found = []
    for site in sites:
        number = max(round(site.number * scale / unit), 1) * unit
        found.append(replace(site, number=max(number, most if site is largest else 0)))
    return tuple(found)


def drawn(days: int, jobs: int, seed: int, load: float, sites: int = 4, *, orbital: bool = True) -> World:
    """A world of some days with so many jobs a day; the same each time.

    Parameters
    ----------
    days, jobs : int
        Days of arrivals, and jobs a day.
    seed : int
    load : float
        Actual work over accelerator-hours of the sites, in the days of arrivals.
    sites : int
        On the ground; with `orbital` there is one in orbit besides.
    """
    rng = np.random.default_rng([days, jobs, seed, sites])
    hours, number = 24 * days, days * jobs
    slots = hours + DRAIN_HOURS
    fleet = draw_fleet(Size(number, sites, slots + AHEAD_HOURS, 0.03, 3.0), rng)
    ground = tuple(
        Site(f"site-{c}", round(1000 * float(fleet.weight[c])), fleet.price[c], float(fleet.pue[c]))
        for c in range(sites)
    )
    nothing: Floats = np.zeros(slots + AHEAD_HOURS)
    flying = (Site("orbit", 150, nothing, 1.0, ORBITAL_RENT, ORBITAL_LARGEST, orbital=True),) if orbital else ()
    work = _work(number, hours, rng)
    placed = sized((*ground, *flying), work, load, hours)
    return World(placed, work, failures(sites, hours, rng), slots)


def _work(number: int, hours: int, rng: np.random.Generator) -> Work:
    """Jobs that arrive evenly, with lognormal hours."""
    asked = np.ceil(np.clip(np.exp(np.log(MEDIAN_HOURS) + SIGMA * rng.standard_normal(number)), 0.5, 30.0))
    actual = np.maximum(np.round(asked * rng.uniform(*ACCURACY, number) * STEPS_PER_HOUR), 1.0) / STEPS_PER_HOUR
    size = 2 ** rng.choice(5, number, p=[0.35, 0.25, 0.2, 0.12, 0.08])
    return Work(
        submitted=np.sort(np.round(rng.uniform(0, hours, number), 3)), accelerators=size.astype(np.int64), asked=asked,
        actual=actual, delay=np.asarray(0.005 * size, dtype=np.float64), lost=LOST_USD_PER_HOUR * size * asked,
    )  # fmt: skip
