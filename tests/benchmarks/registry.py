"""Benchmarks: seeded cases that register themselves and say what must come out."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

CASES: dict[str, Callable[[], dict[str, Any]]] = {}


def case(run: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """Register a function that runs a case and returns its figures."""
    CASES[run.__name__.replace("_", "-")] = run
    return run


@dataclass
class Clock:
    """Seconds of named steps, one after the other."""

    began: float = field(default_factory=time.perf_counter)
    steps: dict[str, float] = field(default_factory=dict)

    def step(self, name: str) -> None:
        """The step that ends now."""
        now = time.perf_counter()
        self.steps[f"{name}_s"] = round(now - self.began, 3)
        self.began = now
