"""One way in which a log could have run, and its figures."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from placement.footprint import footprint
from placement.hindsight.log import Left, Log
from placement.hindsight.room import Lack
from placement.kernels.work import Ints
from placement.money import BOUNDARIES, CARBON, CONTRACTS, COOLING, ENERGY
from placement.plan import Plan
from placement.problem import Bools
from placement.result import Result
from placement.schema import Scenario
from placement.timegrid import TimeGrid

SOURCES = ["grid_t", "gas_t", "sun_wind_t"]
MADE = ["made_t", "launch_t"]


@dataclass(frozen=True)
class Alternative:
    """A row of the table. Every row has all jobs of the log; those that could not run as it says ran as they did.

    Dollars are present values at the horizon's start, as of every plan; nan: not known.
    """

    key: str
    """`as-it-ran`, `same-starts-CLUSTER`, `other-times`, `anywhere`, and the last two with `-carbon`."""
    words: str
    scenario: Scenario = field(repr=False)
    """Of which `result` is one; the jobs' ways are those that the alternative lets them have."""
    result: Result = field(repr=False)
    cost_usd: float = math.nan
    """Inside the boundary that `policy.minimise` names, at the scenario's own price of carbon."""
    bound_usd: float = math.nan
    """No plan with the same waits costs less; nan where starts are fixed."""
    energy_usd: float = math.nan
    """Of the cost, what energy comes to: energy, cooling, contracts."""
    tco2: float = math.nan
    """Of energy, tonnes CO2e in the horizon, idle power included."""
    bound_tco2: float = math.nan
    """Of rows for emissions: no plan with the same waits that costs no more than this one, or than as it ran, emits
    less.
    """
    made_tco2: float = math.nan
    """Of making, building and launching, the horizon's share; the same in every row."""
    accelerator_hours: float = math.nan
    """Held, on the accelerators on which jobs run here."""
    wait_hours: float = math.nan
    """Mean over jobs, from the slot that follows the submission to the one in which they start."""
    moved: int = 0
    """Jobs on another cluster than in the log."""
    later: int = 0
    """Jobs that begin in another slot than in the log."""
    stay: tuple[Left, ...] = ()
    """Jobs that could not run as the alternative says, by reason; they are in the figures as they ran."""
    lack: Lack = field(default_factory=lambda: Lack({}, {}))
    """What all of them would have needed more."""

    @property
    def plan(self) -> Plan | None:
        """Its plan, which the verifier has passed; None where none was found."""
        return self.result.plan

    def summary(self) -> dict[str, Any]:
        """The figures as plain JSON values; null: not known."""
        figures = (
            "cost_usd", "bound_usd", "energy_usd", "tco2", "bound_tco2", "made_tco2", "accelerator_hours", "wait_hours",
        )  # fmt: skip
        values = {name: getattr(self, name) for name in figures}
        return {
            "key": self.key,
            "words": self.words,
            "status": str(self.result.status),
            "message": self.result.message,
            **{name: value if math.isfinite(value) else None for name, value in values.items()},
            "jobs": self.result.jobs,
            "moved": self.moved,
            "at_another_time": self.later,
            "stay": [told(left) for left in self.stay],
            "lacking": {"accelerators": self.lack.accelerators, "mw": self.lack.mw},
        }


def told(left: Left) -> dict[str, Any]:
    """Jobs that were left as plain JSON values."""
    return {"words": left.words, "jobs": left.jobs, "first": list(left.first)}


def measured(
    key: str,
    words: str,
    scenario: Scenario,
    grid: TimeGrid,
    log: Log,
    result: Result,
    own_carbon_usd_per_t: float,
    *,
    decided: bool,
    **more: Any,
) -> Alternative:
    """An alternative with its figures.

    Parameters
    ----------
    key, words, scenario, grid, log, result
    own_carbon_usd_per_t : float
        The price of carbon of the scenario that is asked about, which that of `scenario` need not be.
    decided : bool
        Whether its starts are decided, so that its bound says something.
    more
        Further fields.
    """
    plan = result.plan
    if plan is None:
        return Alternative(key, words, scenario, result, **more)
    carbon = priced_carbon(scenario, plan)
    price = scenario.policy.carbon_usd_per_t
    bounded = decided and price == own_carbon_usd_per_t
    emitted = footprint(scenario, grid, plan)
    costs = plan.costs.groupby("category")["usd"].sum()
    runs = plan.placements[plan.placements["kind"] == "run"]
    hours = grid.position_hours(runs["end_grain"].to_numpy()) - grid.position_hours(runs["start_grain"].to_numpy())
    job, slot, moved, count = _begun(scenario, grid, log, plan)
    waits = grid.edges[slot] - grid.edges[log.asked[job]]
    return Alternative(
        key, words, scenario, result,
        cost_usd=result.cost_usd - carbon + (carbon * own_carbon_usd_per_t / price if price else 0.0),
        bound_usd=result.bound_usd if bounded else math.nan,
        energy_usd=float(sum(costs.get(name, 0.0) for name in (ENERGY, COOLING, CONTRACTS))),
        tco2=float(emitted[SOURCES].to_numpy().sum()),
        made_tco2=float(emitted[MADE].to_numpy().sum()),
        accelerator_hours=float((runs["accelerators"] * runs["count"]).to_numpy() @ hours),
        wait_hours=float((waits * count).sum() / count.sum()),
        moved=int(count[moved].sum()),
        later=int(count[slot != log.slot[job]].sum()),
        **more,
    )  # fmt: skip


def priced_carbon(scenario: Scenario, plan: Plan) -> float:
    """What a plan's cost has of carbon, $."""
    if CARBON not in BOUNDARIES[scenario.policy.minimise]:
        return 0.0
    return float(plan.costs.loc[plan.costs["category"] == CARBON, "usd"].sum())


def _begun(scenario: Scenario, grid: TimeGrid, log: Log, plan: Plan) -> tuple[Ints, Ints, Bools, Ints]:
    """Of each run its job, the slot in which it begins, whether it is on another cluster than in the log, and units."""
    import pandas as pd

    runs = plan.placements[(plan.placements["kind"] == "run") & (plan.placements["part"] == 1)]
    job = pd.Index([str(name) for name in log.jobs["job"]]).get_indexer(pd.Index(runs["job"].astype(str)))
    home = np.array([cluster.name for cluster, _ in scenario.pools()], dtype=object)[log.pool[job]]
    slot = runs["start_grain"].to_numpy(dtype=np.int64) // grid.grains
    moved = np.asarray(runs["cluster"].to_numpy(dtype=object) != home, dtype=bool)
    return np.asarray(job, dtype=np.int64), slot, moved, runs["count"].to_numpy(dtype=np.int64)
