"""Work that is done beside itself: tasks in processes of this machine or on a Ray cluster, each once what it needs is.

A task that is lost with its process is tried again, at most twice. What asks for the tasks writes what they find, so a
task that dies leaves nothing.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Literal

from placement.errors import PlacementError
from placement.parent import end_with
from placement.ray_executor import in_ray
from placement.tasks import POLL_S, Event, Tasks, is_set

Executor = Literal["local", "ray"]
EXECUTORS: tuple[Executor, ...] = ("local", "ray")


def check_executor(executor: str, address: str | None) -> None:
    """Raise PlacementError where there is no such executor, or it has no use for an address."""
    if executor not in EXECUTORS:
        raise PlacementError(f"there is no executor '{executor}'. Take one of {', '.join(EXECUTORS)}.")
    if address is not None and executor != "ray":
        raise PlacementError(f"the address '{address}' is of a Ray cluster. Take the executor ray, or leave it out.")


def carried_out(
    task: Callable[..., Any],
    given: tuple[Any, ...],
    of: Callable[[int], tuple[Any, ...]],
    tasks: Sequence[int],
    needs: Callable[[int], int],
    *,
    workers: int,
    stop: Event | None = None,
    executor: Executor = "local",
    address: str | None = None,
) -> Generator[tuple[int, Any], None, None]:
    """Numbers of tasks with what they return, as they are done; closed before its end, it ends what runs.

    Parameters
    ----------
    task : callable
        Called as task(*given, *of(number)), in another process; it can be found by its name there.
    given : tuple
        What all tasks are given, sent once to each process, or to each node of a Ray cluster.
    of : callable
        What a task is given besides. Worked out here when it begins: what it needs is done by then, and whoever takes
        results from this iterator has had that one.
    tasks, needs
        As of `placement.tasks.Tasks`.
    workers : int
        Most tasks at a time; with Ray 0: as many as the cluster has CPUs, also while it grows or shrinks.
    stop : event, optional
        When set, no task is begun any more, and those that run are ended.
    executor, address
        Processes of this machine, or a Ray cluster, as of `placement.ray_executor.connected`.

    Raises
    ------
    PlacementError
        If the process of a task was lost three times; with Ray also if that is not installed or cannot be reached, or a
        worker has another version of this package or none.
    """
    if executor == "ray" and tasks:
        yield from in_ray(task, given, of, tasks, needs, workers, stop, address)
    elif tasks:
        yield from in_processes(task, given, of, tasks, needs, workers, stop)


def in_processes(
    task: Callable[..., Any],
    given: tuple[Any, ...],
    of: Callable[[int], tuple[Any, ...]],
    tasks: Sequence[int],
    needs: Callable[[int], int],
    workers: int,
    stop: Event | None = None,
) -> Iterator[tuple[int, Any]]:
    """`carried_out` in processes of this machine, `workers` of them."""
    todo = Tasks(tasks, needs)
    idle: list[ProcessPoolExecutor] = []
    running: dict[Future[Any], tuple[int, ProcessPoolExecutor]] = {}
    try:
        while todo.ready or running:
            while todo.ready and len(running) < workers and not is_set(stop):
                number = todo.begin()
                more = of(number)
                process = idle.pop() if idle else one_process(_hold, task, given)
                try:
                    running[process.submit(_call, more)] = number, process
                except BrokenProcessPool:
                    todo.lost(number)
            if is_set(stop):
                return
            for future in wait(running, POLL_S, FIRST_COMPLETED).done:
                number, process = running.pop(future)
                try:
                    result = future.result()
                except BrokenProcessPool:
                    todo.lost(number)
                    continue
                except BaseException:
                    end(process)
                    raise
                idle.append(process)
                todo.done(number)
                yield number, result
    finally:
        for process in idle:
            process.shutdown(wait=False)
        for _, process in running.values():
            end(process)


def one_process(begin: Callable[..., None], *given: Any) -> ProcessPoolExecutor:
    """A process that calls begin(*given) and then does one task after the other."""
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=spawn, initializer=_begin, initargs=(os.getpid(), begin, given))


def _begin(parent: int, begin: Callable[..., None], given: tuple[Any, ...]) -> None:
    end_with(parent)
    begin(*given)


def end(process: ProcessPoolExecutor) -> None:
    """End a process, whatever it does."""
    alive = list((process._processes or {}).values())
    process.shutdown(wait=False, cancel_futures=True)
    for each in alive:
        each.terminate()


_HELD: list[Any] = []
"""In a process of the pool: the task and what all tasks are given."""


def _hold(task: Callable[..., Any], given: tuple[Any, ...]) -> None:
    _HELD[:] = [task, given]


def _call(more: tuple[Any, ...]) -> Any:
    task, given = _HELD
    return task(*given, *more)
