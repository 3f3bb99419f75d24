"""What became of the records of a log: how many were kept, and how many were dropped for which reason."""

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

EXAMPLES = 3
"""Places that are named for each reason,"""
MOST_PRIORITIES = 30
"""and names of priorities that are kept."""
LONGEST_DETAIL = 120


class Reason(IntEnum):
    """Why a record is not in the table. A record has one, the first that applies in this order of checks."""

    KEPT = 0
    UNREADABLE = 1
    STEP = 2
    PART = 3
    NO_JOB = 4
    UNNAMED = 5
    CANCELLED = 6
    NO_ACCELERATORS = 7
    IMPOSSIBLE = 8
    BACKWARDS = 9
    BEFORE = 10
    AFTER = 11
    ENDED = 12
    NO_START = 13
    OVERRUN = 14
    NO_TIME = 15
    NO_LENGTH = 16
    UNMAPPED = 17
    REPEATED = 18
    UNFINISHED = 19
    UNDATED = 20

    @property
    def words(self) -> str:
        """What it is, of one or many."""
        return _WORDS[self][0]

    @property
    def remedy(self) -> str:
        """What to do to keep such records; empty if nothing."""
        return _WORDS[self][1]


_WORDS = {
    Reason.KEPT: ("kept", ""),
    Reason.UNREADABLE: (
        "cannot be read",
        "Correct them in the file; in a table --column NAME=COLUMN takes another column.",
    ),
    Reason.STEP: ("a step of a job, which has a record of its own", ""),
    Reason.PART: ("a part of a job, which has a record of its own", ""),
    Reason.NO_JOB: ("not a job", ""),
    Reason.UNNAMED: (
        "no name, or one that cannot be used",
        "A name has 1 to 200 letters and no line break; in a table --column job=COLUMN takes another column.",
    ),
    Reason.NO_ACCELERATORS: (
        "asks for no accelerators, or does not say for how many",
        "--per-node N and --per-accelerator CORES count nodes and processors instead, where the log has them.",
    ),
    Reason.IMPOSSIBLE: (
        "times or numbers that cannot be",
        "Correct them in the file: years from 1973 to 2199, at least one accelerator, at most 1,000,000 hours.",
    ),
    Reason.CANCELLED: ("never started: cancelled or given up before", ""),
    Reason.BACKWARDS: (
        "ended before it began, or began before it was submitted",
        "Correct them in the file; --time-zone ZONE says in which zone times are, where they do not say it.",
    ),
    Reason.BEFORE: ("submitted before --from", "An earlier --from keeps them."),
    Reason.AFTER: ("submitted at --to or later", "A later --to keeps them."),
    Reason.ENDED: ("ended before --at", "An earlier --at keeps them; without it every job is one to be placed."),
    Reason.NO_START: ("ran, and when is not known", "The log cannot say what runs at --at; leave --at out."),
    Reason.OVERRUN: ("runs at --at, past its time limit", "A log that goes on until their end keeps them."),
    Reason.NO_TIME: (
        "waits or runs, and no run time is known",
        "--estimate SHARE takes that share of its time limit, --hours H takes H hours where there is no limit.",
    ),
    Reason.NO_LENGTH: ("ran for no time", "Correct their run time in the file, if they did run."),
    Reason.UNMAPPED: ("runs at --at where no --cluster says which cluster it is", "Give --cluster PARTITION=CLUSTER."),
    Reason.REPEATED: ("the same run once more", ""),
    Reason.UNFINISHED: (
        "waits or runs still, so that what it took is not known",
        "A log that goes on until their end keeps them.",
    ),
    Reason.UNDATED: (
        "ran, and when it began is not known",
        "Give a log with starts; for tables --column started=COLUMN.",
    ),
}


@dataclass
class Tally:
    """The outcome of an import."""

    format: str
    files: list[str]
    read: int = 0
    """Records: jobs, steps of jobs, objects of manifests."""
    kept: int = 0
    """Rows of the table."""
    units: int = 0
    """Jobs in these, as `count` has it."""
    running: int = 0
    accelerator_hours: float = 0.0
    """On the reference accelerator, what is left of running jobs."""
    rounded_hours: float = 0.0
    """Of these, what parts of accelerators were rounded up by."""
    first_s: float = float("inf")
    """Earliest submission, Unix seconds,"""
    last_s: float = float("-inf")
    """and latest."""
    dropped: Counter[Reason] = field(default_factory=Counter)
    examples: dict[Reason, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """What was taken for granted, and what was changed, in words."""
    said: Counter[str] = field(default_factory=Counter)
    """How often something was changed, by what."""
    priorities: set[str] = field(default_factory=set)

    def note(self, text: str) -> None:
        """Say something once."""
        if text not in self.notes:
            self.notes.append(text)

    def drop(self, reason: Reason, count: int) -> None:
        """Count dropped records."""
        self.dropped[reason] += count

    def wants(self, reason: Reason) -> int:
        """How many more places of a reason are wanted as examples."""
        return EXAMPLES - len(self.examples.get(reason, []))

    def example(self, reason: Reason, place: str, detail: str) -> None:
        """Keep the place of a dropped record, with what is wrong there."""
        text = place if not detail else f"{place} ({shortened(detail)})"
        self.examples.setdefault(reason, []).append(text)

    def summary(self) -> dict[str, Any]:
        """The outcome as plain JSON values."""
        return {
            "format": self.format,
            "files": self.files,
            "read": self.read,
            "kept": self.kept,
            "jobs": self.units,
            "running": self.running,
            "accelerator_hours": self.accelerator_hours,
            "dropped": [
                {"reason": reason.name.lower(), "words": reason.words, "count": count, "first": self.examples[reason]}
                for reason, count in sorted(self.dropped.items())
            ],
            "notes": self.notes,
        }


def hours_text(hours: float) -> str:
    """Accelerator-hours for people."""
    return f"{hours:,.0f}" if hours >= 100 else f"{hours:.3g}"


def shortened(text: str, most: int = LONGEST_DETAIL) -> str:
    """Text on one line, without control characters, cut if it is long."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in text[: most + 1])
    return plain if len(plain) <= most else plain[: most - 3] + "..."
