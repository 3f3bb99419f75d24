"""One job on one cluster: energy, the share of the last slot, tails, delay, money."""

import pytest


def test_plain_run_costs_its_energy_and_cooling(words, sound):
    """4 kW for 2.5 h is 10 kWh; × PUE 1.25 at 40 $/MWh is $0.50, of which $0.40 is energy and $0.10 cooling."""
    document = words.document(jobs=[{"job": "a", "hours": 2.5, "accelerators": 4}])
    tables = {
        "placements": [words.row("run", "a", 1, 3.5, (256, 896))],
        "jobs": [words.job("a")],
        "energy": words.drawn("earth", {1: 0.005, 2: 0.005, 3: 0.0025}),
        "costs": words.cost(energy__earth=0.40, cooling__earth=0.10),
    }
    seen = sound(words.check(document, tables))
    assert seen.cost_usd == pytest.approx(0.50, rel=1e-12)
    assert seen.costs["energy", "earth"] == pytest.approx(0.40, rel=1e-12)
    assert seen.costs["cooling", "earth"] == pytest.approx(0.10, rel=1e-12)
    assert seen.boundaries == pytest.approx(
        {"launch_and_power": 0.4, "energy_cooling_launch": 0.5, "all_but_accelerators": 0.5, "all_in": 0.5}
    )
