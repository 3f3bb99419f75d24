"""Children that end with the process that began them: killed outright, it could not end them itself."""

import os
import threading
import time

INTERVAL_S = 1.0


def end_with(parent: int) -> None:
    """From now on this process ends, whatever it does, soon after its parent, by its number, has."""
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(INTERVAL_S)
    os._exit(1)
