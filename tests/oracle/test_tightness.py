"""Each constraint that scenarios are drawn with binds in some of them and does not in others.

It binds where the optimum is lower without it. A family that never bound would prove nothing about its rule.
"""

from collections.abc import Callable

import pytest
from oracle.draw import Record
from oracle.generate import families, tiny
from oracle.optimum import optimum

from placement.errors import ScenarioError
from placement.loader.load import scenario

SEEDS = range(600)
MOST_TRIED = 60


def without(where: str, *keys: str) -> Callable[[Record], None]:
    """Drops keys of the records in a list of the document, or of one record such as the policy."""

    def relax(document: Record) -> None:
        records = document.get(where, [])
        for record in records if isinstance(records, list) else [records]:
            for key in keys:
                record.pop(key, None)

    return relax


def larger_pools(document: Record) -> None:
    for cluster in document["clusters"]:
        for pool in cluster.get("pools", []):
            if "number" in pool:
                pool["number"] += 20
            if "blocks" in pool:
                pool["blocks"].append({"name": "more", "number": 20})


def without_dates_of_blocks(document: Record) -> None:
    for cluster in document["clusters"]:
        for pool in cluster.get("pools", []):
            for block in pool.get("blocks", []):
                block.pop("service", None)


def unlimited_grids(document: Record) -> None:
    for cluster in document["clusters"]:
        for source in cluster.get("sources", []):
            if source["kind"] == "grid":
                source.pop("limit_mw", None)


def without_in_sources(key: str) -> Callable[[Record], None]:
    def relax(document: Record) -> None:
        for cluster in document["clusters"]:
            for source in cluster.get("sources", []):
                source.pop(key, None)

    return relax


def faster_links(document: Record) -> None:
    for cluster in document["clusters"]:
        if "link" in cluster:
            cluster["link"] |= {"gbps_in": 1e6, "gbps_out": 1e6}


def always_in_contact(document: Record) -> None:
    for cluster in document["clusters"]:
        if "link" in cluster:
            for key in ("contact", "stations"):
                cluster["link"].pop(key, None)


def without_limit(of: str) -> Callable[[Record], None]:
    def relax(document: Record) -> None:
        document["limits"] = [limit for limit in document.get("limits", []) if limit["of"] != of]

    return relax


def with_tails(document: Record) -> None:
    document["policy"]["tails"] = True


def with_deferral(document: Record) -> None:
    document["policy"]["defer"] = True


def may_be_rejected(document: Record) -> None:
    for job in document["jobs"]:
        if job.get("must_run") or job.get("reject_usd", 0.0) is None:
            job.pop("must_run", None)
            job["reject_usd"] = 0.0


def free_modules(document: Record) -> None:
    for cluster in document["clusters"]:
        for module in cluster.get("modules", []):
            module["usd"] = module["accelerators_usd"] = 0.0


def more_flights(document: Record) -> None:
    for vehicle in document["vehicles"]:
        for key in ("flights_per_period", "flights_per_year"):
            vehicle.pop(key, None)
        vehicle["flights_per_period"] = 9


RELAXED: dict[str, tuple[str, Callable[[Record], None]]] = {
    "capacity": ("capacity", larger_pools),
    "spares": (
        "spares",
        lambda document: [p.pop("spares", 0) for c in document["clusters"] for p in c.get("pools", [])],
    ),
    "reserved": (
        "reserved",
        lambda document: [p.pop("reserved", 0) for c in document["clusters"] for p in c.get("pools", [])],
    ),
    "service": (
        "service",
        lambda document: [r.pop("service", 0) for c in document["clusters"] for r in (c, *c.get("pools", []))],
    ),
    "blocks": ("blocks", without_dates_of_blocks),
    "facility limit": ("facility_limit", without("clusters", "power_limit_mw")),
    "grid limit": ("grid_limit", unlimited_grids),
    "connected": ("connected", without_in_sources("connected")),
    "curtailment": ("curtailment", without_in_sources("curtailments")),
    "resources": ("resources", without("jobs", "uses")),
    "fabric": ("fabric", without("jobs", "sync_gbps")),
    "memory": ("memory", without("jobs", "memory_gb")),
    "residency": ("residency", without("jobs", "residency")),
    "round trip": ("rtt", without("jobs", "max_rtt_ms")),
    "only some clusters": ("only_clusters", without("jobs", "clusters", "not_clusters")),
    "pins": ("pins", without("jobs", "pin_start", "pin_cluster", "pin_pool")),
    "deadline": ("deadline", without("jobs", "deadline")),
    "earliest start": ("earliest", without("jobs", "earliest_start")),
    "order": ("after", without("jobs", "after", "after_lag_hours")),
    "no tails": ("no_tails", with_tails),
    "no deferral": ("no_deferral", with_deferral),
    "must run": ("must_run", may_be_rejected),
    "staging": ("staging", faster_links),
    "unloading": ("unloading", faster_links),
    "contact": ("contact", always_in_contact),
    "stations": ("stations", always_in_contact),
    "shared data": ("datasets", without("jobs", "dataset")),
    "price of modules": ("module", free_modules),
    "flights": ("launch", more_flights),
    **{
        f"limit of {of}": (f"limit_{of}", without_limit(of))
        for of in ("accelerators", "mw", "mwh", "tco2", "water_l", "tb", "usd", "license")
    },
}

PREPARED = {
    "blocks": without("clusters", "fixed_costs"),
    "earliest start": without("jobs", "delay_usd_per_hour"),
    "staging": without_limit("tb"),
    "unloading": without_limit("tb"),
}
"""Done before, on both sides: blocks are paid for while they stand, delay is counted from the earliest start, and a
faster link moves more TB in a slot."""


@pytest.mark.parametrize("name", RELAXED)
def test_it_binds_somewhere_and_not_everywhere(name: str) -> None:
    family, relax = RELAXED[name]
    seen = set()
    for seed in [seed for seed in SEEDS if family in families(seed)][:MOST_TRIED]:
        document = tiny(seed)
        PREPARED.get(name, lambda _: None)(document)
        kept = optimum(scenario(document)).cost_usd
        relax(document)
        try:
            freer = optimum(scenario(document)).cost_usd
        except ScenarioError:
            continue
        assert freer <= kept + 1e-6 * (1 + abs(freer)), f"seed {seed}: without it, the optimum is higher"
        seen.add(freer < kept - 1e-6 * (1 + abs(freer)))
        if len(seen) == 2:
            return
    pytest.fail(f"{name}: {'always' if seen == {True} else 'never'} binds")
