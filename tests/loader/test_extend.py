"""Scenario files that extend others, change them at dotted paths, and have variants."""

from pathlib import Path
from typing import Any

import build
import pytest
from cli.command import run
from hypothesis import given, settings
from hypothesis import strategies as st
from loader.files import everything, line_of, one, write
from loader.test_mutations import SETTINGS, VALUES, places, taken_or_refused

import placement
from placement.errors import Problem
from placement.loader.extend import DEEPEST
from placement.schema import Money
from placement.tree import read

BASE = """\
format: 1
name: base
horizon: {start: 2027-06-07T00:00:00Z, slots: 4, slot_hours: 1}
policy: {defer: false, carbon_usd_per_t: 10}
money: {discount_rate: 0.08}
clusters:
  - name: earth
    pools: [{name: hall, accelerator: h100-sxm, number: 8}]
    energy_price: 100
    resources: {shells: 2}
    fixed_costs:
      - {category: facility, usd: 1000}
  - name: mars
    pools: [{name: dome, accelerator: h100-sxm, number: 4}]
    energy_price: 50
  - {from: stargate-abilene}
jobs:
  - {job: a, hours: 1, accelerators: 4}
  - {job: b, hours: 2, accelerators: 2}
  - {job: c, hours: 3, accelerators: 1}
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write(tmp_path, BASE, "base.yaml")


def child(base: Path, text: str, name: str = "child.yaml") -> Path:
    """A file that extends the base."""
    return write(base.parent, f"extends: base.yaml\n{text}\n", name)


def loaded(base: Path, text: str, variant: str | None = None) -> placement.Scenario:
    return placement.load(child(base, text), variant)


def wrong(base: Path, text: str, variant: str | None = None) -> Problem:
    """The only thing that is wrong with a file that extends the base."""
    with pytest.raises(placement.ScenarioError) as caught:
        placement.load(child(base, text), variant)
    assert len(caught.value.problems) == 1, str(caught.value)
    return caught.value.problems[0]


def test_a_file_without_changes_is_the_one_that_it_extends(base: Path) -> None:
    assert loaded(base, "").document() == placement.load(base).document()


def test_mappings_lie_over_each_other_key_by_key_and_lists_whole(base: Path) -> None:
    made = loaded(base, "name: child\npolicy: {carbon_usd_per_t: 30}\njobs: [{job: z, hours: 1, accelerators: 1}]")
    assert (made.name, made.policy.carbon_usd_per_t, made.policy.defer) == ("child", 30.0, False)
    assert made.jobs["job"].tolist() == ["z"]
    assert [cluster.name for cluster in made.clusters] == ["earth", "mars", "stargate-abilene"]


def test_a_number_with_its_range_is_laid_whole(base: Path) -> None:
    write(base.parent, BASE.replace("discount_rate: 0.08", "discount_rate: {value: 0.08, high: 0.1}"), "base.yaml")
    assert loaded(base, "use: high").money.discount_rate == 0.1
    assert loaded(base, "use: high\nmoney: {discount_rate: {value: 0.05}}").money.discount_rate == 0.05


def test_set_reaches_members_by_their_names(base: Path) -> None:
    """A cluster and a pool by `name`, a cluster of the catalogue by `from`, a job by `job`, a cost by its category."""
    made = loaded(
        base,
        """set:
  clusters.earth.pools.hall.number: 6
  clusters.stargate-abilene.pue: 1.5
  jobs.b.hours: 2.5
  clusters.earth.fixed_costs.facility.usd: 7
  money.discount_rate: 0.05""",
    )
    assert made.cluster("earth").pools[0].number == 6
    assert made.cluster("stargate-abilene").pue == 1.5
    assert made.jobs["hours"].tolist() == [1.0, 2.5, 3.0]
    assert made.cluster("earth").fixed_costs[0].usd == 7.0
    assert made.money.discount_rate == 0.05


def test_set_reaches_keys_of_the_root_and_makes_those_that_are_not_there(base: Path) -> None:
    made = loaded(base, "set: {name: mine, title: new, use: high, policy.stage_hours: 3, series.flat: {values: [1]}}")
    assert (made.name, made.title, made.use) == ("mine", "new", "high")
    assert (made.policy.stage_hours, made.policy.carbon_usd_per_t) == (3.0, 10.0)
    assert list(made.series) == ["flat"]


def test_set_reaches_members_by_their_numbers_from_nought(base: Path) -> None:
    made = loaded(base, "set: {clusters.1.energy_price: 60, jobs.0: {job: first, hours: 1, accelerators: 1}}")
    assert made.cluster("mars").energy_price == 60.0
    assert made.jobs["job"].tolist() == ["first", "b", "c"]


def test_what_set_has_stands_whole_in_place_of_what_was_there(base: Path) -> None:
    """Not key by key: what the old job said besides is gone, its name stays."""
    made = loaded(base, "set: {jobs.b: {hours: 9, accelerators: 1}, clusters.earth.resources: {land: 1}}")
    assert made.jobs["job"].tolist() == ["a", "b", "c"]
    assert made.jobs["hours"].tolist() == [1.0, 9.0, 3.0]
    assert made.cluster("earth").resources == {"land": 1.0}


def test_a_member_that_is_not_there_is_added_under_its_name(base: Path) -> None:
    made = loaded(
        base,
        """set:
  clusters.moon: {pools: [{accelerator: h100-sxm, number: 3}], energy_price: 10}
  clusters.far: {from: ai1, as_if: true}
  jobs.d: {hours: 1, accelerators: 1}
  clusters.mars.modules.dome-2: {pool: dome, accelerators: 4, usd: 10, max: 2}
  clusters.mars.fixed_costs.facility: {usd: 5}
  limits.purse: {of: usd, per: horizon, max: 100}
  vehicles.rocket: {payload_kg: {leo: 100}, usd_per_flight: 1, flights_per_period: 1}""",
    )
    assert [cluster.name for cluster in made.clusters] == ["earth", "mars", "stargate-abilene", "moon", "far"]
    assert made.cluster("far").orbital
    assert made.jobs["job"].tolist() == ["a", "b", "c", "d"]
    assert [module.name for module in made.cluster("mars").modules] == ["dome-2"]
    assert [cost.category for cost in made.cluster("mars").fixed_costs] == ["facility"]
    assert [limit.name for limit in made.limits] == ["purse"]
    assert [vehicle.name for vehicle in made.vehicles] == ["rocket"]


def test_jobs_and_generations_can_be_added_where_there_were_none(base: Path) -> None:
    """A generation goes by the date from which it is in force."""
    made = loaded(
        base,
        """without: [jobs]
