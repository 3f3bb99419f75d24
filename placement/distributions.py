"""Quantiles of distributions, and draws that are correlated by a Gaussian copula."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, ndtr, ndtri
from scipy.stats import gamma, poisson

from placement.schema import Discrete, Lognormal, Normal, Triangular, Uniform

Floats = NDArray[np.float64]
Distribution = Triangular | Uniform | Normal | Lognormal | Discrete

COLUMNS = 4096
"""Equally likely values of a table; a power of two."""

MANY = 200.0
"""Interruptions on average from which their sum is taken as a gamma distribution of the same mean and variance."""


def quantile(of: Distribution, share: Floats) -> Floats:
    """The value that is not exceeded with a probability, for probabilities in (0, 1), any shape."""
    if isinstance(of, Uniform):
        return of.low + (of.high - of.low) * share
    if isinstance(of, Triangular):
        return _triangular(of, share)
    if isinstance(of, Normal):
        return _normal(of, share)
    if isinstance(of, Lognormal):
        return np.asarray(of.median * np.exp(of.sigma * ndtri(share)))
    weights = np.ones(len(of.values)) if of.weights is None else np.array(of.weights)
    edges = np.cumsum(weights) / weights.sum()
    index = np.searchsorted(edges, share, side="right")
    return np.array(of.values)[np.minimum(index, int(np.flatnonzero(weights)[-1]))]


def _normal(of: Normal, share: Floats) -> Floats:
    if of.sd == 0:
        drawn = np.full(share.shape, of.mean)
    else:
        low, high = (None if end is None else (end - of.mean) / of.sd for end in (of.low, of.high))
        sign = (
            -1.0 if low is not None and low > 0 else 1.0
        )  # the upper tail is worked out as the lower one, which is exact
        if sign < 0:
            low, high, share = None if high is None else -high, -low if low is not None else None, 1 - share
        first, last = 0.0 if low is None else float(ndtr(low)), 1.0 if high is None else float(ndtr(high))
        drawn = of.mean + of.sd * sign * ndtri(first + (last - first) * share)
    return np.asarray(np.clip(drawn, -np.inf if of.low is None else of.low, np.inf if of.high is None else of.high))


def _triangular(of: Triangular, share: Floats) -> Floats:
    width = of.high - of.low
    if width == 0:
        return np.full(share.shape, of.low)
    rising = of.low + np.sqrt(share * width * (of.mode - of.low))
    falling = of.high - np.sqrt((1 - share) * width * (of.high - of.mode))
    return np.where(share < (of.mode - of.low) / width, rising, falling)


def factor_of(correlation: Floats) -> Floats:
    """The symmetric root A of a correlation matrix, A A = correlation, (k, k); singular ones have one too."""
    values, vectors = np.linalg.eigh(correlation)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


def shares(normal: Floats) -> Floats:
    """Probabilities of normal scores, kept off 0 and 1."""
    return np.clip(ndtr(normal), 1e-15, 1 - 1e-15)


def middles() -> Floats:
    """(COLUMNS,) the middles of equally likely parts."""
    return (np.arange(COLUMNS) + 0.5) / COLUMNS


def sigma_of(ratio: Floats) -> Floats:
    """Standard deviation of the logarithm of a lognormal distribution whose 90 % quantile is so many times its mean.

    exp(1.2816 σ - σ²/2) = ratio has no solution above 2.273, where σ = 1.2816; below 1 there is no spread.
    """
    z = float(ndtri(0.9))
    return np.asarray(z - np.sqrt(np.maximum(z * z - 2 * np.log(np.maximum(ratio, 1.0)), 0.0)))


def lognormal_table(sigma: float) -> Floats:
    """(COLUMNS,) equally likely values of a lognormal distribution with mean 1."""
    values = np.exp(sigma * ndtri(middles()))
    return np.asarray(values / values.mean())


def lost_table(number: float, lost: float) -> Floats:
    """(COLUMNS,) equally likely factors on the length of a run that is interrupted at random.

    A share `lost` of it is lost on average by `number` interruptions on average: 1 - lost + (lost/number) · Σ of
    Poisson(number) exponential times. The mean is 1.
    """
    if number <= 0 or lost <= 0:
        return np.ones(COLUMNS)
    at = middles()
    if number > MANY:
        values = gamma.ppf(at, number / 2, scale=2 / number)
    else:
        events = np.arange(1, int(number + 12 * np.sqrt(number) + 20))
        least, most = 0.0, number + 10 * np.sqrt(2 * number) + 25
        x = least + (most - least) * np.linspace(0, 1, 4001) ** 2
        below = np.exp(-number) + gammainc(events[None, :], x[:, None]) @ poisson.pmf(events, number)
        values = np.interp(at, below, x) / number
    return np.asarray(1 + lost * (values / values.mean() - 1))
