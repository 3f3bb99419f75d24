"""Commands and output that a page of docs/ promises.

A block counts where the line before it says so:

    <!-- run -->
    ```console
    $ placement check week.yaml
    week.yaml is a valid scenario.
    ...
    ```

Lines that begin with `$ ` are commands; `\\` at their end goes on with the next line. Lines below are printed by the
command above them, in this order, with anything between them; `...` only says so to people.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

RUN = "<!-- run -->"
NUMBER = re.compile(r"(?<![\w.])[-+]?\$?[0-9][0-9,]*(?:\.[0-9]+)?(?:[kMB](?!\w))?")
SCALE = {"k": 1e3, "M": 1e6, "B": 1e9}
SHARE = 0.02
"""Numbers may differ by this share: plans within a gap differ, and so do machines."""
LEAST = 0.05
"""... or by this much, where they are smaller."""


@dataclass
class Command:
    """One command of a page: where it stands, its words, and the lines that it promises."""

    line: int
    text: str
    promised: list[str] = field(default_factory=list)


def commands(page: Path) -> list[Command]:
    """The commands of all blocks of a page that are to be run, in order."""
    found: list[Command] = []
    lines = page.read_text().splitlines()
    inside = wanted = False
    for n, line in enumerate(lines, 1):
        if line.startswith("```"):
            inside = not inside
            wanted = inside and line == "```console" and n > 1 and lines[n - 2] == RUN
        elif wanted and line.startswith("$ "):
            found.append(Command(n, line[2:]))
        elif wanted and found and found[-1].text.endswith("\\"):
            found[-1].text = found[-1].text[:-1] + line.strip()
        elif wanted and found and line.strip() not in ("", "..."):
            found[-1].promised.append(line)
    return found


def missing(promised: list[str], printed: str) -> str | None:
    """The first promised line that does not come in its place, or None."""
    rest = iter(printed.splitlines())
    return next((line for line in promised if not any(same(line, other) for other in rest)), None)


def same(promised: str, printed: str) -> bool:
    """Whether two lines have the same words, whatever the space between them, and about the same numbers."""
    if _words(promised) != _words(printed):
        return False
    pairs = zip(NUMBER.findall(promised), NUMBER.findall(printed), strict=True)
    return all(_near(_value(one), _value(other)) for one, other in pairs)


def _words(line: str) -> str:
    """A line without its numbers, with one space where there are many, and short rules."""
    return re.sub(r"-{2,}", "--", " ".join(NUMBER.sub("#", line).split()))


def _value(text: str) -> float:
    plain = text.replace("$", "").replace(",", "")
    return float(plain[:-1]) * SCALE[plain[-1]] if plain[-1] in SCALE else float(plain)


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= max(SHARE * abs(one), LEAST)
