"""Work that is done beside itself: tasks in processes of this machine, each begun once what it needs is done.

A task that dies with its process is tried again, at most twice; what it had written half is its own to write again.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

from placement.errors import PlacementError

TRIES = 3
"""Times that a task is begun, where its process dies."""

POLL_S = 0.2
"""In which a stop is seen."""


class Event(Protocol):
    """Something that can be set: a threading.Event is one."""

    def is_set(self) -> bool:
        """Whether it is."""


def in_processes(
    task: Callable[..., Any],
    given: tuple[Any, ...],
    tasks: Sequence[int],
    needs: Callable[[int], int],
    workers: int,
    stop: Event | None = None,
) -> Iterator[tuple[int, Any]]:
    """Numbers of tasks with what they return, as they are done.

    Parameters
    ----------
    task : callable
        Called as task(*given, number), in a process of its own; it can be found by its name there.
    tasks : sequence of int
        What is to be done.
    needs : callable
        Number of the task that has to be done before a task; -1, or one that is not in `tasks`: none.
    workers : int
        Processes.
    stop : event, optional
        When set, no task is begun any more, and those that run are ended.

    Raises
    ------
    PlacementError
        If a task's process died three times.
    """
    waiting = {number: needs(number) for number in tasks}
    ready = [number for number, need in waiting.items() if need not in waiting]
    tries = dict.fromkeys(tasks, 0)
    while ready or waiting:
        try:
            yield from _pool(task, given, waiting, ready, tries, workers, stop)
            return
        except BrokenProcessPool:
            ready = [number for number, need in waiting.items() if need not in waiting]
            spent = [number for number in ready if tries[number] >= TRIES]
            if spent:
                raise PlacementError(
                    f"the process of point {spent[0]} ended {TRIES} times before it was done: too little memory, or "
                    "it was killed. Give fewer workers (--workers), or a smaller scenario."
                ) from None


def _pool(
    task: Callable[..., Any],
    given: tuple[Any, ...],
    waiting: dict[int, int],
    ready: list[int],
    tries: dict[int, int],
    workers: int,
    stop: Event | None,
) -> Iterator[tuple[int, Any]]:
    """Work with one pool of processes, until all is done, it is stopped, or a process dies."""
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
    running: dict[Future[Any], int] = {}
    try:
        while ready or running:
            while ready and len(running) < workers and not (stop is not None and stop.is_set()):
                number = ready.pop(0)
                tries[number] += 1
                running[pool.submit(task, *given, number)] = number
            if stop is not None and stop.is_set():
                return
            for future in wait(running, POLL_S, FIRST_COMPLETED).done:
                number = running.pop(future)
                result = future.result()
                del waiting[number]
                ready += [other for other, need in waiting.items() if need == number]
                yield number, result
    finally:
        processes = list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        if running:
            for process in processes:
                process.terminate()
