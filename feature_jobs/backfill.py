"""Fills online stores from the event log, up to a cut-over.

Only events that a window can still see at the cut-over are read. Each becomes the same change of
the same pages as on the stream, under the shard and sequence it was logged with: run again, a
backfill changes nothing.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from headwater.instants import to_us
from headwater.offline.event_log import EventLog
from headwater.online import watermark
from headwater.online.changes import LoggedEvent, PageRef, changes_of
from headwater.online.pages import Change
from headwater.online.stores import OnlineStore
from headwater.online.writer import PageWriter
from headwater.registry import Registry, ViewSpec
from headwater.windows import Bounds

_PAGES_AT_ONCE = 2_000
_END_OF_TIME_US = to_us(datetime(9999, 12, 31, tzinfo=UTC))


class BackfillReport(NamedTuple):
    """What a run did: events read for some view, pages and changes written over all stores."""

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
    """Write the pages of every view as of ``cutover_us``.

    Args:
        registry: Definitions.
        log: Events; those that arrived after the cut-over are the stream's to apply.
        stores: Where pages go.
        environment: First part of every online key.
        cutover_us: Instant up to which the log is taken.
        progress: Told the view, pages written and pages to write.
    """
    events = pages = changes = 0
    for view in registry.views.values():
        by_page: dict[PageRef, list[Change]] = {}
        for event in _visible(view, log, cutover_us):
            events += 1
            for ref, change in changes_of(view, event, cutover_us):
                by_page.setdefault(ref, []).append(change)
        refs = list(by_page)
        for start in range(0, len(refs), _PAGES_AT_ONCE):
            batch = {ref: by_page[ref] for ref in refs[start : start + _PAGES_AT_ONCE]}
            for store in stores:
                changes += PageWriter(store, registry, environment).write(batch, cutover_us)
            progress(view.name, min(start + _PAGES_AT_ONCE, len(refs)), len(refs))
        pages += len(refs) * len(stores)
    for store in stores:
        watermark.advance(store, environment, cutover_us, {})
    return BackfillReport(events, pages, changes)


def _visible(view: ViewSpec, log: EventLog, cutover_us: int) -> list[LoggedEvent]:
    used = [slot.column for slot in view.slots if slot.column is not None]
    columns = list(dict.fromkeys([*(key.column for key in view.keys), *used]))
    names = ["event_id", "event_time", "arrival", "shard", "sequence", *columns]
    # An event dated after the cut-over can have arrived before it: producers' clocks differ.
    found = log.read(view.source, names, Bounds(view.oldest_visible_us(cutover_us), _END_OF_TIME_US))
    rows = found.to_pylist()
    return [_event(view, row, columns) for row in rows if to_us(row["arrival"]) <= cutover_us]


def _event(view: ViewSpec, row: dict[str, Any], columns: Sequence[str]) -> LoggedEvent:
    return LoggedEvent(
        source=view.source,
        event_id=row["event_id"],
        event_time_us=to_us(row["event_time"]),
        arrival_us=to_us(row["arrival"]),
        shard=row["shard"],
        sequence=int(row["sequence"]),
        data={column: _plain(row[column]) for column in columns},
    )


def _plain(value: Any) -> Any:
    return to_us(value) if isinstance(value, datetime) else value
