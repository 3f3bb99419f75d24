"""`docs/reference/library.md`: the public names with their signatures and docstrings, read from the sources."""

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import placement
from pages.markdown import page, plain, table

INTRODUCTION = """\
What `import placement` gives. Everything else may change without notice. Importing is cheap: solver, tables and GPU
libraries are loaded when they are first needed. Fields of a scenario stand in [fields.md](fields.md), commands in
[commands.md](commands.md).

```python
{example}
```"""

SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)
ENTRIES = ("Parameters", "Returns", "Raises", "Attributes", "Yields")

Definition = ast.FunctionDef | ast.ClassDef


def library_page() -> str:
    """The page, as Markdown."""
    groups: dict[str, list[str]] = {"Functions": [], "Classes": [], "Errors": []}
    for name in placement.__all__:
        value = getattr(placement, name)
        kind = "Functions" if not isinstance(value, type) else "Classes"
        groups["Errors" if isinstance(value, type) and issubclass(value, Exception) else kind].append(name)
    example = inspect.cleandoc(re.findall(r"(?:^    .*\n)+", str(placement.__doc__), re.MULTILINE)[0])
    text = [INTRODUCTION.format(example=example.rstrip())]
    for title, names in groups.items():
        rows = [[f"[{name}](#{_heading(name, title).lower().replace(' ', '-')})", _first(name)] for name in names]
        text += ["", f"**{title}**", "", *table(("name", "what it is"), rows)]
    for title, names in groups.items():
        text += ["", f"## {title}"]
        for name in names:
            text += ["", f"### {_heading(name, title)}", "", *_entry(name, getattr(placement, name))]
    return page("Library", text)


def _heading(name: str, group: str) -> str:
    """A heading that no other name has: `sweep` and `class Sweep`."""
    return f"class {name}" if group == "Classes" else name


def _first(name: str) -> str:
    """The first sentence of a docstring."""
    paragraph = inspect.cleandoc(getattr(placement, name).__doc__).split("\n\n")[0]
    return plain(re.split(r"(?<=\.)\s", paragraph)[0])


def _entry(name: str, value: Any) -> list[str]:
    node = _definition(value)
    if isinstance(node, ast.FunctionDef):
        return ["```python", signature(node, name), "```", "", *_docstring(node)]
    bases = [base for each in node.bases if not (base := ast.unparse(each)).startswith("_")]
    head = f"class {name}({', '.join(bases)})" if bases else f"class {name}"
    text = ["```python", head, "```", "", *_docstring(node)]
    members = [each for each in node.body if isinstance(each, ast.FunctionDef) and not each.name.startswith("_")]
    read = [(each.name, _back(each), ast.get_docstring(each) or "") for each in members if _is_property(each)]
    if issubclass(value, BaseModel):
        text += ["", "Its fields stand in [fields.md](fields.md#the-file)."]
    fields = [*([] if issubclass(value, BaseModel) else _fields(node)), *read]
    if fields:
        rows = [[f"`{field}`", f"`{kind}`", plain(about)] for field, kind, about in fields]
        text += ["", *table(("member", "type", "what it is"), rows)]
    for method in (each for each in members if not _is_property(each)):
        bound = "staticmethod" not in map(ast.unparse, method.decorator_list)
        head = signature(method, f"{name}.{method.name}", bound)
        text += ["", f"**{name}.{method.name}**", "", "```python", head, "```", "", *_docstring(method)]
    return text


def _is_property(method: ast.FunctionDef) -> bool:
    return any(ast.unparse(each).endswith("property") for each in method.decorator_list)


def _back(method: ast.FunctionDef) -> str:
    return _written(method.returns) if method.returns else "Any"


def _definition(value: Any) -> Definition:
    """Where a name is defined, in the source of its module."""
    file = sys.modules[value.__module__].__file__
    tree = ast.parse(Path(str(file)).read_text(encoding="utf-8"))
    return next(
        each for each in tree.body if isinstance(each, ast.FunctionDef | ast.ClassDef) and each.name == value.__name__
    )


