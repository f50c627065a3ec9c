"""The deployed architecture as a drawing: a box for each component, an arrow to each that uses it.

What several components stand on, such as keys and the network, is a strip below them and a mark on each: arrows to
everything would hide the others. Equal graphs give equal files.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from infra.local.graph import Graph, Resource
from infra.preview.cards import SIZES, Board, Card, Mark, wrapped
from infra.preview.components import components, uses, words
from infra.preview.layout import Edge
from infra.preview.svg import PALE, Canvas

_MARGIN = 36
_TITLE = 72
_FOOT = 34
_STRIP = 58
_LINE = 17
_LONGEST_KIND = 34
_FOUNDATION_OF = 3
"""What nothing comes before, and at least so many components stand on, is a foundation."""

_SECOND_FOUNDATION_OF = 8
"""So is what comes after foundations alone, if so many stand on it: the copy of a key in a second region."""

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
        self._used = uses(graph, self._components)
        self._foundations = _foundations(self._used)
        self._colours = {urn: colour_of(component.resources) for urn, component in self._components.items()}

    def draw(self, environment: str) -> str:
        # Sorted, for the program declares in whatever order answers come.
        boxes = sorted(urn for urn in self._components if urn not in self._foundations)
        weights: dict[Edge, int] = {
            (source, target): count
            for target, sources in self._used.items()
            for source, count in sources.items()
            if target in boxes and source in boxes
        }
        board = Board({urn: self._card(urn) for urn in boxes}, weights)
        foot = _MARGIN + _TITLE + board.height
        height = foot + 30 + (_STRIP + 12) * len(self._foundations) + _FOOT
        canvas = Canvas(width=board.width + 2 * _MARGIN, height=height)
        self._title(canvas, environment)
        board.draw(canvas, _MARGIN, _MARGIN + _TITLE)
        for number, urn in enumerate(self._foundations):
            self._strip(canvas, urn, foot + 30 + number * (_STRIP + 12), board.width)
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

    def _card(self, urn: str) -> Card:
        component = self._components[urn]
        marks = [
            Mark(words(self._components[each].kind), self._colours[each])
            for each in self._foundations
            if each in self._used[urn]
        ]
        lines = wrapped(_counted(component.counts()))
        return Card(words(component.kind), component.name, lines, marks, self._colours[urn])

    def _strip(self, canvas: Canvas, urn: str, top: float, width: float) -> None:
        component = self._components[urn]
        canvas.box(_MARGIN, top, width, _STRIP, self._colours[urn])
        canvas.text(_MARGIN + 18, top + 25, words(component.kind), size=15, bold=True)
        canvas.text(_MARGIN + 18, top + 42, component.name, size=11, colour=PALE)
        lines = wrapped(_counted(component.counts()), int((width - SIZES.column) / 6.6))
        for number, line in enumerate(lines[:2]):
            canvas.text(_MARGIN + SIZES.column, top + 25 + _LINE * number, line, size=12)


def _foundations(used: Mapping[str, Counter[str]]) -> list[str]:
    users = Counter(source for sources in used.values() for source in sources)
    first = [urn for urn, sources in sorted(used.items()) if not sources and users[urn] >= _FOUNDATION_OF]
    return [
        *first,
        *(
            urn
            for urn, sources in sorted(used.items())
            if sources and set(sources) <= set(first) and users[urn] >= _SECOND_FOUNDATION_OF
        ),
    ]


def colour_of(resources: Iterable[Resource]) -> str:
    """Colour of resources that are drawn together, by the AWS services most of them belong to."""
    services = Counter(each.type.split(":")[1].partition("/")[0] for each in resources)
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
