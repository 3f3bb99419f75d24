"""A file with many mistakes lists them all at once, in file order, and none that merely follows from another."""

from pathlib import Path
from typing import Any

import build
import pytest
from loader.files import line_of, refused, write

import placement

FIVE = """\
format: 1
name: week
horizon: {start: 2027-06-07T00:00:00Z, slot_hours: 1, slots: 24}
clusters:
  - from: stargate-abiline                                  # no such entry
    energy_price: [1, 2, 3]                                 # too short
  - name: earth
    power_limit_mv: 3                                       # unknown key
    pue: 0.9                                                # impossible
    pools: [{accelerator: h100-smx, number: 8}]             # no such accelerator
    energy_price: [4, 5]                                    # too short
jobs:
  - {job: a, hours: .nan, accelerators: 4, after: [b]}      # not a number
  - {job: b, hours: 2, accelerators: 4, after: [a]}         # a circle
  - {job: c, hours: 2, accelerators: -4}                    # negative
  - {job: c, hours: 2, accelerators: 4}                     # twice
  - {job: d, hours: 2, accelerators: 4, deadline: 2026-01-01, priority: highest}   # before the horizon; unknown
  - {table: none.csv}                                       # not there
limits:
  - {name: cap, of: mw, max: [1, 2]}                        # too short
"""


def test_every_mistake_is_told_at_once_in_file_order(tmp_path: Path) -> None:
    path = write(tmp_path, FIVE)
    problems = refused(path)
    lines = [int(problem.place.rpartition(":")[2]) for problem in problems]
    assert lines == [5, 6, 8, 9, 10, 11, 13, 14, 15, 16, 17, 17, 18, 20]
    facts = "\n".join(problem.fact for problem in problems)
    for words in (
        "no cluster 'stargate-abiline'",
        "has 3 values and the horizon 24 slots",
        "unknown key 'power_limit_mv'",
        "pue is 0.9",
        "no accelerator 'h100-smx'",
        "has 2 values and the horizon 24 slots",
        "hours is nan",
        "in a circle: a -> b -> a",
        "accelerators is -4",
        "two jobs 'c'",
        "deadline 2026-01-01T00:00:00Z (-12528 h) does not fit",
        "no priority 'highest'",
        "'none.csv' does not exist",
    ):
        assert words in facts


def test_what_is_wrong_in_tables_is_told_with_what_is_wrong_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "jobs.csv").write_text(
        "job,hours,accelerators,deadline\na,-1,4,\nb,2,x,\na,2,4,2026-01-01\n", encoding="utf-8"
    )
    path = write(tmp_path, build.document([build.cluster(pue=0.9)]) | {"jobs": {"table": "jobs.csv"}})
    assert [problem.place for problem in refused(path)] == [
        f"{path}:{line_of(path, 'pue')}",
        "jobs.csv:2",
        "jobs.csv:3",
        "jobs.csv:4",
        "jobs.csv:4",
    ]


def broken(**more: Any) -> dict[str, Any]:
    """A document in which much refers to much."""
    return (
        build.document(
            [build.cluster("earth", 8, pool={"name": "main"}, resources={"licences": 4}), build.cluster("mars", 8)],
            [
                build.job("a", pin_cluster="earth", pin_pool="main", dataset="corpus", priority="top", team="red"),
                build.job("b", after=["a"], uses={"licences": 1}, clusters=["mars"]),
                build.job("c", state="running", cluster="earth", pool="main", hours_left=1.0, reject_usd=None),
            ],
            datasets=[{"name": "corpus", "tb": 1.0, "home": "mars"}],
            limits=[
                {
                    "name": "red",
                    "over": {"jobs": {"team": "red"}, "pools": ["earth/main"]},
                    "of": "accelerators",
                    "max": 4.0,
                }
            ],
            options=[{"job": "b", "option": "x", "cluster": "mars", "accelerators": 4, "hours": 2.0}],
            policy={"priorities": {"top": 2.0}},
        )
        | more
    )


def put(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The document with the value at a path of keys and indices changed."""
    inner: Any = document
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    for step in steps:
        inner = inner[step]
    if value is KeyError:
        del inner[last]
    else:
        inner[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("clusters/0", "earth"),
        ("clusters/0/name", KeyError),
        ("clusters/0/name", 7.5),
        ("clusters/0/pools", 3),
        ("clusters/0/pools/0", {}),
        ("clusters/0/pools/0/accelerator", KeyError),
        ("clusters/0/pools/0/number", -1),
        ("clusters/0/poools", [{"accelerator": "h100-sxm"}]),
        ("clusters/0/status", "runing"),
        ("clusters/0/resources", 5),
        ("clusters/0/from", "nowhere"),
        ("datasets", "corpus"),
        ("datasets/0/name", ["x"]),
        ("policy/priorities", 1),
        ("policy/priority", {"top": 2.0}),
        ("horizon", "a week"),
        ("horizon/slots", 0),
        ("horizon/start", "monday"),
        ("jobs", "many"),
        ("jobs/0", "a"),
        ("jobs/0/job", KeyError),
        ("jobs/0/job", ["a"]),
        ("jobs/0/hours", KeyError),
        ("jobs/2/hours_left", "two"),
        ("jobs/2/state", "walking"),
        ("jobs/2/cluster", 5),
        ("options/0", None),
        ("options/0/cluster", KeyError),
        ("limits", 7),
        ("series", []),
    ],
)
def test_one_mistake_gives_one_complaint_and_none_that_follows_from_it(path: str, value: Any) -> None:
    placement.scenario(broken())
    with pytest.raises(placement.ScenarioError) as caught:
        placement.scenario(put(broken(), path, value))
    assert len(caught.value.problems) == 1, str(caught.value)


def test_beside_a_broken_horizon_all_is_checked_that_does_not_hang_on_it() -> None:
    document = build.document([build.cluster(pue=0.5, energy_price=[1.0])], [build.job(), build.job()], slots=0)
    with pytest.raises(placement.ScenarioError) as caught:
        placement.scenario(document)
    assert [problem.place for problem in caught.value.problems] == [
        "clusters.earth.pue",
        "horizon.slots",
        "jobs: row 2, column job",
    ]


def test_of_many_wrong_rows_some_are_named_and_the_others_counted(tmp_path: Path) -> None:
    rows = "".join(f"j{k},-1,1\n" for k in range(1000))
    (tmp_path / "jobs.csv").write_text("job,hours,accelerators\n" + rows, encoding="utf-8")
    problems = refused(write(tmp_path, build.document() | {"jobs": {"table": "jobs.csv"}}))
    assert len(problems) == 6
    assert problems[-1].place == "jobs.csv:7"
    assert problems[-1].fact == "995 more rows have a wrong hours, this one first."
