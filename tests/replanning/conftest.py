"""What tests of replanning share."""

import in_process
import pytest


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans are made without a child process."""
    in_process.use(monkeypatch)


KNOWN = {
    "test_a_move_costs_what_it_does_where_transfers_are_decided_on[all_but_accelerators]": "moves are paid as quotes",
}
"""What replanning does not do yet (docs/limits.md), by the beginning of a test's name."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them: each fails, or this list is too long."""
    for item in items:
        for name, reason in KNOWN.items():
            if "replanning" in str(item.path) and item.name.startswith(name):
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
