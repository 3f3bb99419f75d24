"""Limits: one family for quotas, caps, shared stations, budgets and export rules."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from placement.schema.fields import Label, Model, Name, NonNegative, Series, broken_rule


class JobFilter(Model):
    """Jobs (and flows) that match every key given."""

    team: Annotated[Label | None, Field(description="Of this team.")] = None
    priority: Annotated[Label | None, Field(description="Of this priority.")] = None
    tags: Annotated[tuple[Label, ...], Field(description="With all of these tags.")] = ()


class Over(Model):
    """What a limit counts. Left out: everything."""

    clusters: Annotated[tuple[Name, ...] | None, Field(description="Only these clusters.")] = None
    pools: Annotated[tuple[Label, ...] | None, Field(description="Only these pools, as cluster/pool.")] = None
    jobs: Annotated[JobFilter | None, Field(description="Only these jobs.")] = None


class Limit(Model):
    """At most `max`, at least `min`, of something, over some clusters and jobs, in each span."""

    name: Annotated[Name, Field(description="Its name.")]
    over: Annotated[Over, Field(description="What is counted.")] = Over()
    of: Annotated[
        Name,
        Field(
            description="accelerators (in a slot: held on average; in a longer span: accelerator-hours), mw, mwh, "
            "tco2, water_l, tb, usd, investment_usd (modules and flights), or the name of a resource in `uses` (in a "
            "longer span: amount-hours)."
        ),
    ]
    per: Annotated[Literal["slot", "period", "horizon"], Field(description="The span.")] = "slot"
    max: Annotated[Series | None, Field(description="Most in a span. A series is taken at the span's first slot.")] = (
        None
    )
    min: Annotated[Series | None, Field(description="Least in a span.")] = None
    penalty_usd: Annotated[
        NonNegative | None, Field(description="$ for each unit over or under, per span. None: never.")
    ] = None

    @model_validator(mode="after")
    def _bounded(self) -> "Limit":
        if self.max is None and self.min is None:
            raise broken_rule(f"limit {self.name} has neither max nor min", "Give one of the two, or both")
        if self.of == "mw" and self.per != "slot":
            raise broken_rule(f"limit {self.name} is of mw per {self.per}", "Write `per: slot`, or `of: mwh`")
        return self