set:
  jobs.only: {hours: 1, accelerators: 1}
  clusters.mars.modules.wing: {pool: dome, max: 1}
  clusters.mars.modules.wing.generations.2027-01-01: {accelerator: gb200, accelerators: 8}""",
    )
    assert made.jobs["job"].tolist() == ["only"]
    generation = made.cluster("mars").modules[0].generations[0]
    assert (f"{generation.from_:%Y-%m-%d}", generation.accelerator) == ("2027-01-01", "gb200")


def test_without_leaves_out_members_and_keys(base: Path) -> None:
    made = loaded(base, "without: [clusters.mars, jobs.a, clusters.earth.resources.shells, money]")
    assert [cluster.name for cluster in made.clusters] == ["earth", "stargate-abilene"]
    assert made.jobs["job"].tolist() == ["b", "c"]
    assert made.cluster("earth").resources == {}
    assert made.money.discount_rate == Money().discount_rate


def test_without_comes_before_set(base: Path) -> None:
    made = loaded(base, "without: [jobs.a]\nset: {jobs.a: {hours: 5, accelerators: 1}}")
    assert made.jobs["job"].tolist() == ["b", "c", "a"]


def test_a_plain_file_changes_itself(tmp_path: Path) -> None:
    made = placement.load(write(tmp_path, BASE + "without: [jobs.a]\nset: {clusters.earth.pue: 1.3}\n"))
    assert made.jobs["job"].tolist() == ["b", "c"]
    assert made.cluster("earth").pue == 1.3


def test_files_extend_files_that_extend_files(base: Path) -> None:
    """Each lies over what the one below comes to: 8, then 6, then half the price on top."""
    child(base, "name: middle\nset: {clusters.earth.pools.hall.number: 6}\nwithout: [jobs.c]", "middle.yaml")
    top = write(base.parent, "extends: middle.yaml\nset: {clusters.earth.energy_price: 50}\nwithout: [jobs.a]\n")
    made = placement.load(top)
    assert made.name == "middle"
    assert (made.cluster("earth").pools[0].number, made.cluster("earth").energy_price) == (6, 50.0)
    assert made.jobs["job"].tolist() == ["b"]


def test_a_shipped_scenario_is_extended_by_name_with_its_tables(tmp_path: Path) -> None:
    """The table of its jobs lies where it does, not beside the file that extends it."""
    path = write(tmp_path, "extends: one-week\nname: mine\nset: {policy.carbon_usd_per_t: 99}\nwithout: [limits]\n")
    made, whole = placement.load(path), placement.load("one-week")
    assert (made.name, made.policy.carbon_usd_per_t, made.limits) == ("mine", 99.0, ())
    assert made.jobs["job"].tolist() == whole.jobs["job"].tolist()


def test_a_file_beside_goes_before_a_shipped_scenario_and_the_working_folder_counts_for_nothing(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = base.parent / "elsewhere"
    (elsewhere / "one-week").mkdir(parents=True)
    write(elsewhere, "nonsense: [", "base.yaml")
    monkeypatch.chdir(elsewhere)
    assert placement.load(child(base, "")).name == "base"
    assert placement.load(write(base.parent, "extends: one-week\n", "shipped.yaml")).name == "one-week"
    write(base.parent, BASE, "one-week")
    assert placement.load(write(base.parent, "extends: one-week\n", "shipped.yaml")).name == "base"


def test_tables_and_series_are_found_beside_the_files(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the base and those of the file that extends it; from whatever folder they are asked for."""
    monkeypatch.chdir("/")
    write(base.parent, "job,hours,accelerators\nx,1,1\ny,2,1\n", "jobs.csv")
    write(base.parent, "usd\n10\n20\n30\n40\n", "prices.csv")
    listed = "jobs:\n  - {table: jobs.csv}\n"
    priced = "series: {prices: {file: prices.csv, column: usd}}\n"
    write(base.parent, BASE.replace("jobs:\n", listed).replace("money:", priced + "money:"), "base.yaml")
    made = loaded(
        base, "set: {clusters.earth.energy_price: prices, clusters.mars.energy_price: {file: prices.csv, column: usd}}"
    )
    assert made.jobs["job"].tolist() == ["x", "y", "a", "b", "c"]
    assert [trace.values.tolist() for trace in made.traces.values() if len(trace.values) == 4] == [[10, 20, 30, 40]]


VARIANTS = """\
variants:
  - name: dear
    title: power at twice the price
    set: {clusters.earth.energy_price: 200}
  - {name: bare, without: [clusters.mars, jobs.a]}
"""


def test_a_variant_changes_the_scenario_and_its_name(base: Path) -> None:
    plain, dear, bare = (loaded(base, VARIANTS, name) for name in (None, "dear", "bare"))
    assert [made.name for made in (plain, dear, bare)] == ["base", "base, dear", "base, bare"]
    assert [made.title for made in (plain, dear, bare)] == [None, "power at twice the price", None]
    assert [made.cluster("earth").energy_price for made in (plain, dear, bare)] == [100.0, 200.0, 100.0]
    assert [len(made.clusters) for made in (plain, dear, bare)] == [3, 3, 2]
    assert bare.jobs["job"].tolist() == ["b", "c"]


def test_variants_are_inherited_and_lie_over_what_the_file_changes(base: Path) -> None:
    write(base.parent, BASE + VARIANTS, "base.yaml")
    made = loaded(base, "name: child\nset: {clusters.earth.energy_price: 70, clusters.earth.pue: 1.4}", "dear")
    assert (made.name, made.cluster("earth").energy_price, made.cluster("earth").pue) == ("child, dear", 200.0, 1.4)
    own = child(base, "variants: [{name: cheap, set: {clusters.earth.energy_price: 1}}]")
    assert [each.name for each in placement.variants(own)] == ["cheap"]
    assert placement.load(own, "cheap").cluster("earth").energy_price == 1.0


