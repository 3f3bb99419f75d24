"""`placement export`: what it writes and prints, and how it complains."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import build
import in_process
import pytest
import yaml
from cli.command import run
from cli.test_errors import refuse
from exporters.plans import solved
from loader import files
from loader.files import everything

import placement
from placement.cli.export import FOR, KINDS
from placement.exporters import FORMATS

OUT = {"slurm": "out", "kueue": "out.yaml", "skypilot": "out", "icalendar": "out.ics", "csv": "out.csv"}


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clusters; a job runs already, one is of three units, one fits nowhere, one waits past the end."""
    clusters = [build.cluster("earth", 8), build.cluster("mars", 12, energy_price=20.0)]
    jobs = [
        build.job("train", 2.0, 4, count=3, reject_usd=None),
        build.job("now", 2.0, 4, state="running", cluster="earth", hours_left=1.0),
        build.job("big", 1.0, 64, reject_usd=1.0, deadline="2027-06-07T04:00:00Z"),
        build.job("later", 1.0, 8, reject_usd=1e6),
    ]
    policy = {"defer": True, "terminal_usd_per_accelerator_hour": 0.0}
    folder = tmp_path_factory.mktemp("week") / "week.plan"
    assert solved(build.scenario(clusters, jobs, policy=policy), folder) is not None
    return folder


