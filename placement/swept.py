"""A sweep on disk: what is asked for, and its points as they are finished.

    sweep.json            axes, points, parents, how each is solved, fingerprint of the scenario
    scenario/             the scenario, resolved
    points/00012.parquet  a row of figures for each finished point; together a Parquet data set
    plans/00012.plan      the plan of a point, a plan folder like any other

A point is finished when its row is there. It is written beside its place and renamed into it, after its plan, so that
whatever ends a run leaves finished points and nothing else.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.design import Axis, Design
from placement.errors import PlacementError
from placement.fingerprint import fingerprint
from placement.folder import read_scenario, write_scenario
from placement.kernels.backend import Device
from placement.schema import Scenario

if TYPE_CHECKING:
    import pandas as pd

FORMAT, NAME = 1, "sweep.json"


@dataclass(frozen=True)
class Solving:
    """How each point is solved."""

    gap: float = 0.01
    time_limit_s: float | None = 60.0
    work_limit: int | None = None
    seed: int = 0
    threads: int = 1
    device: Device = "auto"


@dataclass(frozen=True)
class Sweep:
    """What a folder of a sweep holds."""

    folder: Path
    scenario: Scenario
    design: Design
    solving: Solving

    def row_place(self, point: int) -> Path:
        """Where the figures of a point are."""
        return self.folder / "points" / f"{point:05d}.parquet"

    def plan_place(self, point: int) -> Path:
        """Where the plan of a point is, if it has one."""
        return self.folder / "plans" / f"{point:05d}.plan"

    @property
    def finished(self) -> list[int]:
        """Points that are finished."""
        return [point for point in range(len(self.design.points)) if self.row_place(point).is_file()]

    @property
    def points(self) -> pd.DataFrame:
        """A row for each finished point, in their order: its number, its inputs by name, and its figures."""
        import pandas as pd

        rows = [pd.read_parquet(self.row_place(point)) for point in self.finished]
        return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame({"point": []})


def begin(folder: str | Path, scenario: Scenario, design: Design, solving: Solving) -> Sweep:
    """A folder for a sweep, new or begun already.

    Raises
    ------
    PlacementError
        If the folder holds something else, or another sweep, or cannot be written.
    """
    target = Path(folder)
    wanted = _spec(scenario, design, solving)
    if (target / NAME).is_file():
        known = _read(target)
        if known != wanted:
            differs = next(key for key in wanted if known.get(key) != wanted[key])
            raise PlacementError(
                f"{target} holds another sweep: its {differs} differs. Choose another folder, or move it away."
            )
        return Sweep(target, scenario, design, solving)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise PlacementError(f"{target} exists and is not a sweep. Choose another folder, or move it away.")
    try:
        for name in ("points", "plans"):
            (target / name).mkdir(parents=True, exist_ok=True)
        write_scenario(target, scenario)
        place = target / f".{NAME}.part"
        place.write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")
        place.replace(target / NAME)
    except OSError as error:
        raise PlacementError(f"{target} cannot be written: {error.strerror}. Choose another folder.") from None
    return Sweep(target, scenario, design, solving)


def read_sweep(folder: str | Path) -> Sweep:
    """A sweep that was begun.

    Raises
    ------
    PlacementError
        If the folder holds none, or one that cannot be read.
    """
    target = Path(folder)
    spec = _read(target)
    try:
        axes = tuple(
            Axis(tuple(axis["paths"]), tuple(axis["levels"]), axis["factor"], axis["log"]) for axis in spec["axes"]
        )
        points = np.array(spec["points"], dtype=np.float64).reshape(-1, len(axes))
        parents = np.array(spec["parents"], dtype=np.int64)
        design = Design(spec["kind"], axes, points, parents)
        solving = Solving(**spec["solving"])
    except (KeyError, TypeError, ValueError) as error:
        raise PlacementError(f"{target / NAME} cannot be read ({error}). Begin the sweep anew.") from None
    scenario = read_scenario(target)
    if fingerprint(scenario) != spec.get("scenario_digest"):
        raise PlacementError(f"{target}: the scenario was changed since the sweep began. Begin the sweep anew.")
    return Sweep(target, scenario, design, solving)


def _spec(scenario: Scenario, design: Design, solving: Solving) -> dict[str, Any]:
    spec = {
        "format": FORMAT, "scenario": scenario.name, "scenario_digest": fingerprint(scenario), "kind": design.kind,
        "axes": [asdict(axis) for axis in design.axes], "points": design.points.tolist(),
        "parents": design.parents.tolist(), "solving": asdict(solving),
    }  # fmt: skip
    plain: dict[str, Any] = json.loads(json.dumps(spec))
    return plain


def _read(folder: Path) -> dict[str, Any]:
    path = folder / NAME
    if not path.is_file():
        raise PlacementError(f"{folder} is not a sweep (it has no {NAME}). Give a folder that `placement sweep` wrote.")
    try:
        spec = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PlacementError(f"{path} cannot be read ({error}). Begin the sweep anew.") from None
    if not isinstance(spec, dict) or spec.get("format") != FORMAT:
        raise PlacementError(f"{path} is not of a sweep of this version. Begin the sweep anew.")
    return spec


def finish(sweep: Sweep, point: int, row: dict[str, Any]) -> None:
    """Write the figures of a point: from now on it is finished."""
    import pandas as pd

    place = sweep.row_place(point)
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    pd.DataFrame([row]).to_parquet(part, index=False)
    part.replace(place)


@contextmanager
def at_work(sweep: Sweep) -> Iterator[None]:
    """This process alone works on a sweep; what an earlier one left half-written is cleared away.

    Raises
    ------
    PlacementError
        If another process is at work on it.
    """
    import fcntl

    with (sweep.folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise PlacementError(f"another run is at work on {sweep.folder}. Wait for it, or end it.") from None
        for name in ("points", "plans"):
            for left in (sweep.folder / name).glob(".*"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield
