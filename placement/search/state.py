"""What a search knows: the best plan, the best bound, how they came, and when to stop."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from placement.kernels.work import Floats
from placement.models.highs import Event
from placement.result import Progress, gap_of

GRACE_S = 0.05

MOST_GAP = 0.9
"""For which a cost is worked out; one that reaches a larger gap is found at once."""


class TimeUp(Exception):
    """Time is up, or a stop was asked for, before there is a model."""


@dataclass
class State:
    """Shared by the steps of one solve. Dollars are whole costs, constant included."""

    constant_usd: float
    gap: float
    deadline: float
    """When the search ends, on `time.monotonic`."""
    finish: float = math.inf
    """When the result is due."""
    stop: Event | None = None
    progress: Callable[[Progress], None] | None = None
    began: float = field(default_factory=time.monotonic)
    cost_usd: float = math.inf
    x: Floats | None = None
    """Columns of the best plan."""
    bound_usd: float = -math.inf
    bound_source: str = "nothing"
    ceiling: float = math.inf
    """What is proven from now on holds up to it: of a part of the problem, what the plan costs with which it was
    cut; -inf: it does not hold at all.
    """
    history: list[Progress] = field(default_factory=list)
    work: dict[str, int] = field(default_factory=lambda: {"nodes": 0, "iterations": 0})

    def offer(self, cost_usd: float, x: Floats, source: str) -> None:
        """A plan; kept if it is the cheapest."""
        if cost_usd < self.cost_usd:
            self.cost_usd, self.x = cost_usd, x
            self._tell(source)

    def settle(self, cost_usd: float, x: Floats) -> None:
        """A plan that costs the same and is better otherwise."""
        self.cost_usd, self.x = cost_usd, x

    def forget_plan(self) -> None:
        """No plan; what it cost is told no more."""
        self.cost_usd, self.x = math.inf, None

    def begin_again(self, keep_bound: bool) -> None:
        """No plan, no work done and, but for a bound that is kept, nothing proven: as at first, without the time."""
        self.forget_plan()
        self.ceiling = math.inf
        self.history.clear()
        self.work.clear()
        self.work.update(nodes=0, iterations=0)
        if not keep_bound:
            self.bound_usd, self.bound_source = -math.inf, "nothing"

    def prove(self, bound_usd: float, source: str) -> None:
        """A bound; kept, up to the ceiling, if it is the highest."""
        bound_usd = min(bound_usd, self.ceiling)
        if bound_usd > self.bound_usd:
            self.bound_usd, self.bound_source = bound_usd, source
            self._tell(source)

    def _tell(self, source: str) -> None:
        cost = self.cost_usd if self.x is not None else None
        bound = self.bound_usd if math.isfinite(self.bound_usd) else None
        gap = None if cost is None or bound is None else gap_of(cost, bound, self.constant_usd)
        line = Progress(time.monotonic() - self.began, source, cost, bound, gap)
        self.history.append(line)
        if self.progress is not None:
            self.progress(line)

    @property
    def proven_gap(self) -> float:
        """(cost - bound)/|cost - constant|; inf without a plan."""
        return gap_of(self.cost_usd, self.bound_usd, self.constant_usd) if self.x is not None else math.inf

    @property
    def reached(self) -> bool:
        """Whether the gap asked for is proven."""
        return self.proven_gap <= self.gap

    @property
    def enough_usd(self) -> float:
        """What a plan may cost for the gap that is asked for, with what is proven; -inf: nothing is."""
        share = min(self.gap, MOST_GAP)
        above = self.bound_usd >= self.constant_usd
        sign = -1.0 if above else 1.0
        return (self.bound_usd + sign * share * self.constant_usd) / (1.0 + sign * share)

    @property
    def left_s(self) -> float:
        """Seconds until the deadline, at least a little."""
        return max(GRACE_S, self.deadline - time.monotonic())

    @property
    def spare_s(self) -> float:
        """Seconds until the result is due."""
        return self.finish - time.monotonic()

    def check(self) -> None:
        """Raise TimeUp if the search is over."""
        if self.over:
            raise TimeUp

    @property
    def over(self) -> bool:
        """Whether time is up or a stop was asked for."""
        return self.stopped or time.monotonic() >= self.deadline

    def is_over(self) -> bool:
        """`over`, for those that ask now and then."""
        return self.over

    @property
    def stopped(self) -> bool:
        """Whether a stop was asked for."""
        return self.stop is not None and self.stop.is_set()
