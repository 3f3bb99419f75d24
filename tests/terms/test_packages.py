"""Terms of packages: what they add, and what is said where a package or a scenario is wrong."""

from pathlib import Path
from typing import Any

import pytest
from build import cluster, document, job, scenario
from loader.files import line_of, one, refused, write
from terms.installed import adds

import placement
from placement.compile import compile_scenario
from placement.errors import PlacementError, PlanError, ScenarioError
from placement.folder import read_plan, write_plan
from placement.terms import find, installed


@pytest.fixture(autouse=True)
def _packages(monkeypatch: pytest.MonkeyPatch) -> None:
    adds(monkeypatch, fee="FEE", wear="WEAR")


def entry(name: str = "fee", **more: Any) -> list[dict[str, Any]]:
    return [{"name": name, **more}]


FEE = entry(usd_per_accelerator=2.0)
MEANING = "Meaning of usd_per_accelerator: $ for each"


def test_a_term_on_paper() -> None:
    """$2 for each of 4 accelerators, beside $0.8 of energy; wear of $1 an accelerator-hour, double in slot 2.

    Two hours from slot 0 on are 8 accelerator-hours at $1; the run's two hours at $3, whole in slot 0, are 6.
    """
    terms = FEE + entry("wear", usd_per_accelerator_hour=1.0, usd_per_hour=3.0)
    pinned = job("a", 2.0, 4, pin_start="2027-06-07T00:00:00Z")
    made = scenario(jobs=[pinned], terms=terms)
    result = placement.solve(made)
    assert result.plan is not None
    usd = result.plan.costs.set_index("category")["usd"].to_dict()
    assert usd == pytest.approx({"energy": 0.8, "term fee": 8.0, "term wear": 8.0 + 6.0})
    assert placement.verify(made, result.plan).ok


def test_a_resolved_scenario_has_the_package_and_all_parameters() -> None:
    made = scenario(terms=entry("wear", usd_per_accelerator_hour=1.0))
    (told,) = made.document()["terms"]
    assert told == {"name": "wear", "package": "package-0", "usd_per_accelerator_hour": 1.0, "usd_per_hour": 0.0}
    assert made.replace("terms.wear.usd_per_hour", 2.0).terms[0].parameters["usd_per_hour"] == 2.0
    with pytest.raises(ScenarioError, match=r"usd_per_hour is 'dear' \(text\), but must be a number"):
        made.replace("terms.wear.usd_per_hour", "dear")


def test_two_of_one_kind_have_names_of_their_own() -> None:
    terms = entry("here", term="fee", usd_per_accelerator=1.0) + entry("there", term="fee", usd_per_accelerator=0.5)
    result = placement.solve(scenario(terms=terms))
    assert result.plan is not None
    usd = result.plan.costs.set_index("category")["usd"]
    assert (usd["term here"], usd["term there"]) == (pytest.approx(4.0), pytest.approx(2.0))


def test_what_is_installed_is_told_by_name_without_importing(monkeypatch: pytest.MonkeyPatch) -> None:
    adds(monkeypatch, fee=("FEE", "FEE"), broken="no_such_module:TERM")
    assert installed() == {"broken": ("package-0 1.0",), "fee": ("package-0 1.0", "package-1 1.0")}
    found = find("fee", "Package_1")
    assert found is not None
    assert found.label == "package-1 1.0"
    assert find("other") is None


