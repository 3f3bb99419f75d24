"""What no single field shows: names that must exist, dates that must fit, series that must cover the horizon."""

from placement import timegrid
from placement.loader.check import fleet, growth, rules, series, uncertainty, work
from placement.loader.check.complaints import Complaints
from placement.loader.mend import HORIZON
from placement.loader.problems import Problems
from placement.schema import Horizon, Scenario
from placement.tree import Tree

MAX_YEARS = 100
FIRST_YEAR, LAST_YEAR = 1950, 2150
"""Between them sunlight and orbits are worked out well enough."""

_SLOT_HOURS = {"hour": 1.0, "day": 24.0, "week": 168.0, "month": 730.5, "quarter": 2191.5}


def check(scenario: Scenario, tree: Tree, problems: Problems) -> None:
    """Add everything that is wrong with a scenario whose records are each valid by themselves."""
    fact = _too_far(scenario.horizon) or timegrid.check(scenario.horizon)
    if fact is not None:
        problems.add(tree.place(("horizon",)), f"horizon: {fact}.", "Change start, slots, slot_hours or ticks.")
        problems.incomplete.add("horizon")
    horizon = Horizon.model_validate(HORIZON) if fact is not None else scenario.horizon
    say = Complaints(scenario, tree, timegrid.timegrid(horizon), problems)
    series.check(say)
    fleet.check(say)
    work.check(say)
    rules.check(say)
    growth.check(say)
    uncertainty.check(say)
    say.finish()


def _too_far(horizon: Horizon) -> str | None:
    """Why a horizon is beyond what is planned for, or None."""
    if not FIRST_YEAR <= horizon.start.year < LAST_YEAR:
        return f"it starts in {horizon.start.year}, not between {FIRST_YEAR} and {LAST_YEAR}"
    years = horizon.slots * (horizon.slot_hours or _SLOT_HOURS[str(horizon.slot)]) / 8766
    return f"it is {years:,.0f} years long, more than {MAX_YEARS}" if years > MAX_YEARS else None
