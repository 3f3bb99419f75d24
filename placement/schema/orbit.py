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


class Array(Model):
    """A solar array by its area and cells."""

    m2: Annotated[Positive, Field(le=1e8, description="Area, m².")]
    cell_efficiency: Annotated[PositiveFraction, Field(description="Of the cells, at their working temperature.")] = (
        0.22
    )
    packing: Annotated[PositiveFraction, Field(description="Share of the area that cells cover.")] = 0.9


class Radiator(Model):
    """A radiator by its area, temperature and coating; what it gives off limits the satellite's power."""

    m2: Annotated[Positive, Field(le=1e8, description="Planform, m²; both faces count by `faces`.")]
    temperature_c: Annotated[Real, Field(ge=-150, le=400, description="Mean of its surface, degrees Celsius.")] = 60.0
    emissivity: Annotated[PositiveFraction, Field(description="Thermal emissivity at begin of life.")] = 0.85
    end_emissivity: Annotated[
        PositiveFraction | None,
        Field(description="At end of life (`life_years`); in between linear. Left out: the same."),
    ] = None
    absorptivity: Annotated[Fraction, Field(description="Solar absorptivity at begin of life.")] = 0.1
    end_absorptivity: Annotated[Fraction | None, Field(description="At end of life. Left out: the same.")] = None
    faces: Annotated[Literal[1, 2], Field(description="Faces that radiate.")] = 2
    sink_k: Annotated[
        Real, Field(ge=0, le=350, description="Effective temperature of what the faces see, K; Earth and Sun included.")
    ] = 230.0
    earth_view: Annotated[
        Real,
        Field(
            ge=0, le=2, description="View factor of the Earth, both faces; adds its heat where `sink_k` leaves it out."
        ),
    ] = 0.0
    sun_cosine: Annotated[Fraction, Field(description="Mean cosine of the Sun on the plate; 0: it stands edge-on.")] = (
        0.0
    )
    derate: Annotated[
        PositiveFraction, Field(description="What the built radiator gives over this theory (fins, flow, dead area).")
    ] = 1.0
    kg_per_m2: Annotated[Positive, Field(le=1e4, description="Mass with loops and pumps, kg per m² of planform.")] = 7.0


class Crosslink(Model):
    """A laser link between neighbours of a formation: its rate, or what the rate follows from."""

    gbps: Annotated[
        Positive | None, Field(le=1e9, description="Rate each way, Gbit/s. Left out: by the link budget.")
    ] = None
    aperture_m: Annotated[Positive, Field(le=100, description="Aperture of each terminal, m.")] = 0.1
    efficiency: Annotated[PositiveFraction, Field(description="Of the aperture.")] = 0.8
    power_w: Annotated[Positive, Field(le=1e6, description="Sent, W.")] = 5.0
    wavelength_nm: Annotated[Positive, Field(ge=100, le=1e5, description="Wavelength, nm.")] = 1550.0
    losses_db: Annotated[NonNegative, Field(le=100, description="All other losses, dB.")] = 3.0
    distance_km: Annotated[Positive, Field(le=1e5, description="Greatest distance of neighbours, km.")] = 1.0
    channels: Annotated[Count, Field(le=10_000, description="Wavelengths.")] = 24
    channel_gbps: Annotated[Positive, Field(le=1e6, description="Rate of a channel, Gbit/s.")] = 400.0
    photons_per_bit: Annotated[
        Positive, Field(le=1e6, description="That the modulation needs: PM-16QAM 196, on-off keying 71.")
    ] = 196.0


class Mass(Model):
    """What a satellite weighs: stated, and by its parts."""

    total_kg: Annotated[Positive | None, Field(le=1e9, description="Stated launch mass, kg.")] = None
    array_kg_per_kw: Annotated[Positive, Field(le=1e4, description="Array, kg per kW at begin of life.")] = 16.0
    compute_kg_per_kw: Annotated[
        Positive, Field(le=1e4, description="Accelerators with hosts and network, kg per kW of them.")
    ] = 8.0
    battery_kg_per_kwh: Annotated[Positive, Field(le=1e4, description="Battery, kg per kWh.")] = 6.7
    shielding_kg_per_kw: Annotated[NonNegative, Field(le=1e4, description="Shielding, kg per kW of accelerators.")] = (
        1.0
    )
    structure_share: Annotated[
        Real, Field(ge=0, le=0.95, description="Structure, bus, harness, links as a share of the dry mass.")
    ] = 0.25
    isp_s: Annotated[Positive, Field(ge=10, le=1e5, description="Specific impulse of the thrusters, s.")] = 1500.0
    drag_m2: Annotated[
        NonNegative | None,
        Field(le=1e8, description="Mean area across the velocity, m². Left out: a tenth of array and radiator."),
    ] = None


class Satellites(Model):
    """The satellites of an orbital cluster; all alike."""

    number: Annotated[Count, Field(le=10**7, description="How many fly.")]
    accelerator: Annotated[Name, Field(description="Accelerator on board; a name of the catalogue.")]
    accelerators: Annotated[Count, Field(le=10**6, description="Accelerators on each.")]
    array_kw: Annotated[
        Positive | None,
        Field(
            le=1e7,
            description="Power of the array at begin of life in sunlight of 1,361 W/m², kW. Left out: by `array`.",
        ),
    ] = None
    array: Annotated[Array | None, Field(description="The array by its area, instead of `array_kw`.")] = None
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
    infant_loss: Annotated[Fraction, Field(description="Share of accelerators that fail at the start, for good.")] = 0.0
    accelerator_loss_per_year: Annotated[
        Fraction, Field(description="Share of those that work that fail in a year, for good; nobody repairs them.")
    ] = 0.0
    life_years: Annotated[Positive, Field(ge=0.1, le=100, description="Life of a satellite, years.")] = 5.0
    radiator: Annotated[
        Radiator | None, Field(description="The radiator. None: it gives off whatever the accelerators need.")
    ] = None
    shielding_mm: Annotated[
        NonNegative | None,
        Field(
            le=1000,
            description="Shielding, mm of aluminium. With it, interruptions by radiation are computed and added to the "
            "cluster's own, which are then those of any other cause.",
        ),
    ] = None
    chips_per_host: Annotated[Count, Field(le=10_000, description="Accelerators that stop with one host.")] = 4
    silent_errors: Annotated[
        Literal["ignore", "restart", "duplicate"],
        Field(
            description="With `shielding_mm`, what is done about wrong results. ignore: nothing. restart: each is "
            "found and the run goes back to its checkpoint. duplicate: everything is computed twice, at half the speed."
        ),
    ] = "ignore"
    crosslink: Annotated[
        Crosslink | None,
        Field(
            description="Links of the formation; gives pools without `fabric` two tiers: a satellite, and its plane."
        ),
    ] = None
    board_gbps: Annotated[
        Positive, Field(le=1e9, description="With `crosslink`: bandwidth of each accelerator on its satellite, Gbit/s.")
    ] = 3600.0
    mass: Annotated[Mass | None, Field(description="Its mass, for budgets.")] = None

    @model_validator(mode="after")
    def _one_array(self) -> "Satellites":
        if (self.array_kw is None) == (self.array is None):
            given = "both" if self.array is not None else "neither"
            fact = f"the satellites have {given} of array_kw and array"
            raise broken_rule(fact, "Give exactly one of the two; `array_kw: null` takes away what the catalogue gives")
        return self
