"""Fills online stores from the event log, up to a cut-over, while the stream runs or before it does.

The backfill takes the events that arrived up to the cut-over, the stream those after it. Only
events that a window can still see at the cut-over are read. Run again, a backfill changes nothing;
interrupted, it goes on where pages are missing.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from msgspec import structs

from headwater import windows
from headwater.envelope import LoggedEvent
from headwater.errors import InputError
from headwater.instants import to_text, to_us
from headwater.offline.log_reads import EventLog
from headwater.offline.tile_pages import build_pages, can_build
from headwater.online import fills, watermark
from headwater.online.changes import PageRef, Tiler, all_tilers
from headwater.online.fills import Fill, TileSetName
from headwater.online.stores import OnlineStore, Write
from headwater.online.writer import PageWriter
from headwater.registry import Registry
from headwater.windows import Bounds

FILL_SHARD = "~fill"
"""A page takes what a backfill has for it in one piece, under the name of a shard that no stream has."""

SETTLING_US = 20 * windows.MINUTE_US
"""From an event's arrival until ingestion is sure to find it: the archive gathers for 15 minutes at most."""

_PAGES_AT_ONCE = 2_000
_END_OF_TIME_US = to_us(datetime(9999, 12, 31, tzinfo=UTC))


class BackfillReport(NamedTuple):
    """What a run did: events read for some tile set, and pages written over all stores, in how long."""

    events: int
    pages: int
    seconds: float


def backfill(
    registry: Registry,
    log: EventLog,
    stores: Sequence[OnlineStore],
    environment: str,
    cutover_us: int | None,
    progress: Callable[[str, int, int], None] = lambda _view, _done, _total: None,
) -> BackfillReport:
    """Write the pages of tile sets that are not filled yet, as of their cut-over.

    Args:
        registry: Definitions; with the tile sets of the next registry. Those that a stream already fills from
            its first event on are left to it, where there is a next registry to fill.
        log: Events. It must hold every event that arrived up to the cut-over.
        stores: Where pages go.
        environment: First part of every online key.
        cutover_us: Instant up to which the log is taken, for tile sets that the stream has not met yet. None:
            only what the stream has met, up to where it took over.
        progress: Told the view, pages written and pages to write.

    Raises:
        InputError: The stream fills a tile set from its first event on, or has not met it yet, or an earlier
            backfill has another cut-over.
    """
    started = time.monotonic()
    events = pages = 0
    todo: dict[tuple[TileSetName, int], tuple[Tiler, list[OnlineStore]]] = {}
    for store in stores:
        for tiler, fill in _unfilled(registry, store, environment, cutover_us):
            todo.setdefault((tiler.name, fill.cutover_us), (tiler, []))[1].append(store)
    for (_, until_us), (tiler, open_stores) in todo.items():
        done = _fill(tiler, log, open_stores, environment, until_us, progress)
        events, pages = events + done.events, pages + done.pages
    reached = [until_us for _, until_us in todo]
    for store in stores if reached else ():
        watermark.advance(store, environment, max(reached), {})
    return BackfillReport(events, pages, time.monotonic() - started)


def _unfilled(
    registry: Registry, store: OnlineStore, environment: str, cutover_us: int | None
) -> list[tuple[Tiler, Fill]]:
    """Tile sets of a store that wait for a backfill, and the record of each."""
    serving = {tiler.name for tiler in all_tilers(structs.replace(registry, next=None))}
    wanted = all_tilers(registry)
    names = [tiler.name for tiler in wanted]
    found = (
        fills.read(store, environment, names)
        if cutover_us is None
        else fills.claim(store, environment, names, cutover_us)
    )
    waiting = []
    for tiler in wanted:
        fill = found.get(tiler.name)
        left_to_stream = tiler.name in serving and registry.next is not None
        if left_to_stream and (fill is None or fill.by_stream_alone):
            continue
        checked = _checked(store.name, tiler, fill, cutover_us)
        if not checked.complete:
            waiting.append((tiler, checked))
    return waiting


