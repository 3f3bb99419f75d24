"""The jobs of an instance, and how large the fleet has to be for them.

99 of 100 jobs are small gangs with lognormal run times. The others hold about half of the work: one gang per cluster
as large as it, gangs above half of the largest cluster that may take them, and long runs. Random numbers are drawn
once; then the size of the fleet is found at which the load is the one that is wanted, and sizes and run times of the
large jobs follow it.
"""

from dataclasses import dataclass, replace

import numpy as np

from placement.benchmarks.fleet import UTILIZATION, Fleet, Floats, Ints
from placement.benchmarks.sizes import Size
from placement.errors import PlacementError
from placement.problem import Bools

MEDIAN_HOURS, SIGMA = 4.0, 1.3
"""Of the lognormal run time on a reference accelerator."""

SHORTEST_HOURS = 0.125
STEPS_PER_HOUR = 64
"""Run times are whole multiples of an hour's 64th: they end on grains."""

POWERS = 2 ** np.arange(8)
POWER_DECAY = 0.7
"""A gang of the next power of two is so much rarer."""

OTHERS = np.array([3, 5, 6, 7, 10, 12, 14, 20, 24, 28, 40, 48, 56, 80, 96, 112])
OTHERS_SHARE = 0.2
"""Gangs that are no power of two."""

SMALL_SHARE = 0.25
"""A small gang holds at most this share of the cluster that it is drawn for."""

TOP_SHARE = 0.01
TOP_WORK = 0.52
"""Share of all work that the top hundredth is to hold."""

GIANT_SHARE = 0.0035
"""Jobs above half of their largest cluster."""

GIANT = (0.53, 0.68)
"""Their gangs over that cluster."""

LARGE = 0.49
"""Long runs hold at most this share of a cluster."""

WEEKEND_HOURS = 36.0
"""Longest run of a gang as large as its cluster; it fits at weekends only."""

LONG_HOURS = 24.0

MEMORY_GB = (60.0, 120.0, 180.0)
MEMORY_SHARES = (0.6, 0.25, 0.15)
RTT_MS, RTT_SHARE = 85.0, 0.35
"""Jobs that have to stay in the region of their home."""

SLACK_SHARES = (0.3, 0.5, 0.2)
"""At most two slots; at most two run times; days. Slack is deadline - ready - run time on a reference accelerator."""

TWO_SLOTS = 2

DELAY = (0.01, 0.1)
"""$ per hour of delay over the $ of an hour's energy at a typical price."""

TYPICAL_USD_PER_MWH, TYPICAL_KW = 45.0, 1.25

WEEK = 168
ROUNDS = 60
WHOLE_STEPS = 15
"""After so many rounds of correcting the fleet by the whole error, smaller and smaller parts of it are taken."""

CLOSE = 0.001
"""The load is met to this."""

FULL, GIANTS, LONG, SMALL = range(4)


@dataclass(frozen=True)
class Jobs:
    """J jobs; shape (J,) each."""

    role: Ints
    home: Ints
    """Cluster on which it fits for certain."""
    hours: Floats
    accelerators: Ints
    utilization: Floats
    memory: Floats
    bound: Bools
    """Whether it stays in its home's region."""
    only: dict[int, Ints]
    """Clusters on which a job of the role GIANTS may run, by job."""
    ready: Ints
    """First slot."""
    deadline: Floats
    """Hours."""
    delay: Floats
    """$ per hour."""

    @property
    def work(self) -> Floats:
        """(J,) reference accelerator-hours."""
        return self.hours * self.accelerators

    @property
    def mean_utilization(self) -> float:
        """Weighted by work."""
        return float((self.work * self.utilization).sum() / self.work.sum())


