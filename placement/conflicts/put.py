"""Another value at some place inside a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from placement.schema.root import is_model
from placement.schema.table import Table

Steps = tuple[str | int, ...]
"""Names of fields, keys and numbers of members, from the scenario inwards."""


def put(thing: Any, steps: Steps, value: Any) -> Any:
    """The thing with another value at some place inside, unchecked."""
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(thing, Table):
        return replace(thing, columns=put(dict(thing.columns), steps, value))
    if isinstance(thing, np.ndarray):
        column = thing.copy()
        column[step] = value
        return column
    if is_model(thing):
        return thing.model_copy(update={str(step): put(getattr(thing, str(step)), rest, value)})
    if isinstance(thing, Mapping):
        return {**thing, step: put(thing.get(step), rest, value)}
    k = int(step)
    return (*thing[:k], put(thing[k], rest, value), *thing[k + 1 :])
