"""Useful share of a run that is interrupted and restarts from checkpoints.

J. T. Daly, "A higher order estimate of the optimum checkpoint interval for restart dumps" (2006): with
exponentially distributed interruptions of mean time M, checkpoint time δ, restart time R and a checkpoint after every
τ of work, the wall time per τ of work is  M e^{R/M} (e^{(τ+δ)/M} - 1).  The best τ solves
(1 - z) e^{z + δ/M} = 1 with z = τ/M, so z = 1 + W₀(-e^{-1 - δ/M}), and there

    goodput = (1 - z) e^{-R/M}.

The first-order formula 1 - sqrt(2δ/M) - R/M goes negative for large gangs in orbit; this one stays in (0, 1].
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.units import HOURS_PER_YEAR


def best_interval(ratio: Any) -> NDArray[np.float64]:
    """z = τ/M of the best checkpoint interval for ratio = δ/M >= 0; any shape; in [0, 1).

    Newton on g(z) = z + log(1 - z) + ratio from the series near the branch point (z² /2 + z³/3 = ratio) or, for a
    large ratio, from 1 - e^{-1-ratio}; g is concave and monotone, so it converges from there.
    """
    ratio = np.asarray(ratio, dtype=np.float64)
    root = np.sqrt(2 * ratio)
    z = np.where(ratio < 0.5, root - ratio * 2 / 3 + root**3 / 36, -np.expm1(-1 - ratio))
    z = np.clip(z, 0.0, 1.0 - 1e-16)
    for _ in range(60):
        # z + log1p(-z) cancels for small z: there use its series -z²/2 - z³/3 - z⁴/4 - ...
        small = z < 1e-3
        value = np.where(small, -(z**2) / 2 - z**3 / 3 - z**4 / 4 - z**5 / 5, z + np.log1p(-z)) + ratio
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.where(z > 0, value * (1 - z) / z, 0.0)
        z_next = np.clip(z + step, 0.0, 1.0 - 1e-16)
        if np.all(np.abs(z_next - z) <= 1e-15 * np.maximum(z, 1e-8)):
            return np.asarray(z_next)
        z = z_next
    return np.asarray(z)


def goodput(interruptions_per_hour: Any, checkpoint_hours: Any, restart_hours: Any) -> NDArray[np.float64]:
    """Useful share of the time of a run with the best checkpoint interval.

    Parameters
    ----------
    interruptions_per_hour : array
        Of the whole gang, all causes, >= 0. Any shape.
    checkpoint_hours : array
        Time to write a checkpoint, h, >= 0. Broadcast.
    restart_hours : array
        Time from an interruption until work goes on, h, >= 0. Broadcast.

    Returns
    -------
    array
        In [0, 1], in the broadcast shape; 1 without interruptions; it may underflow to 0 where almost no work is ever
        done.

    Examples
    --------
    >>> round(float(goodput(1 / 3.09, 1 / 60, 10 / 60)), 2)  # Llama 3: interrupted every 3.09 h, above 90 % useful
    0.85
    """
    rate = np.asarray(interruptions_per_hour, dtype=np.float64)
    z = best_interval(rate * np.asarray(checkpoint_hours, dtype=np.float64))
    return np.asarray((1 - z) * np.exp(-rate * np.asarray(restart_hours, dtype=np.float64)))


def gang_rate(accelerators: Any, per_accelerator_year: Any) -> Any:
    """Interruptions per hour of a gang, from those of one accelerator per year; broadcast shape."""
    return np.asarray(accelerators) * np.asarray(per_accelerator_year) / HOURS_PER_YEAR
