"""What an instance is like, measured on the scenario and its arrays after everything has been clipped.

Nothing here knows how instances are made. `Properties.broken` says in words what is not as it should be.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from placement.benchmarks.sizes import Size
from placement.compile import fleet as fleets
from placement.compile.fleet import PoolArrays, Site
from placement.ephemeris import accelerator_of
from placement.kernels.placements import allowed
from placement.kernels.price import placement_usd, running_sums
from placement.kernels.work import Floats, Ints
from placement.problem import Problem
from placement.result import gap_of
from placement.schema import Scenario
from placement.search.bound import priced_bound
from placement.timegrid import TimeGrid, timegrid

SAMPLE = 2_000
"""Jobs whose median cost is worked out exactly, spread over the table."""

TWO_SLOTS, TWO_RUNS = 2, 2
LOAD_TOLERANCE = 0.005


@dataclass(frozen=True)
class Properties:
    """What an instance is like. Shares are in [0, 1]."""

    jobs: int
    clusters: int
    slots: int
    placements: int
    """Allowed (option, start) of all jobs."""
    load: float
    """Reference work over the reference accelerator-hours that capacity and power leave."""
    placeless: int
    """Jobs without any placement."""
    whole_gangs: int
    """Clusters that have a gang as large as their accelerators in their best hour."""
    giants: float
    """Jobs above half of the largest cluster that may take them."""
    odd_gangs: float
    """Gangs that are no power of two."""
    top_work: float
    """Share of the work that the top hundredth of the jobs holds."""
    largest_work: float
    """Share of the largest job."""
    median_hours: float
    sigma: float
    """Half the distance of the logarithms of the quantiles 16 % and 84 % of the run time."""
    longest: float
    """Longest run time over the horizon."""
    slack_slots: float
    """Jobs whose slack is at most two slots."""
    slack_runs: float
    """Jobs whose slack is more than that, and at most two run times."""
    slack_days: float
    """All others."""
    peak_arrivals: float
    """Arrivals in the busiest hour of the day over the mean."""
    least_arrivals: float
    """The same of the quietest."""
    least_draw: float
    """Power per accelerator over its mean: quantile 1 % of the jobs."""
    most_draw: float
    """Quantile 99 %."""
    two_meters: int
    """Clusters with rows of accelerators and of power."""
    power_bound: float
    """Clusters whose power runs out before their accelerators with jobs of mean power."""
    least_variation: float
    """Smallest over the clusters: standard deviation of the capacity over its mean."""
    least_cheaper: float
    """Smallest over ordered pairs: hours in which the second is cheaper per reference accelerator-hour."""
    eligible: float
    """Pairs of job and cluster with a placement."""
    least_reject: float
    """`reject_usd` over the median cost of the job's placements: quantile 1 % of the sampled jobs."""
    most_reject: float
    """Quantile 99 %."""
    reject_inside: float
    """Sampled jobs for which it is in [2, 6]."""
    least_negative: float
    """Smallest over the clusters: hours with a negative price."""
    most_negative: float

    def broken(self, size: Size, load: float) -> list[str]:
        """What is not as it should be, in words; empty if all is well."""
        wanted = {
            "jobs": (size.jobs, size.jobs),
            "clusters": (size.clusters, size.clusters),
            "slots": (size.slots, size.slots),
            "load": (load - LOAD_TOLERANCE, load + LOAD_TOLERANCE),
            "placeless": (0, 0),
            "whole_gangs": (size.clusters, size.clusters),
            "giants": (0.002, 0.005),
            "odd_gangs": (0.17, 0.23),
            "top_work": (0.4, 0.6),
            "largest_work": (0.0, size.largest_share),
            "median_hours": (3.6, 4.4),
            "sigma": (1.2, 1.4),
            "longest": (0.0, 0.25),
            "slack_slots": (0.28, 0.32),
            "slack_runs": (0.48, 0.52),
            "slack_days": (0.18, 0.22),
            "peak_arrivals": (1.3, 2.0),
            "least_arrivals": (0.2, 0.7),
            "least_draw": (0.55, 0.7),
            "most_draw": (1.3, 1.45),
            "two_meters": (size.clusters, size.clusters),
            "power_bound": (0.3, 0.37),
            "least_variation": (0.03, 1.0),
            "least_cheaper": (0.01, 1.0),
            "eligible": (0.4, 0.8),
            "least_reject": (2.0, 6.0),
            "most_reject": (2.0, 6.0),
            "reject_inside": (0.98, 1.0),
            "least_negative": (0.005, 0.03),
            "most_negative": (0.005, 0.03),
        }
        found = {name: getattr(self, name) for name in wanted}
        return [
            f"{name} is {found[name]:.5g}, not in [{low:g}, {high:g}]"
            for name, (low, high) in wanted.items()
            if not low <= found[name] <= high
        ]


