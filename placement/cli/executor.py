"""Options of commands that share out their work: where it runs."""

from collections.abc import Callable
from typing import Any

import click

Command = Callable[..., Any]


def where_options(command: Command) -> Command:
    """The options --executor and --address; the command is given `executor` and `address`."""
    executor = click.option(
        "--executor",
        type=click.Choice(["local", "ray"]),
        default="local",
        show_default=True,
        help="What does the work: processes of this machine, or a Ray cluster.",
    )
    address = click.option(
        "--address",
        help="Of the Ray cluster: HOST:PORT, auto (the one this machine is in), or local.  [default: RAY_ADDRESS, else "
        "local]",
    )
    return executor(address(command))


def executor_options(command: Command) -> Command:
    """The options of `where_options` and --workers; the command is given `workers` besides."""
    workers = click.option(
        "--workers",
        type=click.IntRange(min=0),
        default=0,
        help="Points at a time; 0: one for each core, with ray for each CPU of the cluster.",
    )
    return where_options(workers(command))
