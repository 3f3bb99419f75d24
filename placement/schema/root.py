"""The scenario: all that the planner writes."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from placement.schema.cluster import Accelerator, Cluster, Dataset, Place, Pool, RoundTrip
from placement.schema.fields import FilePath, Label, Model, Name, SeriesSpec, Text
from placement.schema.jobs import Campaign, Flow, Job, Option, Throughput
from placement.schema.launch import LaunchLimit, Vehicle
from placement.schema.limits import Limit
from placement.schema.policy import Horizon, Money, Policy
from placement.schema.table import Table
from placement.schema.terms import Term
from placement.schema.trace import Trace
from placement.schema.uncertainty import Uncertainty

FORMAT = 1


class TableFile(Model):
    """A table beside the scenario."""

    table: Annotated[FilePath, Field(description="CSV or Parquet file, relative to the scenario.")]
    columns: Annotated[
        dict[Label, Label],
        Field(description="Names of the file's columns for ours, where they differ: {hours: duration_h}."),
    ] = {}
    ignore: Annotated[tuple[Label, ...], Field(description="The file's columns that are not read.")] = ()


class _Common(Model):
    format: Annotated[Literal[1], Field(description="Version of this format.")]
    name: Annotated[Label, Field(description="Name of the scenario.")]
    title: Annotated[Text | None, Field(description="What it is, in a sentence.")] = None
    horizon: Annotated[Horizon, Field(description="The time grid.")]
    use: Annotated[
        Literal["low", "base", "high"],
        Field(description="Which of {value, low, high} is taken, here and in the catalogue."),
    ] = "base"
    reference_accelerator: Annotated[Name, Field(description="Accelerator that `hours` of jobs are stated for.")] = (
        "h100-sxm"
    )
    clusters: Annotated[tuple[Cluster, ...], Field(description="The fleet.", min_length=1)]
    flows: Annotated[tuple[Flow, ...], Field(description="Divisible demand.")] = ()
    campaigns: Annotated[tuple[Campaign, ...], Field(description="Jobs that are asked for again and again.")] = ()
    datasets: Annotated[tuple[Dataset, ...], Field(description="Shared data sets.")] = ()
    limits: Annotated[tuple[Limit, ...], Field(description="Limits.")] = ()
    terms: Annotated[
        tuple[Term, ...], Field(description="Dollars of your own for ways to run jobs: fees, wear, rebates.")
    ] = ()
    vehicles: Annotated[tuple[Vehicle, ...], Field(description="Launch vehicles.")] = ()
    launch_limits: Annotated[
        tuple[LaunchLimit, ...], Field(description="Flights of several vehicles together: sites, corridors, permits.")
    ] = ()
    accelerators: Annotated[
        tuple[Accelerator, ...], Field(description="Accelerators beside those of the catalogue.")
    ] = ()
    places: Annotated[dict[Name, Place], Field(description="Places beside those of the catalogue.")] = {}
    round_trips: Annotated[
        tuple[RoundTrip, ...],
        Field(description="Measured round trips. The catalogue's are added between what lies near its cities."),
    ] = ()
    series: Annotated[dict[Name, SeriesSpec], Field(description="Named series.")] = {}
    money: Annotated[Money, Field(description="Price level and discounting.")] = Money()
    policy: Annotated[Policy, Field(description="What is decided on.")] = Policy()
    uncertainty: Annotated[
        Uncertainty | None, Field(description="What is not known: `placement stress`, `solve --robust`.")
    ] = None


class Variant(Model):
    """A scenario with some of its values changed, by name: `--variant`."""

    name: Annotated[Label, Field(description="Its name.")]
    title: Annotated[Text | None, Field(description="What it is, in a sentence.")] = None
    without: Annotated[
        tuple[Label, ...], Field(description="Dotted paths of what is left out: [clusters.hyperion].")
    ] = ()
    set: Annotated[
        dict[Label, Any],
        Field(description="What stands at dotted paths instead: {vehicles.starship-v4.flights_per_year: 30}."),
    ] = {}


class ScenarioFile(_Common):
    """A scenario as it stands in a file: tables are listed or named. This gives the JSON Schema."""

    extends: Annotated[
        FilePath | None,
        Field(
            description="A file beside this one, or a shipped scenario, over which this one lies, mappings key by key."
        ),
    ] = None
    without: Annotated[tuple[Label, ...], Field(description="Dotted paths of what is left out of it.")] = ()
    set: Annotated[dict[Label, Any], Field(description="What stands at dotted paths instead.")] = {}
    variants: Annotated[tuple[Variant, ...], Field(description="Variants of it, by name: `--variant`.")] = ()

    jobs: Annotated[
        TableFile | tuple[TableFile | Job, ...], Field(description="The jobs: rows, tables in files, or both.")
    ] = ()
    options: Annotated[
        TableFile | tuple[TableFile | Option, ...], Field(description="Measured or quoted ways to run.")
    ] = ()
    throughput: Annotated[TableFile | tuple[TableFile | Throughput, ...], Field(description="Speeds by class.")] = ()


class Scenario(_Common):
    """A checked scenario: catalogue entries merged, tables read, series at hand. Immutable.

    Made by `placement.load` or `placement.scenario`, changed by `replace`, which gives a new one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    jobs: Table
    options: Table
    throughput: Table
    traces: dict[str, Trace] = {}
    """Data behind series that come from files or from the catalogue, by key."""
    catalog_version: str = ""

    def replace(self, path: str, value: Any) -> "Scenario":
        """A new scenario with the value at `path` changed, checked like any other.

        Parameters
        ----------
        path : str
            Dotted names from the root; members of lists by name: `clusters.abilene.power_limit_mw`,
            `clusters.abilene.pools.gb200.number`, `policy.carbon_usd_per_t`, `horizon.slots`.
        value
            What would stand there in the file.

        Raises
        ------
        ScenarioError
            If there is nothing at `path`, or the result is not a valid scenario.
        """
        from placement.loader.change import replace

        return replace(self, path, value)

    def cluster(self, name: str) -> Cluster:
        """The cluster of that name; KeyError if there is none."""
        for cluster in self.clusters:
            if cluster.name == name:
                return cluster
        raise KeyError(name)

    def pools(self) -> Iterator[tuple[Cluster, Pool]]:
        """Every pool with its cluster, in file order."""
        for cluster in self.clusters:
            for pool in cluster.pools:
                yield cluster, pool

    def unit_hours(self) -> NDArray[np.float64]:
        """(jobs,) hours of a unit of each job on its accelerators of reference kind; what is left of a running one."""
        jobs = self.jobs
        hours = np.where(jobs["state"] == "running", jobs["hours_left"], jobs["hours"])
        return np.asarray(hours, dtype=np.float64)

    def without_costs(self) -> tuple[str, ...]:
        """Clusters whose chips and buildings count as free: neither fixed costs nor a rent are given."""
        return tuple(
            cluster.name
            for cluster in self.clusters
            if not cluster.fixed_costs and all(pool.usd_per_accelerator_hour is None for pool in cluster.pools)
        )

    def as_if(self) -> tuple[str, ...]:
        """Names of the clusters that are planned with although they do not operate."""
        return tuple(cluster.name for cluster in self.clusters if cluster.as_if)

    def document(self) -> dict[str, Any]:
        """Everything but tables and traces as plain JSON values, in file form."""
        skip = {"jobs", "options", "throughput", "traces", "catalog_version"} | (set() if self.terms else {"terms"})
        return self.model_dump(mode="json", by_alias=True, exclude=skip, exclude_none=True)


def is_model(value: Any) -> bool:
    """Whether a value is one of the scenario's records."""
    return isinstance(value, BaseModel)
