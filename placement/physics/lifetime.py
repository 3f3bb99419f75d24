"""How long a satellite stays up without help, what it burns to stay, and what it burns to come down.

Drag on a circular orbit of radius a and speed v = sqrt(μ/a), area over mass A/m, drag coefficient Cd, density ρ:

    deceleration   ½ ρ v² Cd A/m
    decay          da/dt = -ρ v a Cd A/m
    passive life   T(h) = 1/(Cd A/m) · ∫ dh / (ρ(h, F10.7) v a)   from 120 km, where hours are left, up to h

Density is that of `data/atmosphere.csv`: the mean over the globe and a year of NRLMSIS 2.1 at Ap 12. Solar activity
stays what it is said to be for the whole life; who outlives a cycle of 11 years sees all of it, with a mean of about
140 in a strong one (general knowledge). The air is taken at rest and altitude as height above the ellipsoid: an orbit
that crosses the poles flies up to 21 km higher there than above the equator, so its air is 3 to 15 % thinner than said
here and it lives as much longer. The forecast of solar activity is the larger error.
"""

import csv
import functools
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.physics.constants import EARTH_MU_KM3_S2, EARTH_RADIUS_KM, STANDARD_GRAVITY_M_S2

DRAG_COEFFICIENT = 2.2  # flat plate in free molecular flow; general knowledge, 2.0 to 2.6
END_ALTITUDE_KM = 120.0  # decay is counted down to here
DISPOSAL_PERIGEE_KM = 60.0  # of a controlled re-entry
DISPOSAL_LIMIT_YEARS = 5.0  # FCC 22-74, 47 CFR 25.114(d)(14), in force since September 2024
_SECONDS_PER_YEAR = 365.25 * 86400  # Julian year
_STEP_KM = 0.5  # of the integration; halving it changes lives by less than 1e-3


@functools.cache
def _table() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Altitude, km, shape (n,); log of F10.7, shape (m,); log of density, kg/m³, shape (n, m)."""
    text = files("placement.data").joinpath("atmosphere.csv").read_text(encoding="utf-8")
    head, *rows = csv.reader(line for line in text.splitlines() if not line.startswith("#"))
    cells = np.array([[float(cell) for cell in row] for row in rows])
    return cells[:, 0], np.log([float(name[1:]) for name in head[1:]]), np.log(cells[:, 1:])


def density(altitude_km: Any, f107: Any) -> NDArray[np.float64]:
    """Mean density of the air, kg/m³; log-linear in altitude, and in log F10.7 between the table's columns.

    Parameters
    ----------
    altitude_km : array
        100 to 2,000 km.
    f107 : array
        Solar flux at 10.7 cm, solar flux units, 65 (quiet Sun) to 260. Broadcast against `altitude_km`.

    Returns
    -------
    array
        In the broadcast shape; nan outside the table. Above 1,000 km within a factor of two at best.

    Examples
    --------
    >>> f"{float(density(600.0, 140.0)):.1e}"
    '1.5e-13'
    """
    altitudes, fluxes, table = _table()
    height, flux = np.broadcast_arrays(np.asarray(altitude_km, np.float64), np.asarray(f107, np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        flux = np.log(flux)
    row, along = _between(altitudes, height)
    column, across = _between(fluxes, flux)
    below = (1 - along) * table[row, column] + along * table[row + 1, column]
    above = (1 - along) * table[row, column + 1] + along * table[row + 1, column + 1]
    return np.exp((1 - across) * below + across * above)


def _between(knots: NDArray[np.float64], x: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The knot at or below x and how far x is on the way to the next, 0 to 1; nan outside the knots."""
    index = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, len(knots) - 2)
    share = (x - knots[index]) / (knots[index + 1] - knots[index])
    return index, np.where((share >= -1e-9) & (share <= 1 + 1e-9), share, np.nan)


def speed_m_s(altitude_km: Any) -> NDArray[np.float64]:
    """Speed on a circular orbit, m/s; any shape."""
    return 1e3 * np.sqrt(EARTH_MU_KM3_S2 / (EARTH_RADIUS_KM + np.asarray(altitude_km, np.float64)))


