"""The wide scenario and the shipped ones, as files."""

from pathlib import Path

import pytest
from loader.files import write

from placement.starter import starter_files

WIDE = Path(__file__).with_name("wide.yaml")


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Scenario files by name: both templates, and one in which every key of the schema stands."""
    folder = tmp_path_factory.mktemp("shipped")
    for template in ("starter", "one-week"):
        for name, text in starter_files(template, template, 1, 12).items():
            write(folder, text, name)
    days = (f"2023-{month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 29))
    rows = "".join(f"{day}T{hour:02d}:00:00Z,{hour + 1}\n" for day in days for hour in range(24))
    write(folder, "utc,usd\n" + rows, "prices.csv")
    write(folder, WIDE.read_text(encoding="utf-8"), "wide.yaml")
    return {name: folder / f"{name}.yaml" for name in ("starter", "one-week", "wide")}
