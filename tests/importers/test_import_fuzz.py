"""Files that are cut off, mixed up or made of anything: an error that was meant, or records that are counted."""

import io
import json
import random
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from importers import test_kubernetes, test_philly, test_skypilot, test_slurm_json, test_swf
from importers.logs import job_line, sacct, waiting_line
from importers.test_alibaba import TASKS
from importers.test_planned import times

from placement.errors import PlacementError
from placement.importers import read_jobs
from placement.loader.problems import Problems
from placement.loader.rows import from_arrow
from placement.schema import Job
from placement.schema.table import Origin

SLURM = sacct(
    job_line("1", User="ännä"), waiting_line("9_[1-10%4]"), job_line("3.batch"), job_line("4", ElapsedRaw="0"),
    job_line("5", **times("00:00", "05:00", "09:00"), State="RUNNING"), job_line("6", State="CANCELLED by 5"),
)  # fmt: skip
JSON = test_slurm_json.document(test_slurm_json.entry(1), test_slurm_json.waiting(2), test_slurm_json.entry(3, time={}))
SWF = test_swf.swf(
    test_swf.line(1), test_swf.line(2, run=-1), test_swf.line(3, status=5, run=0), test_swf.line(4, wait=-1)
)
PARQUET = io.BytesIO()
pq.write_table(test_philly.table(), PARQUET)
TABLE = "job;submitted;hours;accelerators;count;deadline\na;2026-03-01;1.5;8;2;2026-04-01\nb;2026-03-01T00:00Z;2;4;;\n"
MANIFESTS = test_kubernetes.manifests(
    test_kubernetes.job(), test_kubernetes.ran("a", "00:00", "01:00", "02:00"), {"kind": "Service"}
)

SAMPLES: dict[str, tuple[str, str, bytes, dict[str, Any]]] = {
    "slurm": ("slurm", "log.txt", SLURM.encode(), {"at": "latest", "clusters": {"": "a"}, "estimate": 0.5}),
    "slurm whole": ("slurm", "log.txt", SLURM.encode(), {"time_zone": "Europe/Berlin", "per_node": 4}),
    "slurm json": ("slurm", "log.json", JSON.encode(), {"hours": 3}),
    "swf": ("swf", "log.swf", SWF.encode(), {"at": "2026-03-01T00:30", "clusters": {"big": "a"}, "estimate": 1}),
    "kubernetes": ("kubernetes", "a.yaml", MANIFESTS.encode(), {"hours": 3}),
    "kubernetes json": ("kubernetes", "a.json", json.dumps(list(yaml.safe_load_all(MANIFESTS))).encode(), {"hours": 3}),
    "skypilot": ("skypilot", "a.yaml", test_skypilot.PIPELINE.encode(), {"hours": 3}),
    "philly": ("philly", "log", json.dumps(test_philly.LOG).encode(), {"hours": 3}),
    "philly table": ("philly", "t.parquet", PARQUET.getvalue(), {"start": "2027-01-01"}),
    "alibaba": ("alibaba", "t.csv", TASKS.encode(), {"start": "2027-01-01"}),
    "table": ("table", "t.csv", TABLE.encode(), {"columns": {"deadline": "deadline"}}),
}


def outcome(folder: Path, kind: str, content: bytes) -> str:
    """What becomes of a file: the error, or how many records were kept; anything else is an error of the test."""
    name, file, _, asked = SAMPLES[kind]
    path = folder / file
    path.write_bytes(content)
    try:
        found = read_jobs(name, path, **asked)
    except PlacementError as error:
        text = str(error)
        assert text.isprintable(), text
        assert len(text) < 2500
        assert text.endswith((".", "?")), text
        return text
    tally = found.tally
    assert tally.read == tally.kept + sum(tally.dropped.values())
    assert tally.kept == found.table.num_rows > 0
    problems = Problems()
    jobs = from_arrow(Job, found.table, Origin(0, "table"), problems, text=False)
    assert [str(problem) for problem in problems] == []
    assert len(set(jobs["job"])) == len(jobs)
    running = jobs["state"] == "running"
    assert (jobs["hours_left"][running] <= jobs["hours"][running]).all()
    json.dumps(tally.summary(), allow_nan=False)
    return f"{tally.kept} kept"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_samples_themselves_are_read(kind: str, folder: Path) -> None:
    assert outcome(folder, kind, SAMPLES[kind][2]).endswith("kept")


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_file_that_is_cut_off_anywhere(kind: str, folder: Path) -> None:
    content = SAMPLES[kind][2]
    for end in range(0, len(content), max(1, len(content) // 25)):
        outcome(folder, kind, content[:end])


@pytest.mark.parametrize("kind", SAMPLES)
@settings(max_examples=15)
@given(data=st.data())
def test_bytes_in_between_that_are_anything(kind: str, folder: Path, data: st.DataObject) -> None:
    content = bytearray(SAMPLES[kind][2])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content)))
        length = data.draw(st.sampled_from([0, 0, 1, 8, 64]))
        content[at : at + length] = data.draw(
            st.binary(max_size=8) | st.sampled_from([b"\x00", b"\n", b'"', b"|", b"-1e999"])
        )
    outcome(folder, kind, bytes(content))


