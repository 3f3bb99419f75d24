"""The gallery shows what its own commands draw."""

import re
from pathlib import Path

import click
import gallery
import pytest

from placement.cli.main import cli

DOCS = Path(gallery.__file__).parent
TEXT = gallery.PAGE.read_text(encoding="utf-8")
BLOCKS = gallery.blocks(TEXT)
FIGURES = Path(__file__).parents[2] / "placement" / "reporting" / "figures"
LARGEST = 155_000
"""Bytes of a picture."""


def test_pictures_of_the_page_are_there_and_no_others() -> None:
    """In docs/gallery lies what the page shows, in SVG of a fair size, and each stands on it once."""
    shown = [path for block in BLOCKS for path in block.pictures]
    there = {str(path.relative_to(DOCS)) for path in (DOCS / "gallery").rglob("*") if path.is_file()}
    assert sorted(shown) == sorted(there) == sorted(gallery.pictures(TEXT))
    assert all(path.endswith(".svg") and (DOCS / path).stat().st_size < LARGEST for path in shown)


@pytest.mark.parametrize("path", gallery.pictures(TEXT))
def test_a_picture_has_words(path: str) -> None:
    """For those who do not see it, in its heading, and in the picture itself."""
    words = gallery.pictures(TEXT)[path]
    assert len(words) >= 40, f"{path} needs a text that says what is to be seen"
    assert re.search(r"\n### [^\n]+\n[^#]*" + re.escape(f"]({path})"), TEXT), f"{path} has no heading of its own"
    assert len(gallery.texts(DOCS / path)) > 2


def test_every_kind_of_figure_is_shown() -> None:
    """What placement.reporting draws, by the names in its code: a new one belongs on the page."""
    names = {name for file in FIGURES.glob("*.py") for name in re.findall(r'Figure\(\s*"([a-z-]+)"', file.read_text())}
    names |= {"map-close", "cost", "service", "flights", "tonnes"}
    assert len(names) > 25
    for name in names:
        assert re.search(rf"/{name}(-\d[a-z0-9-]*)?\.svg\)", TEXT), name


@pytest.mark.parametrize("words", [words for block in BLOCKS for words in block.commands], ids=" ".join)
def test_commands_have_such_options(words: tuple[str, ...]) -> None:
    """Each is parsed as click does it; nothing runs."""
    name, *rest = words
    context = click.Context(cli, info_name="placement")
    command = cli.get_command(context, name)
    assert command is not None, name
    command.make_context(name, list(rest), parent=context)


def test_links_lead_somewhere() -> None:
    """To files of docs/, and to headings of the page."""
    anchors = {re.sub(r"[^a-z0-9 -]", "", line.lower()).replace(" ", "-") for line in re.findall(r"\n#+ (.+)", TEXT)}
    links = re.findall(r"[^!]\[[^\]]+\]\(([^)]+)\)", TEXT)
    assert len(links) > 30
    for link in links:
        assert link[1:] in anchors if link.startswith("#") else (DOCS / link).exists(), link


def test_options_that_are_not_there_are_found() -> None:
    """So the test above can fail."""
    command = cli.get_command(click.Context(cli), "report")
    assert command is not None
    with pytest.raises(click.NoSuchOption):
        command.make_context("report", ["a.plan", "--no-such-option"])


def test_drawn_again_a_picture_says_the_same(tmp_path: Path) -> None:
    """The battery's: two quick commands."""
    (block,) = [block for block in BLOCKS if "gallery/battery/energy.svg" in block.pictures]
    gallery.draw([block], tmp_path)
    for path in block.pictures:
        assert gallery.texts(tmp_path / path) == gallery.texts(DOCS / path), path
        assert _shapes(tmp_path / path) == _shapes(DOCS / path), path


def _shapes(picture: Path) -> list[str]:
    """Outlines of what is drawn, to a tenth of a pixel."""
    drawn = re.findall(r' d="([^"]+)"', picture.read_text())
    return [re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.1f}", each) for each in drawn]


def test_a_block_needs_commands_of_this_program() -> None:
    with pytest.raises(ValueError, match="is no command"):
        gallery.blocks(f"{gallery.MARK}\n```console\n$ rm -r gallery\n```\n")


def test_a_picture_that_is_not_drawn_is_an_error(tmp_path: Path) -> None:
    """Instead of one that is left from before."""
    block = gallery.Block((("schema", "-o", "scenario.json"),), ("gallery/nothing.svg",))
    with pytest.raises(FileNotFoundError, match=r"gallery/nothing\.svg: no command"):
        gallery.draw([block], tmp_path)
