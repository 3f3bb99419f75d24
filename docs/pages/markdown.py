"""Tables of Markdown."""

from collections.abc import Sequence

NOTE = "<!-- Written by docs/generate.py. Do not change it here: run `make docs`. -->"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table."""
    return [_row(head), _row(["---"] * len(head)), *(_row([cell(text) for text in row]) for row in rows)]


def cell(text: str) -> str:
    """Text that may stand in a table: on one line, without bars."""
    return " ".join(text.split()).replace("|", "\\|")


def plain(text: str) -> str:
    """Text of which nothing is taken for markup, code between backticks apart."""
    parts = text.split("`")
    parts[::2] = [part.replace("*", "\\*").replace("<", "&lt;").replace("_", "\\_") for part in parts[::2]]
    return "`".join(parts)


def page(title: str, lines: Sequence[str]) -> str:
    """A page with its title, and the note on top that it is generated."""
    return "\n".join([f"# {title}", "", NOTE, "", *lines]).rstrip() + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
