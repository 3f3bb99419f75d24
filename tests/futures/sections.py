"""Sections `uncertainty` of one entry, changed as a test needs."""

from typing import Any

PRICE = "clusters.earth.energy_price"
EVEN = {"low": 1.0, "high": 2.0}
EVENT = {"name": "storm", "clusters": ["earth"], "per_year": 5.0, "hours": 2.0, "speed": 0.5}


def an_input(**given: Any) -> dict[str, Any]:
    """One input, of the price of energy, even between 1 and 2; what is None is left out."""
    every = {"paths": [PRICE], "uniform": EVEN, **given}
    return {"inputs": [{key: value for key, value in every.items() if value is not None}]}


def spread(**given: Any) -> dict[str, Any]:
    """One input with another distribution."""
    return an_input(uniform=None, **given)


def event(**given: Any) -> dict[str, Any]:
    return {"events": [{key: value for key, value in {**EVENT, **given}.items() if value is not None}]}
