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
from headwater.aggregates import LOW_BITS, LOW_MASK
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
Field = int | npt.NDArray[Any]
"""One byte that is the same for all, bytes, or numbers."""
ToEvents = Callable[[pa.Table], list[LoggedEvent]]

_INT, _FLOAT, _NIL, _EMPTY_LIST, _EMPTY_MAP = 0xD3, 0xCB, 0xC0, 0x90, 0x80
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
    # Wider tiles are made of whole finer ones, so that one order serves every width.
    order = _by_place(entity, (times - 1) // tiler.tile_set.widths_us[0])
    for width, reach in zip(tiler.tile_set.widths_us, tiler.tile_set.reaches_us, strict=True):
        tile = (times - 1) // width
        rows = order[((tile + 1) * width + reach > cutover_us)[order]]
        if not len(rows):
            continue
        groups = _group(rows, entity, tile, times)
        written = np.ones(len(groups.tile), dtype=bool)
        recent: Mapping[tuple[str, int], list[bytes]] = {}
        if tiler.tile_set.head and width == tiler.tile_set.widths_us[0]:
            until_us = cutover_us - pages.SETTLED_AFTER_TILES * width
            written = (groups.tile + 1) * width <= until_us
            late = rows[(tile[rows] + 1) * width > until_us]
            recent = _recent(tiler, to_events(events.take(pa.array(late))), cutover_us, until_us)
        key_of = names.page_keys(
            environment, tiler.view.name, tiler.tile_set.version, windows.format_duration(width)
        )
        ttls: dict[int, int] = {}
        tiles = _tiles(tiler.tile_set.slots, columns, groups, written)
        for ref, body in _bodies(tiler, width, groups, entities, tiles, recent):
            page = ref.page
            if page not in ttls:
                ttls[page] = ttl_s(tiler.tile_set, ref, cutover_us)
            yield ref, Write(key_of(ref.entity, page), pages.seal(prefix, *body), 0, ttls[page])


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


def _by_place(entity: Positions, tile: Positions) -> Positions:
    """Rows by entity, then tile."""
    first = int(tile.min(initial=0))
    return np.argsort(entity * (int(tile.max(initial=0)) - first + 1) + (tile - first), kind="stable")


def _group(rows: Positions, entity: Positions, tile: Positions, times: Positions) -> _Groups:
    owner, place = entity[rows], tile[rows]
    fresh = (place[1:] != place[:-1]) | (owner[1:] != owner[:-1])
    starts = np.concatenate([[0], np.flatnonzero(fresh) + 1])
    until = np.maximum.reduceat(times[rows], starts)
    return _Groups(rows, np.append(starts, len(rows)), owner[starts], place[starts], until)


class _Tiles(NamedTuple):
    """Entries of tiles in the maps of their pages, one after the other, and the bytes of each: 0 if left out."""

    entries: bytes
    sizes: Positions


def _tiles(
    slots: Sequence[SlotSpec],
    columns: Sequence[tuple[Any, Mask | None]],
    groups: _Groups,
    written: Mask,
) -> _Tiles:
    place = (groups.tile % windows.TILES_PER_PAGE).astype(np.uint8)
    fields: list[Field] = [place, 0x93, *_header(0x90, 0xDC, len(slots))]
    absent: list[tuple[int, int, Mask]] = []
    for slot, (values, counts) in zip(slots, columns, strict=True):
        own, there = _slot(slot, values, counts, groups)
        if not there.all():
            start = sum(map(_size, fields))
            absent.append((start, start + sum(map(_size, own)), ~there))
        fields += own
    matrix = _packed([*fields, groups.until_us, _EMPTY_LIST])
    if not absent:
        return _Tiles(matrix[written].tobytes(), written * matrix.shape[1])
    kept = np.repeat(written[:, None], matrix.shape[1], axis=1)
    for start, end, missing in absent:
        # A slot without a value is one byte: nil.
        matrix[missing, start] = _NIL
        kept[missing, start + 1 : end] = False
    return _Tiles(matrix[kept].tobytes(), kept.sum(axis=1))


def _slot(slot: SlotSpec, values: Any, counts: Mask | None, groups: _Groups) -> tuple[Sequence[Field], Mask]:
    starts = groups.starts[:-1]
    some = np.ones(len(groups.rows), dtype=bool) if counts is None else counts[groups.rows]
    n = np.add.reduceat(some.astype(np.int64), starts)
    # What is only counted may be anything, a string too.
    counted = values is None or slot.state == "count"
    numbers = np.zeros(0) if counted else numbers_of(values)[groups.rows]
    return _WRITERS[slot.state](n, numbers, some, starts), n > 0


def _counted(n: Positions, _values: Values, _some: Mask, _starts: Positions) -> Sequence[Field]:
    return [n]


def _summed(n: Positions, values: Values, some: Mask, starts: Positions) -> Sequence[Field]:
    return [0x92, n, np.add.reduceat(np.where(some, values, 0.0), starts)]


def _summed_whole(n: Positions, values: Values, some: Mask, starts: Positions) -> Sequence[Field]:
    halves = (values >> LOW_BITS, values & LOW_MASK)
    return [0x93, n, *[np.add.reduceat(np.where(some, half, 0), starts) for half in halves]]


def _least(_n: Positions, values: Values, some: Mask, starts: Positions) -> Sequence[Field]:
    return [np.minimum.reduceat(np.where(some, values, _limits(values).max), starts)]


def _greatest(_n: Positions, values: Values, some: Mask, starts: Positions) -> Sequence[Field]:
    return [np.maximum.reduceat(np.where(some, values, _limits(values).min), starts)]


def _limits(values: Values) -> Any:
    return np.finfo(values.dtype) if values.dtype.kind == "f" else np.iinfo(values.dtype)


def _moments(n: Positions, values: Values, some: Mask, starts: Positions) -> Sequence[Field]:
    numbers = np.where(some, values, 0).astype(np.float64)
    mean = np.add.reduceat(numbers, starts) / np.maximum(n, 1)
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(numbers))))
    deviation = np.where(some, numbers - mean[group], 0.0)
    m2 = np.add.reduceat(deviation * deviation, starts)
    return [0x93, n, mean, m2]


