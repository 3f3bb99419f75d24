"""For which values the answer flips, against values worked out by hand."""

import threading
from dataclasses import replace
from typing import Any

import build
import in_process
import lifting
import pytest
from lifting import PRICE, RENT, earth, rocket, sky

import placement
from placement import breaking_even
from placement.schema import Scenario
from placement.varied import varied

TOLERANCE = 0.04


@pytest.fixture(autouse=True)
def _exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Solves find the optimum, whatever gap is asked for."""
    in_process.use(monkeypatch)
    monkeypatch.setattr(
        breaking_even, "solve", lambda scenario, **more: placement.solve(scenario, **more | {"gap": 0.0})
    )


def lifted(*clusters: Any, **more: Any) -> Scenario:
    return placement.scenario(lifting.document(*clusters, **more))


def found(scenario: Scenario, vary: Any, first: float, last: float, **more: Any) -> placement.Breakeven:
    """A breakeven of the share in 2027, if nothing else is asked for."""
    if more.get("metric", "orbital_share") == "orbital_share":
        more.setdefault("at", 2027)
    return placement.breakeven(scenario, vary, first, last, **{"tolerance": TOLERANCE, "points": 5, **more})


def bounds_lower_by(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Solves prove less than they could."""
    real = breaking_even.solve

    def solve(*args: Any, **more: Any) -> Any:
        result = real(*args, **more)
        return replace(result, bound_usd=(1 - share) * result.cost_usd)

    monkeypatch.setattr(breaking_even, "solve", solve)


def around(low: float, value: float, high: float, width: float) -> bool:
    return low <= value <= high and high - low <= width * (1 + 1e-9)


def test_the_share_flips_where_orbit_and_earth_cost_the_same() -> None:
    """20 + P = 120 at P = 100. Gaps of 1 %: (100 - P)/120 from 98.8 on, (P - 100)/(P + 20) up to 101.21."""
    seen = found(lifted(), PRICE, 55, 150, points=3)
    (flip,) = seen.flips
    assert around(flip.low, 100.0, flip.high, 100 * TOLERANCE)
    assert not flip.rises
    assert flip.metrics == (1.0, 0.0)
    assert flip.undecided_low <= 98.8
    assert flip.undecided_high >= 101.21
    assert list(seen.points["value"]) == sorted(seen.points["value"])
    assert set(seen.points["side"]) == {"above", "below"}
    assert seen.sentence().startswith(f"As {PRICE} rises, the orbital share in 2027 falls below 5 % between ")
    assert "(from 100 % to 0 %)" in seen.sentence()


def test_the_order_of_the_ends_does_not_matter() -> None:
    one, other = (found(lifted(), PRICE, *ends, points=2, tolerance=0.3) for ends in ((50, 150), (150, 50)))
    assert one.sentence() == other.sentence()


