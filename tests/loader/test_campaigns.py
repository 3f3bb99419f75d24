"""Campaigns stand for rows of jobs: so many in each slot, of the size of their time."""

from pathlib import Path
from typing import Any

import build
import in_process
import numpy as np
import pytest
from loader.files import line_of, one, write

import placement
from placement.fingerprint import fingerprint
from placement.loader import campaigns

EIGHTEENTHS = {"slot_hours": 487, "slots": 6}
"""Slots of an eighteenth of a year of 8,766 h, the first from 2027-06-07 on, each 20 days and 7 h long."""


def campaign(**more: Any) -> dict[str, Any]:
    return {"name": "train", "per_year": 9, "hours": 10, "accelerators": 4, **more}


def document(*given: dict[str, Any], jobs: Any = (), horizon: Any = None, **more: Any) -> dict[str, Any]:
    return build.document(jobs=list(jobs), horizon=horizon or EIGHTEENTHS, campaigns=list(given), **more)


def made(*given: dict[str, Any], **more: Any) -> placement.Scenario:
    return placement.scenario(document(*given, **more))


def column(scenario: placement.Scenario, name: str) -> list[Any]:
    return list(scenario.jobs[name].tolist())


def counts(per_year: Any, slots: int = 6) -> dict[str, int]:
    """How many are asked for, by the day on which their slot begins."""
    scenario = made(campaign(per_year=per_year), horizon={"slot_hours": 487, "slots": slots})
    days = [name.removeprefix("train 2027-") for name in column(scenario, "job")]
    return dict(zip(days, column(scenario, "count"), strict=True))


DAYS = ["06-07", "06-27", "07-17", "08-06", "08-27", "09-16"]
"""On which the slots begin, the hours of the day apart."""


@pytest.mark.parametrize(
    ("per_year", "numbers"),
    [
        (18, [1, 1, 1, 1, 1, 1]),
        (9, [0, 1, 0, 1, 0, 1]),  # 0.5, 1, 1.5, 2 ...
        (6, [0, 0, 1, 0, 0, 1]),  # thirds, which add up to a whole one although no sum of floats is quite that
        (45, [2, 3, 2, 3, 2, 3]),  # 2.5, 5, 7.5 ...
        (1, [0, 0, 0, 0, 0, 0]),
        ([0, 0, 9, 9, 36, 0], [0, 0, 0, 1, 2, 0]),
        ([9, 0, 0, 9, 0, 0], [0, 0, 0, 1, 0, 0]),  # what is left over waits
    ],
)
def test_whole_jobs_are_counted_as_they_add_up(per_year: Any, numbers: list[int]) -> None:
    wanted = {day: number for day, number in zip(DAYS, numbers, strict=True) if number}
    if wanted:
        assert counts(per_year) == wanted
    else:
        with pytest.raises(placement.ScenarioError, match="there are no jobs"):
            counts(per_year)


def test_counts_go_by_the_length_of_the_slot() -> None:
    """Four a year: the first three quarters of 2027 have 90, 91 and 92 days, 0.986, 1.982 and 2.990 in all."""
    scenario = made(campaign(per_year=4), horizon={"start": "2027-01-01T00:00:00Z", "slot": "quarter", "slots": 3})
    assert column(scenario, "job") == ["train 2027-04", "train 2027-07"]
    assert column(scenario, "count") == [1, 1]


@pytest.mark.parametrize(
    ("horizon", "names"),
    [
        ({"slot": "quarter", "slots": 2, "start": "2027-04-01T00:00:00Z"}, ["train 2027-04", "train 2027-07"]),
        ({"slot": "month", "slots": 2, "start": "2027-01-01T00:00:00Z"}, ["train 2027-01", "train 2027-02"]),
        ({"slot": "week", "slots": 2}, ["train 2027-06-07", "train 2027-06-14"]),
        ({"slot": "day", "slots": 2}, ["train 2027-06-07", "train 2027-06-08"]),
        ({"slot_hours": 1, "slots": 2}, ["train 2027-06-07T00:00", "train 2027-06-07T01:00"]),
        ({"slot_hours": 0.25, "slots": 2}, ["train 2027-06-07T00:00", "train 2027-06-07T00:15"]),
    ],
)
def test_jobs_are_called_after_the_campaign_and_the_slot(horizon: dict[str, Any], names: list[str]) -> None:
    assert column(made(campaign(per_year=50_000), horizon=horizon), "job") == names


