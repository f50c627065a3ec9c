"""A page of tiles: what one online value holds, its bytes, and how events change it.

A page keeps up to `windows.TILES_PER_PAGE` tiles of one view, entity and width. It remembers the
last sequence number applied from each shard, so that a record delivered again changes nothing.
DynamoDB and Redis hold the same bytes.

The exact head of a window ends strictly before ``t``, inside a tile. A tile of the finest width
therefore keeps its most recent moments apart from the rest: a reader that asks for ``t`` leaves
out what came later. Moments are settled into the tile once there are more than
`RECENT_MOMENTS` of them or the tile is well behind the stream.
"""

import zlib
from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from headwater import windows
from headwater.aggregates import State, merge
from headwater.errors import CorruptValueError
from headwater.registry import SlotSpec

RECENT_MOMENTS = 16
SETTLED_AFTER_TILES = 2
"""A tile is settled when the stream is this many widths past its end."""

_MAGIC = b"HW\x01"
_HEADER_BYTES = len(_MAGIC) + 4
NEVER_US = -(2**63)


class Moment(msgspec.Struct, array_like=True):
    """The states of the events at one instant, one per slot."""

    time_us: int
    states: list[State]


class Tile(msgspec.Struct, array_like=True):
    """The states of one tile: settled ones, and those of recent moments in order of time."""

    settled: list[State]
    settled_until_us: int = NEVER_US
    recent: list[Moment] = msgspec.field(default_factory=list)


class Page(msgspec.Struct, array_like=True):
    """Tiles by their position in the page, and what has been applied to them by shard."""

    version: str
    applied: dict[str, bytes] = msgspec.field(default_factory=dict)
    tiles: dict[int, Tile] = msgspec.field(default_factory=dict)


class Change(NamedTuple):
    """One event as a page takes it.

    Attributes:
        shard: Where the event was read from.
        sequence: Its position in the shard; positions of a shard only grow.
        event_time_us: τ.
        states: The event lifted to one state per slot; None where the slot's column is null.
    """

    shard: str
    sequence: int
    event_time_us: int
    states: list[State]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Page)


def encode(page: Page) -> bytes:
    """Return a page's bytes: magic and format, CRC-32 of the body, MessagePack body."""
    body = _ENCODER.encode(page)
    return _MAGIC + zlib.crc32(body).to_bytes(4, "big") + body


def decode(key: str, value: bytes) -> Page:
    """Read a page's bytes.

    Raises:
        CorruptValueError: The bytes are not a page; names the key.
    """
    body = memoryview(value)[_HEADER_BYTES:]
    if value[: len(_MAGIC)] != _MAGIC:
        raise CorruptValueError(
            f"online value {key!r}: starts with {value[:3]!r}, expected {_MAGIC!r}; "
            "it was written by another release or program; backfill the view"
        )
    if zlib.crc32(body).to_bytes(4, "big") != value[len(_MAGIC) : _HEADER_BYTES]:
        raise CorruptValueError(f"online value {key!r}: checksum does not match; backfill the view")
    try:
        return _DECODER.decode(body)
    except msgspec.MsgspecError as error:
        raise CorruptValueError(f"online value {key!r}: {error}; backfill the view") from error


def sequence_of(page: Page, shard: str) -> int:
    """Last sequence number applied from a shard; -1 if none."""
    packed = page.applied.get(shard)
    return -1 if packed is None else int.from_bytes(packed, "big")


def _pack(sequence: int) -> bytes:
    return sequence.to_bytes((sequence.bit_length() + 7) // 8 or 1, "big")


def apply(
    page: Page,
    changes: Iterable[Change],
    slots: tuple[SlotSpec, ...],
    width_us: int,
    *,
    settle_until_us: int | None,
) -> int:
    """Apply changes to a page in place, once each.

    Args:
        page: The page all changes fall in.
        changes: In any order; those a shard has delivered before are left out.
        slots: Slots of the view.
        width_us: Width of the page's tiles.
        settle_until_us: Tiles that end at or before this keep no moments apart; None: no tile does.

    Returns:
        How many changes were new.
    """
    reached = {shard: sequence_of(page, shard) for shard in page.applied}
    fresh: dict[tuple[str, int], Change] = {
        (change.shard, change.sequence): change
        for change in changes
        if change.sequence > reached.get(change.shard, -1)
    }
    for change in fresh.values():
        index = windows.tile_of(change.event_time_us, width_us)
        tile = page.tiles.setdefault(index % windows.TILES_PER_PAGE, Tile([None] * len(slots)))
        end_us = (index + 1) * width_us
        if settle_until_us is None or end_us <= settle_until_us:
            _settle(tile, Moment(change.event_time_us, change.states), slots)
        else:
            _remember(tile, change, slots)
        reached[change.shard] = max(reached.get(change.shard, -1), change.sequence)
    page.applied = {shard: _pack(sequence) for shard, sequence in reached.items()}
    return len(fresh)


def _settle(tile: Tile, moment: Moment, slots: tuple[SlotSpec, ...]) -> None:
    tile.settled = merge_states(tile.settled, moment.states, slots)
    tile.settled_until_us = max(tile.settled_until_us, moment.time_us)


def _remember(tile: Tile, change: Change, slots: tuple[SlotSpec, ...]) -> None:
    at = bisect_left(tile.recent, change.event_time_us, key=_time_of)
    if at < len(tile.recent) and tile.recent[at].time_us == change.event_time_us:
        moment = tile.recent[at]
        moment.states = merge_states(moment.states, change.states, slots)
        return
    tile.recent.insert(at, Moment(change.event_time_us, change.states))
    if len(tile.recent) > RECENT_MOMENTS:
        _settle(tile, tile.recent.pop(0), slots)


def _time_of(moment: Moment) -> int:
    return moment.time_us


def settle(page: Page, page_index: int, slots: tuple[SlotSpec, ...], width_us: int, *, until_us: int) -> None:
    """Settle the moments of tiles that end at or before ``until_us``."""
    for position, tile in page.tiles.items():
        end_us = (page_index * windows.TILES_PER_PAGE + position + 1) * width_us
        if tile.recent and end_us <= until_us:
            for moment in tile.recent:
                _settle(tile, moment, slots)
            tile.recent = []


def merge_states(left: list[State], right: list[State], slots: tuple[SlotSpec, ...]) -> list[State]:
    """Merge two lists of states, slot by slot."""
    return [merge(slot.state, a, b) for slot, a, b in zip(slots, left, right, strict=True)]


def states_until(tile: Tile, until_us: int, slots: tuple[SlotSpec, ...]) -> list[State] | None:
    """States of a tile's events with ``τ <= until_us``.

    Returns:
        One state per slot, or None if settled events lie after ``until_us``: they cannot be told apart.
    """
    if tile.settled_until_us > until_us:
        return None
    states = tile.settled
    for moment in tile.recent:
        if moment.time_us <= until_us:
            states = merge_states(states, moment.states, slots)
    return states
