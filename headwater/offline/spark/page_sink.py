"""Writes changes of pages to online stores, from the workers: each page whole and once.

Spark merges, the stream's own code encodes and writes: what is stored has the same bytes and the same
memory of what it has taken, whoever filled it. A task that ends half way is run again and changes nothing
where it has been.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from headwater import hyperloglog, names
from headwater.aggregates import State
from headwater.environment import Environment
from headwater.offline.spark.page_changes import (
    EVENTS,
    ID,
    MOMENT,
    PAGE,
    SEQUENCE,
    TILE,
    TIME,
    WIDTH,
    key_columns,
    state_column,
)
from headwater.online.changes import PageRef
from headwater.online.pages import Change, Delta, SlotStates, id_hash
from headwater.online.stores import OnlineStore
from headwater.online.writer import PageWriter
from headwater.registry import TileSetSpec, ViewSpec
from headwater.settings import open_environment

_PAGES_AT_ONCE = 500
_COUNTS = "events bigint, pages bigint, changes bigint"

Row = Mapping[str, Any]


class Written(NamedTuple):
    """What came of it.

    Attributes:
        events: That were read for the pages.
        pages: Written or found as they should be, over all stores.
        changes: New to a store, over all stores.
    """

    events: int
    pages: int
    changes: int


class PageSink(NamedTuple):
    """Where changes of one tile set go. It travels to the workers, which open the stores.

    Attributes:
        view: The view.
        tile_set: One of its tile sets.
        outputs: Of the environment whose stores they are.
        stores: Names of those that take the changes.
        shard: Name under which a page takes them.
        now_us: Instant up to which the stores are filled.
    """

    view: ViewSpec
    tile_set: TileSetSpec
    outputs: Environment
    stores: tuple[str, ...]
    shard: str
    now_us: int

    def write(self, changes: DataFrame) -> Written:
        """Write what `page_changes.page_changes` gives."""
        page = [*key_columns(self.view), WIDTH, PAGE]
        ordered = changes.repartition(*page).sortWithinPartitions(*page)
        counts = ordered.mapInArrow(self._write_partition, _COUNTS)
        total = counts.agg(*[sf.coalesce(sf.sum(name), sf.lit(0)) for name in Written._fields]).first()
        return Written(*total) if total else Written(0, 0, 0)

    def _write_partition(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = (row for batch in batches for row in batch.to_pylist())
        first = next(rows, None)
        done = Written(0, 0, 0)
        # A small fill leaves most partitions empty: those connect to nothing.
        if first is not None:
            with ExitStack() as opened:
                stores = open_environment(self.outputs, consistent=True, stores=self.stores)
                for store in stores:
                    opened.callback(store.close)
                done = self._write_rows(chain([first], rows), stores)
        schema = pa.schema([(name, pa.int64()) for name in Written._fields])
        yield pa.RecordBatch.from_pylist([done._asdict()], schema)

    def _write_rows(self, rows: Iterable[Row], stores: Sequence[OnlineStore]) -> Written:
        writers = [PageWriter(store, self.outputs.environment) for store in stores]
        events = pages = changes = 0
        found = self._pages(rows)
        while batch := list(islice(found, _PAGES_AT_ONCE)):
            deltas = {page.ref: page.deltas for page in batch}
            events += sum(page.events for page in batch)
            for writer in writers:
                new = writer.write(self.tile_set, deltas, self.now_us)
                pages, changes = pages + len(batch), changes + new
        return Written(events, pages, changes)

    def _pages(self, rows: Iterable[Row]) -> Iterator["_Page"]:
        view, tile_set = self.view, self.tile_set
        states = SlotStates(tile_set.slots)
        keys = itemgetter(*key_columns(view), WIDTH, PAGE)
        for (*entity, width_us, number), own in groupby(rows, keys):
            ref = PageRef(view.name, tile_set.version, names.entity_key(map(str, entity)), width_us, number)
            tiles: dict[tuple[int, bool], list[Change]] = {}
            events = 0
            for row in own:
                tiles.setdefault((row[TILE], row[MOMENT] is None), []).append(self._change(row))
                # Each event is on a page of the widest tiles, and on that alone.
                events += row[EVENTS] if width_us == tile_set.widths_us[-1] else 0
            yield _Page(ref, [Delta(changes, states) for changes in tiles.values()], events)

    def _change(self, row: Row) -> Change:
        asked = row[ID]
        return Change(
            self.shard,
            row[SEQUENCE],
            row[TIME],
            [
                _state(slot.state, row[state_column(number)])
                for number, slot in enumerate(self.tile_set.slots)
            ],
            None if asked is None else id_hash(asked),
        )


class _Page(NamedTuple):
    ref: PageRef
    deltas: list[Delta]
    events: int


def _state(kind: str, found: Any) -> State:
    """A state as `headwater.aggregates` has it; Arrow gives structs as dictionaries."""
    if found is None:
        return None
    if kind == "distinct":
        registers = dict(tuple(item.values()) for item in found)
        return hyperloglog.merge(registers, {})
    if isinstance(found, list):
        return [list(item.values()) for item in found]
    return list(found.values()) if isinstance(found, dict) else found