def signature(node: ast.FunctionDef, name: str, bound: bool = False) -> str:
    """The call, on lines of its own where it is long; of a `bound` one without self.

    >>> signature(ast.parse("def f(self, a: int, *, b: float = 1.0) -> str: ...").body[0], "f", True)
    'f(a: int, *, b: float = 1.0) -> str'
    """
    parts = list(_parts(node.args))[1 if bound else 0 :]
    back = f" -> {_back(node)}" if node.returns else ""
    line = f"{name}({', '.join(parts)}){back}"
    return line if len(line) <= 100 else f"{name}(\n    " + ",\n    ".join(parts) + f",\n){back}"


def _parts(given: ast.arguments) -> Iterator[str]:
    plain_ones = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [None] * (len(plain_ones) - len(given.defaults)) + list(given.defaults)
    for argument, default in zip(plain_ones, defaults, strict=True):
        yield _part(argument, default)
        if given.posonlyargs and argument is given.posonlyargs[-1]:
            yield "/"
    if given.vararg or given.kwonlyargs:
        yield f"*{_part(given.vararg, None)}" if given.vararg else "*"
    for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield _part(argument, default)
    if given.kwarg:
        yield f"**{_part(given.kwarg, None)}"


def _part(argument: ast.arg, default: ast.expr | None) -> str:
    text = argument.arg + (f": {_written(argument.annotation)}" if argument.annotation else "")
    if default is None:
        return text
    return f"{text} = {ast.unparse(default)}" if argument.annotation else f"{text}={ast.unparse(default)}"


def _written(annotation: ast.expr) -> str:
    """An annotation, without the quotes of one that is text."""
    return str(annotation.value) if isinstance(annotation, ast.Constant) else ast.unparse(annotation)


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, str, str]]:
    """Public fields of a class: name, type, and the text below each; of an enumeration its members."""
    for each, after in zip(node.body, [*node.body[1:], None], strict=True):
        about = ""
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str):
            about = inspect.cleandoc(after.value.value)
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.target.id[0] != "_":
            default = "" if each.value is None or isinstance(each.value, ast.Call) else f" = {ast.unparse(each.value)}"
            yield each.target.id, _written(each.annotation) + default, about
        elif isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name) and each.targets[0].id.isupper():
            yield each.targets[0].id, ast.unparse(each.value), about


def _docstring(node: Definition) -> Sequence[str]:
    """A docstring as Markdown: its sections with headings, parameters as a list."""
    text = ast.get_docstring(node) or ""
    start, *rest = SECTION.split(text)
    lines = _prose(start)
    for title, body in zip(rest[::2], rest[1::2], strict=True):
        lines += ["", f"*{title}*", "", *(_entries(body) if title in ENTRIES else _prose(body))]
    return lines


def _prose(text: str) -> list[str]:
    """Paragraphs; what is indented or a session stands as it is."""
    lines: list[str] = []
    for block in text.strip("\n").split("\n\n"):
        if block.startswith("    "):
            lines += ["```text", inspect.cleandoc(block), "```", ""]
        elif block.startswith(">>>"):
            lines += ["```pycon", block.strip(), "```", ""]
        else:
            lines += [plain(block), ""]
    return lines[:-1]


def _entries(body: str) -> list[str]:
    """`name : type` and the indented text below, as a list."""
    lines: list[str] = []
    for line in filter(None, body.split("\n")):
        if line.startswith("    ") and lines:
            lines[-1] += (": " if lines[-1].endswith(("`", ")")) and ": " not in lines[-1] else " ") + plain(
                line.strip()
            )
        else:
            name, colon, kind = line.partition(" : ")
            lines.append(f"- `{name}`" + (f" ({plain(kind)})" if colon else ""))
    return lines
