"""Sizes and loads of the seeded instances."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Jobs, clusters and slots of an hour, and how large the largest job may be."""

    jobs: int
    clusters: int
    slots: int
    largest_share: float
    """Most of all work that one job holds."""
    slack_days: float
    """Longest slack, days."""


SIZES = {
    "week-2k": Size(2_000, 6, 168, 0.03, 3.0),
    "month-20k": Size(20_000, 20, 672, 0.005, 5.0),
    "month-200k": Size(200_000, 40, 720, 0.005, 5.0),
    "year-1m": Size(1_000_000, 100, 8_760, 0.005, 5.0),
}

LOADS = {"easy": 0.70, "tight": 0.95}
"""Reference work over available reference accelerator-hours."""

SEEDS = range(5)
"""Seeds of the published figures; the worst counts."""
