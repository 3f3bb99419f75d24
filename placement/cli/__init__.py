"""The command line: thin. Parse, one library call, print, exit code.

Exit codes: 0 done; 1 the user's error, or a plan that breaks a rule; 2 wrong usage; 3 no plan; 130 given up by Ctrl-C.
Only this package prints and handles signals.
"""

from placement.cli.main import main

__all__ = ["main"]
