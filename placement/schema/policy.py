"""Policy, money and horizon: what is decided on, at which prices, over which time."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from placement.schema.fields import (
    Count,
    Fraction,
    Label,
    Model,
    NonNegative,
    Positive,
    PositiveFraction,
    Real,
    Utc,
    broken_rule,
)

Boundary = Literal["launch_and_power", "energy_cooling_launch", "all_but_accelerators", "all_in"]

DEFAULT_REJECT_USD = 2.95
"""$ per H100-hour: median on-demand price of 37 providers, May 2026 (aimultiple.com/gpu-index; grade C)."""

DEFAULT_TERMINAL_USD = 2.35
"""$ per H100-hour: one-year reserved index, March 2026 (SemiAnalysis via techreaderdaily.com; grade C)."""

DEFAULT_PRICE_YEAR = 2026
"""Year of the two defaults above, and of a scenario that does not say another."""

DEFAULT_INFLATION = 0.025
"""Per year: what NREL's ReEDS-2.0 takes from 2024 on (inputs/financials/inflation_default.csv; grade B)."""

LEAST_RATE = 1e-6
"""Per year: a smaller real rate is a slip; with none at all, write 0."""


class Horizon(Model):
    """The time grid: slots on which jobs start, in periods of investment and launches."""

    start: Annotated[Utc, Field(description="Start, UTC.")]
    slots: Annotated[Count, Field(le=200_000, description="Number of slots.")]
    slot_hours: Annotated[Positive | None, Field(ge=0.01, le=8784, description="Length of a slot, h.")] = None
    slot: Annotated[
        Literal["hour", "day", "week", "month", "quarter"] | None,
        Field(description="Or: calendar slots, UTC. A month starts on the first."),
    ] = None
    period_slots: Annotated[Count | None, Field(le=200_000, description="Slots per period. Left out: one period.")] = (
        None
    )
    ticks: Annotated[
        Count | None,
        Field(
            le=8784,
            description="Representative hours per slot, on which power balances. Left out: 1 for slots of an hour "
            "or less, one per hour up to a day, 24 beyond. Beyond a day only 24 and multiples of it.",
        ),
    ] = None

    @model_validator(mode="after")
    def _one_length(self) -> "Horizon":
        if (self.slot_hours is None) == (self.slot is None):
            given = "both" if self.slot is not None else "neither"
            raise broken_rule(f"the horizon has {given} of slot_hours and slot", "Give exactly one of the two")
        if self.slot in ("month", "quarter") and (self.start.day, self.start.hour, self.start.minute) != (1, 0, 0):
            fact = f"slots of a {self.slot} start at midnight on the first of a month, and start is {self.start}"
            raise broken_rule(fact, f"Write start: {self.start:%Y-%m}-01T00:00:00Z, or another slot")
        return self


class Money(Model):
    """Price level and discounting. All dollars, given and worked out, are of one year: `price_year`."""

    price_year: Annotated[
        Count,
        Field(
            ge=1990,
            le=2100,
            description="Year of the dollars of all prices. Catalogue values, and values written with a `price_year` "
            "of their own, are converted to it.",
        ),
    ] = DEFAULT_PRICE_YEAR
    price_index: Annotated[
        Literal["cpi-u", "gdp"],
        Field(description="By what they are converted: consumer prices, or the deflator of the domestic product (US)."),
    ] = "cpi-u"
    discount_rate: Annotated[
        Real,
        Field(
            ge=0,
            le=1,
            description="Per year, real or nominal by `real`. In horizons of up to 31 days nothing is discounted; it "
            "only annualises fixed costs.",
        ),
    ] = 0.08
    real: Annotated[
        bool,
        Field(strict=True, description="Whether discount_rate is without inflation. Prices are so in any case."),
    ] = True
    inflation: Annotated[
        Fraction | None,
        Field(
            description="Per year, taken out of a nominal discount_rate: (1 + discount_rate)/(1 + inflation) - 1. "
            f"Only with `real: false`. Left out: {DEFAULT_INFLATION}."
        ),
    ] = None

    @property
    def rate(self) -> float:
        """The real discount rate per year, by which everything is discounted and annualised."""
        if self.real:
            return self.discount_rate
        return (1 + self.discount_rate) / (1 + self.expected_inflation) - 1

    @property
    def expected_inflation(self) -> float:
        """Inflation per year that a nominal rate contains."""
        return DEFAULT_INFLATION if self.inflation is None else self.inflation

    @model_validator(mode="after")
    def _some_rate(self) -> "Money":
        if self.real and self.inflation is not None:
            fact = f"inflation is {self.inflation:g}, and the discount rate is real: it has none in it"
            raise broken_rule(fact, "Leave inflation out, or write `real: false`")
        if not self.real and self.rate < 0:
            fact = f"a nominal discount_rate of {self.discount_rate:g} is below inflation, {self.expected_inflation:g}"
            raise broken_rule(fact, "Raise discount_rate, lower inflation, or write `real: true` and discount_rate: 0")
        if 0 < self.rate < LEAST_RATE:
            what = "discount_rate is" if self.real else "without inflation the discount rate is"
            raise broken_rule(
                f"{what} {self.rate:g}, which is all but nought",
                "Write 0" if self.real else "Give both the same value",
            )
        return self


class Policy(Model):
    """What is decided on."""

    minimise: Annotated[
        Boundary, Field(description="Boundary whose costs are decided on; service terms always count.")
    ] = "all_in"
    carbon_usd_per_t: Annotated[NonNegative, Field(le=1e9, description="$ per tonne CO2e.")] = 0.0
    reject_usd_per_accelerator_hour: Annotated[
        NonNegative,
        Field(le=1e9, description="Default loss per reference accelerator-hour of a job that is turned away, $."),
    ] = DEFAULT_REJECT_USD
    terminal_usd_per_accelerator_hour: Annotated[
        NonNegative, Field(le=1e9, description="$ per reference accelerator-hour of work left at the horizon's end.")
    ] = DEFAULT_TERMINAL_USD
    priorities: Annotated[
        dict[Label, Annotated[NonNegative, Field(le=1e9)]], Field(description="Weight of each priority.")
    ] = {
        "high": 4.0,
        "normal": 1.0,
        "low": 0.5,
    }
    defer: Annotated[
        bool, Field(strict=True, description="Whether jobs without a nearer deadline may wait past the end.")
    ] = True
    tails: Annotated[bool, Field(strict=True, description="Whether runs may go on past the end.")] = True
    run_time: Annotated[Literal["expected", "p90"], Field(description="Which run time is planned with.")] = "expected"
    stage_hours: Annotated[Positive, Field(le=1e6, description="Time over which data are staged before a run, h.")] = (
        24.0
    )
    unload_hours: Annotated[
        Positive, Field(le=1e6, description="Time over which results are unloaded after a run, h.")
    ] = 24.0
    min_goodput: Annotated[
        PositiveFraction, Field(description="A job does not run where less of its time is useful.")
    ] = 0.2
    meaningful_orbital_share: Annotated[
        PositiveFraction, Field(description="Orbital share that counts as meaningful.")
    ] = 0.05
