"""Errors of the user: one text with what to do, exit code 1, no traceback, and nothing half-written."""

from pathlib import Path
from typing import Any

import build
import pytest
from cli.command import run
from loader.files import everything, line_of, write


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (("check", "none.yaml"), "none.yaml: there is no such file. Check the path, or write a starter with"),
        (("solve", "none.yaml"), "none.yaml: there is no such file."),
        (("check", "."), ".: this is a folder. Give the scenario's YAML file."),
        (("solve", "week.yaml", "--start", "none.plan"), "error: none.plan does not exist. Give a folder that"),
        (("verify", "none.plan"), "error: none.plan does not exist. Give a folder that `placement solve` wrote."),
        (("verify", "week.yaml"), "error: week.yaml is not a plan folder (it has no plan.json). Give a folder that"),
        (("verify", "."), "error: . is not a plan folder (it has no plan.json)."),
        (("show", "."), "error: . is not a plan folder (it has no plan.json)."),
        (("show", "week.yaml", "--json"), "error: week.yaml is not a plan folder"),
        (("catalog", "ai2"), "error: the catalogue has no 'ai2'. Did you mean 'ai1'?"),
        (("new", "a/b"), "error: 'a/b' is not a name for a scenario."),
        (("new", ".hidden"), "error: '.hidden' is not a name for a scenario."),
        (("new", "null"), "error: 'null' is not a name for a scenario."),
        (("new", "1e5"), "error: '1e5' is not a name for a scenario."),
        (("new", "x" * 300), "is not a name for a scenario. Use up to 100 letters"),
        (("new", "x", "--folder", "nowhere"), "error: the folder nowhere does not exist. Make it first."),
        (("schema", "-o", "week.yaml/x.json"), "error: week.yaml/x.json cannot be written: Not a directory. Choose"),
        (("solve", "week.yaml", "-o", "week.yaml"), "error: week.yaml exists and is not a plan folder. Choose another"),
        (("solve", "week.yaml", "-o", "week.yaml/x"), "error: week.yaml/x cannot be written: File exists. Choose"),
        (("solve", "week.yaml", "-o", "."), "error: . exists and is not a plan folder."),
    ],
)
def test_an_error_is_one_line_with_what_to_do(args: tuple[str, ...], text: str, week: Path, here: Path) -> None:
    before = everything(here)
    done = run(*args)
    assert done.code == 1
    assert text in done.err
    assert len(done.err.splitlines()) == 1
    assert done.out == ""
    assert everything(here) == before


@pytest.mark.parametrize("command", ["check", "solve"])
def test_every_problem_is_printed_with_its_line_and_counted(command: str, here: Path) -> None:
    path = write(here, build.document([build.cluster(pue=0.9, power_limit_mv=1)], [build.job(), build.job()]))
    before = everything(here)
    done = run(command, path.name)
    assert done.code == 1
    assert done.out == ""
    lines = done.err.splitlines()
    where = [line_of(path, "pue"), line_of(path, "power_limit_mv"), line_of(path, "job: a", 2)]
    assert [line.split(" ")[0] for line in lines[:-1]] == [f"week.yaml:{number}:" for number in where]
    assert lines[-1] == "3 problems."
    assert everything(here) == before


def test_of_very_many_problems_a_hundred_are_printed(here: Path) -> None:
    write(here, build.document(jobs=[build.job(f"j{k}", -1.0) for k in range(120)]))
    done = run("check", "week.yaml")
    assert done.code == 1
    assert done.err.splitlines()[-2:] == ["... and 20 more.", "120 problems."]


def unwritable(folder: Path) -> bool:
    """Make a folder in which nothing can be written; False for users whom no right holds back."""
    folder.mkdir()
    folder.chmod(0o555)
    try:
        (folder / "probe").touch()
    except OSError:
        return True
    (folder / "probe").unlink()
    return False


@pytest.mark.parametrize(
    "args",
    [
        ("solve", "week.yaml", "-o", "locked/week.plan"),
        ("solve", "week.yaml", "-o", "locked/a/b/week.plan"),
        ("new", "next", "--folder", "locked"),
        ("schema", "-o", "locked/schema.json"),
    ],
)
def test_a_folder_that_cannot_be_written_is_told_before_solving(
    args: tuple[str, ...], week: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not unwritable(here / "locked"):
        refuse(monkeypatch, "locked")
    monkeypatch.setattr("placement.solving.solve", lambda *_, **__: pytest.fail("solved for nothing"))
    before = everything(here)
    done = run(*args)
    assert done.code == 1
    assert "cannot be written: Permission denied. Choose another place" in done.err
    assert len(done.err.splitlines()) == 1
    assert everything(here) == before
    (here / "locked").chmod(0o755)


def refuse(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What the system would say to a user with fewer rights."""
    import os

    def guarded(real: Any) -> Any:
        def call(path: Any, *args: Any, **more: Any) -> Any:
            if f"{os.sep}{name}{os.sep}" in os.path.abspath(path):
                raise PermissionError(13, "Permission denied", str(path))
            return real(path, *args, **more)

        return call

    monkeypatch.setattr(os, "mkdir", guarded(os.mkdir))
    monkeypatch.setattr(Path, "write_text", guarded(Path.write_text))
    monkeypatch.setattr(Path, "write_bytes", guarded(Path.write_bytes))


def test_new_writes_all_or_nothing(here: Path) -> None:
    (here / "week-jobs.csv").mkdir()
    before = everything(here)
    done = run("new", "week", "--force")
    assert (done.code, done.out) == (1, "")
    assert done.err == "error: week-jobs.csv cannot be written: it is a folder. Choose another place.\n"
    assert everything(here) == before
