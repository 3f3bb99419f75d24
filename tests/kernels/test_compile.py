"""How kernels are compiled."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="Numba compiles kernels")


def test_what_only_kernels_call_says_so_when_python_calls_it() -> None:
    """There is nothing by which Python could call it: read all the same, that would end the process."""
    from placement.kernels.compile_numba import called, entry

    @called
    def twice(x: int) -> int:
        return 2 * x

    @entry
    def thrice(x: int) -> int:
        return twice(x) + x

    for _ in range(2):
        with pytest.raises(TypeError, match="twice is called by compiled functions alone"):
            twice(3)
        assert thrice(3) == 9


def test_narrow_numbers_and_constants_are_compiled_for_once() -> None:
    from placement.kernels.compile_numba import ONE, called, entry, wide

    @called
    def more(x: int) -> int:
        return x + 1

    @entry
    def all_of_them(some: np.ndarray) -> int:
        return more(ONE) + more(wide(some[0])) + more(len(some))

    assert all_of_them(np.array([5], dtype=np.int32)) == 2 + 6 + 2
    assert len(more.overloads) == 1
