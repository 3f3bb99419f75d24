"""What a scenario demands that must be kept, one by one, in the user's words.

A demand is a job that must run, a number of modules that must be added, a side of a limit without a penalty, an order
of jobs, or something of which there is only so much: accelerators of a pool, power, sources, links, resources, modules,
flights, payloads. Given up, there is as much of it as anybody could want. Demands given up only ever add plans. What
decides where a job may run at all (memory, round trips, dates of service, contact) is nobody's demand: it is why a job
stands alone.
"""

from __future__ import annotations

from placement.conflicts.demand import Demand
from placement.conflicts.demands_of_clusters import of_cluster
from placement.conflicts.demands_of_growth import of_launches, of_modules
from placement.conflicts.demands_of_jobs import of_datasets, of_jobs, of_orders
from placement.conflicts.demands_of_limits import of_limits
from placement.conflicts.plenty import Plenty
from placement.schema import Scenario


def demands(scenario: Scenario) -> list[Demand]:
    """All demands of a scenario: what is limited first, jobs last, the largest first."""
    most = Plenty(scenario)
    found = []
    for c in range(len(scenario.clusters)):
        found += of_cluster(scenario, c, most) + of_modules(scenario, c, most)
    found += of_launches(scenario, most) + of_limits(scenario, most) + of_datasets(scenario)
    return found + _tails(scenario) + of_orders(scenario) + of_jobs(scenario)


def _tails(scenario: Scenario) -> list[Demand]:
    """That every run ends within the horizon, where it must."""
    if scenario.policy.tails:
        return []
    words = "no run goes on past the horizon's end (policy.tails is false)"
    return [Demand("policy", "policy.tails", words, ((("policy", "tails"), True),), instead=(("policy.tails", True),))]
