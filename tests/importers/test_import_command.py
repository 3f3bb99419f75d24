"""`placement import`: what it prints, how it ends, what it refuses."""

import json
from pathlib import Path

import pytest
from cli.command import run
from importers.logs import job_line, sacct, waiting_line, write
from importers.test_formats import HERE, adds
from loader.files import everything

from placement.cli import importing

LOG = sacct(job_line("7"), waiting_line("8"), job_line("7.batch"), job_line("9", AllocTRES="cpu=1"))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test works in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, LOG, "sacct.txt")
    return tmp_path


def test_what_was_read_kept_and_dropped_is_printed_with_places_and_remedies(here: Path) -> None:
    done = run("import", "slurm", "sacct.txt", "-o", "jobs.parquet")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "sacct.txt: 4 records read, 1 kept, 3 dropped\n"
        "  1  a step of a job, which has a record of its own\n"
        "       sacct.txt:4 (7.batch)\n"
        "  1  asks for no accelerators, or does not say for how many\n"
        "       sacct.txt:5 (9: accelerators not said)\n"
        "     --per-node N and --per-accelerator CORES count nodes and processors instead, where the log has\n"
        "     them.\n"
        "  1  waits or runs, and no run time is known\n"
        "       sacct.txt:3 (8)\n"
        "     --estimate SHARE takes that share of its time limit, --hours H takes H hours where there is no\n"
        "     limit.\n"
        "Hours of the log count as hours on h100-sxm; --accelerator NAME converts them.\n"
        "Times without a zone are taken as UTC; --time-zone ZONE says otherwise.\n"
        "wrote jobs.parquet: 1 job, 8 accelerator-hours, submitted 2026-03-01T00:00:00Z to\n"
        "  2026-03-01T00:00:00Z\n"
    )
    assert sorted(everything(here)) == ["jobs.parquet", "sacct.txt"]


def test_json_says_the_same() -> None:
    done = run("import", "slurm", "sacct.txt", "-o", "jobs.csv", "--json")
    assert done.code == 0
    found = json.loads(done.out)
    assert {key: found[key] for key in ("format", "read", "kept", "jobs", "running", "wrote")} == {
        "format": "slurm", "read": 4, "kept": 1, "jobs": 1, "running": 0, "wrote": "jobs.csv",
    }  # fmt: skip
    assert found["dropped"][0] == {
        "reason": "step", "words": "a step of a job, which has a record of its own", "count": 1,
        "first": ["sacct.txt:4 (7.batch)"],
    }  # fmt: skip
    assert found["from"] == found["to"] == "2026-03-01T00:00:00Z"