def test_each_slot_has_the_size_the_hours_and_the_loss_of_its_time() -> None:
    """Sizes are rounded, and at least one."""
    scenario = made(
        campaign(
            per_year=18,
            hours=[1, 2, 3, 4, 5, 6],
            accelerators=[0.5, 1.4, 1.6, 2, 3.3, 7.9],
            reject_usd=[10, 20, 30, 40, 50, 60],
        )
    )
    assert column(scenario, "hours") == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert column(scenario, "accelerators") == [1, 1, 2, 2, 3, 8]
    assert column(scenario, "reject_usd") == [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
    assert not any(column(scenario, "must_run"))


def test_sizes_may_be_series_by_points_and_by_name() -> None:
    """In four years of 1,461 days together the size doubles four times; a slot has that of its middle."""
    scenario = made(
        campaign(per_year=4, hours="long", accelerators={"points": {2027: 16, 2031: 256}, "between": "geometric"}),
        horizon={"start": "2027-01-01T00:00:00Z", "slot_hours": 8766, "slots": 4},
        series={"long": {"values": [100, 200, 300, 400]}},
    )
    assert column(scenario, "accelerators") == [round(16 * 2 ** (k + 0.5)) for k in range(4)]
    assert column(scenario, "hours") == [100.0, 200.0, 300.0, 400.0]
    assert column(scenario, "count") == [4, 4, 4, 4]


def test_jobs_are_asked_for_when_their_slot_begins_and_end_so_many_days_later() -> None:
    scenario = made(campaign(deadline_days=1.5), jobs=[build.job("own")])
    submitted = [np.datetime64("2027-06-07T00:00") + np.timedelta64(487 * k, "h") for k in (1, 3, 5)]
    assert (scenario.jobs["submitted"][1:] == submitted).all()
    assert (scenario.jobs["deadline"][1:] == [moment + np.timedelta64(36, "h") for moment in submitted]).all()
    assert np.isnat(made(campaign()).jobs["deadline"]).all()


def test_each_must_run_or_is_worth_the_policys_value() -> None:
    must = made(campaign(must_run=True, reject_usd=[1.0] * 6))
    assert column(must, "must_run") == [True] * 3
    assert np.isnan(must.jobs["reject_usd"]).all()
    plain = made(campaign())
    assert column(plain, "must_run") == [False] * 3
    assert np.isnan(plain.jobs["reject_usd"]).all()


def test_all_else_is_as_the_campaign_says() -> None:
    said: dict[str, Any] = {
        "class": "pretrain",
        "team": "red",
        "priority": "high",
        "tags": ["x", "y"],
        "delay_usd_per_hour": 2.0,
        "utilization": 0.5,
        "memory_gb": 10.0,
        "home": "earth",
        "residency": ["US"],
        "max_rtt_ms": 50.0,
        "max_contact_gap_hours": 5.0,
        "sync_gbps": 3.0,
        "dataset": "corpus",
        "dataset_tb": 1.0,
        "checkpoint_tb": 2.0,
        "result_tb": 3.0,
        "clusters": ["earth"],
        "not_clusters": ["mars"],
        "segments": 3,
        "resume_hours": 0.5,
        "uses": {"licences": 2},
    }
    scenario = made(
        campaign(**said),
        clusters=[build.cluster(resources={"licences": 9}), build.cluster("mars")],
        datasets=[{"name": "corpus", "tb": 1.0, "home": "earth"}],
        policy={"priorities": {"high": 2}},
    )
    for key, value in said.items():
        wanted = tuple(value) if isinstance(value, list) else value
        assert column(scenario, key) == [wanted] * 3, key
    assert column(scenario, "campaign") == ["train"] * 3


def test_jobs_of_campaigns_come_after_ones_own_in_the_order_of_campaigns() -> None:
    scenario = made(campaign(), campaign(name="tune", per_year=6), jobs=[build.job("own", after=["train 2027-06-27"])])
    names = ["own", *(f"train 2027-{DAYS[k]}" for k in (1, 3, 5)), *(f"tune 2027-{DAYS[k]}" for k in (2, 5))]
    assert column(scenario, "job") == names
    assert column(scenario, "campaign") == [None, *["train"] * 3, *["tune"] * 2]


def test_replacing_makes_the_jobs_of_campaigns_anew_and_keeps_ones_own() -> None:
    scenario = made(campaign(), jobs=[build.job("own", hours=3.0)])
    often = scenario.replace("campaigns.train.per_year", 18)
    assert column(often, "job") == ["own", *(f"train 2027-{day}" for day in DAYS)]
    assert column(often.replace("campaigns.train.per_year", 0), "job") == ["own"]
    assert len(often.replace("horizon.slots", 2).jobs) == 3
    assert fingerprint(often.replace("campaigns.train.per_year", 9)) == fingerprint(scenario)
    assert column(scenario.replace("campaigns.train.hours", [1, 2, 3, 4, 5, 6]), "hours") == [3.0, 2.0, 4.0, 6.0]
    assert column(scenario, "job") == ["own", *(f"train 2027-{DAYS[k]}" for k in (1, 3, 5))]
    assert column(scenario.replace("campaigns", []), "job") == ["own"]


def test_sizes_are_quantiles_and_share_the_work() -> None:
    """Of 8 at the median and sigma 1: exp(-0.6745), 1 and exp(0.6745) are the quantiles 1/6, 1/2 and 5/6's."""
    said = {"per_year": 3 * 180, "accelerators": 8, "hours": 10, "reject_usd": 100, "deadline_days": 90}
    scenario = made(campaign(**said, sizes={"number": 2, "sigma": 1.0}), horizon={"slot_hours": 487, "slots": 1})
    assert column(scenario, "job") == ["train-1 2027-06-07", "train-2 2027-06-07"]
    assert column(scenario, "accelerators") == [4, 16]  # 8 exp(-0.67449) = 4.08, 8 exp(0.67449) = 15.7
    assert column(scenario, "count") == [30, 7]  # 540 a year x 1/18 x 8 / (2 x 4), / (2 x 16)
    assert column(scenario, "reject_usd") == [50.0, 200.0]
    assert column(scenario, "hours") == [10.0, 10.0]
    assert column(scenario, "campaign") == ["train", "train"]
    three = made(campaign(**said, sizes={"number": 3, "sigma": 1.0}), horizon={"slot_hours": 487, "slots": 1})
    assert column(three, "accelerators") == [3, 8, 21]  # exp(-0.96742): 3.04; 21.05
    assert column(three, "count") == [26, 10, 3]


def test_sizes_follow_series_have_digits_alike_and_are_at_least_one() -> None:
    scenario = made(
        campaign(per_year=18 * 2000, accelerators=[0.5, 1, 2, 4, 8, 16], sizes={"number": 10, "sigma": 2.0}),
    )
    names = column(scenario, "job")
    assert names[0] == "train-01 2027-06-07"
    assert names[-1] == "train-10 2027-09-16"
    sizes = np.array(column(scenario, "accelerators")).reshape(10, 6)
    assert sizes.min() == 1
    assert (np.diff(sizes, axis=0) >= 0).all()
    assert sizes[9].tolist() == [13, 27, 54, 107, 215, 429]  # exp(2 x 1.64485) = 26.84
    work = sizes * np.array(column(scenario, "count")).reshape(10, 6)
    np.testing.assert_allclose(work.sum(axis=0), 2000 * np.array([0.5, 1, 2, 4, 8, 16]), rtol=0.01)


def test_a_size_can_be_replaced_and_one_alone_is_the_campaign_at_its_median() -> None:
    one = made(campaign(per_year=18, sizes={"number": 1, "sigma": 0.7}))
    assert column(one, "accelerators") == column(made(campaign(per_year=18)), "accelerators")
    assert column(one, "count") == [1] * 6
    more = one.replace("campaigns.train.sizes.number", 2).replace("campaigns.train.per_year", 180)
    assert set(column(more, "accelerators")) == {2, 6}  # 4 exp(-+0.7 x 0.67449): 2.49, 6.41


def test_a_plan_folder_gives_campaigns_back_and_they_can_be_changed_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_process.use(monkeypatch)
    scenario = made(campaign(per_year={"points": {2027: 6, 2028: 12}}), jobs=[build.job("own")])
    folder = placement.write_plan(tmp_path / "x.plan", scenario, placement.solve(scenario, time_limit_s=60))
    stored = placement.read_plan(folder)
    assert stored.scenario.campaigns == scenario.campaigns
    assert column(stored.scenario, "job") == column(scenario, "job")
    assert column(stored.scenario, "campaign") == column(scenario, "campaign")
    assert fingerprint(stored.scenario) == fingerprint(scenario)
    assert placement.verify(stored.scenario, stored.plan).ok
    less, same = stored.scenario.replace("campaigns.train.per_year", 6), scenario.replace("campaigns.train.per_year", 6)
    assert column(less, "job") == column(same, "job") == ["own", "train 2027-07-17", "train 2027-09-16"]


MISTAKES: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "a job that names a campaign": (
        document(campaign(), jobs=[build.job("own", campaign="train")]),
        "job: own",
        "job 'own' names a campaign, which only those do that are made for one.",
        "Leave `campaign` out; `tags` or `team` are yours to use.",
    ),
    "a job that names a campaign where there is none": (
        document(jobs=[build.job("own", campaign="train")]),
        "job: own",
        "job 'own' names a campaign",
        "Leave `campaign` out",
    ),
    "two campaigns of one name": (
        document(campaign(), campaign(per_year=6)),
        "- name: train#2",
        "there are two campaigns named 'train'.",
        "Give each its own name.",
    ),
    "a job with the name of one of a campaign": (
        document(campaign(), jobs=[build.job("train 2027-06-27")]),
        "name: train",
        "there are two jobs 'train 2027-06-27', the first at ",
        "Give each its own name",
    ),
    "a negative rate": (
        document(campaign(per_year=[1, 2, 3, 4, 5, -6])),
        "per_year",
        "campaign train: per_year is -6, but must be at least 0.",
        "Correct the numbers.",
    ),
    "no hours": (
        document(campaign(hours=0)),
        "hours: 0",
        "campaign train: hours is 0, but must be at least 1e-09.",
        "Correct the numbers.",
    ),
    "too many hours": (
        document(campaign(hours=1e7)),
        "hours: 1",
        "campaign train: hours is 1e+07, but must be at most 1e+06.",
        "Correct the numbers.",
    ),
    "less than half an accelerator": (
        document(campaign(accelerators=0.4)),
        "accelerators: 0.4",
        "campaign train: accelerators is 0.4, but must be at least 0.5.",
        "Correct the numbers.",
    ),
    "a negative loss": (
        document(campaign(reject_usd={"points": {2027: -1}, "hold": True})),
        "reject_usd",
        "campaign train: reject_usd is -1, but must be at least 0.",
        "Correct the numbers.",
    ),
    "more jobs in a slot than a row has": (
        document(campaign(per_year=18e7 * 6)),
        "name: train",
        "campaign train, in a slot: count is 60000000, but must be at most 10,000,000.",
        "",
    ),
    "a rate that ends early": (
        document(campaign(per_year={"points": {2027: 1, "2027-08-01": 2}})),
        "per_year",
        "per_year: the last point is at 2027-08-01, and the horizon ends at 2027-10-06: it ends early.",
        "or `hold: true`",
    ),
    "a rate of too few slots": (
        document(campaign(per_year=[1, 2, 3])),
        "per_year",
        "per_year: the series has 3 values and the horizon 6 slots: it is too short.",
        "Give one value per slot",
    ),
    "a series that is not there": (
        document(campaign(hours="long")),
        "hours: long",
        "hours: there is no series 'long'.",
        "Define it under `series:`",
    ),
    "no sizes": (
        document(campaign(sizes={"number": 0, "sigma": 0.5})),
        "number: 0",
        "campaigns.train.sizes: number is 0, but must be at least 1.",
        "",
    ),
    "sizes that do not differ": (
        document(campaign(sizes={"number": 5, "sigma": 0})),
        "sigma: 0",
        "sigma is 0, but must be greater than 0.",
        "",
    ),
    "sizes as numbers": (
        document(campaign(sizes=[1, 2, 3])),
        "sizes",
        "sizes",
        "",
    ),
    "a size that is too large": (
        document(campaign(per_year=1e12, accelerators=1e6, sizes={"number": 3, "sigma": 5.0})),
        "name: train",
        "campaign train, in a slot: ",
        "",
    ),
    "a size with the name of a campaign": (
        document(campaign(per_year=180, sizes={"number": 2, "sigma": 0.5}), campaign(name="train-1", per_year=180)),
        "name: train-1",
        "there are two campaigns named 'train-1'.",
        "Give each its own name",
    ),
    "no name": (
        document({"per_year": 1, "hours": 1, "accelerators": 1}),
        "per_year",
        "campaigns.1: 'name' is missing.",
        "Meaning of name",
    ),
    "an unknown key": (
        document(campaign(cuont=3)),
        "cuont",
        "campaigns.train: unknown key 'cuont'.",
        "See `placement schema`",
    ),
    "a cluster that is not there": (
        document(campaign(per_year=18, clusters=["eart"])),
        "name: train",
        "job 'train 2027-06-07', clusters: there is no cluster 'eart'.",
        "Did you mean 'earth'?",
    ),
    "a resource that is not there": (
        document(campaign(uses={"licences": 1})),
        "name: train",
        "job 'train 2027-06-27' uses 'licences', of which no cluster has any",
        "Give it under `resources` of clusters.",
    ),
    "a home that is not there": (
        document(campaign(home="mras")),
        "name: train",
        "there is no place or cluster 'mras'.",
        "See `placement catalog places`",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_told_once_with_place_value_and_remedy(what: str, tmp_path: Path) -> None:
    """However many rows it is in."""
    given, where, fact, remedy = MISTAKES[what]
    path = write(tmp_path, given)
    problem = one(path)
    text, _, nth = where.partition("#")
    assert problem.place == f"{path}:{line_of(path, text, int(nth or 1))}"
    assert fact in problem.fact
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("horizon", "fact"),
    [
        ({"slot_hours": 10_000, "slots": 6}, "slot_hours is 10000, but must be at most 8,784."),
        ({"slot_hours": 487.5, "slots": 6}, "slots longer than an hour last whole hours, not 487.5 h."),
        ({"slots": 6}, "the horizon has neither of slot_hours and slot."),
    ],
)
def test_of_a_horizon_that_is_none_only_that_is_told(horizon: dict[str, Any], fact: str, tmp_path: Path) -> None:
    given = document(campaign(hours=[1.0] * 6)) | {"horizon": {"start": build.START, **horizon}}
    assert fact in one(write(tmp_path, given)).fact


def test_more_rows_than_one_campaign_may_have_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaigns, "MOST", 5)
    assert len(made(campaign(per_year=18, accelerators=1), horizon={"slot_hours": 487, "slots": 5}).jobs) == 5
    path = write(tmp_path, document(campaign(per_year=1800)))
    problem = one(path)
    assert problem.place == f"{path}:{line_of(path, 'name: train')}"
    assert problem.fact == "campaign train comes to 6 rows of jobs."
    assert problem.remedy == "Choose longer slots, or list its jobs in a table."


def test_a_mistake_in_a_campaign_of_a_file_that_is_extended_is_told_there(tmp_path: Path) -> None:
    base = write(tmp_path, document(campaign(clusters=["eart"])), "base.yaml")
    problem = one(write(tmp_path, "extends: base.yaml\nname: top\n\n\n"))
    assert problem.place == f"{base}:{line_of(base, 'name: train')}"
