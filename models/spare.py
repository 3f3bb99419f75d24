"""Solver children that have answered wait for the next program: to start one takes longer than most programs do.

A few wait at most, and end with this process. A solver keeps its number of threads as long as its process lives, so a
program is given to one that has the same.
"""

import atexit
import os
import threading
from typing import Any

from numpy.typing import NDArray

from placement.models.child import Child

WORKER = "placement.models.worker"

MOST = 2
"""Children that wait: neighbourhoods ask two at once."""

LARGE = 500_000
"""Numbers in a message whose child does not wait, an estimate: it may go on holding the memory that they took."""

_lock = threading.Lock()
_waiting: list[tuple[int, int, Child]] = []
"""Process to which each belongs, as one that was forked has no part in it; threads; the child."""


def begin(threads: int, head: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Child:
    """A child that is given a message: one that waits and has as many threads, or a new one."""
    found = None
    with _lock:
        for entry in reversed(_waiting):
            if entry[:2] == (os.getpid(), threads):
                _waiting.remove(entry)
                found = entry[2]
                break
    if found is None or not found.ask(head, arrays):
        return Child(WORKER, head, arrays)
    return found


def keep(threads: int, child: Child) -> None:
    """Let a child that has answered wait; the one that has waited longest ends if that are too many."""
    with _lock:
        _waiting.append((os.getpid(), threads, child))
        ended = _waiting.pop(0) if len(_waiting) > MOST else None
    if ended is not None and ended[0] == os.getpid():
        ended[2].end()


@atexit.register
def end_all() -> None:
    """End those that wait."""
    with _lock:
        ended = _waiting.copy()
        _waiting.clear()
    for pid, _, child in ended:
        if pid == os.getpid():
            child.end()
