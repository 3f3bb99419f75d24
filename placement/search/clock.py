"""Shares of the time that a search has."""

import time
from collections.abc import Callable

from placement.search.state import State


class Clock:
    """Begins when it is made."""

    def __init__(self, state: State):
        self.state = state
        self.all_s = state.deadline - time.monotonic()

    def share_s(self, share: float) -> float:
        """Seconds of a share."""
        return max(0.0, share * self.all_s)

    def past(self, share: float) -> Callable[[], bool]:
        """Whether a share that begins now is over, or everything is."""
        end = time.monotonic() + self.share_s(share)
        return lambda: self.state.over or time.monotonic() >= end
