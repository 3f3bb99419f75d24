"""Replanning through small worlds: nothing is lost, all is priced twice, nobody beats the bound."""

import itertools
from dataclasses import replace
from typing import Any

import in_process
import numpy as np
import pytest

import placement
from placement.benchmarks.rolling import Contest, Failure, Site, Work, World, contest, planning
from placement.benchmarks.rolling.account import account, verified_usd
from placement.benchmarks.rolling.clairvoyant import bound_for_all
from placement.benchmarks.rolling.contest import show
from placement.benchmarks.rolling.drawn import drawn
from placement.benchmarks.rolling.logs import asked_hours
from placement.benchmarks.rolling.planning import roll
from placement.benchmarks.rolling.queueing import queue
from placement.benchmarks.rolling.truth import Truth
from placement.errors import PlacementError

LIMITS: dict[str, Any] = {"work_limit": 20, "gap": 1e-6}
AHEAD = 12


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)


def work(*jobs: tuple[float, int, float, float], delay: float = 1.0) -> Work:
    """Of (submitted, accelerators, asked, actual); so many $ for an hour of delay."""
    submitted, size, asked, actual = (np.array(column, dtype=float) for column in zip(*jobs, strict=True))
    ones = np.ones(len(jobs))
    return Work(submitted, size.astype(np.int64), asked, actual, delay * ones, 500.0 * ones)


def world(jobs: Work, *sites: Site, failures: tuple[Failure, ...] = (), slots: int = 24) -> World:
    """By default one site of four accelerators, 0.1 $ for an hour of each."""
    return World(sites or (site(),), jobs, failures, slots)


def site(name: str = "earth", number: int = 4, usd: Any = 100.0, **more: Any) -> Site:
    """Where an accelerator-hour costs a tenth of a cent times `usd`, on each of 40 slots."""
    return Site(name, number, np.broadcast_to(np.asarray(usd, dtype=float), 40).copy(), **{"pue": 1.0, **more})


def busy(seed: int) -> World:
    """Eight jobs in six hours on a site and one in orbit, too small for them; each job's time is its own."""
    rng = np.random.default_rng(seed)
    jobs, slots = 8, 60
    wave = 1 + 0.5 * np.sin(np.arange(slots + AHEAD) / 24 * 2 * np.pi)
    sites = (
        Site("earth", 8, 50 * wave, pue=1.3),
        Site("orbit", 4, 0 * wave, rent=0.06, largest=2, orbital=True),
    )
    asked = rng.integers(1, 5, jobs).astype(float)
    actual = np.maximum(np.round(asked * rng.uniform(0.3, 1.7, jobs) * 64), 1) / 64
    size = rng.integers(1, 7, jobs)
    submitted = np.sort(np.round(rng.uniform(0, 6, jobs), 2))
    begin = int(rng.integers(2, 6))
    failures = (Failure(0, begin, begin + 3), Failure(1, begin + 1, begin + 4))
    return World(sites, Work(submitted, size, asked, actual, 0.01 * size, 25.0 * size * asked), failures, slots)


def spans(truth: Truth) -> list[tuple[int, str, float, float]]:
    """Job, site, begin, end of each piece."""
    return sorted((p.job, truth.world.sites[p.site].name, p.begin, p.end) for p in truth.pieces)


def check(truth: Truth) -> None:
    """Each job ran for its actual time and a restart for each cut, where it may, when its site worked, within room."""
    world = truth.world
    used = np.zeros((len(world.sites), world.slots))
    for job in range(len(world.work)):
        mine = sorted((piece for piece in truth.pieces if piece.job == job), key=lambda piece: piece.begin)
        assert mine[0].begin >= world.work.submitted[job]
        assert mine[-1].end == truth.ended[job]
        assert all(one.end <= other.begin for one, other in itertools.pairwise(mine))
        hours = sum(piece.end - piece.begin for piece in mine)
        assert world.work.actual[job] <= hours <= world.work.actual[job] + len(mine) - 1
        for piece in mine:
            assert world.eligible[job, piece.site]
            slots = slice(int(piece.begin), int(np.ceil(piece.end)))
            assert not world.stands[piece.site, slots].any()
            used[piece.site, slots] += world.work.accelerators[job]
    assert (used <= np.array([[site.number] for site in world.sites])).all()


