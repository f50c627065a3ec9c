"""Fills online stores from the event log, up to a cut-over, while the stream runs or before it does.

The backfill takes the events that arrived up to the cut-over, the stream those after it. Only
events that a window can still see at the cut-over are read. Run again, a backfill changes nothing;
interrupted, it goes on where pages are missing.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from msgspec import structs

from headwater.envelope import LoggedEvent
from headwater.errors import InputError
from headwater.instants import to_text, to_us
from headwater.offline.event_log import EventLog
from headwater.offline.tile_pages import build_pages, can_build
from headwater.online import fills, watermark
from headwater.online.changes import PageRef, Tiler, all_tilers
from headwater.online.fills import Fill
from headwater.online.stores import OnlineStore, Write
from headwater.online.writer import PageWriter
from headwater.registry import Registry
from headwater.windows import Bounds

FILL_SHARD = "~fill"
"""A page takes what a backfill has for it in one piece, under the name of a shard that no stream has."""

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
    cutover_us: int,
    progress: Callable[[str, int, int], None] = lambda _view, _done, _total: None,
) -> BackfillReport:
    """Write the pages of tile sets that are not filled yet, as of ``cutover_us``.

    Args:
        registry: Definitions; with the tile sets of the next registry. Those that a stream already fills from
            its first event on are left to it, where there is a next registry to fill.
        log: Events. It must hold every event that arrived up to the cut-over.
        stores: Where pages go.
        environment: First part of every online key.
        cutover_us: Instant up to which the log is taken.
        progress: Told the view, pages written and pages to write.

    Raises:
        InputError: The stream fills a tile set from its first event on, or an earlier backfill has
            another cut-over.
    """
    serving = {tiler.name for tiler in all_tilers(structs.replace(registry, next=None))}
    todo: dict[tuple[str, str], tuple[Tiler, list[OnlineStore]]] = {}
    for store in stores:
        wanted = all_tilers(registry)
        found = fills.claim(store, environment, [tiler.name for tiler in wanted], cutover_us)
        for tiler in wanted:
            fill = found[tiler.name]
            served_by_stream = fill.by_stream_alone and registry.next is not None and tiler.name in serving
            if not fill.complete and not served_by_stream:
                _check_ours(store.name, tiler, fill, cutover_us)
                todo.setdefault(tiler.name, (tiler, []))[1].append(store)
    started = time.monotonic()
    events = pages = 0
    for tiler, open_stores in todo.values():
        done = _fill(tiler, log, open_stores, environment, cutover_us, progress)
        events, pages = events + done.events, pages + done.pages
    for store in stores:
        watermark.advance(store, environment, cutover_us, {})
    return BackfillReport(events, pages, time.monotonic() - started)


def _check_ours(store: str, tiler: Tiler, fill: Fill, cutover_us: int) -> None:
    where = f"{store}, view {tiler.view.name!r}, tile set {tiler.tile_set.version}"
    if fill.by_stream_alone:
        raise InputError(
            f"{where}: the stream fills it from its first event on, so a backfill would count events twice; "
            "backfill before the stream function is deployed with the definition"
        )
    if fill.cutover_us != cutover_us:
        raise InputError(
            f"{where}: a backfill with cut-over {to_text(fill.cutover_us)} has begun; go on with that cut-over"
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
    with ThreadPoolExecutor(1) as sender:
        sending: Future[list[bool]] | None = None
        refs: list[PageRef] = []
        # While one batch is on its way, the next is put together.
        for batch in chain(_batches(built, _PAGES_AT_ONCE), [[]]):
            if sending is not None:
                done = sending.result()
                created += sum(done)
                left |= {ref for ref, written in zip(refs, done, strict=True) if not written}
                moved(len(refs))
            if batch:
                refs = [ref for ref, _ in batch]
                sending = sender.submit(store.write, [write for _, write in batch])
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
