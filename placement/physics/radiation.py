"""Upsets of chips by dose, and failures of fleets by their log."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.units import HOURS_PER_YEAR

CM2_RAD = 1.27e-7
"""Cross-section × dose per event for 67 MeV protons, cm² rad: 1 rad is about 7.9e6 protons/cm² (Suncatcher, 2025)."""


def cross_section_cm2(rad_per_event: Any) -> NDArray[np.float64]:
    """Cross-section of an event that comes once in so many rad, cm²; any shape."""
    return np.asarray(CM2_RAD / np.asarray(rad_per_event, dtype=np.float64))


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
