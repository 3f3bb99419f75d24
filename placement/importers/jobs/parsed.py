"""Columns of text, numbers or times as arrays, and which of their cells are neither empty nor readable.

Columns are Arrow arrays: text, as text files have it, or what Parquet files hold. A cell that is empty, or says that
there is nothing (`Unknown`, `None`, `N/A`), is nan or None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from placement.importers.jobs.zones import LAST, Floats, TimeZone

if TYPE_CHECKING:
    import pyarrow as pa

Mask = NDArray[np.bool_]
T = TypeVar("T")

NOTHING = ("", "Unknown", "None", "N/A", "NULL", "null", "None assigned", "nan", "NaN")
_NUMBER = re.compile(r"[-+]?([0-9]{1,300}\.?[0-9]{0,300}|\.[0-9]{1,300})([eE][-+]?[0-9]{1,3})?")
_CLOCK = r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}$"
_SPAN = re.compile(r"(?:([0-9]{1,6})-)?(?:([0-9]{1,6}):)?([0-9]{1,8}):([0-9]{1,2})(?:\.[0-9]+)?")
_EPOCH = datetime(1970, 1, 1)


def column(cells: Sequence[str | None]) -> pa.Array:
    """Text as an Arrow array."""
    import pyarrow as pa

    return pa.array(cells, pa.string())


def plain(values: pa.Array) -> pa.Array:
    """The same values in a plain type: encoded ones written out, text as one type, nothing as null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(values.type, pa.BaseExtensionType):
        values = values.cast(values.type.storage_type)
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_large_string(values.type) or pa.types.is_string_view(values.type):
        values = values.cast(pa.string())
    if pa.types.is_string(values.type):
        values = pc.utf8_trim_whitespace(values)
        values = pc.if_else(pc.is_in(values, pa.array(NOTHING)), pa.scalar(None, pa.string()), values)
    return values


def numbers(values: pa.Array) -> tuple[Floats, Mask]:
    """Numbers, nan where there is none, and which cells are no numbers. Shape (n,) each."""
    import pyarrow as pa

    values = plain(values)
    kind = values.type
    if pa.types.is_string(kind):
        return _from_text(values, _number)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        found = _floats(values.cast(pa.float64(), safe=False))
        return np.where(np.isinf(found), np.nan, found), np.isinf(found)
    return np.full(len(values), np.nan), _valid(values)


def moments(values: pa.Array, zone: TimeZone, zero_s: float = 0.0) -> tuple[Floats, Mask]:
    """Times as Unix seconds, nan where there is none, and which cells are no times. Shape (n,) each.

    Text is ISO 8601, in `zone` where it names none itself; numbers are seconds from `zero_s`.
    """
    import pyarrow as pa

    values = plain(values)
    kind = values.type
    if pa.types.is_string(kind):
        return _moments_of_text(values, zone, zero_s)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        aware = pa.types.is_timestamp(kind) and kind.tz is not None
        stamps = values.cast(pa.timestamp("us", "UTC" if aware else None), safe=False)
        found = _floats(stamps.cast(pa.int64()).cast(pa.float64(), safe=False)) / 1e6
        return (found if aware else zone.unix_s(found)), np.zeros(len(found), dtype=bool)
    found, bad = numbers(values)
    return found + zero_s, bad


def texts(values: pa.Array) -> list[str | None]:
    """Cells as text, None where there is none; whole numbers without a point."""
    import pyarrow as pa

    values = plain(values)
    if pa.types.is_string(values.type) or pa.types.is_null(values.type):
        found: list[str | None] = values.to_pylist()
        return found
    cells = values.to_pylist()
    whole = [int(cell) if isinstance(cell, float) and cell.is_integer() else cell for cell in cells]
    return [None if cell is None or cell != cell else str(cell) for cell in whole]


def mapped(cells: Sequence[Any], function: Callable[[Any], T]) -> list[T]:
    """A function of each cell, worked out once for each that is another."""
    known = {cell: function(cell) for cell in set(cells)}
    return [known[cell] for cell in cells]


def span_s(text: str | None) -> float:
    """Seconds of `[days-][hours:]minutes:seconds`; nan if the text is none."""
    found = _SPAN.fullmatch(text or "")
    if found is None:
        return float("nan")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return 86400.0 * days + 3600.0 * hours + 60.0 * minutes + seconds


def moment_s(text: str, zone: TimeZone, zero_s: float = 0.0) -> float:
    """Unix seconds of a time as text, or of seconds from `zero_s`; nan if the text is neither."""
    if _NUMBER.fullmatch(text):
        return float(text) + zero_s
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return float("nan")
    if moment.tzinfo is None:
        gap = moment - _EPOCH
        return float(zone.unix_s(np.array([gap.total_seconds()]))[0])
    try:
        return moment.astimezone(UTC).timestamp()
    except (OverflowError, ValueError):
        return float("nan")


def iso(unix_s: float) -> str:
    """A moment for people, UTC to the second; a dash for none."""
    if not 0 <= unix_s < LAST:
        return "-"
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moments_of_text(values: pa.Array, zone: TimeZone, zero_s: float) -> tuple[Floats, Mask]:
    import pyarrow as pa
    import pyarrow.compute as pc

    shown = pc.match_substring_regex(values, _CLOCK)
    if pc.all(shown, min_count=0).as_py() is not False:
        try:
            stamps = values.cast(pa.timestamp("s"))
            local = _floats(stamps.cast(pa.int64()).cast(pa.float64(), safe=False))
            return zone.unix_s(local), np.zeros(len(local), dtype=bool)
        except pa.ArrowException:
            pass
    return _from_text(values, lambda text: moment_s(text, zone, zero_s), fast=False)


def _from_text(values: pa.Array, function: Callable[[str], float], *, fast: bool = True) -> tuple[Floats, Mask]:
    """A function of each text that is there; what it finds nan for is bad."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if fast and pc.all(pc.match_substring_regex(values, "^-?[0-9]{1,15}$"), min_count=0).as_py() is not False:
        found = _floats(values.cast(pa.int64()).cast(pa.float64()))
        return found, np.zeros(len(found), dtype=bool)
    found = np.array(mapped(values.to_pylist(), lambda text: float("nan") if text is None else function(text)))
    found = np.asarray(found, dtype=np.float64)
    bad = _valid(values) & ~np.isfinite(found)
    return np.where(bad, np.nan, found), bad


def _number(text: str) -> float:
    return float(text) if _NUMBER.fullmatch(text) else float("nan")


def _floats(values: pa.Array) -> Floats:
    return np.array(values.fill_null(float("nan")).to_numpy(zero_copy_only=False), dtype=np.float64)


def _valid(values: pa.Array) -> Mask:
    return np.asarray(values.is_valid().to_numpy(zero_copy_only=False), dtype=bool)
