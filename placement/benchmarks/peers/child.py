"""The process in which a peer runs, threads that feed it and listen, and how much memory it holds."""

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from placement.models import wire

POLL_S = 0.05
LOOK_S = 0.2
"""Seconds between two looks at how much memory is held."""

START_S = 120.0
"""Longest time until a child has its packages and the problem; the peer's time begins then."""

END_S = 1.0
"""What a child is given to end those that it started, before it is killed."""

READY, SILENT = "ready", "it gave no reason; memory may have run out"

Take = Callable[[dict[str, Any], dict[str, Any]], None]
"""What is done with the head and the arrays of a message."""


class Child:
    """The process, and threads that feed it and listen."""

    def __init__(self, head: dict[str, Any], arrays: dict[str, Any]):
        root = str(Path(__file__).parents[3])  # where the package that runs here is found, never the user's folder
        path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "placement.benchmarks.peers.worker"],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.messages: queue.Queue[Any] = queue.Queue()
        self.words: list[bytes] = []
        self.began: float | None = None
        self.seconds = 0.0
        self.peak_memory_mb: float | None = None
        self.threads = [
            threading.Thread(target=run, args=args, daemon=True)
            for run, args in ((self._feed, (head, arrays)), (self._listen, ()), (self._overhear, ()))
        ]
        for thread in self.threads:
            thread.start()

    def follow(self, take: Take, time_limit_s: float) -> tuple[str, str]:
        """Take messages until the end or the limit; returns how it ended, and what is to be said about it."""
        deadline, looked = time.monotonic() + START_S, 0.0
        while True:
            now = time.monotonic()
            if now - looked >= LOOK_S:
                self._look()
                looked = now
            try:
                message = self.messages.get(timeout=max(0.0, min(POLL_S, deadline - now)))
            except queue.Empty:
                if time.monotonic() < deadline:
                    continue
                if self.began is None:
                    return "failed", f"it did not start within {START_S:g} s"
                return "time", ""
            if message is None:
                self.threads[-1].join(END_S)
                said = b"".join(self.words).decode(errors="replace").strip().splitlines()
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
        held = [mb for pid in (self.process.pid, *children(self.process.pid)) if (mb := peak_mb(pid)) is not None]
        self.peak_memory_mb = max([self.peak_memory_mb or 0.0, *held]) if held else self.peak_memory_mb

    def _feed(self, head: dict[str, Any], arrays: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):  # the child is gone; the listener sees it
            wire.send(self.process.stdin, head, arrays)
            self.process.stdin.close()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            while (message := wire.receive(self.process.stdout)) is not None:
                self.messages.put(message)
        self.messages.put(None)

    def _overhear(self) -> None:
        assert self.process.stderr is not None
        with contextlib.suppress(OSError, ValueError):
            for line in self.process.stderr:
                self.words.append(line)
                del self.words[:-20]

    def end(self) -> None:
        """End the child if it still runs, and those that it started."""
        self._look()
        self.seconds = 0.0 if self.began is None else time.monotonic() - self.began
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(END_S)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for thread in self.threads:
            thread.join(END_S)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None and not stream.closed:
                with contextlib.suppress(OSError):
                    stream.close()


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
