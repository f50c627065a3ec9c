"""Boxes in columns: nothing overlaps, and arrows run from left to right around boxes."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from infra.preview.layout import Edge, Layout, Sizes, arrange, crossings

_SIZES = Sizes(column=100, between_columns=50, between_boxes=10)
_NAMES = [f"box-{number}" for number in range(9)]


@st.composite
def _graphs(draw: st.DrawFn) -> tuple[dict[str, float], list[Edge]]:
    count = draw(st.integers(1, len(_NAMES)))
    names = _NAMES[:count]
    pairs = list(combinations(names, 2))
    edges = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    return {name: float(draw(st.integers(30, 120))) for name in names}, edges


def _overlap(one: str, other: str, placed: Layout, heights: dict[str, float]) -> bool:
    return (
        placed.left[one] == placed.left[other]
        and placed.top[one] < placed.top[other] + heights[other]
        and placed.top[other] < placed.top[one] + heights[one]
    )


@given(_graphs())
def test_no_boxes_overlap(graph: tuple[dict[str, float], list[Edge]]) -> None:
    heights, edges = graph
    placed = arrange(heights, edges, _SIZES)
    assert [pair for pair in combinations(heights, 2) if _overlap(*pair, placed, heights)] == []


@given(_graphs())
def test_arrows_run_to_the_right(graph: tuple[dict[str, float], list[Edge]]) -> None:
    heights, edges = graph
    placed = arrange(heights, edges, _SIZES)
    assert [edge for edge in edges if placed.left[edge[0]] >= placed.left[edge[1]]] == []


@given(_graphs())
def test_arrows_pass_columns_beside_their_boxes(graph: tuple[dict[str, float], list[Edge]]) -> None:
    heights, edges = graph
    placed = arrange(heights, edges, _SIZES)
    met = [
        (edge, name)
        for edge, ways in placed.ways.items()
        for x, y in ways
        for name in heights
        if placed.left[name] == x and placed.top[name] < y < placed.top[name] + heights[name]
    ]
    assert met == []


@given(_graphs())
def test_the_order_in_which_arrows_are_named_makes_no_difference(
    graph: tuple[dict[str, float], list[Edge]],
) -> None:
    heights, edges = graph
    assert arrange(heights, edges, _SIZES) == arrange(heights, edges[::-1], _SIZES)


def test_crossed_arrows_are_untangled() -> None:
    heights = dict.fromkeys(("a", "b", "x", "y"), 10.0)
    placed = arrange(heights, [("a", "y"), ("b", "x")], _SIZES)
    assert (placed.top["a"] < placed.top["b"]) == (placed.top["y"] < placed.top["x"])


def test_crossings_are_counted_between_neighbouring_columns() -> None:
    assert crossings([["a", "b"], ["x", "y"]], [("a", "y"), ("b", "x")]) == 1
