"""The pages on components in ``docs/components``: what stands between marks there is made from the program.

A mark is ``<!-- made: what of -->``, and what it makes ends with ``<!-- end -->``. The rest of a page is written by hand.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from importlib import import_module
from inspect import get_annotations
from pathlib import Path
from typing import get_args
from urllib.parse import unquote

from headwater.errors import InputError
from infra.local.graph import Graph, read_config
from infra.preview.component_diagram import draw_component, find
from infra.preview.components import components, words
from infra.stacks.configuration import PROJECT, EnvironmentConfig

FOLDER = Path("docs") / "components"
EXAMPLES = Path("examples") / "components"
CONTENTS = "README.md"

_MADE = re.compile(r"(<!-- made: (\w+)((?: [^\s>]+)*) -->\n).*?(<!-- end -->)", re.DOTALL)
_KEY = re.compile(r"^        (\w+): (.*(?:\n            .*)*)", re.MULTILINE)
_MOST_NAMES = 6

Declare = Callable[[frozenset[tuple[str, str]]], Graph]
"""Graph of prod with some keys of its configuration, by name and value, changed."""


def make(root: Path, declare: Declare) -> dict[Path, str]:
    """Make every page, and the drawing of each, as they should be.

    Args:
        root: The checkout.
        declare: What is drawn and listed.

    Returns:
        Contents by file, which is below ``root``.

    Raises:
        InputError: A mark asks for something that there is not.
    """
    found: dict[Path, str] = {}
    for file in sorted((root / FOLDER).glob("*.md")):
        found |= _Page(root, file, declare).make()
    return found


class _Page:
    def __init__(self, root: Path, file: Path, declare: Declare) -> None:
        self._root = root
        self._file = file
        self._declare = declare
        self._drawn: dict[Path, str] = {}

    def make(self) -> dict[Path, str]:
        text = _MADE.sub(self._section, self._file.read_text())
        return {self._file.relative_to(self._root): text} | self._drawn

    def _section(self, match: re.Match[str]) -> str:
        mark, what, of, end = match.groups()
        makers: dict[str, Callable[[list[str]], str]] = {
            "contents": self._contents,
            "drawing": self._drawing,
            "example": self._example,
            "keys": self._keys,
            "outputs": self._outputs,
            "resources": self._resources,
        }
        if what not in makers:
            raise InputError(
                f"{self._file}: found a mark of {what!r}, expected one of {', '.join(makers)}; correct it"
            )
        return f"{mark}{makers[what](of.split())}\n{end}"

    def _contents(self, _of: list[str]) -> str:
        pages = [page for page in sorted(self._file.parent.glob("*.md")) if page.name != CONTENTS]
        rows = []
        for page in pages:
            title, _, first = page.read_text().split("\n", 3)[:3]
            rows.append([f"[{title.removeprefix('# ')}]({page.name})", first])
        return _table(["component", "what it is"], rows)

    def _drawing(self, of: list[str]) -> str:
        name, graph = self._graph(of)
        file = self._file.with_suffix(".svg")
        self._drawn[file.relative_to(self._root)] = draw_component(graph, name)
        return f"![What is in it, and what is wired to it]({file.name})"

    def _resources(self, of: list[str]) -> str:
        name, graph = self._graph(of)
        kinds: dict[tuple[str, str], list[str]] = defaultdict(list)
        for each in components(graph)[find(graph, name)].resources:
            kept = [
                *(["cannot be deleted"] if each.protect else []),
                *(["stays when it is no longer declared"] if each.retained else []),
            ]
            kinds[words(each.type.rpartition(":")[2]), ", ".join(kept)].append(each.name)
        # By name: moving code in the program changes no page.
        rows = [
            [kind, str(len(names)), _names(sorted(names)), kept]
            for (kind, kept), names in sorted(kinds.items())
        ]
        return _table(["resource", "how many", "names in the program", "in prod"], rows)

    def _keys(self, of: list[str]) -> str:
        meanings = meanings_of_keys()
        values = {name: read_config(self._root, name) for name in ("dev", "prod")}
        rows = []
        for key in of:
            if key not in meanings:
                raise InputError(
                    f"{self._file}: found key {key!r}, which the configuration has not; correct it"
                )
            shown = [values[name][f"{PROJECT}:{key}"] for name in values]
            rows.append([f"`{key}`", meanings[key], *(f"`{value}`" if value else "" for value in shown)])
        return _table(["key", "what it means", *values], rows)

    def _outputs(self, of: list[str]) -> str:
        module, name = of
        kinds = get_annotations(getattr(import_module(module), name))
        rows = [[f"`{output}`", _shape(kind)] for output, kind in kinds.items() if not output.startswith("_")]
        return _table(["output", "what it is"], rows)

    def _example(self, _of: list[str]) -> str:
        file = EXAMPLES / f"{self._file.stem.replace('-', '_')}.py"
        code = (self._root / file).read_text().partition('"""\n\n')[2]
        return f"[`{file}`](../../{file}):\n\n```python\n{code}```"

    def _graph(self, of: list[str]) -> tuple[str, Graph]:
        # A mark is parted by spaces, which a value may have as well.
        changes = [change.partition("=") for change in of[1:]]
        return of[0], self._declare(frozenset((key, unquote(value)) for key, _, value in changes))


def meanings_of_keys() -> dict[str, str]:
    """What each key of an environment's configuration means, by key."""
    said = {
        name: " ".join(text.split()).replace("``", "`")
        for name, text in _KEY.findall(EnvironmentConfig.__doc__ or "")
    }
    fields, keys = EnvironmentConfig.__struct_fields__, EnvironmentConfig.__struct_encode_fields__
    return {key: said[field] for field, key in zip(fields, keys, strict=True)}


def _shape(kind: object) -> str:
    """What an output holds, in words.

    >>> _shape(list[str])
    'list of text'
    """
    if kind is str:
        return "text"
    inner = [_shape(each) for each in get_args(kind) if each is not type(None)]
    text = str(kind)
    if text.startswith("dict"):
        return f"{inner[1]}, by name"
    if text.startswith("list"):
        return f"list of {inner[0]}"
    if "Grant" in text or text.startswith("tuple"):
        return "what a role needs to be allowed"
    return f"{inner[0]}, or none" if type(None) in get_args(kind) else (inner or [text])[0]


def _names(names: list[str]) -> str:
    shown = names if len(names) <= _MOST_NAMES else names[: _MOST_NAMES - 1]
    more = [f"and {len(names) - len(shown)} more"] if len(shown) < len(names) else []
    return ", ".join([*(f"`{name}`" for name in shown), *more])


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
