"""Seeded job mixes, calibrated to published statistics.

A useful mix is a background like that of real clusters' logs plus a few runs at the frontier, which the logs do not
contain.

Background. Gang sizes: Acme's Kalos cluster, median 1, mean 26.8, at most 1,024 accelerators (cluster_summary.csv,
grade A): half of the jobs take one accelerator, the rest powers of two with a geometric tail fitted to the mean; a
fifth of the gangs above four are moved off the power of two. Logs are dominated by jobs of minutes; those are not
worth a plan, so that run times here are of what is left after leaving out what ends within half an hour: lognormal
with median 4 h and σ = 1.3 (an estimate), at most a quarter of the horizon. Each row stands for `count` alike.

Frontier. Training runs of at least 1e23 FLOP (Epoch AI): duration 60 / 744 / 2,400 h and 128 / 900 / 7,987 chips at
the 10th, 50th and 90th percentile, interpolated in logarithms and carried on beyond.
"""

from dataclasses import dataclass

import numpy as np

from placement.kernels.work import Floats, Ints

KALOS_MEAN, KALOS_LARGEST = 26.8, 1024
FRONTIER_HOURS = ((0.1, 60.0), (0.5, 744.0), (0.9, 2400.0))
FRONTIER_CHIPS = ((0.1, 128.0), (0.5, 900.0), (0.9, 7987.0))
ODD_SHARE, ODD_RANGE = 0.2, (0.6, 0.95)
BACKGROUND_MEDIAN_HOURS, BACKGROUND_SIGMA, BACKGROUND_SHORTEST = 4.0, 1.3, 0.5


@dataclass(frozen=True)
class Gangs:
    """Sizes and run times of some jobs, shape (n,)."""

    accelerators: Ints
    hours: Floats


def _tail_ratio() -> float:
    """Ratio of the geometric tail over powers of two for which the mean gang is Kalos' mean."""
    powers = np.arange(1, 11)

    def mean(ratio: float) -> float:
        weight = ratio ** (powers - 1)
        moved = np.where(powers > 2, 1 - ODD_SHARE * (1 - sum(ODD_RANGE) / 2), 1.0)
        return float(0.5 + 0.5 * (weight / weight.sum() * 2.0**powers * moved).sum())

    low, high = 0.1, 2.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if mean(middle) < KALOS_MEAN else (low, middle)
    return (low + high) / 2


def background(rng: np.random.Generator, n: int, horizon_hours: float) -> Gangs:
    """Jobs like those of a research cluster's log.

    Parameters
    ----------
    rng : numpy.random.Generator
    n : int
        How many.
    horizon_hours : float
        No run is longer than a quarter of it.
    """
    ratio = _tail_ratio()
    weight = ratio ** np.arange(10)
    power = rng.choice(np.arange(1, 11), size=n, p=weight / weight.sum())
    size = np.where(rng.random(n) < 0.5, 1, 2**power)
    odd = (size > 4) & (rng.random(n) < ODD_SHARE)
    size = np.where(odd, np.round(size * rng.uniform(*ODD_RANGE, n)), size).astype(np.int64)
    hours = np.exp(np.log(BACKGROUND_MEDIAN_HOURS) + BACKGROUND_SIGMA * rng.standard_normal(n))
    return Gangs(size, np.round(np.clip(hours, BACKGROUND_SHORTEST, horizon_hours / 4), 2))


def from_quantiles(share: Floats, points: tuple[tuple[float, float], ...]) -> Floats:
    """Values at given shares of a distribution known at some quantiles: linear in log value over the share, beyond
    the ends too.
    """
    at = np.array([point[0] for point in points])
    log = np.log([point[1] for point in points])
    slope = np.diff(log) / np.diff(at)
    index = np.clip(np.searchsorted(at, share) - 1, 0, len(slope) - 1)
    return np.asarray(np.exp(log[index] + slope[index] * (share - at[index])))


def frontier(rng: np.random.Generator, n: int) -> Gangs:
    """Runs at the frontier; size and duration go together (rank correlation about 0.6, an estimate)."""
    normal = rng.standard_normal((2, n))
    other = 0.6 * normal[0] + 0.8 * normal[1]
    rank = np.argsort(np.argsort(np.stack([normal[0], other]), axis=1), axis=1)
    share = (rank + 0.5) / n
    size = np.round(from_quantiles(share[0], FRONTIER_CHIPS)).astype(np.int64)
    return Gangs(np.maximum(size, 1), np.round(from_quantiles(share[1], FRONTIER_HOURS), 1))


