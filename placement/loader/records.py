"""From plain values to records, with every complaint placed on its line."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from placement.loader.fields import Field, field_at
from placement.loader.mend import mended
from placement.loader.problems import Problems
from placement.loader.wording import complaint, nearest
from placement.schema import Model
from placement.tree import Steps, Tree

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Fault:
    """One validation error, and the place below the record that it is about."""

    error: dict[str, Any]
    path: Steps
    """Path of the value; where a key is missing or is itself wrong, of what holds it."""
    key: str | None
    """The key that is missing, unknown or wrong, if it is the key."""
    field: Field

    @property
    def name(self) -> str:
        """What the message calls it."""
        if self.key is not None:
            return self.key
        for position in range(len(self.path) - 1, -1, -1):
            if isinstance(self.path[position], str):
                items = [f"item {int(step) + 1} of " for step in reversed(self.path[position + 1 :])]
                return "".join(items) + str(self.path[position])
        return "it"

    @property
    def around(self) -> Steps:
        """Path of what holds the named thing."""
        if self.key is not None:
            return self.path
        names = [position for position, step in enumerate(self.path) if isinstance(step, str)]
        return self.path[: names[-1]] if names else self.path


def build(record: type[M], value: Any, tree: Tree, path: Steps, problems: Problems) -> M | None:
    """The record made of plain values; what is wrong is added to `problems`.

    Where enough is right to go on, a record comes back all the same, with stand-ins for what is wrong, and `problems`
    covers what follows from them. Else None.
    """
    try:
        return record.model_validate(value)
    except ValidationError as error:
        faults = _faults(record, value, error)
    for fault in faults:
        if fault.error["type"] != "missing" or not problems.covers((*path, *fault.path)):
            _complain(fault, tree, path, problems)
    result, lacking, gone = mended(
        record, value, [(fault.error["type"], fault.path, fault.key, fault.field) for fault in faults]
    )
    gone |= set() if result is not None else {()}
    for part in lacking | gone:
        problems.incomplete.update(str(step) for step in (*path, *part)[:1])
    for part in gone:
        problems.cover((*path, *part), (*path, *part))
    for fault in faults:
        _cover(fault, path, problems)
    return result


def _cover(fault: Fault, path: Steps, problems: Problems) -> None:
    """Say no more about a fault, nor about what may follow from it."""
    at = (*path, *fault.path)
    whole = (*at, fault.key) if fault.key is not None else at
    problems.cover(at[:2] or whole, whole)
    if fault.error["type"] == "extra_forbidden":
        meant = nearest(str(fault.key), fault.field.keys)
        problems.cover(at[:2] or whole, (*at, meant or ""))
        if not at and meant is not None:
            problems.incomplete.add(meant)
    if whole[:1] == ("horizon",):
        problems.incomplete.add("horizon")


def _complain(fault: Fault, tree: Tree, path: Steps, problems: Problems) -> None:
    field = fault.field
    fact, remedy = complaint(fault.error, fault.name, field.description, field.keys, series=field.series)
    at = (*path, *fault.path)
    if fault.key is not None and (*at, fault.key) in tree.lines:
        at = (*at, fault.key)
    around, place = tree.dotted((*path, *fault.around)), tree.place(at)
    if tree.lines and around and place != tree.dotted(at):
        fact = f"{around}: {fact}"
    problems.add(place, fact, remedy)


def _faults(record: type[Model], value: Any, error: ValidationError) -> list[Fault]:
    """The faults of a record, those left out that follow from another one."""
    faults: dict[tuple[Steps, str | None], Fault] = {}
    for item in error.errors():
        fault = _fault(record, value, dict(item))
        faults.setdefault((fault.path, fault.key), fault)
    meant = {
        (fault.path, nearest(str(fault.key), fault.field.keys))
        for fault in faults.values()
        if fault.error["type"] == "extra_forbidden"
    }
    return [
        fault
        for fault in faults.values()
        if not (fault.error["type"] == "missing" and (fault.path, fault.key) in meant)
        and not (fault.error["type"] == "too_short" and _is_around(fault, faults.values()))
    ]


def _is_around(fault: Fault, others: Iterable[Fault]) -> bool:
    """Whether another fault lies inside: a list is not empty whose only member is broken."""
    return any(len(o.path) > len(fault.path) and o.path[: len(fault.path)] == fault.path for o in others)


def _fault(record: type[Model], value: Any, error: dict[str, Any]) -> Fault:
    loc = tuple(error["loc"])
    path, key = _walk(value, loc)
    if error["type"] == "literal_error" and loc[-1] == "[key]":
        error = {**error, "type": "extra_forbidden"}
        path, key = path[:-1], str(path[-1])
        words = str(error["ctx"]["expected"]).replace(" or ", ", ").replace("'", "")
        return Fault(error, path, key, Field(tuple(words.split(", ")), None, None))
    if error["type"] == "extra_forbidden":
        path, key = path[:-1], str(path[-1])
    elif loc and loc[-1] == "[key]":
        path, key = path[:-1], "the name"
    whole = (*path, key) if key is not None and error["type"] in ("missing", "extra_forbidden") else path
    return Fault(error, path, key, field_at(record, value, whole))


def _walk(value: Any, loc: tuple[str | int, ...]) -> tuple[Steps, str | None]:
    """The path that pydantic's location stands for (without tags of unions), and the key if the last is not there."""
    path: list[str | int] = []
    for position, step in enumerate(loc):
        if step in (value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)):
            value = value[step]
            path.append(step)
        elif position == len(loc) - 1 and isinstance(value, dict) and step != "[key]" and isinstance(step, str):
            return tuple(path), step
    return tuple(path), None
