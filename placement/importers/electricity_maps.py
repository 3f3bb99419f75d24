"""Carbon intensity of electricity, as Electricity Maps' data sets give it (electricitymaps.com/datasets).

Layouts, the older and that of 2025 on:

    Datetime (UTC), Country, Zone Name, Zone Id, Carbon Intensity gCO₂eq/kWh (direct),
    Carbon Intensity gCO₂eq/kWh (LCA), Low Carbon Percentage, Renewable Percentage, Data Source, Data Estimated,
    Data Estimation Method

    Datetime (UTC), Country, Zone name, Zone id, Carbon intensity gCO₂eq/kWh (direct),
    Carbon intensity gCO₂eq/kWh (Life cycle), Carbon-free energy percentage (CFE%),
    Renewable energy percentage (RE%), Data source, Data estimated, Data estimation method

A row is of the hour, quarter or five minutes that begin at its time. Direct intensity is what plants give off; that of
the life cycle adds fuel supply and building. The catalogue's carbon is direct, and so is this unless `intensity` is
`lifecycle`. Zones are called by their id, such as US-TEX-ERCO.
"""

from collections.abc import Mapping

from placement.errors import PlacementError
from placement.importers.readings import Readings, Times
from placement.importers.sheet import Layout, Sheet, wrong
from placement.loader.wording import none_of, shown

_INTENSITY = r"carbon intensity .*\(({})\)"  # the subscript of CO₂ is lost in some files
LAYOUT = Layout(
    "Electricity Maps' data",
    needed={"time": (r"datetime \(utc\)",), "zone": (r"zone id",)},
    optional={
        "direct": (_INTENSITY.format("direct"),),
        "lifecycle": (_INTENSITY.format("lca|life cycle"),),
        "estimated": (r"data estimated",),
    },
)
UNIT = "g/kWh"
CHOICES = ("direct", "lifecycle")


def read(sheet: Sheet, readings: Readings, asked: Mapping[str, str | None]) -> None:
    """Read the rows of a table into the readings."""
    at, times, which = sheet.at, Times(), intensity(asked)
    if which not in at:
        fact = f"there is no column of the {which} carbon intensity among {shown(', '.join(sheet.header))}."
        others = [choice for choice in CHOICES if choice in at]
        raise wrong(
            sheet.place(1), fact, f"Give --option intensity={others[0]}." if others else "Give a file with one."
        )
    for line, cells in sheet.rows:
        readings.rows += 1
        zone = readings.zone(cells[at["zone"]].strip(), line, UNIT)
        if zone is None:
            continue
        start = times.utc(cells[at["time"]])
        if start is None:
            fact = f"the time is {shown(cells[at['time']])}."
            raise wrong(sheet.place(line), fact, "Write it as 2023-12-31 23:00:00.")
        if "estimated" in at and cells[at["estimated"]].strip().lower() == "true":
            readings.notes["rows estimated by Electricity Maps, kept"] += 1
        readings.add(zone, start, 0, sheet.number(cells[at[which]], line, "the carbon intensity"), line)


def intensity(asked: Mapping[str, str | None]) -> str:
    """Which carbon intensity is asked for: `direct`, if none is, or `lifecycle`."""
    chosen = asked.get("intensity") or CHOICES[0]
    if chosen not in CHOICES:
        raise PlacementError(" ".join(none_of("intensity", chosen, CHOICES)).rstrip())
    return chosen
