"""The shell's completion: what it offers, and that it is quick because it loads next to nothing."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.shell_completion import CompletionItem, ShellComplete

from placement.cli.completion import shipped
from placement.cli.main import COMMANDS, cli
from placement.loader.extend import shipped as shipped_scenarios
from placement.study import names as shipped_studies

HEAVY = ("numpy", "pandas", "pydantic", "yaml", "pyarrow", "scipy", "highspy", "pyomo", "altair", "numba", "ray")
LONGEST_S = 0.5


def items(*args: str, incomplete: str = "") -> list[CompletionItem]:
    return ShellComplete(cli, {}, "placement", "_PLACEMENT_COMPLETE").get_completions(list(args), incomplete)


def offered(*args: str, incomplete: str = "") -> list[str]:
    return [item.value for item in items(*args, incomplete=incomplete) if item.type == "plain"]


def bash(words: str, folder: Path) -> tuple[list[str], set[str], float]:
    """What bash is told for a line, the heavy modules that were loaded for it, and the seconds it took."""
    code = (
        "import sys\n"
        "from placement.cli import main\n"
        "try:\n    main()\n"
        f"finally:\n    print(*(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)\n"
        "    print(*(name for name in sys.modules if name.startswith('placement.cli.')), file=sys.stderr)"
    )
    typed = words.split(" ")
    told = {"_PLACEMENT_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(typed) - 1)}
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env={**os.environ, **told}, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines(), set(done.stderr.split()), time.perf_counter() - began


def test_commands_are_offered_with_their_words() -> None:
    assert {item.value: item.help for item in items()} == COMMANDS
    assert offered(incomplete="s") == [name for name in COMMANDS if name.startswith("s")]
    assert offered(incomplete="xyz") == []
    assert "--version" in offered(incomplete="--")


def test_options_and_their_choices_are_offered() -> None:
    assert "--time-limit" in offered("solve", incomplete="--ti")
    assert offered("solve", "week.yaml", "--device", incomplete="") == ["auto", "gpu", "cpu"]


@pytest.mark.parametrize("command", ["check", "solve", "sweep", "breakeven", "explain", "quarrel"])
def test_a_scenario_is_a_file_here_or_a_shipped_one(command: str, here: Path) -> None:
    for name in ("central-2.yaml", "week.yml", "notes.txt", ".hidden.yaml"):
        (here / name).write_text("", encoding="utf-8")
    assert offered(command) == ["central-2.yaml", "week.yml", *shipped_scenarios()]
    assert offered(command, incomplete="cen") == ["central-2.yaml", "central"]
    assert {item.help for item in items(command, incomplete="sce")} == {"shipped scenario"}


def test_several_beliefs_are_offered_one_after_another(here: Path) -> None:
    assert offered("quarrel", "optimist", "central", incomplete="sc") == ["sceptic"]


def test_files_elsewhere_are_left_to_the_shell(here: Path) -> None:
    (here / "central-runs").mkdir()
    for incomplete in ("plans/", "~/we", "nothing-like-it"):
        assert [(item.type, item.value) for item in items("solve", incomplete=incomplete)] == [("file", incomplete)]
    assert [item.type for item in items("solve", incomplete="cen")] == ["file", "plain"]
    assert [item.type for item in items("show", incomplete="x")] == ["file"]


def test_what_is_offered_as_shipped_is_what_is_shipped() -> None:
    assert shipped("scenarios") == shipped_scenarios()
    assert shipped("studies") == list(shipped_studies())
    assert offered("study", incomplete="suncatcher-l") == [
        "suncatcher-launch",
        "suncatcher-learning",
        "suncatcher-links",
    ]


def test_bash_is_told_kind_and_value(here: Path) -> None:
    lines, loaded, _ = bash("placement so", here)
    assert lines == ["plain,solve"]
    assert "placement.cli.solve" not in loaded
    assert bash("placement solve opti", here)[0] == ["plain,optimist"]


@pytest.mark.parametrize("words", ["placement ", "placement solve ", "placement solve --", "placement explain sta"])
def test_a_completion_loads_one_command_at_most_and_nothing_heavy(words: str, here: Path) -> None:
    lines, loaded, _ = bash(words, here)
    assert lines
    assert not loaded & set(HEAVY)
    commands = {f"placement.cli.{name}" for name in COMMANDS} & loaded
    assert commands <= {f"placement.cli.{words.split(' ')[1]}"}


def test_a_completion_takes_well_under_half_a_second(here: Path) -> None:
    assert min(bash("placement solve ", here)[2] for _ in range(5)) < LONGEST_S


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_is_written(shell: str, here: Path) -> None:
    told = {**os.environ, "_PLACEMENT_COMPLETE": f"{shell}_source"}
    done = subprocess.run(
        [sys.executable, "-c", "from placement.cli import main; main()"],
        env=told,
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"_PLACEMENT_COMPLETE={shell}_complete" in done.stdout
