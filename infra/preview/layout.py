"""Places boxes in columns so that arrows run from left to right and cross little.

After Sugiyama: a column by the longest way to a box, an order in each column by the middle of the neighbours. An
arrow over several columns passes each on a place of its own, so that it runs around boxes and not through them.
Equal graphs give equal drawings.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Edge = tuple[str, str]

_SWEEPS = 12
_PASS_HEIGHT = 14.0


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Sizes of a drawing, in its own units.

    Attributes:
        column: Width of every box.
        between_columns: Room for arrows.
        between_boxes: Room between boxes of a column.
    """

    column: float
    between_columns: float
    between_boxes: float


@dataclass(kw_only=True)
class Layout:
    """Where everything is.

    Attributes:
        left: Left edge of each box.
        top: Top edge of each box.
        ways: Points that each arrow passes between its ends: where it enters and leaves a column.
        width: Of the whole.
        height: Of the whole.
    """

    left: dict[str, float] = field(default_factory=dict)
    top: dict[str, float] = field(default_factory=dict)
    ways: dict[Edge, list[tuple[float, float]]] = field(default_factory=dict)
    width: float = 0
    height: float = 0


def arrange(heights: Mapping[str, float], edges: Iterable[Edge], sizes: Sizes) -> Layout:
    """Place boxes.

    Args:
        heights: Height of each box.
        edges: From and to; without circles.
        sizes: How much room there is.
    """
    edges = sorted(set(edges))
    ranks = _ranks(list(heights), edges)
    columns, hops = _columns(ranks, edges)
    for _ in range(_SWEEPS):
        _sort(columns, hops, forward=True)
        _sort(columns, hops, forward=False)
    _untangle(columns, hops)
    return _place(columns, heights, edges, sizes)


def _ranks(names: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Column of each box: after all that point to it; those that nothing points to, right before what they point to."""
    before = {name: [source for source, target in edges if target == name] for name in names}
    found: dict[str, int] = {}

    def rank(name: str) -> int:
        if name not in found:
            found[name] = 1 + max(map(rank, before[name]), default=-1)
        return found[name]

    for name in names:
        rank(name)
    for name in names:
        after = [found[target] for source, target in edges if source == name]
        if not before[name] and after:
            found[name] = min(after) - 1
    return found


def _pass(edge: Edge, column: int) -> str:
    return f"{edge[0]}>{edge[1]}@{column}"


def _columns(ranks: Mapping[str, int], edges: Sequence[Edge]) -> tuple[list[list[str]], list[Edge]]:
    """Boxes and passing arrows of each column, and the hops between neighbouring columns."""
    columns: list[list[str]] = [[] for _ in range(1 + max(ranks.values(), default=0))]
    for name in sorted(ranks):
        columns[ranks[name]].append(name)
    hops: list[Edge] = []
    for edge in edges:
        source, target = edge
        stops = [source, *(_pass(edge, column) for column in range(ranks[source] + 1, ranks[target])), target]
        for column, stop in enumerate(stops[1:-1], ranks[source] + 1):
            columns[column].append(stop)
        hops += pairwise(stops)
    return columns, hops


def _sort(columns: Sequence[list[str]], hops: Sequence[Edge], *, forward: bool) -> None:
    """Order each column by the middle of its neighbours in the column before, or after."""
    order = range(1, len(columns)) if forward else range(len(columns) - 2, -1, -1)
    for column in order:
        fixed = columns[column - 1 if forward else column + 1]
        places = {name: (place + 0.5) / len(fixed) for place, name in enumerate(fixed)}
        own = {name: (place + 0.5) / len(columns[column]) for place, name in enumerate(columns[column])}
        middles = {}
        for name in columns[column]:
            ends = [
                places[one if forward else other]
                for one, other in hops
                if (other if forward else one) == name and (one if forward else other) in places
            ]
            middles[name] = sum(ends) / len(ends) if ends else own[name]
        columns[column].sort(key=lambda name: (middles[name], name))


def _untangle(columns: Sequence[list[str]], hops: Sequence[Edge]) -> None:
    """Exchange neighbours as long as fewer arrows cross for it."""
    better = True
    while better:
        better = False
        for column in columns:
            for place in range(len(column) - 1):
                now = crossings(columns, hops)
                column[place], column[place + 1] = column[place + 1], column[place]
                if crossings(columns, hops) < now:
                    better = True
                else:
                    column[place], column[place + 1] = column[place + 1], column[place]


def crossings(columns: Sequence[Sequence[str]], hops: Sequence[Edge]) -> int:
    """How many pairs of arrows cross between neighbouring columns."""
    places = {
        name: (number, place) for number, column in enumerate(columns) for place, name in enumerate(column)
    }
    found = 0
    for number, (one, other) in enumerate(hops):
        for another, further in hops[number + 1 :]:
            if places[one][0] == places[another][0]:
                starts = places[one][1] - places[another][1]
                ends = places[other][1] - places[further][1]
                found += starts * ends < 0
    return found


def _place(
    columns: Sequence[Sequence[str]], heights: Mapping[str, float], edges: Sequence[Edge], sizes: Sizes
) -> Layout:
    made = Layout()

    def height(name: str) -> float:
        return heights.get(name, _PASS_HEIGHT)

    totals = [sum(map(height, column)) + sizes.between_boxes * max(0, len(column) - 1) for column in columns]
    made.height = max(totals, default=0)
    made.width = len(columns) * sizes.column + (len(columns) - 1) * sizes.between_columns
    passes: dict[str, tuple[float, float]] = {}
    for number, column in enumerate(columns):
        left = number * (sizes.column + sizes.between_columns)
        # What is to spare goes between the boxes, so that every column takes the whole height.
        spare = (made.height - totals[number]) / (len(column) + 1)
        top = spare
        for name in column:
            if name in heights:
                made.left[name], made.top[name] = left, top
            else:
                passes[name] = (left, top + _PASS_HEIGHT / 2)
            top += height(name) + sizes.between_boxes + spare
    for edge in edges:
        made.ways[edge] = [
            point
            for column in range(len(columns))
            if (place := passes.get(_pass(edge, column)))
            for point in (place, (place[0] + sizes.column, place[1]))
        ]
    return made
