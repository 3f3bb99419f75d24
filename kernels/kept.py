"""What is worked out from a work once, as long as that lives."""

import weakref
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from placement.kernels.work import Work

Made = TypeVar("Made")


def kept(make: Callable[[Work], Made]) -> Callable[[Work], Made]:
    """The function, called once for each work."""
    found: dict[int, tuple[weakref.ref[Work], Made]] = {}

    @wraps(make)
    def remember(work: Work) -> Made:
        key = id(work)
        known = found.get(key)
        if known is None or known[0]() is not work:
            known = weakref.ref(work, lambda _: found.pop(key, None)), make(work)
            found[key] = known
        return known[1]

    return remember
