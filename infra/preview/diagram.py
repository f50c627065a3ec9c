"""The deployed architecture as a drawing: a box for each component, an arrow to each that uses it.

What several components stand on, such as keys and the network, is a strip below them and a mark on each: arrows to
everything would hide the others. Equal graphs give equal files.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from infra.local.graph import Graph
from infra.preview.components import Component, components, uses, words
from infra.preview.layout import Edge, Layout, Sizes, arrange
from infra.preview.svg import PALE, Canvas

_SIZES = Sizes(column=276, between_columns=124, between_boxes=26)
_MARGIN = 36
_TITLE = 72
_FOOT = 34
_STRIP = 58
_HEAD = 54
_LINE = 17
_MARKS = 28
_LETTERS = 38
_LONGEST_KIND = 34
_FOUNDATION_OF = 3
"""What nothing comes before, and at least so many components stand on, is a foundation."""

_FAMILIES = {
    "kinesis": "#7c3aed",
    **dict.fromkeys(("dynamodb", "elasticache", "s3", "athena"), "#2563eb"),
    **dict.fromkeys(("lambda", "glue", "sfn", "scheduler", "sagemaker"), "#c2410c"),
    **dict.fromkeys(("kms", "lakeformation", "secretsmanager", "cloudtrail"), "#be123c"),
    **dict.fromkeys(("ec2", "vpc"), "#047857"),
    **dict.fromkeys(("cloudwatch", "sns", "budgets", "costexplorer"), "#a21caf"),
}
"""Colour of a component, by the AWS services most of its resources belong to."""

_NEUTRAL = "#475569"
_EVERYWHERE = frozenset({"iam"})
"""Services that say nothing of what a component is."""


def draw(graph: Graph, environment: str) -> str:
    """Draw a graph.

    Args:
        graph: As `infra.preview.recording.record` returns it.
        environment: Its name, for the title.

    Returns:
        The drawing, as SVG.
    """
    return _Drawing(graph).draw(environment)


class _Drawing:
    def __init__(self, graph: Graph) -> None:
        self._components = components(graph)
        used = uses(graph, self._components)
        self._foundations = _foundations(used)
        self._used = used
        self._weights: dict[Edge, int] = {
            (source, target): count
            for target, sources in used.items()
            for source, count in sources.items()
            if target not in self._foundations and source not in self._foundations
        }
        self._boxes = [urn for urn in self._components if urn not in self._foundations]
        self._colours = {urn: _colour(component) for urn, component in self._components.items()}

    def draw(self, environment: str) -> str:
        placed = arrange({urn: self._height(urn) for urn in self._boxes}, self._weights, _SIZES)
        foot = _MARGIN + _TITLE + placed.height
        height = foot + 30 + (_STRIP + 12) * len(self._foundations) + _FOOT
        canvas = Canvas(width=placed.width + 2 * _MARGIN, height=height)
        self._title(canvas, environment)
        self._arrows(canvas, placed)
        for urn in self._boxes:
            self._box(canvas, urn, _MARGIN + placed.left[urn], _MARGIN + _TITLE + placed.top[urn])
        for number, urn in enumerate(self._foundations):
            self._strip(canvas, urn, foot + 30 + number * (_STRIP + 12), placed.width)
        canvas.text(
            _MARGIN, height - 22, "A → B: B uses A; the thicker, the more of it. A mark: uses the foundation of that colour.",
            size=12, colour=PALE,
        )  # fmt: skip
        return canvas.finish()

    def _title(self, canvas: Canvas, environment: str) -> None:
        regions = sorted({component.region for component in self._components.values()} - {""})
        count = sum(len(component.resources) for component in self._components.values())
        canvas.text(_MARGIN, _MARGIN + 20, f"Headwater {environment}", size=24, bold=True)
        about = f"{', '.join(regions)} · {count} resources in {len(self._components)} components"
        canvas.text(_MARGIN, _MARGIN + 44, about, size=13, colour=PALE)

    def _height(self, urn: str) -> float:
        marks = _MARKS if self._marks(urn) else 0
        return _HEAD + _LINE * len(_lines(self._components[urn])) + marks + 8

    def _marks(self, urn: str) -> list[str]:
        return [each for each in self._foundations if each in self._used[urn]]

    def _box(self, canvas: Canvas, urn: str, left: float, top: float) -> None:
        component, colour = self._components[urn], self._colours[urn]
        canvas.box(left, top, _SIZES.column, self._height(urn), colour)
        canvas.text(left + 18, top + 25, words(component.kind), size=15, bold=True)
        canvas.text(left + 18, top + 42, component.name, size=11, colour=PALE)
        for number, line in enumerate(_lines(component)):
            canvas.text(left + 18, top + _HEAD + 10 + _LINE * number, line, size=12)
        right = left + 18
        for mark in self._marks(urn):
            name = words(self._components[mark].kind)
            bottom = top + self._height(urn) - 27
            right += 8 + canvas.mark(right, bottom, name, self._colours[mark])

    def _strip(self, canvas: Canvas, urn: str, top: float, width: float) -> None:
        component = self._components[urn]
        canvas.box(_MARGIN, top, width, _STRIP, self._colours[urn])
        canvas.text(_MARGIN + 18, top + 25, words(component.kind), size=15, bold=True)
        canvas.text(_MARGIN + 18, top + 42, component.name, size=11, colour=PALE)
        lines = _wrapped(_counted(component.counts()), int((width - _SIZES.column) / 6.6))
        for number, line in enumerate(lines[:2]):
            canvas.text(_MARGIN + _SIZES.column, top + 25 + _LINE * number, line, size=12)

    def _arrows(self, canvas: Canvas, placed: Layout) -> None:
        starts, ends = self._ports(placed)
        for edge in sorted(self._weights, key=lambda each: (self._weights[each], each)):
            source, target = edge
            points = [
                (placed.left[source] + _SIZES.column, starts[edge]),
                *placed.ways[edge],
                (placed.left[target], ends[edge]),
            ]
            moved = [(_MARGIN + x, _MARGIN + _TITLE + y) for x, y in points]
            width = 1.3 + 0.7 * math.log2(self._weights[edge])
            canvas.arrow(moved, width, self._colours[source])

    def _ports(self, placed: Layout) -> tuple[dict[Edge, float], dict[Edge, float]]:
        """Where arrows leave and enter boxes: spread over the side, in the order of where they go."""
        starts: dict[Edge, float] = {}
        ends: dict[Edge, float] = {}
        for urn in self._boxes:
            leaving = [edge for edge in self._weights if edge[0] == urn]
            leaving.sort(key=lambda edge: (self._toward(placed, edge, first=True), edge))
            starts |= self._spread(placed, urn, leaving)
            entering = [edge for edge in self._weights if edge[1] == urn]
            entering.sort(key=lambda edge: (self._toward(placed, edge, first=False), edge))
            ends |= self._spread(placed, urn, entering)
        return starts, ends

    def _toward(self, placed: Layout, edge: Edge, *, first: bool) -> float:
        ways = placed.ways[edge]
        if ways:
            return ways[0 if first else -1][1]
        urn = edge[1] if first else edge[0]
        return placed.top[urn] + self._height(urn) / 2

    def _spread(self, placed: Layout, urn: str, edges: Sequence[Edge]) -> dict[Edge, float]:
        step = self._height(urn) / (len(edges) + 1)
        return {edge: placed.top[urn] + step * (number + 1) for number, edge in enumerate(edges)}


def _foundations(used: Mapping[str, Counter[str]]) -> list[str]:
    users = Counter(source for sources in used.values() for source in sources)
    return [urn for urn, sources in used.items() if not sources and users[urn] >= _FOUNDATION_OF]


def _colour(component: Component) -> str:
    services = Counter(each.type.split(":")[1].partition("/")[0] for each in component.resources)
    colours = Counter[str]()
    for service, count in services.items():
        if service not in _EVERYWHERE:
            colours[_FAMILIES.get(service, _NEUTRAL)] += count
    return max(colours, key=lambda colour: (colours[colour], colour), default=_NEUTRAL)


def _counted(counts: Mapping[str, int]) -> list[str]:
    return [
        f"{_short(kind)} × {count}" if count > 1 else _short(kind) for kind, count in sorted(counts.items())
    ]


def _short(kind: str) -> str:
    return kind if len(kind) <= _LONGEST_KIND else f"{kind[: _LONGEST_KIND - 1]}…"


def _lines(component: Component) -> list[str]:
    return _wrapped(_counted(component.counts()), _LETTERS)


def _wrapped(parts: Sequence[str], letters: int) -> list[str]:
    """Join parts into lines of at most so many letters; a part stays whole."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]} · {part}" if lines else part
        if lines and len(longer) <= letters:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines
