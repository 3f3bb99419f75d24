"""A sweep over one input that grows with a search: values are added to its design as they are asked for.

    sweep.json   first the values of the scan, then those that were added, each with the point from whose plan it begins

A value is added by writing `sweep.json` beside its place and renaming it into it, before it is solved. So whatever ends
a search leaves points that are finished and at most one that is asked for; the search taken up again comes to the same
values in the same order, and solves those alone that are not finished.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from placement.design import Design
from placement.errors import PlacementError
from placement.fingerprint import fingerprint
from placement.flips import Point
from placement.measure import Measure
from placement.models.highs import Event
from placement.schema import Scenario
from placement.solved_point import of_sweep
from placement.sweeping import sweep
from placement.swept import NAME, Solving, Sweep, begin, read_sweep


class Growing:
    """Values of one input, each solved and kept; made by `growing`."""

    def __init__(
        self,
        found: Sweep,
        measured: Measure,
        workers: int,
        progress: Callable[[Point], None] | None,
        stop: Event | None,
    ):
        self._found, self._measured, self._workers = found, measured, workers
        self._progress, self._stop = progress, stop
        self._points: dict[int, Point] = {}
        self._number = {value: n for n, value in enumerate(found.design.points[:, 0].tolist())}

    def go_on(self) -> None:
        """Solve what is asked for and not finished, several at a time."""
        sweep(
            self._found.scenario, self._found.design, self._found.folder, solving=self._found.solving,
            workers=self._workers, progress=lambda row: self._tell(int(row["point"])), stop=self._stop,
        )  # fmt: skip

    def at(self, value: float, near: Point | None) -> Point | None:
        """The point at a value, begun with the plan of another where it is new; None if it was stopped."""
        if value not in self._number:
            if self._stopped:
                return None
            self._number[value] = len(self._number)
            self._found = _grown(self._found, value, -1 if near is None else self._number[near.value])
        number = self._number[value]
        if not self._found.row_place(number).is_file():
            if not self._stopped:
                self.go_on()
            if not self._found.row_place(number).is_file():
                return None
        return self._point(number)

    @property
    def _stopped(self) -> bool:
        return self._stop is not None and self._stop.is_set()

    def _point(self, number: int) -> Point:
        if number not in self._points:
            value = float(self._found.design.points[number, 0])
            self._points[number] = of_sweep(self._measured, value, self._found, number)
        return self._points[number]

    def _tell(self, number: int) -> None:
        if self._progress is not None:
            self._progress(self._point(number))


@contextmanager
def growing(
    folder: str | Path,
    scenario: Scenario,
    design: Design,
    solving: Solving,
    measured: Measure,
    *,
    workers: int = 0,
    progress: Callable[[Point], None] | None = None,
    stop: Event | None = None,
) -> Iterator[Growing]:
    """A sweep that grows, new or begun already; nobody else lets it grow meanwhile.

    Parameters
    ----------
    folder : path
        Of the sweep. One that was grown by another question of the same scan is taken up: what is solved stays.
    scenario : Scenario
    design : Design
        The scan, as `placement.design.scan` makes it.
    solving : Solving
        How each value is solved.
    measured : Measure
        What points are compared by.
    workers, progress, stop
        As for `placement.sweep`; `progress` is called with points.

    Raises
    ------
    PlacementError
        If the folder holds something else, or another run is at work on it.
    """
    import fcntl

    target = Path(folder)
    if not (target / NAME).is_file():
        begin(target, scenario, design, solving)
    with (target / ".growing").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise PlacementError(f"another run is at work on {target}. Wait for it, or end it.") from None
        found = read_sweep(target)
        _check_same(found, scenario, design, solving)
        yield Growing(found, measured, workers, progress, stop)


def _check_same(found: Sweep, scenario: Scenario, design: Design, solving: Solving) -> None:
    """Raise PlacementError if a folder holds anything else than the scan that is asked for, grown or not."""
    known, first = found.design, len(design.points)
    same = {
        "scenario": fingerprint(found.scenario) == fingerprint(scenario),
        "kind": known.kind == design.kind,
        "input": known.axes == design.axes,
        "scan": np.array_equal(known.points[:first], design.points),
        "solving": found.solving == solving,
    }
    differs = next((name for name, is_same in same.items() if not is_same), None)
    if differs is not None:
        fact = f"{found.folder} holds another sweep: its {differs} differs."
        raise PlacementError(f"{fact} Choose another folder, or move it away.")


def _grown(found: Sweep, value: float, parent: int) -> Sweep:
    """The sweep with one more value, on disk too."""
    place = found.folder / NAME
    spec = json.loads(place.read_text(encoding="utf-8"))
    spec["points"].append([value])
    spec["parents"].append(parent)
    part = place.with_name(f".{NAME}.part")
    part.write_text(json.dumps(spec, indent=1) + "\n", encoding="utf-8")
    part.replace(place)
    design = found.design
    points, parents = np.vstack([design.points, [[value]]]), np.append(design.parents, parent)
    return replace(found, design=replace(design, points=points, parents=parents))
