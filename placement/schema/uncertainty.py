"""What is not known: distributions of inputs, and what may happen (`docs/futures.md`)."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from placement.schema.fields import (
    ClockHours,
    Count,
    Fraction,
    Label,
    Model,
    Name,
    NonNegative,
    Positive,
    Real,
    broken_rule,
)


class Triangular(Model):
    """Most likely at the mode, and impossible beyond the ends."""

    low: Annotated[Real, Field(description="Least.")]
    mode: Annotated[Real, Field(description="Most likely.")]
    high: Annotated[Real, Field(description="Most.")]

    @model_validator(mode="after")
    def _in_order(self) -> "Triangular":
        if not self.low <= self.mode <= self.high:
            fact = f"low, mode and high are {self.low:g}, {self.mode:g} and {self.high:g}, which are not in order"
            raise broken_rule(fact, "Give low <= mode <= high")
        return self


class Uniform(Model):
    """Anything between the ends alike."""

    low: Annotated[Real, Field(description="Least.")]
    high: Annotated[Real, Field(description="Most.")]

    @model_validator(mode="after")
    def _in_order(self) -> "Uniform":
        if self.low > self.high:
            raise broken_rule(f"low, {self.low:g}, is above high, {self.high:g}", "Give low <= high")
        return self


class Normal(Model):
    """The normal distribution; with ends what lies beyond them is cut off."""

    mean: Annotated[Real, Field(description="Mean, before anything is cut off.")]
    sd: Annotated[NonNegative, Field(description="Standard deviation, before anything is cut off.")]
    low: Annotated[Real | None, Field(description="Least.")] = None
    high: Annotated[Real | None, Field(description="Most.")] = None

    @model_validator(mode="after")
    def _in_order(self) -> "Normal":
        if self.low is not None and self.high is not None and self.low > self.high:
            raise broken_rule(f"low, {self.low:g}, is above high, {self.high:g}", "Give low <= high")
        return self


class Lognormal(Model):
    """The logarithm is normal with the mean ln(median)."""

    median: Annotated[Positive, Field(description="Median.")]
    sigma: Annotated[NonNegative, Field(le=5, description="Standard deviation of the logarithm.")]


class Discrete(Model):
    """One of some values."""

    values: Annotated[tuple[Real, ...], Field(min_length=1, description="The values.")]
    weights: Annotated[
        tuple[NonNegative, ...] | None, Field(description="How likely each is, in any unit. Left out: alike.")
    ] = None

    @model_validator(mode="after")
    def _weighed(self) -> "Discrete":
        if self.weights is not None and len(self.weights) != len(self.values):
            fact = f"there are {len(self.values)} values and {len(self.weights)} weights"
            raise broken_rule(fact, "Give a weight for each value")
        if self.weights is not None and sum(self.weights) <= 0:
            raise broken_rule("no value has a weight", "Give at least one above 0")
        return self


KINDS = ("triangular", "uniform", "normal", "lognormal", "discrete")
GIVE_ONE = f"Give exactly one of {', '.join(KINDS)}, or `range: true`"


class Uncertain(Model):
    """An input, or several together, of which a distribution is known."""

    paths: Annotated[
        tuple[Label, ...],
        Field(min_length=1, description="Dotted paths of what has the value: [vehicles.starship-v4.usd_per_kg]."),
    ]
    name: Annotated[Label | None, Field(description="What it is called. Left out: the first path.")] = None
    how: Annotated[
        Literal["value", "factor", "days"],
        Field(
            description="value: it stands at the paths. factor: it multiplies what stands there, a number or a series. "
            "days: it moves the date that stands there."
        ),
    ] = "value"
    triangular: Annotated[Triangular | None, Field(description="Between ends, most likely at a mode.")] = None
    uniform: Annotated[Uniform | None, Field(description="Anything between two ends alike.")] = None
    normal: Annotated[Normal | None, Field(description="Normal, if need be between ends.")] = None
    lognormal: Annotated[Lognormal | None, Field(description="Lognormal.")] = None
    discrete: Annotated[Discrete | None, Field(description="One of some values.")] = None

    @property
    def label(self) -> str:
        """What it is called."""
        return self.name or self.paths[0]

    @property
    def distribution(self) -> Triangular | Uniform | Normal | Lognormal | Discrete:
        """The one that is given."""
        found: Triangular | Uniform | Normal | Lognormal | Discrete = next(
            each for kind in KINDS if (each := getattr(self, kind)) is not None
        )
        return found

    @model_validator(mode="after")
    def _one(self) -> "Uncertain":
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            what = f"has {' and '.join(given)}" if given else "has no distribution"
            raise broken_rule(f"an uncertain input {what}", GIVE_ONE)
        return self


class Correlation(Model):
    """Two inputs that tend to be high together, or one high where the other is low."""

    between: Annotated[
        tuple[Label, ...], Field(min_length=2, max_length=2, description="Names (or first paths) of two inputs.")
    ]
    coefficient: Annotated[
        Real, Field(ge=-1, le=1, description="Correlation of their normal scores (a Gaussian copula).")
    ]


class RunTime(Model):
    """How long runs take, relative to `hours`: lognormal with mean 1."""

    sigma: Annotated[
        NonNegative, Field(le=1.2, description="Standard deviation of the logarithm, of jobs without `hours_p90`.")
    ] = 0.0
    p90: Annotated[
        bool, Field(strict=True, description="Whether jobs with `hours_p90` have the spread that follows from it.")
    ] = True


class Event(Model):
    """Something that happens to clusters now and then, to all of them at once: outage, curtailment, storm, cloud."""

    name: Annotated[Name, Field(description="Its name.")]
    clusters: Annotated[tuple[Name, ...], Field(min_length=1, description="Clusters that it happens to together.")]
    per_year: Annotated[NonNegative, Field(le=1e6, description="How often, per year (a Poisson process).")]
    hours: Annotated[Positive, Field(le=1e6, description="How long it lasts on average, h (exponential).")]
    speed: Annotated[Fraction, Field(description="Share of their speed that is left while it lasts.")] = 1.0
    contact: Annotated[Fraction, Field(description="Share of the contact of their links that is left.")] = 1.0
    lost: Annotated[Fraction, Field(description="Share of their accelerators that is gone from then on.")] = 0.0
    between: Annotated[
        tuple[ClockHours, ...] | None,
        Field(min_length=2, max_length=2, description="Time of the day, UTC, between which it begins: [16:00, 20:00]."),
    ] = None


class Resampled(Model):
    """Prices of energy drawn anew, in blocks of time, from what was recorded.

    That blocks are a week and come from 45 days around their date, where nothing is said, is a guess of ours.
    """

    clusters: Annotated[
        tuple[Name, ...], Field(min_length=1, description="Clusters whose prices are drawn together, from one time.")
    ]
    block_hours: Annotated[Count, Field(le=8784, description="Length of a block, h; a multiple of 24.")] = 168
    within_days: Annotated[
        Count, Field(le=183, description="Blocks come from so many days around the same date, of any year.")
    ] = 45
    carbon: Annotated[bool, Field(strict=True, description="Whether carbon of the grid comes from the same time.")] = (
        True
    )

    @model_validator(mode="after")
    def _whole_days(self) -> "Resampled":
        if self.block_hours % 24:
            fact = f"block_hours is {self.block_hours}, and blocks begin at the same hour of the day"
            raise broken_rule(fact, "Give a multiple of 24")
        return self


class Recourse(Model):
    """What is done where a plan cannot be carried out as it is.

    The defaults, 6 h of patience and the whole loss of a run that is late, are guesses of ours.
    """

    patience_hours: Annotated[
        NonNegative, Field(le=1e6, description="How long a run waits for room before it may go to another cluster, h.")
    ] = 6.0
    missed: Annotated[
        NonNegative,
        Field(le=100, description="Cost of a run that ends after its deadline, as a share of turning it away."),
    ] = 1.0


class Uncertainty(Model):
    """What is not known, and what is done about it."""

    inputs: Annotated[tuple[Uncertain, ...], Field(description="Inputs with distributions.")] = ()
    correlations: Annotated[tuple[Correlation, ...], Field(description="Between inputs.")] = ()
    run_time: Annotated[RunTime | None, Field(description="How long runs take.")] = None
    interruptions: Annotated[
        bool,
        Field(strict=True, description="Whether interruptions come at random instead of on average."),
    ] = False
    events: Annotated[tuple[Event, ...], Field(description="What happens now and then.")] = ()
    prices: Annotated[tuple[Resampled, ...], Field(description="Prices of energy, drawn in blocks.")] = ()
    launches: Annotated[
        bool,
        Field(strict=True, description="Whether each flight arrives or is lost, instead of `reliability` on average."),
    ] = False
    recourse: Annotated[Recourse, Field(description="What is done where a plan cannot be carried out.")] = Recourse()
