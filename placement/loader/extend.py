"""A scenario file that changes another: `extends`, `set`, `without`, and its `variants`.

    extends: central.yaml          another file beside this one, or the name of a shipped scenario
    without: [clusters.hyperion]   what is left out of it
    set: {vehicles.starship-v4.flights_per_year: 30}     what stands where instead
    variants: [{name: google, set: {...}, without: [...]}]

Paths are dotted; members of lists go by their names. Own keys lie over those of the file that is extended, mappings
key by key. A member that `set` names and that is not there is added to its list.
"""

import copy
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from placement.errors import Problem, ScenarioError
from placement.loader.problems import Problems
from placement.loader.records import build
from placement.loader.wording import did_you_mean, shown
from placement.schema import Variant
from placement.tree import NAME_KEYS, Steps, Tree, inside, read

OWN = ("extends", "set", "without", "variants")

_BY_NAME = (
    "clusters", "vehicles", "launch_limits", "flows", "campaigns", "datasets", "limits", "accelerators", "pools",
    "modules", "planes", "sources", "blocks", "terms",
)  # fmt: skip
NAMED = dict.fromkeys(_BY_NAME, "name") | {"fixed_costs": "category", "embodied": "category", "generations": "from"}
"""Keys whose values are lists of members with names, and the key of such a name."""

ROWS = {"jobs": "job"}
"""The same of the root alone."""

DEEPEST = 10
"""Files that may extend one another in a row."""


def scenario_file(path: Path) -> Path:
    """The file of a path; of a shipped scenario by its name, with or without `.yaml`, where there is no such file."""
    if path.exists() or path.suffix not in ("", ".yaml") or len(path.parts) != 1:
        return path
    shipped = _shipped_file(path.name)
    return shipped if shipped.exists() else path


def _shipped_file(name: str) -> Path:
    return Path(str(files("placement.data").joinpath("scenarios", f"{name.removesuffix('.yaml')}.yaml")))


def shipped() -> list[str]:
    """Names of the shipped scenarios."""
    folder = Path(str(files("placement.data").joinpath("scenarios")))
    return sorted(file.stem for file in folder.glob("*.yaml") if file.stem != "starter")  # that one is a template


def extended(tree: Tree, folder: Path, variant: str | None = None) -> Tree:
    """The document that a file comes to, with a variant of it.

    Raises
    ------
    ScenarioError
        If a file, a path or the variant is not there.
    """
    if not isinstance(tree.value, dict):
        return tree
    edit = _document(tree, folder)
    names = [each.name for each in _variants(edit)]
    if variant is not None:
        if variant not in names:
            fact = f"there is no variant '{variant}'."
            raise ScenarioError([Problem(tree.source, fact, did_you_mean(variant, names, "It has no variants."))])
        index = names.index(variant)
        chosen = edit.value["variants"][index]
        edit.change(chosen, ("variants", index))
        if isinstance(edit.value.get("name"), str):
            edit.value["name"] += f", {variant}"
        if "title" in chosen:
            edit.value["title"] = chosen["title"]
    edit.value.pop("variants", None)
    return Laid(edit.value, tree.source, edit.lines, edit.files, frozenset(edit.moved))


def variants(path: str | Path) -> list[Variant]:
    """The variants of a scenario file, which `load` takes by name.

    Raises
    ------
    ScenarioError
        If the file or one that it extends cannot be read, or variants are not written as such.
    """
    file = scenario_file(Path(path))
    tree = read(file)
    if not isinstance(tree.value, dict):
        return []
    return _variants(_document(tree, file.parent))


@dataclass(frozen=True)
class Laid(Tree):
    """A document of which some values have lines in files, and those of a caller from Python have none: line 0."""

    moved: frozenset[Steps] = frozenset()
    """Paths of what stands where `set` has it."""

    def place(self, path: Steps) -> str:
        """`file:line`, or the dotted path of what has no line."""
        around = path
        while around and around not in self.lines:
            around = around[:-1]
        return self.dotted(path) if self.lines.get(around) == 0 else super().place(path)


def _document(tree: Tree, folder: Path, above: tuple[Path, ...] = ()) -> "_Edit":
    """A document laid over what it extends, and changed as it says; `above` are the files that extend it."""
    value = tree.value
    own = _Edit(copy.deepcopy(value), dict(tree.lines), dict.fromkeys(tree.lines, tree.source), tree.source)
    if "extends" not in value:
        own.change(value, ())
        own.drop(("set", "without"))
        return own
    file = _extended_file(value["extends"], folder, above, tree.place(("extends",)))
    below = read(file)
    if not isinstance(below.value, dict):
        raise ScenarioError([Problem(str(file), "the document is not a mapping of keys.", "See `placement new`.")])
    edit = _document(below, file.parent, (*above, file))
    if file.parent != folder:
        _take_along(edit.value, file.parent)
    for key in value:
        if key not in ("extends", "set", "without"):
            edit.lay((key,), value[key], own)
    edit.change(value, (), own)
    return edit


