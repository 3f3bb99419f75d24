"""The public surface: what can be imported, and that importing is cheap."""

import subprocess
import sys

import pytest

import placement

HEAVY = (
    "pyomo",
    "pandas",
    "altair",
    "vl_convert",
    "cupy",
    "highspy",
    "scipy",
    "pyarrow",
    "pydantic",
    "numpy",
    "yaml",
    "click",
)


def test_every_public_name_is_there_and_documented() -> None:
    assert sorted(placement.__all__) == list(placement.__all__)
    for name in placement.__all__:
        value = getattr(placement, name)
        assert value.__doc__, f"{name} has no docstring"


def test_public_names_are_the_ones_that_are_promised() -> None:
    promised = {
        "load",
        "scenario",
        "solve",
        "verify",
        "Scenario",
        "Plan",
        "Result",
        "Status",
        "PlacementError",
        "ScenarioError",
    }
    assert promised <= set(placement.__all__)
    assert promised <= set(dir(placement))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'slove'"):
        _ = placement.slove


def imported_by(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(' '.join(sorted(name for name in sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert not imported_by("import placement") & set(HEAVY)


def test_importing_the_kernels_needs_numpy_alone() -> None:
    heavy = imported_by("import placement.kernels.price, placement.kernels.placements") & set(HEAVY)
    assert heavy == {"numpy"}


def test_loading_and_verifying_import_neither_pyomo_nor_highs() -> None:
    names = imported_by("import placement; placement.load; placement.verify")
    assert not names & {"pyomo", "highspy", "cupy"}


@pytest.mark.parametrize(
    "args",
    [
        ["solve", "none.yaml"],
        ["explain", "none.plan"],
        ["report", "none.plan"],
        ["stress", "none.plan"],
        ["sweep", "none.yaml", "--vary", "a=1"],
        ["replan", "none.plan", "--at", "2027-01-01"],
        ["export", "none.plan", "slurm", "-o", "out"],
        ["what-if", "none.csv", "--scenario", "one-week"],
        ["what-if", "none.csv", "--scenario", "none.yaml"],
    ],
)
def test_a_file_that_is_not_there_is_told_before_the_solver_is_imported(args: list[str]) -> None:
    code = f"from placement.cli.main import cli\ntry:\n    cli({args!r})\n"
    names = imported_by(f"{code}except SystemExit as end:\n    assert end.code == 1")
    assert not names & {"pyomo", "highspy", "scipy.stats"}


def test_wrong_usage_is_told_before_anything_heavy_is_imported() -> None:
    from placement.cli.main import COMMANDS

    for name in COMMANDS:
        code = (
            f"from placement.cli.main import cli\ntry:\n    cli([{name!r}, '--nope'])\n"
            "except SystemExit as end:\n    assert end.code == 2"
        )
        assert not imported_by(code) & (set(HEAVY) - {"click"}), name


def test_errors_are_all_placement_errors() -> None:
    for name in ("DeviceError", "PlanError", "ScenarioError", "SolverError", "VersionError"):
        assert issubclass(getattr(placement, name), placement.PlacementError)


def test_statuses_are_the_documented_ones() -> None:
    assert {str(status) for status in placement.Status} == {
        "optimal",
        "gap",
        "time",
        "work",
        "stopped",
        "robust",
        "infeasible",
        "no_plan",
    }
