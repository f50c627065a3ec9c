"""How large the online values of a view are: pages filled with as many events as assumed, encoded by the library."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from cost.metered_units import item_bytes, read_units, write_units
from cost.typical import ENVIRONMENT, EVENT_ID, NOW_US, SEQUENCE, SHARD, typical
from headwater import names, windows
from headwater.aggregates import State
from headwater.online import pages, rows, writer
from headwater.online.changes import slot_lift
from headwater.online.pages import Change, Delta, Page, SlotStates, id_hash
from headwater.registry import TileSetSpec, ViewSpec

_FILLS = (0.125, 0.375, 0.625, 0.875)
"""How full the page that is written to is, through its life: the middles of its quarters."""


class PageKind(NamedTuple):
    """Pages of one width that a view keeps for each entity.

    Attributes:
        view: The view.
        width: Of the tiles, such as ``1h``; ``ever`` for a row of latest values.
        key_bytes: Of the online key.
        written_bytes: Of the value that an event changes, at four moments of its life.
        full_bytes: Of the value when no event changes it any more.
        kept: Pages of an entity that have not expired, on average, the one that is written to included.
    """

    view: str
    width: str
    key_bytes: int
    written_bytes: tuple[int, ...]
    full_bytes: int
    kept: float

    @property
    def mean_bytes(self) -> float:
        """Of a value that is stored, on average."""
        current = sum(self.written_bytes) / len(self.written_bytes)
        return (current + (self.kept - 1) * self.full_bytes) / self.kept if self.kept > 1 else current

    @property
    def write_units(self) -> float:
        """DynamoDB's write units of one write, on average."""
        return _mean([write_units(item_bytes(self.key_bytes, size)) for size in self.written_bytes])

    @property
    def read_units(self) -> float:
        """DynamoDB's read units of reading the page that is written to, consistently; half of it otherwise."""
        return _mean([read_units(item_bytes(self.key_bytes, size)) for size in self.written_bytes])

    @property
    def full_write_units(self) -> float:
        """Write units of a page that is full."""
        return write_units(item_bytes(self.key_bytes, self.full_bytes))

    @property
    def full_read_units(self) -> float:
        """The same of a page that is full."""
        return read_units(item_bytes(self.key_bytes, self.full_bytes))


@lru_cache(maxsize=4096)
def page_kinds(
    view: ViewSpec, columns: tuple[tuple[str, str], ...], events_per_s: float, text_bytes: int
) -> tuple[PageKind, ...]:
    """The pages that a view keeps for an entity.

    Args:
        view: The view.
        columns: Of its source, with their types.
        events_per_s: Of one entity.
        text_bytes: Length of a string column's value.
    """
    return tuple(
        _page_kind(view, tile_set, width, typical(dict(columns), text_bytes), events_per_s, text_bytes)
        for tile_set in view.tile_sets
        for width in tile_set.widths_us
    )


def _page_kind(
    view: ViewSpec,
    tile_set: TileSetSpec,
    width_us: int,
    data: Mapping[str, Any],
    events_per_s: float,
    text_bytes: int,
) -> PageKind:
    width = windows.format_duration(width_us)
    entity = names.entity_key(["x" * _length(key.type, text_bytes) for key in view.keys])
    page = windows.page_of(windows.tile_of(NOW_US, width_us))
    key = names.page_keys(ENVIRONMENT, view.name, tile_set.version, width)(entity, page)
    make = _Filled(view, tile_set, width_us, data, events_per_s)
    if tile_set.is_row:
        size = make.size(1)
        return PageKind(view.name, width, len(key), (size,), size, 1.0)
    span_us = windows.TILES_PER_PAGE * width_us
    reach_us = tile_set.reaches_us[tile_set.widths_us.index(width_us)]
    # Written over its own span, and kept until its last tile is out of reach. Of an entity with few events, only
    # the pages that have one exist.
    exists = 1 - math.exp(-events_per_s * span_us / 1e6)
    kept = 1 + max((reach_us + writer.GRACE_US) / span_us, 0) * exists
    return PageKind(
        view.name,
        width,
        len(key),
        tuple(make.size(fill * windows.TILES_PER_PAGE) for fill in _FILLS),
        make.size(windows.TILES_PER_PAGE),
        kept,
    )