def test_variants_are_told_with_their_titles(base: Path) -> None:
    found = placement.variants(child(base, VARIANTS))
    assert [(each.name, each.title) for each in found] == [("dear", "power at twice the price"), ("bare", None)]
    assert placement.variants(base) == []
    assert placement.variants("one-week") == []


def test_check_goes_through_all_variants(base: Path) -> None:
    path = child(base, VARIANTS)
    done = run("check", path)
    assert (done.code, done.err) == (0, "")
    assert "  variants               dear, bare" in done.out.splitlines()
    assert run("check", path, "--variant", "bare").code == 0
    broken = child(base, VARIANTS + "  - {name: odd, set: {clusters.earth.pue: 0.5}}")
    for more in ((), ("--variant", "odd")):
        done = run("check", broken, *more)
        assert done.code != 0
        assert f"{broken}:{line_of(broken, 'odd')}: clusters.earth: pue is 0.5, but must be at least 1." in done.err
    assert run("check", broken, "--variant", "dear").code == 0


def test_documents_from_python_extend_files_and_set_values(base: Path) -> None:
    document: dict[str, Any] = {
        "extends": "base.yaml",
        "name": "from python",
        "policy": {"carbon_usd_per_t": 5},
        "without": ["jobs.a"],
        "set": {"clusters.earth.pools.hall.number": 3, "jobs.d": {"hours": 1, "accelerators": 1}},
    }
    before = repr(document)
    made = placement.scenario(document, folder=base.parent)
    assert repr(document) == before
    assert (made.name, made.policy.carbon_usd_per_t, made.policy.defer) == ("from python", 5.0, False)
    assert made.cluster("earth").pools[0].number == 3
    assert made.jobs["job"].tolist() == ["b", "c", "d"]


@pytest.mark.parametrize(
    ("more", "place", "fact"),
    [
        ({"policy": {"minimize": 3}}, "policy.minimize", "unknown key 'minimize'."),
        ({"set": {"clusters.earth.pue": 0.5}}, "clusters.earth.pue", "pue is 0.5"),
        ({"set": {"clusters.eart.pue": 1.5}}, "set.clusters.eart.pue", "there is no 'eart' in clusters."),
        ({"jobs": [build.job("z", after=["y"])]}, "jobs: row 1, column after", "job 'z' comes after 'y'"),
    ],
)
def test_what_python_says_wrongly_is_not_laid_to_the_file(
    more: dict[str, Any], place: str, fact: str, base: Path
) -> None:
    with pytest.raises(placement.ScenarioError) as caught:
        placement.scenario({"extends": "base.yaml", **more}, folder=base.parent)
    (problem,) = caught.value.problems
    assert problem.place == place
    assert fact in problem.fact


def test_a_mistake_of_the_file_stays_its_own_where_python_extends_it(base: Path) -> None:
    write(base.parent, BASE.replace("energy_price: 50", "energy_prise: 50"), "base.yaml")
    with pytest.raises(placement.ScenarioError) as caught:
        placement.scenario({"extends": "base.yaml", "name": "mine"}, folder=base.parent)
    (problem,) = caught.value.problems
    assert problem.place == f"{base}:{line_of(base, 'energy_prise')}"


def test_loading_changes_no_file(base: Path) -> None:
    path = child(base, VARIANTS + "set: {clusters.earth.pue: 1.2}\nwithout: [jobs.a]")
    before = everything(base.parent)
    placement.load(path)
    placement.load(path, "dear")
    placement.variants(path)
    run("check", path)
    assert everything(base.parent) == before


