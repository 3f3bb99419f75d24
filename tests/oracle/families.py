"""The register of families: what a scenario can be made to exercise, by name."""

from collections.abc import Callable

from oracle.draw import Draw

Family = Callable[[Draw], None]
REGISTER: dict[str, Family] = {}
"""Each changes a document, or raises Unfit before it does."""


def family(function: Family) -> Family:
    """Registers a function as the family of its name."""
    REGISTER[function.__name__] = function
    return function


def require(draw: Draw, name: str) -> None:
    """Applies another family first, unless it has been."""
    if name not in draw.tags:
        REGISTER[name](draw)
        draw.tags.add(name)
