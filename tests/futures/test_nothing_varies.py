"""Where nothing varies each future costs what is planned."""

from collections.abc import Sequence
from typing import Any

import build
import lifting
import numpy as np
import pytest
from futures.by_hand import SEED, both, job, planned

from placement.futures.stress import stress

pytestmark = pytest.mark.usefixtures("solved_here")


def still(written: dict[str, Any], inputs: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """With all kinds of uncertainty in which nothing varies."""
    names = [each["name"] for each in written["clusters"]]
    return {
        **written,
        "uncertainty": {
            "inputs": list(inputs),
            "run_time": {"sigma": 0.0, "p90": False},
            "events": [{"name": "none", "clusters": names, "per_year": 0.0, "hours": 2.0, "speed": 0.0, "lost": 1.0}],
            "recourse": {"patience_hours": 0.0, "missed": 5.0},
        },
    }


def crowd() -> dict[str, Any]:
    random = np.random.default_rng(4)
    jobs = [
        build.job(
            f"j{k}", float(np.round(random.lognormal(0.7, 0.7), 1)), int(random.integers(1, 8)),
            reject_usd=float(random.uniform(1, 40)), count=2 if k % 3 == 0 else 1, delay_usd_per_hour=0.3 * (k % 2),
        )
        for k in range(8)
    ]  # fmt: skip
    jobs[3]["deadline"] = "2027-06-07T09:00:00Z"
    sites = [
        build.cluster("a", 12, energy_price=60.0, power_limit_mw=0.008, idle_mw=0.001),
        build.cluster("b", 9, energy_price=[40.0, 200.0] * 8),
    ]
    return build.document(sites, jobs, slots=16, policy={"defer": True})


PRICED = [
    {"paths": ["clusters.a.energy_price"], "discrete": {"values": [60.0]}},
    {"paths": ["clusters.b.energy_price"], "how": "factor", "discrete": {"values": [1.0]}},
]


@both
def test_where_nothing_varies_each_future_costs_what_is_planned(how: str) -> None:
    stored = planned(still(crowd(), PRICED))
    found = stress(stored, 3, seed=SEED, workers=1, one_by_one=how == "one by one")
    assert found.how == how
    assert found.futures["cost_usd"].tolist() == pytest.approx([stored.summary["cost_usd"]] * 3, rel=1e-12)
    for name in ("missed_usd", "late_hours", "away", "missed", "elsewhere"):
        assert (found.futures[name] == 0).all()
    assert found.drivers() == []


def together() -> dict[str, Any]:
    """Segments, order, a data set, a battery and a flow, and a soft limit that is broken."""
    site = build.cluster(
        "earth",
        16,
        sources=[
            {"kind": "grid", "price": [50.0, 300.0] * 6},
            {"kind": "battery", "mw": 0.01, "mwh": 0.02, "round_trip_efficiency": 0.9},
        ],
        link={"gbps_in": 10.0, "gbps_out": 10.0, "usd_per_tb_in": 1.0},
    )
    jobs = [
        job("a", 4.0, segments=2, resume_hours=0.5),
        job("b", 1.0, after=["a"], after_lag_hours=1.0),
        job("c", 2.0, dataset="corpus"),
    ]
    flow = {"name": "chat", "demand": 6.0, "unmet_usd_per_accelerator_hour": 0.2}
    limits = [{"name": "soft", "of": "accelerators", "max": 9.0, "penalty_usd": 0.01}]
    return build.document(
        [site],
        jobs,
        slots=12,
        flows=[flow],
        limits=limits,
        places={"lab": {"lat": 50.0, "lon": 8.0}},
        datasets=[{"name": "corpus", "tb": 3.0, "home": "lab"}],
    )


@pytest.mark.parametrize(
    ("written", "inputs"),
    [
        (together(), [{"paths": ["flows.chat.demand"], "how": "factor", "discrete": {"values": [1.0]}}]),
        (
            lifting.document(vehicles=[lifting.rocket(reliability=0.9)], jobs=[build.job("a", 3.0, 3)]),
            [{"paths": ["clusters.sky.modules.sail.mass_kg"], "discrete": {"values": [1000.0]}}],
        ),
    ],
    ids=["all that belongs together", "growth"],
)
def test_where_nothing_varies_one_by_one_each_future_costs_what_is_planned(
    written: dict[str, Any], inputs: list[dict[str, Any]]
) -> None:
    stored = planned(still(written, inputs))
    found = stress(stored, 2, seed=SEED, workers=1)
    assert found.how == "one by one"
    assert found.futures["cost_usd"].tolist() == pytest.approx([stored.summary["cost_usd"]] * 2, rel=1e-9, abs=1e-6)
    assert (found.futures[["late_hours", "away", "missed", "elsewhere"]] == 0).all(axis=None)
