"""Benchmarks: seeded cases that register themselves and say what must come out."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Run = Callable[[], dict[str, Any]]

CASES: dict[str, Run] = {}
ON_REQUEST: dict[str, Run] = {}
"""Cases that run only when they are named."""


def case(run: Run) -> Run:
    """Register a function that runs a case and returns its figures."""
    CASES[run.__name__.replace("_", "-")] = run
    return run


def on_request(name: str, run: Run) -> None:
    """Register a case that runs only when it is named."""
    ON_REQUEST[name] = run


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
