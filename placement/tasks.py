"""Tasks that need one another: which may begin, which are done, and how often each was begun."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from placement.errors import PlacementError

TRIES = 3
"""Times that a task is begun, where its process or its machine is lost."""

POLL_S = 0.2
"""In which a stop is seen."""


class Lost(Exception):
    """What worked on something is gone, or what it had found."""


class Event(Protocol):
    """Something that can be set: a threading.Event is one."""

    def is_set(self) -> bool:
        """Whether it is."""


def is_set(stop: Event | None) -> bool:
    """Whether there is such an event, and it is set."""
    return stop is not None and stop.is_set()


class Tasks:
    """Numbers of tasks, each of which may begin once the one that it needs is done.

    Parameters
    ----------
    numbers : sequence of int
        What is to be done.
    needs : callable
        Number of the task that has to be done before a task; -1, or one that is not in `numbers`: none.
    """

    def __init__(self, numbers: Sequence[int], needs: Callable[[int], int]):
        self._begun = dict.fromkeys(numbers, 0)
        self._after: dict[int, list[int]] = {number: [] for number in numbers}
        self.ready: list[int] = []
        """Those that may begin, in the order in which they do."""
        for number in numbers:
            self._after.get(needs(number), self.ready).append(number)

    def begin(self) -> int:
        """The next that may begin; it counts as begun."""
        number = self.ready.pop(0)
        self._begun[number] += 1
        return number

    def done(self, number: int) -> None:
        """A task is done: those that need it may begin."""
        self.ready += self._after[number]

    def lost(self, number: int, why: str = "") -> None:
        """What worked on a task is gone: it may begin again.

        Raises
        ------
        PlacementError
            If it was begun three times.
        """
        if self._begun[number] >= TRIES:
            raise PlacementError(
                f"the process of point {number} ended {TRIES} times before it was done: too little memory, or it was "
                f"killed{why and f' ({why})'}. Give fewer workers (--workers), or a smaller scenario."
            )
        self.ready.insert(0, number)
