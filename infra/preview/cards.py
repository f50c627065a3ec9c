"""Boxes with text in them and arrows between them: what every drawing of the program is made of."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from infra.preview.layout import Edge, Sizes, arrange
from infra.preview.svg import PALE, Canvas, mark_width

SIZES = Sizes(column=276, between_columns=124, between_boxes=26)
LETTERS = 38
_INDENT = 18
_HEAD = 54
_LINE = 17
_MARKS = 28
_MARK_ROW = 22
_MARK_GAP = 8


class Mark(NamedTuple):
    """Says on a box that it uses something that has no box of its own."""

    text: str
    colour: str


class Card(NamedTuple):
    """What stands in a box.

    Attributes:
        title: In bold.
        about: Below it, small.
        lines: What is in it.
        marks: What it uses that has no box.
        colour: Of its stripe, and of the arrows that leave it.
    """

    title: str
    about: str
    lines: Sequence[str]
    marks: Sequence[Mark]
    colour: str

    @property
    def height(self) -> float:
        """How high the box is."""
        marks = _MARKS + _MARK_ROW * (len(self.mark_rows) - 1) if self.marks else 0
        return _HEAD + _LINE * len(self.lines) + marks + 8

    @property
    def mark_rows(self) -> list[list[Mark]]:
        """The marks, as many in a row as it is wide enough for."""
        rows: list[list[Mark]] = []
        room = 0.0
        for mark in self.marks:
            width = mark_width(mark.text) + _MARK_GAP
            if not rows or width > room:
                rows.append([])
                room = SIZES.column - 2 * _INDENT
            rows[-1].append(mark)
            room -= width
        return rows


class Board:
    """Cards in columns, and arrows from each to those that use it.

    Args:
        cards: By key.
        weights: How much the second uses the first; without circles.
    """

    def __init__(self, cards: Mapping[str, Card], weights: Mapping[Edge, int]) -> None:
        self._cards = cards
        self._weights = weights
        self._placed = arrange({key: card.height for key, card in cards.items()}, weights, SIZES)
        self.width, self.height = self._placed.width, self._placed.height

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        """Draw everything."""
        self._arrows(canvas, left, top)
        for key, card in self._cards.items():
            self._box(canvas, card, left + self._placed.left[key], top + self._placed.top[key])

    def _box(self, canvas: Canvas, card: Card, left: float, top: float) -> None:
        canvas.box(left, top, SIZES.column, card.height, card.colour)
        canvas.text(left + _INDENT, top + 25, card.title, size=15, bold=True)
        canvas.text(left + _INDENT, top + 42, card.about, size=11, colour=PALE)
        for number, line in enumerate(card.lines):
            canvas.text(left + _INDENT, top + _HEAD + 10 + _LINE * number, line, size=12)
        for number, row in enumerate(reversed(card.mark_rows)):
            right = left + _INDENT
            for mark in row:
                bottom = top + card.height - 27 - _MARK_ROW * number
                right += _MARK_GAP + canvas.mark(right, bottom, mark.text, mark.colour)

    def _arrows(self, canvas: Canvas, left: float, top: float) -> None:
        starts, ends = self._ports()
        for edge in sorted(self._weights, key=lambda each: (self._weights[each], each)):
            source, target = edge
            points = [
                (self._placed.left[source] + SIZES.column, starts[edge]),
                *self._placed.ways[edge],
                (self._placed.left[target], ends[edge]),
            ]
            moved = [(left + x, top + y) for x, y in points]
            width = 1.3 + 0.7 * math.log2(self._weights[edge])
            canvas.arrow(moved, width, self._cards[source].colour)

    def _ports(self) -> tuple[dict[Edge, float], dict[Edge, float]]:
        """Where arrows leave and enter boxes: spread over the side, in the order of where they go."""
        starts: dict[Edge, float] = {}
        ends: dict[Edge, float] = {}
        for key in self._cards:
            leaving = [edge for edge in self._weights if edge[0] == key]
            leaving.sort(key=lambda edge: (self._toward(edge, first=True), edge))
            starts |= self._spread(key, leaving)
            entering = [edge for edge in self._weights if edge[1] == key]
            entering.sort(key=lambda edge: (self._toward(edge, first=False), edge))
            ends |= self._spread(key, entering)
        return starts, ends

    def _toward(self, edge: Edge, *, first: bool) -> float:
        ways = self._placed.ways[edge]
        if ways:
            return ways[0 if first else -1][1]
        key = edge[1] if first else edge[0]
        return self._placed.top[key] + self._cards[key].height / 2

    def _spread(self, key: str, edges: Sequence[Edge]) -> dict[Edge, float]:
        step = self._cards[key].height / (len(edges) + 1)
        return {edge: self._placed.top[key] + step * (number + 1) for number, edge in enumerate(edges)}


def wrapped(parts: Sequence[str], letters: int = LETTERS) -> list[str]:
    """Join parts into lines of at most so many letters; a part stays whole.

    >>> wrapped(["table", "key × 2", "a long role"], 16)
    ['table · key × 2', 'a long role']
    """
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]} · {part}" if lines else part
        if lines and len(longer) <= letters:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines
