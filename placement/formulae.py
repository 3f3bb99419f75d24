"""What the rows of a study may name: formulas of this library by name, and the small sums that publications do.

Inputs carry their units in their names. A formula that yields several figures says so by its return type, a named
tuple, and a row picks one of them.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, get_type_hints

import numpy as np

from placement import calculator, deflator, levelised, money
from placement.physics import (
    almanac,
    array,
    bifacial,
    constants,
    formation,
    goodput,
    latency,
    lifetime,
    mass,
    optical,
    orbit,
    radiation,
    radiator,
    sunlight,
)
from placement.units import BITS_PER_BYTE, HOURS_PER_YEAR


class Masses(NamedTuple):
    """Parts of a satellite, kg."""

    array: float
    radiator: float
    accelerators: float
    battery: float
    shielding: float
    structure: float
    propellant: float
    total: float


class Panel(NamedTuple):
    """A bifacial panel in balance."""

    celsius: float
    view_cells: float
    view_radiator: float
    view_nadir: float


def net_radiator_w_m2(
    temperature_k: float,
    emissivity: float,
    absorptivity: float,
    solar_w_m2: float,
    albedo: float,
    view: float,
    earth_k: float,
) -> float:
    """A plate that radiates from both faces, less what it takes in from the Sun and the Earth, all with one α, W/m²."""
    out = radiator.emitted_w_m2(temperature_k, emissivity)
    sun = radiator.absorbed_sun_w_m2(absorptivity, solar_w_m2)
    earth = radiator.absorbed_earth_w_m2(absorptivity, absorptivity, view, albedo, solar_w_m2, earth_k)
    return float(out - sun - earth)


def emitted_at_celsius_w_m2(celsius: float, emissivity: float, faces: float, sink_k: float) -> float:
    """Emitted per m² of planform towards a sink, by a surface in degrees Celsius, W/m²."""
    return float(radiator.emitted_w_m2(celsius + constants.ZERO_CELSIUS_K, emissivity, faces, sink_k))


def radiating_celsius(w_m2: float, emissivity: float, faces: float, sink_k: float) -> float:
    """Temperature at which a surface emits so much per m² of planform, °C."""
    return float(radiator.temperature_k(w_m2, emissivity, faces, sink_k) - constants.ZERO_CELSIUS_K)


def bifacial_panel(
    altitude_km: float,
    beta_deg: float,
    absorptivity: float,
    emissivity_cells: float,
    emissivity_radiator: float,
    solar_w_m2: float,
    earth_w_m2: float,
    albedo: float,
    space_k: float,
) -> Panel:
    """A panel with cells before and a radiator behind: its temperature and what it sees of the Earth."""
    seen = bifacial.views(altitude_km, beta_deg)
    temperature = bifacial.temperature_k(
        absorptivity,
        emissivity_cells,
        emissivity_radiator,
        seen.cells,
        seen.radiator,
        beta_deg,
        solar_w_m2,
        earth_w_m2,
        albedo,
        space_k,
    )
    return Panel(float(temperature - constants.ZERO_CELSIUS_K), seen.cells, seen.radiator, seen.nadir)


def battery_kg_per_kw(minutes: float, wh_per_kg: float, depth_of_discharge: float, efficiency: float) -> float:
    """Battery that carries 1 kW through a time, kg."""
    return 1e3 * minutes / 60 / (wh_per_kg * depth_of_discharge * efficiency)


def synchronous_hours(
    chips: float, per_chip_year: float, stops_per_chip_year: float, per_host_year: float, chips_per_host: float
) -> float:
    """Mean time between interruptions of a run that stops with any chip or host of it, h."""
    return HOURS_PER_YEAR / (chips * (per_chip_year + stops_per_chip_year + per_host_year / chips_per_host))


def usd_per_gb(usd_per_minute: float, gbps: float) -> float:
    """Price of a gigabyte over a link that is paid by the minute, $/GB."""
    return usd_per_minute / (gbps * 60 / BITS_PER_BYTE)


def transfer_minutes(terabytes: float, gbps: float) -> float:
    """Time that a link takes for an amount of data, minutes."""
    return terabytes * 1e3 * BITS_PER_BYTE / gbps / 60


def carried_tb(gbps: float, minutes: float) -> float:
    """What a link carries in a time, TB."""
    return gbps * minutes * 60 / BITS_PER_BYTE / 1e3


def capital_usd_per_mwh(usd_per_kw: float, rate: float, years: float, hours: float) -> float:
    """Capital of a plant per MWh: an annuity over the hours in which it runs, $/MWh."""
    return 1e3 * usd_per_kw * money.capital_recovery(rate, years) / hours


def satellite_mass(
    array_kw: float,
    array_kg_per_kw: float,
    radiator_m2: float,
    radiator_kg_per_m2: float,
    compute_kw: float,
    compute_kg_per_kw: float,
    battery_kwh: float = 0.0,
    battery_kg_per_kwh: float = 0.0,
    shielding_kg_per_kw: float = 0.0,
    structure_share: float = 0.0,
    delta_v_m_s: float = 0.0,
    isp_s: float = 300.0,
) -> Masses:
    """Mass of a satellite by its parts, kg."""
    found = mass.parts_kg(
        array_kw=array_kw,
        array_kg_per_kw=array_kg_per_kw,
        radiator_m2=radiator_m2,
        radiator_kg_per_m2=radiator_kg_per_m2,
        compute_kw=compute_kw,
        compute_kg_per_kw=compute_kg_per_kw,
        battery_kwh=battery_kwh,
        battery_kg_per_kwh=battery_kg_per_kwh,
        shielding_kg_per_kw=shielding_kg_per_kw,
        structure_share=structure_share,
        delta_v_m_s=delta_v_m_s,
        isp_s=isp_s,
    )
    return Masses(*(float(value) for value in found.values()))


def job_goodput(
    accelerators: float, interruptions_per_accelerator_year: float, checkpoint_minutes: float, restart_minutes: float
) -> float:
    """Useful share of the time of a gang with the best checkpoint interval."""
    rate = goodput.gang_rate(accelerators, interruptions_per_accelerator_year)
    return float(goodput.goodput(rate, checkpoint_minutes / 60, restart_minutes / 60))


def nodal_drift_deg_per_day(altitude_km: float, inclination_deg: float) -> float:
    """Turn of the orbit plane by J2, degrees a day, eastward positive."""
    return float(np.degrees(orbit.nodal_drift(altitude_km, np.radians(inclination_deg))) * 86400)


def deflated(usd: float, from_year: float, to_year: float) -> float:
    """Dollars of one year in dollars of another, by consumer prices."""
    return deflator.deflate(usd, int(from_year), int(to_year))


def square_side(area: float) -> float:
    """Side of a square of that area, in the root of its unit."""
    return float(np.sqrt(area))


def fixed_and_per_unit(fixed: float, units: float, price: float) -> float:
    """A sum and so many units at a price."""
    return fixed + units * price


def product(**factors: float) -> float:
    """The product of all inputs."""
    return float(np.prod(list(factors.values())))


def ratio(numerator: float, denominator: float) -> float:
    """One number over another."""
    return numerator / denominator


def per_product(numerator: float, **divisors: float) -> float:
    """A number over the product of all other inputs."""
    return numerator / product(**divisors)


def total(**parts: float) -> float:
    """The sum of all inputs."""
    return float(sum(parts.values()))


def station_contacts_of_a_circle(
    altitude_km: float, local_time_h: float, lat_deg: float, lon_deg: float, mask_deg: float
) -> almanac.Contacts:
    """As `almanac.station_contacts`, of a plain circle."""
    return almanac.station_contacts(altitude_km, local_time_h, lat_deg, lon_deg, mask_deg, True)


FORMULAE: Mapping[str, Callable[..., Any]] = {
    "launch_usd_per_kw_year": levelised.launch_usd_per_kw_year,
    "power_usd_per_kw_year": levelised.power_usd_per_kw_year,
    "learnt_price": levelised.learnt_price,
    "mass_to_learn": levelised.mass_to_learn,
    "capital_recovery": money.capital_recovery,
    "capital_usd_per_mwh": capital_usd_per_mwh,
    "orbital_gigawatt": calculator.orbital,
    "terrestrial_gigawatt": calculator.terrestrial,
    "emitted_w_m2": radiator.emitted_w_m2,
    "emitted_at_celsius_w_m2": emitted_at_celsius_w_m2,
    "radiating_celsius": radiating_celsius,
    "absorbed_sun_w_m2": radiator.absorbed_sun_w_m2,
    "absorbed_earth_w_m2": radiator.absorbed_earth_w_m2,
    "net_radiator_w_m2": net_radiator_w_m2,
    "bifacial_panel": bifacial_panel,
    "battery_kg_per_kw": battery_kg_per_kw,
    "antenna_gain_db": lambda aperture_m, wavelength_m, efficiency: (
        10 * np.log10(optical.gain(aperture_m, wavelength_m, efficiency))
    ),
    "received_w": optical.received_w,
    "confocal_m": optical.confocal_m,
    "usd_per_gb": usd_per_gb,
    "transfer_minutes": transfer_minutes,
    "carried_tb": carried_tb,
    "contact_rtt_ms": latency.contact_rtt_ms,
    "lattice_points": formation.lattice_points,
    "triangular_points": formation.triangular_points,
    "triangular_density": formation.triangular_density,
    "compute_share": formation.compute_share,
    "closest_m": lambda amplitude_m: formation.distance_range_m(amplitude_m)[0],
    "farthest_m": lambda amplitude_m: formation.distance_range_m(amplitude_m)[1],
    "cross_section_cm2": radiation.cross_section_cm2,
    "events_per_year": radiation.events_per_year,
    "mean_hours_to_failure": radiation.mean_hours_to_failure,
    "failures_per_year": radiation.failures_per_year,
    "synchronous_hours": synchronous_hours,
    "eclipsed_fraction": lambda beta_deg, altitude_km: 1 - sunlight.sunlit_fraction(np.radians(beta_deg), altitude_km),
    "period_minutes": orbit.period_minutes,
    "sun_synchronous_deg": lambda altitude_km: np.degrees(orbit.sun_synchronous_inclination(altitude_km)),
    "air_density_kg_m3": lifetime.density,
    "drag_dv_per_year": lifetime.drag_dv_per_year,
    "lifetime_years": lifetime.lifetime_years,
    "disposal_dv": lifetime.disposal_dv,
    "eclipses": almanac.eclipses,
    "station_contacts": almanac.station_contacts,
    "station_contacts_of_a_circle": station_contacts_of_a_circle,
    "array_kw": array.array_kw,
    "array_retention": array.retention,
    "solar_w_m2": array.solar_w_m2,
    "rejected_kw": radiator.rejected_kw,
    "satellite_mass": satellite_mass,
    "dose_rad_per_year": radiation.dose_rad_per_year,
    "interruptions_per_year": radiation.interruptions_per_year,
    "job_goodput": job_goodput,
    "link_gbps": optical.link_gbps,
    "fibre_rtt_ms": latency.fibre_rtt_ms,
    "great_circle_km": latency.great_circle_km,
    "slant_range_km": latency.slant_range_km,
    "nodal_drift_deg_per_day": nodal_drift_deg_per_day,
    "propellant_kg": lifetime.propellant_kg,
    "construction_interest": money.construction_interest,
    "deflated": deflated,
    "square_side": square_side,
    "fixed_and_per_unit": fixed_and_per_unit,
    "product": product,
    "ratio": ratio,
    "per_product": per_product,
    "total": total,
}
"""What rows may name, by name."""


def parts(name: str) -> tuple[str, ...]:
    """The figures among which a row picks; none for a formula that yields one."""
    formula = FORMULAE[name]
    if formula.__name__ == "<lambda>":
        return ()
    return tuple(getattr(get_type_hints(formula).get("return"), "_fields", ()))


def signature(name: str) -> str:
    """A formula as a reader writes it: its inputs, those with a default in brackets, and what it yields."""
    given = inspect.signature(FORMULAE[name]).parameters.values()
    inputs = [
        "any inputs" if p.kind is p.VAR_KEYWORD else p.name if p.default is p.empty else f"[{p.name}]" for p in given
    ]
    yields = parts(name)
    return f"{name}: {', '.join(inputs)}" + (f" -> {', '.join(yields)}" if yields else "")


def work_out(name: str, inputs: Mapping[str, float], pick: str | None) -> float:
    """The figure that a formula yields for its inputs."""
    made = FORMULAE[name](**inputs)
    return float(made if pick is None else getattr(made, pick))
