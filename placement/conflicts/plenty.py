"""As much of everything as anybody could want: what is there of a thing that nobody limits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from placement.conflicts.demand import amount
from placement.kernels.work import Floats
from placement.schema import Module, Scenario, SeriesSpec
from placement.schema.table import Table
from placement.series import on_slots
from placement.timegrid import timegrid

SPARE = 1000
"""Accelerators, flights and modules that are there beyond all that could be wanted, once nobody counts them."""

MOST_MODULES = 1e5


class Plenty:
    """As much as all that is asked for could take at once."""

    def __init__(self, scenario: Scenario):
        jobs, made = scenario.jobs, scenario.throughput
        gang = jobs["accelerators"].astype(np.int64)
        if len(made):
            gang = np.maximum(gang, made["accelerators"].max())
        if len(scenario.options):
            gang = np.maximum(gang, _largest_option(scenario.options))
        self.grid, self.scenario = timegrid(scenario.horizon), scenario
        wanted = [on_slots(flow.demand, self.grid, scenario).max() for flow in scenario.flows]
        self.accelerators = int((gang * jobs["count"]).sum() + 100 * sum(map(float, wanted))) + SPARE
        kw = [each.kw for each in scenario.accelerators]
        kw += [pool.kw_per_accelerator for _, pool in scenario.pools() if pool.kw_per_accelerator is not None]
        if len(made):
            kw += np.nan_to_num(made["kw_per_accelerator"]).tolist()
        idle = sum(cluster.idle_mw for cluster in scenario.clusters)
        self.mw = 5.0 * (self.accelerators * max(kw) / 1000 + idle)
        uses = [sum(each.values()) for each in jobs["uses"]]
        needs = [sum(m.needs.values()) * m.max for cluster in scenario.clusters for m in cluster.modules]
        self.amount = float(np.dot(uses, jobs["count"]) + sum(needs)) * 10 + SPARE
        self.tb = float(((jobs["dataset_tb"] + jobs["result_tb"]) * jobs["count"]).sum())
        self.tb += sum(each.tb for each in scenario.datasets)

    def modules(self, module: Module) -> int:
        """As many modules as could be wanted for all that is asked for."""
        held = [module.accelerators, *(each.accelerators for each in module.generations)]
        wanted = [self.accelerators / each for each in held if each]
        wanted += [self.mw / each for each in (module.power_mw, *module.sources_mw.values()) if each]
        wanted += [self.amount / each for each in module.gives.values() if each]
        return math.ceil(min(max(wanted, default=0.0), MOST_MODULES)) + module.min + 1

    def size(self, series: Any) -> str:
        """A number, or between which a series is."""
        if isinstance(series, SeriesSpec):
            values = on_slots(series, self.grid, self.scenario)
            low, high = float(values.min()), float(values.max())
            return amount(low) if low == high else f"{amount(low)} to {amount(high)} over time"
        if isinstance(series, tuple):
            return f"{', '.join(map(str, series))} by period"
        return amount(series)

    def on_slots(self, series: Any) -> Floats:
        """Shape (T,)."""
        return on_slots(series, self.grid, self.scenario)


def _largest_option(options: Table) -> int:
    """Accelerators of the largest way to run in a table, all its parts together."""
    pairs = pd.DataFrame({key: options[key] for key in ("job", "option", "accelerators")})
    return int(pairs.groupby(["job", "option"])["accelerators"].sum().max())
