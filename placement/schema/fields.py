"""The types that the scenario's fields are made of: numbers with bounds, dates in UTC, series.

A field carries its bounds here and nowhere else: the YAML reader, the column reader of large tables and
the JSON Schema all take them from these annotations.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, model_validator


class Model(BaseModel):
    """Frozen, and strict about keys: an unknown key is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)


def _to_utc(value: Any) -> Any:
    """A date-time in UTC. Text is ISO 8601; without a zone it is taken as UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise ValueError("not a date; write ISO 8601, such as 2027-06-07T00:00:00Z") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    raise ValueError("not a date; write ISO 8601, such as 2027-06-07T00:00:00Z")


def _to_clock_hours(value: Any) -> Any:
    """Hours of a day from `18:00` or 18.0."""
    if isinstance(value, str) and ":" in value:
        hours, _, minutes = value.partition(":")
        if hours.strip().isdigit() and minutes.strip().isdigit():
            return int(hours) + int(minutes) / 60
    return value


Utc = Annotated[datetime, BeforeValidator(_to_utc, json_schema_input_type=str)]
"""A moment, UTC."""

Name = Annotated[str, Strict(), Field(min_length=1, max_length=200, pattern=r"^[^\s/.][^/.]*$")]
"""A name: not empty, without `/` and `.`, which separate the parts of a path."""

Label = Annotated[str, Strict(), Field(min_length=1, max_length=200)]
"""Free text that identifies something, such as a job."""

Real = Annotated[float, Strict()]
NonNegative = Annotated[float, Strict(), Field(ge=0)]
Positive = Annotated[float, Strict(), Field(gt=0)]
Fraction = Annotated[float, Strict(), Field(ge=0, le=1)]
PositiveFraction = Annotated[float, Strict(), Field(gt=0, le=1)]
Count = Annotated[int, Strict(), Field(ge=1)]
WholeNumber = Annotated[int, Strict(), Field(ge=0)]
Degrees = Annotated[float, Strict(), Field(ge=-360, le=360)]
Latitude = Annotated[float, Strict(), Field(ge=-90, le=90)]
Longitude = Annotated[float, Strict(), Field(ge=-180, le=180)]
ClockHours = Annotated[
    float,
    Strict(),
    Field(ge=0, lt=24),
    BeforeValidator(_to_clock_hours, json_schema_input_type=float | str),
]
"""Local time of day, hours: 18.0 or "18:00"."""


class SeriesSpec(Model):
    """A value that changes over time, and how to lay it onto the horizon.

    Exactly one of `series`, `values`, `file` says where the numbers come from.
    """

    series: Annotated[str | None, Field(description="Name in the scenario's `series` or in the catalogue.")] = None
    values: Annotated[
        tuple[Real, ...] | None, Field(description="One number per slot, or one per tick of the horizon.")
    ] = None
    file: Annotated[str | None, Field(description="CSV or Parquet file, relative to the scenario.")] = None
    column: Annotated[str | None, Field(description="Column of `file` with the numbers.")] = None
    time_column: Annotated[
        str | None,
        Field(description="Column of `file` with the time of each row, UTC. Without it a row is a slot."),
    ] = None
    use: Annotated[
        Literal["dated", "profile", "replay"],
        Field(
            description="How rows with times are laid onto the horizon. dated: at their own time. profile: "
            "means by month and hour of the day. replay: the year `year`, shifted by whole weeks, so that "
            "weekday and hour agree."
        ),
    ] = "dated"
    year: Annotated[
        int | None, Field(description="For `replay`: the year to replay; for `profile`: the only year used.")
    ] = None
    scale: Annotated[Real, Field(description="Each number is multiplied by this.")] = 1.0
    add: Annotated[Real, Field(description="Then this is added.")] = 0.0
    escalation_per_year: Annotated[
        Real, Field(gt=-1, description="Then it grows by this share a year from the horizon's start (0.02: 2 %).")
    ] = 0.0

    @model_validator(mode="after")
    def _one_source(self) -> "SeriesSpec":
        given = [key for key in ("series", "values", "file") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(f"a series takes exactly one of series, values, file; here are {len(given)}: {given}")
        if self.file is not None and self.column is None:
            raise ValueError("a series from a file needs `column`")
        if self.use == "replay" and self.year is None:
            raise ValueError("use: replay needs `year`, the year to replay")
        return self


def _to_series(value: Any) -> Any:
    if isinstance(value, str):
        return {"series": value}
    if isinstance(value, list | tuple):
        return {"values": tuple(value)}
    return value


Series = Annotated[
    Real | SeriesSpec,
    Field(union_mode="left_to_right"),
    BeforeValidator(_to_series, json_schema_input_type=float | str | list[float] | SeriesSpec),
]
"""A number, the name of a series, a list with one number per slot, or a `SeriesSpec`."""
