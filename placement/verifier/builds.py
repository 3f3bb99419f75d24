"""Builds: modules that a plan orders, whether they may be, and how many (docs/model.md §10)."""

from collections import Counter
from dataclasses import dataclass

from placement.verifier import vehicles
from placement.verifier.findings import Findings
from placement.verifier.fleet import Fleet
from placement.verifier.kinds import Kind
from placement.verifier.tables import Rows, twice


@dataclass(frozen=True)
class Build:
    """Modules of one kind delivered in one period, lifted by one vehicle."""

    kind: Kind
    vehicle: str
    """"" for modules that stay on Earth."""
    period: int
    number: int

    @property
    def stands(self) -> int:
        """First slot in which they stand."""
        return int(self.kind.stands[self.period])

    @property
    def reliability(self) -> float:
        """Share of them that arrives: that of the vehicle, 1 on Earth."""
        known = self.kind.fleet.vehicles
        return known[self.vehicle].reliability if self.kind.orbital and self.vehicle in known else 1.0

    @property
    def key(self) -> tuple[str, int, str, int]:
        """Vehicle, cluster, plane and period: the flights that lift them."""
        return self.vehicle, self.kind.index, self.kind.plane, self.period


def read(rows: Rows, fleet: Fleet, kinds: dict[tuple[str, str], Kind], findings: Findings) -> list[Build]:
    """The builds of a plan that name what exists and are delivered when they can be; all else is told."""
    builds = []
    repeated = set(twice(rows, ("cluster", "module", "vehicle", "period")))
    for row in range(len(rows)):
        cluster, name, vehicle = rows["cluster"][row], rows["module"][row], rows["vehicle"][row]
        period, kind = int(rows["period"][row]), kinds.get((cluster, name))
        where = f"builds, {cluster}.{name}"
        if kind is None:
            findings.add("table", where, f"there is no module '{name}' in '{cluster}'.")
        elif period >= fleet.grid.periods:
            findings.add("table", where, f"period is {period}; there are {fleet.grid.periods}, from 0 on.")
        elif row in repeated:
            findings.add("table", where, f"period {period} and vehicle '{vehicle}' stand twice.")
        else:
            build = Build(kind, vehicle, period, int(rows["number"][row]))
            if build.number and _may_be_ordered(build, findings):
                _check_stands(build, int(rows["stands_from_slot"][row]), findings)
            builds.append(build)
    _check_numbers(list(kinds.values()), builds, findings)
    return [build for build in builds if build.number and build.kind.orderable[build.period]]


def _may_be_ordered(build: Build, findings: Findings) -> bool:
    """Whether the module can be delivered in the period; whether it can be with that vehicle is told beside it."""
    kind, period = build.kind, build.period
    why = kind.why_not(period)
    if why is not None:
        findings.add("build", kind.name, f"cannot be delivered in period {period}: {why}.")
        return False
    if not kind.orbital and build.vehicle:
        findings.add("build", kind.name, f"stays on Earth, but is lifted by '{build.vehicle}'.")
    if kind.orbital:
        able = [vehicle.name for vehicle, flying in vehicles.lifters(kind) if flying[period]]
        if build.vehicle not in able:
            can = ", ".join(able) or "none"
            text = f"is lifted by '{build.vehicle}' in period {period}; vehicles that can: {can}."
            findings.add("build", kind.name, text)
    return True


def _check_stands(build: Build, claimed: int, findings: Findings) -> None:
    if claimed != build.stands:
        text = f"of period {build.period} stands from slot {build.stands} on, not {claimed}."
        findings.add("build", build.kind.name, text)


def _check_numbers(kinds: list[Kind], builds: list[Build], findings: Findings) -> None:
    """At most `max_per_period` of each kind in each period, and from `min` to `max` in all."""
    total: Counter[Kind] = Counter()
    by_period: Counter[tuple[Kind, int]] = Counter()
    for build in builds:
        total[build.kind] += build.number
        by_period[build.kind, build.period] += build.number
    for kind in kinds:
        number, least, most = total[kind], kind.module.min, kind.module.max
        if number > most:
            findings.add("build", kind.name, f"{number} are built; at most {most} can be.")
        if number < least:
            findings.add("build", kind.name, f"{number} are built; at least {least} must be.")
    for (kind, period), number in by_period.items():
        if number > kind.most(period):
            text = f"{number} are built in period {period}; at most {kind.most(period)} can be."
            findings.add("build", kind.name, text)
