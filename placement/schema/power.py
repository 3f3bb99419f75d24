"""Where a cluster's power comes from: grid, on-site plant, battery, and the contracts of the grid."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from placement.schema.fields import (
    Count,
    Fraction,
    Model,
    Name,
    NonNegative,
    Positive,
    PositiveFraction,
    Real,
    Series,
    Utc,
    broken_rule,
)


class Window(Model):
    """From (inclusive) to (exclusive). An end left out is open."""

    from_: Annotated[Utc | None, Field(alias="from", description="First moment, UTC.")] = None
    to: Annotated[Utc | None, Field(description="First moment after, UTC.")] = None


class Curtailment(Model):
    """A called curtailment: in the window the grid gives at most `limit_mw`."""

    from_: Annotated[Utc, Field(alias="from", description="First moment, UTC.")]
    to: Annotated[Utc, Field(description="First moment after, UTC.")]
    limit_mw: Annotated[NonNegative, Field(le=1e6, description="What the grid still gives, MW.")]


class TakeOrPay(Model):
    """At least `mwh` are paid for in each span, taken or not."""

    mwh: Annotated[Positive, Field(le=1e9, description="Energy paid for in any case, MWh per span.")]
    per: Annotated[Literal["period", "horizon"], Field(description="The span.")] = "horizon"
    usd_per_mwh: Annotated[NonNegative, Field(le=1e6, description="Price of what is not taken, $/MWh.")]


class Grid(Model):
    """A grid connection. Its energy cannot be spilled: at a negative price waste is never paid for."""

    kind: Annotated[Literal["grid"], Field(description="What it is.")] = "grid"
    name: Annotated[Name, Field(description="Its name in the energy table.")] = "grid"
    price: Annotated[Series | None, Field(description="$/MWh. Left out: the cluster's `energy_price`.")] = None
    carbon_g_per_kwh: Annotated[
        Series | None, Field(description="gCO2e/kWh. Left out: the cluster's `carbon_g_per_kwh`.")
    ] = None
    limit_mw: Annotated[Series | None, Field(description="Most that it gives, MW.")] = None
    connected: Annotated[Utc | None, Field(description="Before this date it gives nothing.")] = None
    curtailments: Annotated[tuple[Curtailment, ...], Field(description="Called curtailments.")] = ()
    demand_charge_usd_per_mw: Annotated[
        NonNegative,
        Field(le=1e9, description="$ per MW of the highest draw in each calendar month (UTC) of the horizon."),
    ] = 0.0
    peak_so_far_mw: Annotated[
        NonNegative, Field(le=1e6, description="Highest draw of the first month before the horizon starts, MW.")
    ] = 0.0
    take_or_pay: Annotated[TakeOrPay | None, Field(description="Energy that is paid for in any case.")] = None


class Gas(Model):
    """On-site gas engines or turbines."""

    kind: Annotated[Literal["gas"], Field(description="What it is.")] = "gas"
    name: Annotated[Name, Field(description="Its name in the energy table.")] = "gas"
    price: Annotated[Series, Field(description="$/MWh of electricity.")]
    carbon_g_per_kwh: Annotated[Series, Field(description="gCO2e/kWh of electricity.")]
    limit_mw: Annotated[Series, Field(description="Most that it gives, MW.")]


class Renewable(Model):
    """On-site sun or wind. What is not used is spilled at no cost."""

    kind: Annotated[Literal["solar", "wind"], Field(description="What it is.")]
    name: Annotated[Name | None, Field(description="Its name in the energy table. Left out: its kind.")] = None
    mw: Annotated[NonNegative, Field(le=1e6, description="Nameplate, MW; 0 where only modules bring it.")]
    capacity_factor: Annotated[Series, Field(description="Output over nameplate, 0 to 1.")]
    price: Annotated[Series, Field(description="$/MWh used.")] = 0.0
    carbon_g_per_kwh: Annotated[Series, Field(description="gCO2e/kWh used.")] = 0.0


class Battery(Model):
    """A battery. It never charges and discharges in the same tick."""

    kind: Annotated[Literal["battery"], Field(description="What it is.")] = "battery"
    name: Annotated[Name, Field(description="Its name in the energy table.")] = "battery"
    mw: Annotated[Positive, Field(le=1e6, description="Most that it takes or gives, MW at its terminals.")]
    mwh: Annotated[Positive, Field(le=1e6, description="Energy it holds, MWh.")]
    round_trip_efficiency: Annotated[
        PositiveFraction, Field(description="Energy out over energy in; the loss is taken on charging.")
    ] = 0.85
    initial_mwh: Annotated[
        NonNegative, Field(le=1e6, description="Charge at the start, MWh; at the end it holds at least as much.")
    ] = 0.0


Source = Annotated[Grid | Gas | Renewable | Battery, Field(discriminator="kind")]


class Tier(Model):
    """A fabric tier: a gang of at most `accelerators` talks at `gbps` per accelerator."""

    accelerators: Annotated[Count, Field(description="Largest gang inside one unit of this tier.")]
    gbps: Annotated[Positive, Field(le=1e9, description="Bandwidth of each accelerator inside the tier, Gbit/s.")]


class Embodied(Model):
    """Carbon that was emitted before anything ran: by making, building, launching."""

    category: Annotated[Literal["accelerators", "facility", "launch"], Field(description="What it is for.")]
    tco2: Annotated[NonNegative, Field(le=1e12, description="Tonnes CO2e for each `per`, once.")]
    per: Annotated[
        Literal["cluster", "mw", "accelerator", "satellite"],
        Field(description="Unit that `tco2` is for; `mw` is the power of the accelerators without PUE."),
    ] = "cluster"
    life_years: Annotated[Positive, Field(ge=0.01, le=1000, description="Years over which it is spread evenly.")]


class FixedCost(Model):
    """A cost that is there whether jobs run or not."""

    category: Annotated[
        Literal["accelerators", "facility", "launch", "operations", "network"],
        Field(description="What it is for; decides at which boundaries it counts."),
    ]
    usd: Annotated[Real, Field(ge=0, description="$ for each `per`: once if `life_years` is given, else per year.")]
    per: Annotated[
        Literal["cluster", "mw", "accelerator", "satellite"],
        Field(description="Unit that `usd` is for; `mw` is the power of the accelerators without PUE."),
    ] = "cluster"
    life_years: Annotated[
        Positive | None,
        Field(
            ge=0.01,
            le=1000,
            description="With it, `usd` is an investment, annualised by capital recovery at the discount rate.",
        ),
    ] = None
    construction_years: Annotated[
        Real,
        Field(
            ge=0,
            le=20,
            description="Years over which `usd` is spent evenly before service; interest until then is added. "
            "Only with life_years.",
        ),
    ] = 0.0
    residual_share: Annotated[
        Fraction, Field(description="Share of `usd` that it is worth at the end of its life. Only with life_years.")
    ] = 0.0
    insurance_share_per_year: Annotated[
        Fraction, Field(description="Insurance per year as a share of `usd`. Only with life_years.")
    ] = 0.0
    tax_credit_share: Annotated[
        Fraction,
        Field(
            description="Share of `usd` that comes back as a tax credit at the start of service. Only with life_years."
        ),
    ] = 0.0
    pool: Annotated[Name | None, Field(description="Only for this pool. Left out: all pools, by their power.")] = None

    @model_validator(mode="after")
    def _of_an_investment(self) -> "FixedCost":
        shares = ("construction_years", "residual_share", "insurance_share_per_year", "tax_credit_share")
        given = [key for key in shares if getattr(self, key) > 0]
        if self.life_years is None and given:
            fact = f"{given[0]} is {getattr(self, given[0]):g}, and the cost is per year: it has no life_years"
            raise broken_rule(fact, f"Give life_years, or leave {given[0]} out")
        back = self.residual_share + self.tax_credit_share
        if back > 1 + 1e-12:
            fact = f"residual_share and tax_credit_share are {back:g} together: more comes back than is paid"
            raise broken_rule(fact, "Give shares that are at most 1 together")
        return self
