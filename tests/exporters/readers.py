"""Each format read back, as a program that takes it would: runs, and what is not placed."""

import csv
import io
import json
import re
from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import yaml
from exporters.plans import Told

Away = list[tuple[str, int, str, str]]


def table(frame: pd.DataFrame) -> tuple[list[Told], Away]:
    """The table of CSV or Parquet."""
    found = []
    there = frame[frame["outcome"].isin(["placed", "running"])]
    for (job, _, _), part in there.groupby(["job", "group", "segment"]):
        one = part.iloc[0]
        clusters = frozenset(part["cluster"])
        found.append(Told(job, int(one["count"]), one["start"], clusters, one["outcome"] == "running"))
        assert set(list(one["clusters"])[: len(clusters)]) == clusters, "the planned ones come first"
    gone = frame[~frame["outcome"].isin(["placed", "running"])]
    away = [tuple(row) for row in gone[["job", "count", "outcome", "reason"]].itertuples(index=False)]
    return sorted(found), sorted(away)  # type: ignore[type-var]


def csv_text(content: bytes) -> pd.DataFrame:
    """CSV as a careful program reads it: the apostrophe before what looks like a formula is taken off."""
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))

    def plain(text: str) -> str:
        return text[1:] if re.match(r"'[=+\-@\t\r]", text) else text

    frame = pd.DataFrame(
        [{key: plain(value) for key, value in row.items()} for row in rows], columns=list(rows[0]) if rows else None
    )
    for name in ("count", "group", "segment"):
        frame[name] = pd.to_numeric(frame[name])
    frame["start"] = pd.to_datetime(frame["start"], utc=True)
    frame["clusters"] = [text.split(" / ") for text in frame["clusters"]]
    return frame


def components(content: bytes) -> list[dict[str, Any]]:
    """Events and to-dos of a calendar by RFC 5545: lines unfolded, values unescaped."""
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    lines = content.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    found: list[dict[str, Any]] = []
    for line in lines[1:-1]:
        name, _, value = line.partition(":")
        if name == "BEGIN":
            found.append({"kind": value})
        elif name != "END" and found:
            found[-1][name] = value
    return found


def unescaped(value: str) -> str:
    """A TEXT value (RFC 5545, 3.3.11)."""
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "N": "\n"}.get(found[1], found[1]), value)


def texts(value: str) -> list[str]:
    """A list of TEXT values."""
    return [unescaped(piece) for piece in re.findall(r"(?:^|,)((?:[^,\\]|\\.)*)", value)]


def calendar(content: bytes) -> tuple[list[Told], Away]:
    """A calendar; where an event is comes from LOCATION, names of clusters have no `; ` in them here."""
    found, away = [], []
    for each in components(content):
        job, count = unescaped(each["X-PLACEMENT-JOB"]), int(each["X-PLACEMENT-COUNT"])
        if each["kind"] == "VTODO":
            away.append((job, count, each["X-PLACEMENT-STATE"], unescaped(each["DESCRIPTION"])))
            continue
        start = pd.to_datetime(each["DTSTART"], format="%Y%m%dT%H%M%SZ", utc=True)
        clusters = unescaped(each["LOCATION"]).split("; ")
        assert set(texts(each["X-PLACEMENT-CLUSTERS"])[: len(clusters)]) == set(clusters)
        found.append(Told(job, count, start, frozenset(clusters), each["X-PLACEMENT-STATE"] == "running"))
    return sorted(found), sorted(away)


def slurm(content: bytes, called: dict[str, str] | None = None) -> tuple[list[Told], Away]:
    """The JSON for Slurm: start and cluster of what is submitted come from its arguments; `called` says whose name."""
    told = json.loads(content)
    zone, found = ZoneInfo(told["time_zone"]), []
    for each in told["runs"]:
        start, clusters = pd.Timestamp(each["start"]), frozenset(cluster for cluster, _, _ in each["held"])
        count = each["count"]
        if each["command"] == "sbatch":
            given = dict(word.removeprefix("--").split("=", 1) for word in each["arguments"])
            assert given["job-name"] == each["name"]
            begin = datetime.fromisoformat(given["begin"]).replace(tzinfo=zone)
            start = pd.Timestamp(begin).tz_convert("UTC")
            names = (given.get("clusters") or given["partition"]).split(",")
            clusters = frozenset({(called or {}).get(names[0], names[0])})
            count = int(given.get("array", "1-1").split("-")[1])
        found.append(Told(each["job"], count, start, clusters, each["running"]))
    away = [(a["job"], a["count"], a["outcome"], a["reason"]) for a in told["not_placed"]]
    return sorted(found), sorted(away)


def kueue(content: bytes) -> tuple[list[Told], Away]:
    """Manifests and comments for Kueue: units of a job that are alike are counted together again."""
    units: Counter[Any] = Counter()
    queues = {}
    for each in yaml.safe_load_all(content):
        if each["kind"] != "Job":
            continue
        note, queue = each["metadata"]["annotations"], each["metadata"]["labels"]["kueue.x-k8s.io/queue-name"]
        cluster = json.loads(note["placement/clusters"])[0]
        assert queues.setdefault(queue, cluster) == cluster, "a queue is of one cluster"
        key = [note[f"placement/{name}"] for name in ("job", "begin", "group", "segment")]
        units[*key, cluster] += 1
    found = [
        Told(job, count, pd.Timestamp(begin), frozenset({cluster}), False)
        for (job, begin, _, _, cluster), count in units.items()
    ]
    away = []
    for line in content.decode().split("\n---\n")[0].splitlines()[1:]:
        what, _, text = line.removeprefix("# ").partition(": ")
        one = json.loads(text)
        if what in ("deferred", "rejected"):
            away.append((one["job"], one["count"], what, one["reason"]))
        else:
            clusters = frozenset(cluster for cluster, _ in one["held"])
            found.append(Told(one["job"], one["count"], pd.Timestamp(one["start"]), clusters, what == "running"))
    return sorted(found), sorted(away)


def skypilot(files: dict[str, bytes], called: dict[str, str] | None = None) -> tuple[list[Told], Away]:
    """The folder for SkyPilot: the first place of each task is where it runs; the rest is in the index."""
    index = csv_text(files["index.csv"])
    found, away = table(index)
    for (job, _, _), part in index[index["file"] != ""].groupby(["job", "group", "segment"]):
        text = files[part["file"].iloc[0]].decode()
        task, note = yaml.safe_load(text), json.loads(text.splitlines()[0].removeprefix("# "))
        first = task["resources"]["ordered"][0]["infra"]
        cluster = (called or {}).get(first, first.removeprefix("k8s/"))
        assert Told(note["job"], note["units"], pd.Timestamp(note["begin"]), frozenset({cluster}), False) in found
        assert note["job"] == job
    assert set(index["file"]) - {""} == set(files) - {"index.csv"}
    return found, away
