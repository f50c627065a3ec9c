"""A row of latest values: the online value of a tile set whose one tile holds all time.

In front stands what nearly every lookup wants, the latest value of each slot, and when the oldest
and the newest of them happened: enough to know, without looking further, that all of them are
valid at an instant. Behind it is what only writers need, and readers that ask for an instant
before the newest event: the same `pages.Page` as of any other tile set, event stamps written once.

    "HR" format | CRC-32 of the head | length of the head | head | rest, sealed like a page
"""

import zlib
from collections.abc import Sequence
from struct import Struct, error
from typing import Any

import msgspec

from headwater.aggregates import State
from headwater.errors import CorruptValueError
from headwater.online import pages
from headwater.online.pages import Moment, Page, SlotStates, Tile

_MAGIC = b"HR\x01"
_HEADER = Struct(">3sII")
_ABSENT = -1


class Row(msgspec.Struct, array_like=True, gc=False):
    """The latest values.

    Attributes:
        version: Of the tile set.
        full: Whether every slot has a value.
        oldest_us: Event time of the oldest of the values.
        newest_us: Event time of the newest event, with or without values.
        values: By slot; None where there is none.
    """

    version: str
    full: bool
    oldest_us: int
    newest_us: int
    values: list[Any]


class _States(msgspec.Struct, array_like=True):
    """States of all slots at one time.

    Attributes:
        time_us: The time.
        stamps: Number of each slot's stamp; one number if all slots have the same.
        values: By slot; None: wherever there is a stamp, the head's.
    """

    time_us: int
    stamps: list[int] | int
    values: list[Any] | None


class _Rest(msgspec.Struct, array_like=True):
    """What is behind the head: event times and ids once each, and the states that refer to them."""

    applied: dict[str, bytes]
    recent_ids: dict[int, int]
    stamps: list[tuple[int, str]]
    settled: _States
    recent: list[_States]


_ENCODER = msgspec.msgpack.Encoder()
_ROWS = msgspec.msgpack.Decoder(Row)
_RESTS = msgspec.msgpack.Decoder(_Rest)


def encode(page: Page, states: SlotStates) -> bytes:
    """Return the bytes of a page that has one tile, for all time."""
    tile = page.tiles[0]
    latest = states.merge_all([tile.settled, *[moment.states for moment in tile.recent]])
    times = [state[0] for state in latest if state is not None]
    newest_us = max([tile.settled_until_us, *[moment.time_us for moment in tile.recent]])
    row = Row(
        page.version,
        len(times) == len(latest),
        min(times, default=pages.NEVER_US),
        newest_us,
        [None if state is None else state[2] for state in latest],
    )
    stamps: dict[tuple[int, str], int] = {}
    settled = _pack(tile.settled_until_us, tile.settled, latest, stamps)
    recent = [_pack(moment.time_us, moment.states, latest, stamps) for moment in tile.recent]
    head = _ENCODER.encode(row)
    rest = _ENCODER.encode(_Rest(page.applied, page.recent_ids, list(stamps), settled, recent))
    return _HEADER.pack(_MAGIC, zlib.crc32(head), len(head)) + head + pages.seal(rest)


def _pack(
    time_us: int, states: Sequence[State], latest: Sequence[State], stamps: dict[tuple[int, str], int]
) -> _States:
    own = [
        _ABSENT if state is None else stamps.setdefault((state[0], state[1]), len(stamps)) for state in states
    ]
    is_latest = all(state is None or state == last for state, last in zip(states, latest, strict=True))
    return _States(
        time_us,
        own[0] if len(set(own)) == 1 else own,
        None if is_latest else [None if state is None else state[2] for state in states],
    )


def head(key: str, value: bytes) -> Row:
    """Read the latest values alone.

    Raises:
        CorruptValueError: The bytes are not a row; names the key.
    """
    return _row(key, _checked(key, value)[0])


def heads(keys: Sequence[str], values: Sequence[bytes | None]) -> list[Row | None]:
    """Like `head`, of many; None where there is no row."""
    found: list[Row | None] = []
    unpack, size, crc32, decode_row = _HEADER.unpack_from, _HEADER.size, zlib.crc32, _ROWS.decode
    for key, value in zip(keys, values, strict=True):
        if value is None:
            found.append(None)
            continue
        try:
            magic, checksum, length = unpack(value)
            front = value[size : size + length]
            sound = magic == _MAGIC and crc32(front) == checksum
            found.append(decode_row(front) if sound else head(key, value))
        except (error, msgspec.MsgspecError):
            found.append(head(key, value))  # says what is wrong with it
    return found


def decode(key: str, value: bytes) -> Page:
    """Read a whole row, as a page with one tile.

    Raises:
        CorruptValueError: The bytes are not a row; names the key.
    """
    front, behind = _checked(key, value)
    row = _row(key, front)
    try:
        rest = _RESTS.decode(pages.unseal(key, behind))
    except msgspec.MsgspecError as broken:
        raise CorruptValueError(f"online value {key!r}: {broken}; backfill the view") from broken
    tile = Tile(
        _unpack(rest.settled, row.values, rest.stamps),
        rest.settled.time_us,
        [Moment(moment.time_us, _unpack(moment, row.values, rest.stamps)) for moment in rest.recent],
    )
    return Page(row.version, rest.applied, {0: tile}, rest.recent_ids)


def _row(key: str, front: memoryview) -> Row:
    try:
        return _ROWS.decode(front)
    except msgspec.MsgspecError as broken:
        raise CorruptValueError(f"online value {key!r}: {broken}; backfill the view") from broken


def _unpack(packed: _States, latest: list[Any], stamps: list[tuple[int, str]]) -> list[State]:
    values = latest if packed.values is None else packed.values
    own = [packed.stamps] * len(values) if isinstance(packed.stamps, int) else packed.stamps
    return [
        None if stamp == _ABSENT else [*stamps[stamp], value]
        for stamp, value in zip(own, values, strict=True)
    ]


def _checked(key: str, value: bytes) -> tuple[memoryview, memoryview]:
    """The head, its checksum checked, and what is behind it."""
    try:
        magic, checksum, length = _HEADER.unpack_from(value)
    except error:
        magic, checksum, length = value[: len(_MAGIC)], 0, 0
    body = memoryview(value)[_HEADER.size :]
    if magic != _MAGIC:
        raise CorruptValueError(
            f"online value {key!r}: starts with {magic!r}, expected {_MAGIC!r}; "
            "it was written by another release or program; backfill the view"
        )
    front = body[:length]
    if zlib.crc32(front) != checksum:
        raise CorruptValueError(f"online value {key!r}: checksum does not match; backfill the view")
    return front, body[length:]
