"""Each rule of growth binds in some of the scenarios drawn with it, and does not in others.

It binds where the optimum is lower without it, or, where dropping it can go either way, where the optimum is another.
"""

from collections.abc import Iterator

import pytest
from oracle import growth_changes as change
from oracle.expansion import rules, tiny_growth
from oracle.growth_changes import Change, modules_without, of_modules, of_vehicles, several, vehicles_without, without
from oracle.optimum import optimum

from placement.errors import ScenarioError
from placement.loader.load import scenario

SEEDS = range(530)
MOST_TRIED = 60

FREER: dict[str, tuple[str, Change]] = {
    "lead": ("lead", modules_without("lead_days")),
    "commissioning": ("commissioning", modules_without("commissioning_days")),
    "available": ("available", modules_without("available")),
    "until": ("until", modules_without("until")),
    "closed": ("closed", modules_without("closed")),
    "contract": ("contract", modules_without("min")),
    "one per period": ("one_per_period", modules_without("max_per_period")),
    "listed per period": ("listed_per_period", modules_without("max_per_period")),
    "most in all": ("second_kind", change.more_in_all),
    "life": ("life", of_modules(life_years=change.LONG)),
    "life of accelerators": ("accelerators_life", of_modules(accelerators_life_years=change.LONG)),
    "infant loss": ("infant", modules_without("infant_loss")),
    "accelerators that fail": ("accelerator_loss", modules_without("accelerator_loss_per_year")),
    "power that is lost": ("power_loss", modules_without("power_loss_per_year")),
    "life of satellites": ("of_satellites", change.satellites_for_ever),
    "losses of satellites": ("of_satellites", change.lasting_satellites),
    "reliability": ("reliability", vehicles_without("reliability")),
    "price by the kg": ("rideshare", of_vehicles(usd_per_kg=0.0)),
    "price of flights": ("second_kind", of_vehicles(usd_per_flight=0.0)),
    "volume": ("volume", modules_without("volume_m3")),
    "payload": ("second_kind", change.larger_payload),
    "payload by plane": ("payload_by_plane", change.larger_payload),
    "flights listed": ("cadence_list", change.more_flights),
    "flights per year": ("cadence_per_year", change.more_flights),
    "open share": ("open_share", change.all_open),
    "dates of vehicles": ("vehicle_dates", vehicles_without("available", "until")),
    "launch limit": ("launch_limit", without("launch_limits")),
    "needs": ("needs", modules_without("needs")),
    "needs of what others give": ("lossy_gifts", modules_without("needs")),
    "power": ("module_power", change.no_power_limit),
    "budget per period": ("budget_per_period", change.without_budget("investment_usd", "period")),
    "budget per horizon": ("budget_per_horizon", change.without_budget("investment_usd", "horizon")),
    "budget per slot": ("budget_per_slot", change.without_budget("investment_usd", "slot")),
    "soft budget": ("investment_usd_soft", change.without_budget("investment_usd")),
    "budget of clusters": ("investment_usd_of_clusters", change.without_budget("investment_usd")),
    "dollars": ("limit_usd", change.without_budget("usd")),
    "what is left at the end": ("fits_only_after", change.credited),
    "what stands before": ("fits_only_after", change.larger_pools),
    "deadline of campaigns": (
        "campaign",
        lambda document: document["campaigns"][0].pop("deadline_days", None),
    ),
}
"""The optimum is no higher without the rule."""

PREPARED: dict[str, Change] = {
    "commissioning": change.PLAIN,
    "reliability": modules_without("operations_usd_per_year"),
    "payload": change.nothing_left,
    "payload by plane": change.nothing_left,
    "life": change.FREE_TO_STAND,
    "life of satellites": several(change.FREE_TO_STAND, change.lasting_arrays),
    "what is left at the end": change.nothing_left,
    "what stands before": several(without("limits"), lambda d: [c.pop("fixed_costs", 0) for c in d["clusters"]]),
}
"""Done before, on both sides: without what makes it pay to stand later, to arrive in part, or to fill a flight less."""

OTHER: dict[str, tuple[str, Change]] = {
    "dates of generations": ("generations", change.first_generation),
    "pools of generations": ("generations", change.accelerators_of_the_pool),
    "prices by points": ("price_by_points", change.level_prices),
    "learning": ("price_by_learning", change.nothing_learnt),
    "prices of flights over time": ("flight_price_by_points", change.level_flight_prices),
    "gives": ("lossy_gifts", modules_without("gives")),
    "sources that are raised": ("raised_source", modules_without("sources_mw")),
    "vehicles by name": ("two_vehicles", modules_without("vehicles")),
}
"""The optimum is another without the rule, to either side."""


def compared(name: str, rule: str, drop: Change) -> Iterator[tuple[int, float, float]]:
    """Seeds with the optimum with and without a rule."""
    for seed in [seed for seed in SEEDS if rule in rules(seed)][:MOST_TRIED]:
        document = tiny_growth(seed)
        PREPARED.get(name, lambda _: None)(document)
        try:
            kept = optimum(scenario(document)).cost_usd
            drop(document)
            yield seed, kept, optimum(scenario(document)).cost_usd
        except ScenarioError:
            continue


def slack(cost: float) -> float:
    return 1e-6 * (1 + abs(cost))


@pytest.mark.parametrize("name", FREER)
def test_a_rule_binds_somewhere_and_not_everywhere(name: str) -> None:
    """Without it the optimum is lower for some seed, the same for another, higher for none."""
    seen = set()
    for seed, kept, freer in compared(name, *FREER[name]):
        assert freer <= kept + slack(freer), f"seed {seed}: without it, the optimum is higher"
        seen.add(freer < kept - slack(freer))
        if len(seen) == 2:
            return
    pytest.fail(f"{name}: {'always' if seen == {True} else 'never'} binds")


@pytest.mark.parametrize("name", OTHER)
def test_a_rule_matters_somewhere_and_not_everywhere(name: str) -> None:
    """Without it the optimum is another for some seed, and the same for another."""
    seen = set()
    for _, kept, other in compared(name, *OTHER[name]):
        seen.add(kept == other or abs(kept - other) <= slack(min(abs(kept), abs(other))))
        if len(seen) == 2:
            return
    pytest.fail(f"{name}: {'never' if seen == {True} else 'always'} matters")
