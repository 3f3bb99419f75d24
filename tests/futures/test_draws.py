"""What is drawn for a future, against other programs, theory, and what docs/futures.md says of it."""

import copy
import csv
import functools
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import build
import in_process
import numpy as np
import pytest
from loader.files import write
from numpy.typing import NDArray
from scipy import stats

import placement
from placement import distributions
from placement.errors import PlacementError
from placement.folder import Stored
from placement.futures.draw import Drawing
from placement.futures.history import History, history_of
from placement.futures.lengths import factors
from placement.futures.stress import one_by_one_of
from placement.futures.world import world
from placement.plan import TABLES, Plan, empty, table
from placement.schema import Discrete, Lognormal, Normal, Scenario, Triangular, Uniform
from placement.solving import solve
from placement.timegrid import timegrid

SHARES = np.concatenate([[1e-6, 1e-3], np.linspace(0.01, 0.99, 99), [1 - 1e-3, 1 - 1e-6]])
SIGMAS = 4.5
"""Standard errors by which a sample may be off."""

PRICE = "clusters.earth.energy_price"


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans are made without a child process."""
    in_process.use(monkeypatch)


def cut(mean: float, sd: float, low: float, high: float) -> Any:
    return stats.truncnorm((low - mean) / sd, (high - mean) / sd, mean, sd)


QUANTILES: dict[str, tuple[Any, Any]] = {
    "triangular": (Triangular(low=2.0, mode=3.0, high=8.0), stats.triang(1 / 6, 2.0, 6.0)),
    "triangular, mode at the low end": (Triangular(low=2.0, mode=2.0, high=8.0), stats.triang(0.0, 2.0, 6.0)),
    "triangular, mode at the high end": (Triangular(low=-2.0, mode=8.0, high=8.0), stats.triang(1.0, -2.0, 10.0)),
    "uniform": (Uniform(low=-1.0, high=4.0), stats.uniform(-1.0, 5.0)),
    "normal": (Normal(mean=3.0, sd=2.0), stats.norm(3.0, 2.0)),
    "normal between ends": (Normal(mean=3.0, sd=2.0, low=2.0, high=7.0), cut(3.0, 2.0, 2.0, 7.0)),
    "normal from an end on": (Normal(mean=3.0, sd=2.0, low=0.0), cut(3.0, 2.0, 0.0, np.inf)),
    "normal up to an end": (Normal(mean=3.0, sd=2.0, high=2.5), cut(3.0, 2.0, -np.inf, 2.5)),
    "normal, its lower tail": (Normal(mean=0.0, sd=1.0, low=-12.0, high=-9.0), cut(0.0, 1.0, -12.0, -9.0)),
    "normal, its upper tail": (Normal(mean=0.0, sd=1.0, low=9.0, high=12.0), cut(0.0, 1.0, 9.0, 12.0)),
    "normal, beyond its upper tail": (Normal(mean=0.0, sd=1.0, low=9.0), cut(0.0, 1.0, 9.0, np.inf)),
    "lognormal": (Lognormal(median=5.0, sigma=0.7), stats.lognorm(0.7, scale=5.0)),
}


@pytest.mark.parametrize("what", QUANTILES)
def test_quantiles_are_those_of_scipy(what: str) -> None:
    ours, theirs = QUANTILES[what]
    got = distributions.quantile(ours, SHARES)
    assert got == pytest.approx(theirs.ppf(SHARES), rel=1e-9, abs=1e-9)
    assert got.shape == SHARES.shape
    assert distributions.quantile(ours, SHARES[:4].reshape(2, 2)).shape == (2, 2)


@pytest.mark.parametrize(
    "of",
    [
        Triangular(low=4.0, mode=4.0, high=4.0), Uniform(low=4.0, high=4.0), Normal(mean=4.0, sd=0.0),
        Normal(mean=4.0, sd=0.0, low=1.0, high=9.0), Lognormal(median=4.0, sigma=0.0), Discrete(values=(4.0,)),
        Normal(mean=1.0, sd=0.0, low=4.0, high=9.0), Normal(mean=1.0, sd=2.0, low=4.0, high=4.0),
    ],
)  # fmt: skip
def test_without_spread_there_is_one_value(of: Any) -> None:
    assert distributions.quantile(of, SHARES) == pytest.approx(np.full(len(SHARES), 4.0), rel=1e-12)


def test_one_of_some_values_comes_as_often_as_its_weight_says() -> None:
    at = (np.arange(10_000) + 0.5) / 10_000
    got = distributions.quantile(Discrete(values=(5.0, 1.0, 7.0, 9.0), weights=(1.0, 6.0, 0.0, 3.0)), at)
    assert {value: int((got == value).sum()) for value in np.unique(got)} == {1.0: 6000, 5.0: 1000, 9.0: 3000}
    got = distributions.quantile(Discrete(values=(5.0, 1.0)), at)
    assert {value: int((got == value).sum()) for value in np.unique(got)} == {1.0: 5000, 5.0: 5000}
    ends = distributions.quantile(Discrete(values=(2.0, 5.0, 1.0), weights=(0.0, 1.0, 0.0)), np.array([1e-15, 1.0]))
    assert ends.tolist() == [5.0, 5.0]


# Lengths of runs


@pytest.mark.parametrize("sigma", [0.0, 0.1, 0.5, 1.2])
def test_a_table_of_lengths_is_lognormal_with_mean_1(sigma: float) -> None:
    values = distributions.lognormal_table(sigma)
    theirs = stats.lognorm(sigma, scale=np.exp(-(sigma**2) / 2)) if sigma else None
    assert len(values) == 4096
    assert values.mean() == pytest.approx(1.0, rel=1e-12)
    for share in (0.05, 0.5, 0.9, 0.99) if theirs is not None else ():
        assert np.quantile(values, share) == pytest.approx(theirs.ppf(share), rel=0.01)
    assert values.std() == pytest.approx(np.sqrt(np.expm1(sigma**2)), rel=0.06, abs=1e-12)


def test_the_spread_gives_the_90_percent_quantile() -> None:
    ratio = np.array([1.0, 1.05, 1.5, 2.0, 2.27])
    sigma = distributions.sigma_of(ratio)
    z = stats.norm.ppf(0.9)
    assert np.exp(z * sigma - sigma**2 / 2) == pytest.approx(ratio, rel=1e-12)
    assert (sigma <= z).all()
    assert distributions.sigma_of(np.array([2.28, 5.0, 100.0])) == pytest.approx(np.full(3, z))
    assert distributions.sigma_of(np.array([0.5, 1.0])).tolist() == [0.0, 0.0]
    assert np.exp(z * z / 2) == pytest.approx(2.27, abs=0.005)  # from there on no spread gives it


@pytest.mark.parametrize("number", [0.01, 0.3, 1.0, 7.0, 60.0, 199.0, 201.0, 5000.0])
@pytest.mark.parametrize("lost", [0.02, 0.4, 1.0])
def test_interruptions_have_the_moments_of_theory(number: float, lost: float) -> None:
    """1 - a + (a/μ) Σ of Poisson(μ) exponential times with mean 1: mean 1, variance 2 a²/μ."""
    values = distributions.lost_table(number, lost)
    assert values.mean() == pytest.approx(1.0, rel=1e-12)
    assert values.var() == pytest.approx(2 * lost**2 / number, rel=0.03 if number > 0.1 else 0.1)
    none = float((values <= 1 - lost + 1e-6).mean())
    assert none == pytest.approx(np.exp(-number), abs=2 / 4096)


@pytest.mark.parametrize("number", [0.5, 4.0, 30.0, 190.0, 210.0])
def test_interruptions_are_distributed_as_a_simulation_has_them(number: float) -> None:
    random = np.random.default_rng(1)
    many = 200_000
    events = random.poisson(number, many)
    total = np.where(events > 0, random.gamma(np.maximum(events, 1)), 0.0)
    simulated = np.sort(0.7 + 0.3 / number * total)
    values = np.sort(distributions.lost_table(number, 0.3))
    below = np.searchsorted(simulated, np.unique(values), side="right") / many
    table_ = np.searchsorted(values, np.unique(values), side="right") / len(values)
    # beyond 200 a gamma distribution of the same mean and variance stands for it: its skewness is 2/3 too little
    assert np.abs(below - table_).max() < 0.005 + (0.008 if number > 200 else 0)


def test_nothing_is_lost_where_nothing_interrupts() -> None:
    for number, lost in ((0.0, 0.5), (3.0, 0.0), (0.0, 0.0)):
        assert (distributions.lost_table(number, lost) == 1).all()


def solved(written: dict[str, Any], **more: Any) -> Stored:
    made = placement.scenario(written)
    result = solve(made, baseline=False, **more)
    assert result.plan is not None, result.message
    return Stored(made, result.plan, result.summary())


def lengths(written: dict[str, Any], count: int, seed: int = 0) -> NDArray[np.float64]:
    """(futures, groups) factors on the lengths of what a plan runs."""
    one = one_by_one_of(solved(written), seed)
    mine = one.grouped.option >= 0
    key, late, loss = one.grouped.key[mine], one.late[mine], one.loss[mine]
    return np.stack([factors(one.lengths, late, loss, key, n, seed) for n in range(count)])


def near(values: NDArray[np.float64], mean: float, sd: float) -> None:
    """The mean of a sample is one of a distribution with such a mean and standard deviation."""
    assert abs(values.mean() - mean) <= SIGMAS * sd / np.sqrt(len(values))


def test_runs_take_as_long_as_their_spread_says() -> None:
    """a and c by their hours_p90, b by sigma, and all by sigma where p90 is off; each apart from the others."""
    jobs = [build.job("a", 2.0, 2, hours_p90=3.0), build.job("b", 2.0, 2), build.job("c", 1.0, 2, hours_p90=9.0)]
    uncertainty = {"run_time": {"sigma": 0.3}}
    drawn = lengths(build.document(jobs=jobs, slots=6, uncertainty=uncertainty), 4000)
    of_a, of_c = (float(distributions.sigma_of(np.array(ratio))) for ratio in (1.5, 9.0))
    assert of_c == pytest.approx(1.2816, abs=1e-4)
    for column, sigma in zip(drawn.T, (of_a, 0.3, of_c), strict=True):
        near(column, 1.0, np.sqrt(np.expm1(sigma**2)))
        near((column <= np.exp(stats.norm.ppf(0.9) * sigma - sigma**2 / 2)).astype(float), 0.9, 0.3)
        assert np.log(column).std() == pytest.approx(sigma, rel=0.06)
    assert np.abs(np.corrcoef(np.log(drawn).T) - np.eye(3)).max() < SIGMAS / np.sqrt(4000)
    plain = {"run_time": {"sigma": 0.3, "p90": False}}
    drawn = lengths(build.document(jobs=jobs, slots=6, uncertainty=plain), 4000)
    assert np.log(drawn).std(axis=0) == pytest.approx(np.full(3, 0.3), rel=0.06)


def test_what_is_planned_with_the_90_percent_quantile_takes_its_mean_on_average() -> None:
    """Planned with 3 h, 2 h are expected: the factor on what is planned has the mean 2/3."""
    jobs = [build.job("a", 2.0, 2, hours_p90=3.0)]
    written = build.document(jobs=jobs, slots=6, policy={"run_time": "p90"}, uncertainty={"run_time": {}})
    drawn = lengths(written, 4000)[:, 0]
    sigma = float(distributions.sigma_of(np.array(1.5)))
    near(drawn, 2 / 3, 2 / 3 * np.sqrt(np.expm1(sigma**2)))
    near((drawn <= 1.0).astype(float), 0.9, 0.3)  # 3 h are not exceeded in 90 % of cases


def test_a_run_loses_what_was_planned_to_be_lost_on_average() -> None:
    """A gang of 4 at 400 interruptions a year: μ = rate × work, and the variance is 2 a²/μ with the lost share a."""
    site = build.cluster(interruptions_per_accelerator_year=400.0, restart_minutes=60.0)
    written = build.document([site], [build.job("a", 40.0, 4)], slots=60, uncertainty={"interruptions": True})
    drawn = lengths(written, 4000)[:, 0]
    # No checkpoint is written (storage_gbps is left out), so q = 1/(1 + λ R) or exp(-λ R) to first order in λ R:
    # λ = 4 · 400/8766 = 0.1825 per hour, R = 1 h. The share that is lost, 1 - q, is about 0.16.
    rate = 4 * 400 / 8766
    planned = placement.physics.goodput.goodput(np.array([rate]), np.array([0.0]), 1.0)[0]
    lost, number = 1 - planned, rate * 40.0 / planned
    near(drawn, 1.0, np.sqrt(2 * lost**2 / number))
    assert drawn.var() == pytest.approx(2 * lost**2 / number, rel=0.15)
    assert drawn.min() >= 1 - lost - 0.001


def test_runs_whose_hours_were_measured_are_not_interrupted() -> None:
    """a by the option table, b not."""
    site = build.cluster(interruptions_per_accelerator_year=400.0, restart_minutes=60.0)
    written = build.document([site], [build.job("a", 40.0, 4), build.job("b", 40.0, 4)], slots=60)
    written |= {
        "options": [{"job": "a", "option": "as measured", "cluster": "earth", "accelerators": 4, "hours": 41.0}],
        "uncertainty": {"interruptions": True},
    }
    drawn = lengths(written, 20)
    assert (drawn[:, 0] == 1).all()
    assert len(np.unique(drawn[:, 1])) > 5


def test_units_that_start_together_share_a_draw_and_segments_too() -> None:
    """Three units of a in one slot are one group; the two segments of b have one length."""
    jobs = [build.job("a", 2.0, 2, count=3), build.job("b", 4.0, 2, segments=2)]
    for job in jobs:
        job["delay_usd_per_hour"] = 1.0
    drawn = lengths(build.document(jobs=jobs, slots=8, uncertainty={"run_time": {"sigma": 0.3}}), 20)
    assert drawn.shape == (20, 3)
    assert sorted(len(np.unique(drawn[n])) for n in range(20)) == [2] * 20


# Correlations


def inputs(*given: dict[str, Any], correlations: Sequence[tuple[str, str, float]] = (), **more: Any) -> dict[str, Any]:
    """A document with inputs a, b, c ... on resources of the cluster, each by its distribution."""
    names = [chr(ord("a") + n) for n in range(len(given))]
    resources = dict.fromkeys(names, 5.0)
    return build.document(
        [build.cluster(resources=resources)],
        uncertainty={
            "inputs": [
                {"name": name, "paths": [f"clusters.earth.resources.{name}"], **each}
                for name, each in zip(names, given, strict=True)
            ],
            "correlations": [{"between": [one, other], "coefficient": by} for one, other, by in correlations],
            **more,
        },
    )


def no_plan(scenario: Scenario, **tables: Any) -> Plan:
    return Plan(scenario.name, "", {name: tables.get(name, empty(name)) for name in TABLES})


def drawing(written: dict[str, Any] | Scenario, seed: int = 0, **tables: Any) -> Drawing:
    made = written if isinstance(written, Scenario) else placement.scenario(written)
    grid = timegrid(made.horizon)
    assert made.uncertainty is not None
    histories = tuple(history_of(made, grid, each) for each in made.uncertainty.prices)
    return Drawing(made, grid, no_plan(made, **tables), histories, seed)


def values(written: dict[str, Any] | Scenario, count: int, seed: int = 0) -> NDArray[np.float64]:
    """(futures, inputs)."""
    of = drawing(written, seed)
    return np.stack([of.future(n).inputs for n in range(count)])


WIDE = {"lognormal": {"median": 2.0, "sigma": 0.8}}
EVEN = {"uniform": {"low": 1.0, "high": 3.0}}
BELL = {"normal": {"mean": 4.0, "sd": 1.0}}


def test_inputs_have_their_distributions_and_the_correlations_of_their_normal_scores() -> None:
    drawn = values(inputs(WIDE, EVEN, BELL, BELL, correlations=[("a", "b", 0.8), ("b", "c", -0.5)]), 4000)
    theirs = [stats.lognorm(0.8, scale=2.0), stats.uniform(1.0, 2.0), stats.norm(4.0, 1.0), stats.norm(4.0, 1.0)]
    for column, one in zip(drawn.T, theirs, strict=True):
        assert stats.kstest(column, one.cdf).pvalue > 1e-4
    scores = np.stack([stats.norm.ppf(one.cdf(column)) for column, one in zip(drawn.T, theirs, strict=True)])
    wanted = np.eye(4)
    wanted[0, 1] = wanted[1, 0] = 0.8
    wanted[1, 2] = wanted[2, 1] = -0.5
    error = (1 - wanted**2) / np.sqrt(4000)
    assert (np.abs(np.corrcoef(scores) - wanted) <= SIGMAS * error + 1e-12).all()


def test_full_correlations_are_allowed() -> None:
    """a and b are one, and c is the other way round."""
    full = [("a", "b", 1.0), ("a", "c", -1.0), ("b", "c", -1.0)]
    drawn = values(inputs(BELL, {"normal": {"mean": 0.0, "sd": 2.0}}, BELL, correlations=full), 200)
    assert drawn[:, 1] == pytest.approx(2 * (drawn[:, 0] - 4.0), abs=1e-5)
    assert drawn[:, 2] - 4.0 == pytest.approx(-(drawn[:, 0] - 4.0), abs=1e-5)
    assert drawn[:, 0].std() == pytest.approx(1.0, abs=0.3)


def test_what_is_drawn_is_no_matter_of_rounding() -> None:
    """Two pairs with one coefficient: rounding in the last digit changes the factor in the last digits."""
    matrix = np.eye(4)
    matrix[0, 1] = matrix[1, 0] = matrix[2, 3] = matrix[3, 2] = 0.5
    turned = matrix.copy()
    turned[0, 2] = turned[2, 0] = 1e-15
    one, other = distributions.factor_of(matrix), distributions.factor_of(turned)
    assert one @ one.T == pytest.approx(matrix, abs=1e-12)
    assert other == pytest.approx(one, abs=1e-9)


# A future is known by seed and number


EVENT = {"name": "storm", "clusters": ["earth"], "per_year": 20_000.0, "hours": 0.4, "speed": 0.5}
OTHER = {"name": "call", "clusters": ["earth"], "per_year": 3000.0, "hours": 2.0, "speed": 0.0}
PRICES = [50.0, 60.0, 70.0, 80.0] * 24


def everything(**more: Any) -> dict[str, Any]:
    """Inputs, events and prices, four days of hours."""
    written = build.document([build.cluster(energy_price=PRICES, carbon_g_per_kwh=400.0)], slots=96)
    written["uncertainty"] = {
        "inputs": [{"paths": ["policy.carbon_usd_per_t"], **EVEN}, {"paths": ["clusters.earth.pue"], **EVEN}],
        "events": [EVENT],
        "prices": [{"clusters": ["earth"], "block_hours": 24}],
        **more,
    }
    return written


def same(one: Drawing, other: Drawing, numbers: Sequence[int] = (0, 3, 1)) -> bool:
    """Whether inputs, blocks and the first event of some futures are the same."""
    pairs = [(one.future(n), other.future(n)) for n in numbers]
    return all(
        np.array_equal(a.inputs[:2], b.inputs[:2])
        and np.array_equal(a.windows[0], b.windows[0])
        and all(np.array_equal(x, y) for x, y in zip(a.blocks, b.blocks, strict=True))
        for a, b in pairs
    )


def test_a_future_is_the_same_however_many_are_drawn_and_in_whatever_order() -> None:
    of = drawing(everything(), seed=3)
    several = [of.future(n) for n in range(6)]
    alone = drawing(everything(), seed=3).future(4)
    assert alone.number == 4
    assert np.array_equal(alone.inputs, several[4].inputs)
    assert np.array_equal(alone.windows[0], several[4].windows[0])
    assert np.array_equal(alone.blocks[0], several[4].blocks[0])
    assert not np.array_equal(alone.inputs, several[5].inputs)
    assert not np.array_equal(alone.inputs, drawing(everything(), seed=4).future(4).inputs)


def test_another_event_changes_nothing_else() -> None:
    assert same(drawing(everything()), drawing(everything(events=[EVENT, OTHER])))
    faster = {**OTHER, "per_year": 10.0}
    assert same(drawing(everything(events=[EVENT, faster])), drawing(everything(events=[EVENT, OTHER])))


def test_another_event_before_an_event_changes_nothing_else() -> None:
    before, alone = drawing(everything(events=[OTHER, EVENT])), drawing(everything())
    for n in range(3):
        assert np.array_equal(before.future(n).windows[1], alone.future(n).windows[0])


def test_other_entries_change_nothing() -> None:
    alone = drawing(everything())
    assert same(alone, drawing(everything(run_time={"sigma": 0.5}, interruptions=True)))
    assert same(alone, drawing(everything(recourse={"patience_hours": 0, "missed": 9.0})))
    dearer = copy.deepcopy(everything())
    dearer["clusters"][0]["pools"][0]["number"] = 99
    dearer["jobs"] = [build.job("z", 1.0, 1), build.job("y", 1.0, 1)]
    assert same(alone, drawing(dearer))
    more = everything()
    more["uncertainty"]["inputs"].append({"paths": ["clusters.earth.restart_minutes"], **EVEN})
    assert same(alone, drawing(more))


def test_seeds_may_be_large() -> None:
    for seed in (2**32, 2**63, 2**64 - 1):
        assert np.isfinite(drawing(everything(), seed=seed).future(2**19).inputs).all()


# Events


def windows(
    per_year: float, hours: float, count: int, slots: int = 240, start: str | None = None, **more: Any
) -> list[NDArray[np.float64]]:
    written = build.document(slots=slots, horizon={"start": start or build.START})
    event = {"name": "e", "clusters": ["earth"], "per_year": per_year, "hours": hours, "speed": 0.5, **more}
    written["uncertainty"] = {"events": [event]}
    of = drawing(written)
    return [of.future(n).windows[0] for n in range(count)]


def test_events_come_by_poisson_and_last_exponentially() -> None:
    """240 h at 200 a year: 5.476 of them on average."""
    drawn = windows(200.0, 3.0, 2000)
    mean = 200 * 240 / 8766
    number = np.array([len(each) for each in drawn], dtype=np.float64)
    near(number, mean, np.sqrt(mean))
    near((number - mean) ** 2, mean, np.sqrt(mean + 2 * mean**2))
    every = np.concatenate(drawn)
    lasts = every[:, 1] - every[:, 0]
    near(lasts, 3.0, 3.0)
    near((lasts - 3.0) ** 2, 9.0, 9.0 * np.sqrt(8.0))
    assert stats.kstest(lasts, stats.expon(scale=3.0).cdf).pvalue > 1e-4
    assert stats.kstest(every[:, 0], stats.uniform(0.0, 240.0).cdf).pvalue > 1e-4
    assert np.abs(np.corrcoef(every[:, 0], lasts)[0, 1]) < SIGMAS / np.sqrt(len(every))
    assert all((np.diff(each[:, 0]) >= 0).all() for each in drawn)


@pytest.mark.parametrize(
    ("between", "start"),
    [
        (["16:00", "20:00"], "2027-06-07T00:00:00Z"),
        ([16.5, 17.0], "2027-06-07T00:00:00Z"),
        (["22:00", "02:00"], "2027-06-07T12:00:00Z"),
        (["22:00", "02:00"], "2027-06-07T03:00:00Z"),
        (["12:00", "14:00"], "2027-06-07T11:15:00Z"),
    ],
)
def test_events_between_two_times_of_the_day_begin_between_them(between: list[Any], start: str) -> None:
    drawn = windows(800.0, 1.0, 300, start=start, between=between)
    every = np.concatenate(drawn)[:, 0]
    every = every[(every > 0) & (every < 240)]
    first, last = (float(t) if isinstance(t, float) else float(t[:2]) for t in between)
    begins = datetime.fromisoformat(start)
    of_day = (begins.hour + begins.minute / 60 + every) % 24
    since = (of_day - first) % 24
    assert (since <= (last - first) % 24 + 1e-9).all()
    assert stats.kstest(since, stats.uniform(0.0, (last - first) % 24).cdf).pvalue > 1e-4
    number = np.array([len(each) for each in drawn], dtype=np.float64)
    near(number, 800 * 240 / 8766, np.sqrt(800 * 240 / 8766))


def test_no_event_begins_with_the_horizon_where_that_is_outside_the_window() -> None:
    """From 21:00 on, between 16:00 and 20:00: in the first day's last 3 hours there is no such time."""
    every = np.concatenate(windows(4000.0, 1.0, 20, start="2027-06-07T21:00:00Z", between=["16:00", "20:00"]))
    of_day = (21 + every[:, 0]) % 24
    assert ((of_day >= 16) & (of_day <= 20)).all()


def happens(events: list[dict[str, Any]], slots: int = 48) -> Any:
    """What the first future of a seed with both events does to the cluster, and its windows."""
    written = build.document(slots=slots)
    written["uncertainty"] = {"events": events}
    made = placement.scenario(written)
    of = drawing(made)
    future = of.future(0)
    return world(made, of.grid, (), future), future.windows


def test_what_an_event_covers_of_a_slot_counts_and_several_multiply() -> None:
    """By hand: for each slot the product over windows of 1 - (1 - speed) × hours inside."""
    got, (one, other) = happens([{**OTHER, "speed": 0.0}, {**OTHER, "name": "heat", "speed": 0.4}])
    assert len(one) > 2 < len(other)
    expected = []
    for t in range(48):
        left = 1.0
        for pairs, speed in ((one, 0.0), (other, 0.4)):
            for begin, end in pairs:
                inside = max(0.0, min(end, t + 1) - max(begin, t))
                left *= 1 - (1 - speed) * inside
        expected.append(left)
    assert got.speed["earth"] == pytest.approx(expected, abs=1e-12)
    assert 0 < min(x for x in expected if x > 0) < 1 == max(expected)


def test_what_an_event_destroys_is_gone_from_its_beginning_on() -> None:
    """From the first slot that begins after it; several times each takes the share of what is left."""
    got, (pairs,) = happens([{**OTHER, "speed": 1.0, "lost": 0.25}])
    expected = [1 - 0.75 ** sum(begin <= t for begin, _ in pairs) for t in range(48)]
    assert got.lost["earth"] == pytest.approx(expected, abs=1e-12)
    assert got.speed == {}


