"""Replanning through a simulated month beside first come, first served and beside what nobody can do better.

python tests/benchmarks/rolling.py [--days 28] [--jobs 20] [--seed 0] [--load 0.8] [--drawn] [--flat]

Jobs are those of the Philly log (28 days from its 40th, so many a day drawn by seed, with their actual run times) at
ERCOT, PJM, CAISO and NYISO prices of September 2023, and one site in orbit; `--drawn`, or without the files: all drawn.
Prints a table, and a line of JSON. A figure each few plans goes to the error output.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from placement.benchmarks.rolling import Contest, Site, World, contest
from placement.benchmarks.rolling.contest import show
from placement.benchmarks.rolling.drawn import (
    AHEAD_HOURS,
    DRAIN_HOURS,
    ORBITAL_RENT,
    drawn,
    failures,
    sized,
)
from placement.benchmarks.rolling.logs import work_of

SHARED = Path(__file__).parents[3] / "shared" / "data"
LOG = SHARED / "jobs" / "philly_first_80_days.parquet"
PRICES = SHARED / "market" / "price_usd_per_mwh_hourly_2020_2023.parquet"

FIRST_DAY, FIRST_PRICE = 40, "2023-09-04"
RACK = 64
"""Accelerators for each of the log: a rack, which is also what a satellite holds."""

SHORTEST_H, LONGEST_H = 0.5, 72.0
"""Runs that are taken: plans have slots of an hour, and the world ends ten days after the last submission."""

ZONES = (
    ("texas", "US-TEX-ERCO", 1.2, 30),
    ("virginia", "US-MIDA-PJM", 1.25, 30),
    ("california", "US-CAL-CISO", 1.15, 15),
    ("new-york", "US-NY-NYIS", 1.2, 15),
)
"""Name, zone, PUE, share of the accelerators; the orbital site has the other tenth."""

DELAY_SHARE = 0.1
"""$ per hour of delay over the $ of an hour's energy."""

SWITCHES: dict[str, Any] = {"gap": 2e-3, "work_limit": 20, "window": 24}
"""Of each plan; with a work limit the same plans come out each time."""

CLAIRVOYANT: dict[str, Any] = {"gap": 1e-3, "time_limit_s": 240.0}


def philly_world(days: int, jobs: int, seed: int, load: float, flat: bool = False) -> World:
    """Days of the log, so many jobs a day of them; `flat`: each site at the mean of its prices, in all hours."""
    log = pd.read_parquet(LOG)
    submit = log["submit_s"].to_numpy() - FIRST_DAY * 86400.0
    duration, gpus = log["duration_s"].to_numpy(), log["gpus"].to_numpy()
    known = (submit >= 0) & (submit < days * 86400.0) & (gpus >= 1)
    fits = (duration >= SHORTEST_H * 3600) & (duration <= LONGEST_H * 3600)
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.choice(np.flatnonzero(known & fits), days * jobs, replace=False))
    slots = 24 * days + DRAIN_HOURS
    prices = pd.read_parquet(PRICES)
    first = int(prices.index.searchsorted(pd.Timestamp(FIRST_PRICE, tz="UTC")))
    hourly = {zone: prices[zone].to_numpy()[first : first + slots + AHEAD_HOURS] for _, zone, _, _ in ZONES}
    if flat:
        hourly = {zone: np.full(len(each), each.mean()) for zone, each in hourly.items()}
    ground = tuple(Site(name, 10 * share, hourly[zone], pue) for name, zone, pue, share in ZONES)
    orbit = Site("orbit", 100, np.zeros(slots + AHEAD_HOURS), 1.0, ORBITAL_RENT, RACK, orbital=True)
    energy = float(np.mean([pue * hourly[zone].mean() / 1000 for _, zone, pue, _ in ZONES]))
    work = work_of(submit, duration, (RACK * gpus).astype(np.int64), log["group"].tolist(), rows, DELAY_SHARE * energy)
    sites = sized((*ground, orbit), work, load, 24.0 * days, RACK)
    return World(sites, work, failures(len(ground), 24 * days, rng), slots)


def case(
    days: int, jobs: int, seed: int, load: float, drawn_anew: bool = False, flat: bool = False, **switches: Any
) -> Contest:
    """One world, all contestants; of the log where it is at hand."""
    by_log = not drawn_anew and LOG.is_file() and PRICES.is_file()
    world = philly_world(days, jobs, seed, load, flat) if by_log else drawn(days, jobs, seed, load)
    began = time.perf_counter()

    def tell(rolled: Any) -> None:
        if len(rolled.seconds) % 24 == 0:
            spent, slot, ended = time.perf_counter() - began, rolled.truth.slot, len(rolled.truth.ended)
            print(f"{spent:7.0f} s  slot {slot}  ended {ended}", file=sys.stderr, flush=True)

    return contest(world, tell=tell, clairvoyant_limits=CLAIRVOYANT, **{**SWITCHES, **switches})


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--jobs", type=int, default=20, help="a day")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--load", type=float, default=0.8)
    parser.add_argument("--window", type=int, default=24, help="hours ahead")
    parser.add_argument("--change-usd", type=float, default=0.0)
    parser.add_argument("--stay", action="store_true", help="what runs goes elsewhere only where its site has failed")
    parser.add_argument("--drawn", action="store_true")
    parser.add_argument("--flat", action="store_true", help="each site at the mean of its prices, in all hours")
    asked = parser.parse_args()
    found = case(
        asked.days, asked.jobs, asked.seed, asked.load, asked.drawn, asked.flat,
        window=asked.window, change_usd=asked.change_usd, moves=not asked.stay,
    )  # fmt: skip
    print(show(found))
    print(json.dumps({"case": "rolling", "asked": vars(asked), **found.figures()}))


if __name__ == "__main__":
    main()
