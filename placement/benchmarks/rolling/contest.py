"""Contestants in one world, side by side: replanning, first come first served twice, and what nobody can do better."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from placement.benchmarks.rolling.account import Account, account, verified_usd
from placement.benchmarks.rolling.clairvoyant import bound_for_all, clairvoyant
from placement.benchmarks.rolling.planning import Rolled, roll
from placement.benchmarks.rolling.queueing import queue
from placement.benchmarks.rolling.truth import Truth
from placement.benchmarks.rolling.world import World
from placement.errors import PlacementError

SAME_USD, SAME_SHARE = 0.01, 1e-9
"""What the plain account and the verifier may differ by: a cent, and a share."""


@dataclass(frozen=True)
class Contestant:
    """What one did."""

    name: str
    account: Account
    stops: int
    """Runs that a failure stopped."""
    moves: int
    """Runs that went on elsewhere."""
    cuts: int
    """Runs that went on after a break, for whatever reason."""


@dataclass(frozen=True)
class Contest:
    """All of them, and bounds."""

    world: World
    contestants: tuple[Contestant, ...]
    """Replanning first, then first come, first served."""
    rolled: Rolled
    clairvoyant_usd: float | None
    """Of one plan that knows all."""
    uncut_usd: float | None
    """No history in which no run is cut costs less."""
    bound_usd: float
    """No history costs less."""
    load: float
    """Work over accelerator-hours up to the last submission."""

    def saving(self, other: int = 1) -> float:
        """Share of another's cost that replanning saves; below 0 where it costs more."""
        usd = self.contestants[other].account.cost_usd
        return (usd - self.contestants[0].account.cost_usd) / usd

    @property
    def above_bound(self) -> float:
        """Share of the bound by which replanning costs more than it."""
        return self.contestants[0].account.cost_usd / self.bound_usd - 1

    def figures(self) -> dict[str, Any]:
        """Plain numbers."""
        seconds = np.array(self.rolled.seconds)
        each = {
            one.name: {**asdict(one.account), "cost_usd": one.account.cost_usd, "stops": one.stops,
                       "moves": one.moves, "cuts": one.cuts}
            for one in self.contestants
        }  # fmt: skip
        return {
            "jobs": len(self.world.work), "sites": len(self.world.sites), "failures": len(self.world.failures),
            "load": self.load, "plans": len(seconds), "verified": self.rolled.verified,
            "seconds_mean": float(seconds.mean()), "seconds_median": float(np.median(seconds)),
            "seconds_max": float(seconds.max()), "churn": dict(self.rolled.churn), "contestants": each,
            "clairvoyant_usd": self.clairvoyant_usd, "uncut_usd": self.uncut_usd, "bound_usd": self.bound_usd,
            "saving": {one.name: self.saving(n) for n, one in enumerate(self.contestants) if n},
            "above_bound": self.above_bound,
        }  # fmt: skip


def contest(
    world: World,
    *,
    clairvoyant_limits: dict[str, Any] | None = None,
    tell: Callable[[Rolled], None] = lambda _: None,
    **rolling: Any,
) -> Contest:
    """Let all of them do what they do in a world.

    Parameters
    ----------
    world : World
    clairvoyant_limits : dict, optional
        For the plan that knows all, as of `placement.solve`.
    tell : callable
        Called with the state of replanning after each plan.
    rolling
        As of `planning.roll`.

    Raises
    ------
    PlacementError
        As `roll`; or if the plain account of someone and the verifier's differ, or someone beats the bound.
    """
    rolled = roll(world, tell=tell, **rolling)
    found = [
        contestant("replanning", rolled.truth),
        contestant("first come, first served", queue(world)),
        contestant("the same, cheapest site", queue(world, cheapest=True)),
    ]
    bound = bound_for_all(world)
    for one in found:
        if one.account.cost_usd < bound - SAME_USD:
            raise PlacementError(f"{one.name} costs {one.account.cost_usd} $, below the bound of {bound} $.")
    knows = clairvoyant(world, **(clairvoyant_limits or {}))
    return Contest(
        world=world, contestants=tuple(found), rolled=rolled,
        clairvoyant_usd=knows.cost_usd if math.isfinite(knows.cost_usd) else None,
        uncut_usd=knows.bound_usd if math.isfinite(knows.bound_usd) else None,
        bound_usd=bound, load=load(world),
    )  # fmt: skip


def contestant(name: str, truth: Truth) -> Contestant:
    """What one did, priced twice."""
    plain, checked = account(truth), verified_usd(truth)
    if abs(plain.cost_usd - checked) > SAME_USD + SAME_SHARE * abs(checked):
        raise PlacementError(f"{name} costs {plain.cost_usd} $ by the plain account, {checked} $ by the verifier.")
    begun = len({piece.job for piece in truth.pieces})
    return Contestant(name, plain, truth.stops, truth.moves, len(truth.pieces) - begun)


def load(world: World) -> float:
    """Actual work over accelerator-hours that work, up to the last submission."""
    if len(world.work) == 0:
        return 0.0
    slots = max(math.ceil(world.work.submitted[-1]), 1)
    number = np.array([[site.number] for site in world.sites]) * ~world.stands[:, :slots]
    return float((world.work.actual * world.work.accelerators).sum() / number.sum())


def show(found: Contest) -> str:
    """A table of it for people."""
    lines = [f"{'':28}{'cost $':>12}{'energy $':>12}{'delay $':>12}{'served':>9}{'wait h':>8}{'cuts':>7}{'moves':>7}"]
    for one in found.contestants:
        a = one.account
        lines.append(
            f"{one.name:28}{a.cost_usd:12,.2f}{a.energy_usd:12,.2f}{a.delay_usd:12,.2f}{a.served:9.2%}"
            f"{a.wait_hours:8.2f}{one.cuts:7}{one.moves:7}"
        )
    for name, usd in (
        ("one plan that knows all", found.clairvoyant_usd),
        ("  its bound: runs not cut", found.uncut_usd),
        ("bound for everyone", found.bound_usd),
    ):
        lines.append(f"{name:28}{usd:12,.2f}" if usd is not None else f"{name:28}{'-':>12}")
    for n, one in enumerate(found.contestants[1:], 1):
        lines.append(f"replanning saves {found.saving(n):.2%} of {one.name}")
    seconds = np.array(found.rolled.seconds)
    lines.append(f"replanning costs {found.above_bound:.2%} more than the bound for everyone; load {found.load:.0%}")
    lines.append(
        f"{len(seconds)} plans, all verified, {seconds.mean():.2f} s each ({seconds.max():.1f} s at most); "
        + ", ".join(f"{word} {number}" for word, number in found.rolled.churn.items())
    )
    return "\n".join(lines)