def _extended_file(name: Any, folder: Path, above: tuple[Path, ...], place: str) -> Path:
    """The file that `extends` names."""
    if not isinstance(name, str) or "/" in name or "\\" in name:
        fact = f"extends is {shown(name)}, but must be a file in the same folder or the name of a shipped scenario."
        raise ScenarioError([Problem(place, fact, "Put the file beside this one, and name it.")])
    beside = sorted(path.name for path in folder.glob("*.yaml"))
    file = folder / name
    if not file.is_file():
        file = _shipped_file(name)
    if not file.is_file():
        fact = f"there is no file {name} beside this one, and no shipped scenario of that name."
        raise ScenarioError([Problem(place, fact, did_you_mean(name, [*beside, *shipped()], "Check the name."))])
    if file in above:
        circle = " -> ".join(path.name for path in (*above[above.index(file) :], file))
        raise ScenarioError([Problem(place, f"files extend each other in a circle: {circle}.", "Break it.")])
    if len(above) >= DEEPEST:
        fact = f"more than {DEEPEST} files extend one another in a row."
        raise ScenarioError([Problem(place, fact, "Put some of them together.")])
    return file


def _take_along(document: dict[str, Any], folder: Path) -> None:
    """Let tables and series of a file in another folder be found there."""
    for name in ("jobs", "options", "throughput", "terms"):
        table = document.get(name)
        for record in table if isinstance(table, list) else [table]:
            if isinstance(record, dict) and isinstance(record.get("table"), str):
                record["table"] = str(folder / record["table"])
    inner: list[Any] = [document]
    while inner:
        value = inner.pop()
        if isinstance(value, dict) and isinstance(value.get("file"), str) and "column" in value:
            value["file"] = str(folder / value["file"])
        inner += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _variants(edit: "_Edit") -> list[Variant]:
    """The variants, each valid as such."""
    listed = edit.value.get("variants", [])
    tree = Laid(edit.value, edit.source, edit.lines, edit.files)
    if not isinstance(listed, list):
        fact = f"variants is {shown(listed)}, but must be a list."
        raise ScenarioError([Problem(tree.place(("variants",)), fact, "Write [{name: mine, set: {...}}].")])
    problems = Problems()
    found = [build(Variant, each, tree, ("variants", index), problems) for index, each in enumerate(listed)]
    names = [each.name if each is not None else None for each in found]
    for index, name in enumerate(names):
        if not problems and name in names[:index]:
            place = tree.place(("variants", index))
            problems.add(place, f"there are two variants named '{name}'.", "Give each its own name.")
    if problems:
        raise ScenarioError(problems.in_order())
    return [each for each in found if each is not None]


