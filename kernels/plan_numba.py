"""`placement.kernels.plan`, compiled by Numba: what rounds of all kinds are made of.

Units that run lie in lists by first meter and part of the horizon, so that a round looks only at what is near.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.kernels.capacity import Limits
from placement.kernels.capacity_numba import Priced, Space, cheapest_fit, take
from placement.kernels.compile_numba import ONE, called
from placement.kernels.gates_numba import Switching, gate_of, hold
from placement.kernels.plan import GOLDEN, ORDERS, Units
from placement.kernels.price_numba import price_general
from placement.kernels.runs_numba import Tables, ends_general, read_only
from placement.kernels.work import Floats, Ints

Seeds = NDArray[np.uint64]


class Plan(NamedTuple):
    """Where units are, what is left, and the lists: `head` of each list, and who comes after and before in it."""

    left: Floats
    option: Ints
    start: Ints
    last: Ints
    fraction: Floats
    usd: Floats
    head: Ints
    after: Ints
    before: Ints
    width: int
    parts: int
    switching: Switching


def steady_units(units: Units) -> Units:
    """The arrays of units, each of one type."""
    return Units(
        job=read_only(units.job),
        away=read_only(units.away),
        size=read_only(units.size),
        low=read_only(units.low),
        options=read_only(units.options, np.int32),
    )


@called
def mixed(x: np.uint64) -> np.uint64:
    """The output function of splitmix64."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@called
def drawn(seed: Seeds) -> np.uint64:
    """The next random integer."""
    seed[0] += np.uint64(GOLDEN)
    return mixed(seed[0])


@called
def draw(seed: Seeds) -> float:
    """The next random number in [0, 1)."""
    return np.float64(drawn(seed) >> np.uint64(11)) * 2.0**-53


@called
def home(t: Tables, o: int) -> int:
    """As `homes`, of one option."""
    u = t.option_uses[o]
    return t.use_meter[u] if u < t.option_uses[o + 1] else 0


@called
def put(t: Tables, limits: Limits, plan: Plan, unit: int, o: int, s: int, last: int, fraction: float) -> None:
    """A unit put to a place, and into its list."""
    plan.option[unit], plan.start[unit], plan.last[unit], plan.fraction[unit] = o, s, last, fraction
    take(t, limits, plan.left, o, s, last, fraction, 1.0)
    hold(plan.switching, gate_of(t, plan.switching, o), s, last, ONE)
    at = home(t, o) * plan.parts + s // plan.width
    top = plan.head[at]
    plan.after[unit], plan.before[unit], plan.head[at] = top, -1, unit
    if top >= 0:
        plan.before[top] = unit


@called
def lift(t: Tables, limits: Limits, plan: Plan, unit: int) -> None:
    """A unit taken out, if it is there."""
    o = plan.option[unit]
    if o < 0:
        return
    take(t, limits, plan.left, o, plan.start[unit], plan.last[unit], plan.fraction[unit], -1.0)
    hold(plan.switching, gate_of(t, plan.switching, o), plan.start[unit], plan.last[unit], -ONE)
    before, after = plan.before[unit], plan.after[unit]
    if before >= 0:
        plan.after[before] = after
    else:
        plan.head[home(t, o) * plan.parts + plan.start[unit] // plan.width] = after
    if after >= 0:
        plan.before[after] = before
    plan.option[unit] = -1


@called
def own_usd(t: Tables, own: Priced, at: Space, j: int, o: int, s: int) -> float:
    """$ of a placement at own prices, gates aside; its end is left in the room for starts."""
    ends_general(t, o, s, ONE, at.last, at.part, at.left)
    price_general(t, own.price, own.sums, j, o, s, ONE, at.last, at.part, at.left, at.cost)
    usd: float = at.cost[0]
    return usd


@called
def insert(
    t: Tables, limits: Limits, plan: Plan, own: Priced, by: Priced, units: Units, at: Space, unit: int, first: int,
    end: int, most: float,
) -> bool:  # fmt: skip
    """A unit at its cheapest placement that fits; False: it costs at least `most`, and stays where it is."""
    j = units.job[unit]
    option, start = cheapest_fit(
        t, limits, plan.left, plan.switching, by, units.options, units.low, min(units.away[j], most), at, j, first, end
    )
    if option >= 0:
        plan.usd[unit] = own_usd(t, own, at, j, option, start)
        put(t, limits, plan, unit, option, start, at.last[0], at.part[0])
    elif most < units.away[j]:
        return False
    else:
        plan.usd[unit] = units.away[j]
    return True


@called
def key_of(units: Units, unit: int, how: float, seed: Seeds) -> float:
    """By what units are put in order: `how` says by which (ORDERS)."""
    j = units.job[unit]
    key: float = units.size[j]
    if how < ORDERS[0]:
        key = draw(seed)
    elif how < ORDERS[1]:
        key = -units.size[j]
    elif how < ORDERS[2]:
        key = -units.away[j]
    return key
