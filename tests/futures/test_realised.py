"""The scenario of a future: what was drawn stands where its paths say; ranges of the file and the catalogue."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import build
import numpy as np
import pytest
from futures.drawn import EVEN

import placement
from placement.folder import Stored
from placement.futures.stress import one_by_one_of
from placement.schema import Scenario, Triangular
from placement.solving import solve
from placement.timegrid import timegrid

pytestmark = pytest.mark.usefixtures("solved_here")

PRICE = "clusters.earth.energy_price"


def realised(written: dict[str, Any] | Scenario, count: int = 1, seed: int = 0) -> list[tuple[Any, Scenario]]:
    """Inputs of futures, and the scenarios that they are."""
    made = written if isinstance(written, Scenario) else placement.scenario(written)
    result = solve(made, baseline=False)
    assert result.plan is not None
    one = one_by_one_of(Stored(made, result.plan, result.summary()), seed)
    pairs = [one.run(n, keep=True) for n in range(count)]
    return [(future.inputs, single.realised.scenario) for future, single in pairs if single.realised is not None]


def uncertain(*given: dict[str, Any], **more: Any) -> dict[str, Any]:
    return build.document(**more, uncertainty={"inputs": list(given)})


def test_a_value_stands_at_all_its_paths() -> None:
    sites = [build.cluster("earth"), build.cluster("moon", energy_price=[1.0, 2.0, 3.0, 4.0])]
    paths = ["clusters.earth.energy_price", "clusters.moon.energy_price"]
    for drawn, there in realised(uncertain({"paths": paths, **EVEN}, clusters=sites), 3):
        assert [cluster.energy_price for cluster in there.clusters] == [drawn[0], drawn[0]]


def test_a_factor_multiplies_numbers_series_and_lists() -> None:
    sites = [
        build.cluster("earth"),
        build.cluster("moon", energy_price=[1.0, 2.0, 3.0, 4.0]),
        build.cluster("mars", energy_price={"points": {"2027": 10.0, "2028": 20.0}, "add": 5.0}, idle_mw=0.5),
    ]
    paths = [f"clusters.{each['name']}.energy_price" for each in sites] + ["clusters.mars.idle_mw"]
    written = uncertain({"paths": paths, "how": "factor", **EVEN}, clusters=sites)
    from placement.series import on_slots

    made = placement.scenario(written)
    grid = timegrid(made.horizon)
    planned = [on_slots(each.energy_price, grid, made) for each in made.clusters]
    for drawn, there in realised(made, 3):
        for before, cluster in zip(planned, there.clusters, strict=True):
            assert on_slots(cluster.energy_price, grid, there) == pytest.approx(before * drawn[0], rel=1e-12)
        assert there.clusters[2].idle_mw == pytest.approx(0.5 * drawn[0])


def test_a_factor_on_flights_of_each_period_keeps_them_whole() -> None:
    rocket = {
        "name": "falcon", "payload_kg": {"leo": 100.0}, "usd_per_flight": 1.0, "flights_per_period": [3, 10],
    }  # fmt: skip
    given = {"paths": ["vehicles.falcon.flights_per_period"], "how": "factor", "uniform": {"low": 0.5, "high": 1.5}}
    written = uncertain(given, vehicles=[rocket], horizon={"period_slots": 2})
    for drawn, there in realised(written, 5):
        assert there.vehicles[0].flights_per_period == (round(3 * drawn[0]), round(10 * drawn[0]))


def test_whole_numbers_are_rounded() -> None:
    given = {"paths": ["clusters.earth.pools.h100-sxm.number"], "uniform": {"low": 4.0, "high": 9.0}}
    found = realised(uncertain(given), 12)
    assert [there.clusters[0].pools[0].number for _, there in found] == [round(drawn[0]) for drawn, _ in found]
    assert len({there.clusters[0].pools[0].number for _, there in found}) > 2
    given = {"paths": ["clusters.earth.pools.h100-sxm.number"], "how": "factor", "uniform": {"low": 0.6, "high": 1.4}}
    for drawn, there in realised(uncertain(given), 5):
        assert there.clusters[0].pools[0].number == round(8 * drawn[0])


def test_days_move_dates() -> None:
    """By fractions too; a connection, a service and the first flight of a vehicle."""
    site = build.cluster(
        service={"from": "2027-01-01T00:00:00Z"},
        sources=[{"kind": "grid", "price": 5.0, "connected": "2027-03-01T06:00:00Z"}],
    )
    rocket = {
        "name": "falcon", "payload_kg": {"leo": 100.0}, "usd_per_flight": 1.0, "flights_per_period": 3,
        "available": "2029-02-28T00:00:00Z",
    }  # fmt: skip
    paths = ["clusters.earth.service.from", "clusters.earth.sources.grid.connected", "vehicles.falcon.available"]
    given = {"paths": paths, "name": "slip", "how": "days", "uniform": {"low": -20.0, "high": 60.0}}
    for drawn, there in realised(uncertain(given, clusters=[site], vehicles=[rocket]), 4):
        cluster = there.clusters[0]
        moved = (cluster.service.from_, cluster.sources[0].connected, there.vehicles[0].available)  # type: ignore[union-attr]
        stood = (
            datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 3, 1, 6, tzinfo=UTC), datetime(2029, 2, 28, tzinfo=UTC)
        )  # fmt: skip
        for now, then in zip(moved, stood, strict=True):
            assert abs((now - then) - timedelta(days=drawn[0])) < timedelta(seconds=1)


def test_a_date_beyond_all_dates_makes_no_scenario() -> None:
    site = build.cluster(service={"from": "2027-01-01T00:00:00Z"})
    given = {"paths": ["clusters.earth.service.from"], "how": "days", "discrete": {"values": [4e6]}}
    made = placement.scenario(uncertain(given, clusters=[site]))
    result = solve(made, baseline=False)
    assert result.plan is not None
    _, single = one_by_one_of(Stored(made, result.plan, result.summary()), 0).run(0)
    assert np.isnan(single.usd)
    assert single.unsettled


# Ranges


def test_a_range_is_that_of_the_file(tmp_path: Path) -> None:
    written = uncertain({"paths": [PRICE], "range": True}, {"paths": ["clusters.earth.pue"], "range": True})
    written["clusters"][0]["energy_price"] = {"value": 40.0, "low": 30.0, "high": 90.0}
    written["clusters"][0]["pue"] = {"value": 1.2, "low": 1.1, "high": 1.2}
    made = placement.scenario(written)
    assert made.uncertainty is not None
    assert [each.triangular for each in made.uncertainty.inputs] == [
        Triangular(low=30.0, mode=40.0, high=90.0), Triangular(low=1.1, mode=1.2, high=1.2),
    ]  # fmt: skip
    assert made.clusters[0].energy_price == 40.0
    high = placement.scenario({**written, "use": "high"})
    assert high.clusters[0].energy_price == 90.0
    assert high.uncertainty is not None
    assert high.uncertainty.inputs[0].triangular == Triangular(low=30.0, mode=40.0, high=90.0)


def test_a_range_in_dollars_of_another_year_is_in_those_of_the_scenario() -> None:
    written = uncertain({"paths": [PRICE], "range": True})
    written["clusters"][0]["energy_price"] = {"value": 40.0, "low": 30.0, "high": 90.0, "price_year": 2015}
    made = placement.scenario(written)
    assert made.uncertainty is not None
    range_ = made.uncertainty.inputs[0].triangular
    base = made.clusters[0].energy_price
    assert isinstance(base, float)
    assert range_ is not None
    assert base > 45.0
    assert (range_.low, range_.mode, range_.high) == pytest.approx((base * 0.75, base, base * 2.25))


def test_a_range_is_that_of_the_catalogue() -> None:
    """starship-v4 has dollars per flight or kg with low and high in the catalogue, which `use` selects from."""
    path = "vehicles.starship-v4.usd_per_flight"
    written = uncertain({"paths": [path], "range": True}, vehicles=[{"from": "starship-v4", "flights_per_period": 3}])
    at = {}
    for use in ("low", "base", "high"):
        plain = {**written, "use": use, "uncertainty": None}
        at[use] = placement.scenario(plain).vehicles[0].usd_per_flight
    made = placement.scenario(written)
    assert made.uncertainty is not None
    range_ = made.uncertainty.inputs[0].triangular
    assert range_ is not None
    assert [range_.low, range_.mode, range_.high] == sorted(at.values())
    assert at["low"] != at["high"]