class _Edit:
    """A document that is being changed, with the file and line of each value."""

    def __init__(self, value: dict[str, Any], lines: dict[Steps, int], files_: dict[Steps, str], source: str):
        self.value, self.lines, self.files, self.source = value, lines, files_, source
        self.moved: dict[Steps, None] = {}

    def place(self, path: Steps) -> str:
        """Where a value stands."""
        return Laid(self.value, self.source, self.lines, self.files).place(path)

    def drop(self, keys: tuple[str, ...]) -> None:
        """Forget keys of the root."""
        for key in keys:
            self.value.pop(key, None)

    def lay(self, path: Steps, value: Any, other: "_Edit") -> None:
        """Lay another document's value over what is here: mappings key by key, all else whole."""
        here = self.value
        for step in path:
            here = inside(here, step)
        if isinstance(here, dict) and isinstance(value, dict) and "value" not in value:
            for key, inner in value.items():
                self.lay((*path, key), inner, other)
            return
        self._put(path, copy.deepcopy(value), other, path)

    def change(self, record: dict[str, Any], path: Steps, other: "_Edit | None" = None) -> None:
        """Leave out what `without` names, then put in place what `set` has."""
        other = other or self
        origin = _Edit(other.value, dict(other.lines), dict(other.files), other.source)
        without, new = record.get("without", []), record.get("set", {})
        if not isinstance(without, list) or not all(isinstance(each, str) for each in without):
            fact = f"without is {shown(without)}, but must be a list of paths."
            raise ScenarioError([Problem(origin.place((*path, "without")), fact, "Write [clusters.NAME, ...].")])
        if not isinstance(new, dict):
            fact = f"set is {shown(new)}, but must map paths to values."
            raise ScenarioError([Problem(origin.place((*path, "set")), fact, "Write {clusters.NAME.pue: 1.2}.")])
        paths = [
            *((dotted, ("without", index)) for index, dotted in enumerate(without)),
            *((d, ("set", d)) for d in new),
        ]
        for dotted, at_ in paths:
            if "" in dotted.split("."):
                fact = f"'{dotted}' is no path: a step of it is empty."
                raise ScenarioError([Problem(origin.place((*path, *at_)), fact, "Write clusters.NAME.pue, say.")])
        for index, dotted in enumerate(without):
            self._leave_out(dotted, origin.place((*path, "without", index)))
        for dotted, value in new.items():
            at = (*path, "set", dotted)
            to = self._steps(dotted, value, origin, at)
            key, name = _key_of_name(to[:-1]) if isinstance(to[-1], int) else None, dotted.split(".")[-1]
            if isinstance(value, dict) and key is not None and name != str(to[-1]):
                value = {key: name, **value}
            self._put(to, copy.deepcopy(value), origin, at)
            self.moved[to] = None

    def _steps(self, dotted: str, value: Any, origin: "_Edit", at: Steps) -> Steps:
        """The path that `set` names; mappings and members that are not there are made, and stand where it does."""
        place, names = origin.place(at), dotted.split(".")
        path: Steps = ()
        here: Any = self.value
        for number, name in enumerate(names):
            last = number == len(names) - 1
            if isinstance(here, list):
                index = _member(here, name)
                if index is None:
                    if not last or not isinstance(value, dict):
                        raise ScenarioError([_missing(name, here, ".".join(names[:number]), place)])
                    here.append({})
                    index = len(here) - 1
                path, here = (*path, index), here[index]
            elif isinstance(here, dict):
                if name not in here and not last:
                    here[name] = {} if _key_of_name((*path, name)) is None else []
                    self._note((*path, name), origin, at)
                path, here = (*path, name), here.get(name)
            else:
                fact = f"'{'.'.join(names[:number])}' is {shown(here)}, a single value with nothing inside."
                raise ScenarioError([Problem(place, fact, "Check the path.")])
        return path

    def _put(self, path: Steps, value: Any, other: "_Edit", at: Steps) -> None:
        """A value in place of what stands at a path, with the lines that it has at `at` in another document."""
        target = self.value
        for step in path[:-1]:
            target = target[step]  # type: ignore[index]
        target[path[-1]] = value  # type: ignore[index]
        self._forget(path)
        self._note(path, other, at)
        for from_, line in other.lines.items():
            if from_[: len(at)] == at:
                self.lines[(*path, *from_[len(at) :])] = line
                self.files[(*path, *from_[len(at) :])] = other.files.get(from_, other.source)

    def _note(self, path: Steps, other: "_Edit", at: Steps) -> None:
        """Let a value stand where another document has it; without a line, if that has none."""
        if self.lines or other.lines:
            self.lines[path] = other.lines.get(at, 0)
            self.files[path] = other.files.get(at, other.source)

    def _leave_out(self, dotted: str, place: str) -> None:
        names = dotted.split(".")
        path: Steps = ()
        here: Any = self.value
        for number, name in enumerate(names):
            step: str | int | None = name
            if isinstance(here, list):
                step = _member(here, name)
            elif not isinstance(here, dict) or name not in here:
                step = None
            if step is None:
                raise ScenarioError([_missing(name, here, ".".join(names[:number]), place)])
            if number == len(names) - 1:
                del here[step]
                self._forget((*path, step), gone=True)
                return
            path, here = (*path, step), here[step]

    def _forget(self, path: Steps, gone: bool = False) -> None:
        """Drop the lines of what stood at a path; where a member of a list is `gone`, those behind it move up."""
        depth = len(path) - 1
        tables: tuple[dict[Steps, Any], ...] = (self.lines, self.files, self.moved)
        for table in tables:
            kept: dict[Steps, Any] = {}
            for old, what in table.items():
                if old[: depth + 1] == path:
                    continue
                step = old[depth] if len(old) > depth and old[:depth] == path[:depth] else None
                last = path[depth]
                if gone and isinstance(step, int) and isinstance(last, int) and step > last:
                    old = (*old[:depth], step - 1, *old[depth + 1 :])
                kept[old] = what
            table.clear()
            table.update(kept)


def _key_of_name(path: Steps) -> str | None:
    """The key by which members of the list at a path are named; None where no such list stands."""
    return NAMED.get(str(path[-1])) or (ROWS.get(str(path[0])) if len(path) == 1 else None)


def _member(items: list[Any], name: str) -> int | None:
    """Index of the member of that name, or with that number from 0."""
    for index, item in enumerate(items):
        if isinstance(item, dict) and name in [item[key] for key in NAME_KEYS if isinstance(item.get(key), str)][:1]:
            return index
    return int(name) if name.isdecimal() and int(name) < len(items) else None


def _missing(name: str, here: Any, around: str, place: str) -> Problem:
    names = list(here) if isinstance(here, dict) else []
    if isinstance(here, list):
        names = [str(item[key]) for item in here if isinstance(item, dict) for key in NAME_KEYS if key in item]
    fact = f"there is no '{name}' in {around or 'the scenario'}."
    return Problem(place, fact, did_you_mean(name, names, "Check the path."))
