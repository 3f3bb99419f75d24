"""The process in which a peer runs, its time limit, and how much memory it holds."""

import queue
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from placement.models.child import Child

POLL_S = 0.05
LOOK_S = 0.2
"""Seconds between two looks at how much memory is held."""

START_S = 120.0
"""Longest time until a child has its packages and the problem; the peer's time begins then."""

GRACE_S = 1.0
"""What a child is given to end those that it started, before it is killed."""

READY, SILENT = "ready", "it gave no reason; memory may have run out"

Take = Callable[[dict[str, Any], dict[str, Any]], None]
"""What is done with the head and the arrays of a message."""


class PeerRun:
    """A child process that asks a peer, its time, and how much memory it and those that it started hold."""

    def __init__(self, head: dict[str, Any], arrays: dict[str, Any]):
        self.child = Child("placement.benchmarks.peers.worker", head, arrays)
        self.began: float | None = None
        self.seconds = 0.0
        self.peak_memory_mb: float | None = None

    def follow(self, take: Take, time_limit_s: float) -> tuple[str, str]:
        """Take messages until the end or the limit; returns how it ended, and what is to be said about it."""
        deadline, looked = time.monotonic() + START_S, 0.0
        while True:
            now = time.monotonic()
            if now - looked >= LOOK_S:
                self._look()
                looked = now
            try:
                message = self.child.messages.get(timeout=max(0.0, min(POLL_S, deadline - now)))
            except queue.Empty:
                if time.monotonic() < deadline:
                    continue
                if self.began is None:
                    return "failed", f"it did not start within {START_S:g} s"
                return "time", ""
            if message is None:
                said = self.child.said().splitlines()
                return "failed", said[-1] if said else SILENT
            head, arrays = message
            if head["event"] == READY:
                self.began = time.monotonic()
                deadline = self.began + time_limit_s
            elif head["seconds"] > time_limit_s:
                return "time", ""
            elif head["event"] == "end":
                return head["status"], ""
            else:
                take(head, arrays)

    def _look(self) -> None:
        mine = self.child.process.pid
        held = [mb for pid in (mine, *children(mine)) if (mb := peak_mb(pid)) is not None]
        self.peak_memory_mb = max([self.peak_memory_mb or 0.0, *held]) if held else self.peak_memory_mb

    def end(self) -> None:
        """End the child if it still runs, and those that it started."""
        self._look()
        self.seconds = 0.0 if self.began is None else time.monotonic() - self.began
        self.child.end(GRACE_S)


def children(pid: int) -> list[int]:
    """Processes that a process has started and that still run; none where the system does not say."""
    try:
        listed = [file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    return [int(word) for text in listed for word in text.split()]


def peak_mb(pid: int) -> float | None:
    """Most memory that a process has held, MB; None where the system does not say."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM:")), None)
