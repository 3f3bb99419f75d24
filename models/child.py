"""A child process that is given messages and sends messages back (`wire`), and the threads that feed it and listen."""

import contextlib
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from placement.models import wire

END_S = 1.0
"""What threads are given to end once the process has."""

WORDS = 20
"""Last lines of its errors that are kept."""


class Child:
    """A module run as `python -m`, with the package that runs here.

    Parameters
    ----------
    module : str
        Reads messages from standard input and writes messages to standard output; its argument is the number of this
        process, with which it may end.
    head, arrays : mappings
        The first message.
    """

    def __init__(self, module: str, head: dict[str, Any], arrays: dict[str, NDArray[Any]]):
        root = str(Path(__file__).parents[2])  # where the package that runs here is found, never the user's folder
        path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, str(os.getpid())],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.messages: queue.Queue[tuple[dict[str, Any], dict[str, Any]] | None] = queue.Queue()
        """Head and arrays of each message; None after the last."""
        self._words: list[bytes] = []
        self._feeding, self._listening, self._overhearing = (
            threading.Thread(target=run, args=args, daemon=True)
            for run, args in ((self._feed, (head, arrays)), (self._listen, ()), (self._overhear, ()))
        )
        for thread in (self._feeding, self._listening, self._overhearing):
            thread.start()

    def ask(self, head: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> bool:
        """Give it another message, once it has answered the last; False: it has ended."""
        self._feeding.join()
        if self.process.poll() is not None:
            self.end()
            return False
        self._feeding = threading.Thread(target=self._feed, args=(head, arrays), daemon=True)
        self._feeding.start()
        return True

    def _feed(self, head: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):  # the child is gone; the listener sees it
            wire.send(self.process.stdin, head, arrays)

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
                self._words.append(line)
                del self._words[:-WORDS]

    def said(self) -> str:
        """The last lines of its errors, once it has ended."""
        self._overhearing.join(END_S)
        return b"".join(self._words).decode(errors="replace").strip()

    def end(self, grace_s: float = 0.0) -> None:
        """End the process if it still runs, after so long a time to end what it has started, and close its pipes."""
        if self.process.poll() is None and grace_s > 0:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(grace_s)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for thread in (self._feeding, self._listening, self._overhearing):
            thread.join(END_S)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None and not stream.closed:
                with contextlib.suppress(OSError):
                    stream.close()
