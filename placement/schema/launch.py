"""Growth: modules that add capacity, the generations of what is in them, and the vehicles that lift them."""

from typing import Annotated

from pydantic import Discriminator, Field, Tag, model_validator

from placement.schema.fields import (
    Count,
    Fraction,
    Label,
    Model,
    Name,
    NonNegative,
    Positive,
    PositiveFraction,
    Series,
    Text,
    Utc,
    WholeNumber,
    broken_rule,
)
from placement.schema.power import Window

FlightCount = Annotated[WholeNumber, Field(le=10**6)]

Flights = Annotated[
    Annotated[FlightCount, Tag("a number")] | Annotated[tuple[FlightCount, ...], Tag("a list")],
    Discriminator(lambda value: "a list" if isinstance(value, list | tuple) else "a number"),
]

ORBITS = ("leo", "sso")
"""Where a vehicle's payload is stated for: low inclined, or Sun-synchronous."""


class Generation(Model):
    """What a module holds when it is ordered from a date on: the accelerators of their time."""

    from_: Annotated[
        Utc | None, Field(alias="from", description="Ordered in a period that begins then or later. Left out: always.")
    ] = None
    accelerator: Annotated[Name, Field(description="A name of the catalogue's or the scenario's accelerators.")]
    accelerators: Annotated[WholeNumber, Field(description="How many a module holds.")]
    accelerators_usd: Annotated[Series, Field(description="Cost of its accelerators, $, by date of order.")] = 0.0


class Module(Model):
    """A unit of expansion: a batch of satellites, a building, a hall of accelerators, a grid connection."""

    name: Annotated[Name, Field(description="Its name.")]
    pool: Annotated[Name | None, Field(description="Pool that it adds to. Left out: the only pool.")] = None
    satellites: Annotated[
        Count | None,
        Field(
            le=10**6,
            description="So many satellites of the cluster: mass, accelerators (without generations), life and losses "
            "follow from them and are not given here.",
        ),
    ] = None
    accelerators: Annotated[WholeNumber, Field(description="Accelerators it adds.")] = 0
    generations: Annotated[
        tuple[Generation, ...],
        Field(
            description="Instead of `accelerators` and `accelerators_usd`: what it holds by date of order, each with a "
            "pool of its own, `pool-accelerator`, where the pool's accelerator is another."
        ),
    ] = ()
    power_mw: Annotated[NonNegative, Field(le=1e6, description="It raises `power_limit_mw` by this, MW.")] = 0.0
    sources_mw: Annotated[
        dict[Name, Annotated[Positive, Field(le=1e6)]],
        Field(
            description="Sources of the cluster that it raises, by name, MW: what grid or gas give at most, the "
            "nameplate of sun and wind, a battery's power and, in proportion, its energy."
        ),
    ] = {}
    gives: Annotated[
        dict[Name, NonNegative],
        Field(description="Named resources of the cluster that it adds (shells, cooling, land)."),
    ] = {}
    needs: Annotated[
        dict[Name, NonNegative], Field(description="Named resources of the cluster that it takes while it stands.")
    ] = {}
    mass_kg: Annotated[NonNegative, Field(le=1e9, description="Mass to launch, kg; 0 for what stays on Earth.")] = 0.0
    volume_m3: Annotated[NonNegative, Field(le=1e9, description="Stowed volume, m³.")] = 0.0
    usd: Annotated[Series, Field(description="Cost apart from accelerators and launch, $, by date of order.")] = 0.0
    accelerators_usd: Annotated[Series, Field(description="Cost of its accelerators, $, by date of order.")] = 0.0
    operations_usd_per_year: Annotated[Series, Field(description="$ per year while it stands.")] = 0.0
    life_years: Annotated[
        Positive | None,
        Field(
            le=1000,
            description="Life, after which it no longer stands; what is left of it at the horizon's end, launch "
            "included, is credited. None: it stands to the end, and nothing is.",
        ),
    ] = None
    accelerators_life_years: Annotated[
        Positive | None,
        Field(le=1000, description="Life of its accelerators, where it is shorter. Left out: `life_years`."),
    ] = None
    infant_loss: Annotated[
        Fraction, Field(description="Share of its accelerators that fail at the start, for good.")
    ] = 0.0
    accelerator_loss_per_year: Annotated[
        Fraction, Field(description="Share of those that work that fail in a year, for good.")
    ] = 0.0
    power_loss_per_year: Annotated[
        Fraction,
        Field(description="Share of its power that is lost in a year (arrays); so many fewer accelerators run."),
    ] = 0.0
    lead_days: Annotated[NonNegative, Field(le=1e5, description="From order to delivery or launch, days.")] = 0.0
    commissioning_days: Annotated[
        NonNegative, Field(le=1e5, description="From the end of its period to service, days.")
    ] = 0.0
    available: Annotated[Utc | None, Field(description="Earliest order.")] = None
    until: Annotated[Utc | None, Field(description="Nothing is delivered or launched in a period that ends later.")] = (
        None
    )
    closed: Annotated[
        tuple[Window, ...],
        Field(description="No period that overlaps one of these delivers or launches any: a freeze."),
    ] = ()
    min: Annotated[WholeNumber, Field(description="Least that is added in all: a contract.")] = 0
    max: Annotated[WholeNumber, Field(description="Most that can be added in all.")]
    max_per_period: Annotated[Flights | None, Field(description="Most per period: a number, or one per period.")] = None
    vehicles: Annotated[tuple[Name, ...], Field(description="Vehicles that lift it. None given: any.")] = ()

    @model_validator(mode="after")
    def _one_filling(self) -> "Module":
        if self.generations:
            for key in ("accelerators", "accelerators_usd"):
                if getattr(self, key):
                    fact = f"{self.name} has generations and {key}"
                    raise broken_rule(fact, f"Leave {key} out; each generation has its own")
        if self.satellites is not None:
            for key in (
                "mass_kg",
                "accelerators",
                "life_years",
                "infant_loss",
                "accelerator_loss_per_year",
                "power_loss_per_year",
            ):
                if getattr(self, key) != type(self).model_fields[key].default:
                    fact = f"{self.name} consists of satellites, from which {key} follows"
                    raise broken_rule(fact, f"Leave {key} out, or change `satellites` of the cluster")
        both = sorted(set(self.gives) & set(self.needs))
        if both:
            raise broken_rule(f"{self.name} both gives and needs {both[0]}", "Write the difference in one of the two")
        if self.min > self.max:
            raise broken_rule(f"{self.name} has min {self.min} above max {self.max}", "Lower min or raise max")
        return self