# Flights


def flown(numbers: dict[str, int], **reliability: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Vehicles with that reliability, and a plan in which they fly so often, in two periods."""
    written = build.document(
        vehicles=[
            {
                "name": name, "payload_kg": {"leo": 100.0}, "usd_per_flight": 1.0, "flights_per_period": 10**6,
                "reliability": share,
            }
            for name, share in reliability.items()
        ],
        uncertainty={"launches": True},
    )  # fmt: skip
    rows = [(name, period, number) for name, many in numbers.items() for period, number in ((0, many - 1), (1, 1))]
    launches = {
        "vehicle": [name for name, _, _ in rows], "cluster": ["sky"] * len(rows), "plane": [""] * len(rows),
        "period": [period for _, period, _ in rows], "flights": [number for _, _, number in rows],
    }  # fmt: skip
    return written, {"launches": table("launches", launches)}


def test_flights_arrive_by_the_binomial_distribution() -> None:
    written, plan = flown({"falcon": 20}, falcon=0.9)
    of = drawing(written, **plan)
    shares = np.array([of.future(n).arrived["falcon"] for n in range(3000)])
    near(shares, 0.9, np.sqrt(0.9 * 0.1 / 20))
    near((shares - 0.9) ** 2, 0.09 / 20, np.sqrt(2.5) * 0.09 / 20)
    assert np.abs(shares * 20 - np.round(shares * 20)).max() < 1e-9
    written, plan = flown({"falcon": 5}, falcon=1.0)
    assert drawing(written, **plan).future(0).arrived == {"falcon": 1.0}


def test_flights_of_another_vehicle_change_nothing() -> None:
    both = drawing(*[flown({"a": 7, "b": 20}, a=0.5, b=0.8)[0]], **flown({"a": 7, "b": 20}, a=0.5, b=0.8)[1])
    one = drawing(*[flown({"b": 20}, a=0.5, b=0.8)[0]], **flown({"b": 20}, a=0.5, b=0.8)[1])
    for n in range(10):
        assert both.future(n).arrived["b"] == one.future(n).arrived["b"]


# Prices of energy


FIRST = datetime(2023, 1, 1, tzinfo=UTC)
HOURS = 3 * 365 * 24 + 24
"""2023, 2024 and 2025."""


@functools.cache
def hours_of_record() -> list[str]:
    return [f"{hour}:00:00Z" for hour in moment(np.arange(HOURS)).astype(str).tolist()]


A_DAY = 1
"""Slack for leap years; see the test of these."""


def recorded(folder: Path, without: Sequence[tuple[datetime, int]] = (), add: float = 0.0, name: str = "grid") -> str:
    """A file of three years in which the price of each hour is its number from FIRST on, and carbon twice that."""
    empty_ = {int((begin - FIRST).total_seconds() // 3600) + k for begin, hours in without for k in range(hours)}
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["utc", "usd", "grams"])
    for k, hour in enumerate(hours_of_record()):
        rows.writerow([hour, "" if k in empty_ else k + add, 2 * k])
    (folder / f"{name}.csv").write_text(out.getvalue(), encoding="utf-8")
    return f"{name}.csv"


def series(file: str, column: str = "usd", **more: Any) -> dict[str, Any]:
    return {"file": file, "column": column, "time_column": "utc", "use": "replay", "year": 2024, **more}


def priced(
    folder: Path, price: Any, slots: int = 240, start: str = build.START, carbon: Any = 0.0, **given: Any
) -> Scenario:
    site = build.cluster(energy_price=price, carbon_g_per_kwh=carbon)
    written = build.document([site, *given.pop("others", [])], slots=slots, horizon={"start": start})
    written["uncertainty"] = {"prices": [{"clusters": ["earth"], **given}]}
    return placement.load(write(folder, written))


def drawn_hours(made: Scenario, count: int) -> tuple[NDArray[np.int64], list[Any], History]:
    """(futures, hours) which recorded hour each price of a future comes from, and the futures' worlds."""
    of = drawing(made)
    worlds = [world(made, of.grid, of.histories, of.future(n)) for n in range(count)]
    return np.stack([each.price["earth"] for each in worlds]).astype(np.int64), worlds, of.histories[0]


def moment(hour: Any) -> Any:
    return np.datetime64("2023-01-01T00", "h") + np.asarray(hour).astype("timedelta64[h]")


def date_apart(one: Any, other: Any) -> int:
    """Days between two dates, whatever their years."""
    one, other = (np.datetime64(each, "D").astype(datetime) for each in (one, other))
    other_in = [other.replace(year=one.year + k) for k in (-1, 0, 1)]
    return int(min(abs((one - each).days) for each in other_in))


def test_prices_come_in_blocks_from_the_same_hour_weekday_and_time_of_the_year(tmp_path: Path) -> None:
    """45 days around a date hold 12 or 13 of its weekday a year: enough, so the day of the week is the same."""
    made = priced(tmp_path, series(recorded(tmp_path)), slots=240, start="2027-06-07T05:00:00Z", block_hours=72)
    hours, worlds, _ = drawn_hours(made, 200)
    begins = np.datetime64("2027-06-07T05", "h")
    for block in range(4):
        mine = hours[:, block * 72 : (block + 1) * 72]
        assert (np.diff(mine, axis=1) == 1).all()
        first = moment(mine[:, 0])
        here = begins + np.timedelta64(block * 72, "h")
        apart = (here - first) / np.timedelta64(1, "h")
        assert (apart % 168 == 0).all()
        assert max(date_apart(each, here) for each in first) <= 45 + A_DAY
        assert len(np.unique(first)) > 20
        assert {int(each.astype("datetime64[Y]").astype(int)) + 1970 for each in first} == {2023, 2024, 2025}
    assert len(np.unique(hours[:, 0] - hours[:, 72])) > 20  # blocks are drawn apart from each other
    assert all(each.carbon["earth"].tolist() == [0.0] * 240 for each in worlds)


def test_prices_come_from_any_weekday_where_the_same_is_rare(tmp_path: Path) -> None:
    """Within 7 days around 7 June there are 6 Mondays in the three years, fewer than 8."""
    made = priced(tmp_path, series(recorded(tmp_path)), slots=24, block_hours=24, within_days=7)
    hours, _, _ = drawn_hours(made, 300)
    first = moment(hours[:, 0])
    begins = np.datetime64("2027-06-07T00", "h")
    days = moment(24 * np.arange(HOURS // 24)).astype("datetime64[D]")
    mondays = [day for day in days if day.astype(object).weekday() == 0 and date_apart(day, begins) <= 7]
    assert len(mondays) == 6
    assert {int(each.astype("datetime64[D]").astype(object).weekday()) for each in first} == set(range(7))
    assert max(date_apart(each, begins) for each in first) <= 7 + A_DAY
    assert (hours[:, 0] % 24 == 0).all()
    near(np.array([each < np.datetime64("2024-01-01") for each in first], dtype=float), 1 / 3, np.sqrt(2) / 3)


def test_within_days_goes_over_the_turn_of_the_year(tmp_path: Path) -> None:
    start = "2027-01-03T00:00:00Z"
    made = priced(tmp_path, series(recorded(tmp_path)), slots=24, start=start, block_hours=24, within_days=10)
    first = moment(drawn_hours(made, 300)[0][:, 0])
    begins = np.datetime64("2027-01-03T00", "h")
    assert max(date_apart(each, begins) for each in first) <= 10
    assert {str(each)[5:7] for each in first} == {"01", "12"}


def test_the_same_date_is_that_in_leap_years_too(tmp_path: Path) -> None:
    """1 March 2027 within a day: 28 February to 2 March of 2023 and 2025, 29 February to 2 March of 2024."""
    start = "2027-03-01T00:00:00Z"
    made = priced(tmp_path, series(recorded(tmp_path)), slots=24, start=start, block_hours=24, within_days=1)
    first = moment(drawn_hours(made, 200)[0][:, 0])
    days = {str(each)[:10] for each in first}
    assert days == {
        "2023-02-28", "2023-03-01", "2023-03-02", "2024-02-29", "2024-03-01", "2024-03-02",
        "2025-02-28", "2025-03-01", "2025-03-02",
    }  # fmt: skip


def test_no_block_has_an_hour_that_was_not_recorded(tmp_path: Path) -> None:
    """A week in June 2023 and single hours of 2025 are missing: what would have them in it is not chosen."""
    gaps = [(datetime(2023, 6, 1, 5, tzinfo=UTC), 170)]
    gaps += [(datetime(2025, 6, day, 12, tzinfo=UTC), 1) for day in (3, 9, 15, 21)]
    made = priced(tmp_path, series(recorded(tmp_path, gaps)), slots=96, block_hours=48)
    hours, _, history = drawn_hours(made, 300)
    missing = {int((begin - FIRST).total_seconds() // 3600) + k for begin, many in gaps for k in range(many)}
    assert not missing & set(hours.ravel().tolist())
    assert np.isnan(history.price[0, sorted(missing)]).all()
    assert (np.diff(hours[:, :48], axis=1) == 1).all()


def test_an_hour_without_carbon_is_not_used_either_and_carbon_is_of_the_same_hour(tmp_path: Path) -> None:
    file = recorded(tmp_path)
    text = (tmp_path / file).read_text(encoding="utf-8").splitlines()
    cut_ = int((datetime(2023, 7, 1, tzinfo=UTC) - FIRST).total_seconds() // 3600)
    for k in range(1, cut_):  # no carbon in the first half of 2023
        text[k] = text[k].rpartition(",")[0] + ","
    (tmp_path / file).write_text("\n".join(text) + "\n", encoding="utf-8")
    made = priced(tmp_path, series(file), carbon=series(file, "grams"), slots=48, block_hours=24)
    hours, worlds, _ = drawn_hours(made, 200)
    assert hours.min() >= cut_ - 1
    for row, each in zip(hours, worlds, strict=True):
        assert each.carbon["earth"].tolist() == (2.0 * row).tolist()


def test_carbon_stays_where_it_is_asked_to(tmp_path: Path) -> None:
    file = recorded(tmp_path)
    written = build.document(
        [build.cluster(energy_price=series(file), carbon_g_per_kwh=series(file, "grams"))],
        slots=48,
        uncertainty={"prices": [{"clusters": ["earth"], "block_hours": 24, "carbon": False}]},
    )
    made = placement.load(write(tmp_path, written))
    _, worlds, _ = drawn_hours(made, 3)
    assert all(each.carbon == {} for each in worlds)


def test_clusters_of_an_entry_have_prices_of_one_time(tmp_path: Path) -> None:
    other = build.cluster("moon", energy_price=series(recorded(tmp_path, add=0.25, name="moon"), scale=2.0, add=1.0))
    made = priced(tmp_path, series(recorded(tmp_path)), others=[other], clusters=["earth", "moon"], block_hours=24)
    hours, worlds, _ = drawn_hours(made, 20)
    for row, each in zip(hours, worlds, strict=True):
        assert each.price["moon"] == pytest.approx(2.0 * (row + 0.25) + 1.0)


def test_clusters_of_two_entries_have_prices_of_different_times(tmp_path: Path) -> None:
    file = recorded(tmp_path)
    sites = [build.cluster(name, energy_price=series(file)) for name in ("earth", "moon")]
    written = build.document(sites, slots=48)
    written["uncertainty"] = {"prices": [{"clusters": [name], "block_hours": 24} for name in ("earth", "moon")]}
    made = placement.load(write(tmp_path, written))
    _, worlds, _ = drawn_hours(made, 20)
    assert sum(each.price["earth"].tolist() == each.price["moon"].tolist() for each in worlds) < 5


def test_slots_of_several_hours_have_the_hours_of_their_block_and_short_ones_share_one(tmp_path: Path) -> None:
    file = recorded(tmp_path)
    for slots, length in ((12, 6.0), (96, 0.5)):
        written = build.document([build.cluster(energy_price=series(file))], slots=slots, slot_hours=length)
        written["uncertainty"] = {"prices": [{"clusters": ["earth"], "block_hours": 24}]}
        made = placement.load(write(tmp_path, written))
        of = drawing(made)
        future = of.future(1)
        price = world(made, of.grid, of.histories, future).price["earth"]
        begins = of.histories[0].price[0][future.blocks[0]]
        hourly = np.concatenate([np.arange(24) + first for first in begins])[: round(slots * length)]
        assert price.tolist() == (hourly if length > 1 else np.repeat(hourly, 2)).tolist()


def test_prices_without_records_come_from_the_horizons_own_hours() -> None:
    """A list of four days: each block of a day is one of them, in a circle."""
    written = build.document([build.cluster(energy_price=[float(k) for k in range(96)])], slots=96)
    written["uncertainty"] = {"prices": [{"clusters": ["earth"], "block_hours": 24}]}
    hours, _, _ = drawn_hours(placement.scenario(written), 200)
    assert (hours % 24 == np.arange(96) % 24).all()
    for block in range(4):
        mine = hours[:, 24 * block : 24 * block + 24]
        assert (np.diff(mine, axis=1) == 1).all()
        assert sorted(np.unique(mine[:, 0]).tolist()) == [0, 24, 48, 72]


def test_prices_of_the_horizon_run_on_in_a_circle() -> None:
    """A block of two days that begins on the last day goes on with the first; each keeps the hour of the day."""
    written = build.document([build.cluster(energy_price=[float(k) for k in range(96)])], slots=96)
    written["uncertainty"] = {"prices": [{"clusters": ["earth"], "block_hours": 48}]}
    hours, _, _ = drawn_hours(placement.scenario(written), 100)
    assert ((np.diff(hours[:, :48], axis=1) - 1) % 96 == 0).all()
    assert (hours[:, 47] < hours[:, 0]).any()
    assert (hours % 24 == np.arange(96) % 24).all()


def test_prices_of_many_weeks_keep_the_day_of_the_week() -> None:
    written = build.document([build.cluster(energy_price=[float(k) for k in range(28 * 24)])], slots=28 * 24)
    written["uncertainty"] = {"prices": [{"clusters": ["earth"], "block_hours": 24}]}
    hours, _, _ = drawn_hours(placement.scenario(written), 30)
    assert (hours % 168 == np.arange(28 * 24) % 168).all()


def test_prices_of_a_horizon_of_two_days_and_a_half_keep_the_hour_of_the_day() -> None:
    written = build.document([build.cluster(energy_price=[float(k) for k in range(60)])], slots=60)
    written["uncertainty"] = {"prices": [{"clusters": ["earth"]}]}
    hours, _, _ = drawn_hours(placement.scenario(written), 30)
    assert (hours % 24 == np.arange(60) % 24).all()


def test_what_prices_cannot_come_from_is_told(tmp_path: Path) -> None:
    made = priced(tmp_path, series(recorded(tmp_path)), slots=48, block_hours=24)
    years = made.replace("uncertainty.prices.0.block_hours", 8784)
    assert drawing(years) is not None  # 2024 to the beginning of 2025, and the same a day later
    every = [(datetime(2023, 1, 1, 7, tzinfo=UTC) + timedelta(days=k), 1) for k in range(365 * 3) if k % 2]
    made = priced(tmp_path, series(recorded(tmp_path, every), use="profile", year=None), slots=48, block_hours=48)
    with pytest.raises(PlacementError, match=r"no block of 48 h within 45 days .* earth\. Widen within_days, or"):
        drawing(made)


# What is put where


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