@pytest.fixture
def here(week: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with the plan."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(week, "week.plan")
    return tmp_path


def test_the_command_knows_the_formats_and_every_option_is_of_one() -> None:
    assert set(KINDS) == set(FORMATS)
    assert {kind for kinds in FOR.values() for kind in kinds} <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_counted(kind: str, here: Path) -> None:
    done = run("export", "week.plan", kind, "-o", OUT[kind])
    assert (done.code, done.err) == (0, "")
    first, *others = done.out.splitlines()
    assert first.startswith(f"written to {OUT[kind]}: 4 units in 2 runs")
    where = " in index.csv" if OUT[kind] == "out" else ""
    assert others == [
        "1 unit running already: not begun anew",
        f"1 unit put off: listed{where}",
        f"1 unit turned away: listed{where}",
    ]


def test_a_folder_holds_a_file_for_each_run(here: Path) -> None:
    assert run("export", "week.plan", "slurm", "-o", "slurm").code == 0
    assert sorted(os.listdir("slurm")) == ["index.csv", "train.sbatch"]
    assert run("export", "week.plan", "skypilot", "-o", "sky").out.startswith(
        "written to sky: 4 units in 2 runs, 2 files"
    )
    assert sorted(os.listdir("sky")) == ["index.csv", "train.yaml"]
    Path("other").mkdir()
    assert Path("sky").stat().st_mode == Path("other").stat().st_mode


def test_endings_say_the_form(here: Path) -> None:
    assert run("export", "week.plan", "csv", "-o", "a.parquet").code == 0
    assert Path("a.parquet").read_bytes()[:4] == b"PAR1"
    assert run("export", "week.plan", "slurm", "-o", "a.json", "--time-zone", "Asia/Tokyo").code == 0
    assert json.loads(Path("a.json").read_text())["time_zone"] == "Asia/Tokyo"


def test_options_reach_the_format(here: Path) -> None:
    args = ("--map", "mars=red", "--accelerator", "h100-sxm=example.com/gpu", "--per-node", "2", "--namespace", "ml")
    assert run("export", "week.plan", "kueue", "-o", "a.yaml", "--multikueue", *args).code == 0
    objects = list(yaml.safe_load_all(Path("a.yaml").read_text()))
    (job, *_) = [each for each in objects if each["kind"] == "Job"]
    assert job["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "red"
    assert (job["metadata"]["namespace"], job["spec"]["parallelism"]) == ("ml", 2)
    assert any(each["kind"] == "MultiKueueConfig" for each in objects)
    args = ("--map", "mars=m:gpu", "--margin", "0.5", "--nice-step", "7", "--ids", "--accelerator", "h100-sxm=h100")
    assert run("export", "week.plan", "slurm", "-o", "a.json", *args).code == 0
    (train,) = [each for each in json.loads(Path("a.json").read_text())["runs"] if each["job"] == "train"]
    assert {"--clusters=m", "--partition=gpu", "--time=0-03:00:00", "--gpus=h100:4"} <= set(train["arguments"])


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (("none.plan", "csv", "-o", "a.csv"), "error: none.plan does not exist. Give a folder that `placement solve`"),
        ((".", "csv", "-o", "a.csv"), "error: . is not a plan folder (it has no plan.json)."),
        (("week.plan", "csv", "-o", "a.txt"), "error: a.txt does not end in .csv or .parquet. Choose another name."),
        (("week.plan", "kueue", "-o", "no/a.yaml"), "error: no/a.yaml cannot be written: there is no folder no."),
        (("week.plan", "slurm", "-o", "a.sh"), "error: a.sh is the name of a file. Give that of a folder, for a file"),
        (("week.plan", "slurm", "-o", "week.plan"), "error: week.plan exists and is not an empty folder. Choose"),
        (("week.plan", "skypilot", "-o", "no/sky"), "error: no/sky cannot be written: there is no folder no."),
        (("week.plan", "slurm", "-o", "s", "--map", "marz=red"),
         "error: there is no cluster 'marz' to map. Did you mean 'mars'?"),
        (("week.plan", "slurm", "-o", "s", "--map", "mars=r d"), "error: 'mars' is mapped to 'r d', which is no name."),
        (("week.plan", "slurm", "-o", "s", "--accelerator", "h100=x"),
         "error: no pool has the accelerator 'h100'. Did you mean 'h100-sxm'?"),
        (("week.plan", "slurm", "-o", "s", "--time-zone", "Europe/Berlim"),
         "error: there is no time zone 'Europe/Berlim'. Did you mean 'Europe/Berlin'?"),
        (("week.plan", "slurm", "-o", "s", "--time-zone", "../etc"), "error: there is no time zone '../etc'."),
        (("week.plan", "kueue", "-o", "a.yaml", "--namespace", "A b"), "error: 'A b' is no namespace of Kubernetes."),
    ],
)  # fmt: skip
def test_an_error_is_one_line_and_nothing_is_written(args: tuple[str, ...], text: str, here: Path) -> None:
    before = everything(here)
    done = run("export", *args)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(text)
    assert len(done.err.splitlines()) == 1
    assert everything(here) == before


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (("week.plan", "slurmm", "-o", "a"), "'slurmm' is not one of 'slurm'"),
        (("week.plan", "csv"), "Missing option '-o'"),
        (("week.plan", "csv", "-o", "a.csv", "--ids"), "--ids is for slurm. Leave it out."),
        (("week.plan", "icalendar", "-o", "a.ics", "--map", "mars=x"), "--map is for slurm and kueue and skypilot."),
        (("week.plan", "slurm", "-o", "a", "--map", "mars"), "--map mars does not say what is called what. Write"),
        (("week.plan", "slurm", "-o", "a", "--map", "mars=a", "--map", "mars=b"), "--map says twice what 'mars' is"),
        (("week.plan", "slurm", "-o", "a", "--margin", "-1"), "-1.0 is not in the range 0<=x<=100"),
    ],
)
def test_wrong_usage_ends_with_2(args: tuple[str, ...], text: str, here: Path) -> None:
    before = everything(here)
    done = run("export", *args)
    assert (done.code, done.out) == (2, "")
    assert text in done.err
    assert everything(here) == before


