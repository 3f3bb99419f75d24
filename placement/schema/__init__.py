"""What is wanted: the scenario and the records it is made of."""

from placement.schema.cluster import Accelerator, Block, Cluster, Dataset, Link, Place, Pool, RoundTrip, Upsets
from placement.schema.fields import Learning, Model, Series, SeriesSpec
from placement.schema.jobs import Campaign, Flow, Job, Option, Throughput
from placement.schema.launch import ORBITS, Generation, LaunchLimit, Module, Vehicle
from placement.schema.limits import JobFilter, Limit, Over
from placement.schema.orbit import Array, Crosslink, Mass, Orbit, Plane, Radiator, Satellites
from placement.schema.policy import Boundary, Horizon, Money, Policy
from placement.schema.power import (
    Battery,
    Curtailment,
    Embodied,
    FixedCost,
    Gas,
    Grid,
    Renewable,
    Source,
    TakeOrPay,
    Tier,
    Window,
)
from placement.schema.root import FORMAT, Scenario, ScenarioFile, TableFile, Variant
from placement.schema.table import Table
from placement.schema.trace import Trace

__all__ = [
    "FORMAT",
    "ORBITS",
    "Accelerator",
    "Array",
    "Battery",
    "Block",
    "Boundary",
    "Campaign",
    "Cluster",
    "Crosslink",
    "Curtailment",
    "Dataset",
    "Embodied",
    "FixedCost",
    "Flow",
    "Gas",
    "Generation",
    "Grid",
    "Horizon",
    "Job",
    "JobFilter",
    "LaunchLimit",
    "Learning",
    "Limit",
    "Link",
    "Mass",
    "Model",
    "Module",
    "Money",
    "Option",
    "Orbit",
    "Over",
    "Place",
    "Plane",
    "Policy",
    "Pool",
    "Radiator",
    "Renewable",
    "RoundTrip",
    "Satellites",
    "Scenario",
    "ScenarioFile",
    "Series",
    "SeriesSpec",
    "Source",
    "Table",
    "TableFile",
    "TakeOrPay",
    "Throughput",
    "Tier",
    "Trace",
    "Upsets",
    "Variant",
    "Vehicle",
    "Window",
]  # fmt: skip
