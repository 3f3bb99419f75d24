"""What a peer is asked, and whom it tells: the child's side of `ask`."""

import math
import time
from dataclasses import dataclass, field
from typing import IO, Any

from placement.kernels.work import Ints
from placement.models import wire
from placement.problem import Problem

MARGIN_S, MARGIN_SHARE = 1.0, 0.03
"""A peer is told to end so much before the limit, or this share of it if that is less, so that it can say how."""

TELL_S = 0.1
"""Seconds between two bounds that are told."""


@dataclass
class Task:
    """A problem, how it is to be solved, and the stream to those who asked."""

    problem: Problem
    setting: str
    time_limit_s: float
    gap: float
    threads: int
    """0: the peer decides."""
    begin: tuple[Ints, Ints] | None
    """(U,) option and start of each unit in a plan to begin with."""
    out: IO[bytes]
    began: float = field(default_factory=time.monotonic)
    told: float = -math.inf
    bound_usd: float = -math.inf

    @property
    def seconds(self) -> float:
        """Since the problem was there."""
        return time.monotonic() - self.began

    @property
    def left_s(self) -> float:
        """Seconds in which the peer should end."""
        return max(0.05, self.time_limit_s - min(MARGIN_S, MARGIN_SHARE * self.time_limit_s) - self.seconds)

    def built(self) -> None:
        """The model is built."""
        self._say({"event": "built"})

    def plan(self, option: Ints, start: Ints) -> None:
        """A plan: (U,) option and start of each unit."""
        self._say({"event": "plan"}, {"option": option, "start": start})

    def bound(self, usd: float, at_once: bool = False) -> None:
        """A bound, $, constant included; told if it is higher and the one before is not just told."""
        if not (math.isfinite(usd) and usd > self.bound_usd):
            return
        now = self.seconds
        if at_once or now - self.told >= TELL_S:
            self.told, self.bound_usd = now, usd
            self._say({"event": "bound", "usd": usd})

    def end(self, status: str) -> None:
        """How it ended."""
        self._say({"event": "end", "status": status})

    def _say(self, head: dict[str, Any], arrays: dict[str, Ints] | None = None) -> None:
        wire.send(self.out, {**head, "seconds": self.seconds}, arrays)
