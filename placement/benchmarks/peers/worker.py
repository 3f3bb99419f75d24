"""The child process of `ask`: reads a problem from standard input, asks one peer, streams what it says.

Run as `python -m placement.benchmarks.peers.worker`.
"""

import importlib
import os
import signal
import sys

from placement.benchmarks.peers.message import unpacked
from placement.benchmarks.peers.roster import PEERS
from placement.benchmarks.peers.task import Task
from placement.models import wire


def main() -> None:
    """One task, start to end."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a solver prints must not get between the messages
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that children of its own are ended
    message = wire.receive(sys.stdin.buffer)
    if message is None:
        return
    head, arrays = message
    peer = PEERS[head["peer"]]
    module = importlib.import_module(f"placement.benchmarks.peers.{peer.module}")
    importlib.import_module(peer.imports)
    begin = (arrays.pop("begin.option"), arrays.pop("begin.start")) if head["begun"] else None
    problem = unpacked(head["problem"], arrays)
    wire.send(out, {"event": "ready"})
    task = Task(problem, head["setting"], head["time_limit_s"], head["gap"], head["threads"], begin, out)
    task.end(module.solve(task))


if __name__ == "__main__":
    main()
