"""Brings tables of facts to training and serving: their new rows into the event log, and from there online.

What a table holds beside what is in the log already are new events, which arrive now. Stores take them from the
log, from where they are to now: a run that was killed is caught up by the next. One run of a
source at a time: a page takes arrivals in their order.
"""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from feature_jobs.backfill import logged_events
from feature_jobs.fill import visible
from headwater.envelope import sources_of
from headwater.errors import InputError
from headwater.offline import table_rows
from headwater.offline.table_rows import TABLE_SHARD
from headwater.online import fills, watermark
from headwater.online.changes import Tiler, tilers
from headwater.online.stores import OnlineStore
from headwater.online.writer import PageWriter
from headwater.registry import Registry, SourceSpec

if TYPE_CHECKING:
    # Not at run time: jobs on Glue pass by here, and have no pyiceberg.
    from headwater.offline.event_log import IcebergEventLog


class MaterializeReport(NamedTuple):
    """What a run did: rows that were new to the log, changes new to the stores, over all of them, in how long."""

    new_rows: int
    changes: int
    seconds: float


class TableEngine(Protocol):
    """What does the work."""

    def load(self, source: SourceSpec, arrival_us: int) -> int:
        """Append the rows of a source's table that the log does not have yet; returns how many."""

    def apply(self, tiler: Tiler, store: OnlineStore, after_us: int, until_us: int) -> int:
        """Apply the rows of the log with ``after_us < arrival <= until_us``; returns how many changes were new."""


def materialize(
    registry: Registry,
    sources: Sequence[str],
    engine: TableEngine,
    stores: Sequence[OnlineStore],
    environment: str,
    now_us: int,
) -> MaterializeReport:
    """Bring tables into the log and the stores.

    Args:
        registry: Definitions, with the next registry's.
        sources: Names of the table sources.
        engine: Does it.
        stores: Where pages go.
        environment: First part of every online key.
        now_us: When what is new arrives; later than any run before.

    Raises:
        InputError: A source is none, or its table is not as the source says; nothing was written of it.
    """
    started = time.monotonic()
    new_rows = sum(engine.load(_table_source(registry, name), now_us) for name in sources)
    filled = tilers(registry)
    changes = 0
    for store in stores:
        mine = [tiler.name for name in sources for tiler in filled.get(name, [])]
        claimed = fills.claim_live(store, environment, registry, mine, now_us)
        for name in sources:
            shard = shard_of(name)
            reached = watermark.read(store, environment)
            done_us = int(reached.positions.get(shard, "-1")) if reached else -1
            for tiler in filled.get(name, []):
                after_us = max(done_us, claimed[tiler.name].cutover_us)
                changes += engine.apply(tiler, store, after_us, now_us)
            watermark.advance(store, environment, now_us, {shard: now_us})
    return MaterializeReport(new_rows, changes, time.monotonic() - started)


def shard_of(source: str) -> str:
    """Name under which stores remember what they have of a table."""
    return f"{TABLE_SHARD}/{source}"


def _table_source(registry: Registry, name: str) -> SourceSpec:
    known = sources_of(registry)
    tables = sorted(source.name for source in known.values() if source.kind == "table")
    if name not in tables:
        raise InputError(
            f"source {name!r}: expected one of the table sources, {', '.join(tables) or 'of which there are none'}; "
            "events come by the stream"
        )
    return known[name]


class MachineTables:
    """Does it on this machine.

    Args:
        log: Events.
        tables: Rows by source.
        environment: First part of every online key.
    """

    def __init__(self, log: "IcebergEventLog", tables: Mapping[str, pa.Table], environment: str) -> None:
        self._log = log
        self._tables = tables
        self._environment = environment

    def load(self, source: SourceSpec, arrival_us: int) -> int:
        """See `TableEngine.load`."""
        return self._log.append_new(
            source.name, table_rows.events_of(source, self._tables[source.name], arrival_us)
        )

    def apply(self, tiler: Tiler, store: OnlineStore, after_us: int, until_us: int) -> int:
        """See `TableEngine.apply`."""
        names = ["event_id", "event_time", "arrival", "shard", *tiler.view.columns]
        found = self._log.read(tiler.view.source, names, visible(tiler, until_us))
        arrival_us = found["arrival"].cast(pa.int64())
        arrived = pc.and_(pc.greater(arrival_us, after_us), pc.less_equal(arrival_us, until_us))
        mine = found.filter(pc.and_(arrived, pc.equal(found["shard"], TABLE_SHARD)))
        events = [
            event._replace(shard=shard_of(event.source), sequence=event.arrival_us)
            for event in logged_events(tiler, mine)
        ]
        deltas = tiler.collect(events, until_us).deltas
        return PageWriter(store, self._environment).write(tiler.tile_set, deltas, until_us)
