"""The money of a plan: cash by slot, category and cluster, present value, boundaries (docs/model.md §9)."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from placement.timegrid import TimeGrid
from placement.verifier.spans import Ints, Reals

Key = tuple[str, str]
"""Category and cluster; "" for what belongs to none."""

LAUNCH_AND_POWER = frozenset({"launch", "energy", "contracts"})
ENERGY_COOLING_LAUNCH = LAUNCH_AND_POWER | {"cooling"}
ALL_BUT_ACCELERATORS = ENERGY_COOLING_LAUNCH | {
    "carbon",
    "switching",
    "facility",
    "operations",
    "network",
    "transfer",
}
ALL_IN = ALL_BUT_ACCELERATORS | {"accelerators", "rent", "quote"}
BOUNDARIES = {
    "launch_and_power": LAUNCH_AND_POWER,
    "energy_cooling_launch": ENERGY_COOLING_LAUNCH,
    "all_but_accelerators": ALL_BUT_ACCELERATORS,
    "all_in": ALL_IN,
}
SERVICE = frozenset({"delay", "tail", "deferral", "rejection", "unmet", "penalty"})


class Ledger:
    """Everything that a plan pays, told as it is worked out."""

    def __init__(self, grid: TimeGrid, discount_rate: float):
        self.grid, self.rate = grid, discount_rate
        self._cash: dict[Key, Reals] = defaultdict(lambda: np.zeros(grid.slots))
        self._invested: dict[Key, Reals] = defaultdict(lambda: np.zeros(grid.slots))
        self._owned: dict[Key, Reals] = defaultdict(lambda: np.zeros(grid.slots))
        self._present: dict[Key, float] = defaultdict(float)

    def pay(self, category: str, cluster: str, usd: Reals) -> None:
        """Cash in each slot, shape (T,)."""
        self._cash[category, cluster] += usd

    def pay_at(self, category: str, cluster: str, slot: int | Ints, usd: float | Reals) -> None:
        """Cash in one slot, or in several."""
        np.add.at(self._cash[category, cluster], slot, usd)

    def invest(self, category: str, cluster: str, slot: int, usd: float) -> None:
        """Cash in one slot for modules or flights."""
        self.pay_at(category, cluster, slot, usd)
        self._invested[category, cluster][slot] += usd

    def own(self, category: str, cluster: str, usd: Reals) -> None:
        """Cash in each slot that is paid whatever is decided, shape (T,)."""
        self._owned[category, cluster] += usd

    def settle(self, category: str, cluster: str, usd: float) -> None:
        """Present value: service terms, which are not discounted, and credits at the end."""
        self._present[category, cluster] += usd

    def credit_at_end(self, category: str, cluster: str, usd: float) -> None:
        """A credit at the end of the horizon, discounted from there."""
        self.settle(category, cluster, -usd * float(self.grid.present_value(self.rate, self.grid.hours)))

    def paid(self, clusters: Iterable[str] | None) -> Reals:
        """Shape (T,): undiscounted cash of some clusters or of all, without credits and what is owned."""
        return self._of(self._cash, clusters)

    def invested(self, clusters: Iterable[str] | None) -> Reals:
        """Shape (T,): of that, what is paid for modules and, where no cluster is chosen, for flights."""
        return self._of(self._invested, clusters)

    def _of(self, book: dict[Key, Reals], clusters: Iterable[str] | None) -> Reals:
        chosen = None if clusters is None else set(clusters)
        total = np.zeros(self.grid.slots)
        for (_, cluster), usd in book.items():
            if chosen is None or cluster in chosen:
                total += usd
        return total

    def costs(self) -> dict[Key, float]:
        """Present value by category and cluster."""
        discount = self.grid.discount(self.rate)
        total: dict[Key, float] = defaultdict(float)
        for book in (self._cash, self._owned):
            for key, usd in book.items():
                total[key] += float(usd @ discount)
        for key, value in self._present.items():
            total[key] += float(value)
        return dict(sorted(total.items()))


def within(costs: dict[Key, float], categories: Iterable[str]) -> float:
    """Sum of the costs of some categories."""
    chosen = set(categories)
    return sum(usd for (category, _), usd in costs.items() if category in chosen)