class Vehicle(Model):
    """A launch vehicle."""

    name: Annotated[Name, Field(description="Left out in the file: the name of the catalogue entry.")]
    from_: Annotated[
        Label | None, Field(alias="from", description="Catalogue entry that gives what is not written here.")
    ] = None
    title: Annotated[Text | None, Field(description="Name for people.")] = None
    payload_kg: Annotated[
        dict[Label, Annotated[NonNegative, Field(le=1e9)]],
        Field(
            min_length=1,
            description="Payload by orbit, kg: leo, sso, the name of an orbital cluster, or cluster/plane. The closest "
            "name counts.",
        ),
    ]
    volume_m3: Annotated[Positive | None, Field(le=1e9, description="Volume of its fairing, m³. None: no limit.")] = (
        None
    )
    usd_per_flight: Annotated[Series | None, Field(description="Price of a flight, $, by its date.")] = None
    usd_per_kg: Annotated[
        Series | None, Field(description="Instead: price per kg that is lifted, $, by its date; a rideshare.")
    ] = None
    flights_per_period: Annotated[Flights | None, Field(description="Flights: a number, or one per period.")] = None
    flights_per_year: Annotated[
        Series | None, Field(description="Or flights per year; whole flights are counted as they add up.")
    ] = None
    available: Annotated[Utc | None, Field(description="First flight.")] = None
    until: Annotated[Utc | None, Field(description="It does not fly in a period that ends later.")] = None
    open_share: Annotated[Fraction, Field(description="Share of the flights that is open to us.")] = 1.0
    reliability: Annotated[
        PositiveFraction, Field(description="Share of what it lifts that arrives; the rest is paid for and lost.")
    ] = 1.0

    @model_validator(mode="after")
    def _one_cadence(self) -> "Vehicle":
        for one, other in (("flights_per_period", "flights_per_year"), ("usd_per_flight", "usd_per_kg")):
            if (getattr(self, one) is None) == (getattr(self, other) is None):
                given = "both" if getattr(self, other) is not None else "neither"
                fact = f"{self.name} has {given} of {one} and {other}"
                raise broken_rule(fact, "Give exactly one of the two")
        return self

    def payload_to(self, destinations: tuple[str, ...]) -> float:
        """Payload by the first of these names that it has one for, kg; 0 by none: it does not fly there."""
        return next((self.payload_kg[name] for name in destinations if name in self.payload_kg), 0.0)


class LaunchLimit(Model):
    """Flights of several vehicles together: a site, a range, a corridor, a permit."""

    name: Annotated[Name, Field(description="Its name.")]
    vehicles: Annotated[tuple[Name, ...], Field(description="Vehicles that are counted. None given: all.")] = ()
    orbits: Annotated[
        tuple[Label, ...],
        Field(description="What their flights serve: leo, sso, an orbital cluster, or cluster/plane. None given: all."),
    ] = ()
    flights_per_period: Annotated[Flights | None, Field(description="Flights: a number, or one per period.")] = None
    flights_per_year: Annotated[
        Series | None, Field(description="Or flights per year; whole flights are counted as they add up.")
    ] = None

    @model_validator(mode="after")
    def _one_cadence(self) -> "LaunchLimit":
        if (self.flights_per_period is None) == (self.flights_per_year is None):
            given = "both" if self.flights_per_year is not None else "neither"
            fact = f"launch limit {self.name} has {given} of flights_per_period and flights_per_year"
            raise broken_rule(fact, "Give exactly one of the two")
        return self