MISTAKES: dict[str, tuple[str, str, str, str]] = {
    "a member that is not there, to set": (
        "name: child\nset:\n  jobs.b.hours: 3\n  clusters.marz.pue: 2\n",
        "clusters.marz",
        "there is no 'marz' in clusters.",
        "Did you mean 'mars'?",
    ),
    "a member of a member that is not there": (
        "set: {clusters.earth.pools.hal.number: 3}",
        "hal.",
        "there is no 'hal' in clusters.earth.pools.",
        "Did you mean 'hall'?",
    ),
    "a member that is a single value": (
        "set: {jobs.d: 3}",
        "jobs.d",
        "there is no 'd' in jobs.",
        "Known: a, b, c.",
    ),
    "a path through a single value": (
        "set: {clusters.earth.energy_price.scale: 3}",
        "energy_price",
        "'clusters.earth.energy_price' is 100, a single value with nothing inside.",
        "Check the path.",
    ),
    "a key of the root that is not there": (
        "set:\n  polcy.defer: true",
        "polcy",
        "unknown key 'polcy'.",
        "Did you mean 'policy'?",
    ),
    "a key that is not there": (
        "set:\n  clusters.earth.power_limit_mv: 3",
        "power_limit_mv",
        "clusters.earth: unknown key 'power_limit_mv'.",
        "Did you mean 'power_limit_mw'?",
    ),
    "a member that is not there, to leave out": (
        "without:\n  - jobs.a\n  - clusters.marz",
        "clusters.marz",
        "there is no 'marz' in clusters.",
        "Did you mean 'mars'?",
    ),
    "a key that is not there, to leave out": (
        "without: [policy, moneys]",
        "moneys",
        "there is no 'moneys' in the scenario.",
        "Did you mean 'money'?",
    ),
    "the same left out twice": (
        "without:\n  - jobs.a\n  - jobs.a",
        "- jobs.a#2",
        "there is no 'a' in jobs.",
        "Known: b, c.",
    ),
    "changes that are no mapping": (
        "name: x\nset: [clusters.earth.pue]",
        "set",
        "set is ['clusters.earth.pue'], but must map paths to values.",
        "Write {clusters.NAME.pue: 1.2}.",
    ),
    "what is left out as text": (
        "name: x\nwithout: clusters.mars",
        "without",
        "without is 'clusters.mars', but must be a list of paths.",
        "Write [clusters.NAME, ...].",
    ),
    "what is left out by number": (
        "without: [1]",
        "without",
        "without is [1], but must be a list of paths.",
        "Write [clusters.NAME, ...].",
    ),
    "a number out of bounds": (
        "name: x\nset:\n  clusters.mars.energy_price: 40\n  clusters.mars.pue: 0.9\n",
        "pue: 0.9",
        "clusters.mars: pue is 0.9, but must be at least 1.",
        "Meaning of pue",
    ),
    "a number out of bounds inside of what is set": (
        "set:\n  jobs.b:\n    hours: -1\n    accelerators: 1\n",
        "hours: -1",
        "jobs.b: hours is -1, but must be greater than 0.",
        "Meaning of hours",
    ),
    "a number out of bounds in a list of one's own": (
        "policy:\n  carbon_usd_per_t: -3\n",
        "carbon_usd_per_t: -3",
        "policy: carbon_usd_per_t is -3, but must be at least 0.",
        "Meaning of carbon_usd_per_t",
    ),
    "a name that is not there": (
        "set:\n  clusters.mars.energy_price: 40\n  jobs.b.clusters: [marz]\n",
        "jobs.b",
        "job 'b', clusters: there is no cluster 'marz'.",
        "Did you mean 'mars'?",
    ),
    "a job of one's own after one that is left out": (
        "without: [jobs.a]\nset:\n  jobs.d: {hours: 1, accelerators: 1, after: [a]}\n",
        "jobs.d",
        "job 'd' comes after 'a', and there is no such job.",
        "Known: b, c.",
    ),
    "variants that are no list": (
        "variants: {name: dear}",
        "variants",
        "variants is {'name': 'dear'}, but must be a list.",
        "Write [{name: mine, set: {...}}].",
    ),
    "a variant without a name": (
        "variants:\n  - {name: dear}\n  - {set: {}}",
        "{set",
        "variants.2: 'name' is missing.",
        "Meaning of name",
    ),
    "a variant with an unknown key": (
        "variants:\n  - {name: dear}\n  - {name: cheap, sett: {}}",
        "cheap",
        "variants.cheap: unknown key 'sett'.",
        "Did you mean 'set'?",
    ),
    "a variant that extends": (
        "variants: [{name: dear, extends: base.yaml}]",
        "variants",
        "variants.dear: unknown key 'extends'.",
        "Known: name, title, without, set.",
    ),
    "a variant with a number for a title": (
        "variants: [{name: dear, title: 3}]",
        "variants",
        "variants.dear: title is 3, but must be text.",
        'Write it in quotes: "3".',
    ),
    "two variants of one name": (
        "variants:\n  - {name: dear}\n  - {name: dear, title: again}",
        "again",
        "there are two variants named 'dear'.",
        "Give each its own name.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_in_what_is_changed_is_told_where_it_stands(what: str, base: Path) -> None:
    text, where, fact, remedy = MISTAKES[what]
    problem = wrong(base, text)
    path = base.with_name("child.yaml")
    words, _, nth = where.partition("#")
    assert problem.place == f"{path}:{line_of(path, words, int(nth or 1))}"
    assert fact in problem.fact
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("name", "fact", "remedy"),
    [
        ("bass.yaml", "there is no file bass.yaml beside this one, and no shipped", "Did you mean 'base.yaml'?"),
        ("one-weak", "there is no file one-weak beside this one, and no shipped", "Did you mean 'one-week'?"),
        ("../base.yaml", "extends is '../base.yaml', but must be a file in the same folder", "Put the file beside"),
        ("..", "there is no file .. beside this one", "base.yaml"),
        ("[base.yaml]", "extends is ['base.yaml'], but must be a file in the same folder", "Put the file beside"),
        ("folder", "there is no file folder beside this one", "base.yaml"),
    ],
)
def test_a_file_that_cannot_be_extended_is_told_on_the_line_that_names_it(
    name: str, fact: str, remedy: str, base: Path
) -> None:
    (base.parent / "folder").mkdir()
    path = write(base.parent, f"name: child\nextends: {name}\n")
    problem = one(path)
    assert problem.place == f"{path}:2"
    assert fact in problem.fact
    assert remedy in problem.remedy


def test_files_that_extend_each_other_in_a_circle_are_told(tmp_path: Path) -> None:
    first = write(tmp_path, "extends: second.yaml\n", "first.yaml")
    write(tmp_path, "name: x\nextends: third.yaml\n", "second.yaml")
    write(tmp_path, "extends: second.yaml\n", "third.yaml")
    problem = one(first)
    assert problem.place == f"{tmp_path / 'third.yaml'}:1"
    assert problem.fact == "files extend each other in a circle: second.yaml -> third.yaml -> second.yaml."
    assert "itself.yaml -> itself.yaml" in one(write(tmp_path, "extends: itself.yaml\n", "itself.yaml")).fact


def test_a_chain_of_very_many_files_is_refused(tmp_path: Path) -> None:
    write(tmp_path, BASE, "0.yaml")
    for number in range(1, DEEPEST + 3):
        write(tmp_path, f"extends: {number - 1}.yaml\n", f"{number}.yaml")
    assert placement.load(tmp_path / f"{DEEPEST}.yaml").name == "base"
    assert "more than 10 files extend one another" in one(tmp_path / f"{DEEPEST + 2}.yaml").fact


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("energy_price: 50", "energy_prise: 50", "energy_prise"),
        ("number: 4}]", "number: -4}]", "number: -4"),
        ("accelerators: 1}", "accelerators: 1, after: [q]}", "after: [q]"),
        ("accelerators: 1}", "accelerators: 0}", "accelerators: 0"),
    ],
)
def test_a_mistake_in_the_file_that_is_extended_is_told_there(old: str, new: str, where: str, base: Path) -> None:
    """What is left out before it, and set after it, moves nothing."""
    write(base.parent, BASE.replace(old, new), "base.yaml")
    text = "without: [clusters.earth, jobs.a]\nset: {jobs.b.hours: 5}"
    problem = wrong(base, text)
    assert problem.place == f"{base}:{line_of(base, where)}"


