"""Plans of a scenario to choose from: the one as it stands, and plans of versions of it made plans of the scenario.

Where modules can be built, what counts of a plan for other inputs is what it builds; the rest is planned for the
scenario as it stands. Of other versions what runs where and when is kept too.
"""

from __future__ import annotations

import math
import time
from contextlib import suppress
from dataclasses import dataclass

from placement.carried_over import Builds, builds_of, held, key_of, renamed, with_runs
from placement.compile import Compiled, compile_scenario
from placement.errors import ScenarioError
from placement.fingerprint import fingerprint
from placement.hedges import Hedge
from placement.kernels.backend import Device
from placement.plan import Plan
from placement.result import Result
from placement.schema import Scenario
from placement.solving import solve
from placement.tasks import Event
from placement.verifier import Verification, verify

LEAST_S = 0.05
"""What a solve is given at least; with less left none is begun."""

STANDING = 0.5
"""Share of the time that the plan as it stands may take, where there are others."""


@dataclass(frozen=True)
class Limits:
    """Of the solves, as of `placement.solve`; the time is that of all of them together."""

    gap: float
    time_limit_s: float
    work_limit: int | None
    device: Device
    seed: int
    threads: int


@dataclass(frozen=True)
class Made:
    """A plan of the scenario, checked; or why there is none."""

    plan: Plan | None = None
    checked: Verification | None = None
    why: str = ""


class Planner:
    """Makes plans of one scenario within limits.

    Parameters
    ----------
    scenario : Scenario
    limits : Limits
    stop : event, optional
        Ends the solve that runs.
    """

    def __init__(self, scenario: Scenario, limits: Limits, stop: Event | None):
        self.scenario, self.limits, self.stop = scenario, limits, stop
        self.left_s = limits.time_limit_s
        self.compiled = compile_scenario(scenario)
        self.grows = any(cluster.modules for cluster in scenario.clusters)
        self.seen: dict[str, str] = {}
        """What was planned, by fingerprint of the version or by builds: under which name."""

    def standing(self, start: Plan | None, share: float) -> Result:
        """The scenario's own plan, in a share of the time."""
        return self._solve(self.scenario, share * self.left_s, start, baseline=True)

    def of(self, hedge: Hedge, seconds: float, start: Plan) -> list[tuple[str, Made]]:
        """The plan of a version, made one of the scenario, by its name; with one that is filled up, if it can be."""
        try:
            version = hedge.make()
        except ScenarioError as error:
            return [(hedge.name, Made(why=f"makes no scenario: {error.problems[0]}"))]
        known = self._known(fingerprint(version), hedge.name)
        if known:
            return [(hedge.name, Made(why=f"asks for the same as {known}"))]
        found = self._solve(version, seconds / 2 if self.grows else seconds, start)
        if found.plan is None:
            return [(hedge.name, Made(why=_first_sentence(found.message)))]
        if not self.grows:
            return self._with_runs(self.compiled, found.plan, hedge.name)
        builds = builds_of(self.scenario, found.plan)
        if not hedge.of_inputs:
            with suppress(ScenarioError):
                made = self._with_runs(compile_scenario(held(self.scenario, builds)), found.plan, hedge.name)
                if made[0][1].plan is not None:
                    return made
        return [(hedge.name, self.built(builds, hedge.name, seconds / 2, start))]

    def built(self, builds: Builds, name: str, seconds: float, start: Plan) -> Made:
        """The best plan that is found with exactly these modules."""
        known = self.is_built(builds, name)
        if known:
            return Made(why=f"builds the same as {known}")
        try:
            version = held(self.scenario, builds)
        except ScenarioError as error:
            return Made(why=f"what it builds is not allowed as things stand: {error.problems[0]}")
        found = self._solve(version, seconds, start)
        if found.plan is None:
            return Made(why=_first_sentence(found.message))
        return self._checked(found.plan)

    def is_built(self, builds: Builds, name: str) -> str:
        """Under which name the best plan with these modules is known already; from now on under `name`."""
        return self._known(repr(key_of(builds)), name)

    def _known(self, key: str, name: str) -> str:
        known = self.seen.get(key, "")
        self.seen.setdefault(key, name)
        return known

    def _with_runs(self, compiled: Compiled, plan: Plan, name: str) -> list[tuple[str, Made]]:
        """The plan with what runs in another, and filled up."""
        made = [(name, self._checked(with_runs(compiled, plan, self._rest_s(), self.stop)))]
        fuller = with_runs(compiled, plan, self._rest_s(), self.stop, filled=True)
        return made if fuller is None else [*made, (f"{name}, filled up", self._checked(fuller))]

    def _checked(self, plan: Plan | None) -> Made:
        """A plan by the rules of the scenario."""
        if plan is None:
            return Made(why="what it runs does not fit as things stand")
        mine = renamed(self.scenario, plan)
        checked = verify(self.scenario, mine)
        return Made(mine, checked) if checked.ok else Made(why=f"breaks a rule as things stand: {checked.findings[0]}")

    def _solve(self, scenario: Scenario, seconds: float, start: Plan | None, *, baseline: bool = False) -> Result:
        limits, began = self.limits, time.monotonic()
        found = solve(
            scenario, gap=limits.gap, time_limit_s=max(LEAST_S, min(seconds, self.left_s)),
            work_limit=limits.work_limit, device=limits.device, seed=limits.seed, threads=limits.threads,
            stop=self.stop, start=start, baseline=baseline,
        )  # fmt: skip
        self.left_s -= time.monotonic() - began
        return found

    def _rest_s(self) -> float:
        return max(1.0, self.left_s) if math.isfinite(self.left_s) else math.inf


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".")
