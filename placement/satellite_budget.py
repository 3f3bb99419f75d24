"""Whether a satellite closes: power, heat, mass, dose, at begin and end of life, with what is missing or to spare."""

import math
from dataclasses import dataclass

import numpy as np

from placement import spacecraft
from placement.orbit_year import OrbitYear, longest_eclipse_hours, orbit_year
from placement.physics import array, lifetime, mass
from placement.schema import Accelerator, Cluster, Pool, Satellites
from placement.schema.orbit import Mass

MODERATE_F107 = 140.0
"""Solar flux at 10.7 cm, solar flux units, that drag is counted with; 70 is a quiet Sun, 220 an active one."""

FARTHEST_SUN = 1317.0 / 1361.0
"""Sunlight in early July over that at the mean distance."""

DRAG_SHARE = 0.1
"""Of array and radiator across the velocity where no `drag_m2` is given: plates that face the Sun from a dawn-dusk
orbit fly edge-on. An estimate.
"""

ARRAY_W_PER_M2 = 269.5
"""Of an array given by its power alone, for its area: 0.22 × 0.9 × 1,361 (Suncatcher's count of a V2 mini)."""


@dataclass(frozen=True)
class Line:
    """One thing that has to suffice."""

    what: str
    """power, eclipse, heat, mass or dose."""
    when: str
    needed: float
    there: float
    unit: str
    assumed: str
    """What the figure that is there follows from."""

    @property
    def spare(self) -> float:
        """What is there less what is needed; negative: what is missing."""
        return self.there - self.needed

    @property
    def closes(self) -> bool:
        """Whether nothing is missing, but for rounding."""
        return math.isfinite(self.needed) and self.spare >= -1e-9 * max(abs(self.needed), 1.0)


@dataclass(frozen=True)
class Budget:
    """A satellite's budgets, and what its orbit does to it."""

    lines: tuple[Line, ...]
    parts_kg: dict[str, float]
    """Mass part by part."""
    kg_per_kw: float
    """Mass, stated or else by parts, over the power of its accelerators."""
    first_year: OrbitYear
    last_year: OrbitYear
    passive_years: float
    """Until it comes down by drag alone, from the end of its life, at moderate solar activity."""
    drag_m_s_per_year: float
    """Δv that holds its altitude at moderate solar activity."""
    disposal_m_s: float
    """Δv that brings its perigee down to 60 km."""
    dose_rad_per_year: float | None
    interruptions_per_year: float
    """Of one accelerator, all causes."""
    silent_errors_per_year: float
    """Of one accelerator, by radiation."""

    @property
    def closes(self) -> bool:
        """Whether every line does."""
        return all(line.closes for line in self.lines)


def budget(cluster: Cluster, accelerator: Accelerator) -> Budget:
    """The budgets of an orbital cluster's satellites, and a year of theirs at begin and end of life.

    Parameters
    ----------
    cluster : Cluster
        With `orbit` and `satellites`.
    accelerator : Accelerator
        What the satellites carry.
    """
    path, satellites = cluster.orbit, cluster.satellites
    assert path is not None
    assert satellites is not None
    kw = _kw(cluster, accelerator)
    parts = parts_kg(cluster, kw)
    weight = (satellites.mass.total_kg if satellites.mass is not None else None) or parts["total"]
    return Budget(
        lines=lines(cluster, accelerator),
        parts_kg=parts,
        kg_per_kw=weight / (satellites.accelerators * kw),
        first_year=orbit_year(cluster, kw, 0.0),
        last_year=orbit_year(cluster, kw, satellites.life_years),
        passive_years=float(lifetime.lifetime_years(path.altitude_km, drag_m2(satellites) / weight, MODERATE_F107)),
        drag_m_s_per_year=_drag(path.altitude_km, satellites, weight),
        disposal_m_s=float(lifetime.disposal_dv(path.altitude_km)),
        dose_rad_per_year=spacecraft.dose_rad_per_year(cluster),
        interruptions_per_year=spacecraft.interruptions(cluster, _pool(cluster, accelerator), accelerator),
        silent_errors_per_year=spacecraft.silent_errors_per_year(cluster, accelerator),
    )


def _pool(cluster: Cluster, accelerator: Accelerator) -> Pool:
    """The first pool of the cluster; a plain one where it lists none."""
    return cluster.pools[0] if cluster.pools else Pool(accelerator=accelerator.name)


def _kw(cluster: Cluster, accelerator: Accelerator) -> float:
    """Power of one accelerator on board, kW."""
    return _pool(cluster, accelerator).kw_per_accelerator or accelerator.kw


