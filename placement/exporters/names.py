"""Names that schedulers take, from names that users gave."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from placement.exporters.schedule import Run

LONGEST = 45
"""Of a name; what is made of it may have 18 more (RFC 1123 allows 63)."""

LEGAL = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?")
"""A label of RFC 1035, which is one of RFC 1123 as well, and a name that Slurm and SkyPilot take."""

HASH = 8


def labels(wanted: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """DNS labels (RFC 1035, RFC 1123), one for each name, all different; no longer than LONGEST.

    A name that is one already stays as it is, if it is not taken. Of others, letters that are none are left out or
    become dashes, and a part of the name's SHA-256 is put at the end: the same name gives the same label, whatever
    stands beside it, unless that is taken. `taken` are labels that are in use.
    """
    names = list(wanted)
    used = set(taken)
    found: dict[int, str] = {}
    for n, name in enumerate(names):
        if LEGAL.fullmatch(name) and len(name) <= LONGEST and name not in used:
            found[n] = name
            used.add(name)
    for n, name in enumerate(names):
        for attempt in range(len(names) + len(used) + 1) if n not in found else ():
            label = _made(name, attempt)
            if label not in used:
                found[n] = label
                used.add(label)
                break
    return [found[n] for n in range(len(names))]


def _made(name: str, attempt: int) -> str:
    """A label for a name: its letters, and what tells it from names with the same letters."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    plain = plain if LEGAL.match(plain) else f"job-{plain}".strip("-")
    told = f"{name}\n{attempt}" if attempt else name
    digest = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:HASH]
    return f"{plain[: LONGEST - HASH - 1].rstrip('-')}-{digest}"


def of_runs(runs: Sequence[Run]) -> list[str]:
    """Labels of runs: the job's, and where it has several, group and segment: `train-g2-s1`."""
    jobs = list(dict.fromkeys(run.job for run in runs))
    label = dict(zip(jobs, labels(jobs), strict=True))
    wanted = []
    for run in runs:
        group = f"-g{run.group + 1}" if run.groups > 1 else ""
        wanted.append(f"{label[run.job]}{group}" + (f"-s{run.segment}" if run.segments > 1 else ""))
    return labels(wanted)
