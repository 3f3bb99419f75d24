"""The generators: every scenario loads, every family and rule comes up, and the oracle can go through each of them."""

from collections import Counter

import pytest
from oracle.expansion import RULES, rules, tiny_growth
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
    found = [optimum(scenario(tiny(seed))) for seed in range(0, 600, 24)]
    assert all(one.plans <= MOST_COMBINATIONS for one in found)
    assert sum(one.feasible for one in found) > 0.8 * len(found)


GROWTH_SEEDS = range(530)
GROWTH_TAGS = (
    *("years", "quarters", "months", "weeks", "days", "must_run_after", "investment_usd_of_clusters"),
    *("investment_usd_soft", "usd_of_clusters"),
)


def test_every_rule_of_growth_comes_up_often():
    """At least ten times in 530 seeds, and so do lengths of slots and kinds of budgets."""
    seen = Counter(name for seed in GROWTH_SEEDS for name in rules(seed))
    assert {name: seen[name] for name in (*RULES, *GROWTH_TAGS) if seen[name] < 10} == {}


def test_growth_is_the_same_for_the_same_seed():
    """And a document that a caller may change."""
    first = tiny_growth(7)
    first["name"] = "changed"
    assert tiny_growth(7)["name"] == "tiny-growth"
    assert tiny_growth(7) == tiny_growth(7)


def test_growth_is_mostly_possible_and_often_worth_it():
    """Nine in ten scenarios have a plan, in a third of them it orders something; some have none."""
    found = [optimum(scenario(tiny_growth(seed))) for seed in range(0, 530, 10)]
    assert 0.8 * len(found) < sum(one.feasible for one in found) < len(found)
    assert sum(any(" in period " in words for words in one.choice) for one in found) > len(found) / 3
