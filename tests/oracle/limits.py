"""What limits count: the contribution of a run, a move, a flow to each limit in each span (docs/model.md 7)."""

import math
from collections import defaultdict
from typing import Any

from oracle.fleet import SHARE, Bay, Fleet
from oracle.runs import Run, move_links
from oracle.ways import Part

_BY_POWER = ("mw", "mwh", "tco2", "water_l")
MEASURES = ("accelerators", *_BY_POWER, "tb", "usd", "investment_usd")


class Gauge:
    """One limit with its spans."""

    def __init__(self, fleet: Fleet, limit: Any):
        self.fleet, self.limit, self.over = fleet, limit, limit.over
        self.span = fleet.spans(limit.per)
        self.spans = max(self.span) + 1
        self.most = self._bound(limit.max, math.inf)
        self.least = self._bound(limit.min, -math.inf)

    def _bound(self, series: Any, default: float) -> list[float]:
        """The series' value in the first slot of each span."""
        values = [default] * self.fleet.slots if series is None else self.fleet.series(series)
        return [values[self.span.index(span)] for span in range(self.spans)]

    @property
    def all_energy(self) -> bool:
        """Whether it counts the emissions of all energy of clusters, not those of runs."""
        return self.limit.of == "tco2" and self.over.jobs is None and self.over.pools is None

    def counts_cluster(self, cluster: str) -> bool:
        """Whether a cluster is chosen."""
        return self.over.clusters is None or cluster in self.over.clusters

    def counts_bay(self, bay: Bay) -> bool:
        """Whether a pool is chosen."""
        chosen = self.over.pools is None or "/".join(bay.place) in self.over.pools
        return chosen and self.counts_cluster(bay.place[0])

    def counts_work(self, work: Any) -> bool:
        """Whether a job or flow is chosen."""
        wanted = self.over.jobs
        if wanted is None:
            return True
        return (
            wanted.team in (None, work.team)
            and wanted.priority in (None, work.priority)
            and all(tag in work.tags for tag in wanted.tags)
        )

    def accelerator(self, bay: Bay, watts: float, t: int) -> float:
        """What an accelerator that draws so much counts, held through a slot."""
        of, hours = self.limit.of, self.fleet.hours[t]
        cluster = self.fleet.site(bay.place).cluster
        if not self.counts_bay(bay) or self.all_energy:
            return 0.0
        if of == "accelerators":
            return 1.0 if self.limit.per == "slot" else hours
        if of == "mw":
            return watts * cluster.pue / 1e6
        if of == "mwh":
            return watts * cluster.pue / 1e6 * hours
        if of == "tco2":
            return watts * cluster.pue / 1e6 * hours * self.fleet.site(bay.place).carbon[t] / 1000
        if of == "water_l":
            return watts / 1000 * hours * cluster.water_l_per_kwh
        return 0.0

    def unit(self, job: Any, runs: tuple[Run, ...]) -> dict[int, float]:
        """What the runs of a unit count, by span; dollars and emissions of all energy not."""
        counts: dict[int, float] = defaultdict(float)
        if not self.counts_work(job):
            return counts
        for run in runs:
            for t in run.covered:
                counts[self.span[t]] += self._run(job, run, t) * run.held[t] / self.fleet.grains
            if self.limit.of == "tb":
                self._links(counts, run.links)
        return counts

    def _run(self, job: Any, run: Run, t: int) -> float:
        """What a run counts that holds a slot to its end."""
        if self.limit.of not in MEASURES:
            hours = 1.0 if self.limit.per == "slot" else self.fleet.hours[t]
            chosen = sum(1 for cluster in run.way.clusters if self.counts_cluster(cluster))
            return job.uses.get(self.limit.of, 0) * chosen * hours
        return sum(self._part(part, t) for part in run.way.parts)

    def _part(self, part: Part, t: int) -> float:
        bay = self.fleet.bays[part.place]
        return part.accelerators * self.accelerator(bay, part.watts / part.accelerators, t)

    def _links(self, counts: dict[int, float], links: dict[tuple[str, str, int], int]) -> None:
        for (direction, cluster, t), share in links.items():
            if self.counts_cluster(cluster):
                site = self.fleet.sites[cluster]
                capacity = site.inward if direction == "in" else site.outward
                counts[self.span[t]] += share / SHARE * capacity[t]

    def move(self, dataset: str, cluster: str) -> dict[int, float]:
        """TB of moving a shared data set to a cluster, by span."""
        counts: dict[int, float] = defaultdict(float)
        if self.limit.of == "tb" and self.over.jobs is None:
            self._links(counts, move_links(self.fleet, dataset, cluster))
        return counts

    def cash(self, category: str, cluster: str, t: int) -> int | None:
        """The span in which a payment counts; None if it does not. Flights have no cluster."""
        return self._payment("usd", cluster, t)

    def investment(self, cluster: str, t: int) -> int | None:
        """The span in which dollars for modules or flights count; None if they do not."""
        return self._payment("investment_usd", cluster, t)

    def _payment(self, of: str, cluster: str, t: int) -> int | None:
        chosen = self.counts_cluster(cluster) if cluster else self.over.clusters is None
        return self.span[t] if self.limit.of == of and chosen else None


def gauges(fleet: Fleet) -> list[Gauge]:
    """All limits."""
    return [Gauge(fleet, limit) for limit in fleet.scenario.limits]