def draw_jobs(size: Size, fleet: Fleet, load: float, rng: np.random.Generator) -> tuple[Jobs, Ints]:
    """Jobs, and accelerators of each cluster, so that the load is met.

    Raises
    ------
    PlacementError
        If no size of the fleet meets the load.
    """
    drawn = _drawn(size, fleet, rng)
    work = float(drawn.work[drawn.role == SMALL].sum()) / (1 - TOP_WORK)
    top = _top_draws(size, drawn, rng)
    reference = work / load / (size.slots * 0.88)
    for attempt in range(ROUNDS):
        numbers = fleet.numbers(reference)
        jobs = _sized(size, fleet, numbers, drawn, top, work)
        found = float(jobs.work.sum()) / fleet.available(numbers, jobs.mean_utilization)
        over = float(jobs.work.max() / jobs.work.sum()) > size.largest_share
        if abs(found - load) <= CLOSE and not over:
            return _dated(size, fleet, jobs, rng), numbers
        reference *= (found / load) ** (1.0 if attempt < WHOLE_STEPS else 0.5 ** (1 + attempt // WHOLE_STEPS))
        work = float(jobs.work.sum())
    raise PlacementError(f"no fleet was found with a load of {load}: the last one had {found:.4f}. Take another seed.")


def _on_steps(hours: Floats) -> Floats:
    return np.ceil(hours * STEPS_PER_HOUR - 1e-9) / STEPS_PER_HOUR


def _drawn(size: Size, fleet: Fleet, rng: np.random.Generator) -> Jobs:
    """Everything that does not depend on how large the fleet is."""
    count = size.jobs
    top = round(TOP_SHARE * count)
    giants = max(round(GIANT_SHARE * count - size.clusters / 2), 1)
    role = np.full(count, SMALL)
    role[:top] = LONG
    role[: size.clusters + giants] = GIANTS
    role[: size.clusters] = FULL
    home = rng.choice(size.clusters, count, p=fleet.weight)
    home[: size.clusters] = np.arange(size.clusters)
    hours = np.exp(np.log(MEDIAN_HOURS) + SIGMA * rng.standard_normal(count))
    hours = _on_steps(np.clip(hours, SHORTEST_HOURS, size.slots / 4))
    rarity = POWER_DECAY ** np.arange(len(POWERS))
    gangs = rng.choice(POWERS, count, p=rarity / rarity.sum())
    odd = rng.random(count) < OTHERS_SHARE
    gangs[odd] = rng.choice(OTHERS, int(odd.sum()))
    utilization = UTILIZATION * rng.uniform(0.6, 1.4, count)
    memory = np.minimum(rng.choice(MEMORY_GB, count, p=MEMORY_SHARES), _most_memory(fleet)[home])
    bound = rng.random(count) < RTT_SHARE
    delay = rng.uniform(*DELAY, count)
    nothing = np.zeros(count)
    return Jobs(role, home, hours, gangs, utilization, memory, bound, {}, nothing.astype(np.int64), nothing, delay)


def _most_memory(fleet: Fleet) -> Floats:
    """(C,) largest need that each cluster meets."""
    needs = np.array(MEMORY_GB)
    return needs[np.searchsorted(needs, fleet.memory, side="right") - 1]


def _top_draws(size: Size, drawn: Jobs, rng: np.random.Generator) -> Floats:
    """(3, top): relative work, gang and hours of the top jobs."""
    count = int((drawn.role != SMALL).sum())
    return np.stack([rng.lognormal(0.0, 0.4, count), rng.random(count), np.abs(rng.standard_normal(count))])


def _sized(size: Size, fleet: Fleet, numbers: Ints, drawn: Jobs, top: Floats, work: float) -> Jobs:
    """The jobs for a fleet of these numbers; `work` is what all held in the round before."""
    hours, gangs = drawn.hours.copy(), drawn.accelerators.copy()
    most = 0.97 * size.largest_share * work
    quarter = size.slots / 4
    here = numbers[drawn.home].astype(np.float64)
    small = drawn.role == SMALL
    limit = np.maximum(2 ** np.floor(np.log2(np.maximum(SMALL_SHARE * here, 1))), 1).astype(np.int64)
    limit = np.where(
        gangs & (gangs - 1) != 0, np.maximum(3 * limit // 4, 3), limit
    )  # those that are no power of two stay so
    gangs[small] = np.minimum(gangs, limit)[small]
    head = np.flatnonzero(~small)
    relative, share, length = top
    full, long = drawn.role[head] == FULL, drawn.role[head] == LONG
    gang = np.where(full, here[head], np.round((GIANT[0] + (GIANT[1] - GIANT[0]) * share) * here[head]))
    longest = np.where(full, min(WEEKEND_HOURS, quarter), quarter)
    ceiling = np.minimum(most, longest * gang)
    wanted_hours = np.minimum(LONG_HOURS * np.exp(0.6 * length), quarter)
    ceiling[long] = np.minimum(most, quarter * LARGE * here[head][long])
    held = _filled(relative, ceiling, TOP_WORK / (1 - TOP_WORK) * float((hours * gangs)[small].sum()))
    gang[long] = np.clip(np.ceil(held / wanted_hours), 1, np.floor(LARGE * here[head]))[long]
    hours[head] = np.floor(np.clip(held / gang, SHORTEST_HOURS, longest) * STEPS_PER_HOUR) / STEPS_PER_HOUR
    gangs[head] = gang.astype(np.int64)
    jobs = replace(drawn, hours=hours, accelerators=gangs)
    return replace(jobs, utilization=_powered(fleet, numbers, jobs), only=_only(numbers, jobs))


def _filled(relative: Floats, ceiling: Floats, total: float) -> Floats:
    """Shares of `total` in proportion to `relative`, none above its ceiling: scale · relative, cut off."""
    low, high = 0.0, total / relative.min()
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.minimum(middle * relative, ceiling).sum() < total else (low, middle)
    return np.asarray(np.minimum(low * relative, ceiling), dtype=np.float64)


def _powered(fleet: Fleet, numbers: Ints, jobs: Jobs) -> Floats:
    """(J,) utilization at which the home has power enough."""
    rated = jobs.accelerators * fleet.kw[jobs.home] / 1000
    fits = 0.98 * fleet.it_mw(numbers)[jobs.home] / rated
    return np.asarray(np.round(np.minimum(jobs.utilization, fits), 3), dtype=np.float64)


def _only(numbers: Ints, jobs: Jobs) -> dict[int, Ints]:
    """Clusters of each giant: those less than twice as large as its gang."""
    giants = np.flatnonzero(jobs.role == GIANTS)
    return {int(j): np.flatnonzero(numbers < 1.98 * jobs.accelerators[j]) for j in giants}


def _dated(size: Size, fleet: Fleet, jobs: Jobs, rng: np.random.Generator) -> Jobs:
    """The jobs with their windows: arrivals with a daily and weekly rhythm, and slack of three kinds."""
    count = size.jobs
    kind = _slack_kinds(jobs, rng)
    days = 24 * rng.uniform(1.0, size.slack_days, count)
    some = TWO_SLOTS + (2 * jobs.hours - TWO_SLOTS) * np.maximum(rng.random(count), 0.01)
    slack = np.choose(kind, [rng.integers(0, TWO_SLOTS + 1, count), some, days])
    slack = np.minimum(slack, np.floor(size.slots - jobs.hours))
    ready = _arrivals(size, np.floor(size.slots - jobs.hours - slack), rng)
    full = jobs.role == FULL
    monday = WEEK * (1 + rng.integers(0, size.slots // WEEK, count))
    early = monday - 48 - rng.integers(0, 72, count)
    ready = np.where(full, early, ready)
    deadline = np.where(full, monday, ready + jobs.hours + np.floor(slack * STEPS_PER_HOUR) / STEPS_PER_HOUR)
    return replace(jobs, ready=ready, deadline=deadline, delay=np.round(jobs.delay * typical_usd(jobs) / jobs.hours, 6))


def typical_usd(jobs: Jobs) -> Floats:
    """(J,) energy of a job at a typical price, $."""
    return TYPICAL_USD_PER_MWH * TYPICAL_KW / 1000 * jobs.utilization * jobs.work


def _slack_kinds(jobs: Jobs, rng: np.random.Generator) -> Ints:
    """(J,) 0: at most two slots, 1: more, and at most two run times, 2: more than both. The large have the second."""
    count = len(jobs.hours)
    kind = np.zeros(count, dtype=np.int64)
    order = np.where(jobs.role == SMALL, rng.random(count), -1.0)
    long = np.flatnonzero(2 * jobs.hours > 1.1 * TWO_SLOTS)
    kind[long[np.argsort(order[long])[: round(SLACK_SHARES[1] * count)]]] = 1
    brief = np.flatnonzero((kind == 0) & (2 * jobs.hours < 24))
    kind[brief[np.argsort(order[brief])[: round(SLACK_SHARES[2] * count)]]] = 2
    return kind


def _arrivals(size: Size, latest: Floats, rng: np.random.Generator) -> Ints:
    """(J,) first slots, at most `latest` each: intensity with a daily rhythm that is weaker at weekends."""
    hour = np.arange(size.slots)
    weekend = hour // 24 % 7 >= 5
    rate = np.where(weekend, 0.6, 1.0) * (1 + 0.6 * np.cos((hour - 15) / 24 * 2 * np.pi))
    passed = np.concatenate([[0.0], np.cumsum(rate)])
    until = passed[np.minimum(latest.astype(np.int64) + 1, size.slots)]
    found = np.searchsorted(passed, rng.random(len(latest)) * until, side="right") - 1
    return np.asarray(np.minimum(found, latest), dtype=np.int64)
