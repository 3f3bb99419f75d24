"""What is drawn for the futures of a scenario, and whether samples are as theory has them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

import placement
from placement.futures.draw import Drawing
from placement.futures.history import history_of
from placement.plan import TABLES, Plan, empty
from placement.schema import Scenario
from placement.timegrid import timegrid

SIGMAS = 4.5
"""Standard errors by which a sample may be off."""

EVEN = {"uniform": {"low": 1.0, "high": 3.0}}


def near(values: NDArray[np.float64], mean: float, sd: float) -> None:
    """The mean of a sample is one of a distribution with such a mean and standard deviation."""
    assert abs(values.mean() - mean) <= SIGMAS * sd / np.sqrt(len(values))


def no_plan(scenario: Scenario, **tables: Any) -> Plan:
    return Plan(scenario.name, "", {name: tables.get(name, empty(name)) for name in TABLES})


def drawing(written: dict[str, Any] | Scenario, seed: int = 0, **tables: Any) -> Drawing:
    made = written if isinstance(written, Scenario) else placement.scenario(written)
    grid = timegrid(made.horizon)
    assert made.uncertainty is not None
    histories = tuple(history_of(made, grid, each) for each in made.uncertainty.prices)
    return Drawing(made, grid, no_plan(made, **tables), histories, seed)