def properties(scenario: Scenario, problem: Problem) -> Properties:
    """The properties of a scenario of hours, one pool per cluster and no option table, with its arrays."""
    grid = timegrid(scenario.horizon)
    sites, pools = fleets.sites(scenario, grid), fleets.pools(scenario, grid)
    return Properties(
        jobs=len(scenario.jobs),
        clusters=len(sites),
        slots=grid.slots,
        placements=int((problem.work.span_last - problem.work.span_first + 1).sum()),
        **_sizes(scenario, sites, pools, problem),
        **_times(scenario, grid),
        **_fleet(scenario, grid, sites, pools, problem),
        **_reject(problem),
    )


def hardness(problem: Problem, best_usd: float) -> float:
    """Gap between a plan's cost and the bound that asks nothing for what is scarce (all prices of rows 0)."""
    return gap_of(best_usd, priced_bound(problem).usd, problem.constant_usd + problem.forced_usd)


def _ratios(scenario: Scenario, pools: list[PoolArrays]) -> Floats:
    """(C,) reference accelerators per accelerator."""
    reference = accelerator_of(scenario, scenario.reference_accelerator).bf16_tflops
    return np.array([accelerator_of(scenario, pool.pool.accelerator).bf16_tflops / reference for pool in pools])


def _placed(problem: Problem) -> tuple[Ints, Ints]:
    """Job and pool of each option that has a start: pools are told by their accelerator meters, one per option."""
    work = problem.work
    some = np.flatnonzero(np.diff(work.option_spans) > 0)
    job = np.searchsorted(work.job_options, some, side="right") - 1
    return job, work.use_meter[work.option_uses[some]]


def _sizes(scenario: Scenario, sites: list[Site], pools: list[PoolArrays], problem: Problem) -> dict[str, Any]:
    jobs = scenario.jobs
    gangs = jobs["accelerators"]
    work = jobs["hours"] * gangs
    share = np.sort(work)[::-1] / work.sum()
    job, meter = _placed(problem)
    cluster = _cluster_of_meter(problem, sites)[meter]
    number = np.array([pool.capacity.max() for pool in pools])
    largest = np.zeros(len(jobs))
    np.maximum.at(largest, job, number[cluster])
    whole = gangs[job] == number[cluster]
    return {
        "placeless": int((largest == 0).sum()),
        "whole_gangs": len(np.unique(cluster[whole])),
        "giants": float((gangs > largest / 2).mean()),
        "odd_gangs": float((gangs & (gangs - 1) != 0).mean()),
        "top_work": float(share[: round(0.01 * len(jobs))].sum()),
        "largest_work": float(share[0]),
        "eligible": len(job) / (len(jobs) * len(sites)),
    }


def _labels(sites: list[Site]) -> list[tuple[str, str]]:
    """Labels of the rows of accelerators and of power of each cluster, which has one pool."""
    found = [(site.cluster.name, site.cluster.pools[0].name) for site in sites]
    return [(f"accelerators of {name}/{pool}", f"watts of {name} (facility)") for name, pool in found]


def _cluster_of_meter(problem: Problem, sites: list[Site]) -> Ints:
    """(M,) cluster whose accelerators a meter counts; -1 for others."""
    rows = problem.rows
    first = dict(problem.row_blocks)
    result = np.full(problem.meters, -1)
    for index, (label, _) in enumerate(_labels(sites)):
        result[rows.cell_meter[rows.cell_row == first[label]]] = index
    return result


