"""What no single field shows: names that must exist, dates that must fit, series that must cover the horizon."""

from placement import timegrid
from placement.errors import Problem
from placement.loader.check import fleet, rules, work
from placement.loader.check.complaints import Complaints
from placement.schema import Scenario
from placement.tree import Tree


def check(scenario: Scenario, tree: Tree) -> list[Problem]:
    """Everything that is wrong with a scenario whose records are each valid by themselves."""
    fact = timegrid.check(scenario.horizon)
    if fact is not None:
        return [Problem(tree.place(("horizon",)), f"horizon: {fact}.", "Change slot_hours, start or ticks.")]
    say = Complaints(scenario, tree, timegrid.timegrid(scenario.horizon))
    fleet.check(say)
    work.check(say)
    rules.check(say)
    return say.problems
