"""A satellite's battery step by step: what it holds, what the accelerators get, how deep and how often it cycles.

In each step the array gives A, the satellite asks for L. What is left over charges the battery, of which η arrives;
what is missing it gives, as long as it holds anything. Its level stays in [0, B], B the part of it that is used:

    level[t] = clip(level[t-1] + η (A - L)⁺ dt - (L - A)⁺ dt, 0, B)

Between two changes of sign of A - L the level only rises or only falls, so that clipping the running sum of such a
stretch is exact; only the stretches, two to an orbit, are gone through one by one.
"""

import itertools
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Policy = Literal["ride_through", "throttle", "pause"]


@dataclass(frozen=True)
class BatteryRun:
    """Powers in kW over each step and the level in kWh after it, each of shape (n,)."""

    served_kw: Floats
    """What the satellite gets."""
    charge_kw: Floats
    """What goes into the battery, before its loss."""
    discharge_kw: Floats
    """What comes out of it."""
    unused_kw: Floats
    """What the array could have given beside."""
    level_kwh: Floats
    step_hours: float

    def cycles(self) -> Floats:
        """Energy drawn in each discharge, kWh, one for each stretch of steps that draw; shape (number of cycles,)."""
        drawing = np.concatenate([[False], self.discharge_kw > 0, [False]])
        first, last = np.flatnonzero(~drawing[:-1] & drawing[1:]), np.flatnonzero(drawing[:-1] & ~drawing[1:])
        drawn = np.concatenate([[0.0], np.cumsum(self.discharge_kw)]) * self.step_hours
        return np.asarray(drawn[last] - drawn[first])


def run(array_kw: Floats, asked_kw: Floats, battery_kwh: float, efficiency: float, step_hours: float) -> BatteryRun:
    """The battery through all steps, full at the start.

    Parameters
    ----------
    array_kw, asked_kw : array, shape (n,)
        What the array can give and the satellite asks for in each step, kW, >= 0.
    battery_kwh : float
        Part of the battery that is used (after depth of discharge), kWh, >= 0.
    efficiency : float
        Energy out over energy in, in (0, 1].
    step_hours : float
        Length of a step, h.
    """
    net = array_kw - asked_kw
    change = np.where(net >= 0, efficiency * net, net) * step_hours
    level = _clipped_sum(change, battery_kwh, battery_kwh)
    moved = np.diff(level, prepend=battery_kwh) / step_hours
    charge, discharge = np.maximum(moved, 0.0) / efficiency, np.maximum(-moved, 0.0)
    served = np.where(net >= 0, asked_kw, array_kw + discharge)
    return BatteryRun(served, charge, discharge, np.maximum(array_kw - served - charge, 0.0), level, step_hours)


def _clipped_sum(change: Floats, start: float, top: float) -> Floats:
    """start + the running sum of changes, kept in [0, top] at each step; shape (n,)."""
    if not len(change):
        return change
    rising = change >= 0
    turns = np.concatenate([[0], np.flatnonzero(rising[1:] != rising[:-1]) + 1, [len(change)]])
    total = np.concatenate([[0.0], np.cumsum(change)])
    level = np.empty_like(change)
    now = start
    for first, end in itertools.pairwise(turns):
        level[first:end] = np.clip(now + (total[first + 1 : end + 1] - total[first]), 0.0, top)
        now = float(level[end - 1])
    return level


def asked_kw(sunlit: NDArray[np.bool_], load_kw: Floats, policy: Policy, resume_steps: float) -> Floats:
    """What a satellite asks for in each step, kW, shape (n,).

    Parameters
    ----------
    sunlit : array of bool, shape (n,)
        Whether it is in sunlight.
    load_kw : array, shape (n,)
        With `ride_through` the steady level of its orbit; else its power at full speed.
    policy : str
        `ride_through` and `throttle` ask for the same in the dark; `pause` for nothing, and for nothing for the first
        `resume_steps` of sun after it.
    resume_steps : float
        Lost after each eclipse with `pause`, steps; a part of one is lost of the step in which it ends.
    """
    if policy != "pause":
        return np.asarray(load_kw, dtype=np.float64)
    since = np.arange(len(sunlit)) - np.maximum.accumulate(np.where(sunlit, -1, np.arange(len(sunlit))))
    begun = np.maximum.accumulate(~sunlit)
    running = np.where(begun, np.clip(since - resume_steps, 0.0, 1.0), 1.0)
    return np.asarray(np.where(sunlit, load_kw * running, 0.0))
