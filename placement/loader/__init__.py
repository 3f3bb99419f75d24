"""From files, or from dicts and tables, to a checked Scenario or one error that lists every problem."""
