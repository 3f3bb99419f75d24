"""Small scenarios for tests: a document with one plain cluster and one plain job, changed as a test needs."""

from typing import Any

import numpy as np

from placement.loader.load import scenario as make
from placement.schema import Scenario

START = "2027-06-07T00:00:00Z"


def cluster(name: str = "earth", number: int = 8, **more: Any) -> dict[str, Any]:
    """A site with one pool of H100 at 100 $/MWh, 1 kW each, and no interruptions."""
    pool = {"accelerator": "h100-sxm", "number": number, "kw_per_accelerator": 1.0, **more.pop("pool", {})}
    return {
        "name": name,
        "pools": [pool],
        "energy_price": 100.0,
        "interruptions_per_accelerator_year": 0.0,
        **more,
    }


def job(name: str = "a", hours: float = 2.0, accelerators: int = 4, **more: Any) -> dict[str, Any]:
    """A job worth 1,000 $ that may be turned away and does not wait past the end."""
    return {"job": name, "hours": hours, "accelerators": accelerators, "reject_usd": 1000.0, **more}


def document(
    clusters: list[dict[str, Any]] | None = None,
    jobs: list[dict[str, Any]] | None = None,
    slots: int = 4,
    slot_hours: float = 1.0,
    **more: Any,
) -> dict[str, Any]:
    """A scenario's document; no discounting, no deferring."""
    horizon = {"start": START, "slots": slots, "slot_hours": slot_hours, **more.pop("horizon", {})}
    if "slot" in horizon:
        del horizon["slot_hours"]
    return {
        "format": 1,
        "name": "test",
        "horizon": horizon,
        "clusters": [cluster()] if clusters is None else clusters,
        "jobs": [job()] if jobs is None else jobs,
        "money": {"discount_rate": 0.0},
        "policy": {"defer": False, **more.pop("policy", {})},
        **more,
    }


def scenario(*args: Any, **more: Any) -> Scenario:
    """The scenario of `document`."""
    return make(document(*args, **more))


def crowded(seed: int = 0, jobs: int = 40, sites: list[dict[str, Any]] | None = None, **more: object) -> Scenario:
    """Two sites too small for the jobs, one with dear hours and a power limit; a third of the jobs in two units."""
    rng = np.random.default_rng(seed)
    made = [
        job(
            f"j{k}",
            float(np.round(rng.lognormal(0.7, 0.7), 1)),
            int(rng.integers(1, 8)),
            reject_usd=float(rng.uniform(1, 40)),
            count=2 if k % 3 == 0 else 1,
        )
        for k in range(jobs)
    ]
    sites = sites or [
        cluster("a", 12, energy_price=60.0, power_limit_mw=0.008),
        cluster("b", 9, energy_price=[40.0, 200.0] * 8),
    ]
    return scenario(sites, made, slots=16, **more)
