"""Jobs and what describes how they run: one record per row of the job, option and throughput tables.

The records are also the definition of the columns of large tables: types and bounds are read from here.
"""

from typing import Annotated, Literal

from pydantic import Field

from placement.schema.fields import (
    Count,
    Country,
    Label,
    Model,
    Name,
    NonNegative,
    Positive,
    PositiveFraction,
    Series,
    Utc,
    WholeNumber,
)


class _Run(Model):
    """What jobs, and the jobs of a campaign, may say of their runs."""

    class_: Annotated[Name | None, Field(alias="class", description="Class, for the throughput table.")] = None
    team: Annotated[Label | None, Field(description="Who it belongs to.")] = None
    priority: Annotated[
        Label | None,
        Field(description="A name of `policy.priorities`, whose weight multiplies the default `reject_usd`."),
    ] = None
    tags: Annotated[tuple[Label, ...], Field(description="Tags, for limits. In tables separated by `;`.")] = ()
    delay_usd_per_hour: Annotated[
        NonNegative, Field(description="$ for each hour from when it could start to the end of its run.")
    ] = 0.0
    utilization: Annotated[
        PositiveFraction, Field(description="Mean power of its accelerators over their rated power.")
    ] = 1.0
    memory_gb: Annotated[NonNegative, Field(le=1e9, description="Memory needed on each accelerator, GB.")] = 0.0
    home: Annotated[Name | None, Field(description="Cluster or place where its users and data are.")] = None
    residency: Annotated[
        tuple[Country, ...], Field(description="Countries (ISO 3166) where it may run. None: any.")
    ] = ()
    max_rtt_ms: Annotated[NonNegative | None, Field(le=1e6, description="Longest round trip from `home`, ms.")] = None
    max_contact_gap_hours: Annotated[
        NonNegative | None, Field(le=1e6, description="Longest time without contact while it may run, h.")
    ] = None
    sync_gbps: Annotated[
        NonNegative,
        Field(le=1e9, description="Bandwidth that each accelerator needs to its gang, Gbit/s. 0: loosely coupled."),
    ] = 0.0
    dataset: Annotated[Name | None, Field(description="Shared data set that it reads.")] = None
    dataset_tb: Annotated[NonNegative, Field(le=1e9, description="Own data staged before each run, TB.")] = 0.0
    checkpoint_tb: Annotated[NonNegative, Field(le=1e9, description="Size of a checkpoint, TB; for goodput.")] = 0.0
    result_tb: Annotated[NonNegative, Field(le=1e9, description="Results unloaded after the run, TB.")] = 0.0
    clusters: Annotated[tuple[Name, ...], Field(description="Only on these. None: on all.")] = ()
    not_clusters: Annotated[tuple[Name, ...], Field(description="Not on these.")] = ()
    segments: Annotated[
        Count, Field(le=1000, description="Runs in that many equal parts, with pauses between if that pays.")
    ] = 1
    segment_shares: Annotated[
        tuple[PositiveFraction, ...],
        Field(
            description="Shares of its work that its segments do, in order; they add up to 1. Left out: equal ones. In "
            "tables separated by `;`."
        ),
    ] = ()
    resume_hours: Annotated[NonNegative, Field(le=1e6, description="Added to each segment but the first, h.")] = 0.0
    uses: Annotated[
        dict[Name, WholeNumber],
        Field(description="Named resources it holds while it runs. In tables: columns `uses.NAME`."),
    ] = {}


class Job(_Run):
    """A training run: a gang of accelerators for a number of hours, all at once."""

    job: Annotated[Label, Field(description="Its name; unique.")]
    count: Annotated[Count, Field(le=10**7, description="That many alike.")] = 1
    hours: Annotated[
        Positive,
        Field(le=1e6, description="Run time on `accelerators` reference accelerators, h, without interruptions."),
    ]
    hours_p90: Annotated[
        Positive | None,
        Field(le=1e6, description="Run time not exceeded in 90 % of cases, h; for `policy.run_time: p90`."),
    ] = None
    accelerators: Annotated[Count, Field(description="Gang size.")]
    submitted: Annotated[Utc | None, Field(description="When it was asked for. Left out: the horizon's start.")] = None
    earliest_start: Annotated[Utc | None, Field(description="It starts no earlier. Left out: `submitted`.")] = None
    deadline: Annotated[
        Utc | None,
        Field(
            description="It ends no later. A day without a time is its begin, 00:00 UTC; for all of it, the next day."
        ),
    ] = None
    reject_usd: Annotated[
        NonNegative | None,
        Field(
            description="Loss if it is turned away, $ each. null: it must run. Left out: policy value × hours × "
            "accelerators × weight."
        ),
    ] = None
    must_run: Annotated[
        bool | None,
        Field(
            strict=True,
            description="The same as `reject_usd: null`, for tables: with it an empty `reject_usd` is the policy's.",
        ),
    ] = None
    pin_cluster: Annotated[Name | None, Field(description="On this cluster and no other.")] = None
    pin_pool: Annotated[Name | None, Field(description="On this pool of its cluster and no other.")] = None
    pin_start: Annotated[Utc | None, Field(description="Starts at this moment, rounded up to the next slot.")] = None
    pauses: Annotated[
        WholeNumber,
        Field(
            le=100,
            description="It may be interrupted that often: where, and how long, is decided, unless `segments` says so. "
            "`resume_hours` are what going on takes.",
        ),
    ] = 0
    after: Annotated[
        tuple[Label, ...], Field(description="Jobs that must end before it starts, every unit of them.")
    ] = ()
    after_lag_hours: Annotated[NonNegative, Field(le=1e6, description="Time between their end and its start, h.")] = 0.0
    state: Annotated[
        Literal["waiting", "running"], Field(description="running: it is on `cluster` already and stays there.")
    ] = "waiting"
    cluster: Annotated[Name | None, Field(description="For a running job: where.")] = None
    pool: Annotated[Name | None, Field(description="For a running job: on which pool. Left out: the only one.")] = None
    started: Annotated[Utc | None, Field(description="For a running job: since when.")] = None
    hours_left: Annotated[
        Positive | None, Field(le=1e6, description="For a running job: hours of `hours` not yet done.")
    ] = None
    campaign: Annotated[Label | None, Field(description="Campaign that it was made for; written by the program.")] = (
        None
    )


