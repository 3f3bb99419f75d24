"""`make bench`: run cases and print a line of JSON for each, with machine and commit.

Without names those of the default run; `--list` names all.
"""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import cases  # noqa: E402, F401
from registry import CASES, ON_REQUEST  # noqa: E402

from placement.solving import versions  # noqa: E402


def main() -> None:
    """Run and print; several cases each in a process of its own, so that memory is theirs."""
    if sys.argv[1:] == ["--list"]:
        print("\n".join([*CASES, *ON_REQUEST]))
        return
    names = sys.argv[1:] or list(CASES)
    known = CASES | ON_REQUEST
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"no case named {', '.join(unknown)}; `--list` names all")
    if len(names) > 1:
        codes = [subprocess.run([sys.executable, __file__, name], check=False).returncode for name in names]
        sys.exit(max(codes))
    (name,) = names
    print(json.dumps({"case": name, **about(), **known[name]()}), flush=True)


def about() -> dict[str, Any]:
    """The machine, the versions and the commit."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=HERE, capture_output=True, text=True, check=False
    )
    return {
        "commit": commit.stdout.strip(),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "versions": versions(),
    }


if __name__ == "__main__":
    main()
