"""What is asked of an import of jobs, checked once."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.catalog import catalog
from placement.errors import PlacementError
from placement.importers.jobs.zones import FIRST, LAST, TimeZone
from placement.loader.wording import did_you_mean, shown
from placement.schema.fields import NAME_PATTERN

if TYPE_CHECKING:
    from placement.importers.format import JobFormat

REFERENCE = "h100-sxm"
"""On this accelerator hours are counted, unless a scenario names another."""
LATEST = "latest"
"""Stands for the latest time that a log mentions."""
ANYWHERE = ""
"""Stands for all partitions that are not named."""

Time = str | datetime | None


@dataclass(frozen=True)
class Asked:
    """What is asked of an import of jobs; moments in Unix seconds."""

    from_s: float = -math.inf
    to_s: float = math.inf
    at_s: float | None = None
    latest: bool = False
    """Whether `at_s` is still to be found: the latest time that the log mentions."""
    onto_s: float | None = None
    start_s: float | None = None
    """The moment of second 0 of a log that counts seconds."""
    accelerator: str | None = None
    reference: str = REFERENCE
    per_node: int | None = None
    """Accelerators of a node, for records that count nodes."""
    per_accelerator: float | None = None
    """Processors of an accelerator, for records that count processors."""
    estimate: float | None = None
    """Share of the time limit that is taken where no run time is known."""
    hours: float | None = None
    """Hours that are taken where there is no limit either."""
    zone: TimeZone = field(default_factory=lambda: TimeZone("UTC"))
    zone_given: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    """Columns that are not read."""
    team: str | None = None
    priority: bool = False
    clusters: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    """Cluster and pool of each partition."""
    options: Mapping[str, str] = field(default_factory=dict)
    finished: bool = False
    """Whether jobs that have run are asked for, with when they began and where."""

    @property
    def planned(self) -> bool:
        """Whether there is a moment of planning, at which jobs run."""
        return self.latest or self.at_s is not None

    @property
    def speed(self) -> float:
        """Hours on the reference accelerator for an hour on the log's: the ratio of their peaks, as for jobs without
        a class.
        """
        if self.accelerator is None:
            return 1.0
        return _peak(self.accelerator) / _peak(self.reference)

    @property
    def shift_s(self) -> float:
        """What is added to every moment that is written."""
        if self.onto_s is None:
            return 0.0
        return self.onto_s - (self.from_s if self.at_s is None else self.at_s)


def asked_of(
    name: str,
    form: JobFormat,
    *,
    log_zone: str | None = None,
    from_: Time = None,
    to: Time = None,
    at: Time = None,
    onto: Time = None,
    start: Time = None,
    accelerator: str | None = None,
    reference: str = REFERENCE,
    per_node: int | None = None,
    per_accelerator: float | None = None,
    estimate: float | None = None,
    hours: float | None = None,
    time_zone: str | None = None,
    columns: Mapping[str, str] | None = None,
    ignore: Sequence[str] = (),
    team: str | None = None,
    priority: bool = False,
    clusters: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
    finished: bool = False,
) -> Asked:
    """What is asked of the format `name`, checked; the parameters are those of `placement.importers.read_jobs`.

    `log_zone` is the time zone that the log names itself.

    Raises
    ------
    PlacementError
        If the format does not take what is asked, or a value cannot be.
    """
    given = {
        "time_zone": time_zone, "start": start, "per_node": per_node, "per_accelerator": per_accelerator,
        "columns": columns, "ignore": ignore, "options": options,
    }  # fmt: skip
    for key, value in given.items():
        if value and key not in form.takes:
            raise PlacementError(f"{name} takes no {_OPTIONS[key]}. Leave it out.")
    zone = TimeZone(time_zone or log_zone or "UTC")
    times = {
        key: _moment(key, value, zone)
        for key, value in {"--from": from_, "--to": to, "--onto": onto, "--start": start}.items()
    }
    latest = at == LATEST
    at_s = None if latest else _moment("--at", at, zone)
    _check_numbers(per_node, per_accelerator, estimate, hours)
    if team is not None and team not in (*form.teams, "none"):
        near = did_you_mean(team, (*form.teams, "none"))
        raise PlacementError(f"{name} knows no team by '{team}'. {near}")
    if priority and form.priority is None:
        raise PlacementError(f"{name} knows no priorities. Leave --priority out.")
    planned = latest or at_s is not None
    if planned != bool(clusters):
        fact = "--at makes jobs run, and no cluster is given." if planned else "--cluster is for jobs that run at --at."
        raise PlacementError(f"{fact} Give both: --at TIME --cluster PARTITION=CLUSTER, or --cluster CLUSTER for all.")
    if finished and (planned or estimate is not None or hours is not None or accelerator is not None):
        fact = "jobs that have run are asked for as they ran."
        raise PlacementError(f"{fact} Leave --at, --cluster, --estimate, --hours and --accelerator out.")
    from_s, to_s = times["--from"], times["--to"]
    if from_s is not None and to_s is not None and to_s <= from_s:
        raise PlacementError(f"--to {to} is not after --from {from_}. Correct one of the two.")
    if times["--onto"] is not None and from_s is None and not planned:
        raise PlacementError("--onto moves --at or --from to another date, and neither is given. Give --from.")
    for accel in (accelerator, reference):
        if accel is not None:
            _peak(accel)
    return Asked(
        from_s=-math.inf if from_s is None else from_s,
        to_s=math.inf if to_s is None else to_s,
        at_s=at_s,
        latest=latest,
        onto_s=times["--onto"],
        start_s=times["--start"],
        accelerator=accelerator,
        reference=reference,
        per_node=per_node,
        per_accelerator=per_accelerator,
        estimate=estimate,
        hours=hours,
        zone=zone,
        zone_given=time_zone is not None,
        columns=dict(columns or {}),
        ignore=tuple(ignore),
        team=team,
        priority=priority,
        clusters={partition: _cluster(cluster) for partition, cluster in (clusters or {}).items()},
        options=dict(options or {}),
        finished=finished,
    )


_OPTIONS = {
    "time_zone": "--time-zone",
    "start": "--start",
    "per_node": "--per-node",
    "per_accelerator": "--per-accelerator",
    "columns": "--column",
    "ignore": "--ignore",
    "options": "--option",
}


def _moment(key: str, value: Time, zone: TimeZone) -> float | None:
    """Unix seconds of a moment that is asked for; in the log's zone where it names none."""
    if value is None:
        return None
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value.strip())
        if moment.tzinfo is None:
            found = float(zone.unix_s(np.array([moment.replace(tzinfo=UTC).timestamp()]))[0])
        else:
            found = moment.timestamp()
    except (ValueError, OverflowError):
        found = math.nan
    if not FIRST <= found < LAST:
        fact = f"{key} is {shown(value)}, which is not a date between 1973 and 2200."
        raise PlacementError(f"{fact} Write ISO 8601, such as 2027-06-07T00:00:00Z.")
    return found


