"""One component as a drawing: a box for each kind of resource in it, and one for each component that uses it.

What it uses of other components is a mark on the box. Equal graphs give equal files.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from headwater.errors import InputError
from infra.local.graph import Graph, Resource
from infra.preview.cards import LETTERS, Board, Card, Mark, wrapped
from infra.preview.components import components, outermost, words
from infra.preview.diagram import colour_of
from infra.preview.layout import Edge
from infra.preview.svg import PALE, Canvas

_MARGIN = 28
_TITLE = 58
_FOOT = 34
_MOST_NAMES = 6
_TITLE_LETTERS = 28
_USER = "#94a3b8"
"""Colour of components that use it: they are drawn elsewhere."""


def find(graph: Graph, name: str) -> str:
    """URN of the outermost component of a name.

    Raises:
        InputError: There is none.
    """
    found = components(graph)
    for urn, component in found.items():
        if component.name == name:
            return urn
    raise InputError(
        f"component {name!r}: not in this environment; choose one of "
        f"{', '.join(sorted(component.name for component in found.values()))}"
    )


def draw_component(graph: Graph, name: str) -> str:
    """Draw one component of a graph.

    Args:
        graph: As `infra.preview.recording.record` returns it.
        name: Of an outermost component.

    Returns:
        The drawing, as SVG.

    Raises:
        InputError: There is no such component.
    """
    urn = find(graph, name)
    everything = components(graph)
    # By name: moving code in the program changes no drawing.
    inside = {each.urn: each for each in sorted(everything[urn].resources, key=lambda each: each.name)}
    kinds: dict[str, list[Resource]] = defaultdict(list)
    for each in inside.values():
        kinds[_kind(each)].append(each)
    cards: dict[str, Card] = {}
    for kind, resources in sorted(kinds.items()):
        used = {owner for each in resources for owner in _owners(graph, each)} & (set(everything) - {urn})
        marks = [
            Mark(words(everything[owner].kind), colour_of(everything[owner].resources))
            for owner in sorted(used)
        ]
        cards[kind] = _card(kind, resources, name, marks)
    weights = _between_kinds(inside)
    for user, component in sorted(everything.items()):
        if user == urn:
            continue
        for each in component.resources:
            for dependency in each.dependencies:
                if dependency in inside:
                    weights[_kind(inside[dependency]), user] += 1
                    cards[user] = Card(words(component.kind), f"{component.name}, uses it", [], [], _USER)
    board = Board(cards, _without_circles(weights))
    canvas = Canvas(
        width=max(board.width, 520) + 2 * _MARGIN, height=_MARGIN + _TITLE + board.height + _FOOT + _MARGIN
    )
    component = everything[urn]
    count = len(component.resources)
    canvas.text(_MARGIN, _MARGIN + 16, words(component.kind), size=20, bold=True)
    canvas.text(
        _MARGIN, _MARGIN + 36, f"{component.name} · {count} resource{'s' if count > 1 else ''}", size=12, colour=PALE
    )  # fmt: skip
    board.draw(canvas, _MARGIN, _MARGIN + _TITLE)
    canvas.text(
        _MARGIN, _MARGIN + _TITLE + board.height + _FOOT,
        "A → B: B uses A; the thicker, the more of it. A mark: uses that component.", size=12, colour=PALE,
    )  # fmt: skip
    return canvas.finish()


def _kind(resource: Resource) -> str:
    return words(resource.type.rpartition(":")[2])


def _owners(graph: Graph, resource: Resource) -> list[str]:
    return [outermost(graph, urn) for urn in resource.dependencies if urn in graph.resources]


def _card(kind: str, resources: list[Resource], component: str, marks: list[Mark]) -> Card:
    names = [each.name.removeprefix(f"{component}-") for each in resources]
    shown = names if len(names) <= _MOST_NAMES else names[: _MOST_NAMES - 1]
    more = [f"and {len(names) - len(shown)} more"] if len(shown) < len(names) else []
    count = f"{len(names)} of them" if len(names) > 1 else "one"
    service = resources[0].type.split(":")[1].partition("/")[0]
    lines = wrapped([_short(each, LETTERS) for each in shown] + more)
    return Card(_short(kind, _TITLE_LETTERS), f"{service}, {count}", lines, marks, colour_of(resources))


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1]}…"


def _between_kinds(inside: Mapping[str, Resource]) -> Counter[Edge]:
    found = Counter[Edge]()
    for each in inside.values():
        for dependency in each.dependencies:
            if dependency in inside and _kind(inside[dependency]) != _kind(each):
                found[_kind(inside[dependency]), _kind(each)] += 1
    return found


def _without_circles(weights: Mapping[Edge, int]) -> dict[Edge, int]:
    """Leave out the lightest arrows that close circles: resources have none, their kinds may."""
    kept: dict[Edge, int] = {}
    for edge in sorted(weights, key=lambda each: (-weights[each], each)):
        if not _leads(edge[1], edge[0], kept):
            kept[edge] = weights[edge]
    return kept


def _leads(start: str, end: str, edges: Iterable[Edge]) -> bool:
    return start == end or any(_leads(after, end, edges) for before, after in edges if before == start)