def test_every_option_reaches_the_import(here: Path) -> None:
    done = run(
        "import", "slurm", "sacct.txt", "-o", "jobs.csv", "--from", "2026-02-28", "--to", "2026-03-02", "--at",
        "2026-03-01T01:30", "--onto", "2027-06-07", "--cluster", "train=abilene/gb200", "--cluster", "other",
        "--accelerator", "a100-80gb", "--reference", "a100-80gb", "--per-node", "4", "--per-accelerator", "8",
        "--estimate", "0.5", "--hours", "9", "--time-zone", "Europe/Berlin", "--team", "user", "--priority", "--quiet",
    )  # fmt: skip
    assert done.code == 0, done.err
    lines = (here / "jobs.csv").read_text().replace('"', "").splitlines()
    assert lines == [
        "job,team,priority,tags,count,hours,accelerators,submitted,state,cluster,pool,started,hours_left",
        "7,ann,normal,train;qos:normal,1,1,8,2027-06-06T20:30:00Z,running,abilene,gb200,2027-06-06T21:30:00Z,0.5",
        "8,ann,normal,train;qos:normal,1,1,16,2027-06-06T20:30:00Z,waiting,,,,",
        "9,ann,normal,train;qos:normal,1,1,4,2027-06-06T20:30:00Z,running,abilene,gb200,2027-06-06T21:30:00Z,0.5",
    ]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("slurm", "sacct.txt"), "Missing option '-o' / '--out'."),
        (("slurm", "-o", "x.csv"), "Missing argument 'FILE...'"),
        (("slurm", "sacct.txt", "-o", "x.csv", "--column", "job"), "'job' is not NAME=COLUMN."),
        (("slurm", "sacct.txt", "-o", "x.csv", "--cluster", "a=b", "--cluster", "a=c"), "'a' is given twice."),
        (("slurm", "sacct.txt", "-o", "x.csv", "--cluster", "a="), "'a=' is not [NAME=]CLUSTER."),
        (("slurm", "sacct.txt", "-o", "x.csv", "--per-node", "many"), "'many' is not a valid integer."),
    ],
)
def test_wrong_usage_ends_with_2(args: tuple[str, ...], words: str, here: Path) -> None:
    done = run("import", *args)
    assert done.code == 2
    assert words in done.err
    assert list(everything(here)) == ["sacct.txt"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("slrm", "sacct.txt", "-o", "x.csv"), "error: there is no format 'slrm'. Did you mean 'slurm'?"),
        (("slurm", "not.txt", "-o", "x.csv"), "error: not.txt: there is no such file."),
        (("slurm", ".", "-o", "x.csv"), "error: .: this is a folder. Give the files in it."),
        (("table", ".", "-o", "x.csv"), "error: .: this is a folder. Give the files in it."),
        (("ercot", ".", "-o", "x.csv"), "error: .: this is a folder. Give the files in it."),
        (("tle", ".", "-o", "x.yaml"), "error: .: this is a folder. Give the files in it."),
        (("ercot", "sact.txt", "-o", "x.csv"), "error: sact.txt: there is no such file. Did you mean 'sacct.txt'?"),
        (("slurm", "sacct.txt", "-o", "x.txt"), "error: x.txt: the name does not end in .parquet or .csv."),
        (("slurm", "sacct.txt", "-o", "x.csv", "--zone", "HB_NORTH"), "error: slurm takes no --zone. Leave it out."),
        (("slurm", "sacct.txt", "-o", "x.csv", "--option", "a=b"), "error: slurm takes no --option. Leave it out."),
        (("ercot", "sacct.txt", "-o", "x.csv", "--at", "latest"), "error: ercot takes no --at. Leave it out."),
        (("ercot", "sacct.txt", "-o", "x.csv", "--cluster", "a"), "error: ercot takes no --cluster. Leave it out."),
    ],
)
def test_what_the_user_got_wrong_ends_with_1_in_one_line(args: tuple[str, ...], words: str, here: Path) -> None:
    done = run("import", *args)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(words)
    assert len(done.err.splitlines()) == 1
    assert list(everything(here)) == ["sacct.txt"]


def test_formats_are_listed_and_others_write_their_files(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    adds(monkeypatch, copy=f"{HERE}:COPY")
    listed = run("import", "--help").out.partition("Formats:\n")[2]
    assert "  slurm " in listed
    assert "  copy " in listed
    done = run("import", "copy", "sacct.txt", "-o", "copy.txt", "--year", "2023", "--zone", "z", "--option", "a=b=c")
    assert (done.code, done.err) == (0, "")
    assert done.out == "copied sacct.txt\n{'zone': 'z', 'year': '2023', 'a': 'b=c'}\n"
    assert (here / "copy.txt").read_text() == LOG
    found = json.loads(run("import", "copy", "sacct.txt", "-o", "copy.txt", "--json").out)
    assert found == {"format": "copy", "files": ["sacct.txt"], "wrote": "copy.txt", "notes": ["copied sacct.txt", "{}"]}
    assert "sacct.txt is the file that is read" in run("import", "copy", "sacct.txt", "-o", "sacct.txt").err
    assert "no.txt: there is no such file." in run("import", "copy", "no.txt", "-o", "copy.txt").err


def test_several_files_are_one_table() -> None:
    done = run("import", "slurm", "sacct.txt", "sacct.txt", "-o", "jobs.csv", "--hours", "2")
    assert done.out.startswith("2 files: 8 records read, 2 kept, 6 dropped\n")
    assert "  2  the same run once more\n" in done.out


def test_progress_is_told_on_a_terminal_and_blanked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "EVERY_S", -1.0)
    told = "2,000 records read, 7 jobs kept"
    for shown, expected in ((True, f"\r{told}\r\r{' ' * len(told)}\r"), (False, "")):
        progress = importing._Progress(shown=shown)
        progress(2000, 7)
        progress.clear()
        assert capsys.readouterr().err == expected


def test_columns_that_are_ignored_are_not_told(here: Path) -> None:
    write(here, "job,hours,gpus,user,cost\na,1,8,kim,5\nb,x,8,kim,5\n", "t.csv")
    done = run("import", "table", "t.csv", "-o", "jobs.csv", "--ignore", "cost", "--ignore", "user")
    assert done.code == 0
    assert "not read" not in done.out
    assert "kim" not in (here / "jobs.csv").read_text()
    assert "       t.csv:3 (hours is 'x', not a number such as 1.5)\n     Correct them in the file;" in done.out
    assert (
        "ercot takes no --ignore. Leave it out." in run("import", "ercot", "t.csv", "-o", "x.csv", "--ignore", "a").err
    )
