"""What a verification says in words, what it exports, and that it stands alone."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import placement.verifier
from placement.errors import PlanError
from placement.verifier import RULES, Finding, Verification

HERE = Path(__file__).parent
CODE = Path(placement.verifier.__file__).parent
INPUT_LAYER = {
    "terms",
    "errors",
    "units",
    "schema",
    "timegrid",
    "series",
    "ephemeris",
    "spacecraft",
    "physics",
    "plan",
    "fingerprint",
}


def verification(count):
    """One with so many findings."""
    return Verification(tuple(Finding("pin", f"job '{n}'", "is late.") for n in range(count)), 0.0, {}, {})


def test_a_sound_plan_raises_nothing():
    """No findings, no error."""
    assert verification(0).ok
    verification(0).raise_for_errors()


def test_errors_list_the_first_findings_and_count_the_rest():
    """20 of 23 are shown."""
    with pytest.raises(PlanError) as caught:
        verification(23).raise_for_errors()
    lines = str(caught.value).splitlines()
    assert lines[0] == "The plan breaks its scenario's rules in 23 places."
    assert lines[1] == "  [pin] job '0': is late."
    assert [line for line in lines if "job '19'" in line]
    assert not [line for line in lines if "job '20'" in line]
    assert lines[21] == "  ... and 3 more."


def test_one_finding_is_one_place():
    """Singular, and no count of more."""
    with pytest.raises(PlanError, match=r"in 1 place\.") as caught:
        verification(1).raise_for_errors()
    assert "more" not in str(caught.value)


def test_exported_names():
    """The public surface."""
    assert placement.verifier.__all__ == ["RULES", "Finding", "Verification", "verify"]


def expected_codes(tree):
    """Codes of rules at the head of parameters, and in sets that verifications are compared with."""
    found = set()
    for node in ast.walk(tree):
        heads = node.elts[:1] if isinstance(node, ast.Tuple) else node.elts if isinstance(node, ast.Set) else []
        words = {word for head in heads if isinstance(head, ast.Constant) for word in str(head.value).split()}
        found |= words if words <= set(RULES) else set()
    return found


def test_every_rule_has_a_corrupted_plan():
    """Each code is expected by some test of this folder, and used by the code."""
    tests = [path for path in HERE.glob("test_*.py") if path.name != Path(__file__).name]
    expected = set().union(*(expected_codes(ast.parse(path.read_text())) for path in tests))
    code = " ".join(path.read_text() for path in CODE.glob("*.py") if path.name != "findings.py")
    assert set(RULES) <= expected
    assert set(re.findall(r'findings\.add\(\s*"([a-z]+)"', code)) <= set(RULES)


def test_it_imports_nothing_of_the_solver():
    """Only the input layer and itself: a second implementation shares no code with the first."""
    for path in CODE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                parts = str(name).split(".")
                if parts[0] == "placement":
                    assert parts[1] in INPUT_LAYER | {"verifier"}, f"{path.name} imports {name}"


def test_importing_it_does_not_import_pandas():
    """Tables come with the plan."""
    command = "import sys, placement.verifier; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0