class Sizes(Model):
    """Gangs of many sizes: quantiles of a lognormal distribution."""

    number: Annotated[Count, Field(le=1000, description="Sizes; for each the campaign stands once, at its size.")]
    sigma: Annotated[
        Positive,
        Field(le=5, description="Standard deviation of the logarithm of the gang size; its median is `accelerators`."),
    ]


class Campaign(_Run):
    """Jobs alike that are asked for again and again, at a rate and a size that change over the years."""

    name: Annotated[
        Label, Field(description="Its name; its jobs are called after it and the slot they are asked for in.")
    ]
    per_year: Annotated[Series, Field(description="Jobs per year; whole ones are counted as they add up.")]
    hours: Annotated[Series, Field(description="Run time of each on `accelerators` reference accelerators, h.")]
    accelerators: Annotated[Series, Field(description="Gang size of each, rounded to a whole number, at least 1.")]
    sizes: Annotated[
        Sizes | None,
        Field(
            description="Not all of `accelerators`: smaller and larger ones, each size with the same share of the work."
        ),
    ] = None
    deadline_days: Annotated[
        Positive | None,
        Field(le=1e5, description="It ends within so many days of the slot's begin. None: no deadline."),
    ] = None
    reject_usd: Annotated[
        Series | None, Field(description="Loss for each that is turned away, $. Left out: the policy's.")
    ] = None
    must_run: Annotated[bool, Field(strict=True, description="Whether each must run.")] = False


class Option(Model):
    """One measured or quoted way to run a job. Rows of a job with the same `option` are parts of one way."""

    job: Annotated[Label, Field(description="The job.")]
    option: Annotated[Label, Field(description="Name of the way.")]
    cluster: Annotated[Name, Field(description="Cluster of this part.")]
    pool: Annotated[Name | None, Field(description="Pool of this part. Left out: the only one.")] = None
    accelerators: Annotated[Count, Field(description="Accelerators of this part.")]
    hours: Annotated[Positive, Field(le=1e6, description="Run time at full speed, h; the same in all parts.")]
    price_usd: Annotated[
        NonNegative, Field(description="$ for the part, beside the energy and use charges of its cluster.")
    ] = 0.0
    kw_per_accelerator: Annotated[
        Positive | None, Field(le=1e3, description="Power of each accelerator of the part, kW. Left out: the pool's.")
    ] = None
    earliest_start: Annotated[
        Utc | None, Field(description="This way begins no earlier; the same in all parts. Left out: when the job may.")
    ] = None
    latest_start: Annotated[
        Utc | None, Field(description="This way begins no later; the same in all parts. Left out: when the job may.")
    ] = None


class Throughput(Model):
    """How fast a class of jobs runs on an accelerator, against the reference accelerator."""

    class_: Annotated[Name, Field(alias="class", description="Class of jobs.")]
    accelerator: Annotated[Name, Field(description="Accelerator.")]
    accelerators: Annotated[
        Count | None, Field(description="A gang of this size is another option. Left out: the job's own size.")
    ] = None
    relative_speed: Annotated[
        Positive,
        Field(ge=1e-6, le=1e6, description="Speed of one of these over one reference accelerator, in this gang."),
    ]
    kw_per_accelerator: Annotated[
        Positive | None, Field(le=1e3, description="Power of each, kW. Left out: the pool's.")
    ] = None


class Flow(Model):
    """A divisible demand: work that runs on any number of accelerators, served or lost slot by slot."""

    name: Annotated[Name, Field(description="Its name.")]
    demand: Annotated[Series, Field(description="Reference accelerators wanted, over time.")]
    unmet_usd_per_accelerator_hour: Annotated[
        Series, Field(description="$ for each reference accelerator-hour not served, over time.")
    ]
    class_: Annotated[Name | None, Field(alias="class", description="Class, for the throughput table.")] = None
    team: Annotated[Label | None, Field(description="Who it belongs to.")] = None
    priority: Annotated[Label | None, Field(description="For limits.")] = None
    tags: Annotated[tuple[Label, ...], Field(description="Tags, for limits.")] = ()
    utilization: Annotated[PositiveFraction, Field(description="Mean power over rated power.")] = 1.0
    memory_gb: Annotated[NonNegative, Field(le=1e9, description="Memory needed on each accelerator, GB.")] = 0.0
    home: Annotated[Name | None, Field(description="Cluster or place where its users are.")] = None
    residency: Annotated[tuple[Country, ...], Field(description="Countries where it may run. None: any.")] = ()
    max_rtt_ms: Annotated[NonNegative | None, Field(le=1e6, description="Longest round trip from `home`, ms.")] = None
    clusters: Annotated[tuple[Name, ...], Field(description="Only on these. None: on all.")] = ()
    not_clusters: Annotated[tuple[Name, ...], Field(description="Not on these.")] = ()
