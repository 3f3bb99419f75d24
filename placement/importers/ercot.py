"""Prices of ERCOT's settlement points, as its reports give them.

Layouts (ERCOT, Market Information List, as published in 2025; names of columns with or without blanks):

    NP4-180-ER   Historical DAM Load Zone and Hub Prices, a workbook a year with a sheet a month:
                 Delivery Date, Hour Ending, Repeated Hour Flag, Settlement Point, Settlement Point Price
    NP6-785-ER   Historical RTM Load Zone and Hub Prices, likewise: Delivery Date, Delivery Hour, Delivery Interval,
                 Repeated Hour Flag, Settlement Point Name, Settlement Point Type, Settlement Point Price
    NP4-190-CD   DAM Settlement Point Prices: DeliveryDate, HourEnding, SettlementPoint, SettlementPointPrice, DSTFlag
    NP6-905-CD   Settlement Point Prices at Resource Nodes, Hubs and Load Zones: DeliveryDate, DeliveryHour,
                 DeliveryInterval, SettlementPointName, SettlementPointType, SettlementPointPrice, DSTFlag

Times are Central Prevailing Time. Hour 1 or 01:00 is the first of a day, 24:00 the last; intervals 1 to 4 are quarters
of an hour. In spring the hour that ends at 03:00 is left out; in autumn the one that ends at 02:00 comes twice, the
second time (standard time) with the flag Y. Energy-weighted points (types that end with EW) have the name of the point
and get `_EW` behind it.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from placement.importers.clock import Clock, Unmarked
from placement.importers.readings import OFTEN, Readings, in_years
from placement.importers.sheet import Layout, Sheet, wrong
from placement.loader.wording import shown

LAYOUT = Layout(
    "ERCOT prices",
    needed={
        "date": (r"delivery ?date",),
        "hour": (r"hour ?ending", r"delivery ?hour"),
        "point": (r"settlement ?point( ?name)?",),
        "price": (r"settlement ?point ?price",),
    },
    optional={
        "interval": (r"delivery ?interval",),
        "flag": (r"repeated ?hour ?flag", r"dst ?flag"),
        "type": (r"settlement ?point ?type",),
    },
)
UNIT = "$/MWh"
_AMERICAN = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_SERIAL = re.compile(r"([2-9][0-9]{4})(\.0)?")
_HOUR = re.compile(r"([0-9]{1,2})(:00|\.0)?")
_FLAGS = {"": False, "n": False, "y": True, "false": False, "true": True, "0": False, "1": True}
_DAY_ZERO = date(1899, 12, 30)  # from which workbooks count days


def read(sheet: Sheet, readings: Readings, asked: Mapping[str, str | None]) -> None:
    """Read the rows of a table into the readings."""
    at = sheet.at
    point, price, kind = at["point"], at["price"], at.get("type")
    time = [at[key] for key in ("date", "hour", "interval", "flag") if key in at]
    clock = Clock("America/Chicago")
    unmarked = Unmarked(clock, readings)
    minutes = 15 if "interval" in at else 60
    known: dict[tuple[str, ...], tuple[datetime, int | None]] = {}
    for line, cells in sheet.rows:
        readings.rows += 1
        name = cells[point].strip()
        if kind is not None and cells[kind].strip().upper().endswith("EW") and not name.endswith("_EW"):
            name += "_EW"
        zone = readings.zone(name, line, UNIT)
        if zone is None:
            continue
        texts = tuple(cells[k] for k in time)
        found = known.get(texts)
        if found is None:
            if len(known) > OFTEN:
                known.clear()
            found = known[texts] = _moment(sheet, cells, line, clock)
        local, start = found
        value = sheet.number(cells[price], line, "the price")
        if start is None:
            unmarked.keep(zone, local, minutes, value, line)
            continue
        unmarked.see(zone, start)
        readings.add(zone, start, minutes, value, line)
    unmarked.settle()


def _moment(sheet: Sheet, cells: list[str], line: int, clock: Clock) -> tuple[datetime, int | None]:
    """When an interval begins, by the clock and in UTC; no UTC where the clock shows it twice and there is no flag."""
    at = sheet.at
    hour = _HOUR.fullmatch(cells[at["hour"]].strip())
    if hour is None or not 1 <= int(hour[1]) <= 24:
        fact = f"the hour is {shown(cells[at['hour']])}, where hours go from 01:00 to 24:00."
        raise wrong(sheet.place(line), fact, "Correct it, or save the workbook as CSV.")
    quarter = cells[at["interval"]].strip().removesuffix(".0") if "interval" in at else "1"
    if quarter not in ("1", "2", "3", "4"):
        fact = f"the interval is {shown(quarter)}, where intervals go from 1 to 4."
        raise wrong(sheet.place(line), fact, "Correct it, or fetch the file anew.")
    local = _day(sheet, cells[at["date"]], line) + timedelta(hours=int(hour[1]) - 1, minutes=15 * (int(quarter) - 1))
    again = _flag(sheet, cells[at["flag"]], line) if "flag" in at else False
    twice = clock.twice(local)
    if again and not twice:
        fact = f"{local:%Y-%m-%d %H:%M} has the flag of the repeated hour, and the clock shows it once."
        raise wrong(sheet.place(line), fact, "The flag is Y only where an hour comes the second time in autumn.")
    start = clock.utc(local, again)
    if start is None:
        fact = f"{local:%Y-%m-%d %H:%M} does not exist: clocks are put forward over it."
        raise wrong(sheet.place(line), fact, "Take the row out, or fetch the file anew.")
    return local, None if twice and "flag" not in at else start


def _day(sheet: Sheet, text: str, line: int) -> datetime:
    american, serial = _AMERICAN.fullmatch(text.strip()), _SERIAL.fullmatch(text.strip())
    try:
        if american:
            day = date(int(american[3]), int(american[1]), int(american[2]))
        elif serial:
            day = _DAY_ZERO + timedelta(days=int(serial[1]))
        else:
            day = date.fromisoformat(text.strip()[:10])
    except ValueError:
        day = date.min
    moment = datetime(day.year, day.month, day.day)
    if not in_years(moment):
        raise wrong(sheet.place(line), f"the date is {shown(text)}.", "Write it as 12/31/2023 or 2023-12-31.")
    return moment


def _flag(sheet: Sheet, text: str, line: int) -> bool:
    if text.strip().lower() not in _FLAGS:
        raise wrong(sheet.place(line), f"the flag of the repeated hour is {shown(text)}.", "Write Y or N.")
    return _FLAGS[text.strip().lower()]
