"""`placement devices`."""

import json
from dataclasses import asdict

import click

from placement.cli.text import table


@click.command("devices")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """List the back ends of the kernels, the fastest first: what is there, what is missing, how to get it, what runs.

    All give the same numbers; the one that runs by default is marked.
    """
    from placement.kernels.backend import KERNELS, back_ends

    found = back_ends()
    default = next(end.name for end in found if end.found)
    if as_json:
        listed = [
            {**asdict(end), "default": end.name == default, "kernels": {name: end.runner(name) for name in KERNELS}}
            for end in found
        ]
        click.echo(json.dumps(listed, indent=1))
        return
    there = {end.name: "yes" if end.found else "no" for end in found} | {default: "yes, by default"}
    rows = [(end.name, end.device, end.version, there[end.name]) for end in found]
    for line in table(("back end", "device", "version", "there"), rows):
        click.echo(line)
    click.echo()
    runs = [(f"{name}: {words}", *(end.runner(name) for end in found)) for name, words in KERNELS.items()]
    for line in table(("kernel", *(f"on {end.name}" for end in found)), runs):
        click.echo(line)
    click.echo()
    for end in found:
        click.echo(f"{end.name}: {end.detail}.{' ' * bool(end.remedy)}{end.remedy}")
