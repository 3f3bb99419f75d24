"""Hourly series of prices and carbon, from the files of grid operators and data providers.

A series is written as CSV or Parquet with a column `utc` (ISO 8601) and a column per zone, every hour from the first to
the last, empty where there is no number. In a scenario it is named as

    energy_price: {file: prices.csv, column: HB_NORTH, time_column: utc, use: replay, year: 2023}

What may be asked for, as text: `zone` (one or several, separated by commas), `year` (in UTC), `fill` (`linear` or
`previous`, with `:` and the hours of the longest gap that is filled, 3 if left out), and by format `intensity`,
`sequence`, `time_zone` and rates of exchange such as `usd_per_eur`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from placement.errors import PlacementError
from placement.importers import caiso, electricity_maps, entsoe, ercot
from placement.importers.filling import Fill, fill_of
from placement.importers.readings import YEARS, Floats, Hours, Readings, Zone
from placement.importers.series_table import Column, SeriesTable
from placement.importers.sheet import Layout, Sheet, sheets, wrong
from placement.importers.wanted import Wanted, check_place, check_wanted
from placement.importers.written import write_beside
from placement.loader.wording import shown

ENDINGS = (".csv", ".parquet", ".pq")
MOST_CELLS = 100_000_000
"""Hours of all zones, 0.8 GB."""


@dataclass(frozen=True)
class SeriesFormat:
    """A format of series: how its tables are laid out and read."""

    words: str
    """What it is, in a line."""
    layout: Layout
    read: Callable[[Sheet, Readings, Wanted], None]
    takes: tuple[str, ...] = ()
    """What may be asked for besides `zone`, `year` and `fill`."""

    def run(self, files: Sequence[Path], out: Path, asked: Wanted) -> list[str]:
        """Read files, write the hourly series, and say in lines what was read, dropped and written.

        Parameters
        ----------
        files : sequence of path
            CSV, CSV in zip archives, workbooks.
        out : path
            Ends in `.csv`, `.parquet` or `.pq`.
        asked : mapping
            What is asked for, above.

        Raises
        ------
        PlacementError
            With place and remedy, at the first thing that is wrong; then nothing is written.
        """
        check_wanted(asked, ("zone", "year", "fill", *self.takes))
        check_place(out, ENDINGS, files)
        year, fill = _year(asked), fill_of(asked.get("fill"))
        readings = Readings(each.strip() for each in (asked.get("zone") or "").split(",") if each.strip())
        for path in files:
            with sheets(path, self.layout) as tables:
                for sheet in tables:
                    readings.begin(sheet.label)
                    self.read(sheet, readings, asked)
        readings.check_chosen()
        table = _table(readings, year, fill, asked, files)
        write_beside(out, lambda part: table.write(part, out.suffix.lower()))
        return table.lines(readings, out, len(files))


FORMATS: dict[str, SeriesFormat] = {
    "ercot": SeriesFormat(
        "ERCOT's day-ahead or real-time prices of load zones, hubs and nodes (xlsx, csv)", ercot.LAYOUT, ercot.read
    ),
    "caiso": SeriesFormat(
        "CAISO's locational prices from OASIS: PRC_LMP, PRC_INTVL_LMP, PRC_RTPD_LMP", caiso.LAYOUT, caiso.read
    ),
    "entsoe": SeriesFormat(
        "ENTSO-E's day-ahead prices, exported from the Transparency Platform",
        entsoe.LAYOUT,
        entsoe.read,
        ("sequence", "time_zone", "usd_per_[a-z]{3}"),
    ),
    "electricitymaps": SeriesFormat(
        "Electricity Maps' carbon intensity, hourly or finer",
        electricity_maps.LAYOUT,
        electricity_maps.read,
        ("intensity",),
    ),
}


def _year(asked: Wanted) -> int | None:
    text = asked.get("year")
    if text is None:
        return None
    if not (text.isdecimal() and len(text) == 4 and YEARS[0] <= int(text) < YEARS[1]):
        raise PlacementError(f"year is {shown(text)}. Write a year from {YEARS[0]} to {YEARS[1] - 1}.")
    return int(text)


def _rate(unit: str, asked: Wanted) -> float | None:
    """Dollars of a unit of the currency, if a rate is asked for."""
    name = f"usd_per_{unit.partition('/')[0].lower()}"
    text = asked.get(name)
    if text is None or not unit.endswith("/MWh"):
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = float("nan")
    if not 0 < rate < 1e6:
        raise PlacementError(f"{name} is {shown(text)}. Write a positive number, such as 1.08.")
    return rate


def _table(
    readings: Readings, year: int | None, fill: Fill | None, asked: Wanted, files: Sequence[Path]
) -> SeriesTable:
    """All zones on one axis of hours."""
    place = str(files[0]) if files else "files"
    zones = [zone for zone in readings.zones.values() if zone is not None]
    there = [zone for zone in zones if len(zone.start)]
    if not there:
        raise wrong(place, f"there is no number in {readings.rows:,} rows.", "Give a file with data.")
    first = min(min(zone.start) for zone in there) // 60
    end = max(max(zone.start) for zone in there) // 60 + 1
    if year is not None:
        begins, ends = (int(np.datetime64(f"{each}-01-01", "h").astype(int)) for each in (year, year + 1))
        if begins >= end or ends <= first:
            span = f"{np.datetime64(first, 'h')}Z to {np.datetime64(end - 1, 'h')}Z"
            raise wrong(place, f"nothing is of {year}: the data go from {span}.", "Choose a year that they cover.")
        first, end = max(first, begins), min(end, ends)
    if (end - first) * len(there) > MOST_CELLS:
        fact = f"{len(there):,} zones over {end - first:,} hours are more than {MOST_CELLS:,} numbers."
        raise wrong(place, fact, "Choose zones with --zone, or a year.")
    columns = [_column(readings, zone, first, end, fill, asked) for zone in there]
    kept = [column for column in columns if column.gaps < end - first]
    if not kept:
        raise wrong(
            place, "no hour has a number for all of it.", "Give a file with whole hours, or --option fill=linear."
        )
    empty = [zone.name for zone in zones if not len(zone.start)]
    return SeriesTable(first, kept, empty + [column.zone.name for column in columns if column.gaps == end - first])


def _column(readings: Readings, zone: Zone, first: int, end: int, fill: Fill | None, asked: Wanted) -> Column:
    hours = readings.hours(zone)
    values = _on_axis(hours, hours.mean, first, end)
    filled = 0
    if fill is not None:
        whole = ~np.isnan(values)
        values = fill.fill(np.where(whole, values, _on_axis(hours, hours.parts, first, end)))
        filled = int((~np.isnan(values) & ~whole).sum())
    rate = _rate(zone.unit, asked)
    if rate is not None:
        return Column(zone, "$/MWh", values * rate, filled)
    return Column(zone, zone.unit, values, filled)


def _on_axis(hours: Hours, values: Floats, first: int, end: int) -> Floats:
    """Shape (end - first,): numbers of a zone at the hours of the axis, NaN where it has none."""
    result = np.full(end - first, np.nan)
    begin = hours.first - first
    low, high = max(begin, 0), min(begin + len(values), end - first)
    if low < high:
        result[low:high] = values[low - begin : high - begin]
    return result
