"""What a report is made of: a plan, and everything that is worked out of it once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.kernels.work import Floats
from placement.over_years import Decade, decade
from placement.schema import Scenario
from placement.statistics import Statistics, statistics
from placement.timegrid import TimeGrid, timegrid
from placement.verifier import Verification, verify

if TYPE_CHECKING:
    from placement.folder import Stored
    from placement.plan import Plan

ORBIT, EARTH = "orbit", "Earth"


@dataclass(frozen=True)
class Facts:
    """A plan with what the verifier says of it, and the tables of `placement show`."""

    stored: Stored
    grid: TimeGrid
    verified: Verification
    found: Statistics
    grown: Decade | None
    """Of a plan that could build."""

    @property
    def scenario(self) -> Scenario:
        """What was wanted."""
        return self.stored.scenario

    @property
    def plan(self) -> Plan:
        """The answer."""
        return self.stored.plan

    @property
    def summary(self) -> dict[str, Any]:
        """The report on the run."""
        return self.stored.summary

    @cached_property
    def place(self) -> dict[str, str]:
        """Orbit or Earth, by cluster."""
        return {cluster.name: ORBIT if cluster.orbital else EARTH for cluster in self.scenario.clusters}

    @cached_property
    def moments(self) -> Floats:
        """(T+1,) edges of the slots, milliseconds since 1970."""
        return self.milliseconds(self.grid.edges)

    def milliseconds(self, hours: Floats) -> Floats:
        """Moments so many hours after the start, milliseconds since 1970."""
        return np.asarray(np.round(self.grid.start.timestamp() * 1000 + hours * 3_600_000.0))


def gather(stored: Stored) -> Facts:
    """Work out everything of a plan that several figures need."""
    scenario, plan = stored.scenario, stored.plan
    verified = verify(scenario, plan, read=True)
    grows = any(cluster.modules for cluster in scenario.clusters)
    return Facts(
        stored,
        timegrid(scenario.horizon),
        verified,
        statistics(scenario, plan, verified.limits),
        decade(scenario, plan, verified.limits) if grows else None,
    )
