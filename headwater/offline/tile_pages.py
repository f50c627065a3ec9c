"""Pages of tiles straight from a table of events: what a backfill writes, built column by column.

The bytes are those of `headwater.online.pages`, put together from whole columns instead of from one
tile at a time. Only tile sets of numbers can be built so (`can_build`); the others go through the
stream's own code.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from headwater import names, windows
from headwater.envelope import LoggedEvent
from headwater.offline.ranges import Mask, Positions, Values
from headwater.offline.sorted_events import numbers_of, slot_column
from headwater.offline.types import ARROW_TYPES, to_numpy
from headwater.online import pages
from headwater.online.changes import PageRef, Tiler
from headwater.online.pages import Page, SlotStates
from headwater.online.stores import Write
from headwater.online.writer import ttl_s
from headwater.registry import SlotSpec

Bytes = npt.NDArray[np.uint8]
ToEvents = Callable[[pa.Table], list[LoggedEvent]]

_INT, _FLOAT, _NIL, _EMPTY_LIST, _EMPTY_MAP = 0xD3, 0xCB, 0xC0, 0x90, 0x80
_LOW_BITS = 32
_SHORT = 15
"""Most entries of a list or map whose header is one byte in MessagePack."""


def can_build(tiler: Tiler) -> bool:
    """Whether a tile set holds nothing but numbers."""
    return not tiler.view.include_current and all(slot.state in _WRITERS for slot in tiler.tile_set.slots)


def build_pages(
    tiler: Tiler, events: pa.Table, cutover_us: int, environment: str, shard: str, to_events: ToEvents
) -> Iterator[tuple[PageRef, Write]]:
    """Build every page that a reader can still see at the cut-over.

    Args:
        tiler: Of a tile set that `can_build`.
        events: Events that arrived up to the cut-over, with the view's columns.
        cutover_us: The cut-over.
        environment: First part of every key.
        shard: Under which name a page takes them.
        to_events: Turns rows into events, for the tiles whose recent moments are kept apart.

    Yields:
        Each page and the write that creates it.
    """
    entity, entities = _entities(tiler, events)
    known = entity >= 0
    if not known.all():
        events, entity = events.filter(pa.array(known)), entity[known]
    times = to_numpy(events["event_time"].cast(pa.int64()))
    columns = [slot_column(slot, events) for slot in tiler.tile_set.slots]
    prefix = _prefix(tiler.tile_set.version, shard)
    for width, reach in zip(tiler.tile_set.widths_us, tiler.tile_set.reaches_us, strict=True):
        tile = (times - 1) // width
        rows = np.flatnonzero((tile + 1) * width + reach > cutover_us)
        if not len(rows):
            continue
        groups = _group(rows, entity, tile, times)
        matrix, kept = _tiles(tiler.tile_set.slots, columns, groups)
        recent: Mapping[tuple[str, int], list[bytes]] = {}
        if tiler.tile_set.head and width == tiler.tile_set.widths_us[0]:
            until_us = cutover_us - pages.SETTLED_AFTER_TILES * width
            unsettled = (groups.tile + 1) * width > until_us
            kept[unsettled] = False
            late = rows[(tile[rows] + 1) * width > until_us]
            recent = _recent(tiler, to_events(events.take(pa.array(late))), cutover_us, until_us)
        ttls: dict[int, int] = {}
        for ref, body in _bodies(tiler, width, groups, entities, matrix, kept, recent):
            if ref.page not in ttls:
                ttls[ref.page] = ttl_s(tiler.tile_set, ref, cutover_us)
            yield ref, Write(ref.key(environment), pages.seal(prefix + body), 0, ttls[ref.page])


class _Groups(NamedTuple):
    """Events of one width by entity and tile: ``rows[starts[i]:starts[i + 1]]`` is group i."""

    rows: Positions
    starts: Positions
    entity: Positions
    tile: Positions
    until_us: Positions


def _entities(tiler: Tiler, events: pa.Table) -> tuple[Positions, list[str]]:
    """Number of each row's entity (-1: none), and their online key parts."""
    code = np.zeros(events.num_rows, dtype=np.int64)
    missing = np.zeros(events.num_rows, dtype=bool)
    parts: list[list[str]] = []
    for key in tiler.view.keys:
        values = events[key.column].cast(ARROW_TYPES[key.type]).combine_chunks().dictionary_encode()
        indices = to_numpy(values.indices.fill_null(-1)).astype(np.int64)
        missing |= indices < 0
        parts.append([str(value) for value in values.dictionary.to_pylist()])
        code = code * (len(parts[-1]) + 1) + np.maximum(indices, 0)
    distinct, numbers = np.unique(code, return_inverse=True)
    numbers = numbers.astype(np.int64)
    numbers[missing] = -1
    chosen: list[list[str]] = []
    for own in reversed(parts):
        distinct, index = np.divmod(distinct, len(own) + 1)
        chosen.append([own[place] if own else "" for place in index.tolist()])
    return numbers, [names.entity_key(values) for values in zip(*reversed(chosen), strict=True)]


