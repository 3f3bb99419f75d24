"""Plans that were made anew, told to Slurm: what goes on from a checkpoint, what has to stop for a while."""

from datetime import datetime
from pathlib import Path

import build
import pytest
from exporters.plans import scheduled

import placement
from placement.exporters import FORMATS, ExportSettings, export
from placement.folder import Stored
from placement.replanning import Replanned, replan
from placement.replanning.outages import Outage

DEAR = [100.0, 100.0, 1000.0, 1000.0, 100.0, 100.0, *[1000.0] * 6]


def at(hours: int) -> datetime:
    return datetime.fromisoformat(f"2027-06-07T{hours:02d}:00:00+00:00")


def anew(folder: Path, hours: int, outages: tuple[Outage, ...] = ()) -> Stored:
    """A job in two segments, 0 to 2 and 4 to 6, another in one piece from 0 to 3, planned anew, written and read."""
    jobs = [
        build.job("a", 4.0, 4, delay_usd_per_hour=0.01, segments=2, reject_usd=None),
        build.job("b", 3.0, 2, delay_usd_per_hour=5.0, reject_usd=None),
    ]
    made = build.scenario([build.cluster("earth", 8, energy_price=DEAR)], jobs, slots=12)
    first = placement.solve(made, gap=1e-9, baseline=False)
    assert first.plan is not None
    found: Replanned = replan(made, first.plan, at(hours), outages=outages, gap=1e-9, baseline=False)
    assert found.result is not None
    told = {"replanned": {"slot": found.slot}}
    return placement.read_plan(placement.write_plan(folder / "x.plan", found.scenario, found.result, told))


def scripts(stored: Stored) -> dict[str, str]:
    files = FORMATS["slurm"][""](scheduled(stored), ExportSettings())
    return {name: content.decode() for name, content in files.items() if name.endswith(".sbatch")}


def test_a_running_piece_has_to_stop_and_the_next_is_told(tmp_path: Path) -> None:
    stored = anew(tmp_path, 1)
    found = scripts(stored)
    assert sorted(found) == ["a-s2.sbatch"]
    assert "piece 2 of 2: goes on from the checkpoint of the piece before" in found["a-s2.sbatch"]
    assert "--dependency=afterok:ID-OF-a-s1" in found["a-s2.sbatch"]
    told = export(stored, "slurm")
    assert (told.running, told.to_stop) == (2, 1)


def test_what_was_stopped_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    stored = anew(tmp_path, 1, (Outage("earth", at(1), at(4)),))
    found = scripts(stored)
    assert "# goes on from the checkpoint of what had run before the plan was made anew" in found["b.sbatch"]
    first = found["a-s1.sbatch"]
    assert "piece 1 of 2: goes on from the checkpoint of what had run before the plan was made anew" in first


@pytest.mark.parametrize("hours", [2, 3])
def test_a_paused_job_goes_on_from_its_checkpoint(tmp_path: Path, hours: int) -> None:
    assert "goes on from the checkpoint" in scripts(anew(tmp_path, hours))["a.sbatch"]


def test_of_a_plan_that_was_not_made_anew_nothing_goes_on(tmp_path: Path) -> None:
    made = build.scenario([build.cluster("earth", 8)], [build.job("b", 3.0, 2), build.job("b (so far)", 1.0, 2)])
    result = placement.solve(made, baseline=False)
    stored = placement.read_plan(placement.write_plan(tmp_path / "y.plan", made, result))
    assert not any("checkpoint" in text for text in scripts(stored).values())
