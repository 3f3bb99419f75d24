"""Groups of jobs that limits tell apart: jobs in one group match the same filters."""

import numpy as np

from placement.kernels.work import Ints
from placement.problem import Bools
from placement.schema import JobFilter, Scenario


class Groups:
    """Group of each job and flow, and which groups each filter takes."""

    def __init__(self, scenario: Scenario):
        filters = list(dict.fromkeys(x.over.jobs for x in scenario.limits if x.over.jobs is not None))
        jobs = _matches(filters, scenario.jobs["team"], scenario.jobs["priority"], scenario.jobs["tags"])
        flows = _matches(
            filters,
            [flow.team for flow in scenario.flows],
            [flow.priority for flow in scenario.flows],
            [flow.tags for flow in scenario.flows],
        )
        together = np.concatenate([jobs, flows]) if len(filters) else np.zeros((len(jobs) + len(flows), 0), bool)
        kinds, group = (
            np.unique(together, axis=0, return_inverse=True) if len(together) else (together, np.zeros(0, int))
        )
        group = np.asarray(group).reshape(-1).astype(np.int64)
        self.job: Ints = group[: len(jobs)]
        self.flow: Ints = group[len(jobs) :]
        self._taken = {f: np.flatnonzero(kinds[:, k]) for k, f in enumerate(filters)}
        self.count = len(kinds)

    def of(self, wanted: JobFilter | None) -> set[int]:
        """Groups that a filter takes; all without one."""
        if wanted is None:
            return set(range(self.count))
        return set(self._taken[wanted].tolist())


def _matches(filters: list[JobFilter], teams: object, priorities: object, tags: object) -> Bools:
    """Shape (rows, filters): which rows match each filter."""
    team, priority, tag = list(teams), list(priorities), list(tags)  # type: ignore[call-overload]
    result = np.ones((len(team), len(filters)), dtype=bool)
    for k, wanted in enumerate(filters):
        if wanted.team is not None:
            result[:, k] &= np.array([value == wanted.team for value in team], dtype=bool)
        if wanted.priority is not None:
            result[:, k] &= np.array([value == wanted.priority for value in priority], dtype=bool)
        if wanted.tags:
            result[:, k] &= np.array([set(wanted.tags) <= set(value) for value in tag], dtype=bool)
    return result
