"""The quarrel about orbit, answered by solved scenarios: orbital share after so many years, by belief and owner.

A belief is a scenario file, an owner one of its variants. Each pair is solved, verified and kept as a plan folder; one
that is kept already, of the same scenario and at a gap that is small enough, is taken as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from placement.capacity_cost import new_capacity, parity_by_year
from placement.errors import PlacementError, PlanError
from placement.fingerprint import fingerprint
from placement.folder import NAME, read_plan, write_plan
from placement.loader.extend import variants as variants_of
from placement.loader.load import load
from placement.models.highs import Event
from placement.over_years import Decade, decade, years_in_words
from placement.plan import Plan
from placement.result import Progress, Status
from placement.schema import Scenario
from placement.solving import solve
from placement.timegrid import timegrid
from placement.verifier import verify

if TYPE_CHECKING:
    import pandas as pd

BELIEFS = ("optimist", "central", "sceptic")
"""Shipped scenarios, from the one that thinks most of orbit."""

ANYONE = "anyone"
"""How a scenario without a variant is called."""

AFTER = (2, 3, 5, 10, 20)
"""Years after which the share is asked for: the year that many from the horizon's start."""

MOST_BINDING = 3


@dataclass(frozen=True)
class Answer:
    """One belief and owner."""

    belief: str
    owner: str
    status: str
    cost_usd: float
    gap: float
    shares: dict[int, float]
    """Orbital share of the year that many years after the start; nan past the horizon."""
    parity: dict[int, float]
    """All-in $ per hour of new capacity in orbit over that on Earth, in that year; nan where one cannot be added."""
    binds: str
    """What holds orbit back, or what it has used up."""
    kept: bool
    """Whether the plan was there already."""


def quarrel(
    beliefs: Sequence[str | Path] = BELIEFS,
    owners: Sequence[str] | None = None,
    *,
    folder: str | Path | None = None,
    gap: float = 0.01,
    time_limit_s: float = 120.0,
    after: Sequence[int] = AFTER,
    seed: int = 0,
    told: Callable[[Answer], None] | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: Event | None = None,
) -> list[Answer]:
    """Solve each belief for each owner.

    Parameters
    ----------
    beliefs : sequence of path
        Scenario files, or names of shipped ones.
    owners : sequence of str, optional
        Variants of these files, `anyone` for none. None given: none, and all variants that each has.
    folder : path, optional
        Where plans are kept and looked for.
    gap, time_limit_s, seed
        Of each solve.
    after : sequence of int
        Years after the horizon's start.
    told : callable, optional
        Called with each answer.
    progress, stop
        As of `placement.solve`; a stop ends all.

    Raises
    ------
    ScenarioError, PlacementError
        If a file or variant is not there, or no belief is given.
    """
    if not beliefs:
        raise PlacementError("no belief is given. Name scenario files, or shipped ones: " + ", ".join(BELIEFS) + ".")
    pairs = [
        (belief, owner)
        for belief in beliefs
        for owner in (owners or [ANYONE, *(variant.name for variant in variants_of(belief))])
    ]
    places = [_place(folder, belief, owner) for belief, owner in pairs]
    if folder is not None and len(set(places)) < len(places):
        names = ", ".join(str(belief) for belief in beliefs)
        raise PlacementError(f"some of {names} have the same name, and would be kept in one place. Rename one.")
    for belief, owner in pairs:  # a mistake in the last of them is told before the first is solved
        load(belief, None if owner == ANYONE else owner)
    answers = []
    for (belief, owner), place in zip(pairs, places, strict=True):
        if stop is not None and stop.is_set():
            break
        scenario = load(belief, None if owner == ANYONE else owner)
        answer = _answer(scenario, Path(belief).stem, owner, place, gap, time_limit_s, after, seed, progress, stop)
        answers.append(answer)
        if told is not None:
            told(answer)
    return answers