SUITES = (
    # class, team, share of the background, Gbit/s per accelerator, home, longest round trip ms, utilization
    ("finetune", "product", 0.30, 25.0, "san-francisco", None, 0.9),
    ("ablation", "research", 0.35, 10.0, "dallas", None, 0.9),
    ("evaluation", "research", 0.15, 0.0, "san-francisco", None, 0.7),
    ("simulation", "science", 0.12, 0.0, "frankfurt", None, 0.8),
    ("interactive", "product", 0.08, 0.0, "dallas", 45.0, 0.6),
)
"""Kinds of background work; shares and needs are estimates."""

VALUE_OF_TIME = 0.03
"""Delay is priced at this share of what an accelerator-hour rents for: a guess."""

RENT_USD = 2.35
"""$ per H100-hour, one-year reserved index of March 2026 (SemiAnalysis; grade C)."""


def background_rows(
    rng: np.random.Generator, rows: int, units: int, start: np.datetime64, horizon_hours: float
) -> dict[str, list[object]]:
    """Rows of a job table for the background: arrivals by the clock of a working day, deadlines days later.

    Parameters
    ----------
    rng : numpy.random.Generator
    rows : int
        Rows of the table.
    units : int
        Mean `count` of a row.
    start : datetime64
        Start of the horizon, UTC.
    horizon_hours : float
    """
    gangs = background(rng, rows, horizon_hours)
    suite = rng.choice(len(SUITES), size=rows, p=[s[2] for s in SUITES])
    arrival = _arrivals(rng, rows, horizon_hours)
    count = np.maximum(1, rng.poisson(units / np.sqrt(gangs.accelerators) * 3, rows))
    priority = rng.choice(["high", "normal", "low"], size=rows, p=[0.15, 0.6, 0.25])
    slack = gangs.hours * rng.uniform(1.0, 3.0, rows) + rng.exponential(18.0, rows)
    table: dict[str, list[object]] = {}

    def put(name: str, values: object) -> None:
        table[name] = list(values)  # type: ignore[call-overload]

    weight = np.select([priority == "high", priority == "low"], [3.0, 0.3], 1.0)
    put("job", [f"{SUITES[s][0]}-{k:03d}" for k, s in enumerate(suite)])
    put("count", count.tolist())
    put("hours", gangs.hours.tolist())
    put("accelerators", gangs.accelerators.tolist())
    put("class", [SUITES[s][0] for s in suite])
    put("team", [SUITES[s][1] for s in suite])
    put("priority", priority.tolist())
    put("submitted", [_iso(start, h) for h in arrival])
    put("deadline", [_iso(start, h) for h in np.ceil(arrival + gangs.hours + slack)])
    put("delay_usd_per_hour", np.round(VALUE_OF_TIME * RENT_USD * gangs.accelerators * weight, 4).tolist())
    put("utilization", [SUITES[s][6] for s in suite])
    put("home", [SUITES[s][4] for s in suite])
    put("max_rtt_ms", [SUITES[s][5] for s in suite])
    put("sync_gbps", [SUITES[s][3] if n > 1 else 0.0 for s, n in zip(suite, gangs.accelerators, strict=True)])
    put("dataset_tb", np.round(rng.lognormal(np.log(0.05), 1.0, rows), 3).tolist())
    put("checkpoint_tb", np.round(0.001 * gangs.accelerators, 3).tolist())
    put("result_tb", np.round(0.002 * gangs.accelerators, 3).tolist())
    return table


def _arrivals(rng: np.random.Generator, rows: int, horizon_hours: float) -> Floats:
    """Hours of arrival over the first five sevenths of the horizon: twice as many by day (13 to 23 h UTC) as by
    night.
    """
    hour = np.arange(int(horizon_hours * 5 / 7))
    rate = np.where((hour % 24 >= 13) & (hour % 24 < 23), 2.0, 1.0)
    return np.sort(rng.choice(hour, size=rows, p=rate / rate.sum())).astype(np.float64)


def _iso(start: np.datetime64, hours: float) -> str:
    moment = start.astype("datetime64[s]") + np.timedelta64(round(float(hours) * 3600), "s")
    return f"{moment}Z"
