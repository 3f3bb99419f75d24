"""Small orbital clusters for tests: ten accelerators of 1 kW on a satellite, changed as a test needs."""

from typing import Any

from placement.schema import Accelerator, Cluster

ACCELERATOR = Accelerator(name="chip", bf16_tflops=1000.0, memory_gb=80.0, kw=1.0)

STATION = {"altitude_km": 420.0, "inclination_deg": 51.6, "raan_deg": 0.0}
"""An orbit like that of the Space Station: eclipses nearly all the year."""

DAWN_DUSK = {"altitude_km": 650.0, "ltan": 18.0}
"""Along the terminator: eclipses in one season."""

NOON = {"altitude_km": 650.0, "ltan": 12.0}
"""Over noon and midnight: the longest eclipses."""


def satellites(**changed: Any) -> dict[str, Any]:
    """A satellite of 10 kW without overhead and with twice the array that it needs."""
    plain = {"number": 1, "accelerator": "chip", "accelerators": 10, "overhead": 1.0}
    return plain | ({} if "array" in changed else {"array_kw": 20.0}) | changed


def cluster(orbit: dict[str, Any] = DAWN_DUSK, of_cluster: dict[str, Any] | None = None, **changed: Any) -> Cluster:
    """A cluster of such satellites in an orbit; further keywords change the satellites."""
    whole = {"name": "flock", "orbit": orbit, "satellites": satellites(**changed), **(of_cluster or {})}
    return Cluster.model_validate(whole)
