"""What being on costs where clusters are switched off while nothing runs: exact, and what one more run would add.

A gate is on in a slot if anything runs on its meters then, or because that is cheaper than switching off and on again.
Of each gate, over slots t (shortest paths through two states):

    enter[t]   least cost before slot t of being on in t, switching on for it included
    beyond[t]  least cost after slot t of having been on in t
    Σ on[s..last] + enter[s] + beyond[last] − least cost of all slots    what a run from s to last adds

The definition of `gates_numba`.
"""

import math
from typing import NamedTuple

import numpy as np

from placement.kernels.price import running_sums
from placement.kernels.work import Floats, Ints, Work


class Gates(NamedTuple):
    """What gates cost. G gates, M meters, T slots; all $ are present values."""

    of: Ints
    """(M,) gate of each meter; -1: none. All gated meters of an option belong to one gate."""
    on: Floats
    """(G, T) $ of being on in a slot."""
    up: Floats
    """(G, T) $ of being on in a slot and not in the one before."""
    down: Floats
    """(G, T+1) $ of being off in a slot and on in the one before; the last: of being on in the last slot."""
    initially: Ints
    """(G,) 1 where it is on before the first slot."""


def no_gates(meters: int, slots: int) -> Gates:
    """Gates of clusters that are always on."""
    none = np.zeros((0, slots))
    return Gates(np.full(meters, -1), none, none, np.zeros((0, slots + 1)), np.zeros(0, dtype=np.int64))


class Switching:
    """Gates of a plan that is changed in place."""

    def __init__(self, gates: Gates):
        self.gates = gates
        self.sums = running_sums(gates.on)
        self.held = np.zeros(gates.on.shape, dtype=np.int64)
        """(G, T) runs in each slot."""
        self.enter, self.beyond = np.zeros(gates.on.shape), np.zeros(gates.on.shape)
        self.usd = np.zeros(len(gates.on))
        self.stale = np.ones(len(gates.on), dtype=np.bool_)

    def gate(self, work: Work, option: int) -> int:
        """Gate of an option; -1: none."""
        if len(self.usd):
            for u in range(work.option_uses[option], work.option_uses[option + 1]):
                if self.gates.of[work.use_meter[u]] >= 0:
                    return int(self.gates.of[work.use_meter[u]])
        return -1

    def hold(self, gate: int, start: int, last: int, count: int) -> None:
        """Runs from start to last that come, or with a negative count go."""
        if gate >= 0:
            self.held[gate, start : last + 1] += count
            self.stale[gate] = True

    def added(self, gate: int, start: Ints, last: Ints) -> Floats:
        """$ that one more run from start to last would add, shape (N,), all of them at least 0."""
        if gate < 0:
            return np.zeros(len(start))
        self._renew(gate)
        on = self.sums[gate, last + 1] - self.sums[gate, start]
        usd: Floats = np.maximum(self.enter[gate, start] + on + self.beyond[gate, last] - self.usd[gate], 0.0)
        return usd

    def one(self, gate: int) -> float:
        """$ of a gate; 0 of none (-1)."""
        if gate < 0:
            return 0.0
        self._renew(gate)
        return float(self.usd[gate])

    def total(self) -> float:
        """$ of all gates."""
        total = 0.0
        for gate in range(len(self.usd)):
            total += self.one(gate)
        return total

    def _renew(self, gate: int) -> None:
        """The paths of a gate, if what it holds has changed."""
        if not self.stale[gate]:
            return
        on, up, down = self.gates.on[gate].tolist(), self.gates.up[gate].tolist(), self.gates.down[gate].tolist()
        held, slots = self.held[gate].tolist(), len(on)
        was_on, was_off = (0.0, math.inf) if self.gates.initially[gate] else (math.inf, 0.0)
        for t in range(slots):
            enter = min(was_on, was_off + up[t])
            was_off = math.inf if held[t] > 0 else min(was_off, was_on + down[t])
            was_on = enter + on[t]
            self.enter[gate, t] = enter
        self.usd[gate] = min(was_on + down[slots], was_off)
        if_on, if_off = down[slots], 0.0
        for t in range(slots - 1, -1, -1):
            self.beyond[gate, t] = if_on
            stay = on[t] + if_on
            closed = math.inf if held[t] > 0 else if_off
            if_on, if_off = min(stay, down[t] + closed), min(closed, up[t] + stay)
        self.stale[gate] = False