@pytest.mark.parametrize("kind", [kind for kind in SAMPLES if "table" not in kind or kind == "table"])
@settings(max_examples=15)
@given(data=st.data())
def test_numbers_and_words_that_are_something_else(kind: str, folder: Path, data: st.DataObject) -> None:
    content = SAMPLES[kind][2].decode()
    words = list(re.finditer(r"[\w.:+-]+", content))
    odd = [
        "-1", "-1e30", "1e30", "9" * 400, "nan", "inf", "0", "", "0x1F", "true", "null", "2026-02-30T00:00:00",
        "9999-12-31T23:59:59", "0001-01-01T00:00:00", "1e-320", "\x85", "ᚠ", "x" * 300, "[]", "{}", "'", '"',
    ]  # fmt: skip
    for _ in range(data.draw(st.integers(1, 4))):
        word = data.draw(st.sampled_from(words))
        content = content[: word.start()] + data.draw(st.sampled_from(odd)) + content[word.end() :]
    outcome(folder, kind, content.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("change", ["utf-16", "utf-8-sig", "crlf", "cr", "nul", "lines", "doubled", "long"])
def test_encodings_ends_and_orders_of_lines(kind: str, change: str, folder: Path) -> None:
    content = SAMPLES[kind][2]
    text = content.decode("utf-8", "replace")
    lines = content.split(b"\n")
    random.Random(1).shuffle(lines)
    changed = {
        "utf-16": text.encode("utf-16"), "utf-8-sig": text.encode("utf-8-sig"), "crlf": content.replace(b"\n", b"\r\n"),
        "cr": content.replace(b"\n", b"\r"), "nul": content.replace(b"a", b"\x00"), "lines": b"\n".join(lines),
        "doubled": content + content, "long": content.replace(b"a", b"a" * 20_000),
    }  # fmt: skip
    outcome(folder, kind, changed[change])


@pytest.mark.parametrize("kind", SAMPLES)
@settings(max_examples=15)
@given(content=st.binary(max_size=200))
def test_files_of_anything(kind: str, folder: Path, content: bytes) -> None:
    outcome(folder, kind, content)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["gres", "gpu", "jobs"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["job_id", "time", "tres", "set"]), inner)
    ),
    max_leaves=6,
)


@settings(max_examples=60)
@given(st.sampled_from(["slurm json", "philly", "kubernetes json"]), st.data())
def test_json_of_other_shapes(folder: Path, kind: str, data: st.DataObject) -> None:
    """A value of the sample, at any depth, is another one."""
    document = json.loads(SAMPLES[kind][2])
    here: Any = {"all": document}
    key: Any = "all"
    for _ in range(data.draw(st.integers(1, 6))):
        inner = here[key]
        keys: list[Any] = (
            list(inner) if isinstance(inner, dict) else list(range(len(inner))) if isinstance(inner, list) else []
        )
        if not keys:
            break
        here, key = inner, data.draw(st.sampled_from(keys))
    here[key] = data.draw(JSON_VALUES)
    outcome(folder, kind, json.dumps(document).encode())


@settings(max_examples=40)
@given(st.data())
def test_tables_of_other_types(folder: Path, data: st.DataObject) -> None:
    """Columns of a Parquet file hold anything."""
    kinds = st.sampled_from(
        [pa.int8(), pa.uint64(), pa.float32(), pa.string(), pa.bool_(), pa.date32(), pa.timestamp("s"), pa.time32("s"),
         pa.duration("s"), pa.list_(pa.int64()), pa.struct([("a", pa.int64())]), pa.null(), pa.binary(),
         pa.decimal128(9, 3), pa.month_day_nano_interval()]
    )  # fmt: skip
    arrays = {name: pa.nulls(3, data.draw(kinds)) for name in ("job_id", "submit_s", "duration_s", "gpus", "group")}
    arrays |= {name: pa.array([1, 2, 3]) for name in arrays if data.draw(st.booleans())}
    buffer = io.BytesIO()
    try:
        pq.write_table(pa.table(arrays), buffer)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return
    outcome(folder, "philly table", buffer.getvalue())