def test_what_stays_keeps_its_line_where_members_before_it_are_left_out(base: Path) -> None:
    """Three clusters become two, of which the second was the third; and one is added behind it."""
    write(base.parent, BASE.replace("{from: stargate-abilene}", "{from: stargate-abilene, pue: 0.1}"), "base.yaml")
    assert wrong(base, "without: [clusters.mars]").place == f"{base}:{line_of(base, 'pue: 0.1')}"
    moon = "{pools: [{accelerator: h100-sxm, number: -1}]}"
    text = f"without: [clusters.earth, clusters.mars]\nset:\n  clusters.moon: {moon}"
    with pytest.raises(placement.ScenarioError) as caught:
        placement.load(child(base, text))
    path = base.with_name("child.yaml")
    places = {problem.place for problem in caught.value.problems}
    assert places == {f"{base}:{line_of(base, 'pue: 0.1')}", f"{path}:{line_of(path, 'clusters.moon')}"}


def test_a_file_that_is_extended_and_is_no_mapping_or_no_yaml_is_told(base: Path) -> None:
    write(base.parent, "- 1\n", "base.yaml")
    problem = wrong(base, "")
    assert (problem.place, problem.fact) == (str(base), "the document is not a mapping of keys.")
    write(base.parent, "name: [\n", "base.yaml")
    assert wrong(base, "").place.startswith(f"{base}:")


@pytest.mark.parametrize("text", [VARIANTS, "name: child"])
def test_an_unknown_variant_is_told_with_those_that_there_are(text: str, base: Path) -> None:
    problem = wrong(base, text, "deer")
    assert problem.place == str(base.with_name("child.yaml"))
    assert problem.fact == "there is no variant 'deer'."
    assert problem.remedy == ("Did you mean 'dear'?" if text == VARIANTS else "It has no variants.")


@pytest.mark.parametrize(
    ("variant", "where", "fact"),
    [
        ("{name: odd, set: {clusters.earth.pue: 0.5}}", "odd", "clusters.earth: pue is 0.5"),
        ("{name: odd, set: {clusters.eart.pue: 2}}", "odd", "there is no 'eart' in clusters."),
        ("{name: odd, without: [clusters.eart]}", "odd", "there is no 'eart' in clusters."),
    ],
)
def test_a_mistake_in_a_variant_is_told_where_it_stands_also_if_it_is_inherited(
    variant: str, where: str, fact: str, base: Path
) -> None:
    path = child(base, f"variants:\n  - {{name: good}}\n  - {variant}")
    assert placement.load(path, "good").name == "base, good"
    with pytest.raises(placement.ScenarioError) as caught:
        placement.load(path, "odd")
    write(base.parent, "name: top\nextends: child.yaml\n", "top.yaml")
    with pytest.raises(placement.ScenarioError) as inherited:
        placement.load(base.with_name("top.yaml"), "odd")
    for error in (caught, inherited):
        (problem,) = error.value.problems
        assert problem.place == f"{path}:{line_of(path, where)}"
        assert fact in problem.fact


def test_whatever_is_set_or_left_out_is_taken_or_refused(shipped: dict[str, Path]) -> None:
    """Paths of the wide scenario, whole or with another last step, by names and by numbers; in a file and in Python."""
    document = read(shipped["wide"]).value
    there = [".".join(str(step) for step in path) for path in places(document) if "set" not in path]
    paths = st.builds(
        lambda path, last: path if last is None else ".".join([*path.split(".")[:-1], last]),
        st.sampled_from([*there, "clusters.earth.pools.main", "jobs.first.hours", "campaigns.runs.per_year"]),
        st.sampled_from([None, None, None, "0", "new", "name", ""]),
    )

    @settings(SETTINGS, max_examples=80)
    @given(st.dictionaries(paths, VALUES, max_size=3), st.lists(paths, max_size=2))
    def check(changes: dict[str, Any], gone: list[str]) -> None:
        own = {"extends": "wide.yaml", "set": changes, "without": gone}
        before = repr(own)
        taken_or_refused(lambda: placement.scenario(own, folder=shipped["wide"].parent))
        assert repr(own) == before
        file = write(shipped["wide"].parent, {**own, "variants": [{"name": "v", "set": changes}]}, "changed.yaml")
        taken_or_refused(lambda: placement.load(file))
        taken_or_refused(lambda: placement.load(file, "v"))

    check()
