"""What tests of futures share."""

import in_process
import pytest


@pytest.fixture
def solved_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans are made without a child process."""
    in_process.use(monkeypatch)
