"""Placement: which AI training jobs run on orbital and which on terrestrial clusters, where and when.

    scenario = placement.load("week.yaml")
    result = placement.solve(scenario, gap=0.01, time_limit_s=60)
    placement.verify(scenario, result.plan).raise_for_errors()
"""

__version__ = "0.1.0"
