"""Formats of this package and of others, by entry points."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import packages
import pytest
from importers.logs import job_line, read, refused, rows, sacct, write

from placement.importers import FileFormat, JobFormat, Records, format_named, formats, records_of
from placement.importers.format import JOBS
from placement.importers.jobs.asked import Asked


class Pairs:
    """A format of another package: a name and a number of hours in each line."""

    words = "pairs"
    takes = ("options",)
    teams = ("owner",)
    tags = ()
    partition = None
    priority = None

    def records(self, files: Sequence[Path], asked: Asked, note: Callable[[str], None]) -> Iterator[Records]:
        note("pairs are read")
        for file in files:
            lines = [line.split() for line in file.read_text().splitlines()]
            found = [
                {"number": k, "name": name, "fate": 2, "run_s": 3600 * float(hours), "accelerators": 8,
                 "texts": {"owner": asked.options.get("owner")}}
                for k, (name, hours) in enumerate(lines, 1)
            ]  # fmt: skip
            yield records_of(found, str(file))


class Copy:
    """A format that writes its file itself."""

    words = "copies"

    def run(self, files: Sequence[Path], out: Path, asked: Mapping[str, str | None]) -> list[str]:
        out.write_bytes(files[0].read_bytes())
        return [f"copied {files[0].name}", str({name: value for name, value in asked.items() if value})]


PAIRS, COPY, NOTHING = Pairs(), Copy(), object()


def adds(patch: pytest.MonkeyPatch, **entries: tuple[str, ...] | str) -> None:
    """Let packages add formats: NAME="module:object", or several by several packages."""
    packages.adds(patch, "placement.importers", entries)


HERE = "importers.test_formats"


@pytest.mark.parametrize("name", JOBS)
def test_each_format_of_jobs_is_what_the_list_says(name: str) -> None:
    found = format_named(name)
    assert isinstance(found, JobFormat)
    assert found.words == JOBS[name]
    assert set(found.takes) <= {"time_zone", "start", "per_node", "per_accelerator", "columns", "ignore", "options"}


def test_series_and_orbits_are_formats_too() -> None:
    for name in formats().keys() - JOBS.keys():
        assert isinstance(format_named(name), FileFormat), name


def test_another_package_adds_a_format_of_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adds(monkeypatch, pairs=f"{HERE}:PAIRS")
    assert formats()["pairs"] == "of package-0 1.0"
    found = read("pairs", write(tmp_path, "a 2\nb 0\n"), options={"owner": "ann"})
    assert rows(found, "job", "team", "hours", "accelerators") == [("a", "ann", 2.0, 8)]
    assert "pairs are read" in found.tally.notes


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("no_such_module:FORMAT", "the format 'x' of package-0 1.0 cannot be imported (ModuleNotFoundError: No module"),
        (f"{HERE}:MISSING", "the format 'x' of package-0 1.0 cannot be imported (AttributeError: "),
        (f"{HERE}:NOTHING", "the format 'x' of package-0 1.0 is no format: it lacks words, takes, teams, tags, "),
    ],
)
def test_a_broken_package_is_told_of_when_its_format_is_used(
    value: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adds(monkeypatch, x=value)
    assert words in refused("x", tmp_path)
    assert rows(read("slurm", write(tmp_path, sacct(job_line()))), "job") == [("7",)]


def test_a_format_that_fails_is_told_of_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adds(monkeypatch, pairs=f"{HERE}:PAIRS")
    words = refused("pairs", write(tmp_path, "a\n"))
    assert words.startswith("the format 'pairs' of package-0 1.0 failed (ValueError: not enough values to unpack")


def test_a_name_that_two_claim_is_told_of_when_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adds(monkeypatch, swf=f"{HERE}:PAIRS", pairs=(f"{HERE}:PAIRS", f"{HERE}:COPY"))
    assert "the format 'swf' is claimed by this package and by package-0 1.0. Uninstall one of them." in refused(
        "swf", tmp_path
    )  # fmt: skip
    assert "claimed by package-0 1.0 and by package-1 1.0" in refused("pairs", tmp_path)
    assert rows(read("slurm", write(tmp_path, sacct(job_line()))), "job") == [("7",)]
    assert formats()["swf"].endswith("; also claimed by package-0 1.0")


def test_records_of_plain_mappings_have_what_is_left_out_as_unknown() -> None:
    found: Any = records_of([{"number": 3, "name": "a"}, {"number": 5, "texts": {"team": "x"}}], "f", "item")
    assert found.place(1) == "f: item 5"
    assert found.names == ["a", None]
    assert found.texts == {"team": [None, "x"]}
    assert found.dropped.tolist() == [0, 0]
