"""Where a job may run, from the allowed and the forbidden side of each rule, and capacity."""

import pytest


@pytest.mark.parametrize(
    ("codes", "job", "cluster"),
    [
        ("eligible", {"clusters": ["mars"]}, {}),
        ("eligible", {"not_clusters": ["earth"]}, {}),
        ("pin", {"pin_cluster": "mars"}, {}),
        ("pin", {"pin_pool": "unit"}, {}),
        ("eligible", {"residency": ["DE"]}, {}),
        ("eligible", {"residency": ["DE"]}, {"place": {"lat": 40.0, "lon": -75.0, "country": "US"}}),
        ("eligible", {"memory_gb": 81.0}, {}),
        ("eligible", {"sync_gbps": 101.0}, {"pools.0.fabric": [{"accelerators": 4, "gbps": 100.0}]}),
        ("eligible", {"sync_gbps": 10.0}, {"pools.0.fabric": [{"accelerators": 2, "gbps": 100.0}]}),
        ("eligible", {"max_rtt_ms": 50.0, "home": "here"}, {}),
        ("eligible", {"max_rtt_ms": 14.0, "home": "here"}, {"place": {"lat": 1.0, "lon": 0.0}}),
        (
            "eligible",
            {"max_contact_gap_hours": 1.5},
            {"link": {"gbps_in": 1.0, "gbps_out": 1.0, "contact": [1.0] * 22 + [0.0] * 2}},
        ),
        ("eligible", {}, {"pools.0.interruptions_per_accelerator_year": 1e5}),
        ("eligible fit capacity", {}, {"pools.0.number": 3}),
        ("running", {"state": "running", "cluster": "mars", "hours_left": 2.5}, {}),
        ("running", {"state": "running", "cluster": "earth", "hours_left": 2.5}, {}),
    ],
)
def test_jobs_run_only_where_they_may(codes, job, cluster, plain, words):
    """A scenario under which the run is on the wrong pool: each rule of the text by itself."""
    document, tables = plain
    edits = [("set", f"jobs.0.{key}", value) for key, value in job.items()]
    edits += [("set", f"clusters.0.{key}", value) for key, value in cluster.items()]
    mars = {"name": "mars", "pools": [{"accelerator": "unit", "number": 4}]}
    document = document | {
        "clusters": [*document["clusters"], mars],
        "places": {"here": {"lat": 0.0, "lon": 0.0}},
    }
    found = words.broken((document, tables), edits)
    assert found - {"runtime", "clock"} == set(codes.split())
    assert ("runtime" in found) == ("interruptions_per_accelerator_year" in str(cluster))


@pytest.mark.parametrize(
    ("job", "cluster"),
    [
        ({"clusters": ["earth"]}, {}),
        ({"pin_cluster": "earth", "pin_pool": "p", "pin_start": "2027-01-01T00:30:00Z"}, {}),
        ({"residency": ["US", "CA"]}, {"place": {"lat": 40.0, "lon": -75.0, "country": "US"}}),
        ({"memory_gb": 80.0}, {}),
        (
            {"sync_gbps": 100.0},
            {"pools.0.fabric": [{"accelerators": 4, "gbps": 100.0}, {"accelerators": 8, "gbps": 50.0}]},
        ),
        ({"max_rtt_ms": 15.8, "home": "here"}, {"place": {"lat": 1.0, "lon": 0.0}}),
        ({"max_rtt_ms": 9.0, "home": "here"}, {"rtt_ms": 9.0}),
        ({"max_rtt_ms": 0.0, "home": "earth"}, {}),
        (
            {"max_contact_gap_hours": 2.0},
            {"link": {"gbps_in": 1.0, "gbps_out": 1.0, "contact": [1.0] * 22 + [0.0] * 2}},
        ),
        ({"deadline": "2027-01-01T03:30:00Z"}, {}),
        ({"earliest_start": "2027-01-01T00:00:01Z"}, {}),
    ],
)
def test_jobs_that_just_may_run_are_sound(job, cluster, plain, words):
    """The same rules from their allowed side; 1 degree is 111.2 km, and 14 + 0.0157 × 111.2 = 15.75 ms."""
    document, _ = plain
    document = document | {"places": {"here": {"lat": 0.0, "lon": 0.0}}}
    edits = [("set", f"jobs.0.{key}", value) for key, value in job.items()]
    edits += [("set", f"clusters.0.{key}", value) for key, value in cluster.items()]
    assert words.broken((document, plain[1]), edits) == set()


