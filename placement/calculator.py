"""A gigawatt in orbit and one on Earth, by the arithmetic of a public calculator.

A. McCalip, Economics of orbital vs terrestrial data centers (2025, andrewmccalip.com/space-datacenters): no financing,
no accelerators, a power that is delivered on average over the years. In orbit, with cells that lose a share d a year
and R the mean over the years of (1 - d)^y, y = 0 ... Y - 1:

    n = ceil(P/(R · sunlit)/satellite)      launch = price · n · satellite/specific power
    satellites = price · n · satellite      operations and replacements = shares of that a year

On Earth a gas plant carries the load times the PUE, and the fuel is paid for the share of the hours that are used.
"""

import math
from typing import NamedTuple

from placement.levelised import COMMON_YEAR_HOURS


class Orbital(NamedTuple):
    """What the gigawatt in orbit comes to."""

    satellites: float
    mass_t: float
    array_km2: float
    launches: float
    initial_gw: float
    hardware_busd: float
    launch_busd: float
    operations_busd: float
    replacement_busd: float
    total_busd: float
    usd_per_w: float
    usd_per_mwh: float


class Terrestrial(NamedTuple):
    """What the gigawatt on Earth comes to."""

    power_busd: float
    capital_busd: float
    fuel_busd: float
    total_busd: float
    capital_usd_per_w: float
    usd_per_w: float
    usd_per_mwh: float
    fuel_usd_per_mwh: float
    gas_bcf: float
    turbines: float


def orbital(
    gw: float,
    years: int,
    launch_usd_per_kg: float,
    satellite_usd_per_w: float,
    watts_per_kg: float,
    satellite_kw: float,
    sunlit: float,
    loss_per_year: float,
    failures_per_year: float,
    development_musd: float,
    operations_per_year: float = 0.01,
    satellite_m2: float = 116.0,
    flight_t: float = 100.0,
) -> Orbital:
    """Mass and cost of satellites that deliver `gw` on average over `years`.

    Parameters
    ----------
    gw : float
        Delivered on average, GW, > 0.
    years : int
        That are looked at, >= 1.
    launch_usd_per_kg, satellite_usd_per_w, development_musd : float
        Prices: $/kg, $ per W of array, and one sum in M$.
    watts_per_kg, satellite_kw, satellite_m2 : float
        Of a satellite: array over mass, array power, and array area.
    sunlit, loss_per_year : float
        Share of the time in the sun, and share of the power that the cells lose a year.
    failures_per_year, operations_per_year : float
        Shares of the price of the satellites that are paid every year.
    flight_t : float
        To orbit by a flight, t.

    Returns
    -------
    Orbital
        Its energy price is over 8,760 h a year.
    """
    retention = sum((1 - loss_per_year) ** year for year in range(int(years))) / years
    satellites = math.ceil(gw * 1e6 / (retention * sunlit) / satellite_kw)
    kw = satellites * satellite_kw
    mass_t = kw / watts_per_kg
    hardware, launch = satellite_usd_per_w * kw / 1e6, launch_usd_per_kg * mass_t / 1e6
    operations, replacement = (hardware * share * years for share in (operations_per_year, failures_per_year))
    total = hardware + launch + operations + replacement + development_musd / 1e3
    return Orbital(
        satellites=satellites,
        mass_t=mass_t,
        array_km2=satellites * satellite_m2 / 1e6,
        launches=math.ceil(mass_t / flight_t),
        initial_gw=kw / 1e6,
        hardware_busd=hardware,
        launch_busd=launch,
        operations_busd=operations,
        replacement_busd=replacement,
        total_busd=total,
        usd_per_w=total / gw,
        usd_per_mwh=total * 1e6 / (gw * years * COMMON_YEAR_HOURS),
    )


def terrestrial(
    gw: float,
    years: int,
    turbine_usd_per_kw: float,
    electrical_usd_per_w: float,
    mechanical_usd_per_w: float,
    civil_usd_per_w: float,
    network_usd_per_w: float,
    pue: float,
    gas_usd_per_mmbtu: float,
    btu_per_kwh: float,
    capacity_factor: float,
    turbine_mw: float = 430.0,
) -> Terrestrial:
    """Cost of a data centre with a gas plant of its own, without what is in the racks.

    Parameters
    ----------
    gw : float
        Load of the racks, GW, > 0.
    years : int
        That are looked at, >= 1.
    turbine_usd_per_kw : float
        Price of the plant, $ per kW of load with cooling.
    electrical_usd_per_w, mechanical_usd_per_w, civil_usd_per_w, network_usd_per_w : float
        Of the building, $ per W of the racks.
    pue : float
        Power of the site over that of the racks, >= 1.
    gas_usd_per_mmbtu, btu_per_kwh : float
        Price and use of gas.
    capacity_factor : float
        Share of the hours in which the load is there, in (0, 1].
    turbine_mw : float
        Of one turbine, MW.

    Returns
    -------
    Terrestrial
        Its energy price is over the energy of the racks.
    """
    power = turbine_usd_per_kw * pue / 1e3
    capital = power + electrical_usd_per_w + mechanical_usd_per_w + civil_usd_per_w + network_usd_per_w
    fuel_per_mwh = btu_per_kwh * gas_usd_per_mmbtu / 1e3
    gwh = gw * years * COMMON_YEAR_HOURS * capacity_factor
    fuel = fuel_per_mwh * gwh * pue / 1e6
    total = capital * gw + fuel
    return Terrestrial(
        power_busd=power * gw,
        capital_busd=capital * gw,
        fuel_busd=fuel,
        total_busd=total,
        capital_usd_per_w=capital,
        usd_per_w=total / gw,
        usd_per_mwh=total * 1e6 / gwh,
        fuel_usd_per_mwh=fuel_per_mwh,
        gas_bcf=gwh * pue * btu_per_kwh / 1e6,  # 1,000 BTU in a cubic foot
        turbines=math.ceil(gw * pue * 1e3 / turbine_mw),
    )
