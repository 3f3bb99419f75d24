"""A small linear model with whole variables, handed to SciPy's `milp` and solved without a gap."""

import math

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

Terms = dict[int, float]
"""A sum of variables: coefficient by variable."""

TOLERANCE = 1e-6
"""Of balances and limits, relative to their size, at least absolute (docs/model.md)."""
_INFEASIBLE = 2


def within(value: float, low: float, high: float) -> bool:
    """Whether a number lies between two bounds, with the tolerance of the text."""
    return value >= low - _slack(low) and value <= high + _slack(high)


def _slack(bound: float) -> float:
    return TOLERANCE * max(1.0, abs(bound)) if math.isfinite(bound) else 0.0


class Model:
    """Variables with bounds, rows `low <= sum <= high`, and a cost to minimise."""

    def __init__(self) -> None:
        self.low: list[float] = []
        self.high: list[float] = []
        self.whole: list[bool] = []
        self.cost: Terms = {}
        self.rows: list[tuple[Terms, float, float]] = []
        self.broken = False
        """Whether a row without variables does not hold."""

    def variable(self, low: float = 0.0, high: float = math.inf, whole: bool = False) -> int:
        """A new variable."""
        self.low.append(low)
        self.high.append(high)
        self.whole.append(whole)
        return len(self.low) - 1

    def row(self, terms: Terms, low: float = -math.inf, high: float = math.inf) -> None:
        """A sum between two bounds; scaled so that its largest coefficient is 1."""
        terms = {variable: factor for variable, factor in terms.items() if factor}
        if not terms:
            self.broken |= not within(0.0, low, high)
            return
        scale = max(abs(factor) for factor in terms.values())
        self.rows.append(({v: f / scale for v, f in terms.items()}, low / scale, high / scale))

    def pay(self, terms: Terms, factor: float = 1.0) -> None:
        """Adds a sum to the cost."""
        add(self.cost, terms, factor)

    def minimise(self) -> tuple[float, list[float]] | None:
        """The least cost and where it is taken; None if no point satisfies all rows.

        Whole variables are off by up to 1e-6 in what the solver gives, which can be worth cents: with them rounded the
        rest is solved again.
        """
        if self.broken:
            return None
        if not self.low:
            return 0.0, []
        found = self._solved(self.low, self.high, self.whole)
        if found is None or not any(self.whole):
            return found
        fixed = [round(x) if whole else None for x, whole in zip(found[1], self.whole, strict=True)]
        low = [own if x is None else x for own, x in zip(self.low, fixed, strict=True)]
        high = [own if x is None else x for own, x in zip(self.high, fixed, strict=True)]
        return self._solved(low, high, [False] * len(fixed)) or found

    def _solved(self, low: list[float], high: list[float], whole: list[bool]) -> tuple[float, list[float]] | None:
        cost = np.zeros(len(self.low))
        for variable, factor in self.cost.items():
            cost[variable] = factor
        result = milp(
            cost,
            integrality=np.array(whole, dtype=float),
            bounds=Bounds(low, high),
            constraints=self._constraints(),
            options={"mip_rel_gap": 0.0},
        )
        if result.status == _INFEASIBLE:
            return None
        if result.x is None or result.status != 0:
            raise RuntimeError(f"SciPy's milp ended with status {result.status}: {result.message}")
        return float(result.fun), [float(x) for x in result.x]

    def _constraints(self) -> LinearConstraint | None:
        if not self.rows:
            return None
        places = [(i, v, f) for i, (terms, _, _) in enumerate(self.rows) for v, f in terms.items()]
        row, column, value = zip(*places, strict=True)
        matrix = csr_matrix((value, (row, column)), shape=(len(self.rows), len(self.low)))
        return LinearConstraint(matrix, [low for _, low, _ in self.rows], [high for _, _, high in self.rows])


def add(terms: Terms, more: Terms, factor: float = 1.0) -> None:
    """Adds a multiple of one sum to another."""
    for variable, value in more.items():
        terms[variable] = terms.get(variable, 0.0) + value * factor
