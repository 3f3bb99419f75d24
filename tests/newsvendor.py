"""Racks bought before a demand is known: what each number of them costs, in closed form.

A rack of one accelerator is bought in the first hour and stands in the second; each accelerator of the demand in that
hour that is not served costs its price. So m racks cost RACK · m + UNMET · max(D - m, 0) where the demand is D.
"""

from types import SimpleNamespace
from typing import Any

import build
import numpy as np
import pandas as pd

from placement.folder import Stored
from placement.futures.draw import Drawing
from placement.kernels.work import Floats
from placement.loader.load import scenario as make
from placement.plan import Plan, empty
from placement.schema import Scenario
from placement.timegrid import timegrid

RACK, UNMET, DEMAND = 390.0, 1000.0, 50.0
UNIFORM = {"uniform": {"low": 0.4, "high": 1.6}}
LOGNORMAL = {"lognormal": {"median": 1.0, "sigma": 0.5}}
STEPS = {"discrete": {"values": [0.42, 0.5, 0.62, 0.74, 0.86, 0.98, 1.12, 1.3, 1.56, 2.0, 2.8]}}
"""Eleven values, so that few scenarios are solved however many futures are drawn."""


def document(distribution: dict[str, Any] | None) -> dict[str, Any]:
    """The scenario's document; a distribution of a factor on the demand, or None where that is known."""
    more: dict[str, Any] = {}
    site = build.cluster(
        number=0, energy_price=0.0,
        modules=[{"name": "rack", "accelerators": 1, "usd": 0.0, "accelerators_usd": RACK, "max": 300}],
    )  # fmt: skip
    flow = {"name": "asked", "demand": [0.0, DEMAND], "unmet_usd_per_accelerator_hour": UNMET}
    if distribution is not None:
        more["uncertainty"] = {"inputs": [{"paths": ["flows.asked.demand"], "how": "factor", **distribution}]}
    return build.document([site], [], slots=2, horizon={"period_slots": 1}, flows=[flow], **more)


def scenario(distribution: dict[str, Any] | None) -> Scenario:
    """The scenario of `document`."""
    return make(document(distribution))


_DRAWN: dict[tuple[str, int, int], Floats] = {}


def drawn(of: Scenario, futures: int, seed: int) -> Floats:
    """(K,) demand in each future; drawn once."""
    key = repr(of.uncertainty), futures, seed
    if key not in _DRAWN:
        _DRAWN[key] = _draw(of, futures, seed)
    return _DRAWN[key]


def _draw(of: Scenario, futures: int, seed: int) -> Floats:
    none = Plan("", "", {"launches": empty("launches")})
    drawing = Drawing(of, timegrid(of.horizon), none, (), seed)
    return DEMAND * np.array([drawing.future(number).inputs[0] for number in range(futures)])


def costs(racks: float, demand: Floats) -> Floats:
    """(K,) $ of so many racks."""
    return np.asarray(RACK * racks + UNMET * np.maximum(demand - racks, 0.0))


def racks_of(plan: Plan) -> int:
    """Racks that a plan buys."""
    return int(plan.builds["number"].sum())


def quick_stress(stored: Stored, futures: int, *, seed: int, **more: Any) -> Any:
    """Stands for `stress`: the closed form."""
    demand = drawn(stored.scenario, futures, seed)
    frame = pd.DataFrame({"future": np.arange(futures), "cost_usd": costs(racks_of(stored.plan), demand)})
    return SimpleNamespace(futures=frame, unsettled=(), planned_usd=0.0)
