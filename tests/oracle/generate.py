"""Seeded random tiny scenarios that between them exercise every rule of docs/model.md.

A scenario begins with a time grid, one to two clusters and one to three jobs. A few families change it, the first of
them chosen by the seed in turn, so that each comes up again and again. What the loader refuses, or what has too many
combinations for the oracle, is drawn anew.
"""

import functools
from copy import deepcopy

import numpy as np
from oracle import families_growth, families_place, families_power, families_rest, families_work
from oracle.draw import ACCELERATORS, PLACES, Draw, Record, Unfit, plain_cluster, plain_job
from oracle.families import REGISTER
from oracle.optimum import size

from placement.errors import ScenarioError
from placement.loader.load import scenario

MOST_COMBINATIONS = 10000
"""More are not drawn."""
MOST_DISPATCHED = 1500
"""Where each may need a linear model of its own."""

GRIDS: dict[str, tuple[Record, float, int, tuple[int, int], float]] = {
    "half_hours": ({"slot_hours": 0.5}, 0.5, 1, (3, 6), 1.0),
    "hours": ({"slot_hours": 1.0}, 1.0, 1, (3, 6), 5.0),
    "two_hours": ({"slot_hours": 2.0}, 2.0, 2, (3, 5), 1.5),
    "days": ({"slot": "day"}, 24.0, 24, (2, 4), 0.8),
    "weeks": ({"slot": "week"}, 168.0, 24, (2, 4), 0.8),
    "months": ({"slot": "month"}, 730.0, 24, (2, 4), 0.8),
    "quarters": ({"slot": "quarter"}, 2190.0, 24, (2, 3), 0.3),
    "one_slot": ({"slot_hours": 4.0}, 4.0, 4, (1, 1), 0.5),
}
"""By name: the horizon, hours of a slot, ticks of a slot, slots, weight."""
NEEDS_GRID = {"assignment": "one_slot", "discount": "months"}
PARTNERS: dict[str, tuple[str, ...]] = {
    "spares": ("capacity",),
    "service": ("capacity", "delay"),
    "blocks": ("capacity", "delay"),
    "pools": ("capacity",),
    "throughput": ("gang_sizes", "pools"),
    "gang_sizes": ("throughput", "delay"),
    "fabric": ("counts", "capacity"),
    "memory": ("pools", "capacity"),
    "contact": ("unloading", "staging", "capacity"),
    "datasets": ("staging", "capacity", "counts"),
    "staging": ("delay", "counts", "segments"),
    "unloading": ("delay", "counts", "segments"),
    "transfer_price": ("staging", "unloading", "two_clusters"),
    "option_parts": ("speed", "resources"),
    "running": ("option_one_part", "capacity", "staging"),
    "earliest": ("delay", "tails"),
    "tails": ("speed", "delay"),
    "deadline": ("cheap_deferral", "delay"),
    "segments": ("capacity", "speed", "tails"),
    "p90": ("delay", "cheap_deferral"),
    "resources": ("counts", "two_clusters"),
    "reserved": ("capacity",),
    "facility_limit": ("capacity", "counts"),
    "grid_limit": ("capacity", "counts", "carbon_price"),
    "curtailment": ("capacity", "delay"),
    "connected": ("delay",),
    "battery": ("solar", "capacity"),
    "gas": ("carbon_price",),
    "demand_charge": ("battery", "counts"),
    "take_or_pay": ("second_grid",),
    "finally_off": ("delay",),
    "flows": ("capacity", "speed"),
    "two_flows": ("memory", "rtt", "facility_limit"),
    "flow_commits": ("facility_limit",),
    "owned": ("blocks",),
    "used": ("pools", "two_clusters", "blocks"),
    "committed": ("two_clusters", "pools", "blocks"),
    "limit_usd": ("module", "launch", "battery"),
    "limit_tb": ("datasets", "staging", "unloading"),
    "limit_tco2": ("battery", "gas", "flows"),
    "limit_mw": ("capacity", "flows"),
    "limit_accelerators": ("capacity", "flows"),
    "limit_water_l": ("two_clusters", "flows"),
    "limit_license": ("option_parts", "counts"),
    "launch": ("planes",),
    "two_vehicles": ("planes",),
    "checkpoints": ("gang_sizes", "counts"),
    "after_rejected": ("cheap_deferral",),
}
"""Families that make each other matter; each goes along more often than not."""
LONG = ("days", "weeks", "months", "quarters")
HEAVY = ("plant", "switchable", "flow")

FAMILIES: tuple[str, ...] = (
    *(*REGISTER, *GRIDS, "plant", "flow", "orbital", "after_lag", "flights_per_year", "investment_terms", "nominal"),
    *("blocks_owned", "blocks_committed", "blocks_used"),
)
"""Names of all families. Tags of a scenario say further things, such as what kind of limits it has."""
_MODULES = (families_growth, families_place, families_power, families_rest, families_work)


