"""The solver's child without a process: thousands of tiny programs, each in a millisecond.

Everything else stays as it is: the child's own code, its messages and what the parent makes of them.
"""

import io
import queue
from typing import Any

import pytest

from placement.models import highs, wire, worker


class Child:
    """Runs the program when it is made; the messages wait in the queue."""

    def __init__(self, threads: int, head: dict[str, Any], arrays: dict[str, Any]):
        self.messages: queue.Queue[Any] = queue.Queue()
        there, back = io.BytesIO(), io.BytesIO()
        wire.send(there, {**head, "options": {**head["options"], "threads": 1}}, arrays)
        there.seek(0)
        given = wire.receive(there)
        assert given is not None
        worker._Run(*given, back).run()
        back.seek(0)
        while (message := wire.receive(back)) is not None:
            self.messages.put(message)

    def end(self) -> None:
        """Nothing to end."""


def use(patch: pytest.MonkeyPatch) -> None:
    """From now on, until the patch is undone, programs are solved here; no time limit holds."""
    patch.setattr(highs, "begin", Child)
    patch.setattr(highs, "keep", lambda threads, child: None)
