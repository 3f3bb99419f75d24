"""What a log of finished jobs would have cost, and emitted, elsewhere or at other times."""

from placement.hindsight.alternatives import Alternative
from placement.hindsight.log import Left
from placement.hindsight.reading import read_log
from placement.hindsight.what_if import WhatIf, what_if
from placement.hindsight.without_jobs import load_without_jobs
from placement.hindsight.writing import check_folder, write_what_if

__all__ = [
    "Alternative", "Left", "WhatIf", "check_folder", "load_without_jobs", "read_log", "what_if", "write_what_if",
]  # fmt: skip