@pytest.mark.parametrize("out", ["locked/a.csv", "locked/a"])
def test_a_place_that_cannot_be_written_is_told(out: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("locked").mkdir()
    refuse(monkeypatch, "locked")
    before = everything(here)
    done = run("export", "week.plan", "csv" if out.endswith("csv") else "slurm", "-o", out)
    assert done.code == 1
    assert done.err.startswith(f"error: {out} cannot be written: Permission denied. Choose another place")
    assert everything(here) == before


def test_an_empty_folder_is_filled(here: Path) -> None:
    Path("out").mkdir()
    assert run("export", "week.plan", "skypilot", "-o", "out").code == 0
    assert sorted(os.listdir("out")) == ["index.csv", "train.yaml"]


def test_a_plan_that_breaks_rules_is_refused_unless_that_is_asked_for(here: Path) -> None:
    """All of it runs where and when the scenario that it is given with has no room."""
    scenario = placement.read_plan("week.plan").scenario.replace("clusters.mars.pools.h100-sxm.number", 5)
    broken(here / "week.plan", scenario)
    done = run("export", "week.plan", "csv", "-o", "a.csv")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: the plan breaks rules of its scenario in ")
    assert "Solve again, or export it unchecked: --unchecked." in done.err
    for kind in KINDS:
        done = run("export", "week.plan", kind, "-o", f"{kind}-{OUT[kind]}", "--unchecked")
        assert (done.code, done.out.splitlines()[0][:11]) == (0, "written to ")
        assert done.err == "This plan breaks rules of its scenario; `placement verify week.plan` says which.\n"


def broken(folder: Path, scenario: placement.Scenario) -> None:
    """A plan folder with another scenario than its own."""
    from placement.folder import _checksums, write_scenario

    write_scenario(folder, scenario)
    summary: dict[str, Any] = json.loads((folder / "plan.json").read_text())
    (folder / "plan.json").write_text(json.dumps({**summary, "files": _checksums(folder)}))


def test_a_log_comes_back_as_updates_of_its_jobs(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a table of a log to a plan, and from there to lines for scontrol: each job, its start and its partition."""
    in_process.use(monkeypatch)
    rows = [f"{400 + n},{1 + n % 3},{2 + n % 5},2027-06-07T0{n // 4}:00:00Z,1000" for n in range(12)]
    Path("log.csv").write_text("\n".join(["job,hours,accelerators,submitted,reject_usd", *rows, ""]))
    clusters = [build.cluster("earth", 8), build.cluster("mars", 6)]
    document = build.document(clusters, slots=24)
    scenario = files.write(here, {**document, "jobs": {"table": "log.csv", "columns": {}}})
    assert run("solve", scenario, "-o", "log.plan", "--gap", "0.5", "--quiet").code == 0
    args = ("--ids", "--map", "earth=gpu", "--map", "mars=red")
    assert run("export", "log.plan", "slurm", "-o", "out", *args).code == 0
    read = {}
    for line in Path("out/updates.scontrol").read_text().splitlines():
        words = dict(word.split("=", 1) for word in line.removeprefix("update ").split())
        read[words["JobId"]] = (words["StartTime"], words["Partition"].split(",")[0])
    plan = placement.read_plan("log.plan").plan.placements
    assert read == {
        row["job"]: (f"{row['start']:%Y-%m-%dT%H:%M:%S}", {"earth": "gpu", "mars": "red"}[row["cluster"]])
        for row in plan.to_dict("records")
    }
    assert len(read) == 12


def test_the_library_does_the_same(here: Path) -> None:
    stored = placement.read_plan("week.plan")
    settings = placement.ExportSettings(names={"earth": "e", "mars": "m"})
    found = placement.export(stored, "slurm", settings, ending=".json")
    assert (found.units, found.running, found.deferred, found.rejected, found.apart) == (4, 1, 1, 1, 0)
    assert json.loads(found.files[""])["runs"]
    with pytest.raises(placement.PlacementError, match=r"there is no format 'slurn'\. Did you mean 'slurm'\?"):
        placement.export(stored, "slurn")
    with pytest.raises(placement.PlacementError, match=r"csv is not written as '\.xls'"):
        placement.export(stored, "csv", ending=".xls")
    with pytest.raises(placement.PlacementError, match="margin is -1, but must be at least 0"):
        placement.export(stored, "csv", placement.ExportSettings(margin=-1))