class _Filled:
    """Makes pages with as many events as there would be, and encodes them."""

    def __init__(
        self,
        view: ViewSpec,
        tile_set: TileSetSpec,
        width_us: int,
        data: Mapping[str, Any],
        events_per_s: float,
    ) -> None:
        self._view, self._tile_set, self._width_us = view, tile_set, width_us
        self._states = SlotStates(tile_set.slots)
        # As if every event met every condition: the most that there can be.
        self._lifts = [slot_lift(msgspec.structs.replace(slot, where=None)) for slot in tile_set.slots]
        self._per_s = events_per_s
        self._data = data
        self._keeps_ids = view.include_current and tile_set.head and width_us == tile_set.widths_us[0]

    def size(self, tiles: float) -> int:
        """Bytes of a page that has come so many tiles far.

        Args:
            tiles: Of `windows.TILES_PER_PAGE`.
        """
        is_row = self._tile_set.is_row
        width_s = windows.HOUR_US / 1e6 if is_row else self._width_us / 1e6
        mean = self._per_s * width_s
        each = min(max(round(mean), 1), pages.RECENT_MOMENTS + 1)
        occupied = 1 if is_row else max(round(tiles * (1 - math.exp(-mean))), 1)
        places = [0] if is_row else [math.floor(at * tiles / occupied) for at in range(occupied)]
        page = Page(self._tile_set.version)
        start_us = 0 if is_row else self._page_start_us()
        settled_us = None
        if self._tile_set.head and self._width_us == self._tile_set.widths_us[0]:
            ends_us = start_us + int(tiles * self._width_us)
            # Its last tiles keep moments apart, and go on doing so when no event changes the page any more.
            settled_us = ends_us - pages.SETTLED_AFTER_TILES * self._width_us
            if is_row:
                settled_us = NOW_US - writer.GRACE_US - 1
        lifted = self._lifted(each)
        settled = [
            place
            for place in places
            if not is_row and (settled_us is None or start_us + (place + 1) * self._width_us <= settled_us)
        ]
        # Settled tiles differ in their times only, which are as long: one of them is made, and stands for all.
        made = settled[:1] + [place for place in places if place not in settled]
        deltas = [Delta(self._changes(place, lifted, start_us), self._states) for place in made]
        pages.apply(page, deltas, self._states, self._width_us, settle_until_us=settled_us)
        for place in settled:
            page.tiles[place] = page.tiles[settled[0]]
        if self._keeps_ids:
            count = min(max(round(self._per_s * 2 * writer.GRACE_US / 1e6), 1), pages.MAX_RECENT_IDS)
            page.recent_ids = {id_hash(f"{EVENT_ID}{at}"): NOW_US for at in range(count)}
        return len(rows.encode(page, self._states) if is_row else pages.encode(page))

    def _page_start_us(self) -> int:
        number = windows.page_of(windows.tile_of(NOW_US, self._width_us))
        return number * windows.TILES_PER_PAGE * self._width_us

    def _lifted(self, each: int) -> list[list[State]]:
        """States of the events of one tile; those of another tile are as long."""
        return [
            [lift(self._data, NOW_US + at, f"{EVENT_ID[:-4]}{at:04d}") for lift in self._lifts]
            for at in range(each)
        ]

    def _changes(self, place: int, lifted: list[list[State]], start_us: int) -> list[Change]:
        is_row = self._tile_set.is_row
        width_us = windows.HOUR_US if is_row else self._width_us
        first_us = NOW_US - width_us if is_row else start_us + place * width_us
        step_us = width_us // (len(lifted) + 1)
        return [
            Change(SHARD, SEQUENCE + place * len(lifted) + at, first_us + (at + 1) * step_us, states)
            for at, states in enumerate(lifted)
        ]


def _length(kind: str, text_bytes: int) -> int:
    return text_bytes if kind == "string" else 8


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
