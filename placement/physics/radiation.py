"""Dose by altitude and shielding, upsets of chips by dose, and failures of fleets by their log.

Dose in a Sun-synchronous orbit, rad(Si) a year behind x mm of aluminium at altitude h:

    D(x, h) = f(h) (S e^{-x/1.07 mm} + P)

The first term is what shielding stops (electrons), the second what it does not (energetic protons). S and the length
are a fit to the electrons of SPENVIS at 550 km and 100 degrees (AE-8 MAX and AP-8 MIN, SHIELDOSE-2, centre of an
aluminium sphere, five years; data of Pfandzelter and Bermbach, arXiv:2302.08952): D is within 30 % of its whole dose
from 1 to 20 mm, and too low below 0.7 mm. P is set so that D is the 150 rad a year that Google's Suncatcher states
behind 10 mm at 650 km; f is a coarse table by altitude. A rough model, to be used for ranges.

The inclination does not enter. By the same runs, behind 10 mm at 550 km, a satellite takes nothing (1e-4 rad a year) at
0 degrees, 2.1 times the Sun-synchronous dose at 30, where it crosses the South Atlantic Anomaly at length, and 1.3
times at 55.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.units import HOURS_PER_YEAR

SOFT_RAD_PER_YEAR = 2.3e4  # S: fit to SPENVIS' electrons at 550 km from 1 to 6 mm, over f there
SHIELDING_MM = 1.07  # e-folding thickness of aluminium, same fit
HARD_RAD_PER_YEAR = 148.0  # P: 150 rad/yr behind 10 mm (Suncatcher, arXiv:2511.19468) less the soft part there
ALTITUDES_KM = (300.0, 500.0, 650.0, 800.0, 1000.0, 1500.0, 2000.0)
KRAD_PER_YEAR = (
    0.3,
    0.6,
    1.0,
    2.0,
    5.0,
    30.0,
    80.0,
)  # lightly shielded, by altitude (spacedc-mdao 0.4.2; it calls it speculative)

CM2_RAD = 1.27e-7
"""Cross-section × dose per event for 67 MeV protons, cm² rad: 1 rad is about 7.9e6 protons/cm² (Suncatcher, 2025)."""


def cross_section_cm2(rad_per_event: Any) -> NDArray[np.float64]:
    """Cross-section of an event that comes once in so many rad, cm²; any shape."""
    return np.asarray(CM2_RAD / np.asarray(rad_per_event, dtype=np.float64))


def dose_rad_per_year(altitude_km: Any, shielding_mm: Any) -> NDArray[np.float64]:
    """Dose in a Sun-synchronous orbit, rad(Si)/yr; broadcast shape.

    Parameters
    ----------
    altitude_km : array
        300 to 2,000 km, between which the table is interpolated in its logarithm; nan outside.
    shielding_mm : array
        Aluminium equivalent, mm, >= 0. More of it never raises the dose.

    Examples
    --------
    >>> round(float(dose_rad_per_year(650.0, 10.0)))  # as Suncatcher states it
    150
    """
    height = np.asarray(altitude_km, dtype=np.float64)
    factor = np.exp(np.interp(height, ALTITUDES_KM, np.log(KRAD_PER_YEAR), left=np.nan, right=np.nan))
    soft = SOFT_RAD_PER_YEAR * np.exp(-np.asarray(shielding_mm, dtype=np.float64) / SHIELDING_MM)
    return np.asarray(factor * (soft + HARD_RAD_PER_YEAR))


def interruptions_per_year(
    rad_per_year: Any, memory_rad: Any, chip_rad: Any, host_rad: Any, chips_per_host: Any
) -> NDArray[np.float64]:
    """Interruptions of one chip in a year by radiation: D (1/memory + 1/chip + 1/(host × chips per host)).

    Parameters
    ----------
    rad_per_year : array
        Dose, rad/yr. Any shapes that broadcast.
    memory_rad, chip_rad, host_rad : array
        Dose per uncorrected error of the chip's memory, per stop of the chip, per stop of its host, rad.
    chips_per_host : array
        Chips that stop with one host.

    Examples
    --------
    >>> round(float(interruptions_per_year(150.0, 44.0, 5000.0, 1 / (1 / 450 + 1 / 400), 4.0)), 2)
    3.62
    """
    per_rad = 1 / np.asarray(memory_rad, dtype=np.float64) + 1 / np.asarray(chip_rad, dtype=np.float64)
    per_rad = per_rad + 1 / (np.asarray(host_rad, dtype=np.float64) * chips_per_host)
    return np.asarray(np.asarray(rad_per_year, dtype=np.float64) * per_rad)


def events_per_year(rad_per_year: Any, rad_per_event: Any) -> NDArray[np.float64]:
    """Expected events of one chip in a year; broadcast shape."""
    return np.asarray(np.asarray(rad_per_year, dtype=np.float64) / np.asarray(rad_per_event, dtype=np.float64))


def mean_hours_to_failure(devices: Any, hours: Any, events: Any) -> NDArray[np.float64]:
    """Device-hours per event that a fleet's log shows, h; broadcast shape."""
    return np.asarray(np.asarray(devices, dtype=np.float64) * hours / np.asarray(events, dtype=np.float64))


def failures_per_year(devices: Any, hours: Any, events: Any) -> NDArray[np.float64]:
    """Events of one device in a year that a fleet's log shows; broadcast shape.

    Examples
    --------
    >>> round(float(failures_per_year(16384, 54 * 24, 419)), 3)  # Llama 3 405B
    0.173
    """
    return np.asarray(HOURS_PER_YEAR / mean_hours_to_failure(devices, hours, events))
