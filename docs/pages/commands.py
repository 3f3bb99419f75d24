"""`docs/reference/commands.md`: every command with its arguments, options and exit codes."""

import importlib
import inspect
import re
from collections.abc import Sequence
from typing import Any

import click

import placement.cli
from pages.markdown import page, plain, table
from pages.records import shown
from placement.cli.main import COMMANDS, FILES, cli

HELP = "-h, --help"
OF_GROUP = (
    "Without a command: `placement --version`, `placement --help`; `placement COMMAND --help` is what stands here."
)

EDITORS = """\
## In an editor

The JSON Schema of scenario files gives completion, explanations and checks while one is written. An editor with the
YAML language server (VS Code with the YAML extension, Neovim, Emacs, IntelliJ) takes it from the first line of a file:

```console
$ placement schema -o placement.schema.json
$ head -n 1 week.yaml
# yaml-language-server: $schema=placement.schema.json
```

The path is relative to the scenario. The same text is part of the package, so that nothing need be copied:
`python -c "from importlib.resources import files; print(files('placement.data') / 'scenario.schema.json')"` says where,
and the first line may name that file (`$schema=/.../placement/data/scenario.schema.json`). It knows each field by
itself; what fields must be together, names and series are checked by `placement check`."""

COMPLETION = """\
## Completion in the shell

Commands, options and their choices, files, names of shipped scenarios (for SCENARIO and BELIEFS) and of shipped studies
are completed by Tab, once the shell has been told:

| shell | line |
| --- | --- |
| bash (4.4 or newer), in `~/.bashrc` | `eval "$(_PLACEMENT_COMPLETE=bash_source placement)"` |
| zsh, in `~/.zshrc` | `eval "$(_PLACEMENT_COMPLETE=zsh_source placement)"` |
| fish, in `~/.config/fish/completions/placement.fish` | `_PLACEMENT_COMPLETE=fish_source placement \\| source` |

A completion takes one to three tenths of a second: no solver and no table library is loaded, and of the commands only
the one that is being written."""


def commands_page() -> str:
    """The page, as Markdown."""
    text = [str(cli.help), "", OF_GROUP, ""]
    text += table(("command", "what it does"), [[f"[{name}](#{name})", plain(COMMANDS[name])] for name in COMMANDS])
    text += [
        "",
        "## Exit codes",
        "",
        *table(("code", "meaning"), [[code, plain(words)] for code, words in exit_codes()]),
    ]
    for name in COMMANDS:
        text += ["", *_command(name)]
    return page("Commands", [*text, "", EDITORS, "", COMPLETION])


def exit_codes() -> list[tuple[str, str]]:
    """The codes and what they mean, as the command line's own docstring has them."""
    (listed,) = re.findall(r"Exit codes: (.*?)\.\s", str(placement.cli.__doc__), flags=re.DOTALL)
    codes = []
    for each in " ".join(listed.split()).split("; "):
        code, _, words = each.partition(" ")
        codes.append((code, words))
    return codes


def _command(name: str) -> list[str]:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    context = click.Context(command, info_name=f"placement {name}", terminal_width=100, max_content_width=100)
    text = [f"## {name}", "", f"`{' '.join([context.command_path, *command.collect_usage_pieces(context)])}`", ""]
    text += [plain(inspect.cleandoc(str(command.help))), ""]
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    options = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
    if arguments:
        text += [*table(("argument", "takes", ""), [_argument(each, context) for each in arguments]), ""]
    text += table(("option", "takes", "default", "effect"), [*(_option(each, context) for each in options), _HELP])
    text += _epilog(command, context)
    return [*text, "", f"Exit codes: {', '.join(_codes(name))}."]


_HELP = [f"`{HELP}`", "", "", "Show this and exit."]


def _codes(name: str) -> list[str]:
    """The codes that a command can end with; 3 where its file knows it."""
    file = importlib.import_module(f"placement.cli.{FILES.get(name, name.replace('-', '_'))}")
    without = hasattr(file, "NO_PLAN")
    return [code for code, _ in exit_codes() if code != "3" or without]


def _argument(argument: click.Argument, context: click.Context) -> list[str]:
    name = argument.make_metavar(context).strip("[]").removesuffix("...").strip("[]")
    needed = "needed" if argument.required else "may be left out"
    return [f"`{name}`", _takes(argument), needed + (", several" if argument.nargs == -1 else "")]


def _option(option: click.Option, context: click.Context) -> list[str]:
    words, default = str(option.help or ""), _default(option)
    told = re.search(r"\s*\[default: (.*)\]\s*$", words)
    if told:
        words, default = words[: told.start()], told[1]
    takes = "" if option.is_flag else _takes(option)
    if option.metavar:
        takes = f"`{option.metavar}`" if takes in ("text", "path") else f"`{option.metavar}`, {takes}"
    if option.multiple:
        takes += ", repeatable"
    names = ", ".join([*option.opts, *option.secondary_opts])
    return [f"`{names}`", takes, "*needed*" if option.required else default, plain(words)]


def _takes(parameter: click.Parameter) -> str:
    kind = parameter.type
    if isinstance(kind, click.Choice):
        return ", ".join(f"`{each}`" for each in kind.choices)
    if isinstance(kind, click.IntRange | click.FloatRange):
        low = f"{'>' if kind.min_open else '≥'} {shown(kind.min)}" if kind.min is not None else ""
        high = f"{'<' if kind.max_open else '≤'} {shown(kind.max)}" if kind.max is not None else ""
        words = "whole number" if isinstance(kind, click.IntRange) else "number"
        return f"{words} {', '.join(filter(None, (low, high)))}".strip()
    return {"integer": "whole number", "float": "number", "file": "path", "directory": "path"}.get(kind.name, kind.name)


def _default(option: click.Option) -> str:
    default: Any = option.to_info_dict()["default"]
    if default is None or option.is_flag or default in ((), [], ""):
        return ""
    return f"`{default}`"


def _epilog(command: click.Command, context: click.Context) -> Sequence[str]:
    formatter = context.make_formatter()
    command.format_epilog(context, formatter)
    written = formatter.getvalue().strip()
    return ["", "```text", written, "```"] if written else []
