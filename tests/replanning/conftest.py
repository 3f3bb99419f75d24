"""What tests of replanning share."""

import in_process
import pytest


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans are made without a child process."""
    in_process.use(monkeypatch)


SEGMENTS = "the rest of a job in segments that has begun is one run, which counts as another place or time"
STILL = "history ends with the last slot in which its pool did work"
KNOWN = {
    "test_rolling_on_with_segments_counts_and_order": SEGMENTS,
    "test_segments_stay[1-": SEGMENTS,
    "test_between_segments_the_second_is_kept[2-": SEGMENTS,
    "test_between_segments_the_second_is_kept[3-": SEGMENTS,
    "test_a_resumption_is_paid_for_once": SEGMENTS,
    "test_a_job_in_segments_that_ended_has_no_more_of_them": "what happened to it is refused while segments wait",
    "test_what_stood_still_before_the_moment_was_held_up_to_it": STILL,
    "test_what_began_while_its_cluster_stood_still": STILL,
    "test_a_move_costs_what_it_does_where_transfers_are_decided_on[all_but_accelerators]": "moves are paid as quotes",
}
"""What replanning does not do yet (docs/limits.md), by the beginning of a test's name."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them: each fails, or this list is too long."""
    for item in items:
        for name, reason in KNOWN.items():
            if "replanning" in str(item.path) and item.name.startswith(name):
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
