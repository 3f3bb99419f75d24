"""What many outcomes say: mean, quantiles, the mean of the worst, and what goes with them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from placement.errors import PlacementError
from placement.estimates import Estimate, of_worst
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
    """Its standard error; nan where fewer than two outcomes count."""
    worst: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Confidence interval of the mean, by the normal distribution."""
        return Estimate(self.mean, self.mean_error).interval(level)


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
    mean, worst = of_worst(values, 1.0), of_worst(values, tail)
    return Risk(
        mean.value, mean.error, float(values.std(ddof=1)) if len(values) > 1 else math.nan,
        tuple(np.quantile(values, QUANTILES).tolist()), tail, worst.value, worst.error, float(values.max()),
    )  # fmt: skip


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
