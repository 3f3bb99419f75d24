"""Seeded random tiny scenarios of growth, which between them exercise every rule of docs/model.md 10.

A scenario begins with what `expansion_base` draws: several periods, a cluster on Earth and one in orbit. Some rules
change it, the first of them chosen by the seed in turn. What the loader refuses, or what has too many combinations for
the oracle, is drawn anew.
"""

import functools
from copy import deepcopy

import numpy as np
from oracle import expansion_lift, expansion_work  # noqa: F401  register their rules
from oracle.draw import Draw, Record, Unfit
from oracle.expansion_base import begin
from oracle.expansion_rules import RULES
from oracle.fleet import fleet
from oracle.growth import number_of_orders
from oracle.optimum import accounts_in_all

from placement.errors import ScenarioError
from placement.loader.load import scenario
from placement.schema import Scenario

MOST_COMBINATIONS = 6000
"""More are not drawn."""
MOST_DISPATCHED = 150
"""Where each may need a linear model of its own."""
DISPATCHED = {"flow", "plant", "raised_source"}
FEWEST_ORDERS = 2

FLIGHTS = ("cadence_list", "cadence_per_year", "open_share", "vehicle_dates", "volume", "payload_by_plane")
TURNS = (*RULES, "raised_source", "flow")
"""The first rule of each seed in turn; what draws of other rules leave out comes up twice."""
PARTNERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(FLIGHTS, ("crowded_sky",)),
    **dict.fromkeys(("two_vehicles", "rideshare", "reliability"), ("crowded_sky", "fits_only_after")),
    **dict.fromkeys(("infant", "accelerator_loss", "power_loss", "until"), ("fits_only_after",)),
    **dict.fromkeys(("lead", "available", "commissioning", "closed"), ("fits_only_after", "hurry")),
    **dict.fromkeys(("budget_per_slot", "budget_per_period", "budget_per_horizon"), ("second_kind", "counts")),
    "launch_limit": ("two_vehicles", "planes", "crowded_sky"),
    "one_per_period": ("counts", "hurry", "fits_only_after"),
    "listed_per_period": ("counts", "hurry"),
    "generations": ("fits_only_after", "budget_per_period"),
    "gives": ("second_kind", "reliability", "counts"),
    "needs": ("second_kind", "reliability"),
    "life": ("accelerators_life",),
    "accelerators_life": ("life", "counts"),
    "module_power": ("counts", "reliability"),
    "limit_usd": ("counts",),
    "raised_source": ("fits_only_after",),
}
"""Rules that make each other matter; each goes along more often than not."""


def tiny_growth(seed: int) -> Record:
    """A scenario document, the same for the same seed, that the loader takes."""
    return deepcopy(_drawn(seed)[0])


def rules(seed: int) -> frozenset[str]:
    """The rules that the scenario of a seed exercises."""
    return _drawn(seed)[1]


@functools.cache
def _drawn(seed: int) -> tuple[Record, frozenset[str]]:
    first = TURNS[seed % len(TURNS)]
    for attempt in range(400):
        made = _attempt(np.random.default_rng([77, seed, attempt]), first, more=max(1, 8 - attempt // 8))
        if made is not None:
            return made
    raise RuntimeError(f"seed {seed}: no scenario with '{first}' could be drawn")


def _attempt(rng: np.random.Generator, first: str, more: int) -> tuple[Record, frozenset[str]] | None:
    draw = begin(rng)
    wanted = [first, *(name for name in PARTNERS.get(first, ()) if draw.chance(0.7))]
    others = [name for name in RULES if name not in (*wanted, *DISPATCHED)]
    wanted += [str(name) for name in rng.choice(others, size=int(rng.integers(0, more + 1)), replace=False)]
    for name in wanted:
        try:
            RULES[name](draw)
            draw.tags.add(name)
        except Unfit:
            if name == first:
                return None
    draw.document["title"] = f"{first}: {', '.join(sorted(draw.tags))}"
    try:
        made = scenario(draw.document)
    except ScenarioError:
        return None
    return (draw.document, frozenset(draw.tags)) if _small(draw, made) else None


def _small(draw: Draw, made: Scenario) -> bool:
    """Whether the oracle can go through it, and there is something to order."""
    numbers = fleet(made)
    orders = number_of_orders(numbers)
    most = MOST_DISPATCHED if DISPATCHED & draw.tags else MOST_COMBINATIONS
    return FEWEST_ORDERS <= orders <= most and orders * accounts_in_all(numbers) <= most
