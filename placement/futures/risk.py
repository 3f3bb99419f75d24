"""What many outcomes say: mean, quantiles, the mean of the worst, and what goes with them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, rankdata

from placement.errors import PlacementError
from placement.kernels.work import Floats

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Risk:
    """Of N outcomes that are drawn alike."""

    mean: float
    mean_error: float
    """Standard error of the mean; nan of a single outcome."""
    sd: float
    quantiles: tuple[float, ...]
    """At QUANTILES."""
    tail: float
    """Share that counts as the worst,"""
    cvar: float
    """and the mean of it (conditional value at risk, expected shortfall)."""
    cvar_error: float
    """Its standard error (Manistre and Hancock 2005)."""
    worst: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Confidence interval of the mean, by the normal distribution."""
        z = float(norm.ppf(0.5 + level / 2))
        return self.mean - z * self.mean_error, self.mean + z * self.mean_error


def risk_of(values: Floats, tail: float = 0.05) -> Risk:
    """Risk of outcomes, the higher the worse.

    Raises
    ------
    PlacementError
        If there is none, or the tail is no share.
    """
    if len(values) == 0:
        raise PlacementError("there is no outcome to judge.")
    if not 0 < tail <= 1:
        raise PlacementError(f"the share of the worst is {tail}, but must be above 0 and at most 1.")
    sd = float(values.std(ddof=1)) if len(values) > 1 else math.nan
    cvar, error = cvar_of(values, tail)
    return Risk(
        float(values.mean()), sd / math.sqrt(len(values)), sd, tuple(np.quantile(values, QUANTILES).tolist()),
        tail, cvar, error, float(values.max()),
    )  # fmt: skip


def cvar_of(values: Floats, tail: float) -> tuple[float, float]:
    """Mean of the worst share of equally likely values, min over η of η + E(x - η)⁺ / tail, and its standard error."""
    ordered = np.sort(values)[::-1]
    count = tail * len(ordered)
    whole = min(int(count + 1e-9), len(ordered))
    rest = max(count - whole, 0.0)
    total = float(ordered[:whole].sum()) + (rest * float(ordered[whole]) if whole < len(ordered) else 0.0)
    cvar = total / count
    at_risk = float(ordered[min(whole, len(ordered) - 1)])
    worst = ordered[: max(whole, 1)]
    spread = float(worst.var()) + (1 - tail) * (cvar - at_risk) ** 2
    return cvar, math.sqrt(max(spread, 0.0) / count) if count > 0 else math.nan


def drivers(drawn: Mapping[str, Floats], figure: Floats) -> list[tuple[str, float]]:
    """Rank correlations (Spearman) of what was drawn with a figure, the strongest first, without what never changes."""
    found = []
    ranks = rankdata(figure)
    if len(figure) < 3 or np.ptp(ranks) == 0:
        return []
    for name, values in drawn.items():
        own = rankdata(values)
        if np.ptp(own) > 0:
            found.append((name, float(np.corrcoef(own, ranks)[0, 1])))
    return sorted(found, key=lambda each: -abs(each[1]))
