"""What tests of what-if share."""

import in_process
import pytest


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans are made without a child process."""
    in_process.use(monkeypatch)
