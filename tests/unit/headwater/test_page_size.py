"""Tests of `headwater.page_size`: no page that is full of the largest values is larger than it says."""

from typing import Any

import pytest

from headwater import aggregates, page_size, windows
from headwater.aggregates import AGGREGATES
from headwater.expressions import MAX_STRING_BYTES
from headwater.online import pages
from headwater.online.pages import Page, Tile
from headwater.page_size import MAX_ID_BYTES

_LARGEST: dict[str, Any] = {
    "string": "x" * MAX_STRING_BYTES,
    "int64": 2**63 - 1,
    "float64": -1e150,
    "bool": True,
    "timestamp": 2**62,
}
_CASES = sorted(
    {(state, kind or "int64") for each in AGGREGATES.values() for kind, state in each.states.items()}
)


@pytest.mark.parametrize(("state", "kind"), _CASES)
def test_a_full_page_is_no_larger_than_said(state: str, kind: str) -> None:
    name = "last_n:7" if state == "last_n" else state
    states = aggregates.state_kind(name)
    merged = None
    for number in range(300):
        value = _LARGEST[kind]
        if state == "distinct":
            value = f"{number}"
        event_id = f"{number:0{MAX_ID_BYTES}}"
        merged = aggregates.merge(name, merged, states.lift(value, 2**62 + number, event_id))
    page = Page("0123456789ab", {"shardId-000000000000": b"x" * 24})
    for place in range(windows.TILES_PER_PAGE):
        page.tiles[place] = Tile([merged], 2**62)
    size = page_size.page_bytes(page_size.state_bytes(name, kind), row=False)
    assert len(pages.encode(page)) <= size
