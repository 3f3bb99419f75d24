"""Vega-Lite as files: the library for a page, SVG and PNG without a browser."""

from __future__ import annotations

import functools
from typing import Any

from placement.errors import PlacementError
from placement.reporting.colours import LIGHT, plain
from placement.reporting.figure import FILE_FONT, FONT

SCALE = 2.0
"""Pixels of a PNG for each of the figure."""


def needed() -> None:
    """Raise PlacementError if what draws figures is not installed."""
    try:
        import altair as alt  # noqa: F401
        import vl_convert  # noqa: F401
    except ImportError as error:
        raise PlacementError(
            f"figures need {error.name}, which is not installed. Install them with: "
            "pip install 'orbital-placement[report]'"
        ) from None


@functools.cache
def library() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script."""
    import vl_convert

    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))


def svg(chart: dict[str, Any]) -> str:
    """A chart with its data as SVG, in the colours of paper."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(_on_paper(chart)))


def png(chart: dict[str, Any]) -> bytes:
    """A chart with its data as PNG, in the colours of paper."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(_on_paper(chart), scale=SCALE))


def _on_paper(chart: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = plain(chart, LIGHT)
    return found | {"config": {**_lettered(found["config"]), "background": LIGHT["paper"]}}


def _lettered(config: Any) -> Any:
    """A configuration in the letters of files."""
    if isinstance(config, dict):
        return {key: _lettered(value) for key, value in config.items()}
    return FILE_FONT if config == FONT else config
