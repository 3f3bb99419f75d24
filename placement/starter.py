"""Starter scenarios, as `placement new` writes them."""

import csv
import io
from importlib.resources import files

import numpy as np

from placement.workload import background_rows

TEMPLATES = ("starter", "one-week")
START = np.datetime64("2027-06-07T00:00:00")
DEMO_SEED, DEMO_ROWS, DEMO_UNITS = 2027, 2000, 10
"""What the background of the shipped week was made with."""


def jobs_csv(seed: int, rows: int, units: int, start: np.datetime64 = START, horizon_hours: float = 168.0) -> str:
    """A generated job table as CSV text (`placement.workload`)."""
    table = background_rows(np.random.default_rng(seed), rows, units, start, horizon_hours)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    for row in zip(*table.values(), strict=True):
        writer.writerow(["" if cell is None else cell for cell in row])
    return text.getvalue()


def starter_files(name: str, template: str, seed: int, rows: int) -> dict[str, str]:
    """Texts of the files of a new scenario, by file name."""
    folder = files("placement.data") / "scenarios"
    scenario = (folder / f"{template}.yaml").read_text(encoding="utf-8")
    if template == "one-week":
        table = f"{name}-background.csv"
        jobs = (folder / "one-week-background.csv").read_text(encoding="utf-8")
        scenario = scenario.replace("one-week-background.csv", table).replace("name: one-week", f"name: {name}")
        return {f"{name}.yaml": scenario.replace("one-week.yaml", f"{name}.yaml"), table: jobs}
    table = f"{name}-jobs.csv"
    return {
        f"{name}.yaml": scenario.replace("NAME-jobs.csv", table).replace("NAME", name),
        table: jobs_csv(seed, rows, 20),
    }