def test_rolling_equals_the_full_horizon_where_all_is_known_and_there_is_room() -> None:
    price = 50 + 30 * np.cos(np.arange(40) / 2)
    jobs = work((0, 2, 3, 3), (0, 4, 2, 2), (0, 3, 1, 1), delay=0.01)
    easy = World((site("a", 10, price), site("b", 10, np.roll(price, 1))), jobs, (), 14)
    rolled = roll(easy, window=14, gap=1e-9)
    full = placement.solve(easy.scenario(easy.table(np.arange(3), jobs.actual), 14), gap=1e-9)
    assert rolled.truth.slot > 6
    assert account(rolled.truth).cost_usd == pytest.approx(full.cost_usd, abs=0.005)
    assert rolled.first is not None
    assert rolled.first.cost_usd == pytest.approx(full.cost_usd, abs=0.005)
    assert rolled.truth.moves == rolled.truth.stops == 0
    assert bound_for_all(easy) <= full.cost_usd + 1e-9
    check(rolled.truth)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_and_nobody_beats_the_bound(seed: int) -> None:
    found = contest(busy(seed), window=AHEAD, clairvoyant_limits=LIMITS, **LIMITS)
    check(found.rolled.truth)
    assert found.rolled.verified == len(found.rolled.seconds)
    assert found.rolled.churn["ended"] > 0
    for one in found.contestants:
        assert one.account.served == 1.0
        assert 0 < found.bound_usd <= one.account.cost_usd + 1e-6
    assert found.clairvoyant_usd is not None
    assert found.uncut_usd is not None
    assert found.uncut_usd <= found.clairvoyant_usd


@pytest.mark.parametrize(("step", "moves"), [(4, True), (1, False)])
def test_other_ways_to_roll(step: int, moves: bool) -> None:
    """Every few hours, then also where a run outlasts its plan or a site fails; and without moves."""
    made = busy(7)
    rolled = roll(made, window=AHEAD, step=step, moves=moves, **LIMITS)
    check(rolled.truth)
    assert step == 1 or len(rolled.seconds) < rolled.truth.slot


def test_plans_begin_anew_after_a_time_without_jobs_also_while_a_site_stands_still() -> None:
    jobs = work((0, 4, 2, 2), (5, 4, 2, 3))
    truth = roll(world(jobs, failures=(Failure(0, 3, 8),)), window=6, **LIMITS).truth
    assert spans(truth) == [(0, "earth", 0, 2), (1, "earth", 8, 11)]


def test_a_window_that_ends_before_the_next_plan() -> None:
    with pytest.raises(PlacementError, match="window"):
        roll(busy(0), window=4, step=4)


def test_a_job_that_a_plan_forgets_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = planning.replan

    def forgetful(*args: Any, **more: Any) -> Any:
        found = right(*args, **more)
        return replace(found, rows=tuple(row for row in found.rows if row.name != "job-1"))

    monkeypatch.setattr(planning, "replan", forgetful)
    with pytest.raises(PlacementError, match="job-1 is lost"):
        roll(busy(0), window=AHEAD, **LIMITS)


def test_a_run_that_is_turned_away_is_noticed() -> None:
    """It stops with its site after an hour; going on would cost more than what is lost of it."""
    made = world(work((0, 4, 3, 3)), failures=(Failure(0, 1, 20),))
    made = replace(made, work=replace(made.work, lost=np.array([10.0])))
    with pytest.raises(PlacementError, match="turned away"):
        roll(made, window=8, **LIMITS)


def test_a_plan_that_breaks_a_rule_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = planning.replan

    def careless(*args: Any, **more: Any) -> Any:
        found = right(*args, **more)
        lines = found.result.plan.placements.assign(accelerators=1)
        plan = replace(found.result.plan, tables={**found.result.plan.tables, "placements": lines})
        return replace(found, result=replace(found.result, plan=plan))

    monkeypatch.setattr(planning, "replan", careless)
    with pytest.raises(PlacementError):
        roll(busy(0), window=AHEAD, **LIMITS)


def test_first_come_first_served_by_hand() -> None:
    """b waits for a, c goes before it as it is over by then, d does not; b ends early, and d begins an hour sooner."""
    jobs = work((0, 3, 3, 2.5), (0.5, 4, 3, 1.5), (0.75, 1, 2, 2), (0.8, 1, 4, 4))
    made = world(jobs)
    truth = queue(made)
    assert spans(truth) == [(0, "earth", 0, 2.5), (1, "earth", 3, 4.5), (2, "earth", 1, 3), (3, "earth", 5, 9)]
    energy = 0.1 * (3 * 2.5 + 4 * 1.5 + 2 + 4)
    assert account(truth).cost_usd == pytest.approx(energy + 2.5 + 4.0 + 2.25 + 8.2)
    assert account(truth).wait_hours == pytest.approx((0 + 2.5 + 0.25 + 4.2) / 4)
    check(truth)


def test_first_come_first_served_where_a_run_outlasts_what_was_asked_for() -> None:
    """After the two hours asked for a goes on, an hour at a time as far as is known; b waits for it."""
    truth = queue(world(work((0, 4, 2, 3.5), (0, 4, 1, 1))))
    assert spans(truth) == [(0, "earth", 0, 3.5), (1, "earth", 4, 5)]


def test_first_come_first_served_where_a_site_fails() -> None:
    """a is stopped after two of four hours; it restarts for one on the other site, which is full until then."""
    sites = (site("earth"), site("mars", usd=200.0))
    truth = queue(world(work((0, 4, 4, 4), (0, 4, 3, 3)), *sites, failures=(Failure(0, 2, 9),)))
    assert spans(truth) == [(0, "earth", 0, 2), (0, "mars", 3, 6), (1, "mars", 0, 3)]
    assert truth.stops == truth.moves == 1
    assert account(truth).energy_usd == pytest.approx(0.1 * 8 + 0.2 * 4 * 6)
    assert account(truth).cost_usd == pytest.approx(verified_usd(truth))


