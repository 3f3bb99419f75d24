"""`placement`: the commands, each imported when it is called."""

import importlib
import sys
from typing import Any

import click
from click.shell_completion import CompletionItem

from placement import __version__
from placement.errors import PlacementError, ScenarioError

COMMANDS = {
    "new": "Write a starter scenario.",
    "check": "Check a scenario and say what is in it.",
    "schema": "Print the JSON Schema of scenario files.",
    "catalog": "Show what is in the catalogue.",
    "cost": "Levelised cost of compute on clusters, at four boundaries.",
    "study": "Work a published comparison out again.",
    "solve": "Decide what runs where and when.",
    "sweep": "Solve at many values of inputs.",
    "breakeven": "Find for which values of an input the answer flips.",
    "verify": "Check a plan independently.",
    "replan": "Make a plan anew from a moment on.",
    "watch": "Solve the scenarios of a folder again when they change.",
    "stress": "Carry a plan out in many futures.",
    "show": "Show what a plan delivers.",
    "explain": "Say what binds, why a job is where it is, why no plan exists.",
    "report": "Write a plan as a page with figures.",
    "compare": "Show how two plans differ.",
    "export": "Write a plan for a scheduler or a calendar.",
    "what-if": "What a finished log would have cost elsewhere or at other times.",
    "quarrel": "Who is right about orbit, by belief and owner.",
    "import": "Make a jobs table, a series or orbits from files of others.",
    "devices": "List what the kernels can run on.",
    "bench": "Solve a seeded benchmark instance.",
}
FILES = {"import": "importing"}
"""Commands whose file cannot have their name."""
MAX_PROBLEMS = 100
INTERRUPTED = 130


class _Lazy(click.Group):
    """A group whose commands live in files of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        file = FILES.get(cmd_name, cmd_name.replace("-", "_"))
        command = importlib.import_module(f"placement.cli.{file}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        items = [CompletionItem(name, help=words) for name, words in COMMANDS.items() if name.startswith(incomplete)]
        return items + click.Command.shell_complete(self, ctx, incomplete)  # a group's own imports the commands

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ScenarioError as error:
            _complain(error)
            ctx.exit(1)
        except PlacementError as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo("interrupted; nothing was written.", err=True)
            ctx.exit(INTERRUPTED)


def _complain(error: ScenarioError) -> None:
    for problem in error.problems[:MAX_PROBLEMS]:
        click.echo(str(problem), err=True)
    count = len(error.problems)
    if count > MAX_PROBLEMS:
        click.echo(f"... and {count - MAX_PROBLEMS} more.", err=True)
    if count > 1:
        click.echo(f"{count} problems.", err=True)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="placement")
def cli() -> None:
    """Which AI training jobs run on orbital and which on terrestrial clusters, where and when."""


def main() -> None:
    """Entry point of the `placement` command."""
    try:
        cli(prog_name="placement")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