@pytest.mark.parametrize(
    ("term", "key", "fact", "remedy"),
    [
        ({"name": "fees"}, "name", "terms.fees: there is no term 'fees' in any installed package.",
         "Did you mean 'fee'? Installed: fee, wear. Install the package that has it, or give its dollars as `table` or "
         "`rows`."),
        ({"name": "x", "term": "weer"}, "term", "terms.x: there is no term 'weer' in any installed package.",
         "Did you mean 'wear'? Installed: fee, wear."),
        ({"name": "x", "tabel": "fees.csv"}, "name", "terms.x: there is no term 'x' in any installed package.",
         "Did you mean 'table'?"),
        ({"name": "x", "package": "their-terms"}, "name",
         "terms.x: the term 'x' of the package 'their-terms' is not installed.",
         "Install it where placement runs: pip install their-terms."),
        ({"name": "fee"}, "name", "terms.fee: 'usd_per_accelerator' is missing.", MEANING),
        ({"name": "fee", "usd_per_accelerator": "two"}, "usd_per_accelerator",
         "terms.fee: usd_per_accelerator is 'two' (text), but must be a number.", MEANING),
        ({"name": "fee", "usd_per_accelerator": -101.0}, "usd_per_accelerator",
         "terms.fee: usd_per_accelerator is -101.0, but must be at least -100.", MEANING),
        ({"name": "fee", "usd_per_accelerator": 1.0, "contry": "US"}, "contry", "terms.fee: unknown key 'contry'.",
         "Did you mean 'country'?"),
        ({"name": "x", "rows": [], "term": "fee"}, "name", "term x has rows of its own, and `term`.",
         "Leave term out, or the rows."),
        ({"name": "x", "rows": [], "table": "x.csv"}, "name", "term x has both a table and rows.",
         "Leave one of the two out."),
        ({"name": "x", "rows": [{"cluster": "eart", "usd_per_run": 1.0}]}, "cluster",
         "terms.x: there is no cluster 'eart'.", "Did you mean 'earth'?"),
        ({"name": "x", "rows": [{"class": "llm", "usd_per_run": 1.0}]}, "class",
         "terms.x: there is no job of the class 'llm'.", "Check the name."),
        ({"name": "x", "rows": [{"usd_per_run": float("nan")}]}, "usd_per_run",
         "usd_per_run is nan, which is not a number that can be used.", "Meaning of usd_per_run"),
        ({"name": "x", "rows": [{"usd_per_accelerator_hour": float("inf")}]}, "usd_per_accelerator_hour",
         "usd_per_accelerator_hour is inf, which is not a number that can be used.", "Meaning of"),
        ({"name": "x", "rows": [{"usd_per_run": 1.0, "until": "2027-06-07", "from": "2027-06-08"}]}, "- usd_per_run",
         "`until` 2027-06-07T00:00Z is not after `from` 2027-06-08T00:00Z.", "Swap the two."),
    ],
)  # fmt: skip
def test_a_mistake_is_told_once_with_its_line(
    term: dict[str, Any], key: str, fact: str, remedy: str, tmp_path: Path
) -> None:
    path = write(tmp_path, document(terms=[term]))
    problem = one(path)
    at = int(problem.place.removeprefix(f"{path}:"))
    lines = path.read_text().splitlines()
    first = line_of(path, "terms:")
    found = [n for n, line in enumerate(lines, 1) if n > first and line.lstrip(" -").startswith(f"{key.lstrip(' -')}:")]
    assert at in (*found, first + 1)
    assert fact in problem.fact
    assert problem.remedy.startswith(remedy), problem.remedy


def test_two_terms_of_one_name(tmp_path: Path) -> None:
    (problem,) = refused(write(tmp_path, document(terms=FEE + FEE)))
    assert (problem.fact, problem.remedy) == ("there are two terms named 'fee'.", "Give each its own name.")


