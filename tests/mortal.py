"""A task whose process dies in the middle, as often as it is told to."""

import os
import signal
import time
from pathlib import Path


def square(folder: str, deaths: dict[int, int], number: int) -> int:
    """The square of a number; before, the process kills itself as many times as `deaths` has it.

    Each beginning leaves a file in the folder.
    """
    begun = len(list(Path(folder).glob(f"{number}-*")))
    (Path(folder) / f"{number}-{begun}").write_text(str(os.getpid()))
    if begun < deaths.get(number, 0):
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)
    return number * number
