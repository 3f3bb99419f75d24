"""Pricing over shards: jobs in contiguous parts of about as many starts, each owned by a process here or a Ray actor.

    price   prices go to every shard; the cheapest placement of each job comes back, in the order of jobs
    soft    prices and what belongs to a shard's jobs go to it; soft minima come back, and use, which is added up
    usage   placements go to the shard of their job; use comes back and is added up

A job's minimum depends on that job alone: `price`, and with it a bound, is bit for bit that of one shard. Use is exact
where amounts and counts are whole numbers, since sums of these are exact in any order. The use of soft minima is not
whole: it agrees up to rounding, so an ascent over shards comes to prices that differ by rounding, and to a bound that
is as proven. A shard whose process, actor or node is lost is created anew and asked again.

    with sharded(problem, shards=4, executor="ray", address="head:6379") as back, running_on(back):
        found = ascend(problem)
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from placement.errors import PlacementError
from placement.executor import Executor, check_executor, end, one_process
from placement.kernels.backend import BackEnd, BackEndError, Device, choose
from placement.kernels.jobs_of import jobs_of
from placement.kernels.price import Cheapest
from placement.kernels.soft import Soft
from placement.kernels.work import Floats, Ints, Work
from placement.problem import Problem
from placement.ray_executor import VERSION, check_version, connected, received
from placement.search.bound import back_end, running_on
from placement.tasks import TRIES, Lost


@contextmanager
def sharded(
    problem: Problem,
    *,
    shards: int,
    executor: Executor = "local",
    address: str | None = None,
    device: Device = "auto",
) -> Iterator[BackEnd]:
    """A back end that prices the jobs of a problem over shards, for `placement.search.bound.running_on`.

    Works of other jobs than all of the problem's, and kernels other than `price`, `soft` and `usage`, run here as ever.

    Parameters
    ----------
    problem : Problem
    shards : int
        Parts, ≥ 1; fewer where there are fewer jobs.
    executor : {"local", "ray"}
        What owns a shard: a process of this machine, or an actor of a Ray cluster. Actors are spread over nodes, and
        each takes a GPU as long as there are any that no other shard has.
    address : str, optional
        Of the cluster; see `placement.ray_executor.connected`.
    device : {"auto", "gpu", "cpu"}
        What a shard's back end is chosen for, where the shard is.

    Raises
    ------
    PlacementError
        If `shards` makes no sense, or Ray is not installed or cannot be reached.
    BackEndError
        While it is used: if a shard is lost three times, or its back end fails.
    """
    check_shards(shards, executor, address)
    cuts = split(problem.work, shards)
    with ExitStack() as stack:
        owners: list[Owner]
        share: Callable[[Any], Any] = _as_it_is
        if executor == "ray":
            ray = stack.enter_context(connected(address))
            with_gpu: set[int] = set()
            owners = [_Actor(ray, k, device, with_gpu) for k in range(len(cuts) - 1)]
            share = ray.put
        else:
            owners = [_Process(device) for _ in cuts[1:]]
        parts = Parts(problem.work, cuts, owners, share)
        stack.callback(parts.end)
        here = choose("auto" if device == "gpu" else device)
        yield Sharded(**{each.name: getattr(here, each.name) for each in fields(BackEnd)}, parts=parts)


def check_shards(shards: int, executor: str, address: str | None) -> None:
    """Raise PlacementError where arguments of `sharded` make no sense."""
    check_executor(executor, address)
    if shards < 1:
        raise PlacementError(f"shards is {shards}, but must be at least 1.")


@contextmanager
def over_shards(
    problem: Problem, shards: int, executor: Executor, address: str | None, device: Device
) -> Iterator[BackEnd | None]:
    """`sharded`, or None where there is nothing to share out: one shard, here."""
    if shards == 1 and executor == "local":
        yield None
    else:
        with sharded(problem, shards=shards, executor=executor, address=address, device=device) as back:
            yield back


def split(work: Work, shards: int) -> list[int]:
    """Bounds of contiguous parts of the jobs with about as many starts each: 0 first, J last, none empty if J > 0."""
    starts = np.concatenate([[0], np.cumsum(work.span_last.astype(np.int64) - work.span_first + 1)])
    until = starts[work.option_spans[work.job_options]]
    cuts = np.searchsorted(until, np.linspace(0, until[-1], shards + 1)[1:-1])
    return [0, *np.unique(cuts[(cuts > 0) & (cuts < work.jobs)]).tolist(), work.jobs]


class Shard:
    """What owns a part of the jobs: its arrays, made ready once, on the back end of where it is."""

    def __init__(self, version: str, work: Work, device: Device):
        self._version, self._work, self._device = version, work, device

    @cached_property
    def _back(self) -> BackEnd:
        check_version(self._version)
        with running_on(choose(self._device)):
            return back_end(self._work)

    @cached_property
    def _pricer(self) -> Callable[[Floats], Cheapest]:
        return self._back.pricer(self._work)

    def price(self, prices: Floats) -> Cheapest:
        """The cheapest placement of each job; options are numbered within the shard."""
        return self._pricer(prices)

    def soft(self, prices: Floats, away: Floats, temperature: Floats, count: Ints) -> Soft:
        """Soft minima of its jobs, and what they use."""
        return self._back.soft(self._work, prices, away, temperature, count)

    def usage(self, meters: int, option: Ints, start: Ints, count: Floats) -> Floats:
        """What placements of its jobs use."""
        return self._back.usage(self._work, meters, option, start, count)


class Owner(Protocol):
    """A shard somewhere else."""

    def create(self, work: Work) -> None:
        """Begin with the arrays of its jobs; what was there before is ended."""

    def ask(self, what: str, *given: Any) -> Callable[[], Any]:
        """Begin a method of the shard; what is returned waits for it, and raises Lost where the shard is gone."""

    def end(self) -> None:
        """End it."""


class _Process:
    """A shard in a process of this machine."""

    def __init__(self, device: Device):
        self._device = device
        self._process = one_process(_own)

    def create(self, work: Work) -> None:
        self.end()
        self._process = one_process(_own, VERSION, work, self._device)

    def ask(self, what: str, *given: Any) -> Callable[[], Any]:
        try:
            future = self._process.submit(_ask, what, given)
        except BrokenProcessPool:
            future = None

        def answer() -> Any:
            try:
                if future is not None:
                    return future.result()
            except BrokenProcessPool:
                pass
            raise Lost("its process ended")

        return answer

    def end(self) -> None:
        end(self._process)


_OWNED: list[Shard] = []
"""In a process that owns one: its shard."""


def _own(*given: Any) -> None:
    _OWNED[:] = [Shard(*given)]


def _ask(what: str, given: tuple[Any, ...]) -> Any:
    return getattr(_OWNED[0], what)(*given)


class _Actor:
    """A shard in an actor of a Ray cluster; of those `with_gpu`, which all shards share, each has a GPU."""

    def __init__(self, ray: Any, number: int, device: Device, with_gpu: set[int]):
        self._ray, self._number, self._device, self._with_gpu = ray, number, device, with_gpu
        self._actor: Any = None

    def create(self, work: Work) -> None:
        self.end()
        ray, gpus = self._ray, int(self._ray.cluster_resources().get("GPU", 0))
        gpu = self._device != "cpu" and len(self._with_gpu) < gpus
        if gpu:
            self._with_gpu.add(self._number)
        device: Device = "cpu" if self._device == "auto" and not gpu else self._device
        options = {"num_cpus": 0, "num_gpus": int(gpu), "scheduling_strategy": "SPREAD"}
        self._actor = ray.remote(Shard).options(**options).remote(VERSION, ray.put(work), device)

    def ask(self, what: str, *given: Any) -> Callable[[], Any]:
        reference = getattr(self._actor, what).remote(*given)
        return lambda: received(self._ray, reference)

    def end(self) -> None:
        self._with_gpu.discard(self._number)
        if self._actor is not None:
            self._ray.kill(self._actor)
            self._actor = None


class Parts:
    """The parts of a work with what owns them.

    Parameters
    ----------
    work : Work
    cuts : list of int
        As of `split`; a part for each two neighbours.
    owners : sequence of Owner
        One for each part.
    share : callable
        Makes something that all shards are given ready to be sent; called once, whatever the number of shards.
    """

    def __init__(self, work: Work, cuts: Sequence[int], owners: Sequence[Owner], share: Callable[[Any], Any]):
        self.work, self._owners, self._share = work, owners, share
        self.jobs = [slice(*pair) for pair in itertools.pairwise(cuts)]
        self.first_option = [int(work.job_options[part.start]) for part in self.jobs]
        for k in range(len(owners)):
            self._create(k)

    def ask(self, what: str, shared: tuple[Any, ...], each: Sequence[tuple[Any, ...]]) -> list[Any]:
        """What each shard answers, in their order: asked all at once, and again where a shard was lost.

        Raises
        ------
        BackEndError
            If a shard is lost three times, or its back end fails.
        """
        given = [(*map(self._share, shared), *more) for more in each]
        answers = [owner.ask(what, *more) for owner, more in zip(self._owners, given, strict=True)]
        return [self._answer(k, answer, what, given[k]) for k, answer in enumerate(answers)]

    def _answer(self, k: int, answer: Callable[[], Any], what: str, given: tuple[Any, ...]) -> Any:
        for tried in range(1, TRIES + 1):
            try:
                return answer()
            except Lost as lost:
                if tried == TRIES:
                    where = f"shard {k + 1} of {len(self._owners)}"
                    raise BackEndError(
                        f"{where} was lost {TRIES} times ({lost})", "Take more shards, or none."
                    ) from None
                self._create(k)
                answer = self._owners[k].ask(what, *given)
        raise AssertionError

    def _create(self, k: int) -> None:
        part = self.jobs[k]
        self._owners[k].create(jobs_of(self.work, np.arange(part.start, part.stop)))

    def end(self) -> None:
        """End all shards."""
        for owner in self._owners:
            owner.end()


@dataclass(frozen=True, eq=False)
class Sharded(BackEnd):
    """A back end that has `price`, `soft` and `usage` of one work done by its parts; made by `sharded`."""

    parts: Parts = field(kw_only=True, repr=False)

    def pricer(self, work: Work) -> Callable[[Floats], Cheapest]:
        """`price` for one work."""
        return self._price if work is self.parts.work else super().pricer(work)

    def _price(self, prices: Floats) -> Cheapest:
        found = self.parts.ask("price", (prices,), [()] * len(self.parts.jobs))
        option = [
            np.where(one.option >= 0, one.option + o, -1) for one, o in zip(found, self.parts.first_option, strict=True)
        ]
        return Cheapest(
            np.concatenate([one.usd for one in found]),
            np.concatenate(option),
            np.concatenate([one.start for one in found]),
        )

    def soft(self, work: Work, prices: Floats, away: Floats, temperature: Floats, count: Ints) -> Soft:
        """Soft minima and what they use."""
        if work is not self.parts.work:
            return super().soft(work, prices, away, temperature, count)
        each = [(away[part], temperature[part], count[part]) for part in self.parts.jobs]
        found = self.parts.ask("soft", (prices,), each)
        return Soft(
            np.concatenate([one.usd for one in found]),
            _total([one.use for one in found]),
            np.concatenate([one.away for one in found]),
        )

    def usage(self, work: Work, meters: int, option: Ints, start: Ints, count: Floats) -> Floats:
        """What placements use of each meter."""
        if work is not self.parts.work:
            return super().usage(work, meters, option, start, count)
        first = self.parts.first_option
        owner = np.searchsorted(first, option, side="right") - 1
        mine = [np.flatnonzero(owner == k) for k in range(len(first))]
        each = [(meters, option[at] - o, start[at], count[at]) for at, o in zip(mine, first, strict=True)]
        return _total(self.parts.ask("usage", (), each))


def _total(uses: Sequence[Floats]) -> Floats:
    """(M, T) sum, in the order of shards."""
    total = uses[0].copy()
    for use in uses[1:]:
        total += use
    return total


def _as_it_is(value: Any) -> Any:
    return value
