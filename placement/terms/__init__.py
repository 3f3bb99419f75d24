"""Terms: dollars that other packages add to each way to run a job.

    from placement.terms import Dollars, OptionTable, Slots

A package has a term by an entry point of the group `placement.terms` (`placement.terms.registry`); what it is given and
gives back stands in `placement.terms.interface`. docs/extending.md walks through an example.
"""

from placement.terms.evaluated import evaluated
from placement.terms.interface import COLUMNS, Dollars, OptionTable, Slots, Term
from placement.terms.registry import GROUP, Installed, find, installed

__all__ = [
    "COLUMNS", "GROUP", "Dollars", "Installed", "OptionTable", "Slots", "Term", "evaluated", "find", "installed",
]  # fmt: skip
