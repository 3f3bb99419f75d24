"""Jobs in units and rows that hold some of them, for the kernels that put units where they fit."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from placement.kernels import capacity, plan
from placement.kernels.price import price
from placement.kernels.usage import usage
from placement.kernels.work import RUN, Floats, Ints, Work

Make = Callable[..., Work]
METERS = 5


def cells(work: Work) -> tuple[Ints, Ints, Ints, Floats]:
    """Rows: one per slot for meters 0 and 1; meters 1, 2 and 3 with weights in one per slot; nothing counts meter 4."""
    t = np.arange(work.slots)
    row = np.concatenate([t, work.slots + t, *[2 * work.slots + t] * 3])
    meter = np.repeat([0, 1, 1, 2, 3], work.slots)
    weight = np.repeat([1.0, 1.0, 0.5, 2.0, 0.0], work.slots)
    return row, meter, np.tile(t, 5), weight


def scene(make_work: Make, seed: int) -> tuple[Work, capacity.Limits, Floats, plan.Units, Floats, Floats]:
    """Jobs in one to three units, rows that hold some of them, own prices and guiding ones above them."""
    rng = np.random.default_rng(seed)
    work = make_work(seed)
    option = np.repeat(np.arange(work.options), np.diff(work.option_uses))
    group = np.array([0, 1, 1, 2, 3])[work.use_meter]
    kept = np.unique(option * 4 + group, return_index=True)[1]  # one use in each row
    work = replace(
        work,
        option_uses=np.searchsorted(option[kept], np.arange(work.options + 1)),
        use_meter=work.use_meter[kept],
        use_amount=np.ceil(np.abs(work.use_amount[kept]) * 4) / 4,
        use_kind=np.full(len(kept), RUN),
        use_link=np.full(len(kept), -1),
    )
    limits = capacity.limits(METERS, work.slots, *cells(work))
    left = rng.uniform(0.5, 6.0, 3 * work.slots) * max(float(work.use_amount.max(initial=1.0)), 1.0)
    prices = rng.normal(0.5, 1.0, (METERS, work.slots)) * 1e-3
    guide = prices + rng.exponential(1e-3, prices.shape)
    each = replace(
        work,
        job_options=np.arange(work.options + 1),
        job_ready=np.repeat(work.job_ready, np.diff(work.job_options)),
        job_delay=np.repeat(work.job_delay, np.diff(work.job_options)),
    )
    low = price(each, prices).usd
    job = np.repeat(np.arange(work.jobs), np.diff(work.job_options))
    away = np.where(rng.random(work.jobs) < 0.8, rng.uniform(0.0, 6.0, work.jobs), np.inf)
    unit = np.repeat(np.arange(work.jobs), rng.integers(1, 4, work.jobs))
    return (
        work,
        limits,
        left,
        plan.Units(unit, away, rng.random(work.jobs), low, np.lexsort((low, job))),
        prices,
        guide,
    )


def left_by(work: Work, left: Floats, option: Ints, start: Ints) -> Floats:
    """What rows have left, from the plan alone."""
    there = option >= 0
    use = usage(work, METERS, option[there], start[there], np.ones(int(there.sum())))
    result = left.copy()
    row, meter, slot, weight = cells(work)
    np.subtract.at(result, row, weight * use[meter, slot])
    return result
