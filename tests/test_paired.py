"""Two plans over the same futures."""

from dataclasses import replace

import build
import in_process
import newsvendor
import numpy as np
import pytest

from placement.candidates import Limits, Planner
from placement.errors import PlacementError
from placement.folder import Stored
from placement.paired import side_by_side
from placement.schema import Scenario
from placement.solving import solve


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)


def with_racks(of: Scenario, number: int) -> Stored:
    """The plan with so many racks."""
    planner = Planner(of, Limits(1e-6, np.inf, None, "cpu", 0, 1), None)
    standing = planner.standing(None, 1.0).plan
    assert standing is not None
    made = planner.built({("earth", "rack"): np.array([number, 0])}, "so many", np.inf, standing)
    assert made.plan is not None
    assert made.checked is not None
    return Stored(of, made.plan, {"cost_usd": made.checked.cost_usd})


def test_costs_and_their_difference_are_those_of_the_closed_form() -> None:
    of = newsvendor.scenario(newsvendor.UNIFORM)
    demand = newsvendor.drawn(of, 4, 5)
    found = side_by_side(with_racks(of, 40), with_racks(of, 60), 4, seed=5, level=0.5, workers=1)
    first, second = newsvendor.costs(40, demand), newsvendor.costs(60, demand)
    assert found.costs("first") == pytest.approx(first)
    assert found.costs("second") == pytest.approx(second)
    assert found.planned_usd == (pytest.approx(40 * 390.0 + 10 * 1000.0), pytest.approx(60 * 390.0))
    gained = second - first
    assert found.difference().value == pytest.approx(gained.mean())
    assert found.difference().error == pytest.approx(gained.std(ddof=1) / 2)
    assert found.saves == (gained < 0).mean()
    worst = np.sort(second)[-2:].mean() - np.sort(first)[-2:].mean()
    assert found.difference(0.5).value == pytest.approx(worst)
    told = found.summary()
    assert (told["futures"], told["left_out"], told["seed"]) == (4, 0, 5)
    assert told["second"]["cvar"] - told["first"]["cvar"] == pytest.approx(told["difference"]["cvar"]["value"])


def test_what_cannot_be_compared_is_said() -> None:
    of, other = newsvendor.scenario(newsvendor.UNIFORM), newsvendor.scenario(newsvendor.LOGNORMAL)
    plan = solve(of).plan
    assert plan is not None
    stored = Stored(of, plan, {})
    with pytest.raises(PlacementError, match=r"`uncertainty` differs.*Write the same section"):
        side_by_side(stored, replace(stored, scenario=other), 4)
    with pytest.raises(PlacementError, match="futures is 1, but a comparison needs at least 2"):
        side_by_side(stored, stored, 1)
    with pytest.raises(PlacementError, match="level is 1, but must be between 0 and 1"):
        side_by_side(stored, stored, 4, level=1)
    known = build.scenario()
    result = solve(known)
    assert result.plan is not None
    with pytest.raises(PlacementError, match="has no `uncertainty`"):
        side_by_side(Stored(known, result.plan, {}), Stored(known, result.plan, {}), 4)
