"""The generator: every scenario loads, every family comes up, and the oracle can go through each of them."""

from collections import Counter

import pytest
from oracle.generate import FAMILIES, MOST_COMBINATIONS, families, tiny
from oracle.optimum import optimum, size

from placement.loader.load import scenario

SEEDS = range(600)
LIMIT_KINDS = [
    f"limit_{kind}"
    for kind in (
        *("maximum", "minimum", "hard", "soft", "per_slot", "per_period", "per_horizon"),
        *("over_clusters", "over_pools", "over_jobs"),
    )
]


@pytest.mark.slow
def test_every_document_loads_and_is_small():
    """The loader takes all of them, and none has more combinations than the oracle should look at."""
    for seed in SEEDS:
        assert size(scenario(tiny(seed))) <= MOST_COMBINATIONS


def test_every_family_comes_up_often():
    """At least ten times in 600 seeds, and so do the kinds of limits."""
    seen = Counter(name for seed in SEEDS for name in families(seed))
    assert {name: seen[name] for name in (*FAMILIES, *LIMIT_KINDS) if seen[name] < 10} == {}


def test_the_same_seed_gives_the_same_scenario():
    """And a document that a caller may change."""
    first = tiny(7)
    first["name"] = "changed"
    assert tiny(7)["name"] == "tiny"
    assert tiny(7) == tiny(7)


def test_the_oracle_solves_what_is_generated():
    """It ends within the combinations that are drawn; some scenarios have no plan, most have one."""
    found = [optimum(scenario(tiny(seed))) for seed in range(0, 600, 12)]
    assert all(one.plans <= MOST_COMBINATIONS for one in found)
    assert sum(one.feasible for one in found) > 0.8 * len(found)
