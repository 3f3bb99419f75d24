"""Files that are written beside their place and renamed into it, so that none is ever half there."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from placement.importers.sheet import wrong


def write_beside(out: Path, write: Callable[[Path], None]) -> None:
    """Let `write` make a file at the path it is given, then rename that to `out`.

    Raises
    ------
    PlacementError
        If it cannot be written.
    """
    part = out.with_name(f".{os.getpid()}-{out.name[:200]}.part")
    try:
        write(part)
        part.replace(out)
    except OSError as error:
        raise wrong(str(out), f"it cannot be written ({error.strerror}).", "Choose another place.") from None
    finally:
        with suppress(OSError):
            part.unlink()