def _group(rows: Positions, entity: Positions, tile: Positions, times: Positions) -> _Groups:
    first = int(tile[rows].min())
    place = entity[rows] * (int(tile[rows].max()) - first + 1) + (tile[rows] - first)
    order = np.argsort(place, kind="stable")
    ordered, place = rows[order], place[order]
    starts = np.concatenate([[0], np.flatnonzero(place[1:] != place[:-1]) + 1])
    heads = ordered[starts]
    until = np.maximum.reduceat(times[ordered], starts)
    return _Groups(ordered, np.append(starts, len(ordered)), entity[heads], tile[heads], until)


def _tiles(
    slots: Sequence[SlotSpec], columns: Sequence[tuple[Any, Mask | None]], groups: _Groups
) -> tuple[Bytes, Mask]:
    """Every tile's entry in its page's map as a row of bytes, and which of them are written."""
    count = len(groups.tile)
    pieces = [_byte(count, groups.tile % windows.TILES_PER_PAGE), _byte(count, 0x93)]
    pieces += [_byte(count, value) for value in _header(0x90, 0xDC, len(slots))]
    present = [np.ones(count, dtype=bool)] * len(pieces)
    for slot, (values, counts) in zip(slots, columns, strict=True):
        piece, there = _slot(slot, values, counts, groups)
        pieces.append(piece)
        present.append(there)
    pieces += [_number(groups.until_us), _byte(count, _EMPTY_LIST)]
    present += [np.ones(count, dtype=bool)] * 2
    kept = []
    for piece, there in zip(pieces, present, strict=True):
        mask = np.repeat(there[:, None], piece.shape[1], axis=1)
        # A slot without a value is one byte: nil.
        piece[~there, 0] = _NIL
        mask[:, 0] = True
        kept.append(mask)
    return np.hstack(pieces), np.hstack(kept)


def _slot(slot: SlotSpec, values: Any, counts: Mask | None, groups: _Groups) -> tuple[Bytes, Mask]:
    starts = groups.starts[:-1]
    some = np.ones(len(groups.rows), dtype=bool) if counts is None else counts[groups.rows]
    n = np.add.reduceat(some.astype(np.int64), starts)
    numbers = np.zeros(0) if values is None else numbers_of(values)[groups.rows]
    return _WRITERS[slot.state](n, numbers, some, starts), n > 0


def _counted(n: Positions, _values: Values, _some: Mask, _starts: Positions) -> Bytes:
    return _number(n)


def _summed(n: Positions, values: Values, some: Mask, starts: Positions) -> Bytes:
    total = np.add.reduceat(np.where(some, values, 0.0), starts)
    return np.hstack([_byte(len(n), 0x92), _number(n), _number(total)])


def _summed_whole(n: Positions, values: Values, some: Mask, starts: Positions) -> Bytes:
    halves = (values >> _LOW_BITS, values & ((1 << _LOW_BITS) - 1))
    totals = [_number(np.add.reduceat(np.where(some, half, 0), starts)) for half in halves]
    return np.hstack([_byte(len(n), 0x93), _number(n), *totals])


def _least(_n: Positions, values: Values, some: Mask, starts: Positions) -> Bytes:
    return _number(np.minimum.reduceat(np.where(some, values, _limits(values).max), starts))


def _greatest(_n: Positions, values: Values, some: Mask, starts: Positions) -> Bytes:
    return _number(np.maximum.reduceat(np.where(some, values, _limits(values).min), starts))


