"""Draw the pictures of docs/gallery.md anew, by its own commands: `python docs/gallery.py`, or `make gallery`.

A block of commands counts where the line before it says so:

    <!-- gallery -->
    ```console
    $ placement solve battery.yaml --work-limit 100
    $ placement report battery.plan --figures gallery/battery
    ```

The commands run one after the other in an empty folder with the files of docs/examples. What the page shows of the
pictures that they write below `gallery/` is kept in docs/gallery; pictures that it does not show are removed there.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

DOCS = Path(__file__).resolve().parent
PAGE = DOCS / "gallery.md"
MARK = "<!-- gallery -->"
RUN = "import sys; from placement.cli import main; sys.exit(main())"

_BLOCK = re.compile(re.escape(MARK) + r"\n```console\n(.*?)```\n", re.DOTALL)
_PICTURE = re.compile(r"!\[([^\]]*)\]\((gallery/[^)]+)\)")


@dataclass(frozen=True)
class Block:
    """Commands that belong together."""

    commands: tuple[tuple[str, ...], ...]
    """Words of each, without `placement`."""
    pictures: tuple[str, ...]
    """Those that the page shows below them, up to the next block: paths below docs/."""


def blocks(text: str) -> list[Block]:
    """The blocks of a page, in order.

    Raises
    ------
    ValueError
        If a line of a block is no command of this program.
    """
    found = list(_BLOCK.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [
        Block(_commands(match[1]), tuple(path for _, path in _PICTURE.findall(text[match.end() : end])))
        for match, end in zip(found, ends, strict=True)
    ]


def _commands(lines: str) -> tuple[tuple[str, ...], ...]:
    found = []
    for line in lines.replace("\\\n", " ").splitlines():
        prompt, program, *words = shlex.split(line)
        if (prompt, program) != ("$", "placement"):
            raise ValueError(f"'{line}' is no command. Write: $ placement ...")
        found.append(tuple(words))
    return tuple(found)


def pictures(text: str) -> dict[str, str]:
    """What a page says of each picture that it shows, by its path below docs/."""
    return {path: words for words, path in _PICTURE.findall(text)}


def draw(some: list[Block], folder: Path) -> None:
    """Run the commands of blocks in a folder, in which their pictures then are.

    Raises
    ------
    subprocess.CalledProcessError
        If a command fails.
    FileNotFoundError
        If a picture was not drawn.
    """
    shutil.copytree(DOCS / "examples", folder, dirs_exist_ok=True)
    surroundings = {"OPENBLAS_NUM_THREADS": "1"} | os.environ
    for block in some:
        for words in block.commands:
            subprocess.run([sys.executable, "-c", RUN, *words], cwd=folder, env=surroundings, check=True)
        missing = [path for path in block.pictures if not (folder / path).is_file()]
        if missing:
            raise FileNotFoundError(f"{', '.join(missing)}: no command of the block above draws it. Change the page.")


def texts(picture: Path) -> list[str]:
    """All words of a picture in SVG, in order."""
    drawn = [each for each in ET.parse(picture).iter() if each.tag.endswith("}text")]
    return [text for each in drawn if (text := "".join(each.itertext()).strip())]


def main() -> None:
    """Draw everything, and put it in place of what is in docs/gallery."""
    page = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw(blocks(page), folder)
        shutil.rmtree(DOCS / "gallery", ignore_errors=True)
        for path in pictures(page):
            (DOCS / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / path, DOCS / path)


if __name__ == "__main__":
    if sys.argv[1:]:
        sys.exit("Usage: python docs/gallery.py")
    main()
