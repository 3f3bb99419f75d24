"""Tasks on a Ray cluster, each begun once what it needs is done; the file that imports Ray.

Workers share no files with what asks them: a task is given all that it needs and gives back all that it found. A task
whose worker or node is lost is tried again, at most twice. What of it may have run to its end meanwhile is not looked
at, so each task counts once.
"""

from __future__ import annotations

import importlib
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from placement.errors import PlacementError
from placement.tasks import POLL_S, Event, Lost, Tasks, is_set

VERSION: str = importlib.import_module("placement").__version__
"""Of this package, which workers have to have too; imported so since the package's own file names rooms above this."""

INSTALL = "pip install 'orbital-placement[distributed]'"

LOCAL = "local"
"""Address of a Ray on this machine, started for the work at hand and ended with it."""

REACH_S = 10.0
"""In which the port of an address has to answer. Ray itself waits for minutes, and ends the process."""

MOST_WORDS = 300
"""Characters of what Ray says that are told."""

QUIET = {"RAY_USAGE_STATS_ENABLED": "0"}
"""Environment of Ray, where it is not set: nothing is sent to its makers."""


def in_ray(
    task: Callable[..., Any],
    given: tuple[Any, ...],
    of: Callable[[int], tuple[Any, ...]],
    tasks: Sequence[int],
    needs: Callable[[int], int],
    workers: int,
    stop: Event | None = None,
    address: str | None = None,
) -> Iterator[tuple[int, Any]]:
    """`placement.executor.carried_out` on a Ray cluster."""
    with connected(address) as ray:
        call = ray.remote(num_cpus=1, max_retries=0)(_call).options(name=getattr(task, "__name__", "task"))
        held = ray.put((VERSION, task, given))
        todo = Tasks(tasks, needs)
        running: dict[Any, int] = {}
        try:
            while todo.ready or running:
                most = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
                while todo.ready and len(running) < most and not is_set(stop):
                    number = todo.begin()
                    running[call.remote([held], of(number))] = number
                if is_set(stop):
                    return
                for reference in ray.wait(list(running), timeout=POLL_S)[0]:
                    number = running.pop(reference)
                    try:
                        result = received(ray, reference)
                    except Lost as lost:
                        todo.lost(number, str(lost))
                        continue
                    todo.done(number)
                    yield number, result
        finally:
            for reference in running:
                ray.cancel(reference, force=True)


def received(ray: Any, reference: Any) -> Any:
    """What a task or an actor returned.

    Raises
    ------
    Lost
        If its worker, its node or its result is gone.
    PlacementError
        If the worker cannot import this package.
    Exception
        What the task itself raised.
    """
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        cause = error.cause if isinstance(error.cause, BaseException) else error
        if isinstance(cause, ImportError) or "failed to import" in str(cause):
            raise PlacementError(
                f"a worker of the Ray cluster cannot import what this version needs ({_words(cause)}). "
                f"Install version {VERSION} on every node."
            ) from None
        raise cause from None
    except ray.exceptions.RayError as error:
        raise Lost(_words(error)) from None


_HELD: dict[str, tuple[str, Callable[..., Any], tuple[Any, ...]]] = {}
"""In a worker: what all tasks are given, read once for those that it does."""


def _call(held: list[Any], more: tuple[Any, ...]) -> Any:
    """What a worker does; `held` is wrapped, so that Ray does not read it for each task."""
    key = held[0].hex()
    if key not in _HELD:
        _HELD.clear()
        _HELD[key] = importlib.import_module("ray").get(held[0])
    version, task, given = _HELD[key]
    check_version(version)
    return task(*given, *more)


def check_version(version: str) -> None:
    """Raise PlacementError, on a worker, if what asks it has another version of this package."""
    if version != VERSION:
        raise PlacementError(
            f"a worker of the Ray cluster has version {VERSION} of this package, and what asks it {version}. "
            "Install the same version on every node."
        )


@contextmanager
def connected(address: str | None = None) -> Iterator[Any]:
    """Ray, connected to a cluster; a connection that is there already is used as it is, and kept.

    Parameters
    ----------
    address : str, optional
        HOST:PORT of the head of a cluster of which this machine is a node; "auto": the cluster whose node this machine
        is; "local": one of this machine's own, which lasts as long as the connection. Without it: the environment's
        RAY_ADDRESS, else "local".

    Raises
    ------
    PlacementError
        If Ray is not installed, or cannot be reached or started.
    """
    ray = imported()
    if ray.is_initialized():
        yield ray
        return
    where = address or os.environ.get("RAY_ADDRESS") or LOCAL
    _reach(where)
    more = {"include_dashboard": False} if where == LOCAL else {}
    try:
        ray.init(where, log_to_driver=False, logging_level="ERROR", **more)
    except (Exception, SystemExit) as error:  # Ray raises errors of many kinds, and ends the process by some
        raise PlacementError(f"Ray cannot be used at '{where}': {_words(error)}. {REMEDY}") from None
    try:
        yield ray
    finally:
        ray.shutdown()


REMEDY = (
    "Start it (ray start --head), join it with this machine (ray start --address HOST:PORT), or leave --address out."
)


def imported() -> Any:
    """The module ray.

    Raises
    ------
    PlacementError
        If it is not installed.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise PlacementError(f"Ray does not load ({error}). To install it: {INSTALL}") from None


def _reach(where: str) -> None:
    """Raise PlacementError where nothing answers at HOST:PORT."""
    host, colon, port = where.rpartition(":")
    if not colon or "//" in host or not port.isdecimal():
        return
    try:
        socket.create_connection((host, int(port)), REACH_S).close()
    except (OSError, OverflowError) as error:
        raise PlacementError(f"no Ray cluster answers at '{where}' ({error}). {REMEDY}") from None


def _words(error: BaseException) -> str:
    """What an error says, on one line, and not too long."""
    return (" ".join(str(error).split()) or type(error).__name__)[:MOST_WORDS].rstrip(".")