def tiny(seed: int) -> Record:
    """A scenario document, the same for the same seed, that the loader takes."""
    return deepcopy(_drawn(seed)[0])


def families(seed: int) -> frozenset[str]:
    """The families that the scenario of a seed exercises."""
    return _drawn(seed)[1]


@functools.cache
def _drawn(seed: int) -> tuple[Record, frozenset[str]]:
    turns = (*REGISTER, *GRIDS)
    first = turns[seed % len(turns)]
    for attempt in range(1000):
        made = _attempt(np.random.default_rng([seed, attempt]), first, more=max(0, 8 - attempt // 5))
        if made is not None:
            return made
    raise RuntimeError(f"seed {seed}: no scenario with '{first}' could be drawn")


def _attempt(rng: np.random.Generator, first: str, more: int) -> tuple[Record, frozenset[str]] | None:
    draw = _begin(rng, first)
    wanted = [first] if first in REGISTER else []
    others = [name for name in REGISTER if name != first]
    if draw.slots == 1 and draw.chance(0.5):
        wanted.append("assignment")
    wanted += [name for name in PARTNERS.get(first, ()) if draw.chance(0.6)]
    wanted += [str(name) for name in rng.choice(others, size=int(rng.integers(0, more + 1)), replace=False)]
    for name in wanted:
        try:
            if name not in draw.tags:
                REGISTER[name](draw)
                draw.tags.add(name)
        except Unfit:
            if name == first:
                return None
    document = _finished(draw, first)
    try:
        made = scenario(document)
    except ScenarioError:
        return None
    heavy = any(tag in draw.tags for tag in HEAVY)
    if size(made) > (MOST_DISPATCHED if heavy else MOST_COMBINATIONS):
        return None
    return document, frozenset(draw.tags)


def _begin(rng: np.random.Generator, first: str) -> Draw:
    """Time grid, clusters, jobs and policy before any family."""
    names = list(GRIDS)
    weights = np.array([GRIDS[name][-1] for name in names])
    name = first if first in GRIDS else NEEDS_GRID.get(first) or str(rng.choice(names, p=weights / weights.sum()))
    horizon, hours, ticks, (fewest, most), _ = GRIDS[name]
    slots = int(rng.integers(fewest, most + 1))
    document: Record = {
        "format": 1,
        "name": "tiny",
        "horizon": {"start": _start(rng, name, hours), "slots": slots, **horizon},
        "reference_accelerator": "ref",
        "accelerators": deepcopy(ACCELERATORS),
        "places": deepcopy(PLACES),
        "clusters": [],
        "jobs": [],
        "policy": {"defer": bool(rng.random() < 0.5), "tails": bool(rng.random() < 0.5)},
    }
    draw = Draw(rng, document, hours, ticks)
    draw.tags.add(name)
    if slots > 2 and draw.chance(0.4):
        document["horizon"]["period_slots"] = draw.whole(1, slots - 1)
    document["clusters"] += [plain_cluster(draw, name) for name in ("alpha", "beta")[: draw.whole(1, 2)]]
    document["jobs"] += [plain_job(draw, f"j{index}") for index in range(draw.whole(2, 3))]
    draw.policy["stage_hours"] = draw.policy["unload_hours"] = hours
    return draw


def _start(rng: np.random.Generator, name: str, hours: float) -> str:
    """Some day; now and then just before a month ends, so that months change inside the horizon."""
    month = int(rng.integers(1, 13))
    if name in ("months", "quarters"):
        return f"2027-{month:02d}-01T00:00:00"
    if name in ("hours", "half_hours", "two_hours") and rng.random() < 0.4:
        return f"2027-{month:02d}-28T23:00:00" if month == 2 else "2027-04-30T22:00:00"
    hour = 0 if name in LONG and rng.random() < 0.5 else int(rng.integers(0, 24))
    return f"2027-{month:02d}-{int(rng.integers(1, 28)):02d}T{hour:02d}:00:00"


def _add_up(draw: Draw, pool: Record) -> None:
    """Blocks that add up to what other families have made of the number, which may then be left out."""
    left = pool["number"]
    for block in pool.get("blocks", ()):
        block["number"] = left if block is pool["blocks"][-1] else min(block["number"], left)
        left -= block["number"]
    if "blocks" in pool and draw.chance(0.5):
        del pool["number"]


def _finished(draw: Draw, first: str) -> Record:
    """The document without the marks that families leave for each other."""
    document = draw.document
    document["title"] = f"{first}: {', '.join(sorted(draw.tags))}"
    for cluster in document["clusters"]:
        for mark in ("plant", "rented"):
            cluster.pop(mark, None)
        for pool in cluster.get("pools", ()):
            _add_up(draw, pool)
    for job in document["jobs"]:
        job.pop("options", None)
    return document