@pytest.mark.parametrize(
    ("text", "place", "fact"),
    [
        ("cluster,usd_per_run\nearth,2\nmoon,1\n", "fees.csv:3", "there is no cluster 'moon'."),
        ("cluster,usd_per_run\nearth,dear\n", "fees.csv:2",
         "usd_per_run is 'dear' (text), but must be a number."),
        ("cluster,usd_per_run\nearth,nan\n", "fees.csv:2",
         "usd_per_run is 'nan' (text), but must be a number."),
        ("cluster,usd\nearth,2\n", "fees.csv: column usd", "unknown column 'usd'."),
        ("usd_per_run,from,until\n1,2027-06-08,2027-06-07\n", "fees.csv:2",
         "`until` 2027-06-07T00:00Z is not after `from` 2027-06-08T00:00Z."),
        ("usd_per_run,from\n1,soon\n", "fees.csv:2", "from is 'soon', which is not a date."),
        (None, "week.yaml", "the file 'fees.csv' does not exist"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_table_is_told_with_its_row(text: str | None, place: str, fact: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "fees.csv").write_text(text)
    problem = one(write(tmp_path, document(terms=[{"name": "x", "table": "fees.csv"}])))
    assert place in problem.place
    assert fact in problem.fact


def test_a_table_is_rows(tmp_path: Path) -> None:
    (tmp_path / "fees.csv").write_text(
        "team,cluster,usd_per_run,usd_per_accelerator_hour,until\nred,earth,2.5,,\n,,,0.5,2027-06-07T01:00:00Z\n"
    )
    jobs = [job("a", 2.0, 4, team="red", pin_start="2027-06-07T00:00:00Z")]
    made = placement.load(write(tmp_path, document(jobs=jobs, terms=[{"name": "x", "table": "fees.csv"}])))
    rows = [
        {"team": "red", "cluster": "earth", "usd_per_run": 2.5},
        {"usd_per_accelerator_hour": 0.5, "until": "2027-06-07T01:00:00Z"},
    ]
    assert made.terms == scenario(jobs=jobs, terms=[{"name": "x", "rows": rows}]).terms
    result = placement.solve(made)
    assert result.cost_usd == pytest.approx(0.8 + 2.5 + 2.0)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (
            "NAN",
            r"^the term 'x' of package-0 1.0 gives \$nan for job 'a', option 'earth/h100-sxm x4' on earth. Change its",
        ),
        ("INFINITE", r"gives \$inf for job 'a'"),
        ("SHORT", r"gives usd of shape \(2,\); a number for each row of the options is \(1,\). Correct package-0; see"),
        ("TEXT", "gives usd that are no numbers, and should be a number for each row of the options."),
        ("FACTOR", r"gives when of shape \(6,\); a factor for each slot is \(4,\)."),
        ("HOLE", "gives the factor nan for the slot from 2027-06-07T00:00:00"),
        ("OTHER", "gives dollars per 'month', neither run nor accelerator_hour."),
        ("NUMBERS", "gives a float, neither an array nor Dollars."),
        ("FAILS", r"failed \(KeyError: 'colour'\). Change its parameters, or update that package."),
        ("WRITES", r"failed \(ValueError: assignment destination is read-only\)"),
        ("MANY", "gives 1,001 sets of dollars, more than 1,000. Put rows with the same factors over time together."),
    ],
)
def test_what_a_term_says_is_checked(broken: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    adds(monkeypatch, x=broken)
    with pytest.raises(PlacementError, match=words):
        compile_scenario(scenario(terms=entry("x")))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            "no_such_module:TERM",
            r"the term 'x' of package-0 1.0 cannot be imported \(ModuleNotFoundError: No module named",
        ),
        ("MISSING", r"the term 'x' of package-0 1.0 cannot be imported \(AttributeError: "),
        ("EMPTY", "the term 'x' of package-0 1.0 is no term: it lacks words, parameters, dollars. Update or uninstall"),
        ("Fee", "the term 'x' of package-0 1.0 is no term: it is a class, not an object of it."),
    ],
)
def test_a_broken_package_is_told_of_when_its_term_is_used(
    value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    adds(monkeypatch, x=value, fee="FEE")
    with pytest.raises(ScenarioError, match=words):
        scenario(terms=entry("x"))
    assert scenario(terms=FEE).terms[0].package == "package-0"


def test_a_name_that_two_packages_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    adds(monkeypatch, fee=("FEE", "FEE"))
    with pytest.raises(ScenarioError, match=r"claimed by package-0 1\.0 and by package-1 1\.0"):
        scenario(terms=FEE)
    (term,) = scenario(terms=entry(usd_per_accelerator=2.0, package="package-1")).terms
    assert term.package == "package-1"


def test_a_term_that_looks_at_other_rows_is_refused_by_the_verifier(monkeypatch: pytest.MonkeyPatch) -> None:
    """Among all ways there are two rows, in the plan one: the dollars differ, and the plan is refused."""
    adds(monkeypatch, x="ALL_ROWS")
    made = scenario([cluster("earth"), cluster("mars")], terms=entry("x"))
    with pytest.raises(PlanError, match=r"\[cost\] term x of .*: \$2.00 is claimed; the decisions cost \$1.00"):
        placement.solve(made)


def test_a_plan_folder_needs_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = scenario(terms=FEE)
    folder = write_plan(tmp_path / "a.plan", made, placement.solve(made))
    stored = read_plan(folder)
    assert stored.scenario.document() == made.document()
    assert placement.verify(stored.scenario, stored.plan).ok
    adds(monkeypatch, wear="WEAR")
    with pytest.raises(ScenarioError) as caught:
        read_plan(folder)
    assert str(caught.value) == (
        "terms.fee: the term 'fee' of the package 'package-0' is not installed. Install it where placement runs: "
        "pip install package-0."
    )
