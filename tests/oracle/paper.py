"""A scenario whose numbers are easy on paper, for optima that are worked out by hand.

One cluster 'a' on Earth with one pool of four `ref` accelerators of 10 kW, never interrupted, PUE 1, $100/MWh: a dollar
per accelerator-hour. Turning work away costs $3 per accelerator-hour. Nothing may be deferred, nothing runs past the
end, and money is not discounted, unless a test says so.
"""

from typing import Any

Record = dict[str, Any]
KW = 10.0


def cluster(name: str = "a", number: int = 4, price: Any = 100.0, **more: Any) -> Record:
    """A cluster with one pool."""
    pool = {"name": "p", "accelerator": "ref", "number": number} | more.pop("pool", {})
    row = {"name": name, "pools": [pool], "energy_price": price, "interruptions_per_accelerator_year": 0.0}
    return row | more


def job(name: str = "j", accelerators: int = 1, hours: float = 1.0, **more: Any) -> Record:
    """A job."""
    return {"job": name, "accelerators": accelerators, "hours": hours, **more}


def paper(slots: int, *, jobs: Any = (), clusters: Any = None, policy: Any = None, **more: Any) -> Record:
    """The scenario document; hourly slots unless `horizon` says otherwise."""
    own = {
        "reject_usd_per_accelerator_hour": 3.0,
        "terminal_usd_per_accelerator_hour": 2.0,
        "defer": False,
        "tails": False,
        "stage_hours": 1.0,
        "unload_hours": 1.0,
    }
    horizon = {"start": "2027-06-07T00:00:00Z", "slots": slots, "slot_hours": 1.0} | more.pop("horizon", {})
    if "slot" in horizon:
        del horizon["slot_hours"]
    return {
        "format": 1,
        "name": "paper",
        "horizon": horizon,
        "reference_accelerator": "ref",
        "accelerators": [{"name": "ref", "bf16_tflops": 1000.0, "memory_gb": 80.0, "kw": KW}],
        "clusters": list(clusters or [cluster()]),
        "jobs": list(jobs),
        "money": {"discount_rate": 0.0},
        "policy": own | (policy or {}),
        **more,
    }
