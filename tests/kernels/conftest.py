"""Arrays of every kind for the kernels, made at random; and all back ends, so that each test is written once."""

from collections.abc import Callable
from dataclasses import replace

import cupy_on_processor
import numpy as np
import pytest

from placement.kernels.backend import BackEnd, back_ends, on_cupy
from placement.kernels.placements import allowed, ranges, share
from placement.kernels.work import RUN, STAGE, START, UNLOAD, WHOLE, Work

Make = Callable[..., Work]

FOUND = {end.name: end for end in back_ends() if end.found}
SOURCES = "CUDA sources on a processor"
"""Stands for a GPU, beside those that are found."""


@pytest.fixture(params=[*FOUND, SOURCES])
def back_end(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> BackEnd:
    """Each back end that is found, and CuPy's with its sources compiled for this processor."""
    if request.param == SOURCES:
        cupy_on_processor.use(monkeypatch)
        return on_cupy()
    return FOUND[request.param]


def _clocks(rng: np.random.Generator, slots: int) -> np.ndarray:
    """Three clocks: steady at speed 1, steady at another, and one that throttles and stops."""
    speed = np.ones((3, slots))
    speed[1] = 0.75
    speed[2] = rng.choice([0.0, 0.25, 0.6, 1.0], slots)
    return np.concatenate([np.zeros((3, 1)), np.cumsum(speed, axis=1)], axis=1)


SLIVERS = (0.0, 0.5e-6, 0.999999e-6, 1e-6, 1.000001e-6, 2e-6, -1e-6, 1e-13)
"""Parts of a grain about the tolerance to which ends of runs are rounded."""


def make(seed: int, slots: int = 40, jobs: int = 12, meters: int = 5, grains: int = 16, slivers: bool = False) -> Work:
    """Jobs with none to five options of all kinds of use; several spans of starts; tails; delay for half of them.

    With `slivers` all runs are whole grains long but for a sliver.
    """
    rng = np.random.default_rng(seed)
    per_job = rng.integers(0, 6, jobs)
    options = int(per_job.sum())
    owner = np.repeat(np.arange(jobs), per_job)
    hours = np.where(rng.random(options) < 0.5, rng.integers(1, slots // 3, options), rng.uniform(0.01, slots, options))
    if slivers:
        hours = np.maximum(rng.integers(0, slots * grains // 2, options) + rng.choice(SLIVERS, options), 0.0) / grains
    uses = rng.integers(0, 5, options)
    total = int(uses.sum())
    kind = rng.choice([RUN, RUN, WHOLE, START, STAGE, UNLOAD], total)
    transfer = (kind == STAGE) | (kind == UNLOAD)
    edges = np.arange(slots + 1.0)
    spans = rng.integers(0, 4, options)
    points = [np.sort(rng.choice(slots, 2 * n, replace=False)) for n in spans]
    flat = np.concatenate([*points, np.empty(0, dtype=np.int64)]).astype(np.int64)
    contact = rng.choice([0.0, 0.5, 1.0], (2, slots))
    unload_end = np.minimum(np.arange(slots + 1) + 3, slots)
    work = Work(
        grains=grains,
        edges=edges,
        discount=0.999 ** np.arange(slots),
        stage_first=np.maximum(np.arange(slots + 1) - 4, 0),
        unload_end=unload_end,
        unload_beyond=np.arange(slots + 1) + 3.0 - unload_end,
        clock_work=_clocks(rng, slots),
        clock_tail_speed=np.array([1.0, 0.75, 0.0]),
        link_prefix=np.concatenate([np.zeros((2, 1)), np.cumsum(contact, axis=1)], axis=1),
        link_rate=contact.mean(axis=1),
        job_options=np.concatenate([[0], np.cumsum(per_job)]),
        job_ready=rng.uniform(0, 3, jobs),
        job_delay=np.where(rng.random(jobs) < 0.5, rng.random(jobs), 0.0),
        option_clock=rng.integers(0, 3, options),
        option_work=hours.astype(np.float64),
        option_usd=np.where(rng.random(jobs) < 0.5, 1.0, 0.0)[owner] * rng.normal(0.0, 5.0, options),
        option_tail=rng.random(options),
        option_spans=np.concatenate([[0], np.cumsum(spans)]),
        span_first=flat[::2],
        span_last=flat[1::2],
        option_uses=np.concatenate([[0], np.cumsum(uses)]),
        use_meter=rng.integers(0, meters, total),
        use_amount=np.where(transfer, rng.uniform(0.0, 0.5, total), rng.integers(1, 2000, total)),
        use_kind=kind,
        use_link=np.where(transfer, rng.integers(0, 2, total), -1),
    )
    return _possible(work)


def _possible(work: Work) -> Work:
    """The same without starts from which a transfer has no link, or a run never ends: such starts are not allowed."""
    placed = allowed(work, 0, work.options)
    number = np.diff(work.option_uses)[placed.option]
    owner = np.repeat(np.arange(len(placed)), number)
    use = ranges(work.option_uses[placed.option], number)
    good = (placed.left == 0) | (work.clock_tail_speed[work.option_clock[placed.option]] > 0)
    for kind in (STAGE, UNLOAD):
        here = np.flatnonzero(work.use_kind[use] == kind)
        some = type(placed)(*(getattr(placed, name)[owner[here]] for name in placed.__dataclass_fields__))
        bad = ~np.isfinite(share(work, kind, work.use_link[use[here]], work.use_amount[use[here]], some))
        good[owner[here[bad]]] = False
    option, start = placed.option[good], placed.start[good]
    counts = np.bincount(option, minlength=work.options)
    joined = np.flatnonzero((np.diff(option) == 0) & (np.diff(start) == 1)) + 1
    heads = np.setdiff1d(np.arange(len(option)), joined)
    lengths = np.diff(np.append(heads, len(option)))
    per_option = np.bincount(option[heads], minlength=work.options)
    assert counts.sum() == lengths.sum()
    return replace(
        work,
        option_spans=np.concatenate([[0], np.cumsum(per_option)]),
        span_first=start[heads],
        span_last=start[heads] + lengths - 1,
    )


@pytest.fixture
def make_work() -> Make:
    """`make(seed, slots=..., jobs=..., meters=..., grains=..., slivers=...)`."""
    return make