def _times(scenario: Scenario, grid: TimeGrid) -> dict[str, Any]:
    jobs = scenario.jobs
    hours = jobs["hours"]
    low, high = np.quantile(np.log(hours), (0.16, 0.84))
    ready = grid.hours_of(jobs["submitted"])
    slack = grid.hours_of(jobs["deadline"]) - ready - hours
    brief = slack <= TWO_SLOTS + 1e-6
    some = ~brief & (slack <= TWO_RUNS * hours + 1e-6)
    by_hour = np.bincount(ready.astype(np.int64) % 24, minlength=24)
    return {
        "median_hours": float(np.median(hours)),
        "sigma": float(high - low) / 2 / 0.9945,  # the normal quantile of 84 %
        "longest": float(hours.max()) / grid.hours,
        "slack_slots": float(brief.mean()),
        "slack_runs": float(some.mean()),
        "slack_days": float((~brief & ~some).mean()),
        "peak_arrivals": float(by_hour.max() / by_hour.mean()),
        "least_arrivals": float(by_hour.min() / by_hour.mean()),
    }


def _fleet(
    scenario: Scenario, grid: TimeGrid, sites: list[Site], pools: list[PoolArrays], problem: Problem
) -> dict[str, Any]:
    jobs = scenario.jobs
    work = jobs["hours"] * jobs["accelerators"]
    mean = float((work * jobs["utilization"]).sum() / work.sum())
    ratio = _ratios(scenario, pools)
    capacity = np.stack([pool.capacity for pool in pools])
    draw = np.array([1000 * pool.kw * mean for pool in pools])
    powered = np.stack([sites[pool.cluster].potential_watts for pool in pools]) / draw[:, None]
    there = np.minimum(capacity, powered) * ratio[:, None] * grid.slot_hours
    relative = np.quantile(jobs["utilization"] / jobs["utilization"].mean(), (0.01, 0.99))
    price = np.stack([sites[pool.cluster].price for pool in pools])
    negative = (price < 0).mean(axis=1)
    labels = [name for name, _ in problem.row_blocks]
    both = [accelerators in labels and power in labels for accelerators, power in _labels(sites)]
    return {
        "load": float(work.sum() / there.sum()),
        "least_draw": float(relative[0]),
        "most_draw": float(relative[1]),
        "two_meters": sum(both),
        "power_bound": float((powered.mean(axis=1) < capacity.mean(axis=1)).mean()),
        "least_variation": float((capacity.std(axis=1) / capacity.mean(axis=1)).min()),
        "least_cheaper": _least_cheaper(price * (draw / ratio * _pue(sites))[:, None]),
        "least_negative": float(negative.min()),
        "most_negative": float(negative.max()),
    }


def _pue(sites: list[Site]) -> Floats:
    return np.array([site.cluster.pue for site in sites])


def _least_cheaper(cost: Floats) -> float:
    """Smallest share of hours in which one row is below another, over all ordered pairs; (C, T)."""
    least = 1.0
    for index, row in enumerate(cost):
        share = (cost < row).mean(axis=1)
        least = min(least, float(np.delete(share, index).min(initial=1.0)))
    return least


def _reject(problem: Problem) -> dict[str, Any]:
    """`reject_usd` over the exact median of the cost of a job's placements, on a sample of jobs."""
    work = problem.work
    sums = running_sums(problem.meter_usd)
    chosen = np.unique(np.linspace(0, work.jobs - 1, min(SAMPLE, work.jobs)).astype(np.int64))
    ratio = []
    for job in chosen.tolist():
        placed = allowed(work, int(work.job_options[job]), int(work.job_options[job + 1]))
        if len(placed):
            ratio.append(problem.reject_usd[job] / np.median(placement_usd(work, problem.meter_usd, sums, placed)))
    found = np.array(ratio)
    return {
        "least_reject": float(np.quantile(found, 0.01)),
        "most_reject": float(np.quantile(found, 0.99)),
        "reject_inside": float(((found >= 2) & (found <= 6)).mean()),
    }
