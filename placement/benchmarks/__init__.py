"""Benchmarks: seeded instances with properties that are measured and stored, and instances that others published."""

from placement.benchmarks.instances import instance
from placement.benchmarks.properties import Properties, hardness, properties
from placement.benchmarks.sizes import LOADS, SEEDS, SIZES

__all__ = ["LOADS", "SEEDS", "SIZES", "Properties", "hardness", "instance", "properties"]
