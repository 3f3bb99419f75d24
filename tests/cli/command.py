"""The command line in this process: what it prints and how it ends."""

from dataclasses import dataclass
from typing import Any

from click.testing import CliRunner

from placement.cli.main import cli


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def run(*args: Any) -> Ended:
    """Run `placement ARGS`; anything else than an exit code is an error of the test."""
    done = CliRunner().invoke(cli, [str(arg) for arg in args], prog_name="placement")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert "Traceback" not in done.output
    return Ended(done.exit_code, done.stdout, done.stderr)
