"""What is worked out from an object once, as long as that lives."""

import weakref
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

Key = TypeVar("Key")
Made = TypeVar("Made")


def once_each(make: Callable[[Key], Made]) -> Callable[[Key], Made]:
    """The function, called once for each object; what it makes must not hold that, or it lives for ever."""
    found: dict[int, tuple[weakref.ref[Key], Made]] = {}

    @wraps(make)
    def remember(of: Key) -> Made:
        key = id(of)
        known = found.get(key)
        if known is None or known[0]() is not of:
            known = weakref.ref(of, lambda _: found.pop(key, None)), make(of)
            found[key] = known
        return known[1]

    return remember
