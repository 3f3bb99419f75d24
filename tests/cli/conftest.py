"""A folder to work in, with a week that solves in a moment, and its plan."""

import shutil
from pathlib import Path

import build
import in_process
import pytest
from cli.command import run
from loader.files import write

WEEK = build.document(
    [build.cluster(number=8), build.cluster("mars", 6, energy_price=[90.0, 10.0, 10.0, 10.0], as_if=True)],
    [
        build.job("train", 2.0, 8, team="red", priority="high", delay_usd_per_hour=1.0),
        build.job("sweep", 1.0, 4, team="blue", priority="low", count=3),
        build.job("big", 1.0, 64, team="blue", priority="low"),
    ],
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test works in a folder of its own, and solves without a child process."""
    monkeypatch.chdir(tmp_path)
    in_process.use(monkeypatch)
    return tmp_path


@pytest.fixture
def week(here: Path) -> Path:
    """`week.yaml` in the folder."""
    write(here, WEEK)
    return Path("week.yaml")


@pytest.fixture(scope="session")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan of the week, made once."""
    folder = tmp_path_factory.mktemp("solved")
    with pytest.MonkeyPatch.context() as patch:
        in_process.use(patch)
        done = run("solve", write(folder, WEEK), "-o", folder / "week.plan", "--quiet")
    assert done.code == 0, done.err
    return folder / "week.plan"


@pytest.fixture
def plan(solved: Path, week: Path) -> Path:
    """`week.plan` in the folder."""
    shutil.copytree(solved, "week.plan")
    return Path("week.plan")
