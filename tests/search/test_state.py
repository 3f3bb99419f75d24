"""What a search knows of itself."""

import math

import numpy as np
import pytest

from placement.result import gap_of
from placement.search.state import State


@pytest.mark.parametrize("seed", range(40))
def test_a_plan_that_costs_less_than_enough_reaches_the_gap_and_one_that_costs_more_does_not(seed: int) -> None:
    rng = np.random.default_rng(seed)
    constant, bound = rng.normal(size=2) * 100.0
    state = State(constant_usd=constant, gap=float(10.0 ** rng.uniform(-4, -0.1)), deadline=math.inf)
    state.prove(bound, "test")
    enough = state.enough_usd
    assert enough >= bound
    for usd in enough - 1e-6, enough + 1e-6:
        assert (gap_of(usd, bound, constant) <= state.gap) == (usd < enough)


def test_where_nothing_is_proven_nothing_is_enough() -> None:
    assert State(constant_usd=5.0, gap=0.1, deadline=math.inf).enough_usd == -math.inf
