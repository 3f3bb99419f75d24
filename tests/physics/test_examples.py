"""The examples in the text of the physics hold."""

import doctest
import importlib
import pkgutil

import pytest

import placement.physics

NAMES = sorted(module.name for module in pkgutil.iter_modules(placement.physics.__path__))


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    report: list[str] = []
    module = importlib.import_module(f"placement.physics.{name}")
    runner = doctest.DocTestRunner(verbose=False)
    for example in doctest.DocTestFinder().find(module):
        runner.run(example, out=report.append)
    assert not runner.failures, "".join(report)


def test_most_modules_show_how_they_are_used() -> None:
    """All but these, of which the first has no functions; a new one needs an example."""
    bare = {
        name
        for name in NAMES
        if not any(
            example.examples
            for example in doctest.DocTestFinder().find(importlib.import_module(f"placement.physics.{name}"))
        )
    }
    assert bare <= {"constants", "battery", "mass"}, bare
