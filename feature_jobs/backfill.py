"""Fills online stores from the event log, up to a cut-over, on this machine.

Only events that a window can still see at the cut-over are read.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from feature_jobs.fill import FILL_SHARD, BackfillReport, Filled, fill_stores, visible
from headwater.envelope import LoggedEvent
from headwater.instants import to_us
from headwater.offline.log_reads import EventLog
from headwater.offline.tile_pages import build_pages, can_build
from headwater.online.changes import PageRef, Tiler
from headwater.online.stores import OnlineStore, Write
from headwater.online.writer import PageWriter
from headwater.registry import Registry

_PAGES_AT_ONCE = 2_000


def backfill(
    registry: Registry,
    log: EventLog,
    stores: Sequence[OnlineStore],
    environment: str,
    cutover_us: int | None,
    progress: Callable[[str, int, int], None] = lambda _view, _done, _total: None,
) -> BackfillReport:
    """Write the pages of tile sets that are not filled yet, as of their cut-over, on this machine.

    Args:
        registry: As `fill_stores`.
        log: Events. It must hold every event that arrived up to the cut-over.
        stores: As `fill_stores`.
        environment: First part of every online key.
        cutover_us: As `fill_stores`.
        progress: Told the view, pages written and pages to write.

    Raises:
        InputError: As `fill_stores`.
    """

    def fill(tiler: Tiler, open_stores: Sequence[OnlineStore], until_us: int) -> Filled:
        return _fill(tiler, log, open_stores, environment, until_us, progress)

    return fill_stores(registry, fill, stores, environment, cutover_us)


def _fill(
    tiler: Tiler,
    log: EventLog,
    stores: Sequence[OnlineStore],
    environment: str,
    cutover_us: int,
    progress: Callable[[str, int, int], None],
) -> Filled:
    events = _visible(tiler, log, cutover_us)
    written = told = 0

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
        written += pages
    return Filled(events.num_rows, written)


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
    built = build_pages(
        tiler, events, cutover_us, environment, FILL_SHARD, lambda rows: logged_events(tiler, rows)
    )
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
    deltas = tiler.collect(logged_events(tiler, events), cutover_us).deltas
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
    found = log.read(tiler.view.source, names, visible(tiler, cutover_us))
    return found.filter(pc.less_equal(found["arrival"].cast(pa.int64()), cutover_us))


def logged_events(tiler: Tiler, rows: pa.Table) -> list[LoggedEvent]:
    """Rows of the log as events of a backfill, with the columns that the view reads."""
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