@pytest.mark.parametrize(
    ("codes", "pool", "service"),
    [
        ("", {"number": 4}, None),
        ("", {"spares": 4}, None),
        ("fit capacity eligible", {"spares": 5}, None),
        ("", {"reserved": 4.0000001}, None),
        ("fit capacity eligible", {"reserved": 4.01}, None),
        ("", {"reserved": [8.0, 4.0, 4.0, 4.0] + [8.0] * 20}, None),
        ("fit", {"reserved": [0.0, 0.0, 0.0, 5.0] + [0.0] * 20}, None),
        ("", {"service": {"from": "2027-01-01T01:00:00Z", "to": "2027-01-01T04:00:00Z"}}, None),
        ("fit capacity", {"service": {"to": "2027-01-01T03:59:59Z"}}, None),
        ("fit capacity", {}, {"from": "2027-01-01T01:00:01Z"}),
        (
            "fit capacity eligible",
            {"service": {"to": "2027-01-01T01:00:00Z"}},
            {"from": "2027-01-01T01:00:00Z"},
        ),
    ],
)
def test_capacity_is_what_is_left_and_in_service(codes, pool, service, plain, words):
    """Spares, what is reserved (rounded up), windows; the run needs 4 in slots 1 to 3, half held or not."""
    edits = [("set", f"clusters.0.pools.0.{key}", value) for key, value in pool.items()]
    assert words.broken(plain, [*edits, ("set", "clusters.0.service", service)]) == set(codes.split())


EXACTLY = {"from": "2027-01-01T01:00:00Z", "to": "2027-01-01T04:00:00Z"}
LATER = {"from": "2027-01-01T01:00:01Z"}
LEAVES = {"to": "2027-01-01T03:59:59Z"}
AFTER = {"from": "2027-01-01T04:00:00Z"}
"""Windows about slots 1 to 3, in which the run is."""


@pytest.mark.parametrize(
    ("codes", "pool"),
    [
        ("", {"blocks": [{"name": "a", "number": 3}, {"name": "b", "number": 5}]}),
        (
            "",
            {"blocks": [{"name": "a", "number": 4, "service": EXACTLY}, {"name": "b", "number": 4, "service": LATER}]},
        ),
        ("", {"spares": 1, "blocks": [{"name": "a", "number": 2}, {"name": "b", "number": 3, "service": EXACTLY}]}),
        ("fit capacity eligible", {"blocks": [{"name": "a", "number": 3}]}),
        ("fit capacity", {"blocks": [{"name": "a", "number": 3}, {"name": "b", "number": 5, "service": LATER}]}),
        ("fit", {"blocks": [{"name": "a", "number": 3}, {"name": "b", "number": 5, "service": LEAVES}]}),
        (
            "fit capacity",
            {"spares": 1, "blocks": [{"name": "a", "number": 4}, {"name": "b", "number": 4, "service": LATER}]},
        ),
        (
            "fit capacity eligible",
            {"blocks": [{"name": "a", "number": 3, "service": LEAVES}, {"name": "b", "number": 3, "service": AFTER}]},
        ),
    ],
)
def test_blocks_count_while_they_are_in_service(codes, pool, plain, words):
    """Blocks add up inside their own windows, spares come off their sum, and none counts before its date."""
    number = sum(block["number"] for block in pool["blocks"])
    edits = [("set", f"clusters.0.pools.0.{key}", value) for key, value in {"number": number, **pool}.items()]
    assert words.broken(plain, edits) == set(codes.split())
