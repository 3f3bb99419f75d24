"""What all tests share."""

import functools
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# The same cases every time and no clock; HYPOTHESIS_PROFILE=wander draws others.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("wander", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", default=False, help="write golden files instead of comparing"
    )


@pytest.fixture(scope="session", autouse=True)
def _versions_are_read_once() -> Iterator[None]:
    """Of libraries; `solve` reads them anew each time: a fifteenth of a tiny solve, of which there are thousands."""
    from placement import solving

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solving, "versions", functools.cache(solving.versions))
        yield
