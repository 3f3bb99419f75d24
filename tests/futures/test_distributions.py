"""Distributions, lengths of runs and correlations, against other programs and theory."""

from collections.abc import Sequence
from typing import Any

import build
import numpy as np
import pytest
from futures.drawn import EVEN, SIGMAS, drawing, near
from numpy.typing import NDArray
from scipy import stats

import placement
from placement import distributions
from placement.folder import Stored
from placement.futures.lengths import factors
from placement.futures.stress import one_by_one_of
from placement.schema import Discrete, Lognormal, Normal, Scenario, Triangular, Uniform
from placement.solving import solve

pytestmark = pytest.mark.usefixtures("solved_here")

SHARES = np.concatenate([[1e-6, 1e-3], np.linspace(0.01, 0.99, 99), [1 - 1e-3, 1 - 1e-6]])


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


def values(written: dict[str, Any] | Scenario, count: int, seed: int = 0) -> NDArray[np.float64]:
    """(futures, inputs)."""
    of = drawing(written, seed)
    return np.stack([of.future(n).inputs for n in range(count)])


WIDE = {"lognormal": {"median": 2.0, "sigma": 0.8}}
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
