"""A scenario file that changes another: `extends`, `set`, `without`, and its `variants`.

    extends: central.yaml          another file beside this one, or the name of a shipped scenario
    without: [clusters.hyperion]   what is left out of it
    set: {vehicles.starship-v4.flights_per_year: 30}     what stands where instead
    variants: [{name: google, set: {...}, without: [...]}]

Paths are dotted; members of lists go by their names. Own keys lie over those of the file that is extended, mappings
key by key. A member that `set` names and that is not there is added to its list.
"""

import copy
from importlib.resources import files
from pathlib import Path
from typing import Any

from placement.errors import Problem, ScenarioError
from placement.loader.wording import did_you_mean, shown
from placement.schema import Variant
from placement.tree import NAME_KEYS, Steps, Tree, inside, read

OWN = ("extends", "set", "without", "variants")

LISTS = {
    "clusters", "vehicles", "launch_limits", "flows", "campaigns", "datasets", "limits", "accelerators", "pools",
    "modules", "planes", "sources", "fixed_costs", "embodied", "generations", "blocks", "fabric",
}  # fmt: skip
"""Keys whose values are lists of members with names."""

DEEPEST = 10
"""Files that may extend one another in a row."""


def scenario_file(path: Path) -> Path:
    """The file of a path; of the name of a shipped scenario, where there is no such file."""
    if path.exists() or path.suffix or len(path.parts) != 1:
        return path
    shipped = Path(str(files("placement.data").joinpath("scenarios", f"{path.name}.yaml")))
    return shipped if shipped.exists() else path


def shipped() -> list[str]:
    """Names of the shipped scenarios."""
    folder = Path(str(files("placement.data").joinpath("scenarios")))
    return sorted(file.stem for file in folder.glob("*.yaml"))


def extended(tree: Tree, folder: Path, variant: str | None = None) -> Tree:
    """The document that a file comes to, with a variant of it.

    Raises
    ------
    ScenarioError
        If a file, a path or the variant is not there.
    """
    if not isinstance(tree.value, dict):
        return tree
    edit = _document(tree, folder, 0)
    listed = _variants(edit)
    if variant is not None:
        names = [str(each["name"]) for each in listed]
        if variant not in names:
            fact = f"there is no variant '{variant}'."
            raise ScenarioError([Problem(tree.source, fact, did_you_mean(variant, names, "It has no variants."))])
        index = names.index(variant)
        edit.change(listed[index], ("variants", index))
        edit.value["name"] = f"{edit.value.get('name')}, {variant}"
        if "title" in listed[index]:
            edit.value["title"] = listed[index]["title"]
    edit.value.pop("variants", None)
    return Tree(edit.value, tree.source, edit.lines, edit.files)


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
    return [Variant(name=v["name"], title=v.get("title")) for v in _variants(_document(tree, file.parent, 0))]


def _document(tree: Tree, folder: Path, depth: int) -> "_Edit":
    """A document laid over what it extends, and changed as it says."""
    value = tree.value
    own = _Edit(copy.deepcopy(value), dict(tree.lines), dict.fromkeys(tree.lines, tree.source), tree.source)
    if "extends" not in value:
        own.change(value, ())
        own.drop(("set", "without"))
        return own
    name = value["extends"]
    place = tree.place(("extends",))
    if not isinstance(name, str) or "/" in name or "\\" in name or depth >= DEEPEST:
        fact = f"extends is {shown(name)}, but must be a file in the same folder or the name of a shipped scenario."
        raise ScenarioError([Problem(place, fact, "Put the file beside this one, and name it.")])
    file = folder / name
    if not file.exists():
        file = scenario_file(Path(name))
    if not file.exists():
        fact = f"there is no file {name} beside this one, and no shipped scenario of that name."
        raise ScenarioError([Problem(place, fact, did_you_mean(name, shipped(), "Check the name."))])
    below = read(file)
    if not isinstance(below.value, dict):
        raise ScenarioError([Problem(str(file), "the document is not a mapping of keys.", "See `placement new`.")])
    edit = _document(below, file.parent, depth + 1)
    for key in value:
        if key not in ("extends", "set", "without"):
            edit.lay((key,), value[key], own)
    edit.change(value, (), own)
    return edit


def _variants(edit: "_Edit") -> list[dict[str, Any]]:
    """The variants as they are written, each a mapping with a name."""
    listed = edit.value.get("variants", [])
    wrong = [
        index
        for index, each in enumerate(listed if isinstance(listed, list) else [0])
        if not isinstance(each, dict) or not isinstance(each.get("name"), str) or set(each) - {"name", "title", *OWN}
    ]
    if wrong:
        fact = "a variant is a mapping with a name, and title, set and without."
        raise ScenarioError([Problem(edit.place(("variants", wrong[0])), fact, "Write {name: mine, set: {...}}.")])
    return list(listed)


class _Edit:
    """A document that is being changed, with the file and line of each value."""

    def __init__(self, value: dict[str, Any], lines: dict[Steps, int], files_: dict[Steps, str], source: str):
        self.value, self.lines, self.files, self.source = value, lines, files_, source

    def place(self, path: Steps) -> str:
        """Where a value stands."""
        return Tree(self.value, self.source, self.lines, self.files).place(path)

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
        for index, dotted in enumerate(without):
            self._leave_out(dotted, origin.place((*path, "without", index)))
        for dotted, value in new.items():
            at = (*path, "set", dotted)
            to = self._steps(dotted, value, origin.place(at))
            if isinstance(to[-1], int) and isinstance(value, dict) and not set(value) & set(NAME_KEYS[:4]):
                value = {"job" if to[-2] == "jobs" else "name": dotted.split(".")[-1], **value}
            self._put(to, copy.deepcopy(value), origin, at)

    def _steps(self, dotted: str, value: Any, place: str) -> Steps:
        """The path that `set` names; mappings and members that are not there are made."""
        names = dotted.split(".")
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
                    here[name] = [] if name in LISTS else {}
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
        for from_, line in other.lines.items():
            if from_[: len(at)] == at:
                self.lines[(*path, *from_[len(at) :])] = line
                self.files[(*path, *from_[len(at) :])] = other.files.get(from_, other.source)

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
        for table in (self.lines, self.files):
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
