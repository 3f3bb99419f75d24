"""`placement.kernels.gates`, compiled by Numba: the same numbers."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.kernels.compile_numba import called
from placement.kernels.gates import Gates
from placement.kernels.price import running_sums
from placement.kernels.runs_numba import Tables, read_only
from placement.kernels.work import Floats, Ints


class Switching(NamedTuple):
    """Gates of a plan, what they hold and the paths through their states."""

    of: Ints
    on: Floats
    up: Floats
    down: Floats
    initially: Ints
    sums: Floats
    held: Ints
    enter: Floats
    beyond: Floats
    usd: Floats
    stale: NDArray[np.bool_]


def switching(gates: Gates) -> Switching:
    """Gates of a plan in which nothing runs."""
    shape = gates.on.shape
    of, on, up, down, initially = (read_only(values) for values in gates)
    return Switching(
        of, on, up, down, initially, read_only(running_sums(gates.on)),
        np.zeros(shape, dtype=np.int64), np.zeros(shape), np.zeros(shape), np.zeros(shape[0]),
        np.ones(shape[0], dtype=np.bool_),
    )  # fmt: skip


@called
def gate_of(t: Tables, switching: Switching, o: int) -> int:
    """Gate of an option; -1: none."""
    if len(switching.usd) > 0:
        for u in range(t.option_uses[o], t.option_uses[o + 1]):
            gate: int = switching.of[t.use_meter[u]]
            if gate >= 0:
                return gate
    return -1


@called
def hold(switching: Switching, gate: int, start: int, last: int, count: int) -> None:
    """A run from start to last that comes, or with count -1 goes."""
    if gate < 0:
        return
    changed = False
    for slot in range(start, last + 1):
        before = switching.held[gate, slot]
        switching.held[gate, slot] = before + count
        changed |= (before > 0) != (before + count > 0)
    if changed:
        switching.stale[gate] = True


@called
def added(switching: Switching, gate: int, start: int, last: int) -> float:
    """$ that one more run from start to last would add; the gate is not stale."""
    on = switching.sums[gate, last + 1] - switching.sums[gate, start]
    usd: float = max(switching.enter[gate, start] + on + switching.beyond[gate, last] - switching.usd[gate], 0.0)
    return usd


@called
def one(switching: Switching, gate: int) -> float:
    """$ of a gate; 0 of none (-1)."""
    if gate < 0:
        return 0.0
    renew(switching, gate)
    usd: float = switching.usd[gate]
    return usd


@called
def total(switching: Switching) -> float:
    """$ of all gates."""
    usd = 0.0
    for gate in range(len(switching.usd)):
        usd += one(switching, gate)
    return usd


@called
def renew(switching: Switching, gate: int) -> None:
    """The paths of a gate, if what it holds has changed."""
    if not switching.stale[gate]:
        return
    on, up, down, held = switching.on[gate], switching.up[gate], switching.down[gate], switching.held[gate]
    slots = len(on)
    was_on, was_off = np.inf, 0.0
    if switching.initially[gate]:
        was_on, was_off = 0.0, np.inf
    for t in range(slots):
        enter = min(was_on, was_off + up[t])
        was_off = np.inf if held[t] > 0 else min(was_off, was_on + down[t])
        was_on = enter + on[t]
        switching.enter[gate, t] = enter
    switching.usd[gate] = min(was_on + down[slots], was_off)
    if_on, if_off = down[slots], 0.0
    for t in range(slots - 1, -1, -1):
        switching.beyond[gate, t] = if_on
        stay = on[t] + if_on
        closed = np.inf if held[t] > 0 else if_off
        if_on, if_off = min(stay, down[t] + closed), min(closed, up[t] + stay)
    switching.stale[gate] = False