@pytest.mark.parametrize(
    ("less", "low", "high"),
    [
        (0.0, 94.0, 101 / 0.95),
        (0.03, 114 / 0.97 - 20, 0.97 * 120 / 0.95 - 20),
    ],
)
def test_gaps_overlap_where_a_plan_of_each_side_is_within_the_gap(
    less: float, low: float, high: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With bounds (1 - s) of the optimum and a gap of 5 %: Earth at P < 100 while (120 - (1 - s)(P + 20))/120 ≤ 5 %,
    orbit at P > 100 while (P + 20 - (1 - s) 120)/(P + 20) ≤ 5 %.
    """
    bounds_lower_by(less, monkeypatch)
    seen = found(lifted(), PRICE, 85, 125, gap=0.05, tolerance=0.05, points=3)
    (flip,) = seen.flips
    assert around(flip.undecided_low, low, flip.undecided_low + 2.0, 2.0)
    assert around(flip.undecided_high - 2.0, high, flip.undecided_high, 2.0)
    assert (flip.open_low, flip.open_high) == (False, False)
    assert "a plan of each side is within the gap of 5 %, so there it is undecided" in seen.sentence()


def test_the_interval_is_open_where_it_reaches_the_end_of_the_range() -> None:
    (flip,) = found(lifted(), PRICE, 97, 150, gap=0.05, points=3).flips
    assert (flip.undecided_low, flip.open_low, flip.open_high) == (97.0, True, False)


def test_a_gap_that_was_reached_counts_where_it_is_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then no plan of the other side is as good as the one that was found, and nothing but the bracket is open."""
    bounds_lower_by(0.2, monkeypatch)
    seen = found(lifted(), PRICE, 50, 151)
    (flip,) = seen.flips
    assert flip.gap == pytest.approx(0.2)
    assert not flip.overlaps
    assert "no plan that was found of the other side is within the gap of 20 %" in seen.sentence()


def test_a_plan_that_breaks_a_rule_there_is_no_plan_of_the_other_side() -> None:
    """The rocket lifts a sail from 1,000 kg on, for $110 in all; Earth is within 10 % of that."""
    scenario = lifted(vehicles=[rocket(), rocket("barge", 1000.0)])
    (flip,) = found(scenario, "vehicles.rocket.payload_kg.sso", 490, 1510, gap=0.1, points=3).flips
    assert around(flip.low, 1000.0, flip.high, 1020 * TOLERANCE)
    assert (flip.rises, flip.undecided_low, flip.open_high) == (True, flip.low, True)


def test_two_flips_of_what_is_no_monotone_function() -> None:
    """Orbit costs min(100 f, 100) + 20, Earth 30 + 60 f: they are equal at f = 1/4 and at 3/2."""
    site = earth(energy_price=2500.0)
    site["pools"][0]["usd_per_accelerator_hour"] = 5.0
    price = {"points": {"2026": 50.0, "2040": 50.0}, "scale": 1.0, "add": 50.0}
    scenario = lifted(site, sky(), vehicles=[rocket(usd=price), rocket("barge", 100.0)])
    seen = found(scenario, [PRICE, RENT], 0.01, 2.0, factor=True, points=4)
    one, other = seen.flips
    assert around(one.low, 0.25, one.high, 2 * TOLERANCE)
    assert around(other.low, 1.5, other.high, 2 * TOLERANCE)
    assert (one.rises, other.rises) == (False, True)
    assert seen.sentence().startswith(f"As the factor on {PRICE} and {RENT} rises, ")


def test_nothing_flips() -> None:
    seen = found(lifted(), PRICE, 50, 80, points=3)
    assert seen.flips == ()
    assert len(seen.points) == 3
    assert seen.sentence() == (
        "No value between 50 and 80 flips it: the orbital share in 2027 stays at or above 5 % (100 % throughout), "
        "closest to it at 50 with 100 %; the plans have gaps of at most 0.000101 %."
    )


def test_values_without_a_plan_take_no_side() -> None:
    """The job must run, and fits from 4 accelerators on."""
    jobs = [build.job("a", 3.0, 4, must_run=True)]
    scenario = lifted(earth(), sky(max=0), jobs=jobs)
    seen = found(scenario, "clusters.earth.pools.h100-sxm.number", 1, 7, points=4)
    assert seen.points["value"].tolist() == [1, 3, 5, 7]
    assert seen.points["side"].tolist() == ["", "", "below", "below"]
    assert seen.points["status"].tolist()[:2] == ["infeasible", "infeasible"]
    none, away = seen.sentences()
    assert "stays below 5 % (0 % throughout)" in none
    assert away.startswith("1 and 3 are on neither side (infeasible): No plan exists: job 'a' must run and cannot")


def test_a_flip_across_values_without_a_plan() -> None:
    """With 0 the sail comes at once, from 1 day on too late; Earth has room from 4 on."""
    jobs = [build.job("a", 3.0, 4, must_run=True)]
    paths = ["clusters.sky.modules.sail.lead_days", "clusters.earth.pools.h100-sxm.number"]
    seen = found(lifted(jobs=jobs), paths, 0, 8, points=3)
    (flip,) = seen.flips
    assert (flip.low, flip.high, flip.rises, flip.broken) == (0, 4, False, True)
    assert seen.points["value"].tolist() == [0, 1, 2, 3, 4, 8]
    assert "with values on neither side between them" in seen.sentence()


def test_whole_numbers_stay_whole() -> None:
    """Beside two accelerators that are there two sails of one each are needed."""
    scenario = lifted(earth(), sky(accelerators=1, usd=1.0, mass_kg=250.0, max=8))
    (flip,) = found(scenario, "clusters.sky.modules.sail.max", 0, 8, points=3, tolerance=1e-6).flips
    assert (flip.low, flip.high, flip.rises) == (1, 2, True)


def test_a_number_in_place_of_a_list_of_whole_ones_is_whole() -> None:
    (flip,) = found(lifted(), "vehicles.rocket.flights_per_period", 0, 4, points=2).flips
    assert (flip.low, flip.high, flip.rises) == (0, 1, True)


def test_logarithms() -> None:
    """By ratio 2, 20, 200, ...; between 20 and 200 at the root of 4,000."""
    seen = found(lifted(), PRICE, 2, 20000, points=5, log=True, tolerance=0.2)
    assert seen.points["value"].tolist() == pytest.approx([2, 20, 4000**0.5, 200, 2000, 20000])
    (flip,) = seen.flips
    assert (flip.low, flip.high) == pytest.approx((4000**0.5, 200))


def test_total_cost_is_below_for_sure_above_for_sure_or_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    """P + 20 = 100 at 80; a bound of 0.97 (P + 20) reaches it at 83.09."""
    bounds_lower_by(0.03, monkeypatch)
    seen = found(lifted(), PRICE, 50, 150, metric="total_cost", threshold=100.0)
    (flip,) = seen.flips
    assert around(flip.low, 80.0, flip.high, 100 * TOLERANCE)
    assert flip.rises
    assert flip.undecided_low == flip.low
    assert around(flip.undecided_high - 4.0, 100 / 0.97 - 20, flip.undecided_high, 4.0)
    sides = dict(zip(seen.points["value"], seen.points["side"], strict=True))
    assert sides[flip.high] == "undecided"
    assert sides[flip.undecided_high] == "above"
    assert "the threshold lies between bound and cost, so there it is undecided" in seen.sentence()


def test_total_cost_that_does_not_flip() -> None:
    seen = found(lifted(), PRICE, 50, 150, metric="total_cost", threshold=200.0, points=3)
    assert "stays below $200.00 ($70.00 to $120.00)" in seen.sentence()
    assert "at the values solved that is proven" in seen.sentence()


def test_total_cost_without_a_flip_is_undecided_where_the_bound_is_too_low(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds_lower_by(0.5, monkeypatch)
    seen = found(lifted(), PRICE, 50, 150, metric="total_cost", threshold=50.0, points=3)
    assert seen.points["side"].tolist() == ["undecided", "above", "above"]
    assert "at 50 the threshold lies between bound and cost, so there it is undecided" in seen.sentence()


def test_parity_flips_where_hours_cost_the_same() -> None:
    """(P + 20)/12 h in orbit over $10/h on Earth."""
    jobs = [build.job("a", 3.0, 4, clusters=["sky"]), build.job("b", 3.0, 4, clusters=["earth"])]
    seen = found(lifted(jobs=jobs), PRICE, 50, 150, metric="parity")
    (flip,) = seen.flips
    assert around(flip.low, 100.0, flip.high, 100 * TOLERANCE)
    assert flip.rises
    assert flip.metrics == pytest.approx(((flip.low + 20) / 120, (flip.high + 20) / 120))


def test_parity_has_no_side_where_one_of_the_two_delivers_nothing() -> None:
    seen = found(lifted(), PRICE, 50, 150, metric="parity", points=2)
    assert seen.points["reason"].tolist() == ["nothing is delivered on Earth", "nothing is delivered in orbit"]
    assert seen.sentences()[0] == "No value between 50 and 150 is on a side, so nothing is known."


def test_a_stop_gives_what_is_known_so_far() -> None:
    stop, seen = threading.Event(), []

    def progress(point: Any) -> None:
        seen.append(point.value)
        if len(seen) == 5:
            stop.set()

    given = found(lifted(), PRICE, 50, 150, points=5, progress=progress, stop=stop)
    assert given.stopped
    assert given.points["value"].tolist() == seen == [50, 75, 100, 125, 150]
    (flip,) = given.flips
    assert (flip.low, flip.high) == (100, 125)
    assert given.sentences()[-1].startswith("It was stopped early")


def test_a_solve_that_fails_takes_no_side(monkeypatch: pytest.MonkeyPatch) -> None:
    real = placement.solve

    def solve(scenario: Scenario, **more: Any) -> Any:
        if scenario.vehicles[0].usd_per_flight == 150:
            raise placement.SolverError("HiGHS ended with an error.")
        return real(scenario, **more)

    monkeypatch.setattr(breaking_even, "solve", solve)
    seen = found(lifted(), PRICE, 50, 150, points=2)
    assert seen.points["status"].tolist() == ["optimal", "failed"]
    assert seen.sentences()[-1] == "150 is on neither side (failed): HiGHS ended with an error."


def test_each_solve_begins_with_the_nearest_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    real = placement.solve

    def solve(scenario: Scenario, **more: Any) -> Any:
        given.append(more["start"])
        return real(scenario, **more)

    monkeypatch.setattr(breaking_even, "solve", solve)
    found(lifted(), PRICE, 50, 80, points=3)
    assert given[0] is None
    assert all(plan.placements["cluster"].tolist() == ["sky"] for plan in given[1:])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"first": 50, "last": 50}, "Give two different values."),
        ({"first": float("nan")}, "not numbers that can be used"),
        ({"first": -1.0, "log": True}, "has no logarithm"),
        ({"threshold": 5.0}, "If this is in percent, write 0.05."),
        ({"threshold": 0.0}, "Write 0.05 for 5 %."),
        ({"threshold": float("nan")}, "not a number that can be used"),
        ({"at": 2030}, "2030 is outside of the horizon. Choose one of its years: 2027 alone."),
        ({"at": None}, "Choose one: 2027 alone."),
        ({"metric": "cost"}, "Choose one of orbital_share, parity, total_cost."),
        ({"metric": "parity", "at": None, "boundary": "all"}, "Choose one of launch_and_power"),
        ({"metric": "parity", "at": None, "threshold": 0.0}, "Write 1 for equal cost."),
        ({"metric": "total_cost", "at": None}, "total_cost has no threshold."),
        ({"metric": "total_cost", "threshold": 1.0}, "Leave it out."),
        ({"points": 1}, "at least 2"),
        ({"tolerance": 1.0}, "less than 1"),
        ({"vary": []}, "no input is named"),
        ({"vary": [PRICE, PRICE]}, "is named twice"),
        ({"vary": "vehicles.rockt.usd_per_flight"}, "Did you mean 'rocket'?"),
        ({"vary": "vehicles.rocket.usd_per_fligt"}, "Did you mean 'usd_per_flight'?"),
        ({"vary": "vehicles.rocket.usd_per_fligt", "factor": True}, "Did you mean 'usd_per_flight'?"),
        ({"vary": "vehicles.rocket.volume_m3", "factor": True}, "nothing stands there that a factor could multiply"),
        ({"vary": "vehicles.rocket.payload_kg", "factor": True}, "Name a number or a series."),
        ({"vary": "vehicles.rocket.open_share"}, "must be at most 1"),
        ({"vary": "clusters.sky.modules.sail.max", "first": 0.5}, "Give whole numbers."),
    ],
)
def test_what_makes_no_sense_is_refused(more: dict[str, Any], words: str) -> None:
    given = {"vary": PRICE, "first": 50.0, "last": 150.0, "at": 2027, **more}
    with pytest.raises(placement.PlacementError) as caught:
        placement.breakeven(lifted(), **given)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_factor_multiplies_numbers_whole_numbers_and_series() -> None:
    price = {"points": {"2026": 50.0, "2040": 70.0}, "add": 5.0}
    scenario = lifted(vehicles=[rocket(usd=price)])
    paths = [
        PRICE,
        "vehicles.rocket.flights_per_period",
        "clusters.earth.pools.0.number",
        "clusters.sky.modules.sail.usd",
    ]
    made = varied(scenario, paths, True).at(1.5)
    usd = made.vehicles[0].usd_per_flight
    assert not isinstance(usd, float)
    assert (usd.scale, usd.add, dict(usd.points or {})) == (1.5, 7.5, {"2026-01-01": 50.0, "2040-01-01": 70.0})
    assert made.vehicles[0].flights_per_period == (2, 0, 0, 0)
    assert made.clusters[0].pools[0].number == 12
    assert made.clusters[1].modules[0].usd == 30.0
