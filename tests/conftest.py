"""What all tests share."""

import os

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
