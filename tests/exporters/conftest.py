"""A plan whose names would do harm if anything took them for more than text."""

import build
import pytest
from exporters.plans import solved
from reporting_names import HOSTILE

from placement.exporters import ExportSettings
from placement.folder import Stored

SHELL = "$(touch harmed); `touch harmed` && touch harmed #"
SPREADSHEET = '=HYPERLINK("http://harm.example","look")'
NAMES = (
    *HOSTILE, SHELL, SPREADSHEET, "@SUM(1+1)", "-1+2", "+1", "-5", "a", "A", "a ", "--wrap=touch harmed",
    "#SBATCH --wrap=x", "null", "no", "1e5", "0777", "123", "12_3", "a: b", "- a", "%0A", "\\n", 'a"b', "a,b;c\\d", "ß",
    "job-a", "a-2", "emoji 🛰", "train\u0301",
)  # fmt: skip
CLUSTERS = ("$(reboot) `x`", 'b "quoted"', "=1+1 <b>")


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Three clusters and many jobs, one of them running, one in segments, some of several units, under such names."""
    clusters = [build.cluster(name, 12 + 4 * n, energy_price=50.0 + 20 * n) for n, name in enumerate(CLUSTERS)]
    teams = ["<i>", "=b", None]
    jobs = [
        build.job(name, 1.0 + n % 3, 1 + n % 4, count=1 + n % 3, reject_usd=0.3 + 0.1 * n, team=teams[n % 3])
        for n, name in enumerate(NAMES)
    ]
    jobs += [
        build.job("$HOME", 4.0, 4, segments=2, resume_hours=0.0, reject_usd=None),
        build.job("'; DROP TABLE jobs", 1.0, 2, after=["$HOME"], reject_usd=None, deadline="2027-06-08T00:00:00Z"),
        build.job("runs\u2028on", 5.0, 3, state="running", cluster=CLUSTERS[1], hours_left=2.0,
                  started="2027-06-06T21:00:00Z"),
        build.job("wide", 1.0, 400, reject_usd=1.0),
    ]  # fmt: skip
    scenario = build.scenario(clusters, jobs, slots=12, policy={"defer": True})
    stored = solved(scenario, tmp_path_factory.mktemp("hostile") / "hostile.plan", gap=0.2)
    assert stored is not None
    return stored


@pytest.fixture(scope="session")
def called() -> ExportSettings:
    """What schedulers call its clusters."""
    return ExportSettings(names=dict(zip(CLUSTERS, ("one", "two", "three"), strict=True)))