def _limits(values: Values) -> Any:
    return np.finfo(values.dtype) if values.dtype.kind == "f" else np.iinfo(values.dtype)


def _moments(n: Positions, values: Values, some: Mask, starts: Positions) -> Bytes:
    numbers = np.where(some, values, 0).astype(np.float64)
    mean = np.add.reduceat(numbers, starts) / np.maximum(n, 1)
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(numbers))))
    deviation = np.where(some, numbers - mean[group], 0.0)
    m2 = np.add.reduceat(deviation * deviation, starts)
    return np.hstack([_byte(len(n), 0x93), _number(n), _number(mean), _number(m2)])


_WRITERS: dict[str, Callable[[Positions, Values, Mask, Positions], Bytes]] = {
    "count": _counted,
    "sum": _summed,
    "whole_sum": _summed_whole,
    "min": _least,
    "max": _greatest,
    "moments": _moments,
}


def _byte(count: int, value: int | Positions) -> Bytes:
    return np.full((count, 1), value if isinstance(value, int) else value[:, None], dtype=np.uint8)


def _number(values: Values) -> Bytes:
    """Numbers in MessagePack's widest form: nine bytes each."""
    floats = values.dtype.kind == "f"
    encoded = np.empty((len(values), 9), dtype=np.uint8)
    encoded[:, 0] = _FLOAT if floats else _INT
    encoded[:, 1:] = values.astype(">f8" if floats else ">i8").view(np.uint8).reshape(-1, 8)
    return encoded


def _header(short: int, long: int, count: int) -> bytes:
    """Header of a MessagePack list or map."""
    return bytes([short | count]) if count <= _SHORT else bytes([long]) + count.to_bytes(2, "big")


def _prefix(version: str, shard: str) -> bytes:
    """A page's bytes before its tiles."""
    applied = msgspec.msgpack.encode({shard: pages.pack_sequence(1)})
    return b"\x94" + msgspec.msgpack.encode(version) + applied


def _recent(
    tiler: Tiler, events: list[LoggedEvent], cutover_us: int, settle_until_us: int
) -> Mapping[tuple[str, int], list[bytes]]:
    """Tiles whose recent moments are kept apart, by entity and page, made as the stream makes them."""
    width = tiler.tile_set.widths_us[0]
    found: dict[tuple[str, int], list[bytes]] = {}
    for ref, deltas in tiler.collect(events, cutover_us).deltas.items():
        if ref.width_us == width:
            page = Page("")
            states = SlotStates(tiler.tile_set.slots)
            pages.apply(page, deltas, states, width, settle_until_us=settle_until_us)
            found[ref.entity, ref.page] = [
                bytes([place]) + msgspec.msgpack.encode(tile) for place, tile in page.tiles.items()
            ]
    return found


def _bodies(
    tiler: Tiler,
    width: int,
    groups: _Groups,
    entities: Sequence[str],
    matrix: Bytes,
    kept: Mask,
    recent: Mapping[tuple[str, int], list[bytes]],
) -> Iterator[tuple[PageRef, bytes]]:
    """Each page's tiles, and what follows them."""
    flat = matrix[kept].tobytes()
    sizes = kept.sum(axis=1)
    ends = np.concatenate([[0], np.cumsum(sizes)])
    page = groups.tile // windows.TILES_PER_PAGE
    fresh = (page[1:] != page[:-1]) | (groups.entity[1:] != groups.entity[:-1])
    starts = np.concatenate([[0], np.flatnonzero(fresh) + 1, [len(page)]])
    written = np.concatenate([[0], np.cumsum(sizes > 0)])
    places = ends[starts].tolist()
    counts = np.diff(written[starts]).tolist()
    heads = starts[:-1]
    owners, numbers = groups.entity[heads].tolist(), page[heads].tolist()
    for (begin, end), count, owner, number in zip(pairwise(places), counts, owners, numbers, strict=True):
        entity = entities[owner]
        more = recent.get((entity, number), ()) if recent else ()
        ref = PageRef(tiler.view.name, tiler.tile_set.version, entity, width, number)
        header = _header(_EMPTY_MAP, 0xDE, count + len(more))
        yield ref, b"".join([header, flat[begin:end], *more, b"\x80"])
