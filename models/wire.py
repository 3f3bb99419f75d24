"""Messages between a solve and its child process: a JSON head and raw arrays. Nothing in them is executed."""

import json
import struct
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]


def send(stream: IO[bytes], head: Mapping[str, Any], arrays: Arrays | None = None) -> None:
    """Write one message."""
    arrays = {name: np.ascontiguousarray(array) for name, array in (arrays or {}).items()}
    layout = [[name, array.dtype.str, list(array.shape)] for name, array in arrays.items()]
    text = json.dumps({**head, "arrays": layout}).encode()
    stream.write(struct.pack("<Q", len(text)))
    stream.write(text)
    for array in arrays.values():
        stream.write(array.tobytes())
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
    """Read one message; None at the end of the stream, also if it ends inside a message."""
    size = _exactly(stream, 8)
    if size is None:
        return None
    text = _exactly(stream, struct.unpack("<Q", size)[0])
    if text is None:
        return None
    head = json.loads(text)
    arrays = {}
    for name, dtype, shape in head.pop("arrays"):
        kind = np.dtype(dtype)
        data = _exactly(stream, kind.itemsize * int(np.prod(shape, dtype=np.int64)))
        if data is None:
            return None
        arrays[name] = np.frombuffer(data, dtype=kind).reshape(shape)
    return head, arrays


def _exactly(stream: IO[bytes], size: int) -> bytes | None:
    parts = []
    while size > 0:
        part = stream.read(min(size, 1 << 24))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
