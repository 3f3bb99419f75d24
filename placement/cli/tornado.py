"""`placement sweep --tornado`: inputs turned one at a time from what stands in the scenario."""

from pathlib import Path
from typing import TYPE_CHECKING

from placement.errors import PlacementError, ScenarioError

if TYPE_CHECKING:
    from placement.design import Axis, Design
    from placement.loader.load import Use
    from placement.schema import Scenario

FORM = "PATH=LOW:HIGH"


def one_at_a_time(
    file: Path, variant: str | None, given: "Scenario", values: tuple[str, ...], factors: tuple[str, ...]
) -> "Design":
    """The base point and both ends of each input.

    Parameters
    ----------
    file, variant
        Where the scenario is from. It is read again for the ranges of inputs without values.
    given : Scenario
    values, factors : tuple of str
        Inputs with their ends; of values those without ends take low and high of file and catalogue.

    Raises
    ------
    PlacementError
        If an input has no ends, or nothing stands there that could be its base.
    """
    from placement import design
    from placement.cli.sweep import axis
    from placement.varied import varied

    ranges = _Ranges(file, variant, given)
    axes = [axis(text, False) if "=" in text else ranges.axis(text) for text in values]
    axes += [axis(_with_ends(text), True) for text in factors]
    for made in axes:
        if len(made.levels) != 2:
            raise PlacementError(
                f"{made.name} has {len(made.levels)} values, and a tornado has two ends. Write {FORM}."
            )
    return design.one_at_a_time(axes, [varied(given, made.paths, made.factor).base for made in axes])


def _with_ends(text: str) -> str:
    if "=" not in text:
        raise PlacementError(f"'{text}' is a factor without ends, and no range says them. Write --factor {FORM}.")
    return text


class _Ranges:
    """The scenario with the low and with the high end of every range, read when it is asked for first."""

    def __init__(self, file: Path, variant: str | None, given: "Scenario"):
        self._file, self._variant, self._given = file, variant, given
        self._read: dict[str, Scenario] = {}

    def axis(self, path: str) -> "Axis":
        """An input with the ends of the range that stands there.

        Raises
        ------
        PlacementError
            If none does, or no number.
        """
        from placement.design import Axis
        from placement.varied import varied

        path = path.strip()
        _ = varied(self._given, [path]).base
        standing = [varied(self._at(use), [path]).standing[0] for use in ("low", "high")]
        ends = [float(end) for end in standing if isinstance(end, int | float) and not isinstance(end, bool)]
        if len(ends) < 2 or ends[0] == ends[1]:
            fact = f"{path}: neither the scenario nor the catalogue gives a range for it."
            raise PlacementError(f"{fact} Write --vary {path}=LOW:HIGH, or {{value, low, high}} in the scenario.")
        return Axis((path,), tuple(sorted(ends)))

    def _at(self, use: "Use") -> "Scenario":
        from placement.loader.load import load

        if use not in self._read:
            try:
                self._read[use] = load(self._file, self._variant, use)
            except ScenarioError as error:
                fact = f"with the {use} end of every range this is no scenario ({error.problems[0]})."
                raise PlacementError(f"{fact} Write --vary {FORM} for each input.") from None
        return self._read[use]
