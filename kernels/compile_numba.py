"""How functions are compiled by Numba, kept, and run on several threads; the only file that imports Numba.

Threads are Python's, each with jobs of its own and the interpreter's lock released: Numba's own threading layers are
not all safe when two threads call them. Nothing uses `fastmath`, so no operation is reordered or fused.
"""

import functools
import hashlib
import itertools
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from placement.kernels.work import Ints, Work

ALONE = 30_000
"""Starts below which a second thread costs more than it saves, an estimate (a thread starts in about 50 µs)."""

PIECES = 8
"""Pieces of work per thread, so that threads end together."""

wide = cast(Callable[[int], int], np.int64)
"""For numbers of narrow arrays that are given to compiled functions, which would else be compiled for those too."""

ZERO, ONE = wide(0), wide(1)
"""To be given to compiled functions in place of 0 and 1, of which each would have one compiled for it alone."""

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """The function compiled when it is first called from another compiled one, and kept with that one."""
    return _inner(function, forceinline=True)


def called(function: F) -> F:
    """As `compiled`, but left to the compiler whether to put it into its callers: for the larger ones."""
    return _inner(function)


def _inner(function: F, **options: Any) -> F:
    """The function for compiled ones alone: what Python would call it by takes a fifth of the compiler's time.

    Called from Python all the same, it says so instead of jumping to what is not there.
    """
    bare: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    result: Any = njit(nogil=True, error_model="numpy", **bare, **options)(function)

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"{function.__name__} is called by compiled functions alone")

    result._insert, result._compile_for_args = (lambda *args, **kwargs: None), refuse
    made: F = result
    return made


def entry(function: F) -> F:
    """The function compiled on its first call, or read from the cache; see `cache_folder`."""
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    before = numba.config.CACHE_DIR
    try:
        numba.config.CACHE_DIR = str(cache_folder())
        result: F = njit(cache=True, **options)(function)
    except (OSError, RuntimeError):  # no folder to write to
        result = njit(**options)(function)
    finally:
        numba.config.CACHE_DIR = before
    return result


@functools.cache
def cache_folder() -> Path:
    """Folder of compiled functions: beside this file or, where that is read-only, in the user's cache.

    Its name holds a digest of all files here: Numba itself looks only at the file that a function stands in, and misses
    changes in others whose functions and constants it takes. Inside it functions are keyed by the processor.
    """
    here = Path(__file__).parent
    texts = b"".join(file.read_bytes() for file in sorted(here.glob("*.py")))
    name = f"numba-{hashlib.sha256(texts).hexdigest()[:16]}"
    for root in (here / "__pycache__", Path.home() / ".cache" / "orbital-placement"):
        folder = root / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    raise OSError("no folder for compiled functions can be written to")


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads_for(work: Work, asked: int | None = None) -> int:
    """Threads for the starts of `work`: one for few, else those asked for or one per processor."""
    return 1 if work.starts < ALONE else asked or processors()


def share_out(piece: Callable[[int, int], None], weight: Ints, threads: int) -> None:
    """Call piece(first, end) for ranges that cover 0 .. len(weight) - 1, on several threads.

    Ranges are of about equal weight; `weight` holds running sums, shape (N+1,). The first error of a piece is raised
    here, after all threads have ended.
    """
    count = len(weight) - 1
    pieces = PIECES * threads if threads > 1 else 1
    cuts = np.searchsorted(weight, np.linspace(weight[0], weight[-1], pieces + 1)[1:-1])
    bounds = np.unique(np.concatenate([[0], np.minimum(cuts, count), [count]])).tolist()
    todo = list(itertools.pairwise(bounds))
    errors: list[BaseException] = []

    def run() -> None:
        try:
            while todo and not errors:
                try:
                    first, end = todo.pop()
                except IndexError:  # another thread took the last one
                    return
                piece(first, end)
        except BaseException as error:
            errors.append(error)

    others = [threading.Thread(target=run, daemon=True) for _ in range(min(threads, len(todo)) - 1)]
    for thread in others:
        thread.start()
    run()
    for thread in others:
        thread.join()
    if errors:
        raise errors[0]


@intrinsic  # type: ignore[untyped-decorator]
def borrowed(typing: Any, given: Any) -> Any:
    """The same array or tuple of arrays, not counted as one more user of their memory; for what a caller holds.

    Each slice of an array, and each field read of a tuple, else counts its users up and down, one locked instruction
    each: where few starts are priced at once that takes half the time.
    """

    def bare(context: Any, builder: Any, kind: Any, value: Any) -> Any:
        if isinstance(kind, types.Array):
            array = context.make_array(kind)(context, builder, value)
            array.meminfo = array.meminfo.type(None)
            array.parent = array.parent.type(None)
            return array._getvalue()
        if isinstance(kind, types.BaseTuple):
            for n, of in enumerate(kind.types):
                value = builder.insert_value(value, bare(context, builder, of, builder.extract_value(value, n)), n)
        return value

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return bare(context, builder, given, values[0])

    return given(given), code
