"""Brings tables of facts to training and serving, on Spark; how and why says `feature_jobs.materialize`."""

from collections.abc import Mapping

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from feature_jobs.fill import visible
from feature_jobs.materialize import shard_of
from feature_jobs.reports import Reported
from headwater.envelope import sources_of
from headwater.environment import Environment
from headwater.errors import InputError
from headwater.offline.spark import table_rows
from headwater.offline.spark.event_log import SparkEventLog
from headwater.offline.spark.page_changes import page_changes
from headwater.offline.spark.page_sink import PageSink
from headwater.offline.table_rows import TABLE_SHARD
from headwater.online.changes import Tiler
from headwater.online.stores import OnlineStore
from headwater.registry import Registry, SourceSpec


class SparkTables:
    """Does it on Spark; see `feature_jobs.materialize.TableEngine`.

    Args:
        registry: Definitions, with the next registry's.
        log: Events.
        tables: Rows by source.
        outputs: Of the environment whose stores are filled.
        reported: Reports on each source's table.
    """

    def __init__(
        self,
        registry: Registry,
        log: SparkEventLog,
        tables: Mapping[str, DataFrame],
        outputs: Environment,
        reported: Reported,
    ) -> None:
        self._sources = sources_of(registry)
        self._log = log
        self._tables = tables
        self._outputs = outputs
        self._reported = reported

    def load(self, source: SourceSpec, arrival_us: int) -> int:
        """See `TableEngine.load`."""
        rows = self._tables[source.name]
        with self._reported(self._log.name_of(source.name)) as report:
            report.rows_in = rows.count()
            report.rows_out = self._log.append_new(
                source.name, table_rows.events_of(source, rows, arrival_us)
            )
        return report.rows_out

    def apply(self, tiler: Tiler, store: OnlineStore, after_us: int, until_us: int) -> int:
        """See `TableEngine.apply`."""
        view, tile_set = tiler.view, tiler.tile_set
        names = ["event_time", "arrival", "event_id", "shard", *view.columns]
        events = self._log.read(view.source, names, visible(tiler, until_us))
        arrival_us = sf.unix_micros("arrival")
        mine = events.where(
            (sf.col("shard") == TABLE_SHARD) & (arrival_us > after_us) & (arrival_us <= until_us)
        )
        changes = page_changes(view, tile_set, self._sources[view.source], mine, until_us, arrival_us)
        shard = shard_of(view.source)
        return PageSink(view, tile_set, self._outputs, (store.name,), shard, until_us).write(changes).changes


def open_tables(spark: SparkSession, tables: Mapping[str, str]) -> dict[str, DataFrame]:
    """Open tables of the lake.

    Args:
        spark: The session.
        tables: By source, the name of a table or the path of a folder of Parquet files, which has a slash.

    Raises:
        InputError: There is no such table.
    """
    opened = {}
    for source, name in tables.items():
        try:
            opened[source] = spark.read.parquet(name) if "/" in name else spark.table(name)
        except AnalysisException as error:
            raise InputError(
                f"table {name!r} of source {source!r}: {str(error).splitlines()[0]}; name it with catalog and database, "
                "or give the path of a folder of Parquet files"
            ) from error
    return opened
