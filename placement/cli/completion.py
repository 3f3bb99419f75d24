"""What the shell completes for an argument that is a file or the name of something shipped.

Only names of files are looked at: a completion must be quick, and loads neither schema nor catalogue.
"""

from importlib.resources import files
from pathlib import Path

import click
from click.shell_completion import CompletionItem

FILE = "file"
"""Kind of item that tells the shell to complete files itself."""
ENDINGS = (".yaml", ".yml")
TEMPLATE = "starter.yaml"
"""Among the scenarios, but not one."""


def scenarios(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Shipped scenarios and YAML files here that begin like `incomplete`; else files as the shell completes them."""
    return _either("scenarios", "shipped scenario", incomplete)


def studies(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Shipped studies and YAML files here that begin like `incomplete`; else files as the shell completes them."""
    return _either("studies", "shipped study", incomplete)


def _either(section: str, what: str, incomplete: str) -> list[CompletionItem]:
    """Shells take a file item and names together, but bash shows files of its own only where no name fits.

    So YAML files of this folder are among the names, and the shell is asked only for what lies in other folders.
    """
    elsewhere = CompletionItem(incomplete, type=FILE)
    if "/" in incomplete or incomplete.startswith("~"):
        return [elsewhere]
    try:
        found = [each for each in Path().iterdir() if each.name.startswith(incomplete) and each.name[0] != "."]
    except OSError:  # a folder that may not be read
        found = []
    here = sorted(each.name for each in found if each.suffix in ENDINGS and each.is_file())
    names = [name for name in shipped(section) if name.startswith(incomplete)]
    items = [CompletionItem(name) for name in here] + [CompletionItem(name, help=what) for name in names]
    return [elsewhere, *items] if not items or any(each.is_dir() for each in found) else items


def shipped(section: str) -> list[str]:
    """Names of the YAML files of a folder of the package's data, the template apart."""
    names = (entry.name for entry in files("placement.data").joinpath(section).iterdir())
    return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml") and name != TEMPLATE)
