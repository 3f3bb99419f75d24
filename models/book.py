"""What families of constraints add to the objective and to the bodies of rows."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pyomo.core.expr.numeric_expr import LinearExpression

Term = tuple[float, Any]


@dataclass
class Book:
    """What families add: dollars to the objective, terms to the bodies of rows."""

    cost: list[Term] = field(default_factory=list)
    body: dict[int, list[Term]] = field(default_factory=lambda: defaultdict(list))

    def add_cost(self, usd: float, variable: Any) -> None:
        """Dollars per unit of a variable."""
        if usd != 0.0:
            self.cost.append((float(usd), variable))

    def add_row(self, row: int, coefficient: float, variable: Any) -> None:
        """A variable in the body of a row."""
        if coefficient != 0.0:
            self.body[int(row)].append((float(coefficient), variable))


def linear(terms: Iterable[Term], constant: float = 0.0) -> Any:
    """A linear expression of (coefficient, variable) terms."""
    terms = list(terms)
    return LinearExpression(constant=constant, linear_coefs=[c for c, _ in terms], linear_vars=[v for _, v in terms])
