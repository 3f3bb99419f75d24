"""Checks of named series: each goes back to numbers, used or not."""

from placement.loader.check.complaints import Complaints


def check(say: Complaints) -> None:
    """The names that series refer to, and circles among them."""
    own = say.scenario.series
    for name, spec in own.items():
        if spec.series is not None and spec.series not in own and not say.in_catalogue(spec.series, ("series", name)):
            say.dangling.add(name)
    for name in own:
        circle = _circle(say, name)
        if circle and not say.dangling.intersection(circle):
            words = " -> ".join([*circle, name])
            say.at(("series", name), f"series refer to each other in a circle: {words}.", "Break it.")
            say.dangling.update(circle)


def _circle(say: Complaints, name: str) -> list[str]:
    """Names from a series back to itself; none if it does not come back."""
    passed: list[str] = []
    step: str | None = name
    while step is not None and step in say.scenario.series and step not in passed:
        passed.append(step)
        step = say.scenario.series[step].series
    return passed if step == name else []
