"""Nothing happens: the plan from the moment on is the rest of the plan, at its cost."""

import pytest
from replanning.anew import anew, cost, fates, planned, runs, stamp
from replanning.mornings import MORNING_USD, earth, job, morning

CALM = pytest.mark.parametrize("change_usd", [0.0, 1e5])


@CALM
def test_what_ran_is_history_what_runs_stays_and_what_waits_is_kept(change_usd: float) -> None:
    before = planned(**morning())
    assert before.cost == pytest.approx(MORNING_USD)
    found = anew(before, 3, change_usd=change_usd)
    assert runs(before, found) == {
        "history": [("a", "earth", 0, 2), ("b", "earth", 0, 3), ("c", "earth", 2, 3)],
        "running": [("b", "earth", 3, 4), ("c", "earth", 3, 4)],
        "waiting": [("d", "earth", 4, 8)],
    }
    assert cost(found) == pytest.approx(MORNING_USD)
    assert fates(found) == {"ended": 1, "stays": 2, "kept": 1}
    assert found.churn is not None
    assert (found.churn.changed, found.churn.planned) == (0, 3)
    assert found.notes == ()


@pytest.mark.parametrize(
    ("hours", "slot", "what"),
    [
        (0.5, 1, {"stays": 2, "kept": 2}),
        (1.0, 1, {"stays": 2, "kept": 2}),
        (2.0, 2, {"ended": 1, "stays": 1, "kept": 2}),
        (2.01, 3, {"ended": 1, "stays": 2, "kept": 1}),
        (3.5, 4, {"ended": 3, "kept": 1}),
        (7.0, 7, {"ended": 3, "stays": 1}),
        (8.0, 8, {"ended": 4}),
        (9.0, 9, {"ended": 4}),
    ],
)
def test_the_first_slot_that_begins_at_the_moment_or_later_is_planned(
    hours: float, slot: int, what: dict[str, int]
) -> None:
    found = anew(planned(**morning()), hours)
    assert found.slot == slot
    assert fates(found) == what
    assert cost(found) == pytest.approx(MORNING_USD)


def test_at_the_very_beginning_all_waits() -> None:
    found = anew(planned(**morning()), 0, change_usd=1e5)
    assert (found.slot, fates(found)) == (0, {"kept": 4})
    assert cost(found) == pytest.approx(MORNING_USD)


@CALM
def test_an_end_inside_a_slot_stays_on_its_grain(change_usd: float) -> None:
    before = planned([earth()], [job("a", 2.7)], slots=6)
    found = anew(before, 1, change_usd=change_usd)
    end = 2 + 180 / 256  # 179.2 grains
    assert runs(before, found) == {"history": [("a", "earth", 0, 1)], "running": [("a", "earth", 1, end)]}
    assert cost(found) == pytest.approx(0.4 * end + end) == before.cost
    assert fates(found) == {"stays": 1}


@CALM
def test_a_run_that_ended_inside_the_slot_before_the_moment_has_ended(change_usd: float) -> None:
    before = planned([earth()], [job("a", 1.5), job("b", 1.0, submitted=stamp(3))], slots=6)
    found = anew(before, 2, change_usd=change_usd)
    assert runs(before, found) == {"history": [("a", "earth", 0, 1.5)], "waiting": [("b", "earth", 3, 4)]}
    assert cost(found) == pytest.approx(0.4 * 2.5 + 1.5 + 1.0) == before.cost


@CALM
def test_units_that_run_at_different_times(change_usd: float) -> None:
    before = planned([earth(4)], [job("a", 2.0, count=3)], slots=8)
    found = anew(before, 3, change_usd=change_usd)
    assert runs(before, found) == {
        "history": [("a", "earth", 0, 2), ("a", "earth", 2, 3)],
        "running": [("a", "earth", 3, 4)],
        "waiting": [("a", "earth", 4, 6)],
    }
    assert cost(found) == pytest.approx(2.4 + 12) == before.cost
    assert fates(found) == {"ended": 1, "stays": 1, "kept": 1}


@CALM
def test_units_that_run_together(change_usd: float) -> None:
    before = planned([earth(8)], [job("a", 2.0, count=4)], slots=8)
    found = anew(before, 1, change_usd=change_usd)
    assert runs(before, found) == {
        "history": [("a", "earth", 0, 1)] * 2,
        "running": [("a", "earth", 1, 2)] * 2,
        "waiting": [("a", "earth", 2, 4)] * 2,
    }
    assert fates(found) == {"stays": 2, "kept": 2}
    assert cost(found) == pytest.approx(3.2 + 12) == before.cost


def test_months_are_discounted_and_cost_the_same() -> None:
    horizon = {"start": "2027-06-01T00:00:00Z", "slot": "month"}
    sites = [earth(charge="owned", fixed_costs=[{"category": "facility", "usd": 50.0, "per": "accelerator"}])]
    before = planned(
        sites,
        [job("a", 2000.0, reject_usd=1e6), job("b", 3000.0, delay=0.01, reject_usd=1e6)],
        slots=6,
        horizon=horizon,
        money={"discount_rate": 0.1},
    )
    found = anew(before, 24 * (61 - 6))  # the scenario begins six days before that of other tests
    assert found.slot == 2
    assert cost(found) == pytest.approx(before.cost, abs=0.01)
    assert fates(found) == {"stays": 2}