def lines(cluster: Cluster, accelerator: Accelerator) -> tuple[Line, ...]:
    """Power, eclipse, heat, mass and dose of an orbital cluster's satellites, needed and there, as far as stated.

    Power is that of an array facing the Sun in July, when it is farthest; in eclipse a satellite does what its policy
    says.
    """
    satellites = cluster.satellites
    assert satellites is not None
    kw = _kw(cluster, accelerator)
    needed, life, first = spacecraft.load_kw(satellites, kw), satellites.life_years, spacecraft.array_kw(satellites)
    kept = float(array.retention(satellites.array_loss_per_year, life))
    july = first * FARTHEST_SUN
    words = f"array of {first:,.6g} kW at the Sun's mean distance, {july:,.6g} in July; {kept:.1%} is left at the end"
    found = [
        Line("power", "begin", needed, july, "kW", words),
        Line("power", "end", needed, july * kept, "kW", words),
    ]
    if satellites.eclipse == "ride_through":
        dark = longest_eclipse_hours(cluster)
        words = f"the longest eclipse, {60 * dark:.1f} minutes, at full speed against what is used of the battery"
        usable = satellites.battery_kwh * satellites.depth_of_discharge
        found.append(Line("eclipse", "life", needed * dark, usable, "kWh", words))
    plate = satellites.radiator
    if plate is not None:
        for when, years in (("begin", 0.0), ("end", life)):
            rejected = float(spacecraft.heat_kw(satellites, years))
            words = f"{plate.m2:,.6g} m² at {plate.temperature_c:g} °C giving off {1e3 * rejected / plate.m2:,.0f} W/m²"
            found.append(Line("heat", when, needed, rejected, "kW", words))
    if satellites.mass is not None and satellites.mass.total_kg is not None:
        words = "the sum of its parts against the mass that is stated"
        found.append(Line("mass", "launch", parts_kg(cluster, kw)["total"], satellites.mass.total_kg, "kg", words))
    dose = spacecraft.dose_rad_per_year(cluster)
    if dose is not None:
        words = f"{dose:,.0f} rad a year behind {satellites.shielding_mm:g} mm"
        found.append(Line("dose", "life", dose * life, accelerator.upsets.total_rad, "rad", words))
    return tuple(found)


def shortages(cluster: Cluster, accelerator: Accelerator) -> tuple[str, ...]:
    """What an orbital cluster's satellites lack, in words, each once; nothing if their budgets close."""
    missing = {line.what: line for line in lines(cluster, accelerator) if not line.closes}  # the last: end of life
    return tuple(
        f"{line.what} ({line.when}): {_short(line.needed)} {line.unit} needed, {_short(line.there)} there"
        for line in missing.values()
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if 99.5 <= abs(value) < 1e9 else f"{value:.3g}"


def parts_kg(cluster: Cluster, kw: float) -> dict[str, float]:
    """Mass of a satellite part by part and in all (`total`), kg; `kw` is the power of one accelerator.

    Propellant pays for drag over the life and for disposal.
    """
    path, satellites = cluster.orbit, cluster.satellites
    assert path is not None
    assert satellites is not None
    how = satellites.mass or Mass()
    plate = satellites.radiator
    inputs = {
        "array_kw": spacecraft.array_kw(satellites),
        "array_kg_per_kw": how.array_kg_per_kw,
        "radiator_m2": plate.m2 if plate is not None else 0.0,
        "radiator_kg_per_m2": plate.kg_per_m2 if plate is not None else 0.0,
        "compute_kw": satellites.accelerators * kw,
        "compute_kg_per_kw": how.compute_kg_per_kw,
        "battery_kwh": satellites.battery_kwh,
        "battery_kg_per_kwh": how.battery_kg_per_kwh,
        "shielding_kg_per_kw": how.shielding_kg_per_kw,
        "structure_share": how.structure_share,
        "isp_s": how.isp_s,
    }
    dry = float(mass.parts_kg(**inputs, delta_v_m_s=0.0)["total"])
    drag = _drag(path.altitude_km, satellites, how.total_kg or dry) * satellites.life_years
    found = mass.parts_kg(**inputs, delta_v_m_s=drag + float(lifetime.disposal_dv(path.altitude_km)))
    return {name: float(value) for name, value in found.items()}


def drag_m2(satellites: Satellites) -> float:
    """Mean area across the velocity, m²: as given, else a tenth of array and radiator."""
    if satellites.mass is not None and satellites.mass.drag_m2 is not None:
        return satellites.mass.drag_m2
    panel = (
        satellites.array.m2 if satellites.array is not None else spacecraft.array_kw(satellites) / ARRAY_W_PER_M2 * 1e3
    )
    return DRAG_SHARE * (panel + (satellites.radiator.m2 if satellites.radiator is not None else 0.0))


def _drag(altitude_km: float, satellites: Satellites, kg: float) -> float:
    """Δv a year against drag at moderate activity, m/s; 0 above the atmosphere's table."""
    found = float(lifetime.drag_dv_per_year(altitude_km, drag_m2(satellites) / kg, MODERATE_F107))
    return 0.0 if np.isnan(found) else found
