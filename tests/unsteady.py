"""A clock that stands still and leaps, as that of a machine that does much else: what must not ask it, is not moved."""

import time
from types import ModuleType
from typing import Any

import numpy as np
import pytest

LEAP_S = 5.0
"""In the mean, between two looks at it."""


def use(patch: pytest.MonkeyPatch, seed: int = 0) -> None:
    """Every look at the clock, in this process, is some seconds after the one before, often or seldom many."""
    rng, real = np.random.default_rng(seed), time.monotonic
    late = [0.0]

    def look() -> float:
        late[0] += LEAP_S * float(rng.exponential()) ** 3 / 6.0
        return real() + late[0]

    patch.setattr(time, "monotonic", look)


def kinds_drawn(patch: pytest.MonkeyPatch, module: ModuleType) -> list[tuple[str, Any]]:
    """The kinds of neighbourhoods that are drawn there from now on, and what each kind has done by then."""
    drawn: list[tuple[str, Any]] = []
    real = module.drawn

    def draw(kinds: Any, rng: np.random.Generator) -> str:
        done = {name: dict(vars(kind)) for name, kind in kinds.items()}
        name = str(real(kinds, rng))
        drawn.append((name, done))
        return name

    patch.setattr(module, "drawn", draw)
    return drawn