def _checked(store: str, tiler: Tiler, fill: Fill | None, cutover_us: int | None) -> Fill:
    where = f"{store}, view {tiler.view.name!r}, tile set {tiler.tile_set.version}"
    if fill is None:
        raise InputError(
            f"{where}: the stream has not met it yet; bring the environment up with the registry and let an event "
            "through, or give a cut-over if there is no stream yet"
        )
    if fill.by_stream_alone:
        raise InputError(
            f"{where}: the stream fills it from its first event on, so a backfill would count events twice; "
            "backfill before the stream function is deployed with the definition"
        )
    if cutover_us not in (None, fill.cutover_us) and not fill.complete:
        raise InputError(
            f"{where}: its cut-over is {to_text(fill.cutover_us)} already; leave the cut-over out to go on with it"
        )
    return fill


def check_reached(registry: Registry, stores: Sequence[OnlineStore], environment: str, now_us: int) -> None:
    """Check that what arrived up to the stream's takeover has had time to get into the log.

    Raises:
        InputError: It has not; says when.
    """
    for store in stores:
        for tiler, fill in _unfilled(registry, store, environment, None):
            ready_us = fill.cutover_us + SETTLING_US
            if now_us < ready_us:
                raise InputError(
                    f"view {tiler.view.name!r}: the stream takes over at {to_text(fill.cutover_us)}, and the archive "
                    f"gathers events for up to 15 minutes; run the backfill at {to_text(ready_us)} or later"
                )


def _fill(
    tiler: Tiler,
    log: EventLog,
    stores: Sequence[OnlineStore],
    environment: str,
    cutover_us: int,
    progress: Callable[[str, int, int], None],
) -> BackfillReport:
    events = _visible(tiler, log, cutover_us)
    report = BackfillReport(events.num_rows, 0, 0)
    told = 0

    def moved(pages: int) -> None:
        nonlocal told
        told += pages
        progress(tiler.view.name, told, told)

    for store in stores:
        if can_build(tiler):
            pages, left = _build(tiler, events, store, environment, cutover_us, moved)
        else:
            pages, left = 0, None
        if left != set():
            pages += _apply(tiler, events, left, PageWriter(store, environment), cutover_us, moved)
        fills.complete(store, environment, tiler.name)
        report = report._replace(pages=report.pages + pages)
    return report


def _build(
    tiler: Tiler,
    events: pa.Table,
    store: OnlineStore,
    environment: str,
    cutover_us: int,
    moved: Callable[[int], None],
) -> tuple[int, set[PageRef]]:
    """Create pages where there are none.

    Returns:
        How many were created, and those that were there already.
    """
    created = 0
    left: set[PageRef] = set()
    built = build_pages(tiler, events, cutover_us, environment, FILL_SHARD, lambda rows: _events(tiler, rows))
    for batch in _batches(built, _PAGES_AT_ONCE):
        done = store.write([write for _, write in batch])
        created += sum(done)
        left |= {ref for (ref, _), written in zip(batch, done, strict=True) if not written}
        moved(len(batch))
    return created, left


def _batches(items: Iterable[tuple[PageRef, Write]], size: int) -> Iterator[list[tuple[PageRef, Write]]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def _apply(
    tiler: Tiler,
    events: pa.Table,
    only: set[PageRef] | None,
    writer: PageWriter,
    cutover_us: int,
    moved: Callable[[int], None],
) -> int:
    """Write pages through the stream's own code, once each; returns how many were changed."""
    deltas = tiler.collect(_events(tiler, events), cutover_us).deltas
    refs = [ref for ref in deltas if only is None or ref in only]
    changed = 0
    for start in range(0, len(refs), _PAGES_AT_ONCE):
        batch = {ref: deltas[ref] for ref in refs[start : start + _PAGES_AT_ONCE]}
        changed += len(batch) if writer.write(tiler.tile_set, batch, cutover_us) else 0
        moved(len(batch))
    return changed


def _visible(tiler: Tiler, log: EventLog, cutover_us: int) -> pa.Table:
    """Events that arrived up to the cut-over and that some tile is still read for."""
    names = ["event_id", "event_time", "arrival", *tiler.view.columns]
    oldest_us = cutover_us - max(tiler.tile_set.reaches_us)
    # An event dated after the cut-over can have arrived before it: producers' clocks differ.
    found = log.read(tiler.view.source, names, Bounds(oldest_us, _END_OF_TIME_US))
    return found.filter(pc.less_equal(found["arrival"].cast(pa.int64()), cutover_us))


def _events(tiler: Tiler, rows: pa.Table) -> list[LoggedEvent]:
    columns = tiler.view.columns
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
        for row in rows.to_pylist()
    ]


def _plain(value: Any) -> Any:
    return to_us(value) if isinstance(value, datetime) else value
