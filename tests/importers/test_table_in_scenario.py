"""The table that is written goes into a scenario as it is, is solved and verified; it is there whole or not at all."""

from pathlib import Path

import build
import in_process
import pyarrow.parquet as pq
import pytest
from importers.logs import job_line, read, refused, sacct, waiting_line, write
from importers.test_planned import log
from loader.files import everything
from loader.files import write as write_scenario

import placement
from placement.errors import PlacementError
from placement.importers import write_jobs
from placement.loader.columns import columns_of
from placement.schema import Job

CLUSTERS = {"clusters": {"train": "earth"}}


def scenario_of(folder: Path, table: str) -> placement.Scenario:
    document = build.document([build.cluster(number=64)], slots=12, policy={"tails": True})
    document |= {"jobs": {"table": table}, "horizon": {"start": "2026-03-01T06:00:00Z", "slots": 12, "slot_hours": 1}}
    return placement.load(write_scenario(folder, document))


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_scenario_loads_solves_and_verifies_the_table(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_process.use(monkeypatch)
    out = tmp_path / f"jobs.{ending}"
    tally = write_jobs("slurm", log(tmp_path), out, at="2026-03-01T06:00", estimate=0.5, **CLUSTERS)
    assert (tally.kept, tally.running) == (4, 2)
    scenario = scenario_of(tmp_path, out.name)
    assert scenario.jobs["job"].tolist() == ["2", "3", "4", "5"]
    assert scenario.jobs["state"].tolist() == ["running", "waiting", "waiting", "running"]
    assert scenario.jobs["tags"][0] == ("train", "qos:normal")
    result = placement.solve(scenario, gap=1e-6)
    assert result.plan is not None
    placement.verify(scenario, result.plan).raise_for_errors()
    runs = result.plan.placements.set_index("job")
    assert runs.loc["5", "start_grain"] == 0
    assert runs.loc["3", "start_grain"] == 0


@pytest.mark.parametrize("planned", [True, False])
def test_the_columns_are_those_of_the_jobs_table(planned: bool, tmp_path: Path) -> None:
    asked = {"at": "2026-03-01T06:00", "clusters": {"": "earth/pool"}} if planned else {}
    names = read("slurm", log(tmp_path), priority=True, estimate=1, **asked).table.column_names
    assert set(names) <= set(columns_of(Job))
    assert len(set(names)) == len(names)


def test_both_kinds_of_file_and_the_table_in_memory_say_the_same(tmp_path: Path) -> None:
    path = log(tmp_path)
    for ending in ("parquet", "csv"):
        write_jobs("slurm", path, tmp_path / f"jobs.{ending}", estimate=0.5)
    table = read("slurm", path, estimate=0.5).table
    assert pq.read_table(tmp_path / "jobs.parquet").equals(table)
    one, two = (scenario_of(tmp_path, f"jobs.{ending}").jobs for ending in ("parquet", "csv"))
    assert all((one[name] == two[name]).all() for name in ("job", "hours", "accelerators", "submitted", "tags", "team"))
    given = placement.scenario(
        build.document(slots=12, horizon={"start": "2026-03-01T00:00:00Z"}), tables={"jobs": table}
    )
    assert (given.jobs["job"] == one["job"]).all()


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_many_batches_make_the_same_table_as_one(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [job_line(f"{k}") if k % 3 else waiting_line(f"{k}") for k in range(200)]
    path = write(tmp_path, sacct(*lines))
    write_jobs("slurm", path, tmp_path / f"one.{ending}")
    monkeypatch.setattr("placement.importers.jobs.texts.PIECE", 500)
    monkeypatch.setattr("placement.importers.jobs.writing.ROWS_AT_ONCE", 7)
    seen: list[tuple[int, int]] = []
    write_jobs("slurm", path, tmp_path / f"many.{ending}", lambda read, kept: seen.append((read, kept)))
    if ending == "csv":
        assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "many.csv").read_bytes()
    else:
        assert pq.read_table(tmp_path / "one.parquet").equals(pq.read_table(tmp_path / "many.parquet"))
    assert len(seen) > 20
    assert seen[-1] == (200, 133)


@pytest.mark.parametrize("content", ["", sacct(), sacct(waiting_line()), sacct(job_line()) + "é"])
def test_nothing_is_left_behind_where_it_fails_and_what_was_there_stays(content: str, tmp_path: Path) -> None:
    path = write(tmp_path, content.encode("latin-1"))
    out = write(tmp_path, b"old", "jobs.parquet")
    before = everything(tmp_path)
    with pytest.raises(PlacementError):
        write_jobs("slurm", path, out)
    assert everything(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("jobs.xlsx", "the name does not end in .parquet or .csv. Choose another name."),
        ("no/jobs.csv", "there is no folder"),
        ("here.csv", "it is a folder. Choose another name."),
        ("log.csv", "it is a file that is read. Choose another name."),
    ],
)
def test_places_where_nothing_can_be_written_are_told_first(name: str, words: str, tmp_path: Path) -> None:
    path = write(tmp_path, sacct(job_line()), "log.csv")
    (tmp_path / "here.csv").mkdir()
    with pytest.raises(PlacementError, match=words):
        write_jobs("slurm", path, tmp_path / name)


def test_a_disk_that_is_full_is_an_error_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = write(tmp_path, sacct(job_line()))
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(
        PlacementError, match=r"jobs.csv cannot be written: No space left on device. Choose another place."
    ):
        write_jobs("slurm", path, tmp_path / "jobs.csv")
    assert list(everything(tmp_path)) == ["log.txt"]


def test_a_format_that_is_none_of_jobs(tmp_path: Path) -> None:
    assert refused("slrm", tmp_path) == "there is no format 'slrm'. Did you mean 'slurm'?"
    assert refused("ercot", tmp_path).startswith("ercot is not a format of jobs.")
