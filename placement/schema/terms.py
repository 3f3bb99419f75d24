"""Terms: dollars of the user's own for each way to run a job, from a table or from an installed package."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from placement.schema.fields import FilePath, Label, Model, Name, Real, Text, Utc, broken_rule

KEYS = ("job", "class", "team", "priority", "cluster", "pool", "accelerator", "option")
"""Columns by which a row says what it is for."""


class TermRow(Model):
    """Dollars for the runs that have all that a row names. Rows that match add up."""

    job: Annotated[Label | None, Field(description="Only this job.")] = None
    class_: Annotated[Name | None, Field(alias="class", description="Only jobs of this class.")] = None
    team: Annotated[Label | None, Field(description="Only jobs of this team.")] = None
    priority: Annotated[Label | None, Field(description="Only jobs of this priority.")] = None
    cluster: Annotated[Name | None, Field(description="Only on this cluster.")] = None
    pool: Annotated[Label | None, Field(description="Only on pools of this name.")] = None
    accelerator: Annotated[Name | None, Field(description="Only on this accelerator.")] = None
    option: Annotated[Label | None, Field(description="Only this way: of the option table, or `cluster/pool x64`.")] = (
        None
    )
    usd_per_run: Annotated[
        Real, Field(description="$ for each run that begins, at its start, once. Below 0: a rebate.")
    ] = 0.0
    usd_per_accelerator_hour: Annotated[
        Real, Field(description="$ for each accelerator and hour that a run holds. Below 0: a rebate.")
    ] = 0.0
    from_: Annotated[
        Utc | None,
        Field(
            alias="from", description="Runs that begin, and hours held, in slots that begin at this moment or later."
        ),
    ] = None
    until: Annotated[
        Utc | None, Field(description="Runs that begin, and hours held, in slots that begin before this moment.")
    ] = None

    @model_validator(mode="after")
    def _in_order(self) -> "TermRow":
        if self.from_ is not None and self.until is not None and self.until <= self.from_:
            fact = f"`until` {self.until:%Y-%m-%dT%H:%MZ} is not after `from` {self.from_:%Y-%m-%dT%H:%MZ}"
            raise broken_rule(fact, "Swap the two")
        return self


class Term(Model):
    """Dollars for each way to run a job, beside what the program works out: rows, or a term of an installed package.

    All other keys are parameters, for the package's term.
    """

    model_config = ConfigDict(extra="allow")

    name: Annotated[
        Name,
        Field(
            description="Its name; its dollars are the category `term NAME`. Without `term` also that of the package's."
        ),
    ]
    title: Annotated[Text | None, Field(description="What it is, in a sentence.")] = None
    table: Annotated[FilePath | None, Field(description="CSV or Parquet file of rows, relative to the scenario.")] = (
        None
    )
    rows: Annotated[tuple[TermRow, ...] | None, Field(description="The rows, here.")] = None
    term: Annotated[Label | None, Field(description="Name of the package's term, where `name` is another.")] = None
    package: Annotated[
        Label | None,
        Field(description="The package that the term is of. Left out: the one that has it; written by the program."),
    ] = None

    @property
    def listed(self) -> bool:
        """Whether its dollars stand in rows."""
        return self.table is not None or self.rows is not None

    @property
    def wanted(self) -> str:
        """Name of the package's term."""
        return self.term or self.name

    @property
    def parameters(self) -> dict[str, Any]:
        """What the scenario says to the package's term."""
        return dict(self.model_extra or {})

    @model_validator(mode="after")
    def _one_kind(self) -> "Term":
        if self.table is not None and self.rows is not None:
            raise broken_rule(f"term {self.name} has both a table and rows", "Leave one of the two out")
        if self.listed and (self.term is not None or self.package is not None):
            key = "term" if self.term is not None else "package"
            raise broken_rule(f"term {self.name} has rows of its own, and `{key}`", f"Leave {key} out, or the rows")
        if self.listed and self.parameters:
            keys = ", ".join(f"'{key}'" for key in self.parameters)
            raise broken_rule(
                f"term {self.name} has rows of its own, and keys that nobody reads: {keys}", "Leave them out"
            )
        return self
