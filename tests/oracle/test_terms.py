"""Random terms on random tiny scenarios: solver, verifier and oracle agree to the cent, and no bound is above."""

from typing import Any

import in_process
import numpy as np
import pytest
from oracle.compared import disagreements
from oracle.expansion import tiny_growth
from oracle.generate import tiny
from terms.installed import adds

from placement.loader.load import scenario
from placement.schema.terms import KEYS
from placement.timegrid import timegrid

BLOCK = 8


@pytest.fixture(autouse=True)
def _solved_here(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.use(monkeypatch)
    adds(monkeypatch, fee="FEE", wear="WEAR")


def with_terms(document: dict[str, Any], seed: int) -> dict[str, Any]:
    """The document with a term of rows and, often, one of a package; rebates among them."""
    rng = np.random.default_rng([seed, 17])
    made = scenario(document)
    jobs, grid = made.jobs, timegrid(made.horizon)
    pools = list(made.pools())
    known = {
        **{name: sorted({cell for cell in jobs[name] if cell is not None}) for name in KEYS[:4]},
        "cluster": [cluster.name for cluster in made.clusters],
        "pool": [str(pool.name) for _, pool in pools],
        "accelerator": [pool.accelerator for _, pool in pools],
        "option": [
            *(f"{cluster.name}/{pool.name} x{size}" for cluster, pool in pools for size in jobs["accelerators"][:1]),
            *(made.options["option"][:1] if len(made.options) else ()),
        ],
    }

    def moment() -> str:
        hours = float(rng.choice([rng.choice(grid.edges), rng.uniform(0, grid.hours)]))
        return f"{grid.when(hours):%Y-%m-%dT%H:%M:%SZ}"

    rows = []
    for _ in range(int(rng.integers(1, 7))):
        keys = [str(key) for key in rng.choice(KEYS, int(rng.integers(0, 3)), replace=False) if known[key]]
        row: dict[str, Any] = {key: str(rng.choice(known[key])) for key in keys}
        if rng.random() < 0.7:
            row["usd_per_run"] = round(float(rng.uniform(-4, 12)), 3)
        if rng.random() < 0.6:
            row["usd_per_accelerator_hour"] = round(float(rng.uniform(-0.6, 2) / grid.slot_hours.mean()), 5)
        if rng.random() < 0.5:
            row["from"] = moment()
        if rng.random() < 0.5:
            row["until"] = moment()
        if "from" not in row or "until" not in row or row["from"] < row["until"]:
            rows.append(row)
    terms: list[dict[str, Any]] = [{"name": "rows", "rows": rows}]
    if rng.random() < 0.6:
        country = {"country": str(rng.choice(["US", "DE"]))} if rng.random() < 0.5 else {}
        terms.append({"name": "fee", "usd_per_accelerator": round(float(rng.uniform(-1, 3)), 3), **country})
    if rng.random() < 0.6:
        rate = round(float(rng.uniform(-0.3, 1) / grid.slot_hours.mean()), 4)
        terms.append(
            {"name": "old", "term": "wear", "usd_per_accelerator_hour": rate, "usd_per_hour": float(rng.uniform(-1, 2))}
        )
    return {**document, "terms": terms}


@pytest.mark.parametrize("block", range(12))
def test_they_agree_with_terms(block: int) -> None:
    seeds = range(block * BLOCK, (block + 1) * BLOCK)
    assert [text for seed in seeds for text in disagreements(scenario(with_terms(tiny(seed), seed)), seed)] == []


@pytest.mark.parametrize("block", range(4))
def test_they_agree_with_terms_where_things_are_built(block: int) -> None:
    seeds = range(block * BLOCK, (block + 1) * BLOCK)
    assert [text for seed in seeds for text in disagreements(scenario(with_terms(tiny_growth(seed), seed)), seed)] == []


def test_the_terms_drawn_come_in_all_kinds() -> None:
    """Rebates, dates, several keys, segments, several parts, running jobs, discounting, limits of dollars."""
    met: dict[str, int] = {}
    for seed in range(96):
        made = scenario(with_terms(tiny(seed), seed))
        rows = made.terms[0].rows or ()
        several = len(made.options) and made.options["option"].tolist()
        for name, there in {
            "rebate": any(row.usd_per_run < 0 or row.usd_per_accelerator_hour < 0 for row in rows),
            "dated per run": any(row.usd_per_run and (row.from_ or row.until) for row in rows),
            "dated per hour": any(row.usd_per_accelerator_hour and (row.from_ or row.until) for row in rows),
            "package": len(made.terms) > 1,
            "segments": bool((made.jobs["segments"] > 1).any()),
            "parts": bool(several) and len(set(zip(made.options["job"], several, strict=True))) < len(made.options),
            "running": bool((made.jobs["state"] == "running").any()),
            "discounted": timegrid(made.horizon).hours > 744 and made.money.rate > 0,
            "limit of dollars": any(limit.of == "usd" for limit in made.limits),
            "narrower": made.policy.minimise != "all_in",
            "flows": bool(made.flows),
        }.items():
            met[name] = met.get(name, 0) + bool(there)
    assert min(met.values()) >= 2, met
