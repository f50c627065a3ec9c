"""Fills tile sets from the event log on Spark."""

from collections.abc import Sequence

from pyspark.sql import functions as sf

from feature_jobs.fill import FILL_SHARD, Filled, visible
from feature_jobs.reports import Reported
from headwater.envelope import sources_of
from headwater.environment import Environment
from headwater.offline.spark.engine import EventFrames
from headwater.offline.spark.page_changes import page_changes
from headwater.offline.spark.page_sink import PageSink
from headwater.online.changes import Tiler
from headwater.online.stores import OnlineStore
from headwater.registry import Registry


class SparkFiller:
    """Fills as `feature_jobs.fill.Filler` says, from the workers.

    Args:
        registry: Definitions, with the next registry's.
        log: Events.
        outputs: Of the environment whose stores are filled.
        reported: Reports on the fill of a tile set, by the source it is filled from.
    """

    def __init__(
        self, registry: Registry, log: EventFrames, outputs: Environment, reported: Reported
    ) -> None:
        self._reported = reported
        self._sources = sources_of(registry)
        self._log = log
        self._outputs = outputs

    def __call__(self, tiler: Tiler, stores: Sequence[OnlineStore], cutover_us: int) -> Filled:
        """Write every page of a tile set into stores, once each."""
        view, tile_set = tiler.view, tiler.tile_set
        names = ["event_time", "arrival", "event_id", *view.columns]
        events = self._log.read(view.source, names, visible(tiler, cutover_us))
        arrived = events.where(sf.unix_micros("arrival") <= cutover_us)
        changes = page_changes(
            view, tile_set, self._sources[view.source], arrived, cutover_us, sf.lit(1).cast("bigint")
        )
        into = tuple(store.name for store in stores)
        with self._reported(view.source) as report:
            written = PageSink(view, tile_set, self._outputs, into, FILL_SHARD, cutover_us).write(changes)
            report.rows_in, report.rows_out = written.events, written.pages
        return Filled(written.events, written.pages)