def test_the_cheaper_of_two_sites_if_so_wished() -> None:
    made = world(work((0, 2, 2, 2)), site("dear", usd=90.0), site("cheap", usd=[80.0, 80.0] + 38 * [200.0]))
    assert spans(queue(made)) == [(0, "dear", 0, 2)]
    assert spans(queue(made, cheapest=True)) == [(0, "cheap", 0, 2)]


def test_what_never_ends_is_lost_for_all() -> None:
    """The world ends after four hours; of two jobs one has ended, and the other has run for an hour."""
    truth = queue(world(work((0, 4, 3, 3), (0, 4, 3, 3)), slots=4))
    found = account(truth)
    assert (found.served, found.lost_usd) == (0.5, 500.0)
    assert found.cost_usd == pytest.approx(0.4 * 4 + 3 + 500)
    assert found.cost_usd == pytest.approx(verified_usd(truth))


@pytest.mark.parametrize(("hours", "least"), [(3.0, 1.2), (2.25, 0.9)])
def test_the_bound_of_a_job_alone_is_its_cost(hours: float, least: float) -> None:
    made = world(work((1.5, 4, 4, hours)))
    assert bound_for_all(made, rounds=1) == pytest.approx(least + 2.0 + hours - 1.5)
    assert bound_for_all(made, rounds=40) == pytest.approx(account(queue(made)).cost_usd)


def test_the_bound_sees_what_is_scarce() -> None:
    """Of four jobs of an hour that each fill the site, the mean waits for an hour and a half."""
    made = world(work(*[(0, 4, 1, 1)] * 4))
    assert bound_for_all(made, rounds=1) == pytest.approx(4 * 1.4)
    assert 11.3 < bound_for_all(made, rounds=200) <= account(queue(made)).cost_usd == pytest.approx(1.6 + 10)


def test_the_bound_holds_where_a_restart_earns_money() -> None:
    """Ten hours at the price of nought; stopped before them, the job restarts in the one hour that is paid for."""
    price = np.array([10.0, 10.0, -500.0, *37 * [10.0]])
    made = world(work((0, 4, 2, 2), delay=0.0), site(usd=price), failures=(Failure(0, 1, 2),))
    truth = Truth(made)
    for where in ({0: 0}, {}, {0: 0}, {0: 0}):
        truth.carry_out(where)
    assert spans(truth) == [(0, "earth", 0, 1), (0, "earth", 2, 4)]
    assert account(truth).cost_usd == pytest.approx(4 * (0.01 - 0.5 + 0.01))
    assert bound_for_all(made) <= account(truth).cost_usd


def test_what_is_asked_for_is_what_the_group_took_before() -> None:
    """Runs of x: three hours, ended at 3, and one at 2; y has none that has ended."""
    submit = np.array([0.0, 0.0, 2.0, 3.5, 3.6]) * 3600
    took = np.array([3.0, 1.0, 9.0, 1.0, 1.0]) * 3600
    assert asked_hours(submit, took, ["x", "x", "x", "x", "y"]).tolist() == [4.0, 4.0, 1.0, 3.0, 4.0]


def test_worlds_that_are_drawn_are_the_same_each_time_and_as_full_as_asked() -> None:
    one, other = (drawn(2, 30, 1, 0.7) for _ in range(2))
    assert np.array_equal(one.work.actual, other.work.actual)
    assert one.failures == other.failures
    full = drawn(4, 60, 2, 0.7)
    room = 96 * sum(site.number for site in full.sites)
    assert float((full.work.actual * full.work.accelerators).sum()) / room == pytest.approx(0.7, abs=0.07)


@pytest.mark.parametrize(
    ("jobs", "said"),
    [
        (((1, 4, 1, 1), (0, 4, 1, 1)), "order"),
        (((0, 4, 1.5, 1),), "asked"),
        (((0, 4, 1, 0.7),), "actual"),
        (((0, 5, 1, 1),), "job-0 fits no site"),
    ],
)
def test_worlds_that_make_no_sense(jobs: tuple[Any, ...], said: str) -> None:
    with pytest.raises(PlacementError, match=said):
        world(work(*jobs))


def test_a_loss_is_shown_as_one() -> None:
    made = world(work((0, 4, 1, 1), (0, 4, 3, 3)))
    found = contest(made, window=8, clairvoyant_limits=LIMITS, **LIMITS)
    assert found.figures()["saving"]["first come, first served"] == found.saving(1)
    worse: Contest = replace(
        found, contestants=(replace(found.contestants[0], account=dear(found)), *found.contestants[1:])
    )
    assert worse.saving(1) < -0.5
    assert f"replanning saves {worse.saving(1):.2%} of first come, first served" in show(worse)


def dear(found: Contest) -> Any:
    """The account of replanning, with twice the delay."""
    mine = found.contestants[0].account
    return replace(mine, delay_usd=2 * mine.delay_usd)
