"""Hourly numbers of zones as a table: how it is written, and what is told of it."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from placement.importers.readings import TIME_COLUMN, Floats, Readings, Zone
from placement.importers.wanted import counted

TOLD = 6
"""Zones that are told of one by one."""


@dataclass
class Column:
    """The hours of a zone on the axis of the table."""

    zone: Zone
    unit: str
    values: Floats
    filled: int

    @property
    def name(self) -> str:
        """Of the zone, with the unit behind it where that is not one of a scenario."""
        return self.zone.name if self.unit in ("$/MWh", "g/kWh") else f"{self.zone.name} [{self.unit}]"

    @property
    def gaps(self) -> int:
        """Hours without a number."""
        return int(np.isnan(self.values).sum())


@dataclass
class SeriesTable:
    """All zones on one axis of hours, at least one."""

    first: int
    """Hours since 1970."""
    columns: list[Column]
    empty: list[str]
    """Zones without any number."""

    @property
    def times(self) -> NDArray[np.datetime64]:
        """Shape (hours,), datetime64[h], UTC."""
        return np.datetime64(self.first, "h") + np.arange(len(self.columns[0].values))

    def write(self, path: Path, suffix: str) -> None:
        """Write it as CSV or Parquet."""
        if suffix == ".csv":
            self._write_csv(path)
            return
        import pyarrow as pa
        import pyarrow.parquet

        times = pa.array(self.times.astype("datetime64[ms]")).cast(pa.timestamp("ms", "UTC"))
        columns = {TIME_COLUMN: times, **{c.name: pa.array(c.values, from_pandas=True) for c in self.columns}}
        pyarrow.parquet.write_table(pa.table(columns), path)

    def _write_csv(self, path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow([TIME_COLUMN, *(column.name for column in self.columns)])
            for k, time in enumerate(np.datetime_as_string(self.times, unit="s")):
                numbers = (float(column.values[k]) for column in self.columns)
                writer.writerow([f"{time}Z", *("" if number != number else repr(number) for number in numbers)])

    def lines(self, readings: Readings, out: Path, files: int) -> list[str]:
        """What is told."""
        units = sorted({column.unit for column in self.columns})
        read = f"read {counted(readings.rows, 'row')} of {counted(files, 'file')}"
        span = f"{len(self.times):,} hours from {self.times[0]}Z to {self.times[-1]}Z"
        text = [f"{read}: {counted(len(self.columns), 'zone')}, {span}, {', '.join(units)}"]
        text += [f"  {what}: {count:,}" for what, count in sorted(readings.notes.items()) if count]
        blank = sum(column.zone.blank for column in self.columns)
        if blank:
            text.append(f"  numbers missing in the files: {blank:,}")
        text += [f"  {name} has no number at all and is left out" for name in self.empty[:TOLD]]
        if len(self.empty) > TOLD:
            text.append(f"  so are {len(self.empty) - TOLD:,} more zones")
        text += self._gaps()
        text += [_line(column) for column in self.columns[:TOLD]]
        if len(self.columns) > TOLD:
            text.append(f"  and {len(self.columns) - TOLD:,} more")
        text += [f"  {line}" for unit in units for line in _foreign(unit)]
        spec = f"{{file: {out.name}, column: {_yaml(self.columns[0].name)}, time_column: {TIME_COLUMN}}}"
        text += [f"written to {out}; in a scenario:", f"  {spec}"]
        return text + self._years()

    def _gaps(self) -> list[str]:
        """What is missing and what was filled."""
        text = []
        filled, gaps = sum(c.filled for c in self.columns), sum(c.gaps for c in self.columns)
        if filled:
            text.append(f"  hours filled: {filled:,}")
        if not gaps:
            return [*text, "  no hour is missing"]
        first = next(column for column in self.columns if column.gaps)
        at = self.times[np.flatnonzero(np.isnan(first.values))[0]]
        text.append(f"  hours missing, left empty: {gaps:,}, the first {at}Z of {first.zone.name}")
        return text

    def _years(self) -> list[str]:
        """Which years are whole in UTC, as `replay` wants them."""
        text, times = [], self.times
        years = times.astype("datetime64[Y]")
        for year in np.unique(years):
            here = years == year
            begin, end = year.astype("datetime64[h]"), (year + 1).astype("datetime64[h]")
            hours = int((end - begin).astype(int))
            there = int(min((~np.isnan(column.values[here])).sum() for column in self.columns))
            if there == hours:
                text.append(f"  {year} is whole: use: replay, year: {year}")
            elif there >= hours - 48:
                text.append(f"  {year} lacks {hours - there} of its hours for use: replay; where they are its first or")
                text.append(
                    "  last ones, the file of the year beside it has them: years begin by the clock of the place"
                )
        return text


def _line(column: Column) -> str:
    values = column.values[~np.isnan(column.values)]
    missing = f", {counted(column.gaps, 'hour')} missing" if column.gaps else ""
    low, high = values.min(), values.max()
    return f"  {column.name}: mean {values.mean():.2f}, from {low:.2f} to {high:.2f}{missing}"


def _yaml(name: str) -> str:
    """A name as YAML has it."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name) and name.lower() not in ("null", "true", "false")
    return name if plain else "'" + name.replace("'", "''") + "'"


def _foreign(unit: str) -> list[str]:
    """What to do about prices in another currency."""
    currency = unit.partition("/")[0]
    if unit == "g/kWh" or currency == "$":
        return []
    option = f"--option usd_per_{currency.lower()}=RATE"
    return [f"prices are in {currency}: give {option}, or write `scale` in the scenario"]