def _place(folder: str | Path | None, belief: str | Path, owner: str) -> Path | None:
    """Where a plan is kept."""
    return (
        None if folder is None else Path(folder) / f"{Path(belief).stem}-{re.sub(r'[^A-Za-z0-9_.-]', '_', owner)}.plan"
    )


def _answer(
    scenario: Scenario,
    belief: str,
    owner: str,
    place: Path | None,
    gap: float,
    time_limit_s: float,
    after: Sequence[int],
    seed: int,
    progress: Callable[[Progress], None] | None,
    stop: Event | None,
) -> Answer:
    kept = _kept(place, scenario)
    if kept is not None and kept.good_enough(gap):
        found = kept
    else:
        start = None if kept is None else kept.plan
        result = solve(
            scenario, gap=gap, time_limit_s=time_limit_s, seed=seed, progress=progress, stop=stop, start=start,
            baseline=False,
        )  # fmt: skip
        found = _Found(result.plan, str(result.status), result.cost_usd, result.gap)
        if place is not None and result.plan is not None and (kept is None or result.gap < kept.gap):
            place.parent.mkdir(parents=True, exist_ok=True)
            write_plan(place, scenario, result)
    nothing = dict.fromkeys(after, float("nan"))
    if found.plan is None:
        return Answer(belief, owner, found.status, found.cost_usd, found.gap, nothing, nothing, "no plan", False)
    years = {each: timegrid(scenario.horizon).start.year + each - 1 for each in after}
    tables = decade(scenario, found.plan, verify(scenario, found.plan).limits)
    by_year = parity_by_year(new_capacity(scenario))
    ratio = dict(zip(by_year["year"].tolist(), by_year["ratio"].tolist(), strict=True))
    return Answer(
        belief,
        owner,
        found.status,
        found.cost_usd,
        found.gap,
        {each: tables.orbital_share(year) for each, year in years.items()},
        {each: ratio.get(year, float("nan")) for each, year in years.items()},
        binding(scenario, tables, by_year),
        found is kept,
    )


@dataclass(frozen=True)
class _Found:
    """What a solve found, now or before."""

    plan: Plan | None
    status: str
    cost_usd: float
    gap: float

    def good_enough(self, gap: float) -> bool:
        """Whether solving again would not be asked for, or not come closer."""
        return self.gap <= gap or self.status == Status.OPTIMAL


def _kept(place: Path | None, scenario: Scenario) -> _Found | None:
    """What was found of just this scenario before; None where nothing sound is kept."""
    if place is None or not (place / NAME).is_file():
        return None
    try:
        stored = read_plan(place)
    except PlanError:
        return None
    summary = stored.summary
    if summary["scenario_digest"] != fingerprint(scenario) or summary["gap"] is None:
        return None
    return _Found(stored.plan, str(summary["status"]), float(summary["cost_usd"]), float(summary["gap"]))


def binding(scenario: Scenario, found: Decade, parity: pd.DataFrame) -> str:
    """What is used up of what orbit needs, and what its hours cost beside those on Earth, in words."""
    used = found.binding[found.binding["orbit"]]
    words = [
        f"{what} ({years_in_words(group['year'].tolist())})"
        for what, group in sorted(used.groupby("what"), key=lambda each: -len(each[1]))
    ]
    more = len(words) - MOST_BINDING
    words = words[:MOST_BINDING] + ([f"{more} more"] if more > 0 else [])
    some = parity.dropna(subset=["ratio"])
    if len(some):
        best = int(some["ratio"].to_numpy().argmin())
        ratio, year = float(some["ratio"].to_numpy()[best]), int(some["year"].to_numpy()[best])
        price = f"an orbital hour costs {ratio:.2f} x one on Earth at best ({year})"
        words = [*words, price] if words and float(found.years["orbital_share"].max()) > 0 else [price, *words]
    elif not len(parity.dropna(subset=["orbit"])):
        words = ["nothing can be added in orbit", *words]
    return "; ".join(words) or "nothing is used up"
