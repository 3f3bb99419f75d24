"""A cluster: one place that runs jobs, on Earth or in orbit, with its pools, power and link."""

from typing import Annotated, Literal

from pydantic import Field

from placement.schema.fields import (
    Count,
    Country,
    Fraction,
    Label,
    Latitude,
    Longitude,
    Model,
    Name,
    NonNegative,
    Positive,
    Real,
    Series,
    Text,
    WholeNumber,
)
from placement.schema.launch import Module
from placement.schema.orbit import Orbit, Plane, Satellites
from placement.schema.power import Embodied, FixedCost, Source, Tier, Window

Status = Literal["operating", "building", "announced", "filed", "hypothetical", "retired"]

DEFAULT_INTERRUPTIONS = 0.173
"""Unplanned interruptions per accelerator and year: Llama 3 405B, 419 in 54 days on 16,384 H100 (grade C)."""


class Place(Model):
    """A point on Earth."""

    lat: Annotated[Latitude, Field(description="Degrees north.")]
    lon: Annotated[Longitude, Field(description="Degrees east.")]
    country: Annotated[Country | None, Field(description="ISO 3166 code, for residency.")] = None
    availability: Annotated[
        Fraction, Field(description="Share of the time in which a ground station there can be used: weather.")
    ] = 1.0


class RoundTrip(Model):
    """A measured round trip, instead of the rule for fibre. It holds in both directions."""

    from_: Annotated[Name, Field(alias="from", description="A place or a cluster.")]
    to: Annotated[Name, Field(description="A place, a cluster, or a ground station.")]
    ms: Annotated[NonNegative, Field(le=1e6, description="Round-trip time, ms.")]
    catalogue: Annotated[
        bool, Field(strict=True, description="Whether it was taken from the catalogue's table, not given.")
    ] = False


class Block(Model):
    """A part of a pool with its own dates: a building, a batch."""

    name: Annotated[Name, Field(description="Its name.")]
    number: Annotated[WholeNumber, Field(description="Accelerators in it.")]
    service: Annotated[
        Window | None, Field(description="In service from/to. Slots not wholly inside count as none.")
    ] = None


class Pool(Model):
    """Accelerators of one type that share a fabric."""

    name: Annotated[Name | None, Field(description="Left out: the plane's, else the accelerator's name.")] = None
    accelerator: Annotated[Name, Field(description="A name of the catalogue's or the scenario's accelerators.")]
    number: Annotated[
        WholeNumber,
        Field(
            description="Accelerators, spares included. Left out: the sum of its `blocks`; in orbit, without blocks, "
            "all that its satellites carry."
        ),
    ] = 0
    blocks: Annotated[
        tuple[Block, ...],
        Field(description="Parts of the pool with their own dates (a building, a batch). Only what stands is paid."),
    ] = ()
    spares: Annotated[WholeNumber, Field(description="Of these, kept back for failures.")] = 0
    service: Annotated[
        Window | None, Field(description="In service from/to. Slots not wholly inside count as none.")
    ] = None
    plane: Annotated[Name | None, Field(description="Orbital: the plane in which it flies.")] = None
    fabric: Annotated[tuple[Tier, ...], Field(description="Fabric tiers. None: any gang at any speed.")] = ()
    speed: Annotated[
        Series, Field(description="Speed over time, 0 to 1: heat, age, maintenance. Eclipse is added.")
    ] = 1.0
    reserved: Annotated[Series, Field(description="Accelerators taken by others, over time.")] = 0.0
    interruptions_per_accelerator_year: Annotated[
        NonNegative | None, Field(le=1e6, description="Unplanned interruptions of all causes. Left out: the cluster's.")
    ] = None
    kw_per_accelerator: Annotated[
        Positive | None,
        Field(le=1e3, description="Power with its share of host and network, kW. Left out: the accelerator's."),
    ] = None
    usd_per_accelerator_hour: Annotated[
        Series | None, Field(description="Rent, $ per accelerator-hour held; makes the pool `used`.")
    ] = None

    def of_generation(self, accelerator: str) -> str:
        """Name of the pool that a generation of modules fills which add to this one (`docs/model.md` §10)."""
        return str(self.name) if accelerator == self.accelerator else f"{self.name}-{accelerator}"