def drag_dv_per_year(
    altitude_km: Any, area_to_mass_m2_kg: Any, f107: Any, cd: Any = DRAG_COEFFICIENT
) -> NDArray[np.float64]:
    """Δv that holds a circular orbit against drag, m/s a year: ½ ρ v² Cd A/m; broadcast shape, nan outside the table.

    Parameters
    ----------
    altitude_km : array
        100 to 2,000 km.
    area_to_mass_m2_kg : array
        Mean area across the velocity over mass, m²/kg. An array that faces the Sun on a dawn-dusk orbit flies edge-on.
    f107 : array
        Solar flux units, 65 to 260.
    cd : array
        Drag coefficient.

    Examples
    --------
    >>> round(float(drag_dv_per_year(650.0, 0.01, 140.0)), 1)
    1.5
    """
    pull = 0.5 * density(altitude_km, f107) * speed_m_s(altitude_km) ** 2
    return np.asarray(pull * np.asarray(cd) * np.asarray(area_to_mass_m2_kg) * _SECONDS_PER_YEAR)


def lifetime_years(
    altitude_km: Any, area_to_mass_m2_kg: Any, f107: Any, cd: Any = DRAG_COEFFICIENT
) -> NDArray[np.float64]:
    """Years in which drag alone brings a circular orbit down to 120 km at steady solar activity.

    T = 1/(Cd A/m) · ∫ dh / (ρ v a), so it is exactly inverse in Cd and A/m.

    Parameters
    ----------
    altitude_km : array
        At begin, up to 2,000 km.
    area_to_mass_m2_kg, f107, cd : array
        As in `drag_dv_per_year`.

    Returns
    -------
    array
        In the broadcast shape; 0 at or below 120 km, nan outside the table, inf without drag.

    Examples
    --------
    >>> round(float(lifetime_years(600.0, 0.01, 140.0)))
    12
    """
    height, flux = np.broadcast_arrays(np.asarray(altitude_km, np.float64), np.asarray(f107, np.float64))
    bottom, top = END_ALTITUDE_KM, float(_table()[0][-1])
    grid = np.linspace(bottom, top, round((top - bottom) / _STEP_KM) + 1)
    radius_m = 1e3 * (EARTH_RADIUS_KM + grid)
    fall = np.full(height.shape, np.nan)  # kg/m² times years: the integral
    for level in np.unique(flux[~np.isnan(flux)]):
        years_per_km = 1e3 / (density(grid, level) * speed_m_s(grid) * radius_m * _SECONDS_PER_YEAR)
        steps = (years_per_km[1:] + years_per_km[:-1]) / 2 * np.diff(grid)
        total = np.concatenate([[0.0], np.cumsum(steps)])
        here = flux == level
        fall[here] = np.interp(height[here], grid, total, right=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(fall / (np.asarray(cd) * np.asarray(area_to_mass_m2_kg, np.float64)))


def disposal_dv(altitude_km: Any, perigee_km: Any = DISPOSAL_PERIGEE_KM) -> NDArray[np.float64]:
    """Δv of one burn that lowers the perigee of a circular orbit, m/s: v (1 - sqrt(2 rp / (ra + rp))).

    The first half of a Hohmann transfer, as an impulse. Altitudes above the equatorial radius, km, broadcast; 0 where
    the orbit is no higher than the perigee.

    Examples
    --------
    >>> round(float(disposal_dv(650.0)))
    167
    """
    high = EARTH_RADIUS_KM + np.asarray(altitude_km, np.float64)
    low = np.minimum(EARTH_RADIUS_KM + np.asarray(perigee_km, np.float64), high)
    return np.asarray(speed_m_s(altitude_km) * (1 - np.sqrt(2 * low / (high + low))))


def propellant_kg(dry_kg: Any, dv_m_s: Any, isp_s: Any) -> NDArray[np.float64]:
    """Propellant for a Δv, kg: dry mass times exp(Δv / (g0 Isp)) - 1 (Tsiolkovsky); broadcast shape.

    Parameters
    ----------
    dry_kg : array
        Mass when the propellant is spent, kg.
    dv_m_s : array
        Sum of all Δv, m/s.
    isp_s : array
        Specific impulse, s; hydrazine about 220, Hall thrusters 1,200 to 2,000 (general knowledge).

    Examples
    --------
    >>> round(float(propellant_kg(575.0, 167.0, 220.0)), 1)
    46.3
    """
    return np.asarray(np.asarray(dry_kg) * np.expm1(np.asarray(dv_m_s) / (STANDARD_GRAVITY_M_S2 * np.asarray(isp_s))))


def compliant(years_after_mission: Any, limit_years: Any = DISPOSAL_LIMIT_YEARS) -> NDArray[np.bool_]:
    """Whether a satellite is down in time: years from the mission's end to re-entry within the FCC's five; any shape.

    False for nan. The years of a passive decay come from `lifetime_years` at the altitude where the mission ends.
    """
    return np.asarray(np.asarray(years_after_mission) <= np.asarray(limit_years))
