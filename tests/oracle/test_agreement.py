"""The product against the oracle, on random tiny scenarios that between them cover every rule of docs/model.md."""

import os

import in_process
import pytest
from oracle.compared import disagreements
from oracle.expansion import tiny_growth
from oracle.generate import tiny

from placement.loader.load import scenario

BLOCK = 10
BLOCKS = int(os.environ.get("AGREEMENT_BLOCKS", "32"))
"""`make bench` asks for more."""
GROWTH_BLOCKS = int(os.environ.get("AGREEMENT_BLOCKS", "24"))
SLOW = set() if "AGREEMENT_BLOCKS" in os.environ else {127}
"""A seed over which the oracle thinks for ten seconds, over others for a tenth of one."""


@pytest.fixture(autouse=True)
def _solved_here(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_exact_oracle_verifier_and_bounds_agree(block: int) -> None:
    """Same optimum, same answer on whether a plan exists; the plan passes at that cost; no bound is above it."""
    seeds = [seed for seed in range(block * BLOCK, (block + 1) * BLOCK) if seed not in SLOW]
    assert [text for seed in seeds for text in disagreements(scenario(tiny(seed)), seed)] == []


@pytest.mark.parametrize("block", range(GROWTH_BLOCKS))
def test_they_agree_on_growth_over_periods(block: int) -> None:
    """The same on scenarios of several periods in which most of what matters has to be built first."""
    seeds = range(block * BLOCK, (block + 1) * BLOCK)
    assert [text for seed in seeds for text in disagreements(scenario(tiny_growth(seed)), seed)] == []
