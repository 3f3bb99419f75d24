"""A job that an Earth site runs for $120 and orbit for $20 and a flight: it goes up while a flight is below $100."""

from typing import Any

import build
import numpy as np

import placement

PRICE = "vehicles.rocket.usd_per_flight"
RENT = "clusters.earth.pools.h100-sxm.usd_per_accelerator_hour"


def sky(**module: Any) -> dict[str, Any]:
    """Satellites in sunlight; a module brings the four accelerators of the job."""
    return {
        "name": "sky",
        "orbit": {"altitude_km": 1500.0, "ltan": "06:00"},
        "satellites": {
            "number": 1,
            "accelerator": "h100-sxm",
            "accelerators": 2,
            "array_kw": 100.0,
            "battery_kwh": 1000.0,
            "eclipse": "ride_through",
        },
        "interruptions_per_accelerator_year": 0.0,
        "modules": [{"name": "sail", "accelerators": 4, "mass_kg": 1000.0, "usd": 20.0, "max": 2, **module}],
    }


def earth(number: int = 8, **more: Any) -> dict[str, Any]:
    """12 accelerator-hours of the job cost $10 each."""
    pool = {"usd_per_accelerator_hour": 10.0}
    return build.cluster("earth", number, pool=pool, **{"energy_price": 0.0, **more})


def rocket(name: str = "rocket", usd: Any = 90.0, **more: Any) -> dict[str, Any]:
    """One flight at the start."""
    flights = [1, 0, 0, 0]
    return {
        "name": name, "payload_kg": {"sso": 1000.0}, "usd_per_flight": usd, "flights_per_period": flights, **more
    }  # fmt: skip


def document(*clusters: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A day of 2027 in four periods; the job lasts 3 h on 4 accelerators."""
    return build.document(
        list(clusters) or [earth(), sky()],
        more.pop("jobs", [build.job("a", 3.0, 4)]),
        slots=24,
        horizon={"period_slots": 6},
        vehicles=more.pop("vehicles", [rocket()]),
        policy={"tails": False},
        **more,
    )


def gangs(seed: int, fixed: int = 1) -> placement.Scenario:
    """Gangs of 1 to 9, which end in the middle of slots, and modules of one size or of two."""
    rng = np.random.default_rng(seed)
    jobs = [
        build.job(
            f"j{k}",
            float(rng.uniform(0.3, 3.4)),
            int(rng.integers(1, 10)),
            count=int(rng.integers(1, 4)),
            reject_usd=float(rng.uniform(3, 40)),
        )
        for k in range(7)
    ]
    life = {"life_years": float(rng.uniform(3, 20)) / 8766}
    hall = {"name": "hall", "accelerators": int(rng.integers(2, 6)), "usd": float(rng.uniform(2, 14)), "max": 4}
    wing = {"name": "wing", "accelerators": int(rng.integers(2, 6)), "usd": float(rng.uniform(2, 14)), "max": 2}
    modules = [{**hall, **life}, {**wing, **life}] if rng.random() < 0.6 else [{**hall, **life}]
    site = earth(fixed * int(rng.integers(0, 4)), modules=modules)
    return build.scenario(
        [site], jobs, slots=12, horizon={"period_slots": int(rng.integers(1, 5))}, policy={"tails": False}
    )
