"""One document over another."""

from typing import Any


def overlay(below: Any, above: Any) -> Any:
    """`above` over `below`: mappings key by key; everything else (lists, numbers with their source) replaced whole.

    The keys of `above` come first.
    """
    if isinstance(below, dict) and isinstance(above, dict) and "value" not in above:
        both = {key: overlay(below[key], value) if key in below else value for key, value in above.items()}
        return both | {key: value for key, value in below.items() if key not in above}
    return above
