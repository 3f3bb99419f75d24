"""What the pages in docs/ show is what the program does."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from docs.console import Command, commands, missing, same

from placement.cli.main import cli

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [page for page in sorted(DOCS.glob("*.md")) if commands(page)]


def run(command: Command) -> str:
    """What a command prints; it must end with exit code 0."""
    program, *words = shlex.split(command.text)
    assert program == "placement", f"line {command.line}: only `placement` is run here, not {program}"
    result = CliRunner().invoke(cli, words, prog_name="placement")
    assert result.exit_code == 0, f"line {command.line}: $ {command.text}\n{result.output}\n{result.exception!r}"
    return result.output


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_print_what_the_page_says(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an empty folder with the files of docs/examples, one command after the other."""
    shutil.copytree(DOCS / "examples", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    for command in commands(page):
        printed = run(command)
        line = missing(command.promised, printed)
        assert line is None, f"line {command.line}: $ {command.text}\ndoes not print in its place:\n{line}\n\n{printed}"


def test_pages_with_commands() -> None:
    """The guide and the cookbook have commands that are run, so the test above has something to do."""
    assert {"guide", "cookbook"} <= {page.stem for page in PAGES}


def test_every_example_is_told_of() -> None:
    """Each file of docs/examples is named in a page."""
    text = "".join(page.read_text() for page in DOCS.glob("*.md"))
    assert not [file.name for file in (DOCS / "examples").iterdir() if file.name not in text]


def test_links_lead_somewhere() -> None:
    """Each link of the guide's pages to a file of the project has its file."""
    for name in ("guide", "cookbook", "trust", "limits"):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", (DOCS / f"{name}.md").read_text()):
            assert target.startswith("https://") or (DOCS / target).exists(), f"{name}.md links to {target}"


@pytest.mark.parametrize(
    ("promised", "printed", "alike"),
    [
        ("cost   $58.15k", "cost  $58.1531k", True),
        ("cost   $58.15k", "cost  $61.2k", False),
        ("cost   $58.15k", "bound  $58.15k", False),
        ("130 units", "131 units", True),
        ("1 unit", "2 units", False),
        ("3 units", "4 units", False),
        ("-----  --", "------  ---", True),
    ],
)
def test_lines_are_the_same(promised: str, printed: str, alike: bool) -> None:
    """Words count, space does not, and numbers may be off by two in a hundred."""
    assert same(promised, printed) is alike


def test_block_without_a_mark_is_not_run(tmp_path: Path) -> None:
    """Of two blocks only the marked one counts, with a command that goes on and what it prints."""
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ placement a\n```\n<!-- run -->\n```console\n$ placement b \\\n    --c\nd\n...\ne\n```\n"
    )
    assert commands(page) == [Command(6, "placement b --c", ["d", "e"])]
    assert missing(["d", "e"], "d\nx\ne\n") is None
    assert missing(["e", "d"], "d\nx\ne\n") == "d"
