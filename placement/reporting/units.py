"""Units of what limits count."""

from placement.schema import Limit

UNITS = {
    "accelerators": "accelerators", "mw": "MW", "mwh": "MWh", "tco2": "t CO2e", "water_l": "litres", "tb": "TB",
    "usd": "$", "investment_usd": "$ of investment",
}  # fmt: skip

SUMS = ("mwh", "tco2", "water_l", "tb", "usd", "investment_usd")
"""Measures that add up over slots; others are means in a slot, and count with its hours over longer spans."""


def limit_unit(limit: Limit) -> str:
    """The unit of a limit's amounts: accelerators per slot, accelerator-hours per horizon, MWh per period."""
    unit = UNITS.get(limit.of, limit.of)
    if limit.per != "slot" and limit.of not in SUMS:
        unit = "accelerator-hours" if limit.of == "accelerators" else f"{unit}-hours"
    return f"{unit} per {limit.per}"
