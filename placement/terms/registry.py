"""The terms that installed packages have.

A package has a term by an entry point of the group `placement.terms`, whose name is the term's:

    [project.entry-points."placement.terms"]
    licence-fee = "my_package:LICENCE_FEE"

It stands for an object of the shape of `placement.terms.interface.Term`. It is imported when a scenario asks for it by
name; nothing is imported because a file names a module or a path.
"""

from dataclasses import dataclass
from typing import Any

from placement.errors import PlacementError
from placement.terms.interface import Term

GROUP = "placement.terms"
NEEDED = ("words", "parameters", "dollars")


@dataclass(frozen=True)
class Installed:
    """A term and the package that it is of."""

    name: str
    package: str
    version: str
    term: Term

    @property
    def label(self) -> str:
        """Package and version."""
        return f"{self.package} {self.version}"


def installed() -> dict[str, tuple[str, ...]]:
    """Packages, with version, of each installed term by its name; nothing is imported."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in _entries():
        found[entry.name] = (*found.get(entry.name, ()), " ".join(_package(entry)))
    return dict(sorted(found.items()))


def find(name: str, package: str | None = None) -> Installed | None:
    """The term of a name, of a package if that is given; None if there is none.

    Raises
    ------
    PlacementError
        If several packages have it, or the one that has it is broken.
    """
    entries = [each for each in _entries() if each.name == name]
    if package is not None:
        entries = [each for each in entries if _normal(_package(each)[0]) == _normal(package)]
    owners = list(dict.fromkeys(" ".join(_package(each)) for each in entries))
    if len(owners) > 1:
        fact = f"the term '{name}' is claimed by {' and by '.join(owners)}."
        raise PlacementError(f"{fact} Say which: `package: {_package(entries[0])[0]}`, or uninstall the others.")
    return _loaded(name, entries[0]) if entries else None


def _entries() -> list[Any]:
    from importlib.metadata import entry_points

    return list(entry_points(group=GROUP))


def _package(entry: Any) -> tuple[str, str]:
    """Name and version of the package of an entry point."""
    return (entry.dist.name, entry.dist.version) if entry.dist is not None else ("an unnamed package", "")


def _normal(package: str) -> str:
    """A package's name without what does not tell packages apart."""
    return package.lower().replace("_", "-").replace(".", "-")


def _loaded(name: str, entry: Any) -> Installed:
    package, version = _package(entry)
    remedy = "Update or uninstall that package."
    try:
        found = entry.load()
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise PlacementError(
            f"the term '{name}' of {package} {version} cannot be imported ({reason}). {remedy}"
        ) from error
    if not isinstance(found, Term) or isinstance(found, type):
        lacks = ", ".join(each for each in NEEDED if not hasattr(found, each))
        what = f"it lacks {lacks}" if lacks else "it is a class, not an object of it"
        raise PlacementError(
            f"the term '{name}' of {package} {version} is no term: {what}. {remedy} See placement.terms.interface."
        )
    return Installed(name, package, version, found)
