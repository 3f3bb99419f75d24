"""A measure of costs over futures, the mean or CVaR, with its error; two plans future by future.

With η the cost that a share `tail` of N futures reaches or exceeds, CVaR is the mean over futures of

    h = η + (x - η)⁺ / tail,

which is x itself where the tail is everything: the mean is CVaR at level 0. To first order that η is estimated changes
nothing, so the error of the measure is that of the mean of h (Manistre and Hancock 2005), and the error of a difference
of two plans over the same futures that of the mean of h - h'.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm

from placement.errors import PlacementError
from placement.kernels.work import Floats

ROUNDING = 1e-9

FEW = 20
"""Futures that count, tail · N, below which errors are rough."""


@dataclass(frozen=True)
class Criterion:
    """What of the costs counts: CVaR at a level, at level 0 the mean."""

    level: float
    """Share of futures that do not count, in [0, 1)."""

    @property
    def tail(self) -> float:
        """Share of futures, the dearest, that count."""
        return 1 - self.level

    @property
    def words(self) -> str:
        """In words: mean, CVaR 95 %."""
        return "mean" if self.level == 0 else f"CVaR {100 * self.level:.6g} %"

    @property
    def text(self) -> str:
        """As on the command line: mean, cvar=0.95."""
        return "mean" if self.level == 0 else f"cvar={self.level:.12g}"

    def of(self, values: Floats) -> float:
        """The measure of costs, shape (N,)."""
        return float(heights(values, self.tail).mean())


def criterion(text: str) -> Criterion:
    """The criterion that a text names: `mean`, or `cvar=LEVEL` with a level in (0, 1).

    Raises
    ------
    PlacementError
        If it names none.
    """
    name, _, level = str(text).partition("=")
    if name == "mean" and not level:
        return Criterion(0.0)
    if name != "cvar" or not level:
        raise PlacementError(f"there is no measure '{text}'. Write mean, or cvar=0.95 for the mean of the worst 5 %.")
    try:
        number = float(level)
    except ValueError:
        raise PlacementError(f"the level of cvar is '{level}', which is no number. Write cvar=0.95.") from None
    if not 0 < number < 1:
        raise PlacementError(f"the level of cvar is {level}, but must be between 0 and 1. Write cvar=0.95, or mean.")
    return Criterion(number)


@dataclass(frozen=True)
class Estimate:
    """A mean over futures, and its standard error (nan where fewer than two count)."""

    value: float
    error: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Confidence interval, by the normal distribution."""
        z = float(norm.ppf(0.5 + level / 2))
        return self.value - z * self.error, self.value + z * self.error

    def summary(self) -> dict[str, Any]:
        """As plain JSON values: value, error and the 95 % interval; null for what is not known."""
        low, high = self.interval()
        known = {"value": self.value, "error": self.error, "low": low, "high": high}
        return {name: number if math.isfinite(number) else None for name, number in known.items()}


def heights(values: Floats, tail: float) -> Floats:
    """(N,) of costs, shape (N,): h, whose mean is the mean of the dearest share `tail` of them."""
    if tail >= 1:
        return values
    whole = min(int(tail * len(values) + ROUNDING), len(values) - 1)
    least = float(np.partition(values, len(values) - 1 - whole)[len(values) - 1 - whole])
    return np.asarray(least + np.maximum(values - least, 0.0) / tail)


def estimate(values: Floats, of: Criterion) -> Estimate:
    """The measure of costs, shape (N,), of futures drawn apart."""
    return of_worst(values, of.tail)


def of_worst(values: Floats, tail: float) -> Estimate:
    """The mean of the dearest share `tail`, in (0, 1], of costs, shape (N,), of futures drawn apart."""
    return _mean(heights(values, tail), tail)


def difference(first: Floats, second: Floats, of: Criterion) -> Estimate:
    """The measure of the first less that of the second, costs of the same futures, both of shape (N,)."""
    return _mean(heights(first, of.tail) - heights(second, of.tail), of.tail)


def _mean(values: Floats, tail: float) -> Estimate:
    count = len(values)
    known = tail * count >= 2 - ROUNDING
    return Estimate(float(values.mean()), float(values.std(ddof=1)) / math.sqrt(count) if known else math.nan)
