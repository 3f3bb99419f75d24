"""Colours: one for each thing, the same in every figure, told apart by colour-blind readers, on light and on dark.

Orbit and Earth: Okabe and Ito 2008. Families of cost and sources of power: Tol 2021, *muted* and *bright*. In a page
they are variables of its style sheet, so that light, dark and print need no drawing anew; elsewhere plain values.
"""

import re
from typing import Any

LIGHT = {
    "paper": "#ffffff",
    "ink": "#1b1f24",
    "soft": "#59626d",
    "line": "#d8dce1",
    "land": "#e6e8eb",
    "orbit": "#0072b2",
    "earth": "#d55e00",
    "limit": "#1b1f24",
    "rest": "#b7bdc5",
    "eclipse": "#6b5b95",
    "contact": "#5f8f3e",
    "grid-band": "#b8860b",
    "chips": "#4a3fa0",
    "power": "#b8a000",
    "building": "#44a08d",
    "launch": "#882255",
    "operations": "#66a9c9",
    "carbon": "#6b4f3a",
    "service": "#cc6677",
    "grid": "#7a828c",
    "gas": "#8c5a2b",
    "solar": "#d9a400",
    "wind": "#228866",
    "battery": "#aa4499",
    "made": "#4a3fa0",
    "shell": "#882255",
    "low": "#4d8b80",
    "high": "#7d4f86",
}
DARK = LIGHT | {
    "paper": "#14171b",
    "ink": "#e8eaed",
    "soft": "#a4adb8",
    "line": "#343a42",
    "land": "#2a3038",
    "orbit": "#56b4e9",
    "earth": "#f08a3c",
    "limit": "#e8eaed",
    "rest": "#59626d",
    "eclipse": "#a99bd0",
    "contact": "#93c47d",
    "grid-band": "#e0b040",
    "chips": "#9a8ff0",
    "power": "#dccb3c",
    "building": "#66c4b0",
    "launch": "#b5508a",
    "operations": "#8fcbe6",
    "carbon": "#b8957a",
    "service": "#ee8e9c",
    "grid": "#a4adb8",
    "gas": "#c98d55",
    "solar": "#f2c53d",
    "wind": "#55bb95",
    "battery": "#c05fb5",
    "made": "#9a8ff0",
    "shell": "#b5508a",
    "low": "#7fc4b6",
    "high": "#c08fcb",
}

_VARIABLE = re.compile(r"var\(--([a-z-]+)\)")


def colour(name: str) -> str:
    """A colour by what it is for, as a variable; KeyError if there is none."""
    assert name in LIGHT, name
    return f"var(--{name})"


def plain(spec: Any, palette: dict[str, str]) -> Any:
    """A specification with the values of a palette for the variables."""
    if isinstance(spec, dict):
        return {key: plain(value, palette) for key, value in spec.items()}
    if isinstance(spec, list):
        return [plain(value, palette) for value in spec]
    return _VARIABLE.sub(lambda found: palette[found[1]], spec) if isinstance(spec, str) else spec


def style_sheet() -> str:
    """The variables for a page: light, dark where the reader's screen or choice is, light in print."""

    def variables(palette: dict[str, str]) -> str:
        return " ".join(f"--{name}: {value};" for name, value in palette.items())

    return "\n".join(
        [
            f":root {{ color-scheme: light; {variables(LIGHT)} }}",
            f"@media screen and (prefers-color-scheme: dark) {{ :root:not([data-theme=light]) "
            f"{{ color-scheme: dark; {variables(DARK)} }} }}",
            f"@media screen {{ :root[data-theme=dark] {{ color-scheme: dark; {variables(DARK)} }} }}",
        ]
    )
