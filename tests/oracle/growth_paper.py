"""Scenarios of growth that are easy on paper: periods of an hour, on Earth and in an orbit always in the sun."""

from typing import Any

from oracle.optimum import optimum
from oracle.paper import Record, cluster, job, paper

from placement.loader.load import scenario

HOUR = 1 / 8766
"""Years."""
DAY = 1 / 24
"""Days to an hour."""


def at(hours: int) -> str:
    """A moment of the paper's day."""
    return f"2027-06-07T{hours:02d}:00:00Z"


def hall(**more: Any) -> Record:
    """A module of two accelerators for $5, one of them."""
    return {"name": "hall", "accelerators": 2, "usd": 5.0, "max": 1} | more


def earth(*modules: Record, slots: int = 4, jobs: Any = None, number: int = 0, **more: Any) -> Record:
    """Periods of an hour; a pool that is empty but for modules; a job of 2 x 1 h, worth 6, energy 2."""
    site = cluster(number=number, modules=list(modules), **more.pop("site", {}))
    work = [job(accelerators=2)] if jobs is None else jobs
    return paper(slots, jobs=work, clusters=[site], horizon={"period_slots": 1}, **more)


def sky(*modules: Record, vehicles: list[Record], slots: int = 4, jobs: Any = None, **more: Any) -> Record:
    """The same in an orbit that is always in the sun; power is free there, and the job may run nowhere else."""
    satellites = {"number": 1, "accelerator": "ref", "accelerators": 1, "array_kw": 90.0, "battery_kwh": 999.0}
    site = {"name": "sky", "orbit": {"altitude_km": 800.0, "ltan": 6.0}, "satellites": satellites}
    site |= {"interruptions_per_accelerator_year": 0.0, "pools": [{"name": "p", "accelerator": "ref"}]}
    site["pools"][0]["number"] = 0
    site |= {"modules": list(modules)} | more.pop("site", {})
    work = [job(accelerators=2)] if jobs is None else jobs
    horizon = {"period_slots": 1, "start": "2027-03-20T00:00:00Z"}
    return paper(slots, jobs=work, clusters=[site], vehicles=vehicles, horizon=horizon, **more)


def batch(name: str = "batch", **more: Any) -> Record:
    """A module of two accelerators and 100 kg for $1."""
    return {"name": name, "accelerators": 2, "usd": 1.0, "max": 1, "mass_kg": 100.0} | more


def rocket(name: str = "rocket", **more: Any) -> Record:
    """A vehicle for 250 kg at $2 a flight, one flight in each period."""
    row = {"name": name, "payload_kg": {"sso": 250.0}, "usd_per_flight": 2.0, "flights_per_period": 1} | more
    if "usd_per_kg" in row:
        del row["usd_per_flight"]
    return {key: value for key, value in row.items() if value is not None}


def cost(document: Record) -> float:
    """The optimal cost of a document."""
    return optimum(scenario(document)).cost_usd
