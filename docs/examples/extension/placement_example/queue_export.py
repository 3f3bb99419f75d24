"""The format `queue-export`: a queue written as JSON by a scheduler that does not exist.

    {"queue": "night", "entries": [{"id": "a1", "status": "queued", "gpus": 64, "limit_h": 12,
                                    "project": "models", "submitted": "2027-06-07T00:00:00Z"}, ...]}

`status` is queued, running (with `begun`), done (with `begun` and `ended`) or cancelled.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from placement.errors import PlacementError
from placement.importers import Fate, Reason, Records, records_of

FATES = {"queued": Fate.WAITING, "running": Fate.RUNNING, "done": Fate.ENDED, "cancelled": Fate.CANCELLED}

TIMES = ("submitted", "begun", "ended")


class QueueExport:
    """The format."""

    words = "queue of a scheduler that does not exist, JSON"
    takes = ()
    teams = ("project",)
    tags = (("queue", "queue:"),)
    partition = "queue"
    priority = None

    def records(self, files: Sequence[Path], asked: Any, note: Callable[[str], None]) -> Iterator[Records]:
        """The entries of files, in order."""
        for file in files:
            queue = _read(file)
            rows = [
                {"number": number, **_entry(each), "texts": _texts(each, queue)}
                for number, each in enumerate(queue["entries"], 1)
            ]
            yield records_of(rows, str(file), "entry")


FORMAT = QueueExport()


def _read(file: Path) -> Mapping[str, Any]:
    """The queue in a file."""
    remedy = "Give what `queue-export` wrote."
    try:
        queue = json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise PlacementError(f"{file}:{error.lineno}: this is not JSON ({error.msg}). {remedy}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PlacementError(f"{file} cannot be read ({error}). Check the path.") from None
    if not isinstance(queue, dict) or not isinstance(queue.get("entries"), list):
        raise PlacementError(f"{file}: there is no list of entries. {remedy}")
    return queue


def _entry(each: Any) -> dict[str, Any]:
    """What an entry says, or why it cannot be read."""
    try:
        times = {name: datetime.fromisoformat(each[name]).timestamp() for name in TIMES if name in each}
        found = {
            "name": str(each["id"]), "fate": FATES[each["status"]], "accelerators": float(each["gpus"]),
            "limit_s": 3600 * float(each["limit_h"]), "submitted": times["submitted"],
        }  # fmt: skip
        if found["fate"] in (Fate.RUNNING, Fate.ENDED):
            found["started"] = times["begun"]
        if found["fate"] == Fate.ENDED:
            found |= {"ended": times["ended"], "run_s": times["ended"] - times["begun"]}
    except (KeyError, TypeError, ValueError) as error:
        return {"dropped": Reason.UNREADABLE, "detail": f"{type(error).__name__}: {error}"}
    return found


def _texts(each: Any, queue: Mapping[str, Any]) -> dict[str, str | None]:
    """What teams, tags and clusters are taken from."""
    project = each.get("project") if isinstance(each, dict) else None
    return {"project": project, "queue": str(queue.get("queue", "")) or None}
