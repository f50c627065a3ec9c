"""Where each AWS resource is defined: a page with a link to the line, for every type and component.

What an environment makes is taken from recordings of the program; what no committed environment makes, because
it is an environment's choice, from the source of the components.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from infra.local.graph import Graph

_COMPONENTS = Path("infra") / "components"
_BY_CHOICE = "by choice"
_HEAD = """\
# Where each resource is defined

Written by `make docs`: every AWS resource of every environment by type, with the
component that it belongs to and the line that declares it. What is marked *by choice* is in no committed
environment; `infra/stacks/configuration.py` says which key asks for it.

| resource | component | environments | defined in |
|---|---|---|---|
"""


class Definition(NamedTuple):
    """A line that declares resources.

    Attributes:
        kind: As in the program, such as ``dynamodb.Table``.
        component: Class of the component.
        file: Relative to the checkout.
        line: Line there.
    """

    kind: str
    component: str
    file: str
    line: int


def page(root: Path, graphs: Mapping[str, Graph]) -> str:
    """Return the page.

    Args:
        root: The checkout.
        graphs: What the program declares, by environment.
    """
    found: dict[Definition, list[str]] = {}
    for environment, graph in sorted(graphs.items()):
        for definition in recorded(root, graph):
            found.setdefault(definition, []).append(environment)
    lines = {(each.file, each.line) for each in found}
    for definition in written(root):
        if (definition.file, definition.line) not in lines:
            found[definition] = [_BY_CHOICE]
    return _HEAD + "".join(_row(each, found[each], len(graphs)) for each in sorted(found))


def recorded(root: Path, graph: Graph) -> list[Definition]:
    """Definitions of what a graph declares on AWS, without doubles."""
    made = {
        Definition(
            _kind(each.type),
            graph.resources[each.parent].type.rpartition(":")[2],
            Path(each.file).relative_to(root).as_posix(),
            each.line,
        )
        for each in graph.resources.values()
        if each.type.startswith("aws:") and each.parent
    }
    return sorted(made)


def written(root: Path) -> list[Definition]:
    """Definitions that the source of the components holds, made or not."""
    made = []
    for file in sorted((root / _COMPONENTS).glob("*.py")):
        place = file.relative_to(root).as_posix()
        tree = ast.parse(file.read_text())
        for component, call in _calls(tree, ""):
            kind = _declares(call)
            if kind:
                made.append(Definition(kind, component, place, call.lineno))
    return made


def _calls(node: ast.AST, component: str) -> Iterator[tuple[str, ast.Call]]:
    """Calls with the class they stand in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield component, child
        yield from _calls(child, child.name if isinstance(child, ast.ClassDef) else component)


def _declares(call: ast.Call) -> str:
    """The kind of resource a call of ``aws.<module>.<Class>`` with options declares; else empty."""
    words = ast.unparse(call.func).split(".")
    is_class = len(words) == 3 and words[0] == "aws" and words[2][0].isupper()  # noqa: PLR2004 (its three words)
    options = any(keyword.arg == "opts" for keyword in call.keywords)
    return f"{words[1].rstrip('_')}.{words[2]}" if is_class and options else ""


def _kind(token: str) -> str:
    """As the program writes it.

    >>> _kind("aws:dynamodb/table:Table")
    'dynamodb.Table'
    """
    _, module, name = token.split(":")
    return f"{module.partition('/')[0]}.{name}"


def _row(definition: Definition, environments: list[str], count: int) -> str:
    shown = "all" if len(environments) == count else ", ".join(environments)
    name = Path(definition.file).name
    link = f"[{name}:{definition.line}](../{definition.file}#L{definition.line})"
    component = f"`{definition.component}`" if definition.component else "several"
    return f"| `{definition.kind}` | {component} | {shown} | {link} |\n"
