"""Checks of jobs that run in segments or may be paused."""

import math

import numpy as np

from placement.loader.check.complaints import Complaints
from placement.schema import Table

SHARE_TOLERANCE = 1e-9


def check(say: Complaints, jobs: Table) -> None:
    """Shares of segments, and pauses."""
    for row in np.flatnonzero(np.array([bool(cell) for cell in jobs["segment_shares"]], dtype=bool)).tolist():
        shares, segments = jobs["segment_shares"][row], int(jobs["segments"][row])
        if len(shares) != segments:
            fact = f"job '{jobs['job'][row]}' has {len(shares)} segment_shares and segments {segments}."
            say.row(jobs, row, "segment_shares", fact, "Give one share for each segment.")
        elif abs(math.fsum(shares) - 1) > SHARE_TOLERANCE:
            fact = f"the segment_shares of job '{jobs['job'][row]}' add up to {math.fsum(shares):.10g}."
            say.row(jobs, row, "segment_shares", fact, "They are shares of its work, and add up to 1.")
    for row in np.flatnonzero((jobs["pauses"] > 0) & (jobs["segments"] > jobs["pauses"] + 1)).tolist():
        fact = f"job '{jobs['job'][row]}' has {jobs['segments'][row]} segments and pauses {jobs['pauses'][row]}."
        remedy = f"Leave one of them out, or allow {jobs['segments'][row] - 1} pauses."
        say.row(jobs, row, "pauses", fact, remedy)