class Link(Model):
    """The cluster's way to the rest of the world, shared by all that it stages and unloads."""

    gbps_in: Annotated[Positive, Field(le=1e9, description="Gbit/s towards the cluster while in contact.")]
    gbps_out: Annotated[Positive, Field(le=1e9, description="Gbit/s from the cluster while in contact.")]
    usd_per_tb_in: Annotated[NonNegative, Field(le=1e9, description="$ per TB staged.")] = 0.0
    usd_per_tb_out: Annotated[NonNegative, Field(le=1e9, description="$ per TB unloaded.")] = 0.0
    contact: Annotated[Series, Field(description="Share of the time in contact, 0 to 1.")] = 1.0
    stations: Annotated[
        tuple[Name, ...],
        Field(description="Orbital: ground stations (names of `places` or the catalogue). None: a relay, always on."),
    ] = ()
    min_elevation_deg: Annotated[Real, Field(ge=0, le=90, description="Elevation mask of the stations, degrees.")] = (
        10.0
    )
    availability: Annotated[
        Fraction, Field(description="Share of contact time that can be used: booking, terminals.")
    ] = 1.0


class Cluster(Model):
    """One place that runs jobs. With an `orbit` it is orbital, else terrestrial."""

    name: Annotated[Name, Field(description="Left out in the file: the name of the catalogue entry.")]
    from_: Annotated[
        Label | None, Field(alias="from", description="Catalogue entry that gives what is not written here.")
    ] = None
    title: Annotated[Text | None, Field(description="Name for people.")] = None
    status: Annotated[Status, Field(description="What is true of it today.")] = "operating"
    as_if: Annotated[
        bool, Field(strict=True, description="Plan with it although it does not operate yet; every output says so.")
    ] = False
    place: Annotated[Place | None, Field(description="Where it stands; for latency and residency.")] = None
    service: Annotated[Window | None, Field(description="In service from/to.")] = None
    pools: Annotated[tuple[Pool, ...], Field(description="Left out for an orbital cluster: one per plane.")] = ()
    charge: Annotated[
        Literal["owned", "committed", "used"],
        Field(
            description="How fixed costs count. owned: paid anyway, a constant. committed: paid for the horizon "
            "once anything runs. used: per accelerator-hour held."
        ),
    ] = "owned"
    fixed_costs: Annotated[tuple[FixedCost, ...], Field(description="Fixed costs.")] = ()
    embodied: Annotated[
        tuple[Embodied, ...], Field(description="Embodied carbon; reported beside the dollars, not decided on.")
    ] = ()
    pue: Annotated[Real, Field(ge=1, le=5, description="Facility power over the power of accelerators and hosts.")] = (
        1.0
    )
    power_limit_mw: Annotated[
        Series | None, Field(description="Most that the facility draws, MW, battery charging apart.")
    ] = None
    idle_mw: Annotated[NonNegative, Field(le=1e6, description="Facility power while on with nothing running, MW.")] = (
        0.0
    )
    switchable: Annotated[bool, Field(strict=True, description="Whether it may be switched off, saving `idle_mw`.")] = (
        False
    )
    startup_usd: Annotated[NonNegative, Field(description="$ for each switching on.")] = 0.0
    shutdown_usd: Annotated[NonNegative, Field(description="$ for each switching off.")] = 0.0
    initially_on: Annotated[bool, Field(strict=True, description="Whether it is on before the horizon.")] = True
    finally_off: Annotated[
        bool,
        Field(
            strict=True, description="Whether it is switched off at the end of the horizon, `shutdown_usd` included."
        ),
    ] = False
    energy_price: Annotated[Series, Field(description="$/MWh at the meter.")] = 0.0
    carbon_g_per_kwh: Annotated[Series, Field(description="gCO2e/kWh at the meter.")] = 0.0
    water_l_per_kwh: Annotated[NonNegative, Field(le=1e4, description="Litres per kWh of the accelerators (WUE).")] = (
        0.0
    )
    sources: Annotated[
        tuple[Source, ...], Field(description="Power sources. None: one grid at `energy_price` up to `power_limit_mw`.")
    ] = ()
    interruptions_per_accelerator_year: Annotated[
        NonNegative, Field(le=1e6, description="Unplanned interruptions of all causes per accelerator and year.")
    ] = DEFAULT_INTERRUPTIONS
    storage_gbps: Annotated[
        Positive | None,
        Field(ge=1e-3, le=1e9, description="Speed at which checkpoints are written, Gbit/s. None: at once."),
    ] = None
    restart_minutes: Annotated[
        NonNegative, Field(le=1e5, description="From an interruption until training runs again, minutes.")
    ] = 10.0
    link: Annotated[Link | None, Field(description="None: data move at once and for nothing.")] = None
    rtt_ms: Annotated[
        NonNegative | None, Field(le=1e6, description="Round-trip time to every home, ms. Left out: computed.")
    ] = None
    orbit: Annotated[Orbit | None, Field(description="Makes the cluster orbital.")] = None
    planes: Annotated[tuple[Plane, ...], Field(description="Planes. None: all satellites in the orbit's plane.")] = ()
    satellites: Annotated[Satellites | None, Field(description="Satellites of an orbital cluster.")] = None
    resources: Annotated[
        dict[Name, Series], Field(description="Named things that jobs use (`uses`) and their amount, over time.")
    ] = {}
    modules: Annotated[tuple[Module, ...], Field(description="What can be added to it.")] = ()

    @property
    def orbital(self) -> bool:
        """Whether it flies."""
        return self.orbit is not None

    def destinations(self, plane: str) -> tuple[str, ...]:
        """What one of its planes ("" without planes) is called where flights go, the closest name first."""
        orbit = "sso" if self.orbit is not None and self.orbit.ltan is not None else "leo"
        return (*((f"{self.name}/{plane}",) if plane else ()), self.name, orbit)