def _check_numbers(
    per_node: int | None, per_accelerator: float | None, estimate: float | None, hours: float | None
) -> None:
    bounds = {
        "--per-node": (per_node, 1, 10**6),
        "--per-accelerator": (per_accelerator, 1e-3, 1e6),
        "--estimate": (estimate, 1e-6, 10),
        "--hours": (hours, 1e-6, 1e6),
    }
    for key, (value, low, high) in bounds.items():
        if value is not None and not low <= value <= high:
            raise PlacementError(f"{key} is {value:g}, but must be between {low:g} and {high:g}.")


def _cluster(text: str) -> tuple[str, str | None]:
    """Cluster and pool in `CLUSTER` or `CLUSTER/POOL`."""
    cluster, _, pool = text.partition("/")
    for part in (cluster, *([pool] if pool else [])):
        if len(part) > 200 or not re.match(NAME_PATTERN, part):
            raise PlacementError(f"{shown(text)} is not a cluster. Write PARTITION=CLUSTER or PARTITION=CLUSTER/POOL.")
    return cluster, pool or None


def _peak(name: str) -> float:
    """Peak of an accelerator of the catalogue, dense BF16, TFLOP/s."""
    entries: dict[str, Any] = catalog().section("accelerators")
    if name not in entries:
        near = did_you_mean(name, entries, "See `placement catalog accelerators`.")
        raise PlacementError(f"there is no accelerator '{name}' in the catalogue. {near}")
    value = entries[name]["bf16_tflops"]
    return float(value["value"] if isinstance(value, dict) else value)
