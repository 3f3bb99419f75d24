"""A fingerprint of a scenario: equal for equal scenarios, whatever file they came from."""

import hashlib
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.schema import Scenario, Table


def fingerprint(scenario: Scenario) -> str:
    """SHA-256 of everything in a scenario that a plan depends on, as hexadecimal text."""
    digest = hashlib.sha256()
    digest.update(json.dumps(scenario.document(), sort_keys=True).encode())
    for name in ("jobs", "options", "throughput"):
        digest.update(name.encode())
        _add_table(digest, getattr(scenario, name))
    for key in sorted(scenario.traces):
        trace = scenario.traces[key]
        digest.update(key.encode())
        digest.update(np.ascontiguousarray(trace.values).tobytes())
        if trace.times is not None:
            digest.update(trace.times.astype("datetime64[h]").astype(np.int64).tobytes())
    return digest.hexdigest()


def _add_table(digest: Any, table: Table) -> None:
    for name, column in table.columns.items():
        digest.update(name.encode())
        digest.update(_bytes(column))


def _bytes(column: NDArray[Any]) -> bytes:
    if column.dtype == object:
        return _json(column.tolist()).encode()
    if column.dtype.kind == "M":
        return column.astype("datetime64[us]").astype(np.int64).tobytes()
    return np.ascontiguousarray(column).tobytes()


def _json(cells: list[Any]) -> str:
    """The cells as a JSON list, of mappings their sorted items; columns that repeat themselves are quick."""
    if any(issubclass(kind, dict) for kind in set(map(type, cells))):
        cells = [tuple(sorted(cell.items()) if cell else ()) if isinstance(cell, dict) else cell for cell in cells]
    distinct = set(cells) if set(map(type, cells)) <= {str, tuple, type(None)} else ()
    if 0 < len(distinct) < len(cells) / 8:
        texts = {cell: json.dumps(cell, default=list) for cell in distinct}
        return "[" + ", ".join(map(texts.__getitem__, cells)) + "]"
    return json.dumps(cells, default=list)
