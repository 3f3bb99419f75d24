"""The shipped scenarios of years: that they load with all their variants, say how they are run, and are solved."""

from importlib.resources import files
from pathlib import Path

import pytest

import placement
from placement.loader.extend import shipped

FOLDER = Path(str(files("placement.data"))) / "scenarios"
YEARS = ("blue-origin", "central", "optimist", "sceptic", "starcloud", "stargate", "suncatcher")
OWNERS = {"openai", "spacex-xai", "google", "microsoft", "blue-origin", "start-up"}


def test_these_and_the_week_of_the_demo_are_shipped() -> None:
    assert shipped() == sorted([*YEARS, "one-week"])


@pytest.mark.parametrize("name", YEARS)
def test_each_loads_with_every_variant(name: str) -> None:
    base = placement.load(name)
    assert base.name == name
    assert base.title
    for variant in placement.variants(name):
        made = placement.load(name, variant.name)
        assert made.name == f"{name}, {variant.name}"
        assert made.title


@pytest.mark.parametrize("name", YEARS)
def test_each_says_in_its_header_how_it_is_run_and_what_it_leaves_out(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    header = text[: text.index("\nformat:")]
    assert f"placement solve {name}.yaml" in header
    for variant in placement.variants(name):
        assert variant.title, variant.name
    assert "central.yaml" in header or "What it leaves out" in header


@pytest.mark.parametrize("name", ["central", "optimist", "sceptic"])
def test_each_belief_has_all_owners(name: str) -> None:
    assert {variant.name for variant in placement.variants(name)} == OWNERS


def test_central_is_of_the_size_that_was_promised() -> None:
    central = placement.load("central")
    assert central.horizon.slot == "quarter"
    assert central.horizon.slots >= 40
    assert len(central.clusters) >= 15
    assert len(central.vehicles) >= 8
    assert sum(campaign.sizes.number if campaign.sizes else 1 for campaign in central.campaigns) >= 200
    assert len(central.jobs) >= 10_000


@pytest.mark.parametrize(("name", "variant"), [("starcloud", None), ("starcloud", "market"), ("suncatcher", None)])
def test_a_programme_is_solved_to_one_per_cent(name: str, variant: str | None) -> None:
    result = placement.solve(placement.load(name, variant), gap=0.01, work_limit=200, baseline=False)
    assert result.plan is not None
    assert result.gap <= 0.01


def test_a_start_up_flies_at_its_own_figures_and_rents_at_the_markets_in_2031() -> None:
    shares = {}
    for variant in (None, "market"):
        made = placement.load("starcloud", variant)
        result = placement.solve(made, gap=0.01, work_limit=200, baseline=False)
        assert result.plan is not None
        shares[variant] = placement.decade(made, result.plan).orbital_share(2031)
    assert shares[None] > made.policy.meaningful_orbital_share
    assert shares["market"] == 0


def test_they_are_found_by_name_with_and_without_ending_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert placement.load("starcloud.yaml").name == "starcloud"
    (tmp_path / "mine.yaml").write_text("format: 1\nextends: starcloud.yaml\nname: mine\n", encoding="utf-8")
    assert placement.load("mine.yaml", "market").name == "mine, market"
