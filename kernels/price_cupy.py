"""The cheapest placement of each job on a GPU: the wrapper of `price.cu`.

Prices and their running sums (NumPy's) are sent per call, and what comes back is one placement per job.
"""

from collections.abc import Callable

import numpy as np

from placement.kernels.device_cupy import bring, guarded, launch_jobs, parts, priced, room, tables
from placement.kernels.price import Cheapest
from placement.kernels.work import Floats, Work


def price(work: Work, prices: Floats) -> Cheapest:
    """The cheapest placement of each job; ties go to the lowest option, then the earliest start.

    Parameters and result as of `placement.kernels.price.price`, bit for bit.

    Raises
    ------
    BackEndError
        If the device fails, out of memory for example.
    """
    return guarded(lambda: _price(work, prices))


def pricer(work: Work) -> Callable[[Floats], Cheapest]:
    """`price` for one `work`."""
    return lambda prices: price(work, prices)


def _price(work: Work, prices: Floats) -> Cheapest:
    rows = priced(prices)
    best = Cheapest(np.empty(work.jobs), np.empty(work.jobs, np.int64), np.empty(work.jobs, np.int64))
    for part in parts(work):
        jobs = part.number
        usd, option, start = room(jobs, np.float64), room(jobs), room(jobs)
        launch_jobs("price", jobs, tables(part, rows), usd, option, start)
        best.usd[part.jobs], best.start[part.jobs] = bring(usd), bring(start)
        found = bring(option)
        best.option[part.jobs] = np.where(found >= 0, found + part.options.start, -1)
    return best
