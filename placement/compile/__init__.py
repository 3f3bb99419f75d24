"""From a scenario to arrays: the only crossing."""

from placement.compile.assemble import Compiled, compile_scenario

__all__ = ["Compiled", "compile_scenario"]
