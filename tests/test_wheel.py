"""The wheel, in an environment that holds it and what it says it needs, without compiled kernels, plans a week.

What it needs is what is installed here, linked: that nothing else is needed is proven, and nothing is downloaded.
"""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

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
        "placement/data/scenario.schema.json",
    ):
        assert name in names
    roots = {name.split("/")[0] for name in names}
    assert roots == {"placement", next(root for root in roots if root.endswith(".dist-info"))}
    assert not any(part in name for name in names for part in ("tests/", "__pycache__"))


def needs(texts: Iterable[str], found: dict[str, metadata.Distribution]) -> dict[str, metadata.Distribution]:
    """`found` and, as they are installed here, what these requirements ask for without extras, and what that needs."""
    for requirement in map(Requirement, texts):
        name, marker = requirement.name.lower().replace("_", "-"), requirement.marker
        if name not in found and (marker is None or marker.evaluate({"extra": ""})):
            found[name] = metadata.distribution(name)
            needs(found[name].requires or [], found)
    return found


@pytest.mark.slow
def test_it_plans_a_week_in_an_environment_with_what_it_needs_alone(wheel: Path, tmp_path: Path) -> None:
    environment, elsewhere = tmp_path / "environment", tmp_path / "elsewhere"
    elsewhere.mkdir()
    run(sys.executable, "-m", "venv", "--without-pip", environment, folder=tmp_path)
    python = environment / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel, folder=elsewhere)
    (packages,) = environment.glob("lib/python*/site-packages")
    (own,) = metadata.distributions(path=[str(packages)])
    for needed in needs(own.requires or [], {}).values():
        for name in {file.parts[0] for file in needed.files or []} - {"..", "__pycache__"}:
            (packages / name).symlink_to(str(needed.locate_file(name)))
    run(*pip, "check", folder=elsewhere)
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
