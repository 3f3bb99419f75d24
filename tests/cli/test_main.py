"""The command itself: help, version, usage and exit codes."""

import ast
from pathlib import Path

import pytest
from cli.command import run
from loader.files import everything

import placement
from placement.cli.main import COMMANDS, FILES


def test_version_is_the_packages() -> None:
    done = run("--version")
    assert (done.code, done.out) == (0, f"placement, version {placement.__version__}\n")


def test_help_lists_every_command_in_its_words() -> None:
    for args in (("--help",), ("-h",)):
        done = run(*args)
        assert done.code == 0
        assert done.out.startswith("Usage: placement [OPTIONS] COMMAND [ARGS]...")
        for name, words in COMMANDS.items():
            assert f"  {name}" in done.out
            assert words in done.out


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself_and_every_option(name: str) -> None:
    done = run(name, "--help")
    assert done.code == 0
    assert done.out.startswith(f"Usage: placement {name}")
    assert done.err == ""
    about, _, options = done.out.partition("Options:\n")
    assert len(about.strip().splitlines()) > 1
    for line in options.splitlines():
        if line.startswith("  -") and not line.startswith("  --template"):
            assert "  " in line.strip(), f"{name}: {line} has no words"


def test_every_file_of_the_command_line_is_a_command_or_serves_them() -> None:
    files = {path.stem for path in Path(placement.__file__).parent.joinpath("cli").glob("*.py")}
    serving = {
        "__init__", "completion", "conflicts", "crossing", "executor", "main", "pages", "paired", "robust", "satellite",
        "text", "tornado", "years",
    }  # fmt: skip
    assert files - serving == {FILES.get(name, name.replace("-", "_")) for name in COMMANDS}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "Usage: placement"),
        (("slove",), "No such command 'slove'"),
        (("solve",), "Missing argument 'SCENARIO'"),
        (("solve", "week.yaml", "--gab", "1"), "No such option"),
        (("solve", "week.yaml", "--gap", "-1"), "-1.0 is not in the range x>=0"),
        (("solve", "week.yaml", "--gap", "nan"), "nan is not a number."),
        (("solve", "week.yaml", "--gap", "1%"), "'1%' is not a valid float"),
        (("solve", "week.yaml", "--time-limit", "0"), "0.0 is not in the range x>0"),
        (("solve", "week.yaml", "--time-limit", "nan"), "nan is not a number."),
        (("solve", "week.yaml", "--work-limit", "0"), "0 is not in the range x>=1"),
        (("solve", "week.yaml", "--seed", "-1"), "-1 is not in the range x>=0"),
        (("check", "a.yaml", "b.yaml"), "Got unexpected extra argument (b.yaml)"),
        (("new", "x", "--jobs", "0"), "0 is not in the range 1<=x<=100000"),
        (("new", "x", "--template", "big"), "'big' is not one of 'starter', 'one-week'"),
        (("show",), "Missing argument 'PLAN'"),
    ],
)
def test_wrong_usage_ends_with_2_and_does_nothing(args: tuple[str, ...], words: str, here: Path) -> None:
    done = run(*args)
    assert done.code == 2
    assert done.out == ""
    assert words in done.err
    assert everything(here) == {}


def test_only_the_command_line_prints_and_handles_signals() -> None:
    root = Path(placement.__file__).parent
    for path in [*root.rglob("*.py"), *root.parent.glob("kernels/*.py"), *root.parent.glob("models/*.py")]:
        if path.is_relative_to(root / "cli") or path.name == "worker.py":  # workers: own processes
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
            imported = isinstance(node, ast.Import) and any(name.name in ("signal", "click") for name in node.names)
            assert not called, f"{path} prints"
            assert not imported, f"{path} imports signal or click"