class Upsets(Model):
    """Dose, rad(Si), per event of an accelerator in the beam; by default those of Google's TPU v6e and its host.

    Suncatcher, arXiv:2511.19468 section 4.3. For other accelerators a stand-in: none has published as much.
    """

    memory_rad: Annotated[Positive, Field(le=1e12, description="Per uncorrected error of its memory.")] = 44.0
    chip_rad: Annotated[Positive, Field(le=1e12, description="Per stop of the chip.")] = 5000.0
    host_rad: Annotated[
        Positive, Field(le=1e12, description="Per stop of its host: processor 450 rad and memory 400 rad together.")
    ] = 212.0
    silent_rad: Annotated[Positive, Field(le=1e12, description="Per wrong result that nothing reports.")] = 17.0
    total_rad: Annotated[
        Positive, Field(le=1e12, description="Dose in all from which it becomes irregular (HBM, 2 krad).")
    ] = 2000.0


class Accelerator(Model):
    """A type of accelerator."""

    name: Annotated[Name, Field(description="Its name.")]
    title: Annotated[Text | None, Field(description="Name for people.")] = None
    bf16_tflops: Annotated[Positive, Field(ge=1e-3, le=1e9, description="Dense BF16 peak, Tflop/s.")]
    memory_gb: Annotated[Positive, Field(le=1e9, description="Memory, GB.")]
    kw: Annotated[Positive, Field(le=1e3, description="Power with its share of host and network, kW.")]
    usd: Annotated[NonNegative | None, Field(description="Price, $.")] = None
    upsets: Annotated[Upsets, Field(description="Upsets by radiation.")] = Upsets()


class Dataset(Model):
    """A data set that several jobs read; it moves to a cluster once."""

    name: Annotated[Name, Field(description="Its name.")]
    tb: Annotated[Positive, Field(le=1e9, description="Size, TB.")]
    home: Annotated[Name, Field(description="Cluster or place where it is.")]
    clusters: Annotated[tuple[Name, ...], Field(description="Clusters that hold a copy already.")] = ()


__all__ = ["Accelerator", "Block", "Cluster", "Count", "Dataset", "Link", "Place", "Pool", "Status"]
