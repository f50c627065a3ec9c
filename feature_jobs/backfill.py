"""Fills online stores from the event log, up to a cut-over, while the stream runs or before it does.

The backfill takes the events that arrived up to the cut-over, the stream those after it. Only
events that a window can still see at the cut-over are read. Run again, a backfill changes nothing;
interrupted, it goes on where pages are missing.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from msgspec import structs

from headwater.envelope import LoggedEvent
from headwater.errors import InputError
from headwater.instants import to_text, to_us
from headwater.offline.event_log import EventLog
from headwater.online import fills, watermark
from headwater.online.changes import Tiler, tilers
from headwater.online.fills import Fill
from headwater.online.stores import OnlineStore
from headwater.online.writer import PageWriter
from headwater.registry import Registry
from headwater.windows import Bounds

FILL_SHARD = "~fill"
"""A page takes what a backfill has for it in one piece, under the name of a shard that no stream has."""

_PAGES_AT_ONCE = 2_000
_END_OF_TIME_US = to_us(datetime(9999, 12, 31, tzinfo=UTC))


class BackfillReport(NamedTuple):
    """What a run did: events read for some tile set, pages and changes written over all stores."""

    events: int
    pages: int
    changes: int


def backfill(
    registry: Registry,
    log: EventLog,
    stores: Sequence[OnlineStore],
    environment: str,
    cutover_us: int,
    progress: Callable[[str, int, int], None] = lambda _view, _done, _total: None,
) -> BackfillReport:
    """Write the pages of tile sets that are not filled yet, as of ``cutover_us``.

    Args:
        registry: Definitions. Where there is a next registry, its new tile sets are filled; else all.
        log: Events. It must hold every event that arrived up to the cut-over.
        stores: Where pages go.
        environment: First part of every online key.
        cutover_us: Instant up to which the log is taken.
        progress: Told the view, pages written and pages to write.

    Raises:
        InputError: The stream fills a tile set from its first event on, or an earlier backfill has
            another cut-over.
    """
    online = {tiler.name for own in tilers(structs.replace(registry, next=None)).values() for tiler in own}
    wanted = [tiler for own in tilers(registry).values() for tiler in own]
    if registry.next is not None:
        wanted = [tiler for tiler in wanted if tiler.name not in online]
    claimed = [
        fills.claim(store, environment, [tiler.name for tiler in wanted], cutover_us) for store in stores
    ]
    todo: list[tuple[Tiler, list[OnlineStore]]] = []
    for tiler in wanted:
        open_stores = []
        for store, found in zip(stores, claimed, strict=True):
            if not _is_ours(store.name, tiler, found[tiler.name], cutover_us).complete:
                open_stores.append(store)
        if open_stores:
            todo.append((tiler, open_stores))
    report = BackfillReport(0, 0, 0)
    for tiler, open_stores in todo:
        done = _fill(tiler, log, open_stores, environment, cutover_us, progress)
        report = BackfillReport(*map(sum, zip(report, done, strict=True)))
    for store in stores:
        watermark.advance(store, environment, cutover_us, {})
    return report


def _is_ours(store: str, tiler: Tiler, fill: Fill, cutover_us: int) -> Fill:
    where = f"{store}, view {tiler.view.name!r}, tile set {tiler.tile_set.version}"
    if fill.by_stream_alone and not fill.complete:
        raise InputError(
            f"{where}: the stream fills it from its first event on, so a backfill would count events twice; "
            "backfill before the stream function is deployed with the definition"
        )
    if fill.cutover_us != cutover_us and not fill.complete:
        raise InputError(
            f"{where}: a backfill with cut-over {to_text(fill.cutover_us)} has begun; go on with that cut-over"
        )
    return fill


def _fill(
    tiler: Tiler,
    log: EventLog,
    stores: Sequence[OnlineStore],
    environment: str,
    cutover_us: int,
    progress: Callable[[str, int, int], None],
) -> BackfillReport:
    events = _visible(tiler, log, cutover_us)
    deltas = tiler.collect(events, cutover_us).deltas
    refs = list(deltas)
    changes = 0
    for start in range(0, len(refs), _PAGES_AT_ONCE):
        batch = {ref: deltas[ref] for ref in refs[start : start + _PAGES_AT_ONCE]}
        for store in stores:
            changes += PageWriter(store, environment).write(tiler.tile_set, batch, cutover_us)
        progress(tiler.view.name, min(start + _PAGES_AT_ONCE, len(refs)), len(refs))
    for store in stores:
        fills.complete(store, environment, tiler.name)
    return BackfillReport(len(events), len(refs) * len(stores), changes)


def _visible(tiler: Tiler, log: EventLog, cutover_us: int) -> list[LoggedEvent]:
    columns = tiler.view.columns
    names = ["event_id", "event_time", "arrival", *columns]
    oldest_us = cutover_us - max(tiler.tile_set.reaches_us)
    # An event dated after the cut-over can have arrived before it: producers' clocks differ.
    found = log.read(tiler.view.source, names, Bounds(oldest_us, _END_OF_TIME_US))
    return [
        LoggedEvent(
            source=tiler.view.source,
            event_id=row["event_id"],
            event_time_us=to_us(row["event_time"]),
            arrival_us=to_us(row["arrival"]),
            shard=FILL_SHARD,
            sequence=1,
            data={column: _plain(row[column]) for column in columns},
        )
        for row in found.to_pylist()
        if to_us(row["arrival"]) <= cutover_us
    ]


def _plain(value: Any) -> Any:
    return to_us(value) if isinstance(value, datetime) else value
