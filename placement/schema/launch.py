"""Growth at its plainest: modules that add capacity, and the vehicles that lift them."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from placement.schema.fields import (
    Fraction,
    Label,
    Model,
    Name,
    NonNegative,
    Positive,
    Text,
    Utc,
    WholeNumber,
    broken_rule,
)

FlightCount = Annotated[WholeNumber, Field(le=10**6)]

Flights = Annotated[
    Annotated[FlightCount, Tag("a number")] | Annotated[tuple[FlightCount, ...], Tag("a list")],
    Discriminator(lambda value: "a list" if isinstance(value, list | tuple) else "a number"),
]

OrbitClass = Literal["leo", "sso"]
"""Where a vehicle's payload is stated for: low inclined, or Sun-synchronous."""


class Module(Model):
    """A unit of expansion: a batch of satellites, a building, a row of engines."""

    name: Annotated[Name, Field(description="Its name.")]
    pool: Annotated[Name | None, Field(description="Pool that it adds to. Left out: the only pool.")] = None
    accelerators: Annotated[WholeNumber, Field(description="Accelerators it adds.")] = 0
    power_mw: Annotated[NonNegative, Field(le=1e6, description="It raises `power_limit_mw` by this, MW.")] = 0.0
    mass_kg: Annotated[NonNegative, Field(le=1e9, description="Mass to launch, kg; 0 for what stays on Earth.")] = 0.0
    usd: Annotated[NonNegative, Field(description="Cost apart from accelerators and launch, $.")] = 0.0
    accelerators_usd: Annotated[NonNegative, Field(description="Cost of its accelerators, $.")] = 0.0
    operations_usd_per_year: Annotated[NonNegative, Field(description="$ per year while it stands.")] = 0.0
    life_years: Annotated[
        Positive | None,
        Field(le=1000, description="Life; what is left at the end, launch included, is credited. None: nothing is."),
    ] = None
    lead_days: Annotated[NonNegative, Field(le=1e5, description="From order to delivery or launch, days.")] = 0.0
    commissioning_days: Annotated[
        NonNegative, Field(le=1e5, description="From the end of its period to service, days.")
    ] = 0.0
    available: Annotated[Utc | None, Field(description="Earliest order.")] = None
    max: Annotated[WholeNumber, Field(description="Most that can be added in all.")]
    max_per_period: Annotated[WholeNumber | None, Field(description="Most per period.")] = None
    vehicles: Annotated[tuple[Name, ...], Field(description="Vehicles that lift it. None given: any.")] = ()


class Vehicle(Model):
    """A launch vehicle."""

    name: Annotated[Name, Field(description="Left out in the file: the name of the catalogue entry.")]
    from_: Annotated[
        Label | None, Field(alias="from", description="Catalogue entry that gives what is not written here.")
    ] = None
    title: Annotated[Text | None, Field(description="Name for people.")] = None
    payload_kg: Annotated[
        dict[OrbitClass, Annotated[Positive, Field(le=1e9)]], Field(min_length=1, description="Payload by orbit, kg.")
    ]
    usd_per_flight: Annotated[NonNegative, Field(description="Price of a flight, $.")]
    flights_per_period: Annotated[Flights | None, Field(description="Flights: a number, or one per period.")] = None
    flights_per_year: Annotated[
        NonNegative | None, Field(le=1e6, description="Or flights per year; whole flights are counted as they add up.")
    ] = None
    available: Annotated[Utc | None, Field(description="First flight.")] = None
    open_share: Annotated[Fraction, Field(description="Share of the flights that is open to us.")] = 1.0

    @model_validator(mode="after")
    def _one_cadence(self) -> "Vehicle":
        if (self.flights_per_period is None) == (self.flights_per_year is None):
            given = "both" if self.flights_per_year is not None else "neither"
            fact = f"{self.name} has {given} of flights_per_period and flights_per_year"
            raise broken_rule(fact, "Give exactly one of the two")
        return self
