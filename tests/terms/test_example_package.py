"""The package of docs/extending.md, installed into a folder of its own without network, and what the page says."""

import ast
import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from docs.console import RUN, commands, missing

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "extending.md"
PACKAGE = DOCS / "examples" / "extension"
WITH_PACKAGE = "<!-- run with the package -->"


@dataclass(frozen=True)
class Place:
    """A folder with the examples, and one in which the package is installed."""

    folder: Path
    site: Path

    def run(self, *words: str, package: bool = True) -> subprocess.CompletedProcess[str]:
        """`placement WORDS` in a process of its own."""
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        env = kept | ({"PYTHONPATH": str(self.site)} if package else {})
        code = "from placement.cli import main; main()"
        return subprocess.run(
            [sys.executable, "-c", code, *words], cwd=self.folder, env=env, capture_output=True, text=True, check=False
        )

    def done(self, *words: str) -> str:
        """What a command prints that must end well."""
        ended = self.run(*words)
        assert ended.returncode == 0, f"{words}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder, site = tmp_path_factory.mktemp("examples"), tmp_path_factory.mktemp("site")
    shutil.copytree(DOCS / "examples", folder, dirs_exist_ok=True)
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    offline = ("--no-index", "--no-deps", "--no-build-isolation", "--target", str(site))
    subprocess.run([*pip, *offline, str(folder / "extension")], check=True, capture_output=True, cwd=folder)
    return Place(folder, site)


@pytest.fixture(scope="module")
def planned(place: Place) -> Place:
    """With a plan, in `a.plan`."""
    place.done(
        "import", "queue-export", "extension/queue.json", "-o", "extension/jobs.csv", "--estimate", "0.8", "--quiet"
    )
    place.done("solve", "extension/licensed.yaml", "--gap", "0.0001", "--time-limit", "30", "--quiet", "-o", "a.plan")
    return place


@pytest.mark.slow
def test_the_page_is_true(place: Place, tmp_path: Path) -> None:
    """The commands of the blocks for which the package is installed, one after the other."""
    page = tmp_path / "page.md"
    page.write_text(PAGE.read_text().replace(RUN, "").replace(WITH_PACKAGE, RUN))
    found = commands(page)
    assert len(found) >= 6
    for command in found:
        printed = place.done(*shlex.split(command.text)[1:])
        line = missing(command.promised, printed)
        assert line is None, f"$ {command.text}\ndoes not print in its place:\n{line}\n\n{printed}"


@pytest.mark.slow
def test_a_plan_folder_without_the_package_says_what_to_install(planned: Place) -> None:
    assert "all rules of the scenario that it was made for hold" in planned.done("verify", "a.plan")
    ended = planned.run("verify", "a.plan", package=False)
    (line,) = [line for line in PAGE.read_text().splitlines() if line.startswith("terms.export-licence: ")]
    assert (ended.returncode, ended.stdout, ended.stderr.strip()) == (1, "", line)
    stored = json.loads((planned.folder / "a.plan" / "scenario.json").read_text())
    assert stored["terms"][0] | {"countries": None} == {
        "name": "export-licence", "package": "placement-example", "usd_per_run": 300.0, "countries": None,
        "from_accelerators": 100, "growth_per_year": 0.0,
    }  # fmt: skip


@pytest.mark.slow
def test_other_dollars_of_a_later_version_are_found(planned: Place, tmp_path: Path) -> None:
    """The plan was priced at $300; the package now says twice that."""
    later = tmp_path / "site"
    shutil.copytree(planned.site, later)
    module = later / "placement_example" / "licence.py"
    module.write_text(module.read_text().replace("parameters.usd_per_run * (", "2 * parameters.usd_per_run * ("))
    ended = Place(planned.folder, later).run("verify", "a.plan")
    assert ended.returncode == 1
    assert "cost: term export-licence of oslo: $300.00 is claimed; the decisions cost $600.00." in ended.stderr


@pytest.mark.slow
def test_the_format_tells_of_files_that_it_cannot_read(place: Place) -> None:
    broken = place.folder / "broken.json"
    for text, words in (
        ("{", "broken.json:1: this is not JSON (Expecting property name enclosed in double quotes). Give what"),
        ("[]", "broken.json: there is no list of entries. Give what `queue-export` wrote."),
    ):
        broken.write_text(text)
        ended = place.run("import", "queue-export", "broken.json", "-o", "none.csv")
        assert ended.returncode == 1
        assert words in ended.stderr
        assert not (place.folder / "none.csv").exists()
    assert "of placement-example 1.0" in place.done("import", "--help")


def test_the_code_on_the_page_is_that_of_the_package() -> None:
    """Class by class, without docstrings and annotations, which the page leaves out."""
    page = PAGE.read_text()
    for file, names in (("licence.py", ("Parameters", "ExportLicence")), ("queue_export.py", ("QueueExport",))):
        source = _classes((PACKAGE / "placement_example" / file).read_text())
        for name in names:
            block = next(block for block in page.split("```python\n")[1:] if f"class {name}" in block)
            assert _classes(block.split("```")[0])[name] == source[name]
    for text in ((DOCS / "examples" / "fees.csv").read_text(), _entry_points()):
        assert text in page


def _entry_points() -> str:
    text = (PACKAGE / "pyproject.toml").read_text()
    return text[text.index('[project.entry-points."placement.terms"]') :]


class _Bare(ast.NodeTransformer):
    """Without docstrings, and annotations of functions."""

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._without(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        for argument in node.args.args:
            argument.annotation = None
        return self._without(node)

    def _without(self, node: ast.ClassDef | ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:]
        return node


def _classes(source: str) -> dict[str, str]:
    tree = _Bare().visit(ast.parse(source))
    return {node.name: ast.unparse(node) for node in tree.body if isinstance(node, ast.ClassDef)}