_WRITERS: dict[str, Callable[[Positions, Values, Mask, Positions], Sequence[Field]]] = {
    "count": _counted,
    "sum": _summed,
    "whole_sum": _summed_whole,
    "min": _least,
    "max": _greatest,
    "moments": _moments,
}


def _size(field: Field) -> int:
    """Bytes of a field. Numbers have MessagePack's widest form: a tag and eight bytes."""
    return 1 if isinstance(field, int) or field.dtype == np.uint8 else 9


def _packed(fields: Sequence[Field]) -> Bytes:
    """Fields side by side, a row of bytes for each of their values."""
    parts: list[tuple[str, Field]] = []
    for field in fields:
        if isinstance(field, int) or field.dtype == np.uint8:
            parts.append(("u1", field))
        else:
            floats = field.dtype.kind == "f"
            parts += [("u1", _FLOAT if floats else _INT), (">f8" if floats else ">i8", field)]
    rows = max(np.size(field) for field in fields)
    packed = np.empty(rows, dtype=[(f"f{number}", kind) for number, (kind, _) in enumerate(parts)])
    for number, (_, field) in enumerate(parts):
        packed[f"f{number}"] = field
    return packed.view(np.uint8).reshape(rows, packed.itemsize)


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
    tiles: _Tiles,
    recent: Mapping[tuple[str, int], list[bytes]],
) -> Iterator[tuple[PageRef, tuple[bytes, ...]]]:
    """Each page's tiles, and what follows them, in parts."""
    ends = np.concatenate([[0], np.cumsum(tiles.sizes)])
    page = groups.tile // windows.TILES_PER_PAGE
    fresh = (page[1:] != page[:-1]) | (groups.entity[1:] != groups.entity[:-1])
    starts = np.concatenate([[0], np.flatnonzero(fresh) + 1, [len(page)]])
    written = np.concatenate([[0], np.cumsum(tiles.sizes > 0)])
    places = ends[starts].tolist()
    counts = np.diff(written[starts]).tolist()
    heads = starts[:-1]
    owners, numbers = groups.entity[heads].tolist(), page[heads].tolist()
    headers = [_header(_EMPTY_MAP, 0xDE, count) for count in range(windows.TILES_PER_PAGE + 1)]
    view, version = tiler.name
    for (begin, end), count, owner, number in zip(pairwise(places), counts, owners, numbers, strict=True):
        entity = entities[owner]
        more = recent.get((entity, number), ()) if recent else ()
        ref = PageRef(view, version, entity, width, number)
        yield ref, (headers[count + len(more)], tiles.entries[begin:end], *more, b"\x80")
