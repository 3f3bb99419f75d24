"""The base of an input: what stands there now."""

from typing import Any

import lifting
import pytest
from lifting import PRICE, RENT, rocket

import placement
from placement.varied import varied

FLIGHTS, NUMBER = "vehicles.rocket.flights_per_period", "clusters.earth.pools.h100-sxm.number"


def base(*paths: str, factor: bool = False, **rocket_: Any) -> float:
    return varied(placement.scenario(lifting.document(vehicles=[rocket(**rocket_)])), paths, factor).base


def test_the_base_is_what_stands_there_and_of_a_factor_1() -> None:
    assert base(PRICE) == 90.0
    assert base(NUMBER) == 8.0
    assert base("policy.carbon_usd_per_t") == 0.0  # what is not written has its default
    assert base(PRICE, RENT, factor=True) == 1.0
    assert base("vehicles.rocket.payload_kg.sso", "vehicles.rocket.payload_kg.leo",
                payload_kg={"sso": 1000.0, "leo": 1000.0}) == 1000.0  # fmt: skip


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (["vehicles.rocket.volume_m3"], "nothing stands there, so there is no base. Write a value into the scenario."),
        ([FLIGHTS], f"is a list of numbers, so there is no base. Turn a factor on it: --factor {FLIGHTS}=LOW:HIGH."),
        (["clusters.sky.name"], "so there is no base. Name a number"),
        (["vehicles.rocket.payload_kg"], "so there is no base. Name a number"),
        ([PRICE, RENT], f"stand at 90, 10, which is not one base. Turn a factor on them: --factor {PRICE}+{RENT}="),
        (["vehicles.rockt.usd_per_flight"], "Did you mean 'rocket'?"),
    ],
)
def test_what_has_no_base_says_what_to_do(paths: list[str], words: str) -> None:
    with pytest.raises(placement.PlacementError) as caught:
        base(*paths)
    assert words in str(caught.value)


def test_a_series_has_no_base() -> None:
    with pytest.raises(placement.PlacementError, match=f"is a series, .* --factor {PRICE}=LOW:HIGH"):
        base(PRICE, usd={"points": {"2026": 50.0, "2040": 70.0}})
