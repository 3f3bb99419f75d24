"""Write the reference from the code that it describes: `python docs/generate.py`, or `make docs`.

Fields come from the schema, commands from click, names and docstrings from the package. `--check` writes nothing and
ends with 1 where a file is not what would be written.
"""

import functools
import json
import sys
from pathlib import Path

from pages.commands import commands_page
from pages.fields import fields_page
from pages.library import library_page

from placement.loader.json_schema import json_schema

ROOT = Path(__file__).resolve().parents[1]
RUN = "make docs"


@functools.cache
def texts() -> dict[Path, str]:
    """What each generated file should hold, by its path below the project's folder."""
    reference = Path("docs", "reference")
    return {
        reference / "fields.md": fields_page(),
        reference / "commands.md": commands_page(),
        reference / "library.md": library_page(),
        Path("data", "scenario.schema.json"): json.dumps(json_schema(), indent=1) + "\n",
    }


def stale(root: Path = ROOT) -> list[Path]:
    """Generated files below `root` that are missing or hold something else."""
    return [
        path
        for path, text in texts().items()
        if not (root / path).is_file() or (root / path).read_text(encoding="utf-8") != text
    ]


def write(root: Path = ROOT) -> list[Path]:
    """Write the files that are not up to date; returns which."""
    made, old = texts(), stale(root)
    for path in old:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(made[path], encoding="utf-8")
    return old


if __name__ == "__main__":
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit("Usage: python docs/generate.py [--check]")
    changed = stale() if check else write()
    if check and changed:
        sys.exit(f"not up to date: {', '.join(map(str, changed))}. Run `{RUN}`.")
    sys.stdout.write("".join(f"wrote {path}\n" for path in changed) or "everything is up to date\n")
