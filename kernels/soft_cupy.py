"""Soft minima on a GPU: the wrapper of `soft.cu`.

What is off against the definition: placements dearer than the lowest by more than 30 temperatures use nothing, as in
`soft_numba`; exponentials are the device's; use is rounded as `fixed_point` says. The same twice on one device.
"""

import numpy as np

from placement.kernels.device_cupy import bring, guarded, launch_jobs, parts, priced, room, send, tables
from placement.kernels.fixed_point import most_used, step_for, use_of
from placement.kernels.soft import Soft
from placement.kernels.work import Floats, Ints, Work


def soft(work: Work, prices: Floats, away: Floats, temperature: Floats, count: Ints) -> Soft:
    """Soft minima at given prices of meters; parameters and result as of `placement.kernels.soft.soft`.

    Raises
    ------
    BackEndError
        If the device fails, out of memory for example.
    """
    return guarded(lambda: _soft(work, prices, away, temperature, count))


def _soft(work: Work, prices: Floats, away: Floats, temperature: Floats, count: Ints) -> Soft:
    rows = priced(prices)
    units = np.asarray(count, dtype=np.float64)
    step = step_for(float(units.sum()) * most_used(work))
    shape = (prices.shape[0], work.slots + 1)
    steps, once = room(shape), room(shape)
    usd, apart = np.empty(work.jobs), np.empty(work.jobs)
    for part in parts(work):
        jobs = part.number
        given = [send(values[part.jobs]) for values in (away, temperature, units)]
        low, stay = room(jobs, np.float64), room(jobs, np.float64)
        launch_jobs("soft", jobs, tables(part, rows), *given, np.float64(1.0 / step), low, stay, steps, once)
        usd[part.jobs], apart[part.jobs] = bring(low), bring(stay)
    return Soft(usd, use_of(bring(steps), bring(once), step), apart)
