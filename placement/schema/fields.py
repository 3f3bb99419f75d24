"""The types that the scenario's fields are made of: numbers with bounds, dates in UTC, series.

A field carries its bounds here and nowhere else: the YAML reader, the column reader of large tables and
the JSON Schema all take them from these annotations.
"""

import re
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Strict, Tag, model_validator
from pydantic_core import PydanticCustomError

LARGEST = 1e15
"""A larger number is a slip: dollars stay exact to a cent up to here."""

MOST = 10**9
"""A larger count is a slip."""

NAME_PATTERN = r"^[^\s/.\x00-\x1f\x7f-\x9f][^/.\x00-\x1f\x7f-\x9f]*$"
LABEL_PATTERN = r"^[^\x00-\x1f\x7f-\x9f]+$"
TEXT_PATTERN = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"
COUNTRY_PATTERN = r"^[A-Z]{2}$"


def broken_rule(fact: str, remedy: str) -> PydanticCustomError:
    """What a record raises whose fields are valid each and do not go together."""
    return PydanticCustomError("broken_rule", "{fact}", {"fact": fact, "remedy": remedy})


class Model(BaseModel):
    """Frozen, and strict about keys: an unknown key is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)


def _to_utc(value: Any) -> Any:
    """A date-time in UTC. Text is ISO 8601; without a zone it is taken as UTC."""
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value.strip())
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day)
        if isinstance(value, datetime):
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise PydanticCustomError("not_a_date", "not a date")


def _to_clock_hours(value: Any) -> Any:
    """Hours of a day from `18:00` or 18.0."""
    if isinstance(value, str) and ":" in value:
        hours, _, minutes = value.partition(":")
        if hours.isdecimal() and minutes.isdecimal() and int(minutes) < 60:
            return int(hours) + int(minutes) / 60
    return value


Utc = Annotated[datetime, BeforeValidator(_to_utc, json_schema_input_type=str)]
"""A moment, UTC."""

Name = Annotated[str, Strict(), Field(min_length=1, max_length=200, pattern=NAME_PATTERN)]
"""A name: not empty, without `/` and `.`, which separate the parts of a path."""

Label = Annotated[str, Strict(), Field(min_length=1, max_length=200, pattern=LABEL_PATTERN)]
"""Free text that identifies something, such as a job."""

Text = Annotated[str, Strict(), Field(max_length=2000, pattern=TEXT_PATTERN)]
"""Text for people."""

FilePath = Annotated[str, Strict(), Field(min_length=1, max_length=1000, pattern=LABEL_PATTERN)]
"""Where a file is."""

Country = Annotated[str, Strict(), Field(pattern=COUNTRY_PATTERN)]
"""A country by its two letters (ISO 3166)."""

Real = Annotated[float, Strict(), Field(ge=-LARGEST, le=LARGEST)]
NonNegative = Annotated[float, Strict(), Field(ge=0, le=LARGEST)]
Positive = Annotated[float, Strict(), Field(gt=0, le=LARGEST)]
Fraction = Annotated[float, Strict(), Field(ge=0, le=1)]
PositiveFraction = Annotated[float, Strict(), Field(gt=0, le=1)]
Count = Annotated[int, Strict(), Field(ge=1, le=MOST)]
WholeNumber = Annotated[int, Strict(), Field(ge=0, le=MOST)]
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


def _to_moments(value: Any) -> Any:
    """Keys of `points` as text: a year is its first day."""
    if not isinstance(value, dict):
        return value
    moments: dict[str, Any] = {}
    for key, number in value.items():
        day = f"{key}-01-01" if re.fullmatch(r"\d{4}", str(key)) else str(key)
        if day in moments:
            raise broken_rule("two points of a series are at one time", "Leave one out")
        moments[day] = number
    return moments


class Learning(Model):
    """A learning curve: what falls by a share with each doubling of what there is in all."""

    start: Annotated[Positive, Field(description="The amount in all at which the factor is 1.")]
    rate: Annotated[Real, Field(ge=0, lt=1, description="Share by which it falls with each doubling (0.2: 20 %).")]


class SeriesSpec(Model):
    """A value that changes over time, and how to lay it onto the horizon.

    Exactly one of `series`, `values`, `file`, `points` says where the numbers come from.
    """

    series: Annotated[Label | None, Field(description="Name in the scenario's `series` or in the catalogue.")] = None
    values: Annotated[
        tuple[Real, ...] | None, Field(description="One number per slot, or one per tick of the horizon.")
    ] = None
    file: Annotated[FilePath | None, Field(description="CSV or Parquet file, relative to the scenario.")] = None
    points: Annotated[
        dict[Label, Real] | None,
        BeforeValidator(_to_moments),
        Field(description="Numbers by date (a year is its first day); what lies between follows from `between`."),
    ] = None
    between: Annotated[
        Literal["linear", "geometric", "step"],
        Field(description="Between `points`: a straight line, a constant rate of growth, or the earlier one."),
    ] = "linear"
    hold: Annotated[
        bool,
        Field(
            strict=True,
            description="Whether the last of `points` holds ever after. If not, a horizon beyond is an error.",
        ),
    ] = False
    learning: Annotated[
        Learning | None,
        Field(description="The numbers are amounts in all, and what counts is (number / start)^log2(1 - rate)."),
    ] = None
    column: Annotated[Label | None, Field(description="Column of `file` with the numbers.")] = None
    time_column: Annotated[
        Label | None,
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
        Annotated[int, Strict(), Field(ge=1900, le=2200)] | None,
        Field(description="For `replay`: the year to replay; for `profile`: the only year used."),
    ] = None
    scale: Annotated[Real, Field(description="Each number is multiplied by this.")] = 1.0
    add: Annotated[Real, Field(description="Then this is added.")] = 0.0
    escalation_per_year: Annotated[
        Real, Field(gt=-1, le=1, description="Then it grows by this share a year from the horizon's start (0.02: 2 %).")
    ] = 0.0

    @model_validator(mode="after")
    def _one_source(self) -> "SeriesSpec":
        given = [key for key in ("series", "values", "file", "points") if getattr(self, key) is not None]
        if len(given) != 1:
            what = f"has {' and '.join(given)}" if given else "has none of series, values, file, points"
            raise broken_rule(f"a series {what}", "Give exactly one of series, values, file, points")
        self._check_points()
        for key in ("column", "time_column"):
            if self.file is None and getattr(self, key) is not None:
                raise broken_rule(f"`{key}` is for a series from a file, and there is no `file`", f"Leave {key} out")
        if self.file is not None and self.column is None:
            raise broken_rule(
                f"the file '{self.file}' is given without a column", "Give `column`, the one with numbers"
            )
        self._check_use()
        return self

    @cached_property
    def moments(self) -> tuple[tuple[datetime, float], ...]:
        """`points` in the order of time."""
        return tuple(sorted((_to_utc(key), value) for key, value in (self.points or {}).items()))

    def _check_points(self) -> None:
        for key in ("between", "hold"):
            if self.points is None and getattr(self, key) != type(self).model_fields[key].default:
                raise broken_rule(f"`{key}` is for a series by points, and there are none", f"Leave {key} out")
        if self.points is None:
            return
        if not self.points:
            raise broken_rule("a series by points has none", "Write `points: {2027: 1.5, 2030: 1.0}`")
        for key in self.points:
            try:
                _to_utc(key)
            except PydanticCustomError:
                fact = f"'{key}' is not a date, and points stand by date"
                raise broken_rule(fact, "Write years or dates, such as 2027 or 2027-07-01") from None
        times = [moment for moment, _ in self.moments]
        if len(set(times)) < len(times):
            raise broken_rule("two points of a series are at one time", "Leave one out")
        if self.between == "geometric" and min(self.points.values()) <= 0:
            fact = f"points between which growth is constant are positive, not {min(self.points.values()):g}"
            raise broken_rule(fact, "Write `between: linear`, or positive numbers")

    def _check_use(self) -> None:
        if self.use != "dated" and self.time_column is None:
            fact = f"`use: {self.use}` is for rows with times, and there is no `time_column`"
            raise broken_rule(fact, "Give `file` with `column` and `time_column`, or leave `use` out")
        if self.use == "replay" and self.year is None:
            raise broken_rule("`use: replay` does not say which year", "Give `year`, such as 2023")
        if self.use == "dated" and self.year is not None:
            raise broken_rule(
                f"`year: {self.year}` has no meaning here", "Write `use: replay` or `use: profile` with it"
            )


def _to_series(value: Any) -> Any:
    if isinstance(value, str):
        return {"series": value}
    if isinstance(value, list | tuple):
        return {"values": tuple(value)}
    return value


def _number_or_series(value: Any) -> str:
    return "a series" if isinstance(value, dict | SeriesSpec) else "a number"


Series = Annotated[
    Annotated[Real, Tag("a number")] | Annotated[SeriesSpec, Tag("a series")],
    Discriminator(_number_or_series),
    BeforeValidator(_to_series, json_schema_input_type=float | str | list[float] | SeriesSpec),
]
"""A number, the name of a series, a list with one number per slot, or a `SeriesSpec`."""
