"""What makes a cluster orbital: orbit, planes, satellites, and what they do in eclipse."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from placement.schema.fields import (
    ClockHours,
    Count,
    Degrees,
    Fraction,
    Model,
    Name,
    NonNegative,
    Positive,
    PositiveFraction,
    Real,
    broken_rule,
)


class Orbit(Model):
    """A circular orbit: Sun-synchronous by the local time of its ascending node, or by inclination and RAAN."""

    altitude_km: Annotated[Real, Field(ge=160, le=40000, description="Above the equatorial radius, km.")]
    ltan: Annotated[
        ClockHours | None,
        Field(description='Local time of the ascending node; makes it Sun-synchronous. 18.0 or "18:00".'),
    ] = None
    inclination_deg: Annotated[
        Real | None, Field(ge=0, le=180, description="Not for a Sun-synchronous orbit, where it follows.")
    ] = None
    raan_deg: Annotated[
        Degrees | None,
        Field(description="Right ascension of the node at the horizon's start, degrees, true equator of date."),
    ] = None
    phase_deg: Annotated[
        Degrees, Field(description="Argument of latitude at the horizon's start, degrees; for contacts.")
    ] = 0.0

    @model_validator(mode="after")
    def _one_way(self) -> "Orbit":
        if self.ltan is None and (self.inclination_deg is None or self.raan_deg is None):
            fact = "the orbit has neither ltan nor both inclination_deg and raan_deg"
            raise broken_rule(fact, "Give ltan for a Sun-synchronous orbit, else inclination_deg and raan_deg")
        if self.ltan is not None and (self.inclination_deg is not None or self.raan_deg is not None):
            fact = "the orbit has ltan, which fixes inclination and node, and inclination_deg or raan_deg as well"
            raise broken_rule(fact, "Leave inclination_deg and raan_deg out, or ltan")
        if self.ltan is not None and self.altitude_km > 5974:
            fact = f"no Sun-synchronous circular orbit exists at {self.altitude_km:g} km"
            raise broken_rule(fact, "Lower altitude_km; the highest is about 5,974 km")
        return self


class Plane(Model):
    """Some of the satellites, in their own plane. A gang never spans planes."""

    name: Annotated[Name, Field(description="Name of the plane; its pool is called after it.")]
    satellites: Annotated[Count, Field(description="Satellites in it.")]
    ltan: Annotated[ClockHours | None, Field(description="Local time of its ascending node.")] = None
    raan_deg: Annotated[Degrees | None, Field(description="Right ascension of its node, degrees.")] = None


class Satellites(Model):
    """The satellites of an orbital cluster; all alike."""

    number: Annotated[Count, Field(le=10**7, description="How many fly.")]
    accelerator: Annotated[Name, Field(description="Accelerator on board; a name of the catalogue.")]
    accelerators: Annotated[Count, Field(le=10**6, description="Accelerators on each.")]
    array_kw: Annotated[
        Positive, Field(le=1e6, description="Electric power of the array in sunlight at begin of life, kW.")
    ]
    age_years: Annotated[
        NonNegative, Field(le=100, description="Mean age of the arrays at the horizon's start, years.")
    ] = 0.0
    array_loss_per_year: Annotated[Fraction, Field(description="Loss of array power per year.")] = 0.02
    overhead: Annotated[
        Real, Field(ge=1, le=5, description="Power of the whole satellite over that of its accelerators.")
    ] = 1.25
    battery_kwh: Annotated[NonNegative, Field(le=1e6, description="Battery, kWh.")] = 0.0
    depth_of_discharge: Annotated[PositiveFraction, Field(description="Share of the battery that is used.")] = 0.4
    battery_efficiency: Annotated[
        PositiveFraction, Field(description="Energy out over energy in; the loss is taken on charging.")
    ] = 0.9
    eclipse: Annotated[
        Literal["ride_through", "throttle", "pause"],
        Field(
            description="ride_through: one steady level that array and battery hold through the orbit. throttle: "
            "full in the sun, in eclipse what the battery gives. pause: nothing in eclipse, and `resume_minutes` "
            "are lost after each."
        ),
    ] = "throttle"
    resume_minutes: Annotated[
        NonNegative, Field(le=1440, description="Lost after each eclipse with `pause`, minutes.")
    ] = 2.0
