"""The wheel, installed in an empty environment without compiled kernels, plans a week from another folder."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*command: str | Path, folder: Path) -> str:
    clean = {
        key: value
        for key, value in os.environ.items()
        if key not in ("PYTHONPATH", "VIRTUAL_ENV", "COVERAGE_PROCESS_START")
    }
    done = subprocess.run([str(c) for c in command], cwd=folder, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, folder=folder)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_folders_once_and_under_the_package(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert len(names) == len(set(names))
    for name in (
        "placement/__init__.py",
        "placement/py.typed",
        "placement/kernels/price.py",
        *(f"placement/kernels/{name}" for name in ("placements.cuh", "price.cu", "soft.cu", "usage.cu", "insert.cu")),
        "placement/models/exact.py",
        "placement/data/clusters/templates.yaml",
        "placement/data/clusters/xai.yaml",
        "placement/data/series/us-tex-erco.csv",
        "placement/data/scenarios/one-week.yaml",
    ):
        assert name in names
    roots = {name.split("/")[0] for name in names}
    assert roots == {"placement", next(root for root in roots if root.endswith(".dist-info"))}
    assert not any(part in name for name in names for part in ("tests/", "__pycache__"))


@pytest.mark.slow
def test_it_plans_a_week_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    environment, elsewhere = tmp_path / "environment", tmp_path / "elsewhere"
    elsewhere.mkdir()
    run(sys.executable, "-m", "venv", environment, folder=tmp_path)
    python = environment / "bin" / "python"
    constraints = ROOT / "constraints.txt"
    run(
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-c",
        constraints,
        wheel,
        folder=elsewhere,
    )
    command = environment / "bin" / "placement"
    run(command, "new", "week", folder=elsewhere)
    printed = run(command, "solve", "week.yaml", "--gap", "0.01", "--time-limit", "60", "--json", folder=elsewhere)
    result = json.loads(printed)
    assert result["plan"] == "week.plan"
    assert result["gap"] <= 0.01
    assert "Starcloud" in run(command, "study", "starcloud-2024", folder=elsewhere)
    assert "all rules of the scenario that it was made for hold" in run(
        command, "verify", "week.plan", folder=elsewhere
    )
    assert "stargate-abilene" in run(command, "show", "week.plan", folder=elsewhere)
