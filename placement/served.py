"""How much of what was asked for a plan serves, of jobs and of flows, in reference accelerator-hours."""

from __future__ import annotations

from dataclasses import dataclass

from placement.delivery import of_flows
from placement.plan import Plan
from placement.schema import Scenario
from placement.series import on_slots
from placement.timegrid import timegrid


@dataclass(frozen=True)
class Served:
    """Reference accelerator-hours."""

    placed: float
    """Of the units of jobs that are placed, tails past the horizon included,"""
    asked: float
    """and of all units."""
    delivered: float
    """Of what is served of flows,"""
    wanted: float
    """and of what they want."""

    @property
    def share(self) -> float:
        """Served of all; 1 where nothing is asked for."""
        return _share(self.placed + self.delivered, self.asked + self.wanted)

    @property
    def of_flows(self) -> float:
        """Served of flows."""
        return _share(self.delivered, self.wanted)


def served(scenario: Scenario, plan: Plan) -> Served:
    """What a plan serves of its scenario."""
    jobs, grid = scenario.jobs, timegrid(scenario.horizon)
    placed = asked = 0.0
    if len(jobs):
        hours = scenario.unit_hours() * jobs["accelerators"]
        units = plan.jobs.set_index("job").loc[list(jobs["job"]), "placed"].to_numpy()
        placed, asked = float((hours * units).sum()), float((hours * jobs["count"]).sum())
    wanted = sum(float(on_slots(flow.demand, grid, scenario) @ grid.slot_hours) for flow in scenario.flows)
    return Served(placed, asked, float(of_flows(scenario, plan)["delivered"].sum()), wanted)


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 1.0
