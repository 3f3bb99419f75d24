"""What a run takes to go on: a restart, and elsewhere its checkpoint and data."""

from __future__ import annotations

from collections.abc import Collection

from placement.schema import Scenario
from placement.units import tb_per_hour


def restart_hours(scenario: Scenario, clusters: Collection[str]) -> float:
    """Hours until work goes on, on the slowest of some clusters."""
    return max((each.restart_minutes for each in scenario.clusters if each.name in clusters), default=0.0) / 60


def moved(scenario: Scenario, j: int, here: Collection[str], there: Collection[str]) -> tuple[float, float]:
    """Hours and $ of moving a job's checkpoint and data between clusters, over the slower of their links."""
    tb = float(scenario.jobs["checkpoint_tb"][j] + scenario.jobs["dataset_tb"][j])
    new = set(there) - set(here)
    if tb == 0 or not new or not here:
        return 0.0, 0.0
    by_name = {cluster.name: cluster for cluster in scenario.clusters}
    hours = usd = 0.0
    for names, way_in in ((here, False), (new, True)):
        for name in names:
            link = by_name[name].link
            if link is not None:
                hours = max(hours, tb / tb_per_hour(link.gbps_in if way_in else link.gbps_out))
                usd += tb * (link.usd_per_tb_in if way_in else link.usd_per_tb_out)
    return hours, usd
