"""What a user says of an export: what the scheduler calls things, and how limits are set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from placement.errors import PlacementError
from placement.loader.wording import did_you_mean, shown
from placement.schema import Scenario

SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
"""A DNS subdomain (RFC 1123), as Kubernetes has names of objects."""


@dataclass(frozen=True)
class ExportSettings:
    """How a plan is exported. What a format has no use for is left alone."""

    names: Mapping[str, str] = field(default_factory=dict)
    """What the scheduler calls clusters: of Slurm `PARTITION`, `CLUSTER:PARTITION` or `CLUSTER:`; of Kueue a local
    queue and worker cluster; of SkyPilot an infra such as `aws/us-east-1` or `k8s/context`.
    """
    accelerators: Mapping[str, str] = field(default_factory=dict)
    """What it calls accelerators: of Slurm a GPU type, of Kueue a resource, of SkyPilot its name."""
    time_zone: str = "UTC"
    """Of moments in Slurm, which takes the controller's local time."""
    margin: float = 0.1
    """Share of the planned run time that is added to Slurm's time limit."""
    nice_step: int = 100
    """Slurm's nice for each step of priority."""
    ids: bool = False
    """Whether names of jobs that are numbers are ids of jobs that Slurm has."""
    per_node: int = 8
    """Accelerators of a node, at most: of a pod of Kueue, of a node of SkyPilot."""
    namespace: str = "default"
    """Of the jobs of Kueue."""
    multikueue: bool = False
    """Whether objects of MultiKueue are written that keep the order of clusters."""
    stamp: datetime | None = None
    """When events of a calendar were made; None: now."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.time_zone)

    def check(self, scenario: Scenario) -> None:
        """Complain of what the scenario does not have, or what makes no sense.

        Raises
        ------
        PlacementError
            With the value, and what to write instead.
        """
        clusters = [cluster.name for cluster in scenario.clusters]
        for name, theirs in self.names.items():
            if name not in clusters:
                raise PlacementError(
                    f"there is no cluster {shown(name)} to map. {did_you_mean(name, clusters)}".strip()
                )
            _check_word(name, theirs)
        kinds = sorted({str(pool.accelerator) for _, pool in scenario.pools()})
        for name, theirs in self.accelerators.items():
            if name not in kinds:
                raise PlacementError(f"no pool has the accelerator {shown(name)}. {did_you_mean(name, kinds)}".strip())
            _check_word(name, theirs)
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            near = did_you_mean(self.time_zone, available_timezones(), "Write one as in America/Chicago.")
            raise PlacementError(f"there is no time zone {shown(self.time_zone)}. {near}") from None
        if not SUBDOMAIN.fullmatch(self.namespace) or len(self.namespace) > 63 or "." in self.namespace:
            raise PlacementError(
                f"{shown(self.namespace)} is no namespace of Kubernetes. Write up to 63 small letters, digits, dashes."
            )
        for what, value, least in (("margin", self.margin, 0), ("nice_step", self.nice_step, 0),
                                   ("per_node", self.per_node, 1)):  # fmt: skip
            if not least <= value < 1e6:
                raise PlacementError(f"{what} is {value:g}, but must be at least {least} and less than 1,000,000.")


def _check_word(name: str, theirs: str) -> None:
    if not theirs or any(letter.isspace() or not letter.isprintable() for letter in theirs):
        raise PlacementError(f"{shown(name)} is mapped to {shown(theirs)}, which is no name. Write {name}=NAME.")


def nodes(accelerators: int, most: int) -> tuple[int, int]:
    """Nodes of equal size that hold a gang, and accelerators of each: as few nodes as go, with at most so many each."""
    each = next(size for size in range(min(most, accelerators), 0, -1) if accelerators % size == 0)
    return accelerators // each, each
