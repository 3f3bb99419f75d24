"""Lines on the satellites of an orbital cluster: what their orbit does to them, and whether their budgets close."""

import textwrap
from typing import TYPE_CHECKING

from placement.cli.text import number, percent, table

if TYPE_CHECKING:
    from placement.satellite_budget import Budget
    from placement.satellite_budget import Line as BudgetLine
    from placement.schema import Cluster, Scenario

WIDTH = 80


def catalogue_lines(name: str) -> list[str]:
    """What follows from the catalogue's entry of an orbital cluster, with low and high of its mass."""
    from placement.ephemeris import accelerator_of, pool_kw
    from placement.satellite_budget import budget, parts_kg

    made = {use: _alone(name, use) for use in ("low", "base", "high")}
    base = made["base"].clusters[0]
    kw, satellites = pool_kw(made["base"], base.pools[0]), base.satellites
    assert satellites is not None
    per_kw = {}
    for use, scenario in made.items():
        lighter = _with_mass_of(base, scenario.clusters[0])
        per_kw[use] = parts_kg(lighter, kw)["total"] / (kw * satellites.accelerators)
    found = budget(base, accelerator_of(made["base"], base.pools[0].accelerator))
    lines = ["what follows from the values (`placement cost` has the dollars)", *_orbit(base, found)]
    lines += ["", *budget_table(found.lines), "", *_mass(found, per_kw)]
    return lines + _wrapped(_space(base, found))


def _alone(name: str, use: str) -> "Scenario":
    """A scenario with that cluster of the catalogue and nothing else."""
    from placement.loader.load import scenario

    return scenario(
        {
            "format": 1,
            "name": name,
            "use": use,
            "horizon": {"start": "2027-01-01T00:00:00Z", "slot_hours": 1, "slots": 1},
            "clusters": [{"from": name, "as_if": True}],
            "jobs": [{"job": "any", "hours": 1, "accelerators": 1}],
        }
    )


def _with_mass_of(cluster: "Cluster", other: "Cluster") -> "Cluster":
    """A cluster whose satellites have the sizes of their own and the masses per kW, kWh and m² of another's."""
    own, theirs = cluster.satellites, other.satellites
    assert own is not None
    assert theirs is not None
    plate = own.radiator
    if plate is not None and theirs.radiator is not None:
        plate = plate.model_copy(update={"kg_per_m2": theirs.radiator.kg_per_m2})
    return cluster.model_copy(update={"satellites": own.model_copy(update={"radiator": plate, "mass": theirs.mass})})


def own_lines(scenario: "Scenario", cluster: "Cluster") -> list[str]:
    """What follows from a scenario's own orbital cluster."""
    from placement.ephemeris import accelerator_of, pool_kw
    from placement.satellite_budget import budget, parts_kg

    found = budget(cluster, accelerator_of(scenario, cluster.pools[0].accelerator))
    kw, satellites = pool_kw(scenario, cluster.pools[0]), cluster.satellites
    assert satellites is not None
    per_kw = parts_kg(cluster, kw)["total"] / (kw * satellites.accelerators)
    lines = [f"satellites of {cluster.name}", *_orbit(cluster, found), "", *budget_table(found.lines), ""]
    return lines + _mass(found, {"base": per_kw}) + _wrapped(_space(cluster, found))


def budget_table(lines: "tuple[BudgetLine, ...]") -> list[str]:
    """A row for each line of a budget, what is missing in capitals."""
    rows = [
        [
            line.what, line.when, _short(line.needed), _short(line.there), line.unit,
            f"{_short(line.spare)} to spare" if line.closes else f"SHORT OF {_short(-line.spare)}",
        ]
        for line in lines
    ]  # fmt: skip
    texts = ["  " + text for text in table(["budget", "at", "needs", "has", "unit", "closes"], rows)]
    for line in lines:
        if line.when != "end":
            texts += _wrapped(f"{line.what}: {line.assumed}")
    return texts


def _orbit(cluster: "Cluster", found: "Budget") -> list[str]:
    from placement.physics import orbit

    path, satellites = cluster.orbit, cluster.satellites
    assert path is not None
    assert satellites is not None
    year = found.first_year
    text = f"orbit: {path.altitude_km:g} km, {float(orbit.period_minutes(path.altitude_km)):.1f} min; in sunlight "
    text += f"{percent(year.sunlit_share, 2)} of the year, eclipses on {year.eclipse_days} days, the longest "
    text += f"{year.longest_eclipse_minutes:.1f} min"
    lines = _wrapped(text)
    text = f"speed in a year, minute by minute: {percent(year.speed)} of full at begin of life, "
    text += f"{percent(found.last_year.speed)} after {satellites.life_years:g} years (eclipse: {satellites.eclipse}); "
    text += f"{year.cycles:,} discharges, the deepest {percent(year.deepest_discharge, 0)} of the battery"
    return lines + _wrapped(text)


def _mass(found: "Budget", per_kw: dict[str, float]) -> list[str]:
    parts = ", ".join(f"{name} {_short(kg)}" for name, kg in found.parts_kg.items() if name != "total" and kg >= 0.5)
    text = f"mass by parts: {parts} kg; {_short(per_kw['base'])} kg per kW of accelerators"
    if len(per_kw) > 1:
        text += f" [{_short(per_kw['low'])} .. {_short(per_kw['high'])} with the low and high masses of parts]"
    if any(line.what == "mass" for line in found.lines):
        text += f"; as stated {_short(found.kg_per_kw)} kg/kW"
    return _wrapped(text)


def _space(cluster: "Cluster", found: "Budget") -> str:
    satellites = cluster.satellites
    assert satellites is not None
    years = "more than 200 years" if not found.passive_years <= 200 else f"{_short(found.passive_years)} years"
    text = f"it would come down by drag alone in {years} at moderate solar activity (5 years after the mission are "
    text += f"allowed); {number(found.disposal_m_s)} m/s bring it down at once, drag costs "
    text += f"{_short(found.drag_m_s_per_year)} m/s a year. "
    text += f"An accelerator is interrupted {found.interruptions_per_year:.3g} "
    text += "times a year"
    if found.dose_rad_per_year is not None:
        text += (
            f" and is wrong {found.silent_errors_per_year:.3g} times unnoticed ({_short(found.dose_rad_per_year)} rad)"
        )
    return text


def _short(value: float) -> str:
    return f"{value:,.0f}" if 99.5 <= abs(value) < 1e9 else f"{value:.3g}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False)
