"""A plan is the same when it is read back from each format: every job, start and cluster, and who is not placed."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet
import pytest
from exporters import readers
from exporters.plans import Told, away_of, runs_of, scheduled, solved
from oracle.expansion import tiny_growth
from oracle.generate import tiny

from placement.exporters import FORMATS, ExportSettings
from placement.exporters.schedule import Schedule
from placement.folder import Stored
from placement.loader.load import scenario

Answer = tuple[list[Told], readers.Away]


def of_csv(schedule: Schedule, settings: ExportSettings) -> Answer:
    return readers.table(readers.csv_text(FORMATS["csv"][".csv"](schedule, settings)[""]))


def of_parquet(schedule: Schedule, settings: ExportSettings) -> Answer:
    content = FORMATS["csv"][".parquet"](schedule, settings)[""]
    return readers.table(pyarrow.parquet.read_table(pyarrow.BufferReader(content)).to_pandas())


def of_calendar(schedule: Schedule, settings: ExportSettings) -> Answer:
    return readers.calendar(FORMATS["icalendar"][".ics"](schedule, settings)[""])


def of_slurm(schedule: Schedule, settings: ExportSettings) -> Answer:
    called = {theirs: ours for ours, theirs in settings.names.items()}
    return readers.slurm(FORMATS["slurm"][".json"](schedule, settings)[""], called)


def of_kueue(schedule: Schedule, settings: ExportSettings) -> Answer:
    return readers.kueue(FORMATS["kueue"][".yaml"](schedule, settings)[""])


def of_skypilot(schedule: Schedule, settings: ExportSettings) -> Answer:
    called = {theirs: ours for ours, theirs in settings.names.items()}
    return readers.skypilot(FORMATS["skypilot"][""](schedule, settings), called)


SEEDS = (*range(20), 116, 121, 126, 129)
"""The last have parts on several clusters, and several units that start together."""

READ = (of_csv, of_parquet, of_calendar, of_slurm, of_kueue, of_skypilot)


@cache
def plans() -> list[Stored]:
    """Plans of random tiny scenarios of every kind."""
    found = []
    with TemporaryDirectory() as folder:
        for seed in SEEDS:
            found.append(solved(scenario(tiny(seed)), Path(folder) / f"{seed}.plan"))
        for seed in range(3):
            found.append(solved(scenario(tiny_growth(seed)), Path(folder) / f"g{seed}.plan"))
    return [stored for stored in found if stored is not None]


@cache
def schedules() -> list[tuple[Stored, Schedule]]:
    return [(stored, scheduled(stored)) for stored in plans()]


def test_random_plans_have_everything_in_them() -> None:
    """Among the plans are running jobs, several units, segments, parts, jobs put off and turned away."""
    runs = [run for _, schedule in schedules() for run in schedule.runs]
    assert len(schedules()) > 25
    assert any(run.running for run in runs)
    assert any(run.count > 1 for run in runs)
    assert any(run.groups > 1 for run in runs)
    assert any(run.segments > 1 for run in runs)
    assert any(len(run.parts) > 1 for run in runs)
    assert any(not run.alone for run in runs)
    assert any(len(run.clusters) > 1 for run in runs)
    assert any(run.priority > 1 for run in runs)
    outcomes = {away.outcome for _, schedule in schedules() for away in schedule.away}
    assert outcomes == {"deferred", "rejected"}


@pytest.mark.parametrize("read", READ)
def test_random_plans_come_back(read: Callable[[Schedule, ExportSettings], Answer]) -> None:
    for stored, schedule in schedules():
        runs, away = read(schedule, ExportSettings())
        assert runs == runs_of(stored)
        assert [tuple(each) for each in away] == away_of(stored)


@pytest.mark.parametrize("read", READ)
def test_a_plan_whose_names_are_hostile_comes_back(
    read: Callable[[Schedule, ExportSettings], Answer], hostile: Stored, called: ExportSettings
) -> None:
    runs, away = read(scheduled(hostile), called)
    assert runs == runs_of(hostile)
    assert [tuple(each) for each in away] == away_of(hostile)


def test_starts_come_back_from_another_time_zone(hostile: Stored, called: ExportSettings) -> None:
    settings = ExportSettings(names=called.names, time_zone="Asia/Kathmandu")
    assert of_slurm(scheduled(hostile), settings)[0] == runs_of(hostile)


def test_every_unit_of_the_plan_is_there(hostile: Stored) -> None:
    """Units in segments are counted once."""
    schedule = scheduled(hostile)
    units = sum(run.count for run in schedule.runs if run.segment == 1) + sum(away.count for away in schedule.away)
    assert units == int(hostile.scenario.jobs["count"].sum())
