"""`placement.kernels.insert`, compiled by Numba: the same plan. One thread, so each unit looks in its turn."""

import numpy as np

from placement.kernels.capacity import Limits
from placement.kernels.capacity_numba import Priced, cheapest_fit, priced, space, take
from placement.kernels.compile_numba import ONE, borrowed, entry
from placement.kernels.gates import no_gates
from placement.kernels.gates_numba import Switching, switching
from placement.kernels.insert import BATCH, Inserted
from placement.kernels.plan import Units
from placement.kernels.plan_numba import steady_units
from placement.kernels.runs_numba import Tables, ends_general, read_only, tables
from placement.kernels.work import Floats, Ints, Work


def insert(
    work: Work, limits: Limits, left: Floats, units: Units, order: Ints, prices: Floats, batch: int = BATCH
) -> Inserted:
    """Units at their cheapest placements that fit; parameters and result as of `placement.kernels.insert.insert`."""
    found = Inserted(np.full(len(order), -1), np.full(len(order), -1))
    rows, given = Limits(*(read_only(values) for values in limits)), steady_units(units)
    none = switching(no_gates(len(prices), work.slots))
    insert_all(tables(work), rows, left, none, priced(prices), given, read_only(order), found.option, found.start)
    return found


@entry
def insert_all(
    t: Tables, limits: Limits, left: Floats, gates: Switching, by: Priced, units: Units, order: Ints, option: Ints,
    start: Ints,
) -> None:  # fmt: skip
    """Write where units go."""
    t, limits, left, gates, by, units, order = borrowed((t, limits, left, gates, by, units, order))
    at = space()
    for n in range(len(order)):
        j = units.job[order[n]]
        o, s = cheapest_fit(t, limits, left, gates, by, units.options, units.low, units.away[j], at, j, 0, len(t.hours))
        if o >= 0:
            ends_general(t, o, s, ONE, at.last, at.part, at.left)
            take(t, limits, left, o, s, at.last[0], at.part[0], 1.0)
        option[n], start[n] = o, s
